"""Do the same columns matter?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from synth_ui.columns.hashes import content_order
from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply
from synth_ui.core.score import Measurement, Number, Score
from synth_ui.core.tunable import integer
from synth_ui.measures._associations import rank_correlation
from synth_ui.measures._influence import Influence, mean
from synth_ui.measures._models import threads
from synth_ui.measures._task import PredictionTask, Trained, columns_left_out, target_models
from synth_ui.measures.base import Measure, PartSpec
from synth_ui.measures.case import Case
from synth_ui.measures.utility._skill import skill

Floats = npt.NDArray[np.float64]

FEWEST_COLUMNS = 3
TOP = 5
DRAWS = 400
ASKED_AT_ONCE = 50_000


@dataclass(frozen=True)
class Importance(Measure):
    """Whether a model trained on the candidate relies on the same columns: Spearman's correlation of importances, in [−1, 1].

    1 means the same order of columns; 0 no relation between the two orders; −1 the reverse order.

    Detail
    ------
    importance
        column, real, real_low, real_high, synthetic, synthetic_low, synthetic_high; the most important for the real model first.
    """

    key = "importance"
    title = "Which columns matter"
    summary = "Whether a model trained on the candidate relies on the same columns as one trained on real rows."
    family = "utility"
    reference = "Breiman, Random forests (permutation importance), Machine Learning, 2001"
    asks = "Do the same columns matter?"
    better = "higher"
    unit = "rank correlation"
    low = -1.0
    floor = "control:independent"
    ceiling = "control:train"
    band = "of unseen rows"
    worst_means = "no agreement"
    best_means = "the same order of columns"
    interval = "bootstrap of the unseen rows, the same rows for both models, by what each row contributes"
    computed = (
        "Two gradient boosting models predict the target on unseen rows, one trained on real rows, one on the candidate. Each "
        "column is shuffled in turn; how much skill (area under the ROC curve, or R²) the model loses is the column's "
        "importance, nothing where it loses none. Headline: Spearman's correlation of the two lists; beside it how many of the five leading "
        "columns are the same (of the leading half where there are fewer than ten)."
    )
    cards = {"standard": {}}
    place = 30
    misleads = (
        "Columns that hardly matter have an order by chance, and of two columns that say the same a model may take either: a "
        "second real sample would not give 1 either. It says nothing on how well the model predicts."
    )
    parts = {"top": PartSpec("The same among the leading columns", "higher", "share", 0.0, 1.0)}

    rows: int = integer(3_000, low=200, high=100_000, log=True, help="Most unseen rows the columns are shuffled on")
    repeats: int = integer(1, low=1, high=20, help="How often each column is shuffled", advanced=True)

    def measure(self, case: Case, context: Context) -> Measurement:
        """Shuffle each column under both models, and compare what they lose."""
        models = target_models(case, context)
        task = models.task
        if len(task.inputs) < FEWEST_COLUMNS:
            raise DoesNotApply(f"an order of columns takes at least {FEWEST_COLUMNS} besides the target")
        order = content_order(case.draw_hashes("holdout")[models.tested], context.integer_seed("shuffled"), self.rows)
        test = models.test.iloc[order]
        real = case.shared.kept(
            f"importance:{task.target.name}:{self.rows}:{self.repeats}:{context.seed}",
            lambda: self._importances(task, models.real, test, context),
        )
        made = real if models.made is models.real else self._importances(task, models.made, test, context)
        if not any(part.value > 2 * part.error for part in real):
            raise DoesNotApply("no column matters to the model trained on real rows, so there is no order to compare")
        frame = _frame(task, real, made)
        notes = [
            f"columns shuffled on {len(test):,} unseen rows" if len(test) < len(models.test) else "",
            columns_left_out(models),
        ]
        note = "; ".join(filter(None, notes))
        return Measurement(_agreement(real, made, context), {"top": _top(real, made)}, {"importance": frame}, note)

    def _importances(self, task: PredictionTask, trained: Trained, test: pd.DataFrame, context: Context) -> list[Influence]:
        """Return per input how much skill the model loses when that column is shuffled."""
        truth, inputs = task.truth(test), trained.features.trees(test)
        with threads(context.threads):
            return self._lost(task, trained, truth, inputs, context)

    def _lost(self, task: PredictionTask, trained: Trained, truth: Floats, inputs: Floats, context: Context) -> list[Influence]:
        before = skill(task, truth, trained.asked_encoded(task, inputs))
        orders = [context.rng(f"shuffle {number}").permutation(len(inputs)) for number in range(self.repeats)]
        together = max(
            ASKED_AT_ONCE // (len(inputs) * self.repeats), 1
        )  # columns whose shuffled rows the model is asked about at once
        lost = []
        for first in range(0, len(task.inputs), together):
            context.step("shuffling columns", first / len(task.inputs))
            places = range(first, min(first + together, len(task.inputs)))
            answers = trained.asked_encoded(task, _shuffled(inputs, places, orders))
            each = answers.reshape(len(places), self.repeats, len(inputs), *answers.shape[1:])
            for after in each:
                mixed = mean([skill(task, truth, answer) for answer in after])
                lost.append(Influence(before.value - mixed.value, before.rows - mixed.rows))
        return lost

    def says(self, score: Score) -> str:
        """Say whether conclusions on what matters would carry over."""
        assert score.value is not None
        if score.value > 0.995:
            return "A model trained on it relies on the columns in the same order as one trained on the real rows."
        how = "much the same" if score.value >= 0.8 else "partly the same" if score.value >= 0.4 else "other"
        return (
            f"A model trained on it relies on {how} columns as one trained on the real rows: the two orders correlate by "
            f"{score.value:.2f}."
        ).replace("other columns as", "other columns than")


def _shuffled(inputs: Floats, places: Iterable[int], orders: Sequence[npt.NDArray[np.intp]]) -> Floats:
    """Return the inputs once per column and order, that column in that order; the orders are the same for every column.

    So the order of the columns in the table cannot matter.
    """
    copies = []
    for place in places:
        for order in orders:
            shuffled = inputs.copy()
            shuffled[:, place] = inputs[order, place]
            copies.append(shuffled)
    return np.concatenate(copies)


def _agreement(real: list[Influence], made: list[Influence], context: Context) -> Number:
    values = [np.array([part.value for part in side]) for side in (real, made)]
    rows = [np.column_stack([part.rows for part in side]) for side in (real, made)]
    drawn = context.rng("bootstrap").poisson(1.0, (DRAWS, len(rows[0]))) - 1.0
    noisy = [value + drawn @ influence for value, influence in zip(values, rows, strict=True)]
    agreement = spearman(*values)
    low, high = np.quantile([spearman(a, b) for a, b in zip(*noisy, strict=True)], [0.025, 0.975])
    return Number(agreement, min(float(low), agreement), max(float(high), agreement))


def spearman(first: Floats, second: Floats) -> float:
    """Return Spearman's correlation of two lists of importances, those below zero counting as zero; 0 where a list is flat."""
    return rank_correlation(*(np.maximum(np.round(values, 12), 0.0) for values in (first, second)))


def _top(real: list[Influence], made: list[Influence]) -> Number:
    size = min(TOP, max(len(real) // 2, 1))
    first, second = ({*np.argsort([-part.value for part in side], kind="stable")[:size]} for side in (real, made))
    return Number(len(first & second) / size)


def _frame(task: PredictionTask, real: list[Influence], made: list[Influence]) -> pd.DataFrame:
    frame = pd.DataFrame({"column": [column.name for column in task.inputs]})
    for side, parts in (("real", real), ("synthetic", made)):
        given = [part.number() for part in parts]
        frame[side] = [number.value for number in given]
        frame[f"{side}_low"], frame[f"{side}_high"] = [number.low for number in given], [number.high for number in given]
    return frame.sort_values("real", ascending=False, kind="stable", ignore_index=True)
