"""Errors from influences, against formulas and resampling."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import r2_score, roc_auc_score

from synth_ui.measures._influence import Influence, jackknife_error, mean, of_auc, of_mean, of_r2, ratio, shifted


def _sample(seed: int, n: int = 400) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = rng.normal(size=n)
    return truth, truth + rng.normal(size=n)


def test_the_mean_has_the_usual_error() -> None:
    values = np.random.default_rng(0).normal(size=300)
    assert of_mean(values).error == pytest.approx(values.std() / np.sqrt(300))


def test_r2_is_scikit_learns_and_its_error_what_resampling_gives() -> None:
    truth, predicted = _sample(1)
    estimate = of_r2(truth, predicted)
    rng = np.random.default_rng(2)
    draws = [r2_score(truth[rows], predicted[rows]) for rows in rng.integers(0, len(truth), (400, len(truth)))]
    assert estimate.value == pytest.approx(r2_score(truth, predicted))
    assert estimate.error == pytest.approx(np.std(draws), rel=0.15)


def test_a_ratio_of_areas_has_the_error_that_resampling_gives() -> None:
    rng = np.random.default_rng(3)
    truth = rng.random(500) < 0.4
    better, worse = truth + rng.normal(size=500), truth + rng.normal(0, 2, 500)
    estimate = ratio(shifted(of_auc(truth, worse), -0.5), shifted(of_auc(truth, better), -0.5))
    draws = []
    for rows in rng.integers(0, 500, (400, 500)):
        top, bottom = (roc_auc_score(truth[rows], score[rows]) - 0.5 for score in (worse, better))
        draws.append(top / bottom)
    assert estimate.error == pytest.approx(np.std(draws), rel=0.2)


def test_the_mean_of_an_estimate_with_itself_is_no_more_certain() -> None:
    one = Influence(0.7, np.array([0.1, -0.2, 0.1]))
    assert mean([one, one]).error == one.error


def test_an_interval_is_cut_to_its_range() -> None:
    number = Influence(0.99, np.array([0.1])).number(0.0, 1.0)
    assert number.high == 1.0
    assert number.low == pytest.approx(0.99 - 0.196, abs=1e-3)


def test_the_jackknife_of_a_mean_is_its_standard_error() -> None:
    values = np.random.default_rng(5).normal(size=20)
    left_out = (values.sum() - values) / 19
    assert jackknife_error(left_out) == pytest.approx(values.std(ddof=1) / np.sqrt(20))
