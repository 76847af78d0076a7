"""The longer questions to the database."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, delete, func, literal, or_, select, union_all

from synth_ui.core.errors import StoreError
from synth_ui.core.run import ACTIVE as ACTIVE_STATES
from synth_ui.core.run import RunKind, RunState
from synth_ui.store import schema
from synth_ui.store.database import Database

ACTIVE = tuple(state.value for state in ACTIVE_STATES)
"""How the database writes that something will still happen."""


def runs_of(race_id: str) -> Select[Any]:
    """Ask for the runs of a race, in the order they are started, with the place of the queued ones in the queue."""
    runs, members = schema.runs, schema.members
    queue = (
        select(runs.c.id, func.row_number().over(order_by=queue_order()).label("queue_place"))
        .where(runs.c.state == RunState.QUEUED.value)
        .subquery()
    )
    return (
        select(runs, queue.c.queue_place)
        .join(members, members.c.run_id == runs.c.id)
        .outerjoin(queue, queue.c.id == runs.c.id)
        .where(members.c.race_id == race_id)
        .order_by(runs.c.place, runs.c.created, runs.c.id)
    )


def queue_order() -> tuple[Any, ...]:
    """What a leaderboard waits for before what comes after it, in whichever race; then earlier races first, within a race by place."""
    runs = schema.runs
    return (runs.c.tier, runs.c.created, runs.c.place, runs.c.id)


def losses_of(run_id: str, most: int) -> Select[Any]:
    """Ask for the losses of a run, every n-th where a curve has more than `most` points; the last is always there."""
    losses = schema.losses
    place = func.row_number().over(partition_by=losses.c.name, order_by=losses.c.step).label("place")
    points = func.count().over(partition_by=losses.c.name).label("points")
    numbered = select(losses, place, points).where(losses.c.run_id == run_id).subquery()
    stride = 1 + (numbered.c.points - 1) // most
    thinned = or_((numbered.c.place - 1) % stride == 0, numbered.c.place == numbered.c.points)
    return select(numbered.c.step, numbered.c.name, numbered.c.value).where(thinned).order_by(numbered.c.name, numbered.c.step)


def scores_of(race_id: str) -> Select[Any]:
    """Ask for the scores of all runs of a race, without a scale yet; what was asked with several settings is there with each."""
    runs, members, scores = schema.runs, schema.members, schema.scores
    wanted = ("run_id", "measure", "family", "value", "low", "high", "status", "reason", "seconds", "settings", "written")
    kept = [scores.c[name] for name in wanted]
    return (
        select(runs.c.candidate, *kept)
        .join(runs, runs.c.id == scores.c.run_id)
        .join(members, members.c.run_id == runs.c.id)
        .where(members.c.race_id == race_id)
        .order_by(runs.c.place, runs.c.id, scores.c.place)
    )


def answers_of(race_id: str) -> Select[Any]:
    """Ask which measures with which settings have answered for the runs of a race: run_id, measure, settings, status, written."""
    members, scores = schema.members, schema.scores
    wanted = [scores.c[name] for name in ("run_id", "measure", "settings", "status", "seconds", "written")]
    return (
        select(*wanted)
        .join(members, members.c.run_id == scores.c.run_id)
        .where(members.c.race_id == race_id, ~scores.c.measure.contains("."))
        .order_by(scores.c.written, scores.c.place)
    )


def asked_later(race_id: str) -> Select[Any]:
    """Ask for the runs that add measures to finished runs of a race, oldest first."""
    runs, members = schema.runs, schema.members
    return (
        select(runs)
        .join(members, members.c.run_id == runs.c.parent_id)
        .where(members.c.race_id == race_id, runs.c.kind == RunKind.FURTHER.value)
        .order_by(runs.c.created, runs.c.place, runs.c.id)
    )


def of_control(parent_id: Any) -> Any:
    """Whether what a run was made from is a control: its measures may be asked by any race that shows it."""
    parents = schema.runs.alias()
    return select(parents.c.id).where(parents.c.id == parent_id, parents.c.control).exists()


def delete_race(database: Database, race_id: str) -> list[str]:
    """Delete a race and every run that no other race shows; return the ids of those runs."""
    runs, members = schema.runs, schema.members
    with database.write() as connection:
        mine = select(members.c.run_id).where(members.c.race_id == race_id)
        others = select(members.c.run_id).where(members.c.race_id != race_id)
        lonely = select(runs.c.id, runs.c.state).where(runs.c.id.in_(mine), runs.c.id.not_in(others))
        found = connection.execute(lonely).all()
        if any(row.state in ACTIVE for row in found):
            raise StoreError("The race still runs; cancel it before it is deleted.")
        ids = [row.id for row in found]
        children = connection.execute(select(runs.c.id, runs.c.state).where(runs.c.parent_id.in_(ids))).all()
        if any(row.state in ACTIVE for row in children):
            raise StoreError("Rows or measures of this race are still being made; cancel them before it is deleted.")
        ids += [row.id for row in children]
        mine_tried = select(schema.trials.c.run_id).where(schema.trials.c.race_id == race_id)
        tried = connection.execute(select(runs.c.id, runs.c.state).where(runs.c.id.in_(mine_tried))).all()
        if any(row.state in ACTIVE for row in tried):
            raise StoreError("The race still runs; cancel it before it is deleted.")
        ids += [row.id for row in tried]
        connection.execute(delete(schema.trials).where(schema.trials.c.race_id == race_id))
        connection.execute(delete(schema.budgets).where(schema.budgets.c.race_id == race_id))
        connection.execute(delete(members).where(members.c.race_id == race_id))
        for table in (schema.scores, schema.losses, schema.details):
            connection.execute(delete(table).where(table.c.run_id.in_(ids)))
        connection.execute(delete(runs).where(runs.c.id.in_(ids)))
        connection.execute(delete(schema.choices).where(schema.choices.c.race_id == race_id))
        connection.execute(delete(schema.races).where(schema.races.c.id == race_id))
    return ids


def delete_table(database: Database, table_id: str) -> tuple[list[str], list[str]]:
    """Delete a table with its splits and what was computed from them; return the ids of the splits and the names of cached files.

    Raises
    ------
    StoreError
        If a race of the table is still there.
    """
    races, splits, cache = schema.races, schema.splits, schema.cache
    with database.write() as connection:
        if connection.execute(select(races.c.id).where(races.c.table_id == table_id).limit(1)).one_or_none():
            raise StoreError("A race of this table is still in the workspace; delete its races first.")
        mine = [row.id for row in connection.execute(select(splits.c.id).where(splits.c.table_id == table_id))]
        others = [row.id for row in connection.execute(select(splits.c.id).where(splits.c.table_id != table_id))]
        # what a control computed from a part of a split is listed under a split of its own that no table claims
        kept = [split_id.rpartition("-")[0] for split_id in others]
        found = [row.file for row in connection.execute(select(cache.c.file).where(cache.c.split_id.not_in(kept)))]
        connection.execute(delete(cache).where(cache.c.split_id.not_in(kept)))
        orphans = select(schema.runs.c.id).where(schema.runs.c.split_id.in_(mine))
        for table in (schema.scores, schema.losses, schema.details):
            connection.execute(delete(table).where(table.c.run_id.in_(orphans)))
        connection.execute(delete(schema.runs).where(schema.runs.c.split_id.in_(mine)))
        connection.execute(delete(splits).where(splits.c.table_id == table_id))
        connection.execute(delete(schema.tables).where(schema.tables.c.id == table_id))
    return mine, found


def measured_on(split_id: str) -> Select[Any]:
    """Ask what every measure took on a split: kind, candidate, measure, settings, seconds."""
    runs, scores = schema.runs, schema.scores
    return (
        select(runs.c.kind, runs.c.candidate, scores.c.measure, scores.c.settings, scores.c.seconds)
        .join(runs, runs.c.id == scores.c.run_id)
        .where(runs.c.split_id == split_id, ~scores.c.measure.contains("."), scores.c.status != "failed", _worked_here())
    )


def _worked_here() -> ColumnElement[bool]:
    """Leave out the runs of the example: they tell how fast another machine is."""
    members, races = schema.members, schema.races
    example = select(members.c.run_id).join(races, races.c.id == members.c.race_id).where(races.c.example)
    return schema.runs.c.id.not_in(example)


def latest_done(most: int) -> Select[Any]:
    """Ask for the runs that were done last, newest first."""
    runs = schema.runs
    others = runs.c.kind != RunKind.TRIAL.value  # short, and on samples: they tell little
    return (
        select(runs).where(runs.c.state == RunState.DONE.value, others, _worked_here()).order_by(runs.c.ended.desc()).limit(most)
    )


def under_way() -> Select[Any]:
    """Ask for every run that is queued or running, whichever race it is of, in the order of the queue."""
    runs = schema.runs
    return select(runs).where(runs.c.state.in_(ACTIVE)).order_by(*queue_order())


def ended_badly(most: int) -> Select[Any]:
    """Ask for the runs that failed or were lost last, newest first."""
    runs = schema.runs
    bad = (RunState.FAILED.value, RunState.LOST.value)
    return select(runs).where(runs.c.state.in_(bad)).order_by(runs.c.ended.desc(), runs.c.id).limit(most)


def counts() -> Select[Any]:
    """Ask how many tables, races and runs in each state there are: what, number."""
    runs, tables, races = schema.runs, schema.tables, schema.races
    by_state = select(("runs " + runs.c.state).label("what"), func.count().label("number")).group_by(runs.c.state)
    of_tables = select(literal("tables").label("what"), func.count().label("number")).select_from(tables)
    of_races = select(literal("races").label("what"), func.count().label("number")).select_from(races)
    return select(union_all(of_tables, of_races, by_state).subquery())
