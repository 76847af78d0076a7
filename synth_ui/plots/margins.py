"""Room for the labels of axes, known before a chart is drawn.

Plotly makes room itself where labels need it, but only by drawing the whole chart a second time, which takes as long as the first. So the
room is reckoned from the widths of the letters; what is reckoned too small is still made room for as before.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable
from typing import Any

import plotly.graph_objects as go

_WIDTHS: tuple[tuple[str, float], ...] = (
    ("ijl'|", 0.24), (" !,./:;ftI[]\\", 0.29), ("()-r`", 0.34), ("cksvxyz*", 0.51), ("^_$#?0123456789abdeghnopquL", 0.56),
    ("+<=>~−–", 0.6), ("FTZ", 0.62), ("&ABEKPSVXY", 0.68), ("CDHNRUw", 0.73), ("GOQ", 0.79), ("mM", 0.84), ("%…", 1.0), ("W", 0.95), ("@", 1.02),
)  # fmt: skip
_WIDTH = {letter: width for letters, width in _WIDTHS for letter in letters}
_OTHER, _WIDE = 0.62, 1.05
"""In widths of the font's size, as in the sans-serif fonts browsers take: a little more rather than less."""

TITLE = 33
"""Pixels that the title of an axis takes, with what stands around it."""

PANEL = 330
"""Pixels that the legend of a chart in one of two columns has at a desk; a wider chart has room to spare."""

KEY, LINE = 46, 19
"""Pixels that the mark of a legend's entry takes, and a line of the legend."""

_OVERHANG = 9
"""Pixels by which each line of the uppermost label may stand out above a chart."""

LEAST = 40
"""Pixels beside a chart that has an axis there, whatever its labels."""

BESIDE, BELOW = 18, 33
"""Pixels around labels beside a chart, and those of labels in one line below it."""


def width(text: str, size: float) -> float:
    """Return the width of a text in pixels, that of its longest line."""
    lines = _plain(text).split("<br>")
    return size * max(sum(_letter(letter) for letter in line) for line in lines)


def _letter(letter: str) -> float:
    known = _WIDTH.get(letter)
    if known is not None:
        return known
    return _WIDE if unicodedata.east_asian_width(letter) in "WF" else _OTHER


def _plain(text: str) -> str:
    for written, shown in (("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">")):
        text = text.replace(written, shown)
    return text


def settle(drawn: go.Figure) -> go.Figure:
    """Widen the margins of a chart with one pair of axes, in place, to what their labels will need."""
    layout = drawn.layout
    if {"xaxis2", "yaxis2"} & {*layout}:
        return drawn
    margin = layout.margin
    if layout.yaxis.automargin and layout.yaxis.visible is not False and layout.yaxis.showticklabels is not False:
        margin.l = max(margin.l or 0, LEAST, math.ceil(_beside(drawn)))
        margin.t = max(margin.t or 0, _OVERHANG * _most_lines(layout.yaxis))
    if layout.xaxis.automargin and layout.xaxis.visible is not False and layout.xaxis.showticklabels is not False:
        margin.b = max(margin.b or 0, math.ceil(_below(drawn)))
    if layout.showlegend and layout.legend.yanchor == "bottom":
        more = LINE * (_legend_lines(drawn) - 1)
        margin.t, layout.height = margin.t + more, (layout.height + more if layout.height else None)
    return drawn


def _most_lines(axis: Any) -> int:
    return max((str(label).count("<br>") + 1 for label in axis.ticktext or ()), default=1)


def _legend_lines(drawn: go.Figure) -> int:
    """Return the lines of a legend: one where its entries have room there, else columns as wide as the widest entry."""
    taken = [KEY + width(trace.name, 12) for trace in drawn.data if trace.name and trace.showlegend is not False]
    if sum(taken) <= PANEL:
        return 1
    return math.ceil(len(taken) / max(1, int(PANEL // max(taken))))


def _beside(drawn: go.Figure) -> float:
    axis = drawn.layout.yaxis
    size = axis.tickfont.size or 12
    labels = max((width(label, size) for label in _labels(axis, (trace.y for trace in drawn.data))), default=3.5 * 0.56 * size)
    return labels + BESIDE + (TITLE if axis.title.text else 0)


def _below(drawn: go.Figure) -> float:
    axis = drawn.layout.xaxis
    size = axis.tickfont.size or 12
    labels = _labels(axis, (trace.x for trace in drawn.data))
    lines = max((label.count("<br>") for label in labels), default=0)
    return BELOW + 1.3 * size * lines + (TITLE if axis.title.text else 0) + _slanted(axis, labels, size)


def _slanted(axis: Any, labels: list[str], size: float) -> float:
    angle = abs(axis.tickangle or 0)
    if not angle or not labels:
        return 0.0
    return max(width(label, size) for label in labels) * math.sin(math.radians(angle))


def _labels(axis: Any, values: Iterable[Any]) -> list[str]:
    """Return the labels that are known beforehand: those given, or the categories."""
    if axis.ticktext is not None:
        return [str(label) for label in axis.ticktext]
    if axis.tickvals is not None and axis.type != "category":
        return [f"{value:g}" if isinstance(value, int | float) else str(value) for value in axis.tickvals]
    found: list[str] = []
    for some in values:
        if some is not None and not isinstance(some, str):
            found += [one for one in some if isinstance(one, str)]
    return found
