"""A Bayesian network chosen and counted with noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from synth_ui.core.budget import Ledger
from synth_ui.core.context import Context
from synth_ui.core.table import TableSize
from synth_ui.core.tunable import integer, number
from synth_ui.generators._preparation.margin import Floats
from synth_ui.generators.base import Cost
from synth_ui.generators.formal_privacy._accounting import EXPONENTIAL, GAUSSIAN, Part, ledger, noises
from synth_ui.generators.formal_privacy._generator import FLOATS, CellModel, FormalGenerator
from synth_ui.generators.formal_privacy._noisy_columns import NoisyColumn, one_way, view
from synth_ui.generators.formal_privacy._noisy_counts import Codes, chosen, counted, draw_given, given, noised, shares, shrunk
from synth_ui.generators.formal_privacy._schema_cells import Public

COLUMNS, NETWORK, TABLES = "counts of each column", "choice of the network", "counts given the parents"

_MOST_CANDIDATES = 300
_MOST_GROUPS = 16
_CELL_NOISE = 2.0


@dataclass(frozen=True)
class PrivBayes(FormalGenerator):
    """Choose a Bayesian network by the exponential mechanism, count every column given its parents with noise, draw from it."""

    key = "privbayes"
    title = "PrivBayes"
    summary = "Draws each column given a few others, from noisy counts along a network chosen with noise."
    reference = "Zhang, Cormode, Procopiuc, Srivastava and Xiao, PrivBayes, ACM Transactions on Database Systems 2017"
    uses_target = True
    good_at = "Tables in which a column depends on two or three others at once, with a generous budget."
    cannot = "With a small budget noise drowns counts over several columns; private marginals are usually more useful. " + FLOATS
    presets = {"quick": {"parents": 1}, "thorough": {"parents": 3}}

    parents: int = integer(2, low=0, high=4, help="Columns each column may depend on at most; 0 gives independent columns")
    bins: int = integer(
        256, low=2, high=10_000, log=True, help="Equal stretches between the declared bounds a number is cut into"
    )
    columns_share: float = number(
        0.3, low=0.05, high=0.9, help="Share of the budget for the columns by themselves", advanced=True
    )
    network_share: float = number(0.3, low=0.05, high=0.8, help="Share of the rest for choosing the network", advanced=True)

    @property
    def cells(self) -> int:
        """Into how many cells a number is cut."""
        return self.bins

    def learn(self, public: Public, delta: float, context: Context) -> tuple[CellModel, Ledger]:
        """Count the columns, choose the network, count along it."""
        children = len(public.cells) - 1
        first = self.columns_share if children and self.parents else 1.0
        parts = [Part(COLUMNS, GAUSSIAN, len(public.cells), first)]
        if first < 1:
            parts.append(Part(NETWORK, EXPONENTIAL, children, self.network_share * (1 - first)))
            parts.append(Part(TABLES, GAUSSIAN, children, (1 - self.network_share) * (1 - first)))
        noise = noises(parts, self.epsilon, delta)
        fine, total = one_way(public, noise[0], context)
        most = _groups(total, noise[-1], self.parents)
        views = [view(own, cells, most) for own, cells in zip(fine, public.cells, strict=True)]
        codes = [one.group[own] for one, own in zip(views, public.codes, strict=True)]
        families = _network(codes, views, public.target or 0, self.parents, noise[1], context) if first < 1 else []
        rng = context.noise("counts given the parents")
        tables = [_table(codes, views, family, noise[-1], total, rng) for family in families]
        return _Network(views, families, tables), ledger(parts, noise, self.epsilon, delta, public, context)

    def cost(self, size: TableSize, rows: int) -> Cost:
        """Estimate: the accountant's import, a table of counts per candidate family, a search per drawn cell."""
        families = size.columns * min(size.columns ** max(self.parents, 1) / 2, _MOST_CANDIDATES)
        seconds = 0.6 + families * (5e-5 + 8e-9 * size.rows) + 6e-8 * size.rows * size.columns + 2e-7 * rows * size.columns
        return Cost(seconds, 60 + 5e-5 * (size.rows + rows) * size.columns)


