"""Races as one file: rows as JSON and frames as Parquet in a zip, nothing in it that could be executed, no path of a machine.

One race, or the whole workspace with names, notes, stars and choices. Rows of an earlier release are taken as the database takes its own
earlier rows: what is new since has a default. The fitted samplers stay behind, they are pickles; so a race that was unpacked shows
everything and makes no more rows. A file from elsewhere is checked as a whole before anything of it is kept; see `parcel_rows`.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Table, insert, select
from sqlalchemy.exc import SQLAlchemyError

from synth_ui.core.errors import StoreError
from synth_ui.core.run import RunState
from synth_ui.store import parcel_rows, schema
from synth_ui.store.files.artefacts import LEDGER, SYNTHETIC, look_at_frame
from synth_ui.store.files.frames import damaged, read_batches, read_frame
from synth_ui.store.people import allowed
from synth_ui.store.queries import ACTIVE
from synth_ui.store.recovery import records

if TYPE_CHECKING:
    from synth_ui.store.workspace import Workspace

FORMAT = "synth-ui race"
ROWS = "rows.json"
WHOLE = "whole.json"
"""Of a table that is a sample of a larger file: what is in all its rows."""

MOST_BYTES = 1 << 31
"""A parcel that unpacks to more is refused."""

MOST_ROWS_BYTES = 1 << 28
"""A parcel whose rows take more is refused."""

NO_SAMPLERS = "More rows cannot be drawn from an imported race; the script makes them again."

LEFT_OUT = "What is gone or damaged is left out, and said when the file is imported."

_TABLES: tuple[Table, ...] = (
    schema.tables, schema.splits, schema.races, schema.runs, schema.members, schema.scores, schema.losses, schema.details, schema.choices,
    schema.budgets, schema.trials,
)  # fmt: skip
_OF_RACES = ("members", "choices", "budgets", "trials")
"""What belongs to one race alone."""

_SHARED = ("tables", "splits", "runs")
"""What another race may have brought: it is left as it is."""

_KEY = re.compile(
    r"(tables/[\w-]+\.(parquet|whole\.json)|splits/[\w-]+/(train|holdout)\.parquet|runs/[\w-]+/(details/)?[\w.,=-]+\.(parquet|json))"
)
_LEFT_BEHIND: Mapping[str, Mapping[str, Any]] = {
    "runs": dict.fromkeys(
        ("reuse_key", "pid", "pid_token", "claim_pid", "claim_token", "heartbeat", "stop_asked", "sampler_hash")
    ),
    "races": {"deadline": None, "deleted": None},
    "tables": {"used": None, "deleted": None},
}
"""What means nothing elsewhere: processes, deadlines, and runs that could be taken for ones made here."""

_UNREADABLE = (OSError, zipfile.BadZipFile, zlib.error, EOFError, KeyError, ValueError, RuntimeError, RecursionError)
"""What reading a file raises that is no zip, is cut, locked with a password, or holds no JSON."""


@dataclass(frozen=True)
class Unpacked:
    """What a parcel brought: the races and the tables it holds, which of the races were not there before, how many files it names but lacks."""

    races: tuple[str, ...]
    tables: tuple[str, ...]
    new: tuple[str, ...]
    lacks: int = 0

    def said_lacking(self) -> str:
        """Say what it lacks, and where that shows; empty where it lacks nothing."""
        if not self.lacks:
            return ""
        files = "A file it names is" if self.lacks == 1 else f"{self.lacks:,} files it names are"
        return f"{files} not in it, gone or damaged where it was packed; the pages say so where they would be shown."


# --- packing --------------------------------------------------------------------------------------------------------


def pack(ws: Workspace, race_id: str, path: Path) -> tuple[str, ...]:
    """Write a race that has ended, with its table, its split, its rows, its choices and how it spent its budget, into one file.

    Returns
    -------
    tuple of str
        What of it is gone or damaged and was left out, a sentence each.

    Raises
    ------
    StoreError
        If there is no such race, something of it is under way, or its real rows are gone or damaged.
    """
    ws.kept_race(race_id)
    race = ws.race_row(race_id)
    damage = _Damage(ws)
    lost = damage.first(_of_race(race))
    if lost:
        raise StoreError(f"The race cannot be exported, because its real rows are not whole. {lost}")
    return _write(_collect(ws, [race]), ws, path, {"race": race_id}, damage)


def pack_all(ws: Workspace, path: Path) -> tuple[str, ...]:
    """Write every table and every race of the workspace that is not in the bin into one file.

    Returns
    -------
    tuple of str
        What is gone or damaged and was left out, a sentence each: a race goes with its real rows.

    Raises
    ------
    StoreError
        If there is nothing, a race is under way, or nothing is whole.
    """
    races = [ws.race_row(str(race_id)) for race_id in ws.races()["id"]]
    tables = [str(table_id) for table_id in ws.tables()["id"]]
    if not races and not tables:
        raise StoreError("The workspace holds nothing yet.")
    damage, left = _Damage(ws), list[str]()
    for race in races:
        if lost := damage.first(_of_race(race)):
            left.append(f"The race {race['name'] or race['id']}: {lost}")
    for table_id in tables:
        if lost := damage.first([_table_key(table_id)]):
            left.append(f"The table {table_id}: {lost}")
    whole = [race for race in races if not damage.first(_of_race(race))]
    tables = [table_id for table_id in tables if not damage.first([_table_key(table_id)])]
    if not whole and not tables:
        raise StoreError(f"Nothing can be exported, because no real rows are whole. {left[0]}")
    return (*left, *_write(_collect(ws, whole, tables), ws, path, {}, damage))


def cannot_pack(ws: Workspace, race: Mapping[str, Any]) -> str:
    """Say why a race cannot be packed, as far as a look at its files shows; empty where it can. None is read."""
    for key in _of_race(race):
        try:
            look_at_frame(ws.artefacts, key)
        except StoreError as error:
            return str(error)
    return ""


class _Damage:
    """Which files cannot be read to their end; each is read once."""

    def __init__(self, ws: Workspace) -> None:
        self.ws, self.known = ws, dict[str, str]()

    def of(self, key: str) -> str:
        """Say what is wrong with a file; empty where nothing is."""
        if key not in self.known:
            self.known[key] = ""
            try:
                path = self.ws.artefacts.local(key)
                if path.suffix == ".json":
                    json.loads(path.read_bytes())
                else:
                    for _ in read_batches(path, 100_000):
                        pass
            except StoreError as error:
                self.known[key] = str(error)
            except (ValueError, OSError):
                self.known[key] = damaged(path)
        return self.known[key]

    def first(self, keys: Sequence[str]) -> str:
        """Say what is wrong with the first of some files that is not whole; empty where all are."""
        return next((lost for key in keys if (lost := self.of(key))), "")


def _table_key(table_id: str) -> str:
    return f"tables/{table_id}.parquet"


def _split_keys(split_id: str) -> list[str]:
    return [f"splits/{split_id}/{half}.parquet" for half in ("train", "holdout")]


def _of_race(race: Mapping[str, Any]) -> list[str]:
    """Return the keys of a race's real rows: without them nothing of it can be shown."""
    return [_table_key(race["table_id"]), *_split_keys(race["split_id"])]


