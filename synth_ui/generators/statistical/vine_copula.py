"""Vine copula: columns joined in pairs, the pairs in trees, each pair with its own shape of dependence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from types import MappingProxyType

import numpy as np

from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply
from synth_ui.core.table import Table, TableSize
from synth_ui.core.tunable import choice, integer
from synth_ui.generators._preparation.level_order import level_orders
from synth_ui.generators._preparation.margin import Floats
from synth_ui.generators._preparation.prepare import Array, LawfulGenerator, Model, ModelColumn, Prepared
from synth_ui.generators.base import Cost, Sampler

_MOST_ROWS = 20_000
_BATCH = 20_000
_FAMILIES = {
    "free": "Free shapes, smoothed from the rows",
    "named": "Named shapes (Gaussian, Clayton, Gumbel, Frank, Joe, Student)",
}


@dataclass(frozen=True)
class VineCopula(LawfulGenerator):
    """Turn each column into ranks, and join the ranks by a truncated vine of two-column copulas (pyvinecopulib).

    Ties are broken at random; levels lie in the order of their leading association with the other columns, blanks of numbers
    below all values. The first trees of the vine join columns directly, later ones what is left given those.
    """

    key = "vine_copula"
    title = "Vine copula"
    summary = "Keeps each column's distribution and joins columns two by two, each pair with a shape of its own."
    family = "statistical"
    requires = ("pyvinecopulib",)
    reference = (
        "Dißmann et al., Selecting and Estimating Regular Vine Copulae, Computational Statistics & Data Analysis 2013; "
        "pyvinecopulib 1.0 (MIT)"
    )
    good_at = "Numbers whose dependence differs between low and high values, which one correlation cannot say."
    cannot = "Categories with many levels are put in one order, and a fit cannot be stopped before it is done."
    presets = MappingProxyType(
        {
            "quick": MappingProxyType({"trees": 2, "max_rows": 3_000}),
            "balanced": MappingProxyType({}),
            "thorough": MappingProxyType({"trees": 12, "max_rows": 20_000}),
        }
    )

    trees: int = integer(5, low=1, high=100, log=True, help="Trees of the vine; more join more columns at once.")
    shapes: str = choice("free", options=_FAMILIES, help="What the dependence of a pair may look like.")
    max_rows: int = integer(10_000, low=100, high=_MOST_ROWS, log=True, help="Rows the vine is learned from at most.")
    most_columns: int = integer(
        60, low=2, high=500, help="Columns taken on at most: the time grows with their number times the trees.", advanced=True
    )

    def fit(self, table: Table, context: Context) -> Sampler:
        """Learn a table; see `Generator.fit`.

        Raises
        ------
        DoesNotApply
            If the extra is not installed, or the table has too many columns.
        """
        if find_spec("pyvinecopulib") is None:
            raise DoesNotApply(
                "pyvinecopulib is not installed; install the extra with: pip install 'synth-ui[vine]', and start again"
            )
        return super().fit(table, context)

    def learn(self, data: Prepared, context: Context) -> Model:
        """Rank the columns and fit the vine."""
        if len(data.columns) > self.most_columns:
            raise DoesNotApply(
                f"{len(data.columns)} columns are more than the {self.most_columns} a vine is fitted to; set the role of some to "
                "ignored (on the command line --role COLUMN=ignored), raise the setting most_columns, or choose gaussian_copula"
            )
        part = data.sample(self.max_rows, context.rng("rows"))
        orders = level_orders(part, context)
        rng = context.rng("ties")
        ranks = np.column_stack([_ranks(array, order, rng) for array, order in zip(part.arrays, orders, strict=True)])
        most = max(len(data.columns) - 1, 0)
        context.notes.used("trees", min(self.trees, most), self.trees, f"{len(data.columns)} columns have no more to join")
        context.step("fitting the vine", 0.2)
        vine = _fitted(ranks, self.trees, self.shapes, context) if len(data.columns) > 1 else ""
        return _Vine(data, orders, vine)

    def cost(self, size: TableSize, rows: int) -> Cost:
        """Estimate: one smoothed pair per column and tree. Measured on adult × 15, on one thread."""
        learned, pairs = min(size.rows, self.max_rows), min(self.trees, size.columns) * size.columns
        per_row = 1.2e-5 if self.shapes == "free" else 6e-5
        seconds = 0.8 + (2e-7 * size.rows + 1e-6 * rows) * size.columns + per_row * pairs * learned + 5e-7 * pairs * rows
        return Cost(seconds, 120 + 2e-5 * (size.rows + rows) * size.columns + 1e-4 * learned)


def _keyed(array: Array, order: Array | None) -> Array:
    """Return what cells are ranked by: values, blanks below all, or the places of levels in their order."""
    return np.where(np.isnan(array), -np.inf, array) if order is None else np.argsort(order)[array]


def _ranks(array: Array, order: Array | None, rng: np.random.Generator) -> Floats:
    """Return ranks within (0, 1), ties broken at random."""
    places = np.lexsort((rng.random(len(array)), _keyed(array, order)))
    out = np.empty(len(array))
    out[places] = (np.arange(len(array)) + 0.5) / len(array)
    return out


def _fitted(ranks: Floats, trees: int, shapes: str, context: Context) -> str:
    """Return the fitted vine as text, which pickles whatever the library's version."""
    import pyvinecopulib as pv

    plain = pv.BicopFamily
    named = [plain.indep, plain.gaussian, plain.student, plain.clayton, plain.gumbel, plain.frank, plain.joe]
    controls = pv.FitControlsVinecop(
        family_set=[plain.indep, plain.tll] if shapes == "free" else named,
        trunc_lvl=min(trees, ranks.shape[1] - 1),
        num_threads=max(context.threads, 1),
        seeds=[context.integer_seed("vine")],
    )
    return str(pv.Vinecop.from_data(np.asfortranarray(ranks), controls=controls).to_json())


