"""What drawn rows must meet: a value, one of several, a blank, or bounds, column by column.

A user writes a mapping, `{"income": ">50K", "age": {"min": 20, "max": 30}, "city": ["Bern", "Lyon"], "end": None}`;
`read_where` turns it into `Condition`s in the columns' own form, or says which of them no row could ever meet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from synth_ui.core.cast import cast_column, level_text, zone_of
from synth_ui.core.errors import DoesNotApply, SettingError, TableError
from synth_ui.core.formats.date_texts import read_literal
from synth_ui.core.formats.json_texts import read_json
from synth_ui.core.rules.constraint import LARGEST, bound_of
from synth_ui.core.table import Column, Kind, Schema

Truths = NDArray[np.bool_]

_ENDS = ("min", "max")


@dataclass(frozen=True)
class Condition:
    """One column's condition: one of `values` (None is a blank), or, where there are none, within bounds, both included.

    Values have the form of the canonical column: text for levels, True or False, a number, a moment.
    """

    column: str
    values: tuple[Any, ...] = ()
    low: Any = None
    high: Any = None

    @property
    def text(self) -> str:
        """The condition in plain words, not escaped."""
        if self.values:
            said = ["blank" if value is None else _said(value) for value in self.values]
            return f"{self.column} is {' or '.join(said[:4])}" + (f" or {len(said) - 4} more" if len(said) > 4 else "")
        if self.high is None:
            return f"{self.column} is at least {_said(self.low)}"
        if self.low is None:
            return f"{self.column} is at most {_said(self.high)}"
        return f"{self.column} is between {_said(self.low)} and {_said(self.high)}"

    def meets(self, frame: pd.DataFrame) -> Truths:
        """Tell which rows of a canonical frame meet the condition; a blank lies within no bounds."""
        series = frame[self.column]
        meets = np.zeros(len(series), dtype=bool)
        for value in self.values:
            meets |= series.isna().to_numpy() if value is None else _same(series, value)
        if not self.values:
            within = series.notna()
            if self.low is not None:
                within &= series >= bound_of(self.low, series)
            if self.high is not None:
                within &= series <= bound_of(self.high, series)
            meets = np.asarray(within.fillna(False), dtype=bool)
        return meets


def _said(value: Any) -> str:
    if isinstance(value, pd.Timestamp):
        shown = str(value)
        return shown.removeprefix("1900-01-01 ") if value.tz is None and shown != "1900-01-01 00:00:00" else shown
    return repr(value) if isinstance(value, str) else level_text(value)


def _same(series: pd.Series[Any], value: Any) -> Truths:
    if pd.api.types.is_datetime64_any_dtype(series.dtype):
        return np.asarray(series == bound_of(value, series), dtype=bool)
    if isinstance(series.dtype, pd.CategoricalDtype):
        return np.asarray(series.astype(object) == value, dtype=bool)
    return np.asarray((series == value).fillna(False), dtype=bool)


def all_meet(conditions: Sequence[Condition], frame: pd.DataFrame) -> Truths:
    """Tell which rows meet every condition; without conditions all do."""
    meets = np.ones(len(frame), dtype=bool)
    for condition in conditions:
        meets &= condition.meets(frame)
    return meets


def in_words(conditions: Sequence[Condition]) -> str:
    """Say several conditions in one go."""
    return " and ".join(condition.text for condition in conditions)


def read_where(where: Mapping[str, Any], schema: Schema) -> tuple[Condition, ...]:
    """Turn what a user asks for into conditions in the form of the columns.

    Raises
    ------
    SettingError
        If bounds are not written as {"min": …, "max": …}.
    DoesNotApply
        If a column is unknown or made anew, or no row of the real table ever held such a value.
    """
    return tuple(_condition(name, value, schema) for name, value in where.items())


def _condition(name: str, value: Any, schema: Schema) -> Condition:
    if name not in schema.names:
        raise DoesNotApply(f"there is no column {name!r} to meet a condition; there are {', '.join(schema.names)}")
    column = schema[name]
    if not column.modelled:
        raise DoesNotApply(f"{name!r} is made anew and not learned, so it cannot meet a condition; leave it out")
    if isinstance(value, str) and column.kind.numeric:
        value = _as_bounds(value)
    if isinstance(value, Mapping):
        return _bounds(column, value)
    several = list(value) if isinstance(value, list | tuple | set | frozenset) else [value]
    if not len(several):
        raise SettingError(f"The condition on {name!r} names no value; give at least one.")
    if column.kind.numeric:
        several = [_as_bounds(one) if isinstance(one, str) else one for one in several]
        if any(isinstance(one, Mapping) for one in several):
            return _union(column, several)
    values = tuple(dict.fromkeys(_value(column, one) for one in several))
    _check_grid(column, values)
    if column.kind in (Kind.NUMBER, Kind.INTEGER) and column.low is not None and column.high is not None:
        outside = [value for value in values if value is not None and not column.low <= value <= column.high]
        if outside:
            raise DoesNotApply(_outside(column, Condition(name, (outside[0],)).text))
    return Condition(name, values)


def _as_bounds(text: str) -> Any:
    """Read "20..30", "20.." and "..30" as bounds; all else is left as it is."""
    low, dots, high = text.partition("..")
    if not dots:
        return text
    if not (low.strip() or high.strip()):
        raise SettingError(f"{text!r} has no bound; write 20..30, 20.. or ..30.")
    ends = {"min": low.strip(), "max": high.strip()}
    return {end: part for end, part in ends.items() if part}


def _bounds(column: Column, value: Mapping[str, Any]) -> Condition:
    unknown = [end for end in value if end not in _ENDS]
    if unknown or not value:
        raise SettingError(
            f"Bounds of {column.name!r} are written {{'min': …, 'max': …}}, one of them or both, not {dict(value)!r}."
        )
    if not column.kind.numeric:
        raise DoesNotApply(f"{column.name!r} is {column.kind.value} and has no bounds; name the values it may have")
    low, high = (None if value.get(end) is None else _value(column, value[end]) for end in _ENDS)
    if low is not None and high is not None and low > high:
        raise DoesNotApply(f"{column.name!r} cannot be at least {_said(low)} and at most {_said(high)}; exchange the bounds")
    least, most = _end(column, column.low), _end(column, column.high)
    if (low is not None and most is not None and low > most) or (high is not None and least is not None and high < least):
        raise DoesNotApply(_outside(column, Condition(column.name, low=low, high=high).text))
    return Condition(column.name, low=low, high=high)


def _end(column: Column, bound: float | None) -> Any:
    """Return a bound of the column in its own form."""
    if bound is None or column.kind is not Kind.DATETIME:
        return bound
    moment, zone = pd.Timestamp(np.datetime64(int(bound), "us")), zone_of(column)
    return moment if zone is None else moment.tz_localize(zone, ambiguous=False, nonexistent="shift_forward")


def _union(column: Column, several: Sequence[Any]) -> Condition:
    """Return one condition for several bounds, and values among them, where together they leave no gap."""
    parts = [
        _bounds(column, one) if isinstance(one, Mapping) else Condition(column.name, (_value(column, one),)) for one in several
    ]
    if any(part.values == (None,) for part in parts):
        raise DoesNotApply(f"{column.name!r} is asked to be blank or within bounds; ask for one of them")
    ends = [(part.values[0], part.values[0]) if part.values else (part.low, part.high) for part in parts]
    ends.sort(key=lambda pair: (pair[0] is not None, 0 if pair[0] is None else pair[0]))
    low, high = ends[0]
    step = 1 if column.kind is Kind.INTEGER else None
    for start, end in ends[1:]:
        if high is not None and start is not None and start > (high if step is None else high + step):
            raise DoesNotApply(
                f"{column.name!r} is asked for more than once ({'; '.join(part.text for part in parts)}), with a gap between; ask for one "
                "range, or for each in a line of its own in a table of conditions"
            )
        high = None if high is None or end is None else max(high, end)
    return Condition(column.name, low=low, high=high)


def _check_grid(column: Column, values: Sequence[Any]) -> None:
    """Refuse a number that the column, of whole numbers or of so many decimals, never holds."""
    decimals = 0 if column.kind is Kind.INTEGER else column.decimals if column.kind is Kind.NUMBER else None
    for value in values:
        if value is not None and decimals is not None and abs(round(value, decimals) - value) > 1e-9 * max(abs(value), 1e-300):
            held = (
                "whole numbers"
                if decimals == 0
                else f"numbers of {decimals} decimals"
                if decimals > 1
                else "numbers of one decimal"
            )
            raise DoesNotApply(
                f"{column.name!r} holds {held}, so it is never {_said(value)}; ask for one of those, or for a range"
            )


def _outside(column: Column, what: str) -> str:
    low, high = (_said(_end(column, bound)) for bound in (column.low, column.high))
    return f"{what}, but the real table has it between {low} and {high}; ask for values in there"


def _value(column: Column, value: Any) -> Any:
    """Return one value in the form of the column, None for a blank."""
    if isinstance(value, list | tuple | set | frozenset | Mapping):
        raise SettingError(f"The condition on {column.name!r} holds {str(value)[:200]} where one value is needed.")
    if isinstance(value, int) and abs(value) > LARGEST:
        raise DoesNotApply(
            f"{column.name!r} is {column.kind.value}; {str(value)[:40]}… is not a number that can be reckoned with"
        )
    if value is None or value is pd.NA or value is pd.NaT or value == "" or (isinstance(value, float) and np.isnan(value)):
        if not column.nullable:
            raise DoesNotApply(f"{column.name!r} has no blanks in the real table, so none can be drawn; ask for another value")
        return None
    if column.kind in (Kind.CATEGORY, Kind.ORDINAL):
        text = level_text(value)
        if column.levels and text not in column.levels:
            raise DoesNotApply(_never(column.name, text, column.levels))
        return text
    if column.kind in (Kind.NUMBER, Kind.INTEGER):
        return _number(column, value)
    if column.kind is Kind.DATETIME and isinstance(value, str | int):
        return _moment(column, level_text(value))
    cast = cast_column(pd.Series([value]), column)[0].iloc[0]
    if pd.isna(cast):
        wanted = "a date" if column.kind is Kind.DATETIME else column.format or "true or false"
        raise DoesNotApply(f"{column.name!r} is {column.kind.value}; {value!r} is not {wanted}")
    return bool(cast) if column.kind is Kind.BOOLEAN else cast


def _moment(column: Column, text: str) -> pd.Timestamp:
    """Read a date as the column writes its own, or as ISO does."""
    zone = zone_of(column)
    try:
        moment = pd.Timestamp(read_literal(text, column.format, zone))
    except TableError as error:
        raise DoesNotApply(f"{column.name!r} is {column.kind.value}; {error}") from error
    return moment if zone is None else moment.tz_localize(zone, ambiguous=False, nonexistent="shift_forward")


def _number(column: Column, value: Any) -> int | float:
    try:
        number = int(value) if isinstance(value, int | np.integer | str) and "." not in str(value) else float(value)
        float(number)  # of digits in a text
    except (TypeError, ValueError, OverflowError) as error:
        raise DoesNotApply(f"{column.name!r} is {column.kind.value}; {str(value)[:200]!r} is not a number") from error
    return number


def _never(name: str, text: str, levels: Sequence[str]) -> str:
    """Say that a column never has a level, and which it has."""
    some = ", ".join(map(repr, levels[:8])) + (", …" if len(levels) > 8 else "")
    return f"{name!r} is never {text!r} in the real table; it has {some}"


def written_where(texts: Sequence[str]) -> dict[str, Any]:
    """Read conditions as they are written on the command line: NAME=VALUE, NAME=LOW..HIGH, NAME= for a blank, or JSON.

    The same NAME twice allows either value, or one range for two that overlap.

    Raises
    ------
    SettingError
        If one is written otherwise, or asks for nothing.
    """
    where: dict[str, Any] = {}
    for text in texts:
        written = _written(text)
        if not written:
            raise SettingError(f"The condition {text[:200]!r} is empty: nothing was asked. {_EXAMPLE}")
        for name, value in written.items():
            before = where.get(name)
            if name not in where:
                where[name] = value
            else:
                where[name] = [*(before if isinstance(before, list) else [before]), value]
    return where


_EXAMPLE = "Write for example income='>50K' or age=20..30."


def _written(text: str) -> dict[str, Any]:
    if not text.strip():
        return {}
    if text.strip().startswith("{"):
        try:
            value = read_json(text)
        except ValueError as error:
            raise SettingError(f"The condition {text[:200]!r} is no JSON ({error}).") from error
        return dict(value)
    name, equals, value = (part.strip() for part in text.partition("="))
    if not name or not equals:
        raise SettingError(f"The condition {text[:200]!r} is not NAME=VALUE; write for example income='>50K' or age=20..30.")
    return {name: value or None}
