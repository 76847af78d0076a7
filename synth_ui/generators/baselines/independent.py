"""Each column redrawn by itself: the floor every generator must beat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from synth_ui.core.context import Context
from synth_ui.core.table import TableSize
from synth_ui.generators._preparation.prepare import Array, Model, ModelColumn, Prepared, PreparedGenerator
from synth_ui.generators.base import Cost


@dataclass(frozen=True)
class Independent(PreparedGenerator):
    """Draw every column from its own distribution, as if the columns had nothing to do with each other."""

    key = "independent"
    title = "Independent columns"
    summary = "Redraws each column by itself; no relationship between columns is left."
    family = "baselines"
    starter = True
    native_conditions = True
    reference = "Marginal sampling; the baseline of Ping, Stoyanovich and Howe, DataSynthesizer, SSDBM 2017"
    good_at = "Every column by itself looks right, in milliseconds, at any size."
    cannot = "It keeps no relationship between columns, so models trained on it learn nothing."

    @property
    def keeps_relationships(self) -> bool:
        """False: a column that another one determines is drawn by itself, too."""
        return False

    def learn(self, data: Prepared, context: Context) -> Model:
        """Count each column's values."""
        shares = []
        for column, array in zip(data.columns, data.arrays, strict=True):
            if column.numeric:
                shares.append(np.array([np.isnan(array).mean()]))
            else:
                shares.append(np.bincount(array, minlength=column.levels) / data.rows)
        return _Margins(data.columns, tuple(shares))

    def cost(self, size: TableSize, rows: int) -> Cost:
        """Estimate: sorting each column once, drawing each value once."""
        cells = (size.rows + rows) * size.columns
        return Cost(0.02 + 1.2e-7 * cells, 20 + 1.5e-5 * cells)


class _Margins(Model):
    keeps = "the distinct values of each column with their counts"

    def __init__(self, columns: tuple[ModelColumn, ...], shares: tuple[Array, ...]) -> None:
        self.columns = columns
        self.shares = shares

    def draw(self, n: int, context: Context) -> Sequence[Array]:
        return self.draw_given(n, {}, context)

    def draw_given(self, tries: int, given: Mapping[int, Array], context: Context) -> Sequence[Array]:
        drawn: list[Array] = []
        n = tries
        for at, (column, shares) in enumerate(zip(self.columns, self.shares, strict=True)):
            rng = context.rng(f"draw {column.name}")
            context.step("sampling")
            if column.margin is None:
                drawn.append(rng.choice(len(shares), n, p=_only(shares, given[at]) if at in given else shares))
                continue
            values = column.margin.draw(n, rng)
            values[rng.random(n) < shares[0]] = np.nan
            drawn.append(values)
        return drawn


def _only(shares: Array, codes: Array) -> Array:
    """Return the shares of some levels among themselves, 0 for all others."""
    kept = np.where(np.isin(np.arange(len(shares)), codes), shares, 0.0)
    return np.asarray(kept / kept.sum())
