"""Scores on their scales: one track per candidate and family, from known bad rows to known good ones."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from synth_ui.plots import theme
from synth_ui.plots.chart import Chart

NOTE = (
    "Each dot lies between what the same measure gives, on this table, to known bad rows (left) and known good ones (right). "
    "The line is the 95% interval, small marks are seeds, green is where real rows themselves fall. A triangle lies beyond the scale. "
    "Hollow grey marks cannot bear a verdict; a sign of a leak is drawn in full all the same. Where a privacy measure finds more than chance explains, a sign of a leak, its score is the one shown; "
    "privacy intervals hold for all attacks together."
)
"""What to write under the tracks."""

ROW = 56
"""The height of a row, in pixels."""

EDGE = 0.07
"""How far beyond both ends of the scale a dot is still drawn; past it stands a triangle."""

_PAD = 0.03
_GAP = 0.035
_LABEL = 22

_HEAD = 92
_CONTROLS = 0.45
Floats = npt.NDArray[np.float64]

MUTED = ("under-powered", "blind", "cannot be judged")
"""The states of a score that is shown and cannot bear a verdict."""


def is_muted(row: Mapping[str, Any], panel: Mapping[str, Any]) -> bool:
    """Whether a score bears no verdict: its measure does not here, or it does not; a sign of a leak does wherever it was found."""
    return not is_sign(row) and (bool(panel["reason"]) or row["status"] in MUTED)


def is_sign(row: Mapping[str, Any]) -> bool:
    """Whether a score is itself a sign of a leak; where there is no row, NaN stands."""
    known = row.get("sign", False)
    return isinstance(known, (bool, np.bool_)) and bool(known)


def scale_tracks(rows: pd.DataFrame, panels: pd.DataFrame, title: str | None = None) -> Chart:
    """Draw every candidate's scores on their scales, one panel per family, labels and tracks in one figure.

    Parameters
    ----------
    rows
        Long form, in the order drawn: `candidate, title, control, panel, value, value_low, value_high, position, low, high`
        (positions), `points` (tuple of the seeds' positions), `status, reason, seconds, seeds, rank, tied`, `signs` (how many privacy measures
        find a leak), and where known `number`, which decides the candidate's colour, and `sign`, whether this score is a sign of a leak.
    panels
        One row per panel, in order: `panel, title, subtitle, left, right, band_low, band_high, reason`.
    title
        The finding; by default who is best or tied.
    """
    names = list(dict.fromkeys(rows["candidate"]))
    if not names or panels.empty:
        return Chart(
            theme.empty(160, "No candidate is scored yet."),
            title or "No candidate is scored yet",
            "No candidate is scored yet.",
            rows,
        )
    heads = rows.drop_duplicates("candidate").set_index("candidate")
    labels = [_label(name, heads.loc[name]) for name in names]
    places = _places(heads.loc[names, "control"].astype(bool).to_numpy())
    left = _left([line for label in labels for line in label[0].split("<br>")])
    drawn = theme.Sketch(theme.figure(_HEAD + round(ROW * (places[-1] + 0.5)) + 8, left=left, right=4, top=_HEAD, bottom=8))
    for place, name, label in zip(places, names, labels, strict=True):
        _write_label(drawn, float(place), label, left, heads.loc[name])
    axes: dict[str, Any] = {"yaxis": {"range": [float(places[-1]) + 0.5, -0.5], "visible": False, "fixedrange": True}}
    for number, panel in enumerate(panels.to_dict("records")):
        own = rows[rows["panel"] == panel["panel"]].set_index("candidate").reindex(names)
        axes |= _panel(drawn, number, len(panels), panel, own, places)
    _separate_controls(drawn, heads.loc[names, "control"].astype(bool).to_numpy(), left)
    said = title or _finding(heads)
    return Chart(drawn.finish(**axes), said, _alt(said, rows, panels), _data(rows))


def score_track(rows: pd.DataFrame, panel: pd.DataFrame, title: str | None = None) -> Chart:
    """Draw one measure's scores on their scale, wide, for the head of a detail page; the columns are those of `scale_tracks`."""
    first = panel.iloc[0]
    own = rows[rows["panel"] == first["panel"]]
    return scale_tracks(own, panel.head(1), title or _single_finding(own, first))


def _left(lines: list[str]) -> int:
    """Return the width of the labels in pixels: as wide as the longest line, within what a phone can spare."""
    return round(min(168.0, max(84.0, 12 + 7.4 * max(map(len, lines)))))


