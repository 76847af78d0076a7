"""Rules that every row must keep: typed, frozen, and plain values in JSON.

Each has `columns`, `text` (in plain words), `check(schema)` (refuses what cannot work), `holds(frame)` (one truth per row of a
canonical frame) and `to_json`; `from_json` reads any of them back, `read_constraint` also a formula as a user writes it.

Blanks: a row with a blank in a column of the rule keeps it, as nothing can be said against it; but for `FixedCombinations`
and `NeverTogether`, where a blank is a value like any other, and for `OneHot`, where it counts as no.
"""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from synth_ui.core.cast import level_text, zone_of
from synth_ui.core.errors import SettingError, TableError
from synth_ui.core.formats.date_texts import is_whole, looks_dated, read_literal
from synth_ui.core.formats.json_texts import read_json
from synth_ui.core.rules.formula import Formula, check_column, quoted
from synth_ui.core.table import Column, Kind, Schema

Truths = NDArray[np.bool_]
Bound = float | str | None
"""A number, a date as text (2024-12-31), or no bound."""
Combination = tuple[str | None, ...]
"""One value per column, as text ("3", "True", "2024-12-31 00:00:00"); None is a blank."""

_CLOSE = 1e-9
LARGEST = 1e300
"""A number beyond it is not reckoned with."""


@dataclass(frozen=True)
class Constraint(ABC):
    """A rule every row must keep."""

    kind: ClassVar[str]
    title: ClassVar[str]
    """What the pages call this kind of rule."""

    @property
    @abstractmethod
    def columns(self) -> tuple[str, ...]:
        """The columns the rule speaks of."""

    @property
    @abstractmethod
    def text(self) -> str:
        """The rule in plain words, not escaped."""

    def check(self, schema: Schema) -> None:
        """Refuse columns that are not there, are made anew, or are of a kind the rule has no meaning for.

        Raises
        ------
        TableError
            With the column, and what is allowed.
        """
        for name in self.columns:
            check_column(schema, name, f"the rule {self.text!r}")
        self._check_kinds(schema)

    def _check_kinds(self, schema: Schema) -> None:
        """Refuse kinds of columns the rule has no meaning for; a rule for all kinds refuses none."""
        return

    def bind(self, frame: pd.DataFrame, schema: Schema | None = None) -> Self:
        """Return the rule with what it takes from the real rows and their schema: combinations, how dates are written; most take nothing."""
        return self

    def holds(self, frame: pd.DataFrame) -> Truths:
        """Tell which rows of a canonical frame keep the rule.

        Raises
        ------
        TableError
            If a column is missing, or values cannot be compared.
        """
        missing = [name for name in self.columns if name not in frame]
        if missing:
            raise TableError(f"The table has no column {missing[0]!r} for the rule {self.text!r}.")
        return self._holds(frame)

    @abstractmethod
    def _holds(self, frame: pd.DataFrame) -> Truths: ...

    def to_json(self) -> dict[str, Any]:
        """Return plain values, from which `from_json` makes the same rule."""
        return {"kind": self.kind, **{entry.name: _listed(getattr(self, entry.name)) for entry in fields(self)}}


@dataclass(frozen=True)
class Inequality(Constraint):
    """One column is at most (with `strict`: less than) another: two numbers, or two dates."""

    kind = "inequality"
    title = "One column not above another"

    smaller: str
    larger: str
    strict: bool = False

    def __post_init__(self) -> None:
        if self.smaller == self.larger:
            raise SettingError(f"The rule compares {self.smaller!r} with itself; choose two columns.")

    @property
    def columns(self) -> tuple[str, ...]:
        """The smaller and the larger one."""
        return (self.smaller, self.larger)

    @property
    def text(self) -> str:
        """The rule in plain words."""
        return f"{self.smaller} is {'less than' if self.strict else 'at most'} {self.larger}"

    def _check_kinds(self, schema: Schema) -> None:
        kinds = [schema[name].kind for name in self.columns]
        if any(not kind.numeric for kind in kinds) or (Kind.DATETIME in kinds and kinds[0] is not kinds[1]):
            said = " and ".join(f"{name!r} is {kind.value}" for name, kind in zip(self.columns, kinds, strict=True))
            raise TableError(f"{said}; the rule {self.text!r} needs two numbers or two dates.")

    def _holds(self, frame: pd.DataFrame) -> Truths:
        small, large = frame[self.smaller], frame[self.larger]
        if not pd.api.types.is_datetime64_any_dtype(small.dtype):
            small, large = _numbers(small), _numbers(large)
        try:
            kept = (small < large) if self.strict else (small <= large)
        except TypeError as error:
            raise TableError(f"{self.smaller!r} and {self.larger!r} cannot be compared ({error}).") from error
        return np.asarray(np.asarray(kept.fillna(True), dtype=bool) | small.isna() | large.isna(), dtype=bool)


