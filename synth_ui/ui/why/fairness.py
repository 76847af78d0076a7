"""Fairness: whether each group is there as it is, and whether models trained on synthetic rows treat groups as real ones do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from synth_ui.core.table import Role
from synth_ui.ui.components import empty, one_tab_at_a_time
from synth_ui.ui.decide import further_measures, score_cards
from synth_ui.ui.decide.race_view import View
from synth_ui.ui.md import listed
from synth_ui.ui.state import widget
from synth_ui.ui.why.side_by_side import side_by_side

if TYPE_CHECKING:
    import pandas as pd

    from synth_ui.plots.chart import Chart

MEASURES = ("groups", "fair_models")


def show(view: View, chosen: Sequence[str]) -> None:
    """Draw both answers in words, then the groups picture by picture."""
    marked = [column.name for column in view.schema.with_role(Role.SENSITIVE)]
    if not marked:
        empty(
            "No column is marked sensitive",
            "Groups come from the columns marked sensitive, such as sex or origin. Choose them on the page Table under "
            "**Sensitive columns**, then start a new race.",
            "pages/data.py",
            "Mark sensitive columns",
        )
        return
    if not chosen:
        st.caption("Choose a candidate to see how it treats groups.")
        return
    st.caption(f"Groups of: {listed(marked, 6)}. Sensitive columns are chosen on the page Table.")
    score_cards.scores(view, chosen, measures=MEASURES)
    further_measures.offer(
        view, chosen, MEASURES, "Compare groups", why="Adds both answers and the pictures; trains the models of the target once for each "
        "candidate and control, usually some seconds each.",
    )  # fmt: skip
    parts = {}
    for title, measure, name, draw in _pictures():
        frames = {candidate: frame for candidate in chosen if (frame := view.detail(candidate, measure, name)) is not None}
        if frames:
            parts[title] = partial(_row, view, title, frames, draw)
    if parts:
        one_tab_at_a_time(parts, "fairness_tab")


def _pictures() -> list[tuple[str, str, str, Callable[[View, str, pd.DataFrame], Chart]]]:
    from synth_ui.plots.scores import fairness

    return [
        ("How often each group occurs", "groups", "groups", lambda view, name, frame: fairness.shares(frame)),
        ("Target by group", "groups", "rates", lambda view, name, frame: fairness.rates(frame)),
        ("Likeness by group", "groups", "groups", lambda view, name, frame: fairness.fidelity(frame)),
        ("Model skill by group", "groups", "groups", lambda view, name, frame: fairness.skill(frame)),
        ("Who is picked", "fair_models", "picked", _picked),
    ]


def _picked(view: View, name: str, frame: pd.DataFrame) -> Chart:
    from synth_ui.plots.scores import fairness

    gaps = view.detail(name, "fair_models", "gaps")
    return fairness.picked(frame, frame.head(0) if gaps is None else gaps)


def _row(view: View, title: str, frames: dict[str, pd.DataFrame], draw: Callable[[View, str, pd.DataFrame], Chart]) -> None:
    side_by_side(view, title, frames, lambda name, frame: draw(view, name, frame), key=widget("fairness", title))