def _places(control: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """Return where each row stands: one below the other, with a gap before the first control for its heading."""
    return np.arange(len(control)) + _CONTROLS * control


def _label(name: str, head: pd.Series[Any]) -> tuple[str, str]:
    """Return a row's title, broken into lines, and the small line under it."""
    parts = []
    if not head["control"]:
        if pd.notna(head["seconds"]) and not str(name).startswith("file:"):
            parts.append(theme.seconds(float(head["seconds"])))
        if head["seeds"] > 1:
            parts.append(f"{int(head['seeds'])} seeds")
        if said := leak_signs(int(head["signs"])):
            parts.append(f"<b>{said}</b>")
    return theme.wrapped(head["title"], _LABEL), " · ".join(parts)


def leak_signs(number: int) -> str:
    """Say how many measures find a leak, in a few words; empty for none."""
    return f"{number} sign{'s' * (number > 1)} of a leak" if number else ""


def _write_label(drawn: theme.Sketch, place: float, label: tuple[str, str], left: int, head: pd.Series[Any]) -> None:
    title, small = label
    control = bool(head["control"])
    strong = f"<b>{title}</b>" if head["tied"] else f"<i>{title}</i>" if control else title
    second = f"<br><span style='font-size:11px'>{small}</span>" if small else ""
    drawn.add_annotation(
        x=0, y=place, xref="paper", yref="y", xanchor="left", yanchor="middle", xshift=-left, align="left", showarrow=False,
        text=strong + second, opacity=theme.FAINT if control else 1, font={"size": 13},
    )  # fmt: skip
    if head["tied"]:
        tint = {"type": "rect", "xref": "paper", "yref": "y", "y0": place - 0.5, "y1": place + 0.5, "fillcolor": theme.TINT}
        drawn.add_shape(**tint, x0=0, x1=1, line={"width": 0}, layer="below")
        drawn.add_shape(**tint, x0=-left, x1=0, xsizemode="pixel", xanchor=0, line={"width": 0}, layer="below")


def _panel(
    drawn: theme.Sketch, number: int, panels: int, panel: Mapping[str, Any], own: pd.DataFrame, rows: Floats
) -> dict[str, Any]:
    """Draw one panel and return the settings of its axis."""
    suffix = "" if number == 0 else str(number + 1)
    width = (1 - _GAP * (panels - 1)) / panels
    start = number * (width + _GAP)
    x = f"x{suffix}"
    muted = bool(panel["reason"])
    _head(drawn, x, panel, muted, alone=panels == 1)
    _band(drawn, x, panel, float(rows[-1]), muted)
    _segments(drawn, x, np.zeros(len(own)), np.ones(len(own)), rows, theme.TRACK, 6)
    _dots(drawn, x, own, rows, panel)
    _unscored(drawn, x, own, rows)
    axis = {"domain": [start, start + width], "range": [-EDGE - _PAD, 1 + EDGE + _PAD], "visible": False, "fixedrange": True}
    return {f"xaxis{suffix}": axis}


def _head(drawn: theme.Sketch, x: str, panel: Mapping[str, Any], muted: bool, alone: bool) -> None:
    opacity, start = theme.FAINT if muted else 1, 0 if alone else -EDGE - _PAD
    above = {"xref": x, "yref": "paper", "y": 1, "yanchor": "bottom", "showarrow": False}
    drawn.add_annotation(
        **above,
        x=start,
        xanchor="left",
        yshift=70,
        text=f"<b>{theme.text(panel['title'])}</b>",
        font={"size": 13},
        opacity=opacity,
    )
    under = "no verdict here" if muted else panel["subtitle"]
    drawn.add_annotation(
        **theme.secondary(
            **above, x=start, xanchor="left", yshift=54, text=theme.text(under, 60), hovertext=theme.text(panel["reason"], 200)
        )
    )
    drawn.add_annotation(
        **theme.secondary(
            **above,
            x=start,
            xanchor="left",
            yshift=3,
            align="left",
            font={"size": 10},
            text=theme.wrapped(panel["left"], 13),
        )
    )
    drawn.add_annotation(
        **theme.secondary(
            **above,
            x=1 - start,
            xanchor="right",
            yshift=3,
            font={"size": 10},
            align="right",
            text=theme.wrapped(panel["right"], 13),
        )
    )


def _band(drawn: theme.Sketch, x: str, panel: Mapping[str, Any], last: float, muted: bool) -> None:
    low, high = float(panel["band_low"]), float(panel["band_high"])
    if muted or not np.isfinite([low, high]).all():
        return
    middle, half = (low + high) / 2, max((high - low) / 2, 0.008)
    ends = np.clip([middle - half, middle + half], -EDGE - _PAD, 1 + EDGE + _PAD)
    drawn.add_shape(
        type="rect", xref=x, yref="y", x0=float(ends[0]), x1=float(ends[1]), y0=-0.5, y1=last + 0.5, fillcolor=theme.BAND,
        line={"width": 0}, layer="below",
    )  # fmt: skip


def _segments(drawn: theme.Sketch, x: str, start: Any, end: Any, rows: Any, color: str, width: float) -> None:
    """Draw one horizontal line per row in a single trace, gaps between them."""
    if not len(rows):
        return
    gap = np.full(len(rows), np.nan)
    drawn.add_scatter(
        x=theme.floats(np.column_stack([start, end, gap]).ravel()),
        y=theme.floats(np.column_stack([rows, rows, gap]).ravel()),
        mode="lines", line={"color": color, "width": width}, hoverinfo="skip", xaxis=x, yaxis="y", showlegend=False,
    )  # fmt: skip


def _dots(drawn: theme.Sketch, x: str, own: pd.DataFrame, rows: Any, panel: Mapping[str, Any]) -> None:
    scored = own["position"].notna().to_numpy()
    weak = np.array([is_muted(row, panel) for row in own.to_dict("records")]) & scored
    control = own["control"].eq(True).to_numpy() & scored
    for chosen, color, symbol, name in (
        (scored & ~weak & ~control, "", "circle", "candidates"),
        (control & ~weak, theme.CONTROL, "diamond", "controls"),
        (weak & ~control, theme.CONTROL, "circle-open", "no verdict"),
        (weak & control, theme.CONTROL, "diamond-open", "controls, no verdict"),
    ):
        if chosen.any():
            part = own[chosen]
            low, high = (np.clip(part[end].fillna(part["position"]).to_numpy(float), -EDGE, 1 + EDGE) for end in ("low", "high"))
            colors = np.array([color or _own_colour(row) for row in part.to_dict("records")])
            for one in dict.fromkeys(colors):
                same = colors == one
                _segments(drawn, x, low[same], high[same], rows[chosen][same], str(one), 3)
            _marks(drawn, x, part, rows[chosen], colors, symbol, panel, name)
    _seeds(drawn, x, own, rows, panel)


def _own_colour(row: Mapping[str, Any]) -> str:
    """Return a candidate's colour, the same on every page; where no number is given, that of synthetic rows."""
    number = row.get("number")
    return theme.SYNTHETIC if number is None or number != number or number < 0 else theme.colour(int(number))


def _marks(
    drawn: theme.Sketch, x: str, part: pd.DataFrame, rows: Any, colors: Any, symbol: str, panel: Mapping[str, Any], name: str
) -> None:
    position = part["position"].to_numpy(float)
    hollow = "-open" if "open" in symbol else ""
    beyond = np.where(position < 0, f"triangle-left{hollow}", f"triangle-right{hollow}")
    shape = np.where((position < -EDGE) | (position > 1 + EDGE), beyond, symbol)
    drawn.add_scatter(
        x=theme.floats(np.clip(position, -EDGE, 1 + EDGE)), y=theme.floats(rows), mode="markers", cliponaxis=False, xaxis=x, yaxis="y", name=name,
        marker={"color": colors, "size": 13 if symbol.startswith("circle") else 10, "symbol": shape, "line": {"width": 2 if hollow else 0, "color": colors}},
        text=[_hover(row, panel) for row in part.to_dict("records")], hovertemplate="%{text}<extra></extra>", showlegend=False,
    )  # fmt: skip


def _hover(row: Mapping[str, Any], panel: Mapping[str, Any]) -> str:
    lines = [f"<b>{theme.text(row['title'])}</b>", f"{theme.text(panel['subtitle'])}: {theme.number(row['value'])}"]
    if pd.notna(row["value_low"]) and pd.notna(row["value_high"]):
        lines[-1] += f" ({theme.number(row['value_low'])} to {theme.number(row['value_high'])})"
    lines.append(f"{theme.percent(row['position'])} of the way from {panel['left']} to {panel['right']}")
    if row["reason"]:
        lines.append(theme.wrapped(row["reason"], 60, 3))
    return "<br>".join(lines)


def _seeds(drawn: theme.Sketch, x: str, own: pd.DataFrame, rows: Any, panel: Mapping[str, Any]) -> None:
    points = [
        (point, row + 0.24, theme.CONTROL if is_muted(one, panel) else _own_colour(one))
        for row, one in zip(rows, own.to_dict("records"), strict=True)
        if isinstance(one["points"], tuple)
        for point in one["points"]
    ]
    if points:
        across, upward, colors = zip(*points, strict=True)
        drawn.add_scatter(
            x=theme.floats(np.clip(across, -EDGE, 1 + EDGE)), y=theme.floats(upward), mode="markers", cliponaxis=False, xaxis=x, yaxis="y",
            marker={"color": list(colors), "size": 5, "opacity": 0.75}, hoverinfo="skip", name="seeds", showlegend=False,
        )  # fmt: skip


def _unscored(drawn: theme.Sketch, x: str, own: pd.DataFrame, rows: Floats) -> None:
    """Say on the track why a score is not there."""
    for place, row in zip(rows, own.to_dict("records"), strict=True):
        if pd.isna(row["position"]):
            said = no_place(row)
            reason = row["reason"] if isinstance(row["reason"], str) else ""
            drawn.add_annotation(
                **theme.secondary(
                    x=0.5, y=float(place), xref=x, yref="y", text=theme.text(said), yshift=9, hovertext=theme.text(reason, 200)
                )
            )


def no_place(row: Mapping[str, Any]) -> str:
    """Say in a few words why a score has no place on its scale; of a sign of a leak, that it is one."""
    if is_sign(row):
        return "a sign of a leak"
    status, value = row["status"], row["value"]
    known = str(status) if isinstance(status, str) else "not asked"
    if value is not None and math.isfinite(value):
        return "no scale yet" if known == "not judged yet" else "no scale"
    return known


def _separate_controls(drawn: theme.Sketch, control: npt.NDArray[np.bool_], left: int) -> None:
    if not control.any():
        return
    line = float(np.argmax(control)) - 0.5 + 0.04
    drawn.add_shape(type="line", xref="paper", yref="y", x0=0, x1=1, y0=line, y1=line, line={"color": theme.GRID, "width": 1})
    placed = {"x": 0, "y": line, "xref": "paper", "yref": "y", "xanchor": "left", "yanchor": "top", "xshift": -left}
    drawn.add_annotation(**theme.secondary(text="<b>Controls</b>, whose truth is known", **placed))


def _finding(heads: pd.DataFrame) -> str:
    field = heads[~heads["control"].astype(bool)]
    tied = [str(title) for title in field.loc[field["tied"].astype(bool), "title"]]
    if len(tied) > 1:
        return f"{theme.listed(tied)} are tied for best"
    if tied:
        return f"{tied[0]} is best on this table" if len(field) > 1 else f"{tied[0]} is the only candidate"
    return "No candidate can be recommended yet" if len(field) else "Only the controls are scored so far"


def _single_finding(own: pd.DataFrame, panel: pd.Series[Any]) -> str:
    field = own[~own["control"].astype(bool) & own["position"].notna()]
    if panel["reason"]:
        signs = [str(row["title"]) for row in own.to_dict("records") if is_sign(row)]
        found = f", but a sign of a leak of {theme.listed(signs)}" if signs else ""
        return f"{str(panel['subtitle']).capitalize()}: no verdict on this table{found}"
    if field.empty:
        return f"{str(panel['subtitle']).capitalize()}: not scored yet"
    said = [f"{row['title']} {theme.percent(row['position'])}" for row in field.to_dict("records")]
    return f"{str(panel['subtitle']).capitalize()}, on the way from {panel['left']} to {panel['right']}: {theme.listed(said)}"


def _alt(said: str, rows: pd.DataFrame, panels: pd.DataFrame) -> str:
    """Say every score in words, rows in the order drawn."""
    titles = dict(zip(panels["panel"], panels["title"], strict=True))
    lines = []
    for _, own in rows.groupby("candidate", sort=False):
        parts = []
        for row in own.to_dict("records"):
            if row["panel"] not in titles:
                continue
            scale = f"{theme.percent(row['position'])} of its scale" if pd.notna(row["position"]) else str(row["status"])
            parts.append(f"{str(titles[row['panel']]).lower()} {scale}")
        kind = " (control)" if own["control"].iloc[0] else ""
        parts += [said] if (said := leak_signs(int(own["signs"].iloc[0]))) else []
        lines.append(f"{own['title'].iloc[0]}{kind}: {', '.join(parts)}.")
    return f"{said}. One row per candidate, one scale per family. " + " ".join(lines)


def _data(rows: pd.DataFrame) -> pd.DataFrame:
    data = rows.drop(columns=["points", "tied", "sign", "number"], errors="ignore").rename(
        columns={"panel": "family", "signs": "signs_of_a_leak", "low": "position_low", "high": "position_high"}
    )
    return data.reset_index(drop=True)
