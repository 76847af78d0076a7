"""MySQL and MariaDB, through PyMySQL."""

from __future__ import annotations

from typing import Any

import pymysql  # noqa: F401 - the extra `databases`

from synth_ui.tables.databases._sql import SqlDatabase
from synth_ui.tables.databases.opened import CONNECT_SECONDS

_TINY, _BIT = 1, 16
"""The driver's numbers of types."""


class Mysql(SqlDatabase):
    """A MySQL or MariaDB server. A schema is what it calls a database."""

    OWN_SCHEMAS = frozenset(["information_schema", "mysql", "performance_schema", "sys"])

    def connect_arguments(self) -> dict[str, Any]:
        """Return the times to connect and to answer; no file of this machine is ever sent."""
        waiting = int(self.seconds) + 5
        return {
            "connect_timeout": CONNECT_SECONDS, "read_timeout": waiting, "write_timeout": waiting, "local_infile": False,
            "program_name": "synth-ui", "conv": _conversions(),
        }  # fmt: skip

    def begin(self) -> None:
        """Begin a transaction that only reads; times come in UTC."""
        for statement in begin_statements(self.seconds, bool(getattr(self.engine.dialect, "is_mariadb", False))):
            self.run(statement)
        self.connection.commit()  # what is set holds from the next transaction on

    def estimates(self, schema: str) -> dict[str, int]:
        """Return the rows by the server's statistics."""
        asked = "SELECT table_name, table_rows FROM information_schema.tables WHERE table_schema = %s AND table_rows IS NOT NULL"
        return {str(name): int(rows) for name, rows in self.connection.exec_driver_sql(asked, (schema,))}

    def drawn(self, seed: int) -> tuple[str, str]:
        """Draw by RAND with a seed."""
        return (
            f"RAND({seed % 2**31})",
            f"drawn by RAND({seed % 2**31}): the same rows again as long as the table is not written to",
        )

    def means_truth(self, described: Any) -> bool:
        """Whether a column is TINYINT(1) or BIT(1), MySQL's BOOLEAN."""
        return described[1] in (_TINY, _BIT) and described[3] == 1


def begin_statements(seconds: float, mariadb: bool) -> list[str]:
    """Return what is said to a server before anything is read."""
    limit = f"max_statement_time = {seconds:g}" if mariadb else f"max_execution_time = {max(1, int(1000 * seconds))}"
    return ["SET SESSION TRANSACTION READ ONLY", f"SET SESSION {limit}", "SET SESSION time_zone = '+00:00'"]


def _conversions() -> dict[Any, Any]:
    """Return the driver's conversions, with bits as whole numbers and dates such as 0000-00-00 blank."""
    from pymysql.converters import conversions, convert_date, convert_datetime

    def date(text: str) -> Any:
        found = convert_date(text)
        return None if isinstance(found, str) else found

    def moment(text: str) -> Any:
        found = convert_datetime(text)
        return None if isinstance(found, str) else found

    return {**conversions, _BIT: lambda bits: int.from_bytes(bits, "big"), 10: date, 7: moment, 12: moment}
