"""Runs under the warm parent: done, cancelled, killed, started again; whoever watches, and whoever dies."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from synth_ui.core.errors import PluginError, SettingError, StoreError, TableError
from synth_ui.core.run import Run, RunState
from synth_ui.jobs.execution import warm
from synth_ui.jobs.execution.schedule import advance
from synth_ui.jobs.races.control import (
    add_file,
    cancel,
    cancel_race,
    delete_race,
    more_rows,
    put_away,
    restart,
    resume_race,
    score_more,
)
from synth_ui.jobs.races.request import Request
from synth_ui.jobs.races.results import board, candidates, scores
from synth_ui.jobs.races.start import start_race
from synth_ui.jobs.runs import sampler
from synth_ui.store import history, journal
from synth_ui.store.files.signed import sign
from synth_ui.store.workspace import Workspace
from synth_ui.system.processes import alive
from tests.workshop import CARD, kept_split, small_split, until

ENDED = {"done", "cancelled", "failed", "lost"}


def race_of(ws: Workspace, *requests: Request, seed: int = 0, **options: Any) -> str:
    return start_race(ws, kept_split(ws, seed=seed), requests, card=options.pop("card", CARD), **options)


def states(ws: Workspace, race_id: str) -> dict[str, str]:
    runs = ws.runs(race_id)
    return dict(zip(runs["candidate"], runs["state"], strict=True))


def ended(ws: Workspace, race_id: str) -> bool:
    advance(ws)
    return set(states(ws, race_id).values()) <= ENDED


def run_of(ws: Workspace, race_id: str, candidate: str = "fake") -> Run:
    runs = ws.runs(race_id)
    return ws.run(runs.loc[runs["candidate"] == candidate, "id"].iloc[0])


def learning(ws: Workspace, race_id: str) -> bool:
    advance(ws)
    run = run_of(ws, race_id)
    return run.state == "running" and run.phase == "learning slowly"


SLOW = Request("fake", {"seconds": 60})


def test_a_race_runs_to_its_end(warm_workspace: Workspace) -> None:
    ws = warm_workspace
    race_id = race_of(ws, Request("fake", seeds=2), Request("fake", {"seconds": 0.1}))
    until(lambda: ended(ws, race_id))
    assert set(states(ws, race_id).values()) == {"done"}
    shown = board(ws, race_id)
    assert shown["candidate"].tolist() == [
        "fake", "control:independent", "control:train", "control:flipped", "control:unseen", "fake#2", "fake-2",
    ]  # fmt: skip
    assert (shown["scored"] == 2).all()
    assert (shown["measures"] == 2).all()
    calibrated = scores(ws, race_id).set_index(["candidate", "measure"])
    assert calibrated.loc[("fake", "fake_share"), "value"] == 1.0
    assert calibrated.loc[("fake", "fake_share"), "position"] == 1.0
    assert calibrated.loc[("control:unseen", "fake_share"), "value"] == 0.0
    assert ("fake", "fake_mean.reference") in calibrated.index
    run = run_of(ws, race_id)
    assert ws.details(run.id) == [("fake_mean", "means")]
    assert ws.detail(run.id, "fake_mean", "means")["column"].tolist() == ["pay"]
    assert run.seconds_fit >= 0
    assert "Fake mean: by mean" in run.notes
    pd.testing.assert_series_equal(ws.synthetic(run.id).dtypes, small_split().train.frame.dtypes)
    listed = candidates(ws, race_id).set_index("candidate")
    assert json.loads(listed.loc["fake-2", "settings"])["seconds"] == 0.1
    assert listed["control"].sum() == 4


def test_a_second_race_on_the_split_does_not_run_the_controls_again(warm_workspace: Workspace) -> None:
    ws = warm_workspace
    first = race_of(ws, Request("fake"))
    until(lambda: ended(ws, first))
    second = race_of(ws, Request("fake", seed=5))
    until(lambda: ended(ws, second))
    one, two = (ws.runs(race_id).set_index("candidate") for race_id in (first, second))
    controls = [name for name in one.index if name.startswith("control:")]
    assert len(controls) == 4
    assert (one.loc[controls, "id"] == two.loc[controls, "id"]).all()
    assert one.loc["fake", "id"] != two.loc["fake", "id"]
    other_card = race_of(ws, Request("fake"), card=["fake_share"])
    assert not set(ws.runs(other_card)["id"]) & set(one.id)
    cancel_race(ws, other_card)


def test_progress_and_losses_are_on_the_board_while_it_learns(warm_workspace: Workspace) -> None:
    ws = warm_workspace
    race_id = race_of(ws, SLOW)
    until(lambda: learning(ws, race_id))
    run_id = run_of(ws, race_id).id
    until(lambda: len(ws.losses(run_id)) > 20)
    first = ws.run(run_id)
    until(lambda: ws.run(run_id).fraction > first.fraction)
    losses = ws.losses(run_id)
    assert set(losses["name"]) == {"training"}
    assert losses["step"].is_monotonic_increasing
    cancel_race(ws, race_id)


def test_cancel_stops_at_once(warm_workspace: Workspace) -> None:
    ws = warm_workspace
    race_id = race_of(ws, SLOW)
    until(lambda: learning(ws, race_id))
    run = run_of(ws, race_id)
    assert os.getpgid(run.worker.pid) == run.worker.pid
    assert cancel(ws, run.id)
    assert ws.run(run.id).state == "cancelled"
    assert until(lambda: not alive(run.worker)) < 1.0
    assert not cancel(ws, run.id)
    until(lambda: ended(ws, race_id))
    assert states(ws, race_id)["fake"] == "cancelled"
    assert not list(ws.log_folder(run.id).rglob("*.tmp"))


def test_nothing_is_queued_for_a_race_in_the_bin(warm_workspace: Workspace) -> None:
    ws = warm_workspace
    race_id = race_of(ws, SLOW)
    until(lambda: learning(ws, race_id))
    put_away(ws, "race", race_id)
    run = run_of(ws, race_id)
    assert (run.state, run.reason) == (RunState.CANCELLED, "Cancelled: the race was deleted.")
    until(lambda: ended(ws, race_id))
    for act in (
        lambda: resume_race(ws, race_id), lambda: restart(ws, run.id), lambda: score_more(ws, race_id), lambda: more_rows(ws, run.id, 5, 1),
    ):  # fmt: skip
        with pytest.raises(StoreError, match="is in the bin, where nothing is done with it"):
            act()
    states_left = {one.state for one in journal.watched(ws)[0]}
    assert states_left <= {RunState.CANCELLED}, "nothing was queued; what was stopped may still be going"
    history.bring_back(ws, "race", race_id)
    assert run.id in resume_race(ws, race_id)
    cancel_race(ws, race_id)


def test_cancel_of_a_queued_run_never_starts_it(warm_workspace: Workspace, tmp_path: Path) -> None:
    ws = warm_workspace
    mark = tmp_path / "mark"
    busy = race_of(ws, *[Request("fake", {"seconds": 60, "mark": str(tmp_path / f"busy{i}")}) for i in range(6)])
    race_id = race_of(ws, Request("fake", {"mark": str(mark)}), seed=1)
    assert cancel(ws, run_of(ws, race_id).id)
    cancel_race(ws, busy)
    until(lambda: ended(ws, race_id) and ended(ws, busy))
    assert states(ws, race_id)["fake"] == "cancelled"
    assert not mark.exists()


def test_a_worker_that_ignores_the_polite_signal_is_killed(warm_workspace: Workspace) -> None:
    ws = warm_workspace
    race_id = race_of(ws, Request("fake", {"mode": "deaf", "seconds": 60}))
    until(lambda: learning(ws, race_id))
    time.sleep(0.6)  # from now on it does not listen to its context either
    run = run_of(ws, race_id)
    cancel(ws, run.id)
    spent = until(lambda: not alive(run.worker), 6)
    assert 1.0 < spent < 5.0
    until(lambda: ws.run(run.id).stop_asked is None)
    assert ws.run(run.id).state == "cancelled"
    cancel_race(ws, race_id)


def test_a_killed_worker_is_lost_within_two_seconds_and_can_be_started_again(warm_workspace: Workspace) -> None:
    ws = warm_workspace
    race_id = race_of(ws, Request("fake", {"seconds": 0.8}))
    until(lambda: learning(ws, race_id))
    run = run_of(ws, race_id)
    os.kill(run.worker.pid, signal.SIGKILL)
    assert until(lambda: ws.run(run.id).state == "lost") < 2.0  # nobody polls: the warm parent sees it
    assert "killed" in ws.run(run.id).reason
    assert restart(ws, run.id) == run.id
    until(lambda: ended(ws, race_id))
    assert states(ws, race_id)["fake"] == "done"
    assert ws.run(run.id).attempt == 2
    with pytest.raises(StoreError, match="is done"):
        restart(ws, run.id)


@pytest.mark.parametrize(
    ("mode", "state", "reason"),
    [
        ("raises", "failed", "RuntimeError: the wheel came off"),
        ("refuses", "failed", "Does not apply, because this table has no wheels."),
        ("starves", "failed", "There was not enough memory"),
        ("vanishes", "lost", "killed"),
    ],
)
def test_what_went_wrong_is_said(warm_workspace: Workspace, mode: str, state: str, reason: str) -> None:
    ws = warm_workspace
    race_id = race_of(ws, Request("fake", {"mode": mode}))
    until(lambda: ended(ws, race_id))
    run = run_of(ws, race_id)
    assert run.state == state
    assert reason in run.reason
    if mode == "raises":
        assert "RuntimeError" in (ws.log_folder(run.id) / "log.txt").read_text()


def test_many_sweeps_at_once_start_a_run_once(warm_workspace: Workspace, tmp_path: Path) -> None:
    ws = warm_workspace
    mark = tmp_path / "mark"
    race_id = race_of(ws, Request("fake", {"mark": str(mark), "seconds": 0.2}, seeds=3))
    threads = [threading.Thread(target=lambda: [advance(ws) for _ in range(15)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    until(lambda: ended(ws, race_id))
    assert len(mark.read_text().split()) == 3


def test_the_deadline_ends_the_race_whoever_watches(warm_workspace: Workspace) -> None:
    ws = warm_workspace
    race_id = race_of(ws, Request("fake"), SLOW, seconds=4)
    until(lambda: set(states(ws, race_id).values()) <= ENDED, 12)  # nobody advances the schedule here
    assert states(ws, race_id)["fake"] == "done"
    assert states(ws, race_id)["fake-2"] == "cancelled"
    assert run_of(ws, race_id, "fake-2").reason == "Stopped: the race's time was up."


def test_more_rows_come_from_the_fitted_sampler(warm_workspace: Workspace) -> None:
    ws = warm_workspace
    race_id = race_of(ws, Request("fake"))
    until(lambda: ended(ws, race_id))
    run_id = run_of(ws, race_id).id
    more = more_rows(ws, run_id, 321, seed=9)
    assert ws.draws(run_id) == [more]
    assert ws.draws(more) == []
    until(lambda: (advance(ws), ws.run(more).state in ENDED)[1])
    assert ws.run(more).state == "done"
    drawn = ws.synthetic(more)
    assert len(drawn) == 321
    pd.testing.assert_series_equal(drawn.dtypes, ws.synthetic(run_id).dtypes)
    assert len(ws.runs(race_id)) == 5
    with pytest.raises(SettingError, match="at least one"):
        more_rows(ws, run_id, 0, seed=9)


def test_a_sampler_that_was_changed_is_not_loaded(warm_workspace: Workspace) -> None:
    ws = warm_workspace
    race_id = race_of(ws, Request("fake"))
    until(lambda: ended(ws, race_id))
    run_id = run_of(ws, race_id).id
    path = ws.artefacts.local(f"runs/{run_id}/sampler.pickle")
    path.write_bytes(path.read_bytes() + b"x")
    more = more_rows(ws, run_id, 5, seed=9)
    until(lambda: (advance(ws), ws.run(more).state in ENDED)[1])
    assert ws.run(more).state == "failed"
    assert "not the one that was written" in ws.run(more).reason


def test_a_sampler_of_a_version_with_other_modules_is_refused_in_words(
    warm_workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws = warm_workspace
    race_id = race_of(ws, Request("fake"))
    until(lambda: ended(ws, race_id))
    run_id = run_of(ws, race_id).id
    older = b"csynth_ui.generators.keeping\nKeepingSampler\n."
    ws.artefacts.local(f"runs/{run_id}/sampler.pickle").write_bytes(older)
    signed = replace(ws.run(run_id), sampler_hash=sign(ws.home, sampler.PURPOSE, older))
    monkeypatch.setattr(Workspace, "run", lambda self, run_id: signed)
    with pytest.raises(StoreError, match=r"another version of this program.*Start it again to make more rows"):
        sampler.load_sampler(ws, run_id)


def test_a_file_joins_the_race(warm_workspace: Workspace, tmp_path: Path) -> None:
    ws = warm_workspace
    race_id = race_of(ws, Request("fake"))
    frame = small_split().train.frame
    first = add_file(ws, race_id, frame, "vendor.v2.csv.gz")
    second = add_file(ws, race_id, frame.iloc[:50], "vendor.v2.csv")
    until(lambda: ended(ws, race_id))
    found = scores(ws, race_id).set_index(["candidate", "measure"])
    assert ws.run(first).candidate == "file:vendor.v2"
    assert ws.run(second).candidate == "file:vendor.v2-2"
    assert found.loc[("file:vendor.v2", "fake_share"), "value"] == 1.0
    with pytest.raises(TableError, match="lacks 'pay'"):
        add_file(ws, race_id, frame.drop(columns="pay"), "short.csv")
    assert len(ws.runs(race_id)) == 7


def test_what_was_said_of_a_file_on_reading_it_stands_beside_what_the_measures_say(warm_workspace: Workspace) -> None:
    ws = warm_workspace
    race_id = race_of(ws, Request("fake"))
    run_id = add_file(ws, race_id, small_split().train.frame.assign(further=1), "wide.csv")
    read = ws.run(run_id).notes.splitlines()
    assert any("further" in note for note in read)
    until(lambda: ended(ws, race_id))
    said = ws.run(run_id).notes.splitlines()
    assert said[: len(read)] == read
    assert "Fake mean: by mean" in said


def test_a_race_is_deleted_with_its_files(warm_workspace: Workspace) -> None:
    ws = warm_workspace
    race_id = race_of(ws, Request("fake", {"seconds": 60}, seed=77))
    until(lambda: learning(ws, race_id))
    run = run_of(ws, race_id)
    delete_race(ws, race_id)
    assert race_id not in set(ws.races()["id"])
    until(lambda: not alive(run.worker))


def test_a_race_that_cannot_be_is_refused_before_anything_is_queued(warm_workspace: Workspace) -> None:
    ws = warm_workspace
    before = len(ws.races())
    for request, error, said in (
        (Request("nothing"), PluginError, "There is no generator 'nothing'"),
        (Request("fake", {"mode": "flies"}), SettingError, "allowed is"),
        (Request("fake", {"wings": 2}), SettingError, "no setting 'wings'"),
        (Request("fake", seeds=0), SettingError, "at least one"),
        (Request("file"), SettingError, "path is missing"),
    ):
        with pytest.raises(error, match=said):
            race_of(ws, Request("fake"), request)
    with pytest.raises(SettingError, match="no card or measure"):
        race_of(ws, Request("fake"), card="grand")
    with pytest.raises(SettingError, match="at least one row"):
        race_of(ws, Request("fake"), make=0)
    assert len(ws.races()) == before


def test_a_race_goes_on_when_its_starter_is_killed(warm_workspace: Workspace) -> None:
    """The starter stands for the web server; it is killed the hard way in mid-race, and nobody polls afterwards."""
    ws = warm_workspace
    script = f"""
