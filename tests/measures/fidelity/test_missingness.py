"""Where blanks are, against tables worked by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from synth_ui.core.errors import DoesNotApply
from synth_ui.core.table import Kind
from synth_ui.measures.case import Shared
from synth_ui.measures.fidelity.missingness import Missingness
from tests.measures.made import adult, flipped, independent, measured, split_of

TWO = {"a": Kind.CATEGORY, "b": Kind.CATEGORY}


def blanks(both: int, only_a: int, only_b: int, rows: int = 100) -> pd.DataFrame:
    frame = pd.DataFrame({"a": ["x"] * rows, "b": ["u"] * rows}).astype(object)
    frame.loc[: both + only_a - 1, "a"] = None
    frame.loc[: both - 1, "b"] = None
    frame.loc[both + only_a : both + only_a + only_b - 1, "b"] = None
    return frame


def test_a_hand_worked_table() -> None:
    """Real: 20 rows blank in both. Made: 10 in both, 10 in a alone, 10 in b alone. Cells differ by .1 + .1 + .1, their sum is .2 + .3."""
    split = split_of(blanks(20, 0, 0), blanks(20, 0, 0), TWO)
    measurement = measured(Missingness(), split, blanks(10, 10, 10))
    assert measurement.headline.value == pytest.approx(1 - 0.3 / 0.5)
    assert measurement.parts["shares"].value == pytest.approx(1.0)
    assert measurement.parts["together"].value == pytest.approx(1 - 0.1 / 0.3)
    row = measurement.detail["together"].iloc[0]
    assert (row["real_share"], row["synthetic_share"]) == (0.2, 0.1)


def test_blanks_that_depend_on_a_value() -> None:
    real = pd.DataFrame({"a": [None, "x", "x", "x"] * 25, "b": ["u", "v", "v", "v"] * 25})
    made = pd.DataFrame({"a": [None, "x", "x", "x"] * 25, "b": ["v", "u", "v", "v"] * 25})
    measurement = measured(Missingness(), split_of(real, real, TWO), made)
    assert measurement.headline.value == pytest.approx(0.0)
    assert measurement.parts["shares"].value == pytest.approx(1.0)


def test_no_blank_at_all_and_blanks_in_one_table_only() -> None:
    full, holed = blanks(0, 0, 0), blanks(5, 5, 0)
    with pytest.raises(DoesNotApply, match="neither the unseen rows nor the candidate"):
        measured(Missingness(), split_of(full, full, TWO), full)
    assert measured(Missingness(), split_of(full, full, TWO), holed).headline.value == 0.0
    measurement = measured(Missingness(), split_of(holed, holed, TWO), full)
    assert measurement.headline.value == 0.0
    assert measurement.detail["columns"]["difference"].tolist() == pytest.approx([-0.1, -0.05])


def test_one_column_is_compared_by_its_share() -> None:
    frames = [pd.DataFrame({"a": [None] * blank + ["x"] * (100 - blank)}) for blank in (10, 30)]
    assert measured(
        Missingness(), split_of(frames[0], frames[0], {"a": Kind.CATEGORY}), frames[1]
    ).headline.value == pytest.approx(0.5)


def test_more_redrawn_cells_score_lower_and_a_shuffle_keeps_only_the_shares() -> None:
    split = adult(4_000)
    shared = Shared(split)
    frames = [flipped(split.train.frame, share) for share in (0.0, 0.2, 0.5)]
    results = [measured(Missingness(), split, frame, shared) for frame in [*frames, independent(split.train.frame)]]
    scores = [result.headline.value for result in results]
    assert scores == sorted(scores, reverse=True)
    assert results[-1].parts["together"].value < 0.3
    assert results[-1].parts["shares"].value == pytest.approx(results[0].parts["shares"].value)  # a shuffle moves no share


def test_relabelling_levels_changes_nothing_but_chance() -> None:
    rng = np.random.default_rng(0)
    real, made = (
        pd.DataFrame({"a": rng.choice(["x", "y", None], 300), "b": rng.choice(["u", "v", None], 300)}) for _ in range(2)
    )
    before = measured(Missingness(), split_of(real, real, TWO), made).headline.value
    real, made = (frame.replace({"a": {"x": "later"}}) for frame in (real, made))
    assert measured(Missingness(), split_of(real, real, TWO), made).headline.value == pytest.approx(before)
