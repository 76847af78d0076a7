"""Floor, ceiling and position from the control rows of the same frame."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth_ui.core.score import Score, Status, scores_frame
from synth_ui.evaluation.calibrate import calibrate
from tests.examples import examples

FLOOR, CEILING = "control:independent", "control:train"


def _scores(*values: tuple[str, str, float | None]) -> pd.DataFrame:
    return scores_frame([Score(candidate, measure, "fidelity", value) for candidate, measure, value in values])


def test_position_is_zero_at_the_floor_and_one_at_the_ceiling() -> None:
    scores = calibrate(_scores((FLOOR, "pairs", 0.9), (CEILING, "pairs", 1.0), ("cart", "pairs", 0.95), ("x", "pairs", 1.02)))
    assert scores["position"].tolist() == pytest.approx([0, 1, 0.5, 1.2])
    assert set(scores["floor"]) == {0.9}
    assert set(scores["ceiling"]) == {1.0}


def test_a_lower_better_measure_has_its_scale_the_other_way_round() -> None:
    scores = calibrate(_scores((FLOOR, "detectability", 0.99), (CEILING, "detectability", 0.49), ("cart", "detectability", 0.74)))
    assert scores["position"].iloc[2] == pytest.approx(0.5)


def test_parts_are_anchored_at_the_same_part_of_the_controls() -> None:
    scores = calibrate(
        _scores((FLOOR, "tstr.auc", 0.5), (CEILING, "tstr.auc", 0.9), ("cart", "tstr.auc", 0.8), ("cart", "tstr", 0.7))
    )
    assert scores["position"].iloc[2] == pytest.approx(0.75)
    assert math.isnan(scores["position"].iloc[3])


def test_nothing_is_said_before_the_controls_are_there() -> None:
    scores = calibrate(_scores((FLOOR, "pairs", 0.9), ("cart", "pairs", 0.95)))
    assert scores["floor"].tolist() == [0.9, 0.9]
    assert scores[["ceiling", "position"]].isna().all(axis=None)


def test_equal_ends_have_no_scale() -> None:
    scores = calibrate(_scores((FLOOR, "pairs", 0.9), (CEILING, "pairs", 0.9), ("cart", "pairs", 0.95)))
    assert scores["position"].isna().all()


def test_a_control_without_a_number_anchors_nothing() -> None:
    failed = scores_frame([Score(CEILING, "pairs", "fidelity", status=Status.FAILED, reason="no")])
    scores = calibrate(pd.concat([_scores((FLOOR, "pairs", 0.9), ("cart", "pairs", 0.95)), failed], ignore_index=True))
    assert scores["position"].isna().all()


def test_an_unknown_measure_is_left_alone_and_other_columns_are_kept() -> None:
    scores = calibrate(_scores(("cart", "long gone", 0.9)).assign(run_id="r1"))
    assert scores["run_id"].tolist() == ["r1"]
    assert scores["position"].isna().all()
    assert len(calibrate(scores_frame([]))) == 0


def test_a_frame_of_something_else_is_refused() -> None:
    with pytest.raises(ValueError, match="position"):
        calibrate(scores_frame([]).drop(columns="position"))


@given(st.floats(0.1, 10), st.floats(-5, 5), st.lists(st.floats(-1, 2), min_size=1, max_size=5))
@settings(deadline=None, max_examples=examples(50))
def test_position_does_not_depend_on_the_unit(scale: float, shift: float, values: list[float]) -> None:
    named = [("a" * (place + 1), "pairs", value) for place, value in enumerate(values)]
    rows = [(FLOOR, "pairs", 0.2), (CEILING, "pairs", 0.7), *named]
    moved = [(candidate, measure, value * scale + shift) for candidate, measure, value in rows]
    first, second = calibrate(_scores(*rows))["position"], calibrate(_scores(*moved))["position"]
    assert np.allclose(first, second, atol=1e-6)


def test_the_floor_of_margins_is_a_number_of_its_own() -> None:
    rows = [(FLOOR, "margins", 0.99), (FLOOR, "margins.uniform", 0.5), (CEILING, "margins", 0.99), ("cart", "margins", 0.745)]
    scores = calibrate(_scores(*rows))
    assert scores["position"].tolist()[3] == pytest.approx(0.5)
    assert scores["position"].tolist()[0] == pytest.approx(1.0), "a shuffle of every column has every column right"
