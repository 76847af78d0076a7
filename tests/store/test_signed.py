"""What a workspace of somebody else holds is not executed, and leads nowhere: planted payloads that would leave a file behind."""

from __future__ import annotations

import hashlib
import os
import pickle
import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import insert, update

from synth_ui.core.context import Context
from synth_ui.core.errors import StoreError
from synth_ui.core.run import Handle, RunState
from synth_ui.generators.base import Sampler
from synth_ui.jobs.execution import schedule
from synth_ui.jobs.races.control import more_rows
from synth_ui.jobs.runs import worker
from synth_ui.jobs.runs.sampler import PURPOSE, keep_sampler, load_sampler
from synth_ui.jobs.runs.split_values import StoredShared
from synth_ui.store import journal, parcel, schema
from synth_ui.store.files import secret
from synth_ui.store.files.artefacts import SAMPLER, keep_bytes, of_run
from synth_ui.store.files.signed import NotSigned, read_signed, sign
from synth_ui.store.workspace import Workspace
from tests.store.test_workspace import claim, queued
from tests.workshop import small_split


class Payload:
    """Leaves a file when it is unpickled, as a real one would do worse."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.system, (f"touch {self.mark}",)


class Plain(Sampler):
    """Draws nothing."""

    keeps = "nothing"

    def __call__(self, n: int, context: Context, where: Mapping[str, Any] | None = None) -> pd.DataFrame:
        return pd.DataFrame(index=range(n))


@pytest.fixture
def key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A key of this user, outside the workspace."""
    path = tmp_path / "settings" / "signing.key"
    monkeypatch.setenv("SYNTH_UI_KEY_FILE", str(path))
    return path


