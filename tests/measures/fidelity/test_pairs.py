"""Pairs of columns, against tables worked by hand and the known order of flips."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply
from synth_ui.core.table import Kind
from synth_ui.measures._tables import GROUPS, pairs_of
from synth_ui.measures.case import Shared
from synth_ui.measures.fidelity.pairs import Pairs
from tests.measures.made import adult, case_of, flipped, independent, measured, split_of

TWO = {"a": Kind.CATEGORY, "b": Kind.CATEGORY}


def test_a_hand_worked_table() -> None:
    real = pd.DataFrame({"a": list("xxyy") * 10, "b": list("uuvv") * 10})
    made = pd.DataFrame({"a": list("xxyy") * 10, "b": list("uvuv") * 10})
    # real: xu ½, yv ½; made: a quarter each; half of ¼ + ¼ + ¼ + ¼
    assert measured(Pairs(), split_of(real, real, TWO), made).headline.value == pytest.approx(0.5)


def test_one_column_has_no_pairs() -> None:
    frame = pd.DataFrame({"a": list("xy") * 10})
    with pytest.raises(DoesNotApply, match="fewer than two columns"):
        measured(Pairs(), split_of(frame, frame, {"a": Kind.CATEGORY}), frame)


def test_more_redrawn_cells_score_lower() -> None:
    split = adult()
    shared = Shared(split)
    shares = (0.0, 0.1, 0.3, 0.5, 0.7)
    scores = [measured(Pairs(), split, flipped(split.train.frame, share), shared).headline.value for share in shares]
    scores.append(measured(Pairs(), split, independent(split.train.frame), shared).headline.value)
    assert scores == sorted(scores, reverse=True)
    assert min(-np.diff(scores)) > 0.0005


def test_the_published_figures_on_the_census_table() -> None:
    """Adult, 24,421 rows on each side: training rows .985, independent columns .929, a tenth redrawn .981."""
    split = adult(48_842)
    shared = Shared(split)
    train = split.train.frame
    for frame, published in ((train, 0.985), (independent(train), 0.929), (flipped(train, 0.1), 0.981)):
        assert measured(Pairs(), split, frame, shared).headline.value == pytest.approx(published, abs=0.01)


def test_the_interval_holds_what_other_rows_give() -> None:
    """The error is about the spread over disjoint draws."""
    whole = adult(48_842).train
    values, errors = [], []
    for repeat in range(10):
        rows = np.random.default_rng(repeat).permutation(len(whole))
        split = type(adult())(whole.rows(rows[:3_000]), whole.rows(rows[3_000:6_000]), seed=repeat)
        headline = measured(Pairs(), split, split.train.frame).headline
        assert headline.low is not None
        values.append(headline.value)
        errors.append((headline.value - headline.low) / 1.96)
    assert 0.7 < np.mean(errors) / np.std(values, ddof=1) < 1.7


def test_few_rows_have_no_interval() -> None:
    frame = pd.DataFrame({"a": list("xy") * (GROUPS - 1), "b": list("uv") * (GROUPS - 1)})
    assert measured(Pairs(), split_of(frame, frame, TWO), frame).headline.low is None


def test_a_wide_table_is_drawn_from_and_every_candidate_meets_the_same_pairs() -> None:
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(60, 50)), columns=[f"x{i}" for i in range(50)])
    split = split_of(frame, frame, dict.fromkeys(frame.columns, Kind.NUMBER))
    first, second = (pairs_of(case_of(split, frame), Context(0)) for _ in range(2))
    assert len(first) == 1_000
    assert first == second
    assert len(set(first)) == 1_000
    assert "1,000 of 1,225 pairs" in measured(Pairs(), split, frame).note


def test_spikes_are_seen_where_deciles_are_blind() -> None:
    rng = np.random.default_rng(0)
    gain = np.where(rng.random(2_000) < 0.95, 0.0, rng.lognormal(8, 1, 2_000))
    real = pd.DataFrame({"gain": gain, "city": rng.choice(list("ab"), 2_000)})
    made = real.assign(gain=rng.lognormal(8, 1, 2_000))
    split = split_of(real, real, {"gain": Kind.NUMBER, "city": Kind.CATEGORY})
    measurement = measured(Pairs(), split, made)
    assert measurement.headline.value > 0.9
    assert measurement.parts["spikes"].value < 0.1
