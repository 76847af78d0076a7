"""Taking the next step of a budget: whoever looks after the schedule does it, and two that do it at once take it once."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from synth_ui.core.run import NewRun, RunKind, new_id
from synth_ui.jobs.budget.plan import SCALE_TRIALS, next_step
from synth_ui.jobs.budget.seen import BASE, FINALS, REST, SCALE, Decision, Plan, Seen, named
from synth_ui.jobs.budget.standing import BudgetStanding, standing_of, with_leaders
from synth_ui.jobs.races.further_measures import askings
from synth_ui.store import budgets
from synth_ui.store.budgets import Budget, Step
from synth_ui.store.workspace import Workspace

FIRST_PLACE, CONTROLS_PLACE, FINAL_PLACE, TRIALS_PLACE = 9_999, 10_000, 20_000, 30_000
"""Places in the queue: the first candidate, the controls, the other candidates, then trials."""

ROUND_OVER = "Stopped: the time for this round was over."


@dataclass(frozen=True)
class Due:
    """What the schedule has to do now: runs to be stopped, with the reason of each; and why the race ends, empty where it does not."""

    stopped: Mapping[str, str] = field(default_factory=dict)
    ended: str = ""


def due(ws: Workspace, budget: Budget, slots: int) -> Due:
    """Take the next step of a budget, if one can be taken, and return what has to be stopped for it."""
    if budget.deadline is not None and time.time() >= budget.deadline:
        return Due(ended=over_words(budget))
    now = standing_of(ws, budget, slots)
    decision = next_step(now.plan, now.seen)
    if decision is not None and budget.stage in (BASE, FINALS, REST) and not now.seen.controls_active:
        decision = next_step(now.plan, with_leaders(ws, now))  # only now: the leaderboard takes longer than a look
    if decision is None:
        return Due()
    step = _step(ws, now, decision)
    return Due(step.stopped) if budgets.take(ws, budget, step) else Due()


def over_words(budget: Budget) -> str:
    """Say that the time is up: "Stopped: the minute was over."."""
    if budget.seconds is None or budget.stop is not None:
        return "Stopped on request."
    return f"Stopped: the {span(budget.seconds)} {'was' if budget.seconds == 60 else 'were'} over."


def span(seconds: float) -> str:
    """Say how long a budget is: "minute", "3 minutes", "45 s"."""
    minutes = seconds / 60
    if minutes == 1:
        return "minute"
    return f"{minutes:g} minutes" if minutes >= 1 and float(minutes).is_integer() else f"{seconds:g} s"


def _step(ws: Workspace, now: BudgetStanding, decision: Decision) -> Step:
    budget, race = now.budget, ws.race(now.budget.race_id)
    trials = trial_runs(budget.plan, now.plan, decision.trials, decision.stage) if decision.trials else []
    candidates = candidate_runs(budget.plan, decision, len(now.runs))
    further = askings(race, candidates, float(race.created)) if candidates else []
    active = [one.run.id for one in now.tried if not one.run.state.ended] if decision.stop_trials else []
    return Step(
        decision.stage,
        trials,
        candidates,
        further,
        dict.fromkeys(active, ROUND_OVER),
        _written(now.seen, decision),
        decision.over,
    )


def _written(seen: Seen, decision: Decision) -> dict[str, Any]:
    """Say what was decided, for those who look."""
    if not (decision.trials or decision.candidates or decision.left_out):
        return {}
    names = [named(*one) for one in decision.candidates]
    told = {"stage": decision.stage, "after": round(seen.now - seen.begun, 2), "left_out": dict(decision.left_out)}
    return {**told, "trials": list(decision.trials), "candidates": names}


def trial_runs(kept: Mapping[str, Any], plan: Plan, names: Sequence[str], rung: int) -> list[tuple[NewRun, str, int]]:
    """Return the runs of a round of trials, that of the controls of their cut first."""
    rows = plan.rows[rung]
    first = run_of(kept, next(iter(kept["runs"])))
    trial = partial(replace, kind=RunKind.TRIAL, card="", rows=rows)
    scale = trial(
        first, id=new_id(), candidate=SCALE, generator="", settings={}, asked="{}", cost_seconds=SCALE_TRIALS * plan.judging
    )
    found = [(scale, SCALE, rung)]
    for name in names:
        arm = plan.arm(name)
        assert arm is not None, f"the plan has no arm {name}"
        found.append((trial(run_of(kept, name), id=new_id(), cost_seconds=arm.trials[rung] + plan.judging), name, rung))
    return [(replace(run, place=TRIALS_PLACE + 1_000 * rung + place), arm, rung) for place, (run, arm, rung) in enumerate(found)]


def candidate_runs(kept: Mapping[str, Any], decision: Decision, there: int) -> list[NewRun]:
    """Return the runs that make what was chosen of all training rows; where none is there yet the first comes before the controls."""
    found = []
    for number, (name, seed) in enumerate(decision.candidates):
        run = run_of(kept, name)
        place = FIRST_PLACE if number == 0 and not there else FINAL_PLACE + there + number
        found.append(replace(run, id=new_id(), candidate=named(name, seed), seed=run.seed + seed - 1, place=place))
    return found


def run_of(kept: Mapping[str, Any], name: str) -> NewRun:
    """Return the run by which a plan makes one of its arms."""
    row = dict(kept["runs"][name])
    return NewRun(**{**row, "kind": RunKind(row["kind"])})
