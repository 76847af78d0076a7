"""Further measures under the warm parent: they come by themselves, and survive a killed worker without being computed twice."""

from __future__ import annotations

import os
import signal

import pytest

from synth_ui.jobs.execution.schedule import advance
from synth_ui.jobs.races import further_measures
from synth_ui.jobs.races.control import cancel_race, resume_race, score_more
from synth_ui.jobs.races.progress import standing
from synth_ui.jobs.races.request import Request
from synth_ui.jobs.races.results import ended_badly, pending
from synth_ui.jobs.races.start import start_race
from synth_ui.store.workspace import Workspace
from tests.workshop import kept_split, until

WHOLE = "fake_mean,fake_share,fake_deep"


@pytest.fixture(autouse=True)
def cards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(further_measures, "FIRST_CARD", "fake_mean")
    monkeypatch.setattr(further_measures, "WHOLE_CARD", WHOLE)
    monkeypatch.setattr(further_measures, "EARLY", frozenset({"fake_share"}))


def over(ws: Workspace, race_id: str) -> bool:
    advance(ws)
    return not standing(ws, race_id).active


def test_a_race_goes_on_by_itself_whoever_watches(warm_workspace: Workspace) -> None:
    ws = warm_workspace
    race_id = start_race(ws, kept_split(ws), [Request("fake")], card=WHOLE)
    until(lambda: not standing(ws, race_id).active)  # nobody advances the schedule here
    assert ended_badly(ws, race_id) == {}
    answers = standing(ws, race_id).answers
    assert len(answers) == 5
    assert all({key for key, _ in each} == {"fake_mean", "fake_share", "fake_deep"} for each in answers.values())
    assert {run.card for run in ws.asked_later(race_id)} == {"fake_share", "fake_deep"}


def test_what_a_killed_worker_had_answered_is_not_asked_again(warm_workspace: Workspace) -> None:
    ws = warm_workspace
    race_id = start_race(ws, kept_split(ws, seed=1), [Request("fake")], card="fake_mean")
    until(lambda: over(ws, race_id))
    slow = {"fake_share": {}, "fake_deep": {"seconds": 60.0}}
    score_more(ws, race_id, ["fake"], ["fake_share", "fake_deep"], slow)

    def written(run_id: str) -> dict[str, float]:
        return {key: answer.written for (key, _), answer in standing(ws, race_id).answers[run_id].items()}

    until(lambda: (advance(ws), any("fake_share" in written(run_id) for run_id in ws.runs(race_id)["id"]))[1])
    run = next(run for run in ws.asked_later(race_id) if "fake_share" in written(run.parent_id))
    before, name = written(run.parent_id), run.candidate
    os.kill(run.worker.pid, signal.SIGKILL)
    until(lambda: ws.run(run.id).state == "lost")
    assert ended_badly(ws, race_id)[name].startswith("lost: fake deep not asked")
    assert resume_race(ws, race_id) == [run.id]
    assert pending(ws, race_id)[name] == ("fake_deep",)
    until(lambda: (advance(ws), ws.run(run.id).phase == "looking deep")[1])
    assert ws.run(run.id).attempt == run.attempt + 1
    assert written(run.parent_id) == before
    cancel_race(ws, race_id)


def test_a_stop_ends_a_measure_that_runs(warm_workspace: Workspace) -> None:
    ws = warm_workspace
    race_id = start_race(ws, kept_split(ws, seed=2), [Request("fake")], card="fake_mean")
    until(lambda: over(ws, race_id))
    score_more(ws, race_id, None, ["fake_deep"], {"fake_deep": {"seconds": 60.0}})
    until(lambda: (advance(ws), "running" in {run.state for run in ws.asked_later(race_id)})[1])
    cancel_race(ws, race_id)
    until(lambda: over(ws, race_id), 5)
    assert set(ended_badly(ws, race_id).values()) == {"cancelled: fake deep not asked"}
    assert pending(ws, race_id) == {}
