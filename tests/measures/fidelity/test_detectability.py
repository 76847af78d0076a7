"""A classifier sees what is made up, is not fooled by formatting, and raises the alarm at copies."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from synth_ui.core.table import Kind
from synth_ui.measures.case import Shared
from synth_ui.measures.fidelity.telling_apart.detectability import Detectability, grouped_folds
from tests.measures.made import adult, flipped, independent, measured, split_of

QUICK = Detectability(rows=3_000, folds=3, trees=40, against_train=False)


def test_boosting_sees_independent_columns_where_a_logistic_regression_is_blind() -> None:
    split = adult()
    measurement = measured(QUICK, split, independent(split.train.frame))
    assert measurement.headline.value > 0.95
    assert measurement.parts["logistic"].value == pytest.approx(0.5, abs=0.05)


def test_real_rows_cannot_be_told_apart() -> None:
    split = adult()
    headline = measured(QUICK, split, split.train.frame).headline
    assert headline.value == pytest.approx(0.5, abs=0.03)
    assert headline.low is not None
    assert 0.01 < headline.value - headline.low < 0.03


def test_more_redrawn_cells_are_easier_to_tell() -> None:
    split = adult()
    shared = Shared(split)
    areas = [measured(QUICK, split, flipped(split.train.frame, share), shared).headline.value for share in (0, 0.1, 0.3, 0.7)]
    assert areas == sorted(areas)


def test_copies_push_the_area_against_train_below_a_half() -> None:
    split = adult()
    alarm = Detectability(rows=4_000, folds=2, trees=20)
    assert measured(alarm, split, split.train.frame).parts["against_train"].value < 0.3
    assert measured(alarm, split, split.holdout.frame).parts["against_train"].value == pytest.approx(0.5, abs=0.04)


def test_duplicates_inside_the_candidate_do_not_leak_across_folds() -> None:
    split = adult()
    rows = np.random.default_rng(0).integers(0, len(split.train) // 4, len(split.train))
    repeated = split.train.rows(rows).frame  # four copies of each row: the law is right, the rows repeat
    assert measured(QUICK, split, repeated).headline.value < 0.56


def test_formatting_does_not_give_rows_away() -> None:
    rng = np.random.default_rng(0)
    real = pd.DataFrame({"x": np.round(rng.normal(size=1_200), 1), "y": np.round(rng.normal(size=1_200), 1)})
    kinds = {"x": Kind.NUMBER, "y": Kind.NUMBER}
    made = pd.DataFrame({"x": np.round(rng.normal(size=600), 1), "y": np.round(rng.normal(size=600), 1)}) + 1e-7
    harmonised = split_of(real[:600], real[600:], kinds, x={"decimals": 1}, y={"decimals": 1})
    assert measured(QUICK, harmonised, made).headline.value < 0.6
    assert measured(QUICK, split_of(real[:600], real[600:], kinds), made).headline.value > 0.6


def test_the_column_that_gives_it_away_comes_first() -> None:
    split = adult()
    made = split.train.frame.assign(age=split.train.frame["age"] * 2)
    columns = measured(QUICK, split, made).detail["columns"]
    assert columns["column"].iloc[0] == "age"
    assert len(columns) == len(split.schema.modelled)


def test_equal_rows_share_a_fold_and_folds_are_of_one_size() -> None:
    hashes = np.repeat(np.random.default_rng(0).integers(0, 2**62, 300, dtype=np.uint64), 3)
    folds = grouped_folds(hashes, 3, seed=1)
    assert all(len(set(folds[hashes == one])) == 1 for one in set(hashes.tolist()))
    assert np.bincount(folds).min() > 250


def test_sides_of_different_size_are_made_equal() -> None:
    split = adult()
    measurement = measured(QUICK, split, split.train.rows(np.arange(500)).frame)
    assert measurement.note.startswith("500 rows of each side")
    assert measurement.headline.value == pytest.approx(0.5, abs=0.08)


def test_the_published_figures_on_the_census_table() -> None:
    """Adult, 24,421 rows on each side: training rows .49, independent columns .99, a tenth redrawn .63."""
    split = adult(48_842)
    measure = Detectability(folds=4, trees=80, against_train=False)
    train = split.train.frame
    for frame, published in ((train, 0.49), (independent(train), 0.99), (flipped(train, 0.1), 0.63)):
        assert measured(measure, split, frame).headline.value == pytest.approx(published, abs=0.02)
