"""Runs that work elsewhere: the schedule asks the executor and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from synth_ui.core.run import Attempt, Handle, Run, RunState
from synth_ui.jobs.execution import schedule
from synth_ui.jobs.execution.cluster import losses
from synth_ui.jobs.execution.cluster.dask_cluster import ClusterAway
from synth_ui.jobs.execution.executor import Executor, executor, using
from synth_ui.jobs.execution.local import LocalProcesses
from synth_ui.jobs.execution.machine import Capacity
from synth_ui.jobs.forecast.estimate import RaceProgress
from synth_ui.jobs.forecast.waiting import waits_for
from synth_ui.jobs.races.control import cancel
from synth_ui.jobs.races.progress import standing
from synth_ui.jobs.races.request import Request
from synth_ui.jobs.races.results import scores
from synth_ui.jobs.races.start import start_race
from synth_ui.jobs.runs import worker
from synth_ui.store import journal
from synth_ui.store.workspace import Workspace
from tests.workshop import CARD, kept_split


class Noted:
    """Starts nothing, and notes what it is told."""

    def __init__(self, slots: int = 2, megabytes: float = 1e9) -> None:
        self.slots, self.megabytes = slots, megabytes
        self.launched: list[Attempt] = []
        self.stopped: list[tuple[Handle, bool]] = []
        self.ended: set[Handle] = set()
        self.waiting = ""
        self.lost: dict[str, str] = {}
        self.without: dict[str, str] = {}

    def launch(self, ws: Workspace, attempt: Attempt) -> Handle:
        self.launched.append(attempt)
        return Handle(len(self.launched), "elsewhere")

    def alive(self, worker: Handle) -> bool:
        return worker not in self.ended

    def stop(self, worker: Handle, *, at_once: bool) -> bool:
        self.stopped.append((worker, at_once))
        return self.alive(worker)

    def capacity(self) -> Capacity:
        return Capacity(self.slots, self.megabytes, self.megabytes)

    def takes_queue(self, ws: Workspace) -> bool:
        return False

    def waits(self, ws: Workspace) -> str:
        return self.waiting

    def barred(self, ws: Workspace) -> dict[str, str]:
        return self.without

    def gone(self, run: Run) -> str:
        return self.lost.get(run.id, "")


class Here(Noted):
    """Works on a run in this very process before it answers."""

    def launch(self, ws: Workspace, attempt: Attempt) -> Handle:
        handle = super().launch(ws, attempt)
        worker.work(ws, attempt)
        self.ended.add(handle)
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


def test_what_it_cannot_take_holds_up_nothing_behind_it(cold_workspace: Workspace, noted: Noted) -> None:
    ws = cold_workspace
    noted.slots, noted.without = 9, {"fake": "waits for a wheel"}
    race_id = start_race(ws, kept_split(ws), [Request("fake")], card=CARD)
    runs = {run.candidate: run for run in ws.members(race_id)}
    assert {name for name, run in runs.items() if run.state is RunState.QUEUED} == {"fake"}, "controls have no generator"
    assert waits_for(ws, race_id) == "", "something of it runs"
    for run in runs.values():
        if run.state is RunState.RUNNING:
            journal.finish(ws, run.this_attempt, RunState.DONE)
    assert waits_for(ws, race_id) == "waits for a wheel"
    noted.without = {}
    schedule.advance(ws)
    assert ws.run(runs["fake"].id).state is RunState.RUNNING


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
    noted.ended.add(Handle(1, "elsewhere"))
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
    noted.ended.add(Handle(2, "elsewhere"))
    schedule.advance(ws)
    assert ws.run(second).stop_asked is None


def test_what_takes_nothing_lets_the_queue_wait_and_says_why(cold_workspace: Workspace, noted: Noted) -> None:
    ws = cold_workspace
    noted.waiting = "paused: it is away"
    race_id = start_race(ws, kept_split(ws), [Request("fake")], card=CARD)
    assert noted.launched == []
    assert waits_for(ws, race_id) == "paused: it is away"
    assert RaceProgress.of(ws, race_id).phase.startswith("paused: it is away; ")
    noted.waiting = ""
    schedule.advance(ws)
    assert len(noted.launched) == 2


def test_a_run_whose_machine_is_gone_is_lost_and_begins_again_once(cold_workspace: Workspace, noted: Noted) -> None:
    ws = cold_workspace
    start_race(ws, kept_split(ws), [Request("fake")], card=CARD)
    first = noted.launched[0].run_id
    noted.lost[first] = "The node a is gone."
    noted.ended.add(Handle(1, "elsewhere"))
    noted.slots = 0
    schedule.advance(ws)
    assert ws.run(first).state is RunState.QUEUED
    assert losses.said_of(ws.log_folder(first)) == ["The node a is gone. It was started again on another."]
    noted.slots = 9
    schedule.advance(ws)
    again = next(attempt for attempt in noted.launched[2:] if attempt.run_id == first)
    assert again.number == 2
    noted.ended.add(ws.run(first).worker)  # type: ignore[arg-type]
    schedule.advance(ws)
    assert (ws.run(first).state, ws.run(first).reason) == (RunState.LOST, "The node a is gone.")


def test_what_cannot_be_reached_between_two_looks_fails_nothing(
    cold_workspace: Workspace, noted: Noted, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(ws: Workspace, attempt: Attempt) -> Handle:
        raise ClusterAway("away")

    ws = cold_workspace
    monkeypatch.setattr(noted, "launch", away)
    race_id = start_race(ws, kept_split(ws), [Request("fake")], card=CARD)
    assert {run.state for run in ws.members(race_id)} == {RunState.QUEUED}


def test_runs_are_processes_of_this_machine_else() -> None:
    assert isinstance(executor(), LocalProcesses)
