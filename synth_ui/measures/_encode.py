"""Canonical columns as numbers, fitted on real rows only: table cells for counts, coordinates for distances, row hashes.

An encoder fitted per table would hide what differs between two tables; so everything here is fitted once per split, on
train and holdout together, and then applied to train, holdout and every candidate alike.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from synth_ui.core.dates import is_clock
from synth_ui.core.numbers import MOST_DIGITS, enough_digits, figure
from synth_ui.core.table import Column, Kind, Schema

Floats = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]

BINS = 10
TOP_LEVELS = 10
SPIKE = 0.10
ZERO_SPIKE = 0.02
QUANTILES = 1_000
OWN_COLUMNS = 256
SHARED_COLUMNS = 64


# --- single columns ---------------------------------------------------------------------------------------------


def numbers(series: pd.Series[Any], kind: Kind) -> Floats:
    """Return numbers, integers or dates (in seconds since 1970) as floats; blanks and infinities are NaN. Shape (n,)."""
    if kind is Kind.DATETIME:
        naive = series.dt.tz_convert("UTC").dt.tz_localize(None) if series.dt.tz is not None else series
        ticks = naive.to_numpy(dtype="datetime64[us]")
        return np.where(np.isnat(ticks), np.nan, ticks.astype("int64") / 1e6)
    values: Floats = series.to_numpy(dtype=np.float64, na_value=np.nan)
    return np.where(np.isfinite(values), values, np.nan) if np.isinf(values).any() else values


def level_names(column: Column, *series: pd.Series[Any]) -> list[str]:
    """Return the levels of a discrete column: the declared ones first, then further ones of `series` in their order."""
    if column.kind is Kind.BOOLEAN:
        return ["False", "True"]
    names = dict.fromkeys(column.levels)
    for one in series:
        names.update(dict.fromkeys(map(str, one.cat.categories)))
    return list(names)


def level_codes(series: pd.Series[Any], column: Column, levels: Sequence[str]) -> Integers:
    """Return each row's place in `levels`: −1 where blank, `len(levels)` where the level is none of them. Shape (n,)."""
    known = {name: place for place, name in enumerate(levels)}
    if column.kind is Kind.BOOLEAN:
        truth = series.astype("boolean").astype("Int8").to_numpy(dtype=np.int64, na_value=-1)
        of_truth: Integers = np.array([known.get(name, len(levels)) for name in ("False", "True")] + [-1])[truth]
        return of_truth
    codes = series.cat.codes.to_numpy()
    places = [known.get(str(name), len(levels)) for name in series.cat.categories]
    table: Integers = np.array([*places, -1], dtype=np.int64)  # code −1, a blank, picks the last entry
    found: Integers = table[codes]
    return found


def midranks(values: Floats) -> Floats:
    """Return ranks from 1, ties sharing their mean. Shape (n,)."""
    order = np.argsort(values, kind="stable")
    ranked = values[order]
    starts = np.flatnonzero(np.append(True, ranked[1:] != ranked[:-1])[: len(ranked)])
    ends = np.append(starts[1:], len(ranked))
    ranks = np.empty(len(values))
    ranks[order] = np.repeat((starts + 1 + ends) / 2, ends - starts)
    return ranks


# --- cells of tables --------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Cells:
    """How one column falls into the cells of a contingency table.

    Numbers and dates: deciles of the real values, with spikes (a value of a tenth of the rows, or zero from 2% on), where
    asked for, and the values of columns with at most ten of them as cells of their own. Categories: the ten commonest levels, the others
    together, and levels the real table does not have. A blank is a cell, always the last one.

    Attributes
    ----------
    edges
        Inner limits of the bins; bin k holds edges[k − 1] <= x < edges[k].
    spikes
        Values with a cell of their own, ascending; their cells follow the bins.
    levels, groups
        For categories: the known levels, and the cell of each (with the cell of unknown levels as the last entry).
    labels
        What each cell is called, in the order of the cells.
    low, high
        The limits of each cell, for numbers; NaN elsewhere.
    """

    column: Column
    labels: tuple[str, ...]
    edges: Floats
    spikes: Floats
    low: Floats
    high: Floats
    levels: tuple[str, ...] = ()
    groups: Integers | None = None

    @property
    def size(self) -> int:
        """How many cells there are, the blank one included."""
        return len(self.labels)

    def encode(self, series: pd.Series[Any]) -> npt.NDArray[np.int32]:
        """Return each row's cell, from 0 to `size` − 1. Shape (n,)."""
        if self.groups is not None:
            codes = level_codes(series, self.column, self.levels)
            return np.append(self.groups, self.size - 1)[codes].astype(np.int32)
        values = numbers(series, self.column.kind)
        cells = np.searchsorted(self.edges, values, side="right").astype(np.int32)
        if len(self.spikes):
            place = np.minimum(np.searchsorted(self.spikes, values), len(self.spikes) - 1)
            cells = np.where(self.spikes[place] == values, len(self.edges) + 1 + place, cells)
        return np.where(np.isnan(values), self.size - 1, cells).astype(np.int32)


