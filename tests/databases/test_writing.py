"""Synthetic rows are written to a new table, whole or not at all, and never over one that is there."""

from __future__ import annotations

import errno
import os
import threading
from pathlib import Path

import pandas as pd
import pytest

from synth_ui.core.context import Context
from synth_ui.core.errors import Cancelled, ReadError, SettingError
from synth_ui.tables.databases import write
from synth_ui.tables.databases.address import DatabaseAddress, DatabaseTable
from synth_ui.tables.databases.opened import opened
from synth_ui.tables.databases.write import NewTable, write_table
from synth_ui.tables.read import read
from tests.databases import postgres
from tests.databases.conftest import HOSTILE


@pytest.fixture
def reading() -> object:
    moments = pd.date_range("2024-02-28 10:00", periods=400, freq="37min")
    frame = pd.DataFrame(
        {
            "n": [2**40 + i % 50 for i in range(400)],
            HOSTILE: [i / 8 if i % 7 else None for i in range(400)],
            "ok": [bool(i % 3) for i in range(400)],
            "at": moments,
            "zoned": moments.tz_localize("UTC"),
            "town": [None if i % 9 == 0 else ("it's", 'a "b"', "%s ü")[i % 3] for i in range(400)],
            "lasted": pd.to_timedelta([60.5 * i for i in range(400)], unit="s"),
            "empty": [None] * 400,
        }
    )
    return read(frame, name="made")


@pytest.fixture
def target(request: pytest.FixtureRequest, database: DatabaseAddress) -> NewTable:
    """A name that no table has, though PostgreSQL's server is shared by the tests."""
    return NewTable(database, f'new "{request.node.name[:30]}%')


def names(address: DatabaseAddress) -> set[str]:
    with opened(address) as database:
        return {table.name for table in database.tables(database.default_schema)}


def test_what_was_written_is_read_again_as_it_was(reading: object, target: NewTable) -> None:
    table = reading.table  # type: ignore[attr-defined]
    said = write_table(table.frame, table.schema, target)
    assert said == f"400 rows were written to {target.shown}, which was made for them."
    again = read(DatabaseTable(target.address, target.name, schema=_schema(target.address))).table
    assert list(again.schema.names) == list(table.schema.names)
    for column in table.schema:
        assert again.schema[column.name].kind is column.kind or column.name == "empty"
        if column.name not in ("empty", "zoned"):
            pd.testing.assert_series_equal(
                again.frame[column.name], table.frame[column.name], check_dtype=False, check_categorical=False
            )
    assert list(pd.to_datetime(again.frame["zoned"]).astype("int64")) == list(
        pd.to_datetime(table.frame["zoned"]).astype("int64")
    )


def _schema(address: DatabaseAddress) -> str:
    with opened(address) as database:
        return database.default_schema


