"""Designing a table by simulation: choose a model, set its parameters, let it run, watch it over time."""

from __future__ import annotations

import streamlit as st

from synth_ui.ui import forms
from synth_ui.ui.components import one_of
from synth_ui.ui.design import designed
from synth_ui.ui.md import md
from synth_ui.ui.race.choice import every

MODELS = ("simulate_payments", "simulate_epidemic", "simulate_equipment", "simulate_customers")
_ROWS = {
    "simulate_payments": "Payments",
    "simulate_epidemic": "People",
    "simulate_equipment": "Readings",
    "simulate_customers": "Customers",
}


def show() -> None:
    """Draw the choice of a model, its parameters, and what was simulated."""
    st.markdown(
        "Agents live by rules, and what happens is written down: events with known causes, before there is any real data."
    )
    titles = {key: every()[key].title for key in MODELS}
    key = one_of("Model", titles, "simulation") or MODELS[0]
    plugin = every()[key]
    st.markdown(md(plugin.summary, 300))
    st.caption(f"**Good at:** {md(plugin.good_at, 300)} **Limits:** {md(plugin.cannot, 300)}")
    with st.expander("Parameters", expanded=False, key=f"parameters-{key}"):
        st.caption(
            "A parameter can be a range, such as 0.02 to 0.08: with several worlds it is drawn anew for each, so that a learner meets "
            "more than one of them (domain randomisation)."
        )
        forms.form(plugin)
    designed.make(key, forms.chosen(plugin), _ROWS[key], 2_000, 1_000_000)
    designed.outcomes(key)