def fit_cells(column: Column, real: Sequence[pd.Series[Any]], *, spikes: bool = True) -> Cells:
    """Fit the cells of one column on the real rows; without `spikes` numbers are cut into plain deciles."""
    if column.kind.numeric:
        return _number_cells(column, np.concatenate([numbers(series, column.kind) for series in real]), spikes)
    levels = level_names(column, *real)
    codes = np.concatenate([level_codes(series, column, levels) for series in real])
    counts = np.bincount(codes[codes >= 0], minlength=len(levels))
    ranked = np.argsort(-counts, kind="stable")
    kept = np.sort(ranked if len(levels) <= TOP_LEVELS + 1 else ranked[:TOP_LEVELS])
    groups = np.full(len(levels) + 1, len(kept), dtype=np.int64)
    groups[kept] = np.arange(len(kept))
    groups[len(levels)] = len(kept) + 1
    labels = (*(levels[place] for place in kept), "other levels", "unknown levels", "blank")
    nothing, unknown = np.empty(0), np.full(len(labels), np.nan)
    return Cells(column, labels, nothing, nothing, unknown, unknown, tuple(levels), groups)


def _number_cells(column: Column, values: Floats, with_spikes: bool) -> Cells:
    values = values[~np.isnan(values)]
    distinct, counts = np.unique(values, return_counts=True)
    share = counts / max(len(values), 1)
    spiked = (share >= SPIKE) | ((distinct == 0) & (share >= ZERO_SPIKE))
    spikes = distinct if len(distinct) <= BINS else distinct[spiked & with_spikes]
    rest = values[~np.isin(values, spikes)]
    edges = np.empty(0)
    if len(rest):
        bins = max(BINS - len(spikes), 3)
        edges = np.unique(np.quantile(rest, np.arange(1, bins) / bins, method="inverted_cdf"))
        edges = edges[edges > rest.min()]
    bounds = np.concatenate([[-np.inf], edges, [np.inf]])
    low = np.concatenate([bounds[:-1], spikes, [np.nan]])
    high = np.concatenate([bounds[1:], spikes, [np.nan]])
    labels = [_between(column, a, b) for a, b in itertools.pairwise(bounds)]
    return Cells(column, (*labels, *(shown(column, spike) for spike in spikes), "blank"), edges, spikes, low, high)


def _between(column: Column, low: float, high: float) -> str:
    if np.isinf(low) and np.isinf(high):
        return "other values"
    if np.isinf(low):
        return f"below {shown(column, high)}"
    if np.isinf(high):
        return f"{shown(column, low)} and above"
    return f"{shown(column, low)} to {shown(column, high)}"


def shown(column: Column, value: float) -> str:
    """Write a number of the column as a person would; a date as a day, or to the minute where the time matters."""
    if column.kind is Kind.DATETIME:
        minute = str(np.datetime64(round(value), "s").astype("datetime64[m]"))
        return minute.partition("T")[2] if is_clock(column.format) else minute.removesuffix("T00:00").replace("T", " ")
    return figure(value, MOST_DIGITS if float(value).is_integer() else enough_digits(column.low, column.high))


# --- coordinates for distances ----------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Coordinates:
    """Rows as points: the distance matrix of privacy measures is the Euclidean distance between these points.

    Numbers and dates are their place among 1,000 quantiles of the real values, in [0, 1] (blank: ½), beside a flag that is
    1 where blank. Categories are one-hot / √2, with a blank and an unknown level of their own, so that two different levels
    are 1 apart; beyond 256 levels the rarer ones share 64 further coordinates. Fitted on train and holdout together.

    Attributes
    ----------
    spans
        For each modelled column the first coordinate and the one after its last.
    """

    columns: tuple[Column, ...]
    spans: dict[str, tuple[int, int]]
    quantiles: dict[str, Floats]
    levels: dict[str, tuple[str, ...]]
    places: dict[str, Integers]

    @property
    def width(self) -> int:
        """How many coordinates a row has."""
        return max((end for _, end in self.spans.values()), default=0)

    def transform(self, frame: pd.DataFrame) -> Matrix:
        """Return the rows of a canonical frame as points, float32 of shape (n, width)."""
        points: Matrix = np.zeros((len(frame), self.width), dtype=np.float32)
        for column in self.columns:
            start, end = self.spans[column.name]
            if column.kind.numeric:
                values = numbers(frame[column.name], column.kind)
                points[:, start] = _among(values, self.quantiles[column.name])
                points[:, start + 1] = np.isnan(values)
            else:
                codes = level_codes(frame[column.name], column, self.levels[column.name])
                place = np.append(self.places[column.name], end - start - 1)[codes]
                points[np.arange(len(frame)), start + place] = np.sqrt(0.5)
        return points


