"""A lost database, put together again from the records beside the artefacts, and what is said about it."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Table

from synth_ui.core.errors import StoreError
from synth_ui.core.run import RunKind, RunState
from synth_ui.store import schema
from synth_ui.store.files.artefacts import read_text
from synth_ui.store.files.disk import write_whole
from synth_ui.store.queries import ACTIVE
from synth_ui.store.recovery.records import EVERY, FORMAT, Rows
from synth_ui.store.run_rows import FRESH, NOT_MADE

if TYPE_CHECKING:
    from synth_ui.store.database import Database
    from synth_ui.store.files.artefacts import Artefacts
    from synth_ui.store.workspace import Workspace

logger = logging.getLogger(__name__)

NOTE = "recovered.json"
"""In the folder of the workspace: what was rebuilt, until it was read."""

_ORDER: tuple[Table, ...] = (
    schema.tables, schema.splits, schema.races, schema.runs, schema.members, schema.scores, schema.losses, schema.details, schema.choices,
    schema.budgets, schema.trials,
)  # fmt: skip
_ABOUT: Mapping[str, Mapping[str, str]] = {
    "splits": {"table_id": "tables"}, "races": {"table_id": "tables", "split_id": "splits"}, "runs": {"split_id": "splits"},
    "members": {"race_id": "races", "run_id": "runs"}, "scores": {"run_id": "runs"}, "losses": {"run_id": "runs"},
    "details": {"run_id": "runs"}, "choices": {"race_id": "races"}, "budgets": {"race_id": "races"},
    "trials": {"race_id": "races", "run_id": "runs"},
}  # fmt: skip
"""Which row each is about: one whose row is not there is left out."""


@dataclass(frozen=True)
class Rebuilt:
    """What was put together again.

    Attributes
    ----------
    tables, races, done
        How many tables, races and finished runs there are again.
    queued
        How many runs had not ended, and stand in the queue again.
    unread
        The records that could not be read.
    """

    tables: int
    races: int
    done: int
    queued: int
    unread: tuple[str, ...]


@dataclass(frozen=True)
class Recovered:
    """A database that was rebuilt: when (seconds since 1970), what was wrong, under which name the old file is kept, and what came of it."""

    moment: float
    why: str
    kept_as: str
    rebuilt: Rebuilt

    @property
    def sentence(self) -> str:
        """What happened, for the person reading."""
        found = self.rebuilt
        parts = [
            f"{self.why.rstrip('.')}. It was rebuilt from the records beside the runs: {_count(found.tables, 'table')}, "
            f"{_count(found.races, 'race')}, {_count(found.done, 'finished run')}."
        ]
        if found.queued:
            parts.append(
                f"{_count(found.queued, 'run')} that had not ended {'stands' if found.queued == 1 else 'stand'} in the queue again."
            )
        if found.unread:
            parts.append(
                f"{_count(len(found.unread), 'record')} could not be read, and what only they knew is missing: {', '.join(found.unread[:5])}."
            )
        parts.append(f"The old file is kept as {self.kept_as}." if self.kept_as else "No old file was left to keep.")
        return " ".join(parts)


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def anything_kept(artefacts: Artefacts) -> bool:
    """Whether there is a record to rebuild anything from."""
    return any(artefacts.keys(pattern) for pattern in EVERY)


def recover(ws: Workspace, why: str) -> Recovered | None:
    """Put a rebuilt database in the place of a damaged one, and note it; None where another process did so, or there is no damage.

    Raises
    ------
    StoreError
        If it cannot be done: the disk is full, say, or the folder cannot be written.
    """
    done = ws.database.replace(lambda new: rebuild(new, ws.artefacts))
    if done is None:
        return None
    why = why.partition(" It is rebuilt from")[0]
    recovered = Recovered(time.time(), why, done[1], done[0])
    logger.warning(recovered.sentence)
    if ws.read_only:
        _unwritten[ws.home] = recovered
        return recovered
    said = json.dumps([*(asdict(one) for one in notes(ws.home)), asdict(recovered)])
    write_whole(ws.home / NOTE, lambda path: path.write_text(said, encoding="utf-8"))
    return recovered


_unwritten: dict[Path, Recovered] = {}
"""What this process has rebuilt of workspaces that can only be read."""


def notes(home: Path) -> list[Recovered]:
    """Return what was rebuilt and not read yet, oldest first."""
    if home in _unwritten:
        return [_unwritten[home]]
    try:
        found = json.loads((home / NOTE).read_text(encoding="utf-8"))
        return [
            Recovered(**{**one, "rebuilt": Rebuilt(**{**one["rebuilt"], "unread": tuple(one["rebuilt"]["unread"])})})
            for one in found
        ]
    except (OSError, ValueError, TypeError, KeyError):
        return []


def noted(home: Path) -> None:
    """Take the notes of `notes` as read."""
    (home / NOTE).unlink(missing_ok=True)


def rebuild(database: Database, artefacts: Artefacts) -> Rebuilt:
    """Fill a new database from the records; runs that had not ended are queued again.

    A run whose own record is missing had not ended. Its attempts are counted on from the time of day, so that a process which still works
    on an earlier one writes nothing.
    """
    unread: list[str] = []
    rows = _merged(_read(artefacts, unread))
    known: dict[str, set[str]] = {table.name: {row["id"] for row in rows[table.name]} for table in (schema.tables,)}
    with database.write() as connection:
        for table in _ORDER:
            there = [row for row in rows[table.name] if _whole(table.name, row, known)]
            if "id" in table.c:
                known[table.name] = {row["id"] for row in there}
            rows[table.name] = there
            for row in there:
                database.add_new(connection, table, row)
    states = [row["state"] for row in rows["runs"]]
    queued, done = (states.count(state.value) for state in (RunState.QUEUED, RunState.DONE))
    return Rebuilt(len(rows["tables"]), len(rows["races"]), done, queued, tuple(unread))


def _whole(name: str, row: Mapping[str, Any], known: Mapping[str, set[str]]) -> bool:
    return all(row.get(column) is None or row[column] in known[of] for column, of in _ABOUT.get(name, {}).items())


def _read(artefacts: Artefacts, unread: list[str]) -> Iterator[tuple[str, Rows]]:
    """Yield the rows of each record, with columns there are now; note those that hold none."""
    for pattern in EVERY:
        for key in artefacts.keys(pattern):
            try:
                said = json.loads(read_text(artefacts, key))
                if said["format"] != FORMAT or said["version"] > schema.SCHEMA_VERSION:
                    raise StoreError(f"{key} is of a later release")
                yield key, {table.name: [_row(table, row) for row in said["rows"].get(table.name, ())] for table in _ORDER}
            except (StoreError, OSError, ValueError, TypeError, KeyError, AttributeError) as error:
                logger.warning("The record %s cannot be read: %s", key, error)
                unread.append(key)


def _row(table: Table, given: Mapping[str, Any]) -> dict[str, Any]:
    row = {column.name: given[column.name] for column in table.c if column.name in given}
    missing = [column.name for column in table.primary_key if row.get(column.name) is None]
    if missing:
        raise ValueError(f"a row of {table.name} has no {missing[0]}")
    return row


def _merged(records: Iterator[tuple[str, Rows]]) -> Rows:
    """Put records together: of a run its own counts, whatever a race knew of it before."""
    found: Rows = {table.name: [] for table in _ORDER}
    own: dict[str, dict[str, Any]] = {}
    listed: dict[str, dict[str, Any]] = {}
    trials: dict[str, dict[str, Any]] = {}
    for key, rows in records:
        runs = own if key.startswith("runs/") else listed
        runs |= {row["id"]: row for row in rows["runs"]}
        trials |= {row["run_id"]: row for row in rows["trials"]}
        for name in found.keys() - {"runs", "trials"}:
            found[name] += rows[name]
    ended = {run_id: row for run_id, row in own.items() if row["state"] not in ACTIVE}
    unended = {
        run_id: {**row, **FRESH, "attempt": int(time.time())} for run_id, row in (listed | own).items() if run_id not in ended
    }
    found["runs"] = _once_per_key([*ended.values(), *(_startable(row, ended, unended) for row in unended.values())])
    found["trials"] = list(trials.values())
    return found


def _once_per_key(runs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Let later races find one run under each reuse key, as the database wants it."""
    seen: set[tuple[Any, Any]] = set()
    for row in runs:
        key = (row.get("reuse_key"), row["candidate"])
        if key in seen:
            row["reuse_key"] = None
        elif key[0] is not None:
            seen.add(key)
    return runs


def _startable(row: dict[str, Any], ended: Mapping[str, Any], unended: Mapping[str, Any]) -> dict[str, Any]:
    """Return a run that is queued again; cancelled where what it is to score will never be there."""
    parent = row.get("parent_id")
    if (
        row["kind"] != RunKind.FURTHER.value
        or parent in unended
        or ended.get(str(parent), {}).get("state") == RunState.DONE.value
    ):
        return row
    return {**row, "state": RunState.CANCELLED.value, "reason": NOT_MADE, "ended": time.time()}
