"""Skill: how much better than guessing a model predicts, and how much of it is kept."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from synth_ui.columns.hashes import content_order
from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply
from synth_ui.core.formats.numbers import spread
from synth_ui.core.score import Number
from synth_ui.measures._influence import Influence, around, mean, of_auc, of_r2, ratio, shifted
from synth_ui.measures._task import (
    FEWEST_OF_CLASS,
    FEWEST_ROWS,
    MODELS,
    PredictionTask,
    Reference,
    Trained,
    reference_models,
    train,
)
from synth_ui.measures.case import Case

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

HALVINGS = np.array([[0, 0, 1, 1], [0, 1, 0, 1], [0, 1, 1, 0]])
"""Three ways to halve four quarters, none telling anything about another: balanced half samples (McCarthy, 1969)."""

MOST_ASKED, FEW_ASKED = 200_000, 25_000
"""Of more unseen rows than the first, the second number are asked how much the choice of training rows matters."""

MOST_HALVED = 8_000

FALLS = 1.5
"""The power of the number of rows with which the variance of skill falls: more than 1, as skill nears its end."""


def scored_classes(task: PredictionTask, truth: Integers) -> list[int]:
    """Return the classes with an area of their own: the rarer of two, or all with enough rows of the holdout."""
    counts = np.bincount(truth, minlength=len(task.classes))
    if len(task.classes) == 2:
        enough = counts.min() >= 2
        kept = [int(np.argmin(counts))] if enough else []
    else:
        kept = [k for k, count in enumerate(counts) if FEWEST_OF_CLASS <= count <= len(truth) - 2]
    if not kept:
        raise DoesNotApply(f"the unseen rows have too few rows of every class of {task.target.name} but one")
    return kept


def skill(task: PredictionTask, truth: Floats, predicted: Floats) -> Influence:
    """Return how much better than guessing predictions are: mean area under the ROC curve − ½, or R²; 0 is guessing.

    Raises
    ------
    DoesNotApply
        If the truth has too few rows of every class but one, or a single value.
    """
    if task.regression:
        if spread(truth) == 0:
            raise DoesNotApply(f"the target {task.target.name} has only one value among the unseen rows")
        return of_r2(truth, predicted)
    known = truth.astype(np.int64)
    return shifted(mean([of_auc(known == k, predicted[:, k]) for k in scored_classes(task, known)]), -0.5)


def skills(task: PredictionTask, truth: Floats, trained: Trained) -> dict[str, Influence]:
    """Return the skill of each model on the tested rows, by model name."""
    return {model: skill(task, truth, trained.predictions[model]) for model in trained.predictions}


def better_model(task: PredictionTask, real: Mapping[str, Influence]) -> str:
    """Return the model that does better when trained on real rows; raise `DoesNotApply` where neither beats guessing."""
    best = max(MODELS, key=lambda model: real[model].value)
    if real[best].value <= 2 * real[best].error:
        unit, guessing = ("R²", 0.0) if task.regression else ("AUC", 0.5)
        raise DoesNotApply(
            f"no model trained on the real rows does better than guessing ({unit} {real[best].value + guessing:.3f}), "
            "so there is no skill to keep"
        )
    return best


def judged_model(case: Case, context: Context, models: Reference, most: int) -> str:
    """Return the model whose skill is judged: the better one on real rows, on all of the holdout where only some of it is tested.

    Raises
    ------
    DoesNotApply
        If neither model beats guessing.
    """
    if case.whole is not case and case.learns_as_whole:
        return judged_model(case.whole, context, reference_models(case.whole, context, most), most)
    return better_model(models.task, skills(models.task, models.task.truth(models.test), models.real))


def kept_skill(real: Influence, made: Influence) -> Influence:
    """Return the skill kept, as a share of the skill with real rows, with what each tested row contributes to its error."""
    return ratio(made, real)


def training_variance(case: Case, context: Context, models: Reference, model: str, most: int) -> float:
    """Return the variance the skill of `model` has because other training rows could have been drawn; once per split.

    The model learns from both halves of train, cut in three ways, and predicts the same holdout. Half of the squared difference
    is the variance of a model of half the rows, from which that of all follows. NaN where train is too small to be halved.
    """
    if case.whole is not case and case.learns_as_whole:
        return training_variance(case.whole, context, reference_models(case.whole, context, most), model, most)

    def compute() -> float:
        hashes = case.draw_hashes("train")
        known = np.flatnonzero(~np.isnan(models.task.truth(case.train)))
        order = known[content_order(hashes[known], context.integer_seed("training rows"), min(most, MOST_HALVED))]
        if len(order) < 2 * FEWEST_ROWS:
            return float("nan")
        # Both halves predict the same rows, so few of them tell how far they disagree.
        test = models.test
        if len(case.holdout) > MOST_ASKED:
            asked = case.draw_hashes("holdout")[models.tested]
            test = test.iloc[content_order(asked, context.integer_seed("asked of halves"), FEW_ASKED)]
        truth, quarter = models.task.truth(test), np.arange(len(order)) % 4

        def skill_of(rows: Integers) -> float:
            again = train(models.task, case.train.iloc[rows], hashes[rows], test, context, most, only=model)
            return skill(models.task, truth, again.predictions[model]).value

        squares = [(skill_of(order[half[quarter] == 0]) - skill_of(order[half[quarter] == 1])) ** 2 for half in HALVINGS]
        share = len(order) / 2 / models.real.rows
        return float(np.mean(squares) / 2 * share**FALLS)

    return case.shared.kept(f"training variance:{models.task.target.name}:{model}:{most}:{context.seed}", compute)


def kept_by_training(real: Influence, made: Influence, variance: float, rows: tuple[int, int]) -> Number:
    """Return the skill kept with an interval for other rows to test on and other rows to train on.

    Parameters
    ----------
    real, made
        The skill of the models trained on real rows and on the candidate, on the same tested rows.
    variance
        Of the skill with real rows, from `training_variance`; the candidate's is taken to be alike, row for row.
    rows
        How many rows the two were trained on.
    """
    kept = kept_skill(real, made)
    if np.isnan(variance):
        return Number(kept.value)
    trained = variance * ((rows[0] / rows[1]) ** FALLS + kept.value**2) / real.value**2
    return around(kept.value, float(np.sqrt(kept.error**2 + trained)))


def kept_words(share: float) -> str:
    """Say how much of a skill is kept: "97% of", or "all" where nothing is lost; more than all is chance."""
    return "all" if round(share, 2) >= 1 else f"{share:.0%} of"
