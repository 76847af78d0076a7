"""Rows written to a new table of a database, and never to one that is there."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.schema import CreateTable, DropTable

from synth_ui.core.cast import to_source
from synth_ui.core.context import Context
from synth_ui.core.errors import ReadError, SettingError
from synth_ui.core.table import Schema
from synth_ui.tables.databases.address import IN_FILES, DatabaseAddress
from synth_ui.tables.databases.opened import CONNECT_SECONDS, in_words, opened, way_of

SECONDS = 300.0
"""After which a statement that writes is given up."""

AT_ONCE = 5_000
"""Rows sent in one go."""


NEW_FILE = "main"
"""The schema of a database in a file that is made."""


@dataclass(frozen=True)
class NewTable:
    """A table that is to be made; `schema` is empty for the default one."""

    address: DatabaseAddress
    name: str
    schema: str = ""

    @property
    def shown(self) -> str:
        """Where it is, without a password."""
        return f"{self.address.shown}, table {f'{self.schema}.' if self.schema else ''}{self.name}"


def write_table(frame: pd.DataFrame, schema: Schema, new: NewTable, context: Context | None = None) -> str:
    """Make a table and write canonical rows into it, in the form of the source; all of them or none.

    The table is made by CREATE TABLE without IF NOT EXISTS: where one of that name is there, even since a moment ago, the database refuses.

    Returns
    -------
    str
        What was written and where, a sentence without a password.

    Raises
    ------
    SettingError
        If nothing may be written there, the name is none, or a table of that name is there.
    ReadError
        For whatever else the database refuses.
    Cancelled
        If the context says so; then nothing is left behind.
    """
    context = context or Context()
    context.step("connecting to the database")
    check_new(new)
    plain = to_source(frame, schema)
    if new.address.kind not in ("postgresql", "duckdb"):  # the others have no type for how long something lasted
        plain = plain.assign(**{name: plain[name].dt.total_seconds() for name in plain.select_dtypes("timedelta").columns})
    columns = [sa.Column(sa.sql.quoted_name(str(name), True), _type(plain[name])) for name in plain.columns]
    where = sa.sql.quoted_name(new.schema, True) if new.schema else None
    table = sa.Table(sa.sql.quoted_name(new.name, True), sa.MetaData(), *columns, schema=where)
    with _whole_file(new) as there, in_words(there.address, SECONDS):
        (_write_duckdb if new.address.kind == "duckdb" else _write_sql)(plain, table, there, context)
    return f"{len(plain):,} rows were written to {new.shown}, which was made for them."


@contextmanager
def _whole_file(new: NewTable) -> Iterator[NewTable]:
    """Where the file of a database is not there yet, let it be made beside and get its name once it is whole.

    A writing that fails leaves none behind then, and takes away none that somebody else has made meanwhile.
    """
    if new.address.kind not in IN_FILES or new.address.file.exists():
        yield new
        return
    path = new.address.file.resolve()
    beside = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.tmp")
    try:
        yield replace(new, address=replace(new.address, url=new.address.url.set(database=str(beside))))
        _named_once(beside, path)
    except FileExistsError:
        raise SettingError(
            f"{new.address.shown} was made by somebody else meanwhile; nothing was written. Write again: a table is added to it then."
        ) from None
    except OSError as error:
        raise ReadError(
            f"{new.address.shown} cannot be made ({error.strerror or error}). Check the folder and its rights."
        ) from None
    except (ReadError, SettingError) as error:
        raise type(error)(str(error).replace(str(beside), str(path))) from None
    finally:
        for side in ("", "-journal", "-wal", "-shm", ".wal"):
            Path(f"{beside}{side}").unlink(missing_ok=True)


def _named_once(beside: Path, path: Path) -> None:
    """Give a file its name; raise `FileExistsError` if something has it."""
    try:
        os.link(beside, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without links: two that write at the very same moment are not told apart there
        if path.exists():
            raise FileExistsError(path) from None
        beside.rename(path)


def taken(new: NewTable) -> SettingError:
    """Say that there is such a table already."""
    return SettingError(f"{new.shown} is there already; nothing is written over what is there. Choose another name.")


def check_new(new: NewTable) -> None:
    """Refuse, before any work, a table that cannot be made; raise `SettingError` or `ReadError`."""
    if new.address.read_only:
        raise SettingError(f"{new.address.shown} is only read: read_only is set in secrets.toml. Choose another connection.")
    if not new.name.strip():
        raise SettingError("The new table has no name. Write one, such as people_synthetic.")
    if new.address.kind in IN_FILES and not new.address.file.exists():
        if not new.address.file.resolve().parent.is_dir():
            raise SettingError(f"There is no folder {new.address.file.resolve().parent}. Name a file in one that is there.")
        if _folded(new.schema) not in ("", NEW_FILE):
            raise SettingError(
                f"{new.address.shown} is a new file, which has the schema {NEW_FILE!r} alone, and no {new.schema!r}. Leave the schema out."
            )
        return
    with opened(new.address) as database:
        schema = new.schema or database.default_schema
        if schema not in {*database.schemas(), database.default_schema}:
            raise SettingError(
                f"There is no schema {schema!r} in {new.address.shown}; there are {', '.join(database.schemas())}."
            )
        there = {table.name for table in database.tables(schema)}
        if new.address.kind in IN_FILES:  # to them Names and NAMES are one table
            there, name = {_folded(one) for one in there}, _folded(new.name)
        else:
            name = new.name
        if name in there:
            raise taken(new)


def _folded(name: str) -> str:
    """Return a name as SQLite and DuckDB compare names: the letters from A to Z are the same in both sizes, no others."""
    return "".join(letter.lower() if letter.isascii() else letter for letter in name)


def _type(series: pd.Series[Any]) -> Any:
    """Return the type of a column that keeps what is in a series."""
    from sqlalchemy.dialects import mysql

    if pd.api.types.is_bool_dtype(series.dtype):
        return sa.Boolean()
    if pd.api.types.is_integer_dtype(series.dtype):
        return sa.BigInteger()
    if pd.api.types.is_float_dtype(series.dtype):
        return sa.Double()
    if pd.api.types.is_datetime64_any_dtype(series.dtype):
        zoned = isinstance(series.dtype, pd.DatetimeTZDtype)
        return sa.DateTime(timezone=zoned).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
    if pd.api.types.is_timedelta64_dtype(series.dtype):
        return sa.Interval(native=True)
    return sa.Text().with_variant(mysql.LONGTEXT(), "mysql", "mariadb")


def _rows(plain: pd.DataFrame, context: Context) -> Iterator[list[dict[str, Any]]]:
    """Yield rows a few thousand at a time, as plain values; what is missing is None."""
    names = [str(name) for name in plain.columns]
    for start in range(0, len(plain), AT_ONCE):
        context.step("writing rows", start / len(plain))
        part = plain.iloc[start : start + AT_ONCE]
        columns = [_values(part[name]) for name in plain.columns]
        yield [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _values(series: pd.Series[Any]) -> list[Any]:
    made: Callable[[Any], Any] = lambda value: value  # noqa: E731
    if pd.api.types.is_datetime64_any_dtype(series.dtype):
        made = lambda value: value.to_pydatetime(warn=False)  # noqa: E731
    elif pd.api.types.is_timedelta64_dtype(series.dtype):
        made = lambda value: value.to_pytimedelta()  # noqa: E731
    elif series.dtype == object or isinstance(series.dtype, pd.CategoricalDtype):
        made = str
    return [None if pd.isna(value) else made(value) for value in series.astype(object)]


def _write_sql(plain: pd.DataFrame, table: sa.Table, new: NewTable, context: Context) -> None:
    engine = _engine(new.address)
    made = False
    try:
        with engine.connect() as connection, _transaction(connection, new.address):
            try:
                connection.execute(CreateTable(table))
            except sa.exc.DBAPIError as error:
                raise taken(new) if _is_there(error) else error from None
            made = True
            for rows in _rows(plain, context):
                connection.execute(sa.insert(table), rows)
            context.step("ending the transaction")
    except BaseException:
        if made and new.address.kind in ("mysql", "mariadb"):  # there CREATE TABLE stands at once, whatever comes after it
            with engine.begin() as connection:
                connection.execute(DropTable(table))
        raise
    finally:
        engine.dispose()


def _engine(address: DatabaseAddress) -> sa.Engine:
    way_of(address)  # says which driver is missing
    if address.kind == "sqlite":
        url = sa.URL.create("sqlite", database=str(address.file))
        return sa.create_engine(url, poolclass=sa.NullPool, hide_parameters=True, connect_args={"isolation_level": None})
    waiting = {} if address.kind == "postgresql" else {"read_timeout": int(SECONDS), "write_timeout": int(SECONDS)}
    connect = {"connect_timeout": CONNECT_SECONDS, **waiting}
    return sa.create_engine(address.url, poolclass=sa.NullPool, hide_parameters=True, connect_args=connect)


@contextmanager
def _transaction(connection: sa.Connection, address: DatabaseAddress) -> Iterator[None]:
    """Begin a transaction that holds the making of the table, too: Python's driver for SQLite would end it there."""
    if address.kind == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    elif address.kind == "postgresql":
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = {int(1000 * SECONDS)}")
    try:
        yield
    except BaseException:
        if address.kind == "sqlite":
            connection.exec_driver_sql("ROLLBACK")
        connection.rollback()
        raise
    if address.kind == "sqlite":
        connection.exec_driver_sql("COMMIT")
    connection.commit()


