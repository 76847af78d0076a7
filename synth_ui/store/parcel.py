"""A race as one file: rows as JSON and frames as Parquet in a zip, nothing in it that could be executed, no path of a machine.

Rows of an earlier release are taken as the database takes its own earlier rows: what is new since has a default. The fitted samplers
stay behind, they are pickles; so a race that was unpacked shows everything and makes no more rows.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Table, insert, select

from synth_ui.core.errors import StoreError
from synth_ui.store import schema
from synth_ui.store.files.artefacts import keep_bytes
from synth_ui.store.queries import ACTIVE

if TYPE_CHECKING:
    from synth_ui.store.workspace import Workspace

FORMAT = "synth-ui race"
ROWS = "rows.json"
MOST_BYTES = 1 << 31
"""A parcel that unpacks to more is refused."""

_TABLES: tuple[Table, ...] = (
    schema.tables, schema.splits, schema.races, schema.runs, schema.members, schema.scores, schema.losses, schema.details,
)  # fmt: skip
_KEY = re.compile(
    r"(tables/[\w-]+\.parquet|splits/[\w-]+/(train|holdout)\.parquet|runs/[\w-]+/(details/)?[\w.,=-]+\.(parquet|json))"
)
_LEFT_BEHIND: Mapping[str, Mapping[str, Any]] = {
    "runs": dict.fromkeys(
        ("reuse_key", "pid", "pid_token", "claim_pid", "claim_token", "heartbeat", "stop_asked", "sampler_hash")
    ),
    "races": {"deadline": None, "deleted": None},
    "tables": {"used": None, "deleted": None},
}
"""What means nothing elsewhere: processes, deadlines, and runs that could be taken for ones made here."""


def pack(ws: Workspace, race_id: str, path: Path) -> None:
    """Write a race that has ended, with its table, its split and its rows, into one file.

    Raises
    ------
    StoreError
        If there is no such race, or something of it is under way.
    """
    rows = _collect(ws, race_id)
    if any(row["state"] in ACTIVE for row in rows["runs"]):
        raise StoreError("The race still runs; it can be packed when it has ended.")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as parcel:
        said = {"format": FORMAT, "version": schema.SCHEMA_VERSION, "race": race_id, "rows": rows}
        _add(parcel, ROWS, json.dumps(said, ensure_ascii=False, sort_keys=True).encode())
        for key in _keys(rows):
            if ws.artefacts.exists(key):
                _add(parcel, key, ws.artefacts.local(key).read_bytes())


def _add(parcel: zipfile.ZipFile, name: str, content: bytes) -> None:
    """Add a file under a fixed date, so that the same race gives the same bytes."""
    parcel.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content, compress_type=zipfile.ZIP_DEFLATED, compresslevel=9)


def _collect(ws: Workspace, race_id: str) -> dict[str, list[dict[str, Any]]]:
    race = ws.race(race_id)
    shown = select(schema.members.c.run_id).where(schema.members.c.race_id == race_id)
    runs = schema.runs.c.id.in_(shown) | (schema.runs.c.parent_id.in_(shown) & (schema.runs.c.kind == "further"))
    of_runs = select(schema.runs.c.id).where(runs)
    where = {
        "tables": schema.tables.c.id == race["table_id"],
        "splits": schema.splits.c.id == race["split_id"],
        "races": schema.races.c.id == race_id,
        "runs": runs,
        "members": schema.members.c.race_id == race_id,
        **{table.name: table.c.run_id.in_(of_runs) for table in (schema.scores, schema.losses, schema.details)},
    }
    with ws.database.read() as connection:
        found = {
            table.name: [dict(row) for row in connection.execute(select(table).where(where[table.name])).mappings()]
            for table in _TABLES
        }
    return {name: [{**row, **_LEFT_BEHIND.get(name, {})} for row in rows] for name, rows in found.items()}


def _keys(rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[str]:
    keys = [f"tables/{row['id']}.parquet" for row in rows["tables"]]
    keys += [f"splits/{row['id']}/{half}.parquet" for row in rows["splits"] for half in ("train", "holdout")]
    keys += [f"runs/{row['id']}/{name}" for row in rows["runs"] for name in ("synthetic.parquet", "ledger.json")]
    keys += [f"runs/{row['run_id']}/{row['file']}" for row in rows["details"]]
    return keys


def unpack(ws: Workspace, path: Path, *, example: bool = False) -> str:
    """Put a packed race into the workspace and return its id; what is there already stays as it is.

    Raises
    ------
    StoreError
        If the file is no packed race, is of a later release, is too large, or holds something that does not belong there.
    """
    try:
        with zipfile.ZipFile(path) as parcel:
            said = json.loads(parcel.read(ROWS))
            _check(said, parcel, path)
            for name in parcel.namelist():
                if name != ROWS and not ws.artefacts.exists(name):
                    keep_bytes(ws.artefacts, name, parcel.read(name))
    except (OSError, zipfile.BadZipFile, KeyError, ValueError) as error:
        raise StoreError(f"{path.name} is not a race packed by synth-ui ({error}).") from error
    race_id, races = str(said["race"]), schema.races
    with ws.database.write() as connection:
        if connection.execute(select(races.c.id).where(races.c.id == race_id)).first():
            return race_id
        for table in _TABLES:
            rows = [_row(table, row) for row in said["rows"].get(table.name, [])]
            if table in (
                schema.tables,
                schema.splits,
                schema.runs,
            ):  # what another race of the same table brought is left as it is
                for row in rows:
                    ws.database.add_new(connection, table, row)
            elif rows:
                connection.execute(insert(table), [{**row, "example": example} for row in rows] if table is races else rows)
        table_ids = [str(row["id"]) for row in said["rows"]["tables"]]
        connection.execute(schema.tables.update().where(schema.tables.c.id.in_(table_ids)).values(deleted=None))
    return race_id


def _row(table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row with the columns there are now."""
    return {name: value for name, value in row.items() if name in table.c} | dict(_LEFT_BEHIND.get(table.name, {}))


def _check(said: Any, parcel: zipfile.ZipFile, path: Path) -> None:
    if not isinstance(said, dict) or said.get("format") != FORMAT or not isinstance(said.get("rows"), dict):
        raise StoreError(f"{path.name} is not a race packed by synth-ui.")
    if int(said["version"]) > schema.SCHEMA_VERSION:
        raise StoreError(f"{path.name} was packed by a later release. Update synth-ui.")
    if sum(entry.file_size for entry in parcel.infolist()) > MOST_BYTES:
        raise StoreError(f"{path.name} unpacks to more than {MOST_BYTES >> 30} GB and is not taken.")
    strange = [name for name in parcel.namelist() if name != ROWS and not _KEY.fullmatch(name)]
    if strange:
        raise StoreError(f"{path.name} holds {strange[0]!r}, which is no part of a race; nothing was taken.")
