"""Quality against leakage: dominated only beyond chance."""

import pandas as pd

from synth_ui.comparison.choice.pareto import PARETO_COLUMNS
from tests.race_scores import CANDIDATE_VALUES, candidate_rows, outcome, score_rows


def test_the_front_is_cart_and_the_net():
    frame = outcome(score_rows(), candidate_rows()).pareto().set_index("candidate")
    assert set(frame.index[~frame["dominated"] & ~frame["control"]]) == {"cart", "autoregressive"}
    assert frame.loc["bayes_net", "dominated_by"] == "autoregressive"
    assert frame.loc["cart", "leakage"] > 1.5
    assert frame.loc[frame["control"], "probability_dominated"].isna().all()


def test_within_chance_nobody_is_dominated():
    close = {"a": {"pairs": 0.9700, "leakage_index": 0.0}, "b": {"pairs": 0.9705, "leakage_index": 0.0}}
    frame = outcome(score_rows(close)).pareto()
    assert not frame["dominated"].any()
    apart = {"a": {"pairs": 0.95, "leakage_index": 0.0}, "b": {"pairs": 0.97, "leakage_index": 0.0}}
    assert list(outcome(score_rows(apart)).pareto().query("dominated")["candidate"]) == ["a"]


def test_leakage_within_that_of_unseen_rows_counts_as_equal():
    values = {"a": {"pairs": 0.95, "dcr_share": 0.495}, "b": {"pairs": 0.97, "dcr_share": 0.499}}
    narrow = score_rows(values, measures=("pairs", "dcr_share"), half={"dcr_share": 0.005})
    wide = narrow["candidate"].eq("control:unseen") & narrow["measure"].eq("dcr_share")
    narrow.loc[wide, "high"] = 0.52
    assert list(outcome(narrow).pareto().query("dominated")["candidate"]) == ["a"]


def test_more_quality_for_more_leakage_is_a_trade_not_a_defeat():
    frame = outcome(score_rows({"a": {"pairs": 0.95, "leakage_index": 0.0}, "b": {"pairs": 0.98, "leakage_index": 2.0}})).pareto()
    assert not frame["dominated"].any()


def test_order_does_not_matter_and_columns_are_there_when_empty():
    scores = score_rows()
    one, other = (outcome(rows).pareto().drop(columns="number") for rows in (scores, scores.iloc[::-1]))  # a colour goes by entry
    pd.testing.assert_frame_equal(one, other)
    assert tuple(outcome(score_rows({}, controls={})).pareto().columns) == PARETO_COLUMNS


def test_retained_skill_can_be_the_quality():
    frame = outcome(score_rows(CANDIDATE_VALUES)).pareto("utility").set_index("candidate")
    assert frame.loc["cart", "quality_measure"] == "tstr"
