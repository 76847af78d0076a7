"""The values of one column, grouped by the leaves of a tree, from which new values are drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synth_ui.core.table import TableSize
from synth_ui.generators._preparation.margin import Floats, Margin
from synth_ui.generators._preparation.prepare import Array, ModelColumn
from synth_ui.generators.sampling.stratified import stratified

Codes = NDArray[np.int64]

FEW_LEVELS = 32
"""A column of so many levels is told apart level by level; one of more is as fine as a number."""


def apply_tree(tree: Any, shown: Array) -> Codes:
    """Return the leaf of each row (float32 columns as the tree was grown on)."""
    return np.asarray(tree.apply(np.ascontiguousarray(shown, dtype=np.float32)), dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Leaves:
    """Donors sorted by leaf, and by value within it.

    Attributes
    ----------
    starts
        Where each leaf's donors start; one entry more than there are nodes.
    donors
        Codes; of a numeric column, the positions of the values in its margin, -1 for a blank.
    """

    starts: NDArray[np.int32]
    donors: NDArray[np.int32]

    @classmethod
    def of(cls, leaf: Codes, nodes: int, column: ModelColumn, array: Array, order_by: Array | None = None) -> Leaves:
        """Sort a column's values into leaves, within a leaf by value or by the numbers given."""
        values = _positions(column, array)
        order = np.lexsort((values if order_by is None else order_by, leaf))
        starts = np.concatenate([[0], np.cumsum(np.bincount(leaf, minlength=nodes))])
        return cls(starts.astype(np.int32), values[order].astype(np.int32))

    def draw(self, leaf: Codes, column: ModelColumn, rng: np.random.Generator, blend: bool) -> Array:
        """Draw a value from each leaf; rows of one leaf are spread evenly over its donors."""
        return self.at(leaf, stratified(leaf, rng), column, rng, blend)

    def at(self, leaf: Codes, shares: Floats, column: ModelColumn, rng: np.random.Generator, blend: bool) -> Array:
        """Return the value of each leaf at a share in [0, 1) of its donors."""
        starts, widths = self.starts[leaf], np.diff(self.starts)[leaf]
        offsets = shares * widths
        whole = np.minimum(offsets.astype(np.int64), widths - 1)
        donors = self.donors[starts + whole]
        if column.margin is None:
            return np.asarray(donors, dtype=np.int64)
        nexts = self.donors[starts + np.minimum(whole + 1, widths - 1)]
        return _values(donors, nexts, column.margin, rng, blend)


def weight_of_levels(size: TableSize) -> float:
    """Return how much the columns of many levels weigh in a cost: their number, times how often 32 levels would double to theirs.

    To a tree such a column is as fine as a number. How many there are is guessed: as many as the widest goes into all levels.
    """
    if size.widest <= FEW_LEVELS:
        return 0.0
    return min(size.levels // size.widest, size.columns) * float(np.log2(size.widest / FEW_LEVELS))


def _positions(column: ModelColumn, array: Array) -> Codes:
    if column.margin is None:
        return np.asarray(array, dtype=np.int64)
    return np.asarray(np.where(np.isnan(array), -1, np.searchsorted(column.margin.values, np.nan_to_num(array))))


def _values(donors: Array, nexts: Array, margin: Margin, rng: np.random.Generator, blend: bool) -> Floats:
    """Return the donors' values: spikes and blanks as they are, others drawn between the donor and the next one of its leaf."""
    out: Floats = np.where(donors < 0, np.nan, margin.values[donors])
    if not blend:
        return out
    pair = (donors >= 0) & (nexts >= 0) & (donors != nexts)
    pair[pair] = margin.loose[donors[pair]] & margin.loose[nexts[pair]]
    out[pair] = margin.between(donors[pair], nexts[pair], rng)
    out[~pair] = margin.soften(out[~pair], rng)
    return out
