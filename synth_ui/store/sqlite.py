"""SQLite behind SQLAlchemy Core: one short connection per call, write-ahead log, errors in plain words."""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import NullPool
from sqlalchemy.schema import CreateColumn

from synth_ui.core.errors import StoreError
from synth_ui.store.database import ByKey, Database, DatabaseBusy, DatabaseDamaged, ReadOnly
from synth_ui.store.files.disk import FULL, DiskFull, give_reserve_back, is_full, keep_reserve
from synth_ui.store.schema import SCHEMA_VERSION, metadata
from synth_ui.system import locks

_BUSY_MILLISECONDS = 15_000
"""How long a call waits for another process to let the database go."""

_PATIENT_MILLISECONDS = 600_000
"""How long one waits that has results to keep: they cost more than the wait."""

_SIDES = ("-wal", "-shm")
"""What the names of a database's side files end in: they are moved with it, or SQLite would take them for those of the next one."""

_WHAT_TO_DO = (
    "It is rebuilt from the records beside the runs as soon as the workspace is opened again; to do it by hand, move {name} and the files "
    "beside it that begin so away, or put a copy of them from before in their place, and start again."
)

T = TypeVar("T")


@dataclass(frozen=True)
class SQLite(ByKey):
    """A database file; see `synth_ui.store.database.Database`. Every call opens one short connection of its own."""

    path: Path

    insert = staticmethod(insert)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a connection that sees one moment of the database; raise `StoreError` if that fails."""
        with _plain_words(self.path), _engine(self.path).connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open the only writing transaction there is at this moment; all of it happens, or nothing."""
        with _plain_words(self.path), _engine(self.path).connect() as connection:
            connection.execute(text("BEGIN IMMEDIATE"))
            yield connection
            connection.execute(text("COMMIT"))  # after an error it is not reached, and closing takes everything back

    def change(self, work: Callable[[Connection], T]) -> T:
        """Do a small change that must not fail for want of space, such as how a run ended: on a full disk from the reserve."""
        try:
            with self.write() as connection:
                return work(connection)
        except DiskFull:
            with self.write() as connection:
                return work(connection)

    @contextmanager
    def kept_open(self) -> Iterator[None]:
        """Hold the log open meanwhile: SQLite empties it, and waits for the disk, whenever the last connection is closed."""
        with self.read() as connection:
            connection.execute(text("SELECT count(*) FROM sqlite_master")).scalar_one()
            yield

    def hold_open(self) -> None:
        """Hold the log open as long as this process lives; not for a process that forks.

        Without its two side files a database cannot even be read on a full disk, and they vanish with the last connection.
        """
        held = _held.pop(self.path, None)
        if held is not None:
            held.close()
        with _plain_words(self.path):
            connection = _connect(self.path, check_same_thread=False, isolation_level=None)
            connection.execute("SELECT count(*) FROM sqlite_master").fetchall()
        _held[self.path] = connection
        for first in list(_held)[:-_MOST_HELD]:
            if (old := _held.pop(first, None)) is not None:
                old.close()

    def prepare(self) -> None:
        """Create the tables if they are missing; raise `StoreError` if the file is of a later release."""
        with _alone(self.path.with_suffix(".lock")):  # two processes may open a new workspace at once
            if not self.path.exists():
                self._move_sides("left")
                self.path.touch(mode=0o600)  # a connection makes none: where one was deleted, an empty one would hide that
            with _plain_words(self.path), _engine(self.path).connect() as connection:
                version = int(connection.execute(text("PRAGMA user_version")).scalar_one())
                if version > SCHEMA_VERSION:
                    raise StoreError(
                        f"The workspace {self.path.parent} was written by a later release (version {version}, this one reads up "
                        f"to {SCHEMA_VERSION}). Update synth-ui, or name another folder with SYNTH_UI_HOME."
                    )
                if version < SCHEMA_VERSION:
                    connection.execute(text("PRAGMA journal_mode=WAL"))
                    metadata.create_all(connection)
                    _add_missing_columns(connection)
                    for table, since in (("runs", 3), ("scores", 4)):
                        if 0 < version < since:
                            _build_anew(connection, table)
                    if 0 < version < 6:
                        connection.execute(text("UPDATE tables SET used = created WHERE used IS NULL"))
                    connection.execute(text(f"PRAGMA user_version={SCHEMA_VERSION}"))
            keep_reserve(self.path.parent)

    def prepare_once(self, *, hold: bool) -> None:
        """Do the same once per process and file: pages open the workspace at every rerun. `hold` also does `hold_open`."""
        with _preparing:
            if self.path.exists() and _prepared.get(self.path) == self.path.stat().st_ino:
                return
            self.prepare()
            if hold:
                self.hold_open()
            _prepared[self.path] = self.path.stat().st_ino

    def keep_reserve(self) -> None:
        """Put space aside so that, once the disk is full, the database can still say so."""
        keep_reserve(self.path.parent)

    def be_patient(self) -> None:
        """Let this process wait for long where another holds the database: a backup, or a slow share."""
        global _patience
        _patience = _PATIENT_MILLISECONDS

    # --- a damaged database ----------------------------------------------------------------------------------------

    def blank(self) -> bool:
        """Whether there is no database yet, or one that was emptied."""
        if not self.path.exists() or self.path.stat().st_size == 0:
            return True
        with self.read() as connection:
            return not connection.execute(text("SELECT count(*) FROM sqlite_master")).scalar_one()

    def damage(self) -> str:
        """Return what is wrong with the file in a few words; empty where it holds together."""
        try:
            if self.blank():
                return "emptied" if self.path.exists() else "gone"
            with self.read() as connection:
                connection.execute(text("SELECT count(*) FROM runs"))
                said = str(connection.execute(text("PRAGMA quick_check(1)")).scalar_one())
        except DatabaseDamaged as error:
            return str(getattr(error.__cause__, "orig", None) or error.__cause__ or error)
        return "" if said == "ok" else said.splitlines()[-1]

    def replace(self, fill: Callable[[Database], T]) -> tuple[T, str] | None:
        """See `Database.replace`: the new one is filled beside the old one, which goes on being there until the new one is whole."""
        with _alone(self.path.with_name("recover.lock")):
            if not self.damage():
                return None
            new = SQLite(self.path.with_name(f"rebuilt.{self.path.name}"))
            new._remove()
            new.prepare()
            filled = fill(new)
            kept_as = self._move_away("damaged")
            os.replace(new.path, self.path)  # with its last connection its side files went
            if self.path in _held:
                self.hold_open()
            return filled, kept_as

    def put_aside(self, what: str) -> str:
        """Keep the file under another name with `what` in it: nothing is in its place any more. Returns that name."""
        with _preparing:
            held = _held.pop(self.path, None)
            if held is not None:
                held.close()
            _prepared.pop(self.path, None)
        return self._move_away(what)

    def _move_away(self, what: str) -> str:
        """Keep the file and its side files under another name, and return that; empty where there was nothing worth keeping."""
        there = self.path.exists() and self.path.stat().st_size > 0
        kept = self.path.with_name(f"{self.path.stem}.{what}-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}{self.path.suffix}")
        if there:
            os.replace(self.path, kept)
        self._move_sides(what, kept)
        return kept.name if there else ""

    def _move_sides(self, what: str, kept: Path | None = None) -> None:
        kept = kept or self.path.with_name(f"{self.path.stem}.{what}-{time.strftime('%Y%m%d-%H%M%S')}{self.path.suffix}")
        for side in _SIDES:
            with contextlib.suppress(FileNotFoundError):
                os.replace(f"{self.path}{side}", f"{kept}{side}")

    def _remove(self) -> None:
        for side in ("", *_SIDES):
            Path(f"{self.path}{side}").unlink(missing_ok=True)


