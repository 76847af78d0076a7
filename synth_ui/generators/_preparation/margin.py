"""The distribution of one numeric column: frequent values stay values, rare ones are redrawn between their neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

RARE = 5
"""A value held by fewer rows than this is not repeated as it is: a new one is drawn near it."""

_REACH = 8
_LOPSIDED = 4
_SPIKE = 3
_AROUND = 4


@dataclass(frozen=True, eq=False)
class Margin:
    """The distinct values of a numeric column with their counts, blanks left out.

    Attributes
    ----------
    values
        Distinct values, ascending.
    counts
        Rows holding each of them.
    rare
        Those held by fewer than `RARE` rows, ascending: the continuous part of the column.
    """

    values: Floats
    counts: NDArray[np.int64]
    rare: Floats

    @classmethod
    def of(cls, column: Floats) -> Margin:
        """Count the values of a column; NaN is left out."""
        values, counts = np.unique(column[~np.isnan(column)], return_counts=True)
        return cls(values, counts.astype(np.int64), values[counts < RARE])

    @cached_property
    def loose(self) -> NDArray[np.bool_]:
        """Tell which values are no spikes: not held by more than `_SPIKE` times as many rows as the `_AROUND` values on either side.

        At the ends of the column there are fewer of those; a value alone in its column is a spike.
        """
        counts = self.counts.astype(float)
        if len(counts) < 2:
            return np.zeros(len(counts), dtype=bool)
        outside = np.full(_AROUND, np.nan)
        beside = np.concatenate([outside, counts, outside])
        around = np.column_stack([beside[at : at + len(counts)] for at in range(2 * _AROUND + 1) if at != _AROUND])
        found: NDArray[np.bool_] = counts <= np.maximum(_SPIKE * np.nanmedian(around, axis=1), RARE)
        return found

    @property
    def spikes(self) -> Floats:
        """The values that are not loose, ascending: they stay as they are."""
        return self.values[~self.loose]

    @cached_property
    def loose_places(self) -> Floats:
        """For each value, the rows holding loose values below it, and half of those holding it."""
        counts = np.where(self.loose, self.counts, 0)
        places: Floats = np.cumsum(counts) - counts / 2
        return places

    def between(self, low: NDArray[np.int64], high: NDArray[np.int64], rng: np.random.Generator) -> Floats:
        """Draw between pairs of loose values (positions in `values`), as often as rows hold what lies between; rare ones anew."""
        share = rng.random(len(low))
        places = self.loose_places[low] + share * (self.loose_places[high] - self.loose_places[low])
        edges = self.loose_places + np.where(self.loose, self.counts, 0) / 2
        index = np.minimum(np.searchsorted(edges, places, side="right"), len(self.values) - 1)
        return self.soften(self.values[index], rng)

    @property
    def frequent(self) -> Floats:
        """The values held by at least `RARE` rows, ascending: levels of their own."""
        return self.values[self.counts >= RARE]

    def is_frequent(self, drawn: Floats) -> NDArray[np.bool_]:
        """Tell which of the drawn values are frequent ones; NaN is not."""
        frequent = self.frequent
        if not len(frequent):
            return np.zeros(len(drawn), dtype=bool)
        nearest = np.minimum(np.searchsorted(frequent, drawn), len(frequent) - 1)
        found: NDArray[np.bool_] = frequent[nearest] == drawn
        return found

    def soften(self, drawn: Floats, rng: np.random.Generator) -> Floats:
        """Move each drawn value that is not frequent to a random place among its rare neighbours.

        The new value is uniform between the rare values a few ranks below and above, so that it meets a real value no more often
        than any value of that region does; no side reaches further than `_LOPSIDED` times the other, so that one outlier does not
        draw its neighbours along. Frequent values and NaN stay.
        """
        if len(self.rare) < 2:
            return drawn
        loose = ~np.isnan(drawn) & ~self.is_frequent(drawn)
        values, last = drawn[loose], len(self.rare) - 1
        reach = int(np.clip(len(self.rare) // 50, 1, _REACH))
        below = np.searchsorted(self.rare, values) - reach
        above = np.searchsorted(self.rare, values, side="right") - 1 + reach
        left = values - self.rare[np.clip(below, 0, last)]
        right = self.rare[np.clip(above, 0, last)] - values
        left, right = np.where(below < 0, right, left), np.where(above > last, left, right)
        left, right = np.minimum(left, _LOPSIDED * right), np.minimum(right, _LOPSIDED * left)
        moved = values - left + rng.random(len(values)) * (left + right)
        low, high = self.rare[0], self.rare[-1]
        moved = np.where(moved < low, 2 * low - moved, moved)
        moved = np.where(moved > high, 2 * high - moved, moved)
        out = drawn.copy()
        out[loose] = np.clip(moved, low, high)
        return out

    def quantile(self, shares: Floats) -> Floats:
        """Return the real values at shares in [0, 1) of the rows, by the inverse of the empirical distribution."""
        edges = np.cumsum(self.counts)
        index = np.searchsorted(edges, np.asarray(shares) * edges[-1], side="right")
        found: Floats = self.values[np.minimum(index, len(self.values) - 1)]
        return found

    def draw(self, n: int, rng: np.random.Generator) -> Floats:
        """Draw `n` values of this distribution, rare ones anew."""
        return self.soften(self.quantile(rng.random(n)), rng)


def dense_codes(column: NDArray[Any]) -> NDArray[np.int64]:
    """Return the index of each row's value among the distinct ones, ascending, NaN last."""
    codes: NDArray[np.int64] = np.unique(column, return_inverse=True)[1].astype(np.int64)
    return codes


def is_among(values: Floats, known: Floats) -> NDArray[np.bool_]:
    """Tell which values are among the known ones, which ascend; NaN is not."""
    if not len(known):
        return np.zeros(len(values), dtype=bool)
    nearest = np.minimum(np.searchsorted(known, values), len(known) - 1)
    found: NDArray[np.bool_] = known[nearest] == values
    return found


def is_loose(margin: Margin, values: Floats) -> NDArray[np.bool_]:
    """Tell which values of a numeric column are neither blank nor a spike."""
    found: NDArray[np.bool_] = ~np.isnan(values) & ~is_among(values, margin.spikes)
    return found
