"""What is known of a table, a split, a race and a run that has ended, as JSON beside its artefacts.

The database is the truth, and a record is a copy of some of its rows. It is read where the database was lost
(`synth_ui.store.recovery.rebuild`), and at no other time. A record that cannot be written costs nothing else: it is written later by `keep_missing`.
How a run ended is kept within the transaction that says so: between the two there is no moment in which it could be lost.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Connection, Select, Table, or_, select

from synth_ui.core.errors import StoreError
from synth_ui.core.run import RunKind
from synth_ui.store import queries, schema
from synth_ui.store.files.artefacts import RECORD, keep_text, of_run

if TYPE_CHECKING:
    from synth_ui.store.workspace import Workspace

logger = logging.getLogger(__name__)

FORMAT = "synth-ui record"
MOST_LOSSES = 300
"""How many points of each loss curve are kept beside the database."""

Rows = dict[str, list[dict[str, Any]]]


def of_table(table_id: str) -> str:
    """Return the key of the record of a table."""
    return f"tables/{table_id}.json"


def of_split(split_id: str) -> str:
    """Return the key of the record of a split."""
    return f"splits/{split_id}/{RECORD}"


def of_race(race_id: str) -> str:
    """Return the key of the record of a race."""
    return f"races/{race_id}.json"


EVERY = ("tables/*.json", f"splits/*/{RECORD}", "races/*.json", f"runs/*/{RECORD}")
"""The patterns of all records' keys, in the order in which they are read."""


def keep_table(ws: Workspace, table_id: str) -> None:
    """Keep what is known of a table."""
    _keep(ws, of_table(table_id), {schema.tables: schema.tables.c.id == table_id})


def keep_split(ws: Workspace, split_id: str) -> None:
    """Keep what is known of a split."""
    _keep(ws, of_split(split_id), {schema.splits: schema.splits.c.id == split_id})


def keep_race(ws: Workspace, race_id: str, connection: Connection | None = None) -> None:
    """Keep what is known of a race, or will be once the transaction of a connection ends: what was asked of whom, what people decided."""
    members, trials, runs = schema.members.c, schema.trials.c, schema.runs.c
    shown = select(members.run_id).where(members.race_id == race_id)
    tried = select(trials.run_id).where(trials.race_id == race_id)
    further = runs.parent_id.in_(shown) & (runs.kind == RunKind.FURTHER.value)
    where: dict[Table, ColumnElement[bool]] = {
        schema.races: schema.races.c.id == race_id,
        schema.runs: or_(runs.id.in_(shown), runs.id.in_(tried), further),
    }
    for table in (schema.members, schema.choices, schema.budgets, schema.trials):
        where[table] = table.c.race_id == race_id
    _keep(ws, of_race(race_id), where, connection)


def keep_run(ws: Workspace, run_id: str, connection: Connection | None = None) -> None:
    """Keep how a run ended, or will have once the transaction of a connection ends, and what its measures said."""
    where: dict[Table, ColumnElement[bool]] = {schema.runs: schema.runs.c.id == run_id}
    for table in (schema.scores, schema.details, schema.trials):
        where[table] = table.c.run_id == run_id
    _keep(ws, of_run(run_id, RECORD), where, connection, losses_of=run_id)


def keep_runs(ws: Workspace, run_ids: Sequence[str], connection: Connection | None = None) -> None:
    """Keep how several runs ended."""
    for run_id in run_ids:
        keep_run(ws, run_id, connection)


def forget(ws: Workspace, keys: Sequence[str]) -> None:
    """Delete records: what they are about is deleted, or has not ended any more."""
    for key in keys:
        ws.artefacts.delete(key)


def keep_missing(ws: Workspace) -> int:
    """Write the records that are not there: of a workspace of an earlier release, or where the disk was full. Return how many."""
    runs = schema.runs.c
    ended = runs.state.not_in(queries.ACTIVE)
    wanted: list[tuple[Select[Any], Callable[[str], str], Callable[[Workspace, str], None]]] = [
        (select(schema.tables.c.id), of_table, keep_table),
        (select(schema.splits.c.id), of_split, keep_split),
        (select(schema.races.c.id), of_race, keep_race),
        (select(runs.id).where(ended), lambda run_id: of_run(run_id, RECORD), keep_run),
    ]
    kept = 0
    for query, key_of, keep in wanted:
        with ws.database.read() as connection:
            ids = [str(found) for found in connection.execute(query).scalars()]
        for each in ids:
            if not ws.artefacts.exists(key_of(each)):
                keep(ws, each)
                kept += 1
    return kept


def _keep(
    ws: Workspace,
    key: str,
    where: Mapping[Table, ColumnElement[bool]],
    connection: Connection | None = None,
    losses_of: str | None = None,
) -> None:
    try:
        with nullcontext(connection) if connection is not None else ws.database.read() as reading:
            rows: Rows = {
                table.name: [dict(row) for row in reading.execute(select(table).where(wanted)).mappings()]
                for table, wanted in where.items()
            }
            if losses_of is not None:
                thinned = reading.execute(queries.losses_of(losses_of, MOST_LOSSES)).mappings()
                rows[schema.losses.name] = [{"run_id": losses_of, **row} for row in thinned]
        said = {
            "format": FORMAT,
            "version": schema.SCHEMA_VERSION,
            "rows": {name: found for name, found in rows.items() if found},
        }
        keep_text(ws.artefacts, key, json.dumps(said, ensure_ascii=False, sort_keys=True))
    except StoreError as error:
        ws.artefacts.delete(key)  # an old one would be believed
        logger.warning("What is known of %s could not be kept beside the database: %s", key, error)
