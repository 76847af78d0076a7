"""Quality against leakage: who is beaten on both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from synth_ui.plots import theme
from synth_ui.plots.chart import Chart

QUALITY: Mapping[str, str] = {
    "pairs": "likeness of column pairs (1 = all like unseen rows)",
    "margins": "likeness of columns (1 = all like unseen rows)",
    "tstr": "retained skill of a model (1 = as with real rows)",
}
LEAKAGE: Mapping[str, str] = {
    "leakage_index": "leakage index (ε proved; 0 = none)",
    "dcr_share": "share of rows nearer to train (0.5 = as unseen rows)",
    "membership": "membership attack (AUC; 0.5 = guessing)",
    "copies": "copies, training minus unseen rows (share; 0 = none)",
}


def trade_off(frame: pd.DataFrame) -> Chart:
    """Draw leakage across and quality upwards, with the 95% intervals as crosses; the best corner is the upper left.

    Parameters
    ----------
    frame
        `candidate, title, control, quality, quality_low, quality_high, leakage, leakage_low, leakage_high, quality_measure,
        leakage_measure, dominated, dominated_by`.
    """
    if frame.empty:
        words = "No candidate has both a quality and a leakage score that can bear a verdict."
        return Chart(theme.empty(200, words), "Nothing to set against each other yet", words, frame)
    drawn = theme.Sketch(theme.figure(430, right=24, top=12))
    field, controls = frame[~frame["control"].astype(bool)], frame[frame["control"].astype(bool)]
    lost = field["dominated"].astype(bool)
    for part, color, symbol, size in (
        (controls, theme.CONTROL, "diamond", 9), (field[lost], theme.SYNTHETIC, "circle-open", 11), (field[~lost], theme.SYNTHETIC, "circle", 13),
    ):  # fmt: skip
        if len(part):
            drawn.add_scatter(**_points(part, color, symbol, size))
    _front(drawn, field[~lost])
    _names(drawn, frame)
    across, upward = str(frame["leakage_measure"].iloc[0]), str(frame["quality_measure"].iloc[0])
    axes = {
        "xaxis": theme.axis(LEAKAGE.get(across, "leakage"), range=_room(frame, "leakage"), nticks=6),
        "yaxis": theme.axis(QUALITY.get(upward, "quality"), range=_room(frame, "quality"), nticks=6),
    }
    title = _finding(field)
    return Chart(drawn.finish(**axes), title, _alt(title, frame), frame.reset_index(drop=True))


def _points(part: pd.DataFrame, color: str, symbol: str, size: int) -> dict[str, Any]:
    def bars(name: str) -> dict[str, Any]:
        centre = part[name].to_numpy(float)
        low, high = (part[name + end].fillna(part[name]).to_numpy(float) for end in ("_low", "_high"))
        return {
            "type": "data", "symmetric": False, "array": theme.floats(high - centre), "arrayminus": theme.floats(centre - low),
            "color": color, "thickness": 1.2, "width": 0,
        }  # fmt: skip

    texts = [
        f"<b>{theme.text(row['title'])}</b><br>quality {theme.number(row['quality'])}, leakage {theme.number(row['leakage'])}"
        + ("<br>another one has more quality and no more leakage" if row["dominated"] is True else "")
        for row in part.to_dict("records")
    ]
    return {
        "x": theme.floats(part["leakage"]), "y": theme.floats(part["quality"]), "mode": "markers", "error_x": bars("leakage"),
        "error_y": bars("quality"), "marker": {"color": color, "symbol": symbol, "size": size, "line": {"width": 2 if "open" in symbol else 0, "color": color}},
        "text": texts, "hovertemplate": "%{text}<extra></extra>", "cliponaxis": False,
    }  # fmt: skip


def _front(drawn: theme.Sketch, front: pd.DataFrame) -> None:
    if len(front) > 1:
        ordered = front.sort_values(["leakage", "quality"])
        drawn.add_scatter(
            x=theme.floats(ordered["leakage"]), y=theme.floats(ordered["quality"]), mode="lines", hoverinfo="skip",
            line={"color": theme.SYNTHETIC, "width": 1, "dash": "dot"},
        )  # fmt: skip


def _names(drawn: theme.Sketch, frame: pd.DataFrame) -> None:
    """Write the names beside the points, moved apart where points lie close together."""
    spans = {name: _room(frame, name) for name in ("leakage", "quality")}
    across = (frame["leakage"].to_numpy(float) - spans["leakage"][0]) / max(np.ptp(spans["leakage"]), 1e-12)
    upward = (frame["quality"].to_numpy(float) - spans["quality"][0]) / max(np.ptp(spans["quality"]), 1e-12)
    taken: list[tuple[float, float]] = []
    for place in np.argsort(-upward, kind="stable"):
        row = frame.iloc[int(place)]
        right = across[place] < 0.6
        height = upward[place]
        while any(abs(height - other) < 0.047 and side == right for other, side in taken):
            height -= 0.012
        taken.append((height, right))
        drawn.add_annotation(
            x=row["leakage"], y=row["quality"], text=theme.text(row["title"], 32), showarrow=False, xanchor="left" if right else "right",
            xshift=11 if right else -11, yshift=round((height - upward[place]) * 360) + 9, font={"size": 11},
            opacity=theme.FAINT if row["control"] or row["dominated"] else 1,
        )  # fmt: skip


def _room(frame: pd.DataFrame, name: str) -> list[float]:
    """Return the range of an axis: points and the ends of their crosses, with a margin; crosses may be cut."""
    values = frame[name].to_numpy(float)
    low, high = float(values.min()), float(values.max())
    ends = [frame[name + end].dropna().to_numpy(float) for end in ("_low", "_high")]
    spread = max(high - low, 1e-3)
    low = max(low - 0.15 * spread, min([low, *ends[0]]))
    high = min(high + 0.15 * spread, max([high, *ends[1]]))
    return [low - 0.06 * spread, high + 0.08 * spread]


def _finding(field: pd.DataFrame) -> str:
    if field.empty:
        return "Only the controls have both scores so far"
    kept = field[~field["dominated"].astype(bool)]
    names = [str(title) for title in kept["title"]]
    if len(field) == 1:
        return f"{names[0]} is the only candidate with both scores"
    if len(kept) == len(field):
        return "No candidate is beaten on both sides beyond chance"
    beaten = len(field) - len(kept)
    others = "the other candidate is" if beaten == 1 else f"the other {beaten} are"
    return f"{theme.listed(names[:3])}{f' and {len(names) - 3} more' if len(names) > 3 else ''} hold out; {others} beaten on likeness without leaking less"


def _alt(title: str, frame: pd.DataFrame) -> str:
    points = [
        f"{row['title']}{' (control)' if row['control'] else ''}: quality {theme.number(row['quality'])}, leakage {theme.number(row['leakage'])}"
        for row in frame.to_dict("records")
    ]
    return f"{title}. Scatter of quality upwards against leakage across. {'; '.join(points)}."
