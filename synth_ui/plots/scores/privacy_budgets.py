"""The privacy budget across: what was kept of usefulness above, what attacks found below."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from synth_ui.plots import theme
from synth_ui.plots.chart import Chart


def budget_sweep(frame: pd.DataFrame) -> Chart:
    """Draw usefulness retained and the measured leakage index against the nominal ε of one recipe, ε on a log scale.

    Parameters
    ----------
    frame
        `epsilon, leakage, leakage_high, retained, retained_low, retained_high`; a measure that was not asked is missing throughout.
    """
    own = frame.sort_values("epsilon").reset_index(drop=True)
    if own.empty or own[["leakage", "retained"]].isna().all(axis=None):
        words = "Neither usefulness nor the leakage index was measured; race with the standard measures."
        return Chart(theme.empty(200, words), "Nothing to draw yet", words, own)
    drawn = theme.Sketch(theme.figure(430, right=24, top=12))
    across = theme.floats(np.log10(own["epsilon"]))
    drawn.add_scatter(x=across, y=theme.floats(own["retained"]), yaxis="y2", error_y=_bars(own, "retained"), **_line("retained"))
    drawn.add_scatter(x=across, y=theme.floats(own["leakage"]), error_y=_bars(own, "leakage"), **_line("leakage"))
    _nominal(drawn, own)
    axes: dict[str, Any] = {
        "xaxis": theme.axis(
            "nominal ε, the privacy budget (log scale)", tickvals=across, ticktext=[f"{epsilon:g}" for epsilon in own["epsilon"]], anchor="y",
        ),
        "yaxis": theme.axis("leakage index, measured (ε proved)", domain=[0, 0.42], rangemode="tozero"),
        "yaxis2": theme.axis("skill retained (1 = as with real rows)", domain=[0.56, 1]),
    }  # fmt: skip
    title = _finding(own)
    return Chart(drawn.finish(**axes), title, _alt(title, own), own)


def _line(name: str) -> dict[str, Any]:
    said = {"retained": "skill retained %{y:.2f}", "leakage": "leakage index %{y:.2f}"}[name]
    return {
        "mode": "lines+markers", "line": {"color": theme.SYNTHETIC, "width": 2}, "marker": {"size": 9, "color": theme.SYNTHETIC},
        "hovertemplate": f"{said}<extra></extra>", "showlegend": False, "cliponaxis": False,
    }  # fmt: skip


def _bars(own: pd.DataFrame, name: str) -> dict[str, Any]:
    """Return the interval of each point; the leakage index is its own lower limit and has an upper one only."""
    value, high = own[name].to_numpy(float), own[f"{name}_high"].to_numpy(float)
    low = own["retained_low"].to_numpy(float) if name == "retained" else value
    above, below = np.nan_to_num(np.maximum(high - value, 0)), np.nan_to_num(np.maximum(value - low, 0))
    return {
        "type": "data", "symmetric": False, "array": theme.floats(above), "arrayminus": theme.floats(below), "color": theme.SYNTHETIC,
        "thickness": 1.2, "width": 0,
    }  # fmt: skip


def _nominal(drawn: theme.Sketch, own: pd.DataFrame) -> None:
    """Draw the promise: above this line attacks would have found more than ε allows."""
    highest = float(np.nanmax([*own["leakage_high"], *own["leakage"], 1.0]))
    low, high = float(own["epsilon"].min()), min(float(own["epsilon"].max()), highest)
    if high > low:
        points = np.geomspace(low, high, 30)
        drawn.add_scatter(
            x=theme.floats(np.log10(points)), y=theme.floats(points), mode="lines", hoverinfo="skip", showlegend=False,
            line={"color": theme.CONTROL, "width": 1.4, "dash": "dot"},
        )  # fmt: skip
        drawn.add_annotation(
            **theme.secondary(
                x=float(np.log10(high)), y=high, text="the most the promise allows", xanchor="right", yanchor="bottom", xshift=-6
            )
        )


def _finding(own: pd.DataFrame) -> str:
    known = own.dropna(subset=["retained"])
    parts = []
    if len(known) > 1:
        first, last = known.iloc[0], known.iloc[-1]
        parts.append(
            f"From ε = {first['epsilon']:g} to {last['epsilon']:g} the skill retained goes from {theme.number(first['retained'])} to {theme.number(last['retained'])}"
        )
    leaks = own.dropna(subset=["leakage"])
    if len(leaks):
        over = leaks[leaks["leakage"] > leaks["epsilon"]]
        worst = theme.number(float(leaks["leakage"].max()))
        if len(over):
            parts.append(
                f"attacks prove more than the promise allows at ε = {theme.listed([f'{value:g}' for value in over['epsilon']])}"
            )
        else:
            parts.append(
                f"attacks prove at most {worst}" if leaks["leakage"].max() > 0 else "attacks prove nothing at any of them"
            )
    said = "; ".join(parts) or "One budget so far"
    return said[:1].upper() + said[1:]


def _alt(title: str, own: pd.DataFrame) -> str:
    points = [
        f"ε {row['epsilon']:g}: skill retained {theme.number(row['retained'])}, leakage index {theme.number(row['leakage'])}"
        for row in own.to_dict("records")
    ]
    return f"{title}. Two lines over the nominal ε: skill retained above, the measured leakage index below. {'; '.join(points)}."
