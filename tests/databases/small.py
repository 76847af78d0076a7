"""A small table of people in a file of SQLite."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path


def write_people(path: Path, *further: str) -> Path:
    """Write the table `people`, 400 rows of ages, pays and answers, then what further statements make; return the path."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE people (age INTEGER, pay REAL, ok TEXT)")
        rows = [(20 + i % 40, i * 1.5, "yes" if i % 3 else "no") for i in range(400)]
        connection.executemany("INSERT INTO people VALUES (?, ?, ?)", rows)
        for statement in further:
            connection.execute(statement)
    return path
