"""Triples of columns, against tables worked by hand and the known order of flips."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply
from synth_ui.core.table import Kind, Split
from synth_ui.measures.case import Shared
from synth_ui.measures.fidelity import triples
from synth_ui.measures.fidelity.pairs import Pairs
from synth_ui.measures.fidelity.triples import Triples, triples_of
from tests.measures.made import adult, case_of, flipped, independent, measured, split_of

THREE = {"a": Kind.CATEGORY, "b": Kind.CATEGORY, "c": Kind.CATEGORY}


def parity(even: bool, repeats: int = 20) -> pd.DataFrame:
    """Two coins and whether they agree (or not): every pair of columns is independent, all three are not."""
    rows = [(a, b, "x" if (a == b) == even else "y") for a in "uv" for b in "uv"]
    return pd.DataFrame(rows * repeats, columns=list("abc"))


def test_what_no_pair_shows_a_triple_shows() -> None:
    split = split_of(parity(True), parity(True), THREE)
    assert measured(Pairs(), split, parity(False)).headline.value == pytest.approx(1.0)
    assert measured(Triples(), split, parity(False)).headline.value == pytest.approx(0.0)


def test_a_hand_worked_table() -> None:
    made = pd.concat([parity(True, 15), parity(False, 5)])
    measurement = measured(Triples(), split_of(parity(True), parity(True), THREE), made)
    assert measurement.headline.value == pytest.approx(0.75)
    assert measurement.parts["worst"].value == pytest.approx(0.75)
    assert list(measurement.detail["triples"].iloc[0])[:3] == ["a", "b", "c"]


def test_two_columns_have_no_triples() -> None:
    frame = pd.DataFrame({"a": list("xy") * 10, "b": list("uv") * 10})
    with pytest.raises(DoesNotApply, match="fewer than three columns"):
        measured(Triples(), split_of(frame, frame, {"a": Kind.CATEGORY, "b": Kind.CATEGORY}), frame)


def test_more_redrawn_cells_score_lower() -> None:
    split = adult(2_000)
    shared = Shared(split)
    frames = [flipped(split.train.frame, share) for share in (0.0, 0.1, 0.3, 0.6)]
    scores = [measured(Triples(), split, frame, shared).headline.value for frame in [*frames, independent(split.train.frame)]]
    assert scores == sorted(scores, reverse=True)
    assert min(-np.diff(scores)) > 0.002


def test_the_interval_holds_what_other_rows_give() -> None:
    """The error is no smaller than the spread over disjoint draws, and at most about three times as large."""
    whole = adult(48_842).train
    values, errors = [], []
    for repeat in range(5):
        rows = np.random.default_rng(repeat).permutation(len(whole))
        split = Split(whole.rows(rows[:1_000]), whole.rows(rows[1_000:2_000]), seed=repeat)
        headline = measured(Triples(), split, split.train.frame).headline
        assert headline.low is not None
        values.append(headline.value)
        errors.append((headline.value - headline.low) / 1.96)
    assert 0.7 < np.mean(errors) / np.std(values, ddof=1) < 4


def test_a_wide_table_is_drawn_from_and_every_candidate_meets_the_same_triples() -> None:
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(60, 25)), columns=[f"x{i}" for i in range(25)])
    split = split_of(frame, frame, dict.fromkeys(frame.columns, Kind.NUMBER))
    first, second = (triples_of(case_of(split, frame), Context(0)) for _ in range(2))
    assert first == second
    assert len(set(first)) == 2_000
    assert "2,000 of 2,300 sets of three columns" in measured(Triples(), split, frame).note


def test_relabelling_levels_and_stretching_numbers_change_nothing() -> None:
    split = adult(2_000)
    made = flipped(split.train.frame, 0.3)
    value = measured(Triples(), split, made).headline.value
    moved = [frame.assign(age=frame["age"] * 7 + 3, sex=frame["sex"].astype(str).map({"Male": "m", "Female": "f"}))
             for frame in (split.train.frame, split.holdout.frame, made)]  # fmt: skip
    kinds = {column.name: column.kind for column in split.schema}
    again = split_of(moved[0], moved[1], kinds)
    assert measured(Triples(), again, moved[2]).headline.value == pytest.approx(value)


def test_of_very_many_rows_a_draw_is_counted_and_what_that_costs_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    split = adult(4_000)
    made = flipped(split.train.frame, 0.2)
    whole = measured(Triples(), split, made)
    monkeypatch.setattr(triples, "MOST_ROWS", 1_000)
    drawn = measured(Triples(), split, made)
    assert whole.note == ""
    said = re.fullmatch(
        r"counted on a draw of 1,000 rows of each table, so that two candidates less than (0\.\d+) apart are not told from each other",
        drawn.note,
    )
    assert said is not None
    assert drawn.headline.low is not None
    assert drawn.headline.high is not None
    assert float(said[1]) == pytest.approx(np.sqrt(2) * (drawn.headline.high - drawn.headline.low) / 2, rel=0.02)
    assert drawn.headline.value < whole.headline.value  # fewer rows leave more to chance, for candidates and controls alike
    assert measured(Triples(), split, made.sample(frac=1, random_state=1)).headline == drawn.headline  # whatever their order
    assert measured(Triples(), split, flipped(split.train.frame, 0.6)).headline.value < drawn.headline.value - float(said[1])
