"""Does a model trained on it work on real rows?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from synth_ui.columns.hashes import content_order
from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply
from synth_ui.core.formats.numbers import spread
from synth_ui.core.score import Measurement, Number, Score
from synth_ui.core.tunable import integer
from synth_ui.measures._influence import Influence, mean, of_auc, of_mean, of_r2, shifted
from synth_ui.measures._task import (
    FEWEST_ROWS,
    MODELS,
    MOST_TRAINED,
    PredictionTask,
    Trained,
    columns_left_out,
    target_models,
)
from synth_ui.measures.base import Measure, PartSpec
from synth_ui.measures.case import Case
from synth_ui.measures.utility._curves import binned_scatter, calibration_frame, roc_frame
from synth_ui.measures.utility._skill import (
    FEW_ASKED,
    MOST_ASKED,
    judged_model,
    kept_by_training,
    kept_words,
    scored_classes,
    training_variance,
)

Floats = npt.NDArray[np.float64]

BOOSTED, LINEAR = MODELS
ASKED_BACK = 5_000

Retained = Callable[[dict[tuple[str, str], Influence]], tuple[Number, str]]
"""Takes the skill per ("real" or "synthetic", model); returns the share kept and the model it is the share of."""


@dataclass(frozen=True)
class Tstr(Measure):
    """Train on synthetic, test on real: the skill a model keeps, (TSTR − guessing) / (TRTR − guessing).

    1 means a model trained on the candidate predicts the holdout as well as one trained on the real training rows; 0 means it
    does no better than guessing; below 0 it misleads. Skill is the area under the ROC curve (guessing is ½), or R² for a
    numeric target (guessing is 0).

    Detail
    ------
    models
        model, trained_on ("real", "synthetic"), metric, value.
    predictions
        row, true, score; of the holdout, by the gradient boosting model trained on the candidate, for paired comparisons.
        Two classes: `true` is 1 for the rarer, `score` its probability. More: `true` is the class, `score` its probability.
    roc, calibration, classes
        For classes: model, trained_on, class, false_positive_rate, true_positive_rate; model, trained_on, class, predicted,
        observed, rows; class, rows, auc_real, auc_synthetic.
    scatter
        For a numeric target: trained_on, true_low, true_high, predicted_low, predicted_high, rows.
    """

    key = "tstr"
    title = "Train on synthetic, test on real"
    summary = "How much predictive skill a model keeps when it learns from the candidate instead of real rows."
    family = "utility"
    reference = "Esteban, Hyland and Rätsch, Real-valued medical time series generation, 2017"
    asks = "Does a model trained on it work on real rows?"
    better = "higher"
    unit = "retained skill"
    low = None
    high = None
    floor = "control:independent"
    ceiling = "control:train"
    worst_means = "guessing"
    best_means = "trained on real rows"
    interval = (
        "paired DeLong (classes) or linearised R² (numbers) on the unseen rows, ratio by the delta method, and the spread over models "
        "trained on halves of the real rows"
    )
    computed = (
        "Gradient boosting and a linear model learn the target from the candidate, and again from the real training rows; both "
        "predict the unseen rows. Headline: the skill above guessing of the model that does better on real rows, as a share of "
        "the skill it has when trained on real rows. Everything is fitted on the training side only."
    )
    cards = {"quick": {}, "standard": {}}
    place = 10
    misleads = (
        "One target and untuned models: a candidate can keep this relationship and lose all others. The spread of another "
        "training is measured on the real rows and taken to be the same for the candidate."
    )
    parts = {
        "auc": PartSpec("Area under the ROC curve", "higher", "AUC", 0.0, 1.0),
        "retained": PartSpec("Retained skill", "higher", "share of the skill with real rows"),
        "linear_auc": PartSpec("Area under the ROC curve, linear model", "higher", "AUC", 0.0, 1.0),
        "average_precision": PartSpec("Average precision", "higher", "share", 0.0, 1.0),
        "f1": PartSpec("Macro-averaged F1", "higher", "share", 0.0, 1.0),
        "brier": PartSpec("Brier score", "lower", "squared probability", 0.0, 1.0),
        "trts_auc": PartSpec("Trained on real, tested on synthetic", "neither", "AUC", 0.0, 1.0),
        "real_auc": PartSpec("Trained on real, tested on real", "higher", "AUC", 0.0, 1.0),
        "r2": PartSpec("R²", "higher", "share of variance", None, 1.0),
        "rmse": PartSpec("Root mean squared error", "lower", "standard deviations", 0.0, None),
        "linear_r2": PartSpec("R², linear model", "higher", "share of variance", None, 1.0),
        "trts_r2": PartSpec("Trained on real, tested on synthetic", "neither", "share of variance", None, 1.0),
        "real_r2": PartSpec("Trained on real, tested on real", "higher", "share of variance", None, 1.0),
    }

    rows: int = integer(MOST_TRAINED, low=1_000, high=1_000_000, log=True, help="Most rows a model is trained on")

    def measure(self, case: Case, context: Context) -> Measurement:
        """Train on the candidate and on train, predict the holdout, and compare."""
        models = target_models(case, context, self.rows)
        task, test, real, made = models.task, models.test, models.real, models.made
        answer = _regression if task.regression else _classification

        def retained(skill: dict[tuple[str, str], Influence]) -> tuple[Number, str]:
            best = judged_model(case, context, models, self.rows)
            variance = training_variance(case, context, models, best, self.rows)
            rows = (models.real.rows, models.made.rows)
            return kept_by_training(skill["real", best], skill["synthetic", best], variance, rows), best

        drawn = content_order(case.draw_hashes("synthetic"), context.integer_seed("asked back"), ASKED_BACK)
        asked = case.synthetic.iloc[drawn]
        measurement = answer(task, test, asked[~np.isnan(task.truth(asked))], real, made, retained)
        capped = max(case.synthetic.shape[0], len(case.train)) > self.rows
        notes = [note for note in (measurement.note, columns_left_out(models)) if note]
        notes += [f"trained on at most {self.rows:,} rows"] if capped else []
        if len(case.holdout) > MOST_ASKED:
            notes.append(
                f"tested on {len(models.test):,} of {len(case.holdout):,} unseen rows, of which {FEW_ASKED:,} tell what other training rows "
                "would change; the interval holds both"
            )
        return Measurement(measurement.headline, measurement.parts, measurement.detail, "; ".join(notes))

    def says(self, score: Score) -> str:
        """Say what share of the skill is kept."""
        assert score.value is not None
        if score.value <= 0:
            return "A model trained on it predicts unseen real rows no better than guessing."
        return (
            f"A model trained on it keeps {kept_words(score.value)} the skill that one trained on the real rows has "
            "on unseen real rows."
        )


def _classification(
    task: PredictionTask, test: pd.DataFrame, synthetic: pd.DataFrame, real: Trained, made: Trained, retained: Retained
) -> Measurement:
    truth = task.truth(test).astype(np.int64)
    scored = scored_classes(task, truth)
    areas = {
        (trained_on, model): {k: of_auc(truth == k, trained.predictions[model][:, k]) for k in scored}
        for trained_on, trained in (("real", real), ("synthetic", made))
        for model in MODELS
    }
    means = {place: mean(list(by_class.values())) for place, by_class in areas.items()}
    kept, by = retained({place: shifted(area, -0.5) for place, area in means.items()})
    parts = {
        "auc": means["synthetic", BOOSTED].number(0.0, 1.0),
        "retained": kept,
        "linear_auc": means["synthetic", LINEAR].number(0.0, 1.0),
        **_threshold_parts(truth, made.predictions[BOOSTED], scored),
        "real_auc": means["real", BOOSTED].number(0.0, 1.0),
    }
    back = _trts(task, synthetic, real, scored)
    if back is not None:
        parts["trts_auc"] = back
    detail = {
        "models": _models_frame(
            {
                place: {"auc": area.value, **_values(_threshold_parts(truth, _of(place, real, made), scored))}
                for place, area in means.items()
            }
        ),
        "classes": pd.DataFrame(
            {
                "class": [task.classes[k] for k in scored],
                "rows": [int((truth == k).sum()) for k in scored],
                "auc_real": [areas["real", BOOSTED][k].value for k in scored],
                "auc_synthetic": [areas["synthetic", BOOSTED][k].value for k in scored],
            }
        ).sort_values("auc_synthetic", kind="stable", ignore_index=True),
        "roc": roc_frame(task, truth, scored, {"real": real.predictions, "synthetic": made.predictions}),
        "calibration": calibration_frame(task, truth, scored, {"real": real.predictions, "synthetic": made.predictions}),
        "predictions": _predictions(task, truth, made.predictions[BOOSTED], scored),
    }
    left_out = len(task.classes) - (len(scored) if len(scored) > 1 else 2)
    notes = [f"{left_out} classes with too few unseen rows are not scored"] if left_out else []
    return Measurement(kept, parts, detail, "; ".join([_by(by), *notes]))


def _threshold_parts(truth: npt.NDArray[np.int64], chances: Floats, scored: list[int]) -> dict[str, Number]:
    from sklearn.metrics import average_precision_score

    labels = np.eye(chances.shape[1])[truth]
    picked = chances.argmax(axis=1)
    f1 = []
    for k in range(chances.shape[1]):
        hits, said, there = int(((picked == k) & (truth == k)).sum()), int((picked == k).sum()), int((truth == k).sum())
        if there:
            f1.append(2 * hits / (said + there))
    precision = [average_precision_score(truth == k, chances[:, k]) for k in scored]
    return {
        "average_precision": Number(float(np.mean(precision))),
        "f1": Number(float(np.mean(f1))),
        "brier": of_mean(((chances - labels) ** 2).sum(axis=1) / 2).number(0.0, 1.0),
    }


def _trts(task: PredictionTask, synthetic: pd.DataFrame, real: Trained, scored: list[int]) -> Number | None:
    """Return how well the model trained on real rows predicts the candidate's, or None where the candidate lacks classes."""
    truth = task.truth(synthetic).astype(np.int64)
    kept = [k for k in scored if 2 <= int((truth == k).sum()) <= len(truth) - 2]
    if not kept:
        return None
    chances = real.asked(task, synthetic)
    return mean([of_auc(truth == k, chances[:, k]) for k in kept]).number(0.0, 1.0)