class _Vine(Model):
    keeps = "the distinct values of each column with their counts, and one smoothed shape of dependence per pair joined"

    def __init__(self, data: Prepared, orders: Sequence[Array | None], vine: str) -> None:
        self.columns: tuple[ModelColumn, ...] = data.columns
        self.orders = tuple(orders)
        self.vine = vine
        self.blanks = tuple(float(np.isnan(array).mean()) if order is None else 0.0 for array, order in zip(data.arrays, orders, strict=True))  # fmt: skip
        self.edges = tuple(
            None if order is None else np.cumsum(np.bincount(array, minlength=column.levels)[order]) / data.rows
            for column, array, order in zip(data.columns, data.arrays, orders, strict=True)
        )

    def draw(self, n: int, context: Context) -> Sequence[Array]:
        parts = []
        for start in range(0, n, _BATCH):
            context.step("sampling", 0.8 * start / n)
            rng = context.rng(f"draw {start}")
            shares = self._shares(min(_BATCH, n - start), rng)
            parts.append([self._column(at, shares[:, at], rng) for at in range(len(self.columns))])
        return [np.concatenate(arrays) for arrays in zip(*parts, strict=True)]

    def _shares(self, n: int, rng: np.random.Generator) -> Floats:
        if not self.vine:
            return rng.random((n, 1))
        import pyvinecopulib as pv

        seeds = [int(seed) for seed in rng.integers(0, 2**31 - 1, 5)]
        return np.asarray(pv.Vinecop.from_json(self.vine).sample(n, qrng=False, num_threads=1, seeds=seeds), dtype=float)

    def _column(self, at: int, shares: Floats, rng: np.random.Generator) -> Array:
        """Return the value or level at each share of the column's rows."""
        column, order, edges = self.columns[at], self.orders[at], self.edges[at]
        if column.margin is None:
            assert order is not None
            assert edges is not None
            return np.asarray(order[np.minimum(np.searchsorted(edges, shares, side="right"), len(order) - 1)])
        above = (shares - self.blanks[at]) / (1 - self.blanks[at])
        values = column.margin.soften(column.margin.quantile(np.clip(above, 0, 1)), rng)
        return np.where(shares < self.blanks[at], np.nan, values)
