"""How a race spends its budget, as the database keeps it, and the trials by which it chooses.

Nobody owns a budget: whoever looks after the schedule takes its next step, and a step that another one has taken meanwhile is refused.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert, select, update

from synth_ui.core.errors import StoreError
from synth_ui.core.run import Attempt, NewRun, Run, RunState
from synth_ui.store import schema
from synth_ui.store.journal import Asking, put_in_queue
from synth_ui.store.queries import ACTIVE
from synth_ui.store.recovery import records
from synth_ui.store.run_rows import run_of
from synth_ui.store.workspace import Workspace

_budgets, _trials, _races = schema.budgets, schema.trials, schema.races


@dataclass(frozen=True)
class Budget:
    """How a race spends its budget, at one moment.

    Attributes
    ----------
    seconds
        The budget; None where the race goes on until it is stopped.
    begun, deadline, stop, over
        Moments in seconds since 1970: when it began, when it is up (None without a limit), when somebody asked to choose no further,
        and when it was spent; None where it has not come to that.
    revision
        How many steps were taken.
    stage
        Where it stands; see `synth_ui.jobs.budget.plan`.
    plan
        What can be tried and what that was expected to take, in plain values.
    pinned, dropped
        What the user keeps in, and has taken out, by name.
    decided
        What was decided so far, oldest first, in plain values.
    """

    race_id: str
    seconds: float | None
    begun: float
    deadline: float | None
    revision: int
    stage: int
    plan: dict[str, Any]
    pinned: frozenset[str]
    dropped: frozenset[str]
    decided: tuple[dict[str, Any], ...]
    stop: float | None
    over: float | None

    @property
    def open(self) -> bool:
        """Whether it is still being spent."""
        return self.over is None


@dataclass(frozen=True)
class Tried:
    """A trial: the run, whose it is, in which round, and what was measured (JSON), empty while it has said nothing."""

    run: Run
    arm: str
    rung: int
    said: str = ""


@dataclass(frozen=True)
class Step:
    """What happens next: what is queued, what is stopped and why, and where the budget stands then.

    Attributes
    ----------
    trials
        Runs of kind `TRIAL`, with the arm and the round of each.
    candidates
        Runs that enter the race, and what each is asked further.
    stopped
        Ids of runs, with the reason for each.
    decided
        What is to be written down of it, in plain values; empty where nothing is.
    over
        Whether the budget is spent then, or needed no longer.
    """

    stage: int
    trials: Sequence[tuple[NewRun, str, int]] = ()
    candidates: Sequence[NewRun] = ()
    further: Sequence[Asking] = ()
    stopped: Mapping[str, str] = field(default_factory=dict)
    decided: Mapping[str, Any] = field(default_factory=dict)
    over: bool = False


def add(
    connection: Any, race_id: str, seconds: float | None, begun: float, plan: Mapping[str, Any], decided: Mapping[str, Any]
) -> None:
    """Write the budget of a new race, in the transaction that writes the race; it stands where its first decision says."""
    row = {"race_id": race_id, "seconds": seconds, "begun": begun, "plan": json.dumps(plan), "decided": json.dumps([decided])}
    row["stage"] = int(decided["stage"])
    connection.execute(insert(_budgets).values(**row, pinned="[]", dropped="[]"))


def add_trials(connection: Any, race_id: str, trials: Sequence[tuple[NewRun, str, int]]) -> None:
    """Queue trials of a race."""
    for run, arm, rung in trials:
        put_in_queue(connection, run)
        connection.execute(insert(_trials).values(run_id=run.id, race_id=race_id, arm=arm, rung=rung, said=""))


def of_race(ws: Workspace, race_id: str) -> Budget | None:
    """Return the budget of a race; None for a race without one."""
    found = _read(ws, _budgets.c.race_id == race_id)
    return found[0] if found else None


def still_open(ws: Workspace) -> list[Budget]:
    """Return the budgets that are still being spent, the oldest first."""
    return _read(ws, _budgets.c.over.is_(None))


def _read(ws: Workspace, wanted: Any) -> list[Budget]:
    query = select(_budgets, _races.c.deadline).join(_races, _races.c.id == _budgets.c.race_id).where(wanted)
    with ws.database.read() as connection:
        return [_budget(row) for row in connection.execute(query.order_by(_budgets.c.begun)).mappings()]


def _budget(row: Any) -> Budget:
    plain = {name: row[name] for name in ("race_id", "seconds", "begun", "deadline", "revision", "stage", "stop", "over")}
    try:
        pinned, dropped = (frozenset(json.loads(row[name] or "[]")) for name in ("pinned", "dropped"))
        decided = tuple(json.loads(row["decided"] or "[]"))
        return Budget(**plain, plan=json.loads(row["plan"]), pinned=pinned, dropped=dropped, decided=decided)
    except (ValueError, TypeError) as error:
        raise StoreError(f"The budget of the race {row['race_id']!r} cannot be read: {error}.") from error


def trials(ws: Workspace, race_id: str) -> list[Tried]:
    """Return the trials of a race, in the order they were queued."""
    runs = schema.runs
    query = select(runs, _trials.c.arm, _trials.c.rung, _trials.c.said).join(_trials, _trials.c.run_id == runs.c.id)
    with ws.database.read() as connection:
        rows = connection.execute(query.where(_trials.c.race_id == race_id).order_by(runs.c.place, runs.c.id)).mappings()
        return [Tried(run_of(row), str(row["arm"]), int(row["rung"]), str(row["said"])) for row in rows]


def active_trials(ws: Workspace, race_id: str) -> list[str]:
    """Return the ids of the trials of a race that are queued or running, queued ones first."""
    runs = schema.runs
    query = select(runs.c.id).join(_trials, _trials.c.run_id == runs.c.id)
    query = query.where(_trials.c.race_id == race_id, runs.c.state.in_(ACTIVE)).order_by(runs.c.state, runs.c.place)
    with ws.database.read() as connection:
        return [str(row.id) for row in connection.execute(query)]


def say(ws: Workspace, attempt: Attempt, said: Any) -> bool:
    """Write what a trial measured; False if something else ended it first."""
    runs = schema.runs.c
    mine = select(runs.id).where(runs.id == attempt.run_id, runs.attempt == attempt.number, runs.state == RunState.RUNNING.value)
    written = update(_trials).where(_trials.c.run_id.in_(mine)).values(said=json.dumps(said))
    return ws.database.change(lambda connection: bool(connection.execute(written).rowcount))


def take(ws: Workspace, budget: Budget, step: Step) -> bool:
    """Take a step: all of it happens, or nothing. False if another one was taken since the budget was read; stops nothing itself."""
    with ws.database.write() as connection:
        changes: dict[str, Any] = {"stage": step.stage, "revision": budget.revision + 1}
        if step.decided:
            changes["decided"] = json.dumps([*budget.decided, dict(step.decided)])
        if step.over:
            changes["over"] = time.time()
        same = (_budgets.c.race_id == budget.race_id, _budgets.c.revision == budget.revision, _budgets.c.over.is_(None))
        if not connection.execute(update(_budgets).where(*same).values(**changes)).rowcount:
            return False
        add_trials(connection, budget.race_id, step.trials)
        for run in step.candidates:
            put_in_queue(connection, run, budget.race_id)
        for asking in step.further:
            put_in_queue(connection, asking.run)
        records.keep_race(ws, budget.race_id, connection)
        return True


def close(ws: Workspace, race_id: str) -> bool:
    """Say that a budget is spent, or not wanted any more; False where there is none that is open."""
    ended = update(_budgets).where(_budgets.c.race_id == race_id, _budgets.c.over.is_(None)).values(over=time.time())
    closed = ws.database.change(lambda connection: bool(connection.execute(ended).rowcount))
    if closed:
        records.keep_race(ws, race_id)
    return closed


def change(ws: Workspace, race_id: str, changed: Mapping[str, Any], deadline: float | None = None) -> bool:
    """Change what the user decides of an open budget: pinned, dropped (lists), seconds, stop; and when it is up, where that is given.

    A step that was worked out before is refused then. False where no budget is open.
    """
    values = {name: json.dumps(sorted(value)) if isinstance(value, set | frozenset) else value for name, value in changed.items()}
    with ws.database.write() as connection:
        still = update(_budgets).where(_budgets.c.race_id == race_id, _budgets.c.over.is_(None))
        if not connection.execute(still.values(**values, revision=_budgets.c.revision + 1)).rowcount:
            return False
        if deadline is not None:
            connection.execute(update(_races).where(_races.c.id == race_id).values(deadline=deadline))
        records.keep_race(ws, race_id, connection)
        return True
