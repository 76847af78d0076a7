"""Is every group represented as it is?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply
from synth_ui.core.formats.numbers import spread
from synth_ui.core.score import Measurement, Number, Score
from synth_ui.core.tunable import text
from synth_ui.measures._influence import Influence, mean, of_auc, of_r2
from synth_ui.measures._intervals import newcombe
from synth_ui.measures._tables import GROUPS, Counts, groups, with_jackknife
from synth_ui.measures._task import FEWEST_OF_CLASS, MODELS, Models, PredictionTask, columns_left_out, make_task, target_models
from synth_ui.measures.base import Measure, PartSpec
from synth_ui.measures.case import Case, Side
from synth_ui.measures.fairness._groups import COLUMNS_HELP, Group, groups_of, left_out_note, place_of, sensitive_columns

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Groups(Measure):
    """How like the holdout's rows of the same group the synthetic rows of each group are, for the worst group.

    A group is a value of a sensitive column, or a tenth of a number's range. Its fidelity is the mean over all other columns of one
    minus the total variation distance between the group's rows in the candidate and in the holdout: 1 is equal shares in every
    cell, 0 is no cell in common, or no row of the group at all. The headline is the lowest.

    Detail frames
    -------------
    groups
        column, group, rows (of the holdout), real_share, synthetic_share, ratio (synthetic over real share), fidelity, low, high,
        train_fidelity (the same for the training rows), skill_real, skill_synthetic (of models trained on real rows and on the
        candidate, tested on the group's unseen rows: area under the ROC curve, or R²); worst fidelity first.
    rates
        column, group, class, real_rate, synthetic_rate, gap, low, high: how often the group's rows have each class of the target;
        for a numeric target the mean, class "mean". Real is the holdout.
    """

    key = "groups"
    title = "Groups"
    summary = "Whether each group of a sensitive column is there as often, and looks as it does, in the real table."
    family = "fairness"
    reference = (
        "Bhanot, Qi, Erickson, Guyon and Bennett, The problem of fairness in synthetic healthcare data, Entropy 2021; intervals of "
        "differences after Newcombe, 1998"
    )
    asks = "Is every group represented as it is?"
    better = "higher"
    unit = "share, worst group"
    floor = "control:independent"
    ceiling = "control:train"
    worst_means = "every group looks like everybody"
    best_means = "training rows of the same group"
    interval = (
        "delete-a-group jackknife over 20 groups of real and of synthetic rows, differences near zero folded; Newcombe for rates"
    )
    computed = (
        "Within each group the distributions of all other columns are compared with those of unseen real rows, cell by cell, and averaged; "
        "the worst group counts. Beside it: how often the group occurs, how often it has the target's classes, and how well models "
        "trained on the candidate do on its unseen rows."
    )
    cards = {"standard": {}}
    place = 10
    misleads = (
        "A small group never reaches 1, by chance alone: compare with the training rows of the same group. A group missing from the real "
        "table cannot be missed here, and a real table that is unjust gives a faithful candidate that is unjust too."
    )
    parts = {
        "representation": PartSpec(
            "Share of the group most under- or over-represented, as a ratio up to 1", "higher", "ratio", 0.0, 1.0
        ),
        "target_rate": PartSpec("Largest gap in how often a group has a class of the target", "lower", "share", 0.0, 1.0),
        "target_mean": PartSpec("Largest gap in a group's mean of the target", "lower", "standard deviations", 0.0, None),
        "skill_lost": PartSpec("Most skill lost in a group by training on it", "lower", "AUC or R²"),
    }

    columns: str = text("", title="Sensitive columns", help=COLUMNS_HELP)

    def measure(self, case: Case, context: Context) -> Measurement:
        """Return the worst group's fidelity, in [0, 1]: 1 where its rows look like the unseen real rows of the group."""
        names = sensitive_columns(case, self.columns)
        if len(case.schema.modelled) < 2:
            raise DoesNotApply("there is no other column in which groups could differ")
        known = [group for name in names for group in groups_of(case, name)]
        if not known:
            raise DoesNotApply("no group has 20 training rows and 20 unseen ones")
        context.step("comparing groups", 0.2)
        frame = pd.concat([_of_column(case, name) for name in names], ignore_index=True)
        task, reason = _task(case)
        rates = pd.DataFrame() if task is None else pd.concat([_rates(case, name, task) for name in names], ignore_index=True)
        skills, why_not = _skills(case, names, context)
        frame = frame.merge(skills, on=["column", "group"], how="left")
        frame = frame.sort_values(["fidelity", "rows"], kind="stable", ignore_index=True)
        worst = frame.iloc[0]
        headline = Number(worst["fidelity"], _or_none(worst["low"]), _or_none(worst["high"]))
        note = f"The worst group is {worst['column']} {worst['group']}, {worst['rows']:,} unseen rows."
        remarks = [note, left_out_note(case, names), f"{reason or why_not}." if reason or why_not else ""]
        return Measurement(
            headline, _parts(frame, rates, task, case), {"groups": frame, "rates": rates}, " ".join(filter(None, remarks))
        )

    def says(self, score: Score) -> str:
        """Say how far the worst group is from the real one."""
        assert score.value is not None
        if score.value == 0:
            return "A group of the real table is missing from it."
        return (
            f"In the group it gets worst, {1 - score.value:.1%} of the rows would have to change cell, on average over the other columns, "
            "to match the unseen real rows of that group."
        )


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _of_column(case: Case, column: str) -> pd.DataFrame:
    """Return one row per group of a column: shares, ratio, fidelity with its interval, and that of the training rows."""
    found = groups_of(case, column)
    real = case.shared.once(f"fairness:{column}:holdout", lambda: _counts(case, "holdout", column, found))
    train = case.shared.once(f"fairness:{column}:train", lambda: _counts(case, "train", column, found))
    made = _counts(case, "synthetic", column, found)
    fidelity = with_jackknife(real, made, _by_group, _differences) if found else []
    of_train = _by_group(
        [table.sum(axis=0, keepdims=True) for table in real], [table.sum(axis=0, keepdims=True) for table in train]
    )
    places = {side: place_of(case, column, side, found) for side in ("holdout", "synthetic")}
    rows = []
    for place, group in enumerate(found):
        count = int((places["holdout"] == place).sum())
        shares = count / len(case.holdout), float((places["synthetic"] == place).mean())
        score = fidelity[place]
        ends = (np.nan if end is None else end for end in (score.low, score.high))
        rows.append((column, group.label, count, *shares, shares[1] / shares[0], score.value, *ends, float(of_train[place, 0])))
    names = ["column", "group", "rows", "real_share", "synthetic_share", "ratio", "fidelity", "low", "high", "train_fidelity"]
    return pd.DataFrame(rows, columns=names)


def _counts(case: Case, side: Side, column: str, found: list[Group]) -> list[Counts]:
    """Count, per other column, the rows of each jackknife group and group in each cell; shape (20, groups, cells) each."""
    part, place = groups(case, side), place_of(case, column, side, found)
    inside = place >= 0
    tables = []
    for name, cells in case.shared.cells.items():
        if name != column:
            code = (part[inside] * len(found) + place[inside]) * cells.size + case.codes(side)[name][inside]
            counts = np.bincount(code, minlength=GROUPS * len(found) * cells.size)
            tables.append(counts.reshape(GROUPS, len(found), cells.size))
    return tables


def _by_group(real: Sequence[Counts], synthetic: Sequence[Counts]) -> Floats:
    """Return the mean over tables of 1 − ½ Σ│p − q│ per group, 0 where the group has no row; shape (groups, replicates)."""
    found = []
    for a, b in zip(real, synthetic, strict=True):
        rows = [table.sum(axis=2, keepdims=True) for table in (a, b)]
        distance = np.abs(a / np.maximum(rows[0], 1) - b / np.maximum(rows[1], 1)).sum(axis=2) / 2
        found.append(np.where((rows[0] > 0).all(axis=2) & (rows[1] > 0).all(axis=2), 1 - distance, 0.0))
    return np.asarray(np.mean(found, axis=0)).T


def _differences(real: Sequence[Counts], synthetic: Sequence[Counts]) -> Iterator[Floats]:
    """Yield per table the differences of shares within each group, shape (groups, replicates, cells)."""
    for a, b in zip(real, synthetic, strict=True):
        p, q = (table / np.maximum(table.sum(axis=2, keepdims=True), 1) for table in (a, b))
        yield (p - q).transpose(1, 0, 2)


# --- the target -------------------------------------------------------------------------------------------------


def _task(case: Case) -> tuple[PredictionTask | None, str]:
    """Return the task of the table's target, or why there is none."""
    target = case.schema.target
    if target is None:
        return None, "The table has no target, so rates and models are not compared"
    try:
        return case.shared.once(f"task:{target.name}", lambda: make_task(case.schema, target, [case.train, case.holdout])), ""
    except DoesNotApply as reason:
        return None, f"Rates and models are not compared, because {reason}"


def _rates(case: Case, column: str, task: PredictionTask) -> pd.DataFrame:
    """Return, per group and class, how often the group's rows have the class, in the holdout and in the candidate."""
    found = groups_of(case, column)
    if task.target.name == column:
        return pd.DataFrame()
    truth = {side: task.truth(case.frame(side)) for side in ("holdout", "synthetic")}
    places = {side: place_of(case, column, side, found) for side in ("holdout", "synthetic")}
    rows = []
    for place, group in enumerate(found):
        own = [truth[side][(places[side] == place) & ~np.isnan(truth[side])] for side in ("holdout", "synthetic")]
        if min(map(len, own)):
            rows += [(column, group.label, *numbers) for numbers in (_means(*own) if task.regression else _shares(task, *own))]
    return pd.DataFrame(rows, columns=["column", "group", "class", "real_rate", "synthetic_rate", "gap", "low", "high"])


def _shares(task: PredictionTask, real: Floats, made: Floats) -> list[tuple[str, float, float, float, float, float]]:
    found = []
    for number, name in enumerate(task.classes):
        counts = float((made == number).sum()), float((real == number).sum())
        gap = newcombe(counts[0], len(made), counts[1], len(real))
        assert gap.low is not None
        assert gap.high is not None
        found.append((name, counts[1] / len(real), counts[0] / len(made), gap.value, gap.low, gap.high))
    return found


def _means(real: Floats, made: Floats) -> list[tuple[str, float, float, float, float, float]]:
    error = float(np.hypot(real.std() / np.sqrt(len(real)), made.std() / np.sqrt(len(made))))
    gap = float(made.mean() - real.mean())
    return [("mean", float(real.mean()), float(made.mean()), gap, gap - 1.96 * error, gap + 1.96 * error)]


def _skills(case: Case, names: list[str], context: Context) -> tuple[pd.DataFrame, str]:
    """Return per group how well both models of the target do on its rows; why they cannot be asked, or what they leave out."""
    columns = ["column", "group", "skill_real", "skill_synthetic"]
    try:
        models = target_models(case, context)
    except DoesNotApply as reason:
        return pd.DataFrame(columns=columns), f"Models are not compared, because {reason}"
    rows = []
    for name in names:
        found = groups_of(case, name)
        place = place_of(case, name, "holdout", found)[models.tested]
        for number, group in enumerate(found):
            skills = [_skill(models, trained, place == number) for trained in ("real", "made")]
            rows.append((name, group.label, *(np.nan if skill is None else skill.value for skill in skills)))
    unlearned = columns_left_out(models)
    return pd.DataFrame(rows, columns=columns), unlearned[:1].upper() + unlearned[1:]


def _skill(models: Models, trained: str, rows: npt.NDArray[np.bool_]) -> Influence | None:
    """Return the area under the ROC curve (mean over classes with enough rows on both sides) or R² on some rows, or None."""
    truth = models.task.truth(models.test)[rows]
    answers = getattr(models, trained).predictions[MODELS[0]][rows]
    if models.task.regression:
        return of_r2(truth, answers) if len(truth) >= FEWEST_OF_CLASS and spread(truth) > 0 else None
    scored = [k for k in range(len(models.task.classes)) if FEWEST_OF_CLASS <= (truth == k).sum() <= len(truth) - FEWEST_OF_CLASS]
    return mean([of_auc(truth == k, answers[:, k]) for k in scored]) if scored else None


def _parts(frame: pd.DataFrame, rates: pd.DataFrame, task: PredictionTask | None, case: Case) -> dict[str, Number]:
    """Return the further numbers of the headline: each for the group in which it is worst."""
    ratio = frame["ratio"].to_numpy(float)
    parts = {"representation": Number(float(np.minimum(ratio, 1 / np.maximum(ratio, 1e-12)).min()))}
    if task is not None and len(rates):
        gap = float(rates["gap"].abs().max())
        spread = float(np.nanstd(task.truth(case.holdout))) if task.regression else 0.0
        if not task.regression:
            parts["target_rate"] = Number(gap)
        elif spread > 0:
            parts["target_mean"] = Number(gap / spread)
    lost = (frame["skill_real"] - frame["skill_synthetic"]).dropna()
    if len(lost):
        parts["skill_lost"] = Number(float(lost.max()))
    return parts
