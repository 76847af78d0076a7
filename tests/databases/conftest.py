"""The same small table in every kind of database that is here."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from synth_ui.tables.databases.address import DatabaseAddress
from tests.databases import postgres

ROWS = 3_000
HOSTILE = "o\"dd `na'me%"
"""The name of a table and of a column of it: every sign by which names and texts are quoted."""


@pytest.fixture(scope="session")
def postgres_folder() -> Iterator[Path]:
    """A PostgreSQL server; in CI it must be there, elsewhere its tests say what is missing."""
    with postgres.server_here() as folder:
        _fill_postgres(folder)
        yield folder


@pytest.fixture(params=["postgresql", "sqlite", "duckdb"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> DatabaseAddress:
    """The address of a database with the tables `people`, in another schema where there are schemas, and one with a hostile name."""
    return DatabaseAddress.of(_made(request.param, request, tmp_path))


def _made(kind: str, request: pytest.FixtureRequest, folder: Path) -> str:
    if kind == "postgresql":
        return postgres.url(request.getfixturevalue("postgres_folder"))
    path = folder / f"a b.{kind}"
    if kind == "sqlite":
        with sqlite3.connect(path) as connection:
            connection.execute(f"CREATE TABLE {_quoted(HOSTILE)} ({_quoted(HOSTILE)} INTEGER)")
            connection.executemany(f"INSERT INTO {_quoted(HOSTILE)} VALUES (?)", [(1,), (2,), (2,)])
            connection.execute(
                "CREATE TABLE people (id INTEGER, big NUMERIC, pay DECIMAL(10, 2), member BOOLEAN, born DATE, seen TIMESTAMP, town TEXT, photo BLOB)"
            )
            connection.execute(
                "WITH RECURSIVE n(g) AS (SELECT 1 UNION ALL SELECT g + 1 FROM n WHERE g < 3000) INSERT INTO people SELECT g, 9007199254740993 + g, "
                "g * 0.25, g % 2, date('2020-01-01', g || ' days'), datetime('2020-01-01', g || ' hours'), "
                "CASE WHEN g % 5 > 0 THEN 'town ' || (g % 5) END, x'00ff' FROM n"
            )
            connection.execute("CREATE VIEW grown AS SELECT id, pay FROM people WHERE id > 1000")
        connection.close()
        return f"sqlite:///{path}"
    with duckdb.connect(str(path)) as made:
        made.execute(f"CREATE TABLE {_quoted(HOSTILE)} AS SELECT unnest([1, 2, 2]) AS {_quoted(HOSTILE)}")
        made.execute(f"CREATE TABLE people AS {_PEOPLE.format(zone='TIMESTAMPTZ')} FROM range(1, 3001) AS n(g)")
        made.execute("CREATE VIEW grown AS SELECT id, pay FROM people WHERE id > 1000")
    return f"duckdb:///{path}"


_PEOPLE = (
    "SELECT g AS id, 9007199254740993 + g AS big, CAST(g * 0.25 AS DECIMAL(10, 2)) AS pay, g % 2 = 1 AS member, "
    "DATE '2020-01-01' + CAST(g AS INTEGER) AS born, CAST('2020-01-01 02:00:00+02' AS {zone}) + g * INTERVAL '1 hour' AS seen, "
    "CASE WHEN g % 5 > 0 THEN 'town ' || CAST(g % 5 AS VARCHAR) END AS town, CAST('ab' AS {bytes}) AS photo"
).replace("{bytes}", "BLOB")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _fill_postgres(folder: Path) -> None:
    import psycopg

    host = {"host": str(folder), "user": postgres.USER, "password": postgres.PASSWORD, "dbname": "postgres"}
    with psycopg.connect(**host) as connection:  # type: ignore[arg-type]
        people = _PEOPLE.format(zone="TIMESTAMPTZ").replace("BLOB", "BYTEA")
        for statement in (
            f"CREATE TABLE {_quoted(HOSTILE)} ({_quoted(HOSTILE)} INTEGER)",
            f"INSERT INTO {_quoted(HOSTILE)} VALUES (1), (2), (2)",
            f"CREATE TABLE people AS {people} FROM generate_series(1, 3000) AS n(g)",
            "CREATE VIEW grown AS SELECT id, pay FROM people WHERE id > 1000",
            "CREATE SCHEMA hr",
            'CREATE TABLE hr."dot.ted" AS SELECT 1 AS a UNION ALL SELECT 2',
            "CREATE ROLE reader LOGIN PASSWORD 'reads only'",
            "GRANT SELECT ON grown TO reader",
            "ANALYZE people",
        ):
            connection.execute(statement.encode())
