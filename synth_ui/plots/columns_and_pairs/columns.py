"""Single columns: real and synthetic overlaid, and which column differs most."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from synth_ui.core.table import Kind
from synth_ui.plots import theme, ticks
from synth_ui.plots.binning import BLANK, OTHER, say_values
from synth_ui.plots.chart import Chart

_APART = (BLANK, OTHER, "unknown levels")


def distribution(bins: pd.DataFrame, column: str, kind: str, *, unit: str = "") -> Chart:
    """Draw a column's real shares as filled bars and each candidate's as lines over them.

    Parameters
    ----------
    bins
        `bin` (label), `order, lower, upper, real_share, synthetic_share`, and `candidate` (title) where several are drawn, with its
        `number` (see `theme.colour`; by default its place); rows of other columns are left out where `column` is a column of the frame.
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


def candidates_of(own: pd.DataFrame) -> list[tuple[str, pd.DataFrame, str, str]]:
    """Return each candidate's title, rows, colour (its own all over the race) and line style (by its place in the picture)."""
    groups = list(own.groupby("candidate", sort=False))
    numbers = [int(part["number"].iloc[0]) if "number" in part else place for place, (_, part) in enumerate(groups)]
    return [
        (str(name), part.sort_values("order"), theme.colour(number), theme.dash(place))
        for place, (number, (name, part)) in enumerate(zip(numbers, groups, strict=True))
    ]


def _upright(own: pd.DataFrame, column: str, kind: str, unit: str) -> go.Figure:
    drawn = theme.figure(300, top=34, legend=True)
    first = own.drop_duplicates("order").sort_values("order")
    place = places(first)
    at = dict(zip(first["order"], place, strict=True))
    drawn.add_bar(
        x=theme.floats(place), y=theme.floats(100 * first["real_share"]), width=theme.floats(np.ones(len(first))), name="real",
        marker={"color": theme.REAL, "opacity": 0.45, "line": {"width": 0}}, text=[theme.text(label) for label in first["bin"]],
        textposition="none", hovertemplate="%{text}: real %{y:.2f}%<extra></extra>",
    )  # fmt: skip
    for name, part, color, style in candidates_of(own):
        x, y = steps(part["order"].map(at).to_numpy(float), 100 * part["synthetic_share"].to_numpy(float))
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
    values, labels = axis_ticks(first, place, kind)
    drawn.update_xaxes(
        theme.axis(
            f"{theme.text(column)} ({unit})" if unit else theme.text(column), tickvals=values, ticktext=labels, showgrid=False
        )
    )
    drawn.update_yaxes(theme.axis("share of rows (%)", nticks=5, **_cut(drawn, own, at)))
    return drawn


def _cut(drawn: go.Figure, own: pd.DataFrame, at: dict[Any, Any]) -> dict[str, Any]:
    """Cut the axis where one cell would flatten all others, and write that cell's shares over it."""
    heights, limit = _heights(own), tallest(own)
    if limit is None:
        return {"rangemode": "tozero"}
    cell = own[own["order"] == heights.index[0]]
    shares = [f"real {theme.percent(cell['real_share'].iloc[0])}"]
    shares += [
        f"{theme.text(name, 20)} {theme.percent(share)}"
        for name, share in zip(cell["candidate"], cell["synthetic_share"], strict=True)
    ]
    top = 100 * limit
    drawn.add_annotation(
        **theme.secondary(
            text=f"↑ cut off: {', '.join(shares)}", x=at[heights.index[0]], y=0.98 * top, xanchor="left", yanchor="top", xshift=14
        )
    )
    return {"range": [0, top]}


def _heights(own: pd.DataFrame) -> pd.Series[Any]:
    """Return the largest share of each cell, real or synthetic, the largest first."""
    return own.groupby("order")[["real_share", "synthetic_share"]].max().max(axis=1).sort_values(ascending=False)


def tallest(own: pd.DataFrame) -> float | None:
    """Return the share at which the axis is cut where one cell would flatten all others; None where none does."""
    heights = _heights(own)
    if len(heights) < 3 or heights.iloc[0] < 0.5 or heights.iloc[0] < 4 * heights.iloc[1] or heights.iloc[1] <= 0:
        return None
    return 1.3 * float(heights.iloc[1])


def places(first: pd.DataFrame) -> np.ndarray[Any, Any]:
    """Stand cells side by side; blanks and the like are set apart by a gap."""
    apart = first["bin"].isin(_APART).to_numpy()
    return np.arange(len(first)) + np.cumsum(apart) * 1.0


