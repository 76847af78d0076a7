"""Will my answer change?"""

from __future__ import annotations

from dataclasses import dataclass

from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply
from synth_ui.core.score import Measurement, Number, Score
from synth_ui.core.tunable import choice, text
from synth_ui.measures._associations import rank_correlation
from synth_ui.measures.base import Measure, PartSpec
from synth_ui.measures.case import Case
from synth_ui.measures.utility.question import AGGREGATES, Question, compared, names_of, prepare


@dataclass(frozen=True)
class Answer(Measure):
    """How far the candidate gives the user's own answer: mean overlap of the intervals of its estimates and the real ones, in [0, 1].

    1 means the same estimates with the same intervals; 0 that no interval meets its real counterpart. Two samples of the same
    real table overlap by about .8 on average.

    Detail
    ------
    estimates
        term, real, real_low, real_high, real_rows, synthetic, synthetic_low, synthetic_high, synthetic_rows, overlap, sign_changed,
        rank_real, rank_synthetic, question; groups of fewer than five real rows are not among them.
    """

    key = "answer"
    title = "Your own question"
    summary = "A group-by or a regression of the user's, on unseen real rows and on the candidate, side by side."
    family = "utility"
    reference = "Karr, Kohnen, Oganian, Reiter and Sanil (confidence interval overlap), The American Statistician, 2006"
    asks = "Will my answer change?"
    better = "higher"
    unit = "overlap"
    floor = "control:independent"
    ceiling = "control:train"
    unseen = "exchanged"
    worst_means = "independent columns"
    best_means = "training rows"
    interval = "each estimate has its own 95% interval; their mean overlap has none"
    computed = (
        "The question is put to the unseen rows and to the candidate: shares with Wilson's interval, means with Student's, medians between order "
        "statistics, regressions by statsmodels with errors that hold under unequal variance. Numbers to group by are cut at the real deciles; "
        "categories keep their commonest levels. For each estimate the overlap is the share of the two intervals they have in common; the headline is "
        "the mean, estimates the candidate cannot give counting as 0."
    )
    place = 80
    misleads = (
        "One synthetic copy looks surer than it is: its interval knows nothing of the generator's error, so compare several seeds. Where groups are "
        "large, intervals are narrow and differences nobody would mind separate them."
    )
    parts = {
        "covered": PartSpec("Real estimates within the candidate's interval", "higher", "share of estimates", 0.0, 1.0),
        "signs": PartSpec("Estimates with the other sign", "lower", "share of estimates", 0.0, 1.0),
        "order": PartSpec("Order of the estimates", "higher", "rank correlation", -1.0, 1.0),
        "missing": PartSpec("Estimates the candidate cannot give", "lower", "share of estimates", 0.0, 1.0),
    }

    kind: str = choice(
        "none", options={"none": "No question", "group": "Group-by", "regression": "Regression"}, help="What sort of question is asked"
    )  # fmt: skip
    by: str = text("", help="Group-by: the columns to group by, between commas or as JSON")
    aggregate: str = choice("count", options=dict(AGGREGATES), help="Group-by: what is told of each group")
    value: str = text("", help="Group-by: the column that is aggregated")
    level: str = text("", help="The level whose share is told, or that is the outcome of the regression")
    outcome: str = text("", help="Regression: the column explained")
    predictors: str = text("", help="Regression: the columns that explain it, between commas or as JSON")

    def measure(self, case: Case, context: Context) -> Measurement:
        """Put the question to the holdout and to the candidate."""
        question = Question(
            self.kind, names_of(self.by), self.aggregate, self.value, self.level, self.outcome, names_of(self.predictors)
        )
        ready = prepare(question, case.schema, case.holdout)
        context.step("asking the question of real rows")
        real = ready.estimates(case.holdout)
        if real["estimate"].isna().all():
            raise DoesNotApply("the real rows give no estimate for this question")
        frame = compared(real, ready.estimates(case.synthetic))
        frame = frame[frame["real"].notna()].reset_index(drop=True)
        frame["question"] = question.words()
        there = frame["synthetic"].notna()
        covered = (frame["synthetic_low"] <= frame["real"]) & (frame["real"] <= frame["synthetic_high"])
        parts = {
            "covered": Number(float(covered.mean())),
            "signs": Number(float(frame["sign_changed"].mean())),
            "missing": Number(float((~there).mean())),
        }
        if there.sum() >= 3:
            parts["order"] = Number(
                rank_correlation(frame.loc[there, "real"].to_numpy(), frame.loc[there, "synthetic"].to_numpy())
            )
        return Measurement(Number(float(frame["overlap"].mean())), parts, {"estimates": frame}, question.words())

    def says(self, score: Score) -> str:
        """Say how much of the real intervals the candidate's share."""
        assert score.value is not None
        if score.value >= 0.7:
            return f"Your answer stays much the same: the intervals overlap by {score.value:.0%} on average."
        how = "changes in part" if score.value >= 0.3 else "changes"
        return f"Your answer {how}: the intervals overlap by {score.value:.0%} on average."
