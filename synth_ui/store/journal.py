"""The life of a run, as the database keeps it: every change is one short transaction that says from which state it starts.

A worker writes only while its run is *running* in *its* attempt. A cancel, a loss or a restart that came first wins, and the
worker learns of it by the answer False.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Unpack

from sqlalchemy import and_, delete, func, insert, or_, select, update

from synth_ui.core.run import ENDED_BADLY, Attempt, Handle, NewRun, Race, Results, Run, RunKind, RunState
from synth_ui.core.score import Score, Status
from synth_ui.store import schema
from synth_ui.store.files.artefacts import RECORD, of_run
from synth_ui.store.people import allowed
from synth_ui.store.queries import ACTIVE, of_control, queue_order
from synth_ui.store.recovery import records
from synth_ui.store.run_rows import FRESH, NOT_MADE, as_json, run_of, written, written_race
from synth_ui.store.workspace import Workspace

_runs = schema.runs
_QUEUED, _RUNNING, _FURTHER = RunState.QUEUED.value, RunState.RUNNING.value, RunKind.FURTHER.value
_MAKING = [kind.value for kind in RunKind if kind.makes_rows]


@dataclass(frozen=True)
class Asking:
    """Further measures a run is to be asked.

    Attributes
    ----------
    run
        Of kind `FURTHER`; its settings hold all settings of every measure asked, by key.
    again
        Whether to ask even what the run has answered.
    unnoted
        Measures that have the same settings everywhere: an answer whose settings were not noted counts as one.
    """

    run: NewRun
    again: bool = False
    unnoted: frozenset[str] = frozenset()

    def of(self, run_id: str) -> Asking:
        """Return the same for another run."""
        return replace(self, run=replace(self.run, parent_id=run_id))


# --- making races and runs ---------------------------------------------------------------------------------------


def put_in_queue(connection: Any, run: NewRun, race_id: str | None = None) -> None:
    """Write a run, shown in a race if one is named, in a transaction that does more."""
    connection.execute(insert(_runs).values(**written(run)))
    if race_id is not None:
        connection.execute(insert(schema.members).values(race_id=race_id, run_id=run.id))


def add_race(
    ws: Workspace,
    race: Race,
    runs: Sequence[NewRun],
    further: Sequence[Asking] = (),
    more: Callable[[Any], None] = lambda connection: None,
) -> None:
    """Write a race, its runs, what they are asked further and what `more` writes, or none of it.

    A control that is already known under its reuse key is shown, not run again, and is not asked what it has answered or is being
    asked.
    """
    ws.database.keep_reserve()
    with ws.database.write() as connection:
        allowed.check_runs(ws.home, connection, [*runs, *(asking.run for asking in further)])
        connection.execute(insert(schema.races).values(**written_race(race)))
        shown = {}
        for run in runs:
            known = _reused(connection, run) if run.reuse_key else None
            if known is None:
                connection.execute(insert(_runs).values(**written(run)))
            shown[run.id] = known or run.id
            connection.execute(insert(schema.members).values(race_id=race.id, run_id=shown[run.id]))
        for asking in further:
            _ask(connection, asking.of(shown[asking.run.parent]))
        more(connection)
        records.keep_race(ws, race.id, connection)
    _forget_ends(ws, list(shown.values()))


def _forget_ends(ws: Workspace, run_ids: Sequence[str]) -> None:
    """Delete the records of runs, and of what asks more of them, that had ended and are queued again."""
    again = or_(_runs.c.id.in_(run_ids), _runs.c.parent_id.in_(run_ids)) & _runs.c.state.in_(ACTIVE)
    with ws.database.read() as connection:
        found = [str(row.id) for row in connection.execute(select(_runs.c.id).where(again))]
    records.forget(ws, [of_run(run_id, RECORD) for run_id in found])


def _reused(connection: Any, run: NewRun) -> str | None:
    """Find a run that did, or does, the same; one that ended badly is queued again."""
    same = and_(_runs.c.reuse_key == run.reuse_key, _runs.c.candidate == run.candidate)
    found = connection.execute(select(_runs.c.id, _runs.c.state).where(same)).one_or_none()
    if found is None:
        return None
    if found.state not in (*ACTIVE, RunState.DONE.value):
        _queue_afresh(connection, found.id, created=run.created, place=run.place)
    return str(found.id)


def add_run(ws: Workspace, run: NewRun, race_id: str | None, further: Sequence[Asking] = ()) -> None:
    """Write one more run, shown in a race if one is named, and what it is asked further."""
    with ws.database.write() as connection:
        allowed.check_runs(ws.home, connection, [run, *(asking.run for asking in further)])
        connection.execute(insert(_runs).values(**written(run)))
        if race_id is not None:
            connection.execute(insert(schema.members).values(race_id=race_id, run_id=run.id))
            _lift_passed_deadlines(connection, run.id)
        for asking in further:
            _ask(connection, asking)
        if race_id is None:
            records.keep_run(ws, run.id, connection)
        else:
            records.keep_race(ws, race_id, connection)


def ask(ws: Workspace, race_id: str, askings: Sequence[Asking], asked: str | None = None) -> list[str]:
    """Queue further measures of runs of a race, but for what is answered or being asked; return the ids of the runs queued.

    `asked` is what all runs of the race have been asked from now on; None leaves it as it is.
    """
    with ws.database.write() as connection:
        allowed.check_runs(ws.home, connection, [asking.run for asking in askings])
        if asked is not None:
            connection.execute(update(schema.races).where(schema.races.c.id == race_id).values(asked=asked))
        queued = [run_id for asking in askings if (run_id := _ask(connection, asking))]
        if queued:
            passed = update(schema.races).where(schema.races.c.id == race_id, schema.races.c.deadline < time.time())
            connection.execute(passed.values(deadline=None))
        records.keep_race(ws, race_id, connection)
        return queued


def _ask(connection: Any, asking: Asking) -> str | None:
    """Queue measures of a run, without those it has answered or is being asked with the same settings; None if none is left."""
    run, settings = asking.run, asking.run.settings
    known = _being_asked(connection, run.parent) | (set() if asking.again else _answered(connection, run.parent))
    noted = {(key, as_json(values)) for key, values in settings.items()} | {(key, "") for key in asking.unnoted}
    left = {key: settings[key] for key in run.card.split(",") if not {(key, as_json(settings[key])), (key, "")} & noted & known}
    if not left:
        return None
    connection.execute(insert(_runs).values(**written(replace(run, card=",".join(left), settings=left))))
    return run.id


def _answered(connection: Any, run_id: str, since: float = 0.0) -> set[tuple[str, str]]:
    """Return the measures, with their settings, a run has a number from or a reason for none."""
    kept = schema.scores.c
    query = select(kept.measure, kept.settings).where(
        kept.run_id == run_id, kept.status != Status.FAILED.value, kept.written >= since
    )
    return {(str(row.measure), str(row.settings)) for row in connection.execute(query)}


def _being_asked(connection: Any, run_id: str) -> set[tuple[str, str]]:
    active = select(_runs.c.settings).where(_runs.c.parent_id == run_id, _runs.c.kind == _FURTHER, _runs.c.state.in_(ACTIVE))
    found = [json.loads(row.settings) for row in connection.execute(active)]
    return {(key, as_json(values)) for settings in found for key, values in settings.items()}


def answered(ws: Workspace, run_id: str, since: float) -> set[tuple[str, str]]:
    """Return which measures, with which settings (JSON), a run has answered since a moment."""
    with ws.database.read() as connection:
        return _answered(connection, run_id, since)


def check_again(ws: Workspace, number: int) -> None:
    """Raise `QuotaReached` if so many runs that ended badly may not be queued again, before any is."""
    with ws.database.read() as connection:
        allowed.check_runs(ws.home, connection, [], number)


def queue_again(ws: Workspace, run_id: str) -> bool:
    """Put a run that was lost, failed or cancelled back into the queue, without what it had; False if it did not end so.

    What it was asked later it is asked again.
    """
    with ws.database.write() as connection:
        state = connection.execute(select(_runs.c.state).where(_runs.c.id == run_id)).scalar_one_or_none()
        if state is None or RunState(state) not in ENDED_BADLY:
            return False
        _queue_again(connection, run_id)
        _lift_passed_deadlines(connection, run_id)
    _forget_ends(ws, [run_id])
    return True


def _queue_again(connection: Any, run_id: str) -> None:
    _queue_afresh(connection, run_id)
    _ask_again(connection, run_id)


def _queue_afresh(connection: Any, run_id: str, **changes: Any) -> None:
    """Put a run back into the queue without what it had, and without what it was asked later."""
    for table in (schema.scores, schema.losses, schema.details):
        connection.execute(delete(table).where(table.c.run_id == run_id))
    connection.execute(update(_runs).where(_runs.c.id == run_id).values(**FRESH, **changes))


def _ask_again(connection: Any, parent_id: str) -> None:
    """Queue what a run was asked later once more, each of several equal ones once."""
    later = select(_runs.c.id, _runs.c.card, _runs.c.settings).where(_runs.c.parent_id == parent_id, _runs.c.kind == _FURTHER)
    newest = {(row.card, row.settings): row.id for row in connection.execute(later.order_by(_runs.c.created, _runs.c.id))}
    connection.execute(update(_runs).where(_runs.c.id.in_(list(newest.values()))).values(**FRESH))


def _dismiss(connection: Any, parent_id: str) -> list[str]:
    """End what a run was to be asked later, as it did not come to its end; return the ids of those runs."""
    waiting = update(_runs).where(_runs.c.parent_id == parent_id, _runs.c.kind == _FURTHER, _runs.c.state == _QUEUED)
    values = {"state": RunState.CANCELLED.value, "reason": NOT_MADE, "ended": time.time(), "eta_seconds": None}
    return [str(row.id) for row in connection.execute(waiting.values(**values).returning(_runs.c.id))]


# --- the schedule ------------------------------------------------------------------------------------------------


def watched(ws: Workspace) -> tuple[list[Run], list[str]]:
    """Return what the schedule has to look at: runs and races.

    The runs are those queued, running, or asked to stop and maybe still there; the races those whose deadline has passed while
    runs of theirs are active.
    """
    query = select(_runs).where(or_(_runs.c.state.in_(ACTIVE), _runs.c.stop_asked.is_not(None)))
    with ws.database.read() as connection:
        found = [run_of(row) for row in connection.execute(query).mappings()]
        return found, [str(row.id) for row in connection.execute(_overdue())] if found else []


@dataclass(frozen=True)
class QueueLoad:
    """What a workspace has at work and waiting.

    Attributes
    ----------
    running, megabytes
        Runs at work, and the memory they were promised.
    waiting
        Queued runs that could start.
    served
        When the last run was begun, in seconds since 1970; 0 where none was.
    """

    running: int = 0
    megabytes: float = 0.0
    waiting: int = 0
    served: float = 0.0

    def __add__(self, other: QueueLoad) -> QueueLoad:
        return QueueLoad(
            self.running + other.running,
            self.megabytes + other.megabytes,
            self.waiting + other.waiting,
            max(self.served, other.served),
        )


NO_LOAD = QueueLoad()


def load_of(ws: Workspace, barred: Collection[str] = ()) -> QueueLoad:
    """Return what a workspace has at work and waiting, without what has to wait as `claim_next` says."""
    waiting = select(func.count()).select_from(_runs).where(_runs.c.state == _QUEUED, _can_start(barred))
    with ws.database.read() as connection:
        running = _running(connection)
        served = connection.execute(select(func.max(_runs.c.started))).scalar_one_or_none()
        return QueueLoad(running.runs, running.megabytes, int(connection.execute(waiting).scalar_one()), float(served or 0.0))


def _running(connection: Any) -> Any:
    load = select(func.count().label("runs"), func.coalesce(func.sum(_runs.c.megabytes), 0.0).label("megabytes"))
    return connection.execute(load.where(_runs.c.state == _RUNNING)).one()


def claim_next(
    ws: Workspace,
    claimer: Handle,
    slots: int,
    fits: Callable[[float, float], bool],
    elsewhere: QueueLoad = NO_LOAD,
    barred: Collection[str] = (),
) -> Attempt | None:
    """Take the next queued run if a slot is free and its memory fits; two claimers never get the same.

    `fits(needed, promised)` answers in megabytes. A run that does not fit waits until nothing else runs, and is then tried
    all the same. `elsewhere` is what other workspaces of the same server have at work; no run that makes rows by a generator that is
    `barred`, by its key, is taken.
    """
    with ws.database.write() as connection:
        running = _running(connection)
        if running.runs + elsewhere.running >= slots:
            return None
        first = (
            select(_runs.c.id, _runs.c.megabytes)
            .where(_runs.c.state == _QUEUED, _can_start(barred))
            .order_by(*queue_order())
            .limit(1)
        )
        found = connection.execute(first).one_or_none()
        busy = running.runs + elsewhere.running
        if found is None or (busy and not fits(found.megabytes, running.megabytes + elsewhere.megabytes)):
            return None
        return _claim(connection, found.id, claimer)


def _can_start(barred: Collection[str]) -> Any:
    """Measures are asked of what is done, and what nobody can make now waits."""
    parents = _runs.alias()
    done = select(parents.c.id).where(parents.c.id == _runs.c.parent_id, parents.c.state == RunState.DONE.value)
    can = or_(_runs.c.kind != _FURTHER, done.exists())
    return and_(can, ~(_runs.c.kind.in_(_MAKING) & _runs.c.generator.in_(barred))) if barred else can


def claim_one(ws: Workspace, run_id: str, claimer: Handle) -> Attempt | None:
    """Take a run by its id, if it is queued."""
    with ws.database.write() as connection:
        return _claim(connection, run_id, claimer)


def _claim(connection: Any, run_id: str, claimer: Handle) -> Attempt | None:
    taken = (
        update(_runs)
        .where(_runs.c.id == run_id, _runs.c.state == _QUEUED)
        .values(
            state=_RUNNING, phase="starting", started=time.time(), attempt=_runs.c.attempt + 1,
            claim_pid=claimer.pid, claim_token=claimer.token, pid=None, pid_token=None, stop_asked=None,
        )
        .returning(_runs.c.attempt)
    )  # fmt: skip
    number = connection.execute(taken).scalar_one_or_none()
    return None if number is None else Attempt(run_id, int(number))


def name_process(ws: Workspace, attempt: Attempt, process: Handle) -> bool:
    """Write which process works on the attempt, so that it can be watched and stopped."""
    return _change(ws, attempt, pid=process.pid, pid_token=process.token)


def unclaim(ws: Workspace, attempt: Attempt) -> bool:
    """Put a run back into the queue whose claimer died before it named a process; what a stray one writes is refused."""
    return _change(ws, attempt, state=_QUEUED, phase="", started=None, claim_pid=None, claim_token=None)


def put_back(ws: Workspace, attempt: Attempt) -> bool:
    """Put a running attempt back into the queue, without what it had: there was no room for it. False if something else ended it first."""

    def change(connection: Any) -> bool:
        mine = connection.execute(select(_runs.c.id).where(_mine(attempt))).one_or_none() is not None
        if mine:
            _queue_afresh(connection, attempt.run_id)
        return mine

    put = ws.database.change(change)
    _forget_ends(ws, [attempt.run_id])
    return put


def lose(ws: Workspace, attempt: Attempt, reason: str) -> bool:
    """Say that a running attempt has no process any more."""
    return _end(ws, attempt, state=RunState.LOST.value, reason=reason)


def ask_stop(ws: Workspace, run_id: str, reason: str) -> Run | None:
    """Turn a queued or running run into a cancelled one; return it as it was before, or None if it had ended."""

    def cancel(connection: Any) -> Run | None:
        active = select(_runs).where(_runs.c.id == run_id, _runs.c.state.in_(ACTIVE))
        found = connection.execute(active).mappings().one_or_none()
        if found is None:
            return None
        now = time.time()
        values = {"state": RunState.CANCELLED.value, "reason": reason, "ended": now, "eta_seconds": None}
        asked = now if found["state"] == _RUNNING else None
        connection.execute(update(_runs).where(_runs.c.id == run_id).values(**values, stop_asked=asked))
        records.keep_runs(ws, [run_id, *_dismiss(connection, run_id)], connection)
        return run_of(found)

    return ws.database.change(cancel)


def stopped(ws: Workspace, attempt: Attempt) -> None:
    """Note that the process of a cancelled run is gone."""
    gone = update(_runs).where(_runs.c.id == attempt.run_id, _runs.c.attempt == attempt.number).values(stop_asked=None)
    ws.database.change(lambda connection: connection.execute(gone))


def active_of(ws: Workspace, race_id: str, *, only_here: bool) -> list[str]:
    """Return the queued and running runs of a race, queued ones first; `only_here` leaves out controls another race needs."""
    members = schema.members
    active = select(_runs.c.id).join(members, members.c.run_id == _runs.c.id).where(_runs.c.state.in_(ACTIVE))
    query = active.where(members.c.race_id == race_id)
    if only_here:
        query = query.where(_runs.c.id.not_in(select(members.c.run_id).where(members.c.race_id.in_(_others_alive(race_id)))))
    with ws.database.read() as connection:
        return [str(row.id) for row in connection.execute(query.order_by(_runs.c.state, _runs.c.place))]


def _others_alive(race_id: str) -> Any:
    """The other races with a candidate that is done or still to come: they need their controls."""
    members = schema.members
    counted = _runs.c.state.in_((*ACTIVE, RunState.DONE.value))
    joined = select(members.c.race_id).join(_runs, _runs.c.id == members.c.run_id)
    return joined.where(members.c.race_id != race_id, counted, ~_runs.c.control)


def other_races(ws: Workspace, race_id: str) -> dict[str, list[str]]:
    """Return, per run of a race, the other races that show it and have something of their own under way."""
    members, mine = schema.members, schema.members.alias()
    under_way = (
        select(members.c.race_id)
        .join(_runs, or_(_runs.c.id == members.c.run_id, and_(_runs.c.parent_id == members.c.run_id, _runs.c.kind == _FURTHER)))
        .where(_runs.c.state.in_(ACTIVE), ~_runs.c.control, ~of_control(_runs.c.parent_id))
    )
    query = (
        select(mine.c.run_id, members.c.race_id)
        .join(members, members.c.run_id == mine.c.run_id)
        .where(mine.c.race_id == race_id, members.c.race_id != race_id, members.c.race_id.in_(under_way))
    )
    found: dict[str, list[str]] = {}
    with ws.database.read() as connection:
        for row in connection.execute(query):
            found.setdefault(str(row.run_id), []).append(str(row.race_id))
    return found


def races_of(ws: Workspace, run_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return, per run, the races it belongs to: as a candidate or control, as a trial, or as what asks further measures of one."""
    members, trials = schema.members, schema.trials
    own = select(_runs.c.id, members.c.race_id).join(
        members, or_(members.c.run_id == _runs.c.id, members.c.run_id == _runs.c.parent_id)
    )
    tried = select(trials.c.run_id, trials.c.race_id).where(trials.c.run_id.in_(run_ids))
    found: dict[str, list[str]] = {}
    with ws.database.read() as connection:
        for query in (own.where(_runs.c.id.in_(run_ids)), tried):
            for run_id, race_id in connection.execute(query):
                found.setdefault(str(run_id), []).append(str(race_id))
    return {run_id: tuple(dict.fromkeys(races)) for run_id, races in found.items()}


