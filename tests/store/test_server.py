"""The database of a workspace on a PostgreSQL server: found again, brought to this release, moved to, away, damaged; its password never said."""

from __future__ import annotations

import json
import math
import multiprocessing
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import select, text

from synth_ui.core.errors import StoreError
from synth_ui.core.run import RunState
from synth_ui.core.score import Score
from synth_ui.jobs.health.ready import checks
from synth_ui.store import journal, schema
from synth_ui.store.database import DatabaseBusy, ReadOnly
from synth_ui.store.recovery import rebuild
from synth_ui.store.server import opening, postgresql
from synth_ui.store.server.address import ServerAddress
from synth_ui.store.server.postgresql import PostgreSQL, _engine
from synth_ui.store.sqlite import SQLite
from synth_ui.store.workspace import DATABASE, Workspace
from tests.databases import postgres
from tests.store.test_workspace import claim, queued
from tests.workshop import kept_split, small_table


@pytest.fixture
def named(server_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("SYNTH_UI_DATABASE", server_url)
    return server_url


@pytest.fixture
def ws(named: str, tmp_path: Path) -> Workspace:
    return Workspace.open(tmp_path / "home")


def server(ws: Workspace) -> PostgreSQL:
    assert isinstance(ws.database, PostgreSQL)
    return ws.database


def done(ws: Workspace) -> tuple[str, str]:
    """Return a race with a run that is done, and the run."""
    race_id, (run_id,) = queued(ws, "a")
    attempt = claim(ws)
    assert attempt
    assert journal.add_scores(ws, attempt, 0, [Score("a", "pairs", "fidelity", 0.8)], [])
    assert journal.finish(ws, attempt, RunState.DONE, notes="as it was")
    return race_id, run_id


def rows_of(ws: Workspace) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every table, in an order."""
    with ws.database.read() as connection:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
            for table in schema.metadata.sorted_tables
        }


# --- addresses ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        "db.example",
        "mysql://u:secret@h/d",
        "postgresql://u:secret@h",
        "postgresql://u:se@cret@h@x/d",
        "postgresql://u:secret@h:port/d",
    ],
)
def test_what_is_no_address_is_refused_without_a_word_of_it(wrong: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNTH_UI_DATABASE", wrong)
    with pytest.raises(StoreError, match="SYNTH_UI_DATABASE is no address of a PostgreSQL database") as refusal:
        Workspace.open(tmp_path / "home")
    assert "secret" not in str(refusal.value)
    assert not (tmp_path / "home" / DATABASE).exists(), "nothing is begun in a file instead"


def test_a_password_is_nowhere(ws: Workspace, named: str, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = postgres.PASSWORD
    said = [repr(ws), str(server(ws).address), (ws.home / opening.NOTE).read_text(), repr(server(ws).address)]
    monkeypatch.setenv("SYNTH_UI_DATABASE", named.replace("s3cret", "wr0ng"))
    with pytest.raises(StoreError, match="does not let synth-ui in") as refusal:
        Workspace.open(ws.home)
    said += [str(refusal.value), *(one.said for one in checks(ws.home))]
    address = ServerAddress.of(named)
    said.append(address.without_secrets(f"no {secret} at {named}"))
    assert not [one for one in said if "s3cret" in one or "wr0ng" in one or "p%40ss" in one]
    assert not [path for path in ws.home.rglob("*") if path.is_file() and b"s3cret" in path.read_bytes()]


def test_a_password_can_be_given_apart(server_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNTH_UI_DATABASE", f"postgresql://{postgres.USER}@/postgres?host={server_folder}")
    monkeypatch.setenv("SYNTH_UI_DATABASE_PASSWORD", postgres.PASSWORD)
    assert Workspace.open(tmp_path / "home").tables().empty


def test_a_server_that_does_not_answer_is_said_by_ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNTH_UI_DATABASE", "postgresql://anna:secret@127.0.0.1:1/synth")
    (found,) = checks(tmp_path / "home")
    assert not found.fine
    assert "postgresql://anna@127.0.0.1:1/synth" in found.said
    assert "does not answer" in found.said


# --- the tables --------------------------------------------------------------------------------------------------


def test_the_revisions_lead_to_the_tables_the_program_works_with(ws: Workspace) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.config import Config
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(postgresql.MIGRATIONS))
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_heads() == [f"{schema.SCHEMA_VERSION:04d}"], "a new version needs a revision"
    with server(ws).read() as connection:
        context = MigrationContext.configure(connection, opts={"target_metadata": schema.metadata, "compare_type": True})
        assert compare_metadata(context, schema.metadata) == []


def test_a_revision_that_is_missing_is_applied(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    with server(ws).write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    called: list[int] = []

    def migrate(connection: Any) -> None:
        called.append(1)
        connection.execute(text(f"UPDATE alembic_version SET version_num = '{schema.SCHEMA_VERSION:04d}'"))

    monkeypatch.setattr(postgresql, "_migrate", migrate)
    server(ws).prepare()
    server(ws).prepare()
    assert called == [1]


def test_a_schema_of_a_later_release_is_refused(ws: Workspace) -> None:
    with server(ws).write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0099'"))
    with pytest.raises(StoreError, match="later release"):
        server(ws).prepare()


def test_two_folders_share_a_server_and_see_nothing_of_each_other(ws: Workspace, tmp_path: Path) -> None:
    queued(ws, "a")
    other = Workspace.open(tmp_path / "other")
    assert other.tables().empty
    assert server(other).schema != server(ws).schema
    assert len(Workspace.open(ws.home).races()) == 1


def test_values_come_back_as_from_a_file(ws: Workspace) -> None:
    _, (run_id,) = queued(ws, "a")
    attempt = claim(ws)
    assert attempt
    assert journal.report(ws, attempt, {"phase": "a\x00b", "fraction": math.nan}, [])
    assert journal.add_scores(ws, attempt, 0, [Score("a", "pairs", "fidelity", math.nan)], [])
    run = ws.run(run_id)
    assert (run.phase, run.fraction) == ("a\ufffdb", None)
    assert journal.finish(ws, attempt, RunState.FAILED, "x" * 100_000)


def test_texts_stand_in_one_order_everywhere(ws: Workspace) -> None:
    _, (run_id,) = queued(ws, "a")
    attempt = claim(ws)
    assert attempt
    names = ["b", "B", "_a", "a", "Z"]
    details = [{"measure": "m", "name": name, "file": "f", "rows": 1} for name in names]
    assert journal.add_scores(ws, attempt, 0, [], details)
    assert [name for _, name in ws.details(run_id)] == sorted(names)


def test_somebody_else_who_writes_is_waited_for_and_said(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, end = threading.Event(), threading.Event()

    def hold() -> None:
        with server(ws).write():
            begun.set()
            end.wait(20)

    holder = threading.Thread(target=hold)
    holder.start()
    begun.wait(20)
    monkeypatch.setattr(postgresql, "_patience", [0.2])
    try:
        with pytest.raises(DatabaseBusy, match="busy for too long"), server(ws).write():
            pass
        assert ws.tables().empty, "reading waits for nobody"
    finally:
        end.set()
        holder.join()
    with server(ws).write():
        pass


def test_a_folder_that_can_only_be_read_is_shown(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    race_id, _ = done(ws)
    monkeypatch.setattr("synth_ui.store.workspace._why_read_only", lambda home: f"The workspace {home} can only be read.")
    shown = Workspace.open(ws.home)
    assert shown.read_only
    assert list(shown.races()["id"]) == [race_id]
    with pytest.raises(ReadOnly), shown.database.write():
        pass


def _counted(home: Path, found: Any) -> None:
    found.put(len(Workspace.open(home).tables()))


def test_a_fork_leaves_the_connections_of_its_parent_alone(ws: Workspace) -> None:
    kept_split(ws)
    forks = multiprocessing.get_context("fork")
    found = forks.Queue()
    children = [forks.Process(target=_counted, args=(ws.home, found)) for _ in range(2)]
    for child in children:
        child.start()
    assert [found.get(timeout=60) for _ in children] == [1, 1]
    for child in children:
        child.join(60)
    assert len(ws.tables()) == 1


# --- damage ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("damage", ["the schema is gone", "its tables are gone", "a table is gone", "the note is gone"])
def test_what_was_lost_is_rebuilt_from_the_records(damage: str, ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    race_id, run_id = done(ws)
    name, raw = server(ws).schema, ws.raw_scores(race_id)
    statements = {
        "the schema is gone": [f'DROP SCHEMA "{name}" CASCADE'],
        "its tables are gone": [f'DROP SCHEMA "{name}" CASCADE', f'CREATE SCHEMA "{name}"'],
        "a table is gone": ["DROP TABLE scores"],
    }
    if damage == "the note is gone":
        (ws.home / opening.NOTE).unlink()
    else:
        with _engine(server(ws).address.url).begin() as connection:
            connection.execute(text(f'SET LOCAL search_path TO "{name}"'))
            for statement in statements[damage]:
                connection.execute(text(statement))
    if damage == "a table is gone":
        rebuild.recover(ws, "It was damaged.")  # as whoever looks after the queue does
    again = Workspace.open(ws.home)
    pd.testing.assert_frame_equal(again.raw_scores(race_id), raw)
    assert again.run(run_id).notes == "as it was"
    assert rebuild.notes(ws.home)
    if damage == "a table is gone":
        assert rebuild.notes(ws.home)[0].kept_as.startswith(f"{name}_damaged_")
    assert server(again).replace(lambda new: None) is None, "what is sound is left alone"


# --- moving ------------------------------------------------------------------------------------------------------


def test_a_workspace_whose_database_was_a_file_moves_with_every_row(
    tmp_path: Path, server_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = Workspace.open(tmp_path / "home")
    done(file)
    for seed in range(3):
        file.add_table(small_table(20, seed + 1))
    before = rows_of(file)
    monkeypatch.setenv("SYNTH_UI_DATABASE", server_url)
    moved = Workspace.open(tmp_path / "home")
    assert rows_of(moved) == before
    assert not (moved.home / DATABASE).exists()
    assert list(moved.home.glob("synth_ui.moved-*.sqlite"))
    assert json.loads((moved.home / opening.NOTE).read_text())["schema"] == server(moved).schema
    monkeypatch.delenv("SYNTH_UI_DATABASE")
    with pytest.raises(StoreError, match="SYNTH_UI_DATABASE is not set"):
        Workspace.open(tmp_path / "home")


def test_an_old_file_is_brought_to_this_release_and_moves(
    tmp_path: Path, server_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = Workspace.open(tmp_path / "home")
    race_id, _ = done(file)
    assert isinstance(file.database, SQLite)
    with sqlite3.connect(file.database.path) as old:
        old.executescript("ALTER TABLE runs DROP COLUMN tier; DROP TABLE marks; PRAGMA user_version = 4;")
    monkeypatch.setenv("SYNTH_UI_DATABASE", server_url)
    assert list(Workspace.open(tmp_path / "home").races()["id"]) == [race_id]


def test_nothing_moves_while_a_run_is_under_way(tmp_path: Path, server_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    file = Workspace.open(tmp_path / "home")
    queued(file, "a")
    assert claim(file)
    before = rows_of(file)
    monkeypatch.setenv("SYNTH_UI_DATABASE", server_url)
    with pytest.raises(StoreError, match="under way"):
        Workspace.open(tmp_path / "home")
    assert not (tmp_path / "home" / opening.NOTE).exists()
    monkeypatch.delenv("SYNTH_UI_DATABASE")
    assert rows_of(Workspace.open(tmp_path / "home")) == before


# --- a server that comes and goes --------------------------------------------------------------------------------


def _cut(ws: Workspace) -> None:
    """End every connection of the workspace at the server, as one that is started again does."""
    import psycopg

    url = server(ws).address.url
    with psycopg.connect(host=url.query["host"], user=url.username, password=url.password, dbname=url.database) as other:  # type: ignore[arg-type]
        other.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'synth-ui'")


def test_a_line_that_was_cut_is_taken_up_again(ws: Workspace) -> None:
    kept_split(ws)
    _cut(ws)
    assert len(ws.tables()) == 1

    def cut_midway() -> None:
        with server(ws).write() as connection:
            connection.execute(schema.tables.update().values(name="half"))
            _cut(ws)
            connection.execute(text("SELECT 1"))

    with pytest.raises(DatabaseBusy, match="does not answer"):
        cut_midway()
    assert "half" not in set(ws.tables()["name"])
    assert len(ws.tables()) == 1


def test_a_worker_that_has_results_waits_for_a_server_that_is_away(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    _, (run_id,) = queued(ws, "a")
    attempt = claim(ws)
    assert attempt
    monkeypatch.setattr(postgresql, "_patience", [postgresql._BUSY_SECONDS])
    write: Callable[..., Any] = PostgreSQL.write
    away = [1, 2, 3]

    def away_at_first(self: PostgreSQL) -> Any:
        if away:
            away.pop()
            raise DatabaseBusy("away")
        return write(self)

    monkeypatch.setattr(PostgreSQL, "write", away_at_first)
    with pytest.raises(DatabaseBusy):
        journal.finish(ws, attempt, RunState.DONE)
    ws.database.be_patient()
    begun = time.monotonic()
    assert journal.finish(ws, attempt, RunState.DONE)
    assert time.monotonic() - begun < 10
    assert ws.run(run_id).state is RunState.DONE


def test_an_address_nobody_answers_at_binds_no_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever mistypes the address goes on with a file once it is taken back; a folder that noted it would refuse to."""
    monkeypatch.setenv("SYNTH_UI_DATABASE", "postgresql://nobody@127.0.0.1:9/none")
    with pytest.raises(StoreError, match=r"does not answer \(connection failed: .*refused"):
        Workspace.open(tmp_path / "home")
    monkeypatch.delenv("SYNTH_UI_DATABASE")
    assert Workspace.open(tmp_path / "home").races().empty
