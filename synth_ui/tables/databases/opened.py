"""A database that is open for reading: what each kind can do, how long it may take, and its errors in words without a secret."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import sqlalchemy.exc

from synth_ui.core.errors import ReadError, SynthError
from synth_ui.tables.databases.address import IN_FILES, DatabaseAddress

if TYPE_CHECKING:
    import pyarrow as pa

CONNECT_SECONDS = 10
"""After which a database that does not answer is given up."""

LOOK_SECONDS = 20.0
"""A look at schemas, tables or first rows takes no longer."""

BATCH = 10_000
"""Rows fetched at a time."""

EXTRA = "synth-ui[databases]"

_WAYS = {
    "postgresql": "_postgresql.Postgresql", "mysql": "_mysql.Mysql", "mariadb": "_mysql.Mysql", "sqlite": "_sqlite.Sqlite",
    "duckdb": "_duckdb.Duckdb",
}  # fmt: skip

Step = Callable[[int, int], None]
"""Told rows and columns fetched so far; stops the fetching by raising."""


@dataclass(frozen=True)
class ListedTable:
    """A table or view; `rows` as the database estimates them, None where it does not."""

    name: str
    view: bool = False
    rows: int | None = None


@dataclass(frozen=True)
class ListedColumn:
    """A column as the database declares it.

    Attributes
    ----------
    holds_bytes
        Whether it is left out, because no table here can keep bytes.
    truths
        Whether 0 and 1 in it mean no and yes.
    """

    name: str
    type: str
    holds_bytes: bool = False
    truths: bool = False


class OpenedDatabase(Protocol):
    """What can be asked of a database, in one transaction that only reads."""

    default_schema: str

    def schemas(self) -> list[str]:
        """Return the schemas that are not the database's own."""
        ...

    def tables(self, schema: str) -> list[ListedTable]:
        """Return the tables and views of a schema."""
        ...

    def columns(self, schema: str, table: str) -> list[ListedColumn]:
        """Return the columns of a table."""
        ...

    def quoted(self, *names: str) -> str:
        """Return names, such as a schema and a table, as SQL takes them, whatever they hold."""
        ...

    def sampled(self, select: str, rows: int, seed: int) -> tuple[str, str]:
        """Return a SELECT that draws so many rows of another one, and in words how."""
        ...

    def fetch(self, select: str, step: Step, columns: list[ListedColumn] | None = None) -> tuple[pa.Table, list[str]]:
        """Return the rows of a SELECT and what was done to keep them, one sentence per column."""
        ...

    def close(self) -> None:
        """Let the database go."""
        ...


@contextmanager
def opened(address: DatabaseAddress, seconds: float = LOOK_SECONDS) -> Iterator[OpenedDatabase]:
    """Open a database for reading.

    Parameters
    ----------
    seconds
        After which one of its answers is given up.

    Raises
    ------
    ReadError
        For whatever goes wrong, in words without the password.
    """
    with in_words(address, seconds):
        database: OpenedDatabase = way_of(address)(address, seconds)
        try:
            yield database
        finally:
            database.close()


def way_of(address: DatabaseAddress) -> Any:
    """Return the class that knows a kind of database; raise `ReadError` where its driver is not installed."""
    module, name = _WAYS[address.kind].split(".")
    try:
        return getattr(importlib.import_module(f"{__package__}.{module}"), name)
    except ImportError as error:
        raise ReadError(
            f"{address.shown} needs a driver that is not installed ({error.name}). Install it: pip install '{EXTRA}'."
        ) from None


@contextmanager
def in_words(address: DatabaseAddress, seconds: float) -> Iterator[None]:
    """Turn what a driver raises into `ReadError`; the driver's own error is left behind, for it may hold the password."""
    try:
        yield
    except SynthError:
        raise
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, it may hold the password
        if not _is_of_a_driver(error):
            raise ReadError(_unthought(address, error)) from None
        raise ReadError(_said(address, error, seconds)) from None


