"""Values of two columns that never stand in one row, though chance would have brought them together."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from synth_ui.generators._preparation.laws.law import RowCheck, Truths
from synth_ui.generators._preparation.margin import is_among

if TYPE_CHECKING:
    from synth_ui.generators._preparation.prepare import Array, ModelColumn

EXPECTED = 8.0
"""Rows that chance would bring together at least: one such pair in three thousand is never seen by accident."""

_LEAST_SHARE = 0.02
_MOST_VALUES = 20
_MOST_CELLS = 1_000_000
_GROUPS = 8
_DONORS = 12
_LEAST_POOL = 20_000


@dataclass(frozen=True, eq=False)
class Kinds:
    """The values of a column worth looking at, numbered: levels, blanks, numbers many rows hold; all others come last.

    Attributes
    ----------
    values
        Of a numeric column those that are kinds, ascending, then the blank.
    number
        Of a column with levels the number of each code.
    """

    column: ModelColumn
    count: int
    values: Array
    number: NDArray[np.int64]

    @classmethod
    def of(cls, column: ModelColumn, array: Array) -> Kinds:
        """Number the values that enough rows hold."""
        none = np.empty(0, dtype=np.int64)
        if column.margin is None:
            enough = np.bincount(array, minlength=column.levels) >= EXPECTED
            number = np.where(enough, np.cumsum(enough) - 1, enough.sum())
            return cls(column, int(enough.sum()), np.empty(0), number.astype(np.int64))
        counts = column.margin.counts
        most = np.sort(np.argsort(-counts, kind="stable")[:_MOST_VALUES])
        most = most[counts[most] >= max(EXPECTED, _LEAST_SHARE * len(array))]
        values = column.margin.values[most]
        return cls(column, len(values) + bool(np.isnan(array).sum() >= EXPECTED), values, none)

    def __call__(self, array: Array) -> NDArray[np.int64]:
        """Return the number of each row's value; `count` for all that is not worth looking at."""
        if self.column.margin is None:
            return self.number[array]
        out = np.full(len(array), self.count, dtype=np.int64)
        there = is_among(array, self.values)
        out[there] = np.searchsorted(self.values, array[there])
        if self.count > len(self.values):
            out[np.isnan(array)] = len(self.values)
        return out


