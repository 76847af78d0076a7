"""Sequential trees: each column drawn from a leaf of a tree grown on the columns before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from synth_ui.core.context import Context
from synth_ui.core.formats.numbers import told_apart
from synth_ui.core.table import TableSize
from synth_ui.core.tunable import choice, flag, integer, number
from synth_ui.generators._preparation.level_order import level_axes
from synth_ui.generators._preparation.margin import Floats
from synth_ui.generators._preparation.prepare import Array, LawfulGenerator, Model, ModelColumn, Prepared
from synth_ui.generators.base import Cost
from synth_ui.generators.trees._leaves import FEW_LEVELS, Leaves, apply_tree, weight_of_levels

_GROWN_ON = (5_000, 50_000)
_GROWN_CELLS = 15_000_000
_AXES = 3
_SHOWN = 2
_THRESHOLDS = 8
_LEAST_LEAF = 5
_SCREENED_ON = 5_000
_SCREEN_BINS = 12
_BATCH = 200_000

_ORDERS = {
    "few levels first": "Columns with few values first",
    "table": "As in the table",
    "reverse": "Columns with many values first",
}


@dataclass(frozen=True)
class Cart(LawfulGenerator):
    """Grow, for each column, trees on the columns before it, and draw from the leaf a new row falls into.

    The first column is drawn from its own distribution. Each further cell: one of the column's trees is chosen, the row's leaf
    found, a real row of the leaf taken as donor; a level or a value many rows hold is taken as it is, any other number is drawn
    between the donor and the next higher one in the leaf.
    """

    key = "cart"
    title = "Sequential trees"
    summary = "Draws each column from trees grown on the columns before it."
    family = "trees"
    starter = True
    reference = (
        "Reiter, Journal of Official Statistics 2005; Nowok, Raab and Dibben, synthpop, Journal of Statistical Software 2016"
    )
    good_at = "Models trained on its rows do nearly as well as on real ones; mixed types, interactions, spikes; seconds."
    cannot = "It gives no formal guarantee; small leaves bring rows close to real ones (raise the leaf size)."
    presets = {
        "quick": {"trees": 1},
        "thorough": {"trees": 30},
    }

    trees: int = integer(10, low=1, high=200, log=True, help="Trees per column, one of which is drawn for each cell")
    min_leaf: int = integer(
        100, low=2, high=5_000, log=True, help="Real rows a leaf holds at least; more keeps further away from single rows"
    )
    share: int = integer(
        70,
        low=10,
        high=100,
        help="Percent of the earlier columns a tree may look at for each cut; 100 for one tree",
        advanced=True,
    )
    chance: float = number(
        2.0,
        low=0.0,
        high=100.0,
        help="What cuts tell must be this many times what random ones tell, or they are undone",
        advanced=True,
    )
    most_predictors: int = integer(
        30,
        low=1,
        high=1_000,
        log=True,
        help="Earlier columns a column is drawn from at most: those that tell most",
        advanced=True,
    )
    order: str = choice("few levels first", options=_ORDERS, help="The order in which columns are drawn", advanced=True)
    blend: bool = flag(True, help="Draw numbers between two neighbouring donors rather than repeating one", advanced=True)
    max_rows: int = integer(
        200_000, low=100, high=10_000_000, log=True, help="Leaves hold at most so many real rows", advanced=True
    )

    def learn(self, data: Prepared, context: Context) -> Model:
        """Grow the trees, one column after the other."""
        part = data.sample(self.max_rows, context.rng("rows"))
        # Columns of few levels first: their tables are met nearly exactly, and the columns of many values, which depend on
        # them, are drawn last and determine least.
        order = _column_order(part, self.order)
        screen = _Screen(part, order, context) if len(order) - 1 > self.most_predictors else None
        steps = []
        for place, at in enumerate(order):
            context.step("growing trees", place / len(order))
            steps.append(_grow(part, at, order[:place], screen, self, context))
        self._say_used(steps, part.rows, context)
        return _Sequence(data.columns, order, steps, self.blend)

    def _say_used(self, steps: Sequence[_Step], rows: int, context: Context) -> None:
        """Say in how many columns leaves hold fewer rows than asked for, and why."""
        grown = [step.least for step in steps if step.trees]
        fewer = sorted({least for least in grown if least != self.min_leaf})
        if fewer:
            sizes = f"{fewer[0]:,}" if len(fewer) == 1 else f"{fewer[0]:,} to {fewer[-1]:,}"
            where = f" for {sum(least != self.min_leaf for least in grown)} of {len(grown) + 1} columns"
            because = "where earlier columns have few combinations, each is shared by many rows"
            shown = min(rows, _grown_on(_columns_seen(len(steps), self.most_predictors)))
            if self.min_leaf > shown // 2:
                because += f"; and no leaf holds more than half of {shown:,}"
            context.notes.used("min_leaf", sizes + where, self.min_leaf, because)

    def cost(self, size: TableSize, rows: int) -> Cost:
        """Estimate: sorting rows times earlier columns per tree, deeper with more rows; one pass down a tree per drawn cell.

        Measured on adult × 15 and on five columns of numbers and up to 3,000 levels, 10,000 and 40,000 rows, on one thread.
        """
        learned = min(size.rows, self.max_rows)
        seen = _columns_seen(size.columns, self.most_predictors)
        grown = min(learned, _grown_on(seen))
        cut = 2e-7 * seen * self.share / 100 + 8e-7 * size.columns + 4.4e-7 * weight_of_levels(size)
        per_tree = grown * cut * (grown / 10_000) ** 0.33 + 2.2e-7 * (learned - grown) * size.columns
        seconds = 0.2 + 1.3e-7 * size.rows * size.columns + self.trees * per_tree + 5e-7 * rows * size.columns
        megabytes = 60 + 1.5e-5 * (size.rows + rows) * size.columns + 5e-6 * self.trees * learned * size.columns
        return Cost(seconds, megabytes)


def _columns_seen(columns: int, most: int) -> int:
    """Return how many earlier columns all trees of one round see together."""
    few = min(columns, most + 1)
    return few * (few - 1) // 2 + (columns - few) * most


def _grown_on(seen: int) -> int:
    """Return how many rows one tree is grown on: fewer in wide tables, so that the time grows with the columns only."""
    return int(np.clip(_GROWN_CELLS // max(seen, 1), *_GROWN_ON))


def _column_order(data: Prepared, order: str) -> list[int]:
    """Return the positions of the columns in the order of drawing."""
    at = list(range(len(data.columns)))
    if order == "table":
        return at
    distinct = [column.levels if column.margin is None else len(column.margin.values) for column in data.columns]
    few = sorted(at, key=lambda j: (distinct[j], j))
    return few if order == "few levels first" else few[::-1]


# --- growing ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Predictor:
    """How an earlier column is shown to a tree: a number for each level; numbers as they are, blanks below all."""

    at: int
    level_scores: Floats | None
    blank: float
    shift: float = 0.0
    unit: float = 1.0

    def show(self, array: Array) -> Array:
        if self.level_scores is not None:
            return self.level_scores.astype(np.float32)[array]
        return np.where(np.isnan(array), self.blank, (array - self.shift) / self.unit).astype(np.float32)[:, None]


@dataclass(frozen=True, eq=False)
class _Step:
    """How one column is drawn: from its own leaves alone, or through one of several trees, whose leaves hold `least` rows at least."""

    at: int
    predictors: tuple[_Predictor, ...]
    trees: tuple[Any, ...]
    leaves: tuple[Leaves, ...]
    least: int = 0


def _grow(data: Prepared, at: int, earlier: Sequence[int], screen: _Screen | None, settings: Cart, context: Context) -> _Step:
    column, array = data.columns[at], data.arrays[at]
    if not earlier:
        return _Step(at, (), (), (Leaves.of(np.zeros(data.rows, dtype=np.int64), 1, column, array),))
    wanted = _wanted(column, array, data, earlier, context)
    if screen is not None and len(earlier) > settings.most_predictors:
        earlier = [earlier[place] for place in screen.best(len(earlier), wanted, settings.most_predictors)]
    grown = _grown_on(_columns_seen(len(data.columns), settings.most_predictors))
    least = min(_least_leaf(data, earlier, settings.min_leaf), max(min(data.rows, grown) // 2, 1))
    predictors = tuple(_predictor(data, other, wanted) for other in earlier)
    shown = np.column_stack([predictor.show(data.arrays[predictor.at]) for predictor in predictors])
    trees, leaves = [], []
    for index in range(settings.trees):
        context.step("growing trees")
        tree = _tree(wanted, shown, least, grown, settings, context.named(f"tree {column.name} {index}"))
        trees.append(tree)
        leaves.append(Leaves.of(apply_tree(tree, shown), tree.node_count, column, array))
    return _Step(at, predictors, tuple(trees), tuple(leaves), least)


class _Screen:
    """Finds the earlier columns that tell most about what is wanted, by the variance between their levels or bins.

    Attributes
    ----------
    rows
        The rows it looks at.
    bins
        Which of these rows lie in which bin, all columns below one another in the order they are drawn.
    counts
        How many rows each bin holds.
    ends
        Where each column's bins end.
    """

    def __init__(self, data: Prepared, order: Sequence[int], context: Context) -> None:
        from scipy.sparse import csr_matrix

        self.rows = np.sort(context.rng("screen").choice(data.rows, min(data.rows, _SCREENED_ON), replace=False))
        codes, ends = [], [0]
        for at in order:
            column, array = data.columns[at], data.arrays[at][self.rows]
            binned = array if not column.numeric else (_centred_ranks(array) * _SCREEN_BINS).astype(np.int64)
            codes.append(np.unique(binned, return_inverse=True)[1] + ends[-1])
            ends.append(int(codes[-1].max()) + 1)
        joined = np.concatenate(codes)
        where = np.tile(np.arange(len(self.rows)), len(codes))
        self.bins = csr_matrix((np.ones(len(joined)), (joined, where)), shape=(ends[-1], len(self.rows)))
        self.counts = np.bincount(joined)
        self.ends = ends

    def best(self, columns: int, wanted: _Wanted, most: int) -> Array:
        """Return the places, ascending, of the `most` among the first so many `columns` that tell most."""
        numbers = wanted.numbers[self.rows] - wanted.numbers[self.rows].mean(axis=0)
        whole = max(float((numbers**2).sum()), 1e-12)
        sums = self.bins[: self.ends[columns]] @ numbers
        between = sums**2 / self.counts[: self.ends[columns], None]
        told = np.array([float(between[start:end].sum()) for start, end in pairwise(self.ends[: columns + 1])])
        free = np.diff(self.ends[: columns + 1]) - 1
        return np.sort(np.argsort(-(told / whole - free / len(self.rows)), kind="stable")[:most])


def _least_leaf(data: Prepared, earlier: Sequence[int], least: int) -> int:
    """Return the leaf size: a tenth where the earlier columns have so few combinations that each is shared by `least` rows."""
    combinations = 1
    codes = np.zeros(data.rows, dtype=np.int64)
    for at in earlier:
        column = data.columns[at]
        if column.numeric or combinations * column.levels > 10 * data.rows:
            return least
        unique, codes = np.unique(codes * column.levels + data.arrays[at], return_inverse=True)
        combinations = len(unique)
    return least if combinations * least > data.rows else min(max(least // 10, _LEAST_LEAF), least)


@dataclass(frozen=True, eq=False)
class _Wanted:
    """What the trees of a column try to tell apart: classes, or numbers (ranks, or the axes of many levels)."""

    classes: Array | None
    numbers: Floats


def _wanted(column: ModelColumn, array: Array, data: Prepared, earlier: Sequence[int], context: Context) -> _Wanted:
    if column.margin is not None:
        return _Wanted(None, _distribution(array))
    if column.levels <= FEW_LEVELS:
        return _Wanted(array, _class_features(array, column.levels))
    features = np.column_stack([_view(data.columns[at], data.arrays[at]) for at in earlier])
    few = np.sort(context.rng(f"axes {column.name}").choice(data.rows, min(data.rows, 20_000), replace=False))
    axes = level_axes(array[few], column.levels, features[few], _AXES)
    return _Wanted(None, axes[array])


def _distribution(array: Array) -> Floats:
    """Return a number's rank and whether it lies above each of a few quantiles.

    A tree that lowers the variance of these tells apart where distributions differ, not their means alone: the sum over all
    thresholds is the continuous ranked probability score.
    """
    ranks = _centred_ranks(array)
    thresholds = np.unique(np.quantile(ranks, np.arange(1, _THRESHOLDS) / _THRESHOLDS))
    above = [ranks > threshold for threshold in thresholds if (ranks > threshold).any()]
    return np.column_stack([2 * ranks, *above]).astype(float)


def _centred_ranks(array: Array) -> Floats:
    """Return ranks as shares, ties at their middle, blanks below all."""
    codes, counts = np.unique(np.where(np.isnan(array), -np.inf, array), return_inverse=True, return_counts=True)[1:]
    ranks: Floats = ((np.cumsum(counts) - counts / 2) / len(array))[codes]
    return ranks


def _class_features(array: Array, levels: int) -> Floats:
    """Return one column per class, rare classes no heavier than frequent ones."""
    counts = np.maximum(np.bincount(array, minlength=levels), 1)
    return np.asarray(np.eye(levels)[array] / np.sqrt(counts / len(array)))


def _view(column: ModelColumn, array: Array) -> Floats:
    """Return a column as features for the axes of many levels: ranks, or the presence of its most frequent levels."""
    if column.margin is not None:
        return _centred_ranks(array)[:, None]
    frequent = np.argsort(-np.bincount(array, minlength=column.levels), kind="stable")[:10]
    return np.asarray((array[:, None] == frequent[None, :]).astype(float))


def _predictor(data: Prepared, at: int, wanted: _Wanted) -> _Predictor:
    """Put the levels of an earlier column in the order of what is wanted."""
    column, array = data.columns[at], data.arrays[at]
    if column.margin is not None:
        shift, unit = told_apart(array)
        low, high = ((end - shift) / unit for end in (column.margin.values[0], column.margin.values[-1]))
        return _Predictor(at, None, float(low - max(high - low, 1.0)), shift, unit)
    if column.levels <= 2 or (column.ordered and not column.blank):
        return _Predictor(at, np.arange(column.levels, dtype=float)[:, None], 0.0)
    # Trees cut numbers, and levels have no order: in the order of what is wanted, a cut is the best way to part them in two
    # (Fisher, JASA 1958, for one axis). Numbering them as they come would need a cut for each.
    return _Predictor(at, level_axes(array, column.levels, wanted.numbers, min(_SHOWN, column.levels - 1)), 0.0)


def _tree(wanted: _Wanted, shown: Array, least: int, grown: int, settings: Cart, context: Context) -> Any:
    """Grow one tree; several are each grown on rows of their own.

    What is handed over is float32 without blanks, row by row: asking so for each of ten thousand small trees takes half of the time.
    """
    from sklearn import config_context
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    rng = context.rng("rows")
    rows = len(shown)
    index = rng.integers(0, rows, min(rows, grown)) if settings.trees > 1 else rng.permutation(rows)[:grown]
    facts = {
        "min_samples_leaf": least,
        "max_features": settings.share / 100 if settings.trees > 1 else None,
        "random_state": context.integer_seed("tree"),
        # Cost-complexity pruning (Breiman et al., Classification and Regression Trees, 1984, chapter 3) undoes cuts that
        # lower the impurity by less than alpha. A random cut lowers that of n rows by about the n-th part: `chance` times as
        # much is asked.
        "ccp_alpha": settings.chance * _impurity(wanted) / len(index),
    }
    model, aim = (DecisionTreeRegressor, wanted.numbers) if wanted.classes is None else (DecisionTreeClassifier, wanted.classes)
    with config_context(skip_parameter_validation=True):
        return model(**facts).fit(shown[index], aim[index], check_input=False).tree_


def _impurity(wanted: _Wanted) -> float:
    """Return the impurity of all rows together, as the trees measure it."""
    if wanted.classes is not None:
        return float(1 - ((np.bincount(wanted.classes) / len(wanted.classes)) ** 2).sum())
    return float(wanted.numbers.var(axis=0).mean())


# --- drawing ------------------------------------------------------------------------------------------------------


class _Sequence(Model):
    keeps = "for each column its values grouped by the leaves of its trees, without the rows they came from"

    def __init__(self, columns: tuple[ModelColumn, ...], order: Sequence[int], steps: Sequence[_Step], blend: bool) -> None:
        self.columns = columns
        self.order = order
        self.steps = steps
        self.blend = blend

    def draw(self, n: int, context: Context) -> Sequence[Array]:
        parts = []
        for start in range(0, n, _BATCH):
            parts.append(self._batch(min(_BATCH, n - start), start / n, context))
        return [np.concatenate(arrays) for arrays in zip(*parts, strict=True)]

    def _batch(self, n: int, done: float, context: Context) -> list[Array]:
        drawn: dict[int, Array] = {}
        for place, step in enumerate(self.steps):
            context.step("sampling", min(done + place / len(self.steps) * _BATCH / max(n, _BATCH), 1.0) * 0.85)
            drawn[step.at] = self._column(step, drawn, n, context.rng(f"draw {step.at} {done}"))
        return [drawn[at] for at in range(len(self.columns))]

    def _column(self, step: _Step, drawn: Mapping[int, Array], n: int, rng: np.random.Generator) -> Array:
        column = self.columns[step.at]
        if not step.trees:
            return step.leaves[0].draw(np.zeros(n, dtype=np.int64), column, rng, self.blend)
        shown = np.column_stack([predictor.show(drawn[predictor.at]) for predictor in step.predictors])
        # One tree for each row, and no mean over trees: a leaf is a sample of what may follow, and rows spread over several
        # trees are one of their mixture. A mean would give values that no row has.
        which = rng.integers(0, len(step.trees), n)
        out: Array = np.empty(n, dtype=np.float64 if column.numeric else np.int64)
        for index, (tree, leaves) in enumerate(zip(step.trees, step.leaves, strict=True)):
            rows = np.flatnonzero(which == index)
            if len(rows):
                out[rows] = leaves.draw(apply_tree(tree, shown[rows]), column, rng, self.blend)
        return out
