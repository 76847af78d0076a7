"""The board: every run of the race as it stands, polled; it tells the truth of the workspace, not of the tab."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

import streamlit as st

from synth_ui.core.context import used_words
from synth_ui.core.errors import SynthError
from synth_ui.core.rules.asked import Asked
from synth_ui.core.run import RunKind, RunState
from synth_ui.core.score import CONTROLS
from synth_ui.ui import access, links
from synth_ui.ui.components import empty, fragment, go_to, picture
from synth_ui.ui.decide import race_view
from synth_ui.ui.md import count, duration, in_one, md
from synth_ui.ui.race import budget
from synth_ui.ui.state import BOARD, CATALOGUE, GENERATE_TAB, state, widget
from synth_ui.ui.why.privacy import privacy_budget as budgets

if TYPE_CHECKING:
    import pandas as pd

    from synth_ui.store.budgets import Budget

Row: TypeAlias = Any
"""A row of `synth_ui.jobs.races.results.board`, with its columns as attributes."""

POLL_SECONDS = 1.5

STOPPED = "Stopped"
"""How the reason of a run begins that the race itself ended, because its time was up or it was asked to."""

NAME_WIDTH = 300
"""Of the column of names, in pixels."""

LOOKS = {
    RunState.QUEUED: (":material/schedule:", "gray"),
    RunState.RUNNING: (":material/play_arrow:", "blue"),
    RunState.DONE: (":material/check:", "green"),
    RunState.CANCELLED: (":material/block:", "gray"),
    RunState.FAILED: (":material/error:", "red"),
    RunState.LOST: (":material/link_off:", "orange"),
}
"""Icon and colour of the badge of each state."""


def tabs() -> Sequence[Any]:
    """Draw the two halves of the page; a visitor who arrives while a race stands sees the board."""
    first = BOARD if state.race_id else CATALOGUE
    return st.tabs([CATALOGUE, BOARD], default=first, on_change="rerun", **links.choice(GENERATE_TAB, [CATALOGUE, BOARD], first))


def show() -> None:
    """Draw the board of the current race and keep it true while anything is still to come."""
    race_id = state.race_id
    if race_id is None:
        empty(
            "No race yet",
            "Pick generators in the catalogue and start the race; its progress shows here.",
            "pages/data.py",
            "Go to the table",
        )
        return
    active = is_active(race_view.runs(race_id)) or budget.still_choosing(race_id) is not None
    fragment(_board, run_every=POLL_SECONDS if active else None, key="board")(race_id, active)


def is_active(runs: pd.DataFrame) -> bool:
    """Whether anything will still happen by itself, further measures included."""
    return bool(runs["state"].isin([RunState.QUEUED.value, RunState.RUNNING.value]).any() or runs["to_come"].any())


def _board(race_id: str, was_active: bool) -> None:
    runs = race_view.runs(race_id, advance=True)
    choosing = budget.still_choosing(race_id)
    active = is_active(runs) or choosing is not None
    if was_active != active:
        st.rerun()  # the whole page: the timer is set or cleared there
    _summary(race_id, runs, active, choosing)
    budget.panel(race_id)
    current = race_view.view_of(race_id, runs)
    scores = current.once(("headline words",), lambda: race_view.headline_words(current))
    leader = getattr(current, "leader", None)
    names = sorted(current.names, key=lambda name: name != leader)
    for run in _best_first(runs[~runs["control"]], names).itertuples():
        _row(run, f"{md(current.title(run.candidate))}{_mark(current, run.candidate)}", scores.get(run.candidate, ""))
    controls = runs[runs["control"]]
    if len(controls):
        _controls(controls)


def _best_first(candidates: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Put those that are scored in the order of the leaderboard, then what is under way and queued, then what did not come to its end."""
    place = {name: number for number, name in enumerate(names)}
    ended = candidates["state"].isin([state.value for state in RunState if state.ended and state is not RunState.DONE])
    order = [
        (bool(bad), place.get(name, len(place)), number)
        for number, (name, bad) in enumerate(zip(candidates["candidate"], ended, strict=True))
    ]
    return candidates.iloc[[number for _, _, number in sorted(order)]]


def _mark(current: race_view.View, candidate: str) -> str:
    """Return what stands beside the name of the candidate that leads; nothing while the view names none."""
    return " &nbsp; :green-badge[:material/trophy: leads]" if getattr(current, "leader", None) == candidate else ""


def ready_words(runs: pd.DataFrame, one: str = "") -> str:
    """Say how many of some runs are ready and how the others ended: "3 of 4 ready, 1 cancelled"."""
    stopped = (runs["state"] == RunState.CANCELLED.value) & runs["reason"].astype(str).str.startswith(STOPPED)
    counts = runs["state"].mask(stopped, STOPPED.lower()).value_counts()
    ready = int(counts.get(RunState.DONE.value, 0))
    among = count(len(runs), one) if one else f"{len(runs):,}"
    words = [state.value for state in RunState if state is not RunState.DONE]
    others = [word for word in [*words, STOPPED.lower()] if word in counts]
    return ", ".join([f"{ready:,} of {among} ready", *(f"{counts[word]:,} {word}" for word in others)])


