"""The warm parent: only one, succeeded by one that has imported more, gone when nobody needs it."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from synth_ui.core.run import Handle
from synth_ui.jobs.execution import warm, warm_parent
from synth_ui.jobs.races.request import Request
from synth_ui.jobs.races.start import start_race
from synth_ui.store import schema
from synth_ui.store.workspace import Workspace
from synth_ui.system import linux
from synth_ui.system.processes import alive, this_process, token_of
from tests.workshop import CARD, kept_split, until

SCRIPT = """
import sys
from synth_ui.jobs.execution import warm_parent
warm_parent.LIGHT = ("synth_ui.jobs.runs.candidate", "synth_ui.jobs.runs.worker", "synth_ui.jobs.execution.schedule")
warm_parent.HEAVY = ({heavy!r},)
warm_parent.CALM_SECONDS = 0.2
sys.exit(warm_parent.main([{pid!r}, {token!r}, "ahead"]))
"""


@pytest.fixture
def parents(fake_plugins: None, tmp_path: Path) -> Iterator[Any]:
    """Start warm parents that import little, and end those that are left."""
    ws = Workspace.open(tmp_path / "home")
    started: list[subprocess.Popen[bytes]] = []

    def start(
        heavy: str = "wave", starter: tuple[int, str | None] = (os.getpid(), this_process().token)
    ) -> subprocess.Popen[bytes]:
        script = SCRIPT.format(heavy=heavy, pid=str(starter[0]), token=starter[1] or "")
        environment = {**os.environ, "SYNTH_UI_HOME": str(ws.home)}
        started.append(subprocess.Popen([sys.executable, "-c", script], env=environment))
        return started[-1]

    yield ws, start
    warm.stop(ws)
    until(lambda: not warm.present(ws))
    for process in started:
        process.wait(20)


def noted(ws: Workspace) -> dict[str, Any]:
    return dict(json.loads((ws.home / warm.NOTE).read_text())) if (ws.home / warm.NOTE).exists() else {"modules": []}


def done(ws: Workspace, race_id: str) -> bool:
    return set(ws.runs(race_id)["state"]) == {"done"}


def test_a_successor_that_has_imported_more_takes_over(parents: Any) -> None:
    ws, start = parents
    first = start()
    until(lambda: noted(ws)["modules"] == ["wave"])
    assert noted(ws)["pid"] != first.pid
    assert first.wait(20) == 0
    assert warm.ready(ws)
    race_id = start_race(ws, kept_split(ws), [Request("fake")], card=CARD)
    until(lambda: done(ws, race_id))


def test_a_module_that_cannot_be_imported_is_left_to_the_workers(parents: Any) -> None:
    ws, start = parents
    first = start("no_such_module")
    until(lambda: warm.ready(ws))
    race_id = start_race(ws, kept_split(ws), [Request("fake")], card=CARD)
    until(lambda: done(ws, race_id))
    assert noted(ws)["pid"] == first.pid


def test_there_is_only_one(parents: Any) -> None:
    ws, start = parents
    first = start("no_such_module")
    until(lambda: warm.present(ws))
    assert start("no_such_module").wait(20) == 0
    assert noted(ws)["pid"] == first.pid


def test_it_goes_when_its_starter_is_gone(parents: Any) -> None:
    ws, start = parents
    starter = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    parent = start("no_such_module", (starter.pid, token_of(starter.pid)))
    until(lambda: warm.ready(ws))
    starter.communicate()
    assert parent.wait(20) == 0


def test_it_goes_when_the_workspace_is_deleted(parents: Any) -> None:
    import shutil

    ws, start = parents
    parent = start("no_such_module")
    until(lambda: warm.ready(ws))
    shutil.rmtree(ws.home)
    assert parent.wait(20) == 0


def test_a_note_of_a_process_that_is_gone_means_nothing(tmp_path: Path) -> None:
    ws = Workspace.open(tmp_path / "home")
    child = subprocess.Popen([sys.executable, "-c", ""])
    token = token_of(child.pid) or "1"
    child.wait()
    warm.note(ws.home, Handle(child.pid, token), ready=True)
    assert not warm.present(ws)
    assert not alive(Handle(child.pid, token))


def test_what_is_told_to_go_while_its_successor_takes_over_is_told_to_the_successor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both had the pipe; the one that was going had read the word, and the other stayed."""
    ws = Workspace.open(tmp_path / "home")
    pipe, (reading, writing) = linux.open_pipe(ws.home / warm.PIPE), os.pipe()
    try:
        os.write(writing, b"r")
        parent = warm_parent.WarmParent(ws, -1, pipe, this_process(), False)
        parent.successor, parent.leaving = (os.getpid(), reading, ()), True
        parent.serve()
        assert os.read(pipe, 100) == warm.STOP
    finally:
        gc.unfreeze()
        os.close(writing)
        os.close(pipe)


def test_a_measure_that_is_gone_stops_no_queue(fake_plugins: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNTH_UI_WARM", "0")
    ws = Workspace.open(tmp_path / "home")
    start_race(ws, kept_split(ws), [Request("fake")], card=CARD)
    with ws.database.write() as connection:
        connection.execute(schema.runs.update().values(card="gone_measure"))
    assert warm_parent.needed_modules(ws) == set()