def lift_deadline(ws: Workspace, race_id: str) -> None:
    """Forget a deadline that has been enforced: what the user starts again afterwards runs to its end."""
    with ws.database.write() as connection:
        connection.execute(update(schema.races).where(schema.races.c.id == race_id).values(deadline=None))


def _lift_passed_deadlines(connection: Any, run_id: str) -> None:
    shown_in = select(schema.members.c.race_id).where(schema.members.c.run_id == run_id)
    passed = update(schema.races).where(schema.races.c.id.in_(shown_in), schema.races.c.deadline < time.time())
    connection.execute(passed.values(deadline=None))


def _overdue() -> Any:
    """The races whose time is up while something of theirs, or asked of theirs later, is under way."""
    members, races = schema.members, schema.races
    of_race = or_(members.c.run_id == _runs.c.id, and_(members.c.run_id == _runs.c.parent_id, _runs.c.kind == _FURTHER))
    return (
        select(races.c.id)
        .distinct()
        .join(members, members.c.race_id == races.c.id)
        .join(_runs, of_race)
        .where(races.c.deadline < time.time(), _runs.c.state.in_(ACTIVE))
    )


def queued_work(ws: Workspace) -> list[tuple[str, str]]:
    """Return generator and card of what is queued or running: what a warm process should have imported.

    What comes later is left out: importing it would slow down what is worked on now.
    """
    active = _runs.c.state.in_(ACTIVE)
    now = select(func.min(_runs.c.tier)).where(active).scalar_subquery()
    query = select(_runs.c.generator, _runs.c.card).distinct().where(active, _runs.c.tier <= now)
    with ws.database.read() as connection:
        return [(str(row.generator), str(row.card)) for row in connection.execute(query)]