def _write(
    rows: Mapping[str, Sequence[Mapping[str, Any]]], ws: Workspace, path: Path, more: Mapping[str, Any], damage: _Damage
) -> tuple[str, ...]:
    if any(row["state"] in ACTIVE for row in rows["runs"]) or any(row["over"] is None for row in rows["budgets"]):
        raise StoreError("The race still runs; it can be packed when it has ended.")
    lost = dict[str, str]()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as parcel:
        said = {"format": FORMAT, "version": schema.SCHEMA_VERSION, **more, "rows": rows}
        _add(parcel, ROWS, json.dumps(said, ensure_ascii=False, sort_keys=True).encode())
        expected = _expected(rows)
        for key in _keys(rows):
            if not ws.artefacts.exists(key) and key not in expected:
                continue
            if why := damage.of(key):
                lost[key] = why
            else:
                _add(parcel, key, ws.artefacts.local(key).read_bytes())
    return tuple(lost.values())


def _add(parcel: zipfile.ZipFile, name: str, content: bytes) -> None:
    """Add a file under a fixed date, so that the same race gives the same bytes."""
    parcel.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content, compress_type=zipfile.ZIP_DEFLATED, compresslevel=9)


def _collect(ws: Workspace, races: Sequence[Mapping[str, Any]], tables: Sequence[str] = ()) -> dict[str, list[dict[str, Any]]]:
    mine = [race["id"] for race in races]
    shown = select(schema.members.c.run_id).where(schema.members.c.race_id.in_(mine))
    tried = select(schema.trials.c.run_id).where(schema.trials.c.race_id.in_(mine))
    runs = (
        schema.runs.c.id.in_(shown)
        | schema.runs.c.id.in_(tried)
        | (schema.runs.c.parent_id.in_(shown) & (schema.runs.c.kind == "further"))
    )
    of_runs = select(schema.runs.c.id).where(runs)
    where = {
        "tables": schema.tables.c.id.in_({*tables, *(race["table_id"] for race in races)}),
        "splits": schema.splits.c.id.in_({race["split_id"] for race in races}),
        "races": schema.races.c.id.in_(mine),
        "runs": runs,
        **{name: schema.metadata.tables[name].c.race_id.in_(mine) for name in _OF_RACES},
        **{table.name: table.c.run_id.in_(of_runs) for table in (schema.scores, schema.losses, schema.details)},
    }
    with ws.database.read() as connection:
        found = {
            table.name: [dict(row) for row in connection.execute(select(table).where(where[table.name])).mappings()]
            for table in _TABLES
        }
    found["budgets"] = [{**row, "plan": parcel_rows.plain_plan(row["plan"])} for row in found["budgets"]]
    return {name: [{**row, **_LEFT_BEHIND.get(name, {})} for row in rows] for name, rows in found.items()}


