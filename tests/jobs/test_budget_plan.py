"""How a budget is spent, decided from what is known and from the time: a clock of the test's own, nothing is run."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from synth_ui.core.errors import SettingError
from synth_ui.jobs.budget.limit import Limit, budget_seconds
from synth_ui.jobs.budget.plan import LEAST_KEPT, first_candidates, next_step, ranking
from synth_ui.jobs.budget.seen import BASE, FINALS, LAST_TRIALS, REST, Arm, Decision, Plan, Seen, Trial, full_seconds


def arm(name: str, trial: float = 1.0, full: float = 5.0, *, preset: bool = False, direct: bool = False) -> Arm:
    return Arm(name, name.split("-")[0], (trial, 2 * trial), full, preset, direct)


NAMES = [f"g{number}" for number in range(9)]
PLAN = Plan(
    tuple(one for name in NAMES for one in (arm(name), arm(f"{name}-2", preset=True))), (1_000, 4_000), scoring=2.0, controls=8.0
)


def seen(stage: int, now: float, trials: tuple[Trial, ...] = (), **more: object) -> Seen:
    limit, made = (
        more.pop("deadline", 60.0),
        more.pop("candidates", {"made": False}),
    )  # something always is: see `first_candidates`
    return replace(Seen(now=now, begun=0.0, deadline=limit, stage=stage, trials=trials, candidates=made, slots=2), **more)  # type: ignore[arg-type]


def scored(rung: int = 0, **scores: float | None) -> tuple[Trial, ...]:
    return tuple(Trial(name, rung, score=score, seconds=1.0) for name, score in scores.items())


def decided(now: Seen, plan: Plan = PLAN) -> Decision:
    found = next_step(plan, now)
    assert found is not None
    return found


def test_what_suits_the_table_is_made_at_once_then_what_fits_and_no_preset() -> None:
    suits = replace(arm("good", full=20.0), suits=True)
    plan = replace(PLAN, arms=(arm("slow", full=40.0), arm("b", full=2.0), arm("a"), arm("a-2", preset=True), suits))
    first = first_candidates(plan, 60.0, 2)
    assert first.stage == BASE
    assert not first.trials
    assert [name for name, _ in first.candidates] == ["a", "b", "good"], "beside the first control one that takes about as long"
    assert {name for name, _ in first_candidates(plan, 600.0, 2).candidates} == {"a", "b", "good", "slow"}
    assert next(name for name, _ in first_candidates(plan, 600.0, 1).candidates) == "b", "alone, the cheapest comes first"
    tight = first_candidates(replace(plan, controls=55.0), 60.0, 2)
    assert {name for name, _ in tight.candidates} == {"good", "b"}, "what suits the table, and one to compare it with"


@pytest.mark.parametrize("seconds", [1.0, 10.0, 60.0, 600.0])
def test_two_candidates_are_made_at_once_however_short_the_time(seconds: float) -> None:
    heavy = replace(PLAN, arms=(arm("a", full=900.0), arm("a-2", full=1.0), arm("b", full=9_000.0), arm("c", full=99_000.0)))
    names = [name for name, _ in first_candidates(heavy, seconds, 2).candidates]
    assert {"a-2", "b"} <= set(names), "of two generators"
    alone = replace(PLAN, arms=(arm("a", full=900.0),))
    assert [name for name, _ in first_candidates(alone, seconds, 2).candidates] == ["a"]


@pytest.mark.parametrize("slots", [1, 2, 4])
def test_where_the_time_is_short_the_cheapest_comes_first_so_that_it_has_a_score(slots: int) -> None:
    suits = replace(arm("good", full=4.0), suits=True)
    plan = replace(PLAN, arms=(arm("b", full=2.0), arm("a"), suits), controls=60.0)
    assert first_candidates(plan, 30.0, slots).candidates[0] == ("b", 1)
    if slots == 2:
        assert first_candidates(plan, 600.0, slots).candidates[0] != ("b", 1), (
            "with time, one that takes as long as the first control"
        )


def test_a_race_of_files_alone_makes_nothing_at_once() -> None:
    assert first_candidates(replace(PLAN, arms=()), 60.0, 2).candidates == ()


BASED = {"g0": False, "g1": True}


def based(now: float, deadline: float | None = 60.0, **more: object) -> Seen:
    given: dict[str, object] = {"candidates": BASED, "making": {"g0": 5.0}, "scoring": (9.0, 2.0, 2.0), "deadline": deadline}
    return seen(BASE, now, **{**given, **more})  # type: ignore[arg-type]


def test_what_waits_is_begun_before_anything_else_is_chosen() -> None:
    assert next_step(PLAN, based(10.0, queued=2)) is None
    assert next_step(PLAN, based(10.0, queued=1, controls_active=True)) is None, "the leaders are told by the controls"
    assert decided(based(10.0, queued=1)).stage > BASE


def test_everything_is_made_where_it_fits() -> None:
    step = decided(based(20.0, 600.0))
    assert (step.stage, step.trials, dict(step.left_out)) == (FINALS, (), {})
    assert {name for name, _ in step.candidates} == {one.name for one in PLAN.arms} - set(BASED)


def test_where_a_trial_costs_as_much_as_a_candidate_there_is_none_and_presets_of_the_leaders_come_first() -> None:
    step = decided(based(20.0, leaders=("g1", "g0")))
    assert step.stage == FINALS
    assert not step.trials
    assert [name for name, _ in step.candidates[:2]] == ["g1-2", "g0-2"]
    assert 2 < len(step.candidates) < len(PLAN.arms) - 2
    assert set(step.left_out) == {one.name for one in PLAN.arms} - set(BASED) - {name for name, _ in step.candidates}
    more = decided(replace(based(25.0, leaders=("g1", "g0"), candidates={"g0": False, "g1": False}), stage=FINALS))
    assert more.candidates, "what is quicker than forecast leaves time for others"
    late = replace(based(45.0, leaders=("g1", "g0"), candidates={"g0": False}), stage=FINALS)
    assert decided(late).stage == REST, "then come seeds and evidence"


def test_trials_choose_where_they_cost_much_less_than_candidates() -> None:
    dear = replace(PLAN, arms=tuple(replace(one, full=100.0) for one in PLAN.arms))
    step = decided(based(100.0, 600.0, making={"g0": 100.0}), dear)
    assert step.stage == 0
    assert step.trials == tuple(NAMES[2:]), "those that are candidates already are not tried"
    everybody = dict.fromkeys(NAMES, False)
    presets = decided(based(100.0, 600.0, making={"g0": 100.0}, candidates=everybody, leaders=("g3", "g2", "g1", "g0")), dear)
    assert (presets.stage, presets.trials) == (LAST_TRIALS, ("g1-2", "g2-2", "g3-2")), (
        "of generators that are made only presets are"
    )


def test_trials_have_their_shares_of_the_time_from_the_first_of_them() -> None:
    under_way = (*scored(g2=0.5), Trial("g3", 0, active=True))
    late = seen(0, 110.0, under_way, deadline=200.0, trials_from=100.0, candidates={"g0": False})
    assert next_step(PLAN, late) is None
    assert decided(replace(late, now=126.0)).stop_trials


def test_who_is_asked_to_choose_no_further_while_candidates_are_made_adds_none() -> None:
    assert decided(based(10.0, stop=True)) == Decision(FINALS)


def test_what_a_candidate_took_tells_what_its_presets_take() -> None:
    slow = based(20.0, making={"g0": 14.5})
    assert full_seconds(PLAN, slow, arm("g0-2", full=1.0)) == pytest.approx(15.0 / 5.5)
    assert full_seconds(PLAN, slow, arm("g5", full=1.0)) == pytest.approx(15.0 / 5.5), "others go by the pace of the machine"


def test_a_round_is_waited_for_until_its_share_of_the_time_is_over() -> None:
    under_way = (*scored(g0=0.5, g1=0.9), Trial("g2", 0, active=True))
    assert next_step(PLAN, seen(0, 10.0, under_way)) is None
    late = decided(seen(0, 16.0, under_way))
    assert (late.stage, late.stop_trials) == (LAST_TRIALS, True)
    assert decided(seen(0, 3.0, scored(g0=0.5, g1=0.9))).stage == LAST_TRIALS, "nothing is under way any more"
    nobody = (Trial("g2", 0, active=True),)
    assert next_step(PLAN, seen(0, 30.0, nobody)) is None, "no trial has a score yet"
    assert decided(seen(0, 37.0, nobody)).stop_trials


def test_the_better_third_goes_on_with_its_presets() -> None:
    scores = {name: number / 10 for number, name in enumerate(NAMES)}
    step = decided(seen(0, 5.0, scored(**scores), deadline=600.0))
    assert step.trials == ("g8", "g7", "g6", "g6-2", "g7-2", "g8-2")
    assert set(step.left_out) == set(NAMES[:6])
    assert len([name for name in step.trials if "-" not in name]) == LEAST_KEPT


def test_nothing_is_dropped_that_was_pinned() -> None:
    scores = {name: number / 10 for number, name in enumerate(NAMES)}
    huge = replace(PLAN, arms=tuple(replace(one, full=9_999.0) if one.name == "g0" else one for one in PLAN.arms))
    pinned = frozenset({"g0"})
    step = decided(seen(0, 14.0, scored(**scores), pinned=pinned), huge)
    assert "g0" in step.trials
    assert "g0" not in step.left_out
    under_way = (*scored(**scores), *scored(1, g8=0.9, g7=0.8), Trial("g0", 1, active=True))
    last = decided(seen(1, 30.0, under_way, pinned=pinned), huge)
    assert ("g0", 1) in last.candidates
    assert "g0" not in last.left_out
    unpinned = decided(seen(1, 30.0, under_way), huge)
    assert ("g0", 1) not in unpinned.candidates


def test_what_was_dropped_goes_no_further_and_what_refused_the_table_neither() -> None:
    trials = (*scored(1, g0=0.9, g1=0.8), Trial("g2", 1, refused=True))
    step = decided(seen(1, 20.0, trials, dropped=frozenset({"g0"})))
    assert [name for name, _ in step.candidates] == ["g1"]


def test_what_did_not_come_to_the_end_of_its_round_is_not_tried_on_more_rows() -> None:
    trials = (*scored(g0=0.5), Trial("g1", 0, active=True), Trial("g2", 0, slow=True))
    step = decided(seen(0, 16.0, trials))
    assert not {"g1", "g2"} & set(step.trials)
    assert {"g1", "g2"} <= set(step.left_out)
    stopped = (*scored(g0=0.5), Trial("g1", 0, slow=True), Trial("g2", 0, slow=True))
    assert [name for name, _ in decided(seen(1, 28.0, stopped)).candidates] == ["g0"]
    kept = decided(seen(0, 16.0, trials, pinned=frozenset({"g2"})))
    assert "g2" in kept.trials
    only = (Trial("g2", 0, slow=True),)
    assert [name for name, _ in decided(seen(1, 28.0, only)).candidates] == ["g2"], "something is made in any case"


def test_a_trial_that_ended_before_the_controls_of_its_cut_is_not_slow() -> None:
    trials = (Trial("g0", 0, active=True, seconds=1.0), Trial("g1", 0, active=True))
    step = decided(seen(0, 37.0, trials))
    assert step.candidates == (("g0", 1),)
    assert decided(seen(0, 37.0, (*scored(g3=0.1), *trials))).candidates == (("g3", 1), ("g0", 1)), "a score stands before none"


def test_an_arm_judged_on_more_rows_stands_before_one_judged_on_fewer() -> None:
    order = ranking(PLAN, seen(1, 20.0, (*scored(g0=0.99, g1=0.5), *scored(1, g1=0.6), *scored(0, g2=None))))
    assert [one.name for one in order] == ["g1", "g0", "g2"]


def test_the_forecast_of_an_arm_follows_its_trial() -> None:
    twice = (Trial("g0", 0, score=0.5, seconds=2.5),)
    assert full_seconds(PLAN, seen(0, 5.0, twice), arm("g0")) == pytest.approx(5.0 * 3.0 / 1.5)
    assert full_seconds(PLAN, seen(0, 5.0), arm("g0")) == 5.0


def test_only_what_fits_into_the_time_left_is_made_of_all_rows() -> None:
    trials = scored(1, g0=0.9, g1=0.8, g2=0.7, g3=0.6, g4=0.5)
    roomy = decided(seen(1, 20.0, trials, deadline=300.0))
    assert [name for name, _ in roomy.candidates] == ["g0", "g1", "g2", "g3", "g4"]
    tight = decided(seen(1, 38.0, trials))
    assert 1 <= len(tight.candidates) < 5
    assert tight.candidates[0] == ("g0", 1)
    slow = replace(PLAN, arms=tuple(replace(one, full=1_000.0) for one in PLAN.arms))
    assert decided(seen(1, 27.0, trials), slow).candidates == (), "what was made at once stands"


def test_on_a_machine_that_is_slower_than_forecast_time_is_kept_for_the_first_candidate() -> None:
    slow = tuple(Trial(name, 0, score=0.9, seconds=1.0, took=10.0) for name in ("g0", "g1"))
    under_way = (*slow, Trial("g2", 0, active=True))
    step = decided(seen(0, 16.0, under_way))
    assert step.stage == FINALS, "no second round: its controls alone would take a third of the time"
    assert step.candidates[0] == ("g0", 1)
    quick = tuple(replace(trial, took=2.5) for trial in slow)
    assert decided(seen(0, 16.0, quick)).stage == LAST_TRIALS


def test_what_never_had_its_turn_is_not_called_slow_and_everything_left_out_has_a_reason() -> None:
    trials = (*scored(g0=0.9), Trial("g1", 0, active=True, begun=False), Trial("g2", 0, active=True))
    step = decided(seen(0, 39.0, trials, deadline=80.0))
    names = {name for name, _ in step.candidates}
    assert step.stage == FINALS
    assert {"g0", "g1"} <= names
    assert {"g0", "g1", "g2"} == names | set(step.left_out)


def test_a_score_of_the_first_round_counts_where_the_second_gave_none() -> None:
    trials = (*scored(g0=0.9, g1=0.5), Trial("g0", 1, slow=True), Trial("g1", 1))
    assert [name for name, _ in decided(seen(1, 30.0, trials)).candidates][:2] == ["g0", "g1"]


def test_at_most_two_recipes_of_one_generator_are_made() -> None:
    plan = replace(PLAN, arms=(*PLAN.arms, arm("g0-3", preset=True)))
    trials = tuple(Trial(name, 1, score=0.9, seconds=1.0) for name in ("g0", "g0-2", "g0-3", "g1"))
    made = [name for name, _ in decided(seen(1, 20.0, trials, deadline=300.0), plan).candidates]
    assert len([name for name in made if name.startswith("g0")]) == 2
    assert "g1" in made


def test_one_with_formal_privacy_is_made_without_a_trial() -> None:
    plan = replace(PLAN, arms=(*PLAN.arms[:2], arm("dp", direct=True)))
    assert ("dp", 1) in first_candidates(plan, 60.0, 2).candidates
    dear = replace(plan, arms=tuple(replace(one, full=100.0) for one in plan.arms))
    assert "dp" not in decided(based(100.0, 600.0, candidates={"g0": True}), dear).trials
    assert "dp" not in decided(seen(0, 5.0, scored(g0=0.5)), plan).trials
    assert ("dp", 1) in decided(seen(1, 20.0, scored(1, g0=0.5)), plan).candidates


def test_the_rest_of_the_time_goes_to_further_seeds_of_the_leader() -> None:
    done = {"g0": False, "g1": False}
    trials = scored(1, g0=0.9, g1=0.8)
    assert next_step(PLAN, seen(FINALS, 30.0, trials, candidates={"g0": True})) is None
    assert next_step(PLAN, seen(FINALS, 30.0, trials, candidates=done, controls_active=True)) is None
    step = decided(seen(FINALS, 30.0, trials, candidates=done, leaders=("g1", "g0")))
    assert step.candidates == (("g1", 2), ("g1", 3))
    assert decided(seen(FINALS, 55.0, trials, candidates=done, leaders=("g1",))).candidates == ()
    assert step.stage == REST
    assert next_step(PLAN, seen(REST, 40.0, trials, candidates=done, further_active=True)) is None
    assert decided(seen(REST, 45.0, trials, candidates=done)).over


def test_without_a_limit_presets_and_seeds_of_the_leaders_are_added_until_all_are_there() -> None:
    candidates, added = {"g0": False, "g1": False}, []
    for _ in range(40):
        now = seen(REST, 99.0, scored(1, g0=0.9, g1=0.8), deadline=None, candidates=dict(candidates), leaders=("g0", "g1"))
        step = decided(now)
        if step.over:
            break
        assert 1 <= len(step.candidates) <= 2
        added += step.candidates
        candidates |= {name if seed == 1 else f"{name}#{seed}": False for name, seed in step.candidates}
    assert step.over
    assert added[:4] == [("g0-2", 1), ("g1-2", 1), ("g0", 2), ("g1", 2)]
    assert len(set(added)) == len(added) == 2 + 2 * 9


def test_who_is_asked_to_choose_no_further_makes_the_best_so_far() -> None:
    under_way = (*scored(g0=0.5, g1=0.9), Trial("g2", 0, active=True))
    step = decided(seen(0, 5.0, under_way, stop=True))
    assert (step.stage, step.candidates, step.stop_trials) == (FINALS, (("g1", 1),), True)
    assert decided(seen(FINALS, 9.0, candidates={"g1": False}, stop=True)).over


def test_the_same_timings_give_the_same_choices() -> None:
    trials = tuple(Trial(name, 0, score=0.5, seconds=1.0) for name in NAMES)
    one = decided(seen(0, 5.0, trials))
    assert one == decided(seen(0, 5.0, tuple(reversed(trials)))), "equals are told apart by name, not by who was first"
    assert Plan.from_dict(PLAN.to_dict()) == PLAN


def test_a_budget_is_a_time() -> None:
    written = {"90": 90, "90 s": 90, "3 min": 180, "3m": 180, "1.5 min": 90, "1h": 3600}
    assert {text: budget_seconds(text) for text in written} == written
    assert math.isinf(budget_seconds("until-stopped"))
    assert math.isinf(budget_seconds(math.inf))
    for wrong in ("soon", "", "-3", "3 days", 0, 0.5, float("nan")):
        with pytest.raises(SettingError, match="write a time"):
            budget_seconds(wrong)
    with pytest.raises(SettingError, match="both limits of the same clock"):
        Limit.of(60, 30)
    with pytest.raises(SettingError, match="Leave it out"):
        Limit.of(60, seeds=3)
