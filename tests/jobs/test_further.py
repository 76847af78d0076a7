"""A race goes on by itself: in which order, what a stop keeps, what a resume starts, what is said to be still to come."""

from __future__ import annotations

from typing import Any

import pytest

from synth_ui.core.rules.constraint import Range
from synth_ui.core.run import RunState
from synth_ui.core.score import CONTROLS
from synth_ui.jobs.races import further_measures
from synth_ui.jobs.races.control import (
    add_file,
    cancel,
    cancel_race,
    delete_race,
    filter_candidate,
    put_away,
    restart,
    resume_race,
    score_more,
)
from synth_ui.jobs.races.exposed_rows import remake_candidate
from synth_ui.jobs.races.progress import standing
from synth_ui.jobs.races.request import Request
from synth_ui.jobs.races.results import asked, board, ended_badly, pending, scores, took
from synth_ui.jobs.races.start import start_race
from synth_ui.store import history, journal, schema
from tests.jobs.by_hand import FIRST, WHOLE, Hands
from tests.workshop import kept_split, small_split

EVERYBODY = {"fake", "fake-2", *CONTROLS}
TWO = (Request("fake"), Request("fake", {"seconds": 0.5}))


def race_of(hands: Hands, *requests: Request, card: str = WHOLE, **options: Any) -> str:
    return start_race(hands.ws, kept_split(hands.ws), requests or TWO, card=card, **options)


def run_id(hands: Hands, race_id: str, candidate: str) -> str:
    return str(hands.ws.runs(race_id).set_index("candidate").loc[candidate, "id"])


# --- order --------------------------------------------------------------------------------------------------------


def test_all_are_scored_for_the_leaderboard_then_asked_the_cheap_and_the_dear_measures(hands: Hands) -> None:
    race_of(hands)
    order = hands.work()
    assert [card for _, card in order] == [FIRST] * 6 + ["fake_share"] * 6 + ["fake_deep"] * 6
    for batch in (order[6:12], order[12:]):
        assert {name for name, _ in batch} == EVERYBODY
        assert {name for name, _ in batch[:4]} == set(CONTROLS), "without the controls no score has a scale"


def test_the_leaderboard_of_a_later_race_goes_before_the_rest_of_an_earlier_one(hands: Hands) -> None:
    race_of(hands, Request("fake"))
    hands.work(5)
    start_race(hands.ws, kept_split(hands.ws, seed=1), [Request("fake")], card=WHOLE)
    assert [card for _, card in hands.work(6)] == [FIRST] * 5 + ["fake_share"]


def test_what_a_user_asks_goes_before_what_comes_by_itself(hands: Hands) -> None:
    race_id = race_of(hands)
    hands.work(6)
    score_more(hands.ws, race_id, measures=["fake_deep"], settings={"fake_deep": {"rows": 7}})
    assert [card for _, card in hands.work(7)] == ["fake_deep"] * 6 + ["fake_share"]


def test_a_measure_that_is_not_installed_any_more_is_left_out_and_the_rest_is_asked(hands: Hands) -> None:
    race_id = race_of(hands, Request("fake"), card=f"{FIRST},fake_share")
    with hands.ws.database.write() as connection:
        for table in (schema.races, schema.runs):
            connection.execute(table.update().values(card=f" fake_share ,gone,{FIRST}"))
    raced = hands.ws.race(race_id)
    assert further_measures.not_installed(raced) == ("gone",)
    assert set(asked(hands.ws, race_id)) == {"fake_share", *FIRST.split(",")}
    assert set(pending(hands.ws, race_id)["fake"]) == {"fake_share", *FIRST.split(",")}
    hands.work()
    assert not pending(hands.ws, race_id)
    assert set(scores(hands.ws, race_id)["measure"]) >= {"fake_share"}
    assert resume_race(hands.ws, race_id) == []


def test_measures_are_asked_in_the_order_given(hands: Hands) -> None:
    race_id = race_of(hands, card=FIRST)
    hands.work()
    score_more(hands.ws, race_id, measures=["fake_share", "fake_deep"])
    assert {run.card for run in hands.ws.asked_later(race_id)} == {"fake_share,fake_deep"}
    run = hands.take()
    assert run
    assert [measure.key for measure in further_measures.asked_by(run)] == ["fake_share", "fake_deep"]


