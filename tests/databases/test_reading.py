"""Tables of real databases are read faithfully, sampled there, never changed, and given up in time."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from synth_ui.core.context import Context
from synth_ui.core.errors import Cancelled, ReadError
from synth_ui.core.table import Kind
from synth_ui.tables.databases import take
from synth_ui.tables.databases.address import DatabaseAddress, DatabaseTable
from synth_ui.tables.databases.opened import opened
from synth_ui.tables.read import read
from synth_ui.tables.readers.source import Limits
from tests.databases import postgres
from tests.databases.conftest import HOSTILE, ROWS
from tests.databases.small import write_people

KINDS = {"id": "identifier", "pay": "number", "member": "boolean", "born": "datetime", "seen": "datetime", "town": "category"}


def test_a_table_is_read_faithfully(database: DatabaseAddress) -> None:
    reading = read(DatabaseTable(database, "people"))
    frame, schema = reading.table.frame, reading.table.schema
    assert len(frame) == ROWS
    assert {name: schema[name].kind.value for name in KINDS} == KINDS
    assert list(frame["pay"]) == [g * 0.25 for g in range(1, ROWS + 1)]
    assert str(frame["born"].iloc[0])[:10] == "2020-01-02"
    assert str(frame["seen"].iloc[0])[:19] == "2020-01-01 01:00:00"
    assert frame["town"].isna().sum() == ROWS // 5
    assert bool(frame["member"].iloc[0])
    assert [str(value) for value in frame["big"].head(2)] == ["9007199254740994", "9007199254740995"]  # beyond what a float keeps
    assert "photo" not in schema.names
    assert any("photo: holds bytes" in str(warning) for warning in reading.warnings)
    assert reading.source == f"{database.shown}, table people"
    assert reading.table.name == "people"


def test_names_of_any_kind_are_quoted(database: DatabaseAddress) -> None:
    reading = read(DatabaseTable(database, HOSTILE))
    assert reading.table.schema.names == [HOSTILE] or list(reading.table.schema.names) == [HOSTILE]
    assert len(reading.table) == 3


def test_a_sample_is_drawn_in_the_database_and_again_the_same(database: DatabaseAddress) -> None:
    drawn = [read(DatabaseTable(database, "people"), rows=40, seed=seed) for seed in (3, 3, 4)]
    assert [len(reading.table) for reading in drawn] == [40, 40, 40]
    ids = [[str(value) for value in reading.table.frame["id"]] for reading in drawn]
    assert ids[0] == ids[1]
    assert set(ids[0]) != set(ids[2])
    assert max(map(int, ids[0])) > ROWS // 2  # of the whole table, not of its first rows
    assert "seed 3" in drawn[0].assumed[0]
    assert "in the database" in drawn[0].assumed[0]


def test_views_and_queries_are_read_and_sampled(database: DatabaseAddress) -> None:
    assert len(read(DatabaseTable(database, "grown")).table) == ROWS - 1_000
    query = (
        "-- those of a town\nWITH those AS (SELECT * FROM people WHERE town LIKE 'town%') SELECT id, pay * 2 AS twice FROM those;"
    )
    reading = read(DatabaseTable(database, query=query), rows=100)
    assert len(reading.table) == 100
    assert list(reading.table.schema.names) == ["id", "twice"]
    assert reading.source.startswith(f"{database.shown}, query -- those of a town WITH those")


@pytest.mark.parametrize(
    "query",
    [
        "SELECT 1; DROP TABLE people",
        "SELECT 1) AS q; DROP TABLE people; --",
        "DROP TABLE people",
        "INSERT INTO people (id) VALUES (1)",
        "WITH gone AS (DELETE FROM people RETURNING *) SELECT * FROM gone",
        "SELECT * INTO stolen FROM people",
        "/* SELECT */ UPDATE people SET id = 1",
        "",
    ],
)
def test_a_query_that_is_no_select_is_refused(database: DatabaseAddress, query: str) -> None:
    with pytest.raises(ReadError):
        read(DatabaseTable(database, query=query))
    assert len(read(DatabaseTable(database, "people"), rows=5).table) == 5


def nothing(rows: int, width: int) -> None:
    """Let a fetching go on."""


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TABLE people",
        "CREATE TABLE hacked (a INTEGER)",
        "SELECT 1; CREATE TABLE hacked (a INTEGER)",
        "COMMIT; DROP TABLE people",
    ],
)
def test_the_database_itself_refuses_to_write(database: DatabaseAddress, statement: str) -> None:
    """What stands between a query and the table is not our look at the query alone."""
    with pytest.raises(ReadError), opened(database) as way:
        way.fetch(statement, nothing)
    with opened(database) as way:
        names = [table.name for table in way.tables(way.default_schema)]
    assert "people" in names
    assert "hacked" not in names


def test_the_transaction_itself_cannot_write(database: DatabaseAddress) -> None:
    """The last thing in the way: a statement that got past the rest, by the driver's own way."""

    def send(statement: str) -> None:
        with opened(database) as way:
            (way.connection.execute if database.kind == "duckdb" else way.run)(statement)  # type: ignore[attr-defined]

    with pytest.raises(ReadError, match=r"(?i)read-?only"):
        send("CREATE TABLE hacked (a INTEGER)")


