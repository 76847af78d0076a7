"""DuckDB, by itself: SQLAlchemy's dialect for it does not work with the releases used here (decision 25)."""

from __future__ import annotations

import threading
from typing import Any

import duckdb
import sqlalchemy.dialects.postgresql as quoting

from synth_ui.core.errors import ReadError
from synth_ui.tables.databases._sql import table_of
from synth_ui.tables.databases._values import GatheredColumn
from synth_ui.tables.databases.address import DatabaseAddress
from synth_ui.tables.databases.opened import BATCH, ListedColumn, ListedTable, Step, check_there

_AS_TEXT = ("INTERVAL", "BIT", "UNION", "TIME WITH TIME ZONE", "TIMETZ", "VARIANT", "BIGNUM")
"""Types that are taken as DuckDB writes them."""

_BYTES = ("BLOB", "GEOMETRY")


class Duckdb:
    """A DuckDB file, opened to be read; a query reads no other file and nothing of the network."""

    def __init__(self, address: DatabaseAddress, seconds: float) -> None:
        self.seconds = seconds
        check_there(address)
        options: dict[str, Any] = {"enable_external_access": "false", "threads": "1"}
        self.connection = duckdb.connect(str(address.file), read_only=True, config=options)
        self.connection.execute("SET TimeZone = 'UTC'")
        self.connection.execute("SET lock_configuration = true")
        self.default_schema = "main"

    def schemas(self) -> list[str]:
        """Return the schemas that are not DuckDB's own."""
        asked = "SELECT schema_name FROM duckdb_schemas() WHERE NOT internal AND database_name = current_database() ORDER BY 1"
        found = [name for (name,) in self.connection.execute(asked).fetchall()]
        return list(dict.fromkeys([self.default_schema, *found]))

    def tables(self, schema: str) -> list[ListedTable]:
        """Return the tables and views of a schema, by name."""
        where = "WHERE schema_name = $1 AND database_name = current_database() AND NOT internal"
        tables = self.connection.execute(f"SELECT table_name, estimated_size FROM duckdb_tables() {where}", [schema]).fetchall()  # nosec B608 # names and texts are quoted, numbers are numbers
        views = self.connection.execute(f"SELECT view_name FROM duckdb_views() {where}", [schema]).fetchall()  # nosec B608 # names and texts are quoted, numbers are numbers
        found = [*(ListedTable(name, False, rows) for name, rows in tables), *(ListedTable(name, True) for (name,) in views)]
        return sorted(found, key=lambda table: table.name)

    def columns(self, schema: str, table: str) -> list[ListedColumn]:
        """Return the columns of a table."""
        return self._described(f"SELECT * FROM {self.quoted(schema, table)}")  # nosec B608 # names and texts are quoted, numbers are numbers

    def _described(self, select: str) -> list[ListedColumn]:
        rows = self.connection.execute(f"DESCRIBE {select}").fetchall()
        return [ListedColumn(str(row[0]), str(row[1]), str(row[1]).startswith(_BYTES)) for row in rows]

    def quoted(self, *names: str) -> str:
        """Return names as SQL takes them, as PostgreSQL would."""
        preparer = quoting.dialect(paramstyle="named").identifier_preparer  # type: ignore[no-untyped-call]
        return ".".join(preparer.quote_identifier(name) for name in names)

    def sampled(self, select: str, rows: int, seed: int) -> tuple[str, str]:
        """Draw rows by DuckDB's reservoir, which a seed and one thread repeat."""
        sql = f"SELECT * FROM ({select}\n) AS q USING SAMPLE reservoir({int(rows)} ROWS) REPEATABLE ({seed % 2**31})"  # nosec B608 # names and texts are quoted, numbers are numbers
        return sql, f"drawn by DuckDB's reservoir from seed {seed}: the same rows again as long as the table is not written to"

    def fetch(self, select: str, step: Step, columns: list[ListedColumn] | None = None) -> tuple[Any, list[str]]:
        """Return the rows of a SELECT, stopped after the time that is given."""
        if len(self.connection.extract_statements(select)) != 1:
            raise ReadError("This is more than one statement; a query is one SELECT. Leave out what stands after the first ;.")
        clock = threading.Timer(self.seconds, self.connection.interrupt)
        clock.daemon = True
        clock.start()
        try:
            return self._fetched(select, step)
        finally:
            clock.cancel()

    def _fetched(self, select: str, step: Step) -> tuple[Any, list[str]]:
        described = self._described(select)
        taken = ", ".join(
            f"CAST({self.quoted(column.name)} AS VARCHAR) AS {self.quoted(column.name)}"
            if column.type.startswith(_AS_TEXT)
            else self.quoted(column.name)
            for column in described
        )
        step(0, len(described))
        reader = self.connection.sql(f"SELECT {taken} FROM ({select}\n) AS q").to_arrow_reader(BATCH)  # nosec B608 # names and texts are quoted, numbers are numbers
        gathered, rows = [GatheredColumn(column.name) for column in described], 0
        for batch in reader:
            rows += batch.num_rows
            step(rows, len(gathered))
            for column, array in zip(gathered, batch.columns, strict=True):
                column.add_arrow(array)
        return table_of(gathered)

    def close(self) -> None:
        """Let the file go."""
        self.connection.close()