def _keys(rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[str]:
    keys = [key for row in rows["tables"] for key in (_table_key(row["id"]), f"tables/{row['id']}.{WHOLE}")]
    keys += [key for row in rows["splits"] for key in _split_keys(row["id"])]
    keys += [f"runs/{row['id']}/{name}" for row in rows["runs"] for name in (SYNTHETIC, LEDGER)]
    keys += [f"runs/{row['run_id']}/{row['file']}" for row in rows["details"]]
    return keys


def _expected(rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> set[str]:
    """Return the keys of what must be there besides real rows: the rows of every run that made some, and its details."""
    made = {f"runs/{row['id']}/{SYNTHETIC}" for row in rows["runs"] if row["state"] == RunState.DONE}
    return made | {f"runs/{row['run_id']}/{row['file']}" for row in rows["details"]}


# --- unpacking ------------------------------------------------------------------------------------------------------


def unpack(ws: Workspace, path: Path, *, example: bool = False) -> Unpacked:
    """Put what a parcel holds into the workspace; what is there already stays as it is.

    Nothing in it is executed, and nothing of it is kept unless all of it can be. The `example`, which is shipped with the package, is not
    read through first: that takes most of the time of the very first start.

    Raises
    ------
    StoreError
        If the file is no parcel, is of a later release, is too large, is damaged, or holds something that does not belong there.
    """
    with _opened(path) as (parcel, rows):
        lacks = len(_expected(rows) - set(parcel.namelist()))
        if not example:
            allowed.check_parcel(ws.home, rows, sum(entry.file_size for entry in parcel.infolist()))
        folder = Path(tempfile.mkdtemp(prefix=".parcel-", dir=ws.home))
        written: list[str] = []
        try:
            _lay_out(parcel, rows, folder, path.name, read=not example)
            for key in _keys(rows):
                if (folder / key).is_file() and not ws.artefacts.exists(key):
                    written.append(key)
                    ws.artefacts.write(key, partial(shutil.copyfile, folder / key))
            new = _keep(ws, rows, example=example)
        except BaseException as error:
            for key in written:
                ws.artefacts.delete(key)
            if isinstance(error, SQLAlchemyError):
                raise StoreError(
                    f"{path.name} does not hold together; nothing was taken ({error.__class__.__name__})."
                ) from error
            raise
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    records.keep_missing(ws)
    return Unpacked(tuple(row["id"] for row in rows["races"]), tuple(row["id"] for row in rows["tables"]), tuple(new), lacks)


@contextmanager
def _opened(path: Path) -> Iterator[tuple[zipfile.ZipFile, dict[str, list[dict[str, Any]]]]]:
    """Open a parcel whose list of members and whose rows are in order."""
    if not path.exists():
        raise StoreError(f"There is no file {path}. Check the path.")
    try:
        parcel = zipfile.ZipFile(path)
    except _UNREADABLE as error:
        raise StoreError(f"{path.name} is not a race packed by synth-ui ({error}).") from error
    with parcel:
        _check_members(parcel, path.name)
        try:
            said = json.loads(parcel.read(ROWS))
        except _UNREADABLE as error:
            raise StoreError(f"{path.name} is not a race packed by synth-ui ({error}).") from error
        if not isinstance(said, dict) or said.get("format") != FORMAT or not isinstance(said.get("rows"), dict):
            raise StoreError(f"{path.name} is not a race packed by synth-ui.")
        version = said.get("version")
        if not isinstance(version, int) or version > schema.SCHEMA_VERSION:
            raise StoreError(f"{path.name} was packed by a later release. Update synth-ui.")
        yield parcel, parcel_rows.checked(said["rows"], _TABLES, _LEFT_BEHIND, path.name)


def _check_members(parcel: zipfile.ZipFile, name: str) -> None:
    """Look at the list of what a parcel holds, before anything of it is read."""
    entries = parcel.infolist()
    if sum(entry.file_size for entry in entries) > MOST_BYTES:
        raise StoreError(f"{name} unpacks to more than {MOST_BYTES >> 30} GB and is not taken.")
    if sum(entry.file_size for entry in entries if entry.filename == ROWS) > MOST_ROWS_BYTES:
        raise StoreError(f"{name} lists more rows than are taken ({MOST_ROWS_BYTES >> 20} MB).")
    names = [entry.filename for entry in entries]
    strange = [one for one in names if one != ROWS and not _KEY.fullmatch(one)]
    strange += [one for one, times in Counter(names).items() if times > 1]
    if strange:
        raise StoreError(f"{name} holds {strange[0]!r}, which is no part of a race; nothing was taken.")


def _lay_out(
    parcel: zipfile.ZipFile, rows: Mapping[str, Sequence[Mapping[str, Any]]], folder: Path, name: str, *, read: bool
) -> None:
    """Write the members that belong to the rows into a folder and read each once: what cannot be read is refused now, not later."""
    there, needed = set(parcel.namelist()), _keys(rows)
    of_rows = [key for key in needed if key.startswith(("tables/", "splits/")) and key.endswith(".parquet")]
    missing = [key for key in of_rows if key not in there]
    if missing:
        raise StoreError(f"{name} lacks {missing[0]!r}; nothing was taken.")
    for key in needed:
        if key in there:
            target = folder / key
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                with parcel.open(key) as source, target.open("wb") as sink:
                    shutil.copyfileobj(source, sink)
                if not read:
                    continue
                content = json.loads(target.read_bytes()) if key.endswith(".json") else read_frame(target)
            except (*_UNREADABLE, StoreError, TypeError, AttributeError, NotImplementedError) as error:
                raise StoreError(f"{key!r} in {name} cannot be read; nothing was taken.") from error
            parcel_rows.check_frame(rows, key, content, name)


def _keep(ws: Workspace, rows: Mapping[str, Sequence[Mapping[str, Any]]], *, example: bool) -> list[str]:
    """Put the rows into the database; return the races that are new."""
    with ws.database.write() as connection:
        known = {
            name: set(connection.execute(select(schema.metadata.tables[name].c.id)).scalars()) for name in (*_SHARED, "races")
        }
        new = [row["id"] for row in rows["races"] if row["id"] not in known["races"]]
        for table in _TABLES:
            wanted = [row for row in rows[table.name] if _is_new(table.name, row, known)]
            if table is schema.races:
                wanted = [{**row, "example": example} for row in wanted]
            if wanted:
                connection.execute(insert(table), wanted)
        table_ids = [row["id"] for row in rows["tables"]]
        connection.execute(schema.tables.update().where(schema.tables.c.id.in_(table_ids)).values(deleted=None))
    return new


def _is_new(name: str, row: Mapping[str, Any], known: Mapping[str, set[str]]) -> bool:
    """Whether a row is to be put in: what belongs to a race or a run that is there stays as it is there."""
    if name in known:
        return row["id"] not in known[name]
    return row["race_id"] not in known["races"] if name in _OF_RACES else row["run_id"] not in known["runs"]
