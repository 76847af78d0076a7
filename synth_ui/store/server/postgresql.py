"""PostgreSQL behind SQLAlchemy Core: the database of a workspace on a server, in a schema of the workspace's own.

One transaction writes at a time, as in a file: it holds a lock of the server's that goes with its transaction, so nothing is written that
rests on what another one is just changing.
"""

from __future__ import annotations

import math
import os
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from weakref import WeakSet

from sqlalchemy import URL, Connection, Engine, create_engine, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError

from synth_ui.core.errors import StoreError
from synth_ui.store.database import ByKey, Database, DatabaseBusy, DatabaseDamaged, ReadOnly
from synth_ui.store.files.disk import DiskFull
from synth_ui.store.schema import SCHEMA_VERSION
from synth_ui.store.server.address import ServerAddress

T = TypeVar("T")

MIGRATIONS = Path(__file__).with_name("migrations")

CONNECT_SECONDS = 10
"""How long a connection may take to come about."""

_BUSY_SECONDS = 15.0
"""How long a call waits for another one that writes."""

_PATIENT_SECONDS = 600.0
"""How long one waits that has results to keep, also for a server that does not answer: they cost more than the wait."""

_AGAIN_SECONDS = 0.5

_MISSING = ("42P01", "3F000")  # no such table, no such schema
_HELD = ("55P03", "40P01", "40001", "57014")  # waited too long, or was chosen to give way
_AWAY = ("57P01", "57P02", "57P03", "53300", "08")  # going down, coming up, too many connections, the line was cut


@dataclass(frozen=True)
class PostgreSQL(ByKey):
    """A schema of a PostgreSQL database; see `synth_ui.store.database.Database`.

    Attributes
    ----------
    address
        Of the database.
    schema
        The schema all tables of the workspace are in.
    read_only
        Why nothing may be written, in a sentence; empty where it may.
    """

    address: ServerAddress
    schema: str
    read_only: str = ""

    insert = staticmethod(insert)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a connection that sees one moment of the database; raise `StoreError` if that fails."""
        with self._plain_words(), self._connected() as connection:
            seen = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with seen.begin():
                _look_into(seen, self.schema)
                yield seen

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open the only writing transaction there is at this moment; all of it happens, or nothing."""
        if self.read_only:
            raise ReadOnly(self.read_only)
        with self._plain_words(), self._connected() as connection, connection.begin():
            _look_into(connection, self.schema)
            _take_turn(connection, self.schema)
            yield connection

    def change(self, work: Callable[[Connection], T]) -> T:
        """Do a small change that must not fail because a server is away for a moment: a patient process tries it again."""
        until = time.monotonic() + (_PATIENT_SECONDS if _patience[-1] > _BUSY_SECONDS else 0.0)
        while True:
            try:
                with self.write() as connection:
                    return work(connection)
            except DatabaseBusy:
                if time.monotonic() > until:
                    raise
                time.sleep(_AGAIN_SECONDS)

    @contextmanager
    def kept_open(self) -> Iterator[None]:
        """Connections are kept for the next call anyway."""
        yield

    def prepare(self) -> None:
        """Create the tables, or bring those of an earlier release to this one; raise `StoreError` if they are of a later one."""
        with self.read() as connection:
            if self.read_only or _version(connection) == SCHEMA_VERSION:
                return
        with self.write() as connection:
            there = connection.execute(text("SELECT to_regnamespace(quote_ident(:name))"), {"name": self.schema}).scalar_one()
            if there is None:
                connection.execute(text(f'CREATE SCHEMA "{self.schema}"'))
                _look_into(connection, self.schema)
            version = _version(connection)
            if version > SCHEMA_VERSION:
                raise StoreError(
                    f"The database of the workspace ({self.address}) was written by a later release (version {version}, this one reads up to "
                    f"{SCHEMA_VERSION}). Update synth-ui, or name another folder with SYNTH_UI_HOME."
                )
            if version < SCHEMA_VERSION:
                _migrate(connection)

    def prepare_once(self, *, hold: bool) -> None:
        """Do the same once per process and schema: pages open the workspace at every rerun."""
        with _preparing:
            if self not in _prepared:
                self.prepare()
                _prepared.add(self)

    def keep_reserve(self) -> None:
        """The disk is the server's."""

    def be_patient(self) -> None:
        """Let this process wait for long where another one writes, or the server is away."""
        _patience[-1] = _PATIENT_SECONDS

    # --- a damaged database ----------------------------------------------------------------------------------------

    def blank(self) -> bool:
        """Whether there is no table yet, or none any more."""
        with self.read() as connection:
            return not connection.execute(
                text("SELECT count(*) FROM pg_tables WHERE schemaname = :of"), {"of": self.schema}
            ).scalar_one()

    def damage(self) -> str:
        """Return what is wrong in a few words; empty where it holds together."""
        try:
            if self.blank():
                return "gone"
            with self.read() as connection:
                for name in ("tables", "splits", "races", "runs", "members", "scores"):
                    connection.execute(text(f'SELECT 1 FROM "{name}" LIMIT 1'))  # nosec B608 # names of this schema
        except DatabaseDamaged as error:
            return str(getattr(error.__cause__, "orig", None) or error).splitlines()[0]
        return ""

    def replace(self, fill: Callable[[Database], T]) -> tuple[T, str] | None:
        """See `Database.replace`: the new schema is filled beside the old one, then both change names in one transaction."""
        with self._plain_words(), self._connected() as connection, connection.begin():
            _take_turn(connection, f"{self.schema} recovery")
            if not self.damage():
                return None
            new = PostgreSQL(self.address, f"{self.schema}_rebuilt_{uuid.uuid4().hex[:6]}")
            new.prepare()
            filled = fill(new)
            kept = ""
            if not self.blank():
                kept = f"{self.schema}_damaged_{time.strftime('%Y%m%d_%H%M%S')}"
                connection.execute(text(f'ALTER SCHEMA "{self.schema}" RENAME TO "{kept}"'))
            else:
                connection.execute(text(f'DROP SCHEMA IF EXISTS "{self.schema}"'))
            connection.execute(text(f'ALTER SCHEMA "{new.schema}" RENAME TO "{self.schema}"'))
        return filled, kept

    # --- connections -----------------------------------------------------------------------------------------------

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        engine, until = _engine(self.address.url), time.monotonic() + _patience[-1]
        while True:
            try:
                connection = engine.connect()
                break
            except DBAPIError as error:
                away = isinstance(self._in_words(error), DatabaseBusy)
                if not away or _patience[-1] <= _BUSY_SECONDS or time.monotonic() > until:
                    raise
                time.sleep(_AGAIN_SECONDS)
        with connection:
            yield connection

    @contextmanager
    def _plain_words(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise self._in_words(error) or error from error

    def _in_words(self, error: DBAPIError) -> StoreError | None:
        """Say what the driver reported, for the person reading; None for what it is not known to report."""
        state = getattr(error.orig, "sqlstate", None) or ""
        said = self.address.without_secrets(" ".join(str(error.orig).split()))
        where = f"The database of the workspace ({self.address})"
        if state in _HELD:
            return DatabaseBusy(f"{where} has been busy for too long; try again in a moment.")
        if state in _MISSING:
            return DatabaseDamaged(
                f"{where} was emptied ({said}). It is rebuilt from the records beside the runs as soon as the workspace is opened again; to do "
                f"it by hand, put a copy of the schema {self.schema} from before in its place."
            )
        if state == "53100":
            return DiskFull(
                f"The disk of the database's server is full: nothing more could be written to {self.address}. Free some space there."
            )
        if state.startswith("42501"):
            return StoreError(f"{where} does not let this user do that ({said}). The user needs CREATE on the database, once.")
        if state.startswith(_AWAY) or error.connection_invalidated or (not state and "FATAL" not in str(error.orig)):
            return DatabaseBusy(
                f"{where} does not answer ({said}). Nothing of what was finished is lost; check the server and SYNTH_UI_DATABASE, then try again."
            )
        if not state or state.startswith(("28", "3D")):
            return StoreError(f"{where} does not let synth-ui in ({said}). Check SYNTH_UI_DATABASE, its user and its password.")
        return None


def _look_into(connection: Connection, schema: str) -> None:
    """Let a transaction see one schema: all workspaces of a server share the connections of a process."""
    connection.execute(text("SELECT set_config('search_path', quote_ident(:schema), true)"), {"schema": schema})


def _take_turn(connection: Connection, name: str) -> None:
    """Wait until nobody else writes under a name, and keep others from it until the transaction ends."""
    wait = f"{max(1, int(1000 * _patience[-1]))}ms"
    connection.execute(text("SELECT set_config('lock_timeout', :wait, true)"), {"wait": wait})
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})


