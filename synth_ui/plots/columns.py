"""Single columns: real and synthetic overlaid, and which column differs most."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from synth_ui.core.table import Kind
from synth_ui.plots import theme
from synth_ui.plots.binning import BLANK, OTHER, say_values
from synth_ui.plots.chart import Chart

_APART = (BLANK, OTHER, "unknown levels")


def distribution(bins: pd.DataFrame, column: str, kind: str, *, unit: str = "") -> Chart:
    """Draw a column's real shares as filled bars and each candidate's as lines over them.

    Parameters
    ----------
    bins
        `bin` (label), `order, lower, upper, real_share, synthetic_share`, and `candidate` (title) where several are drawn; rows of
        other columns are left out where `column` is a column of the frame.
    column, kind
        The column's name and kind; numbers and dates are drawn upright, levels lying.
    unit
        Of the values, for the axis.
    """
    own = bins[bins["column"] == column] if "column" in bins else bins
    own = (own if "candidate" in own else own.assign(candidate="synthetic")).reset_index(drop=True)
    if own.empty:
        return Chart(
            theme.empty(200, "There is nothing to draw for this column."),
            f"{column}: nothing to draw",
            f"{column}: nothing to draw.",
            own,
        )
    upright = kind in (Kind.NUMBER, Kind.INTEGER, Kind.DATETIME)
    drawn = _upright(own, column, kind, unit) if upright else _lying(own)
    title = _finding(own, column)
    return Chart(drawn, title, _alt(title, own), own.reset_index(drop=True))


def _candidates(own: pd.DataFrame) -> list[tuple[str, pd.DataFrame, str, str]]:
    """Return each candidate's title, rows, colour and line style."""
    groups = list(own.groupby("candidate", sort=False))
    return [
        (str(name), part.sort_values("order"), theme.colour(number), theme.dash(number))
        for number, (name, part) in enumerate(groups)
    ]


def _upright(own: pd.DataFrame, column: str, kind: str, unit: str) -> go.Figure:
    drawn = theme.figure(300, top=34, legend=True)
    first = own.drop_duplicates("order").sort_values("order")
    place = _places(first)
    at = dict(zip(first["order"], place, strict=True))
    drawn.add_bar(
        x=theme.floats(place), y=theme.floats(100 * first["real_share"]), width=theme.floats(np.ones(len(first))), name="real",
        marker={"color": theme.REAL, "opacity": 0.45, "line": {"width": 0}}, text=[theme.text(label) for label in first["bin"]],
        textposition="none", hovertemplate="%{text}: real %{y:.2f}%<extra></extra>",
    )  # fmt: skip
    for name, part, color, style in _candidates(own):
        x, y = _steps(part["order"].map(at).to_numpy(float), 100 * part["synthetic_share"].to_numpy(float))
        drawn.add_scatter(
            x=theme.floats(x),
            y=theme.floats(y),
            mode="lines",
            name=theme.text(name, 24),
            line={"color": color, "dash": style, "width": 2.2},
            hoverinfo="skip",
        )
        drawn.add_scatter(
            x=theme.floats(part["order"].map(at)), y=theme.floats(100 * part["synthetic_share"]), mode="markers", showlegend=False,
            marker={"color": color, "opacity": 0, "size": 8}, text=[f"{theme.text(name, 24)}, {theme.text(label)}" for label in part["bin"]],
            hovertemplate="%{text}: %{y:.2f}%<extra></extra>",
        )  # fmt: skip
    values, labels = _ticks(first, place, kind)
    drawn.update_xaxes(
        theme.axis(
            f"{theme.text(column)} ({unit})" if unit else theme.text(column), tickvals=values, ticktext=labels, showgrid=False
        )
    )
    drawn.update_yaxes(theme.axis("share of rows (%)", nticks=5, **_cut(drawn, own, at)))
    return drawn


def _cut(drawn: go.Figure, own: pd.DataFrame, at: dict[Any, Any]) -> dict[str, Any]:
    """Cut the axis where one cell would flatten all others, and write that cell's shares over it."""
    heights = own.groupby("order")[["real_share", "synthetic_share"]].max().max(axis=1).sort_values(ascending=False)
    if len(heights) < 3 or heights.iloc[0] < 0.5 or heights.iloc[0] < 4 * heights.iloc[1] or heights.iloc[1] <= 0:
        return {"rangemode": "tozero"}
    cell = own[own["order"] == heights.index[0]]
    shares = [f"real {theme.percent(cell['real_share'].iloc[0])}"]
    shares += [
        f"{theme.text(name, 20)} {theme.percent(share)}"
        for name, share in zip(cell["candidate"], cell["synthetic_share"], strict=True)
    ]
    top = 130 * float(heights.iloc[1])
    drawn.add_annotation(
        **theme.secondary(
            text=f"↑ cut off: {', '.join(shares)}", x=at[heights.index[0]], y=0.98 * top, xanchor="left", yanchor="top", xshift=14
        )
    )
    return {"range": [0, top]}


def _places(first: pd.DataFrame) -> np.ndarray[Any, Any]:
    """Stand cells side by side; blanks and the like are set apart by a gap."""
    apart = first["bin"].isin(_APART).to_numpy()
    return np.arange(len(first)) + np.cumsum(apart) * 1.0