def _is_there(error: sa.exc.DBAPIError) -> bool:
    """Whether a database refused to make a table because there is one."""
    cause: Any = error.orig
    return (
        getattr(cause, "sqlstate", None) in ("42P07", "23505")  # PostgreSQL; the second where two make it at once
        or (bool(cause.args) and cause.args[0] == 1050)  # MySQL
        or "already exists" in str(cause)  # SQLite
    )


def _write_duckdb(plain: pd.DataFrame, table: sa.Table, new: NewTable, context: Context) -> None:
    import duckdb
    import sqlalchemy.dialects.postgresql as dialects

    written = str(CreateTable(table).compile(dialect=dialects.dialect(paramstyle="named")))  # type: ignore[no-untyped-call]
    with duckdb.connect(str(new.address.file)) as connection:
        connection.execute("BEGIN")
        try:
            connection.execute(written)
        except duckdb.CatalogException as error:
            raise (
                taken(new) if "already exists" in str(error) else ReadError(f"{new.shown} cannot be made ({error}).")
            ) from None
        full = ".".join(_quoted(part) for part in (new.schema, new.name) if part)
        for rows in _rows(plain, context):
            columns = {f"c{place}": [row[name] for row in rows] for place, name in enumerate(rows[0])}
            connection.register("synth_ui_rows", _arrow(columns, plain))
            connection.execute(f"INSERT INTO {full} SELECT * FROM synth_ui_rows")  # nosec B608 # names and texts are quoted, numbers are numbers
            connection.unregister("synth_ui_rows")
        context.step("ending the transaction")
        connection.execute("COMMIT")


def _arrow(columns: dict[str, list[Any]], plain: pd.DataFrame) -> Any:
    """Return rows as an Arrow table; a column of nothing has the type it has among the others."""
    import pyarrow as pa

    kinds = [pa.Schema.from_pandas(plain.iloc[:0][[name]], preserve_index=False).field(0).type for name in plain.columns]
    kinds = [pa.string() if pa.types.is_null(kind) or pa.types.is_dictionary(kind) else kind for kind in kinds]
    return pa.table({name: pa.array(values, kind) for (name, values), kind in zip(columns.items(), kinds, strict=True)})


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
