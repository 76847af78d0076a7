"""A run whose process is gone says no more than is known, and a disk without room lets the queue wait."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from collections import namedtuple
from dataclasses import replace
from pathlib import Path

import pytest

from synth_ui.core.errors import StoreError
from synth_ui.core.run import Handle, Run, RunState
from synth_ui.jobs.execution import ends, room, schedule
from synth_ui.jobs.execution.ends import Exit
from synth_ui.jobs.forecast.estimate import RaceProgress
from synth_ui.jobs.forecast.waiting import waits_for
from synth_ui.jobs.health.ready import checks, ready
from synth_ui.jobs.races.request import Request
from synth_ui.jobs.races.start import start_race
from synth_ui.jobs.runs import worker
from synth_ui.store import journal
from synth_ui.store.files.artefacts import RUNS
from synth_ui.store.files.disk import DiskFull, write_whole
from synth_ui.system.processes import this_process
from tests.jobs.by_hand import FIRST, Hands
from tests.workshop import kept_split

GONE = Handle(2**22 + 1, "gone")
Usage = namedtuple("Usage", "total used free")


def race_of(hands: Hands) -> str:
    return start_race(hands.ws, kept_split(hands.ws), [Request("fake")], card=FIRST)


def left_alone(hands: Hands, **values: object) -> Run:
    """A running run whose process is gone, as the schedule meets it."""
    run = hands.take()
    assert run
    hands.ws.log_folder(run.id).mkdir(parents=True, exist_ok=True)
    return replace(run, worker=GONE, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("end", "words"),
    [
        (Exit(GONE.pid, -signal.SIGKILL, True), "the memory had run out"),
        (Exit(GONE.pid, -signal.SIGKILL, False), "killed from outside (SIGKILL; memory had not run out)"),
        (Exit(GONE.pid, -signal.SIGKILL, None), "by somebody, or by the system for want of memory"),
        (Exit(GONE.pid, -signal.SIGTERM, False), "told to end from outside (SIGTERM)"),
        (Exit(GONE.pid, -signal.SIGSEGV, False), "crashed in a library it uses (SIGSEGV)"),
        (Exit(GONE.pid, 3, False), "ended by itself (exit code 3)"),
        (Exit(GONE.pid + 1, -signal.SIGKILL, True), "nobody saw how"),
        (None, "nobody saw how"),
    ],
)
def test_a_lost_run_says_what_was_seen_and_no_more(end: Exit | None, words: str, hands: Hands) -> None:
    race_of(hands)
    run = left_alone(hands, heartbeat=time.time() - 60)
    if end is not None:
        (hands.ws.log_folder(run.id) / ends.EXIT).write_text(json.dumps(vars(end)), encoding="ascii")
    schedule._give_up(hands.ws, run)
    now = hands.ws.run(run.id)
    assert now.state is RunState.LOST
    assert words in now.reason


def test_whoever_started_a_process_is_given_a_moment_to_say_how_it_ended(hands: Hands) -> None:
    race_of(hands)
    run = left_alone(hands, claimer=this_process(), heartbeat=time.time())
    schedule._give_up(hands.ws, run)
    assert hands.ws.run(run.id).state is RunState.RUNNING
    schedule._give_up(hands.ws, replace(run, heartbeat=time.time() + 86_400))  # the clock was set back
    assert hands.ws.run(run.id).state is RunState.LOST


def test_how_a_child_ended_is_noted_unless_it_left_its_own_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counts = iter([4, 4, 5])
    monkeypatch.setattr(ends.processes, "killed_for_memory", lambda: next(counts))
    monkeypatch.setattr(ends, "_starved", [4])
    ends.keep(tmp_path, 11, 0)
    assert ends.seen(tmp_path, 11) is None
    ends.keep(tmp_path, 11, -9)
    assert ends.seen(tmp_path, 11) == Exit(11, -9, False)
    ends.keep(tmp_path, 12, -9)
    assert (ends.seen(tmp_path, 11), ends.seen(tmp_path, 12)) == (None, Exit(12, -9, True))


def test_a_full_disk_pauses_the_queue_and_room_lets_it_go_on(hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    free = [10 << 20]
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(1 << 30, 0, free[0]))
    race_id = race_of(hands)
    assert not schedule.settle(hands.ws), "nothing is started"
    assert waits_for(hands.ws, race_id).startswith("paused: the disk is full (10 MB left")
    assert RaceProgress.of(hands.ws, race_id).phase.startswith("paused: the disk is full")
    free[0] = 1 << 30
    assert schedule.settle(hands.ws)
    assert waits_for(hands.ws, race_id) == ""


@pytest.mark.parametrize("how", ["no rights", "a file in its place"])
def test_a_folder_of_runs_that_cannot_be_written_pauses_the_queue_and_is_not_ready(
    how: str, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    race_id, runs = race_of(hands), hands.ws.home / RUNS
    runs.mkdir(exist_ok=True)
    with monkeypatch.context() as patch:
        if how == "no rights":
            may = os.access
            patch.setattr(os, "access", lambda path, mode, **how: Path(path) != runs and may(path, mode, **how))
        else:
            runs.rename(runs.with_name("elsewhere"))
            runs.write_bytes(b"")
        assert not schedule.settle(hands.ws), "nothing is started"
        said = waits_for(hands.ws, race_id)
        assert said.startswith("paused: ")
        assert str(runs) in said
        found = {one.name: one for one in checks(hands.ws.home)}
        assert not found["writable"].fine
        assert str(runs) in found["writable"].said
        assert not ready(list(found.values()))
    if how != "no rights":
        with pytest.raises(StoreError, match="cannot be written"):
            write_whole(runs / "a" / "b", lambda path: path.write_bytes(b""))
        hands.ws.forget("a")
        runs.unlink()
        runs.with_name("elsewhere").rename(runs)
    assert schedule.settle(hands.ws)
    assert waits_for(hands.ws, race_id) == ""


def test_a_run_that_finds_the_disk_full_waits_for_more_room_than_there_was(hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    race_id = race_of(hands)
    run = hands.take()
    assert run
    hands.answer(run)

    def full(*_: object) -> None:
        raise DiskFull("The disk is full.")

    free = [40 << 20]
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(1 << 30, 0, free[0]))
    monkeypatch.setitem(worker.KINDS, run.kind, full)  # type: ignore[misc]
    assert not worker.work(hands.ws, run.this_attempt)
    now = hands.ws.run(run.id)
    assert (now.state, now.reason, now.started) == (RunState.QUEUED, "", None)
    assert hands.ws.raw_scores(race_id).empty, "it is scored again from its beginning"
    assert room.waits_for_room(hands.ws.home)
    free[0] += room.LEAST_BYTES
    assert room.waits_for_room(hands.ws.home) == ""


def test_a_quota_that_no_disk_tells_of_is_tried_again_after_a_while(hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    room.note_full(hands.ws.home)
    assert room.waits_for_room(hands.ws.home)
    later = time.time() + room.AGAIN_SECONDS + 1
    monkeypatch.setattr(time, "time", lambda: later)
    assert room.waits_for_room(hands.ws.home) == ""


def test_a_run_found_dead_on_a_full_disk_waits_for_room(hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    race_of(hands)
    run = left_alone(hands, heartbeat=time.time() - 60)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(1 << 30, 0, 0))
    schedule._give_up(hands.ws, run)
    assert hands.ws.run(run.id).state is RunState.QUEUED
    assert journal.claim_one(hands.ws, run.id, this_process()), "as one that was never started"


def test_a_clock_that_is_set_loses_no_run_that_is_about_to_start(hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    race_of(hands)
    run = hands.take()
    assert run
    assert run.worker is None
    for off in (86_400, -86_400):
        moment = time.time() + off
        with monkeypatch.context() as patch:
            patch.setattr(time, "time", lambda moment=moment: moment)
            schedule.settle(hands.ws)
        assert hands.ws.run(run.id).state is RunState.RUNNING
    later = time.monotonic() + schedule.SPAWN_SECONDS + 1
    monkeypatch.setattr(time, "monotonic", lambda: later)
    moment = time.time() + 3_600
    monkeypatch.setattr(time, "time", lambda: moment)
    schedule.settle(hands.ws)
    assert hands.ws.run(run.id).state is RunState.LOST
