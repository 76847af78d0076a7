"""Skill: how much better than guessing a model predicts, and how much of it is kept."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from synth_ui.core.errors import DoesNotApply
from synth_ui.measures._influence import Influence, mean, of_auc, of_r2, ratio, shifted
from synth_ui.measures.utility._task import FEWEST_OF_CLASS, MODELS, Task, Trained

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


def scored_classes(task: Task, truth: Integers) -> list[int]:
    """Return the classes with an area of their own: the rarer of two, or all with enough rows of the holdout."""
    counts = np.bincount(truth, minlength=len(task.classes))
    if len(task.classes) == 2:
        enough = counts.min() >= 2
        kept = [int(np.argmin(counts))] if enough else []
    else:
        kept = [k for k, count in enumerate(counts) if FEWEST_OF_CLASS <= count <= len(truth) - 2]
    if not kept:
        raise DoesNotApply(f"the holdout has too few rows of every class of {task.target.name} but one")
    return kept


def skill(task: Task, truth: Floats, predicted: Floats) -> Influence:
    """Return how much better than guessing predictions are: mean area under the ROC curve − ½, or R²; 0 is guessing.

    Raises
    ------
    DoesNotApply
        If the truth has too few rows of every class but one, or a single value.
    """
    if task.regression:
        if float(truth.std()) == 0:
            raise DoesNotApply(f"the target {task.target.name} has only one value in the holdout")
        return of_r2(truth, predicted)
    known = truth.astype(np.int64)
    return shifted(mean([of_auc(known == k, predicted[:, k]) for k in scored_classes(task, known)]), -0.5)


def skills(task: Task, truth: Floats, trained: Trained) -> dict[str, Influence]:
    """Return the skill of each model on the tested rows, by model name."""
    return {model: skill(task, truth, trained.predictions[model]) for model in trained.predictions}


def better_model(task: Task, real: Mapping[str, Influence]) -> str:
    """Return the model that does better when trained on real rows; raise `DoesNotApply` where neither beats guessing."""
    best = max(MODELS, key=lambda model: real[model].value)
    if real[best].value <= 2 * real[best].error:
        unit, guessing = ("R²", 0.0) if task.regression else ("AUC", 0.5)
        raise DoesNotApply(
            f"no model trained on the real rows does better than guessing ({unit} {real[best].value + guessing:.3f}), "
            "so there is no skill to keep"
        )
    return best


def kept_skill(real: Influence, made: Influence) -> Influence:
    """Return the skill kept, as a share of the skill with real rows, with what each tested row contributes to its error."""
    return ratio(made, real)
