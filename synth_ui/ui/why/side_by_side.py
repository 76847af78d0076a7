"""Charts of two to four candidates, one column each: the same axes, each candidate in its own colour."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import streamlit as st

from synth_ui.ui.components import chart
from synth_ui.ui.decide.race_view import View
from synth_ui.ui.state import widget

if TYPE_CHECKING:
    from synth_ui.plots.chart import Chart


def side_by_side(
    view: View, title: str, frames: Mapping[str, Any], draw: Callable[[str, Any], Chart], *, key: str = "", note: str = ""
) -> None:
    """Draw a chart per candidate, in columns.

    Parameters
    ----------
    title
        What is drawn: tells these charts from others that are kept.
    frames
        What each candidate's chart is made of, by candidate, in the order drawn.
    draw
        Takes a candidate and what its chart is made of.
    key
        Begins the keys of the charts; by default the title.
    """
    if not frames:
        return
    mode = "dark" if st.context.theme.type == "dark" else "light"
    drawn: dict[str, Chart] = view.once((mode, "aligned", title, *frames), lambda: _aligned(view, frames, draw))
    columns = len(frames) if len(frames) < 4 else 2
    with st.grid(columns, min_column_width=320) as grid:
        for name, one in drawn.items():
            with grid.cell():
                chart(one, widget(key or title, name), who=view.title(name), note=note)


def _aligned(view: View, frames: Mapping[str, Any], draw: Callable[[str, Any], Chart]) -> dict[str, Chart]:
    from synth_ui.plots.chart import align

    drawn = {name: draw(name, frame).in_colour(view.number(name)) for name, frame in frames.items()}
    align(list(drawn.values()))
    return drawn
