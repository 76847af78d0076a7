"""Rows of a database as a reader gives them: looked up, sampled there, fetched within bounds."""

from __future__ import annotations

from dataclasses import replace

from synth_ui.core.context import Context
from synth_ui.core.errors import ReadError
from synth_ui.tables.databases.address import DatabaseAddress, DatabaseTable
from synth_ui.tables.databases.opened import ListedColumn, ListedTable, OpenedDatabase, opened
from synth_ui.tables.databases.query import one_select
from synth_ui.tables.readers.parquet import raw_of_arrow
from synth_ui.tables.readers.source import Raw, Wish, check_columns

MOST_NAMED = 12
"""Tables that are named where the one asked for is not there."""

PREVIEW_ROWS = 10


def take(source: DatabaseTable, wish: Wish, context: Context) -> Raw:
    """Read a table or what a query gives.

    Raises
    ------
    ReadError
        If it cannot be read, or is larger than the limits; without the password.
    Cancelled
        If the context says so.
    """
    context.step("connecting to the database")
    with opened(source.address, wish.limits.seconds) as database:
        select, columns, said = _select(database, source)
        words: tuple[str, ...] = ()
        if wish.rows is not None:
            select, how = database.sampled(select, wish.rows, wish.seed)
            words = (f"a sample of at most {wish.rows:,} rows is taken in the database, {how}",)
        context.step("waiting for the first rows")

        def step(rows: int, width: int) -> None:
            check_columns(source.label, width, replace(wish, here=None))
            if rows * width > wish.limits.cells:
                raise ReadError(
                    f"{source.origin} has more than {rows:,} rows × {width:,} columns; the limit is {wish.limits.cells:,} cells. "
                    "Take a sample of the rows, or a query of fewer columns."
                )
            if rows:
                context.step(f"reading, {rows:,} rows so far")

        table, warned = database.fetch(select, step, columns)
    if not table.num_columns:
        raise ReadError(f"{source.origin} has no column that can be kept: all hold bytes.")
    raw = raw_of_arrow(table, source.label, wish)
    return replace(raw, assumed=(*words, *raw.assumed), warnings=(*said, *warned, *raw.warnings))


def preview(source: DatabaseTable, rows: int = PREVIEW_ROWS) -> list[dict[str, object]]:
    """Return the first rows of a table or query, as texts that show what is there."""
    with opened(source.address) as database:
        select, columns, _ = _select(database, source)
        table, _ = database.fetch(f"SELECT * FROM ({select}\n) AS q LIMIT {int(rows)}", lambda rows, width: None, columns)  # nosec B608 # names and texts are quoted, numbers are numbers
    found: list[dict[str, object]] = table.to_pylist()
    return found


def schemas(address: DatabaseAddress) -> list[str]:
    """Return the schemas of a database, the default one first."""
    with opened(address) as database:
        names = database.schemas()
        return sorted(names, key=lambda name: (name != database.default_schema, name))


def listed(address: DatabaseAddress, schema: str) -> list[ListedTable]:
    """Return the tables and views of a schema, by name."""
    with opened(address) as database:
        return database.tables(schema)


def _select(database: OpenedDatabase, source: DatabaseTable) -> tuple[str, list[ListedColumn] | None, tuple[str, ...]]:
    """Return the SELECT, what is known of its columns, and which of them are left out."""
    if source.query:
        return f"SELECT * FROM (\n{one_select(source.query)}\n) AS asked", None, ()  # nosec B608 # the query the user wrote, one SELECT, read-only
    schema, table = _found(database, source)
    columns = database.columns(schema, table)
    kept = [column for column in columns if not column.holds_bytes]
    left = tuple(
        f"{column.name}: holds bytes ({column.type.lower()}), which no table here can keep; the column is left out"
        for column in columns
        if column.holds_bytes
    )
    if not kept:
        raise ReadError(f"{source.origin} has no column that can be kept: all hold bytes.")
    names = ", ".join(database.quoted(column.name) for column in kept)
    return f"SELECT {names} FROM {database.quoted(schema, table)}", kept, left  # nosec B608 # names and texts are quoted, numbers are numbers


def _found(database: OpenedDatabase, source: DatabaseTable) -> tuple[str, str]:
    """Return the schema and the name of a table: as it is written, else cut at its first dot."""
    schema = source.schema or database.default_schema
    there = [table.name for table in database.tables(schema)]
    if source.table in there:
        return schema, source.table
    before, dot, after = source.table.partition(".")
    if dot and not source.schema and before in database.schemas():
        schema, there = before, [table.name for table in database.tables(before)]
        if after in there:
            return schema, after
    named = ", ".join(there[:MOST_NAMED]) + (f" and {len(there) - MOST_NAMED:,} more" if len(there) > MOST_NAMED else "")
    raise ReadError(
        f"There is no table {source.table!r} that this user may see in {source.address.shown}; the schema {schema} has {named or 'none'}."
    )
