"""Asking for more measures of candidates that are done: a button, then how far they are, then the scores are there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from synth_ui.core.errors import SynthError
from synth_ui.core.run import Run, RunState
from synth_ui.ui import access
from synth_ui.ui.components import fragment
from synth_ui.ui.decide.race_view import View
from synth_ui.ui.md import count, md
from synth_ui.ui.state import state, widget

if TYPE_CHECKING:
    from synth_ui.jobs.races.progress import Standing

POLL_SECONDS = 1.0


def offer(
    view: View,
    candidates: Sequence[str],
    measures: str | Sequence[str],
    label: str,
    *,
    why: str = "",
    settings: Mapping[str, Mapping[str, Any]] | None = None,
    shown_first: bool = False,
) -> None:
    """Draw a button that asks measures of all candidates, or how far they are; once they have answered the page is drawn anew.

    A small second button asks only the candidates shown. Where all have the measures already nothing is drawn, unless `settings` are given.

    Parameters
    ----------
    candidates
        Those shown.
    measures
        A card, or keys of measures.
    label, why
        What the button says, and one sentence beside it: what for, how long.
    settings
        Settings of measures, by key, where they differ from the defaults.
    shown_first
        Whether the first button asks only the candidates shown: for what takes minutes each.
    """
    from synth_ui.evaluation.cards import with_settings

    card = measures if isinstance(measures, str) else ",".join(measures)
    now = access.standing(view.race_id)
    wanted = {measure.key for measure in with_settings(card, settings or {})}
    runs = [run for run in now.later if wanted & set(run.card.split(","))]
    active = [run for run in runs if not run.state.ended]
    everybody = [run.candidate for run in now.runs if not run.control and not run.state.ended_badly]
    if active:
        fragment(_progress, run_every=POLL_SECONDS, key=widget("asked", card))(view, tuple(sorted(wanted)), card)
        return
    if settings is None and not _missing(now, wanted):
        return
    _last_failure(view, runs)
    with st.container(horizontal=True, vertical_alignment="center"):
        for first, names in enumerate(_choices(tuple(everybody), tuple(candidates), shown_first)):
            whom = None if names == tuple(everybody) else names
            st.button(
                _called(label, names, everybody) if not first else f"Only {_whom(names, everybody)}",
                key=widget("ask", card, *(["shown"] if first else [])), icon=None if first else ":material/add_chart:",
                type="tertiary" if first else "secondary", on_click=_ask, args=(view.race_id, whom, measures, settings),
             disabled=access.read_only(),)  # fmt: skip
        if why:
            st.caption(why)


def _choices(everybody: tuple[str, ...], shown: tuple[str, ...], shown_first: bool) -> list[tuple[str, ...]]:
    """Return whom the buttons ask, the first one first; one where all are shown."""
    choices = [shown, everybody] if shown_first else [everybody, shown]
    return choices[:1] if set(everybody) == set(shown) else choices


def _called(label: str, names: Sequence[str], everybody: Sequence[str]) -> str:
    return label if len(everybody) == 1 else f"{label}, of {_whom(names, everybody)}"


def _whom(names: Sequence[str], everybody: Sequence[str]) -> str:
    if len(names) == len(everybody):
        return f"all {len(everybody):,} candidates"
    return f"the {len(names):,} shown" if len(names) > 1 else "the one shown"


def _missing(now: Standing, wanted: set[str]) -> bool:
    """Whether a candidate that is done, or a control, has no answer to one of the measures."""
    done = [run.id for run in now.runs if run.state is RunState.DONE]
    return any(wanted - {key for key, _ in now.answers.get(run_id, {})} for run_id in done)


def _ask(
    race_id: str,
    candidates: Sequence[str] | None,
    measures: str | Sequence[str],
    settings: Mapping[str, Mapping[str, Any]] | None,
) -> None:
    from synth_ui.jobs.races.control import score_more

    try:
        score_more(access.workspace(), race_id, candidates, measures, settings)
    except SynthError as error:
        state.notice = str(error)


def _progress(view: View, wanted: Sequence[str], card: str) -> None:
    """Draw how far the measures are; redraw the page once all have ended."""
    from synth_ui.jobs.execution.schedule import advance

    advance(access.workspace())
    now = access.standing(view.race_id)
    runs = [run for run in now.later if set(wanted) & set(run.card.split(","))]
    active = [run for run in runs if not run.state.ended]
    if not active:
        st.rerun()
    words = f"{count(len({run.candidate for run in active}), 'candidate')} to score, controls among them"
    running = [run for run in active if run.state is RunState.RUNNING]
    if running:
        one = running[0]
        words += f"; {md(view.title(one.candidate))}: {md(one.phase or 'starting')}"
    elif any(not run.state.ended for run in now.runs):
        words += "; the leaderboard comes first"
    asked = [run for run in runs if run.created >= min(one.created for one in active) and not run.state.ended_badly]
    done = len(asked) - len(active) + sum(run.fraction or 0.0 for run in running)
    mine = tuple(run.id for run in active if not run.tier)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(min(1.0, done / len(asked)), text=words)
        if mine:  # what comes with the race is stopped with it
            st.button(
                "Cancel", key=widget("unask", card), icon=":material/stop_circle:", on_click=_cancel, args=(mine,),
             disabled=access.read_only(),)  # fmt: skip


def _cancel(run_ids: Sequence[str]) -> None:
    from synth_ui.jobs.races.control import cancel

    for run_id in run_ids:
        cancel(access.workspace(), run_id)


def _last_failure(view: View, runs: Sequence[Run]) -> None:
    """Say why the last one ended without an answer, where it did."""
    bad = (RunState.FAILED, RunState.LOST)
    if runs and runs[-1].state in bad:
        st.caption(f"{md(view.title(runs[-1].candidate))}: {md(runs[-1].reason, 300)}")
