"""What a user does to a race that chooses within a budget: pin, drop, extend, stop. Nothing here waits for a process."""

from __future__ import annotations

import time

from synth_ui.core.errors import SettingError, StoreError
from synth_ui.core.run import RunState
from synth_ui.jobs.budget.plan import STOP_SECONDS
from synth_ui.jobs.budget.seen import Plan
from synth_ui.jobs.execution import schedule
from synth_ui.store import budgets
from synth_ui.store.budgets import Budget
from synth_ui.store.workspace import Workspace

NO_FURTHER = "Stopped: the race was asked to choose no further."
TAKEN_OUT = "Stopped: it was taken out of the race."


def pin(ws: Workspace, race_id: str, arm: str, pinned: bool = True) -> None:
    """Keep what can be tried in until it is made of all training rows, however it stands; or let it be judged like any other again.

    Raises
    ------
    StoreError
        If the race has no budget that is still being spent.
    SettingError
        If nothing of that name can be tried.
    """
    budget = _open(ws, race_id, arm)
    names = budget.pinned | {arm} if pinned else budget.pinned - {arm}
    _change(ws, budget, {"pinned": names, "dropped": budget.dropped - {arm}})


def drop(ws: Workspace, race_id: str, arm: str) -> None:
    """Take something out: its trial, or what is being made of it, is stopped; what is done stays. Raises as `pin` does."""
    budget = _open(ws, race_id, arm)
    _change(ws, budget, {"dropped": budget.dropped | {arm}, "pinned": budget.pinned - {arm}})
    trials = [one.run.id for one in budgets.trials(ws, race_id) if one.arm == arm and not one.run.state.ended]
    made = [run.id for run in ws.members(race_id) if run.candidate.split("#")[0] == arm and not run.state.ended]
    for run_id in [*trials, *made]:
        schedule.stop_run(ws, run_id, TAKEN_OUT)
    schedule.advance(ws)


def extend(ws: Workspace, race_id: str, seconds: float) -> None:
    """Add to the budget of a race that is still choosing; raise as `pin` does, and `SettingError` if `seconds` is not above 0."""
    if not seconds > 0:
        raise SettingError(f"seconds is {seconds:g}; a budget is extended by more than 0.")
    budget = _open(ws, race_id)
    if budget.seconds is not None and budget.deadline is not None:
        _change(ws, budget, {"seconds": budget.seconds + seconds}, budget.deadline + seconds)


def stop(ws: Workspace, race_id: str) -> None:
    """Choose no further: what is there is kept, and scored as far as the rest of the budget allows.

    Of trials under way the best, and what is pinned, is still made.

    A race without a limit has a minute for that. Raises as `pin` does.
    """
    budget = _open(ws, race_id)
    deadline = time.time() + STOP_SECONDS if budget.deadline is None else budget.deadline
    _change(ws, budget, {"stop": time.time()}, deadline)
    made = [run for run in ws.members(race_id) if run.kind.learns]
    if any(run.state in (RunState.RUNNING, RunState.DONE) for run in made):
        for run in made:
            if run.state is RunState.QUEUED:
                schedule.stop_run(ws, run.id, NO_FURTHER)
    schedule.advance(ws)


def _open(ws: Workspace, race_id: str, arm: str | None = None) -> Budget:
    ws.race(race_id)
    budget = budgets.of_race(ws, race_id)
    if budget is None or not budget.open:
        raise StoreError("This race has no budget that is still being spent.")
    if arm is not None and Plan.from_dict(budget.plan).arm(arm) is None:
        raise SettingError(f"There is no {arm!r} that this race could try.")
    return budget


def _change(ws: Workspace, budget: Budget, changed: dict[str, object], deadline: float | None = None) -> None:
    if not budgets.change(ws, budget.race_id, changed, deadline):
        raise StoreError("This race has no budget that is still being spent.")
