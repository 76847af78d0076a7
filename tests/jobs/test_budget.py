"""Races that choose within a budget: what stands in the queue, what is stopped and said, and that the time is kept."""

from __future__ import annotations

import json
import sqlite3
import time
from pathlib import Path

import pytest

from synth_ui.api import race, stored
from synth_ui.core.context import Progress
from synth_ui.core.errors import SettingError, StoreError
from synth_ui.core.run import Run, RunKind, RunState
from synth_ui.core.score import CONTROLS
from synth_ui.generators.base import Cost
from synth_ui.generators.catalogue import known_generators
from synth_ui.jobs.budget import control
from synth_ui.jobs.budget.limit import Limit
from synth_ui.jobs.budget.seen import BASE, FINALS, LAST_TRIALS, REST, SCALE
from synth_ui.jobs.budget.start import pool, short_words, start_budget_race, with_presets
from synth_ui.jobs.budget.words import left_words, progress_words, sample_words
from synth_ui.jobs.execution.schedule import settle
from synth_ui.jobs.forecast.estimate import RaceProgress
from synth_ui.jobs.races.control import cancel_race, delete_race, resume_race
from synth_ui.jobs.races.progress import standing
from synth_ui.jobs.races.request import Request
from synth_ui.store import budgets, journal
from synth_ui.store.budgets import Budget, Step
from synth_ui.store.workspace import Workspace
from synth_ui.system.processes import alive
from tests.jobs.by_hand import FIRST, WHOLE, Hands
from tests.workshop import CARD, kept_split, small_table, until

ARMS = [Request("fake", {"seconds": tenth / 10}) for tenth in range(6)]
BASE_ARMS, TRIED_ARMS = ["fake", "fake-2"], ["fake-3", "fake-4", "fake-5", "fake-6"]
SECONDS, DEAR = 600.0, 215.0


@pytest.fixture
def dear(monkeypatch: pytest.MonkeyPatch) -> None:
    """On an even machine a candidate takes 215 s and a trial none, so two are made at once and trials choose among the others."""
    monkeypatch.setattr(known_generators()["fake"], "cost", lambda self, size, rows: Cost(DEAR if size.rows > 90 else 0.1, 1.0))
    monkeypatch.setattr("synth_ui.jobs.budget.plan.BASE_SHARE", 0.0)
    even(monkeypatch)


