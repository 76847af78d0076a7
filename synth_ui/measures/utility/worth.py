"""How many real rows is it worth?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply
from synth_ui.core.score import Measurement, Number, Score
from synth_ui.core.tunable import integer
from synth_ui.measures._tables import mean_similarity, pair_counts, pairs_of, with_jackknife
from synth_ui.measures._task import MOST_TRAINED, columns_left_out, target_models
from synth_ui.measures.base import Measure, PartSpec
from synth_ui.measures.case import Case
from synth_ui.measures.utility._ladder import Ladder, pairs_ladder, skill_ladder
from synth_ui.measures.utility._skill import judged_model, kept_by_training, kept_words, skills, training_variance

FOR_MODELS, FOR_PAIRS = "models", "pairs"


@dataclass(frozen=True)
class Worth(Measure):
    """How many real training rows would do as well as the candidate, from 0 to all of them.

    As many as there are means: at least as good as all training rows together. 0 means no better than guessing, or worse than
    the smallest sample tried.

    Detail
    ------
    ladder
        purpose ("models", "pairs"), rows, score, curve; one row per size of real subsample.
    worth
        purpose, score, score_low, score_high, rows, rows_low, rows_high, of: where the candidate stands on each ladder.
    """

    key = "worth"
    title = "Worth in real rows"
    summary = "How many real rows would do as well as the candidate, for training a model and for two-way tables."
    family = "utility"
    reference = "Task, Bhagat and Howarth, SDNist v2 deidentified data report tool (equivalent subsample), 2023"
    asks = "How many real rows is it worth?"
    better = "higher"
    unit = "real rows"
    high = None
    floor = "control:independent"
    ceiling = "control:train"
    worst_means = "no real row"
    best_means = "all training rows"
    interval = "the limits of the score's own interval, another training included, read off the same ladder"
    computed = (
        "Real subsamples of all, a half, a quarter … of the training rows, down to about twenty, are scored as the candidate is: "
        "the skill a model keeps that learns from them (as in train on synthetic, test on real), and the likeness of two-way tables. "
        "Between the sizes the curve is interpolated over the logarithm of rows, and it may only rise. The headline is the worth for models, "
        "or for two-way tables where there is no target to predict."
    )
    cards = {"standard": {}}
    place = 60
    misleads = (
        "Worth differs by purpose: read both. Where the curve is flat a small difference in score is many rows, so the interval is wide; the ladder is "
        "one draw of real rows per size (three up to 1,000 rows). Many synthetic rows are not many real ones: more of them narrow no error of the generator."
    )
    parts = {
        FOR_MODELS: PartSpec("For training a model", "higher", "real rows", 0.0, None),
        FOR_PAIRS: PartSpec("For two-way tables", "higher", "real rows", 0.0, None),
    }

    rows: int = integer(MOST_TRAINED, low=1_000, high=1_000_000, log=True, help="Most rows a model is trained on")

    def measure(self, case: Case, context: Context) -> Measurement:
        """Find the candidate's place on the ladder for models and on that for two-way tables."""
        placed: dict[str, tuple[Ladder, Number]] = {}
        reasons = {}
        for purpose, place in ((FOR_MODELS, self._for_models), (FOR_PAIRS, self._for_pairs)):
            try:
                placed[purpose] = place(case, context)
            except DoesNotApply as reason:
                reasons[purpose] = str(reason)
        if not placed:
            raise DoesNotApply(reasons[FOR_PAIRS])
        worth = {purpose: ladder.worth(score) for purpose, (ladder, score) in placed.items()}
        first = next(iter(worth))
        notes = ["worth for training a model" if first == FOR_MODELS else f"worth for two-way tables: {reasons[FOR_MODELS]}"]
        if FOR_MODELS in placed and placed[FOR_MODELS][0].most < len(case.train):
            notes.append(f"models learn from at most {placed[FOR_MODELS][0].most:,} rows")
        if FOR_MODELS in placed:
            notes += filter(None, [columns_left_out(target_models(case, context, self.rows))])
        detail = {"ladder": _ladders(placed), "worth": _worths(placed, worth)}
        return Measurement(worth[first], worth, detail, "; ".join(notes))

    def _for_models(self, case: Case, context: Context) -> tuple[Ladder, Number]:
        models = target_models(case, context, self.rows)
        truth = models.task.truth(models.test)
        real, made = (skills(models.task, truth, trained) for trained in (models.real, models.made))
        best = judged_model(case, context, models, self.rows)
        variance = training_variance(case, context, models, best, self.rows)
        kept = kept_by_training(real[best], made[best], variance, (models.real.rows, models.made.rows))
        return skill_ladder(models, best, case, context, self.rows), kept

    def _for_pairs(self, case: Case, context: Context) -> tuple[Ladder, Number]:
        pairs = pairs_of(case, context)
        ladder = pairs_ladder(case, context)
        real, made = (pair_counts(case, side, pairs, spikes=False) for side in ("holdout", "synthetic"))
        [score] = with_jackknife(real, made, mean_similarity)
        return ladder, score

    def says(self, score: Score) -> str:
        """Say as how many real rows it is as useful, out of how many."""
        assert score.value is not None
        all_rows = f" of {score.ceiling:,.0f}" if score.ceiling else ""
        if score.ceiling and score.value >= score.ceiling * 0.9999:
            return f"It does at least as well as all {score.ceiling:,.0f} real training rows."
        if score.value < 1:
            return "It does no better than guessing, or than the smallest sample of real rows that was tried."
        return f"It is as useful as {rounded(score.value)} real rows{all_rows}."


