"""The two properties of sdmetrics' quality report, computed as the package does but with the real side once per split.

The package groups, joins and correlates every pair of columns afresh for every candidate, twice where it is asked with and
without thresholds; here columns are coded once and pairs are counted. The tests compare both to the last digits.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from synth_ui.columns.values import level_codes, level_names
from synth_ui.core.table import Column, Kind

AS_IN = "0.32.0"
"""The version whose definitions these are."""

LEAST_CORRELATION = 0.5
LEAST_ASSOCIATION = 0.3
"""The default thresholds: pairs of real columns that are no more related are left out."""

DECIMALS = 14
"""To which the package rounds numbers before it compares their distributions."""

DENSE = 8
"""Up to so many cells per row a table is counted cell by cell; beyond, only the cells that occur."""

Floats = npt.NDArray[np.float64]
Values = npt.NDArray[Any]
Integers = npt.NDArray[np.int64]
Pair = tuple[str, str]


@dataclass(frozen=True, eq=False)
class Side:
    """The columns of one table, ready to be compared.

    Attributes
    ----------
    numbers
        Values of numbers and dates, floats with NaN where any is blank.
    sorted
        The same without blanks, rounded and ascending.
    levels
        Names of the levels of each discrete column: those given first, then further ones of this table.
    codes
        Per column the number of the level, −1 where blank; of a number its tenth of the span of this table, or None where
        the package does not cut it.
    """

    rows: int
    numbers: dict[str, Values]
    sorted: dict[str, Values]
    levels: dict[str, list[str]]
    codes: dict[str, Integers | None]


def side_of(frame: pd.DataFrame, columns: tuple[Column, ...], known: Side | None = None) -> Side:
    """Prepare a canonical frame; `known` gives the levels that are numbered first."""
    side = Side(len(frame), {}, {}, {}, {})
    for column in columns:
        name, series = column.name, frame[column.name]
        if column.kind.numeric:
            values = _values(series, column.kind)
            side.numbers[name] = values
            known_values = values[~np.isnan(values)]
            side.sorted[name] = np.sort(np.round(known_values, DECIMALS) if column.kind is Kind.NUMBER else known_values)
            side.codes[name] = _tenths(values)
        else:
            first = known.levels[name] if known else level_names(column)
            names = list(dict.fromkeys([*first, *level_names(column, series)]))
            side.levels[name] = names
            side.codes[name] = level_codes(series, names)
    return side


def _values(series: pd.Series[Any], kind: Kind) -> Values:
    """Return a column as the package sees it: dates as microseconds since 1970, whole numbers as such where none is blank."""
    if kind is Kind.DATETIME:
        naive = series.dt.tz_convert("UTC").dt.tz_localize(None) if series.dt.tz is not None else series
        moments = naive.to_numpy(dtype="datetime64[us]")
        ticks, blank = moments.astype("int64"), np.isnat(moments)
        return np.where(blank, np.nan, ticks) if blank.any() else ticks
    if kind is Kind.INTEGER and not series.isna().any():
        return np.asarray(series.to_numpy(dtype=np.int64))
    return np.asarray(series.to_numpy(dtype=np.float64, na_value=np.nan))


def _tenths(values: Values) -> Integers | None:
    try:
        edges = np.histogram_bin_edges(values[~np.isnan(values)])
    except ValueError:  # infinite, or too narrow for its size to be cut: the package leaves out the pairs of such a column
        return None
    return np.digitize(values, edges)


# --- columns ----------------------------------------------------------------------------------------------------


def shapes(real: Side, made: Side, columns: tuple[Column, ...]) -> float:
    """Return the mean over columns of one minus the Kolmogorov–Smirnov or the total variation distance; NaN without any."""
    return _mean([_shape(real, made, column) for column in columns])


def _shape(real: Side, made: Side, column: Column) -> float:
    name = column.name
    if column.kind.numeric:
        first, second = real.sorted[name], made.sorted[name]
        if not len(first) or not len(second):
            return math.nan
        points = np.concatenate([first, second])
        gaps = np.searchsorted(first, points, side="right") / len(first) - np.searchsorted(second, points, side="right") / len(
            second
        )
        return float(1 - np.abs(gaps).max())
    size = len(made.levels[name])
    counts = [np.bincount(codes[codes >= 0], minlength=size).astype(float) for codes in (_coded(real, name), _coded(made, name))]
    if not counts[0].sum() or not counts[1].sum():
        return math.nan
    counts[0][(counts[0] == 0) & (counts[1] > 0)] = 1e-6  # as the package does with a level no real row has
    return float(1 - 0.5 * np.abs(counts[1] / counts[1].sum() - counts[0] / counts[0].sum()).sum())


def _coded(side: Side, name: str) -> Integers:
    codes = side.codes[name]
    assert codes is not None
    return codes


# --- pairs ------------------------------------------------------------------------------------------------------


def related(real: Side, columns: tuple[Column, ...]) -> dict[Pair, float]:
    """Return how strongly pairs of real columns are related: correlation of numbers, else Cramér's V; NaN where undefined."""
    mixed = {column.name: _numbered(real.codes[column.name]) for column in columns}
    return {
        (first.name, second.name): _correlation(real, first.name, second.name)
        if first.kind.numeric and second.kind.numeric
        else _association(mixed[first.name], mixed[second.name])
        for first, second in itertools.combinations(columns, 2)
    }


