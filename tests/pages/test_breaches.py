"""Coverage and rules: in words and pictures, and one click from what is wrong to what mends it."""

from __future__ import annotations

from pathlib import Path

import pytest

from synth_ui.store.workspace import Workspace
from tests.pages.conftest import Open, words


@pytest.mark.parametrize("tab", ["Rare levels", "Tails of numbers", "Odd rows", "Blanks", "Invalid cells"])
def test_each_kind_of_rare_thing_has_its_picture_or_says_why_not(results: Open, tab: str) -> None:
    at = results("coverage")
    at.session_state["coverage_tab"] = tab
    at.run()
    assert not at.exception
    assert any(len(drawn.proto.alt) > 20 for drawn in at.get("plotly_chart")) or "Nothing to draw, because" in words(at)


def test_a_broken_rule_is_shown_with_synthetic_rows(results: Open) -> None:
    at = results("rules")
    at.multiselect(key="candidates").set_value(["independent"]).run()
    assert not at.exception
    said = words(at)
    assert "never stand in one row" in said or "goes with one" in said or "is at most" in said
    assert "Synthetic rows that break it" in said
    assert at.button(key="filter-independent").label == "New candidate without the broken rows"


def test_one_click_makes_a_candidate_without_the_broken_rows(results: Open, raced: tuple[Path, str]) -> None:
    workspace = Workspace.open(raced[0])
    before = len(workspace.runs(raced[1]))
    at = results("rules")
    at.multiselect(key="candidates").set_value(["independent"]).run()
    listed = workspace.detail(_run_of(workspace, raced[1], "independent"), "rules", "rules")
    assert listed["breaches"].iloc[0] > 0
    at.button(key="filter-independent").click().run()
    assert not at.exception
    runs = workspace.runs(raced[1])
    assert len(runs) == before + 1
    new = runs.iloc[-1]
    assert new["candidate"] == "independent-filtered"
    assert new["kind"] == "filtered"


def _run_of(workspace: Workspace, race_id: str, candidate: str) -> str:
    runs = workspace.runs(race_id)
    return str(runs.loc[runs["candidate"] == candidate, "id"].iloc[0])


def test_tell_tale_signs_are_said_in_sentences(results: Open) -> None:
    at = results("rules")
    at.session_state["rules_tab"] = "Tell-tale signs"
    at.multiselect(key="candidates").set_value(["independent"]).run()
    assert not at.exception
    assert "of the synthetic rows have" in words(at) or "No simple sign" in words(at)
