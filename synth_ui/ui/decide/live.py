"""How result pages stand on a race: what they say before there are scores, and how they follow a race that goes on."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import streamlit as st

from synth_ui.ui import access
from synth_ui.ui.components import empty, fragment
from synth_ui.ui.decide import race_view
from synth_ui.ui.decide.race_view import View
from synth_ui.ui.race.board import is_active, waiting_words

if TYPE_CHECKING:
    import pandas as pd

FOLLOW_SECONDS = 2.0
READING_SECONDS = 10.0


def scored_view(name: str) -> View | None:
    """Return the current race once a candidate has scores; before that say what to do and return None."""
    view = race_view.view()
    if view is None:
        empty(
            "No race yet",
            f"{name} needs a race: start one on the page Table, it takes about a minute.",
            "pages/data.py",
            "Go to the table",
        )
        return None
    now = race_view.runs(view.race_id)
    active = is_active(now)
    if active:
        fragment(_watch, run_every=FOLLOW_SECONDS, key="watch")(view.race_id, _states(now), time.monotonic())
    if not view.names:
        waits = waiting_words(view.race_id, now) if active else ""
        text = (
            f"{waits}."
            if waits
            else "The first scores are still to come."
            if active
            else f"{view.verdict('balanced').sentence} The page Race says how each ended."
        )
        empty("No candidate is done yet", text, "pages/generate.py", "Watch the race")
        return None
    return view


def _watch(race_id: str, states: tuple[str, ...], drawn: float) -> None:
    """Say how long the race still takes, and redraw the page when something has happened in it.

    A run that ended is drawn at once; a single answer after a while, so that a page is not taken away from whoever reads it.
    """
    from synth_ui.jobs.forecast.estimate import remaining

    now = race_view.runs(race_id, advance=True)
    shown = _states(now)
    if shown[0] != states[0] or not is_active(now) or (shown != states and time.monotonic() - drawn > READING_SECONDS):
        st.rerun()
    waits = waiting_words(race_id, now)
    if waits:
        st.caption(f":material/hourglass_top: {waits}. This page follows it.")
        return
    left = remaining(access.workspace(), race_id).left_words
    st.caption(f":material/hourglass_top: The race goes on{f', {left}' if left else ''}. This page follows it.")


def _states(runs: pd.DataFrame) -> tuple[str, ...]:
    """Return how the runs stand, and how much has been answered."""
    return ",".join(runs["state"]), race_view.stamp(runs), ",".join(runs["left_open"])
