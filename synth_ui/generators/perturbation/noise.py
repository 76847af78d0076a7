"""Random noise on real rows: numbers are moved, levels are swapped with some probability."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from synth_ui.core.context import Context
from synth_ui.core.table import TableSize
from synth_ui.core.tunable import choice, number
from synth_ui.generators._preparation.margin import Floats, is_loose
from synth_ui.generators._preparation.prepare import Array, LawfulGenerator, Model, ModelColumn, Prepared
from synth_ui.generators.base import Cost
from synth_ui.generators.perturbation._real_rows import passes


@dataclass(frozen=True)
class Noise(LawfulGenerator):
    """Take each real row once, in random order, and change its cells at random.

    On ranks, a number's place among all values of its column is moved and the value at the new place taken, so that every column
    keeps its distribution, spikes included. On values, normal noise is added to the number itself (spikes stay), as in the
    classical masking of microdata. A level, or whether a number is blank, is kept or drawn anew from the whole column
    (post-randomisation).
    """

    key = "noise"
    title = "Noise on real rows"
    summary = "Takes real rows, moves their numbers a little and swaps some of their levels."
    family = "perturbation"
    reference = (
        "Brand, Microdata Protection through Noise Addition, Springer LNCS 2316, 2002; "
        "Gouweleeuw et al., Post Randomisation, Journal of Official Statistics 1998"
    )
    good_at = "Shows how little is hidden by small changes; keeps most relationships, in a second."
    cannot = "Each row is still one person's row, slightly changed: most lie closest to the row they came from."
    presets = MappingProxyType(
        {
            "quick": MappingProxyType({"amount": 0.1, "swap": 0.05}),
            "balanced": MappingProxyType({}),
            "thorough": MappingProxyType({"amount": 0.5, "swap": 0.25}),
        }
    )

    amount: float = number(
        0.2, low=0.0, high=5.0, help="Size of the noise on numbers: 1 is as large as the column's own spread, 0 leaves them."
    )
    swap: float = number(
        0.1, low=0.0, high=1.0, help="Share of levels drawn anew from their column: 0 leaves them, 1 is independent columns."
    )
    scale: str = choice(
        "ranks",
        options={"ranks": "On ranks, so that columns keep their distribution", "values": "On the values themselves"},
        help="What the noise is added to.",
    )

    def learn(self, data: Prepared, context: Context) -> Model:
        """Keep the rows; the noise is drawn when they are."""
        return _Noisy(data, self.amount, self.swap, self.scale == "ranks")

    def cost(self, size: TableSize, rows: int) -> Cost:
        """Estimate: encoding each cell, a normal number and a search per drawn one. Measured on adult × 15."""
        return Cost(0.1 + (1.5e-7 * size.rows + 1.1e-6 * rows) * size.columns, 30 + 2e-5 * (size.rows + rows) * size.columns)


class _Noisy(Model):
    keeps = "every training row, but for the columns made anew; what is drawn are these rows with noise"

    def __init__(self, data: Prepared, amount: float, swap: float, ranks: bool) -> None:
        self.data = data
        self.amount = amount
        self.swap = swap
        self.ranks = ranks

    def draw(self, n: int, context: Context) -> Sequence[Array]:
        rows = passes(self.data.rows, n, context.rng("rows"))
        drawn: list[Array] = []
        for at, column in enumerate(self.data.columns):
            context.step("sampling", 0.85 * at / len(self.data.columns))
            array, rng = self.data.arrays[at], context.rng(f"noise {at}")
            swapped = rng.random(n) < self.swap
            if column.margin is None:
                drawn.append(np.where(swapped, array[rng.integers(0, len(array), n)], array[rows]))
            else:
                drawn.append(self._number(column, array, rows, swapped, rng))
        return drawn

    def _number(self, column: ModelColumn, array: Floats, rows: Array, swapped: Array, rng: np.random.Generator) -> Array:
        """Move the numbers; a swapped cell becomes blank or not as often as the column's cells are."""
        values = array[rows]
        if column.blank:
            other = array[rng.integers(0, len(array), len(rows))]
            blank = np.isnan(np.where(swapped, other, values))
            values = np.where(np.isnan(values), other, values)
            values = np.where(np.isnan(values), column.margin.draw(len(rows), rng), values)  # type: ignore[union-attr]
        if self.amount:
            values = self._on_ranks(column, values, rng) if self.ranks else self._on_values(column, values, rng)
        return np.where(blank, np.nan, values) if column.blank else values

    def _on_ranks(self, column: ModelColumn, values: Floats, rng: np.random.Generator) -> Floats:
        """Move each value's normal score, spread over its ties, and shrink it so that the scores stay standard normal."""
        from scipy.special import ndtr, ndtri

        margin = column.margin
        assert margin is not None
        at = np.searchsorted(margin.values, values)
        at = np.minimum(at, len(margin.values) - 1)
        shares = (np.cumsum(margin.counts)[at] - rng.uniform(0, 1, len(values)) * margin.counts[at]) / margin.counts.sum()
        scores = ndtri(np.clip(shares, 1e-12, 1 - 1e-12)) + self.amount * rng.standard_normal(len(values))
        return margin.soften(margin.quantile(ndtr(scores / np.hypot(1, self.amount))), rng)

    def _on_values(self, column: ModelColumn, values: Floats, rng: np.random.Generator) -> Floats:
        """Add noise as wide as the middle of the column; what leaves its bounds is thrown back, spikes stay."""
        margin = column.margin
        assert margin is not None
        loose = is_loose(margin, values)
        low, high = margin.values[0], margin.values[-1]
        spread = float(values[loose].std()) if loose.any() else 0.0
        moved = values + self.amount * spread * rng.standard_normal(len(values))
        moved = np.where(moved < low, 2 * low - moved, moved)
        moved = np.clip(np.where(moved > high, 2 * high - moved, moved), low, high)
        return np.where(loose, moved, values)