def steps(x: np.ndarray[Any, Any], y: np.ndarray[Any, Any]) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Return the outline of bars of width 1, broken where cells do not touch."""
    across, upward = [], []
    for number, (place, height) in enumerate(zip(x, y, strict=True)):
        if number and place - x[number - 1] > 1.01:
            across.append(np.nan)
            upward.append(np.nan)
        across += [place - 0.5, place + 0.5]
        upward += [height, height]
    return np.array(across), np.array(upward)


def axis_ticks(first: pd.DataFrame, place: np.ndarray[Any, Any], kind: str, most: int = 5) -> tuple[list[float], list[str]]:
    """Label about `most` round values, and each cell that stands apart."""
    apart = first["bin"].isin(_APART).to_numpy()
    known = np.flatnonzero(first["lower"].notna().to_numpy() & ~apart)
    values: list[float] = []
    labels: list[str] = []
    if len(known):
        values, labels = _round_ticks(first.iloc[known], place[known], kind, most)
    for number in np.flatnonzero(apart):
        values.append(float(place[number]))
        labels.append(str(first["bin"].iloc[number]))
    return values, labels


def _round_ticks(cells: pd.DataFrame, place: np.ndarray[Any, Any], kind: str, most: int) -> tuple[list[float], list[str]]:
    """Return where about `most` round values lie on an axis of equally wide cells, and what they are called."""
    low, high = float(cells["lower"].iloc[0]), float(cells["upper"].iloc[-1])
    if math.isnan(high):  # the last cell ends nowhere: it is drawn as wide as the others
        high = low + (float(cells["lower"].iloc[-1]) - low) / max(len(cells) - 1, 1) * len(cells)
    width = (high - low) / len(cells)
    whole = str(kind) == Kind.INTEGER
    if str(kind) == Kind.DATETIME:
        chosen, labels = ticks.dates(low, high, most)
    else:
        chosen = ticks.round_numbers(low, high - width if whole else high, most, whole=whole)
        labels = ticks.said(chosen)
    if len(set(labels)) < len(labels) or not width > 0 or len(chosen) < 2:
        among = np.unique(np.linspace(0, len(cells) - 1, min(most, len(cells))).round().astype(int))
        chosen = cells["lower"].to_numpy(float)[among]
        labels = say_values(chosen, kind)
        return [float(at) - 0.5 * (not whole or width > 1) for at in place[among]], labels
    middle = 0.5 if whole and width <= 1 else 0.0
    return [float(place[0]) - 0.5 + middle + (float(value) - low) / width for value in chosen], labels


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
    for name, part, color, _ in candidates_of(own):
        drawn.add_scatter(
            y=theme.floats(part["order"].map(at)), x=theme.floats(100 * part["synthetic_share"]), mode="markers", name=theme.text(name, 24),
            marker={"color": color, "symbol": "line-ns-open", "size": 17, "line": {"width": 4, "color": color}}, cliponaxis=False,
            text=[f"{theme.text(name, 24)}, {theme.text(label)}" for label in part["bin"]], hovertemplate="%{text}: %{x:.2f}%<extra></extra>",
        )  # fmt: skip
    labels = [theme.text(label, 22) for label in first["bin"]]
    drawn.update_yaxes(theme.axis(tickvals=theme.floats(rows), ticktext=labels, range=[len(first) - 0.5, -0.5], showgrid=False))
    drawn.update_xaxes(theme.axis("share of rows (%)", rangemode="tozero", nticks=6))
    return drawn


def moved(own: pd.DataFrame) -> dict[str, float]:
    """Return the share of each candidate's rows that would have to change for every cell to hold its real share."""
    gaps = (own["synthetic_share"] - own["real_share"]).abs()
    return {str(name): float(sum_) / 2 for name, sum_ in gaps.groupby(own["candidate"], sort=False).sum().items()}


def _finding(own: pd.DataFrame, column: str) -> str:
    off = moved(own)
    most = max(off, key=lambda name: off[name])
    theirs = own[own["candidate"].astype(str) == most]
    worst = theirs.loc[(theirs["synthetic_share"] - theirs["real_share"]).abs().idxmax()]
    share = theme.percent(off[most])
    who = f"{most}: " if len(off) > 1 else ""
    if off[most] < 0.005:
        return f"{column}: no difference to speak of"
    return (
        f"{column}: {who}{share} of rows would have to change, most at {worst['bin']} "
        f"(real {theme.percent(float(worst['real_share']))}, synthetic {theme.percent(float(worst['synthetic_share']))})"
    )


def _alt(title: str, own: pd.DataFrame) -> str:
    top = own.drop_duplicates("order").nlargest(3, "real_share")
    common = [f"{row['bin']} {theme.percent(row['real_share'])}" for row in top.to_dict("records")]
    return f"{title}. Shares of rows per cell, real as bars, synthetic as lines. Commonest among real rows: {', '.join(common)}."


def column_scores(columns: pd.DataFrame, most: int = 15) -> Chart:
    """Draw how many rows would have to change, per column, worst first.

    Parameters
    ----------
    columns
        `column, kind, score` (1 minus the total variation distance), as in the detail "columns" of `margins`.
    """
    worst = columns.sort_values("score", kind="stable").head(most)
    if worst.empty:
        return Chart(theme.empty(160, "No column was compared."), "No column was compared", "No column was compared.", columns)
    title = f"{worst['column'].iloc[0]} is the column that differs most"
    drawn = bars(worst["column"], 100 * (1 - worst["score"]), "rows that would have to change (%)", ".1f")
    said = [f"{row['column']} {theme.percent(1 - row['score'])}" for row in worst.head(5).to_dict("records")]
    return Chart(
        drawn,
        title,
        f"{title}. Share of rows that would have to change, worst first: {', '.join(said)}.",
        columns.reset_index(drop=True),
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