def test_measures_wait_for_what_they_are_to_score(hands: Hands) -> None:
    race_of(hands, Request("fake"))
    taken = [hands.take() for _ in range(5)]
    assert all(run and run.kind != "measure" for run in taken)
    assert hands.take() is None, "nothing is done yet"
    assert taken[0]
    hands.end(taken[0])
    run = hands.take()
    assert run
    assert (run.kind, run.candidate) == ("measure", taken[0].candidate)


@pytest.mark.parametrize("card", [FIRST, "fake_deep,fake_mean"])
def test_the_first_card_alone_and_a_list_of_measures_ask_nothing_further(hands: Hands, card: str) -> None:
    race_id = race_of(hands, card=card)
    assert [each for _, each in hands.work()] == [card] * 6
    assert hands.ws.asked_later(race_id) == []


def test_the_standard_card_asks_no_measure_twice_but_with_other_settings() -> None:
    first = {measure.key: measure for measure in further_measures.measures_of("quick")}
    batches = further_measures.batches("standard")
    later = [measure for batch in batches for measure in batch]
    assert len({measure.key for measure in later}) == len(later)
    assert all(first[measure.key] != measure for measure in later if measure.key in first)
    assert {*first, *(measure.key for measure in later)} == {measure.key for measure in further_measures.measures_of("standard")}
    assert {"membership", "rules", "validity", "coverage", "missingness"} <= {measure.key for measure in batches[0]}
    assert {"worth", "sdmetrics_quality"} <= {measure.key for measure in batches[1]}


# --- shared controls ----------------------------------------------------------------------------------------------


def test_controls_are_asked_once_for_two_races_of_a_split(hands: Hands) -> None:
    race_of(hands)
    hands.work()
    second = race_of(hands, Request("fake", seed=5))
    assert hands.work() == [("fake", card) for card in (FIRST, "fake_share", "fake_deep")]
    assert pending(hands.ws, second) == {}
    assert set(scores(hands.ws, second)["position"].notna()) == {True}


def test_controls_of_a_quick_race_are_asked_only_the_rest(hands: Hands) -> None:
    race_of(hands, card=FIRST)
    hands.work()
    race_of(hands, Request("fake", seed=5))
    order = hands.work()
    assert [name for name, card in order if card == FIRST] == ["fake"]
    assert {name for name, card in order if card == "fake_share"} == {"fake", *CONTROLS}


def test_controls_another_race_is_asking_are_waited_for_and_not_asked_twice(hands: Hands) -> None:
    race_of(hands)
    hands.work(6)
    second = race_of(hands, Request("fake", seed=5))
    assert pending(hands.ws, second)["control:train"] == ("fake_share", "fake_deep")
    order = hands.work()
    assert order.count(("control:train", "fake_share")) == 1


def test_a_stop_leaves_what_another_race_needs_of_the_controls(hands: Hands) -> None:
    first, second = race_of(hands), race_of(hands, Request("fake", seed=5))
    hands.work(7)
    cancel_race(hands.ws, first)
    assert pending(hands.ws, second) == dict.fromkeys(("fake", *CONTROLS), ("fake_share", "fake_deep"))
    assert ("control:unseen", "fake_deep") in hands.work()
    assert ended_badly(hands.ws, second) == {}


def test_a_stop_does_not_go_on_for_a_race_that_asks_less(hands: Hands) -> None:
    first, quick = race_of(hands), race_of(hands, Request("fake", seed=5), card=FIRST)
    hands.work(6)
    assert pending(hands.ws, quick)["fake"] == (FIRST,)
    cancel_race(hands.ws, first)
    assert hands.work() == [("fake", FIRST)]


def test_a_race_is_put_away_while_another_still_asks_measures_of_the_controls_of_both(hands: Hands) -> None:
    """It was refused as if it still ran, and no stop helped: what ran was asked by the other race."""
    first = race_of(hands, Request("fake"))
    second = race_of(hands, Request("fake", seed=5))
    hands.work(6)
    put_away(hands.ws, "race", second)
    assert hands.ws.race(second).deleted is not None
    left = [run for run in hands.ws.asked_later(first) if not run.state.ended]
    assert {run.candidate for run in left} == {"fake", *CONTROLS}, "what the first race needs goes on"
    assert history.empty_bin(hands.ws, days=-1) == 1
    assert list(hands.ws.races()["id"]) == [first]
    hands.work()
    assert not pending(hands.ws, first)


