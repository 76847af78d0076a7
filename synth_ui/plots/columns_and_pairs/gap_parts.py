"""Where a difference lies: what single columns, pairs and more than two columns carry, between training rows and the candidate."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from synth_ui.plots import theme
from synth_ui.plots.chart import Chart

LABELS = {"single": "single columns", "pairs": "pairs of columns", "more": "more than two<br>columns together"}


def gap_parts(frame: pd.DataFrame) -> Chart:
    """Draw what each part adds to the area of the training rows, with intervals, up to that of the candidate.

    Parameters
    ----------
    frame
        `part, words, value, low, high, share, mostly, names, real, full`: the detail "parts" of the measure `gap_parts`.
    """
    if frame.empty:
        words = "It was not measured where the difference lies"
        return Chart(theme.empty(160, f"{words}."), words, f"{words}.", frame)
    title = _finding(frame)
    real, full = float(frame["real"].iloc[0]), float(frame["full"].iloc[0])
    said = "; ".join(f"{row['words']} {_points(row['value'])}" for _, row in frame.iterrows())
    alt = f"{title}. Area of training rows {real:.2f}, of synthetic rows {full:.2f}. {said}. Bars with 95% intervals."
    return Chart(_bars(frame, real, full), title, alt, frame.reset_index(drop=True))


def _finding(frame: pd.DataFrame) -> str:
    """Say which part most of the difference lies in, and the columns by name."""
    if frame["share"].isna().all():
        return "Its rows are told from unseen rows no better than training rows are"
    most = frame[frame["mostly"].astype(bool)]
    if most.empty:
        largest = frame.loc[frame["share"].idxmax()]
        return f"Which part gives it away most is not certain; {largest['words']} carry about {theme.percent(largest['share'])}"
    one = most.iloc[0]
    return f"Most of what gives it away lies in {one['words']}" + (f": {one['names']}" if one["names"] else "")


def _points(value: float) -> str:
    return theme.number(round(float(value), 3))


def _bars(frame: pd.DataFrame, real: float, full: float) -> go.Figure:
    drawn = theme.figure(204, top=44)
    places, values = np.arange(len(frame)), frame["value"].to_numpy(float)
    ends = frame[["low", "high"]].to_numpy(float)
    drawn.add_bar(
        x=theme.floats(values), base=theme.floats(np.full(len(frame), real)), y=theme.floats(places), orientation="h", width=0.56,
        marker={"color": theme.SYNTHETIC, "line": {"width": 0}}, showlegend=False,
        error_x={
            "type": "data", "symmetric": False, "array": theme.floats(ends[:, 1] - values), "arrayminus": theme.floats(values - ends[:, 0]),
            "color": theme.CONTROL, "thickness": 1.5, "width": 5,
        },
        text=[f"{_points(row['value'])} ({_points(row['low'])} to {_points(row['high'])})" for _, row in frame.iterrows()],
        textposition="none", hovertemplate="%{text}<extra></extra>",
    )  # fmt: skip
    near = full - real < 0.12
    for value, words, anchor in (
        (real, "training", "right" if near else "center"),
        (full, "synthetic", "left" if near else "center"),
    ):
        drawn.add_vline(x=value, line={"color": theme.CONTROL, "dash": "dot", "width": 1})
        drawn.add_annotation(
            x=value, y=1.0, yref="paper", yanchor="bottom", xanchor=anchor, showarrow=False, text=f"{words}<br>rows {value:.2f}"
        )
    low, high = min(real, real + float(np.nanmin(ends[:, 0]))), max(full, real + float(np.nanmax(ends[:, 1])))
    pad = max(0.2 * (high - low), 0.04)
    ticks = [LABELS.get(part, part) for part in frame["part"]]
    drawn.update_yaxes(theme.axis(tickvals=theme.floats(places), ticktext=ticks, range=[len(frame) - 0.5, -0.5], showgrid=False))
    drawn.update_xaxes(theme.axis("AUC; 0.5 is guessing", range=[low - pad, high + pad], nticks=6))
    return drawn
