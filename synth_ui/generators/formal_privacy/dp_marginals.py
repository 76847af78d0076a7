"""Noisy counts of columns and of pairs along a tree: the strongest simple method under differential privacy."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from synth_ui.core.budget import Ledger
from synth_ui.core.context import Context
from synth_ui.core.table import TableSize
from synth_ui.core.tunable import flag, integer, number
from synth_ui.generators._preparation.margin import Floats
from synth_ui.generators.base import Cost
from synth_ui.generators.formal_privacy._accounting import EXPONENTIAL, GAUSSIAN, Part, ledger, noises
from synth_ui.generators.formal_privacy._generator import FLOATS, CellModel, FormalGenerator
from synth_ui.generators.formal_privacy._noisy_columns import NoisyColumn, one_way, view
from synth_ui.generators.formal_privacy._noisy_counts import (
    Codes,
    chosen,
    counted,
    draw_given,
    given,
    noised,
    raked,
    shares,
    shrunk,
)
from synth_ui.generators.formal_privacy._schema_cells import Public

_MOST_GROUPS = 32
_ANCHOR_GROUPS = 4
_CELL_NOISE = 2.0

COLUMNS, WITH_TARGET, TREE, PAIRS = (
    "counts of each column",
    "counts of each column with the target",
    "choice of the tree",
    "counts along the tree",
)


@dataclass(frozen=True)
class DpMarginals(FormalGenerator):
    """Count every column with noise, choose a tree of pairs by the exponential mechanism, count along it with noise, draw from it.

    With a target each pair is counted within the target's groups. Small counts are pulled towards what fewer columns say, and
    tables are made to agree with each other, which costs no privacy.
    """

    key = "dp_marginals"
    title = "Private marginals"
    summary = "Draws rows from noisy counts of columns and pairs, joined to a tree."
    reference = (
        "McKenna, Miklau and Sheldon, Winning the NIST contest (MST), Journal of Privacy and Confidentiality 2021; McKenna et al., "
        "AIM, VLDB 2022 (noise against binning)"
    )
    uses_target = True
    good_at = "Tables of categories and numbers with a proof of privacy, in a fraction of a second."
    cannot = "It keeps each column's strongest relationships only, and sees numbers in cells. " + FLOATS
    presets = {"quick": {"bins": 64}, "thorough": {"bins": 1_000}}

    bins: int = integer(
        256,
        low=2,
        high=10_000,
        log=True,
        help="Equal stretches between the declared bounds a number is cut into; joined where noise drowns them",
    )
    target_first: bool = flag(True, help="Count every pair within the target's groups, so that the target stays predictable")
    columns_share: float = number(
        0.4,
        low=0.05,
        high=0.8,
        help="Share of the budget for the columns by themselves; the rest pays for relationships",
        advanced=True,
    )
    tree_share: float = number(0.1, low=0.01, high=0.5, help="Share of the rest for choosing the tree", advanced=True)

    @property
    def cells(self) -> int:
        """Into how many cells a number is cut."""
        return self.bins

    def learn(self, public: Public, delta: float, context: Context) -> tuple[CellModel, Ledger]:
        """Count, choose, count again; see the class."""
        anchor = public.target if self.target_first and len(public.cells) > 2 else None
        parts = _plan(len(public.cells), anchor is not None, self.columns_share, self.tree_share)
        noise = {part.what: size for part, size in zip(parts, noises(parts, self.epsilon, delta), strict=True)}
        fine, total = one_way(public, noise[COLUMNS], context)
        work = _Work(public, fine, total, anchor, noise, context)
        model = _Tree(work.views, anchor, work.anchored(), work.tree())
        return model, ledger(parts, list(noise.values()), self.epsilon, delta, public, context)

    def cost(self, size: TableSize, rows: int) -> Cost:
        """Estimate: the accountant's import, a table of counts per pair of columns, three searches per drawn cell."""
        pairs = size.columns**2 / 2
        cells = rows * size.columns
        seconds = 0.6 + pairs * (1e-4 + 6e-9 * size.rows) + 6e-8 * size.rows * size.columns + 2e-7 * cells
        return Cost(seconds, 60 + 5e-5 * (size.rows + rows) * size.columns)


