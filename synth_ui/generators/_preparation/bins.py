"""Columns cut into levels, for methods that learn tables of counts or one network over levels.

A number that many rows hold (never fewer than `RARE`) is a level of its own, a spike; the rest is cut at quantiles, and blanks are
the last level. Levels of categories stay as they are, rare ones too. Turning a level back draws a value inside it: the spike
itself, or one of the bin's own values moved between its neighbours, so that no value only one row holds is repeated beyond chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from synth_ui.columns.cells import cell_of
from synth_ui.generators._preparation.margin import RARE, Floats, Margin
from synth_ui.generators._preparation.prepare import Array, ModelColumn, Prepared
from synth_ui.generators.sampling.stratified import stratified

Codes = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Bins:
    """One column as levels 0 … count - 1, ordered by value for numbers; a blank is the last.

    Attributes
    ----------
    count
        The number of levels, the blank's included.
    ordered
        Whether the levels (but for the blank) have a meaningful order.
    spikes, spike_levels
        The values that are levels of their own, ascending, and their levels.
    edges, bin_levels
        The inner edges of the quantile bins, and the bins' levels; a value v lies in bin searchsorted(edges, v, "right").
    """

    column: ModelColumn
    count: int
    ordered: bool
    spikes: Floats
    spike_levels: Codes
    edges: Floats
    bin_levels: Codes

    @classmethod
    def of(cls, column: ModelColumn, most: int) -> Bins:
        """Cut a column into about `most` levels; categories keep theirs."""
        nothing, none = np.empty(0), np.empty(0, dtype=np.int64)
        if column.margin is None:
            return cls(column, column.levels, column.ordered, nothing, none, nothing, none)
        margin = column.margin
        few = len(margin.values) <= most  # a level for each, but for those that only a few rows hold
        spiky = margin.counts >= max(0 if few else margin.counts.sum() / (2 * most), RARE)
        spikes = margin.values[spiky]
        edges, middles = _quantile_bins(margin, ~spiky, most)
        order = np.argsort(np.argsort(np.concatenate([spikes, middles]), kind="stable"), kind="stable").astype(np.int64)
        count = len(order) + column.blank
        return cls(column, count, True, spikes, order[: len(spikes)], edges, order[len(spikes) :])

    def encode(self, array: Array) -> Codes:
        """Return the level of each value."""
        if not self.column.numeric:
            return np.asarray(array, dtype=np.int64)
        out = np.full(len(array), self.count - 1, dtype=np.int64)
        there = ~np.isnan(array)
        values = array[there]
        if len(self.bin_levels):
            out[there] = np.concatenate([self.bin_levels, self.spike_levels])[cell_of(values, self.edges, self.spikes)]
        else:  # all are spikes: a value that is none of them goes to the nearest
            out[there] = self.spike_levels[np.searchsorted((self.spikes[1:] + self.spikes[:-1]) / 2, values)]
        return out

    def decode(self, codes: Codes, rng: np.random.Generator) -> Array:
        """Draw a value inside each level."""
        margin = self.column.margin
        if margin is None:
            return codes
        out = np.full(len(codes), np.nan)
        value_of = np.full(self.count, np.nan)
        value_of[self.spike_levels] = self.spikes
        spiky = ~np.isnan(value_of[codes])
        out[spiky] = value_of[codes[spiky]]
        if len(self.bin_levels):
            bin_of = np.full(self.count, -1)
            bin_of[self.bin_levels] = np.arange(len(self.bin_levels))
            inside = bin_of[codes] >= 0
            out[inside] = self._inside(margin, bin_of[codes[inside]], rng)
        return out

    def _inside(self, margin: Margin, bins: Codes, rng: np.random.Generator) -> Floats:
        """Draw from each bin's own values by their counts, then move rare ones; one that left its bin is moved the other way."""
        plain = ~np.isin(margin.values, self.spikes)
        values, ends = margin.values[plain], np.cumsum(margin.counts[plain])
        firsts = np.searchsorted(values, self.edges)
        starts = np.concatenate([[0], ends[firsts - 1] if len(firsts) else []])
        stops = np.concatenate([starts[1:], ends[-1:]])
        places = starts[bins] + stratified(bins, rng) * (stops - starts)[bins]
        donors = values[np.minimum(np.searchsorted(ends, places, side="right"), len(values) - 1)]
        drawn = margin.soften(donors, rng)
        lows = np.concatenate([values[:1], self.edges])
        highs = np.concatenate([np.nextafter(self.edges, -np.inf), values[-1:]])
        low, high = lows[bins], highs[bins]
        drawn = np.where((drawn < low) | (drawn > high), 2 * donors - drawn, drawn)
        return np.where((drawn < low) | (drawn > high), low + rng.random(len(bins)) * (high - low), drawn)


def _quantile_bins(margin: Margin, which: NDArray[np.bool_], most: int) -> tuple[Floats, Floats]:
    """Cut the chosen values into bins of about equally many rows; return inner edges (each a value that starts a bin), middles."""
    values, counts = margin.values[which], margin.counts[which]
    if not len(values):
        return np.empty(0), np.empty(0)
    wanted = max(1, round(most * counts.sum() / margin.counts.sum()))
    ends = np.cumsum(counts)
    cuts = np.searchsorted(ends, ends[-1] * np.arange(1, wanted) / wanted, side="right")
    cuts = np.unique(cuts[(cuts > 0) & (cuts < len(values))])
    bounds = np.concatenate([[0], cuts, [len(values)]]).astype(int)
    middles = np.array([np.average(values[a:b], weights=counts[a:b]) for a, b in pairwise(bounds)])
    return values[cuts], middles


def cut(data: Prepared, most: int) -> tuple[list[Bins], list[Codes]]:
    """Cut every column into about `most` levels; return the bins and the codes of all rows."""
    bins = [Bins.of(column, most) for column in data.columns]
    return bins, [one.encode(array) for one, array in zip(bins, data.arrays, strict=True)]


def uncut(bins: Sequence[Bins], codes: Sequence[Codes], rng: np.random.Generator) -> list[Array]:
    """Draw values inside the levels of every column."""
    return [one.decode(code, rng) for one, code in zip(bins, codes, strict=True)]
