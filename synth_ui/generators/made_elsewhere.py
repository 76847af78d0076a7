"""The entry of the catalogue for synthetic tables made elsewhere: nothing is fitted, their file takes part in the race."""

from __future__ import annotations

from dataclasses import dataclass

from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply
from synth_ui.core.table import Table, TableSize
from synth_ui.generators.base import Cost, Generator, Sampler


@dataclass(frozen=True)
class File(Generator):
    """A file's rows are read as any other table's, brought to the real table's columns, and scored beside the candidates made here."""

    key = "file"
    title = "A file made elsewhere"
    summary = "Enters a synthetic table from a file into the race, scored like any other candidate."
    family = "made elsewhere"
    reference = "Whatever made the file"
    licence = "of the file"
    needs_real_data = False
    good_at = "Compares what you already have with what could be made here."
    cannot = "It makes no new rows, and cannot tell whether the file's maker had seen the holdout."

    def fit(self, table: Table, context: Context) -> Sampler:
        """Refuse: there is nothing to learn."""
        raise DoesNotApply(
            "a file made elsewhere makes no new rows; let it take part in a race (on the race's page, by "
            "'synth-ui race --synthetic FILE', from Python by race(files=[…])), or score it with 'synth-ui score'"
        )

    def cost(self, size: TableSize, rows: int) -> Cost:
        """Estimate: reading as many rows as the real table has."""
        return Cost(0.1 + 1e-6 * size.rows * size.columns, 20 + 2e-4 * size.rows * size.columns)