def _plan(columns: int, anchored: bool, first: float, choosing: float) -> list[Part]:
    """Return the mechanisms of a fit with their shares of the budget."""
    if columns == 1:
        return [Part(COLUMNS, GAUSSIAN, 1, 1.0)]
    edges = columns - 1 - anchored
    rest = 1 - first
    parts = [Part(COLUMNS, GAUSSIAN, columns, first)]
    if anchored:
        parts.append(Part(WITH_TARGET, GAUSSIAN, columns - 1, 0.3 * rest))
        rest *= 0.7
    return [*parts, Part(TREE, EXPONENTIAL, edges, choosing * rest), Part(PAIRS, GAUSSIAN, edges, (1 - choosing) * rest)]


@dataclass(frozen=True, eq=False)
class Edge:
    """A column drawn from its table given its parent and the anchor: shares of anchor × parent × child."""

    child: int
    parent: int
    joint: Floats


class _Work:
    """The steps between the noisy counts of columns and the tree."""

    def __init__(
        self,
        public: Public,
        fine: Sequence[Floats],
        total: float,
        anchor: int | None,
        noise: Mapping[str, float],
        context: Context,
    ) -> None:
        self.anchor, self.noise, self.total, self.context = anchor, noise, total, context
        most = _groups(total, noise.get(PAIRS, 0.0))
        self.views = [view(shares_, cells, most) for shares_, cells in zip(fine, public.cells, strict=True)]
        if anchor is not None:
            self.views[anchor] = view(fine[anchor], public.cells[anchor], _ANCHOR_GROUPS)
        self.codes = [one.group[codes] for one, codes in zip(self.views, public.codes, strict=True)]
        self.by_anchor: list[Floats] = []

    def _anchor(self) -> tuple[Codes, Floats]:
        """Return the anchor's codes and shares; without one, a column of a single group."""
        if self.anchor is None:
            return np.zeros(len(self.codes[0]), dtype=np.int64), np.ones(1)
        return self.codes[self.anchor], self.views[self.anchor].coarse

    def anchored(self) -> list[Floats]:
        """Return the noisy shares of anchor × column, for every column; made to agree with both columns' own."""
        codes, anchor = self._anchor()
        rng = self.context.noise("counts with the target")
        for at, one in enumerate(self.views):
            expected = np.outer(anchor, one.coarse)
            if self.anchor is not None and at != self.anchor:
                deviation = self.noise[WITH_TARGET]
                noisy = noised(counted([codes, self.codes[at]], [len(anchor), one.groups]), deviation, rng) / self.total
                expected = shares(shrunk(noisy, expected, deviation / self.total))
                expected = raked(expected, [((0,), anchor), ((1,), one.coarse)])
            self.by_anchor.append(expected)
        return self.by_anchor

    def tree(self) -> list[Edge]:
        """Choose the tree and count along it; the first edge's parent is the root."""
        members = [at for at in range(len(self.views)) if at != self.anchor]
        pairs = [(first, second) for place, first in enumerate(members) for second in members[:place]]
        scores = np.array([self._score(pair, place / len(pairs)) for place, pair in enumerate(pairs)])
        links = _spanning(pairs, scores, self.noise.get(TREE, 0.0), len(members), self.context)
        rng = self.context.noise("counts along the tree")
        return [Edge(child, parent, self._joint(parent, child, rng)) for parent, child in _outwards(links)]

    def _counts(self, first: int, second: int) -> Floats:
        codes, anchor = self._anchor()
        sizes = [len(anchor), self.views[first].groups, self.views[second].groups]
        return counted([codes, self.codes[first], self.codes[second]], sizes)

    def _expected(self, first: int, second: int) -> Floats:
        """Return the shares two columns would have were they independent given the anchor."""
        anchor = self._anchor()[1][:, None, None]
        joined = self.by_anchor[first][:, :, None] * self.by_anchor[second][:, None, :]
        return np.divide(joined, anchor, out=np.zeros_like(joined), where=anchor > 0)

    def _score(self, pair: tuple[int, int], fraction: float) -> float:
        """Return by how many rows a pair differs from independence, less what chance alone gives; one row changes it by at most 1."""
        self.context.step("comparing columns", fraction)
        expected = self.total * self._expected(*pair)
        # Independent columns differ from their expected counts, too: a count of mean m by √(2m/π) on average. Without it
        # pairs of many cells would win by their noise. It depends on noisy counts alone, so it costs nothing.
        chance = math.sqrt(2 / math.pi) * np.sqrt(expected).sum()
        return float(np.abs(self._counts(*pair) - expected).sum() - chance)

    def _joint(self, parent: int, child: int, rng: np.random.Generator) -> Floats:
        """Count anchor × parent × child with noise, denoise, and make it agree with what was counted before."""
        deviation = self.noise[PAIRS]
        noisy = noised(self._counts(parent, child), deviation, rng) / self.total
        joint = shares(shrunk(noisy, self._expected(parent, child), deviation / self.total))
        # Iterative proportional fitting: whatever is done with noisy counts afterwards costs no privacy, and tables that
        # agree on what they share can be drawn from one after the other.
        return raked(joint, [((0, 1), self.by_anchor[parent]), ((0, 2), self.by_anchor[child])])


