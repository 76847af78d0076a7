"""What PostgreSQL, MySQL and SQLite have in common, through SQLAlchemy: its engine, its inspection, its quoting."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from synth_ui.tables.databases._values import GatheredColumn
from synth_ui.tables.databases.address import DatabaseAddress
from synth_ui.tables.databases.opened import BATCH, ListedColumn, ListedTable, Step


class SqlDatabase(ABC):
    """A database read through SQLAlchemy, in one transaction."""

    OWN_SCHEMAS: frozenset[str] = frozenset()
    """Schemas in which a database keeps its own books."""

    ROW = ""
    """SQL that gives each row a number to be drawn by."""

    def __init__(self, address: DatabaseAddress, seconds: float) -> None:
        self.address, self.seconds = address, seconds
        self.engine = self.made()
        self.connection = self.engine.connect()
        try:
            self.begin()
            self.inspector = sa.inspect(self.connection)
            self.default_schema = str(self.inspector.default_schema_name or "main")
        except BaseException:
            self.close()
            raise

    def made(self) -> sa.Engine:
        """Return an engine that opens a connection when asked, and keeps none."""
        return sa.create_engine(
            self.address.url, poolclass=sa.NullPool, hide_parameters=True, connect_args=self.connect_arguments()
        )

    def connect_arguments(self) -> dict[str, Any]:
        """Return what the driver is told, the time to connect among it; nothing where a database is a file."""
        return {}

    @abstractmethod
    def begin(self) -> None:
        """Begin the transaction that only reads, with bounds of time."""

    def run(self, statement: str) -> Any:
        """Run a statement of ours, as it stands."""
        return self.connection.exec_driver_sql(statement, execution_options={"no_parameters": True})

    def schemas(self) -> list[str]:
        """Return the schemas that are not the database's own."""
        return [name for name in self.inspector.get_schema_names() if name not in self.OWN_SCHEMAS]

    def tables(self, schema: str) -> list[ListedTable]:
        """Return the tables and views of a schema, by name."""
        known = self.estimates(schema)
        tables = [ListedTable(name, False, known.get(name)) for name in self.inspector.get_table_names(schema)]
        views = [ListedTable(name, True) for name in self.inspector.get_view_names(schema)]
        return sorted([*tables, *views], key=lambda table: table.name)

    def estimates(self, schema: str) -> dict[str, int]:
        """Return how many rows tables have by the database's own books, where it keeps any."""
        del schema
        return {}

    def columns(self, schema: str, table: str) -> list[ListedColumn]:
        """Return the columns of a table."""
        return [
            ListedColumn(
                column["name"],
                str(column["type"]),
                isinstance(column["type"], sa.types._Binary),
                isinstance(column["type"], sa.Boolean),
            )
            for column in self.inspector.get_columns(table, schema)
        ]

    def quoted(self, *names: str) -> str:
        """Return names as SQL takes them, whatever they hold."""
        dialect: Any = type(self.engine.dialect)
        preparer = dialect(paramstyle="named").identifier_preparer  # of others a % is doubled
        return ".".join(preparer.quote_identifier(name) for name in names)

    def sampled(self, select: str, rows: int, seed: int) -> tuple[str, str]:
        """Return a SELECT that draws rows of another one by numbers the database draws."""
        number, words = self.drawn(seed)
        return f"SELECT * FROM ({select}\n) AS q ORDER BY {number} LIMIT {int(rows)}", words  # nosec B608 # names and texts are quoted, numbers are numbers

    @abstractmethod
    def drawn(self, seed: int) -> tuple[str, str]:
        """Return SQL that draws a number for each row from a seed, and in words how."""

    def fetch(self, select: str, step: Step, columns: list[ListedColumn] | None = None) -> tuple[Any, list[str]]:
        """Return the rows of a SELECT; nothing of them is kept but the columns made of them."""
        options = {"no_parameters": True, "stream_results": True, "max_row_buffer": BATCH}
        result = self.connection.exec_driver_sql(select, execution_options=options)
        truths = {column.name for column in columns or () if column.truths}
        described = result.cursor.description
        gathered = [GatheredColumn(str(d[0]), truths=str(d[0]) in truths or self.means_truth(d)) for d in described]
        rows = 0
        step(rows, len(gathered))
        while batch := result.fetchmany(BATCH):
            rows += len(batch)
            step(rows, len(gathered))
            for column, values in zip(gathered, zip(*batch, strict=True), strict=True):
                column.add(values)
        result.close()
        return table_of(gathered, self.blanked())

    def means_truth(self, described: Any) -> bool:
        """Whether a column, as the driver describes it, holds yes and no as 1 and 0."""
        del described
        return False

    def blanked(self) -> list[str]:
        """Return what had to be made blank on the way, in sentences."""
        return []

    def close(self) -> None:
        """End the transaction and the connection."""
        self.connection.close()
        self.engine.dispose()


def table_of(gathered: list[GatheredColumn], more: Sequence[str] = ()) -> tuple[Any, list[str]]:
    """Return gathered columns as an Arrow table, and what is to be said of them."""
    import pyarrow as pa

    finished = [(column, column.finished()) for column in gathered]
    said = [f"{column.name}: {text}" for column, _ in finished for text in column.said]
    kept = [(column.name, array) for column, array in finished if array is not None]
    return pa.Table.from_arrays([array for _, array in kept], names=[name for name, _ in kept]), [*said, *more]
