"""Runs that work elsewhere: the schedule asks the executor and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from synth_ui.core.run import Attempt, Handle, RunState
from synth_ui.jobs.execution import schedule
from synth_ui.jobs.execution.executor import Executor, executor, using
from synth_ui.jobs.execution.local import LocalProcesses
from synth_ui.jobs.execution.machine import Capacity
from synth_ui.jobs.races.control import cancel
from synth_ui.jobs.races.progress import standing
from synth_ui.jobs.races.request import Request
from synth_ui.jobs.races.results import scores
from synth_ui.jobs.races.start import start_race
from synth_ui.jobs.runs import worker
from synth_ui.store.workspace import Workspace
from tests.workshop import CARD, kept_split


class Noted:
    """Starts nothing, and notes what it is told."""

    def __init__(self, slots: int = 2, megabytes: float = 1e9) -> None:
        self.slots, self.megabytes = slots, megabytes
        self.launched: list[Attempt] = []
        self.stopped: list[tuple[Handle, bool]] = []
        self.gone: set[Handle] = set()

    def launch(self, ws: Workspace, attempt: Attempt) -> Handle:
        self.launched.append(attempt)
        return Handle(len(self.launched), "elsewhere")

    def alive(self, worker: Handle) -> bool:
        return worker not in self.gone

    def stop(self, worker: Handle, *, at_once: bool) -> bool:
        self.stopped.append((worker, at_once))
        return self.alive(worker)

    def capacity(self) -> Capacity:
        return Capacity(self.slots, self.megabytes, self.megabytes)

    def takes_queue(self, ws: Workspace) -> bool:
        return False


class Here(Noted):
    """Works on a run in this very process before it answers."""

    def launch(self, ws: Workspace, attempt: Attempt) -> Handle:
        handle = super().launch(ws, attempt)
        worker.work(ws, attempt)
        self.gone.add(handle)
        return handle


@pytest.fixture
def noted() -> Iterator[Noted]:
    other = Noted()
    with using(other):
        yield other


def test_a_race_is_run_by_another_executor(cold_workspace: Workspace) -> None:
    ws, other = cold_workspace, Here(slots=1)
    checked: Executor = other
    with using(checked):
        race_id = start_race(ws, kept_split(ws), [Request("fake")], card=CARD)
        while standing(ws, race_id).active:
            schedule.advance(ws)
    members = ws.members(race_id)
    assert {run.state for run in members} == {RunState.DONE}
    assert len(other.launched) == len(members) == 5
    assert not any(ws.log_folder(run.id).joinpath("log.txt").exists() for run in members), "no process was started"
    assert scores(ws, race_id).set_index(["candidate", "measure"]).loc[("fake", "fake_share"), "position"] == 1.0


def test_no_more_is_started_than_it_can_bear(cold_workspace: Workspace, noted: Noted) -> None:
    ws = cold_workspace
    race_id = start_race(ws, kept_split(ws), [Request("fake", seeds=3)], card=CARD)
    assert len(noted.launched) == 2
    noted.slots, noted.megabytes = 9, 1.0
    schedule.advance(ws)
    assert len(noted.launched) == 2, "there is no memory for another one beside those that run"
    noted.megabytes = 1e9
    schedule.advance(ws)
    assert len(noted.launched) == len(ws.members(race_id)) == 7


def test_it_says_who_works_and_ends_whom_it_is_told_to(
    cold_workspace: Workspace, noted: Noted, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws = cold_workspace
    start_race(ws, kept_split(ws), [Request("fake")], card=CARD)
    first, second = (attempt.run_id for attempt in noted.launched)
    assert ws.run(first).worker == Handle(1, "elsewhere")
    noted.gone.add(Handle(1, "elsewhere"))
    noted.slots = 0
    schedule.advance(ws)
    assert ws.run(first).state is RunState.RUNNING, "whoever started it may still say how it ended"
    monkeypatch.setattr(schedule, "WORD_SECONDS", 0.0)
    schedule.advance(ws)
    assert ws.run(first).state is RunState.LOST
    assert cancel(ws, second)
    assert noted.stopped == [(Handle(2, "elsewhere"), False)]
    monkeypatch.setattr(schedule, "GRACE_SECONDS", 0.0)
    schedule.advance(ws)
    assert noted.stopped[-1] == (Handle(2, "elsewhere"), True), "it did not listen"
    noted.gone.add(Handle(2, "elsewhere"))
    schedule.advance(ws)
    assert ws.run(second).stop_asked is None


def test_runs_are_processes_of_this_machine_else() -> None:
    assert isinstance(executor(), LocalProcesses)
