"""Two tables told apart: the out-of-fold area of boosted trees, free or bound to pairs of columns, and of single columns and tables."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from synth_ui.columns.hashes import Hashes, mix
from synth_ui.columns.values import midranks
from synth_ui.core.context import Context
from synth_ui.measures._influence import Influence, of_auc
from synth_ui.measures._models import Features, boosted_classifier, without_gaps
from synth_ui.measures.fidelity.telling_apart._grain import grain, tells
from synth_ui.measures.fidelity.telling_apart._joint import coarse, joint, telling_tables
from synth_ui.measures.fidelity.telling_apart.detectability import grouped_folds

Floats = npt.NDArray[np.float64]
Bits = npt.NDArray[np.bool_]

FEWEST_IN_CELL = 20


def content(rows: Floats) -> Hashes:
    """Hash each row of numbers, NaN for blank; equal rows have equal hashes. Shape (n,)."""
    total: Hashes = np.zeros(len(rows), dtype=np.uint64)
    for place in range(rows.shape[1]):
        column = rows[:, place] + 0.0
        column[np.isnan(column)] = np.nan
        total += mix(column.view(np.uint64) ^ (np.uint64(place + 1) * np.uint64(0x9E3779B9)))
    return mix(total)


@dataclass(frozen=True, eq=False)
class Pairing:
    """Rows of two tables to be told apart, the first table's first.

    Attributes
    ----------
    inputs
        Numbers and level codes, NaN where blank, shape (n + m, columns).
    made
        Which rows are the first table's, shape (n + m,).
    folds
        The fold of each row, equal rows in the same, shape (n + m,).
    """

    features: Features
    inputs: Floats
    made: Bits
    folds: npt.NDArray[np.int64]

    @property
    def rounds(self) -> list[tuple[Bits, Bits]]:
        """The rows to learn from and those to judge, per fold with both sides in both."""
        every = [(self.folds != fold, self.folds == fold) for fold in range(int(self.folds.max()) + 1)]
        return [(learn, test) for learn, test in every if 0 < self.made[learn].mean() < 1 and test.any()]

    @cached_property
    def grains(self) -> dict[int, npt.NDArray[np.int64]]:
        """How coarsely each number or date is written, by the place of its column."""
        columns = enumerate(self.features.columns)
        return {place: grain(self.inputs[:, place], column.kind) for place, column in columns if column.kind.numeric}

    def out_of_fold(self, score: Callable[[Bits, Bits], Floats]) -> Influence:
        """Return the area of what `score` gives the rows to judge, from (rows to learn from, rows to judge)."""
        scores = np.full(len(self.made), 0.5)
        for learn, test in self.rounds:
            # Ranks within a fold: raw scores pooled over folds lie below guessing, see `detectability`.
            scores[test] = (midranks(score(learn, test)) - 0.5) / int(test.sum())
        return of_auc(self.made, scores)


def pairing(features: Features, ours: Floats, theirs: Floats, folds: int, seed: int) -> Pairing:
    """Put two tables side by side and deal their rows into folds."""
    inputs = np.vstack([ours, theirs])
    return Pairing(features, inputs, np.arange(len(inputs)) < len(ours), grouped_folds(content(inputs), folds, seed))


def boosted(pairing: Pairing, trees: int, context: Context, *, pairs_only: bool = False) -> Influence:
    """Return how well boosted trees tell the tables apart.

    Parameters
    ----------
    pairs_only
        Whether each tree may ask about two columns only, so that the model is a sum of functions of two columns (Lou, Caruana, Gehrke
        and Hooker, Accurate intelligible models with pairwise interactions, KDD, 2013): it finds nothing between tables whose
        two-way tables agree.
    """
    codes = coarse(pairing.inputs, pairing.features.categorical)
    columns, grains = pairing.inputs.shape[1], pairing.grains

    def score(learn: Bits, test: Bits) -> Floats:
        context.step("telling rows apart")
        tables = telling_tables(codes[learn], pairing.made[learn], 2)
        if not pairs_only:
            tables += telling_tables(codes[learn], pairing.made[learn], 3)
        more = [one.astype(np.float64) for one in grains.values() if tells(one[learn], pairing.made[learn])]
        more += [joint(codes, places) for places in tables]
        inputs = np.column_stack([pairing.inputs, *more])
        model = boosted_classifier(pairing.features, trees=trees)
        groups = [*itertools.combinations(range(columns), 2), *((columns + place,) for place in range(len(more)))]
        model.set_params(
            categorical_features=[*pairing.features.categorical, *(True for _ in more)],
            interaction_cst=groups if pairs_only else None,
        )
        model.fit(without_gaps(inputs[learn]), pairing.made[learn])
        return np.asarray(model.predict_proba(inputs[test])[:, 1])

    return pairing.out_of_fold(score)


def of_column(pairing: Pairing, place: int) -> Influence:
    """Return how well one column by itself tells the tables apart, by a tree of up to 64 leaves of twenty rows or more over its values, and
    over how coarsely they are written where that differs beyond chance."""
    from sklearn.tree import DecisionTreeClassifier

    values = pairing.inputs[:, place]
    blank = np.isnan(values)
    # By rank, blanks first: trees work on float32, which cannot tell large numbers or dates apart.
    ranked = np.where(blank, -1, np.unique(values, return_inverse=True)[1]).astype(np.float32)[:, None]
    if place in pairing.grains and tells(pairing.grains[place], pairing.made):
        ranked = np.column_stack([ranked, pairing.grains[place].astype(np.float32)])

    def score(learn: Bits, test: Bits) -> Floats:
        if pairing.features.categorical[place]:
            codes = np.where(blank, 0, values + 1).astype(np.int64)
            return _shares(codes, pairing.made, learn)[codes[test]]
        model = DecisionTreeClassifier(max_leaf_nodes=64, min_samples_leaf=FEWEST_IN_CELL, random_state=0)
        return np.asarray(model.fit(ranked[learn], pairing.made[learn]).predict_proba(ranked[test])[:, -1])

    return pairing.out_of_fold(score)


def of_table(pairing: Pairing, codes: npt.NDArray[np.int64], places: Sequence[int]) -> Influence:
    """Return how well the table of some columns by itself tells the tables apart: by the share of the first in each cell.

    `codes` are the cells of `coarse`, shape (n + m, columns).
    """
    cells = joint(codes, places).astype(np.int64)
    return pairing.out_of_fold(lambda learn, test: _shares(cells, pairing.made, learn)[cells[test]])


def _shares(codes: npt.NDArray[np.int64], made: Bits, learn: Bits) -> Floats:
    """Return the share of the first table in each cell among the rows to learn from, drawn to ½ by two rows of each."""
    size = int(codes.max()) + 1
    ours, every = (np.bincount(codes[rows], minlength=size) for rows in (learn & made, learn))
    return np.asarray((ours + 2.0) / (every + 4.0))
