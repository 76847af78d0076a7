"""Single columns, against SciPy and tables worked by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ks_2samp, wasserstein_distance

from synth_ui.core.table import Kind
from synth_ui.measures.fidelity.margins import Margins, distances
from tests.measures.made import adult, flipped, independent, measured, split_of


def test_a_hand_worked_table() -> None:
    real = pd.DataFrame({"city": ["Bern"] * 6 + ["Lyon"] * 3 + [None]})
    made = pd.DataFrame({"city": ["Bern"] * 3 + ["Lyon"] * 3 + ["Oz"] * 4})
    measurement = measured(Margins(), split_of(real, real, {"city": Kind.CATEGORY}), made)
    # shares .6 .3 .1(blank) against .3 .3 .4(unknown): half of .3 + .4 + .1
    assert measurement.headline.value == pytest.approx(0.6)
    row = measurement.detail["columns"].iloc[0]
    assert (row["real_blank"], row["synthetic_blank"]) == (0.1, 0.0)


def test_the_distances_are_scipys() -> None:
    rng = np.random.default_rng(0)
    real, made = rng.normal(size=700), np.round(rng.normal(0.4, 2, 900), 1)
    ks, wasserstein = distances(np.append(real, np.nan), made)
    assert ks == pytest.approx(ks_2samp(real, made).statistic)
    assert wasserstein == pytest.approx(wasserstein_distance(real, made) / real.std())


def test_a_side_without_values_has_no_distance() -> None:
    assert distances(np.array([np.nan]), np.array([1.0])) == (None, None)
    assert distances(np.array([2.0, 2.0]), np.array([2.0])) == (0.0, None)


def test_training_rows_and_a_shuffle_of_every_column_score_alike() -> None:
    split = adult()
    copy, shuffle = (
        measured(Margins(), split, frame).headline.value for frame in (split.train.frame, independent(split.train.frame))
    )
    assert copy == pytest.approx(shuffle, abs=1e-12)
    assert copy > 0.98


def test_the_worst_column_comes_first() -> None:
    split = adult(2_000)
    frame = split.train.frame.assign(age=17)
    measurement = measured(Margins(), split, frame)
    assert measurement.detail["columns"]["column"].iloc[0] == "age"
    assert measurement.parts["worst"].value == measurement.detail["columns"]["score"].iloc[0]


def test_shares_of_the_bins_add_up() -> None:
    bins = measured(Margins(), adult(2_000), flipped(adult(2_000).train.frame, 0.5)).detail["bins"]
    sums = bins.groupby("column", observed=True)[["real_share", "synthetic_share", "train_share"]].sum()
    assert sums.to_numpy() == pytest.approx(np.ones(sums.shape))
    assert bins.groupby("column", observed=True)["order"].is_monotonic_increasing.all()


def test_a_blank_counts_as_a_level() -> None:
    split = split_of(pd.DataFrame({"x": range(100)}), pd.DataFrame({"x": range(100)}), {"x": Kind.NUMBER})
    made = pd.DataFrame({"x": [None if i % 4 == 0 else float(i) for i in range(100)]})
    assert measured(Margins(), split, made).headline.value == pytest.approx(0.75, abs=0.01)


def test_the_scale_begins_where_every_value_is_equally_likely() -> None:
    real = pd.DataFrame({"city": ["Bern"] * 8 + ["Lyon"] * 2, "few": [1.0] * 5 + [2.0] * 5})
    measurement = measured(Margins(), split_of(real, real, {"city": Kind.CATEGORY, "few": Kind.NUMBER}), real)
    assert measurement.parts["uniform"].value == pytest.approx((0.7 + 1.0) / 2)


def test_a_skewed_number_is_far_from_equally_likely() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": rng.lognormal(0, 1, 2_000)})
    split = split_of(frame, frame, {"x": Kind.NUMBER})
    measurement = measured(Margins(), split, pd.DataFrame({"x": rng.uniform(frame["x"].min(), frame["x"].max(), 2_000)}))
    assert measurement.headline.value == pytest.approx(measurement.parts["uniform"].value, abs=0.03)
    assert measurement.parts["uniform"].value < 0.5