import time
from pathlib import Path
from synth_ui.jobs.races.start import start_race
from synth_ui.jobs.races.request import Request
from synth_ui.jobs.execution.schedule import advance
from synth_ui.store.workspace import Workspace
from tests.workshop import CARD, kept_split
ws = Workspace.open({str(ws.home)!r})
print(start_race(ws, kept_split(ws, seed=3), [Request("fake", {{"seconds": 0.6}}, seeds=4)], card=CARD), flush=True)
while True:
    advance(ws)
    time.sleep(0.05)
"""
    starter = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert starter.stdout
    race_id = starter.stdout.readline().strip()
    until(lambda: "running" in states(ws, race_id).values())
    starter.kill()
    starter.communicate()
    until(lambda: set(states(ws, race_id).values()) <= ENDED)
    assert set(states(ws, race_id).values()) == {"done"}


def test_a_race_goes_on_when_the_warm_parent_is_killed(warm_workspace: Workspace) -> None:
    """Keep this test last but one: it leaves a new warm parent behind."""
    ws = warm_workspace
    race_id = race_of(ws, Request("fake", {"seconds": 1.0}, seeds=2), seed=4)
    until(lambda: learning(ws, race_id))
    run = run_of(ws, race_id)
    parent = json.loads((ws.home / warm.NOTE).read_text())["pid"]
    os.kill(parent, signal.SIGKILL)
    until(lambda: ended(ws, race_id), 40)
    assert set(states(ws, race_id).values()) == {"done"}
    assert ws.run(run.id).attempt == 1  # it was not started again: it never stopped
    until(lambda: warm.ready(ws), 40)
    assert json.loads((ws.home / warm.NOTE).read_text())["pid"] != parent


def test_a_full_disk_fails_the_run_in_words(warm_workspace: Workspace) -> None:
    """The folder of the frames refuses to grow; the database still can."""
    ws = warm_workspace
    race_id = race_of(ws, Request("fake", {"seconds": 0.7}), seed=5)
    run_id = run_of(ws, race_id).id
    until(lambda: learning(ws, race_id))
    (ws.log_folder(run_id) / "synthetic.parquet").mkdir(
        parents=True
    )  # the rename fails as it would on a full disk, whoever runs the test
    until(lambda: ended(ws, race_id))
    assert states(ws, race_id)["fake"] == "failed"
    assert "cannot be written" in ws.run(run_id).reason
    assert not list(ws.log_folder(run_id).rglob("*.tmp"))
