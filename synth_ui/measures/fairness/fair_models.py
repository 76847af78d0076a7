"""Do models trained on it treat groups alike, as far as models trained on real rows do?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply
from synth_ui.core.score import Measurement, Number, Score
from synth_ui.core.tunable import choice, text
from synth_ui.measures._task import MODELS, Models, columns_left_out, target_models
from synth_ui.measures.base import Measure, PartSpec
from synth_ui.measures.case import Case
from synth_ui.measures.fairness._groups import (
    COLUMNS_HELP,
    FEWEST_IN_GROUP,
    Group,
    groups_of,
    left_out_note,
    place_of,
    sensitive_columns,
)

DRAWS = 400
"""How often the holdout is drawn anew for the interval."""

MOST_CLASSES = 5

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


class _Question(NamedTuple):
    """One decision about the rows of some groups: who has the outcome, and whom each model picks for it."""

    column: str
    outcome: str
    groups: list[Group]
    place: Integers
    truth: Mask
    real: Mask
    made: Mask


@dataclass(frozen=True)
class FairModels(Measure):
    """How differently a model trained on the candidate treats groups, against one trained on real rows; both on unseen real rows.

    A model picks as many rows as really have the outcome. Two gaps between groups are measured with fairlearn: in how often a row is
    picked (demographic parity), and in how often those with the outcome, and those without it, are picked (equalised odds; the larger).
    The headline is the change of the equalised-odds gap, whichever its sign, where it is largest: 0 where the model trained on the
    candidate treats groups as the one trained on real rows does, 1 at most. A model that has learned nothing picks all groups alike,
    and so changes the gap too.

    Detail frames
    -------------
    gaps
        column, outcome, real_parity, synthetic_parity, real_odds, synthetic_odds, change, low, high; largest change of odds first.
    picked
        column, outcome, group, rows, trained_on ("real", "synthetic"), picked, hit_rate, false_alarm_rate (shares of the group's rows).
    """

    key = "fair_models"
    title = "Fair models"
    summary = "Whether models trained on it treat the groups of a sensitive column as models trained on real rows do."
    family = "fairness"
    requires = ("fairlearn",)
    reference = (
        "Hardt, Price and Srebro, Equality of opportunity in supervised learning, NeurIPS 2016; Bird et al., Fairlearn, 2020"
    )
    asks = "Do models trained on it treat groups alike?"
    better = "lower"
    unit = "change of the gap between groups"
    floor = "control:independent"
    ceiling = "control:train"
    unseen = "filled"
    band = "of unseen rows"
    worst_means = "changed as if nothing were learned"
    best_means = "as a model trained on real rows"
    interval = "bootstrap of the unseen rows, paired"
    computed = (
        "Gradient boosting learns the target from the candidate, and again from the real training rows; both pick unseen rows. The "
        "largest difference between groups in how often rows are rightly or wrongly picked is computed for both; the headline is how far "
        "apart these two are."
    )
    cards = {"standard": {}}
    place = 20
    misleads = (
        "It compares with the model trained on real rows, which may itself treat groups unequally: read both gaps. Untuned models, one "
        "target, groups with few rows left out."
    )
    parts = {
        "odds": PartSpec("Equalised-odds gap, trained on it", "lower", "share", 0.0, 1.0),
        "real_odds": PartSpec("Equalised-odds gap, trained on real rows", "neither", "share", 0.0, 1.0),
        "parity": PartSpec("Demographic-parity gap, trained on it", "lower", "share", 0.0, 1.0),
        "real_parity": PartSpec("Demographic-parity gap, trained on real rows", "neither", "share", 0.0, 1.0),
    }

    columns: str = text("", title="Sensitive columns", help=COLUMNS_HELP)
    decide: str = choice(
        "share", options={"share": "as many rows as really have the outcome", "half": "rows with a probability of at least one half"},
        title="Who is picked", help="How a model's probabilities become decisions.", advanced=True,
    )  # fmt: skip

    def measure(self, case: Case, context: Context) -> Measurement:
        """Return how far the equalised-odds gap changes, in [0, 1]: 0 where groups are treated as by a model of the real rows."""
        names = sensitive_columns(case, self.columns)
        target = case.schema.target
        names = [name for name in names if target is None or name != target.name]
        if not names:
            raise DoesNotApply("the only sensitive column is the target itself")
        models = target_models(case, context)
        questions = self._questions(case, names, models)
        if not questions:
            raise DoesNotApply(
                f"no sensitive column has two groups with {FEWEST_IN_GROUP} unseen rows each with the outcome and without it"
            )
        context.step("comparing how groups are treated", 0.5)
        key = f"fairness:treated:{names}:{self.decide}:{context.seed}"
        real = case.shared.kept(key, lambda: _treated(questions, "real"))
        pairs = list(zip(real, _treated(questions, "synthetic"), strict=True))
        gaps = pd.DataFrame([_gaps(one, *pair, context) for one, pair in zip(questions, pairs, strict=True)])
        gaps = gaps.sort_values("change", key=abs, ascending=False, kind="stable", ignore_index=True)
        worst = gaps.iloc[0]
        number = {
            name: Number(float(worst[column]))
            for name, column in (("odds", "synthetic_odds"), ("real_odds", "real_odds"),
                                 ("parity", "synthetic_parity"), ("real_parity", "real_parity"))
        }  # fmt: skip
        picked = pd.concat(
            [_picked(one, frame, by) for one, pair in zip(questions, pairs, strict=True)
             for frame, by in zip(pair, ("real", "synthetic"), strict=True)], ignore_index=True,
        )  # fmt: skip
        unlearned = columns_left_out(models)
        notes = filter(None, [_said(worst), left_out_note(case, names), unlearned and f"{unlearned[0].upper()}{unlearned[1:]}."])
        return Measurement(_size(worst), number, {"gaps": gaps, "picked": picked}, " ".join(notes))

    def says(self, score: Score) -> str:
        """Say how far the treatment of groups changes."""
        assert score.value is not None
        if score.low is None or score.low > 0:
            return (
                f"A model trained on it treats groups differently from one trained on real rows: the gap between groups changes by "
                f"{100 * score.value:.1f} points."
            )
        return (
            f"No sign found that a model trained on it treats groups otherwise than one trained on real rows (the gap between groups changes "
            f"by {100 * score.value:.1f} points, within what chance gives)."
        )

    def _questions(self, case: Case, names: list[str], models: Models) -> list[_Question]:
        """Put each outcome to each sensitive column, among the groups with enough rows of both sorts."""
        found = []
        for outcome, truth, real, made in self._decisions(case, models):
            for name in names:
                known = groups_of(case, name)
                place = place_of(case, name, "holdout", known)[models.tested]
                counts = [np.bincount(place[(place >= 0) & side], minlength=len(known)) for side in (truth, ~truth)]
                kept = np.flatnonzero(np.minimum(*counts) >= FEWEST_IN_GROUP)
                if len(kept) >= 2:
                    anew = np.full(len(known) + 1, -1)
                    anew[kept] = np.arange(len(kept))
                    found.append(_Question(name, outcome, [known[k] for k in kept.tolist()], anew[place], truth, real, made))
        return found

    def _decisions(self, case: Case, models: Models) -> list[tuple[str, Mask, Mask, Mask]]:
        """Return outcomes as yes or no: the rarer class, each of several classes, or above the median of a number."""
        task = models.task
        truth = task.truth(models.test)
        real, made = models.real.predictions[MODELS[0]], models.made.predictions[MODELS[0]]
        if task.regression:
            middle = float(np.nanmedian(task.truth(case.train)))
            above = truth > middle
            return [("above the median", above, self._pick(real, above, middle), self._pick(made, above, middle))]
        counts = np.bincount(truth.astype(np.int64), minlength=len(task.classes))
        chosen = [int(np.argmin(counts))] if len(counts) == 2 else np.argsort(-counts, kind="stable")[:MOST_CLASSES].tolist()
        return [
            (task.classes[k], truth == k, self._pick(real[:, k], truth == k, 0.5), self._pick(made[:, k], truth == k, 0.5))
            for k in chosen
        ]

    def _pick(self, score: Floats, truth: Mask, middle: float) -> Mask:
        """Return whom a model picks: the highest scores, as many as really have the outcome, or all above a fixed limit."""
        wanted = int(truth.sum())
        if self.decide == "half" or not wanted:
            above: Mask = score >= middle
            return above
        limit = np.partition(score, len(score) - wanted)[len(score) - wanted]
        picked: Mask = score > limit
        # ties at the limit are all left out where that comes closer to the number wanted: a model without any opinion picks nobody
        tied: Mask = score >= limit
        return tied if abs(int(tied.sum()) - wanted) <= abs(int(picked.sum()) - wanted) else picked


def _treated(questions: list[_Question], trained_on: str) -> list[pd.DataFrame]:
    """Return, by fairlearn, how often each group's rows are picked: all, those with the outcome, those without.

    One frame per question, of shape (groups, 3). Rows that are alike are counted first and all questions are put at once:
    asking row by row, and question by question, takes fifty times as long.
    """
    from fairlearn.metrics import MetricFrame, false_positive_rate, selection_rate, true_positive_rate

    ends = np.cumsum([len(question.groups) for question in questions])
    cells = np.concatenate([_cells(one, trained_on, end - len(one.groups)) for one, end in zip(questions, ends, strict=True)])
    distinct, counts = np.unique(cells, axis=0, return_counts=True)
    metrics = {"picked": selection_rate, "hit_rate": true_positive_rate, "false_alarm_rate": false_positive_rate}
    weights = {name: {"sample_weight": counts} for name in metrics}
    frame = MetricFrame(
        metrics=metrics, y_true=distinct[:, 1], y_pred=distinct[:, 2], sensitive_features=distinct[:, 0], sample_params=weights
    )
    by_group = frame.by_group.astype("float64")
    return [by_group.iloc[end - len(one.groups) : end].reset_index(drop=True) for one, end in zip(questions, ends, strict=True)]


def _cells(question: _Question, trained_on: str, first: int) -> Integers:
    """Return group (numbered from `first`), outcome and decision of each row of a group. Shape (rows, 3)."""
    picked = question.real if trained_on == "real" else question.made
    inside = question.place >= 0
    return np.column_stack([question.place + first, question.truth, picked])[inside].astype(np.int64)


def _gaps(question: _Question, real: pd.DataFrame, made: pd.DataFrame, context: Context) -> dict[str, Any]:
    """Return both gaps of both models, and the change of the second with its interval."""
    spans = [frame.max() - frame.min() for frame in (real, made)]
    odds = [float(max(span["hit_rate"], span["false_alarm_rate"])) for span in spans]
    low, high = _interval(question, context)
    change = odds[1] - odds[0]
    return {
        "column": question.column, "outcome": question.outcome,
        "real_parity": float(spans[0]["picked"]), "synthetic_parity": float(spans[1]["picked"]),
        "real_odds": odds[0], "synthetic_odds": odds[1], "change": change, "low": min(low, change), "high": max(high, change),
    }  # fmt: skip


def _interval(question: _Question, context: Context) -> tuple[float, float]:
    """Return the middle 95% of the change when the holdout's rows are drawn anew, the same rows for both models."""
    groups = len(question.groups)
    inside = question.place >= 0
    code = ((question.place * 2 + question.truth) * 2 + question.real) * 2 + question.made
    counts = np.bincount(code[inside], minlength=8 * groups)
    drawn = context.rng(f"rows of {question.outcome}").multinomial(counts.sum(), counts / counts.sum(), size=DRAWS)
    cells = drawn.reshape(DRAWS, groups, 2, 2, 2)  # draw, group, has the outcome, picked by the real model, by the other
    change = _odds(cells.sum(axis=3)) - _odds(cells.sum(axis=4))
    low, high = np.quantile(change, [0.025, 0.975])
    return float(low), float(high)


def _odds(cells: npt.NDArray[np.int64]) -> Floats:
    """Return the equalised-odds gap of counts by (draw, group, has the outcome, picked)."""
    rates = cells[..., 1] / np.maximum(cells.sum(axis=3), 1)
    gaps: Floats = (rates.max(axis=1) - rates.min(axis=1)).max(axis=1)
    return gaps


def _size(worst: Any) -> Number:
    """Return how far the gap changes, whichever its sign, with the limits that follow from those of the signed change."""
    change, low, high = float(worst["change"]), float(worst["low"]), float(worst["high"])
    nearest = 0.0 if low <= 0 <= high else min(abs(low), abs(high))
    return Number(abs(change), min(nearest, abs(change)), min(1.0, max(abs(low), abs(high))))


def _picked(question: _Question, treated: pd.DataFrame, trained_on: str) -> pd.DataFrame:
    rows = np.bincount(question.place[question.place >= 0], minlength=len(question.groups))
    return pd.DataFrame(
        {
            "column": question.column,
            "outcome": question.outcome,
            "group": [group.label for group in question.groups],
            "rows": rows,
            "trained_on": trained_on,
            **{name: treated[name].to_numpy() for name in ("picked", "hit_rate", "false_alarm_rate")},
        }
    )


def _said(worst: Any) -> str:
    direction = "wider" if worst["change"] > 0 else "narrower"
    return (
        f"Largest change: {worst['column']}, outcome {worst['outcome']}: the gap is {worst['synthetic_odds']:.3f}, with real rows "
        f"{worst['real_odds']:.3f}, so {direction}."
    )
