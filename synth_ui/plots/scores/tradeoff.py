"""Quality against leakage: who is beaten on both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
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
    "dcr_share": "share of rows nearer to training rows (0.5 = as unseen rows)",
    "membership": "membership attack (AUC; 0.5 = guessing)",
    "copies": "copies, training minus unseen rows (share; 0 = none)",
}


NAMES: Mapping[str, str] = {
    "leakage_index": "leakage index", "dcr_share": "share of nearer rows", "membership": "membership attack", "copies": "share of copies",
}  # fmt: skip
"""What a measure of leakage is called inside a sentence."""

HEIGHT, TOP, BOTTOM, LINE = 380, 16, 48, 17
"""Of the figure, its margins, and of a line of text, in pixels."""

FAINT = 0.45
"""How much of its colour an interval keeps, so that names stay readable over it."""


def trade_off(frame: pd.DataFrame) -> Chart:
    """Draw leakage across and quality upwards, with the 95% intervals as crosses; the best corner is the upper left.

    Who leaks more than the candidates do, such as a copy of the training rows, stands at the right edge with its number.

    Parameters
    ----------
    frame
        `candidate, title, control, quality, quality_low, quality_high, leakage, leakage_low, leakage_high, quality_measure,
        leakage_measure, dominated, dominated_by`, and where known `number`, which decides a candidate's colour.
    """
    if frame.empty:
        words = "No candidate has both a quality and a leakage score that can bear a verdict."
        return Chart(theme.empty(200, words), "Nothing to set against each other yet", words, frame)
    drawn, spans = theme.Sketch(theme.figure(HEIGHT, right=24, top=TOP, bottom=BOTTOM)), _spans(frame)
    field, controls = frame[~frame["control"].astype(bool)], frame[frame["control"].astype(bool)]
    lost = field["dominated"].astype(bool)
    if len(controls):
        drawn.add_scatter(**_points(controls, theme.CONTROL, "diamond", 9, spans["leakage"][1]))
    for one in range(len(field)):  # one trace each: an interval has one colour per trace
        part, beaten = field.iloc[[one]], bool(lost.iloc[one])
        own = theme.colour(int(part["number"].iloc[0])) if "number" in part else theme.SYNTHETIC
        drawn.add_scatter(**_points(part, own, "circle-open" if beaten else "circle", 11 if beaten else 13, spans["leakage"][1]))
    _front(drawn, field[~lost])
    _names(drawn, frame, spans)
    across, upward = str(frame["leakage_measure"].iloc[0]), str(frame["quality_measure"].iloc[0])
    axes = {
        "xaxis": theme.axis(LEAKAGE.get(across, "leakage"), range=spans["leakage"], nticks=6),
        "yaxis": theme.axis(QUALITY.get(upward, "quality"), range=spans["quality"], nticks=6),
    }
    title = _finding(field)
    return Chart(drawn.finish(**axes), title, _alt(title, frame), frame.reset_index(drop=True))


def _points(part: pd.DataFrame, color: str, symbol: str, size: int, most: float) -> dict[str, Any]:
    """Return the marks of one kind; what leaks more than the axis shows stands at its end as a triangle."""
    far = part["leakage"].to_numpy(float) > most

    def bars(name: str) -> dict[str, Any]:
        centre = part[name].to_numpy(float)
        low, high = (part[name + end].fillna(part[name]).to_numpy(float) for end in ("_low", "_high"))
        return {
            "type": "data", "symmetric": False, "array": theme.floats(high - centre), "arrayminus": theme.floats(centre - low),
            "color": theme.faded(color, FAINT), "thickness": 1.4, "width": 0,
        }  # fmt: skip

    texts = [
        f"<b>{theme.text(row['title'])}</b><br>quality {theme.number(row['quality'])}, leakage {theme.number(row['leakage'])}"
        + ("<br>another one has more quality and no more leakage" if row["dominated"] is True else "")
        for row in part.to_dict("records")
    ]
    return {
        "x": theme.floats(np.minimum(part["leakage"].to_numpy(float), most)), "y": theme.floats(part["quality"]), "mode": "markers", "error_x": bars("leakage"),
        "error_y": bars("quality"), "marker": {"color": color, "symbol": list(np.where(far, "triangle-right", symbol)) if far.any() else symbol, "size": size, "line": {"width": 2 if "open" in symbol else 0, "color": color}},
        "text": texts, "hovertemplate": "%{text}<extra></extra>", "cliponaxis": False,
    }  # fmt: skip


def _front(drawn: theme.Sketch, front: pd.DataFrame) -> None:
    if len(front) > 1:
        ordered = front.sort_values(["leakage", "quality"])
        drawn.add_scatter(
            x=theme.floats(ordered["leakage"]), y=theme.floats(ordered["quality"]), mode="lines", hoverinfo="skip",
            line={"color": theme.CONTROL, "width": 1, "dash": "dot"},
        )  # fmt: skip


def _names(drawn: theme.Sketch, frame: pd.DataFrame, spans: Mapping[str, list[float]]) -> None:
    """Write the names beside the points, one below the other where points crowd, with a line to a point that lies farther off."""
    tall, field = HEIGHT - TOP - BOTTOM, set(frame.loc[~frame["control"].astype(bool), "title"])
    across = np.clip(_share(frame, "leakage", spans), 0, 1)
    places = tall * (1 - _share(frame, "quality", spans))  # pixels from the top
    sides = across < 0.6
    for side in (True, False):
        rows = [int(row) for row in np.argsort(places, kind="stable") if sides[row] == side]
        for row, place in zip(rows, _apart([float(places[row]) - 9 for row in rows], tall), strict=True):
            one, off = frame.iloc[row], place - float(places[row])
            beyond = float(one["leakage"]) > spans["leakage"][1]
            twice = " (control)" if one["control"] and one["title"] in field else ""
            said = theme.text(one["title"], 32) + twice + (f", {theme.number(one['leakage'])}" if beyond else "")
            drawn.add_annotation(
                x=min(float(one["leakage"]), spans["leakage"][1]), y=one["quality"], text=said, showarrow=True, arrowhead=0, arrowwidth=0.8,
                arrowcolor=theme.CONTROL if abs(off) > 14 else "rgba(0,0,0,0)", standoff=7, ax=16 if side else -16, ay=off,
                xanchor="left" if side else "right", font={"size": 12}, opacity=theme.FAINT if one["control"] or one["dominated"] else 1,
            )  # fmt: skip


def _share(frame: pd.DataFrame, name: str, spans: Mapping[str, list[float]]) -> npt.NDArray[np.float64]:
    low, high = spans[name]
    shares: npt.NDArray[np.float64] = (frame[name].to_numpy(float) - low) / max(high - low, 1e-12)
    return shares


def _apart(wished: list[float], tall: float) -> list[float]:
    """Return places as near to the wished ones as lines of `LINE` pixels allow, in their order, none below the foot if there is room."""
    placed: list[float] = []
    for place in wished:
        placed.append(max(place, placed[-1] + LINE) if placed else max(place, 0.0))
    foot = tall
    for number in range(len(placed) - 1, -1, -1):  # what was pushed out below is pushed back up
        if placed[number] <= foot:
            break
        placed[number] = max(foot, LINE * number)
        foot = placed[number] - LINE
    return placed


def _room(frame: pd.DataFrame, name: str) -> list[float]:
    """Return the range of an axis: points and the ends of their crosses, with a margin; crosses may be cut."""
    values = frame[name].to_numpy(float)
    low, high = float(values.min()), float(values.max())
    ends = [frame[name + end].dropna().to_numpy(float) for end in ("_low", "_high")]
    spread = max(high - low, 1e-3)
    low = max(low - 0.15 * spread, min([low, *ends[0]]))
    high = min(high + 0.15 * spread, max([high, *ends[1]]))
    return [low - 0.06 * spread, high + 0.08 * spread]


def _spans(frame: pd.DataFrame) -> dict[str, list[float]]:
    """Return the ranges of both axes; leakage ends where the candidates and unseen rows do, so that a copy far off crowds nobody."""
    near = frame[~frame["control"].astype(bool) | frame["candidate"].eq("control:unseen")]
    room = _room(near if len(near) else frame, "leakage")
    ends = near["leakage_high"].fillna(near["leakage"]).to_numpy(float)
    if len(near) and np.ptp(near["leakage"].to_numpy(float)) < 0.2 * max(float(ends.max() - near["leakage"].min()), 1e-12):
        room = [room[0], float(np.median(ends))]  # all in one place: their intervals say how far the axis must go
        room[0] = float(near["leakage"].min()) - 0.06 * (room[1] - float(near["leakage"].min()))
    return {"leakage": room, "quality": _room(frame, "quality")}


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
    who = f"{theme.listed(names[:3])}{f' and {len(names) - 3} more' if len(names) > 3 else ''} {'holds' if len(names) == 1 else 'hold'} out"
    by = str(field["leakage_measure"].iloc[0])
    return f"{who}; {others} beaten on likeness without leaking less{f', judged by the {NAMES[by]} alone' if by in NAMES else ''}"


def _alt(title: str, frame: pd.DataFrame) -> str:
    points = [
        f"{row['title']}{' (control)' if row['control'] else ''}: quality {theme.number(row['quality'])}, leakage {theme.number(row['leakage'])}"
        for row in frame.to_dict("records")
    ]
    return f"{title}. Scatter of quality upwards against leakage across. {'; '.join(points)}."