def test_a_race_that_was_stopped_is_not_gone_on_with_because_another_needs_its_controls(hands: Hands) -> None:
    first = race_of(hands)
    hands.work(1)
    cancel_race(hands.ws, first)
    race_of(hands, Request("fake", seed=5), card=FIRST)
    assert {card for _, card in hands.work()} == {FIRST}
    assert standing(hands.ws, first).resumable
    resume_race(hands.ws, first)
    hands.work()
    assert set(board(hands.ws, first)["scored"]) == {3}


# --- stop and resume ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("worked", [0, 1, 3, 6, 9, 12, 17])
def test_a_stop_keeps_what_there_is_and_a_resume_starts_the_rest(hands: Hands, worked: int) -> None:
    ws, race_id = hands.ws, race_of(hands)
    hands.work(worked)
    running = hands.take()
    before = len(ws.raw_scores(race_id))
    cancel_race(ws, race_id)
    assert pending(ws, race_id) == {}
    assert not standing(ws, race_id).active
    assert hands.take() is None
    assert len(ws.raw_scores(race_id)) == before
    assert set(ended_badly(ws, race_id)) <= EVERYBODY
    assert standing(ws, race_id).resumable
    assert running
    assert ended_badly(ws, race_id)[running.candidate].startswith("cancelled")
    queued = resume_race(ws, race_id)
    assert len(queued) == len(set(queued))
    assert ended_badly(ws, race_id) == {}
    assert resume_race(ws, race_id) == [], "all of it is under way"
    hands.work()
    assert set(board(ws, race_id)["scored"]) == {3}
    assert not standing(ws, race_id).resumable


@pytest.mark.parametrize(("state", "said"), [(RunState.FAILED, "failed: no luck"), (RunState.LOST, "lost: it is gone")])
def test_failed_and_lost_runs_are_said_and_resumed_controls_included(hands: Hands, state: RunState, said: str) -> None:
    ws, race_id = hands.ws, race_of(hands)
    while run := hands.take():
        if run.candidate in ("control:unseen", "fake-2") and run.kind != "measure":
            hands.end(run, state, said.split(": ")[1])
            continue
        hands.answer(run)
        hands.end(run)
    assert ended_badly(ws, race_id) == {"control:unseen": said, "fake-2": said}
    assert pending(ws, race_id) == {}
    assert {run.candidate for run in ws.asked_later(race_id) if run.state == "cancelled"} == {"control:unseen", "fake-2"}
    resume_race(ws, race_id)
    assert pending(ws, race_id) == dict.fromkeys(("fake-2", "control:unseen"), (FIRST, "fake_share", "fake_deep"))
    hands.work()
    assert set(board(ws, race_id)["scored"]) == {3}


def test_a_later_measure_that_failed_is_named_and_resumed(hands: Hands) -> None:
    ws, race_id = hands.ws, race_of(hands)
    hands.work(6)
    run = hands.take()
    assert run
    hands.end(run, RunState.FAILED, "There was not enough memory.")
    hands.work()
    assert ended_badly(ws, race_id) == {run.candidate: "failed: fake share not asked (There was not enough memory)"}
    assert standing(ws, race_id).resumable
    assert resume_race(ws, race_id) == [run.id]
    assert hands.work() == [(run.candidate, "fake_share")]


def test_a_generator_that_refuses_the_table_is_not_started_again(hands: Hands) -> None:
    ws, race_id = hands.ws, race_of(hands, Request("fake"))
    run = hands.take()
    assert run
    hands.end(run, RunState.FAILED, "Does not apply, because this table has no wheels.")
    hands.work()
    assert ended_badly(ws, race_id) == {"fake": "failed: Does not apply, because this table has no wheels."}
    assert not standing(ws, race_id).resumable
    assert resume_race(ws, race_id) == []


