"""What one user is given: refused beforehand, in words, and nothing kept of what was refused."""

from __future__ import annotations

import json
import time
import zipfile
from pathlib import Path

import pytest

from synth_ui.core.errors import QuotaReached, SettingError
from synth_ui.core.run import NewRun, RunKind
from synth_ui.store import journal
from synth_ui.store.parcel import pack_all, unpack
from synth_ui.store.people import allowed
from synth_ui.store.people.quotas import Quotas
from synth_ui.store.workspace import Workspace
from tests.workshop import small_table

ROOT = Path(__file__).resolve().parents[2]


def run(rows: int = 1) -> NewRun:
    return NewRun(
        kind=RunKind.DESIGN, candidate="schema", generator="schema", settings={}, seed=0, rows=rows, created=time.time(), card=""
    )


def test_without_a_variable_nothing_is_limited() -> None:
    quotas = Quotas.of({})
    assert quotas == Quotas()
    quotas.check_rows(10**12, "It")
    quotas.check_upload(10**15, "It")
    quotas.check_runs(10**6, 10**6)
    quotas.check_disk(10**15)


@pytest.mark.parametrize("said", ["0", "-1", "many", "1.5", "१"])
def test_a_limit_that_is_no_number_is_refused_and_not_left_out(said: str) -> None:
    for variable in Quotas.variables():
        with pytest.raises(SettingError, match=variable):
            Quotas.of({variable: said})


def test_each_limit_is_kept_to_the_last_and_named_when_it_is_passed() -> None:
    quotas = Quotas.of(dict.fromkeys(Quotas.variables(), "10"))
    quotas.check_rows(10, "It")
    quotas.check_upload(10 << 20, "f.csv")
    quotas.check_runs(4, 6)
    quotas.check_disk(9 << 20, 1 << 20)
    for call, variable in (
        (lambda: quotas.check_rows(11, "It"), "SYNTH_UI_MAX_ROWS"),
        (lambda: quotas.check_upload((10 << 20) + 1, "f.csv"), "SYNTH_UI_MAX_UPLOAD_MB"),
        (lambda: quotas.check_runs(5, 6), "SYNTH_UI_MAX_WAITING"),
        (lambda: quotas.check_disk(10 << 20, 1), "SYNTH_UI_MAX_DISK_MB"),
    ):
        with pytest.raises(QuotaReached, match=variable):
            call()


def test_a_table_of_too_many_rows_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNTH_UI_MAX_ROWS", "10")
    ws = Workspace.open(tmp_path)
    with pytest.raises(QuotaReached, match="12 rows"):
        ws.add_table(small_table(12))
    assert ws.tables().empty
    assert not (tmp_path / "tables").exists()
    ws.add_table(small_table(10))


def test_runs_are_refused_before_any_is_queued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ws = Workspace.open(tmp_path)
    for _ in range(3):
        journal.add_run(ws, run(), None)
    monkeypatch.setenv("SYNTH_UI_MAX_WAITING", "3")
    with pytest.raises(QuotaReached, match="3 of yours are queued or at work"):
        journal.add_run(ws, run(), None)
    monkeypatch.setenv("SYNTH_UI_MAX_WAITING", "4")
    monkeypatch.setenv("SYNTH_UI_MAX_ROWS", "5")
    with pytest.raises(QuotaReached, match=r"6 rows.*Ask for fewer\."):
        journal.add_run(ws, run(6), None)
    assert len(ws.under_way()) == 3
    with pytest.raises(QuotaReached, match="needs 2 runs"):
        journal.check_again(ws, 2)
    journal.check_again(ws, 1)


def test_a_full_workspace_takes_no_table_and_no_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ws = Workspace.open(tmp_path)
    (tmp_path / "big").write_bytes(b"0" * (3 << 20))
    (tmp_path / "people" / "x").mkdir(parents=True)
    (tmp_path / "people" / "x" / "of somebody else").write_bytes(b"0" * (50 << 20))
    monkeypatch.setenv("SYNTH_UI_MAX_DISK_MB", "2")
    assert 3 << 20 < allowed.bytes_in(tmp_path) < 10 << 20
    for act in (lambda: ws.add_table(small_table(20)), lambda: journal.add_run(ws, run(), None)):
        with pytest.raises(QuotaReached, match="Delete tables or races"):
            act()
    monkeypatch.setenv("SYNTH_UI_MAX_DISK_MB", "50")
    ws.add_table(small_table(20))


def test_a_parcel_brings_no_more_rows_than_are_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there, here = Workspace.open(tmp_path / "there"), Workspace.open(tmp_path / "here")
    there.add_table(small_table(12))
    pack_all(there, tmp_path / "all.zip")
    monkeypatch.setenv("SYNTH_UI_MAX_ROWS", "10")
    with pytest.raises(QuotaReached, match="12 rows"):
        unpack(here, tmp_path / "all.zip")
    assert here.tables().empty
    with zipfile.ZipFile(tmp_path / "all.zip") as parcel:
        assert any(json.loads(parcel.read(name))["rows"]["tables"] for name in parcel.namelist() if name.endswith("rows.json"))


def test_every_variable_is_documented() -> None:
    said = (ROOT / "docs" / "people.md").read_text(encoding="utf-8")
    assert all(f"`{variable}`" in said for variable in Quotas.variables())