@dataclass(frozen=True)
class Range(Constraint):
    """A number or date lies between two bounds, both included; one of them may be missing."""

    kind = "range"
    title = "A column within bounds"

    column: str
    low: Bound = None
    high: Bound = None

    def __post_init__(self) -> None:
        if self.low is None and self.high is None:
            raise SettingError(f"The rule on {self.column!r} has no bound; give low, high or both.")
        low, high = (_comparable(end) for end in (self.low, self.high))
        if low is not None and high is not None:
            if isinstance(low, float) != isinstance(high, float):
                raise SettingError(f"The bounds of {self.column!r} are a number and a date; give two of one kind.")
            if low > high:
                raise SettingError(f"The rule on {self.column!r} has low {self.low} above high {self.high}; exchange them.")

    @property
    def columns(self) -> tuple[str, ...]:
        """The one column."""
        return (self.column,)

    @property
    def text(self) -> str:
        """The rule in plain words."""
        if self.high is None:
            return f"{self.column} is at least {_said(self.low)}"
        if self.low is None:
            return f"{self.column} is at most {_said(self.high)}"
        return f"{self.column} lies between {_said(self.low)} and {_said(self.high)}"

    def _check_kinds(self, schema: Schema) -> None:
        column = schema[self.column]
        if not column.kind.numeric:
            raise TableError(f"{self.column!r} is {column.kind.value}; a rule with bounds needs a number or a date.")
        for bound in (self.low, self.high):
            whole = isinstance(bound, float | int) and is_whole(column.format)
            if bound is not None and not whole and isinstance(bound, str) != (column.kind is Kind.DATETIME):
                wanted = "a date such as 2024-12-31" if column.kind is Kind.DATETIME else "a number"
                raise TableError(f"{self.column!r} is {column.kind.value}, so its bound is {wanted}, not {bound!r}.")
        self._read(schema)

    def _read(self, schema: Schema | None) -> Self:
        """Return the rule with its dates as ISO writes them, read as the column writes its own."""
        if schema is None or schema[self.column].kind is not Kind.DATETIME:
            return self
        try:
            low, high = (None if end is None else _iso(level_text(end), schema[self.column]) for end in (self.low, self.high))
        except TableError as error:
            raise TableError(f"A bound of {self.column!r}: {error}.") from error
        return replace(self, low=low, high=high)

    def bind(self, frame: pd.DataFrame, schema: Schema | None = None) -> Self:
        """Read the bounds as the column writes its dates."""
        return self._read(schema)

    def _holds(self, frame: pd.DataFrame) -> Truths:
        series = frame[self.column]
        kept = np.ones(len(series), dtype=bool)
        values = series if pd.api.types.is_datetime64_any_dtype(series.dtype) else _numbers(series)
        if self.low is not None:
            kept &= np.asarray((values >= bound_of(self.low, series)).fillna(True), dtype=bool)
        if self.high is not None:
            kept &= np.asarray((values <= bound_of(self.high, series)).fillna(True), dtype=bool)
        return np.asarray(kept | series.isna().to_numpy(), dtype=bool)


