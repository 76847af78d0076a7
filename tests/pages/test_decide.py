"""The page that decides: own weights, requirements, choosing and taking back, the decision card, and the view in the address."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from synth_ui.api import choose, stored, unchoose
from synth_ui.cli import main
from synth_ui.store.workspace import Workspace
from synth_ui.ui.state import CANDIDATES
from tests.pages.conftest import Open, board_of, start, words

Raced = tuple[Path, str]


@pytest.fixture
def unchosen(raced: Raced) -> Iterator[Workspace]:
    """The workspace with the race; what was chosen meanwhile is taken back."""
    ws = Workspace.open(raced[0])
    yield ws
    while (one := ws.choice(raced[1])) is not None:
        ws.undo_choice(one.id, 1.0)


def test_every_candidate_has_its_numbers_beside_its_scales(results: Open, raced: Raced) -> None:
    outcome = stored(Workspace.open(raced[0]), raced[1]).outcome
    shown = board_of(results("compare"))
    for row in outcome.leaderboard().to_dict("records"):
        assert f"<b>{row['title']}</b>" in shown
    tracks = outcome.tracks()
    for value in tracks.loc[tracks["measure"] == "pairs", "value"]:
        assert f"{value:.3f}" in shown
    assert "probability" in shown
    drawn = re.findall(r'<div class="track[^"]*" role="img" aria-label="([^"]*)"', shown)
    assert len(drawn) == len(tracks)
    assert all(len(words_of_it) > 15 for words_of_it in drawn)


def test_own_weights_move_the_verdict_and_the_odds(results: Open) -> None:
    at = results("compare")
    at.radio(key="purpose").set_value("own").run()
    assert not at.exception
    assert "under your weights" in words(at)
    for family, weight in (("fidelity", 0), ("utility", 0), ("privacy", 9)):
        at.slider(key=f"weight-{family}").set_value(weight)
    before = board_of(at)
    at.run()
    assert not at.exception
    assert board_of(at) != before
    for family in ("fidelity", "utility", "privacy"):
        at.slider(key=f"weight-{family}").set_value(0)
    at.run()
    assert not at.exception
    at.switch_page("pages/take_away.py").run()
    assert not at.exception


def test_requirements_pass_or_fail_and_say_why(results: Open) -> None:
    at = results("compare")
    assert "Required" not in board_of(at)
    at.checkbox(key="need-skill").set_value(True)
    at.checkbox(key="need-seconds").set_value(True).run()
    assert not at.exception
    shown = board_of(at)
    assert re.findall(r"(passes|fails|cannot be judged)</span></li>", shown)
    assert shown.count("<li") == 4
    assert "of the skill" in words(at)
    at.number_input(key="need-seconds-number").set_value(86_400)
    at.number_input(key="need-skill-number").set_value(200).run()
    assert "Keeps at least 200% of the skill: fails." in words(at)
    assert "Made in under 1440 minutes: fails" not in words(at)


def test_choosing_records_and_can_be_taken_back(results: Open, raced: Raced, unchosen: Workspace) -> None:
    at = results("compare", race=raced[1])
    at.radio(key="purpose").set_value("train")
    at.checkbox(key="need-seconds").set_value(True).run()
    at.selectbox(key=f"choose-{raced[1]}").set_value("independent")
    at.text_input(key=f"note-{raced[1]}").set_value("To *try* it")
    at.button(key="choose_this").click().run()
    assert not at.exception
    made = unchosen.choice(raced[1])
    assert made is not None
    assert (made.candidate, made.purpose, made.note) == ("independent", "train", "To *try* it")
    assert made.sentence == stored(unchosen, raced[1]).outcome.verdict("train").sentence
    assert [one.written for one in made.requirements] == ["seconds=60"]
    said = words(at)
    assert "Chosen: Independent columns" in said
    assert "The verdict at that time did not put it first." in said
    assert "To *try* it" in said
    assert any("Chosen: **Independent columns**" in str(one.value) for one in start(race=raced[1]).sidebar.caption)
    assert "picked" in board_of(at)
    second = start("take_away", race=raced[1])
    assert "the choice of Independent columns" in words(second)
    assert second.selectbox(key="take_candidate").value == "independent", "the rows offered are those the card is of"
    at.button(key="unchoose").click().run()
    assert unchosen.choice(raced[1]) is None
    assert "Chosen:" not in words(at)
    assert at.button(key="choose_this")


def test_the_view_stands_in_the_address(results: Open, raced: Raced) -> None:
    at = AppTest.from_file(str(Path(__file__).resolve().parents[2] / "app.py"), default_timeout=60)
    address = {
        "race": raced[1], "purpose": "Own weights", "weight-utility": "6", "need-leak": "true", "need-skill-number": "90",
        "candidates": "Independent columns", "compare_tab": "Numbers",
    }  # fmt: skip
    at.run()
    at.switch_page("pages/compare.py")
    for name, value in address.items():
        at.query_params[name] = value
    at.run()
    assert not at.exception
    assert at.radio(key="purpose").value == "own"
    assert at.slider(key="weight-utility").value == 6
    assert at.checkbox(key="need-leak").value is True
    assert at.number_input(key="need-skill-number").value == 90
    assert at.multiselect(key=CANDIDATES).value == ["independent"]
    assert at.session_state["compare_tab"] == "Numbers"


def test_the_command_line_and_python_choose_as_the_page_does(
    raced: Raced, unchosen: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("SYNTH_UI_HOME", str(raced[0]))
    assert main(["choose", raced[1], "independent", "--weights", "2,3,1", "--require", "seconds=600", "--note", "Fine."]) == 0
    printed, made = capsys.readouterr().out, unchosen.choice(raced[1])
    assert made is not None
    assert made.sentence in printed
    assert "Made in under 10 minutes: passes." in printed
    assert made.weights == pytest.approx({"fidelity": 1 / 3, "utility": 1 / 2, "privacy": 1 / 6})
    again = choose(raced[1], "gaussian_copula", purpose="train", requirements=["leak"], home=raced[0])
    assert unchosen.choice(raced[1]) == again
    assert stored(unchosen, raced[1]).to_dict()["choice"]["id"] == again.id
    card = tmp_path / "card.json"
    assert main(["resume", raced[1], "--card", str(card)]) == 0
    assert json.loads(card.read_text(encoding="utf-8"))["choice"]["id"] == again.id
    assert main(["choose", raced[1], "--undo"]) == 0
    assert unchosen.choice(raced[1]) == made
    assert unchoose(raced[1], home=raced[0]) == made
    capsys.readouterr()
    assert main(["choose", raced[1]]) == 0
    assert "No candidate of this race is chosen." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["nobody"], "no candidate 'nobody'"), (["independent", "--weights", "1,2"], "not three numbers"),
        (["independent", "--weights", "0,0,0"], "not all 0"), (["independent", "--require", "mood"], "no requirement 'mood'"),
        (["independent", "--undo"], "takes no CANDIDATE"),
    ],
)  # fmt: skip
def test_what_cannot_be_chosen_is_one_clear_line(
    more: list[str],
    said: str,
    raced: Raced,
    unchosen: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("SYNTH_UI_HOME", str(raced[0]))
    assert main(["choose", raced[1], *more]) == 2
    assert said in capsys.readouterr().err
    assert unchosen.choice(raced[1]) is None


@pytest.mark.parametrize(("purpose", "candidates"), [("share", 2), ("balanced", 1)])
def test_the_next_step_opens_from_any_view(results: Open, purpose: str, candidates: int) -> None:
    at = results("compare")
    at.radio(key="purpose").set_value(purpose)
    picked = list(at.session_state[CANDIDATES])[-candidates:]
    at.multiselect(key=CANDIDATES).set_value(picked).run()
    at.button(key="onward-pages/take_away.py").click().run()
    assert not at.exception
    assert at.title[0].value == "Take away"
    at.switch_page("pages/compare.py").run()
    assert (at.radio(key="purpose").value, at.multiselect(key=CANDIDATES).value) == (purpose, picked)


def test_the_offered_choice_follows_the_verdict_until_another_is_picked(results: Open, raced: Raced) -> None:
    at = results("compare", race=raced[1])
    key, said = f"choose-{raced[1]}", stored(Workspace.open(raced[0]), raced[1]).outcome.verdict()
    assert at.selectbox(key=key).value == said.leader
    other = next(name for name in ("gaussian_copula", "independent") if name != said.leader)
    at.session_state["synth.proposed"] = {key: other, CANDIDATES: [other]}  # as when that one led when the page was opened
    at.session_state[key], at.session_state[CANDIDATES] = other, [other]
    at.run()
    assert at.selectbox(key=key).value == said.leader
    assert said.leader in at.multiselect(key=CANDIDATES).value
    at.selectbox(key=key).set_value(other).run()
    at.run()
    assert at.selectbox(key=key).value == other
