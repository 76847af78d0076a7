"""PostgreSQL, through psycopg."""

from __future__ import annotations

from collections import Counter
from typing import Any

import psycopg  # the extra `databases`
from psycopg.adapt import Loader
from psycopg.pq import Format

from synth_ui.tables.databases._sql import SqlDatabase
from synth_ui.tables.databases.opened import CONNECT_SECONDS

_FIRST_THAT_LOOKS = 140_000
"""The release from which a server looks whether whoever asked is still there."""


class Postgresql(SqlDatabase):
    """A PostgreSQL server."""

    OWN_SCHEMAS = frozenset(["information_schema", "pg_catalog", "pg_toast"])

    def connect_arguments(self) -> dict[str, Any]:
        """Return the time to connect, and who this is in the server's books."""
        return {"connect_timeout": CONNECT_SECONDS, "application_name": "synth-ui"}

    def begin(self) -> None:
        """Begin a transaction that only reads; times come in UTC, whatever the server's zone."""
        self.connection = self.connection.execution_options(postgresql_readonly=True)
        driver: Any = self.connection.connection.driver_connection
        self._blank = _blank_dates(driver)
        milliseconds = max(1, int(1000 * self.seconds))
        self.run(f"SET LOCAL statement_timeout = {milliseconds}")
        self.run(f"SET LOCAL lock_timeout = {min(milliseconds, 10_000)}")
        self.run("SET LOCAL TimeZone = 'UTC'")
        if driver.info.server_version >= _FIRST_THAT_LOOKS:  # a reading that is cancelled ends at the server, too
            self.run("SET LOCAL client_connection_check_interval = 500")

    def estimates(self, schema: str) -> dict[str, int]:
        """Return the rows by the statistics of the last ANALYZE."""
        asked = (
            "SELECT c.relname, c.reltuples FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
            "WHERE n.nspname = %s AND c.reltuples >= 0"
        )
        return {name: int(rows) for name, rows in self.connection.exec_driver_sql(asked, (schema,))}

    def drawn(self, seed: int) -> tuple[str, str]:
        """Seed the server's random numbers; one process reads the rows, from the first on, so that they come in one order."""
        self.run("SET LOCAL max_parallel_workers_per_gather = 0")
        self.run("SET LOCAL synchronize_seqscans = off")
        self.run(f"SELECT pg_catalog.setseed({(seed % 2**31) / 2**31!r})").close()
        return "pg_catalog.random()", (
            f"drawn by PostgreSQL's random numbers from seed {seed}: the same rows again as long as the table is not written to"
        )

    def blanked(self) -> list[str]:
        """Say how many dates were beyond what a table keeps."""
        count = self._blank.total()
        some = f"{count:,} dates are" if count > 1 else "1 date is"
        return [f"{some} infinite or not of the years 1 to 9999 and became blank"] if count else []


def _blank_dates(driver: Any) -> Counter[str]:
    """Make dates that Python cannot hold blank, and return the count of them."""
    count: Counter[str] = Counter()
    for name in ("date", "timestamp", "timestamptz"):
        oid = psycopg.adapters.types[name].oid
        whole = driver.adapters.get_loader(oid, Format.TEXT)

        class _Lenient(Loader):
            def __init__(self, oid: int, connection: Any = None, kind: Any = whole) -> None:
                super().__init__(oid, connection)
                self.whole = kind(oid, connection)

            def load(self, data: Any) -> Any:
                try:
                    return self.whole.load(data)
                except psycopg.DataError:
                    count["beyond"] += 1
                    return None

        driver.adapters.register_loader(oid, _Lenient)
    return count
