"""Measures asked of candidates that are done: added to their scores, with their scale, once."""

from __future__ import annotations

import pytest

from synth_ui.core.errors import SettingError, StoreError
from synth_ui.jobs.execution.schedule import advance
from synth_ui.jobs.races.control import delete_race, score_more
from synth_ui.jobs.races.request import Request
from synth_ui.jobs.races.results import board, scores
from synth_ui.jobs.races.start import start_race
from synth_ui.store.workspace import Workspace
from tests.workshop import kept_split, until

ENDED = {"done", "cancelled", "failed", "lost"}


@pytest.fixture(scope="module")
def race_id(warm_workspace: Workspace) -> str:
    found = start_race(warm_workspace, kept_split(warm_workspace), [Request("fake")], card=["fake_mean"])
    until(lambda: _ended(warm_workspace, found))
    return found


def _ended(ws: Workspace, race_id: str) -> bool:
    advance(ws)
    runs = [*ws.runs(race_id)["state"], *(run.state for run in ws.asked_later(race_id))]
    return set(runs) <= ENDED


def test_a_measure_asked_later_has_its_scale_and_changes_nothing_else(warm_workspace: Workspace, race_id: str) -> None:
    ws = warm_workspace
    before = scores(ws, race_id).query("measure == 'fake_mean'").reset_index(drop=True)
    mark = board(ws, race_id)["mark"]
    queued = score_more(ws, race_id, ["fake"], ["fake_share"])
    assert len(queued) == 5  # the candidate and the four controls
    assert score_more(ws, race_id, ["fake"], ["fake_share"]) == []  # the same is under way
    until(lambda: _ended(ws, race_id))
    assert [run.state for run in ws.asked_later(race_id)] == ["done"] * 5
    after = scores(ws, race_id).set_index(["candidate", "measure"])
    assert after.loc[("fake", "fake_share"), "value"] == 1.0
    assert after.loc[("fake", "fake_share"), "position"] == 1.0
    again = scores(ws, race_id).query("measure == 'fake_mean'").reset_index(drop=True)
    assert again.equals(before)
    assert set(board(ws, race_id)["candidate"]) == {
        "fake",
        *(f"control:{k}" for k in ("independent", "train", "flipped", "unseen")),
    }
    assert (board(ws, race_id)["mark"] != mark).all()
    assert score_more(ws, race_id, ["fake"], ["fake_share"]) == []  # all have it


def test_asked_again_with_other_settings_it_replaces_what_it_said(warm_workspace: Workspace, race_id: str) -> None:
    ws = warm_workspace
    rows = len(ws.raw_scores(race_id))
    assert len(score_more(ws, race_id, ["fake"], ["fake_mean"], {"fake_mean": {}})) == 5
    until(lambda: _ended(ws, race_id))
    assert len(ws.raw_scores(race_id)) == rows
    run_id = ws.runs(race_id).set_index("candidate").loc["fake", "id"]
    assert ws.details(run_id).count(("fake_mean", "means")) == 1


@pytest.mark.parametrize(
    ("candidates", "measures", "settings", "error", "said"),
    [
        (["nobody"], ["fake_share"], None, StoreError, "nobody is not done"),
        (["fake"], ["no_such"], None, SettingError, "no_such"),
        (["fake"], ["fake_share"], {"fake_share": {"odd": 1}}, SettingError, "odd"),
    ],
)
def test_what_cannot_be_asked_is_refused(warm_workspace, race_id, candidates, measures, settings, error, said) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(error, match=said):
        score_more(warm_workspace, race_id, candidates, measures, settings)


def test_a_deleted_race_takes_its_later_measures_along(warm_workspace: Workspace) -> None:
    ws = warm_workspace
    found = start_race(ws, kept_split(ws, seed=9), [Request("fake")], card=["fake_mean"])
    until(lambda: _ended(ws, found))
    queued = score_more(ws, found, ["fake"], ["fake_share"])
    until(lambda: _ended(ws, found))
    delete_race(ws, found)
    for run_id in queued:
        with pytest.raises(StoreError):
            ws.run(run_id)
