"""Can a classifier tell them apart?"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from synth_ui.columns.hashes import Hashes, content_order, mix
from synth_ui.columns.values import midranks
from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply
from synth_ui.core.formats.numbers import rounded
from synth_ui.core.score import Measurement, Number, Score
from synth_ui.core.table import Kind, Schema
from synth_ui.core.tunable import flag, integer
from synth_ui.measures._influence import of_auc
from synth_ui.measures._intervals import delong, least_told
from synth_ui.measures._models import Features, boosted_classifier, fit_features, left_out_note, logistic, threads, without_gaps
from synth_ui.measures.base import Measure, PartSpec
from synth_ui.measures.case import Case, Side

Floats = npt.NDArray[np.float64]

FEWEST_ROWS = 40
IMPORTANCE_CELLS = 20_000
ALARM_FOLDS = 3
ALARM_TREES = 50


@dataclass(frozen=True)
class Detectability(Measure):
    """How well a classifier tells candidate rows from unseen real rows: out-of-fold area under the ROC curve, in [0, 1].

    ½ is guessing, 1 is certainty. Values a little below ½ are chance.

    Detail
    ------
    columns
        column, importance; the loss of area when the column is shuffled among the rows of one fold, largest first.
    classifiers
        name, auc, low, high.
    """

    key = "detectability"
    title = "Detectability"
    summary = "How well a classifier tells the candidate's rows from unseen real rows."
    family = "fidelity"
    reference = "Lopez-Paz and Oquab, Revisiting classifier two-sample tests, ICLR, 2017"
    asks = "Can a classifier tell them apart?"
    better = "lower"
    unit = "AUC"
    floor = "control:independent"
    ceiling = "control:train"
    worst_means = "independent columns"
    best_means = "training rows"
    interval = "DeLong, wider for what models of different folds share"
    computed = (
        "As many candidate rows as unseen rows, formatted alike, equal rows kept in one fold. Gradient boosting with native "
        "categories learns on all folds but one and ranks the rows of that one; the area under the ROC curve is over all rows. A "
        "logistic regression on the same folds stands beside it."
    )
    cards = {
        "quick": {"rows": 6_000, "folds": 3, "trees": 50, "against_train": False},
        "standard": {},
    }
    place = 40
    misleads = (
        "A single slip, such as a decimal too many, can give everything away although the table is useful. A logistic "
        "regression alone is blind: it cannot tell a shuffle of every column from real rows."
    )
    parts = {
        "logistic": PartSpec("Logistic regression instead", "lower", "AUC", 0.0, 1.0),
        "against_train": PartSpec(
            "Against the training rows; well below ½ it follows them, or only their counts, more closely than other real rows would",
            "neither",
            "AUC",
            0.0,
            1.0,
            of_train=True,
        ),
    }

    rows: int = integer(8_000, low=100, high=100_000, log=True, help="Rows drawn from each side")
    folds: int = integer(5, low=2, high=10, help="Folds; each row is scored by a model that has not seen it")
    trees: int = integer(100, low=10, high=500, help="Trees of the gradient boosting", advanced=True)
    against_train: bool = flag(True, help="Also score the candidate against the training rows", title="Look for memorising")

    def measure(self, case: Case, context: Context) -> Measurement:
        """Train classifiers to tell the candidate from the holdout, and score them out of fold."""
        sample = self._draw(case, "holdout", context)
        folds = grouped_folds(sample.hashes, self.folds, context.integer_seed("folds"))
        with threads(context.threads):
            scores, importance = _boosted(sample, folds, self.trees, context)
            linear = _logistic(sample, folds, context)
            parts = {"logistic": over_folds(of_auc(sample.made, linear).number(0.0, 1.0), self.folds)}
            if self.against_train:
                parts["against_train"] = self._against_train(case, context)
        headline = over_folds(delong(sample.made, scores), self.folds)
        classifiers = pd.DataFrame(
            [
                {"name": name, "auc": number.value, "low": number.low, "high": number.high}
                for name, number in (("gradient boosting", headline), ("logistic regression", parts["logistic"]))
            ]
        )
        drawn = f"{sample.size:,} rows of each side: with that many, being right less than {least_told(headline, 0.5):.1%} of the time cannot be told from guessing"
        notes = [drawn] if sample.size < max(len(case.synthetic), len(case.holdout)) else []
        notes += filter(None, [left_out_note({"both sides together": sample.features.left_out})])
        return Measurement(headline, parts, {"columns": importance, "classifiers": classifiers}, "; ".join(notes))

    def says(self, score: Score) -> str:
        """Say how often the classifier picks the right one of two rows."""
        assert score.value is not None
        if score.value <= 0.52:
            return "A classifier does no better than guessing which rows are synthetic."
        return f"Shown one real and one synthetic row, a classifier picks the synthetic one {score.value:.0%} of the time; 50% is guessing."

    def _draw(self, case: Case, side: Side, context: Context) -> BothSides:
        # As many rows of each side: learned from unequal sides a classifier leans to the larger, and importance and intervals
        # would depend on how many rows somebody happened to ask for.
        size = min(len(case.synthetic), len(case.frame(side)), self.rows)
        if size < FEWEST_ROWS:
            raise DoesNotApply(f"there are fewer than {FEWEST_ROWS} rows on one side")
        seed = context.integer_seed("rows")
        hashes, frames = [], []
        for one in ("synthetic", side):
            of_side = case.draw_hashes(one)
            drawn = content_order(of_side, seed, size)
            hashes.append(of_side[drawn])
            frames.append(harmonised(case.frame(one).iloc[drawn], case.schema))
        made = np.arange(2 * size) < size
        return BothSides(frames[0], frames[1], made, np.concatenate(hashes), case.schema)

    def _against_train(self, case: Case, context: Context) -> Number:
        """Score against the training rows with equal rows spread over the folds, so that copies push the area below ½."""
        sample = self._draw(case, "train", context)
        folds = content_order(sample.hashes, context.integer_seed("spread")).argsort() % ALARM_FOLDS
        scores, _ = _boosted(sample, folds, ALARM_TREES, context, importance=False)
        return over_folds(delong(sample.made, scores), ALARM_FOLDS)


def wider(folds: int) -> float:
    """Return how much wider an interval of what is pooled over folds is than one of independent rows, see `over_folds`."""
    return math.sqrt(1 + folds / (folds - 1) / 2)


def over_folds(area: Number, folds: int) -> Number:
    """Return an area pooled over folds with an interval that knows that models of different folds share most of what they learn from.

    Its variance grows by half of what Nadeau and Bengio (Inference for the generalization error, Machine Learning, 2003) add: as
    much as perfect candidates show, see docs/calibration.md.
    """
    assert area.low is not None
    assert area.high is not None
    by = wider(folds)
    low, high = area.value - (area.value - area.low) * by, area.value + (area.high - area.value) * by
    return Number(area.value, max(low, 0.0), min(high, 1.0))


@dataclass(frozen=True, eq=False)
class BothSides:
    """Equally many rows of both sides; the candidate's come first.

    Attributes
    ----------
    made
        Which rows are the candidate's, shape (2 × size,).
    hashes
        The content of each row, shape (2 × size,).
    """

    synthetic: pd.DataFrame
    real: pd.DataFrame
    made: npt.NDArray[np.bool_]
    hashes: Hashes
    schema: Schema

    @property
    def size(self) -> int:
        """How many rows each side has."""
        return len(self.synthetic)

    def trees(self) -> tuple[Features, Floats]:
        """Return the input of gradient boosting over both sides, whose levels are those of either."""
        features = self.features
        return features, np.vstack([features.trees(self.synthetic), features.trees(self.real)])

    def linear(self) -> Floats:
        """Return the input of the logistic regression over both sides."""
        features = self.features
        return np.vstack([features.linear(self.synthetic), features.linear(self.real)])

    @cached_property
    def features(self) -> Features:
        """How columns become the input of a model, fitted on both sides together."""
        return features_of([self.synthetic, self.real], self.schema)


def features_of(frames: Sequence[pd.DataFrame], schema: Schema) -> Features:
    """Fit the input of a model on several frames together, whose levels are those of any of them."""
    levels = {}
    for column in schema.modelled:
        if column.kind in (Kind.CATEGORY, Kind.ORDINAL):
            names = dict.fromkeys(name for frame in reversed(frames) for name in frame[column.name].cat.categories)
            levels[column.name] = pd.CategoricalDtype(list(names))
    return fit_features(schema.modelled, pd.concat([_plain(frame) for frame in frames]).astype(levels))


def _boosted(
    sample: BothSides, folds: npt.NDArray[np.int64], trees: int, context: Context, *, importance: bool = True
) -> tuple[Floats, pd.DataFrame]:
    """Return out-of-fold scores of gradient boosting, and from the first fold what each column contributes."""
    features, inputs = sample.trees()
    scores = np.full(len(sample.made), 0.5)
    columns = pd.DataFrame({"column": [column.name for column in sample.schema.modelled], "importance": 0.0})
    for learn, test in _rounds(sample, folds, context):
        # Scored out of fold alone: on rows it learned from, boosting tells any two tables apart.
        model = boosted_classifier(features, trees=trees).fit(without_gaps(inputs[learn]), sample.made[learn])
        scores[test] = _ranked(model.predict_proba(inputs[test])[:, 1])
        if importance:
            columns, importance = _importance(model, inputs[test], sample, test, context), False
    return scores, columns


def _logistic(sample: BothSides, folds: npt.NDArray[np.int64], context: Context) -> Floats:
    inputs = sample.linear()
    scores = np.full(len(sample.made), 0.5)
    for learn, test in _rounds(sample, folds, context):
        model = logistic().fit(inputs[learn], sample.made[learn])
        scores[test] = _ranked(model.predict_proba(inputs[test])[:, 1])
    return scores


def _ranked(scores: Floats) -> Floats:
    """Return ranks in (0, 1) within a fold.

    A fold with more of one side leaves fewer of it to learn from, so raw scores pooled over folds lie below guessing even
    where the two sides are equal.
    """
    return (midranks(scores) - 0.5) / len(scores)


def _rounds(
    sample: BothSides, folds: npt.NDArray[np.int64], context: Context
) -> Iterator[tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]]:
    """Yield the rows to learn from and the rows to score, fold by fold; folds without both sides to learn from are left out."""
    last = int(folds.max()) + 1
    for fold in range(last):
        context.step("telling rows apart", fold / last)
        learn, test = folds != fold, folds == fold
        if test.any() and sample.made[learn].any() and not sample.made[learn].all():
            yield learn, test


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Take categories for objects, so that frames with different levels can be put together."""
    return frame.astype({name: object for name in frame.columns if isinstance(frame[name].dtype, pd.CategoricalDtype)})