@dataclass(frozen=True)
class FixedCombinations(Constraint):
    """Columns only in combinations the real table has, or in those given; a blank is a value of its own."""

    kind = "combinations"
    title = "Only combinations the real table has"

    of: tuple[str, ...]
    allowed: tuple[Combination, ...] | None = None
    """None until `bind` has read them off the real rows."""

    def __post_init__(self) -> None:
        _several(self.of, 2)
        if self.allowed is not None and any(len(values) != len(self.of) for values in self.allowed):
            raise SettingError(f"A combination has one value for each of {', '.join(self.of)}.")

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that belong together."""
        return self.of

    @property
    def text(self) -> str:
        """The rule in plain words."""
        return f"{_and(self.of)} only in combinations {'the real table has' if self.allowed is None else 'that are listed'}"

    def bind(self, frame: pd.DataFrame, schema: Schema | None = None) -> Self:
        """Read the combinations off real rows, where none were given."""
        if self.allowed is not None:
            return (
                self if schema is None else replace(self, allowed=tuple(_as_levels(self.of, row, schema) for row in self.allowed))
            )
        texts = pd.DataFrame({name: level_texts(frame[name]) for name in self.of}).drop_duplicates()
        seen = {tuple(None if value is None else str(value) for value in row) for row in texts.itertuples(index=False, name=None)}
        return replace(self, allowed=tuple(sorted(seen, key=lambda row: [(value is not None, value or "") for value in row])))

    @cached_property
    def _coding(self) -> tuple[list[dict[str | None, int]], NDArray[np.int64]]:
        """Return a number for each value of each column, and the allowed combinations in these numbers."""
        allowed = self.allowed or ()
        numbers = [{v: at for at, v in enumerate(dict.fromkeys(row[j] for row in allowed))} for j in range(len(self.of))]
        rows = [[numbers[j][value] for j, value in enumerate(row)] for row in allowed]
        return numbers, np.array(rows, dtype=np.int64).reshape(-1, len(self.of))

    def _holds(self, frame: pd.DataFrame) -> Truths:
        if self.allowed is None:
            raise TableError(f"The rule {self.text!r} has not been bound to the real rows; call bind(frame) first.")
        numbers, allowed = self._coding
        if not len(allowed):
            return np.zeros(len(frame), dtype=bool)
        return _among(
            np.column_stack([_coded(frame[name], known) for name, known in zip(self.of, numbers, strict=True)]), allowed
        )


@dataclass(frozen=True)
class NeverTogether(Constraint):
    """Given values, one per column, never stand in one row; None is a blank."""

    kind = "never together"
    title = "Values that never meet"

    of: tuple[str, ...]
    values: Combination

    def __post_init__(self) -> None:
        _several(self.of, 2)
        if len(self.values) != len(self.of):
            raise SettingError(f"Give one value for each of {', '.join(self.of)}; there are {len(self.values)}.")

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns whose values must not meet."""
        return self.of

    @property
    def text(self) -> str:
        """The rule in plain words."""
        said = [f"{name} {'blank' if v is None else repr(v)}" for name, v in zip(self.of, self.values, strict=True)]
        return f"{_and(said)} never in one row"

    def bind(self, frame: pd.DataFrame, schema: Schema | None = None) -> Self:
        """Read dates among the values as their columns write them."""
        return self if schema is None else replace(self, values=_as_levels(self.of, self.values, schema))

    def _check_kinds(self, schema: Schema) -> None:
        _as_levels(self.of, self.values, schema)
        for name, value in zip(self.of, self.values, strict=True):
            levels = ("True", "False") if schema[name].kind is Kind.BOOLEAN else schema[name].levels
            if value is not None and levels and value not in levels:
                raise TableError(f"{name!r} is never {value!r} in the real table; it has {', '.join(map(repr, levels[:8]))}.")

    def _holds(self, frame: pd.DataFrame) -> Truths:
        met = [_coded(frame[name], {value: 0}) == 0 for name, value in zip(self.of, self.values, strict=True)]
        return np.asarray(~np.logical_and.reduce(met), dtype=bool)


@dataclass(frozen=True)
class FixedIncrements(Constraint):
    """A number is `start` and a whole number of steps."""

    kind = "increments"
    title = "A number in fixed steps"

    column: str
    step: float
    start: float = 0.0

    def __post_init__(self) -> None:
        if not self.step > 0:
            raise SettingError(f"The step of {self.column!r} is {self.step:g}; it must be above 0.")

    @property
    def columns(self) -> tuple[str, ...]:
        """The one column."""
        return (self.column,)

    @property
    def text(self) -> str:
        """The rule in plain words."""
        return f"{self.column} goes in steps of {_said(self.step)}" + (f" from {_said(self.start)}" if self.start else "")

    def _check_kinds(self, schema: Schema) -> None:
        if schema[self.column].kind not in (Kind.NUMBER, Kind.INTEGER):
            raise TableError(f"{self.column!r} is {schema[self.column].kind.value}; a rule with steps needs a number.")

    def _holds(self, frame: pd.DataFrame) -> Truths:
        values = _numbers(frame[self.column]).to_numpy(dtype=float, na_value=np.nan)
        with np.errstate(over="ignore", invalid="ignore"):  # steps far below what the numbers can tell apart: all of them are met
            steps = (values - self.start) / self.step
            off = np.abs(steps - np.rint(steps)) > np.maximum(1e-6, _CLOSE * np.abs(steps))
        return np.asarray(~off | np.isnan(values))