def _steps(x: np.ndarray[Any, Any], y: np.ndarray[Any, Any]) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Return the outline of bars of width 1, broken where cells do not touch."""
    across, upward = [], []
    for number, (place, height) in enumerate(zip(x, y, strict=True)):
        if number and place - x[number - 1] > 1.01:
            across.append(np.nan)
            upward.append(np.nan)
        across += [place - 0.5, place + 0.5]
        upward += [height, height]
    return np.array(across), np.array(upward)


def _ticks(first: pd.DataFrame, place: np.ndarray[Any, Any], kind: str) -> tuple[list[float], list[str]]:
    """Label about five cell edges, and each cell that stands apart."""
    apart = first["bin"].isin(_APART).to_numpy()
    edges = first["lower"].notna().to_numpy() & ~apart
    known = np.flatnonzero(edges)
    values: list[float] = []
    labels: list[str] = []
    if len(known):
        among = known[np.unique(np.linspace(0, len(known) - 1, min(5, len(known))).round().astype(int))]
        values = [float(at) - 0.5 for at in place[among]]
        labels = say_values(first["lower"].to_numpy(float)[among], kind)
    for number in np.flatnonzero(apart):
        values.append(float(place[number]))
        labels.append(str(first["bin"].iloc[number]))
    return values, labels


def _lying(own: pd.DataFrame) -> go.Figure:
    first = own.drop_duplicates("order").sort_values("order")
    drawn = theme.figure(70 + 26 * max(len(first), 3), top=34, legend=True)
    rows = np.arange(len(first))
    at = dict(zip(first["order"], rows, strict=True))
    drawn.add_bar(
        y=theme.floats(rows), x=theme.floats(100 * first["real_share"]), orientation="h", name="real", width=theme.floats(np.full(len(first), 0.72)),
        marker={"color": theme.REAL, "opacity": 0.45, "line": {"width": 0}}, text=[theme.text(label) for label in first["bin"]],
        textposition="none", hovertemplate="%{text}: real %{x:.2f}%<extra></extra>",
    )  # fmt: skip
    for name, part, color, _ in _candidates(own):
        drawn.add_scatter(
            y=theme.floats(part["order"].map(at)), x=theme.floats(100 * part["synthetic_share"]), mode="markers", name=theme.text(name, 24),
            marker={"color": color, "symbol": "line-ns-open", "size": 17, "line": {"width": 4, "color": color}}, cliponaxis=False,
            text=[f"{theme.text(name, 24)}, {theme.text(label)}" for label in part["bin"]], hovertemplate="%{text}: %{x:.2f}%<extra></extra>",
        )  # fmt: skip
    labels = [theme.text(label, 22) for label in first["bin"]]
    drawn.update_yaxes(theme.axis(tickvals=theme.floats(rows), ticktext=labels, range=[len(first) - 0.5, -0.5], showgrid=False))
    drawn.update_xaxes(theme.axis("share of rows (%)", rangemode="tozero", nticks=6))
    return drawn


def _finding(own: pd.DataFrame, column: str) -> str:
    gaps = (own["synthetic_share"] - own["real_share"]).abs()
    moved = gaps.groupby(own["candidate"], sort=False).sum() / 2
    worst = own.loc[gaps.idxmax()]
    share = theme.percent(float(moved.max()))
    who = f"{moved.idxmax()}: " if len(moved) > 1 else ""
    if float(moved.max()) < 0.005:
        return f"{column}: no difference to speak of"
    return (
        f"{column}: {who}{share} of the rows lie in the wrong cell, most at {worst['bin']} "
        f"(real {theme.percent(float(worst['real_share']))}, synthetic {theme.percent(float(worst['synthetic_share']))})"
    )


def _alt(title: str, own: pd.DataFrame) -> str:
    top = own.drop_duplicates("order").nlargest(3, "real_share")
    common = [f"{row['bin']} {theme.percent(row['real_share'])}" for row in top.to_dict("records")]
    return f"{title}. Shares of rows per cell, real as bars, synthetic as lines. Commonest among real rows: {', '.join(common)}."


def column_scores(columns: pd.DataFrame, most: int = 15) -> Chart:
    """Draw how many rows lie in the wrong cell, per column, worst first.

    Parameters
    ----------
    columns
        `column, kind, score` (1 minus the total variation distance), as in the detail "columns" of `margins`.
    """
    worst = columns.sort_values("score", kind="stable").head(most)
    if worst.empty:
        return Chart(theme.empty(160, "No column was compared."), "No column was compared", "No column was compared.", columns)
    title = f"{worst['column'].iloc[0]} is the column that differs most"
    drawn = bars(worst["column"], 100 * (1 - worst["score"]), "rows in the wrong cell (%)", ".1f")
    said = [f"{row['column']} {theme.percent(1 - row['score'])}" for row in worst.head(5).to_dict("records")]
    return Chart(
        drawn, title, f"{title}. Share of rows in the wrong cell, worst first: {', '.join(said)}.", columns.reset_index(drop=True)
    )


def bars(names: pd.Series[Any], values: pd.Series[Any], title: str, pattern: str) -> go.Figure:
    """Return lying bars, first on top, named on the left."""
    longest = max(map(len, names.astype(str)))
    drawn = theme.figure(52 + (26 if longest <= 22 else 36) * max(len(names), 2))
    rows = np.arange(len(names))
    drawn.add_bar(
        y=theme.floats(rows), x=theme.floats(values), orientation="h", marker={"color": theme.SYNTHETIC}, width=theme.floats(np.full(len(names), 0.6)),
        text=[theme.text(name) for name in names], textposition="none", hovertemplate=f"%{{text}}: %{{x:{pattern}}}<extra></extra>",
    )  # fmt: skip
    labels = [theme.text(name, 22) if len(str(name)) <= 22 else theme.wrapped(name, 20) for name in names]
    drawn.update_yaxes(theme.axis(tickvals=theme.floats(rows), ticktext=labels, range=[len(names) - 0.5, -0.5], showgrid=False))
    drawn.update_xaxes(theme.axis(title, rangemode="tozero", nticks=6))
    return drawn
