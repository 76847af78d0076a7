"""How result pages stand on a race: what they say before there are scores, and how they follow a race that goes on."""

from __future__ import annotations

import streamlit as st

from synth_ui.ui import results
from synth_ui.ui.components import empty
from synth_ui.ui.md import count
from synth_ui.ui.results import View

FOLLOW_SECONDS = 2.0


def scored_view(name: str) -> View | None:
    """Return the current race once a candidate has scores; before that say what to do and return None."""
    view = results.view()
    if view is None:
        empty(
            "No race yet",
            f"{name} needs a race: start one on the data page, it takes about a minute.",
            "pages/data.py",
            "Go to the data",
        )
        return None
    if view.active:
        left = int(view.runs["ended"].isna().sum())
        st.caption(f":material/hourglass_top: The race goes on, {count(left, 'run')} to come. This page follows it.")
        st.fragment(_watch, run_every=FOLLOW_SECONDS, key="watch")(view.race_id, view.stamp)
    if not view.names:
        text = (
            "The first scores arrive within seconds."
            if view.active
            else "No candidate of this race came to an end; the board says why."
        )
        empty("No candidate is done yet", text, "pages/generate.py", "Watch the board")
        return None
    return view


def _watch(race_id: str, stamp: str) -> None:
    """Redraw the page when something has happened in the race."""
    if results.stamp(results.runs(race_id, sweep=True)) != stamp:
        st.rerun()
