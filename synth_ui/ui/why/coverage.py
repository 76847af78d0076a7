"""Coverage: rare levels, tails, odd rows, blanks and invalid cells, worst first, candidates side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from synth_ui.ui.components import download_frame, one_tab_at_a_time
from synth_ui.ui.decide import further_measures, score_cards
from synth_ui.ui.decide.race_view import View
from synth_ui.ui.md import md
from synth_ui.ui.state import widget
from synth_ui.ui.why.side_by_side import side_by_side

if TYPE_CHECKING:
    from synth_ui.plots.chart import Chart

MEASURES = ("coverage", "missingness", "validity")

Draw = Callable[[pd.DataFrame], "Chart"]


def show(view: View, chosen: Sequence[str]) -> None:
    """Draw the answers in words, then the pictures, one kind of rare thing at a time."""
    if not chosen:
        st.caption("Choose a candidate to see which rare things it has.")
        return
    further_measures.offer(
        view,
        chosen,
        MEASURES,
        "Look for rare things",
        why="A quick race does not. Usually a few seconds for each candidate and control.",
    )
    score_cards.scores(view, chosen, measures=MEASURES)
    parts = {title: partial(wall, view, chosen, kinds) for title, kinds in _tabs().items()}
    parts["Invalid cells"] = partial(_invalid, view, chosen)
    one_tab_at_a_time(parts, "coverage_tab")


def _tabs() -> dict[str, list[tuple[str, str, Draw]]]:
    from synth_ui.plots.columns_and_pairs import shares

    return {
        "Rare levels": [("coverage", "levels", shares.rare_levels)],
        "Tails of numbers": [("coverage", "tails", shares.tails)],
        "Odd rows": [("coverage", "odd", shares.odd_rows)],
        "Blanks": [("missingness", "columns", shares.blanks), ("missingness", "together", shares.blanks_together)],
    }


def wall(view: View, chosen: Sequence[str], kinds: Sequence[tuple[str, str, Draw]]) -> None:
    """Draw a chart per candidate for each of the details named (measure, name, how it is drawn), side by side."""
    drawn = False
    for measure, name, draw in kinds:
        frames = {one: frame for one in chosen if (frame := view.detail(one, measure, name)) is not None}
        drawn |= bool(frames)
        side_by_side(view, widget(measure, name), frames, partial(_drawn, draw))
    if chosen and not drawn:
        st.caption(why_not(view, chosen, kinds[0][0]))


def _drawn(draw: Draw, _: str, frame: pd.DataFrame) -> Chart:
    return draw(frame)


def why_not(view: View, chosen: Sequence[str], measure: str) -> str:
    """Say why there is no picture of a measure: its files cannot be read, it was not asked yet, or it does not apply. Escaped."""
    if any(view.is_missed(name, measure) for name in chosen):
        return "Nothing to draw, because what was measured cannot be read any more; which file it is stands below."
    rows = [row for name in chosen if (row := view.score(name, measure)) is not None]
    if not rows:
        return "Not measured yet."
    return f"Nothing to draw, because {md(rows[0]['reason'] or 'the measure gave nothing', 300)}."


def _invalid(view: View, chosen: Sequence[str]) -> None:
    from synth_ui.plots.columns_and_pairs import shares

    wall(view, chosen, [("validity", "columns", shares.invalid_cells)])
    for name in chosen:
        found = view.detail(name, "validity", "examples")
        if found is not None and len(found):
            st.markdown(f"**{md(view.title(name))}: what is not valid**")
            config = st.column_config
            st.dataframe(
                found, hide_index=True, key=widget("invalid", name), alt="Invalid cells per column, with synthetic values as examples",
                column_config={
                    "column": config.TextColumn("Column"), "problem": config.TextColumn("Problem"), "means": config.TextColumn("What it means"),
                    "cells": config.NumberColumn("Cells", format="localized"), "share": config.NumberColumn("Share", format="percent"),
                    "values": config.TextColumn("Synthetic values, for example"),
                },
            )  # fmt: skip
            download_frame(found, widget("invalid", name))
