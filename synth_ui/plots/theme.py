"""The look all charts share: two colours that mean real and synthetic, ten for candidates, and figures that suit light and dark.

Backgrounds are transparent and the text takes the page's colour, so one figure serves both modes; secondary text is the same colour
at lower opacity. Each colour has a contrast of at least 3 to 1 on white and on the dark background, and neighbours stay apart
under the common kinds of colour blindness; dashes and symbols tell candidates apart without any colour.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from synth_ui.core.formats.numbers import MOST_DIGITS
from synth_ui.core.formats.numbers import figure as figure_of
from synth_ui.plots.margins import settle

REAL = "#1E9E78"
SYNTHETIC = "#3C7BE0"
CANDIDATES: tuple[str, ...] = (
    "#3C7BE0", "#C0850A", "#D173C5", "#805919", "#E62E5C", "#5050E6", "#D17C49", "#9B3BA8", "#466380", "#6F8B94",
)  # fmt: skip
"""The colours of candidates, in the order in which they enter a race."""

DASHES: tuple[str, ...] = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot", "solid", "dash", "dot", "dashdot")
SYMBOLS: tuple[str, ...] = (
    "circle", "square", "diamond", "triangle-up", "cross", "x", "star", "hexagon", "pentagon", "triangle-down",
)  # fmt: skip

TRAIN = "#7A8500"
"""The training rows where they stand against unseen real rows: no candidate has this colour."""

WEAK, STRONG = "#C4302B", "#0A8FB5"
"""Less and more than among the real rows, in heat maps only."""

CONTROL = "#7F8794"
GRID = "rgba(128,138,155,0.22)"
TRACK = "rgba(128,138,155,0.28)"
BAND = "rgba(30,158,120,0.22)"
TINT = "rgba(60,123,224,0.09)"
FAINT = 0.78
"""The opacity of secondary text."""

SEQUENTIAL: tuple[tuple[float, str], ...] = ((0.0, "rgba(10,143,181,0.04)"), (1.0, "rgba(10,143,181,1)"))
DIVERGING: tuple[tuple[float, str], ...] = (
    (0.0, "rgba(196,48,43,1)"), (0.5, "rgba(128,138,155,0.08)"), (1.0, "rgba(10,143,181,1)"),
)  # fmt: skip
"""From too weak, or negative (red), over nothing to too strong, or positive (cyan)."""


LEGEND = 42
"""Pixels above a chart that one line of a legend takes; what more lines take is reckoned in `margins`."""


def colour(number: int) -> str:
    """Return the colour of candidate number `number` of a race, from 0, the same on every page; beyond ten they repeat."""
    return CANDIDATES[number % len(CANDIDATES)]


def faded(colour: str, share: float) -> str:
    """Return a colour as `#RRGGBB` with only a share of its strength, in [0, 1]."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},{share:g})"


def dash(number: int) -> str:
    """Return the line style that goes with `colour`."""
    return DASHES[number % len(DASHES)]


def figure(height: int, *, left: int = 8, right: int = 18, top: int = 12, bottom: int = 8, legend: bool = False) -> go.Figure:
    """Return an empty figure: full width, fixed height in pixels, transparent, keeping zoom over redraws."""
    layout = go.Layout(  # given at once: an update of an existing figure takes six times as long
        template=go.layout.Template(),
        autosize=True,
        height=height,
        margin={"l": left, "r": right, "t": max(top, LEGEND) if legend else top, "b": bottom},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"size": 13},
        showlegend=legend,
        legend={
            "orientation": "h",
            "x": 0,
            "xanchor": "left",
            "y": 1.0,
            "yanchor": "bottom",
            "bgcolor": "rgba(0,0,0,0)",
            "font": {"size": 12},
        },
        hovermode="closest",
        dragmode=False,
        uirevision="keep",
    )
    return go.Figure(layout=layout)


class Sketch:
    """A figure in the making: collects marks, shapes and texts and hands them over at once, ten times faster than one by one."""

    def __init__(self, drawn: go.Figure) -> None:
        self._drawn = drawn
        self._marks: list[dict[str, Any]] = []
        self._shapes: list[dict[str, Any]] = []
        self._texts: list[dict[str, Any]] = []

    def add_scatter(self, **trace: Any) -> None:
        """Add a trace of points or lines."""
        self._marks.append({"type": "scatter", **trace})

    def add_shape(self, **shape: Any) -> None:
        """Add a line or a rectangle."""
        self._shapes.append(shape)

    def add_annotation(self, **words: Any) -> None:
        """Add a text."""
        self._texts.append(words)

    def finish(self, **layout: Any) -> go.Figure:
        """Return the figure, with further settings of its layout."""
        self._drawn.add_traces(self._marks)
        return self._drawn.update_layout(shapes=self._shapes, annotations=self._texts, **layout)


