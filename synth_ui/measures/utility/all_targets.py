"""Without naming a target: is every column as predictable as it is among real rows?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from synth_ui.columns.hashes import content_order
from synth_ui.columns.values import level_codes, level_names
from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply
from synth_ui.core.formats.numbers import told_apart, unit
from synth_ui.core.score import Measurement, Number, Score
from synth_ui.core.table import Column, Kind
from synth_ui.core.tunable import integer
from synth_ui.measures._influence import Influence, mean, of_auc, of_r2, ratio, shifted
from synth_ui.measures._models import fit_features, left_out_note, threads, too_empty
from synth_ui.measures._task import FEWEST_OF_CLASS, FEWEST_ROWS
from synth_ui.measures.base import Measure, PartSpec
from synth_ui.measures.case import Case, Side
from synth_ui.measures.utility._skill import kept_words

Floats = npt.NDArray[np.float64]

TOP_LEVELS = 5
CELLS = 120_000
"""Rows times columns a model learns from at most: a wide table gets fewer rows."""

WELL_KEPT = 0.9
WEAKEST = 0.02
"""The skill real rows must give before a share of it is worth speaking of."""


@dataclass(frozen=True)
class AllTargets(Measure):
    """Each column predicted from all others by a model trained on the candidate: mean retained skill over columns.

    1 means every column is predicted on the holdout as well as by a model trained on real rows; 0 means no better than guessing.
    A column predicted worse than by guessing counts as 0 in the mean. Above 1 is possible by chance.

    Detail
    ------
    targets
        column, kind ("level", "number"), real_skill, synthetic_skill, retained, low, high, reason; the worst first, those
        that cannot be predicted even from real rows last, with the reason.
    """

    key = "all_targets"
    title = "Every column as a target"
    summary = "How much predictive skill is kept when each column in turn is predicted from the others."
    family = "utility"
    reference = "Jiang, Simidjievski and Jamnik, TabStruct (global utility), 2025"
    asks = "Is every column as predictable as among real rows, whatever the target?"
    better = "higher"
    unit = "retained skill"
    low = 0.0
    high = None
    floor = "control:independent"
    ceiling = "control:train"
    band = "of unseen rows"
    worst_means = "guessing"
    best_means = "trained on real rows"
    interval = "linearised over the unseen rows, the same for all columns and both models"
    computed = (
        "Each column is predicted from all others by a decision tree, grown once on the candidate and once on real rows, on "
        "a draw of rows. A number is predicted as its place among the real values (skill R²), a category as its five commonest "
        "levels and the others (skill: mean area under the ROC curve above ½). Headline: the mean over columns of the skill as a share of the skill "
        "with real rows; columns that real rows do not predict either are left out."
    )
    cards = {"standard": {}}
    place = 20
    misleads = (
        "Plain trees on a draw of rows: it compares candidates and does not say how well a column can be predicted at best. A column that follows "
        "from another by a rule counts as much as one of interest."
    )
    parts = {
        "worst": PartSpec("Worst column", "higher", "retained skill", 0.0, None),
        "kept": PartSpec("Columns that keep nine tenths of their skill", "higher", "share of columns", 0.0, 1.0),
    }

    rows: int = integer(
        8_000, low=200, high=1_000_000, log=True, help="Most rows a model is trained on, and most it is tested on"
    )
    targets: int = integer(40, low=1, high=1_000, help="Most columns that are predicted; a seeded draw where there are more")
    leaf: int = integer(20, low=2, high=1_000, log=True, help="Fewest rows in a leaf of the trees", advanced=True)

    def measure(self, case: Case, context: Context) -> Measurement:
        """Predict each column from the others, trained on the candidate and on train."""
        names = [column.name for column in case.schema.modelled]
        if len(names) < 2:
            raise DoesNotApply("no column can be predicted from others, there is only one")
        chosen = np.sort(context.rng("targets").permutation(len(names))[: self.targets])
        rows = int(np.clip(CELLS // len(names), min(500, self.rows), self.rows))
        goals = case.shared.once("all targets:goals", lambda: [_goal(column, case) for column in case.schema.modelled])
        real = case.shared.kept(
            f"all targets:{rows}:{self.targets}:{self.leaf}:{context.seed}",
            lambda: _worth_keeping(self._skills(case, "train", [goals[place] for place in chosen], rows, context)),
        )
        known = [goal for goal in goals if isinstance(real.get(goal.column.name), Influence)]
        if not known:
            raise DoesNotApply("no column can be predicted from the others, not even from real rows")
        same = case.fingerprint("synthetic") == case.fingerprint("train")
        made = (
            {goal.column.name: real[goal.column.name] for goal in known}
            if same
            else self._skills(case, "synthetic", known, rows, context)
        )
        kept = {name: _kept(real[name], made[name]) for name in made}
        values = np.array([part.value for part in kept.values()])
        worst = list(kept.values())[int(values.argmin())]
        parts = {"worst": worst.number(low=0.0), "kept": Number(float((values >= WELL_KEPT).mean()))}
        detail = {"targets": _frame([goals[place] for place in chosen], real, made, kept)}
        notes = [f"{len(chosen) - len(kept)} of {len(chosen)} columns cannot be predicted from real rows either"]
        notes = notes if len(kept) < len(chosen) else []
        notes += [f"{len(chosen)} of {len(names)} columns, chosen by lot"] if len(chosen) < len(names) else []
        notes += [f"trained and tested on at most {rows:,} rows"] if max(len(case.train), len(case.synthetic)) > rows else []
        notes += filter(None, [self._left_out(case, rows, context)])
        return Measurement(mean(list(kept.values())).number(low=0.0), parts, detail, "; ".join(notes))

    def _left_out(self, case: Case, rows: int, context: Context) -> str:
        """Say which columns no other is predicted from, for want of values."""
        test = case.holdout.iloc[_draw(case, "holdout", rows, context)]
        sides: dict[str, Side] = {"the real rows": "train", "the candidate": "synthetic"}
        return left_out_note(
            {
                place: too_empty(case.schema.modelled, case.frame(side).iloc[_draw(case, side, rows, context)], test)
                for place, side in sides.items()
            }
        )

    def _skills(self, case: Case, side: Side, goals: Sequence[Goal], rows: int, context: Context) -> dict[str, Influence | str]:
        """Return per column the skill on holdout rows of a model trained on a side, or why there is none to speak of."""
        own, test = _draw(case, side, rows, context), _draw(case, "holdout", rows, context)
        if len(own) < FEWEST_ROWS or len(test) < FEWEST_ROWS:
            raise DoesNotApply(f"a model takes at least {FEWEST_ROWS} rows, and fewer are there")
        columns = case.schema.modelled
        features = fit_features(columns, case.frame(side).iloc[own], case.holdout.iloc[test])
        learned, asked = features.trees(case.frame(side).iloc[own]), features.trees(case.holdout.iloc[test])
        for place in range(len(columns)):
            shift, size = told_apart(learned[:, place])
            learned[:, place], asked[:, place] = (learned[:, place] - shift) / size, (asked[:, place] - shift) / size
        found: dict[str, Influence | str] = {}
        with threads(context.threads):
            for number, goal in enumerate(goals):
                context.step("predicting every column", number / len(goals))
                inputs = [place for place, column in enumerate(columns) if column.name != goal.column.name]
                truth, answer = goal.truth(case, side, own), goal.truth(case, "holdout", test)
                found[goal.column.name] = self._skill(goal, learned[:, inputs], truth, asked[:, inputs], answer)
        return found

    def _skill(self, goal: Goal, learned: Floats, truth: Floats, asked: Floats, answer: Floats) -> Influence | str:
        from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

        there, judged = ~np.isnan(truth), ~np.isnan(answer)
        if judged.sum() < FEWEST_ROWS or len(np.unique(answer[judged])) < 2:
            return "too few different values among the unseen rows"
        classes = [k for k in range(goal.classes) if FEWEST_OF_CLASS <= int((answer == k).sum()) <= int(judged.sum()) - 2]
        if goal.classes and not classes:
            return "too few unseen rows of every level but one"
        if there.sum() < FEWEST_ROWS or len(np.unique(truth[there])) < 2:
            return Influence(0.0, np.zeros(len(answer)))  # nothing to learn from: it can only guess
        if not goal.classes:
            size = unit(truth[there])
            model = DecisionTreeRegressor(min_samples_leaf=self.leaf, random_state=0).fit(learned[there], truth[there] / size)
            return _spread(of_r2(answer[judged], model.predict(asked[judged]) * size), judged)
        model = DecisionTreeClassifier(min_samples_leaf=self.leaf, random_state=0).fit(
            learned[there], truth[there].astype(np.int64)
        )
        chances = np.zeros((int(judged.sum()), goal.classes))
        chances[:, model.classes_] = model.predict_proba(asked[judged])
        areas = [of_auc(answer[judged] == k, chances[:, k]) for k in classes]
        return _spread(shifted(mean(areas), -0.5), judged)

    def says(self, score: Score) -> str:
        """Say what share of the predictability is kept over all columns."""
        assert score.value is not None
        return (
            f"Over all columns that real rows predict, a model trained on it keeps {kept_words(score.value)} the skill "
            "that one trained on real rows has."
        )


@dataclass(frozen=True, eq=False)
class Goal:
    """A column as something to predict.

    Attributes
    ----------
    levels
        Its commonest levels in the real rows, each a class of its own; the others share one more.
    classes
        How many classes there are; 0 for a number, which is predicted as its place among the real values.
    """

    column: Column
    levels: tuple[str, ...] = ()
    classes: int = 0

    def truth(self, case: Case, side: Side, rows: npt.NDArray[np.intp]) -> Floats:
        """Return the class, or the place in [0, 1], of some rows of a side; NaN where blank. Shape (rows,)."""
        if not self.classes:
            values = case.shared.coordinates.column(self.column, case.frame(side).iloc[rows])
            return np.where(values[:, 1] > 0, np.nan, values[:, 0]).astype(np.float64)
        codes = level_codes(case.frame(side)[self.column.name].iloc[rows], self.levels)
        return np.where(codes < 0, np.nan, codes.astype(np.float64))


def _goal(column: Column, case: Case) -> Goal:
    if column.kind.numeric:
        return Goal(column)
    series = [frame[column.name] for frame in (case.train, case.holdout)]
    known = level_names(column, *series)
    codes = np.concatenate([level_codes(one, known) for one in series])
    counts = np.bincount(codes[codes >= 0], minlength=len(known))
    ranked = [known[place] for place in np.argsort(-counts, kind="stable") if counts[place]]
    if column.kind is Kind.BOOLEAN:
        return Goal(column, tuple(known), len(known))
    return Goal(column, tuple(ranked[:TOP_LEVELS]), TOP_LEVELS + 1)


def _draw(case: Case, side: Side, rows: int, context: Context) -> npt.NDArray[np.intp]:
    """Return the rows of a side that are used, drawn by content so that their order cannot matter."""
    return content_order(case.draw_hashes(side), context.integer_seed("rows"), rows)


def _spread(part: Influence, judged: npt.NDArray[np.bool_]) -> Influence:
    """Put the influences of the judged rows back among all drawn holdout rows, so that columns can be averaged."""
    rows = np.zeros(len(judged))
    rows[judged] = part.rows
    return Influence(part.value, rows)


def _worth_keeping(real: dict[str, Influence | str]) -> dict[str, Influence | str]:
    """Replace skill that is no more than chance by the reason why its column is left out."""
    reason = "real rows do not predict it better than guessing"
    return {
        name: part if isinstance(part, str) or part.value > max(WEAKEST, 2 * part.error) else reason
        for name, part in real.items()
    }


def _kept(real: Influence | str, made: Influence | str) -> Influence:
    """Return the share of the skill that is kept; a model that misleads keeps nothing."""
    assert isinstance(real, Influence)
    assert isinstance(made, Influence)
    kept = ratio(made, real)
    return kept if kept.value > 0 else Influence(0.0, np.zeros(len(kept.rows)))


def _frame(
    goals: Sequence[Goal], real: dict[str, Influence | str], made: dict[str, Influence | str], kept: dict[str, Influence]
) -> pd.DataFrame:
    rows = []
    for goal in goals:
        name = goal.column.name
        row: dict[str, object] = {"column": name, "kind": "level" if goal.classes else "number"}
        before, after = real[name], made.get(name)
        if isinstance(before, Influence) and isinstance(after, Influence):
            number = kept[name].number(low=0.0)
            row |= {"real_skill": before.value, "synthetic_skill": after.value, "retained": number.value}
            row |= {"low": number.low, "high": number.high, "reason": ""}
        else:
            row |= dict.fromkeys(("real_skill", "synthetic_skill", "retained", "low", "high"), np.nan) | {"reason": str(before)}
        rows.append(row)
    return pd.DataFrame(rows).sort_values("retained", kind="stable", ignore_index=True)
