"""The deep audit: what it would take, then the generator refitted with and without the most isolated rows, as a job of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from synth_ui.core.score import CONTROLS
from synth_ui.ui.decide import further_measures, score_cards
from synth_ui.ui.decide.race_view import View
from synth_ui.ui.md import duration, md
from synth_ui.ui.why.side_by_side import side_by_side

if TYPE_CHECKING:
    import pandas as pd

    from synth_ui.plots.chart import Chart


def section(view: View, chosen: Sequence[str]) -> None:
    """Draw what the audit asks, what it would take for the chosen candidate, and what it found."""
    st.markdown(
        "The standard of the literature: the generator is fitted again and again, each time without a random half of the most isolated "
        "training rows, and it is tried whether the outcome shows which rows were in. Slower than all other measures together."
    )
    score_cards.scores(view, chosen, measures=["shadow"])
    able = [name for name in chosen if view.refit_seconds(name) is not None]
    if len(able) < len(chosen):
        st.caption(
            "Candidates that came as a file, were filtered out of another or come from changed training rows cannot be refitted and are left out."
        )
    if able:
        _start(view, able)
    frames = {name: frame for name in chosen if (frame := view.detail(name, "shadow", "records")) is not None}
    if frames:
        from synth_ui.plots.scores.risks import audit

        def said(name: str, frame: pd.DataFrame) -> Chart:
            return audit(frame).saying(view.outcome.sentence(name, "shadow"))

        side_by_side(view, "audit", frames, said)


def _start(view: View, able: Sequence[str]) -> None:
    """Draw the settings, what they cost, and the button; nothing to press where it would take longer than allowed."""
    left, middle, right = st.columns(3)
    refits = left.number_input("Refits", 8, 64, value=10, step=2, key="audit_refits", persist_state="session",
                               help="More refits tell weaker signs.")  # fmt: skip
    targets = middle.number_input(
        "Isolated rows tried", 10, 1_000, value=60, step=10, key="audit_targets", persist_state="session"
    )
    limit = right.number_input("Minutes at most, per candidate", 1, 1_440, value=30, key="audit_minutes", persist_state="session")
    each = {name: int(refits) * (view.refit_seconds(name) or 0.0) for name in able}
    for name, seconds in each.items():
        st.caption(
            f"{md(view.title(name))}: {int(refits)} refits at about {duration(view.refit_seconds(name))} each, about {duration(seconds)}."
        )
    slow = [name for name, seconds in each.items() if seconds > 60 * int(limit)]
    if slow:
        named = ", ".join(md(view.title(name)) for name in slow)
        st.caption(f"Longer than the {int(limit)} minutes allowed: {named}. Allow more minutes, or take fewer refits.")
        return
    settings = {"shadow": {"refits": int(refits), "targets": int(targets), "minutes": int(limit)}}
    further_measures.offer(
        view, able, ["shadow"], "Start the deep audit", settings=settings, shown_first=True,
        why=f"About {duration(sum(each.values()))} of computing in all, and some seconds for each of the {len(CONTROLS)} controls that give "
        "it a scale. It can be stopped.",
    )  # fmt: skip
