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
Inputs = npt.NDArray[np.float32]

CELLS = 5
"""Cells of a column in these tables: quarters of a number, or the three commonest levels and the rest; then the blanks."""

CHANCE = 0.001
"""How often a table that does not differ may be taken for one that does, among all tables looked at (Bonferroni)."""

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
    """Return the pairs (order 2) or triples (order 3) of columns whose tables differ between the sides; the most different first, at most
    ten pairs or five triples.

    What counts is Pearson's χ² of the table less that of both its columns, or of the most different of its three pairs, where it
    exceeds what a table with as many cells in use shows by chance.

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
    weight = np.where(made, 1 / made.sum(), -1 / (~made).sum()).astype(np.float32) * np.float32(
        np.sqrt(made.sum() * (~made).sum())
    )
    spread = np.zeros((len(codes), columns * CELLS), dtype=np.float32)
    spread[np.arange(len(codes))[:, None], np.arange(columns) * CELLS + codes] = 1.0
    pairs, used = _chi_squares(spread, spread, weight, columns)
    found = list[tuple[float, float, tuple[int, ...]]]()
    if order == 2:
        alone = np.diag(pairs)
        for one, two in itertools.combinations(range(columns), 2):
            found.append((float(pairs[one, two] - alone[one] - alone[two]), float(used[one, two] - 1), (one, two)))
        return _beyond_chance(found, order)
    for first in range(columns - 2):
        rest, start = spread[:, (first + 1) * CELLS :], first + 1
        each = [_chi_squares(rest * spread[:, [first * CELLS + cell]], rest, weight, columns - start) for cell in range(CELLS)]
        triples, cells = (np.sum([one[k] for one in each], axis=0) for k in (0, 1))
        for a, b in itertools.combinations(range(columns - start), 2):
            known = max(pairs[first, start + a], pairs[first, start + b], pairs[start + a, start + b])
            found.append((float(triples[a, b] - known), float(cells[a, b] - 1), (first, start + a, start + b)))
    return _beyond_chance(found, order)


def _chi_squares(left: Inputs, right: Inputs, weight: Inputs, columns: int) -> tuple[Floats, Floats]:
    """Return χ² of the table of each pair of columns, and how many of its cells are in use; both of shape (columns, columns)."""
    shape = (columns, CELLS, columns, CELLS)
    difference = ((left * weight[:, None]).T @ right).astype(np.float64).reshape(shape)
    counts = (left.T @ right).astype(np.float64).reshape(shape)
    return (difference**2 / np.maximum(counts, 1.0)).sum(axis=(1, 3)), (counts > 0).sum(axis=(1, 3)).astype(np.float64)


def _beyond_chance(found: Sequence[tuple[float, float, tuple[int, ...]]], order: int) -> list[tuple[int, ...]]:
    """Return the tables whose excess of χ² chance does not explain, the most beyond their freedom first."""
    from scipy.special import chdtri

    told = [one for one in found if one[0] > one[1] >= 1 and one[0] > chdtri(one[1], CHANCE / len(found))]
    told.sort(key=lambda one: (one[1] - one[0], one[2]))
    return [places for _, _, places in told[: MOST_TABLES[order]]]


def joint(codes: Codes, places: Sequence[int]) -> Floats:
    """Return the cell of each row in the table of some columns, a whole number; shape (n,)."""
    cell = np.zeros(len(codes), dtype=np.int64)
    for place in places:
        cell = cell * CELLS + codes[:, place]
    return cell.astype(np.float64)
