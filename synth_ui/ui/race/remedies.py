"""One click from what is wrong to what mends it: a generator's setting, a rule for the next run, a candidate without the broken rows."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import streamlit as st

from synth_ui.core.errors import SynthError
from synth_ui.core.rules.constraint import from_json
from synth_ui.generators.base import Generator
from synth_ui.generators.remedies import Remedy, remedy
from synth_ui.ui import access, forms
from synth_ui.ui.components import go_to
from synth_ui.ui.decide.race_view import View
from synth_ui.ui.md import count, md
from synth_ui.ui.race import choice, constraints
from synth_ui.ui.state import BOARD, CATALOGUE, GENERATE_TAB, state, widget

# --- tell-tale signs: the setting that mends ------------------------------------------------------------------------


def of_signs(view: View, name: str, sentences: pd.DataFrame) -> None:
    """Draw a button per setting that mends what the sentences say of a candidate; each opens the generator's form with it set."""
    if sentences.empty:
        return
    generator, settings = made_by(view, name)
    if generator is None:
        st.caption("Made elsewhere: no setting here mends it.")
        return
    found = remedies(generator, settings, sentences)
    if not found:
        st.caption(f"No single setting of {md(generator.title)} mends this; another generator may not have it.")
    for one in found:
        label = f"Set {generator.settings_spec()[one.setting].title.lower()} to {_shown(one.value)}"
        with st.container(horizontal=True, vertical_alignment="center"):
            clicked = st.button(
                md(label), key=widget("mend", name, one.setting), icon=":material/tune:", on_click=use,
                args=(generator, {**settings, one.setting: one.value}),
            )  # fmt: skip
            st.caption(md(one.why, 300))
        if clicked:
            go_to("pages/generate.py")


def made_by(view: View, name: str) -> tuple[type[Generator] | None, dict[str, Any]]:
    """Return the generator a candidate was made with and its settings; None for one made elsewhere."""
    rows = view.candidates[view.candidates["candidate"] == name]
    if rows.empty or rows.iloc[0]["generator"] not in choice.catalogue():
        return None, {}
    return choice.catalogue()[str(rows.iloc[0]["generator"])], dict(json.loads(str(rows.iloc[0]["settings"]) or "{}"))


def remedies(generator: type[Generator], settings: dict[str, Any], sentences: pd.DataFrame) -> list[Remedy]:
    """Return what mends the sentences, that of the plainest first, each setting once."""
    found: dict[str, Remedy] = {}
    for symptom in sentences["symptom"]:
        one = remedy(generator, settings, str(symptom))
        if one is not None:
            found.setdefault(one.setting, one)
    return list(found.values())


def use(generator: type[Generator], settings: dict[str, Any]) -> None:
    """Pick one generator alone for the next race, its settings in force and its form open."""
    forms.use(generator, settings)
    state.picked = (generator.key,)
    for key in choice.catalogue():
        st.session_state[widget("pick", key)] = key == generator.key
    st.session_state[GENERATE_TAB] = CATALOGUE
    st.session_state[widget("settings", generator.key)] = True


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:,}" if isinstance(value, int) else f"{value:g}" if isinstance(value, float) else str(value)


# --- rules: a candidate without the rows that break one -------------------------------------------------------------


def of_rules(view: View, name: str, listed: pd.DataFrame, row: dict[str, Any]) -> None:
    """Draw what can be done about a broken rule: run the generator again with it kept, or leave out the rows that break one."""
    broken = listed[(listed["breaches"] > 0) & (listed["constraint"].astype(str) != "")]
    again = filtered = False
    if made_by(view, name)[0] is not None and row["constraint"]:
        with st.container(horizontal=True, vertical_alignment="center"):
            again = st.button(
                "Run again with this rule kept", key=widget("keep", name), icon=":material/rule_settings:",
                on_click=run_again, args=(view, name, (str(row["constraint"]),)),
             disabled=access.read_only(),)  # fmt: skip
            st.caption("Starts a race of the same generator, settings and seed, in which every row keeps the rule.")
    if row["constraint"]:
        with st.container(horizontal=True, vertical_alignment="center"):
            rule = from_json(json.loads(str(row["constraint"])))
            st.button(
                "Keep it in the next race", key=widget("rule_next", name), icon=":material/playlist_add:", on_click=constraints.add,
                args=(view.race.table_id, rule), disabled=rule in constraints.of(view.race.table_id),
            )  # fmt: skip
            st.caption("Adds it to the rules that every row of the next race keeps, under Generate.")
    if len(broken):
        with st.container(horizontal=True, vertical_alignment="center"):
            filtered = st.button(
                "New candidate without the broken rows", key=widget("filter", name), icon=":material/filter_alt:",
                on_click=leave_out, args=(view, name, tuple(broken["constraint"].astype(str))),
             disabled=access.read_only(),)  # fmt: skip
            st.caption(
                f"Leaves out every row that breaks one of {count(len(broken), 'rule')}; what is left joins the race and is scored like any other."
            )
    if (again or filtered) and state.started:
        go_to("pages/generate.py")


def run_again(view: View, name: str, constraints: tuple[str, ...]) -> None:
    """Start a race of one candidate's generator, settings and seed on the same split, with rules kept; on a refusal say why."""
    from synth_ui.jobs.races.request import Request
    from synth_ui.jobs.races.start import start_race

    state.started = False
    generator, settings = made_by(view, name)
    seed = int(view.candidates.loc[view.candidates["candidate"] == name, "seed"].iloc[0])
    try:
        kept = tuple(from_json(json.loads(text)) for text in constraints)
        assert generator is not None  # the button is not drawn for what was made elsewhere
        request = Request(generator.key, settings, seed=seed, constraints=kept)
        race = view.race
        state.race_id = start_race(access.workspace(), race.split_id, [request], card=race.card, make=race.make, name=race.name)
    except SynthError as error:
        state.notice = f"The race was not started. {error}"
        return
    state.started = True
    st.session_state[GENERATE_TAB] = BOARD


def leave_out(view: View, name: str, constraints: tuple[str, ...]) -> None:
    """Queue a candidate made of the rows that keep all rules; on a refusal say why."""
    from synth_ui.jobs.races.control import filter_candidate

    state.started = False
    try:
        filter_candidate(access.workspace(), view.race_id, name, [from_json(json.loads(text)) for text in constraints])
    except SynthError as error:
        state.notice = f"The candidate was not made. {error}"
        return
    state.started = True
    st.session_state[GENERATE_TAB] = BOARD