def even(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever else this machine does, forecasts are those of one that does nothing else."""
    monkeypatch.setattr("synth_ui.jobs.execution.machine.crowding", lambda: 1.0)
    for module in ("budget.start", "forecast.estimate"):
        monkeypatch.setattr(f"synth_ui.jobs.{module}.machine_factor", lambda: 1.0)


def started(ws: Workspace, seconds: float = SECONDS, requests: list[Request] | None = None, card: str = WHOLE) -> str:
    return start_budget_race(ws, kept_split(ws), requests or ARMS, Limit(seconds, chooses=True), card=card)


def make_base(hands: Hands) -> list[str]:
    """Do what is made at once, two candidates and the controls, and let the next step be taken; return whose it was."""
    done = []
    while len(done) < len(CONTROLS) + len(BASE_ARMS) and (run := hands.take()) is not None:
        hands.answer(run)
        taken = {} if run.control else {"seconds_fit": DEAR, "seconds_sample": 0.0}
        assert journal.finish(hands.ws, run.this_attempt, RunState.DONE, "", **taken)
        done.append(run.candidate)
    settle(hands.ws)
    return done


def budget_of(ws: Workspace, race_id: str) -> Budget:
    found = budgets.of_race(ws, race_id)
    assert found is not None
    return found


def said(run: Run, value: float) -> str:
    score = {"candidate": run.candidate, "measure": "pairs", "family": "fidelity", "value": value, "status": "ok"}
    return json.dumps({"scores": [score], "seconds_make": 0.1})


def try_all(hands: Hands, scores: dict[str, float]) -> list[str]:
    """Do the trials that are queued, and no more; return whose they were."""
    done = []
    while (run := hands.take()) is not None and run.kind is RunKind.TRIAL:
        done.append(run.candidate)
        if run.candidate == SCALE:
            rows = [json.loads(said(run, value))["scores"][0] | {"candidate": name} for name, value in ENDS.items()]
            told = {"scores": rows}
        else:
            told = json.loads(said(run, scores.get(run.candidate, 0.5)))
        assert budgets.say(hands.ws, run.this_attempt, told)
        hands.end(run)
    if run is not None:
        hands.ws.database.change(
            lambda connection: connection.exec_driver_sql(f"UPDATE runs SET state='queued' WHERE id='{run.id}'")
        )
    return done


ENDS = {"control:independent": 0.0, "control:train": 1.0}


def test_a_leaderboard_is_made_first_on_all_training_rows(hands: Hands, dear: None) -> None:
    race_id = started(hands.ws)
    assert {run.candidate for run in hands.ws.members(race_id)} == {*CONTROLS, *BASE_ARMS}
    assert budget_of(hands.ws, race_id).stage == BASE
    assert not budgets.trials(hands.ws, race_id)
    assert make_base(hands) == ["fake", *CONTROLS, "fake-2"], "one, what gives it a scale, and one to compare it with"
    assert set(stored(hands.ws, race_id).scores["candidate"]) == {*CONTROLS, *BASE_ARMS}


def test_everything_is_made_where_it_fits_and_nothing_is_tried(hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    even(monkeypatch)
    monkeypatch.setattr("synth_ui.jobs.budget.plan.BASE_SHARE", 0.0)
    race_id = started(hands.ws)
    hands.work(6)
    settle(hands.ws)
    assert {run.candidate for run in hands.ws.members(race_id) if not run.control} == {*BASE_ARMS, *TRIED_ARMS}
    assert not budgets.trials(hands.ws, race_id)


def test_trials_choose_who_is_made_of_all_rows_and_stand_in_no_leaderboard(hands: Hands, dear: None) -> None:
    race_id = started(hands.ws)
    make_base(hands)
    assert try_all(hands, {"fake-3": 0.2, "fake-4": 0.9, "fake-5": 0.8, "fake-6": 0.7}) == [SCALE, *TRIED_ARMS]
    assert standing(hands.ws, race_id).active, "more may come"
    settle(hands.ws)
    assert budget_of(hands.ws, race_id).stage == FINALS - 1 == LAST_TRIALS
    settle(hands.ws)
    assert budget_of(hands.ws, race_id).stage == FINALS
    made = [run.candidate for run in hands.ws.members(race_id) if not run.control]
    assert made == [*BASE_ARMS, "fake-4", "fake-5"], "two recipes of one generator, as the time allows"
    order = [name for name, card in hands.work() if card == FIRST]
    assert order == ["fake-4", "fake-5"]
    result = stored(hands.ws, race_id)
    assert set(result.scores["candidate"]) == {*BASE_ARMS, "fake-4", "fake-5", *CONTROLS}
    assert SCALE not in set(result.candidates["candidate"])


def test_the_time_left_goes_to_seeds_and_the_race_ends_when_nothing_is_left(
    hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    even(monkeypatch)
    race_id = started(hands.ws)
    for _ in range(3):
        hands.work(len(CONTROLS) + len(ARMS))
        settle(hands.ws)
    leader = stored(hands.ws, race_id).leaderboard["candidate"].iloc[0]
    made = {run.candidate: run for run in hands.ws.members(race_id) if not run.control}
    assert {f"{leader}#2", f"{leader}#3"} < set(made)
    assert [made[name].seed for name in (leader, f"{leader}#2", f"{leader}#3")] == [0, 1, 2]
    hands.work()
    for _ in range(3):
        settle(hands.ws)
    assert budget_of(hands.ws, race_id).stage == REST
    assert not budget_of(hands.ws, race_id).open
    assert not standing(hands.ws, race_id).active


def test_when_the_time_is_up_what_is_unfinished_is_stopped_and_said(hands: Hands, dear: None) -> None:
    race_id = started(hands.ws, 60.0)
    hands.work(5)
    assert budgets.change(hands.ws, race_id, {}, deadline=time.time() - 1)
    settle(hands.ws)
    ended = standing(hands.ws, race_id).ended_badly()
    assert "stopped: the minute was over" in ended.values()
    assert any(said.endswith("not asked (the minute was over)") for said in ended.values())
    assert not any("cancel" in text or "killed" in text for text in ended.values())
    assert not standing(hands.ws, race_id).active
    assert resume_race(hands.ws, race_id), "it can be gone on with, without a limit"


def test_the_deadline_is_the_budget_after_the_call_whatever_was_spent_on_reading(hands: Hands) -> None:
    race_id = start_budget_race(hands.ws, kept_split(hands.ws), ARMS, Limit(60.0, chooses=True, spent=7.0), card=WHOLE)
    race_row, budget = hands.ws.race(race_id), budget_of(hands.ws, race_id)
    assert budget.deadline == race_row.deadline == pytest.approx(race_row.created + 53.0, abs=1e-3)
    assert budget.begun == pytest.approx(race_row.created - 7.0, abs=1e-3)


def test_a_trial_that_takes_too_long_is_stopped_with_its_round(hands: Hands, dear: None) -> None:
    race_id = started(hands.ws)
    make_base(hands)
    run = hands.take()
    while run is not None and run.candidate != "fake-6":
        rows = [json.loads(said(run, value))["scores"][0] | {"candidate": name} for name, value in ENDS.items()]
        assert budgets.say(hands.ws, run.this_attempt, {"scores": rows} if run.candidate == SCALE else json.loads(said(run, 0.5)))
        hands.end(run)
        run = hands.take()
    settle(hands.ws)
    assert budget_of(hands.ws, race_id).stage == 0, "its round is not over"
    past = 0.25 * SECONDS + 10
    assert budgets.change(hands.ws, race_id, {"begun": time.time() - past}, deadline=time.time() + SECONDS - past)
    settle(hands.ws)
    late = next(one.run for one in budgets.trials(hands.ws, race_id) if one.arm == "fake-6")
    assert (late.state, late.reason) == (RunState.CANCELLED, "Stopped: the time for this round was over.")
    assert budget_of(hands.ws, race_id).stage > 0


def test_pin_drop_extend_and_stop(hands: Hands, dear: None) -> None:
    race_id = started(hands.ws)
    make_base(hands)
    control.pin(hands.ws, race_id, "fake-3")
    control.drop(hands.ws, race_id, "fake-4")
    assert [one.run.state for one in budgets.trials(hands.ws, race_id) if one.arm == "fake-4"] == [RunState.CANCELLED]
    deadline = budget_of(hands.ws, race_id).deadline
    control.extend(hands.ws, race_id, 60)
    now = budget_of(hands.ws, race_id)
    assert (now.seconds, now.deadline) == (SECONDS + 60, deadline + 60 if deadline else None)
    assert left_words(now, now.begun + 20) == "about 11 min left of 11 min"
    try_all(hands, {"fake-3": 0.0, "fake-5": 0.9, "fake-6": 0.8})
    control.stop(hands.ws, race_id)
    for _ in range(2):
        settle(hands.ws)
    made = {run.candidate for run in hands.ws.members(race_id) if not run.control}
    assert made == {*BASE_ARMS, "fake-3", "fake-5"}, "the best so far, and what was pinned"
    assert left_words(budget_of(hands.ws, race_id)).startswith("stopping: up to")
    hands.work()
    for _ in range(3):
        settle(hands.ws)
    assert not budget_of(hands.ws, race_id).open
    with pytest.raises(StoreError, match="no budget that is still being spent"):
        control.extend(hands.ws, race_id, 60)


def test_what_cannot_be_done_is_refused(hands: Hands) -> None:
    race_id = started(hands.ws)
    with pytest.raises(SettingError, match="There is no 'fake-9'"):
        control.pin(hands.ws, race_id, "fake-9")
    with pytest.raises(SettingError, match="more than 0"):
        control.extend(hands.ws, race_id, 0)
    with pytest.raises(SettingError, match="name at least one"):
        start_budget_race(hands.ws, kept_split(hands.ws), [], Limit(9, chooses=True), card=WHOLE)
    with pytest.raises(StoreError, match="race 'nobody'"):
        control.stop(hands.ws, "nobody")


def test_two_who_take_the_same_step_take_it_once(hands: Hands) -> None:
    race_id = started(hands.ws)
    budget = budget_of(hands.ws, race_id)
    assert budgets.take(hands.ws, budget, Step(1))
    assert not budgets.take(hands.ws, budget, Step(2))
    assert budget_of(hands.ws, race_id).stage == 1


def test_a_race_that_is_cancelled_or_deleted_leaves_nothing_under_way(hands: Hands, dear: None) -> None:
    race_id = started(hands.ws)
    make_base(hands)
    assert budgets.active_trials(hands.ws, race_id)
    cancel_race(hands.ws, race_id)
    assert not budgets.active_trials(hands.ws, race_id)
    assert not budgets.still_open(hands.ws)
    delete_race(hands.ws, race_id)
    assert budgets.of_race(hands.ws, race_id) is None
    with sqlite3.connect(hands.ws.home / "synth_ui.sqlite") as file:
        assert file.execute("SELECT count(*) FROM runs WHERE kind = 'trial'").fetchone() == (0,)


def test_what_it_does_is_said_in_a_line(hands: Hands, dear: None) -> None:
    race_id = started(hands.ws)
    assert progress_words(hands.ws, budget_of(hands.ws, race_id), "0 of 6 done").endswith("left of 10 min; 0 of 6 done")
    make_base(hands)
    first = hands.take()
    second = hands.take()
    assert first
    assert second
    line = progress_words(hands.ws, budget_of(hands.ws, race_id), "")
    assert line.endswith("left of 10 min; round 1 of 2 on 70 training rows: 0 of 4 tried; fake-3")


def test_an_old_workspace_opens_and_can_be_raced_in(hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    from synth_ui.store import sqlite

    path = hands.ws.home / "synth_ui.sqlite"
    with sqlite3.connect(path) as file:
        file.executescript("DROP TABLE trials; DROP TABLE budgets; PRAGMA user_version = 6;")
    monkeypatch.setattr(sqlite, "_prepared", {})
    ws = Workspace.open(hands.ws.home)
    assert budgets.still_open(ws) == []
    assert budget_of(ws, started(ws)).open


def test_presets_are_tried_of_what_has_default_settings_and_none_with_formal_privacy_is_tried_unasked() -> None:
    asked = with_presets([Request("cart", seeds=3), Request("arf", {"trees": 5})])
    assert [(one.generator, one.seeds) for one in asked] == [("cart", 1), ("arf", 1), ("cart", 1), ("cart", 1)]
    tried = [known_generators()[key] for key in pool()]
    assert {"cart", "bayes_net", "arf"} <= {plugin.key for plugin in tried}
    assert not any(plugin.formal_privacy or plugin.sends for plugin in tried)


def test_a_budget_is_kept_though_a_generator_sleeps_through_it(
    warm_workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The end comes when the generator is known to sleep and the rest to be done, however long that takes on this machine."""
    monkeypatch.setattr(known_generators()["fake"], "cost", lambda self, size, rows: Cost(0.01, 1.0))
    even(monkeypatch)
    ws, looks = warm_workspace, list[str]()

    def end_it_asleep(progress: Progress) -> None:
        if not isinstance(progress, RaceProgress):
            return
        if looks:
            looks.append(progress.phase)
            return
        state = progress.runs.set_index("candidate")["state"]
        if state["fake-2"] == RunState.RUNNING and (state[["fake", *CONTROLS]] == RunState.DONE).all():
            looks.append("asleep")
            assert budgets.change(ws, str(progress.runs["race_id"].iloc[0]), {}, deadline=time.time())

    result = race(
        small_table(), target="rich", generators=[Request("fake"), Request("fake", {"seconds": 600, "mode": "deaf"})], budget=600,
        card=CARD, home=ws.home, seed=3, progress=end_it_asleep,
    )  # fmt: skip
    assert len(looks) == 2, "at the next look it is over: nobody waits for one that hears nothing"
    status = result.candidates.set_index("candidate")["status"]
    assert (status["fake"], status["fake-2"]) == ("done", "cancelled")
    race_id = result.race_id or ""
    asleep = next(run for run in ws.members(race_id) if run.candidate == "fake-2")
    assert asleep.reason == "Stopped: the 10 minutes were over."
    assert all((run.ended or 0.0) <= (asleep.ended or 0.0) for run in ws.members(race_id))
    until(lambda: settle(ws) or not (asleep.worker and alive(asleep.worker)), 60)


def test_a_race_whose_budget_is_too_short_for_all_rows_is_made_of_a_stated_sample(
    hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    even(monkeypatch)
    monkeypatch.setattr("synth_ui.jobs.budget.size.STEPS", (80, 40, 20))
    monkeypatch.setattr(known_generators()["fake"], "cost", lambda self, size, rows: Cost(size.rows / 2, 1.0))
    whole = kept_split(hands.ws)
    race_id = start_budget_race(hands.ws, whole, ARMS, Limit(60.0, chooses=True), card=WHOLE)
    split = hands.ws.split(hands.ws.race(race_id).split_id)
    assert (len(split.train), len(split.holdout)) == (80, 80)
    assert split.sentence.endswith(
        "Raced on a sample: learned from 80 of 100 training rows and scored with 80 of 100 unseen rows, because the time did not allow more."
    )
    said = sample_words(budget_of(hands.ws, race_id))
    assert said.startswith("The time is short for this table: the race learns from 80 of 100 training rows")
    assert {run.rows for run in hands.ws.members(race_id)} == {80}
    schema, row = small_table().schema, hands.ws.split_row(whole)
    assert short_words(hands.ws, row, schema, ARMS, Limit(60.0, chooses=True)) == said, "said before as it is said afterwards"
    assert hands.ws.split_like(row["table_id"], row["seed"], row["share"]) == whole
    roomy = started(hands.ws, 600.0)
    assert hands.ws.race(roomy).split_id == whole
    shorter = hands.ws.race(start_budget_race(hands.ws, whole, ARMS, Limit(59.0, chooses=True), card=WHOLE))
    assert hands.ws.race(race_id).split_id == shorter.split_id, (
        "the same rows are one split, whose sentence holds for every race made of it"
    )
    assert sample_words(budget_of(hands.ws, roomy)) == ""
    hopeless = sample_words(budget_of(hands.ws, started(hands.ws, 5.0)))
    assert "20 of 100 training rows" in hopeless
    assert "Even so, two candidates and the controls alone are expected to take about " in hopeless


def test_the_first_interrupt_of_a_race_without_a_limit_gives_its_result(warm_workspace: Workspace) -> None:
    said: list[str] = []

    def interrupt(progress: Progress) -> None:
        said.append(progress.phase)
        if isinstance(progress, RaceProgress) and "until it is stopped" in progress.phase:
            made = progress.runs["kind"] == RunKind.GENERATE.value
            if (made & (progress.runs["state"] == RunState.DONE.value)).any():
                raise KeyboardInterrupt

    result = race(
        small_table(), target="rich", generators=["fake"], budget="until stopped", card=CARD, home=warm_workspace.home, seed=4,
        progress=interrupt,
    )  # fmt: skip
    assert (result.candidates.set_index("candidate")["status"]["fake"]) == "done"
    assert any("it goes on until it is stopped" in text for text in said)
    assert budget_of(warm_workspace, result.race_id or "").stop is not None


def test_a_race_until_stopped_goes_on_until_it_is_stopped(warm_workspace: Workspace, tmp_path: Path) -> None:
    ws = warm_workspace
    race_id = start_budget_race(
        ws, kept_split(ws, seed=8), [Request("fake")], Limit(float("inf"), chooses=True), card=",".join(CARD), name="endless"
    )

    def seeds() -> int:
        settle(ws)
        return sum(run.state is RunState.DONE for run in ws.members(race_id) if not run.control)

    until(lambda: seeds() >= 3, 60)
    assert budget_of(ws, race_id).deadline is None
    control.stop(ws, race_id)
    until(lambda: settle(ws) or not standing(ws, race_id).active, 30)
    assert stored(ws, race_id).leaderboard["seeds"].iloc[0] >= 3
