"""Starting a race: the picked generators, on the current split, in the workspace."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import streamlit as st

from synth_ui.core.errors import SynthError
from synth_ui.ui import access, forms
from synth_ui.ui.components import go_to
from synth_ui.ui.md import count, listed, md
from synth_ui.ui.race import budget, choice, constraints
from synth_ui.ui.state import BOARD, GENERATE_TAB, state

if TYPE_CHECKING:
    from synth_ui.jobs.forecast.estimate import Forecast
    from synth_ui.jobs.races.request import Request
    from synth_ui.store.workspace import Workspace


def start_button(table_id: str, *, where: str) -> None:
    """Draw the button that starts the race, with what it will do beside it; on a click start it and go to the board."""
    chosen = choice.picked(table_id)
    with st.container(horizontal=True, vertical_alignment="center", key=f"start_row_{where}"):
        clicked = st.button(
            "Start race", type="primary", icon=":material/play_arrow:", key=f"start_race_{where}", disabled=access.read_only() or not chosen,
            on_click=begin, args=(table_id,),
        )  # fmt: skip
        budget.control(where, table_id)
        st.caption(_plan(chosen, table_id, where), width="stretch")
    if clicked and state.started:
        go_to("pages/generate.py")


def begin(table_id: str) -> None:
    """Start the race of what is picked; on a refusal say why."""
    state.started = False
    requests = _requests(table_id)
    try:
        workspace = access.workspace()
        split_id = workspace.add_split(table_id, access.cut(table_id, state.split_seed, state.split_share))
        name = access.table_row(table_id)["name"]
        state.race_id = _start(workspace, split_id, requests, card=state.card, make=state.make, name=name)
    except SynthError as error:
        state.notice = f"The race was not started. {error}"
        return
    state.started = True
    st.session_state[GENERATE_TAB] = BOARD


def _start(workspace: Workspace, split_id: str, requests: list[Request], **options: Any) -> str:
    if state.budget:
        from synth_ui.jobs.budget.limit import Limit
        from synth_ui.jobs.budget.start import start_budget_race

        return start_budget_race(workspace, split_id, requests, Limit.of(state.budget), **options)
    from synth_ui.jobs.races.start import start_race

    return start_race(workspace, split_id, requests, **options)


def _requests(table_id: str) -> list[Request]:
    """Return what is picked, with its settings, seeds and rules."""
    from synth_ui.jobs.races.request import Request, with_polished

    plugins = [choice.catalogue()[key] for key in choice.picked(table_id)]
    requests = [
        Request(
            plugin.key,
            forms.chosen(plugin),
            seed=state.race_seed,
            seeds=1 if state.budget else state.seeds,
            constraints=constraints.of(table_id),
        )
        for plugin in plugins
    ]
    return with_polished(requests, access.train_size(table_id, state.split_share).rows) if state.polish else requests


def _plan(keys: tuple[str, ...], table_id: str, where: str) -> str:
    """Say what the race will do and how long it takes in all."""
    if not keys:
        return "Pick at least one generator."
    if state.budget:
        from synth_ui.jobs.budget.start import with_presets

        asked = _requests(table_id)
        words = budget.planned_words(len(asked), len(with_presets(asked)) - len(asked))
        return f"{words}{_short(table_id, asked)}{constraints.planned(table_id)}"
    titles = [choice.catalogue()[key].title for key in keys]
    runs = f"{count(len(keys), 'generator')}" + (f" with {state.seeds} seeds each" if state.seeds > 1 else "")
    try:
        words = _forecast(table_id, _requests(table_id)).words
    except SynthError as error:
        words = f"How long it takes cannot be told: {md(error, 300)}"
    else:
        words = f"{words[:1].upper()}{words[1:]}, the four controls included.{_busy()}"
    named = runs if where == "catalogue" else f"{runs}: {listed(titles, most=7)}"  # there they are ticked in sight
    return f"{named}. {words}{constraints.planned(table_id)}"


def _busy() -> str:
    """Say how much longer it may take, as the machine does much else; empty where it does not, or others do the work."""
    from synth_ui.jobs.execution import machine
    from synth_ui.jobs.execution.executor import executor
    from synth_ui.jobs.execution.local import LocalProcesses
    from synth_ui.jobs.forecast.words import busy_words

    if not isinstance(executor(), LocalProcesses):
        return ""
    own = access.workspace().counts().get("runs running", 0)
    said = busy_words(max(machine.load() - own, 0.0), os.cpu_count() or 1, machine.slots())
    return f" {said}." if said else ""


def _short(table_id: str, asked: list[Request]) -> str:
    """Say so where the time is too short for all rows, or even for a sample of them; empty where it is not."""
    from synth_ui.jobs.budget.limit import Limit
    from synth_ui.jobs.budget.start import short_words

    schema = access.table_row(table_id)["schema"]
    said = short_words(access.workspace(), _split(table_id), schema, asked, Limit.of(state.budget), state.card)
    return f" {md(said, 400)}" if said else ""


def _forecast(table_id: str, asked: list[Request]) -> Forecast:
    """Return how long a race would take that is started now, by what this workspace measured before."""
    from synth_ui.jobs.forecast.estimate import forecast

    schema = access.table_row(table_id)["schema"]
    return forecast(access.workspace(), schema, _split(table_id), asked, card=state.card, make=state.make)


def _split(table_id: str) -> dict[str, Any]:
    """Return what is known of the split a race would have that is started now; no id where it was not made yet."""
    row, train = access.table_row(table_id), access.train_size(table_id, state.split_share).rows
    return {
        "id": access.workspace().split_like(table_id, state.split_seed, state.split_share),
        "seed": state.split_seed, "train_rows": train, "holdout_rows": max(1, row["rows"] - train),
    }  # fmt: skip
