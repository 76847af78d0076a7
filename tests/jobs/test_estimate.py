"""How long a race takes: the queue played through, what was measured before, what is said."""

from __future__ import annotations

import math
from typing import Any

import pytest

from synth_ui.core.run import NewRun, RunKind
from synth_ui.jobs.forecast import costs, estimate
from synth_ui.jobs.forecast.costs import Shape, shape_of
from synth_ui.jobs.forecast.estimate import Forecast, Pace, RaceProgress, about, ends, forecast, left_words, play, remaining
from synth_ui.jobs.forecast.words import busy_words
from synth_ui.jobs.races.request import Request
from synth_ui.jobs.races.start import start_race
from tests.jobs.by_hand import WHOLE, Hands
from tests.workshop import SCHEMA, kept_split

SHAPE = Shape(5_000, 5_000, 5_000, 15, 100, 2)


def pace_of(known: dict[str, float], **options: Any) -> Pace:
    """A machine on which measures take what is said, whoever is asked."""
    seconds = {((key, "{}"), role): value for key, value in known.items() for role in ("candidate", "unseen")}
    return Pace(SHAPE, 1.0, {"": 1.0}, estimate._Names(), seconds, **options)  # type: ignore[arg-type]


def job(name: str, card: str, parent: str | None = None, seconds: float = 0.0, left: float | None = None) -> estimate._Job:
    """A run that takes so long to make and to score."""
    kind = RunKind.FURTHER if parent else RunKind.GENERATE
    run = NewRun(
        id=name, candidate=parent or name, generator="fake", kind=kind, parent_id=parent, rows=10, created=0.0, split_id="s",
        settings={card: {}}, card=card, cost_seconds=seconds,
    )  # fmt: skip
    return estimate._Job(run, pace_of({"copies": 1.0, "pairs": 2.0, "worth": 4.0}), left)


@pytest.fixture(autouse=True)
def steady(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(estimate, "START_SECONDS", 0.5)
    monkeypatch.setattr(estimate, "machine_factor", lambda: 1.0)


def test_the_queue_is_played_through_on_the_slots_there_are() -> None:
    jobs = [job("a", "copies", seconds=1.0), job("b", "pairs"), job("c", "copies")]
    assert play(jobs, 1) == pytest.approx({"a": 2.5, "b": 5.0, "c": 6.5})
    assert play(jobs, 2) == pytest.approx({"a": 2.5, "b": 2.5, "c": 4.0})
    assert play(jobs, 9) == pytest.approx({"a": 2.5, "b": 2.5, "c": 1.5})


def test_measures_come_after_what_they_are_asked_of_and_those_that_run_come_first() -> None:
    jobs = [job("a", "copies", left=3.0), job("later", "pairs", parent="a"), job("b", "copies")]
    assert play(jobs, 2) == pytest.approx({"a": 3.0, "b": 1.5, "later": 5.5})
    assert play([job("x", "pairs", parent="gone")], 2) == pytest.approx({"x": 2.5}), "its parent is done"
    assert play([], 2) == {}


def test_more_run_than_there_are_slots_where_the_slots_were_more() -> None:
    assert play([job("a", "copies", left=3.0), job("b", "copies", left=2.0), job("c", "copies")], 1)["c"] == pytest.approx(4.5)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.2, "1 s"), (8.4, "8 s"), (13, "15 s"), (56, "55 s"), (58, "1 min"), (83, "1 min 30 s"), (118, "2 min"), (400, "7 min"),
     (3540, "59 min"), (3580, "1 h"), (8_000, "2 h 10 min")],
)  # fmt: skip
def test_seconds_are_said_as_coarsely_as_an_estimate_deserves(seconds: float, said: str) -> None:
    assert about(seconds) == said


def test_what_is_said_is_within_a_tenth_of_what_is_meant() -> None:
    units = {"s": 1, "min": 60, "h": 3600}
    for tenth in range(100, 200_000, 37):
        parts = about(tenth / 10).split()
        said = sum(int(number) * units[unit] for number, unit in zip(parts[::2], parts[1::2], strict=True))
        assert abs(said - tenth / 10) <= max(2.5, 0.13 * tenth / 10), (tenth / 10, parts)


def test_words_of_a_forecast() -> None:
    assert Forecast(40, 118).words == "leaderboard in about 40 s, all evidence in about 2 min"
    assert Forecast(40, 40).words == "all of it in about 40 s"
    assert Forecast(0, 118).left_words == "about 2 min left in all"
    assert Forecast(20, 118).left_words == "leaderboard in about 20 s, all evidence in about 2 min"
    assert Forecast(0, 0).left_words == ""


def test_a_busy_machine_is_said_to_take_longer() -> None:
    assert busy_words(0.3, 2, 2) == busy_words(0.9, 1, 1) == busy_words(8, 16, 8) == ""
    said = "That is on a machine that does nothing else; this one is busy now (2 cores, load 12.0): expect up to 7 times as long"
    assert busy_words(12, 2, 2) == said
    assert "(1 core, load 1.0): expect up to 2 times as long" in busy_words(1, 1, 1)


