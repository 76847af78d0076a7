"""Several numbers per line, side by side on one axis: the plain picture of "the same, for these and for those"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from synth_ui.plots import theme


@dataclass(frozen=True)
class Series:
    """One number per line, with its limits where it has any; NaN draws nothing.

    Attributes
    ----------
    shift
        How far below the line's middle it stands, in lines: so that intervals do not cover each other.
    """

    name: str
    color: str
    values: Any
    low: Any = None
    high: Any = None
    symbol: str = "circle"
    shift: float = 0.0


def lines(labels: Sequence[str], series: Sequence[Series], axis: str, *, percent: bool = True, zero: bool = True) -> go.Figure:
    """Return one line per label with a mark per series; shares are drawn in percent."""
    scale = 100.0 if percent else 1.0
    unit = "%" if percent else ""
    drawn = theme.figure(96 + 36 * max(len(labels), 2), top=34, legend=True)
    rows = np.arange(len(labels), dtype=float)
    for one in series:
        values = scale * np.asarray(one.values, dtype=float)
        bars = None
        if one.low is not None:
            low, high = (scale * np.asarray(end, dtype=float) for end in (one.low, one.high))
            bars = {
                "type": "data", "symmetric": False, "array": theme.floats(high - values), "arrayminus": theme.floats(values - low),
                "thickness": 2, "width": 0, "color": one.color,
            }  # fmt: skip
        drawn.add_scatter(
            x=theme.floats(values), y=theme.floats(rows + one.shift), mode="markers", name=one.name, error_x=bars, cliponaxis=False,
            marker={"size": 11, "color": one.color, "symbol": one.symbol}, text=[theme.text(label, 60) for label in labels],
            hovertemplate=f"%{{text}}: %{{x:.3g}}{unit}<extra></extra>",
        )  # fmt: skip
    names = [theme.wrapped(label, 18) for label in labels]
    drawn.update_yaxes(theme.axis(tickvals=theme.floats(rows), ticktext=names, range=[len(labels) - 0.4, -0.6], showgrid=False))
    drawn.update_xaxes(theme.axis(axis, nticks=6, **({"rangemode": "tozero"} if zero else {})))
    return drawn
