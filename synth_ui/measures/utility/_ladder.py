"""Ladders of real subsamples: what a score is worth in real rows.

The same measure is taken on real subsamples of growing size, and the curve through them, which may only rise, turns a
candidate's score into a number of real rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from synth_ui.columns.hashes import content_order
from synth_ui.core.context import Context
from synth_ui.core.score import Number
from synth_ui.measures._tables import mean_similarity, pair_counts, pairs_of
from synth_ui.measures._task import Reference, reference_models, train
from synth_ui.measures.case import Case
from synth_ui.measures.utility._skill import kept_skill, skill

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

FEWEST = 20
"""Rows on the lowest rung."""

REPEATS = 3
"""How many subsamples stand on a rung of at most `FEW` rows, where chance is largest."""

FEW = 1_000
MOST_JUDGED = 10_000


@dataclass(frozen=True, eq=False)
class Ladder:
    """Scores of real subsamples.

    Attributes
    ----------
    rows
        Rows per rung, ascending, shape (rungs,); the last is all that is there.
    scores
        The mean score on each rung, shape (rungs,).
    curve
        The same, made to rise (isotonic regression), shape (rungs,).
    start
        The score with no rows at all, known for skill (guessing, 0); −inf where there is none.
    """

    rows: Integers
    scores: Floats
    curve: Floats
    start: float

    @property
    def most(self) -> int:
        """The rows of the top rung."""
        return int(self.rows[-1])

    def worth(self, score: Number) -> Number:
        """Return how many real rows give such a score, with the limits of its interval likewise.

        0 is below the lowest rung or no better than guessing; `most` is the top rung or beyond it.
        """
        low = score.value if score.low is None else score.low
        high = score.value if score.high is None else score.high
        value = self._rows_for(score.value)
        if score.low is None:
            return Number(value)
        return Number(value, min(self._rows_for(low), value), max(self._rows_for(high, last=True), value))

    def _rows_for(self, score: float, *, last: bool = False) -> float:
        """Return where the curve first reaches a score, or where it `last` stands at it; linear in log rows between rungs."""
        if score >= self.curve[-1] - 1e-12:
            return float(self.rows[-1])
        if score < self.curve[0]:
            known = np.isfinite(self.start) and self.curve[0] > self.start
            share = (score - self.start) / (self.curve[0] - self.start) if known else 0.0
            return float(self.rows[0] * np.clip(share, 0.0, 1.0))
        above = int(np.searchsorted(self.curve, score, side="right" if last else "left"))
        if not above:
            return float(self.rows[0])
        # Learning curves are nearly straight in the log of the rows, and rungs are halvings: straight in rows themselves a
        # score midway would be worth too many.
        step = self.curve[above] - self.curve[above - 1]
        part = (score - self.curve[above - 1]) / step if step > 0 else 0.0
        ends = np.log(self.rows[above - 1 : above + 1])
        return float(np.exp(ends[0] + part * (ends[1] - ends[0])))


def rungs(most: int) -> Integers:
    """Return the sizes of the subsamples: all rows, a half, a quarter … down to about twenty."""
    steps = max(int(np.log2(max(most, 1) / FEWEST)), 0)
    return np.unique(np.round(most / 2.0 ** np.arange(steps, -1, -1)).astype(np.int64))


def make_ladder(rows: Integers, found: list[list[float]], start: float) -> Ladder:
    """Return the ladder of the scores found on each rung; more rows never count for less."""
    from sklearn.isotonic import isotonic_regression

    scores = np.array([float(np.mean(scores)) for scores in found])
    weight = np.array([len(scores) * size for scores, size in zip(found, rows, strict=True)], dtype=np.float64)
    weight[-1] = weight.sum() * 1e6  # all rows are no sample: the top of the curve is what they give
    # More rows never teach less but by the chance of which rows; a curve that fell would have two answers to how many rows a
    # score is worth. Monotone by least squares (Barlow et al. 1972), rungs of many rows counting more.
    curve = np.asarray(isotonic_regression(scores, sample_weight=weight), dtype=np.float64)
    return Ladder(rows, scores, np.minimum(curve, scores[-1]), start)


def skill_ladder(models: Reference, best: str, case: Case, context: Context, most: int) -> Ladder:
    """Return the skill the `best` model keeps when it learns from fewer training rows, as shares of that with `most`."""
    if case.whole is not case and case.learns_as_whole:
        return skill_ladder(reference_models(case.whole, context, most), best, case.whole, context, most)
    task = models.task

    def compute() -> Ladder:
        # The rungs are compared on fewer holdout rows, all on the same.
        order = context.rng("ladder").permutation(len(models.test))[:MOST_JUDGED]
        test = models.test.iloc[order]
        truth = task.truth(test)
        real = skill(task, truth, models.real.predictions[best][order])
        sizes = rungs(models.real.rows)
        found = []
        for place, size in enumerate(sizes[:-1]):
            context.step("learning from fewer real rows", place / len(sizes))
            again = [context, *(context.named(f"rung {number}") for number in range(1, REPEATS))]
            climbed = [
                train(task, case.train, case.draw_hashes("train"), test, draw, int(size), only=best)
                for draw in (again if size <= FEW else again[:1])
            ]
            found.append([kept_skill(real, skill(task, truth, model.predictions[best])).value for model in climbed])
        return make_ladder(sizes, [*found, [1.0]], 0.0)

    return case.shared.kept(f"skill ladder:{task.target.name}:{most}:{context.seed}", compute)


def pairs_ladder(case: Case, context: Context) -> Ladder:
    """Return how like the holdout's the two-way tables of fewer training rows are; raise `DoesNotApply` without pairs."""
    pairs = pairs_of(case, context)

    def compute() -> Ladder:
        against = pair_counts(case, "holdout", pairs, spikes=False)
        real = [counts.sum(axis=0, keepdims=True) for counts in against]
        codes, cells = case.codes("train", spikes=False), case.shared.deciles
        sizes = rungs(len(case.train))
        orders = [content_order(case.draw_hashes("train"), context.integer_seed(f"rung {number}")) for number in range(REPEATS)]
        found = []
        for size in sizes:
            scores = []
            for order in orders if size <= FEW else orders[:1]:
                drawn = {name: code[order[:size]] for name, code in codes.items()}
                made = [
                    np.bincount(drawn[a] * cells[b].size + drawn[b], minlength=cells[a].size * cells[b].size)
                    .reshape(1, cells[a].size, cells[b].size)
                    for a, b in pairs
                ]  # fmt: skip
                scores.append(float(mean_similarity(real, made)[0, 0]))
            found.append(scores)
        return make_ladder(sizes, found, -np.inf)

    return case.shared.kept(f"pairs ladder:{context.seed}", compute)