@dataclass(frozen=True, eq=False)
class NeverMet(RowCheck):
    """Pairs of values no row has, all of them of two columns.

    Attributes
    ----------
    barred
        For each kind of the first column and of the second whether they never meet; the last of both is all else.
    """

    kinds: tuple[Kinds, ...]
    barred: Mapping[tuple[int, int], NDArray[np.bool_]]

    @property
    def text(self) -> str:
        """How many pairs there are."""
        pairs = sum(int(table.sum()) for table in self.barred.values())
        return (
            f"{pairs:,} pairs of values apart that never meet in a real row"
            if pairs > 1
            else "two values apart that never meet in a real row"
        )

    def holds(self, arrays: Mapping[str, Array]) -> Truths:
        """Tell which rows have none of the pairs."""
        return self._kept(self._numbers(arrays))

    def _kept(self, numbers: Mapping[int, NDArray[np.int64]]) -> Truths:
        kept = np.ones(len(next(iter(numbers.values()))), dtype=bool)
        for (first, second), table in self.barred.items():
            kept &= ~np.take(table, numbers[first] * table.shape[1] + numbers[second])
        return kept

    def without(self, columns: Collection[str]) -> NeverMet | None:
        """Return the pairs of which not both columns are among some; None where there are none."""
        inside = {at for at, kind in enumerate(self.kinds) if kind.column.name in columns}
        barred = {pair: table for pair, table in self.barred.items() if not inside.issuperset(pair)}
        return NeverMet(self.kinds, barred) if barred else None

    def mended(self, arrays: Mapping[str, Array], rng: np.random.Generator) -> tuple[dict[str, Array], Truths]:
        """Return the arrays with cells of rows that have such a pair changed, so that they have none, and which have none.

        Column by column, in an order drawn anew for each of a few groups of rows, a cell that does not go with those before it is
        exchanged with that of another drawn row, where both rows have no such pair then; or, where no such row is found, becomes
        the other row's. So columns keep their distributions, as they would not if such rows were drawn anew, or if the cells in
        the minority were changed.
        """
        numbers = self._numbers(arrays)
        good = self._kept(numbers)
        if good.all():
            return dict(arrays), good
        out = {name: array.copy() for name, array in arrays.items()}
        broken = rng.permutation(np.flatnonzero(~good))
        for rows in np.array_split(broken, _GROUPS):
            before: list[int] = []
            pool = rng.integers(0, len(good), min(len(good), max(_LEAST_POOL, 4 * len(rows))))
            for at in rng.permutation(list(numbers)).tolist():
                shares = np.bincount(numbers[at][pool], minlength=self.kinds[at].count + 1)
                changed, kinds = self._other(at, rows, before, numbers, shares, rng)
                if len(changed):
                    self._exchange(at, changed, kinds, numbers, (out[self.kinds[at].column.name], good, pool), rng)
                before.append(at)
        good[broken] = self._kept({at: number[broken] for at, number in numbers.items()})
        return out, good

    def _exchange(
        self,
        at: int,
        rows: Array,
        kinds: NDArray[np.int64],
        numbers: Mapping[int, NDArray[np.int64]],
        column: tuple[Array, Truths, Array],
        rng: np.random.Generator,
    ) -> None:
        """Give rows values of the wanted kinds of one column, in exchange for theirs as far as the others can take them.

        `column` is the column's array, which rows have no pair, and the rows to exchange with.
        """
        (array, good, pool), own = column, numbers[at]
        order = pool[np.argsort(own[pool], kind="stable")]
        starts = np.searchsorted(own[order], np.arange(self.kinds[at].count + 2))
        for attempt in range(_DONORS):
            width = np.diff(starts)[kinds]
            donors = order[starts[kinds] + (rng.random(len(kinds)) * width).astype(np.int64)]
            fits = good[donors] & (own[donors] == kinds) & self._takes(at, donors, own[rows], numbers)
            first = np.zeros(len(donors), dtype=bool)
            first[np.unique(donors, return_index=True)[1]] = True
            fits &= first
            given, taken = rows[fits], donors[fits]
            array[given], array[taken] = array[taken], array[given]
            own[given], own[taken] = own[taken], own[given]
            if attempt == _DONORS - 1:
                array[rows[~fits]], own[rows[~fits]] = array[donors[~fits]], own[donors[~fits]]
            rows, kinds = rows[~fits], kinds[~fits]

    def _takes(self, at: int, rows: Array, kinds: NDArray[np.int64], numbers: Mapping[int, NDArray[np.int64]]) -> Truths:
        """Tell which rows would have no pair with another kind of value in one column."""
        out = np.ones(len(rows), dtype=bool)
        for (first, second), table in self.barred.items():
            if at == first:
                out &= ~table[kinds, numbers[second][rows]]
            elif at == second:
                out &= ~table[numbers[first][rows], kinds]
        return out

    def _other(
        self,
        at: int,
        rows: Array,
        before: Sequence[int],
        numbers: Mapping[int, NDArray[np.int64]],
        shares: NDArray[np.int64],
        rng: np.random.Generator,
    ) -> tuple[Array, NDArray[np.int64]]:
        """Return which of the rows need another value of a column to go with those before, and its number where there is one."""
        allowed = np.ones((len(rows), len(shares)), dtype=bool)
        for other in before:
            if (at, other) in self.barred:
                allowed &= ~self.barred[at, other].T[numbers[other][rows]]
            elif (other, at) in self.barred:
                allowed &= ~self.barred[other, at][numbers[other][rows]]
        wrong = np.flatnonzero(~allowed[np.arange(len(rows)), numbers[at][rows]])
        heights = np.cumsum(allowed[wrong] * shares, axis=1)
        can = heights[:, -1] > 0
        wrong, heights = wrong[can], heights[can]
        places = (rng.random(len(wrong)) * heights[:, -1]).astype(np.int64)
        return rows[wrong], (heights <= places[:, None]).sum(axis=1)

    def _numbers(self, arrays: Mapping[str, Array]) -> dict[int, NDArray[np.int64]]:
        used = sorted({at for pair in self.barred for at in pair})
        return {at: self.kinds[at](arrays[self.kinds[at].column.name]) for at in used}


def find_never(
    columns: Sequence[ModelColumn], arrays: Sequence[Array], loose: Collection[frozenset[str]] = ()
) -> NeverMet | None:
    """Find the pairs; None where there are none.

    Parameters
    ----------
    loose
        Pairs of columns left out: where a law holds but for a few rows, what is off it is not one of few known combinations.
    """
    rows = len(arrays[0]) if arrays else 0
    kinds = tuple(Kinds.of(column, array) for column, array in zip(columns, arrays, strict=True))
    numbers = [kind(array) for kind, array in zip(kinds, arrays, strict=True)]
    counts = [np.bincount(number, minlength=kind.count + 1) for number, kind in zip(numbers, kinds, strict=True)]
    barred = {}
    for first, second in itertools.combinations(range(len(columns)), 2):
        height, width = kinds[first].count + 1, kinds[second].count + 1
        if (
            frozenset((columns[first].name, columns[second].name)) in loose
            or min(height, width) < 2
            or height * width > _MOST_CELLS
            or rows < EXPECTED
        ):
            continue
        expected = np.outer(counts[first], counts[second]) / rows
        expected[-1, :], expected[:, -1] = 0.0, 0.0
        if not (expected >= EXPECTED).any():
            continue
        seen = np.bincount(numbers[first] * width + numbers[second], minlength=height * width).reshape(height, width)
        table = (seen == 0) & (expected >= EXPECTED)
        if table.any():
            barred[first, second] = table
    return NeverMet(kinds, barred) if barred else None