def _groups(total: float, deviation: float, parents: int) -> float:
    """Return into how many groups a column is cut, so that a cell of a column and its parents holds more than its noise."""
    return float(np.clip((total / (_CELL_NOISE * deviation)) ** (1 / (parents + 1)), 2, _MOST_GROUPS))


Family = tuple[int, tuple[int, ...]]
"""A column and its parents."""


def _network(
    codes: Sequence[Codes], views: Sequence[NoisyColumn], first: int, parents: int, epsilon: float, context: Context
) -> list[Family]:
    """Choose one column after another, with its parents among those chosen before, by the exponential mechanism."""
    noise, public = context.noise("choice of the network"), context.rng("candidate families")
    placed, families = [first], []
    while len(placed) < len(codes):
        context.step("choosing parents", len(placed) / len(codes))
        candidates = _candidates(placed, len(codes), parents, public)
        scores = np.array([_dependence(codes, views, family) for family in candidates])
        child, chosen_parents = candidates[chosen(scores, epsilon, noise)]
        families.append((child, chosen_parents))
        placed.append(child)
    return families


def _candidates(placed: Sequence[int], columns: int, most: int, rng: np.random.Generator) -> list[Family]:
    """Return the families that may come next; beyond a limit, some of them chosen without a look at the rows."""
    children = [at for at in range(columns) if at not in placed]
    size = min(most, len(placed))
    sets = list(combinations(placed, size))
    wanted = max(_MOST_CANDIDATES // len(children), 1)
    return [
        (child, sets[at])
        for child in children
        for at in (range(len(sets)) if len(sets) <= wanted else np.sort(rng.choice(len(sets), wanted, replace=False)))
    ]


def _dependence(codes: Sequence[Codes], views: Sequence[NoisyColumn], family: Family) -> float:
    """Return a quarter of the rows by which child and parents differ from independence; one row changes it by at most 1.

    One row more adds 1 to a cell of the joint counts; the products of the margins, which always sum to the rows, move by at most 3.
    """
    joint = _counts(codes, views, family)
    apart = np.outer(joint.sum(axis=1), joint.sum(axis=0)) / max(joint.sum(), 1.0)
    return float(np.abs(joint - apart).sum() / 4)


def _counts(codes: Sequence[Codes], views: Sequence[NoisyColumn], family: Family) -> Floats:
    """Count rows as a table of the parents' configurations × the child's groups."""
    child, parents = family
    members = (*parents, child)
    counts = counted([codes[at] for at in members], [views[at].groups for at in members])
    return counts.reshape(-1, views[child].groups)


def _table(
    codes: Sequence[Codes], views: Sequence[NoisyColumn], family: Family, deviation: float, total: float, rng: np.random.Generator
) -> Floats:
    """Count a family with noise, pulled towards independence where noise drowns it."""
    noisy = noised(_counts(codes, views, family), deviation, rng) / total
    expected = np.outer(shares(noisy.sum(axis=1)), views[family[0]].coarse)
    return shares(shrunk(noisy, expected, deviation / total))


class _Network(CellModel):
    keeps = "noisy shares of each column's cells, and of columns with their parents"

    def __init__(self, views: Sequence[NoisyColumn], families: Sequence[Family], tables: Sequence[Floats]) -> None:
        self.views = views
        self.families = families
        self.tables = tables

    def draw(self, n: int, context: Context) -> Sequence[Codes]:
        """Draw every column given its parents; a configuration the noisy counts left empty gives the column's own shares."""
        rng = context.rng("draw")
        inner = {child for child, _ in self.families}
        drawn: dict[int, Codes] = {}
        for at, one in enumerate(self.views):
            if at not in inner:
                drawn[at] = draw_given(given(one.coarse[None, :]), one.groups, np.zeros(n, dtype=np.int64), rng)
        for place, ((child, parents), table) in enumerate(zip(self.families, self.tables, strict=True)):
            context.step("sampling", 0.8 * place / len(self.families))
            configuration = np.zeros(n, dtype=np.int64)
            for at in parents:
                configuration = configuration * self.views[at].groups + drawn[at]
            filled = np.where(table.sum(axis=1, keepdims=True) > 0, table, self.views[child].coarse)
            drawn[child] = draw_given(given(filled), filled.shape[1], configuration, rng)
        return [one.refine(drawn[at], rng) for at, one in enumerate(self.views)]
