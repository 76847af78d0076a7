"""Addresses of databases: taken apart, shown without their password, named in secrets."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from synth_ui.core.errors import ReadError
from synth_ui.tables.databases import named
from synth_ui.tables.databases.address import DatabaseAddress, DatabaseTable, is_database, plain_address
from synth_ui.tables.databases.query import one_select
from synth_ui.tables.read import read

SECRET = "s3cret"
WITH_SECRET = (
    f"postgresql://me:{SECRET}@db.example.org:5433/sales",
    f"postgres://me:{SECRET}@db.example.org:5433/sales",
    f"postgresql+psycopg2://me:{SECRET}@db.example.org:5433/sales?sslmode=require",
    f"mysql+mysqldb://me:{SECRET}@db.example.org/sales",
    f"mariadb://me:a%40{SECRET}%2F@db.example.org/sales",
    f"postgresql://me@db.example.org/sales?password={SECRET}&options=-csearch_path%3D{SECRET}",
)


@pytest.mark.parametrize("text", WITH_SECRET)
def test_a_password_is_shown_nowhere(text: str) -> None:
    table = DatabaseTable(text, "people")
    for said in (
        str(table),
        repr(table),
        table.origin,
        table.address.shown,
        repr(table.address),
        str(table.arguments),
        plain_address(text),
    ):
        assert SECRET not in said
    assert "me@db.example.org" in table.origin
    assert SECRET in str(table.address.url.password) + str(table.address.url.query)
    again = pickle.loads(pickle.dumps(table))
    assert again.address.url == table.address.url


@pytest.mark.parametrize(
    "text",
    [
        f"postgresql://me:p@{SECRET}@host/db",
        f"postgresql://me:p@ss/{SECRET}@host/db",
        f"postgresql://me:{SECRET}/db",
        f"postgresql://me:p@host:{SECRET}@x/db",
        f"oracle://me:{SECRET}@host/db",
        f"mysql://me:{SECRET}@[::1/db",
    ],
)
def test_an_address_that_is_none_is_refused_without_a_word_of_it(text: str) -> None:
    for ask in (lambda: DatabaseTable(text, "t"), lambda: read(text)):
        with pytest.raises(ReadError) as refused:
            ask()
        assert SECRET not in str(refused.value)
    assert SECRET not in plain_address(text)


def test_errors_of_a_driver_lose_the_password() -> None:
    address = DatabaseAddress.of("postgresql://me:a%40s3cret%20word@host/db?sslpassword=other")
    assert address.without_secrets("no: a@s3cret word, a%40s3cret%20word, a%40s3cret+word, other") == "no: ***, ***, ***, ***"


def test_a_server_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    for scheme in ("postgresql", "mysql"):
        with pytest.raises(ReadError, match="cannot be reached") as refused:
            read(DatabaseTable(f"{scheme}://me:{SECRET}@127.0.0.1:1/db", "t"))
        assert SECRET not in str(refused.value)
        assert refused.value.__cause__ is None


def test_a_database_without_a_table_says_how_to_name_one(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="--table"):
        read(f"postgresql://me:{SECRET}@host/db")
    with pytest.raises(ReadError, match="one of a table and a query"):
        DatabaseTable("sqlite:///x.db")
    with pytest.raises(ReadError, match="one of a table and a query"):
        DatabaseTable("sqlite:///x.db", "t", query="SELECT 1")
    with pytest.raises(ReadError, match="names no file"):
        DatabaseTable("sqlite://", "t")
    for scheme in ("sqlite", "duckdb"):
        with pytest.raises(ReadError, match="There is no file"):
            read(DatabaseTable(f"{scheme}:///{tmp_path}/none.db", "t"))
        assert list(tmp_path.iterdir()) == []  # looking at a file must not make it
    (tmp_path / "text.db").write_text("this is no database at all, but long enough to be looked at\n" * 100)
    for scheme in ("sqlite", "duckdb"):
        with pytest.raises(ReadError):
            read(DatabaseTable(f"{scheme}:///{tmp_path}/text.db", "t"))


def test_a_password_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNTH_UI_DB_PASSWORD", SECRET)
    assert DatabaseAddress.of("postgresql://me@host/db").url.password == SECRET
    assert DatabaseAddress.of("postgresql://me:own@host/db").url.password == "own"
    assert DatabaseAddress.of("postgresql://me@host/db", "typed").url.password == "typed"
    assert DatabaseAddress.of("sqlite:///x.db").url.password is None


def test_what_is_recorded_can_be_read_again() -> None:
    for table in (
        DatabaseTable("postgresql://me:pw@host/db", "sales.orders"),
        DatabaseTable("sqlite:///folder/a b.db", query="SELECT a,\n b FROM t"),
    ):
        arguments = DatabaseTable.recorded(table.origin)
        assert DatabaseTable(**arguments).origin == table.origin
    for text in ("people.csv", "Penguins, table of birds", "", "https://host/x.csv"):
        assert DatabaseTable.recorded(text) == {}


def test_named_connections_come_from_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / ".streamlit" / "secrets.toml"
    file.parent.mkdir()
    file.write_text(
        f'[connections.sales]\nurl = "postgresql://me@host/db"\npassword = "{SECRET}"\nread_only = true\n'
        f'[connections.parts]\ndialect = "mysql"\nusername = "me"\npassword = "{SECRET}"\nhost = "host"\ndatabase = "db"\n'
        f'[connections.broken]\nurl = "{SECRET}"\n'
    )
    monkeypatch.setattr(named, "secret_files", lambda: (file,))
    assert named.names() == ["broken", "parts", "sales"]
    sales = DatabaseTable("connection:sales", "people")
    assert sales.origin == "connection:sales, table people"
    assert sales.address.url.password == SECRET
    assert sales.address.read_only
    assert DatabaseAddress.of("connection:parts").url.host == "host"
    for name, said in (("broken", "no address"), ("other", "there are broken, parts, sales")):
        with pytest.raises(ReadError, match=said) as refused:
            DatabaseAddress.of(f"connection:{name}")
        assert SECRET not in str(refused.value)
    file.write_text(f"[connections\nurl = {SECRET}")
    with pytest.raises(ReadError, match="cannot be read") as refused:
        named.names()
    assert SECRET not in str(refused.value)


def test_what_is_meant_as_a_database() -> None:
    assert all(map(is_database, [*WITH_SECRET, "sqlite:///x.db", "DuckDB:///x", "connection:sales"]))
    assert not any(map(is_database, ["people.csv", "https://host/x.csv", "s3://bucket/x.csv", "C:\\x.csv", "postgresql.csv"]))


@pytest.mark.parametrize(
    ("query", "taken"),
    [
        ("SELECT 1", True),
        (" (select 1) ; ;", True),
        ("/* a */ -- b\nWITH x AS (SELECT 1) SELECT * FROM x", True),
        ("SELECT ';drop' FROM t", True),
        ("EXPLAIN SELECT 1", False),
        ("SELECT 1; SELECT 2", False),
        ("TABLE people", False),
        ("-- SELECT 1", False),
        ("PRAGMA table_info(x)", False),
        ("SELECT '" + "x" * 100_001 + "'", False),
    ],
)
def test_a_query_is_one_select(query: str, taken: bool) -> None:
    if taken:
        assert not one_select(query).endswith(";")
    else:
        with pytest.raises(ReadError):
            one_select(query)
