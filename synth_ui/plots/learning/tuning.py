"""The trials of a search for settings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from synth_ui.plots import theme
from synth_ui.plots.chart import Chart


def trials(frame: pd.DataFrame) -> Chart:
    """Draw the score of every trial and the best so far.

    Parameters
    ----------
    frame
        `trial, settings (JSON), score, fidelity, utility, privacy, seconds, reason`, in order; the first trial is where the
        search began.
    """
    scored = frame[frame["score"].notna()]
    if scored.empty:
        return Chart(
            theme.empty(200, "No trial has a score yet."), "No trial has a score yet", "No trial has a score yet.", frame
        )
    place = scored["trial"].to_numpy(float) + 1
    best = np.maximum.accumulate(scored["score"].to_numpy(float))
    drawn = theme.figure(240, top=30, legend=True)
    drawn.add_scatter(
        x=theme.floats(place), y=theme.floats(best), mode="lines", name="best so far", hoverinfo="skip",
        line={"color": theme.CONTROL, "width": 2, "shape": "hv"},
    )  # fmt: skip
    drawn.add_scatter(
        x=theme.floats(place), y=theme.floats(scored["score"]), mode="markers", name="trials",
        marker={"color": theme.SYNTHETIC, "size": 9}, text=[_hover(row) for row in scored.to_dict("records")],
        hovertemplate="%{text}<extra></extra>",
    )  # fmt: skip
    drawn.update_xaxes(theme.axis("trial", tickformat=","))
    drawn.update_yaxes(theme.axis("score (1: as good as unseen real rows)", nticks=5))
    first, top = float(scored["score"].iloc[0]), float(best[-1])
    title = f"The best of {len(frame)} trials scores {top:.3f}, the settings it began with {first:.3f}"
    if top <= first:
        title = f"None of {len(frame)} trials scores higher than the settings it began with, {first:.3f}"
    return Chart(drawn, title, f"{title}. Each score is the mean of likeness, usefulness and leakage on their scales.", frame)


def _hover(row: Mapping[Any, Any]) -> str:
    parts = [f"<b>{theme.number(row['score'])}</b>"]
    for family, called in (("fidelity", "likeness"), ("utility", "usefulness"), ("privacy", "leaks little")):
        if row[family] == row[family]:
            parts.append(f"{called} {theme.number(row[family])}")
    settings = json.loads(str(row["settings"]))
    parts += [theme.text(f"{name} {value}", 60) for name, value in list(settings.items())[:12]]
    return "<br>".join(parts)
