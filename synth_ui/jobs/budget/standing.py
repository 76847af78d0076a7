"""How a race with a budget stands: its plan, its trials with their scores, its candidates."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from synth_ui.core.run import REFUSED, Run, RunState
from synth_ui.core.score import score_of
from synth_ui.evaluation.trials import families_of, overall
from synth_ui.jobs.budget.seen import SCALE, Plan, Seen, Trial
from synth_ui.jobs.races.results import outcome
from synth_ui.store import budgets
from synth_ui.store.budgets import Budget, Tried
from synth_ui.store.workspace import Workspace


@dataclass(frozen=True, eq=False)
class BudgetStanding:
    """A budget at one moment, with all that was tried.

    Attributes
    ----------
    tried
        The trials, in the order they were queued; those of the controls of their cuts among them.
    runs
        The candidates and controls of the race.
    seen
        The same as the plan reads it.
    """

    budget: Budget
    plan: Plan
    tried: Sequence[Tried]
    runs: Sequence[Run]
    seen: Seen


def standing_of(ws: Workspace, budget: Budget, slots: int = 1) -> BudgetStanding:
    """Return how a budget stands now."""
    plan, tried = Plan.from_dict(budget.plan), budgets.trials(ws, budget.race_id)
    runs = ws.members(budget.race_id)
    scale = {one.rung: one.said for one in tried if one.arm == SCALE and one.said}
    made = [run for run in runs if run.kind.learns and run.state is RunState.DONE]
    waits = {one.rung for one in tried if one.arm == SCALE and not one.run.state.ended}
    seen = Seen(
        now=time.time(),
        begun=budget.begun,
        deadline=budget.deadline,
        stage=budget.stage,
        trials=tuple(_trial(one, scale, one.rung in waits) for one in tried if one.arm != SCALE),
        candidates={run.candidate: not run.state.ended for run in runs if not run.control},
        controls_active=any(run.control and not run.state.ended for run in runs),
        further_active=any(not run.state.ended for run in ws.asked_later(budget.race_id)),
        queued=sum(run.state is RunState.QUEUED for run in runs),
        making={run.candidate: (run.seconds_fit or 0.0) + (run.seconds_sample or 0.0) for run in made},
        scoring=tuple(run.seconds_score for run in runs if run.state is RunState.DONE and run.seconds_score is not None),
        trials_from=next((float(one["after"]) for one in budget.decided if one["trials"]), 0.0),
        slots=slots,
        pinned=budget.pinned,
        dropped=budget.dropped,
        stop=budget.stop is not None,
    )
    return BudgetStanding(budget, plan, tried, runs, seen)


def with_leaders(ws: Workspace, now: BudgetStanding) -> Seen:
    """Return what was seen, with the arms on the leaderboard, best first: all families alike, as trials are judged."""
    board = outcome(ws, now.budget.race_id).ranking()
    names = [str(name).split("#")[0] for name in board.loc[~board["control"].astype(bool), "candidate"]]
    return replace(now.seen, leaders=tuple(dict.fromkeys(names)))


def _trial(one: Tried, scale: Mapping[int, str], waits: bool) -> Trial:
    """Return a trial as the plan reads it; until the controls of its cut have been measured it is not over, and has no score."""
    state = one.run.state
    refused = state is RunState.FAILED and one.run.reason.startswith(REFUSED)
    done = bool(one.said) and state is RunState.DONE
    score = overall(families(scale.get(one.rung, ""), one.said, one.run.candidate)) if done and one.rung in scale else None
    seconds = float(json.loads(one.said)["seconds_make"]) if done else None
    begun = one.run.started is not None
    slow = state is RunState.CANCELLED and begun
    took = (one.run.ended or 0.0) - (one.run.started or 0.0) if done else None
    return Trial(one.arm, one.rung, not state.ended or (done and waits), begun, score, seconds, took, refused, slow)


@lru_cache(maxsize=1_000)
def families(controls: str, said: str, candidate: str) -> Mapping[str, float | None]:
    """Return where a trial lies on each family's scale, from what it and the controls of its cut said (JSON)."""
    measured = [[score_of(row) for row in json.loads(text)["scores"]] for text in (controls, said)]
    return families_of(measured[0], measured[1], candidate)
