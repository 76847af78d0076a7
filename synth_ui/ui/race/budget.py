"""The budget on the race page: how much is chosen before the start, how it is spent, and what a user changes of it meanwhile."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import streamlit as st

from synth_ui.core.errors import SynthError
from synth_ui.core.run import RunState
from synth_ui.ui import access
from synth_ui.ui.md import count, md
from synth_ui.ui.race import choice
from synth_ui.ui.state import state, widget

if TYPE_CHECKING:
    from synth_ui.jobs.budget.standing import BudgetStanding
    from synth_ui.store.budgets import Budget

CHOICES = {
    "": "As long as it takes",
    "60": "1 minute",
    "180": "3 minutes",
    "600": "10 minutes",
    "until stopped": "Until I stop it",
}
"""What a user says of the time before a race starts; the first sets no budget."""

MORE_SECONDS = 60.0

HELP = (
    "With a limit, the race chooses. What suits the table and fits is made first, with the controls, so that a leaderboard stands early. "
    "Others follow: all of them where that fits, else those that trials on samples of the training rows choose. The unseen rows are not "
    "asked in a trial. Where the time is too short for all rows, a sample is raced, and that is said."
)


def control(where: str, table_id: str) -> None:
    """Draw the choice of the time, beside the start button."""
    options = list(CHOICES)
    st.selectbox(
        "Time", options, index=options.index(state.budget), key=widget("budget", where), format_func=CHOICES.__getitem__, width=210,
        label_visibility="collapsed", on_change=_take, args=(widget("budget", where), table_id), help=HELP,
    )  # fmt: skip


def _take(key: str, table_id: str) -> None:
    """Take the time over; until the visitor picks, what is picked follows it."""
    state.budget = str(st.session_state[key])
    if state.picked is None:
        chosen = choice.picked(table_id)
        for one in choice.catalogue():
            st.session_state[widget("pick", one)] = one in chosen


def planned_words(generators: int, presets: int) -> str:
    """Say before the start how the budget will be spent."""
    tried = count(generators, "generator") + (f" and {count(presets, 'preset')}" if presets else "")
    until = (
        "Goes on until you stop it." if state.budget == "until stopped" else f"Ends after {CHOICES[state.budget]} at the latest."
    )
    return f"{tried} to choose from: a leaderboard first, then what improves it. {until}"


def still_choosing(race_id: str) -> Budget | None:
    """Return the budget of a race while it is being spent; None afterwards, and where there is none."""
    from synth_ui.store import budgets

    found = budgets.of_race(access.workspace(), race_id)
    return found if found is not None and found.open else None


def panel(race_id: str) -> None:
    """Draw how the budget of a race is spent, and what can be changed of it; nothing for a race without one."""
    from synth_ui.jobs.budget.standing import standing_of
    from synth_ui.jobs.budget.words import sample_words
    from synth_ui.store import budgets

    budget = budgets.of_race(access.workspace(), race_id)
    if budget is None:
        return
    now = standing_of(access.workspace(), budget)
    if budget.open:
        _clock(now)
    if said := sample_words(budget):
        st.caption(f":material/data_thresholding: {md(said, 400)}")
    _tried(now)


def _clock(now: BudgetStanding) -> None:
    """Draw the time that is left, and the buttons that end it early or add to it."""
    from synth_ui.jobs.budget.seen import LAST_TRIALS
    from synth_ui.jobs.budget.words import left_words, round_words

    budget = now.budget
    own = [trial for trial in now.seen.trials if trial.rung == budget.stage]
    done = sum(not trial.active for trial in own)
    what = (
        round_words(budget.stage, now.plan.rows[budget.stage], done, len(own)) if 0 <= budget.stage <= LAST_TRIALS else _made(now)
    )
    with st.container(horizontal=True, vertical_alignment="center", key="budget_clock"):
        left = left_words(budget)
        st.progress(_share(budget), text=f"**{left[:1].upper()}{left[1:]}** &nbsp;·&nbsp; {what}", width="stretch")
        if budget.deadline is not None and budget.stop is None:
            st.button(
                "1 min more",
                key="budget_extend",
                icon=":material/more_time:",
                on_click=_extend,
                args=(budget.race_id,),
                disabled=access.read_only(),
            )
        if budget.stop is None:
            st.button(
                "Stop now", key="budget_stop", icon=":material/flag:", on_click=_stop, args=(budget.race_id,),
                help="Keeps what is there and scores it within the rest of the time. During trials, the best so far and what is pinned are still made.",
             disabled=access.read_only(),)  # fmt: skip


def _share(budget: Budget) -> float:
    if budget.deadline is None:
        return 0.0
    return min(1.0, max(0.0, (time.time() - budget.begun) / max(budget.deadline - budget.begun, 1.0)))


def _made(now: BudgetStanding) -> str:
    made = now.seen.candidates
    under_way = sum(made.values())
    return f"{count(len(made), 'candidate')} made of all training rows" + (f", {under_way} under way" if under_way else "")


def _tried(now: BudgetStanding) -> None:
    """Draw what can be tried, in the order it stands, with what became of it; while it goes on, each can be pinned or dropped."""
    from synth_ui.jobs.budget.plan import ranking
    from synth_ui.jobs.budget.seen import LAST_TRIALS

    budget = now.budget
    order = [arm.name for arm in ranking(now.plan, now.seen)]
    order += [arm.name for arm in now.plan.arms if arm.name not in order]
    out = {name: why for decided in budget.decided for name, why in decided["left_out"].items()}
    shown = [name for name in order if not _waiting_preset(now, name, out)]
    tried = len({trial.arm for trial in now.seen.trials})
    label = f"What was tried: {count(tried, 'generator or preset', 'generators and presets')}" if tried else "What can be made"
    with st.expander(
        label,
        expanded=budget.open and budget.stage <= LAST_TRIALS,
        key=widget("tried", budget.race_id, budget.stage > LAST_TRIALS),
    ):
        if tried:
            st.caption(
                "Judged on other training rows than those learned from, between the controls of the same rows: 0 is as bad as shuffled "
                "columns or copies, 100 as good as real rows. These are no scores of candidates: they only decide who is made of all "
                "training rows."
            )
        with st.container(gap=None):
            for name in shown:
                _arm(now, name, out.get(name, ""))


def _waiting_preset(now: BudgetStanding, name: str, out: dict[str, str]) -> bool:
    """Whether it is a preset that nothing is known of: it is tried once its generator has stood the first round."""
    arm = now.plan.arm(name)
    known = name in out or name in now.seen.candidates or any(trial.arm == name for trial in now.seen.trials)
    return arm is not None and arm.preset and not known and name not in now.budget.pinned


def _arm(now: BudgetStanding, name: str, out: str) -> None:
    budget = now.budget
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=widget("arm", name)):
        st.markdown(f"**{md(title(now, name))}** &nbsp; {_badge(now, name, out)}", width=340)
        st.markdown(f":small[:gray[{_told(now, name, out)}]]", width="stretch")
        if budget.open and budget.stop is None:
            pinned = name in budget.pinned
            st.button(
                "Unpin" if pinned else "Pin", key=widget("pin", name), icon=":material/keep:", type="tertiary", on_click=_pin,
                args=(budget.race_id, name, not pinned), help="What is pinned is made of all training rows, however it stands.",
             disabled=access.read_only(),)  # fmt: skip
            st.button(
                "Drop", key=widget("drop", name), icon=":material/close:", type="tertiary", on_click=_drop,
                args=(budget.race_id, name), disabled=access.read_only() or name in budget.dropped,
            )  # fmt: skip


def title(now: BudgetStanding, name: str) -> str:
    """Return what a person calls what can be tried: the generator, and the preset or that its settings are others; not escaped."""
    from synth_ui.generators.catalogue import generator_of, known_generators

    row = now.budget.plan["runs"][name]
    plugin = known_generators().get(row["generator"])
    if plugin is None:
        return name
    try:
        made = generator_of(plugin.key, row["settings"])
    except SynthError:  # a race of another release, or from elsewhere: its settings are no longer settings
        return f"{plugin.title}, own settings"
    if made == plugin():
        return plugin.title
    preset = next((one for one in plugin.presets if plugin.from_settings(preset=one) == made), "own settings")
    return f"{plugin.title}, {preset}"


def _badge(now: BudgetStanding, name: str, out: str) -> str:
    budget = now.budget
    pin = " :blue-badge[:material/keep: pinned]" if name in budget.pinned else ""
    if name in budget.dropped:
        return ":gray-badge[:material/block: dropped]"
    if name in now.seen.candidates:
        return f":green-badge[:material/check: candidate]{pin}"
    trials = [one.run.state for one in now.tried if one.arm == name]
    if RunState.RUNNING in trials:
        return f":blue-badge[:material/play_arrow: on trial]{pin}"
    if RunState.QUEUED in trials:
        return f":gray-badge[:material/schedule: waiting]{pin}"
    return pin if pin else ":gray-badge[out]" if out else ""


def _told(now: BudgetStanding, name: str, out: str) -> str:
    """Say where a trial stands, how long all training rows would take, and why it goes no further; escaped."""
    from synth_ui.jobs.budget.seen import full_seconds
    from synth_ui.jobs.forecast.words import about

    own = [trial for trial in now.seen.trials if trial.arm == name]
    said = [f"{100 * trial.score:.0f} of 100 on {now.plan.rows[trial.rung]:,} rows" for trial in own if trial.score is not None]
    arm = now.plan.arm(name)
    if arm is not None and name not in now.seen.candidates and any(trial.seconds is not None for trial in own):
        said.append(f"about {about(full_seconds(now.plan, now.seen, arm))} on all training rows")
    failed = [one.run.reason for one in now.tried if one.arm == name and one.run.state in (RunState.FAILED, RunState.LOST)]
    if failed:
        said.append(md(failed[-1], 200))
    elif out and name not in now.seen.candidates and name not in now.budget.dropped:
        said.append(md(out, 120))
    return " &nbsp;·&nbsp; ".join(said)


def _guarded(name: str, *args: Any) -> None:
    from synth_ui.jobs.budget import control as controls

    try:
        getattr(controls, name)(access.workspace(), *args)
    except SynthError as error:
        state.notice = str(error)


def _extend(race_id: str) -> None:
    _guarded("extend", race_id, MORE_SECONDS)


def _stop(race_id: str) -> None:
    _guarded("stop", race_id)


def _pin(race_id: str, name: str, pinned: bool) -> None:
    _guarded("pin", race_id, name, pinned)


def _drop(race_id: str, name: str) -> None:
    _guarded("drop", race_id, name)
