"""Privacy: what was copied, how near the rows lie to those the generators saw, and what attacks find out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from synth_ui.core.score import CONTROLS
from synth_ui.ui import ask, explain
from synth_ui.ui.components import chart, one_tab_at_a_time
from synth_ui.ui.results import View
from synth_ui.ui.state import widget

if TYPE_CHECKING:
    from synth_ui.plots.chart import Chart

MEASURES = ("copies", "dcr_share", "membership", "leakage_index")


def show(view: View, chosen: Sequence[str]) -> None:
    """Draw the answers in words, the controls beside them, and the pictures per candidate."""
    if not chosen:
        st.caption("Choose a candidate to see what can be found out from it.")
        return
    explain.scores(view, chosen, measures=MEASURES)
    ask.offer(
        view,
        chosen,
        "standard",
        "Ask all standard measures",
        why="A quick race asks few of them. Adds the attacks on membership and what they prove, on all rows; "
        "usually under half a minute for each candidate and control.",
    )
    _controls(view)
    parts = {}
    for title, measure, name, draw in _pictures():
        frames = {candidate: frame for candidate in chosen if (frame := view.detail(candidate, measure, name)) is not None}
        if frames:
            parts[title] = partial(_row, view, title, name, frames, draw)
    if parts:
        one_tab_at_a_time(parts, "privacy_tab")
    st.caption(
        "No sign found means no sign found by these attacks at this power. Distances of single records are not shown: "
        "publishing them would help an attacker."
    )


def _controls(view: View) -> None:
    """Say what the same measures give to candidates whose truth is known."""
    rows = view.scores[view.scores["candidate"].isin(list(CONTROLS)) & view.scores["measure"].isin(MEASURES)]
    if rows.empty:
        return
    wide = rows.pivot_table(index="candidate", columns="measure", values="value", sort=False, observed=True)
    wide = wide.reindex(
        index=[name for name in CONTROLS if name in wide.index], columns=[name for name in MEASURES if name in wide.columns]
    )
    wide = wide.round(6) + 0.0  # no minus before a zero
    wide.insert(0, "control", [CONTROLS[name] for name in wide.index])
    from synth_ui.evaluation.cards import known_measures

    st.subheader("What the controls gave", anchor=False)
    st.caption(
        "The same measures on candidates whose truth is known: a measure that does not see the planted leaks says nothing about the others."
    )
    config: dict[str, Any] = {"control": st.column_config.TextColumn("Control", pinned=True)}
    for name in wide.columns[1:]:
        config[name] = st.column_config.NumberColumn(known_measures()[name].title, format="%.3f")
    st.dataframe(wide, hide_index=True, column_config=config, alt="Privacy measures of the four controls")


def _pictures() -> list[tuple[str, str, str, Callable[[pd.DataFrame], Chart]]]:
    from synth_ui.plots.privacy import copies, distances, membership_roc, thresholds

    return [
        ("Copies", "copies", "kinds", copies),
        ("Distance to the nearest real row", "dcr_share", "distances", distances),
        ("Nearest over second nearest", "dcr_share", "ratios", lambda frame: distances(frame, "ratio")),
        ("Membership attacks", "membership", "roc", membership_roc),
        ("Strongest evidence of leakage", "leakage_index", "thresholds", thresholds),
    ]


def _row(view: View, title: str, name: str, frames: dict[str, pd.DataFrame], draw: Callable[[pd.DataFrame], Chart]) -> None:
    with st.grid(min(2, len(frames)), min_column_width=360) as grid:
        for candidate, frame in frames.items():
            with grid.cell():
                drawn = view.picture((title, candidate), partial(draw, frame))
                chart(drawn, widget(name, candidate), who=view.title(candidate))
