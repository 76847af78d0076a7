"""Two-way and three-way tables that differ between two sides: found on some rows, given to a model as columns of their own.

Boosted trees take one question at a time, and find no first question where only two or three columns together differ.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
Bits = npt.NDArray[np.bool_]

CELLS = 5
"""Cells of a column in these tables: quarters of a number, or the three commonest levels and the rest; then the blanks."""

BEYOND_CHANCE = 20.0
"""By how much more than chance, in multiples of its mean, a table has to differ: among thousands of tables none does by chance."""

MOST_TABLES = {2: 10, 3: 5}
MOST_COLUMNS = 30


def coarse(values: Floats, categorical: Sequence[bool]) -> Codes:
    """Return the cell of each value in its column, 0 … 4, the last for blanks; shape (n, columns)."""
    out = np.full(values.shape, CELLS - 1, dtype=np.int64)
    for place in range(values.shape[1]):
        known = ~np.isnan(values[:, place])
        column = values[known, place]
        if not len(column):
            continue
        distinct = np.unique(column)
        if categorical[place]:
            out[known, place] = np.minimum(column, CELLS - 2).astype(np.int64)
        elif len(distinct) < CELLS:
            out[known, place] = np.searchsorted(distinct, column)
        else:
            edges = np.unique(np.quantile(column, np.arange(1, CELLS - 1) / (CELLS - 1)))
            out[known, place] = np.searchsorted(edges, column, side="left")
    return out


def telling_tables(codes: Codes, made: Bits, order: int) -> list[tuple[int, ...]]:
    """Return the pairs (order 2) or triples (order 3) of columns whose tables differ between the sides by more than chance explains, and by more
    than their margins of one column less do; the most different first, at most ten pairs or five triples.

    Parameters
    ----------
    codes
        Cells, shape (n, columns); of more than thirty columns the first thirty are looked at.
    made
        Which rows are of the first side, shape (n,).
    """
    codes = codes[:, :MOST_COLUMNS]
    columns = codes.shape[1]
    if columns < order:
        return []
    difference, rows = _signs(made)
    spread = np.zeros((len(codes), columns * CELLS), dtype=np.float32)
    spread[np.arange(len(codes))[:, None], np.arange(columns) * CELLS + codes] = 1.0
    found: list[tuple[float, tuple[int, ...]]] = []
    if order == 2:
        table = (spread * difference[:, None]).T @ spread
        size = _sizes(table.reshape(columns, CELLS, columns, CELLS), (1, 3))
        found = [(size[pair], pair) for pair in itertools.combinations(range(columns), 2)]
    else:
        for first in range(columns - 2):
            one = spread[:, first * CELLS : (first + 1) * CELLS]
            rest = spread[:, (first + 1) * CELLS :]
            tables = [(rest * (difference * one[:, cell])[:, None]).T @ rest for cell in range(CELLS)]
            left = columns - first - 1
            size = _sizes(np.stack(tables).reshape(CELLS, left, CELLS, left, CELLS), (0, 2, 4))
            found += [(size[a, b], (first, first + 1 + a, first + 1 + b)) for a, b in itertools.combinations(range(left), 2)]
    # Σ d² of a table of chance has the mean (1/n + 1/m) Σ p, cut a little by taking margins away.
    kept = sorted((-float(one) * rows, places) for one, places in found if one * rows > BEYOND_CHANCE)
    return [places for _, places in kept[: MOST_TABLES[order]]]


def _signs(made: Bits) -> tuple[npt.NDArray[np.float32], float]:
    ours, theirs = int(made.sum()), int((~made).sum())
    return np.where(made, 1 / ours, -1 / theirs).astype(np.float32), 1 / (1 / ours + 1 / theirs)


def _sizes(tables: npt.NDArray[np.float32], axes: tuple[int, ...]) -> Floats:
    """Return the sum of squares of each table of differences once what its margins say is taken away."""
    for axis in axes:
        tables = tables - tables.mean(axis=axis, keepdims=True)
    return np.asarray((tables.astype(np.float64) ** 2).sum(axis=axes))


def joint(codes: Codes, places: Sequence[int]) -> Floats:
    """Return the cell of each row in the table of some columns, a whole number; shape (n,)."""
    cell = np.zeros(len(codes), dtype=np.int64)
    for place in places:
        cell = cell * CELLS + codes[:, place]
    return cell.astype(np.float64)