@dataclass(frozen=True)
class OneHot(Constraint):
    """Exactly one of several yes-or-no columns is yes (true, or 1), the others no (false, or 0); a blank is no."""

    kind = "one-hot"
    title = "Exactly one of several columns is yes"

    of: tuple[str, ...]

    def __post_init__(self) -> None:
        _several(self.of, 2)

    @property
    def columns(self) -> tuple[str, ...]:
        """The yes-or-no columns."""
        return self.of

    @property
    def text(self) -> str:
        """The rule in plain words."""
        return f"exactly one of {_and(self.of)} is yes"

    def _check_kinds(self, schema: Schema) -> None:
        for name in self.of:
            column = schema[name]
            zero_one = column.kind in (Kind.NUMBER, Kind.INTEGER) and column.low == 0 and column.high == 1
            if column.kind is not Kind.BOOLEAN and not zero_one:
                raise TableError(
                    f"{name!r} is {column.kind.value}; the rule {self.text!r} needs columns of yes and no, or of 0 and 1."
                )

    def _holds(self, frame: pd.DataFrame) -> Truths:
        values = np.column_stack([_numbers(frame[name]).fillna(0).to_numpy(dtype=float) for name in self.of])
        return np.asarray((values == 1).sum(axis=1) == 1) & np.isin(values, (0.0, 1.0)).all(axis=1)


