"""What formally private generators share: ε and δ, preparation from the schema alone, a ledger kept with the sampler."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from synth_ui.core.budget import Ledger
from synth_ui.core.context import Context
from synth_ui.core.table import Table
from synth_ui.core.tunable import number
from synth_ui.generators._preparation.prepare import Array, Model, NoModel, PreparedSampler
from synth_ui.generators.base import Generator, Sampler
from synth_ui.generators.formal_privacy._accounting import delta_for, ledger
from synth_ui.generators.formal_privacy._noisy_counts import Codes
from synth_ui.generators.formal_privacy._schema_cells import ColumnCells, Public, of_schema

FLOATS = "Its noise is floating-point numbers from an ordinary random generator, whose last bits can give a little more away than the proof says."


class CellModel(ABC):
    """What was learned: draws the cells of every column. Must pickle, and hold nothing that noise did not cover."""

    keeps: str

    @abstractmethod
    def draw(self, n: int, context: Context) -> Sequence[Codes]:
        """Draw `n` >= 1 rows as one array of cells per column of `Public.cells`."""


@dataclass(frozen=True)
class FormalGenerator(Generator):
    """A generator whose fit is (ε, δ)-differentially private for tables that differ in one row.

    The sampler has a `ledger`: what the budget paid for, with the noise of each part, and what it did not.
    """

    family = "formal privacy"
    formal_privacy = True

    epsilon: float = number(
        1.0, low=0.01, high=100.0, log=True, title="ε, the privacy budget",
        help="The smaller, the more noise: 1 is a usual choice, 10 promises little, 0.1 costs most of the usefulness",
    )  # fmt: skip
    delta: float = number(
        0.0, low=0.0, high=0.01, title="δ, the chance that the bound fails", advanced=True,
        help="0 takes the power of ten at or below a tenth of 1 / rows; at 1 / rows or above the table is refused",
    )  # fmt: skip

    def fit(self, table: Table, context: Context) -> Sampler:
        """Learn a table; see `Generator.fit`."""
        public = of_schema(table, self.cells, context)
        delta = delta_for(self.delta, public.rows)
        context.step("learning", 0.0)
        if public.cells:
            inner, written = self.learn(public, delta, context)
            sampler = PreparedSampler(public.layout, _Decoded(public.cells, inner))
        else:
            written = ledger((), (), self.epsilon, delta, public, context)
            sampler = PreparedSampler(public.layout, NoModel())
        context.step("learning", 1.0)
        sampler.ledger = written
        return sampler

    @property
    @abstractmethod
    def cells(self) -> int:
        """Into how many cells a number is cut."""

    @abstractmethod
    def learn(self, public: Public, delta: float, context: Context) -> tuple[CellModel, Ledger]:
        """Learn the cells, of which there is at least one column, and say what was spent."""


class _Decoded(Model):
    def __init__(self, cells: tuple[ColumnCells, ...], inner: CellModel) -> None:
        self.cells = cells
        self.inner = inner
        self.keeps = inner.keeps

    def draw(self, n: int, context: Context) -> Sequence[Array]:
        codes = self.inner.draw(n, context)
        rng = context.rng("values inside cells")
        return [cells.decode(code, rng) for cells, code in zip(self.cells, codes, strict=True)]
