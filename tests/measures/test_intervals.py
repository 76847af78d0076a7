"""The intervals, against SciPy and the tables of the papers they come from."""

import numpy as np
import pytest
from scipy.stats import binomtest, mannwhitneyu

from synth_ui.measures._intervals import auc_influence, clopper_pearson, delong, newcombe, wilson

SHARES = [(0, 20), (1, 29), (15, 148), (81, 263), (20, 20), (499, 500)]


@pytest.mark.parametrize(("count", "trials"), SHARES)
@pytest.mark.parametrize("level", [0.9, 0.95, 0.99])
def test_clopper_pearson_is_scipys_exact_interval(count, trials, level):
    known = binomtest(count, trials).proportion_ci(level, method="exact")
    assert np.allclose(clopper_pearson(count, trials, level), (known.low, known.high), atol=1e-12)


def test_clopper_pearson_takes_arrays():
    low, high = clopper_pearson(np.array([0, 1, 2]), 2)
    assert low[0] == 0.0
    assert high[2] == 1.0
    assert np.all(np.diff(low) > 0)
    assert np.all(np.diff(high) > 0)


@pytest.mark.parametrize(("count", "trials"), SHARES)
def test_wilson_is_scipys(count, trials):
    known = binomtest(count, trials).proportion_ci(0.95, method="wilson")
    number = wilson(count, trials)
    assert (number.low, number.high) == pytest.approx((known.low, known.high), abs=1e-12)
    assert number.low <= number.value <= number.high


@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0),
    ],
)
def test_newcombe_gives_the_paper_s_table(first, second, low, high):
    number = newcombe(*first, *second)
    assert (number.low, number.high) == pytest.approx((low, high), abs=5e-5)


def hanley_mcneil():
    """The ratings of 109 tomographies (Hanley and McNeil, 1982): normal and abnormal by rating 1 to 5."""
    normal, abnormal = [33, 6, 6, 11, 2], [3, 2, 2, 11, 33]
    score = np.repeat([1, 2, 3, 4, 5] * 2, normal + abnormal)
    return np.repeat([False, True], [58, 51]), score


def test_delong_gives_the_published_interval_of_the_hanley_mcneil_ratings():
    number = delong(*hanley_mcneil())
    assert (number.value, number.low, number.high) == pytest.approx((0.8932, 0.83295, 0.95339), abs=2e-4)


def test_delong_equals_its_definition_written_out():
    rng = np.random.default_rng(3)
    positive, score = rng.random(60) < 0.4, np.round(rng.normal(size=60), 1)
    wins = (score[positive][:, None] > score[~positive]) + 0.5 * (score[positive][:, None] == score[~positive])
    variance = wins.mean(1).var(ddof=1) / positive.sum() + wins.mean(0).var(ddof=1) / (~positive).sum()
    area, influence = auc_influence(positive, score)
    assert area == pytest.approx(wins.mean())
    assert influence @ influence == pytest.approx(variance)
    statistic = mannwhitneyu(score[positive], score[~positive]).statistic
    assert area == pytest.approx(statistic / positive.sum() / (~positive).sum())


def test_perfect_separation_keeps_an_interval():
    positive = np.repeat([True, False], [20, 30])
    number = delong(positive, positive.astype(float))
    assert (number.value, number.high) == (1.0, 1.0)
    assert number.low == pytest.approx(1 - 0.1684, abs=5e-5)


def test_an_area_needs_two_of_each_sort():
    with pytest.raises(ValueError, match="two rows of each sort"):
        delong([True, False, False], [1, 2, 3])


def test_delong_covers_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(5)
    hits = 0
    for _ in range(400):
        positive = np.repeat([True, False], [80, 120])
        number = delong(positive, positive * 0.5 + rng.normal(size=200))
        hits += number.low <= 0.63816 <= number.high
    assert 0.91 <= hits / 400 <= 0.98