@dataclass(frozen=True)
class Snapshot(SQLite):
    """A database in a folder that can only be read: `path` is a copy of it, made anew whenever the original was changed.

    SQLite wants to write beside a database even to read it, and a copy can be brought to this release, or be rebuilt.
    """

    original: Path
    why: str

    def prepare(self) -> None:
        """Copy the database and bring it to this release; raise `StoreError` if it is of a later one."""
        if _copied.get(self.path) != self._marks():
            self._copy()
        SQLite(self.path).prepare()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """See `SQLite.read`: of the original as it is now."""
        if _copied.get(self.path) != self._marks():
            self.prepare()
        with super().read() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Refuse, and say why."""
        self._refuse()
        with self.read() as connection:
            yield connection

    def _refuse(self) -> None:
        raise ReadOnly(self.why)

    def hold_open(self) -> None:
        """Nothing is written that would need it."""

    def keep_reserve(self) -> None:
        """Nothing is written that would need it."""

    def blank(self) -> bool:
        """See `SQLite.blank`, of the original."""
        if not self.original.exists() or self.original.stat().st_size == 0:
            return True
        if _copied.get(self.path) != self._marks():
            self._copy()
        return super().blank()

    def replace(self, fill: Callable[[Database], T]) -> tuple[T, str] | None:
        """Fill the copy; the damaged original stays as it is."""
        copy = SQLite(self.path)
        copy._remove()
        copy.prepare()
        filled = fill(copy)
        _copied[self.path] = self._marks()
        return filled, self.original.name if self.original.exists() else ""

    def _marks(self) -> tuple[tuple[int, int] | None, ...]:
        """Return what differs once the original was changed."""
        found: list[tuple[int, int] | None] = []
        for side in ("", "-wal"):
            path = Path(f"{self.original}{side}")
            status = path.stat() if path.exists() else None
            found.append(None if status is None else (status.st_mtime_ns, status.st_size))
        return tuple(found)

    def _copy(self) -> None:
        marks, _originals[self.path] = None, self.original
        while marks != self._marks():  # one that changed meanwhile may be half the old one and half the new one
            marks = self._marks()
            SQLite(self.path)._remove()
            for side in ("", "-wal"):
                with contextlib.suppress(FileNotFoundError):
                    shutil.copyfile(f"{self.original}{side}", f"{self.path}{side}")
        _copied[self.path] = marks


_copied: dict[Path, Any] = {}
_originals: dict[Path, Path] = {}
"""What copies are of: errors name the file that people know."""

_prepared: dict[Path, int] = {}
_preparing = threading.Lock()


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold the lock under which a new workspace is made, or a damaged database replaced, by one process only."""
    try:
        lock = locks.hold(path)
    except OSError as error:
        raise StoreError(
            f"The workspace {path.parent} cannot be written ({error.strerror or error}). Check the folder and its rights, or name "
            "another with SYNTH_UI_HOME."
        ) from error
    try:
        yield
    finally:
        lock.release()