def _summary(race_id: str, runs: pd.DataFrame, active: bool, choosing: Budget | None) -> None:
    candidates = runs[~runs["control"]]
    with st.container(horizontal=True, vertical_alignment="center", key="board_summary"):
        if (candidates["state"] == RunState.DONE.value).any() and st.button(
            "Compare", type="primary", icon=":material/leaderboard:", key="to_compare"
        ):
            go_to("pages/compare.py")
        if active and (choosing is None or choosing.stop is not None):  # else the clock has a button of its own
            st.button(
                "Stop here",
                key="cancel_race",
                icon=":material/stop_circle:",
                on_click=_cancel_race,
                args=(race_id,),
                disabled=access.read_only(),
            )
        if runs["resumable"].any() and choosing is None:
            st.button(
                "Resume race",
                key="resume_race",
                icon=":material/replay:",
                on_click=_resume_race,
                args=(race_id,),
                disabled=access.read_only(),
            )
        st.caption(" &nbsp;·&nbsp; ".join(_how_far(race_id, runs, active and choosing is None)), width="stretch")


def _how_far(race_id: str, runs: pd.DataFrame, active: bool) -> list[str]:
    """Say how many candidates are ready, how much of the further evidence is there, and how long the rest takes."""
    candidates = runs[~runs["control"]]
    said = [ready_words(candidates, "candidate")] if len(candidates) else []
    waits = waiting_words(race_id, runs)
    if waits:
        return [*said, f"**{waits}**"]
    asked = runs[runs["further"] > 0]
    scored = runs["state"].map(lambda value: RunState(value).ended).all()  # until then, only the leaderboard is under way
    if scored and (asked["further_scored"] < asked["further"]).any():
        said.append(f"further evidence {asked['further_scored'].sum() / asked['further'].sum():.0%}")
    if active:
        from synth_ui.jobs.forecast.estimate import remaining

        left = remaining(access.workspace(), race_id).left_words
        said += [f"**{left}**"] if left else []
    return said


def waiting_words(race_id: str, runs: pd.DataFrame) -> str:
    """Say which race this one waits for, and for how long, escaped; empty where something of it runs, or nothing is queued."""
    if (runs["state"] == RunState.RUNNING.value).any() or not is_active(runs):
        return ""
    from synth_ui.jobs.forecast.waiting import waits_for

    said = waits_for(access.workspace(), race_id)
    return md(f"{said[:1].upper()}{said[1:]}", 400)


def _row(run: Row, title: str, scores: str) -> None:
    """Draw one run, its title escaped, with as few elements as can be: the board is drawn again and again, by a browser that may share the machine with the race."""
    now = RunState(run.state)
    with st.container(
        border=True, horizontal=True, vertical_alignment="center", key=widget("run", run.id), horizontal_alignment="distribute"
    ):
        st.markdown(f"**{title}** &nbsp; {_badge(run, now)}", width=NAME_WIDTH)
        if now is RunState.RUNNING:
            with st.container(width="stretch", gap="xsmall"):
                _running(run)
                if scores:
                    st.markdown(scores)
                _losses(run.id)
        else:
            lines = [f":small[:gray[{line}]]" for line in _told(run, now)]
            st.markdown("  \n".join([*lines, *([scores] if scores else [])]), width="stretch")
        _action(run.id, now)


def _badge(run: Row, now: RunState) -> str:
    icon, colour = LOOKS[now]
    stopped = now is RunState.CANCELLED and str(run.reason).startswith(STOPPED)
    words = "quick scores" if now is RunState.DONE and (run.to_come or run.left_open) else "stopped" if stopped else now.value
    return f":{colour}-badge[{icon} {words}]"


def _told(run: Row, now: RunState) -> list[str]:
    """Say how a run stands that is not under way, in escaped lines."""
    from synth_ui.jobs.forecast.waiting import held_back

    if now is RunState.QUEUED:
        held = held_back(access.workspace(), RunKind(run.kind), str(run.generator))
        if held:
            return [md(f"{held[:1].upper()}{held[1:]}.", 400)]
        place = run.queue_place
        return [f"Place {int(place):,} in the queue." if place == place and place is not None else "Waiting for its turn."]
    if now is RunState.DONE:
        asked, paid, read, used = _asked(run), budgets.line(run.id), _read(run), used_words(_notes(run))
        lines = [f":material/rule: {md(asked, 500)}" if asked else "", f":material/info: {md(read, 800)}" if read else "", paid]
        lines.append(f":material/tune: Settings {md(used, 400)}." if used else "")
        return [_done(run), *filter(None, [*lines, _further(run)])]
    reason = run.reason or ("Stopped on request." if now is RunState.CANCELLED else "No reason was left behind.")
    return [md(reason, 400)]


