"""The candidates the detail pages show: up to four, chosen once, carried from page to page."""

from __future__ import annotations

import streamlit as st

from synth_ui.ui import links
from synth_ui.ui.decide.race_view import View
from synth_ui.ui.state import CANDIDATES, follow

MOST = 4


def picker(view: View) -> list[str]:
    """Draw the choice and return the chosen candidates, best first; at the start the best ones of the race."""
    names = view.names
    best = names[: min(2, len(names))]
    first: list[str] | None = None if follow(CANDIDATES, best, keep=links.arrived()) else best
    held = st.session_state.get(CANDIDATES)
    kept = [name for name in held or () if name in names][:MOST]
    if held is not None and (kept != held or not kept) and not links.arrived():  # of another race; else the address says which
        st.session_state[CANDIDATES] = kept or best
        first = None
    chosen = st.multiselect(
        "Candidates to look at",
        names,
        default=first,
        format_func=view.title,
        max_selections=MOST,
        placeholder="Choose up to four",
        help="The choice is kept on all pages.",
        persist_state="session",
        **links.choice(CANDIDATES, {name: view.title(name) for name in names}, best),
    )
    return [name for name in names if name in chosen]
