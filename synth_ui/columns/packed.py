"""Rows as points, written in short: of a column of levels only which of its coordinates is not zero.

A million rows of fifteen columns are half a gigabyte of coordinates, nearly all of them zero, and some sixty megabytes in short.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]
Levels = npt.NDArray[np.unsignedinteger[Any]]

LEVEL = np.sqrt(0.5).astype(np.float32)
"""The coordinate of the level a row has: two rows of different levels are 1 apart."""


def narrowest(width: int) -> type[np.unsignedinteger[Any]]:
    """Return the smallest type that holds the places of so many coordinates and one more."""
    return np.uint16 if width < 2**16 else np.uint32


@dataclass(frozen=True, eq=False)
class Packed:
    """Points of which some coordinates are numbers and the others come from levels.

    Attributes
    ----------
    numbers
        The coordinates that are numbers, shape (n, numbers).
    at
        Which coordinate each of them is, shape (numbers,).
    levels
        For each column of levels the coordinate that is `LEVEL` where the others are 0; `width` where none is. Shape (n, columns).
    width
        How many coordinates a point has.
    whose
        For each coordinate the column of `levels` it belongs to, −1 for a number, shape (width,).
    """

    numbers: Matrix
    at: Indices
    levels: Levels
    width: int
    whose: Indices

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def shape(self) -> tuple[int, int]:
        """That of the matrix it stands for."""
        return len(self), self.width

    @property
    def of_levels(self) -> npt.NDArray[np.bool_]:
        """Which coordinates come from levels, shape (width,)."""
        found: npt.NDArray[np.bool_] = self.whose >= 0
        return found

    def __getitem__(self, rows: Any) -> Matrix:
        numbers, levels = self.numbers[rows], self.levels[rows]
        found = np.zeros((len(numbers), self.width + 1), dtype=np.float32)
        found[:, self.at] = numbers
        found[np.arange(len(levels))[:, None], levels] = LEVEL
        return found[:, :-1]

    def coordinate(self, rows: Indices, place: int) -> Matrix:
        """Return one coordinate of some rows."""
        if self.whose[place] >= 0:
            of_level: Matrix = (self.levels[rows, self.whose[place]] == place) * LEVEL
            return of_level
        found: Matrix = self.numbers[rows, np.flatnonzero(self.at == place)[0]]
        return found

    def spread(self, rows: Indices) -> Floats:
        """Return the variance of each coordinate over some rows, 0 where they are equal, shape (width,)."""
        numbers = self.numbers[rows]
        shares = np.bincount(self.levels[rows].ravel(), minlength=self.width + 1)[:-1] / len(rows)
        found: Floats = float(LEVEL) ** 2 * shares * (1 - shares)
        # The mean of equal numbers can be off by rounding, and then they seem to vary.
        found[self.at] = np.where(numbers.max(axis=0) > numbers.min(axis=0), numbers.var(axis=0), 0)
        return found

    def select(self, columns: Indices) -> Packed:
        """Return some of the coordinates, in the order they are named in."""
        places = np.full(self.width + 1, len(columns))
        places[columns] = np.arange(len(columns))
        kept = places[self.at] < len(columns)
        table, whose = places.astype(narrowest(len(columns))), self.whose[columns]
        homes = np.unique(whose[whose >= 0])
        levels: Levels = np.empty((len(self), len(homes)), dtype=narrowest(len(columns)))
        for number, home in enumerate(homes):
            levels[:, number] = table[self.levels[:, home]]
        numbers = self.numbers if kept.all() else self.numbers[:, kept]
        return Packed(
            numbers, places[self.at][kept], levels, len(columns), np.where(whose < 0, -1, np.searchsorted(homes, whose))
        )

    def with_number(self, values: Matrix) -> Packed:
        """Return the points with one more coordinate, the last."""
        levels: Levels = self.levels.astype(narrowest(self.width + 1))
        levels[levels == self.width] += 1
        numbers, at = np.column_stack([self.numbers, values]), np.append(self.at, self.width)
        return Packed(numbers, at, levels, self.width + 1, np.append(self.whose, -1))

    def hashes(self, rows: Indices | None, salt: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
        """Return for each of some rows the sum of its coordinates' bits, each times its salt; equal points have equal sums."""
        of_level = np.append(salt * np.uint64(LEVEL.view(np.uint32)), np.uint64(0))
        chosen = (self.numbers, self.levels) if rows is None else (self.numbers[rows], self.levels[rows])
        total: npt.NDArray[np.uint64] = np.zeros(len(chosen[0]), dtype=np.uint64)
        for start in range(0, len(total), 16_384):
            part = slice(start, start + 16_384)
            bits = (chosen[0][part] + np.float32(0)).view(np.uint32)  # −0.0 becomes 0.0
            for place, of_coordinate in zip(range(bits.shape[1]), salt[self.at], strict=True):
                total[part] += bits[:, place] * of_coordinate
            for column in chosen[1][part].T:
                total[part] += of_level[column]
        return total