def test_a_candidate_started_again_is_asked_all_again(hands: Hands) -> None:
    ws, race_id = hands.ws, race_of(hands, Request("fake"))
    hands.work()
    score_more(ws, race_id, ["fake"], ["fake_deep"], {"fake_deep": {"rows": 7}})
    hands.work()
    one = run_id(hands, race_id, "fake")
    assert not cancel(ws, one), "it is done"
    with ws.database.write() as connection:
        connection.exec_driver_sql("UPDATE runs SET state = 'lost' WHERE id = ?", (one,))
    restart(ws, one)
    assert [card for _, card in hands.work()] == [FIRST, "fake_deep", "fake_share", "fake_deep"]
    assert {text for _, text in standing(ws, race_id).answers[one]} >= {'{"rows": 7, "seconds": 0.0}'}


def test_a_cancelled_candidate_takes_its_later_measures_along_and_no_others(hands: Hands) -> None:
    ws, race_id = hands.ws, race_of(hands)
    cancel(ws, run_id(hands, race_id, "fake-2"))
    assert "fake-2" not in pending(ws, race_id)
    assert {name for name, _ in hands.work()} == EVERYBODY - {"fake-2"}


def test_the_time_that_is_up_ends_the_later_measures_too(hands: Hands) -> None:
    ws, race_id = hands.ws, race_of(hands, seconds=1000)
    hands.work(8)
    with ws.database.write() as connection:
        connection.exec_driver_sql("UPDATE races SET deadline = 1")
    assert journal.watched(ws)[1] == [race_id]
    from synth_ui.jobs.execution.schedule import settle

    settle(ws)
    assert pending(ws, race_id) == {}
    assert {run.reason for run in ws.asked_later(race_id) if run.state == "cancelled"} == {"Stopped: the race's time was up."}


def test_a_race_is_deleted_with_what_was_to_come(hands: Hands) -> None:
    ws, race_id = hands.ws, race_of(hands)
    second = race_of(hands, Request("fake", seed=5))
    hands.work(8)
    delete_race(ws, race_id)
    assert pending(ws, second)["control:train"], "the other race still needs it"
    delete_race(ws, second)
    with ws.database.read() as connection:
        for table in ("runs", "scores", "members", "races"):
            assert connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one() == 0


# --- who enters later ---------------------------------------------------------------------------------------------


def test_who_enters_later_is_asked_what_the_others_were_asked(hands: Hands) -> None:
    ws, race_id = hands.ws, race_of(hands, Request("fake"))
    hands.work()
    score_more(ws, race_id, measures=["fake_deep"], settings={"fake_deep": {"rows": 7}})
    hands.work()
    ws.keep_synthetic(run_id(hands, race_id, "fake"), small_split().train.frame)
    add_file(ws, race_id, small_split().train.frame, "vendor.csv")
    filter_candidate(ws, race_id, "fake", [Range("pay", low=0.0)])
    remake_candidate(ws, race_id, "fake", "drop", [1])
    wanted = (FIRST, "fake_share", "fake_deep")
    assert pending(ws, race_id) == dict.fromkeys(("file:vendor", "fake-filtered", "fake-drop"), wanted)
    hands.work()
    answers = standing(ws, race_id).answers
    same = set(answers[run_id(hands, race_id, "fake")])
    for name in ("file:vendor", "fake-filtered", "fake-drop"):
        assert set(answers[run_id(hands, race_id, name)]) == same
    assert set(board(ws, race_id)["scored"]) == {3}


def test_a_candidate_checked_again_is_asked_what_its_parent_alone_was_asked(hands: Hands) -> None:
    ws, race_id = hands.ws, race_of(hands, Request("fake"), card=FIRST)
    hands.work()
    score_more(ws, race_id, ["fake"], ["fake_deep"], {"fake_deep": {"rows": 7}})
    hands.work()
    remake_candidate(ws, race_id, "fake", "drop", [1])
    add_file(ws, race_id, small_split().train.frame, "vendor.csv")
    assert pending(ws, race_id) == {"fake-drop": (FIRST, "fake_deep"), "file:vendor": (FIRST,)}


# --- asking deeper ------------------------------------------------------------------------------------------------