def _groups(total: float, deviation: float) -> float:
    """Return into how many groups a column is cut for pairs: cells of a pair of such columns hold more than their noise."""
    return float(np.clip(math.sqrt(total / max(_CELL_NOISE * deviation, 1e-9)), 2, _MOST_GROUPS))


def _spanning(
    pairs: Sequence[tuple[int, int]], scores: Floats, epsilon: float, members: int, context: Context
) -> list[tuple[int, int]]:
    """Choose pairs one by one by the exponential mechanism, among those that join parts not yet joined."""
    rng = context.noise("choice of the tree")
    part = {at: at for pair in pairs for at in pair}
    links: list[tuple[int, int]] = []
    while len(links) < members - 1:
        open_pairs = [place for place, (first, second) in enumerate(pairs) if part[first] != part[second]]
        # As in MST (McKenna, Miklau and Sheldon, Winning the NIST Contest, 2021): each choice is one use of the exponential
        # mechanism on scores that one row changes by at most 1.
        first, second = pairs[open_pairs[chosen(scores[open_pairs], epsilon, rng)]]
        links.append((first, second))
        old, new = part[first], part[second]
        part = {at: new if group == old else group for at, group in part.items()}
    return links


def _outwards(links: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the links as (parent, child), from a root in the order in which columns are drawn."""
    if not links:
        return []
    reached = [links[0][0]]
    ordered = []
    for here in reached:
        for first, second in links:
            other = second if first == here else first if second == here else None
            if other is not None and other not in reached:
                ordered.append((here, other))
                reached.append(other)
    return ordered


class _Tree(CellModel):
    keeps = "noisy shares of each column's cells, and of pairs of columns along a tree"

    def __init__(
        self, views: Sequence[NoisyColumn], anchor: int | None, by_anchor: Sequence[Floats], edges: Sequence[Edge]
    ) -> None:
        self.views = views
        self.anchor = anchor
        self.by_anchor = by_anchor
        self.edges = edges

    def draw(self, n: int, context: Context) -> Sequence[Codes]:
        """Draw the anchor, the root given it, every other column given its parent and the anchor, then cells inside groups."""
        rng = context.rng("draw")
        children = {edge.child for edge in self.edges}
        anchors = len(self.by_anchor[0])
        shares_of_anchor = self.by_anchor[0].sum(axis=1)
        anchor = draw_given(given(shares_of_anchor[None, :]), anchors, np.zeros(n, dtype=np.int64), rng)
        drawn: dict[int, Codes] = {}
        for at, joint in enumerate(self.by_anchor):
            if at == self.anchor:
                drawn[at] = anchor
            elif at not in children:
                drawn[at] = draw_given(given(joint), joint.shape[1], anchor, rng)
        for place, edge in enumerate(self.edges):
            context.step("sampling", 0.8 * place / len(self.edges))
            levels, parents = edge.joint.shape[2], edge.joint.shape[1]
            drawn[edge.child] = draw_given(
                given(edge.joint.reshape(-1, levels)), levels, anchor * parents + drawn[edge.parent], rng
            )
        return [one.refine(drawn[at], rng) for at, one in enumerate(self.views)]