def _further(run: Row) -> str:
    """Say how far the measures are that are asked once a run is done; nothing once all are there, or where none is asked."""
    asked, there = int(run.further), int(run.further_scored)
    if run.left_open:
        return f":material/block: Further evidence {md(run.left_open, 300)}."
    if there == asked or not (there or run.asking):
        return ""
    now = f": {md(run.asking)}" if run.asking else "."
    return f":material/add_chart: Further evidence {there:,} of {asked:,}{now}"


def _done(run: Row) -> str:
    rows, scored = count(int(run.rows), "row"), f"scored in {duration(run.seconds_score)}."
    if run.kind == RunKind.FILTERED:
        return f"{rows} chosen, {scored}"
    if run.seconds_fit is None or run.seconds_fit != run.seconds_fit:  # a control, or a file: nothing was learned
        return f"{rows}, {scored}"
    return f"Learned in {duration(run.seconds_fit)}, made {rows} in {duration(run.seconds_sample)}, {scored}"


def _notes(run: Row) -> list[str]:
    return [note for note in str(run.notes or "").split("\n") if note]


def _read(run: Row) -> str:
    """Say what of a file was not kept on reading, or could have been read in another way; not escaped."""
    notes = _notes(run) if run.kind == RunKind.FILE else []
    return in_one(notes)


def _asked(run: Row) -> str:
    """Say which rules a candidate keeps, and how many of the drawn rows did; not escaped."""
    asked = Asked.from_json(str(run.asked or ""))
    if not asked.constraints:
        return " ".join(replace(asked, polish=False).sentences()) if asked.drawn else ""
    rules = "; ".join(rule.text for rule in asked.constraints)
    notes = [note for note in _notes(run) if "the rules" in note]
    return " ".join(in_one([f"{text[:1].upper()}{text[1:]}"]) for text in [f"Rules: {rules}", *notes])


def _running(run: Row) -> None:
    fraction, left = run.fraction, run.eta_seconds
    known = fraction is not None and fraction == fraction
    words = md(str(run.phase or "starting").capitalize())
    if left is not None and left == left and left > 0:
        words += f", about {duration(left)} left"
    st.progress(min(1.0, max(0.0, float(fraction))) if known else 0.0, text=words)


def _action(run_id: str, now: RunState) -> None:
    if not now.ended:
        st.button(
            "Cancel",
            key=widget("cancel", run_id),
            on_click=_cancel,
            args=(run_id,),
            icon=":material/stop_circle:",
            disabled=access.read_only(),
        )
    elif now is not RunState.DONE:
        st.button(
            "Start again",
            key=widget("restart", run_id),
            on_click=_restart,
            args=(run_id,),
            icon=":material/replay:",
            disabled=access.read_only(),
        )


def _losses(run_id: str) -> None:
    losses = access.workspace().losses(run_id)
    if losses["step"].nunique() < 2:
        return
    from synth_ui.plots.learning.loss import loss_curve

    picture(loss_curve(losses), widget("loss", run_id), bar=False)


def _controls(controls: pd.DataFrame) -> None:
    with st.expander(f"Controls, the scale of every score: {ready_words(controls)}", key="controls"):
        st.caption(
            "Four candidates whose truth is known go through the same measures, once per split. Every score is drawn between them."
        )
        lines = []
        for run in controls.itertuples():
            now, title = RunState(run.state), CONTROLS.get(run.candidate, run.candidate)
            if now.ended and now is not RunState.DONE:
                _row(run, md(title), "")
                continue
            how = md(str(run.phase or "starting").capitalize()) if now is RunState.RUNNING else " ".join(_told(run, now))
            lines.append(f"**{md(title)}** &nbsp; {_badge(run, now)} &nbsp; :small[:gray[{how}]]")
        if lines:
            st.markdown("  \n".join(lines))


def _guarded(act: Any, *args: Any) -> None:
    try:
        act(access.workspace(), *args)
    except SynthError as error:
        state.notice = str(error)


def _cancel(run_id: str) -> None:
    from synth_ui.jobs.races.control import cancel

    _guarded(cancel, run_id)


def _cancel_race(race_id: str) -> None:
    from synth_ui.jobs.races.control import cancel_race

    _guarded(cancel_race, race_id)


def _resume_race(race_id: str) -> None:
    from synth_ui.jobs.races.control import resume_race

    _guarded(resume_race, race_id)


def _restart(run_id: str) -> None:
    from synth_ui.jobs.races.control import restart

    _guarded(restart, run_id)
