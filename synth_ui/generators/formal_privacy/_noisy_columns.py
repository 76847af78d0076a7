"""Noisy counts of every column, and each column as the others see it: a few groups of cells that noise does not drown."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synth_ui.core.context import Context
from synth_ui.generators._preparation.margin import Floats
from synth_ui.generators.formal_privacy._noisy_counts import (
    Codes,
    counted,
    draw_given,
    frequent,
    given,
    grouped,
    noised,
    shares,
    total_of,
)
from synth_ui.generators.formal_privacy._schema_cells import ColumnCells, Public

NOISE_TIMES = 4.0
"""A group of cells must hold so many times its own noise."""


@dataclass(frozen=True, eq=False)
class NoisyColumn:
    """One column: its cells' noisy shares, and the groups of cells in which relationships are counted.

    Attributes
    ----------
    fine
        The share of each cell; they add up to 1.
    group
        The group of each cell.
    """

    fine: Floats
    group: Codes

    @property
    def groups(self) -> int:
        """The number of groups."""
        return int(self.group.max()) + 1

    @property
    def coarse(self) -> Floats:
        """The share of each group."""
        return np.bincount(self.group, weights=self.fine, minlength=self.groups).astype(np.float64)

    def refine(self, codes: Codes, rng: np.random.Generator) -> Codes:
        """Draw a cell inside each row's group."""
        table = np.zeros((self.groups, len(self.fine)))
        table[self.group, np.arange(len(self.fine))] = self.fine
        for group in np.flatnonzero(table.sum(axis=1) == 0):
            table[group, self.group == group] = 1.0
        return draw_given(given(table), len(self.fine), codes, rng)


def one_way(public: Public, deviation: float, context: Context) -> tuple[list[Floats], float]:
    """Count every column's cells with noise; return shares per column, and the number of rows the counts tell."""
    rng = context.noise("one-way counts")
    noisy = [noised(counted([codes], [size]), deviation, rng) for codes, size in zip(public.codes, public.sizes, strict=True)]
    total = total_of(noisy)
    fine = [_denoised(counts, cells, deviation, total) for counts, cells in zip(noisy, public.cells, strict=True)]
    return fine, total


def _denoised(noisy: Floats, cells: ColumnCells, deviation: float, total: float) -> Floats:
    """Even out cells that hold less than their noise with their neighbours, then make shares of the counts."""
    if cells.numeric:
        inner = len(noisy) - cells.blank
        groups = grouped(np.maximum(noisy[:inner], 0.0), NOISE_TIMES * deviation)
        sizes = np.bincount(groups)
        noisy = np.append((np.bincount(groups, weights=noisy[:inner]) / sizes)[groups], noisy[inner:])
    return shares(noisy / total)


def view(fine: Floats, cells: ColumnCells, most: float) -> NoisyColumn:
    """Group a column's cells into about `most` groups of equal shares; heavy cells, frequent levels and blanks stay alone."""
    least = 1 / max(most, 1.0)
    if not cells.numeric:
        return NoisyColumn(fine, frequent(fine, least / 4))
    inner = len(fine) - cells.blank
    groups = grouped(fine[:inner], least)
    return NoisyColumn(fine, np.append(groups, [groups[-1] + 1] * cells.blank).astype(np.int64))
