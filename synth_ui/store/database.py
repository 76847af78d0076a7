"""The database as the rest of the store sees it: statements of SQLAlchemy Core, and nothing of any particular system.

SQLite stands in `synth_ui.store.sqlite`, PostgreSQL in `synth_ui.store.server`; what another system must do is `Database`. Where the key of
a row is taken, both speak the same `INSERT … ON CONFLICT`: `ByKey`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Table

from synth_ui.core.errors import StoreError

T = TypeVar("T")


class DatabaseBusy(StoreError):
    """Another process held the database for longer than this one waits; the same may work in a moment."""


class DatabaseDamaged(StoreError):
    """The database is gone, was emptied, or is not what was written; `Database.replace` puts another in its place."""


class ReadOnly(StoreError):
    """The workspace can only be read, and something was to be written."""


class Database(Protocol):
    """A database, and how to talk to it from any thread or process."""

    def prepare(self) -> None:
        """Create the tables, or bring those of an earlier release to this one; raise `StoreError` if they are of a later one."""

    def read(self) -> AbstractContextManager[Connection]:
        """Open a connection that sees one moment of the database; raise `StoreError` if that fails."""

    def write(self) -> AbstractContextManager[Connection]:
        """Open the only writing transaction there is at this moment; all of it happens, or nothing."""

    def change(self, work: Callable[[Connection], T]) -> T:
        """Do a small change that must not fail for want of space, such as how a run ended."""

    def add_new(self, connection: Connection, table: Table, values: Mapping[str, Any]) -> None:
        """Write a row, unless one with its key is there."""

    def put(self, connection: Connection, table: Table, values: Mapping[str, Any]) -> None:
        """Write a row in place of the one with its key."""

    def kept_open(self) -> AbstractContextManager[None]:
        """Keep ready meanwhile what every connection needs, for a process that writes again and again."""

    def keep_reserve(self) -> None:
        """Put space aside so that, once the disk is full, the database can still say so."""

    def be_patient(self) -> None:
        """Let this process wait for long where another holds the database. Not for one that answers people."""

    def replace(self, fill: Callable[[Database], T]) -> tuple[T, str] | None:
        """Put a new database, filled by `fill`, in the place of a damaged one, which is kept under another name.

        Returns what `fill` gave and that name (empty where nothing was left to keep), or None where the database is sound, or was replaced
        by another process meanwhile. Raises `StoreError` where that cannot be done.
        """


class ByKey:
    """Writes rows by their key: what a system does that knows `INSERT … ON CONFLICT`, which each spells with an `insert` of its own."""

    insert: Callable[[Table], Any]

    def add_new(self, connection: Connection, table: Table, values: Mapping[str, Any]) -> None:
        """Write a row, unless one with its key is there."""
        connection.execute(self.insert(table).values(**values).on_conflict_do_nothing())

    def put(self, connection: Connection, table: Table, values: Mapping[str, Any]) -> None:
        """Write a row in place of the one with its key."""
        key = [column.name for column in table.primary_key]
        connection.execute(self.insert(table).values(**values).on_conflict_do_update(index_elements=key, set_=dict(values)))


class WorkspaceDatabase(Database, Protocol):
    """A database a workspace is opened with: one that can say whether it is there and whole."""

    def prepare_once(self, *, hold: bool) -> None:
        """Do what `Database.prepare` does, once per process; `hold` keeps ready what reading on a full disk needs."""

    def blank(self) -> bool:
        """Whether there is no table yet, or none any more."""

    def damage(self) -> str:
        """Return what is wrong in a few words; empty where it holds together."""
