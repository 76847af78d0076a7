"""What the owner states of each column: bounds, levels, whether blanks may occur; and kinds and roles as the command line writes them.

Formal privacy takes bounds, levels and blanks as known to all. What was read off the table instead tells something of its rows that no
budget pays for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from synth_ui.core.cast import cast_column, zone_of
from synth_ui.core.errors import SettingError, TableError
from synth_ui.core.formats.date_texts import read_literal
from synth_ui.core.table import Column, Kind, Role, Schema, Table
from synth_ui.tables.inference.mostly_numbers import WORDS_BLANK, WORDS_LEVELS

DECLARE_COLUMNS = ("name", "kind", "low", "high", "levels", "nullable", "declared")
"""The columns of the declaration, in order; all but name and kind may be edited."""

SEPARATOR = "; "


def declaration_frame(table: Table) -> pd.DataFrame:
    """Return one row per modelled column: name, kind, low and high as text, levels as text, nullable, declared."""
    rows = [
        (c.name, c.kind.value, *_bounds_text(table.frame[c.name], c), SEPARATOR.join(c.levels), c.nullable, c.declared)
        for c in table.schema.modelled
    ]
    return pd.DataFrame(rows, columns=list(DECLARE_COLUMNS))


def _bounds_text(series: pd.Series[Any], column: Column) -> tuple[str, str]:
    if column.kind is Kind.DATETIME:
        return _dates_text(series, column)
    if not column.kind.numeric or column.low is None or column.high is None:
        return "", ""
    if column.kind is Kind.INTEGER:
        return f"{int(column.low)}", f"{int(column.high)}"
    return f"{column.low:.15g}", f"{column.high:.15g}"


def _dates_text(series: pd.Series[Any], column: Column) -> tuple[str, str]:
    if column.low is not None and column.high is not None:
        ends = [pd.Timestamp(np.datetime64(int(bound), "us")) for bound in (column.low, column.high)]
    elif series.notna().any():
        local = _local(series)
        ends = [local.min(), local.max()]
    else:
        return "", ""
    first, last = (str(end)[:10] if end == end.normalize() else str(end)[:19] for end in ends)
    return first, last


def _local(series: pd.Series[Any]) -> pd.Series[Any]:
    return series.dt.tz_localize(None) if isinstance(series.dtype, pd.DatetimeTZDtype) else series


def written_declaration(
    bounds: Sequence[str] = (), levels: Sequence[str] = (), known: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """Read declarations as they are written on the command line, into what `declare` takes.

    Parameters
    ----------
    bounds
        COLUMN=LOW..HIGH, numbers or dates.
    levels
        COLUMN=A; B; C.
    known
        Columns that are declared as they were read.

    Raises
    ------
    SettingError
        If one is written otherwise.
    """
    edits: list[dict[str, Any]] = [{"name": name} for name in known]
    for text in bounds:
        found = re.fullmatch(r"\s*(.+?)\s*=\s*(.+?)\s*\.\.\s*(.+?)\s*", text, re.DOTALL)
        if not found:
            raise SettingError(f"The bounds {text!r} are not COLUMN=LOW..HIGH; write for example age=0..120.")
        edits.append({"name": found[1], "low": found[2], "high": found[3]})
    for text in levels:
        name, _, named = text.partition("=")
        if not name.strip() or not named.strip(SEPARATOR):
            raise SettingError(f"The levels {text!r} are not COLUMN=A; B; C; write for example 'city=Bern; Rome'.")
        edits.append({"name": name.strip(), "levels": named})
    return edits


def written_pairs(texts: Sequence[str], field: str) -> dict[str, str]:
    """Read roles or kinds as they are written on the command line, COLUMN=ROLE or COLUMN=KIND, into values by column.

    Raises
    ------
    SettingError
        If one is written otherwise, or two of them name the same column.
    """
    pairs: dict[str, str] = {}
    for text in texts:
        name, equals, value = (part.strip() for part in text.rpartition("="))
        if not equals or not name or not value:
            example = "--role id=ignored" if field == "role" else "--kind zip=category"
            raise SettingError(f"--{field} {text!r} is not COLUMN={field.upper()}; write for example {example}.")
        if pairs.get(name, value) != value:
            raise SettingError(f"--{field} is given twice for {name!r}, as {pairs[name]} and as {value}; keep one.")
        pairs[name] = value
    return pairs


def column_edits(roles: Mapping[str, str] | None, kinds: Mapping[str, str] | None) -> list[dict[str, Any]]:
    """Return roles and kinds, each by column, as what `synth_ui.tables.review.revise` takes; "group-key" is the same as "group key".

    Raises
    ------
    SettingError
        If there is no such role or kind; the message lists those there are.
    """
    edits: dict[str, dict[str, Any]] = {}
    allowed = {
        "role": {role.value: role.value for role in Role},
        "kind": {**{kind.value: kind.value for kind in Kind}, "words as blanks": WORDS_BLANK, "words as levels": WORDS_LEVELS},
    }
    for field, values in (("role", roles), ("kind", kinds)):
        for name, value in (values or {}).items():
            plain = str(value).lower().replace("-", " ").replace("_", " ").removeprefix("number, ")
            if plain not in allowed[field]:
                raise SettingError(f"There is no {field} {str(value)!r} for {name!r}; allowed are {', '.join(allowed[field])}.")
            edits.setdefault(str(name), {"name": str(name)})[field] = allowed[field][plain]
    return list(edits.values())


def declare(table: Table, edits: pd.DataFrame | Sequence[Mapping[str, Any]]) -> Table:
    """Return the table with bounds, levels and blanks as its owner states them.

    Parameters
    ----------
    edits
        Rows with `name` and any of `low`, `high` (numbers, or dates as text), `levels` (a list, or a text with semicolons), `nullable`,
        `declared` (True where left out).

    Raises
    ------
    TableError
        If a column is unknown or not modelled, bounds are the wrong way round or no numbers, or the rows hold something the
        declaration excludes. The message says which and what to do; the table given is unchanged in any case.
    """
    rows = edits.to_dict("records") if isinstance(edits, pd.DataFrame) else [dict(edit) for edit in edits]
    frame, schema = dict(table.frame.items()), table.schema
    for edit in rows:
        column = schema[str(edit.get("name"))]
        if not column.modelled:
            raise TableError(
                f"{column.name!r} is made anew and not learned; only learned columns have bounds or levels to declare."
            )
        frame[column.name], column = _declared(frame[column.name], column, edit)
        schema = Schema(tuple(column if other.name == column.name else other for other in schema))
    return Table(pd.DataFrame(frame, columns=schema.names), schema, table.name)


def _declared(series: pd.Series[Any], column: Column, edit: Mapping[str, Any]) -> tuple[pd.Series[Any], Column]:
    nullable = bool(edit.get("nullable", column.nullable))
    if series.isna().any() and not nullable:
        raise TableError(
            f"{column.name!r} has blanks, so it cannot be declared to have none. Fill them in the file, or allow blanks."
        )
    column = replace(column, nullable=nullable, declared=bool(edit.get("declared", True)))
    if column.kind.numeric:
        return series, _with_bounds(series, column, edit)
    if column.kind is Kind.BOOLEAN:
        return series, column
    return _with_levels(series, column, edit)


def _with_bounds(series: pd.Series[Any], column: Column, edit: Mapping[str, Any]) -> Column:
    low, high = (_bound(edit.get(end), column, end) for end in ("low", "high"))
    if low is None or high is None:
        if column.declared and (column.low is None or column.high is None):
            raise TableError(f"{column.name!r} needs a lowest and a highest value to be declared.")
        low, high = (column.low if low is None else low), (column.high if high is None else high)
    if low is not None and high is not None and low > high:
        raise TableError(f"{column.name!r}: the lowest value, {edit.get('low')}, is above the highest, {edit.get('high')}.")
    there = series.dropna()
    values = _local(there).dt.as_unit("us").astype("int64") if column.kind is Kind.DATETIME else there
    beyond = there.iloc[:0] if low is None or high is None else there[((values < low) | (values > high)).to_numpy()]
    if len(beyond):
        raise TableError(
            f"{column.name!r} holds {beyond.iloc[0]}, beyond the bounds {edit.get('low', column.low)} to {edit.get('high', column.high)}. "
            "Widen them, or correct the table."
        )
    return replace(column, low=low, high=high)


def _bound(value: Any, column: Column, end: str) -> float | None:
    if value is None or value == "" or (isinstance(value, float) and np.isnan(value)):
        return None
    try:
        if column.kind is Kind.DATETIME:
            return _ticks(value, column)
        number = float(str(value).replace(",", ""))
    except TableError as error:
        raise TableError(f"{column.name!r}: {end}: {error}.") from error
    except (ValueError, TypeError) as error:
        what = "a date such as 2024-01-31" if column.kind is Kind.DATETIME else "a number"
        raise TableError(f"{column.name!r}: {end} is {value!r}; it must be {what}.") from error
    if not np.isfinite(number) or (column.kind is Kind.INTEGER and not number.is_integer()):
        raise TableError(
            f"{column.name!r}: {end} is {value!r}; it must be {'a whole' if column.kind is Kind.INTEGER else 'a finite'} number."
        )
    return number


def _ticks(value: Any, column: Column) -> float:
    """Return microseconds since 1970 of a date, read as the column writes its own where it is a text."""
    moment = (
        read_literal(value, column.format, zone_of(column)) if isinstance(value, str) else pd.Timestamp(value).as_unit("us").asm8
    )
    return float(moment.astype("datetime64[us]").astype("int64"))


def _with_levels(series: pd.Series[Any], column: Column, edit: Mapping[str, Any]) -> tuple[pd.Series[Any], Column]:
    given = edit.get("levels")
    if given is None or (isinstance(given, float) and np.isnan(given)):
        return series, column
    named = [part.strip() for part in given.split(SEPARATOR.strip())] if isinstance(given, str) else [str(part) for part in given]
    levels = tuple(dict.fromkeys(part for part in named if part))
    missing = [level for level in map(str, pd.unique(series.dropna())) if level not in levels]
    if missing:
        raise TableError(
            f"{column.name!r} holds {missing[0]!r}, which is not among the levels declared. Add it, or correct the table."
        )
    if column.kind is Kind.CATEGORY:
        levels = tuple(sorted(levels))
    described = replace(column, levels=levels)
    return cast_column(series, described)[0], described
