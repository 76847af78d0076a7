"""Importances: against scikit-learn's permutation importance, and ordered by how much is shuffled."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr
from sklearn.inspection import permutation_importance

from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply
from synth_ui.core.table import Kind
from synth_ui.measures._task import target_models
from synth_ui.measures.utility.importance import Importance, spearman
from tests.measures.made import adult, case_of, measured, split_of

KINDS = dict.fromkeys(("strong", "middling", "weak", "noise", "y"), Kind.NUMBER)


def _frame(n: int, seed: int, weights: tuple[float, ...] = (4.0, 2.0, 0.7, 0.0)) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    inputs = rng.normal(size=(n, 4))
    y = inputs @ np.array(weights) + rng.normal(0, 0.5, n)
    return pd.DataFrame(np.column_stack([inputs, y]), columns=list(KINDS))


def test_the_importances_are_scikit_learns_up_to_the_luck_of_shuffling() -> None:
    split = split_of(_frame(800, 0), _frame(800, 1), KINDS, "y")
    frame = measured(Importance(repeats=5), split, _frame(800, 2)).detail["importance"].set_index("column")
    models = target_models(case_of(split, split.train.frame), Context(split.seed))
    inputs, truth = models.real.features.trees(models.test), models.task.truth(models.test)
    theirs = permutation_importance(models.real.model, inputs, truth, scoring="r2", n_repeats=5, random_state=0)
    for name, value, spread in zip(list(KINDS)[:4], theirs.importances_mean, theirs.importances_std, strict=True):
        assert frame.loc[name, "real"] == pytest.approx(value, abs=max(4 * spread, 0.01))
    assert list(frame.index) == ["strong", "middling", "weak", "noise"]


def test_the_correlation_is_scipys() -> None:
    rng = np.random.default_rng(0)
    first, second = rng.random(12), rng.random(12)
    assert spearman(first, second) == pytest.approx(spearmanr(first, second).statistic)
    assert spearman(first, np.zeros(12)) == 0.0
    assert spearman(np.array([0.5, 0.2, -0.1]), np.array([0.9, 0.4, -0.6])) == pytest.approx(1.0)


def test_the_training_rows_give_the_same_order() -> None:
    split = adult(4_000)
    measurement = measured(Importance(), split, split.train.frame.sample(frac=1, random_state=2))
    assert (measurement.headline.value, measurement.headline.low, measurement.parts["top"].value) == (1.0, 1.0, 1.0)


def test_a_candidate_in_which_other_columns_matter_is_told_by_how_other_they_are() -> None:
    split = split_of(_frame(600, 0), _frame(600, 1), KINDS, "y")
    weights = [(4.0, 2.0, 0.7, 0.0), (2.0, 4.0, 0.0, 0.7), (0.0, 0.7, 2.0, 4.0)]
    found = [measured(Importance(), split, _frame(600, 2, weight)) for weight in weights]
    agreement = [measurement.headline.value for measurement in found]
    assert agreement[0] > agreement[1] > agreement[2]
    assert agreement[2] < 0
    assert found[2].parts["top"].value < 1.0
    assert all(one.headline.low <= one.headline.value <= one.headline.high for one in found)  # type: ignore[operator]


def test_a_change_of_unit_does_not_matter() -> None:
    split, made = split_of(_frame(400, 0), _frame(400, 1), KINDS, "y"), _frame(400, 2)
    scaled = [frame.assign(weak=frame["weak"] * 4 - 8) for frame in (split.train.frame, split.holdout.frame, made)]
    other = split_of(scaled[0], scaled[1], KINDS, "y")
    assert measured(Importance(), other, scaled[2]).headline.value == pytest.approx(
        measured(Importance(), split, made).headline.value
    )


def test_two_columns_have_no_order_worth_speaking_of() -> None:
    frames = [_frame(100, seed)[["strong", "weak", "y"]] for seed in range(3)]
    with pytest.raises(DoesNotApply, match="at least 3"):
        measured(Importance(), split_of(frames[0], frames[1], {name: KINDS[name] for name in frames[0]}, "y"), frames[2])


def test_where_nothing_matters_there_is_no_order() -> None:
    frames = [_frame(200, seed, (0.0, 0.0, 0.0, 0.0)) for seed in range(3)]
    with pytest.raises(DoesNotApply, match="no column matters"):
        measured(Importance(), split_of(frames[0], frames[1], KINDS, "y"), frames[2])
