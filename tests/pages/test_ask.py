"""A race that asked few measures offers the rest, shows how far they are, and lets them be stopped."""

from __future__ import annotations

from pathlib import Path

import pytest

from synth_ui.jobs.races.request import Request
from synth_ui.store.workspace import Workspace
from tests import small_race
from tests.pages.conftest import start, words


def test_the_rest_is_offered_and_can_be_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    race_id = small_race.run(tmp_path, [Request("independent")], card="margins,copies")
    monkeypatch.setenv("SYNTH_UI_HOME", str(tmp_path))
    workspace = Workspace.open(tmp_path)
    page = start("compare")
    page.session_state["compare_tab"] = "Scores in words"
    headings = [heading.value for heading in page.run().subheader]
    assert "Looks real" in headings
    assert not {"Is useful", "Treats groups as they are"} & set(headings), "families nobody asked about"
    at = start("privacy")
    assert not at.exception
    at.button(key="ask-standard").click().run()
    assert not at.exception
    asked = workspace.asked_later(race_id)
    assert {run.candidate for run in asked} >= {"independent", "control:train", "control:unseen"}
    assert "controls among them" in " ".join(str(bar.proto.text) for bar in at.get("progress"))
    at.button(key="unask-standard").click().run()
    assert not at.exception
    assert {run.state for run in workspace.asked_later(race_id)} <= {"cancelled", "done"}
    assert "independent" in words(at).lower()
