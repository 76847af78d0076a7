"""Groups: a hand-worked table, what a missing group costs, and the real table's own unevenness."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply
from synth_ui.core.table import Kind, Role, Split, Table
from synth_ui.measures._intervals import newcombe
from synth_ui.measures._task import target_models
from synth_ui.measures.fairness.groups import Groups
from tests.measures.made import adult, case_of, independent, measured, split_of

CONTEXT = Context(seed=0)
KINDS = {"sex": Kind.CATEGORY, "job": Kind.CATEGORY, "paid": Kind.CATEGORY}


def rows(*counts):
    """Make rows of (sex, job, paid) with their counts."""
    return pd.DataFrame([values for *values, count in counts for _ in range(count)], columns=list(KINDS))


HOLDOUT = rows(("f", "x", "yes", 30), ("f", "y", "no", 30), ("m", "x", "yes", 20), ("m", "x", "no", 20))
TRAIN = HOLDOUT
MADE = rows(("f", "x", "yes", 10), ("f", "x", "no", 5), ("f", "y", "no", 5), ("m", "x", "yes", 40), ("m", "x", "no", 40))


def split(target="paid"):
    cut = split_of(TRAIN, HOLDOUT, KINDS, target)
    schema = cut.schema.updated("sex", role=Role.SENSITIVE)
    return Split(Table(cut.train.frame, schema), Table(cut.holdout.frame, schema))


def test_a_hand_worked_table():
    """Women: job x .75 against .5, paid yes .5 against .5, so .875; men are as in the holdout."""
    result = measured(Groups(), split(), MADE)
    frame = result.detail["groups"].set_index("group")
    assert frame["fidelity"].to_dict() == pytest.approx({"f": (0.75 + 1.0) / 2, "m": 1.0})
    assert frame["train_fidelity"].to_dict() == pytest.approx({"f": 1.0, "m": 1.0})
    assert frame["ratio"].to_dict() == pytest.approx({"f": 0.2 / 0.6, "m": 0.8 / 0.4})
    assert result.headline.value == pytest.approx(0.875)
    assert result.parts["representation"].value == pytest.approx(1 / 3)
    assert result.headline.low < 0.875 < result.headline.high


def test_rates_are_those_of_each_group_with_newcombes_interval():
    made = MADE.assign(paid=np.where(MADE["sex"] == "f", "no", MADE["paid"]))
    rates = measured(Groups(), split(), made).detail["rates"].set_index(["group", "class"])
    women = rates.loc[("f", "yes")]
    gap = newcombe(0, 20, 30, 60)
    assert (women["real_rate"], women["synthetic_rate"]) == (0.5, 0.0)
    assert (women["gap"], women["low"], women["high"]) == pytest.approx((gap.value, gap.low, gap.high))
    assert measured(Groups(), split(), made).parts["target_rate"].value == pytest.approx(0.5)


def test_a_group_that_is_missing_scores_nothing():
    result = measured(Groups(), split(target=None), MADE[MADE["sex"] == "m"])
    assert result.headline.value == 0.0
    assert result.parts["representation"].value == 0.0


def test_without_a_sensitive_column_it_says_where_to_mark_one():
    with pytest.raises(DoesNotApply, match="mark the columns that make groups, such as sex or origin, on the page Table"):
        measured(Groups(), split_of(TRAIN, HOLDOUT, KINDS, "paid"), MADE)
    named = measured(Groups(columns="sex"), split_of(TRAIN, HOLDOUT, KINDS, "paid"), MADE)
    assert named.headline.value == pytest.approx(0.875)


def test_without_a_target_groups_are_still_compared():
    result = measured(Groups(), split(target=None), MADE)
    assert result.headline.value == pytest.approx(0.875)
    assert result.detail["rates"].empty
    assert "no target" in result.note


def test_small_groups_are_left_out_and_named():
    few = pd.concat([HOLDOUT, rows(("d", "x", "yes", 19))], ignore_index=True)
    cut = split_of(few, few, KINDS, "paid")
    result = measured(Groups(columns="sex"), cut, MADE)
    assert set(result.detail["groups"]["group"]) == {"f", "m"}
    assert "sex d" in result.note


def census():
    cut = adult()
    schema = cut.schema
    for column in schema.with_role(Role.SENSITIVE):
        schema = schema.updated(column.name, role=Role.FEATURE)
    schema = schema.updated("sex", role=Role.SENSITIVE).updated("age", role=Role.SENSITIVE)
    return Split(Table(cut.train.frame, schema), Table(cut.holdout.frame, schema))


def test_shuffled_columns_are_worse_than_training_rows_and_numbers_make_groups():
    cut = census()
    train = measured(Groups(), cut, cut.train.frame)
    floor = measured(Groups(), cut, independent(cut.train.frame))
    assert floor.headline.high < train.headline.low
    assert floor.parts["representation"].value == pytest.approx(train.parts["representation"].value)
    assert (train.detail["groups"]["column"] == "age").sum() == 10
    assert train.parts["skill_lost"].value == 0.0


def test_the_skill_of_a_group_is_scikit_learns():
    cut = census()
    case = case_of(cut, independent(cut.train.frame, 1))
    frame = Groups(columns="sex").measure(case, CONTEXT).detail["groups"].set_index("group")
    models = target_models(case, CONTEXT)
    women = (models.test["sex"] == "Female").to_numpy()
    truth = models.task.truth(models.test) == 1
    area = roc_auc_score(truth[women], models.real.predictions["gradient boosting"][women, 1])
    assert frame.loc["Female", "skill_real"] == pytest.approx(area)


def test_a_numeric_target_is_compared_by_its_mean():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"sex": rng.choice(["f", "m"], 400), "pay": rng.normal(10, 2, 400), "x": rng.normal(size=400)})
    cut = split_of(
        frame[:200], frame[200:].reset_index(drop=True), {"sex": Kind.CATEGORY, "pay": Kind.NUMBER, "x": Kind.NUMBER}, "pay"
    )
    made = frame[:200].assign(pay=lambda one: one["pay"] + 2 * (one["sex"] == "f"))
    result = measured(Groups(columns="sex"), cut, made)
    assert result.parts["target_mean"].value == pytest.approx(1.0, abs=0.4)
    assert set(result.detail["rates"]["class"]) == {"mean"}
