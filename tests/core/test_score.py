"""Scores are small values; the frame has one row each."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from synth_ui.core.run import RunState
from synth_ui.core.score import SCORE_COLUMNS, Number, Score, Status, scores_frame, with_ends


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


@pytest.mark.parametrize(("low", "printed"), [(0.5004, "50.04%"), (0.5, "50.0%"), (0.4999, "50.0%"), (0.62, "62.0%")])
def test_the_low_end_of_a_leak_is_never_printed_as_chance(low: float, printed: str) -> None:
    assert with_ends(Score("a", "m", "privacy", value=0.7, low=low, high=0.8), 0.5, 1)[1] == printed


def test_a_value_has_as_many_digits_as_its_ends() -> None:
    """It read as lying below its own interval: AUC 0.500, 0.5001 to 0.501."""
    found = Score("a", "m", "privacy", value=0.50040, low=0.50012, high=0.50071)
    assert with_ends(found, 0.5, 3, "f") == ("0.5004", "0.5001", "0.5007")


@given(low=st.floats(-0.2, 1.0), chance=st.sampled_from([0.0, 0.5]), digits=st.integers(1, 3), kind=st.sampled_from(["%", "f"]))
def test_the_low_end_reads_as_beyond_chance_where_it_is(low: float, chance: float, digits: int, kind: str) -> None:
    assume(abs(low - chance) > 1e-5)
    value, printed, high = with_ends(Score("a", "m", "privacy", value=low, low=low, high=1.0), chance, digits, kind)
    assert value == printed
    assert len(high) >= len(printed.lstrip("-"))
    read = float(printed.rstrip("%")) / (100 if kind == "%" else 1)
    assert (read > chance) == (low > chance)
