"""Exposed rows: the right rows are named, beyond what unseen rows show, and nothing of what stands in them."""

import numpy as np
import pandas as pd
import pytest

from synth_ui.core.score import Score
from synth_ui.measures.privacy.membership_inference.exposed import RARE, Exposed, _standing_out
from tests.measures.privacy.worlds import CONTEXT, case_of, three

TRAIN, HOLDOUT, HONEST = three(1_500, 1_500, 1_500, seed=8)
COPIED = 60


def measured(synthetic, **settings):
    return Exposed(**settings).measure(case_of(TRAIN, HOLDOUT, synthetic), CONTEXT)


def test_copied_rows_are_the_ones_listed():
    rows = np.random.default_rng(1).choice(len(TRAIN), COPIED, replace=False)
    made = pd.concat([TRAIN.iloc[rows], HONEST.iloc[COPIED:]], ignore_index=True)
    result = measured(made, everyone=True)
    listed = result.detail["rows"]
    assert result.headline.low > 0
    assert np.isin(rows, listed["row"]).mean() > 0.9
    assert np.isin(listed["row"].head(40), rows).all()
    assert listed["right"].head(40).min() > 0.9
    assert listed["evidence"].is_monotonic_decreasing
    assert (listed["excess"] >= 0).all()


def test_the_share_is_that_of_the_members_beyond_one_in_a_hundred_others():
    rng = np.random.default_rng(0)
    member = np.arange(4_000) < 2_000
    evidence = rng.normal(size=4_000)
    evidence[:100] += 10
    gap, train, holdout, threshold = _standing_out(evidence, member, np.ones(4_000, dtype=bool))
    others = np.sort(evidence[~member])
    assert threshold == others[-20]
    assert holdout == RARE
    assert train == (evidence[member] >= threshold).mean()
    assert gap.value == pytest.approx(train - holdout)
    assert gap.low > 0.03


def test_right_answers_are_counted_on_both_sides():
    result = measured(TRAIN, listed=5_000)
    row = result.detail["rows"].iloc[-1]
    told = len(result.detail["rows"]) / 750  # half of the holdout is the reference, so 750 rows a side are attacked
    assert row["right"] == pytest.approx(told / (told + row["unseen_share"]))


def test_an_honest_candidate_exposes_nobody_beyond_chance():
    result = measured(HONEST)
    assert result.headline.low <= 0 <= result.headline.high
    assert len(result.detail["rows"]) < 30


def test_the_list_holds_row_numbers_and_evidence_only():
    listed = measured(TRAIN).detail["rows"]
    assert listed.columns.tolist() == ["row", "evidence", "excess", "unseen_share", "right", "isolated"]
    assert len(listed) == 200
    assert listed["evidence"].is_monotonic_decreasing
    assert listed["row"].is_unique
    assert listed["row"].between(0, len(TRAIN) - 1).all()
    assert "750 training rows were not attacked" in measured(TRAIN).note
    assert "not attacked" not in measured(TRAIN, everyone=True).note


def test_row_numbers_follow_the_rows():
    order = np.random.default_rng(2).permutation(len(TRAIN))
    shuffled = TRAIN.iloc[order].reset_index(drop=True)
    made = pd.concat([TRAIN.iloc[:COPIED], HONEST.iloc[COPIED:]], ignore_index=True)
    before = measured(made).detail["rows"]
    after = Exposed().measure(case_of(shuffled, HOLDOUT, made), CONTEXT).detail["rows"]
    assert set(order[after["row"]]) == set(before["row"])


def test_sentences():
    says = Exposed().says
    assert says(Score("a", "exposed", "privacy", 0.05, 0.04, 0.06)).startswith("More training rows stand out")
    assert says(Score("a", "exposed", "privacy", 0.0, -0.01, 0.01)).startswith("No sign found by this attack")
