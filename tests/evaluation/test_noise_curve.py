"""Scores of learners fall as noise grows, and nobody beats the formula by more than chance."""

from __future__ import annotations

from synth_ui.core.context import Context
from synth_ui.evaluation.noise_curve import BEST, noise_curve
from synth_ui.generators.from_nothing.designed import Designed

LINEAR = "0.1 * age + 0.1 * hours"


def test_exchanged_labels_lower_every_score_and_the_formula_stays_best() -> None:
    def made(level: float) -> object:
        return Designed(formula=LINEAR, noise=0, label_noise=level).pair(600, Context(1))

    scores = noise_curve(made, Context(), (0.0, 0.4)).pivot(index="learner", columns="noise", values="score")  # type: ignore[arg-type]
    assert scores.loc[BEST, 0.0] == 1.0
    assert abs(scores.loc[BEST, 0.4] - 0.6) < 0.1
    assert (scores[0.4] < scores[0.0] - 0.1).all()
    assert scores.loc["linear model", 0.0] > 0.9


def test_noise_in_a_number_bounds_what_is_explained() -> None:
    def made(level: float) -> object:
        return Designed(formula=LINEAR, target="number", noise=level).pair(600, Context(1))

    scores = noise_curve(made, Context(), (0.0, 0.3)).pivot(index="learner", columns="noise", values="score")  # type: ignore[arg-type]
    assert scores.loc[BEST, 0.0] == 1.0
    assert abs(scores.loc[BEST, 0.3] - 0.7) < 0.08
    assert abs(scores.loc["linear model", 0.3] - 0.7) < 0.08
