"""The log: a line of JSON per event with the run it is about, and nothing that stood in a table or is a secret."""

from __future__ import annotations

import json
import logging
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from synth_ui.jobs.execution import schedule
from synth_ui.jobs.races.request import Request
from synth_ui.jobs.races.start import start_race
from synth_ui.jobs.runs import worker
from synth_ui.store import journal
from synth_ui.store.workspace import Workspace
from synth_ui.system import logs
from synth_ui.system.processes import this_process
from tests.store.conftest import cold_workspace, fake_plugins
from tests.workshop import CARD, kept_split

__all__ = ["cold_workspace", "fake_plugins"]

CELL = "Ada Lovelace of 12 Main Street"


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    path = tmp_path / "logs" / "events.jsonl"
    monkeypatch.setenv("SYNTH_UI_LOG", str(path))
    before = list(logging.getLogger().handlers)
    yield path
    for handler in set(logging.getLogger().handlers) - set(before):
        logging.getLogger().removeHandler(handler)
        handler.close()


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_an_event_says_when_who_and_which_run(log: Path) -> None:
    logs.set_up("server")
    with logs.about(run="r1", attempt=2):
        logs.event("run ended", state="done", seconds=1.5)
    logs.event("table read", rows=10, columns=3)
    first, second = lines(log)
    assert (first["event"], first["run"], first["attempt"], first["state"], first["role"]) == (
        "run ended",
        "r1",
        2,
        "done",
        "server",
    )
    assert first["time"].endswith("Z")
    assert "run" not in second
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_no_cell_gets_in_by_an_error_its_text_its_arguments_or_a_library(log: Path) -> None:
    logs.set_up("worker")
    try:
        float(CELL)
    except ValueError:
        logging.getLogger("synth_ui.jobs").exception("The run %s failed with %s.", "r1", CELL)
        logging.getLogger("pandas").exception("could not convert %s", CELL)
        logging.getLogger("pandas").warning(f"could not convert {CELL}")
    text = log.read_text(encoding="utf-8")
    assert CELL not in text
    assert "Lovelace" not in text
    ours, theirs, _ = lines(log)
    assert ours["words"] == "The run %s failed with %s."
    assert ours["error"] == "ValueError"
    assert ours["place"].startswith("test_logs.py:")
    assert "words" not in theirs
    with pytest.raises(TypeError, match="an event cannot say column"):
        logs.event("table read", column="salary")


def test_without_the_setting_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("SYNTH_UI_LOG", raising=False)
    before = list(logging.getLogger().handlers)
    logs.set_up("server")
    logs.event("table read", rows=1)
    assert logging.getLogger().handlers == before
    assert "table read" not in capfd.readouterr().err


def test_a_race_is_followed_run_by_run_and_holds_no_secret(
    cold_workspace: Workspace, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNTH_UI_LLM_KEY", "sk-very-secret")
    monkeypatch.setattr(schedule, "advance", lambda ws: None)
    logs.set_up("worker")
    ws = cold_workspace
    race_id = start_race(ws, kept_split(ws), [Request("fake"), Request("fake", {"mode": "raises"})], card=CARD)
    for run in ws.members(race_id):
        attempt = journal.claim_one(ws, run.id, this_process())
        assert attempt
        worker.work(ws, attempt)
    said, text = lines(log), log.read_text(encoding="utf-8")
    states = {run.id: run.state.value for run in ws.members(race_id)}
    assert [line["race"] for line in said if line["event"] == "race started"] == [race_id]
    assert [line["run"] for line in said if line["event"] == "run started"] == list(states)
    assert {line["run"]: line["state"] for line in said if line["event"] == "run ended"} == states
    (failed,) = [line for line in said if line.get("error")]
    assert (failed["error"], failed["words"], states[failed["run"]]) == ("RuntimeError", "The run %s failed.", "failed")
    for hidden in ("the wheel came off", "sk-very-secret", "clerk", "cook", "never seen", "member"):
        assert hidden not in text
