"""Several users share the slots of one server: one run of each in turn, over workspaces that know nothing of each other."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from synth_ui.core.errors import StoreError
from synth_ui.core.installation import server_home
from synth_ui.core.run import Attempt, Handle, NewRun, Run, RunKind, RunState
from synth_ui.jobs.execution import schedule, turns, warm
from synth_ui.jobs.execution.executor import using
from synth_ui.jobs.execution.machine import Capacity
from synth_ui.jobs.forecast.waiting import OTHERS, waits_for
from synth_ui.store import journal
from synth_ui.store.files.artefacts import RUNS
from synth_ui.store.people import neighbours
from synth_ui.store.workspace import Workspace
from synth_ui.system.processes import this_process


class Recorder:
    """An executor that starts nothing, bears so many runs, and notes whose run it was given."""

    def __init__(self, slots: int, free: float = 1e6) -> None:
        self.bears = Capacity(slots, free, free)
        self.launched: list[tuple[str, Attempt]] = []

    def launch(self, ws: Workspace, attempt: Attempt) -> Handle:
        self.launched.append((ws.home.name, attempt))
        return this_process()

    def alive(self, worker: Handle) -> bool:
        return True

    def stop(self, worker: Handle, *, at_once: bool) -> bool:
        return True

    def capacity(self) -> Capacity:
        return self.bears

    def takes_queue(self, ws: Workspace) -> bool:
        return False

    def waits(self, ws: Workspace) -> str:
        return ""

    def barred(self, ws: Workspace) -> dict[str, str]:
        return {}

    def gone(self, run: Run) -> str:
        return ""


def user(root: Path, name: str) -> Workspace:
    return Workspace.open(neighbours.make_folder(root, "https://id.example", name, name))


def queue(ws: Workspace, number: int, megabytes: float = 1.0) -> None:
    for _ in range(number):
        run = NewRun(
            kind=RunKind.DESIGN, candidate="schema", generator="schema", settings={}, seed=0, rows=1, created=time.time(), card="",
            megabytes=megabytes,
        )  # fmt: skip
        journal.add_run(ws, run, None)


def end_one(ws: Workspace, recorder: Recorder) -> None:
    """End the run of a user that was begun first."""
    mine = [attempt for name, attempt in recorder.launched if name == ws.home.name]
    active = [attempt for attempt in mine if ws.run(attempt.run_id).state is RunState.RUNNING]
    assert journal.finish(ws, active[0], RunState.DONE)


def names(recorder: Recorder) -> list[str]:
    return [name for name, _ in recorder.launched]


def test_fifty_waiting_runs_do_not_hold_up_the_first_of_somebody_else(tmp_path: Path) -> None:
    anna, ben, recorder = user(tmp_path, "anna"), user(tmp_path, "ben"), Recorder(2)
    with using(recorder):
        queue(anna, 50)
        schedule.advance(anna)
        assert names(recorder) == [anna.home.name] * 2
        queue(ben, 3)
        schedule.advance(ben)
        assert len(recorder.launched) == 2  # both slots work for Anna, and nothing of hers is stopped
        end_one(anna, recorder)
        schedule.advance(anna)  # whoever looks, it is Ben's turn
        assert names(recorder)[2:] == [ben.home.name]
        end_one(ben, recorder)
        end_one(anna, recorder)
        schedule.advance(ben)
        assert sorted(names(recorder)[3:]) == sorted([anna.home.name, ben.home.name])


def test_who_cannot_be_served_holds_up_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One whose folder of runs cannot be written, and one of whom it cannot be told what waits for a node."""
    anna, ben, recorder = user(tmp_path, "anna"), user(tmp_path, "ben"), Recorder(2)

    def barred(ws: Workspace) -> dict[str, str]:
        if ws.home == ben.home:
            raise StoreError("damaged")
        return {}

    monkeypatch.setattr(recorder, "barred", barred)
    with using(recorder):
        queue(anna, 2)
        queue(ben, 2)
        (anna.home / RUNS).rename(anna.home / "elsewhere")
        (anna.home / RUNS).write_bytes(b"")
        schedule.advance(ben)
        assert names(recorder) == [ben.home.name] * 2


