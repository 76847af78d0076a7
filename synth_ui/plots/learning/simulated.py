"""Tables made from nothing: counts over time as a simulation runs, and scores of learners as noise grows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from synth_ui.plots import theme
from synth_ui.plots.chart import Chart

MOST_POINTS = 120
FRAMES = 24
BEST = "the formula itself"


def over_time(series: pd.DataFrame, unit: str) -> Chart:
    """Draw counts over time, with a button that plays them from the beginning.

    Parameters
    ----------
    series
        `world, time, name, value`; of several worlds the mean is drawn.
    unit
        What a step of time is: "day".
    """
    mean = series.groupby(["name", "time"], sort=False)["value"].mean().reset_index()
    names = list(dict.fromkeys(mean["name"]))
    wide = mean.pivot(index="time", columns="name", values="value")[names].fillna(0.0)
    kept = wide.iloc[np.unique(np.linspace(0, len(wide) - 1, min(len(wide), MOST_POINTS)).round().astype(int))]
    drawn = theme.figure(380, top=44, bottom=70, legend=True)
    for number, name in enumerate(names):
        drawn.add_scatter(**_line(kept, name, number, unit))
    _animate(drawn, kept, names, unit)
    several = series["world"].nunique() > 1
    what = f"number (mean of {series['world'].nunique()} worlds)" if several else "number"
    last = float(kept.index[-1]) or 1.0
    drawn.update_xaxes(theme.axis(unit, range=[float(kept.index[0]), last], tickformat=","))
    drawn.update_yaxes(
        theme.axis(what, rangemode="tozero", range=[0, float(kept.to_numpy().max()) * 1.05 or 1.0], tickformat=",")
    )
    title = _peak(wide, unit)
    said = "; ".join(f"{name} from {wide[name].iloc[0]:,.0f} to {wide[name].iloc[-1]:,.0f}" for name in names)
    return Chart(drawn, title, f"{title}. Over {len(wide):,} {unit}s: {said}.", series)


def _line(kept: pd.DataFrame, name: str, number: int, unit: str, until: int | None = None) -> dict[str, Any]:
    part = kept if until is None else kept.iloc[:until]
    return {
        "x": theme.floats(part.index), "y": theme.floats(part[name]), "name": theme.text(name), "mode": "lines",
        "line": {"color": theme.colour(number), "dash": theme.dash(number), "width": 2},
        "hovertemplate": f"{theme.text(name)}, {unit} %{{x:,.0f}}: %{{y:,.0f}}<extra></extra>",
    }  # fmt: skip


def _animate(drawn: Any, kept: pd.DataFrame, names: list[str], unit: str) -> None:
    """Add one frame per moment, and a button and a slider that go through them."""
    ends = np.unique(np.linspace(1, len(kept), min(FRAMES, len(kept))).round().astype(int))
    drawn.frames = [
        {
            "name": str(end),
            "data": [{"type": "scatter", **_points(kept, name, int(end))} for name in names],
            "traces": list(range(len(names))),
        }
        for end in ends
    ]
    show = {"mode": "immediate", "frame": {"duration": 0, "redraw": False}, "transition": {"duration": 0}}
    steps = [{"method": "animate", "label": f"{kept.index[end - 1]:,.0f}", "args": [[str(end)], show]} for end in ends]
    play = {"fromcurrent": False, "frame": {"duration": 140, "redraw": False}, "transition": {"duration": 0}, "mode": "immediate"}
    drawn.update_layout(
        updatemenus=[
            {
                "type": "buttons", "showactive": False, "x": 0, "xanchor": "left", "y": -0.2, "yanchor": "top", "pad": {"t": 12},
                "buttons": [{"label": "Play", "method": "animate", "args": [None, play]}],
            }
        ],
        sliders=[
            {
                "active": len(ends) - 1, "x": 0.12, "len": 0.88, "y": -0.2, "yanchor": "top", "pad": {"t": 12}, "steps": steps,
                "currentvalue": {"prefix": f"up to {unit} ", "font": {"size": 12}}, "ticklen": 0, "minorticklen": 0,
                "font": {"size": 1, "color": "rgba(0,0,0,0)"},
            }
        ],
    )  # fmt: skip


def _points(kept: pd.DataFrame, name: str, end: int) -> dict[str, Any]:
    return {"x": theme.floats(kept.index[:end]), "y": theme.floats(kept[name].iloc[:end])}


def _peak(wide: pd.DataFrame, unit: str) -> str:
    """Say what stands out: a count that rises and falls, else the one that changes most."""
    rises = {name: wide[name].max() - max(wide[name].iloc[0], wide[name].iloc[-1]) for name in wide.columns}
    name = max(rises, key=lambda key: rises[key] / max(wide[key].max(), 1.0))
    top = wide[name].max()
    if rises[name] > 0.3 * max(top, 1.0):
        return f"The number {name} is highest on {unit} {wide[name].idxmax():,.0f}, at {top:,.0f}"
    change = (wide.iloc[-1] - wide.iloc[0]).abs().idxmax()
    return f"The number {change} goes from {wide[change].iloc[0]:,.0f} to {wide[change].iloc[-1]:,.0f}"


def noise_scores(scores: pd.DataFrame, noise: str, numeric: bool) -> Chart:
    """Draw the score of each learner over the level of noise.

    Parameters
    ----------
    scores
        `noise, learner, score`.
    noise
        What the noise is, in words: "share of exchanged labels".
    """
    drawn = theme.figure(320, top=34, legend=True)
    learners = [name for name in dict.fromkeys(scores["learner"]) if name != BEST]
    for number, name in enumerate([*learners, BEST]):
        own = scores[scores["learner"] == name]
        colour = theme.CONTROL if name == BEST else theme.colour(number)
        drawn.add_scatter(
            x=theme.floats(own["noise"]), y=theme.floats(own["score"]), name=name, mode="lines+markers",
            line={"color": colour, "dash": "dot" if name == BEST else theme.dash(number), "width": 2},
            marker={"symbol": theme.SYMBOLS[number], "size": 7, "color": colour},
            hovertemplate=f"{name}, noise %{{x:.0%}}: %{{y:.3f}}<extra></extra>",
        )  # fmt: skip
    score = "R² on rows held out" if numeric else "balanced accuracy on rows held out"
    drawn.update_xaxes(theme.axis(noise, tickformat=".0%"))
    drawn.update_yaxes(theme.axis(score, nticks=6))
    trained = scores[scores["learner"] != BEST]
    best = trained.groupby("noise")["score"].max()
    title = f"The best learner's score goes from {best.iloc[0]:.2f} to {best.iloc[-1]:.2f} as the {noise} grows to {best.index[-1]:.0%}"
    parts = "; ".join(
        f"{name} {own['score'].iloc[0]:.2f} to {own['score'].iloc[-1]:.2f}" for name, own in scores.groupby("learner")
    )
    return Chart(drawn, title, f"{title}. {score}: {parts}.", scores)