def _numbered(codes: Integers | None) -> Integers | None:
    """Return the values that occur numbered from 0 in their order: once per column, as sorting a million rows for each pair is dear."""
    if codes is None or not len(codes):
        return None
    lowest = int(codes.min())
    number: Integers = np.cumsum(np.bincount(codes - lowest) > 0) - 1
    return number[codes - lowest]


def trends(real: Side, made: Side, columns: tuple[Column, ...], relations: dict[Pair, float]) -> tuple[float, float]:
    """Return the mean similarity of pairs that are related in the real table, and of all pairs; NaN without any."""
    every, above = [], []
    for first, second in itertools.combinations(columns, 2):
        relation = relations[first.name, second.name]
        if first.kind.numeric and second.kind.numeric:
            score = 1 - abs(relation - _correlation(made, first.name, second.name)) / 2 if abs(relation) > 0 else math.nan
            least = LEAST_CORRELATION
        else:
            score = _similarity(real, made, first.name, second.name)
            least = LEAST_ASSOCIATION
        every.append(score)
        if abs(relation) > least:
            above.append(score)
    return _mean(above), _mean(every)


def _correlation(side: Side, first: str, second: str) -> float:
    """Return Pearson's correlation over the rows that have both; NaN where a column does not vary or is not finite."""
    x, y = side.numbers[first], side.numbers[second]
    both = ~(np.isnan(x) | np.isnan(y))
    first_unit, second_unit = _unit(x[both].astype(float)), _unit(y[both].astype(float))
    if first_unit is None or second_unit is None:
        return math.nan
    return float(np.clip(first_unit @ second_unit, -1.0, 1.0))


def _unit(values: Floats) -> Floats | None:
    """Return values less their mean, with a sum of squares of 1; None where that cannot be."""
    if len(values) < 2 or not np.isfinite(values).all() or values.min() == values.max():
        return None
    centred = values - values.mean()
    largest = np.abs(centred).max()
    unit: Floats = centred / largest
    unit /= np.linalg.norm(unit)
    return unit


def _association(rows: Integers | None, columns: Integers | None) -> float:
    """Return Cramér's V of two columns of `_numbered` values, blanks a level of their own; NaN where one has a single level."""
    if rows is None or columns is None:
        return math.nan
    sizes = int(rows.max()) + 1, int(columns.max()) + 1
    if min(sizes) < 2:
        return math.nan
    joint = rows * sizes[1] + columns
    if sizes[0] * sizes[1] > DENSE * len(rows):
        cells, counts = np.unique(joint, return_counts=True)
    else:
        table = np.bincount(joint)
        cells = np.flatnonzero(table)
        counts = table[cells]
    totals = np.bincount(rows)[cells // sizes[1]] * np.bincount(columns)[cells % sizes[1]].astype(float)
    return float(np.sqrt(max(float((counts**2 / totals).sum()) - 1, 0.0) / (min(sizes) - 1)))


def _similarity(real: Side, made: Side, first: str, second: str) -> float:
    """Return one minus the total variation distance of two two-way tables, blanks a level of their own."""
    a, b = (real.codes[first], made.codes[first]), (real.codes[second], made.codes[second])
    if any(codes is None or not len(codes) for codes in (*a, *b)):
        return math.nan
    width = max(int(codes.max()) for codes in b if codes is not None) + 2
    joint = [(one + 1) * width + other + 1 for one, other in zip(a, b, strict=True) if one is not None and other is not None]
    cells = max(int(one.max()) for one in joint) + 1
    if cells > DENSE * (real.rows + made.rows):
        both = np.unique(np.concatenate(joint), return_inverse=True)[1]
        joint, cells = np.split(both, [real.rows]), int(both.max()) + 1
    shares = [np.bincount(one, minlength=cells) / len(one) for one in joint]
    return float(1 - (np.abs(shares[0] - shares[1]) / 2).sum())


def _mean(scores: list[float]) -> float:
    there = [score for score in scores if not math.isnan(score)]
    return float(np.mean(there)) if there else math.nan
