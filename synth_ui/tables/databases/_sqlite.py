"""SQLite, through Python's own driver: a file that is opened to be read."""

from __future__ import annotations

import random
import sqlite3
import time
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa

from synth_ui.tables.databases._sql import SqlDatabase
from synth_ui.tables.databases.opened import check_there

_STEPS = 20_000
"""Steps of SQLite's machine between two looks at the clock."""

WAIT_SECONDS = 10.0
"""So long a file that another program writes to is waited for."""


class Sqlite(SqlDatabase):
    """An SQLite file."""

    def made(self) -> sa.Engine:
        """Return an engine for the file, which is never made or written."""
        check_there(self.address)
        where = f"file:{quote(str(self.address.file.resolve()))}?mode=ro"
        connect = lambda: sqlite3.connect(where, uri=True, timeout=WAIT_SECONDS, check_same_thread=False)  # noqa: E731
        return sa.create_engine("sqlite://", creator=connect, poolclass=sa.NullPool, hide_parameters=True)

    def begin(self) -> None:
        """Refuse to write, stop after the time that is given, and make texts of what is nearly UTF-8."""
        driver: Any = self.connection.connection.driver_connection
        deadline = time.monotonic() + self.seconds
        driver.set_progress_handler(lambda: int(time.monotonic() > deadline), _STEPS)
        driver.text_factory = lambda content: content.decode("utf-8", "replace")
        self.driver = driver
        self.run("PRAGMA query_only = ON")
        self.run("BEGIN")

    def drawn(self, seed: int) -> tuple[str, str]:
        """Draw by numbers of ours: SQLite's own cannot be seeded."""
        self.driver.create_function("synth_ui_drawn", 0, random.Random(seed).random)  # nosec B311 # a sample that a seed repeats, no secret
        return (
            "synth_ui_drawn()",
            f"drawn by numbers from seed {seed}: the same rows again as long as the table is not written to",
        )