def test_one_slot_goes_round(tmp_path: Path) -> None:
    users, recorder = [user(tmp_path, name) for name in ("anna", "ben", "cleo")], Recorder(1)
    by_name = {ws.home.name: ws for ws in users}
    with using(recorder):
        for ws in users:
            queue(ws, 4)
            schedule.advance(ws)
        for _ in range(5):
            end_one(by_name[names(recorder)[-1]], recorder)
            schedule.advance(users[0])
    assert len(names(recorder)) == 6
    assert set(names(recorder)[:3]) == set(names(recorder)[3:]) == set(by_name)


def test_the_slots_are_those_of_the_server_not_of_each_user(tmp_path: Path) -> None:
    users, recorder = [user(tmp_path, str(number)) for number in range(5)], Recorder(3)
    with using(recorder):
        for ws in users:
            queue(ws, 2)
            schedule.advance(ws)
    assert len(recorder.launched) == 3


def test_the_memory_is_that_of_the_server_too(tmp_path: Path) -> None:
    anna, ben, recorder = user(tmp_path, "anna"), user(tmp_path, "ben"), Recorder(8, free=1_000.0)
    with using(recorder):
        queue(anna, 1, megabytes=700.0)
        schedule.advance(anna)
        queue(ben, 1, megabytes=700.0)
        schedule.advance(ben)
        assert names(recorder) == [anna.home.name]
        end_one(anna, recorder)
        schedule.advance(ben)
        assert names(recorder) == [anna.home.name, ben.home.name]


def test_a_user_has_so_many_at_work_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNTH_UI_MAX_RUNNING", "2")
    anna, ben, recorder = user(tmp_path, "anna"), user(tmp_path, "ben"), Recorder(4)
    with using(recorder):
        queue(anna, 5)
        schedule.advance(anna)
        assert names(recorder) == [anna.home.name] * 2
        queue(ben, 1)
        schedule.advance(ben)
        assert names(recorder)[2:] == [ben.home.name]


def test_the_run_of_a_user_who_left_is_looked_after_by_whoever_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lost run would hold its slot for ever, and a waiting one would never start, if only its own user's pages asked."""
    monkeypatch.setattr(schedule, "WORD_SECONDS", 0.0)
    anna, ben, recorder = user(tmp_path, "anna"), user(tmp_path, "ben"), Recorder(1)
    with using(recorder):
        queue(anna, 2)
        schedule.advance(anna)
        recorder.alive = lambda worker: False  # type: ignore[method-assign]
        queue(ben, 1)
        schedule.advance(ben)
        assert anna.run(recorder.launched[0][1].run_id).state is RunState.LOST
        assert names(recorder) == [anna.home.name, ben.home.name]


def test_a_broken_workspace_holds_up_nobody_else(tmp_path: Path) -> None:
    anna, ben, recorder = user(tmp_path, "anna"), user(tmp_path, "ben"), Recorder(2)
    with using(recorder):
        queue(anna, 1)
        neighbours.mark(anna)
        anna.database.path.write_bytes(b"no database at all" * 100)
        queue(ben, 1)
        schedule.advance(ben)
        assert ben.home.name in names(recorder)


def test_only_those_with_work_are_opened(tmp_path: Path) -> None:
    anna, ben, recorder = user(tmp_path, "anna"), user(tmp_path, "ben"), Recorder(2)
    with using(recorder):
        queue(anna, 1)
        schedule.advance(anna)
        assert [ws.home for ws in neighbours.at_work(ben)] == [ben.home, anna.home]
        end_one(anna, recorder)
        schedule.advance(anna)
        assert neighbours.at_work(ben) == [ben]


def test_one_process_with_the_libraries_serves_all_users(tmp_path: Path) -> None:
    anna, ben = user(tmp_path, "anna"), user(tmp_path, "ben")
    warm.note(tmp_path, this_process(), ready=True)
    assert warm.ready(anna)
    assert warm.ready(ben)
    assert server_home(anna.home) == server_home(tmp_path) == tmp_path


def test_of_others_only_that_they_are_there_is_told(tmp_path: Path) -> None:
    anna, ben, recorder = user(tmp_path, "anna"), user(tmp_path, "ben"), Recorder(1)
    with using(recorder):
        queue(anna, 1)
        schedule.advance(anna)
        queue(ben, 1)
        assert turns.taken_by_others(ben, 1)
        assert not turns.taken_by_others(anna, 1)
        assert waits_for(anna, "none") == ""
    assert not any(word in OTHERS for word in ("anna", "1", "min"))
