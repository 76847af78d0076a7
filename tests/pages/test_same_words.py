"""One race says the same words everywhere, letter by letter: page, report, card, command line, JSON and Python."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from synth_ui.api import stored
from synth_ui.cli import main
from synth_ui.comparison.purposes import PURPOSES
from synth_ui.comparison.verdict.given_away import GivenAway
from synth_ui.comparison.verdict.sentences import Verdict
from synth_ui.store.workspace import Workspace
from tests.pages.conftest import Open, words


def texts_of(said: Verdict) -> list[str]:
    return [said.finding, said.sentence, *said.further]


@pytest.fixture
def page(results: Open, raced: tuple[Path, str]) -> AppTest:
    at = results("compare", race=raced[1])
    assert not at.exception
    return at


@pytest.mark.parametrize("purpose", PURPOSES)
def test_page_report_card_command_line_and_json_say_the_same(
    purpose: str, page: AppTest, raced: tuple[Path, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    says_the_same(purpose, page, raced, tmp_path, capsys)


def test_that_a_column_gives_the_target_away_is_said_wherever_the_skill_is(
    results: Open, raced: tuple[Path, str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("synth_ui.jobs.races.results.given_away", lambda *asked: GivenAway("species", ("island",)))
    st.cache_resource.clear()
    try:
        said = says_the_same("train", results("compare", race=raced[1]), raced, tmp_path, capsys)
    finally:
        st.cache_resource.clear()
    assert "skill" in said.sentence
    assert "(which says little here: island alone gives species away)" in said.sentence


def says_the_same(
    purpose: str, page: AppTest, raced: tuple[Path, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Verdict:
    home, race_id = raced
    said = stored(Workspace.open(home), race_id).outcome.verdict(purpose)
    report, as_json, card = tmp_path / "report.html", tmp_path / "race.json", tmp_path / "card.html"
    written_to = ["--report", str(report), "--json", str(as_json), "--card", str(card)]
    assert main(["resume", race_id, "--purpose", purpose, *written_to]) == 0
    printed = capsys.readouterr().out
    kept = json.loads(as_json.read_text(encoding="utf-8"))["verdicts"][purpose]
    written, carded = (
        re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", file.read_text(encoding="utf-8")))) for file in (report, card)
    )
    page.radio(key="purpose").set_value(purpose).run()
    shown = words(page)
    for text in texts_of(said):
        for place, there in (("report", written), ("card", carded), ("command line", printed)):
            assert text in there, f"the {place} does not say: {text}"
    assert " ".join(said.paragraphs) == said.sentence
    for text in (said.finding, *said.paragraphs, *said.further):
        assert text in shown, f"the page does not say: {text}"
    assert kept == said.to_dict()
    return said


def test_every_card_of_the_leader_says_what_the_outcome_says(page: AppTest, raced: tuple[Path, str]) -> None:
    outcome = stored(Workspace.open(raced[0]), raced[1]).outcome
    page.session_state["compare_tab"] = "Scores in words"
    page.run()
    shown, leader = words(page), str(outcome.verdict().leader)
    measures = [key for key in outcome.rows if key in outcome.facts]
    assert len(measures) > 20
    assert [key for key in measures if outcome.sentence(leader, key) not in shown] == []
