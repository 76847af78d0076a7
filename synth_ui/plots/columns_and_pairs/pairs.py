"""Pairs of columns: associations as matrices, and one pair as a grid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go

from synth_ui.plots import theme, ticks
from synth_ui.plots.chart import Chart

Floats = npt.NDArray[np.float64]
Which = Literal["real", "synthetic", "difference"]

MOST_COLUMNS = 60
INVENTED = 0.1
"""A relationship is marked as invented where real rows show less than this and synthetic rows at least this much more."""

_WORDS: Mapping[str, str] = {"real": "real rows", "synthetic": "synthetic rows", "difference": "synthetic minus real"}
_TOPS = (0.1, 0.2, 0.3, 0.5, 1.0)


@dataclass(frozen=True)
class Look:
    """What several matrices share, so that they can be compared: the order of the columns and the colours.

    Attributes
    ----------
    names
        The columns, those that go together beside each other.
    signed
        Whether strengths below 0 occur.
    top
        The difference at which the colour is full.
    """

    names: tuple[str, ...]
    signed: bool
    top: float


def look(frames: Sequence[pd.DataFrame]) -> Look:
    """Return the look that suits the relationships of all candidates: `first, second, real, synthetic`, the same pairs in each.

    Columns are ordered by how they go together among the real rows; of more than 60 the 60 with the largest differences are kept.
    """
    together = pd.concat([_changed(frame) for frame in frames], ignore_index=True)
    names = _clustered(frames[0], _kept(together))
    lowest = float(together[["real", "synthetic"]].min().min()) if len(together) else 0.0
    most = float(together["strength_change"].abs().max()) if len(together) else 0.0
    return Look(tuple(names), lowest < -0.005, next((top for top in _TOPS if most <= top), 1.0))


def _changed(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(strength_change=frame["synthetic"].abs() - frame["real"].abs())


def _kept(frame: pd.DataFrame) -> list[str]:
    names = list(dict.fromkeys([*frame["first"].astype(str), *frame["second"].astype(str)]))
    if len(names) <= MOST_COLUMNS:
        return names
    change = frame["strength_change"].abs()
    worst = pd.concat([change.groupby(frame[side].astype(str)).max() for side in ("first", "second")]).groupby(level=0).max()
    kept = set(worst.nlargest(MOST_COLUMNS).index)
    return [name for name in names if name in kept]


def _clustered(frame: pd.DataFrame, names: list[str]) -> list[str]:
    """Put columns that go together among the real rows beside each other."""
    if len(names) < 3:
        return names
    from scipy.cluster.hierarchy import leaves_list, linkage
    from scipy.spatial.distance import squareform

    strength = np.nan_to_num(np.abs(_matrix(frame, names, "real")))
    apart = 1 - np.clip(strength, 0, 1)
    np.fill_diagonal(apart, 0)
    tree = linkage(squareform(apart, checks=False), "average", optimal_ordering=len(names) <= MOST_COLUMNS)
    return [names[place] for place in leaves_list(tree)]


def invented(frame: pd.DataFrame) -> pd.Series[Any]:
    """Say for each pair whether the synthetic rows show a relationship that the real ones do not."""
    real, synthetic = frame["real"].abs(), frame["synthetic"].abs()
    return (real < INVENTED) & (synthetic - real >= INVENTED)


def associations(frame: pd.DataFrame, which: Which = "difference", shared: Look | None = None) -> Chart:
    """Draw the strength of every pair's relationship as a matrix; invented ones are marked with a cross.

    Parameters
    ----------
    frame
        One row per pair: `first, second, real, synthetic`; strength in [-1, 1] for two numbers, [0, 1] otherwise. `difference` is
        computed here as the change in strength: below 0 too weak, above 0 too strong.
    which
        "real", "synthetic" or "difference".
    shared
        Order and colours common to several matrices; by default those of this frame alone.
    """
    frame = _changed(frame).assign(invented=invented(frame))
    shared = shared or look([frame])
    if len(shared.names) < 2:
        words = "There are no two columns to relate."
        return Chart(theme.empty(160, words), "No pair of columns was compared", words, frame)
    names = list(shared.names)
    matrix = _matrix(frame, names, "strength_change" if which == "difference" else which)
    both_ways = which == "difference" or shared.signed
    top = shared.top if which == "difference" else 1.0
    labels = np.array(_unique(names), dtype=object)
    drawn = theme.figure(370, top=52, left=96, bottom=84, right=4)
    drawn.add_heatmap(
        z=theme.floats(matrix), x=labels, y=labels, xgap=int(len(names) <= 30), ygap=int(len(names) <= 30), hoverongaps=False,
        colorscale=[list(stop) for stop in (theme.DIVERGING if both_ways else theme.SEQUENTIAL)],
        zmin=-top if both_ways else 0, zmax=top, hovertemplate="%{y} and %{x}: %{z:.2f}<extra></extra>", colorbar=_scale(which, top, both_ways),
    )  # fmt: skip
    if which != "real":
        _crosses(drawn, frame, dict(zip(names, labels, strict=True)))
    plain = theme.axis(type="category", showgrid=False, tickfont={"size": 11}, fixedrange=False, automargin=False)
    drawn.update_xaxes(plain, tickangle=-60)
    drawn.update_yaxes(plain, autorange="reversed")
    drawn.update_layout(dragmode="zoom")
    title = _finding(frame, which)
    return Chart(drawn, title, _alt(title, frame, which), frame.reset_index(drop=True))


def _unique(names: Sequence[str]) -> list[str]:
    """Return names short enough to stand beside an axis, each different from the others."""
    short: list[str] = []
    for name in names:
        said, number = theme.text(name, 14), 2
        while said in short:
            said, number = f"{theme.text(name, 11)} {number}", number + 1
        short.append(said)
    return short


def _matrix(frame: pd.DataFrame, names: list[str], value: str) -> Floats:
    place = {name: number for number, name in enumerate(names)}
    matrix = np.full((len(names), len(names)), np.nan)
    for first, second, strength in zip(frame["first"], frame["second"], frame[value], strict=True):
        if first in place and second in place and first != second:
            matrix[place[first], place[second]] = matrix[place[second], place[first]] = strength
    return matrix


def _scale(which: Which, top: float, both_ways: bool) -> dict[str, Any]:
    if which == "difference":
        ends = {"tickvals": [-top, 0, top], "ticktext": [f"−{top:g}", "0", f"+{top:g}"]}
    else:
        ends = {"tickvals": [-1, 0, 1], "ticktext": ["−1", "0", "1"]} if both_ways else {"tickvals": [0, 0.5, 1]}
    return {
        "orientation": "h", "thickness": 10, "len": 0.8, "x": 0.5, "xanchor": "center", "y": 1.0, "yanchor": "bottom", "outlinewidth": 0, "ypad": 2,
    } | ends  # fmt: skip


def _crosses(drawn: go.Figure, frame: pd.DataFrame, labels: Mapping[str, str]) -> None:
    marked = frame[frame["invented"] & frame["first"].isin(list(labels)) & frame["second"].isin(list(labels))]
    if len(marked):
        one, other = marked["first"].map(labels).to_numpy(), marked["second"].map(labels).to_numpy()
        drawn.add_scatter(
            x=np.concatenate([one, other]), y=np.concatenate([other, one]), mode="markers", hoverinfo="skip", name="invented",
            marker={"symbol": "x-thin-open", "size": 9, "line": {"width": 2, "color": theme.CONTROL}},
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


def pair_tops(grids: Sequence[pd.DataFrame]) -> tuple[float, float]:
    """Return the share of rows, and the difference, in percent, at which colours are full, common to the grids of several candidates."""
    shares = [float(grid[["real_share", "synthetic_share"]].max().max()) for grid in grids if len(grid)]
    differences = [float(grid["difference"].abs().max()) for grid in grids if len(grid)]
    tops = (max(shares, default=0.0), max(differences, default=0.0))
    return tuple(ticks.round_step(100 * top) if top > 0 else 1.0 for top in tops)  # type: ignore[return-value]


def pair_grid(bins: pd.DataFrame, which: Which = "difference", tops: tuple[float, float] | None = None) -> Chart:
    """Draw one pair of columns as a grid of shares of rows.

    Parameters
    ----------
    bins
        What `bin_pair` returned: `first, second, first_bin, second_bin, first_order, second_order, real_share, synthetic_share,
        difference`.
    which
        "real", "synthetic" or "difference" (synthetic minus real, in points of a hundred rows).
    tops
        Where colours are full, see `pair_tops`; by default those of this grid alone.
    """
    if bins.empty:
        return Chart(theme.empty(160, "There are no rows to draw."), "Nothing to draw", "There are no rows to draw.", bins)
    value = {"real": "real_share", "synthetic": "synthetic_share", "difference": "difference"}[which]
    across, upward = (bins.drop_duplicates(f"{side}_order").sort_values(f"{side}_order") for side in ("first", "second"))
    columns = {order: number for number, order in enumerate(across["first_order"])}
    rows = {order: number for number, order in enumerate(upward["second_order"])}
    grid = np.full((len(rows), len(columns)), np.nan)
    grid[bins["second_order"].map(rows), bins["first_order"].map(columns)] = 100 * bins[value]
    top = (tops or pair_tops([bins]))[which == "difference"]
    drawn = theme.figure(160 + 15 * max(len(rows), 10), top=60)
    drawn.add_heatmap(
        z=theme.floats(grid), x=np.arange(len(columns)), y=np.arange(len(rows)), xgap=1, ygap=1, hoverongaps=False,
        colorscale=[list(stop) for stop in (theme.DIVERGING if which == "difference" else theme.SEQUENTIAL)],
        zmin=-top if which == "difference" else 0, zmax=top, customdata=_cell_names(across["first_bin"], upward["second_bin"]),
        hovertemplate="%{customdata}<br>%{z:.2f}% of rows<extra></extra>", colorbar=_share_scale(which, top),
    )  # fmt: skip
    first, second = str(bins["first"].iloc[0]), str(bins["second"].iloc[0])
    labels = _labels(across["first_bin"], 7)
    slanted = -60 if max(map(len, labels["ticktext"])) > 3 else 0
    drawn.update_xaxes(theme.axis(theme.text(first), **labels, tickangle=slanted, showgrid=False))
    drawn.update_yaxes(theme.axis(theme.text(second), **_labels(upward["second_bin"], 24), showgrid=False))
    title = _pair_finding(bins, first, second)
    return Chart(
        drawn, title, f"{title}. Grid of {first} across and {second} upwards, {_WORDS[which]}.", bins.reset_index(drop=True)
    )


def _share_scale(which: Which, top: float) -> dict[str, Any]:
    if which == "difference":
        ends = {"tickvals": [-top, 0, top], "ticktext": [f"−{top:g}%", "0", f"+{top:g}%"]}
    else:
        ends = {"tickvals": [0, top], "ticktext": ["0%", f"{top:g}% of rows"]}
    return _scale("real", 1, False) | ends


def _labels(names: pd.Series[Any], most: int) -> dict[str, Any]:
    kept = np.arange(0, len(names), -(-len(names) // most))
    return {"tickvals": kept, "ticktext": [theme.text(names.iloc[place], 18) for place in kept], "tickfont": {"size": 11}}


def _cell_names(first: pd.Series[Any], second: pd.Series[Any]) -> npt.NDArray[Any]:
    return np.array([[f"{theme.text(a, 24)}, {theme.text(b, 24)}" for a in first] for b in second], dtype=object)


def _pair_finding(bins: pd.DataFrame, first: str, second: str) -> str:
    moved = float(bins["difference"].abs().sum() / 2)
    worst = bins.loc[bins["difference"].abs().idxmax()]
    kind = "too many" if worst["difference"] > 0 else "too few"
    where = f"{worst['first_bin']} with {worst['second_bin']} ({kind})"
    return f"{first} and {second}: {theme.percent(moved)} of rows would have to change, most at {where}"
