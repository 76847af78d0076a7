"""Saying how a race spends its budget."""

from __future__ import annotations

import math
import time

from synth_ui.core.run import RunState
from synth_ui.jobs.budget.plan import STOP_SECONDS
from synth_ui.jobs.budget.seen import LAST_TRIALS, SCALE
from synth_ui.jobs.budget.size import SURE_SHARE, Sizes
from synth_ui.jobs.forecast.words import about
from synth_ui.store import budgets
from synth_ui.store.budgets import Budget
from synth_ui.store.workspace import Workspace


def left_words(budget: Budget, now: float | None = None) -> str:
    """Say how much of an open budget is left: "about 40 s left of 1 min"."""
    moment = time.time() if now is None else now
    if budget.deadline is None:
        return f"{about(moment - budget.begun)} so far; it goes on until it is stopped"
    left = max(budget.deadline - moment, 0.0)
    if budget.stop is not None:
        return f"stopping: up to {about(left)} to score what is there"
    total = budget.seconds if budget.seconds is not None else STOP_SECONDS
    return f"about {about(left)} left of {exact(total)}"


def exact(seconds: float) -> str:
    """Say a budget as it was given: "1 min", "90 s", "1 h"."""
    for unit, size in (("h", 3600), ("min", 60)):
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:g} {unit}"
    return f"{seconds:g} s"


def sample_words(budget: Budget) -> str:
    """Say of how many rows the race is made where that is not all, and whether the time is short for it; empty where neither is."""
    found = Sizes.kept(budget.plan)
    return "" if found is None else found.words


def enough_words(budget: Budget) -> str:
    """Say which budget should be enough for a first leaderboard where this one was not, as it is written: "90s", "4min"."""
    found = Sizes.kept(budget.plan)
    seconds = max(2.0 * (budget.seconds or 0.0), (found.seconds / SURE_SHARE) if found is not None else 0.0)
    return f"{10 * math.ceil(seconds / 10):.0f}s" if seconds < 120 else f"{math.ceil(seconds / 60):.0f}min"


def round_words(rung: int, rows: int, done: int, of: int) -> str:
    """Say how far a round of trials is: "round 1 of 2 on 1,000 training rows: 3 of 9 tried"."""
    return f"round {rung + 1} of {LAST_TRIALS + 1} on {rows:,} training rows: {done} of {of} tried"


def progress_words(ws: Workspace, budget: Budget, otherwise: str) -> str:
    """Say on one line how far a budget is; while nothing is on trial, `otherwise` says how the candidates stand."""
    left = left_words(budget)
    if not 0 <= budget.stage <= LAST_TRIALS:
        return f"{left}; {otherwise}"
    own = [one for one in budgets.trials(ws, budget.race_id) if one.rung == budget.stage and one.arm != SCALE]
    done = sum(one.run.state.ended for one in own)
    busy = [one.arm for one in own if one.run.state is RunState.RUNNING]
    rows = int(budget.plan["rows"][budget.stage])
    return "; ".join([left, round_words(budget.stage, rows, done, len(own)), *([", ".join(busy)] if busy else [])])
