"""Choosing, among more rows than wanted, those that together match the two-way tables of the real rows.

What is kept of the real rows are shares of coarse cells: ten or so per column, in pairs of columns. Rows are swapped in and out
until the chosen rows' tables come close; no row is compared with a single real row.

A table of a few thousand rows differs from that of other rows by chance, and rows chosen to match it to the row come closer to the rows
it was counted from: even unseen real rows, chosen so out of four times as many, lie nearer to 2,000 training rows than to others in
52 to 55 of a hundred cases. So what is aimed at is the drawn rows' own table, moved towards the real one by what chance does not explain.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from synth_ui.core.context import Context
from synth_ui.generators._preparation.margin import Floats

Codes = NDArray[np.int64]
Places = NDArray[np.int32]

ROUNDS = 50
_MOST_PAIRS = 300
_FIRST_SWAPS = 0.02
_SMALLER = 0.6
_SLACK = 2.0


def coarse(counts: NDArray[np.int64], ordered: bool, most: int = 10) -> Codes:
    """Return the cell of each level: about `most` quantile cells of ordered levels; else the commonest levels and one of the others."""
    cells = np.arange(len(counts), dtype=np.int64)
    if len(counts) <= most + 1:
        return cells
    if ordered:
        middles = (np.cumsum(counts) - counts / 2) / max(int(counts.sum()), 1)
        return np.unique(np.minimum((middles * most).astype(np.int64), most - 1), return_inverse=True)[1].astype(np.int64)
    common = np.argsort(-counts, kind="stable")[:most]
    cells[:] = most
    cells[common] = np.arange(most)
    return cells


@dataclass(frozen=True, eq=False)
class TwoWayTables:
    """The share of real rows in each cell of the two-way tables.

    Attributes
    ----------
    pairs
        Positions of the two columns of each table; of more than `_MOST_PAIRS`, a draw.
    sizes
        How many cells each column has.
    starts
        Where each table starts among all cells.
    shares
        Of all tables, one after the other; each sums to 1.
    rows
        How many real rows were counted.
    """

    pairs: tuple[tuple[int, int], ...]
    sizes: tuple[int, ...]
    starts: Codes
    shares: Floats
    rows: int

    @classmethod
    def of(cls, cells: Codes, sizes: Sequence[int], context: Context) -> TwoWayTables:
        """Count real rows, given as rows × columns of cells."""
        pairs = list(combinations(range(len(sizes)), 2)) or [(0, 0)]
        if len(pairs) > _MOST_PAIRS:
            kept = np.sort(context.rng("pairs").choice(len(pairs), _MOST_PAIRS, replace=False))
            pairs = [pairs[place] for place in kept]
        ends = np.cumsum([sizes[a] * sizes[b] for a, b in pairs])
        starts = np.concatenate([[0], ends[:-1]]).astype(np.int64)
        empty = cls(tuple(pairs), tuple(sizes), starts, np.empty(int(ends[-1])), len(cells))
        counts = np.bincount(empty.places(cells).ravel(), minlength=int(ends[-1]))
        return replace(empty, shares=counts / max(len(cells), 1))

    def places(self, cells: Codes) -> Places:
        """Return the cell of each row in each table, among all cells; rows × tables."""
        out: Places = np.empty((len(cells), len(self.pairs)), dtype=np.int32)
        for table, ((a, b), start) in enumerate(zip(self.pairs, self.starts, strict=True)):
            out[:, table] = start + cells[:, a] * self.sizes[b] + cells[:, b]
        return out

    def miss(self, cells: Codes) -> float:
        """Return the share of rows that would have to change cell for a table to match, the mean over tables; in [0, 1]."""
        counts = np.bincount(self.places(cells).ravel(), minlength=len(self.shares))
        return float(np.abs(counts / max(len(cells), 1) - self.shares).sum() / 2 / len(self.pairs))

    def beyond_chance(self, cells: Codes) -> TwoWayTables:
        """Return the tables of drawn rows, each moved towards the real one by the share of their difference that chance does not explain.

        The share is James and Stein's (1961) with the positive part: one minus what two samples of one law would differ by, over
        what these do, in χ²; 0 where they differ no more than that.
        """
        counts = np.bincount(self.places(cells).ravel(), minlength=len(self.shares))
        drawn, out = counts / max(len(cells), 1), np.empty(len(self.shares))
        noise = 1 / max(self.rows, 1) + 1 / max(len(cells), 1)
        for (a, b), start in zip(self.pairs, self.starts, strict=True):
            table = slice(start, start + self.sizes[a] * self.sizes[b])
            real, own = self.shares[table], drawn[table]
            both = (real * self.rows + own * len(cells)) / max(self.rows + len(cells), 1)
            some = both > 0
            distance = float((((real - own)[some]) ** 2 / both[some]).sum()) / noise
            real_share = max(0.0, 1 - (int(some.sum()) - 1) / distance) if distance > 0 else 0.0
            out[table] = own + real_share * (real - own)
        return replace(self, shares=out)

    def choose(self, cells: Codes, n: int, context: Context, rounds: int = ROUNDS) -> NDArray[np.int64]:
        """Return which `n` of the rows to keep, in their order.

        Each round swaps rows of over-full cells for rows of cells that lack some, a few in a hundred of them, fewer once a
        round has overshot. The misfit is the sum over cells of squared misses over expected counts.
        """
        if n >= len(cells):
            return np.arange(len(cells))
        search = _Search(self, self.places(cells), n, context.rng("choosing rows"))
        for number in range(rounds):
            context.step("choosing rows", number / rounds)
            search.swap()
        return np.flatnonzero(search.kept)


class _Search:
    """Rows kept and left out, and how far the kept ones' tables are from the wanted ones."""

    def __init__(self, tables: TwoWayTables, places: Places, n: int, rng: np.random.Generator) -> None:
        self.places, self.n, self.rng = places, n, rng
        self.wanted = tables.shares * n
        self.weights = 1 / (self.wanted + _SLACK)
        self.kept = np.zeros(len(places), dtype=bool)
        self.kept[rng.permutation(len(places))[:n]] = True
        self.counts = self._count(self.kept)
        self.own = self.weights[places].sum(axis=1) / 2
        self.share, self.last = _FIRST_SWAPS, np.inf

    def swap(self) -> None:
        """Swap the share of rows in force, chosen by chance among twice as many that gain most."""
        excess = self.counts - self.wanted
        misfit = float((excess**2 * self.weights).sum())
        if misfit > self.last:
            self.share *= _SMALLER
        self.last = misfit
        pull = (excess * self.weights)[self.places].sum(axis=1)
        inside, outside = np.flatnonzero(self.kept), np.flatnonzero(~self.kept)
        swaps = max(min(int(self.share * self.n), len(outside) // 2), 1)
        leaving = self._best(inside, self.own[inside] - pull[inside], swaps)
        coming = self._best(outside, self.own[outside] + pull[outside], swaps)
        self.kept[leaving], self.kept[coming] = False, True
        self.counts += self._count(coming) - self._count(leaving)

    def _best(self, rows: NDArray[np.int64], costs: Floats, swaps: int) -> NDArray[np.int64]:
        most = min(2 * swaps, len(rows))
        best = rows[np.argpartition(costs, most - 1)[:most]]
        return self.rng.permutation(best)[:swaps]

    def _count(self, rows: NDArray[np.generic]) -> Floats:
        return np.bincount(self.places[rows].ravel(), minlength=len(self.wanted)).astype(float)