def typical_score_seconds(ws: Workspace, split_id: str, card: str) -> float | None:
    """Return how long scoring took on average for this split and card, or None if nothing was scored yet."""
    query = select(func.avg(_runs.c.seconds_score)).where(
        _runs.c.split_id == split_id, _runs.c.card == card, _runs.c.state == RunState.DONE.value
    )
    with ws.database.read() as connection:
        seconds = connection.execute(query).scalar_one_or_none()
    return None if seconds is None else float(seconds)


# --- the worker --------------------------------------------------------------------------------------------------


def _mine(attempt: Attempt) -> Any:
    return and_(_runs.c.id == attempt.run_id, _runs.c.attempt == attempt.number, _runs.c.state == _RUNNING)


def _change(ws: Workspace, attempt: Attempt, **values: Any) -> bool:
    changed = update(_runs).where(_mine(attempt)).values(**values)
    return ws.database.change(lambda connection: bool(connection.execute(changed).rowcount))


def report(ws: Workspace, attempt: Attempt, values: Mapping[str, Any], losses: Sequence[Mapping[str, Any]]) -> bool:
    """Write progress, heartbeat and new points of the loss curves."""
    with ws.database.write() as connection:
        changed = connection.execute(update(_runs).where(_mine(attempt)).values(heartbeat=time.time(), **values))
        if not changed.rowcount:
            return False
        if losses:
            connection.execute(insert(schema.losses), [{"run_id": attempt.run_id, **point} for point in losses])
        return True