def axis(title: str = "", **changes: Any) -> dict[str, Any]:
    """Return the settings of an axis: light grid, no frame, room made for its labels."""
    plain: dict[str, Any] = {
        "title": {"text": title or None, "font": {"size": 12}}, "gridcolor": GRID, "zeroline": False, "showline": False,
        "automargin": True, "ticks": "", "tickfont": {"size": 12}, "fixedrange": True,
    }  # fmt: skip
    return plain | changes


def text(value: object, limit: int = 40) -> str:
    """Return a text from the table as Plotly shows it: nothing in it is taken for markup, at most `limit` characters."""
    shown = "".join(character if character.isprintable() else " " for character in str(value))
    shown = shown if len(shown) <= limit else shown[: limit - 1] + "…"
    return shown.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("%{", "% {")


def wrapped(value: object, width: int, lines: int = 2) -> str:
    """Return a text broken into at most `lines` lines of about `width` characters, made harmless like `text`."""
    words, out = str(value).split(), [""]
    for word in words:
        if out[-1] and len(out[-1]) + 1 + len(word) > width and len(out) < lines:
            out.append(word)
        else:
            out[-1] = f"{out[-1]} {word}".strip()
    return "<br>".join(text(line, width + 2) for line in out)


def number(value: float | None) -> str:
    """Return a number as people read it: three significant digits, thousands separated; a dash when there is none.

    Numbers below 0.0001 and from 1e15 up are written as 1.2e-11.
    """
    if value is None or not math.isfinite(value):
        return "–"
    if value and not 1e-4 <= abs(value) < 1e15:
        return _minus(figure_of(value, 3))
    if abs(value) >= 100 or float(value).is_integer():
        return _minus(f"{value:,.0f}")
    digits = 3 if value == 0 else max(0, 2 - math.floor(math.log10(abs(value))))
    return _minus(f"{value:,.{digits}f}")


def _minus(shown: str) -> str:
    return f"−{shown[1:]}" if shown.startswith("-") else shown


def numbers(values: Any) -> list[str]:
    """Return numbers that stand side by side as people read them: like `number`, but finely enough to tell different ones apart."""
    known = [float(value) for value in values]
    different = set(known)
    shown = [number(value) for value in known]
    for digits in range(4, MOST_DIGITS + 1):
        if len(set(shown)) == len(different):
            break
        shown = [_minus(figure_of(value, digits)) for value in known]
    return shown


def percent(share: float | None) -> str:
    """Return a share as "12%", with a decimal below ten percent where it matters; a dash when there is none."""
    if share is None or not math.isfinite(share):
        return "–"
    hundred = share * 100
    if abs(hundred) >= 9.95 or float(round(hundred, 6)).is_integer():
        shown = f"{hundred:,.0f}"
    else:
        shown = f"{hundred:.1f}" if abs(hundred) >= 0.095 else f"{hundred:.2g}"
    return f"{shown}%".replace("-", "−")


def seconds(value: float | None) -> str:
    """Return seconds as people say them: "0.4 s", "17 s", "25 min"."""
    if value is None or not math.isfinite(value):
        return "–"
    if value < 9.95:
        return f"{value:.1f} s"
    return f"{value:,.0f} s" if value < 120 else f"{value / 60:,.0f} min"


def listed(names: list[str]) -> str:
    """Return names as "a, b and c"."""
    return "" if not names else names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def floats(values: Any) -> npt.NDArray[np.floating[Any]]:
    """Return what is sent to the browser: float32, half the bytes; float64 where float32 would not tell the numbers apart."""
    wide = np.asarray(values, dtype=np.float64)
    known = wide[np.isfinite(wide)]
    if len(known):
        low, high = float(known.min()), float(known.max())
        largest = max(abs(low), abs(high))
        if largest > 1e30 or 0 < largest < 1e-30 or 0 < high - low < 1e-3 * largest:
            return wide
    return wide.astype(np.float32)


def secondary(**placed: Any) -> dict[str, Any]:
    """Return an annotation of secondary text: the page's colour at lower opacity, small, no arrow."""
    return {"showarrow": False, "opacity": FAINT, "font": {"size": 11}} | placed


def readable(drawn: go.Figure, dark: bool) -> go.Figure:
    """Give the text the page's own colour and the labels their room, in place: Streamlit's theme would make it a grey below 4.5 to 1 on white."""
    colour, layout = ink(dark), drawn.layout
    layout.font.color = layout.legend.font.color = colour
    for name in layout:
        if name.startswith(("xaxis", "yaxis")):
            layout[name].tickfont.color = layout[name].title.font.color = colour
    return settle(drawn)


def ink(dark: bool) -> str:
    """Return the colour of text on light and on dark pages."""
    return "#E8ECF4" if dark else "#0F1729"


def empty(height: int, words: str) -> go.Figure:
    """Return a figure that only says why nothing is drawn."""
    drawn = figure(height)
    drawn.add_annotation(**secondary(text=wrapped(words, 60, 4), x=0.5, y=0.5, xref="paper", yref="paper", font={"size": 13}))
    drawn.update_xaxes(visible=False)
    drawn.update_yaxes(visible=False)
    return drawn
