"""Which schema of the server belongs to a workspace, and how a workspace whose database was a file moves there."""

from __future__ import annotations

import json
import uuid
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from synth_ui.core.errors import StoreError
from synth_ui.core.run import RunState
from synth_ui.store import schema
from synth_ui.store.files.disk import write_whole
from synth_ui.store.server.address import NAMED, ServerAddress
from synth_ui.store.server.postgresql import PostgreSQL
from synth_ui.system import locks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from synth_ui.store.sqlite import SQLite

NOTE = "database.json"
"""In the folder of a workspace whose database is on a server: in which schema."""

CHUNK = 1_000


def database_of(home: Path, file: SQLite, read_only: str = "") -> PostgreSQL | None:
    """Return the database on a server of the workspace in `home`, made on first use; None where it is the file.

    What the file knew before is copied, and the file is kept under another name.

    Raises
    ------
    StoreError
        If the address is none or the server does not answer, if work is under way in a file that would move, or if the workspace has moved
        to a server and none is named.
    """
    address, known = ServerAddress.from_environment(), _noted(home)
    if address is None:
        if known is not None:
            raise StoreError(
                f"The database of the workspace {home} is on a server ({known['at']}), and {NAMED} is not set. Set it; or move {NOTE} in that "
                "folder away to go on with a file, which is then rebuilt from the records beside the runs."
            )
        return None
    if known is None:
        if read_only:
            return None  # what is there is the file
        known = _first(home, file, address)
    return PostgreSQL(address, known["schema"], read_only)


def _noted(home: Path) -> dict[str, str] | None:
    path = home / NOTE
    try:
        noted = json.loads(path.read_text(encoding="utf-8"))
        return {"schema": str(noted["schema"]), "at": str(noted["at"])}
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError(
            f"{path} cannot be read ({error}). It names the schema of the workspace's database; put it back, or move it away to have the "
            "database rebuilt from the records beside the runs."
        ) from error


def _first(home: Path, file: SQLite, address: ServerAddress) -> dict[str, str]:
    """Make the schema of a workspace, with what its file knew, and note it."""
    with _alone(home):
        known = _noted(home)
        if known is not None:  # another process was quicker
            return known
        known = {"schema": f"synth_ui_{uuid.uuid4().hex[:12]}", "at": str(address)}
        new = PostgreSQL(address, known["schema"])
        new.blank()  # asked before it is noted: an address nobody answers at binds no workspace
        moves = not file.blank()
        if moves:
            file.prepare()
            new.prepare()
            copy_all(file, new)
        write_whole(home / NOTE, lambda path: path.write_text(json.dumps(known), encoding="utf-8"))
        if moves:
            file.put_aside("moved")
        return known


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    try:
        lock = locks.hold(home / "database.lock")
    except OSError as error:
        raise StoreError(
            f"The workspace {home} cannot be written ({error.strerror or error}). Check the folder and its rights."
        ) from error
    try:
        yield
    finally:
        lock.release()


def copy_all(file: SQLite, new: PostgreSQL) -> None:
    """Copy every row, all or nothing; raise `StoreError` while a run is under way, as its process goes on writing into the file."""
    runs = schema.runs
    with file.read() as old, new.write() as connection:
        working = old.execute(select(func.count()).select_from(runs).where(runs.c.state == RunState.RUNNING.value)).scalar_one()
        if working:
            raise StoreError(
                f"Work of the workspace {file.path.parent} is under way with the database in its file (runs: {working}). Start once without {NAMED}, "
                "let them end or cancel them, then move."
            )
        for table in schema.metadata.sorted_tables:
            rows = [dict(row) for row in old.execute(select(table)).mappings()]
            for start in range(0, len(rows), CHUNK):
                connection.execute(table.insert(), rows[start : start + CHUNK])
            there = connection.execute(select(func.count()).select_from(table)).scalar_one()
            if there != len(rows):
                raise StoreError(
                    f"Of {len(rows):,} rows of {table.name} only {there:,} arrived at {new.address}; nothing was moved."
                )
