"""Counts over time and scores over noise: what is drawn, what the title states, how large it is."""

from __future__ import annotations

import numpy as np
import pandas as pd

from synth_ui.plots.learning.simulated import noise_scores, over_time


def series(days: int = 400, worlds: int = 1) -> pd.DataFrame:
    time = np.arange(days)
    parts = [
        pd.DataFrame({"world": world, "time": time, "name": name, "value": value * world})
        for world in range(1, worlds + 1)
        for name, value in (("ill", 100 * np.exp(-(((time - 100) / 30) ** 2))), ("well", 1_000.0 - time))
    ]
    return pd.concat(parts, ignore_index=True)


def test_counts_are_drawn_over_time_and_played_within_the_limit_of_a_chart() -> None:
    drawn = over_time(series(), "day")
    assert [trace.name for trace in drawn.figure.data] == ["ill", "well"]
    assert drawn.title == "The number ill is highest on day 100, at 100"
    assert len(drawn.figure.frames) == 24
    assert len(drawn.figure.frames[0].data[0].x) < len(drawn.figure.frames[-1].data[0].x) == 120
    assert len(drawn.figure.to_json()) < 100_000
    assert "well from 1,000 to 601" in drawn.alt


def test_the_mean_of_several_worlds_is_drawn_and_said_to_be() -> None:
    drawn = over_time(series(50, worlds=3), "week")
    assert drawn.figure.data[1].y[0] == 2_000
    assert drawn.figure.layout.yaxis.title.text == "number (mean of 3 worlds)"


def test_scores_are_drawn_over_noise_and_the_title_states_the_fall() -> None:
    scores = pd.DataFrame(
        [(noise, name, score) for name, values in (("forest", (0.9, 0.6)), ("the formula itself", (1.0, 0.7))) for noise, score in zip((0.0, 0.4), values, strict=True)],
        columns=["noise", "learner", "score"],
    )  # fmt: skip
    drawn = noise_scores(scores, "share of exchanged labels", numeric=False)
    assert drawn.title == "The best learner's score goes from 0.90 to 0.60 as the share of exchanged labels grows to 40%"
    assert [trace.name for trace in drawn.figure.data] == ["forest", "the formula itself"]
    assert "balanced accuracy" in drawn.figure.layout.yaxis.title.text
