"""The board while a race goes on: what is there, what is still to come and for how long; stopped here, and resumed."""

from __future__ import annotations

import re

import pytest
from streamlit.testing.v1 import AppTest

from synth_ui.core.run import RunState
from synth_ui.core.score import CONTROLS
from synth_ui.jobs.forecast.waiting import waits_for
from synth_ui.jobs.races.control import cancel
from synth_ui.jobs.races.progress import standing
from synth_ui.jobs.races.request import Request
from synth_ui.jobs.races.results import asked, ended_badly, pending
from synth_ui.jobs.races.start import start_race
from synth_ui.store.journal import finish, races_of
from tests.jobs.by_hand import FIRST, WHOLE, Hands, hands
from tests.pages.conftest import start, words
from tests.workshop import fake_plugins, kept_split

__all__ = ["fake_plugins", "hands"]

REQUESTS = (Request("fake"), Request("fake", {"seconds": 0.5}))


@pytest.fixture
def race_id(hands: Hands, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("SYNTH_UI_HOME", str(hands.ws.home))
    return start_race(hands.ws, kept_split(hands.ws), REQUESTS, card=WHOLE, name="people")


def board_of(race_id: str) -> AppTest:
    at = start("generate", race=race_id)
    assert not at.exception
    return at


def labels(at: AppTest) -> list[str]:
    return [button.label for button in at.button]


def test_it_says_what_is_there_and_what_is_left(hands: Hands, race_id: str) -> None:
    said = words(board_of(race_id))
    assert "0 of 2 candidates ready, 2 queued" in said
    assert re.search(r"leaderboard in about \d+ s, all evidence in about \d+ s", said)
    assert "Further evidence" not in said
    assert "quick scores" not in said
    hands.work(13)
    run = hands.take()
    assert run
    said = words(board_of(race_id))
    assert "2 of 2 candidates ready" in said
    assert re.search(r"further evidence 58%.*about \d+ s left in all", said)
    assert said.count("quick scores") == 5, "one control has answered all"
    assert "Further evidence 1 of 2" in said
    assert "waiting" not in said.lower()
    hands.answer(run)
    hands.end(run)
    hands.work()
    said = words(board_of(race_id))
    assert "left in all" not in said
    assert "urther evidence" not in said
    assert labels(board_of(race_id)).count("Stop here") == 0


def test_stop_here_keeps_what_there_is_and_resume_starts_the_rest(hands: Hands, race_id: str) -> None:
    hands.work(11)
    at = board_of(race_id)
    at.button(key="cancel_race").click().run()
    assert not at.exception
    assert pending(hands.ws, race_id) == {}
    assert set(ended_badly(hands.ws, race_id)) == {"fake", "fake-2", *CONTROLS}
    said = words(at)
    assert "Further evidence cancelled: fake deep not asked." in said
    assert "Further evidence cancelled: fake share and fake deep not asked." in said
    assert "left in all" not in said
    assert "Stop here" not in labels(at)
    at.button(key="resume_race").click().run()
    assert not at.exception
    assert standing(hands.ws, race_id).active
    assert {"Stop here"} <= set(labels(at))
    assert "Resume race" not in labels(at)
    hands.work()
    assert ended_badly(hands.ws, race_id) == {}


def test_controls_that_did_not_come_to_their_end_are_not_ready(hands: Hands, race_id: str) -> None:
    runs = hands.ws.runs(race_id).set_index("candidate")["id"]
    cancel(hands.ws, str(runs["control:unseen"]))
    hands.work()
    at = board_of(race_id)
    assert [one.label for one in at.expander if "Controls" in one.label] == [
        "Controls, the scale of every score: 3 of 4 ready, 1 cancelled"
    ]
    at.button(key="resume_race").click().run()
    assert pending(hands.ws, race_id) == {"control:unseen": (FIRST, "fake_share", "fake_deep")}


def test_a_race_that_a_generator_refused_offers_no_resume(hands: Hands, race_id: str) -> None:
    run = hands.take()
    assert run
    hands.end(run, RunState.FAILED, "Does not apply, because this table has no wheels.")
    hands.work()
    at = board_of(race_id)
    assert "1 of 2 candidates ready, 1 failed" in words(at)
    assert "Resume race" not in labels(at)
    assert f"restart-{run.id}" in [button.key for button in at.button]


def test_a_setting_used_otherwise_than_asked_is_said_on_the_board(hands: Hands, race_id: str) -> None:
    while (run := hands.take()) is not None:
        hands.answer(run)
        if run.candidate == "fake":
            assert finish(hands.ws, run.this_attempt, RunState.DONE, notes="used: dropout 0.7 instead of 0.2: few rows")
        else:
            hands.end(run)
    assert words(board_of(race_id)).count("Settings used on these rows: dropout 0.7.") == 1


@pytest.fixture
def narrow(hands: Hands, race_id: str) -> str:
    """A race that asked only what its leaderboard needs."""
    hands.work()
    found = start_race(hands.ws, kept_split(hands.ws), [*REQUESTS, Request("fake", seed=9)], card=FIRST, name="quick")
    hands.work()
    return found


def test_measures_are_asked_of_all_unless_narrowed(hands: Hands, narrow: str) -> None:
    from synth_ui.ui.decide import further_measures

    def page() -> None:
        from synth_ui.ui.decide import further_measures, race_view
        from synth_ui.ui.state import state

        view = race_view.view_of(state.race_id, race_view.runs(state.race_id))
        further_measures.offer(view, view.names[:2], ["fake_share"], "Look", why="It is quick.")

    at = AppTest.from_function(page)
    at.session_state["synth.race_id"] = narrow
    at.run()
    assert not at.exception
    assert labels(at) == ["Look, of all 3 candidates", "Only the 2 shown"]
    at.button(key="ask-fake_share-shown").click().run()
    assert not at.exception
    assert len(pending(hands.ws, narrow)) == 2, "the controls have answered for the other race"
    assert asked(hands.ws, narrow) == (FIRST,)
    hands.work()
    at.run()
    at.button(key="ask-fake_share").click().run()
    assert len(pending(hands.ws, narrow)) == 1
    assert asked(hands.ws, narrow) == (FIRST, "fake_share")
    hands.work()
    at.run()
    assert labels(at) == []
    assert further_measures.POLL_SECONDS > 0


def test_a_race_that_waits_for_another_says_so_and_for_how_long(hands: Hands, race_id: str) -> None:
    second = start_race(hands.ws, kept_split(hands.ws, seed=1), [Request("fake")], card=WHOLE, name="pets")
    assert waits_for(hands.ws, race_id) == waits_for(hands.ws, second) == "", "nothing runs, so nothing holds it up"
    run = hands.take()
    assert run
    assert waits_for(hands.ws, race_id) == ""
    assert re.fullmatch(r"waits for “people”, about \d+ s left", waits_for(hands.ws, second))
    board, compare = (words(start(page, race=second)) for page in ("generate", "compare"))
    for said in (board, compare):
        assert re.search(r"Waits for “people”, about \d+ s left", said)
    assert "scores are still to come" not in compare
    assert "Waits for" not in words(board_of(race_id))
    hands.answer(run)
    hands.end(run)
    while (run := hands.take()) and second not in races_of(hands.ws, [run.id])[run.id]:
        hands.answer(run)
        hands.end(run)
    assert waits_for(hands.ws, second) == "", "it has begun"


def test_two_races_of_one_name_are_told_apart_and_other_work_is_called_so(hands: Hands, race_id: str) -> None:
    second = start_race(hands.ws, kept_split(hands.ws, seed=1), [Request("fake")], card=WHOLE, name="people")
    assert hands.take()
    assert waits_for(hands.ws, second).startswith("waits for an earlier race, also “people”, about ")