def test_more_rows_and_columns_cost_more() -> None:
    shapes = (SHAPE, Shape(50_000, 50_000, 50_000, 15, 100, 2), Shape(50_000, 50_000, 50_000, 60, 900, 2))
    small, long, wide = (sum(costs.seconds(name, shape) for name in costs.COEFFICIENTS) for shape in shapes)
    assert 1.5 * small < long < wide / 1.5
    for name in costs.COEFFICIENTS:
        assert 0 < costs.seconds(name, SHAPE) < 60
        assert costs.seconds(name, SHAPE, "first") > 0.5 * costs.seconds(name, SHAPE)
    assert costs.seconds("of another package", SHAPE) == costs.UNKNOWN_SECONDS


def test_what_was_measured_on_the_table_counts_and_on_this_machine_corrects(hands: Hands) -> None:
    ws, split_id = hands.ws, kept_split(hands.ws)
    shape = shape_of(SCHEMA, 100, 100, 100)
    before = estimate.pace(ws, shape, split_id)
    assert before.scoring == pytest.approx(1.0)
    start_race(ws, split_id, [Request("fake")], card=WHOLE)
    hands.work()
    after = estimate.pace(ws, shape, split_id)
    assert after.seconds(("fake_share", "{}"), 100, "candidate") == pytest.approx(0.01)
    assert after.scoring < 1.0, "five measures took a fiftieth of what they were thought to"
    assert after.seconds(("margins", "{}"), 100, "candidate") < before.seconds(("margins", "{}"), 100, "candidate")


def test_a_forecast_counts_the_candidates_the_controls_and_what_comes_after(hands: Hands) -> None:
    ws = hands.ws
    split_id = kept_split(ws)
    split = {"id": None, "seed": 0, "train_rows": 100, "holdout_rows": 100}
    one = forecast(ws, SCHEMA, split, [Request("fake")], card=WHOLE)
    assert one.everything > one.leaderboard > 5 * 0.5 / 2
    two = forecast(ws, SCHEMA, split, [Request("fake"), Request("fake", {"seconds": 20.0})], card=WHOLE)
    assert 20 < two.leaderboard < 21 + one.leaderboard
    assert two.everything > two.leaderboard
    quick = forecast(ws, SCHEMA, split, [Request("fake")], card="fake_mean")
    assert quick.everything == quick.leaderboard < one.everything
    start_race(ws, split_id, [Request("fake")], card=WHOLE)
    hands.work()
    again = forecast(ws, SCHEMA, {**split, "id": split_id}, [Request("fake")], card=WHOLE)
    assert again.leaderboard < 0.7 * one.leaderboard, "the controls are there"
    assert again.everything < 2.5


def test_a_race_behind_another_takes_longer(hands: Hands) -> None:
    ws = hands.ws
    split = {"id": None, "seed": 0, "train_rows": 100, "holdout_rows": 100}
    alone = forecast(ws, SCHEMA, split, [Request("fake")], card=WHOLE)
    start_race(ws, kept_split(ws, seed=1), [Request("fake", {"seconds": 30.0}, seeds=4)], card=WHOLE)
    behind = forecast(ws, SCHEMA, split, [Request("fake")], card=WHOLE)
    assert behind.leaderboard > alone.leaderboard + 50
    assert math.isfinite(behind.everything)


def test_what_is_left_shrinks_to_nothing(hands: Hands) -> None:
    ws = hands.ws
    race_id = start_race(ws, kept_split(ws), [Request("fake"), Request("fake", {"seconds": 5.0})], card=WHOLE)
    left = [remaining(ws, race_id)]
    while hands.work(3):
        left.append(remaining(ws, race_id))
    assert left[0].leaderboard > 5
    assert [each.everything for each in left] == sorted([each.everything for each in left], reverse=True)
    assert left[-1] == Forecast(0.0, 0.0)
    assert left[2].leaderboard == 0 < left[2].everything


def test_progress_has_the_measures_asked_later_and_what_is_left_of_each(hands: Hands) -> None:
    ws = hands.ws
    race_id = start_race(ws, kept_split(ws), [Request("fake")], card=WHOLE)
    hands.work(6)
    shown = RaceProgress.of(ws, race_id).runs
    assert len(shown) == 5 + 10
    assert (shown["kind"] == "measure").sum() == 10
    ended = shown["state"] == "done"
    assert (shown.loc[ended, "left"] == 0).all()
    assert (shown.loc[~ended, "left"] > 0).all()
    assert "left in all" in left_words(shown)
    assert ends(ws).keys() == set(shown.loc[~ended, "id"])


def test_of_a_run_that_scores_what_it_has_not_answered_is_left(hands: Hands) -> None:
    ws = hands.ws
    race_id = start_race(ws, kept_split(ws), [Request("fake")], card="fake_deep,fake_mean,fake_share")
    hands.work(4)
    run = hands.take()
    assert run
    before = ends(ws)[run.id]
    hands.answer(run, ["fake_mean", "fake_share"])
    assert estimate.LEAST_LEFT <= ends(ws)[run.id] < before
    assert remaining(ws, race_id).everything < 2
