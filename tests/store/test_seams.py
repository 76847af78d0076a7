"""The workspace over another database and another store of artefacts: what the store may know of either is the protocol alone."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd
import pytest
from sqlalchemy import Connection, Table, create_engine, select
from sqlalchemy.pool import StaticPool

from synth_ui.core.budget import Ledger
from synth_ui.core.errors import StoreError
from synth_ui.core.run import ENDED_BADLY, Handle, NewRun, RunKind, RunState
from synth_ui.core.score import Score
from synth_ui.store import journal
from synth_ui.store.database import Database
from synth_ui.store.files.artefacts import (
    LEDGER,
    SAMPLER,
    SYNTHETIC,
    Artefacts,
    Folder,
    keep_frame,
    keep_text,
    read_frame,
    read_text,
)
from synth_ui.store.schema import metadata
from synth_ui.store.workspace import Workspace
from tests.store.test_workspace import claim, queued
from tests.workshop import kept_split, small_split, small_table

T = TypeVar("T")


class Remote:
    """Artefacts that are not on this machine: bytes by key, of which a copy is made for whoever reads them."""

    def __init__(self, copies: Path) -> None:
        self.kept: dict[str, bytes] = {}
        self.copies = copies

    def write(self, key: str, fill: Callable[[Path], object]) -> None:
        path = self.copies / f"up-{len(list(self.copies.iterdir()))}"
        fill(path)
        self.kept[key] = path.read_bytes()

    def local(self, key: str) -> Path:
        if key not in self.kept:
            raise StoreError(f"{key} is not kept.")
        path = self.copies / f"down-{len(list(self.copies.iterdir()))}"
        path.write_bytes(self.kept[key])
        return path

    def exists(self, key: str) -> bool:
        return key in self.kept

    def delete(self, key: str) -> None:
        for name in [name for name in self.kept if name == key or name.startswith(f"{key}/")]:
            del self.kept[name]

    def tidy(self, key: str) -> None:
        """Nothing is ever half there."""

    def keys(self, pattern: str) -> list[str]:
        parts = pattern.split("/")
        return sorted(
            key
            for key in self.kept
            if [*map(fnmatch, key.split("/"), parts)] == [True] * (key.count("/") + 1) == [True] * len(parts)
        )


class Other:
    """Another database: no file, plain SQL, one writer at a time by a lock of its own."""

    def __init__(self) -> None:
        self.engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
        self.writer = threading.RLock()

    def prepare(self) -> None:
        metadata.create_all(self.engine)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        with self.writer, self.engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        with self.writer, self.engine.begin() as connection:
            yield connection

    def change(self, work: Callable[[Connection], T]) -> T:
        with self.write() as connection:
            return work(connection)

    def add_new(self, connection: Connection, table: Table, values: Mapping[str, Any]) -> None:
        if connection.execute(select(table).where(self._same(table, values))).first() is None:
            connection.execute(table.insert().values(**values))

    def put(self, connection: Connection, table: Table, values: Mapping[str, Any]) -> None:
        connection.execute(table.delete().where(self._same(table, values)))
        connection.execute(table.insert().values(**values))

    def _same(self, table: Table, values: Mapping[str, Any]) -> Any:
        (key,) = table.primary_key
        return key == values[key.name]

    @contextmanager
    def kept_open(self) -> Iterator[None]:
        yield

    def keep_reserve(self) -> None:
        """There is no disk."""

    def be_patient(self) -> None:
        """Nobody else has it."""

    def replace(self, fill: Callable[[Database], T]) -> tuple[T, str] | None:
        """It is never damaged."""
        return None


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    """A workspace with nothing of it in a folder but copies."""
    (tmp_path / "copies").mkdir()
    database: Database = Other()
    database.prepare()
    artefacts: Artefacts = Remote(tmp_path / "copies")
    return Workspace(database, artefacts, tmp_path / "home")


@pytest.mark.parametrize("kind", ["folder", "remote"])
def test_artefacts_come_back_and_go(kind: str, tmp_path: Path) -> None:
    (tmp_path / "copies").mkdir()
    kept: Artefacts = Folder(tmp_path / "kept") if kind == "folder" else Remote(tmp_path / "copies")
    keep_text(kept, "runs/a/said.json", "first")
    keep_text(kept, "runs/a/said.json", "grüße")
    keep_frame(kept, "runs/a/details/pairs.parquet", small_table().frame)
    keep_text(kept, "runs/ab/said.json", "another")
    assert read_text(kept, "runs/a/said.json") == "grüße"
    pd.testing.assert_frame_equal(read_frame(kept, "runs/a/details/pairs.parquet"), small_table().frame)
    assert not kept.exists("runs/a")
    assert kept.keys("runs/*/said.json") == ["runs/a/said.json", "runs/ab/said.json"]
    assert kept.keys("runs/*.json") == kept.keys("splits/*/said.json") == []
    kept.delete("runs/a/details")
    assert [kept.exists(key) for key in ("runs/a/details/pairs.parquet", "runs/a/said.json")] == [False, True]
    kept.delete("runs/a")
    kept.delete("runs/a")
    assert [kept.exists(key) for key in ("runs/a/said.json", "runs/ab/said.json")] == [False, True]
    with pytest.raises(StoreError, match=r"said\.json"):
        kept.local("runs/a/said.json")


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    kept = Folder(tmp_path)
    keep_text(kept, "a/b.txt", "before")

    def fail(path: Path) -> None:
        path.write_text("half")
        raise OSError(28, "No space left on device")

    with pytest.raises(StoreError, match="disk is full"):
        kept.write("a/b.txt", fail)
    assert read_text(kept, "a/b.txt") == "before"
    (tmp_path / "a" / ".b.txt.0.tmp").write_text("of a writer that was killed")
    kept.tidy("a")
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["b.txt"]


def test_tables_and_splits_live_elsewhere(ws: Workspace, tmp_path: Path) -> None:
    split_id = kept_split(ws)
    assert kept_split(ws) == split_id
    back = ws.split(split_id)
    pd.testing.assert_frame_equal(back.holdout.frame, small_split().holdout.frame)
    table_id = ws.split_row(split_id)["table_id"]
    assert ws.table(table_id).fingerprint == table_id
    ws.delete_table(table_id)
    assert ws.tables().empty
    assert ws.artefacts.kept == {}  # type: ignore[attr-defined]
    assert not (tmp_path / "home").exists()


def test_runs_live_elsewhere(ws: Workspace, tmp_path: Path) -> None:
    race_id, (first, second) = queued(ws, "a", "b")
    attempt = claim(ws)
    assert attempt
    assert attempt.run_id == first
    assert journal.name_process(ws, attempt, Handle(7, "somewhere"))
    ws.keep_synthetic(first, small_table(20).frame)
    ws.keep_ledger(first, Ledger(1.0, 0.0, 1.0, "exact", secret=True))
    assert journal.add_scores(ws, attempt, 0, [Score("a", "pairs", "fidelity", 0.5)], [])
    assert journal.finish(ws, attempt, RunState.DONE, seconds_fit=1.5)
    run = ws.run(first)
    assert (run.state, run.seconds_fit, run.worker) == (RunState.DONE, 1.5, Handle(7, "somewhere"))
    assert len(ws.synthetic(first)) == 20
    assert ws.ledger(first) is not None
    later = NewRun(
        kind=RunKind.FURTHER, settings={"worth": {}}, card="worth", parent_id=first, candidate="a", rows=20, created=time.time()
    )
    assert journal.ask(ws, race_id, [journal.Asking(later)]) == [later.id]
    assert [one.id for one in ws.asked_later(race_id)] == [later.id]
    for run_id in (second, later.id):
        stopped = journal.ask_stop(ws, run_id, "Cancelled.")
        assert stopped is not None
        assert stopped.state is RunState.QUEUED
        assert ws.run(run_id).state in ENDED_BADLY
    journal.remember_file(ws, {"key": "k", "split_id": "s", "file": "f", "hash": "1", "bytes": 1})
    journal.remember_file(ws, {"key": "k", "split_id": "s", "file": "f", "hash": "2", "bytes": 1})
    found = journal.cached_file(ws, "k")
    assert found is not None
    assert found["hash"] == "2"
    ws.delete_race(race_id)
    assert ws.races().empty
    assert not any(key.startswith("runs/") for key in ws.artefacts.kept)  # type: ignore[attr-defined]
    assert not (tmp_path / "home").exists()


def test_what_a_run_makes_is_named_in_one_place() -> None:
    sources = {path: path.read_text(encoding="utf-8") for path in (Path(__file__).parents[2] / "synth_ui").rglob("*.py")}
    for name in (SYNTHETIC, LEDGER, SAMPLER):
        assert [path.name for path, text in sources.items() if f'"{name}"' in text] == ["artefacts.py"]