def skill_and_worth(kept: float, rows: float, all_rows: float, ladder: pd.DataFrame) -> str:
    """Say in one sentence what share of the skill is kept and how many real rows give as much, and why both can be true.

    Parameters
    ----------
    kept
        The value of `tstr`.
    rows, all_rows
        What `worth` says for models: so many real rows, of so many.
    ladder
        `purpose, rows, curve`: the detail "ladder" of `worth`.
    """
    if kept <= 0 or rows < 1:
        return "A model trained on it predicts unseen real rows no better than guessing."
    said = f"A model trained on it keeps {kept_words(kept)} the skill of one trained on all {all_rows:,.0f} real rows"
    if rows >= all_rows * 0.9999:
        return f"{said}: it does at least as well as they."
    said += f", as much as {rounded(rows)} real rows give"
    rungs = ladder[(ladder["purpose"] == "models") & (ladder["rows"] <= 0.51 * all_rows)].sort_values("rows")
    if rungs.empty or rungs["curve"].iloc[-1] <= 0:
        return f"{said}."
    half = rungs.iloc[-1]
    return f"{said}: skill grows slowly with rows, {half['rows']:,.0f} real rows keep {kept_words(float(half['curve']))} it."


def rounded(rows: float) -> str:
    """Return a number of rows to two significant digits: more would not be known."""
    digits = 1 - int(np.floor(np.log10(max(rows, 1.0))))
    return f"{round(rows, min(digits, 0)):,.0f}"


def _ladders(placed: dict[str, tuple[Ladder, Number]]) -> pd.DataFrame:
    return pd.concat(
        [
            pd.DataFrame({"purpose": purpose, "rows": ladder.rows, "score": ladder.scores, "curve": ladder.curve})
            for purpose, (ladder, _) in placed.items()
        ],
        ignore_index=True,
    )


def _worths(placed: dict[str, tuple[Ladder, Number]], worth: dict[str, Number]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "purpose": purpose,
                **{f"score{end}": number for end, number in _three(score).items()},
                **{f"rows{end}": number for end, number in _three(worth[purpose]).items()},
                "of": ladder.most,
            }
            for purpose, (ladder, score) in placed.items()
        ]
    )


def _three(number: Number) -> dict[str, float]:
    low = number.value if number.low is None else number.low
    high = number.value if number.high is None else number.high
    return {"": number.value, "_low": low, "_high": high}
