"""Sentences."""

from __future__ import annotations

import pytest

from synth_ui.core.errors import PluginError
from synth_ui.core.score import Score, Status, score_of, scores_frame
from synth_ui.evaluation.words import sentence


def test_a_score_is_said_by_its_measure() -> None:
    said = sentence("tstr", Score("cart", "tstr", "utility", 0.92))
    assert "92%" in said


def test_a_row_of_a_frame_is_as_good_as_a_score() -> None:
    score = Score("cart", "pairs", "fidelity", 0.95, 0.94, 0.96, seconds=0.1)
    row = scores_frame([score]).iloc[0]
    assert score_of(row) == score
    assert sentence("pairs", row) == sentence("pairs", score)


@pytest.mark.parametrize(
    ("status", "start"), [(Status.DOES_NOT_APPLY, "Does not apply, because"), (Status.FAILED, "Could not be computed:")]
)
def test_no_number_has_a_reason(status: Status, start: str) -> None:
    said = sentence("tstr", Score("cart", "tstr", "utility", status=status, reason="there is no target"))
    assert said.startswith(start)
    assert "there is no target" in said


def test_too_few_rows_are_said_after_the_number() -> None:
    weak = Score("cart", "dcr_share", "privacy", 0.5, 0.4, 0.6, status=Status.UNDER_POWERED, reason="fewer than 1,000 real rows")
    assert sentence("dcr_share", weak).endswith("Too weak for a verdict: fewer than 1,000 real rows.")


def test_an_unknown_measure_is_refused() -> None:
    with pytest.raises(PluginError, match="no measure 'nope'"):
        sentence("nope", Score("cart", "nope", "privacy", 0.5))
