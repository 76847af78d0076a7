"""What a race waits for before anything of it can start: the races before it in the queue, and how long they still take."""

from __future__ import annotations

import time
from collections.abc import Sequence

from synth_ui.core.run import Run, RunKind, RunState
from synth_ui.jobs.execution.executor import executor, waits
from synth_ui.jobs.execution.turns import taken_by_others
from synth_ui.jobs.forecast.estimate import ends
from synth_ui.jobs.forecast.words import about
from synth_ui.store import budgets, journal
from synth_ui.store.workspace import Workspace

OTHERS = "waits for its turn: the server works for other users, and starts one run of each in turn"
"""All that is told of what others do."""


def waits_for(ws: Workspace, race_id: str) -> str:
    """Say what a race waits for, to continue a sentence: "waits for “adult”, about 2 min left"; empty while something of it runs.

    Without room on the disk, or while the cluster does not answer, nothing of any race is started. What no node of a cluster can take waits for one
    that can. Else it waits where it has runs in the queue and none at work, while others are at work or stand before it.
    """
    queue = ws.under_way()
    races = journal.races_of(ws, [run.id for run in queue])
    own = [run for run in queue if race_id in races.get(run.id, ())]
    others = [run for run in queue if race_id not in races.get(run.id, ())]
    full = waits(ws)
    if own and full and not any(run.state is RunState.RUNNING for run in own):
        return full
    barred = executor().barred(ws) if own else {}
    held = [barred.get(run.generator, "") if run.kind.makes_rows else "" for run in own]
    if held and all(held) and not any(run.state is RunState.RUNNING for run in own):
        return held[0]
    working = [run for run in queue if run.state is RunState.RUNNING]
    if own and not working and taken_by_others(ws, executor().capacity().slots):
        return OTHERS
    if not own or not working or any(run in own for run in working):
        return ""
    first = queue.index(own[0])
    before = [run for run in others if run.state is RunState.RUNNING or queue.index(run) < first]
    named = list(dict.fromkeys(race for run in before for race in races.get(run.id, ())[:1]))
    return f"waits for {_called(ws, race_id, named)}, {_left(ws, before, named)}"


def held_back(ws: Workspace, kind: RunKind, generator: str) -> str:
    """Say why a queued run of a kind cannot start, while others behind it can, to continue a sentence; empty where it can."""
    return executor().barred(ws).get(generator, "") if kind.makes_rows else ""


def _called(ws: Workspace, race_id: str, races: Sequence[str]) -> str:
    if not races:
        return "other work of this workspace"
    name, own = ws.race(races[0]).name, ws.race(race_id).name
    said = f"an earlier race, also “{name}”" if name == own else f"“{name}”"
    more = len(races) - 1
    return f"{said} and {more} more {'race' if more == 1 else 'races'}" if more else said


def _left(ws: Workspace, before: Sequence[Run], races: Sequence[str]) -> str:
    """Say how long what stands before a race still takes; a race within a budget takes what is left of it."""
    expected, now = ends(ws), time.time()
    left = [expected.get(run.id, 0.0) for run in before]
    for budget in (budgets.of_race(ws, race) for race in races):
        if budget is not None and budget.open:
            if budget.deadline is None:
                return "which goes on until it is stopped"
            left.append(budget.deadline - now)
    return f"about {about(max(left, default=0.0))} left"