@pytest.fixture
def ws(tmp_path: Path, key: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace whose queue nobody works on but the test."""
    monkeypatch.setattr(schedule, "advance", lambda ws: None)
    return Workspace.open(tmp_path / "home")


def done_run(ws: Workspace, **values: Any) -> str:
    """Put a finished run with a kept sampler into a workspace."""
    _, (run_id,) = queued(ws, "a")
    attempt = claim(ws)
    assert attempt
    assert journal.finish(ws, attempt, RunState.DONE, **values)
    return run_id


def set_row(ws: Workspace, run_id: str, **values: Any) -> None:
    with ws.database.write() as connection:
        connection.execute(update(schema.runs).where(schema.runs.c.id == run_id).values(**values))


def worked(ws: Workspace, run_id: str) -> str:
    """Let a worker do a run here, as a process of its own would; return why it failed."""
    attempt = journal.claim_one(ws, run_id, Handle(os.getpid(), ""))
    assert attempt
    worker.work(ws, attempt)
    return ws.run(run_id).reason


def test_a_payload_in_the_folder_is_not_executed_whatever_the_database_says(ws: Workspace, tmp_path: Path) -> None:
    mark = tmp_path / "executed"
    packed = pickle.dumps(Payload(mark))
    run_id = done_run(ws, sampler_hash="")
    keep_bytes(ws.artefacts, of_run(run_id, SAMPLER), packed)
    foreign = hashlib.sha256(packed).hexdigest()
    for said, why in (
        (foreign, "earlier release"),
        (f"signed:00000000:{foreign}", "somebody else"),
        (sign(ws.home, PURPOSE, b"other bytes"), "not the one that was written"),
        (sign(ws.home, "another purpose", packed), "not the one that was written"),
        ("signed:é:é", "somebody else"),
    ):
        set_row(ws, run_id, sampler_hash=said)
        with pytest.raises(StoreError, match=why):
            load_sampler(ws, run_id)
        more = more_rows(ws, run_id, 5, seed=1)
        assert why in worked(ws, more)
    assert not mark.exists()
    pickle.loads(packed)
    assert mark.exists(), "the payload works, were it read"


def test_a_workspace_signed_with_another_users_key_is_shown_and_draws_nothing(ws: Workspace, key: Path, tmp_path: Path) -> None:
    run_id = done_run(ws, sampler_hash="")
    set_row(ws, run_id, sampler_hash=keep_sampler(ws, run_id, Plain(), []))
    assert isinstance(load_sampler(ws, run_id), Plain)
    key.rename(tmp_path / "the_other_users.key")
    with pytest.raises(StoreError, match=r"signed by somebody else, or on another machine.*Start it again"):
        load_sampler(ws, run_id)
    assert ws.run(run_id).state is RunState.DONE


def test_a_planted_shared_value_is_not_executed_but_computed_again(ws: Workspace, tmp_path: Path) -> None:
    shared, mark = StoredShared(small_split(), workspace=ws), tmp_path / "executed"
    assert shared.found_or_kept("key", lambda: 1) == 1
    assert StoredShared(small_split(), workspace=ws).found_or_kept("key", lambda: 2) == 1
    packed = pickle.dumps(Payload(mark))
    for path in (ws.home / "cache").glob("*.pickle"):
        path.write_bytes(packed)
    with ws.database.write() as connection:
        connection.execute(update(schema.cache).values(hash=hashlib.sha256(packed).hexdigest()))
    assert StoredShared(small_split(), workspace=ws).found_or_kept("key", lambda: 3) == 3
    assert not mark.exists()


def test_a_parcel_with_a_pickle_is_refused_whole(ws: Workspace, tmp_path: Path) -> None:
    race_id, _ = queued(ws, "a")
    attempt = claim(ws)
    assert attempt
    journal.finish(ws, attempt, RunState.DONE)
    path, mark = tmp_path / "race.zip", tmp_path / "executed"
    parcel.pack(ws, race_id, path)
    with zipfile.ZipFile(path, "a") as packed:
        packed.writestr(of_run(attempt.run_id, SAMPLER), pickle.dumps(Payload(mark)))
    other = Workspace.open(tmp_path / "other")
    with pytest.raises(StoreError, match="no part of a race"):
        parcel.unpack(other, path)
    assert other.races().empty
    assert not mark.exists()


@pytest.mark.parametrize("run_id", ["../../outside", "..", "../tables", "/outside", "linked"])
def test_a_run_whose_id_leads_out_of_the_folder_deletes_and_writes_nothing(ws: Workspace, tmp_path: Path, run_id: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept.txt").write_text("mine")
    race_id, (known,) = queued(ws, "a")
    (ws.home / "runs").mkdir(exist_ok=True)
    (ws.home / "runs" / "linked").symlink_to(outside)
    with ws.database.write() as connection:
        row = connection.execute(schema.runs.select().where(schema.runs.c.id == known)).mappings().one()
        connection.execute(insert(schema.runs).values(**{**row, "id": run_id, "state": "done", "reuse_key": None}))
        connection.execute(update(schema.runs).where(schema.runs.c.id == known).values(state="done"))
        connection.execute(insert(schema.members).values(race_id=race_id, run_id=run_id))
    before = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.suffix != ".sqlite-shm")
    for does in (lambda: ws.forget(run_id), lambda: ws.log_folder(run_id), lambda: ws.synthetic(run_id)):
        with pytest.raises(StoreError, match="leads out of the workspace"):
            does()
    with pytest.raises(StoreError, match="leads out of the workspace"):
        ws.delete_race(race_id)
    assert sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.suffix != ".sqlite-shm") == before
    assert (outside / "kept.txt").read_text() == "mine"


def test_the_key_is_made_once_for_its_owner_only_and_outside_the_workspace(tmp_path: Path, key: Path) -> None:
    made = secret.signing_key(tmp_path / "home")
    assert made == secret.signing_key(tmp_path / "another home") == key.read_bytes()
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    key.chmod(0o644)
    secret.signing_key(tmp_path / "home")
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    with pytest.raises(StoreError, match=r"lies in the workspace it is to protect.*SYNTH_UI_KEY_FILE"):
        secret.signing_key(tmp_path / "settings")
    key.write_bytes(b"short")
    with pytest.raises(StoreError, match="5 bytes; at least 32"):
        secret.signing_key(tmp_path / "home")


def test_a_key_that_cannot_be_made_costs_more_rows_and_no_race(ws: Workspace, key: Path) -> None:
    key.parent.parent.joinpath("settings").write_text("a file where the folder should be")
    notes: list[str] = []
    assert keep_sampler(ws, "run", Plain(), notes) is None
    assert "no more rows can be made later" in notes[0]
    assert "SYNTH_UI_KEY_FILE" in notes[0]


def test_by_default_the_key_is_among_the_users_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("SYNTH_UI_KEY_FILE")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert secret.signing_file().name == "signing.key"
    assert not secret.signing_file().is_relative_to(Path(os.environ.get("SYNTH_UI_HOME", tmp_path / "workspace")))


def test_a_signature_holds_for_its_purpose_and_bytes(ws: Workspace, tmp_path: Path) -> None:
    packed = pickle.dumps([1, 2])
    path = tmp_path / "value"
    path.write_bytes(packed)
    assert read_signed(ws.home, "one", path, sign(ws.home, "one", packed)) == [1, 2]
    with pytest.raises(NotSigned):
        read_signed(ws.home, "two", path, sign(ws.home, "one", packed))
