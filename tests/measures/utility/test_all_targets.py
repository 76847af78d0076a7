"""Every column as a target: against scikit-learn, ordered by how much is shuffled, whatever the kinds of columns."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score
from sklearn.tree import DecisionTreeClassifier

from synth_ui.core.errors import DoesNotApply
from synth_ui.core.table import Kind, Split, Table
from synth_ui.measures.utility.all_targets import AllTargets
from tests.measures.made import adult, independent, measured, split_of
from tests.measures.utility.doses import DOSES, shuffled

KINDS = {"x": Kind.NUMBER, "double": Kind.NUMBER, "sign": Kind.CATEGORY, "noise": Kind.NUMBER}


def _frame(n: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    sign = np.where(x + rng.normal(0, 0.5, n) > 0, "plus", "minus")
    return pd.DataFrame({"x": x, "double": 2 * x + rng.normal(0, 0.1, n), "sign": sign, "noise": rng.normal(size=n)})


def test_the_skill_of_a_class_is_scikit_learns() -> None:
    split, made = split_of(_frame(500, 0), _frame(500, 1), KINDS), _frame(500, 2)
    frame = measured(AllTargets(), split, made).detail["targets"].set_index("column")
    numbers = ["x", "double", "noise"]
    tree = DecisionTreeClassifier(min_samples_leaf=20, random_state=0).fit(made[numbers], made["sign"] == "plus")
    holdout = split.holdout.frame
    area = roc_auc_score(holdout["sign"] == "plus", tree.predict_proba(holdout[numbers])[:, 1])
    assert frame.loc["sign", "synthetic_skill"] == pytest.approx(area - 0.5, abs=1e-9)


def test_a_column_that_nothing_tells_about_is_left_out_with_the_reason() -> None:
    split = split_of(_frame(500, 0), _frame(500, 1), KINDS)
    measurement = measured(AllTargets(), split, _frame(500, 2))
    frame = measurement.detail["targets"].set_index("column")
    assert frame.loc["noise", "reason"] == "real rows do not predict it better than guessing"
    assert np.isnan(frame.loc["noise", "retained"])
    assert frame.index[-1] == "noise", "the worst come first, those left out last"
    assert "1 of 4 columns" in measurement.note
    assert measurement.headline.value == pytest.approx(frame["retained"].mean())
    assert measurement.headline.value == pytest.approx(1.0, abs=0.05)


def test_the_worst_column_is_the_one_that_was_shuffled() -> None:
    split = adult(4_000)
    made = split.train.frame.assign(sex=np.random.default_rng(0).permutation(split.train.frame["sex"]))
    frame = measured(AllTargets(), split, made).detail["targets"]
    assert frame["column"].iloc[0] == "sex"
    assert frame["retained"].iloc[0] < 0.1


def test_the_more_columns_are_shuffled_the_less_is_kept() -> None:
    split = adult(4_000)
    kept = [measured(AllTargets(), split, shuffled(split.train.frame, dose)).headline.value for dose in DOSES]
    assert kept == sorted(kept, reverse=True)
    assert kept[0] == 1.0
    assert kept[-1] < 0.1


def test_it_needs_no_target() -> None:
    split = adult(2_000)
    schema = split.schema.with_target(None)
    bare = Split(Table(split.train.frame, schema), Table(split.holdout.frame, schema), split.seed)
    made = independent(split.train.frame)
    assert measured(AllTargets(), bare, made).headline.value == measured(AllTargets(), split, made).headline.value


def test_units_and_names_of_levels_do_not_matter() -> None:
    split, made = split_of(_frame(400, 0), _frame(400, 1), KINDS), _frame(400, 2)

    def other(frame: pd.DataFrame) -> pd.DataFrame:
        sign = frame["sign"].astype(object).map({"plus": "a", "minus": "z"})
        return frame.assign(x=frame["x"] * 4 + 16, sign=sign)

    changed = split_of(other(split.train.frame), other(split.holdout.frame), KINDS)
    assert measured(AllTargets(), changed, other(made)).headline.value == pytest.approx(
        measured(AllTargets(), split, made).headline.value, abs=1e-6
    )


def test_a_candidate_that_lacks_all_but_one_level_can_only_guess() -> None:
    split = split_of(_frame(400, 0), _frame(400, 1), KINDS)
    made = _frame(400, 2).assign(sign="plus")
    frame = measured(AllTargets(), split, made).detail["targets"].set_index("column")
    assert frame.loc["sign", "synthetic_skill"] == 0.0
    assert frame.loc["sign", "retained"] == 0.0


def test_blanks_and_unknown_levels_are_no_values() -> None:
    split = split_of(_frame(400, 0), _frame(400, 1), KINDS)
    made = _frame(400, 2)
    made = made.assign(sign=made["sign"].where(np.arange(400) % 2 == 0), double=made["double"].where(np.arange(400) % 3 > 0))
    assert 0.8 < measured(AllTargets(), split, made).headline.value < 1.1
    assert measured(AllTargets(), split, made.assign(sign="unheard of")).headline.value < 1.0


def test_of_many_columns_a_draw_is_predicted() -> None:
    split = adult(1_000)
    measurement = measured(AllTargets(targets=4), split, split.train.frame)
    assert len(measurement.detail["targets"]) == 4
    assert "4 of 15 columns, chosen by lot" in measurement.note


def test_one_column_has_no_others() -> None:
    frames = [_frame(100, seed)[["x"]] for seed in range(3)]
    with pytest.raises(DoesNotApply, match="only one"):
        measured(AllTargets(), split_of(frames[0], frames[1], {"x": Kind.NUMBER}), frames[2])


def test_where_nothing_goes_together_it_does_not_apply() -> None:
    frames = [independent(_frame(300, seed), seed) for seed in range(3)]
    with pytest.raises(DoesNotApply, match="not even from real rows"):
        measured(AllTargets(), split_of(frames[0], frames[1], KINDS), frames[2])
