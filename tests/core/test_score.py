"""Scores are small values; the frame has one row each."""

from __future__ import annotations

import pytest

from synth_ui.core.run import RunState
from synth_ui.core.score import SCORE_COLUMNS, Number, Score, Status, scores_frame


def test_a_number_is_never_nan() -> None:
    with pytest.raises(ValueError, match="low is NaN"):
        Number(0.5, low=float("nan"))


def test_the_frame_has_all_columns_also_when_empty() -> None:
    frame = scores_frame([])
    assert list(frame.columns) == list(SCORE_COLUMNS)
    assert frame["value"].dtype == "float64"


def test_a_score_without_a_value_is_a_row_with_its_reason() -> None:
    frame = scores_frame([Score("cart", "tstr", "utility", status=Status.DOES_NOT_APPLY, reason="there is no target")])
    assert frame.loc[0, "status"] == "does not apply"
    assert frame.loc[0, "reason"] == "there is no target"
    assert frame["value"].isna().all()


def test_which_states_have_ended() -> None:
    assert {state.value for state in RunState if not state.ended} == {"queued", "running"}
