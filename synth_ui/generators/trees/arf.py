"""Adversarial random forest: a forest tells real from made rows until it cannot, and its leaves are then redrawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from synth_ui.core.context import Context
from synth_ui.core.formats.numbers import told_apart
from synth_ui.core.table import TableSize
from synth_ui.core.tunable import flag, integer, number
from synth_ui.generators._preparation.level_order import level_orders
from synth_ui.generators._preparation.margin import Floats
from synth_ui.generators._preparation.prepare import Array, LawfulGenerator, Model, ModelColumn, Prepared
from synth_ui.generators.base import Cost
from synth_ui.generators.sampling.stratified import stratified
from synth_ui.generators.trees._leaf_copulas import LeafCopulas
from synth_ui.generators.trees._leaves import Leaves, weight_of_levels

_LEAST_LEAF, _MOST_LEAVES = 30, 15
"""Of few rows a leaf holds fewer than asked for: one in so many of all, but no fewer than the first. Leaves of five remember (docs/frontier.md)."""


@dataclass(frozen=True)
class AdversarialForest(LawfulGenerator):
    """Learn leaves within which the columns look nearly independent, and draw the columns of a row from one such leaf.

    Round one tells the real rows from rows whose columns were redrawn by themselves; each further round tells them from rows
    drawn from the leaves of the round before, and so judges that round. It ends when rows become easier to tell than a round
    before, when the forest is right no more than `tolerance` over one half of the time, out of bag, or after `rounds`; the
    leaves whose rows were hardest to tell are kept. Rows of a side that holds fewer than `min_leaf` go with the other side.

    In leaves of so many rows columns still hang together. Unlike the published method, which draws them independently, a
    Gaussian copula of the ranks within the leaf joins them; `leaf_copula` off draws as published.
    """

    key = "arf"
    title = "Adversarial random forest"
    summary = "Splits the table into leaves inside which columns look nearly independent, and redraws each leaf by a copula."
    family = "trees"
    starter = True
    reference = "Watson, Blesch, Kapar and Wright, Adversarial Random Forests, AISTATS 2023"
    good_at = "Mixed types and interactions, with no order of the columns to choose."
    cannot = "Within a leaf only relationships that rise or fall are kept, so sharp ones between two numbers blur."
    presets = {
        "quick": {"trees": 10, "max_rows": 20_000},
        "thorough": {"trees": 60, "rounds": 4},
    }

    trees: int = integer(20, low=1, high=500, log=True, help="Trees of the forest; each made row comes from one of them")
    min_leaf: int = integer(
        60, low=2, high=1_000, log=True,
        help="Real rows a leaf holds at least, or one in fifteen of all (but thirty) where that is fewer; more keeps further away from single rows",
    )  # fmt: skip
    rounds: int = integer(1, low=1, high=20, help="Rounds of leaves tried at most; beyond one, a further forest judges the last")
    leaf_copula: bool = flag(True, help="Columns of a leaf keep how they rise and fall together; off, they are drawn one by one")
    shrink: int = integer(
        40, low=0, high=1_000,
        help="Inside a leaf, columns hang together as in that leaf, and by the weight of so many further rows as in the whole tree",
        advanced=True,
    )  # fmt: skip
    tolerance: float = number(
        0.02,
        low=0.0,
        high=0.5,
        help="The forest may be right this much more often than a coin before a further round",
        advanced=True,
    )
    max_rows: int = integer(50_000, low=100, high=1_000_000, log=True, help="Learns from at most so many rows", advanced=True)

    def learn(self, data: Prepared, context: Context) -> Model:
        """Grow forests, round by round."""
        part = data.sample(self.max_rows, context.rng("rows"))
        because = f"no more than one in {_MOST_LEAVES} of the {part.rows:,} rows learned from, but {_LEAST_LEAF}"
        context.notes.used("min_leaf", self._least_leaf(part.rows), self.min_leaf, because)
        orders = [None if order is None else np.argsort(order) for order in level_orders(part, context)]
        units = [
            told_apart(array) if column.numeric else (0.0, 1.0) for column, array in zip(part.columns, part.arrays, strict=True)
        ]
        real = _shown(part.arrays, orders, units)
        made = [context.rng(f"shuffle {at}").permutation(array) for at, array in enumerate(part.arrays)]
        context.step("telling real from made", 0.0)
        best, accuracy = self._round(part, real, _shown(made, orders, units), 0, context)
        latest, least = best, 1.0
        for number_of_round in range(1, self.rounds + 1 if self.rounds > 1 else 1):
            context.step("telling real from made", number_of_round / (self.rounds + 1), accuracy=accuracy)
            made = list(latest.draw(part.rows, context.named(f"round {number_of_round}")))
            judge, accuracy = self._round(part, real, _shown(made, orders, units), number_of_round, context)
            if accuracy >= least:
                break
            best, least, latest = latest, accuracy, judge
            if accuracy <= 0.5 + self.tolerance:
                break
        return best

    def _round(self, data: Prepared, real: Array, made: Array, number_of_round: int, context: Context) -> tuple[_Forest, float]:
        """Grow one forest; return the model of its leaves and how often it is right on rows a tree did not see."""
        from sklearn.tree import DecisionTreeClassifier

        shown = np.concatenate([real, made])
        is_real = np.repeat([1, 0], [len(real), len(made)])
        votes, seen = np.zeros(len(shown)), np.zeros(len(shown))
        forest, least = [], self._least_leaf(len(real))
        for number_of_tree in range(self.trees):
            context.step("telling real from made")
            named = context.named(f"round {number_of_round} tree {number_of_tree}")
            rows = named.rng("rows").integers(0, len(shown), len(shown))
            tree = DecisionTreeClassifier(
                min_samples_leaf=least, max_features="sqrt", random_state=named.integer_seed("tree")
            ).fit(shown[rows], is_real[rows])
            out = np.setdiff1d(np.arange(len(shown)), rows)
            if len(out):  # with a row or two, the draw may leave none out
                votes[out] += tree.predict(shown[out])
                seen[out] += 1
            forest.append(self._grouped(tree.tree_, real, least, data))
        judged = seen > 0
        right = ((votes[judged] / seen[judged] > 0.5) == is_real[judged]).mean() if judged.any() else 0.5
        return _Forest(data.columns, forest), float(right)

    def _least_leaf(self, rows: int) -> int:
        """Return how many rows a leaf holds at least: of few rows fewer than asked for, or there would be hardly a leaf."""
        return min(self.min_leaf, max(_LEAST_LEAF, rows // _MOST_LEAVES))

    def _grouped(self, tree: Any, real: Array, least: int, data: Prepared) -> _Groups:
        group = group_rows(tree.children_left, tree.children_right, tree.feature, tree.threshold, real, least)
        unique, dense = np.unique(group, return_inverse=True)
        leaves = tuple(
            Leaves.of(dense, len(unique), column, array, shown)
            for column, array, shown in zip(data.columns, data.arrays, real.T, strict=True)
        )
        copulas = LeafCopulas.of(dense, real, self.shrink, self.trees) if self.leaf_copula else None
        return _Groups(np.bincount(dense) / len(dense), leaves, copulas)

    def cost(self, size: TableSize, rows: int) -> Cost:
        """Estimate: every tree sorts the square root of the columns at each level; each drawn cell is one look-up.

        Measured on adult × 15 and on five columns of numbers and up to 3,000 levels, 10,000 and 40,000 rows, on one thread.
        """
        learned = min(size.rows, self.max_rows)
        per_tree = 1.5e-7 * learned * (3.7 + 0.5 * np.sqrt(size.columns) + 0.15 * weight_of_levels(size)) * np.log2(learned + 2)
        forests = 1 if self.rounds == 1 else 3
        seconds = 0.2 + 1.3e-7 * size.rows * size.columns + self.trees * forests * per_tree + 5e-7 * rows * size.columns
        megabytes = 50 + 1.5e-5 * (size.rows + rows) * size.columns + 5e-6 * self.trees * learned * size.columns
        return Cost(float(seconds), megabytes)


def _shown(arrays: Sequence[Array], ranks: Sequence[Array | None], units: Sequence[tuple[float, float]]) -> Array:
    """Return the columns as trees see them: levels by their rank in order, numbers as they are with blanks below all."""
    shown = []
    for array, rank, (shift, unit) in zip(arrays, ranks, units, strict=True):
        if rank is not None:
            shown.append(rank[array])
            continue
        array = (array - shift) / unit
        low = np.nanmin(array, initial=0.0) if len(array) else 0.0
        shown.append(np.where(np.isnan(array), low - max(1.0, float(np.nanmax(array, initial=0.0)) - low), array))
    return np.column_stack(shown).astype(np.float32)


@dataclass(frozen=True, eq=False)
class _Groups:
    """The leaves of one tree, as groups of real rows: their shares, each column's values in them, and what joins the columns."""

    shares: Floats
    columns: tuple[Leaves, ...]
    copulas: LeafCopulas | None

    def even(self, leaf: Array, rng: np.random.Generator) -> Floats:
        """Return a share of its leaf's donors per row and column: even over the rows of a leaf, and joined as its columns are."""
        even = np.column_stack([stratified(leaf, rng) for _ in self.columns])
        return even if self.copulas is None else self.copulas.shares(leaf, even)


