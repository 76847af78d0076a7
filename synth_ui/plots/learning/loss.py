"""The loss as a generator learns."""

from __future__ import annotations

import numpy as np
import pandas as pd

from synth_ui.plots import theme
from synth_ui.plots.chart import Chart

MOST_POINTS = 300
_NAMES = ("training", "validation")


def loss_curve(losses: pd.DataFrame) -> Chart:
    """Draw named losses over the steps, at most 300 points each.

    Parameters
    ----------
    losses
        `step, name, value`; one line per name.
    """
    if losses.empty:
        return Chart(theme.empty(160, "No loss has been reported yet."), "No loss yet", "No loss has been reported yet.", losses)
    several = losses["name"].nunique() > 1
    drawn = theme.figure(210, top=30 if several else 8, legend=several)
    parts = []
    for number, (name, own) in enumerate(losses.groupby("name", sort=False)):
        own = own.sort_values("step", kind="stable")
        kept = own.iloc[np.unique(np.linspace(0, len(own) - 1, min(len(own), MOST_POINTS)).round().astype(int))]
        drawn.add_scatter(
            x=theme.floats(kept["step"]), y=theme.floats(kept["value"]), name=theme.text(name), mode="lines",
            line={"color": theme.colour(number), "dash": theme.dash(number), "width": 2},
            hovertemplate="step %{x:,}: %{y:.4g}<extra></extra>",
        )  # fmt: skip
        parts.append(f"{name} from {theme.number(own['value'].iloc[0])} to {theme.number(own['value'].iloc[-1])}")
    drawn.update_xaxes(theme.axis("step", tickformat=","))
    drawn.update_yaxes(theme.axis("loss", nticks=5))
    title = _finding(losses)
    return Chart(drawn, title, f"{title}. Loss over {losses['step'].max():,.0f} steps: {'; '.join(parts)}.", losses)


def _finding(losses: pd.DataFrame) -> str:
    watched = "validation" if (losses["name"] == "validation").any() else losses["name"].iloc[0]
    values = losses[losses["name"] == watched].sort_values("step")["value"].to_numpy(float)
    if len(values) < 8:
        return "Learning has just begun"
    best = int(np.nanargmin(values))
    if best < 0.8 * (len(values) - 1):
        return f"The {watched} loss was lowest at {best / (len(values) - 1):.0%} of the way and has not improved since"
    tail = values[int(0.8 * len(values)) :]
    span = np.nanmax(values) - np.nanmin(values)
    return f"The {watched} loss has levelled off" if np.ptp(tail) <= 0.05 * span else f"The {watched} loss is still falling"