def test_a_table_that_is_there_is_never_written_to(
    reading: object, database: DatabaseAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = reading.table  # type: ignore[attr-defined]
    for look in (write.check_new, lambda new: None):  # the database refuses too, should one be made after the look
        monkeypatch.setattr(write, "check_new", look)
        for name in ("people", "grown"):
            with pytest.raises(SettingError, match="nothing is written over what is there"):
                write_table(table.frame, table.schema, NewTable(database, name))
    assert read(DatabaseTable(database, "people"), rows=5).table.schema.names[0] == "id"


def test_of_two_that_make_the_same_table_one_is_refused(reading: object, postgres_folder: Path) -> None:
    table = reading.table  # type: ignore[attr-defined]
    new, came = NewTable(DatabaseAddress.of(postgres.url(postgres_folder)), "raced_for"), list[str]()
    both = threading.Barrier(2)

    def make() -> None:
        both.wait()
        try:
            came.append(write_table(table.frame, table.schema, new))
        except SettingError as error:
            came.append(str(error))

    threads = [threading.Thread(target=make) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted("nothing is written over" in said for said in came) == [False, True]
    assert len(read(DatabaseTable(new.address, new.name)).table) == 400


def test_nothing_is_left_of_a_writing_that_was_stopped(
    reading: object, target: NewTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    table, asked = reading.table, list[int]()  # type: ignore[attr-defined]
    monkeypatch.setattr(write, "AT_ONCE", 100)

    def stop() -> bool:
        asked.append(1)
        return len(asked) > 3

    with pytest.raises(Cancelled):
        write_table(table.frame, table.schema, target, Context(cancelled=stop))
    assert target.name not in names(target.address)
    write_table(table.frame, table.schema, target)
    assert target.name in names(target.address)


def test_what_may_not_be_written_is_refused_in_words(reading: object, database: DatabaseAddress, tmp_path: Path) -> None:
    table = reading.table  # type: ignore[attr-defined]
    kept = DatabaseAddress(database.url, "kept", read_only=True)
    with pytest.raises(SettingError, match="read_only is set"):
        write_table(table.frame, table.schema, NewTable(kept, "x"))
    with pytest.raises(SettingError, match="no name"):
        write_table(table.frame, table.schema, NewTable(database, " "))
    with pytest.raises(SettingError, match="no schema 'nowhere'"):
        write_table(table.frame, table.schema, NewTable(database, "x", "nowhere"))
    with pytest.raises(SettingError, match="no folder"):
        write_table(table.frame, table.schema, NewTable(DatabaseAddress.of(f"sqlite:///{tmp_path}/none/x.db"), "x"))
    assert "x" not in names(database)


def test_a_user_who_may_not_write_is_told_so(reading: object, postgres_folder: Path) -> None:
    table = reading.table  # type: ignore[attr-defined]
    reader = DatabaseAddress.of(postgres.url(postgres_folder, "reader", "reads only"))
    with pytest.raises(ReadError, match="permission denied") as refused:
        write_table(table.frame, table.schema, NewTable(reader, "mine"))
    assert "reads only" not in str(refused.value)


@pytest.mark.parametrize("kind", ["sqlite", "duckdb"])
def test_a_new_file_is_not_left_behind_by_a_writing_that_fails(
    reading: object, tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = reading.table  # type: ignore[attr-defined]
    address = DatabaseAddress.of(f"{kind}:///{tmp_path}/fresh.{kind}")
    with pytest.raises(SettingError, match="is a new file, which has the schema 'main' alone"):
        write_table(table.frame, table.schema, NewTable(address, "made", "nowhere"))
    context = Context(cancelled=lambda: bool(list(tmp_path.glob(".fresh*"))))
    with pytest.raises(Cancelled):
        write_table(table.frame, table.schema, NewTable(address, "made"), context)
    monkeypatch.setattr(write, "check_new", lambda new: None)
    with pytest.raises(ReadError, match=r"fresh\..*nowhere") as refused:
        write_table(table.frame, table.schema, NewTable(address, "made", "nowhere"))
    assert "There is no file" not in str(refused.value)
    assert ".tmp" not in str(refused.value)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("kind", ["sqlite", "duckdb"])
def test_of_two_that_make_the_same_file_one_is_refused_and_the_other_is_whole(
    reading: object, tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    table, came = reading.table, list[str]()  # type: ignore[attr-defined]
    new = NewTable(DatabaseAddress.of(f"{kind}:///{tmp_path}/fresh.{kind}"), "made")
    both, looked = threading.Barrier(2), write.check_new

    def look(new: NewTable) -> None:
        looked(new)
        both.wait(30)

    def make() -> None:
        try:
            came.append(write_table(table.frame, table.schema, new))
        except (SettingError, ReadError) as error:
            came.append(str(error))

    monkeypatch.setattr(write, "check_new", look)
    threads = [threading.Thread(target=make) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted("were written" in said for said in came) == [False, True], came
    assert len(read(DatabaseTable(new.address, "made")).table) == 400
    assert [path.name for path in tmp_path.iterdir()] == [f"fresh.{kind}"]


@pytest.mark.parametrize("kind", ["sqlite", "duckdb"])
def test_a_name_in_other_letters_is_the_same_table_in_a_file(reading: object, tmp_path: Path, kind: str) -> None:
    table = reading.table  # type: ignore[attr-defined]
    address = DatabaseAddress.of(f"{kind}:///{tmp_path}/fresh.{kind}")
    write_table(table.frame, table.schema, NewTable(address, "Made"))
    with pytest.raises(SettingError, match="nothing is written over what is there"):
        write.check_new(NewTable(address, "mADE"))
    write.check_new(NewTable(address, "MÄDE"))
    write_table(table.frame, table.schema, NewTable(address, "Ä"))
    write_table(table.frame, table.schema, NewTable(address, "ä"))


@pytest.mark.parametrize("links", [True, False], ids=["", "without links"])
@pytest.mark.parametrize("kind", ["sqlite", "duckdb"])
def test_a_file_that_is_not_there_is_made(
    reading: object, tmp_path: Path, kind: str, links: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_link(beside: Path, path: Path) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    if not links:
        monkeypatch.setattr(os, "link", no_link)
    table = reading.table  # type: ignore[attr-defined]
    new = NewTable(DatabaseAddress.of(f"{kind}:///{tmp_path}/fresh.{kind}"), "made")
    write_table(table.frame, table.schema, new)
    assert len(read(DatabaseTable(new.address, "made")).table) == 400
