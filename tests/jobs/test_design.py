"""Tables made from nothing by real workers: kept with their schema, streamed when large, refused in words; old workspaces open."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pandas as pd
import pytest

from synth_ui.core.context import Context
from synth_ui.core.errors import SettingError, StoreError
from synth_ui.core.run import NewRun, RunKind
from synth_ui.generators.from_nothing.schema import EXAMPLE, DeclaredSchema
from synth_ui.generators.from_nothing.simulations.simulate_epidemic import SimulateEpidemic
from synth_ui.jobs.execution.schedule import advance
from synth_ui.jobs.races.control import cancel
from synth_ui.jobs.runs import design
from synth_ui.jobs.runs.design import made_by, start_design
from synth_ui.store import journal
from synth_ui.store import schema as store_schema
from synth_ui.store.workspace import Workspace
from tests.workshop import kept_split, until


def finished(ws: Workspace, run_id: str) -> str:
    def ended() -> bool:
        advance(ws)
        return ws.run(run_id).state not in ("queued", "running")

    until(ended, 120)
    return str(ws.run(run_id).state)


def test_a_simulation_is_kept_with_its_tables_and_its_counts_over_time(cold_workspace: Workspace) -> None:
    ws = cold_workspace
    run_id = start_design(ws, "simulate_epidemic", {"contacts": "6 to 8", "worlds": 2}, 300, 4)
    with pytest.raises(StoreError, match="has made no tables"):
        made_by(ws, run_id)
    assert finished(ws, run_id) == "done", ws.run(run_id).reason
    made = made_by(ws, run_id)
    assert [table.name for table in made.tables] == ["people", "infections", "worlds"]
    world = SimulateEpidemic(contacts=(6, 8), worlds=2).world(300, Context(4))  # type: ignore[arg-type]
    assert made.tables[0].read().fingerprint == world.main.fingerprint
    assert made.series is not None
    pd.testing.assert_frame_equal(made.series, world.series)
    assert "contacts" in made.notes[0]
    assert [run.id for run in ws.designs()] == [run_id]
    table = made.tables[0].read()
    assert ws.table(ws.add_table(table)).fingerprint == table.fingerprint


@pytest.fixture
def streaming(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(design, "STREAMED_ROWS", 100)


def test_a_large_declared_table_is_streamed_and_reads_like_a_small_one(tmp_path: Path, streaming: None) -> None:
    ws = Workspace.open(tmp_path / "home")
    run = NewRun(
        id="r", kind=RunKind.DESIGN, candidate="schema", generator="schema", settings={"declaration": EXAMPLE}, rows=9_000, seed=5,
        created=0.0,
    )  # fmt: skip
    design.make_tables(ws, run, Context())
    made = made_by(ws, "r")
    assert made.tables[0].streamed
    whole = DeclaredSchema().make(9_000, Context(5))
    assert made.tables[0].read().fingerprint == whole.fingerprint
    pd.testing.assert_frame_equal(made.tables[0].read(30).frame, whole.frame.head(30))


def test_what_cannot_be_made_is_refused_before_it_is_queued(tmp_path: Path) -> None:
    ws = Workspace.open(tmp_path / "home")
    for generator, settings, rows, said in (
        ("independent", {}, 10, "needs a real one"),
        ("schema", {}, 0, "rows is 0"),
        ("simulate_epidemic", {"contacts": "many"}, 10, "contacts is 'many'"),
    ):
        with pytest.raises(SettingError, match=said):
            start_design(ws, generator, settings, rows, 0)
    assert not ws.designs()


def test_a_design_that_is_stopped_says_so(cold_workspace: Workspace) -> None:
    run_id = start_design(cold_workspace, "simulate_customers", {"weeks": 520}, 200_000, 0)
    cancel(cold_workspace, run_id)
    assert finished(cold_workspace, run_id) == "cancelled"


def test_a_workspace_of_the_first_version_opens_with_everything_in_it(tmp_path: Path) -> None:
    ws = Workspace.open(tmp_path / "home")
    run = NewRun(
        id="old", kind=RunKind.GENERATE, candidate="cart", generator="cart", rows=5, split_id=kept_split(ws), created=1.0
    )
    journal.add_run(ws, run, None)
    with ws.database.write() as connection:
        connection.execute(store_schema.scores.insert().values(run_id="old", measure="pairs", place=0, value=0.5))
    before = ws.run("old")
    _make_old(ws.home / "synth_ui.sqlite")
    again = Workspace.at(ws.home)
    again.database.prepare()
    assert again.run("old") == before
    with again.database.read() as connection:
        assert connection.execute(store_schema.scores.select()).mappings().one()["value"] == 0.5
    with sqlite3.connect(ws.home / "synth_ui.sqlite") as connection:
        assert not connection.execute("PRAGMA foreign_key_check").fetchall()
        assert connection.execute("PRAGMA user_version").fetchone() == (store_schema.SCHEMA_VERSION,)
        nullable = {row[1]: not row[3] for row in connection.execute("PRAGMA table_info(runs)")}
        targets = {row[2] for row in connection.execute("PRAGMA foreign_key_list(scores)")}
    assert nullable["split_id"]
    assert targets == {"runs"}
    assert not again.designs()


def _make_old(path: Path) -> None:
    """Give the file the form it had before a run could be without a split."""
    with sqlite3.connect(path) as connection:
        made = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'runs'").fetchone()[0]
        old = made.replace("split_id VARCHAR", "split_id VARCHAR NOT NULL").replace("CREATE TABLE runs", "CREATE TABLE runs_old")
        assert old != made
        connection.executescript(
            "PRAGMA foreign_keys=OFF; PRAGMA legacy_alter_table=ON; DROP INDEX runs_by_state;"
            f"{old}; INSERT INTO runs_old SELECT * FROM runs; DROP TABLE runs; ALTER TABLE runs_old RENAME TO runs;"
            "CREATE INDEX runs_by_state ON runs (state, stop_asked); PRAGMA user_version=1;"
        )