def add_scores(
    ws: Workspace, attempt: Attempt, place: int, scores: Sequence[Score], details: Sequence[Mapping[str, Any]], settings: str = ""
) -> bool:
    """Write what one measure said with some settings (JSON), with where its detail frames are."""
    with ws.database.write() as connection:
        if connection.execute(select(_runs.c.id).where(_mine(attempt))).one_or_none() is None:
            return False
        _write_scores(connection, attempt.run_id, place, scores, details, settings)
        return True


def replace_scores(
    ws: Workspace,
    attempt: Attempt,
    run_id: str,
    measure: str,
    scores: Sequence[Score],
    details: Sequence[Mapping[str, Any]],
    settings: str = "",
) -> bool:
    """Write what a measure asked later said of a finished run, in place of what it said before with the same settings (JSON).

    What it said with others is kept: candidates are compared on what all of them were asked. Of the detail frames only the newest are.
    False if the attempt was stopped, or if the run is no longer what was scored: deleted, or started again.
    """
    runs, kept = schema.runs.c, schema.scores.c
    with ws.database.write() as connection:
        done = select(runs.id).where(runs.id == run_id, runs.state == RunState.DONE.value)
        for needed in (select(runs.id).where(_mine(attempt)), done):
            if connection.execute(needed).one_or_none() is None:
                return False
        whole_measure = or_(kept.measure == measure, kept.measure.startswith(f"{measure}.", autoescape=True))
        connection.execute(delete(schema.scores).where(kept.run_id == run_id, whole_measure, kept.settings == settings))
        connection.execute(delete(schema.details).where(schema.details.c.run_id == run_id, schema.details.c.measure == measure))
        last = connection.execute(select(func.max(kept.place)).where(kept.run_id == run_id)).scalar_one_or_none()
        _write_scores(connection, run_id, (-1 if last is None else last) + 1, scores, details, settings)
        records.keep_run(ws, run_id, connection)
        return True