def group_rows(left: Array, right: Array, feature: Array, threshold: Array, shown: Array, least: int) -> Array:
    """Return the node each row is grouped by: its leaf, but no group holds fewer than `least` rows.

    Where one side of a split would hold fewer, its rows go with the others and down the splits below them; where both would, the
    split is not made. Splits that peel off a corner with a row or two are common near the root of such a tree, and what lies below
    them is where the relationships are.
    """
    node = np.zeros(len(shown), dtype=np.int64)
    going = np.arange(len(shown))
    while len(going := going[left[node[going]] >= 0]):
        at = node[going]
        to_left = shown[going, feature[at]] <= threshold[at]
        lefts = np.bincount(at[to_left], minlength=len(left))[at]
        rights = np.bincount(at[~to_left], minlength=len(left))[at]
        to_left = np.where(lefts < least, False, np.where(rights < least, True, to_left))
        split = (lefts >= least) | (rights >= least)
        node[going[split]] = np.where(to_left, left[at], right[at])[split]
        going = going[split]
    return node


class _Forest(Model):
    keeps = "each column's values grouped by the leaves of the forest and a correlation per leaf and pair, without the rows they came from"

    def __init__(self, columns: tuple[ModelColumn, ...], forest: Sequence[_Groups]) -> None:
        self.columns = columns
        self.forest = forest

    def draw(self, n: int, context: Context) -> Sequence[Array]:
        rng = context.rng("draw")
        which = rng.integers(0, len(self.forest), n)
        out: list[Array] = [np.empty(n, dtype=np.float64 if column.numeric else np.int64) for column in self.columns]
        for number_of_tree, groups in enumerate(self.forest):
            context.step("sampling", 0.85 * number_of_tree / len(self.forest))
            rows = np.flatnonzero(which == number_of_tree)
            if not len(rows):
                continue
            leaf = rng.choice(len(groups.shares), len(rows), p=groups.shares)
            shares = groups.even(leaf, rng)
            for at, (column, leaves) in enumerate(zip(self.columns, groups.columns, strict=True)):
                out[at][rows] = leaves.at(leaf, shares[:, at], column, rng, True)
        return out
