"""Columns as the cells of contingency tables, fitted on real rows only.

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

from synth_ui.columns.values import Floats, Integers, level_codes, level_names, numbers
from synth_ui.core.formats.dates import is_clock
from synth_ui.core.formats.numbers import MOST_DIGITS, enough_digits, figure
from synth_ui.core.table import Column, Kind

BINS = 10
TOP_LEVELS = 10
SPIKE = 0.10
ZERO_SPIKE = 0.02


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
            codes = level_codes(series, self.levels)
            return np.append(self.groups, self.size - 1)[codes].astype(np.int32)
        values = numbers(series, self.column.kind)
        return np.where(np.isnan(values), self.size - 1, cell_of(values, self.edges, self.spikes)).astype(np.int32)


def cell_of(values: Floats, edges: Floats, spikes: Floats) -> Integers:
    """Return where each value falls: 0 … len(edges) for the stretches between edges, then one place for each spike. Shape (n,).

    Parameters
    ----------
    edges
        Ascending; stretch k holds edges[k − 1] <= x < edges[k].
    spikes
        Values with a place of their own, ascending.
    """
    places: Integers = np.searchsorted(edges, values, side="right")
    if not len(spikes):
        return places
    nearest = np.minimum(np.searchsorted(spikes, values), len(spikes) - 1)
    return np.where(spikes[nearest] == values, len(edges) + 1 + nearest, places)


def fit_cells(column: Column, real: Sequence[pd.Series[Any]], *, spikes: bool = True) -> Cells:
    """Fit the cells of one column on the real rows; without `spikes` numbers are cut into plain deciles."""
    if column.kind.numeric:
        return _number_cells(column, np.concatenate([numbers(series, column.kind) for series in real]), spikes)
    levels = level_names(column, *real)
    codes = np.concatenate([level_codes(series, levels) for series in real])
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
