"""A workspace in trouble: not to be written, damaged, or held by somebody else. It is said in words, and nothing else goes with it."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from synth_ui.core.errors import StoreError
from synth_ui.core.run import Handle, RunState
from synth_ui.jobs.execution import ends, schedule
from synth_ui.jobs.races.results import detail_of
from synth_ui.jobs.runs import worker
from synth_ui.store import journal, sqlite
from synth_ui.store.database import DatabaseBusy
from synth_ui.store.files.disk import DiskFull
from synth_ui.store.files.frames import read_frame, write_frame
from synth_ui.store.workspace import Workspace
from tests.store.test_workspace import claim, queued
from tests.workshop import small_table


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return Workspace.open(tmp_path / "home")


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "home" / "synth_ui.lock").mkdir(
        parents=True
    )  # as on a disk that is mounted for reading only: no file can be made
    with pytest.raises(
        StoreError, match=r"cannot be written \(.*\)\. Check the folder and its rights, or name another with SYNTH_UI_HOME"
    ):
        Workspace.open(tmp_path / "home")


@pytest.mark.parametrize("damage", ["random bytes", "half of it overwritten", "cut off"])
def test_a_damaged_database_is_said_with_what_to_do(damage: str, ws: Workspace, tmp_path: Path) -> None:
    for seed in range(40):
        ws.add_table(small_table(20, seed), source="x" * 2_000)
    home = tmp_path / "copy"
    home.mkdir()
    with closing(sqlite3.connect(ws.database.path)) as whole, closing(sqlite3.connect(home / "synth_ui.sqlite")) as copy:
        whole.backup(copy)
    path = home / "synth_ui.sqlite"
    content = path.read_bytes()
    half = len(content) // 2
    damaged = {
        "random bytes": bytes(range(256)) * 400,
        "half of it overwritten": content[:4_096] + b"\x07" * (len(content) - 4_096),
        "cut off": content[:half],
    }
    path.write_bytes(damaged[damage])
    for side in ("-wal", "-shm"):
        (home / f"synth_ui.sqlite{side}").unlink(missing_ok=True)
    with pytest.raises(StoreError, match=r"is damaged \(.*\)\. It is rebuilt .*, move synth_ui\.sqlite and the files beside it"):
        Workspace.at(home).tables()


def foreign() -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"a": [1, 2]}), sink)
    return bytes(sink.getvalue())


@pytest.mark.parametrize("damage", ["random", "cut off", "empty", "foreign"])
def test_a_damaged_frame_is_said(damage: str, tmp_path: Path) -> None:
    path = tmp_path / "detail.parquet"
    write_frame(path, pd.DataFrame({"a": range(100)}))
    content = path.read_bytes()
    path.write_bytes(
        {"random": b"\x01\x02" * 400, "cut off": content[: len(content) // 2], "empty": b"", "foreign": foreign()}[damage]
    )
    with pytest.raises(
        StoreError, match=r"detail\.parquet in .* is damaged: it is not what was written there\. Start a new race"
    ):
        read_frame(path)


def test_a_damaged_detail_takes_nothing_else_with_it(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Workspace, "details", lambda self, run_id: {("margins", "columns")})

    def damaged(self: Workspace, *_: str) -> pd.DataFrame:
        raise StoreError("columns.parquet is damaged.")

    monkeypatch.setattr(Workspace, "detail", damaged)
    assert detail_of(ws, "a", "margins", "columns") is None
    assert detail_of(ws, "a", "margins", "other") is None


# --- held by somebody else ---------------------------------------------------------------------------------------


@contextmanager
def held(path: Path, seconds: float) -> Iterator[None]:
    """Hold the database for so long, as a backup does."""
    holder = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN EXCLUSIVE")
    timer = threading.Timer(seconds, lambda: holder.execute("ROLLBACK"))
    timer.start()
    try:
        yield
    finally:
        timer.join()
        holder.close()


def test_who_has_results_to_keep_waits_longer_than_who_answers_people(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    queued(ws, "a")
    attempt = claim(ws)
    assert attempt
    monkeypatch.setattr(sqlite, "_patience", 100)
    with held(ws.database.path, 1.0), pytest.raises(StoreError, match="has been busy for too long"):
        journal.finish(ws, attempt, RunState.DONE)
    ws.database.be_patient()
    with held(ws.database.path, 1.0):
        assert journal.finish(ws, attempt, RunState.DONE)
    assert ws.run(attempt.run_id).state == "done"


@pytest.mark.parametrize(
    ("trouble", "state", "reason"),
    [
        (DatabaseBusy("The workspace has been busy for too long."), "lost", "the wheel came off"),
        (DiskFull("The disk is full: nothing more could be written."), "queued", ""),
    ],
)
def test_a_run_whose_end_could_not_be_written_ends_for_its_own_reason(
    trouble: StoreError, state: str, reason: str, ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    queued(ws, "a")
    attempt = claim(ws)
    assert attempt
    ws.log_folder(attempt.run_id).mkdir(parents=True, exist_ok=True)
    finish = journal.finish

    def fails(*_: object, **__: object) -> bool:
        raise trouble

    monkeypatch.setattr(journal, "finish", fails)
    assert not worker._end(ws, attempt, RunState.FAILED, "the wheel came off")
    monkeypatch.setattr(journal, "finish", finish)
    schedule._give_up(ws, replace(ws.run(attempt.run_id), worker=Handle(2**22 + 1, "gone")))
    run = ws.run(attempt.run_id)
    assert (run.state, run.reason) == (state, reason)


def test_a_run_of_which_nothing_is_known_is_lost_as_before(ws: Workspace) -> None:
    queued(ws, "a")
    attempt = claim(ws)
    assert attempt
    start = time.monotonic()
    schedule._give_up(ws, replace(ws.run(attempt.run_id), worker=Handle(2**22 + 1, "gone")))
    assert ws.run(attempt.run_id).reason == ends.GONE
    assert time.monotonic() - start < 5