def harmonised(frame: pd.DataFrame, schema: Schema) -> pd.DataFrame:
    """Return the modelled columns with numbers written to the real table's decimals: 12.0000003 is 12 on both sides."""
    out = frame[[column.name for column in schema.modelled]].copy()
    for column in schema.modelled:
        if column.kind is Kind.NUMBER and (column.decimals is not None or column.digits is not None):
            out[column.name] = rounded(out[column.name], column.decimals, column.digits)
    return out


def grouped_folds(hashes: Hashes, folds: int, seed: int) -> npt.NDArray[np.int64]:
    """Deal rows into folds of about equal size, equal rows into the same fold. Shape (n,), values 0 … folds − 1."""
    keys = mix(hashes ^ mix(np.array([seed], dtype=np.uint64)))
    _, inverse, counts = np.unique(keys, return_inverse=True, return_counts=True)
    before = np.concatenate([[0], np.cumsum(counts)[:-1]])
    # Equal rows into one fold: a row that is on both sides, learned from in one fold and asked about in another, would be
    # answered from memory, and the area fall below ½.
    fold: npt.NDArray[np.int64] = (before * folds // len(hashes)).astype(np.int64)[inverse]
    return fold


def _importance(model: Any, inputs: Floats, sample: BothSides, test: npt.NDArray[np.bool_], context: Context) -> pd.DataFrame:
    """Return the loss of area when each column is shuffled among the test rows, largest first."""
    rng = context.rng("importance")
    names = [column.name for column in sample.schema.modelled]
    rows = max(IMPORTANCE_CELLS // len(names), 200)
    order = content_order(sample.hashes[test], context.integer_seed("importance"), rows)
    made, inputs = sample.made[test][order], inputs[order]
    if min(int(made.sum()), int((~made).sum())) < 2:
        return pd.DataFrame({"column": names, "importance": 0.0})
    stacked = np.tile(inputs, (len(names) + 1, 1, 1))  # the last copy is left as it is
    for place in range(len(names)):
        stacked[place, :, place] = inputs[rng.permutation(len(inputs)), place]
    scores = model.predict_proba(stacked.reshape(-1, inputs.shape[1]))[:, 1].reshape(len(names) + 1, -1)
    areas = np.array([of_auc(made, score).value for score in scores])
    losses = areas[-1] - areas[:-1]
    frame = pd.DataFrame({"column": names, "importance": losses})
    return frame.sort_values("importance", ascending=False, kind="stable", ignore_index=True)