def _add_missing_columns(connection: Connection) -> None:
    """Bring the tables of an earlier release to this one: what is new in them has a default."""
    for table in metadata.sorted_tables:
        there = {row[1] for row in connection.execute(text(f"PRAGMA table_info({table.name})"))}
        for column in table.columns:
            if column.name not in there:
                told = CreateColumn(column).compile(dialect=connection.dialect)
                connection.execute(text(f"ALTER TABLE {table.name} ADD COLUMN {told}"))


def _build_anew(connection: Connection, name: str) -> None:
    """Build a table anew with the keys it has now: runs need no split since version 3, scores are told apart by settings since 4.

    All of it happens, or nothing.
    """
    connection.execute(text("PRAGMA foreign_keys=OFF"))
    connection.execute(text("PRAGMA legacy_alter_table=ON"))  # other tables go on pointing at this name
    connection.execute(text("BEGIN IMMEDIATE"))
    names = ", ".join(f'"{row.name}"' for row in connection.execute(text(f"PRAGMA table_info({name})")))
    table = metadata.tables[name]
    for index in table.indexes:
        connection.execute(text(f"DROP INDEX IF EXISTS {index.name}"))
    connection.execute(text(f"ALTER TABLE {name} RENAME TO {name}_before"))
    table.create(connection)
    connection.execute(text(f"INSERT INTO {name} ({names}) SELECT {names} FROM {name}_before"))  # nosec B608 # names of this schema
    connection.execute(text(f"DROP TABLE {name}_before"))
    connection.execute(text("COMMIT"))
    connection.execute(text("PRAGMA legacy_alter_table=OFF"))
    connection.execute(text("PRAGMA foreign_keys=ON"))


_held: dict[Path, sqlite3.Connection] = {}
_MOST_HELD = 64
"""Of more databases, as many users have, those opened first are let go: a process has so many files and no more."""

_patience = _BUSY_MILLISECONDS


@atexit.register
def _let_go() -> None:
    for connection in _held.values():
        connection.close()


def _connect(path: Path, **options: Any) -> sqlite3.Connection:
    """Open a database file that is there; SQLite would make an empty one where it was deleted."""
    connection: sqlite3.Connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, **options)
    return connection


@cache
def _engine(path: Path) -> Engine:
    engine = create_engine("sqlite://", creator=lambda: _connect(path), poolclass=NullPool, isolation_level="AUTOCOMMIT")

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: Any) -> None:
        connection.execute(f"PRAGMA busy_timeout={_patience}")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA trusted_schema=OFF")  # the file may have come from elsewhere, with views and triggers in it

    return engine


@contextmanager
def _plain_words(path: Path) -> Iterator[None]:
    try:
        yield
    except (DatabaseError, sqlite3.DatabaseError) as error:
        raise _in_words(path, str(getattr(error, "orig", error))) or error from error


def _in_words(path: Path, said: str) -> StoreError | None:
    """Say what SQLite reported, for the person reading; None for what it is not known to report."""
    path = _originals.get(path, path)
    home = path.parent
    if "full" in said or ("I/O" in said and path.exists() and is_full(home)):
        give_reserve_back(home)
        return DiskFull(FULL.format(place=home))
    if "locked" in said or "busy" in said:
        return DatabaseBusy(f"The workspace {home} has been busy for too long; try again in a moment.")
    if home.is_dir() and not path.exists():
        return DatabaseDamaged(f"The database of the workspace {home} is gone. {_WHAT_TO_DO.format(name=path.name)}")
    if "unable to open" in said or "readonly" in said or "I/O" in said:
        return StoreError(f"The workspace {home} cannot be written ({said}). Check the folder and its rights.")
    if "no such table" in said:
        return DatabaseDamaged(f"The database of the workspace {home} was emptied ({said}). {_WHAT_TO_DO.format(name=path.name)}")
    if "not a database" in said or "malformed" in said or "encrypted" in said:
        return DatabaseDamaged(f"The database of the workspace {home} is damaged ({said}). {_WHAT_TO_DO.format(name=path.name)}")
    return None
