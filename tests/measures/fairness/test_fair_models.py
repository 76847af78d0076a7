"""Fair models: fairlearn's own numbers, a candidate that treats a group otherwise, and what does not apply."""

import numpy as np
import pandas as pd
import pytest
from fairlearn.metrics import demographic_parity_difference, equalized_odds_difference

from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply
from synth_ui.core.score import Score
from synth_ui.core.table import Kind, Role
from synth_ui.measures._task import target_models
from synth_ui.measures.fairness.fair_models import FairModels
from tests.measures.made import case_of, measured, split_of

CONTEXT = Context(seed=0)
KINDS = {"sex": Kind.CATEGORY, "x": Kind.NUMBER, "paid": Kind.CATEGORY}


def people(n, seed, women=0.0, noise=0.5):
    """Draw people who are paid by x; `women` moves the bar for women."""
    rng = np.random.default_rng(seed)
    sex, x = rng.choice(["f", "m"], n), rng.normal(size=n)
    return pd.DataFrame(
        {"sex": sex, "x": x, "paid": np.where(x + rng.normal(0, noise, n) > 0.5 + women * (sex == "f"), "yes", "no")}
    )


SPLIT = split_of(people(1_000, 0), people(1_000, 1), KINDS, "paid")


def test_the_gaps_are_fairlearns():
    case = case_of(SPLIT, people(1_000, 2, women=1.0))
    measure = FairModels(columns="sex", decide="half")
    result = measure.measure(case, CONTEXT)
    models = target_models(case, CONTEXT)
    truth, sex = (models.test["paid"] == "yes").to_numpy(), models.test["sex"].to_numpy()
    yes = models.task.classes.index("yes")
    for name, trained in (("", models.made), ("real_", models.real)):
        picked = trained.predictions["gradient boosting"][:, yes] >= 0.5
        parity = demographic_parity_difference(truth, picked, sensitive_features=sex)
        odds = equalized_odds_difference(truth, picked, sensitive_features=sex)
        assert result.parts[f"{name}parity"].value == pytest.approx(parity)
        assert result.parts[f"{name}odds"].value == pytest.approx(odds)
    assert result.headline.value == pytest.approx(abs(result.parts["odds"].value - result.parts["real_odds"].value))


def test_training_rows_change_nothing_and_a_moved_bar_much():
    assert measured(FairModels(columns="sex"), SPLIT, SPLIT.train.frame).headline.value == 0.0
    moved = measured(FairModels(columns="sex"), SPLIT, people(1_000, 2, women=1.0)).headline
    assert moved.low > 0.1


def test_fresh_rows_change_nothing_beyond_chance():
    red = sum(measured(FairModels(columns="sex"), SPLIT, people(1_000, 10 + seed)).headline.low > 0.02 for seed in range(4))
    assert red <= 1


def test_as_many_are_picked_as_have_the_outcome():
    picked = measured(FairModels(columns="sex"), SPLIT, people(1_000, 2, women=1.0)).detail["picked"]
    paid = int((SPLIT.holdout.frame["paid"] == "yes").sum())
    for _, own in picked.groupby("trained_on"):
        assert (own["picked"] * own["rows"]).sum() == pytest.approx(paid, abs=2)


def test_a_model_without_an_opinion_picks_nobody_or_everybody():
    """All scores tie: picking some of them by their place in the file would invent a gap."""
    constant = people(1_000, 3).assign(paid="no")
    picked = measured(FairModels(columns="sex"), SPLIT, constant).detail["picked"]
    assert set(picked.loc[picked["trained_on"] == "synthetic", "picked"]) == {0.0}


def test_more_classes_and_numbers_become_decisions():
    kinds = KINDS | {"paid": Kind.NUMBER}
    numeric = [people(1_000, seed).assign(paid=lambda one: one["x"] * 2) for seed in (0, 1)]
    split = split_of(*numeric, kinds, "paid")
    assert set(measured(FairModels(columns="sex"), split, numeric[0]).detail["gaps"]["outcome"]) == {"above the median"}
    several = [
        people(1_000, seed).assign(paid=lambda one: np.array(["low", "mid", "high"])[np.digitize(one["x"], [-0.5, 0.5])])
        for seed in (0, 1)
    ]
    split = split_of(*several, KINDS, "paid")
    assert set(measured(FairModels(columns="sex"), split, several[0]).detail["gaps"]["outcome"]) == {"low", "mid", "high"}


def test_where_it_does_not_apply_it_says_why():
    with pytest.raises(DoesNotApply, match="on the page Table"):
        measured(FairModels(), SPLIT, SPLIT.train.frame)
    with pytest.raises(DoesNotApply, match="no target"):
        measured(FairModels(columns="sex"), split_of(people(100, 0), people(100, 1), KINDS), people(100, 2))
    marked = SPLIT.schema.updated("paid", role=Role.TARGET)
    assert marked.target is not None
    with pytest.raises(DoesNotApply, match="the target itself"):
        measured(FairModels(columns="paid"), SPLIT, SPLIT.train.frame)
    with pytest.raises(DoesNotApply, match="two groups with 20 unseen rows"):
        measured(FairModels(columns="sex"), split_of(people(60, 0), people(60, 1), KINDS, "paid"), people(60, 2))


def test_sentences():
    says = FairModels().says
    assert "treats groups differently" in says(Score("a", "fair_models", "fairness", 0.2, 0.1, 0.3))
    assert says(Score("a", "fair_models", "fairness", 0.1, 0.0, 0.3)).startswith("No sign found")
