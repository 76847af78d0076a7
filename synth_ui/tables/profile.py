"""What is in a table, counted here so that a page need not hold its rows."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from synth_ui.core.formats.dates import is_clock, write_dates
from synth_ui.core.formats.durations import is_duration, write_durations
from synth_ui.core.formats.numbers import enough_digits, figure
from synth_ui.core.table import Column, Kind, Table

BINS = 24
MOST_BARS = 20


@dataclass(frozen=True, eq=False)
class Profile:
    """A table in numbers.

    Attributes
    ----------
    blanks
        Share of blank cells, in [0, 1].
    duplicates
        Rows that stand in the table at least once before.
    columns
        One row per column: column, kind, role, blanks (share), distinct, low, high, middle, common.
    distributions
        Per column a frame with bin, order, lower, upper, rows, share (of the rows that are not blank); for dates lower and
        upper are dates. Text and identifiers have none.
    """

    rows: int
    width: int
    blanks: float
    duplicates: int
    columns: pd.DataFrame
    distributions: dict[str, pd.DataFrame]


def profile(table: Table) -> Profile:
    """Count blanks, duplicates and distributions of a table."""
    frame = table.frame
    described = pd.DataFrame([_described(frame[column.name], column) for column in table.schema])
    shown = [column for column in table.schema if column.kind.learnable]
    distributions = {column.name: distribution(frame[column.name], column) for column in shown}
    blanks = float(described["blanks"].mean()) if len(described) else 0.0
    return Profile(len(frame), len(table.schema), blanks, int(frame.duplicated().sum()), described, distributions)


def _described(series: pd.Series[Any], column: Column) -> dict[str, Any]:
    there = series.dropna()
    low = high = middle = common = ""
    if len(there) and column.kind.numeric:
        low, middle, high = (_spoken(value, column) for value in (there.min(), there.median(), there.max()))
    elif len(there) and column.kind.learnable:
        counts = there.value_counts()
        common = f"{counts.index[0]} ({counts.iloc[0] / len(there):.0%})"
    return {
        "column": column.name,
        "kind": column.kind.value,
        "role": column.role.value,
        "blanks": float(series.isna().mean()) if len(series) else 0.0,
        "distinct": int(there.nunique()),
        "low": low,
        "middle": middle,
        "high": high,
        "common": common,
    }


def _spoken(value: Any, column: Column) -> str:
    if column.kind is Kind.DATETIME:
        form = "%H:%M:%S" if is_clock(column.format) else "%Y-%m-%d %H:%M"
        return str(write_dates(pd.Series([value.tz_localize(None)], dtype="datetime64[us]"), form)[0]).removesuffix(
            ":00" if is_clock(column.format) else " 00:00"
        )
    if is_duration(column.format):
        return str(write_durations(pd.Series([value]), str(column.format))[0])
    decimals = min(column.decimals if column.decimals is not None else 4, 6)
    largest = max(abs(column.low or 0.0), abs(column.high or 0.0))
    plain = column.digits is None and (value == 0 or abs(value) >= 10.0 ** -max(decimals - 1, 0)) and largest < 1e12
    return f"{value:,.{decimals}f}" if plain else figure(value, enough_digits(column.low, column.high))


def distribution(series: pd.Series[Any], column: Column) -> pd.DataFrame:
    """Count the values of a column in up to 24 bins, or its levels: the 20 most frequent and all others together."""
    there = series.dropna()
    if column.kind.numeric:
        counted = _binned(there, column) if len(there) else pd.DataFrame({"bin": [], "lower": [], "upper": [], "rows": []})
    else:
        counted = _levels(there, column)
    return _with_shares(counted)


def _with_shares(counted: pd.DataFrame) -> pd.DataFrame:
    counted.insert(1, "order", np.arange(len(counted)))
    counted["share"] = counted["rows"] / max(1, counted["rows"].sum())
    return counted


def _binned(there: pd.Series[Any], column: Column) -> pd.DataFrame:
    dated = column.kind is Kind.DATETIME
    naive = there.dt.tz_localize(None) if dated and there.dt.tz is not None else there
    values = naive.astype("datetime64[us]").astype("int64").to_numpy(dtype=float) if dated else naive.to_numpy(dtype=float)
    edges = edges_of(float(values.min()), float(values.max()), column)
    return _bins(edges, np.histogram(values, edges)[0], column)


def described_numbers(
    column: Column, ends: tuple[float, float, float], edges: Any, counts: Any
) -> tuple[dict[str, Any], pd.DataFrame]:
    """Describe a column of numbers or dates counted elsewhere.

    Parameters
    ----------
    ends
        The lowest, the middle and the highest value; dates in microseconds since 1970.
    edges, counts
        The ends of the bins, see `edges_of`, and the values in each.

    Returns
    -------
    tuple
        low, middle and high in words; the column's distribution.
    """
    dated = column.kind is Kind.DATETIME
    values = [pd.Timestamp(int(end), unit="us") if dated else end for end in ends]
    low, middle, high = (_spoken(value, column) for value in values)
    frame = _bins(edges, counts, column)
    return {"low": low, "middle": middle, "high": high}, _with_shares(frame)


def shown_levels(counts: Mapping[str, int], column: Column) -> pd.DataFrame:
    """Return the distribution of levels counted elsewhere: the 20 most frequent and all others together; ordered ones in their order."""
    order = [level for level in column.levels if level in counts]
    if column.kind is not Kind.ORDINAL:
        order = sorted(counts, key=lambda level: (-counts[level], level))
    else:
        order += sorted(level for level in counts if level not in set(order))
    yes, no = (column.format or "true/false").split("/", 1) if column.kind is Kind.BOOLEAN else ("", "")
    names = [{"True": yes, "False": no}.get(level, level) if column.kind is Kind.BOOLEAN else level for level in order]
    return _with_shares(_first_levels(names, np.array([counts[level] for level in order], dtype="int64")))


def _bins(edges: Any, rows: Any, column: Column) -> pd.DataFrame:
    dated = column.kind is Kind.DATETIME
    ends: list[Any] = list(pd.Series(edges.astype("int64").astype("datetime64[us]"))) if dated else list(edges)
    names = [_bin_name(lower, upper, column) for lower, upper in itertools.pairwise(ends)]
    return pd.DataFrame({"bin": names, "lower": ends[:-1], "upper": ends[1:], "rows": rows.astype("int64")})


def edges_of(low: float, high: float, column: Column) -> Any:
    """Return the edges of up to 24 bins from the lowest to the highest value; for whole numbers each bin holds equally many of them."""
    if column.kind is not Kind.INTEGER:
        return np.linspace(low, high if high > low else low + 1.0, BINS + 1)
    step = max(1.0, np.ceil((high - low + 1) / BINS))
    return low - 0.5 + step * np.arange(int(np.ceil((high - low + 1) / step)) + 1)


def _bin_name(lower: Any, upper: Any, column: Column) -> str:
    if column.kind is Kind.DATETIME:
        form = "%H:%M" if is_clock(column.format) else "%Y-%m-%d" if upper - lower >= pd.Timedelta(days=1) else "%Y-%m-%d %H:%M"
        first, last = write_dates(pd.Series([lower, upper], dtype="datetime64[us]"), form)
        return f"{first} to {last}"
    if column.kind is Kind.INTEGER:
        first, last = f"{lower + 0.5:,.0f}", f"{upper - 0.5:,.0f}"
        return first if first == last else f"{first} to {last}"
    digits = enough_digits(column.low, column.high)
    return f"{figure(lower, digits)} to {figure(upper, digits)}"


def _levels(there: pd.Series[Any], column: Column) -> pd.DataFrame:
    counts = there.value_counts(sort=False)
    if column.kind is not Kind.ORDINAL:
        counts = counts.sort_index(key=lambda index: index.astype(str)).sort_values(ascending=False, kind="stable")
    names = [str(level) for level in counts.index]
    if column.kind is Kind.BOOLEAN:
        yes, no = (column.format or "true/false").split("/", 1)
        names = [yes if level else no for level in counts.index]
    return _first_levels(names, counts.to_numpy(dtype="int64"))


def _first_levels(names: list[str], rows: Any) -> pd.DataFrame:
    if len(rows) > MOST_BARS:
        names = [*names[:MOST_BARS], f"{len(rows) - MOST_BARS:,} others"]
        rows = np.append(rows[:MOST_BARS], rows[MOST_BARS:].sum())
    return pd.DataFrame({"bin": names, "lower": np.nan, "upper": np.nan, "rows": rows})