@dataclass(frozen=True)
class Expression(Constraint):
    """What the user writes, such as `hours * rate <= cap`; see `synth_ui.core.rules.formula` for what is allowed."""

    kind = "expression"
    title = "A formula"

    formula: str

    def __post_init__(self) -> None:
        if not self._read.columns:
            raise SettingError(f"The formula {self.formula!r} names no column; write for example hours * rate <= cap.")

    @cached_property
    def _read(self) -> Formula:
        return Formula(self.formula)

    @property
    def tree(self) -> ast.expr:
        """The formula as Python's parser reads it, with the columns' own names."""
        return self._read.tree

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns the formula names."""
        return self._read.columns

    @property
    def text(self) -> str:
        """The formula as written."""
        return self.formula.strip()

    def _check_kinds(self, schema: Schema) -> None:
        kind = self._read.check(schema)
        if kind != "truth":
            raise TableError(f"The formula {self.formula!r} gives a {kind}; a rule compares, as in hours * rate <= cap.")

    def bind(self, frame: pd.DataFrame, schema: Schema | None = None) -> Self:
        """Read dates in the formula as the columns beside them write theirs."""
        bound = replace(self)
        if schema is not None:
            bound.__dict__["_read"] = self._read.bound(schema)  # where the cached property keeps it: no part of the rule itself
        return bound

    def _holds(self, frame: pd.DataFrame) -> Truths:
        blank = np.logical_or.reduce([frame[name].isna().to_numpy() for name in self.columns])
        value = self._read.evaluate(frame)
        if value.dtype != bool:
            raise TableError(f"The formula {self.formula!r} compares nothing; a rule does, as in hours * rate <= cap.")
        return np.asarray(value | blank)


KINDS: Mapping[str, type[Constraint]] = {
    member.kind: member for member in (Inequality, Range, FixedCombinations, NeverTogether, FixedIncrements, OneHot, Expression)
}
"""Every kind of rule, by the name it has in JSON, in the order shown."""


# --- several rules -----------------------------------------------------------------------------------------------


def from_json(value: Mapping[str, Any]) -> Constraint:
    """Make the rule that `to_json` wrote.

    Raises
    ------
    SettingError
        If the kind is unknown, or a part is missing, unknown, or of the wrong type.
    """
    parts = dict(value)
    kind = parts.pop("kind", None)
    if not isinstance(kind, str) or kind not in KINDS:
        raise SettingError(f"There is no rule of kind {kind!r}; there are {', '.join(KINDS)}.")
    known = {entry.name: str(entry.type) for entry in fields(KINDS[kind])}
    unknown = [name for name in parts if name not in known]
    if unknown:
        raise SettingError(f"A rule of kind {kind!r} has no part {unknown[0]!r}; it has {', '.join(known)}.")
    try:
        return KINDS[kind](**{name: _typed(name, part, known[name], kind) for name, part in parts.items()})
    except TypeError as error:
        raise SettingError(f"The rule of kind {kind!r} is not complete: it has the parts {', '.join(known)}.") from error


def read_constraint(text: str) -> Constraint:
    """Read a rule as it is written on the command line: JSON of one rule, or a formula.

    Raises
    ------
    SettingError
        If it is neither.
    """
    if not text.strip().startswith("{"):
        return Expression(text.strip())
    try:
        value = read_json(text)
    except ValueError as error:
        raise SettingError(f"The rule {text[:200]!r} is no JSON ({error}).") from error
    return from_json(value)


def read_constraints(values: Any) -> tuple[Constraint, ...]:
    """Read the rules of a JSON file: a list of rules, each an object with its kind or a formula as text.

    Raises
    ------
    SettingError
        If it is no list, or one of them is no rule.
    """
    if not isinstance(values, Sequence) or isinstance(values, str):
        raise SettingError('Rules are a list, such as ["hours <= 60", {"kind": "range", "column": "age", "low": 18}].')
    for value in values:
        if not isinstance(value, str | Mapping):
            raise SettingError(f"A rule is a formula or an object with its kind, not {value!r}.")
    return tuple(Expression(value) if isinstance(value, str) else from_json(value) for value in values)


def bind_all(constraints: Iterable[Constraint], schema: Schema, frame: pd.DataFrame) -> tuple[Constraint, ...]:
    """Check rules against a schema and bind them to its real rows.

    Raises
    ------
    TableError
        If one of them does not fit the table.
    """
    bound = []
    for constraint in constraints:
        constraint.check(schema)
        bound.append(constraint.bind(frame, schema))
    return tuple(bound)


def all_hold(constraints: Iterable[Constraint], frame: pd.DataFrame) -> Truths:
    """Tell which rows keep every rule; without rules all do."""
    kept = np.ones(len(frame), dtype=bool)
    for constraint in constraints:
        kept &= constraint.holds(frame)
    return kept


# --- values ------------------------------------------------------------------------------------------------------


def equals(column: str, value: str) -> str:
    """Write as a formula that a column has a level: `city == 'Bern'`."""
    return f"{quoted(column)} == {value!r}"


def bound_of(bound: Any, series: pd.Series[Any]) -> Any:
    """Return a bound in the form the column compares with: a moment in its time zone, or a number."""
    if not pd.api.types.is_datetime64_any_dtype(series.dtype):
        return float(bound)
    zone = getattr(series.dtype, "tz", None)
    moment = pd.Timestamp(read_literal(bound, None, zone) if isinstance(bound, str) else bound)
    if zone is None:
        return moment.tz_localize(None)
    if moment.tzinfo is not None:
        return moment.tz_convert(zone)
    return moment.tz_localize(zone, ambiguous=False, nonexistent="shift_forward")


def level_texts(series: pd.Series[Any]) -> pd.Series[Any]:
    """Return values as texts, as combinations are written; None for blanks."""
    codes, uniques = pd.factorize(series)
    texts = np.array([*(level_text(value) for value in uniques), None], dtype=object)
    return pd.Series(texts[codes], index=series.index, dtype=object)


def _coded(series: pd.Series[Any], known: Mapping[str | None, int]) -> NDArray[np.int64]:
    """Return the number of each value's text, -1 for one that is not known."""
    codes, uniques = pd.factorize(series)
    numbers = np.array([*(known.get(level_text(value), -1) for value in uniques), known.get(None, -1)], dtype=np.int64)
    return np.asarray(numbers[codes])


