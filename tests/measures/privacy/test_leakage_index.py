"""The leakage index: what is proved, what chance proves, and how far its scale goes."""

import math

import numpy as np
import pytest
from scipy.stats import binomtest

from synth_ui.core.score import Score
from synth_ui.measures.privacy.membership_inference._attacks import Attacked
from synth_ui.measures.privacy.membership_inference.leakage_index import (
    LeakageIndex,
    RuleTally,
    _cut_in_two,
    _rules,
    choose_and_test,
    epsilon,
)
from tests.measures.privacy.worlds import CONTEXT, case_of, three, with_copies


def measured(*frames, **settings):
    return LeakageIndex(**settings).measure(case_of(*frames), CONTEXT)


@pytest.mark.parametrize("tally", [(300, 1_000, 4, 1_000), (40, 4_000, 4, 4_000), (900, 1_000, 0, 1_000), (12, 900, 10, 950)])
def test_the_bound_is_the_ratio_of_scipys_exact_limits(tally):
    right, of_right, wrong, of_wrong = tally
    hit = binomtest(right, of_right).proportion_ci(0.95, method="exact").low
    alarm = binomtest(wrong, of_wrong).proportion_ci(0.95, method="exact").high
    assert epsilon(RuleTally(*tally))[0] == pytest.approx(max(0.0, math.log(hit / alarm)))


def test_the_bound_lies_below_the_estimate_below_the_upper_bound():
    for tally in [(0, 50, 0, 50), (0, 50, 50, 50), (50, 50, 0, 50), (5, 50, 4, 50)]:
        low, middle, high = epsilon(RuleTally(*map(float, tally)))
        assert 0 <= low <= middle <= high <= math.log(50)


def test_nothing_is_proved_of_fresh_rows_and_much_of_copies():
    train, holdout, honest = three(1_600, 1_600, 1_600)
    fresh, copied = measured(train, holdout, honest).headline, measured(train, holdout, train).headline
    assert fresh.value == 0.0
    assert fresh.high > 0
    assert copied.value > 4
    assert copied.high <= math.log(800)


def test_an_attack_that_fires_at_random_finds_next_to_nothing():
    """Choosing the threshold on the rows it is tested on proves a leak in one of ten, and estimates ε = 1.2."""
    found = []
    for repeat in range(60):
        rng = np.random.default_rng(repeat)
        scores = {"distance": rng.normal(size=2_000), "relative distance": rng.normal(size=2_000)}
        attacked = Attacked(np.arange(2_000) < 1_000, rng.random(2_000) < 0.05, scores, 1_000, np.arange(2_000))
        found.append(epsilon(choose_and_test(attacked, np.random.default_rng(repeat))[0])[:2])
    low, middle = np.array(found).T
    assert (low > 0).sum() <= 2
    assert middle.mean() < 0.6


def _index_of(attacked, seed):
    return epsilon(choose_and_test(attacked, np.random.default_rng(seed))[0])[0]


def test_a_true_epsilon_is_bounded_from_below():
    """A rule that fires e times as often for members has ε = 1: the index must come near it and rarely exceed it."""
    found = []
    for repeat in range(40):
        rng = np.random.default_rng(repeat)
        member = np.arange(8_000) < 4_000
        fires = rng.random(8_000) < np.where(member, 0.1 * math.e, 0.1)
        attacked = Attacked(
            member,
            np.zeros(8_000, dtype=bool),
            dict.fromkeys(("distance", "relative distance"), fires * 1.0),
            1,
            np.arange(8_000),
        )
        found.append(_index_of(attacked, repeat))
    assert np.mean(found) > 0.75
    assert np.sum(np.array(found) > 1) <= 4


def test_the_two_halves_of_the_attacked_rows_share_no_row_and_leave_none_out():
    member = np.arange(11) < 5
    first, second = _cut_in_two(member, np.random.default_rng(0))
    assert np.array_equal(first, ~second)
    assert (int((first & member).sum()), int((first & ~member).sum())) == (3, 3)


def test_thresholds_tried_lie_at_the_stated_false_positive_rates():
    rng = np.random.default_rng(0)
    scores = {"distance": rng.normal(size=4_000), "relative distance": rng.normal(size=4_000)}
    attacked = Attacked(np.arange(4_000) < 2_000, np.zeros(4_000, dtype=bool), scores, 1, np.arange(4_000))
    everyone = np.ones(4_000, dtype=bool)
    for rule in _rules(attacked, everyone):
        fires = rule.holds(attacked)
        sort = ~attacked.member if rule.side == "above" else attacked.member
        assert round(fires[sort].mean(), 4) in (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)


def test_details_and_sentences():
    train, holdout, honest = three(1_200, 1_200, 1_200)
    result = measured(train, holdout, with_copies(honest, train, 0.3))
    frame = result.detail["thresholds"]
    assert frame["epsilon_low"].is_monotonic_decreasing
    assert 1 <= frame["chosen"].sum() <= 2
    assert "Chosen: " in result.note
    proved = LeakageIndex().says(Score("a", "leakage_index", "privacy", 2.0, 2.0, 3.0))
    assert "at least ε = 2.0" in proved
    assert "7.4 times" in proved
    assert "No sign found by these 2 attacks" in LeakageIndex().says(Score("a", "leakage_index", "privacy", 0.0, 0.0, 0.9))