def test_asking_deeper_asks_all_and_those_still_to_come(hands: Hands) -> None:
    ws, race_id = hands.ws, race_of(hands, card=FIRST)
    hands.work(5)
    run = hands.take()
    assert run
    queued = score_more(ws, race_id, measures=["fake_share"])
    assert len(queued) == 6
    assert asked(ws, race_id) == (FIRST, "fake_share")
    assert pending(ws, race_id)[run.candidate] == (FIRST, "fake_share")
    assert len(hands.work()) == 5
    hands.answer(run)
    hands.end(run)
    assert hands.work() == [(run.candidate, "fake_share")]


def test_asking_some_is_no_question_to_all(hands: Hands) -> None:
    ws, race_id = hands.ws, race_of(hands, card=FIRST)
    hands.work()
    assert len(score_more(ws, race_id, ["fake"], ["fake_share"])) == 5
    assert asked(ws, race_id) == (FIRST,)
    assert len(score_more(ws, race_id, measures=["fake_share"])) == 1, "only the one that is not being asked"
    assert asked(ws, race_id) == (FIRST, "fake_share")


def test_a_deeper_answer_counts_once_all_have_it(hands: Hands) -> None:
    ws, race_id = hands.ws, race_of(hands, card="fake_deep")
    hands.work()

    def shown() -> dict[str, float]:
        return dict(zip(scores(ws, race_id)["candidate"], scores(ws, race_id)["value"], strict=True))

    def places() -> dict[str, float]:
        return dict(zip(scores(ws, race_id)["candidate"], scores(ws, race_id)["position"], strict=True))

    first, at = shown(), places()
    score_more(ws, race_id, measures=["fake_deep"], settings={"fake_deep": {"rows": 100}})
    for _ in range(5):
        hands.work(1)
        assert shown() == first, "some have answered, the others not"
        assert places() == pytest.approx(at)
    assert pending(ws, race_id) == {}
    assert pending(ws, race_id, again=True) == {"fake-2": ("fake_deep",)}
    hands.work(1)
    assert shown() == pytest.approx({name: value + 90 for name, value in first.items()})
    assert places() == pytest.approx(at)


def test_a_question_to_one_is_shown_there_on_its_own_scale_and_moves_nobody(hands: Hands) -> None:
    ws, race_id = hands.ws, race_of(hands, card="fake_deep")
    hands.work()
    before = scores(ws, race_id).set_index("candidate")[["value", "floor", "position"]]
    score_more(ws, race_id, ["fake"], ["fake_deep"], {"fake_deep": {"rows": 100}})
    hands.work()
    after = scores(ws, race_id).set_index("candidate")[["value", "floor", "position"]]
    assert after.loc["fake", "value"] == before.loc["fake", "value"] + 90
    assert after.loc["fake", "position"] == pytest.approx(before.loc["fake", "position"])
    assert after.drop("fake").equals(before.drop("fake"))


def test_a_deeper_answer_that_one_did_not_give_counts_for_nobody(hands: Hands) -> None:
    ws, race_id = hands.ws, race_of(hands, card="fake_deep")
    hands.work()
    before = scores(ws, race_id)
    score_more(ws, race_id, measures=["fake_deep"], settings={"fake_deep": {"rows": 100}})
    hands.work(5)
    cancel_race(ws, race_id)
    assert scores(ws, race_id).equals(before)
    assert ended_badly(ws, race_id) == {"fake-2": "cancelled: fake deep not asked"}
    resume_race(ws, race_id)
    hands.work()
    assert scores(ws, race_id)["value"].tolist() == pytest.approx((before["value"] + 90).tolist())


# --- how long it took ---------------------------------------------------------------------------------------------


def test_a_race_took_as_long_as_it_ran_whatever_entered_later(hands: Hands) -> None:
    ws, race_id = hands.ws, race_of(hands, Request("fake"))
    assert took(ws, race_id) is None
    hands.work()
    with ws.database.write() as connection:
        connection.exec_driver_sql("UPDATE runs SET started = 100, ended = 140")
        connection.exec_driver_sql("UPDATE runs SET started = 130, ended = 190 WHERE kind = 'measure'")
    assert took(ws, race_id) == pytest.approx(90)
    add_file(ws, race_id, small_split().train.frame, "vendor.csv")
    hands.work()
    with ws.database.write() as connection:
        connection.exec_driver_sql("UPDATE runs SET started = 5000, ended = 5001 WHERE candidate = 'file:vendor'")
    assert took(ws, race_id) == pytest.approx(90)
