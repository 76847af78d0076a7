"""Letting the machine look for settings: a budget, the trials as they come, the best settings into the form."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import streamlit as st

from synth_ui.core.errors import SynthError
from synth_ui.core.run import RunState
from synth_ui.generators.base import Generator
from synth_ui.ui import access, forms
from synth_ui.ui.components import chart, fragment
from synth_ui.ui.md import md
from synth_ui.ui.state import state, widget

BUDGETS = {30: "30 s", 60: "1 min", 180: "3 min", 600: "10 min"}
POLL_SECONDS = 1.0


def panel(plugin: type[Generator], table_id: str) -> None:
    """Draw the search for settings of a generator: the button, or how far it is and what it found."""
    if not _can(plugin):
        return
    run_id = dict(state.searches).get((plugin.key, table_id))
    budget, button = st.columns([2, 3], vertical_alignment="bottom")
    seconds = budget.selectbox(
        "Time to search", list(BUDGETS), index=1, key=widget("budget", plugin.key), format_func=BUDGETS.__getitem__
    )
    button.button(
        "Look for better settings", key=widget("tune", plugin.key), icon=":material/tune:", on_click=_start,
        args=(plugin.key, table_id, int(seconds)), disabled=access.read_only() or bool(run_id and not _state(run_id).ended),
        help="Tries settings on a part of the training rows and judges them by the rest; unseen rows are never asked.",
    )  # fmt: skip
    if run_id:
        active = not _state(run_id).ended
        fragment(_follow, run_every=POLL_SECONDS if active else None, key=widget("search", plugin.key))(plugin, run_id, active)


def _can(plugin: type[Generator]) -> bool:
    from synth_ui.jobs.runs.tune import search_space

    try:
        search_space(plugin)
    except SynthError as reason:
        st.caption(f"No search for settings: {md(str(reason), 300)}.")
        return False
    return True


def _start(key: str, table_id: str, seconds: int) -> None:
    from synth_ui.generators.catalogue import known_generators
    from synth_ui.jobs.runs.tune import start_tuning

    workspace = access.workspace()
    try:
        split_id = workspace.add_split(table_id, access.cut(table_id, state.split_seed, state.split_share))
        run_id = start_tuning(workspace, split_id, key, forms.chosen(known_generators()[key]), seconds, state.race_seed)
    except SynthError as error:
        state.notice = str(error)
    else:
        state.searches = (*((at, run) for at, run in state.searches if at != (key, table_id)), ((key, table_id), run_id))


def _state(run_id: str) -> RunState:
    return access.workspace().run(run_id).state


def _follow(plugin: type[Generator], run_id: str, was_active: bool) -> None:
    """Draw the trials so far; redraw the page once the search has ended."""
    from synth_ui.jobs.execution.schedule import advance
    from synth_ui.jobs.runs.tune import best_settings, trials
    from synth_ui.plots.learning.tuning import trials as draw

    advance(access.workspace())
    run = access.workspace().run(run_id)
    if was_active and run.state.ended:
        st.rerun()
    if not run.state.ended:
        st.progress(min(1.0, run.fraction or 0.0), text=md((run.phase or run.state.value).capitalize()))
        st.button(
            "Stop the search",
            key=widget("stop", run_id),
            icon=":material/stop_circle:",
            on_click=_stop,
            args=(run_id,),
            disabled=access.read_only(),
        )
    elif run.reason:
        st.caption(md(run.reason, 300))
    frame = trials(access.workspace(), run_id)
    if frame.empty:
        return
    chart(draw(frame), widget("trials", run_id))
    best = best_settings(frame)
    if best is not None:
        st.caption(f"Best so far: {_words(plugin, best)}.")
        st.button(
            "Use these settings", key=widget("use", run_id), icon=":material/check:", on_click=forms.use, args=(plugin, best),
            disabled=json.dumps(forms.in_force(plugin), sort_keys=True) == json.dumps(best, sort_keys=True),
        )  # fmt: skip


def _words(plugin: type[Generator], settings: dict[str, Any]) -> str:
    """Say in escaped words where settings differ from the defaults."""
    spec = plugin.settings_spec()
    changed: Sequence[str] = [
        f"{md(spec[name].title.lower())} {md(value)}" for name, value in settings.items() if value != spec[name].default
    ]
    return ", ".join(changed) or "the defaults"


def _stop(run_id: str) -> None:
    from synth_ui.jobs.races.control import cancel

    cancel(access.workspace(), run_id)
