"""The user's own question: against pandas and statsmodels, hand-worked overlaps, and ordered by how much is shuffled."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from synth_ui.core.errors import DoesNotApply
from synth_ui.core.table import Kind
from synth_ui.measures.utility.answer import Answer
from synth_ui.measures.utility.question import Question, compared, names_of, pooled, prepare
from tests.measures.made import adult, measured, split_of
from tests.measures.utility.doses import DOSES, shuffled

KINDS = {"age": Kind.NUMBER, "city": Kind.CATEGORY, "pay": Kind.NUMBER, "buys": Kind.CATEGORY}


def _frame(n: int, seed: int, slope: float = 2.0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    age = rng.normal(40, 10, n)
    city = rng.choice(["Bern", "Bern", "Lyon", "Oslo"], n)
    pay = slope * age + 20 * (city == "Lyon") + rng.normal(0, 15, n)
    return pd.DataFrame(
        {"age": age, "city": city, "pay": pay, "buys": np.where(rng.random(n) < 1 / (1 + np.exp(-(age - 40) / 8)), "yes", "no")}
    )


def _split(seed: int = 0):  # type: ignore[no-untyped-def]
    return split_of(_frame(400, seed), _frame(400, seed + 1), KINDS)


def test_until_a_question_is_asked_it_does_not_apply() -> None:
    with pytest.raises(DoesNotApply, match="no question has been asked"):
        measured(Answer(), _split(), _frame(300, 3))


def test_group_means_and_shares_are_those_of_pandas() -> None:
    split, made = _split(), _frame(300, 3)
    frame = measured(Answer(kind="group", by="city", aggregate="mean", value="pay"), split, made).detail["estimates"]
    for side, rows in (("real", split.holdout.frame), ("synthetic", made)):
        means = rows.groupby("city", observed=True)["pay"].mean()
        assert frame.set_index("term")[side].to_dict() == pytest.approx({f"city: {name}": mean for name, mean in means.items()})
    counts = measured(Answer(kind="group", by="city"), split, made).detail["estimates"].set_index("term")["synthetic"]
    assert counts["city: Lyon"] == pytest.approx((made["city"] == "Lyon").mean())
    share = measured(Answer(kind="group", by="city", aggregate="share", value="buys", level="yes"), split, made)
    assert share.detail["estimates"].set_index("term").loc["city: Oslo", "synthetic"] == pytest.approx(
        (made.loc[made["city"] == "Oslo", "buys"] == "yes").mean()
    )
    medians = measured(Answer(kind="group", by="city", aggregate="median", value="age"), split, made).detail["estimates"]
    assert medians.set_index("term").loc["city: Bern", "real"] == pytest.approx(
        split.holdout.frame.loc[split.holdout.frame["city"] == "Bern", "age"].median()
    )


def test_a_linear_regression_is_the_one_statsmodels_gives_on_raw_columns() -> None:
    split, made = _split(), _frame(300, 3)
    question = Answer(kind="regression", outcome="pay", predictors=json.dumps(["age", "city"]))
    frame = measured(question, split, made).detail["estimates"].set_index("term")
    theirs = smf.ols("pay ~ age + C(city, Treatment('Bern'))", made).fit(cov_type="HC1")
    ours = frame.loc["age, per unit"]
    assert ours["synthetic"] == pytest.approx(theirs.params["age"])
    assert [ours["synthetic_low"], ours["synthetic_high"]] == pytest.approx(list(theirs.conf_int().loc["age"]))
    assert frame.loc["city: Lyon against Bern", "synthetic"] == pytest.approx(theirs.params["C(city, Treatment('Bern'))[T.Lyon]"])


def test_a_logistic_regression_is_the_one_statsmodels_gives() -> None:
    split, made = _split(), _frame(300, 3)
    question = Answer(kind="regression", outcome="buys", level="yes", predictors="age")
    row = measured(question, split, made).detail["estimates"].iloc[0]
    theirs = smf.logit("buys ~ age", made.assign(buys=(made["buys"] == "yes").astype(int))).fit(disp=0, cov_type="HC1")
    assert row["synthetic"] == pytest.approx(theirs.params["age"], rel=1e-5)
    assert row["synthetic_low"] == pytest.approx(theirs.conf_int().loc["age", 0], rel=1e-4)


def _side(*rows: tuple[float, float, float]) -> pd.DataFrame:
    return pd.DataFrame([{"term": str(i), "estimate": v, "low": a, "high": b, "rows": 9} for i, (v, a, b) in enumerate(rows)])


def test_overlap_signs_and_ranks_by_hand() -> None:
    frame = compared(_side((2, 1, 3), (1, 0.1, 2), (5, 4, 6)), _side((3, 2, 4), (-1, -2, -0.5), (np.nan, np.nan, np.nan)))
    assert frame["overlap"].tolist() == pytest.approx([0.5, 0.0, 0.0])
    assert frame["sign_changed"].tolist() == [False, True, False]
    assert not compared(_side((1, -1, 3)), _side((-1, -2, 0.5)))["sign_changed"].any(), "a sign nobody was sure of"
    assert frame["rank_real"].tolist() == [2, 3, 1]
    assert compared(_side((2, 0, 4)), _side((2, 1, 3)))["overlap"].iloc[0] == pytest.approx((2 / 4 + 2 / 2) / 2)


def test_copies_are_pooled_with_the_variance_between_them() -> None:
    one = pooled([_side((2, 1, 3)), _side((4, 3, 5))])
    within, between = (1 / 1.959963984540054) ** 2, 2.0
    assert one["estimate"].iloc[0] == 3
    assert one["high"].iloc[0] - 3 == pytest.approx(1.959963984540054 * np.sqrt(within + 1.5 * between))
    assert pooled([_side((2, 1, 3))])["low"].iloc[0] == pytest.approx(1)


def test_a_reversed_slope_changes_the_sign_and_the_answer() -> None:
    question = Answer(kind="regression", outcome="pay", predictors="age, city")
    same, other = measured(question, _split(), _frame(400, 5)), measured(question, _split(), _frame(400, 5, slope=-2.0))
    assert same.headline.value > 0.5
    assert same.parts["signs"].value == 0
    assert other.parts["signs"].value > 0
    assert other.headline.value < same.headline.value


def test_the_more_columns_are_shuffled_the_less_the_answer_stays() -> None:
    split = adult(4_000)
    question = Answer(kind="group", by="education, sex", aggregate="share", value="income", level=">50K")
    found = [measured(question, split, shuffled(split.train.frame, dose)).headline.value for dose in DOSES]
    assert found[0] == max(found)
    assert found[-1] == min(found)


def test_groups_of_few_persons_are_not_shown_and_groups_the_candidate_lacks_are_counted() -> None:
    train, holdout = _frame(300, 0), _frame(300, 1)
    holdout.loc[:2, "city"] = "Nowhere"
    split = split_of(train, holdout, KINDS)
    made = _frame(300, 3)
    made = made[made["city"] != "Oslo"]
    measurement = measured(Answer(kind="group", by="city", aggregate="mean", value="pay"), split, made)
    terms = list(measurement.detail["estimates"]["term"])
    assert "city: Nowhere" not in terms
    assert "city: Oslo" in terms
    assert measurement.parts["missing"].value == pytest.approx(1 / 3)


def test_numbers_are_grouped_at_the_real_deciles_and_blanks_are_a_group() -> None:
    holdout = _frame(300, 1)
    holdout.loc[:29, "age"] = np.nan
    split = split_of(_frame(300, 0), holdout, KINDS)
    frame = measured(Answer(kind="group", by="age"), split, _frame(300, 3)).detail["estimates"].set_index("term")
    assert frame.loc["age: blank", "real"] == pytest.approx(0.1)
    assert frame.loc["age: blank", "synthetic"] == 0
    assert len(frame) == 11


def test_an_input_another_one_says_already_is_left_out() -> None:
    both = [frame.assign(twice=2 * frame["age"] + 1) for frame in (_frame(300, 0), _frame(300, 1), _frame(300, 2))]
    split = split_of(both[0], both[1], {**KINDS, "twice": Kind.NUMBER})
    frame = measured(Answer(kind="regression", outcome="pay", predictors="age, twice"), split, both[2]).detail["estimates"]
    assert list(frame["term"]) == ["age, per unit"]


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"kind": "group"}, "names no column to group by"),
        ({"kind": "group", "by": "wages"}, "no column 'wages'"),
        ({"kind": "group", "by": "city", "aggregate": "mean", "value": "buys"}, "column of numbers"),
        ({"kind": "group", "by": "city", "aggregate": "share", "value": "buys"}, "one of them"),
        ({"kind": "regression", "outcome": "buys", "predictors": "age"}, "say which one"),
        ({"kind": "regression", "outcome": "pay", "level": "x", "predictors": "age"}, "has no level"),
        ({"kind": "regression", "outcome": "pay", "predictors": "pay"}, "no predictor"),
    ],
)
def test_a_question_that_makes_no_sense_is_answered_with_the_reason(settings: dict[str, str], reason: str) -> None:
    with pytest.raises(DoesNotApply, match=reason):
        measured(Answer(**settings), _split(), _frame(300, 3))


def test_an_outcome_told_exactly_has_no_regression() -> None:
    frames = [_frame(300, seed) for seed in range(3)]
    told = [frame.assign(buys=np.where(frame["age"] > 40, "yes", "no")) for frame in frames]
    with pytest.raises(DoesNotApply, match="tells the outcome exactly"):
        measured(
            Answer(kind="regression", outcome="buys", level="yes", predictors="age"), split_of(told[0], told[1], KINDS), told[2]
        )


def test_a_level_whose_rows_all_end_alike_has_no_estimate_and_the_others_have() -> None:
    rng = np.random.default_rng(5)
    frame = pd.DataFrame({"x": rng.normal(size=900), "kind": rng.choice(["a", "b", "unpaid"], 900, p=[0.5, 0.4, 0.1])})
    frame["rich"] = np.where((rng.random(900) < 0.4 + 0.2 * (frame["kind"] == "b")) & (frame["kind"] != "unpaid"), "yes", "no")
    split = split_of(frame, frame, {"x": Kind.NUMBER, "kind": Kind.CATEGORY, "rich": Kind.CATEGORY})
    asked = Question("regression", level="yes", outcome="rich", predictors=("x", "kind"))
    frame = split.train.frame
    ready = prepare(asked, split.schema, frame)
    real = ready.estimates(frame).set_index("term")
    assert not any("unpaid" in term for term in real.index)
    assert np.isfinite(real["estimate"]).all()
    one_sided = frame.assign(rich=frame["rich"].where(frame["kind"] != "b", "no"))
    made = ready.estimates(one_sided).set_index("term")["estimate"]
    assert np.isnan(made["kind: b against a"])
    assert np.isfinite(made["x, per unit"])


def test_the_settings_of_a_question_ask_it_again() -> None:
    question = Question("group", ("a, b", "c"), "mean", "d")
    assert names_of(question.settings()["by"]) == ("a, b", "c")
    assert names_of(" a , b,") == ("a", "b")
    assert Answer.from_settings(question.settings()).value == "d"
    assert "mean of d, by a, b, c" in question.words()


def test_a_second_real_sample_overlaps_by_about_four_fifths() -> None:
    split = _split()
    ready = prepare(Question("group", ("city",), "mean", "pay"), split.schema, split.holdout.frame)
    samples = [ready.estimates(_frame(400, seed).astype({"city": "category"})) for seed in range(40)]
    found = [float(compared(first, second)["overlap"].mean()) for first, second in zip(samples[::2], samples[1::2], strict=True)]
    assert 0.7 < np.mean(found) < 0.85
