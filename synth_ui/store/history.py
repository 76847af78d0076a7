"""What people keep about their tables and races: names, notes, stars, and the bin, from which a thing comes back for a week."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd
from sqlalchemy import Integer, cast, func, select, update

from synth_ui.core.errors import NotThere, StoreError
from synth_ui.core.run import RunKind
from synth_ui.store import schema
from synth_ui.store.queries import ACTIVE, of_control
from synth_ui.store.recovery import records

if TYPE_CHECKING:
    from synth_ui.store.workspace import Workspace

Thing = Literal["table", "race"]

BIN_DAYS = 7
"""How long what was deleted can be brought back."""

MOST_NAME, MOST_NOTE = 120, 2_000
"""How many characters a name and a note may have."""


def _of(thing: Thing) -> Any:
    return schema.tables if thing == "table" else schema.races


def describe(
    ws: Workspace, thing: Thing, key: str, *, name: str | None = None, note: str | None = None, starred: bool | None = None
) -> None:
    """Change name, note or star of a table or a race; what is None stays.

    Raises
    ------
    StoreError
        If there is no such table or race, the race is in the bin, or the name is empty.
    """
    if thing == "race":
        ws.kept_race(key)
    values: dict[str, Any] = {}
    if name is not None:
        values["name"] = " ".join(name.split())[:MOST_NAME]
        if not values["name"]:
            raise StoreError(f"A {thing} needs a name.")
    if note is not None:
        values["note"] = note.strip()[:MOST_NOTE]
    if starred is not None:
        values["starred"] = starred
    if values:
        _change(ws, thing, key, values)


def _change(ws: Workspace, thing: Thing, key: str, values: dict[str, Any]) -> None:
    table = _of(thing)
    with ws.database.write() as connection:
        if not connection.execute(update(table).where(table.c.id == key).values(**values)).rowcount:
            raise NotThere(f"There is no {thing} {key!r} in the workspace {ws.home}; it may have been deleted.")
    (records.keep_table if thing == "table" else records.keep_race)(ws, key)


def take_up(ws: Workspace, table_id: str) -> None:
    """Note that a table is being worked with now."""
    _change(ws, "table", table_id, {"used": time.time(), "deleted": None})


def supersede(ws: Workspace, table_id: str) -> None:
    """Note that a table was changed into another one: unless it was raced on, it is no longer listed."""
    tables, races = schema.tables, schema.races
    raced = select(races.c.id).where(races.c.table_id == table_id, races.c.deleted.is_(None)).exists()
    with ws.database.write() as connection:
        connection.execute(update(tables).where(tables.c.id == table_id, ~raced).values(used=None))


def put_away(ws: Workspace, thing: Thing, key: str) -> None:
    """Put a race, or a table with its races, into the bin; `bring_back` undoes it, `empty_bin` ends it.

    Raises
    ------
    StoreError
        If there is none of that id, or a race of it is under way.
    """
    races, now = schema.races, time.time()
    mine = races.c.id == key if thing == "race" else races.c.table_id == key
    alone = mine & races.c.deleted.is_(None)
    with ws.database.write() as connection:
        if connection.execute(select(races.c.id).where(alone, _under_way(races.c.id)).limit(1)).first():
            raise StoreError("The race still runs; stop it before it is deleted.")
        if thing == "table":
            found = connection.execute(update(schema.tables).where(schema.tables.c.id == key).values(deleted=now)).rowcount
            connection.execute(update(races).where(alone).values(deleted=now))
        else:
            found = connection.execute(update(races).where(mine).values(deleted=now)).rowcount
        if not found:
            raise NotThere(f"There is no {thing} {key!r} in the workspace {ws.home}; it may have been deleted.")
    _keep_records(ws, thing, key)


def _keep_records(ws: Workspace, thing: Thing, key: str) -> None:
    """Keep what is known of a race and its table, or of a table and its races, beside the database."""
    races = schema.races.c
    with ws.database.read() as connection:
        pairs = connection.execute(select(races.id, races.table_id).where((races.id == key) | (races.table_id == key))).all()
    for race_id in {str(row.id) for row in pairs}:
        records.keep_race(ws, race_id)
    for table_id in {str(row.table_id) for row in pairs} | ({key} if thing == "table" else set()):
        records.keep_table(ws, table_id)


def bring_back(ws: Workspace, thing: Thing, key: str) -> None:
    """Take a race, or a table with the races that went with it, out of the bin; a race brings its table back."""
    tables, races = schema.tables, schema.races
    with ws.database.write() as connection:
        if thing == "table":
            since = select(tables.c.deleted).where(tables.c.id == key).scalar_subquery()
            connection.execute(update(races).where(races.c.table_id == key, races.c.deleted == since).values(deleted=None))
            found = connection.execute(update(tables).where(tables.c.id == key).values(deleted=None)).rowcount
        else:
            found = connection.execute(update(races).where(races.c.id == key).values(deleted=None)).rowcount
            home = select(races.c.table_id).where(races.c.id == key).scalar_subquery()
            connection.execute(update(tables).where(tables.c.id == home).values(deleted=None))
    if not found:
        raise StoreError(f"That {thing} is no longer in the bin of the workspace {ws.home}; it cannot be brought back.")
    _keep_records(ws, thing, key)


def bin_of(ws: Workspace) -> pd.DataFrame:
    """Return what is in the bin, latest first: thing, id, name, deleted. A race that went with its table is not listed."""
    rows: list[dict[str, Any]] = []
    tables, races = schema.tables, schema.races
    alone = (
        select(races.c.id, races.c.name, races.c.deleted)
        .join(tables, tables.c.id == races.c.table_id)
        .where(races.c.deleted.is_not(None), func.coalesce(tables.c.deleted, 0.0) != races.c.deleted)
    )
    whole = select(tables.c.id, tables.c.name, tables.c.deleted).where(tables.c.deleted.is_not(None))
    with ws.database.read() as connection:
        for thing, query in (("table", whole), ("race", alone)):
            rows += [{"thing": thing, **row} for row in connection.execute(query).mappings()]
    frame = pd.DataFrame(rows, columns=["thing", "id", "name", "deleted"])
    frame["deleted"] = pd.to_datetime(frame["deleted"].astype("float64"), unit="s", utc=True)
    return frame.sort_values("deleted", ascending=False, ignore_index=True)


def empty_bin(ws: Workspace, *, days: float = BIN_DAYS) -> int:
    """Delete for good what has been in the bin for more than some days; return how many races and tables that were."""
    before = time.time() - days * 86_400
    tables, races = schema.tables, schema.races
    old_races = select(races.c.id).where(races.c.deleted <= before, ~_under_way(races.c.id))
    old_tables = select(tables.c.id).where(tables.c.deleted <= before, tables.c.id.not_in(select(races.c.table_id)))
    removed = [str(row.id) for row in _all(ws, old_races)]
    for race_id in removed:
        ws.delete_race(race_id)
    empty = [str(row.id) for row in _all(ws, old_tables)]
    for table_id in empty:
        ws.delete_table(table_id)
    return len(removed) + len(empty)


def _all(ws: Workspace, query: Any) -> Any:
    with ws.database.read() as connection:
        return connection.execute(query).all()


def _under_way(race_id: Any) -> Any:
    """Whether a candidate of a race, or something made from one, is queued or running; controls are those of other races, too."""
    members, runs = schema.members, schema.runs
    of_race = (members.c.run_id == runs.c.id) | (members.c.run_id == runs.c.parent_id)
    found = select(runs.c.id).join(members, of_race)
    return found.where(
        members.c.race_id == race_id, runs.c.state.in_(ACTIVE), ~runs.c.control, ~of_control(runs.c.parent_id)
    ).exists()


def marked(ws: Workspace, key: str) -> bool:
    """Whether something that is done once per workspace was done."""
    with ws.database.read() as connection:
        return connection.execute(select(schema.marks.c.key).where(schema.marks.c.key == key)).first() is not None


def mark(ws: Workspace, key: str) -> None:
    """Note that something that is done once per workspace was done."""
    with ws.database.write() as connection:
        ws.database.add_new(connection, schema.marks, {"key": key, "written": time.time()})


def races_with_counts(ws: Workspace) -> list[dict[str, Any]]:
    """Return the races that are not in the bin, newest first, as the history lists them.

    Keys: id, name, note, starred, example, summary (a dict, empty where none was kept), created, table_id, split_id, table, rows, candidates, done,
    active.
    """
    races, tables, members, runs = schema.races, schema.tables, schema.members, schema.runs
    real = ~runs.c.control & (runs.c.kind != RunKind.FURTHER.value)
    counted = (
        select(
            members.c.race_id,
            func.count().label("candidates"),
            func.sum(cast(runs.c.state == "done", Integer)).label("done"),
            func.sum(cast(runs.c.state.in_(ACTIVE), Integer)).label("active"),
        )
        .join(runs, runs.c.id == members.c.run_id)
        .where(real)
        .group_by(members.c.race_id)
        .subquery()
    )
    wanted = [
        races.c[name] for name in ("id", "name", "note", "starred", "example", "summary", "created", "table_id", "split_id")
    ]
    counts = [func.coalesce(counted.c[name], 0).label(name) for name in ("candidates", "done", "active")]
    query = (
        select(*wanted, tables.c.name.label("table"), tables.c.rows, *counts)
        .join(tables, tables.c.id == races.c.table_id)
        .outerjoin(counted, counted.c.race_id == races.c.id)
        .where(races.c.deleted.is_(None))
        .order_by(races.c.created.desc())
    )
    with ws.database.read() as connection:
        found = [dict(row) for row in connection.execute(query).mappings()]
    return [{**row, "summary": json.loads(row["summary"] or "{}")} for row in found]


def stamp(ws: Workspace, race_id: str) -> str:
    """Return a text that differs once something new was scored in a race, or a run of it ended."""
    members, runs, scores = schema.members, schema.runs, schema.scores
    mine = select(members.c.run_id).where(members.c.race_id == race_id)
    states = select(
        func.count(), func.sum(cast(runs.c.state == "done", Integer)), func.sum(cast(runs.c.state.in_(ACTIVE), Integer))
    )
    counted = select(func.count(), func.max(scores.c.written)).where(scores.c.run_id.in_(mine))
    with ws.database.read() as connection:
        stand = connection.execute(states.where(runs.c.id.in_(mine))).one()
        scored = connection.execute(counted).one()
    return "/".join(str(value) for value in (*stand, *scored))


def keep_summary(ws: Workspace, race_id: str, summary: dict[str, Any]) -> None:
    """Keep what a race came to, so that a list of races needs not work it out."""
    _change(ws, "race", race_id, {"summary": json.dumps(summary, ensure_ascii=False, sort_keys=True)})