def fit_coordinates(schema: Schema, real: Sequence[pd.DataFrame]) -> Coordinates:
    """Fit the coordinates of the modelled columns on the real frames."""
    spans, quantiles, levels, places = {}, {}, {}, {}
    start = 0
    for column in schema.modelled:
        series = [frame[column.name] for frame in real]
        if column.kind.numeric:
            values = np.concatenate([numbers(one, column.kind) for one in series])
            values = values[~np.isnan(values)]
            grid = np.linspace(0, 1, min(QUANTILES, max(len(values), 2)))
            quantiles[column.name] = np.quantile(values, grid) if len(values) else np.empty(0)
            width = 2
        else:
            levels[column.name] = tuple(level_names(column, *series))
            places[column.name], width = _level_places(column, series, levels[column.name])
        spans[column.name] = (start, start + width)
        start += width
    return Coordinates(tuple(schema.modelled), spans, quantiles, levels, places)


def _level_places(column: Column, series: Sequence[pd.Series[Any]], levels: Sequence[str]) -> tuple[Integers, int]:
    codes = np.concatenate([level_codes(one, column, levels) for one in series])
    counts = np.bincount(codes[codes >= 0], minlength=len(levels))
    ranked = np.argsort(-counts, kind="stable")
    rank = np.empty(len(levels), dtype=np.int64)
    rank[ranked] = np.arange(len(levels))
    rare = rank >= OWN_COLUMNS
    rank[rare] = OWN_COLUMNS + (rank[rare] - OWN_COLUMNS) % SHARED_COLUMNS
    known = int(rank.max(initial=-1)) + 1
    return np.append(rank, known), known + 2


def _among(values: Floats, quantiles: Floats) -> Floats:
    """Return the place of `values` among `quantiles` in [0, 1]; the middle of its stretch for a value that is repeated."""
    if not len(quantiles):
        return np.full(len(values), 0.5)
    grid = np.linspace(0, 1, len(quantiles))
    filled = np.where(np.isnan(values), quantiles[0], values)
    from_below = np.interp(filled, quantiles, grid)
    from_above = -np.interp(-filled, -quantiles[::-1], -grid[::-1])
    return np.where(np.isnan(values), 0.5, (from_below + from_above) / 2)


# --- row hashes -------------------------------------------------------------------------------------------------


def row_hashes(frame: pd.DataFrame, columns: Sequence[Column], *, ordered: bool = True) -> Hashes:
    """Hash each row over `columns`; equal rows have equal hashes in every frame, whatever its dtypes and levels.

    Parameters
    ----------
    ordered
        Whether it matters which column a value stands in. False gives a hash that does not depend on the order of the
        columns, for folds and draws.
    """
    total: Hashes = np.zeros(len(frame), dtype=np.uint64)
    for place, column in enumerate(columns):
        salt = np.uint64(place + 1 if ordered else 1) * np.uint64(0x9E3779B9)
        total += mix(value_hashes(frame[column.name], column) ^ salt)
    return mix(total)


def value_hashes(series: pd.Series[Any], column: Column) -> Hashes:
    """Hash each value of a canonical column of any kind; all blanks have the same hash. Shape (n,)."""
    if column.kind.numeric:
        values = numbers(series, column.kind) + 0.0  # −0.0 becomes 0.0
        values[np.isnan(values)] = np.nan  # every NaN the same bits
        return mix(values.view(np.uint64))
    if column.kind.discrete:
        levels = level_names(column, *([series] if column.kind is not Kind.BOOLEAN else []))
        of_level: Hashes = pd.util.hash_array(np.array([*levels, "\x00blank"], dtype=object), categorize=False)
        picked: Hashes = of_level[level_codes(series, column, levels)]
        return picked
    texts = series.astype(object).where(series.notna(), "\x00blank").map(str)
    of_text: Hashes = pd.util.hash_array(texts.to_numpy(dtype=object), categorize=True)
    return of_text


def mix(values: Hashes) -> Hashes:
    """Scramble 64-bit words one to one (the finaliser of SplitMix64; Steele, Lea and Flood 2014)."""
    mixed = values.astype(np.uint64, copy=True)
    mixed ^= mixed >> np.uint64(30)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(27)
    mixed *= np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return mixed


def content_order(hashes: Hashes, seed: int) -> npt.NDArray[np.intp]:
    """Return a random order of the rows that depends on their content and `seed`, not on the order they came in.

    Its first m entries are a fair draw without replacement; equal rows are drawn independently of each other.
    """
    by_hash = np.argsort(hashes, kind="stable")
    ranked = hashes[by_hash]
    first = np.concatenate([[True], ranked[1:] != ranked[:-1]]) if len(ranked) else np.empty(0, dtype=bool)
    place = np.arange(len(ranked))
    occurrence = place - np.maximum.accumulate(np.where(first, place, 0))
    salt = np.array([seed], dtype=np.uint64)
    keys = mix(mix(ranked ^ mix(salt)) + mix(occurrence.astype(np.uint64) + np.uint64(1)))
    return by_hash[np.argsort(keys, kind="stable")]
