"""Pairs of columns: associations as matrices, and one pair as a grid."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go

from synth_ui.plots import theme
from synth_ui.plots.chart import Chart

Floats = npt.NDArray[np.float64]
Which = Literal["real", "synthetic", "difference"]

MOST_COLUMNS = 40
INVENTED = 0.1
"""A relationship is marked as invented where real rows show less than this and synthetic rows at least this much more."""

_WORDS: Mapping[str, str] = {"real": "real rows", "synthetic": "synthetic rows", "difference": "synthetic minus real"}


def invented(frame: pd.DataFrame) -> pd.Series[Any]:
    """Say for each pair whether the synthetic rows show a relationship that the real ones do not."""
    real, synthetic = frame["real"].abs(), frame["synthetic"].abs()
    return (real < INVENTED) & (synthetic - real >= INVENTED)


def associations(frame: pd.DataFrame, which: Which = "difference") -> Chart:
    """Draw the strength of every pair's relationship as a matrix; invented ones are marked with a cross.

    Parameters
    ----------
    frame
        One row per pair: `first, second, real, synthetic`; strength in [-1, 1] for two numbers, [0, 1] otherwise. `difference` is
        computed here as the change in strength: below 0 too weak, above 0 too strong.
    which
        "real", "synthetic" or "difference". Of more than 40 columns the 40 with the largest differences are drawn.
    """
    frame = frame.assign(strength_change=frame["synthetic"].abs() - frame["real"].abs(), invented=invented(frame))
    names = _names(frame)
    if len(names) < 2:
        words = "There are no two columns to relate."
        return Chart(theme.empty(160, words), "No pair of columns was compared", words, frame)
    matrix = _matrix(frame, names, "strength_change" if which == "difference" else which)
    labels = [theme.text(name, 16) for name in names]
    drawn = theme.figure(130 + max(20, 30 - len(names) // 2) * len(names))
    signed = which != "difference" and float(np.nanmin(matrix)) < -0.005
    drawn.add_heatmap(
        z=theme.floats(matrix), x=np.arange(len(names)), y=np.arange(len(names)), xgap=1, ygap=1, hoverongaps=False,
        colorscale=[list(stop) for stop in (theme.DIVERGING if which == "difference" or signed else theme.SEQUENTIAL)],
        zmin=-0.5 if which == "difference" else -1 if signed else 0, zmax=0.5 if which == "difference" else 1,
        customdata=_pair_names(names), hovertemplate="%{customdata}: %{z:.2f}<extra></extra>", colorbar=_scale(which),
    )  # fmt: skip
    if which != "real":
        _crosses(drawn, frame, names)
    drawn.update_xaxes(
        theme.axis(tickvals=np.arange(len(names)), ticktext=labels, tickangle=-60, showgrid=False, tickfont={"size": 11})
    )
    drawn.update_yaxes(
        theme.axis(tickvals=np.arange(len(names)), ticktext=labels, autorange="reversed", showgrid=False, tickfont={"size": 11})
    )
    title = _finding(frame, which)
    return Chart(drawn, title, _alt(title, frame, which), frame.reset_index(drop=True))


def _names(frame: pd.DataFrame) -> list[str]:
    names = list(dict.fromkeys([*frame["first"], *frame["second"]]))
    if len(names) <= MOST_COLUMNS:
        return names
    change = frame["strength_change"].abs()
    worst = pd.concat([change.groupby(frame[side]).max() for side in ("first", "second")]).groupby(level=0).max()
    kept = set(worst.nlargest(MOST_COLUMNS).index)
    return [name for name in names if name in kept]


def _matrix(frame: pd.DataFrame, names: list[str], value: str) -> Floats:
    place = {name: number for number, name in enumerate(names)}
    matrix = np.full((len(names), len(names)), np.nan)
    for first, second, strength in zip(frame["first"], frame["second"], frame[value], strict=True):
        if first in place and second in place and first != second:
            matrix[place[first], place[second]] = matrix[place[second], place[first]] = strength
    return matrix


def _pair_names(names: list[str]) -> npt.NDArray[Any]:
    short = [theme.text(name, 30) for name in names]
    return np.array([[f"{first} and {second}" for second in short] for first in short], dtype=object)


def _scale(which: Which) -> dict[str, Any]:
    ends = (
        {"tickvals": [-0.5, 0, 0.5], "ticktext": ["too weak", "equal", "too strong"]} if which == "difference" else {"nticks": 5}
    )
    return {
        "orientation": "h",
        "thickness": 10,
        "len": 0.6,
        "x": 0,
        "xanchor": "left",
        "y": 1.0,
        "yanchor": "bottom",
        "outlinewidth": 0,
    } | ends


def _crosses(drawn: go.Figure, frame: pd.DataFrame, names: list[str]) -> None:
    place = {name: number for number, name in enumerate(names)}
    marked = frame[frame["invented"] & frame["first"].isin(names) & frame["second"].isin(names)]
    if len(marked):
        one, other = marked["first"].map(place).to_numpy(), marked["second"].map(place).to_numpy()
        drawn.add_scatter(
            x=np.concatenate([one, other]), y=np.concatenate([other, one]), mode="markers", hoverinfo="skip", name="invented",
            marker={"symbol": "x-thin-open", "size": 9, "line": {"width": 2, "color": theme.CANDIDATES[4]}},
        )  # fmt: skip


def _finding(frame: pd.DataFrame, which: Which) -> str:
    if which == "real":
        top = frame.loc[frame["real"].abs().idxmax()]
        return f"Among real rows {top['first']} and {top['second']} go together most ({top['real']:.2f})"
    change = frame["strength_change"]
    weak, strong, made = int((change <= -INVENTED).sum()), int((change >= INVENTED).sum()), int(frame["invented"].sum())
    if weak + strong == 0:
        return f"No relationship is off by more than {INVENTED:g}"
    worst = frame.loc[change.abs().idxmax()]
    count = f"{weak} of {len(frame):,} relationships are too weak, {strong} too strong, {made} invented"
    return f"{count}; worst {worst['first']} and {worst['second']} (real {worst['real']:.2f}, synthetic {worst['synthetic']:.2f})"


def _alt(title: str, frame: pd.DataFrame, which: Which) -> str:
    worst = frame.loc[frame["strength_change"].abs().sort_values(ascending=False, kind="stable").index[:3]]
    pairs = [
        f"{row['first']} and {row['second']}: real {row['real']:.2f}, synthetic {row['synthetic']:.2f}"
        for row in worst.to_dict("records")
    ]
    return f"{title}. Matrix of the strength of relationships, {_WORDS[which]}. Largest differences: {'; '.join(pairs)}."


def pair_grid(bins: pd.DataFrame, which: Which = "difference") -> Chart:
    """Draw one pair of columns as a grid of shares of rows.

    Parameters
    ----------
    bins
        What `bin_pair` returned: `first, second, first_bin, second_bin, first_order, second_order, real_share, synthetic_share,
        difference`.
    which
        "real", "synthetic" or "difference" (synthetic minus real, in points of a hundred rows).
    """
    if bins.empty:
        return Chart(theme.empty(160, "There are no rows to draw."), "Nothing to draw", "There are no rows to draw.", bins)
    value = {"real": "real_share", "synthetic": "synthetic_share", "difference": "difference"}[which]
    across, upward = (bins.drop_duplicates(f"{side}_order").sort_values(f"{side}_order") for side in ("first", "second"))
    columns = {order: number for number, order in enumerate(across["first_order"])}
    rows = {order: number for number, order in enumerate(upward["second_order"])}
    grid = np.full((len(rows), len(columns)), np.nan)
    grid[bins["second_order"].map(rows), bins["first_order"].map(columns)] = 100 * bins[value]
    top = float(np.nanmax(np.abs(grid))) or 1.0
    drawn = theme.figure(120 + 24 * max(len(rows), 6), top=30)
    drawn.add_heatmap(
        z=theme.floats(grid), x=np.arange(len(columns)), y=np.arange(len(rows)), xgap=1, ygap=1, hoverongaps=False,
        colorscale=[list(stop) for stop in (theme.DIVERGING if which == "difference" else theme.SEQUENTIAL)],
        zmin=-top if which == "difference" else 0, zmax=top, customdata=_cell_names(across["first_bin"], upward["second_bin"]),
        hovertemplate="%{customdata}<br>%{z:.2f}% of rows<extra></extra>",
        colorbar=_scale("real") | {"title": {"text": "% of rows", "side": "right", "font": {"size": 11}}},
    )  # fmt: skip
    first, second = str(bins["first"].iloc[0]), str(bins["second"].iloc[0])
    drawn.update_xaxes(theme.axis(theme.text(first), **_labels(across["first_bin"], 8), showgrid=False))
    drawn.update_yaxes(theme.axis(theme.text(second), **_labels(upward["second_bin"], 24), showgrid=False))
    title = _pair_finding(bins, first, second)
    return Chart(
        drawn, title, f"{title}. Grid of {first} across and {second} upwards, {_WORDS[which]}.", bins.reset_index(drop=True)
    )


def _labels(names: pd.Series[Any], most: int) -> dict[str, Any]:
    kept = np.unique(np.linspace(0, len(names) - 1, min(len(names), most)).round().astype(int))
    return {"tickvals": kept, "ticktext": [theme.text(names.iloc[place], 18) for place in kept], "tickfont": {"size": 11}}


def _cell_names(first: pd.Series[Any], second: pd.Series[Any]) -> npt.NDArray[Any]:
    return np.array([[f"{theme.text(a, 24)}, {theme.text(b, 24)}" for a in first] for b in second], dtype=object)


def _pair_finding(bins: pd.DataFrame, first: str, second: str) -> str:
    moved = float(bins["difference"].abs().sum() / 2)
    worst = bins.loc[bins["difference"].abs().idxmax()]
    kind = "too many" if worst["difference"] > 0 else "too few"
    where = f"{worst['first_bin']} with {worst['second_bin']} ({kind})"
    return f"{first} and {second}: {theme.percent(moved)} of rows would have to change, most at {where}"