def _is_of_a_driver(error: Exception) -> bool:
    root = type(error).__module__.partition(".")[0]
    return isinstance(error, sqlalchemy.exc.SQLAlchemyError | OSError) or root in (
        "sqlite3",
        "duckdb",
        "_duckdb",
        "psycopg",
        "pymysql",
    )


def _said(address: DatabaseAddress, error: Exception, seconds: float) -> str:
    cause: Any = getattr(error, "orig", None) or error
    text = address.without_secrets(" ".join(str(part) for part in cause.args) if cause.args else cause)
    text = " ".join(text.split())[:400]
    if _took_too_long(cause):
        return (
            f"{address.shown} gave no answer within {seconds:,.0f} seconds; that is the limit. Take a sample of the rows, a smaller table, "
            "or a query that needs less."
        )
    if address.kind in IN_FILES and _is_refused(cause) and (other := _other_kind(address)):
        return other
    if address.kind in IN_FILES and _is_locked(cause):
        return (
            f"{address.shown} is locked: another program is writing to it, and did not let go while it was waited for. Wait until that has "
            "ended, or take a copy of the file."
        )
    if address.kind in IN_FILES and not address.file.is_file():
        return f"There is no file {address.file}. Check the path of the database."
    if _could_not_connect(cause):
        return (
            f"{address.shown} cannot be reached, or does not let you in ({text}). Check host, port, database, user and password."
        )
    return f"{address.shown} did not take the statement ({text}). Check the names in it and what this user may read."


def _unthought(address: DatabaseAddress, error: Exception) -> str:
    text = " ".join(address.without_secrets(f"{type(error).__name__}: {error}").split())[:300]
    return f"{address.shown} could not be read, for a reason nobody thought of ({text}). Export the table as a file."


def _took_too_long(cause: Any) -> bool:
    number = cause.args[0] if cause.args and isinstance(cause.args[0], int) else None
    return (
        getattr(cause, "sqlstate", None) == "57014"  # PostgreSQL
        or number in (3024, 1969, 1317)  # MySQL, MariaDB
        or str(cause) == "interrupted"  # SQLite
        or type(cause).__name__ == "InterruptException"  # DuckDB
    )


def _is_locked(cause: Any) -> bool:
    said = str(cause)
    return (
        type(cause).__name__ == "OperationalError" and "is locked" in said  # SQLite
    ) or (type(cause).__name__ == "IOException" and "Could not set lock" in said)  # DuckDB


def _is_refused(cause: Any) -> bool:
    """Whether a driver has found no database of its kind in a file, or DuckDB would have to load what reads another kind."""
    said = str(cause)
    return any(words in said for words in ("not a database", "not a valid DuckDB database file", "extension"))


def check_there(address: DatabaseAddress) -> None:
    """Refuse a file that is not there; raise `ReadError`."""
    if not address.file.is_file():
        raise ReadError(f"There is no file {address.file}. Check the path of the database.")


def _other_kind(address: DatabaseAddress) -> str:
    """Say that a file is a database of the other kind of file; empty where it is not.

    Asked only after its driver has refused it: to open and close a file drops the locks that this process holds on it.
    """
    try:
        with address.file.open("rb") as file:
            begins = file.read(16)
    except OSError:
        return ""
    found = "sqlite" if begins.startswith(b"SQLite format 3") else "duckdb" if begins[8:12] == b"DUCK" else address.kind
    names = {"sqlite": "SQLite", "duckdb": "DuckDB"}
    if found == address.kind:
        return ""
    return f"{address.file} is a database of {names[found]}, not of {names[address.kind]}. Say: {found}:///{address.file}"


def _could_not_connect(cause: Any) -> bool:
    number = cause.args[0] if cause.args and isinstance(cause.args[0], int) else None
    if type(cause).__module__.startswith("pymysql"):
        return number in (1044, 1045, 1049, 2002, 2003, 2005, 2006, 2013, 1130)
    if type(cause).__module__.startswith("psycopg"):
        return type(cause).__name__ in ("OperationalError", "ConnectionTimeout") and getattr(cause, "sqlstate", None) is None
    return isinstance(cause, OSError)