def test_schemas_tables_and_first_rows_are_shown(database: DatabaseAddress) -> None:
    names = take.schemas(database)
    with opened(database) as way:
        assert names[0] == way.default_schema
        listed = {table.name: table for table in way.tables(names[0])}
        assert [column.name for column in way.columns(names[0], "people")][:3] == ["id", "big", "pay"]
    assert {"people", "grown", HOSTILE} <= set(listed)
    assert listed["grown"].view
    assert not listed["people"].view
    first = take.preview(DatabaseTable(database, "people"), 3)
    assert [row["id"] for row in first] == [1, 2, 3]


def test_a_table_that_is_not_there_is_said_with_those_that_are(database: DatabaseAddress) -> None:
    with pytest.raises(ReadError, match=r"no table 'poeple'.*people"):
        read(DatabaseTable(database, "poeple"))


def test_a_table_beyond_the_limit_is_refused(database: DatabaseAddress) -> None:
    with pytest.raises(ReadError, match="Take a sample"):
        read(DatabaseTable(database, "people"), limits=Limits(cells=1_000))
    assert len(read(DatabaseTable(database, "people"), limits=Limits(cells=1_000), rows=50).table) == 50


SLOW = {
    "postgresql": "SELECT pg_sleep(60)",
    "sqlite": "WITH RECURSIVE n(g) AS (SELECT 1 UNION ALL SELECT g + 1 FROM n) SELECT max(g) FROM n",
    "duckdb": "SELECT sum(sin(a.range * b.range)) FROM range(10000000) a, range(10000000) b",
}


def test_an_answer_is_waited_for_so_long_and_no_longer(database: DatabaseAddress) -> None:
    began = time.monotonic()
    with pytest.raises(ReadError, match="no answer within 1 seconds"), opened(database, 1.0) as way:
        way.fetch(SLOW[database.kind], nothing)
    assert time.monotonic() - began < 8


def test_a_file_of_the_other_kind_says_which_it_is(tmp_path: Path) -> None:
    import duckdb

    write_people(tmp_path / "a.db")
    duckdb.connect(str(tmp_path / "b.db")).close()
    for said, is_, path in (("duckdb", "sqlite", tmp_path / "a.db"), ("sqlite", "duckdb", tmp_path / "b.db")):
        with pytest.raises(ReadError, match=f"Say: {is_}:///{path}"):
            read(DatabaseTable(DatabaseAddress.of(f"{said}:///{path}"), "people"))


def test_a_locked_file_is_said_to_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("synth_ui.tables.databases._sqlite.WAIT_SECONDS", 0.1)
    path = write_people(tmp_path / "a.db")
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        with pytest.raises(ReadError, match="is locked: another program is writing to it"):
            read(DatabaseTable(DatabaseAddress.of(f"sqlite:///{path}"), "people"))


def test_a_reading_is_cancelled(database: DatabaseAddress) -> None:
    stop = threading.Event()
    threading.Timer(2.0, stop.set).start()
    began = time.monotonic()
    with pytest.raises(Cancelled):
        read(DatabaseTable(database, query=SLOW[database.kind]), context=Context(cancelled=stop.is_set))
    assert time.monotonic() - began < 15