def _write_scores(
    connection: Any, run_id: str, place: int, scores: Sequence[Score], details: Sequence[Mapping[str, Any]], settings: str
) -> None:
    now = time.time()
    rows = [
        {
            "run_id": run_id, "place": place + index, "measure": score.measure, "family": score.family,
            "value": score.value, "low": score.low, "high": score.high, "status": str(score.status), "reason": score.reason,
            "seconds": score.seconds, "settings": settings, "written": now,
        }
        for index, score in enumerate(scores)
    ]  # fmt: skip
    if rows:
        connection.execute(insert(schema.scores), rows)
    if details:
        connection.execute(insert(schema.details), [{"run_id": run_id, **detail} for detail in details])


def finish(ws: Workspace, attempt: Attempt, state: RunState, reason: str = "", **values: Unpack[Results]) -> bool:
    """End an attempt with what came of it; False if something else ended it first."""
    done = {"fraction": 1.0, "phase": "done"} if state is RunState.DONE else {}
    return _end(ws, attempt, state=state.value, reason=reason, **done, **values)


def _end(ws: Workspace, attempt: Attempt, **values: Any) -> bool:
    """End an attempt, and what was to be asked of it later unless it is done."""
    ended = update(_runs).where(_mine(attempt)).values(ended=time.time(), eta_seconds=None, **values)

    def change(connection: Any) -> bool:
        changed = bool(connection.execute(ended).rowcount)
        if changed and values["state"] != RunState.DONE.value:
            records.keep_runs(ws, _dismiss(connection, attempt.run_id), connection)
        if changed:
            records.keep_run(ws, attempt.run_id, connection)
        return changed

    return ws.database.change(change)


def last_answer(ws: Workspace, run: NewRun) -> float:
    """Return when a run's measures last answered, in seconds since 1970; 0 where none has."""
    query = select(func.max(schema.scores.c.written)).where(schema.scores.c.run_id == run.scored_id)
    with ws.database.read() as connection:
        return float(connection.execute(query).scalar_one_or_none() or 0.0)


# --- what is computed once per split -----------------------------------------------------------------------------


def cached_file(ws: Workspace, key: str) -> dict[str, Any] | None:
    """Return file and hash of something computed once for a split, or None."""
    with ws.database.read() as connection:
        found = connection.execute(select(schema.cache).where(schema.cache.c.key == key)).mappings().one_or_none()
    return None if found is None else dict(found)


def remember_file(ws: Workspace, row: Mapping[str, Any]) -> None:
    """Note where something computed once for a split is kept, and its hash."""
    values = {**row, "created": time.time()}
    with ws.database.write() as connection:
        ws.database.put(connection, schema.cache, values)