def _among(rows: NDArray[np.int64], allowed: NDArray[np.int64]) -> Truths:
    """Tell which rows of numbers are among the allowed ones: column by column, numbered anew after each so that none overflows."""
    found = np.asarray((rows >= 0).all(axis=1))
    joined, joined_allowed = (np.zeros(len(array), dtype=np.int64) for array in (rows, allowed))
    for column in range(allowed.shape[1]):
        size = int(allowed[:, column].max()) + 1
        known, joined_allowed = np.unique(joined_allowed * size + allowed[:, column], return_inverse=True)
        asked = joined * size + rows[:, column]
        joined = np.minimum(np.searchsorted(known, asked), len(known) - 1)
        found &= known[joined] == asked
    return found


def _numbers(series: pd.Series[Any]) -> pd.Series[Any]:
    """Return numbers as they compare exactly: whole ones as Int64, yes and no as 1 and 0."""
    if pd.api.types.is_bool_dtype(series.dtype):
        return series.astype("boolean").astype("Int64")
    if not pd.api.types.is_numeric_dtype(series.dtype):
        raise TableError(f"{series.name!r} holds no numbers.")
    return series


def _comparable(bound: Bound) -> Any:
    if not isinstance(bound, str):
        return None if bound is None else float(bound)
    if not looks_dated(bound):
        raise SettingError(f"The bound {bound!r} is no number and no date such as 2024-12-31.")
    try:
        return read_literal(bound, None)
    except TableError:  # it could be two dates: which, the column says
        return None


def _as_levels(names: Sequence[str], values: Combination, schema: Schema) -> Combination:
    """Return values as `level_texts` writes them: dates, which a user may write as their column does, as moments."""
    return tuple(
        value if value is None or schema[name].kind is not Kind.DATETIME else _moment_text(value, schema[name])
        for name, value in zip(names, values, strict=True)
    )


def _moment_text(text: str, column: Column) -> str:
    moment, zone = pd.Timestamp(read_literal(text, column.format, zone_of(column))), zone_of(column)
    return level_text(moment if zone is None else moment.tz_localize(zone, ambiguous=False, nonexistent="shift_forward"))


def _iso(text: str, column: Column) -> str:
    """Return a date, or a time of day, as ISO writes it, read as the column writes its own."""
    return str(pd.Timestamp(read_literal(text, column.format, zone_of(column))).isoformat(sep=" "))


def _said(value: Bound) -> str:
    return value if isinstance(value, str) else "" if value is None else level_text(float(value))


def _and(names: Sequence[str]) -> str:
    return ", ".join(names[:-1]) + f" and {names[-1]}" if len(names) > 1 else names[0]


def _several(names: Sequence[str], least: int) -> None:
    if len(names) < least or len(set(names)) != len(names):
        raise SettingError(f"The rule needs at least {least} different columns; it has {', '.join(names) or 'none'}.")


def _listed(value: Any) -> Any:
    return [_listed(part) for part in value] if isinstance(value, tuple) else value


def _typed(name: str, part: Any, wanted: str, kind: str) -> Any:
    """Turn a part read from JSON into what the field holds, or say what it must be."""
    fits: Mapping[str, tuple[str, Any]] = {
        "str": ("a text", isinstance(part, str)),
        "bool": ("true or false", isinstance(part, bool)),
        "float": ("a number", _is_number(part)),
        "Bound": ("a number or a date", part is None or isinstance(part, str) or _is_number(part)),
        "tuple[str, ...]": ("a list of columns", isinstance(part, list | tuple) and all(isinstance(p, str) for p in part)),
        "Combination": ("a list of values", isinstance(part, list | tuple)),
        "tuple[Combination, ...] | None": ("a list of lists", part is None or isinstance(part, list | tuple)),
    }
    words, fit = fits[wanted]
    if not fit:
        raise SettingError(f"{name} of a rule of kind {kind!r} is {words}, not {str(part)[:200]!r}.")
    if wanted == "Combination":
        return _combination(part)
    if wanted.startswith("tuple[Combination") and part is not None:
        return tuple(_combination(values) for values in part)
    return tuple(part) if isinstance(part, list) else part


def _is_number(part: Any) -> bool:
    return isinstance(part, int | float) and not isinstance(part, bool) and abs(part) <= LARGEST


def _combination(values: Sequence[Any]) -> Combination:
    return tuple(None if value is None else level_text(value) for value in values)