def _version(connection: Connection) -> int:
    """Return the version of the schema the connection looks into; 0 where there is none."""
    if connection.execute(text("SELECT to_regclass('alembic_version')")).scalar_one() is None:
        return 0
    found = connection.execute(text("SELECT max(version_num) FROM alembic_version")).scalar_one_or_none()
    return int(found or 0)


def _migrate(connection: Connection) -> None:
    """Apply every revision that is missing, in the transaction of the connection."""
    try:
        from alembic import command
        from alembic.config import Config
    except ModuleNotFoundError as error:
        raise StoreError(
            "Making the tables of a workspace on a server takes Alembic, which is not installed: pip install 'synth-ui[databases]'."
        ) from error
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


_preparing = threading.Lock()
_prepared: set[PostgreSQL] = set()
_patience = [_BUSY_SECONDS]
_engines: WeakSet[Engine] = WeakSet()


@cache
def _engine(url: URL) -> Engine:
    from sqlalchemy import event

    try:
        engine = create_engine(
            url,
            pool_size=2,
            max_overflow=30,
            pool_pre_ping=True,
            pool_recycle=600,
            connect_args={
                "connect_timeout": CONNECT_SECONDS, "application_name": "synth-ui", "prepare_threshold": None,
                "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3,
            },
        )  # fmt: skip
    except ModuleNotFoundError as error:
        raise StoreError(
            "A workspace on a PostgreSQL server takes the driver psycopg, which is not installed: pip install 'synth-ui[databases]'."
        ) from error
    event.listen(engine, "connect", _as_a_file_takes_it)
    _engines.add(engine)
    return engine


def _as_a_file_takes_it(driver: Any, _record: Any) -> None:
    """Take values as SQLite does: not a number is nothing; a sign PostgreSQL has no place for is replaced."""
    from psycopg.types.numeric import FloatDumper
    from psycopg.types.string import StrDumper

    class _Number(FloatDumper):
        def dump(self, obj: Any) -> Any:
            return None if math.isnan(obj) else super().dump(obj)

    class _Letters(StrDumper):
        def dump(self, obj: str) -> Any:
            return super().dump(obj.replace("\x00", "\ufffd"))

    driver.adapters.register_dumper(float, _Number)
    driver.adapters.register_dumper(str, _Letters)


def _let_go_in_child() -> None:
    """After a fork: connections belong to the parent, and are left as they are."""
    global _preparing
    _preparing = threading.Lock()
    for engine in _engines:
        engine.dispose(close=False)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_let_go_in_child)
