"""What every plotting function returns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from synth_ui.plots import theme


@dataclass(frozen=True)
class Chart:
    """A figure with what it says.

    Attributes
    ----------
    figure
        Takes the width it is given; its height is fixed by what it shows. It holds no title: the page draws `title`.
    title
        The finding, as a sentence without a full stop. It may quote column names, not escaped.
    alt
        The same for someone who does not see the figure, with the main numbers.
    data
        The tidy frame behind the figure, for download.
    """

    figure: go.Figure
    title: str
    alt: str
    data: pd.DataFrame

    def saying(self, sentence: str) -> Chart:
        """Return the chart with a measure's own sentence as its finding, so that chart and card say the same."""
        finding = sentence.rstrip(".")
        return replace(self, title=finding, alt=f"{finding}. {self.alt.removeprefix(f'{self.title}. ')}")

    def in_colour(self, number: int) -> Chart:
        """Return the chart of one candidate, its figure changed in place: what is drawn as synthetic takes the candidate's own colour."""
        own = theme.colour(number)
        for trace in self.figure.data:
            for holder in (trace, getattr(trace, "marker", None), getattr(trace, "line", None), getattr(trace, "error_x", None)):
                _recolour(holder, own)
            _recolour(getattr(getattr(trace, "marker", None), "line", None), own)
        return self


def _recolour(holder: Any, own: str) -> None:
    if holder is None or "color" not in holder:
        return
    if isinstance(holder.color, str):
        holder.color = own if holder.color == theme.SYNTHETIC else holder.color
    elif holder.color is not None:
        holder.color = [own if one == theme.SYNTHETIC else one for one in holder.color]


def align(charts: Sequence[Chart]) -> None:
    """Give charts of the same kind, one per candidate, the same ends of their axes, in place.

    An axis whose ends are set, as of categories, and a logarithmic one stay as they are.
    """
    for which in ("x", "y"):
        axes = [chart.figure.layout[f"{which}axis"] for chart in charts]
        if len(charts) < 2 or any(axis.range is not None or axis.type in ("log", "category") for axis in axes):
            continue
        known = np.concatenate([_ends(chart.figure, which) for chart in charts])
        if not len(known):
            continue
        low, high = float(known.min()), float(known.max())
        pad = 0.04 * (high - low or 1.0)
        low = min(0.0, low) if axes[0].rangemode == "tozero" and low >= 0 else low - pad
        for axis in axes:
            axis.range = [low, high + pad]


def _ends(figure: go.Figure, which: str) -> np.ndarray[Any, Any]:
    """Return the finite values drawn along an axis, the ends of intervals among them."""
    found = []
    for trace in figure.data:
        if trace.type not in ("scatter", "bar") or trace[which] is None or len(trace[which]) == 0:
            continue
        values = np.asarray(trace[which], dtype=object)
        if any(isinstance(value, str) for value in values):
            return np.array([])
        numbers = values.astype(float)
        found.append(numbers)
        width = trace["width"] if trace.type == "bar" and which == "x" and trace.orientation != "h" else None
        if width is not None:
            found += [numbers - np.asarray(width, dtype=float) / 2, numbers + np.asarray(width, dtype=float) / 2]
        bars = trace[f"error_{which}"] if trace.type == "scatter" else None
        if bars is not None and bars.array is not None:
            found.append(numbers + np.asarray(bars.array, dtype=float))
        if bars is not None and bars.arrayminus is not None:
            found.append(numbers - np.asarray(bars.arrayminus, dtype=float))
    together: np.ndarray[Any, Any] = np.concatenate(found) if found else np.array([])
    finite: np.ndarray[Any, Any] = together[np.isfinite(together)]
    return finite
