"""Sentences, and the privacy measures that must not be believed."""

from __future__ import annotations

import pandas as pd
import pytest

from synth_ui.core.errors import PluginError
from synth_ui.core.score import Score, Status, scores_frame
from synth_ui.evaluation.words import as_score, blind, sentence

HONEST, COPIED, REDRAWN = "control:unseen", "control:train", "control:flipped"


def _shares(**intervals: tuple[float, float, float]) -> pd.DataFrame:
    names = {"honest": HONEST, "copied": COPIED, "redrawn": REDRAWN}
    return scores_frame([Score(names[key], "dcr_share", "privacy", *numbers) for key, numbers in intervals.items()])


def test_a_score_is_said_by_its_measure() -> None:
    said = sentence("tstr", Score("cart", "tstr", "utility", 0.92))
    assert "92%" in said


def test_a_row_of_a_frame_is_as_good_as_a_score() -> None:
    score = Score("cart", "pairs", "fidelity", 0.95, 0.94, 0.96, seconds=0.1)
    row = scores_frame([score]).iloc[0]
    assert as_score(row) == score
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


def test_a_measure_that_sees_both_leaks_is_believed() -> None:
    assert blind(_shares(honest=(0.5, 0.48, 0.52), copied=(0.99, 0.98, 1.0), redrawn=(0.8, 0.78, 0.82)), "dcr_share") is None


def test_a_measure_that_misses_a_leak_is_not_and_the_leak_is_named() -> None:
    missed = blind(_shares(honest=(0.5, 0.48, 0.52), copied=(0.99, 0.98, 1.0), redrawn=(0.52, 0.49, 0.55)), "dcr_share")
    assert missed is not None
    assert "a tenth of their cells redrawn" in missed
    assert "plain copy" not in missed
    both = blind(_shares(honest=(0.5, 0.4, 0.6), copied=(0.55, 0.45, 0.65), redrawn=(0.52, 0.4, 0.6)), "dcr_share")
    assert both is not None
    assert "plain copy" in both


def test_nothing_is_said_before_the_controls_are_there() -> None:
    assert blind(_shares(honest=(0.5, 0.48, 0.52)), "dcr_share") is None


def test_fidelity_and_utility_have_no_leaks_to_see() -> None:
    assert blind(_shares(honest=(0.5, 0.4, 0.6), copied=(0.5, 0.4, 0.6)), "pairs") is None
