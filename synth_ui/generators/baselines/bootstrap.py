"""Rows drawn again: the leak everyone should see once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from synth_ui.core.context import Context
from synth_ui.core.table import TableSize
from synth_ui.generators._preparation.prepare import Array, Model, Prepared, PreparedGenerator
from synth_ui.generators.base import Cost


@dataclass(frozen=True)
class Bootstrap(PreparedGenerator):
    """Draw whole training rows, with replacement; only identifiers, personal values and text are made anew."""

    key = "bootstrap"
    title = "Rows drawn again"
    summary = "Draws training rows again and again: what a measure of privacy must raise the alarm about."
    family = "baselines"
    native_conditions = True
    reference = "Efron, Bootstrap Methods: Another Look at the Jackknife, Annals of Statistics 1979"
    good_at = "Everything a table can show, rare levels and odd rows too, in milliseconds."
    cannot = "It makes no new row: every row is a training row, so nothing of anyone in it is hidden."

    def learn(self, data: Prepared, context: Context) -> Model:
        """Keep the rows."""
        return _Rows(data)

    def cost(self, size: TableSize, rows: int) -> Cost:
        """Estimate: encoding and copying each cell once."""
        cells = (size.rows + rows) * size.columns
        return Cost(0.02 + 1e-7 * cells, 20 + 1.5e-5 * cells)


class _Rows(Model):
    keeps = "every training row, but for the columns made anew"

    def __init__(self, data: Prepared) -> None:
        self.arrays = data.arrays
        self.rows = data.rows

    def draw(self, n: int, context: Context) -> Sequence[Array]:
        return self.draw_given(n, {}, context)

    def draw_given(self, tries: int, given: Mapping[int, Array], context: Context) -> Sequence[Array]:
        context.step("sampling")
        meeting = np.ones(self.rows, dtype=bool)
        for at, codes in given.items():
            meeting &= np.isin(self.arrays[at], codes)
        rows = np.flatnonzero(meeting)
        which = rows[context.rng("rows").integers(0, len(rows), tries)] if len(rows) else rows
        return [np.take(array, which) for array in self.arrays]