# --- PostgreSQL alone --------------------------------------------------------------------------------------------


def sessions(folder: Path) -> list[Any]:
    """Return what others do on the tests' server."""
    import psycopg

    asked = "SELECT state FROM pg_stat_activity WHERE application_name = 'synth-ui'"
    host = {"host": str(folder), "user": postgres.USER, "password": postgres.PASSWORD, "dbname": "postgres"}
    with psycopg.connect(**host) as connection:  # type: ignore[arg-type]
        return connection.execute(asked).fetchall()


def test_a_cancelled_reading_ends_at_the_server_too(postgres_folder: Path) -> None:
    stop, seen = threading.Event(), list[Any]()

    def watch() -> None:
        for _ in range(100):
            seen[:] = sessions(postgres_folder)
            if ("active",) in seen:
                time.sleep(0.5)
                break
            time.sleep(0.1)
        stop.set()

    watcher = threading.Thread(target=watch)
    watcher.start()
    with pytest.raises(Cancelled):
        read(DatabaseTable(postgres.url(postgres_folder), query="SELECT pg_sleep(60)"), context=Context(cancelled=stop.is_set))
    watcher.join()
    assert ("active",) in seen
    deadline = time.monotonic() + 5
    while sessions(postgres_folder) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert sessions(postgres_folder) == []


def test_a_schema_and_a_dot_in_a_name_are_told_apart(postgres_folder: Path) -> None:
    url = postgres.url(postgres_folder)
    for table in (DatabaseTable(url, "hr.dot.ted"), DatabaseTable(url, "dot.ted", schema="hr")):
        assert len(read(table).table) == 2
    assert take.schemas(DatabaseAddress.of(url)) == ["public", "hr"]


def test_a_user_sees_what_it_may_see(postgres_folder: Path) -> None:
    url = postgres.url(postgres_folder, "reader", "reads only")
    assert len(read(DatabaseTable(url, "grown"), rows=3).table) == 3
    with pytest.raises(ReadError, match="permission denied"):
        read(DatabaseTable(url, "people"))


def test_values_that_only_postgresql_has(postgres_folder: Path) -> None:
    query = (
        "SELECT g AS n, g * 0.1234567890123456789 AS exact, (g * 1000000)::numeric(30, 0) AS whole, (9223372036854775807 + g::numeric) AS beyond, "
        "CASE WHEN g = 1 THEN date 'infinity' WHEN g = 2 THEN date '0044-03-15 BC' ELSE date '2020-01-01' + g END AS till, "
        "jsonb_build_object('a', g) AS facts, g * interval '1 hour' AS lasted, NULL::int AS nothing, (g / 0.5)::float8 AS real, "
        "(20000 + g)::text AS code FROM generate_series(1, 60) AS g"
    )
    reading = read(DatabaseTable(postgres.url(postgres_folder), query=query))
    frame, said = reading.table.frame, [str(warning) for warning in reading.warnings]
    assert reading.table.schema["exact"].kind is Kind.NUMBER
    assert any("exact: some numbers have more than 15 digits" in text for text in said)
    assert list(frame["whole"].head(2).astype("int64")) == [1_000_000, 2_000_000]
    assert str(frame["beyond"].iloc[0]) == "9223372036854775808"
    assert frame["till"].isna().sum() == 2
    assert "2 dates are infinite or not of the years 1 to 9999 and became blank" in said
    assert any("facts: lists and maps are written as text" in text for text in said)
    assert frame["nothing"].isna().all()
    assert list(frame["lasted"].head(2)) == [3600, 7200]
    assert list(frame["real"].head(2)) == [2, 4]


def test_a_whole_race_reaches_no_password(postgres_folder: Path, tmp_path: Path) -> None:
    from synth_ui.store.workspace import Workspace

    source = DatabaseTable(postgres.url(postgres_folder), "people")
    reading = read(source, rows=50)
    table_id = Workspace.open(tmp_path).add_table(reading.table, source=reading.source, assumed=reading.assumed)
    row = Workspace.open(tmp_path).table_row(table_id)
    assert row["source"] == source.origin
    for file in tmp_path.rglob("*"):
        assert not file.is_file() or b"s3cret" not in file.read_bytes()
