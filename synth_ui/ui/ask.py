"""Asking for more measures of candidates that are done: a button, then how far they are, then the scores are there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from synth_ui.core.errors import SynthError
from synth_ui.core.run import RunState
from synth_ui.ui import access
from synth_ui.ui.md import count, duration, md
from synth_ui.ui.results import View
from synth_ui.ui.state import state, widget

POLL_SECONDS = 1.0


def offer(
    view: View,
    candidates: Sequence[str],
    measures: str | Sequence[str],
    label: str,
    *,
    why: str = "",
    settings: Mapping[str, Mapping[str, Any]] | None = None,
) -> None:
    """Draw a button that asks measures of candidates, or how far they are; once they have answered the page is drawn anew.

    Parameters
    ----------
    measures
        A card, or keys of measures; where all candidates have them already nothing is drawn, unless `settings` are given.
    label, why
        What the button says, and one sentence beside it: what for, how long.
    settings
        Settings of measures, by key, where they differ from the defaults.
    """
    card = measures if isinstance(measures, str) else ",".join(measures)
    runs = _runs(view, candidates, card)
    active = [run for run in runs if not RunState(run["state"]).ended]
    if active:
        st.fragment(_progress, run_every=POLL_SECONDS, key=widget("asked", card))(view, tuple(candidates), card)
        return
    if settings is None and not _missing(view, candidates, card):
        return
    _last_failure(view, runs)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            label, key=widget("ask", card), icon=":material/add_chart:", on_click=_ask,
            args=(view.race_id, tuple(candidates), measures, settings),
        )  # fmt: skip
        if why:
            st.caption(why)


def _missing(view: View, candidates: Sequence[str], card: str) -> bool:
    from synth_ui.evaluation.cards import card as measures_of

    have = set(zip(view.scores["candidate"], view.scores["measure"], strict=True))
    return any((name, measure.key) not in have for name in candidates for measure in measures_of(card))


def _runs(view: View, candidates: Sequence[str], card: str) -> list[dict[str, Any]]:
    """Return what was asked before of these candidates and of the controls."""
    controls = view.runs.loc[view.runs["control"].astype(bool), "id"]
    wanted = {view.run_ids.get(name) for name in candidates} | set(controls)
    return [run for run in access.workspace().asked_later(view.race_id) if run["card"] == card and run["parent_id"] in wanted]


def _ask(
    race_id: str, candidates: Sequence[str], measures: str | Sequence[str], settings: Mapping[str, Mapping[str, Any]] | None
) -> None:
    from synth_ui.jobs.control import score_more

    try:
        score_more(access.workspace(), race_id, candidates, measures, settings)
    except SynthError as error:
        state.notice = str(error)


def _progress(view: View, candidates: Sequence[str], card: str) -> None:
    """Draw how far the measures are; redraw the page once all have ended."""
    from synth_ui.jobs.schedule import sweep

    sweep(access.workspace())
    active = [run for run in _runs(view, candidates, card) if not RunState(run["state"]).ended]
    if not active:
        st.rerun()
    running = [run for run in active if run["state"] == RunState.RUNNING]
    words = f"{count(len(active), 'candidate')} to score, controls among them"
    if running:
        now = running[0]
        words += f"; {md(view.title(now['candidate']))}: {md(str(now['phase'] or 'starting'))}"
        if now["eta_seconds"]:
            words += f", about {duration(now['eta_seconds'])} left"
    fractions = [run["fraction"] or 0.0 for run in running]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(sum(fractions) / len(fractions) if fractions else 0.0, text=words)
        st.button(
            "Cancel", key=widget("unask", card), icon=":material/stop_circle:", on_click=_cancel,
            args=(tuple(run["id"] for run in active),),
        )  # fmt: skip


def _cancel(run_ids: Sequence[str]) -> None:
    from synth_ui.jobs.control import cancel

    for run_id in run_ids:
        cancel(access.workspace(), run_id)


def _last_failure(view: View, runs: Sequence[dict[str, Any]]) -> None:
    """Say why the last one ended without an answer, where it did."""
    bad = (RunState.FAILED, RunState.LOST)
    if runs and runs[-1]["state"] in bad:
        st.caption(f"{md(view.title(runs[-1]['candidate']))}: {md(runs[-1]['reason'], 300)}")
