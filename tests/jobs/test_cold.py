"""Workers started from scratch: always possible, and with the same results as any other way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from synth_ui.core.context import Context
from synth_ui.core.errors import StoreError
from synth_ui.core.run import Handle
from synth_ui.generators.catalogue import generator_of
from synth_ui.jobs.execution import schedule, warm
from synth_ui.jobs.execution.schedule import advance
from synth_ui.jobs.races.control import cancel_race
from synth_ui.jobs.races.request import Request
from synth_ui.jobs.races.results import scores
from synth_ui.jobs.races.start import start_race
from synth_ui.jobs.runs.make import make
from synth_ui.jobs.runs.split_values import StoredShared
from synth_ui.jobs.runs.worker import NICENESS
from synth_ui.store import journal
from synth_ui.store.workspace import Workspace
from synth_ui.system.processes import PORTABLE, alive, end, token_of
from tests.workshop import CARD, kept_split, small_split, until

ENDED = {"done", "cancelled", "failed", "lost"}


STEP_BACK = """
import os, pathlib
from synth_ui.system.processes import step_back
step_back(5)
group = pathlib.Path("/proc/self/autogroup")
print(os.nice(0), group.read_text().split()[-1] if group.exists() else "none")
"""


def test_a_worker_lets_everything_else_go_first() -> None:
    """Also where the processor is shared out between sessions first; each worker is a session of its own."""
    before = os.nice(0)
    done = subprocess.run([sys.executable, "-c", STEP_BACK], start_new_session=True, capture_output=True, text=True, check=True)
    own, of_session = done.stdout.split()
    assert int(own) == min(before + NICENESS, 19)
    assert of_session in (str(NICENESS), "none")


def ended(ws: Workspace, race_id: str) -> bool:
    advance(ws)
    return set(ws.runs(race_id)["state"]) <= ENDED


def comparable(ws: Workspace, race_id: str) -> pd.DataFrame:
    frame = scores(ws, race_id).drop(columns="seconds").sort_values(["candidate", "measure"])
    return frame.reset_index(drop=True)


def test_the_results_do_not_depend_on_the_way(
    cold_workspace: Workspace, warm_workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From scratch in one order, forked from the warm parent in another, and in this process: byte for byte the same."""
    requests = [Request("fake", seed=1), Request("fake", {"seconds": 0.05})]
    cold = start_race(cold_workspace, kept_split(cold_workspace), requests, card=CARD)
    until(lambda: ended(cold_workspace, cold))
    monkeypatch.setenv("SYNTH_UI_WARM", "1")
    forked = start_race(warm_workspace, kept_split(warm_workspace), requests[::-1], card=CARD)
    until(lambda: ended(warm_workspace, forked))
    named = {"fake": "fake-2", "fake-2": "fake"}  # the order of the requests only changes the names
    one = comparable(cold_workspace, cold)
    other = comparable(warm_workspace, forked)
    other["candidate"] = other["candidate"].replace({new: old for old, new in named.items()})
    other = other.sort_values(["candidate", "measure"]).reset_index(drop=True)
    pd.testing.assert_frame_equal(one, other, check_exact=True)
    made = make(generator_of("fake"), small_split().train, 100, Context(seed=1))
    run_id = cold_workspace.runs(cold).set_index("candidate").loc["fake", "id"]
    pd.testing.assert_frame_equal(cold_workspace.synthetic(run_id), made.frame, check_exact=True)


def test_a_killed_worker_is_lost_at_the_next_look(cold_workspace: Workspace) -> None:
    ws = cold_workspace
    race_id = start_race(ws, kept_split(ws), [Request("fake", {"seconds": 60})], card=CARD)
    run_id = ws.runs(race_id)["id"].iloc[0]
    until(lambda: (advance(ws), ws.run(run_id).phase == "learning slowly")[1])
    os.kill(ws.run(run_id).worker.pid, signal.SIGKILL)
    assert until(lambda: (advance(ws), ws.run(run_id).state == "lost")[1]) < 2.0
    cancel_race(ws, race_id)
    until(lambda: not journal.watched(ws)[0] or advance(ws))


def test_a_race_runs_and_is_stopped_where_there_is_nothing_of_linux(
    cold_workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PORTABLE, "1")
    monkeypatch.setenv("SYNTH_UI_WARM", "1")  # there is none all the same
    ws = cold_workspace
    race_id = start_race(ws, kept_split(ws), [Request("fake"), Request("fake", {"seconds": 60})], card=CARD)
    slow = next(run.id for run in ws.members(race_id) if run.candidate == "fake-2")
    until(lambda: (advance(ws), ws.run(slow).phase == "learning slowly")[1])
    assert not warm.present(ws)
    until(lambda: (advance(ws), all(run.state == "done" for run in ws.members(race_id) if run.control))[1])
    working = ws.run(slow).worker
    assert alive(working)
    cancel_race(ws, race_id)
    until(lambda: not alive(working), 5)
    until(lambda: (advance(ws), ws.run(slow).stop_asked is None)[1])
    assert ws.run(slow).state == "cancelled"
    assert {run.state.value for run in ws.members(race_id) if run.control} == {"done"}
    assert scores(ws, race_id)["position"].notna().any()


