"""The chart of a sweep over the privacy budget."""

from __future__ import annotations

import numpy as np
import pandas as pd

from synth_ui.plots.scores.privacy_budgets import budget_sweep


def points(leakage: tuple[float, ...] = (0.0, 0.0, 0.4)) -> pd.DataFrame:
    retained = np.array([0.5, 0.8, 0.9])
    return pd.DataFrame(
        {
            "epsilon": [0.1, 1.0, 10.0], "leakage": leakage, "leakage_high": np.add(leakage, 1.0), "retained": retained,
            "retained_low": retained - 0.02, "retained_high": retained + 0.02,
        }
    )  # fmt: skip


def test_the_title_states_both_findings() -> None:
    drawn = budget_sweep(points())
    assert drawn.title == "From ε = 0.1 to 10 the skill retained goes from 0.500 to 0.900; attacks prove at most 0.400"
    assert "ε 1: skill retained 0.800, leakage index 0" in drawn.alt


def test_more_than_the_promise_is_said() -> None:
    assert "more than the promise allows at ε = 0.1" in budget_sweep(points((0.3, 0.0, 0.4))).title


def test_points_lie_where_they_were_measured() -> None:
    traces = budget_sweep(points()).figure.data
    assert np.allclose(traces[0].y, [0.5, 0.8, 0.9])
    assert np.allclose(traces[0].x, [-1, 0, 1])
    assert np.allclose(traces[1].y, [0, 0, 0.4])


def test_nothing_measured_is_said() -> None:
    blank = points().assign(leakage=np.nan, retained=np.nan)
    assert budget_sweep(blank).title == "Nothing to draw yet"
