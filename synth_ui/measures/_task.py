"""The prediction task of a table: its target, the model inputs, and what each trained model makes of the holdout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from synth_ui.columns.cells import shown
from synth_ui.columns.hashes import Hashes, content_order
from synth_ui.columns.values import level_codes, level_names, numbers
from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply
from synth_ui.core.table import Column, Kind, Schema
from synth_ui.measures._models import (
    TREES,
    Features,
    boosted_classifier,
    boosted_regressor,
    fit_features,
    left_out_note,
    logistic,
    ridge,
    threads,
)
from synth_ui.measures.case import Case

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

MODELS: tuple[str, ...] = ("gradient boosting", "linear")
MOST_CLASSES = 20
FEWEST_ROWS = 20
FEWEST_OF_CLASS = 5
MOST_TESTED = 100_000
MOST_TRAINED = 50_000
TREE_BUDGET = 500


@dataclass(frozen=True, eq=False)
class PredictionTask:
    """What is predicted from what.

    Attributes
    ----------
    target
        The column predicted.
    inputs
        The columns it is predicted from.
    classes
        Names of the classes, rare levels together as the last one; empty for regression.
    class_of
        Per level the class; for regression empty.
    cuts
        The two values of a number that takes only two, which then is a class; otherwise empty.
    """

    target: Column
    inputs: tuple[Column, ...]
    classes: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    class_of: tuple[int, ...] = ()
    cuts: tuple[float, ...] = ()

    @property
    def regression(self) -> bool:
        """Whether the target is a number with more than two values."""
        return not self.classes

    def truth(self, frame: pd.DataFrame) -> Floats:
        """Return the class number or value per row, NaN where blank or of no known class. Shape (n,)."""
        series = frame[self.target.name]
        if self.regression:
            return numbers(series, self.target.kind)
        if self.cuts:
            values = numbers(series, self.target.kind)
            return np.where(np.isnan(values), np.nan, (values > (self.cuts[0] + self.cuts[1]) / 2).astype(float))
        table = np.array([*map(float, self.class_of), np.nan, np.nan])  # an unknown level, then a blank
        return table[level_codes(series, self.levels)]


def make_task(schema: Schema, target: Column, real: Sequence[pd.DataFrame]) -> PredictionTask:
    """Return the task of predicting `target` from all other modelled columns; classes are those of the real rows.

    Raises
    ------
    DoesNotApply
        If there is nothing to predict from, or the target does not vary.
    """
    inputs = tuple(column for column in schema.modelled if column.name != target.name)
    if not inputs:
        raise DoesNotApply(f"there is no column to predict {target.name} from")
    series = [frame[target.name] for frame in real]
    if target.kind.numeric:
        values = np.unique(np.concatenate([numbers(one, target.kind) for one in series]))
        values = values[~np.isnan(values)]
        if len(values) < 2:
            raise DoesNotApply(f"the target {target.name} has only one value")
        if len(values) > 2:
            return PredictionTask(target, inputs)
        names = tuple(shown(target, value) for value in values)
        return PredictionTask(target, inputs, names, cuts=(float(values[0]), float(values[1])))
    return _classes(PredictionTask(target, inputs), series)


def _classes(task: PredictionTask, series: Sequence[pd.Series[Any]]) -> PredictionTask:
    levels = level_names(task.target, *([] if task.target.kind is Kind.BOOLEAN else series))
    codes = np.concatenate([level_codes(one, levels) for one in series])
    counts = np.bincount(codes[codes >= 0], minlength=len(levels))
    seen = [place for place in np.argsort(-counts, kind="stable") if counts[place] > 0]
    if len(seen) < 2:
        raise DoesNotApply(f"the target {task.target.name} has only one value")
    own = sorted(seen) if len(seen) <= MOST_CLASSES else sorted(seen[: MOST_CLASSES - 1])
    number = {place: rank for rank, place in enumerate(own)}
    classes = [levels[place] for place in own] + ([] if len(own) == len(seen) else ["other levels"])
    class_of = tuple(number.get(place, len(own) if len(own) < len(classes) else -1) for place in range(len(levels)))
    kept = [levels[place] for place in range(len(levels)) if class_of[place] >= 0]
    return replace(
        task, classes=tuple(classes), levels=tuple(kept), class_of=tuple(number_ for number_ in class_of if number_ >= 0)
    )


@dataclass(frozen=True, eq=False)
class Trained:
    """What the models trained on one frame say of the holdout's rows.

    Attributes
    ----------
    predictions
        Per model name the class probabilities, shape (rows, classes), or the predicted values, shape (rows,).
    features, model, present
        The gradient boosting model with its inputs and the classes it has seen, to be asked about other rows; the model
        is None where the training frame held a single class.
    rows
        How many rows it was trained on.
    """

    predictions: dict[str, Floats]
    features: Features
    model: Any
    present: Integers
    rows: int

    def asked(self, task: PredictionTask, frame: pd.DataFrame) -> Floats:
        """Return what the gradient boosting model says of further rows."""
        return self.asked_encoded(task, self.features.trees(frame))

    def asked_encoded(self, task: PredictionTask, inputs: Floats) -> Floats:
        """Return what it says of rows that are already its input, as `features.trees` gives it."""
        return _answers(task, self.model, self.present, inputs)


def train(
    task: PredictionTask,
    frame: pd.DataFrame,
    hashes: Hashes,
    holdout: pd.DataFrame,
    context: Context,
    most: int,
    *,
    only: str = "",
    balanced: bool = False,
) -> Trained:
    """Train both models, or `only` one of them, on `frame` and let them predict the holdout.

    With `balanced` rows of rarer classes count for more, so that all classes weigh the same.

    Rows are taken in an order that depends on their content alone, at most `most` of them.

    Raises
    ------
    DoesNotApply
        If fewer than twenty rows of the frame have a target.
    """
    truth = task.truth(frame)
    there = ~np.isnan(truth)
    order = content_order(hashes, context.integer_seed("training rows"), most if there.all() else None)
    order = order[there[order]][:most]
    if len(order) < FEWEST_ROWS:
        raise DoesNotApply(f"fewer than {FEWEST_ROWS} rows to train on have a value of the target {task.target.name}")
    frame, truth = frame.iloc[order], truth[order]
    features = fit_features(task.inputs, frame, holdout)
    present = np.unique(truth).astype(np.int64) if not task.regression else np.empty(0, dtype=np.int64)
    predictions, boosted = {}, None
    with threads(context.threads):
        if only != MODELS[1]:
            context.step("training gradient boosting")
            boosted = _fit(task, _weighted(_boosted(task, features), balanced), features.trees(frame), truth, present)
            predictions[MODELS[0]] = _answers(task, boosted, present, features.trees(holdout))
        if only != MODELS[0]:
            context.step("training a linear model")
            plain = _weighted(ridge() if task.regression else logistic(), balanced)
            linear = _fit(task, plain, features.linear(frame), truth, present)
            predictions[MODELS[1]] = _answers(task, linear, present, features.linear(holdout))
    return Trained(predictions, features, boosted, present, len(order))


@dataclass(frozen=True, eq=False)
class Reference:
    """The models of a table's target trained on real rows, and the holdout rows they predict.

    Attributes
    ----------
    tested
        Which rows of the holdout are predicted: those with a target, ascending.
    test
        The same rows, canonical.
    real
        What the models trained on train say of them.
    """

    task: PredictionTask
    tested: npt.NDArray[np.intp]
    test: pd.DataFrame
    real: Trained


@dataclass(frozen=True, eq=False)
class Models(Reference):
    """The same, beside models trained on the candidate.

    Attributes
    ----------
    made
        What the models trained on the candidate say of the tested rows.
    """

    made: Trained


def target_models(case: Case, context: Context, most: int = MOST_TRAINED) -> Models:
    """Train the models of the target, those on real rows once per split and those on the candidate once per candidate.

    Raises
    ------
    DoesNotApply
        If there is no target, or too few rows have one.
    """
    reference = reference_models(case, context, most)
    if case.fingerprint("synthetic") == case.fingerprint("train"):  # the same rows give the same models
        return Models(reference.task, reference.tested, reference.test, reference.real, reference.real)
    made = case.kept(
        f"trained on synthetic:{reference.task.target.name}:{most}:{context.seed}",
        lambda: train(reference.task, case.synthetic, case.draw_hashes("synthetic"), reference.test, context, most),
    )
    return Models(reference.task, reference.tested, reference.test, reference.real, made)


def reference_models(case: Case, context: Context, most: int = MOST_TRAINED) -> Reference:
    """Train the models of the target on real rows, once per split; a split cut from another with the same train takes what that says.

    Raises
    ------
    DoesNotApply
        If there is no target, or too few rows have one.
    """
    target = case.schema.target
    if target is None:
        raise DoesNotApply("the table has no target; name one on the page Table (on the command line --target COLUMN)")
    whole = case.whole
    task = whole.shared.once(f"task:{target.name}", lambda: make_task(case.schema, target, [whole.train, whole.holdout]))
    tested = _tested(task, case, context)
    test = case.holdout.iloc[tested]
    if len(test) < FEWEST_ROWS:
        raise DoesNotApply(f"fewer than {FEWEST_ROWS} unseen rows have a value of the target {target.name}")
    real = _part_of(case, tested, context, most) or case.shared.kept(
        f"trained on real:{target.name}:{most}:{context.seed}",
        lambda: train(task, case.train, case.draw_hashes("train"), test, context, most),
    )
    return Reference(task, tested, test, real)


def _part_of(case: Case, tested: npt.NDArray[np.intp], context: Context, most: int) -> Trained | None:
    """Return what the models of the split this one was cut from say of the tested rows, if they learned from the same train."""
    places = case.shared.places
    if places is None or not case.learns_as_whole:
        return None
    known = reference_models(case.whole, context, most)
    wanted = places[tested]
    at = np.minimum(np.searchsorted(known.tested, wanted), len(known.tested) - 1)
    if (known.tested[at] != wanted).any():  # the whole holdout has more rows than are tested
        return None
    return replace(known.real, predictions={model: said[at] for model, said in known.real.predictions.items()})


def _tested(task: PredictionTask, case: Case, context: Context) -> npt.NDArray[np.intp]:
    """Return the holdout rows with a target, the same for every candidate; a draw of 100,000 where there are more."""
    known = np.flatnonzero(~np.isnan(task.truth(case.holdout)))
    if len(known) > MOST_TESTED:
        known = np.sort(known[content_order(case.draw_hashes("holdout")[known], context.integer_seed("tested"), MOST_TESTED)])
    return known


def _weighted(model: Any, balanced: bool) -> Any:
    return model.set_params(class_weight="balanced") if balanced else model


def _boosted(task: PredictionTask, features: Features) -> Any:
    if task.regression:
        return boosted_regressor(features)
    trees = TREES if len(task.classes) == 2 else min(TREES, max(TREE_BUDGET // len(task.classes), 20))
    return boosted_classifier(features, trees=trees)


def _fit(task: PredictionTask, model: Any, inputs: Floats, truth: Floats, present: Integers) -> Any:
    if task.regression:
        return model.fit(inputs, truth)
    if len(present) < 2:
        return None
    if len(present) > 2 and hasattr(model, "solver"):
        from sklearn.multiclass import OneVsRestClassifier

        model = OneVsRestClassifier(model)
    return model.fit(inputs, truth.astype(np.int64))


def _answers(task: PredictionTask, model: Any, present: Integers, inputs: Floats) -> Floats:
    if task.regression:
        values: Floats = model.predict(inputs).astype(np.float64)
        return values
    answers = np.zeros((len(inputs), len(task.classes)))
    answers[:, present] = 1.0 if model is None else model.predict_proba(inputs)
    return answers


def columns_left_out(models: Models) -> str:
    """Say which columns the models leave out for want of values; empty where they leave out none."""
    left_out = {"the real rows": models.real.features.left_out, "the candidate": models.made.features.left_out}
    same = left_out["the real rows"] == left_out["the candidate"]
    return left_out_note({"the target": left_out["the candidate"]} if same else left_out)