def _regression(
    task: PredictionTask, test: pd.DataFrame, synthetic: pd.DataFrame, real: Trained, made: Trained, retained: Retained
) -> Measurement:
    truth = task.truth(test)
    scale = spread(truth)
    if scale == 0:
        raise DoesNotApply(f"the target {task.target.name} has only one value among the unseen rows")
    skills = {
        (trained_on, model): of_r2(truth, trained.predictions[model])
        for trained_on, trained in (("real", real), ("synthetic", made))
        for model in MODELS
    }
    kept, by = retained(skills)
    errors = {place: float(np.sqrt(np.mean(((truth - _of(place, real, made)) / scale) ** 2))) for place in skills}
    parts = {
        "r2": skills["synthetic", BOOSTED].number(high=1.0),
        "retained": kept,
        "rmse": Number(errors["synthetic", BOOSTED]),
        "linear_r2": skills["synthetic", LINEAR].number(high=1.0),
        "real_r2": skills["real", BOOSTED].number(high=1.0),
    }
    made_truth = task.truth(synthetic)
    if len(synthetic) >= FEWEST_ROWS and spread(made_truth) > 0:
        parts["trts_r2"] = of_r2(made_truth, real.asked(task, synthetic)).number(high=1.0)
    detail = {
        "models": _models_frame({place: {"r2": skill.value, "rmse": errors[place]} for place, skill in skills.items()}),
        "scatter": binned_scatter(truth, {"real": real.predictions[BOOSTED], "synthetic": made.predictions[BOOSTED]}),
        "predictions": pd.DataFrame({"row": np.arange(len(truth)), "true": truth, "score": made.predictions[BOOSTED]}),
    }
    return Measurement(kept, parts, detail, _by(by))


def _by(model: str) -> str:
    return f"the skill is that of the {model} model, which predicts unseen rows best when trained on real ones"


def _of(place: tuple[str, str], real: Trained, made: Trained) -> Floats:
    trained_on, model = place
    return (real if trained_on == "real" else made).predictions[model]


def _values(parts: dict[str, Number]) -> dict[str, float]:
    return {name: number.value for name, number in parts.items()}


def _models_frame(found: dict[tuple[str, str], dict[str, float]]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"model": model, "trained_on": trained_on, "metric": metric, "value": value}
            for (trained_on, model), metrics in found.items()
            for metric, value in metrics.items()
        ]
    )


def _predictions(task: PredictionTask, truth: npt.NDArray[np.int64], chances: Floats, scored: list[int]) -> pd.DataFrame:
    rows = np.arange(len(truth))
    if chances.shape[1] == 2:
        return pd.DataFrame({"row": rows, "true": (truth == scored[0]).astype(np.int64), "score": chances[:, scored[0]]})
    named = np.array(task.classes, dtype=object)[truth]
    return pd.DataFrame({"row": rows, "true": named, "score": chances[rows, truth]})