def test_a_worker_by_hand(cold_workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "advance", lambda ws: None)
    ws = cold_workspace
    race_id = start_race(ws, kept_split(ws), [Request("fake")], card=CARD)
    run_id = ws.runs(race_id)["id"].iloc[0]
    command = [sys.executable, "-m", "synth_ui.jobs.runs.worker", run_id]
    environment = {**os.environ, "SYNTH_UI_HOME": str(ws.home)}
    assert subprocess.run(command, env=environment, check=False).returncode == 0
    assert ws.run(run_id).state == "done"
    again = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
    assert again.returncode == 2
    assert "is not queued" in again.stderr


def test_a_run_whose_claimer_died_before_it_started_a_process_is_queued_again(
    cold_workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "advance", lambda ws: None)
    ws = cold_workspace
    race_id = start_race(ws, kept_split(ws), [Request("fake")], card=CARD)
    run_id = ws.runs(race_id)["id"].iloc[0]
    gone = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    claimer = Handle(gone.pid, token_of(gone.pid) or "")
    assert journal.claim_one(ws, run_id, claimer)
    schedule.settle(ws)
    assert ws.run(run_id).state == "running"
    gone.communicate()
    schedule.settle(ws)
    assert ws.run(run_id).state == "queued"


def test_a_process_is_more_than_its_number() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, start_new_session=True)
    token = token_of(child.pid)
    process = Handle(child.pid, token or "")
    assert alive(process)
    assert not alive(Handle(child.pid, "another start"))
    assert not end(Handle(child.pid, "another start"), at_once=True)
    assert alive(process)
    child.stdin.close()  # type: ignore[union-attr]
    until(lambda: token_of(child.pid) is None)  # a zombie until it is reaped, and not alive
    assert not alive(process)
    assert not alive(None)
    child.wait()


def test_what_is_computed_once_per_split_is_kept_and_checked(cold_workspace: Workspace) -> None:
    ws, split = cold_workspace, small_split()
    calls = []

    def compute() -> list[int]:
        calls.append(1)
        return [1, 2]

    def fresh() -> StoredShared:
        return StoredShared(split, workspace=ws)

    def fail() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        fresh().kept("key", fail)
    assert not list((ws.home / "cache").glob("*.pickle")), "a failed computation leaves nothing"

    assert fresh().kept("key", compute) == [1, 2]
    assert fresh().kept("key", compute) == [1, 2]
    assert len(calls) == 1
    turned = replace(split, train=split.holdout, holdout=split.train)
    assert StoredShared(turned, workspace=ws).kept("key", lambda: "of another split") == "of another split"
    assert fresh().kept("other", compute) == [1, 2]
    for path in (ws.home / "cache").glob("*.pickle"):
        path.write_bytes(b"changed")  # by whom and why does not matter: it is not loaded
    assert fresh().kept("key", compute) == [1, 2]
    assert len(calls) == 3


def test_without_a_warm_parent_nothing_waits_for_one(cold_workspace: Workspace) -> None:
    assert not warm.start(cold_workspace)
    assert not warm.present(cold_workspace)
    warm.wake(cold_workspace)
    warm.stop(cold_workspace)


def test_a_worker_that_cannot_be_started_is_said_in_words(cold_workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    ws = cold_workspace
    monkeypatch.setattr(sys, "executable", str(ws.home / "no such python"))
    race_id = start_race(ws, kept_split(ws), [Request("fake")], card=CARD)
    assert set(ws.runs(race_id)["state"]) == {"failed"}
    assert "could not be started" in ws.runs(race_id)["reason"].iloc[0]


def test_a_race_of_an_unknown_split_is_said_in_words(cold_workspace: Workspace) -> None:
    with pytest.raises(StoreError, match="There is no split"):
        start_race(cold_workspace, "nowhere", [Request("fake")], card=CARD)


def test_a_worker_leaves_nothing_outside_the_workspace(tmp_path: Path) -> None:
    """SDV makes a folder among the user's data when it is imported."""
    from synth_ui.jobs.execution import machine

    environment = {**machine.child_environment(tmp_path / "home"), "HOME": str(tmp_path / "user")}
    subprocess.run([sys.executable, "-W", "ignore", "-c", "import sdv"], env=environment, check=True)
    assert (tmp_path / "home" / "libraries").is_dir()
    assert not (tmp_path / "user").exists()
