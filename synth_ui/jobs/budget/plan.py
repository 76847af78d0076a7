"""How a budget is spent: a leaderboard first, then what improves it, as pure functions of what is known and of the time.

The generators that suit the table and fit are made of all training rows at once, with the controls. Then the others and the presets follow: all
of them where that fits, else those that two rounds of trials on samples of the training rows choose, where trials cost much less than candidates.
What time is left goes to further seeds of the leader and to further evidence. See decision 20.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from synth_ui.jobs.budget.seen import (
    BASE,
    FINALS,
    LAST_TRIALS,
    NOMINAL_SECONDS,
    REST,
    Arm,
    Decision,
    Plan,
    Seen,
    named,
    pace,
    scoring,
    seconds_of,
)

BASE_SHARE = 0.65
"""The share of the budget that what is made at once may take, the controls included."""

LEAST_BASE = 2
"""So many are made at once in any case: one alone is compared with nobody."""

FIRST_SHARE = 0.15
"""Whoever starts beside the first control may take so much of the budget to make: meanwhile that one computes what all share."""

TIGHT = 0.4
"""Where the cheapest candidate and the controls take more of the budget than this, the cheapest comes first: it shall have a score."""

CHOOSE_END = 0.7
"""When candidates made without a trial should be done, as a share of the budget."""

WORTH = 0.5
"""Trials are worth their time where one takes at most this share of what a candidate takes, and all of them this share of the time left."""

ROUND_ENDS = (0.25, 0.45)
"""When each round of trials ends at the latest, as shares of the time there is from the first trial on."""

TRIALS_END = 0.6
"""When trials end even where none has a score, as a share of the same time."""

FINAL_SHARE = 0.6
"""The share of the time left that the first candidates may take; the best one may take all of it."""

KEPT_SHARE = 1 / 3

LEAST_KEPT = 3
"""Of the arms of a round so many go on, and never fewer."""

MOST_FINALS = 5

SEEDS_WITHIN = 3
"""Seeds of the leader in a race with a limit."""

SEEDS_ENDLESS, LEADERS = 10, 3
"""Seeds of each of so many leaders in a race that goes on until it is stopped."""

SLOW = "Its trial took longer than its round."

TOO_LONG = "All training rows would take too long in the time left."

NO_TIME = "There was no time for it."

STOP_SECONDS = 60.0
"""How long a race without a limit may still score what it has once it was asked to choose no further."""

SCALE_TRIALS = 2.0
"""Measuring the controls of a cut takes as long as judging so many trials."""

RESERVE = 1.2
"""What is kept back from trials for one of those they choose, over what it is expected to take."""

MOST_RESERVED = 0.7
"""The share of the budget that is kept back for it at most."""


def first_candidates(plan: Plan, seconds: float, slots: int) -> Decision:
    """Return who is made of all training rows at once: what suits the table, then the others, cheapest first, while they fit.

    Presets wait for their generator. Where the time is short the cheapest comes before all others. So many come at the least as can be compared with one another, of several generators where there are.
    """
    order = sorted((arm for arm in plan.arms if not arm.preset), key=lambda arm: (arm.direct, not arm.suits, arm.full, arm.name))
    chosen, load, room = list[Arm](), plan.controls, BASE_SHARE * seconds
    for arm in order:
        needed = arm.full + plan.scoring
        if needed <= room and load + needed <= room * slots:
            chosen.append(arm)
            load += needed
    while len(chosen) < min(LEAST_BASE, len(order)):
        there = {one.generator for one in chosen}
        rest = (arm for arm in order if arm not in chosen)
        chosen.append(min(rest, key=lambda arm: (arm.generator in there, arm.full, arm.name)))
    chosen.sort(key=lambda arm: (arm.full, arm.name))
    if slots > 1 and chosen and plan.controls + chosen[0].full + plan.scoring <= TIGHT * seconds * slots:
        first = max((arm for arm in chosen if arm.full <= FIRST_SHARE * seconds), key=lambda arm: arm.full, default=chosen[0])
        chosen = [first, *(arm for arm in chosen if arm is not first)]
    return Decision(BASE, candidates=tuple((arm.name, 1) for arm in chosen))


def next_step(plan: Plan, seen: Seen) -> Decision | None:
    """Return what happens next; None while what is under way is to be waited for."""
    if seen.stage == BASE:
        return _after_base(plan, seen)
    if seen.stage <= LAST_TRIALS:
        if _round_goes_on(plan, seen):
            return None
        second = _second_round(plan, seen) if seen.stage == 0 and not seen.stop else None
        return second or _finals(plan, seen)
    under_way = seen.controls_active or any(seen.candidates.values())
    if seen.stage == FINALS and not seen.stop and not seen.trials and seen.queued < seen.slots:
        further = _untried(plan, seen)  # there may be more time than was forecast
        if further.candidates:
            return further
    if under_way:
        return None
    if seen.stage == FINALS and not seen.stop:
        return _seeds(plan, seen)
    if seen.further_active:
        return None
    more = () if seen.deadline is not None or seen.stop else _endless(plan, seen)
    return Decision(REST, candidates=more, over=not more)


def _after_base(plan: Plan, seen: Seen) -> Decision | None:
    """Return what follows what was made at once: everything where that fits, else trials where they are worth it, else what fits."""
    if seen.stop:
        return Decision(FINALS)
    if seen.queued >= seen.slots or (seen.queued and seen.controls_active):  # there is work for whoever comes free
        return None
    todo, late = _todo(plan, seen)
    free = _free(plan, seen)
    if sum(seconds_of(plan, seen, arm) for arm in todo) > free:
        tried = [arm for arm in todo if not arm.direct]
        if _worth_trying(plan, seen, tried, free) and (trials := _first_trials(plan, seen, tried)):
            return replace(trials, left_out={**late, **trials.left_out})
    return _untried(plan, seen)


def _todo(plan: Plan, seen: Seen) -> tuple[list[Arm], dict[str, str]]:
    """Return the arms that are no candidates yet and could be, and those for which it is too late, with the reason."""
    todo = [arm for arm in plan.arms if not seen.done_with(arm)]
    late = {arm.name: TOO_LONG for arm in todo if not _could(plan, seen, arm)}
    return [arm for arm in todo if arm.name not in late], late


def _free(plan: Plan, seen: Seen) -> float:
    """Return the seconds of all slots until choosing should end, without what is under way."""
    active = [arm for name, busy in seen.candidates.items() if busy and (arm := plan.arm(name)) is not None]
    load = sum(seconds_of(plan, seen, arm) for arm in active) + (scoring(plan, seen) if seen.controls_active else 0.0)
    return max(seen.room - (1 - CHOOSE_END) * seen.seconds, 0.0) * seen.slots - load


def _worth_trying(plan: Plan, seen: Seen, arms: Sequence[Arm], free: float) -> bool:
    """Whether trials tell enough for their time: each much cheaper than a candidate, and all of a round within the time left."""
    if not arms:
        return False
    speed = pace(plan, seen)
    trials = (sum(arm.trials[0] + plan.judging for arm in arms) + SCALE_TRIALS * plan.judging) * speed
    return trials <= WORTH * min(sum(seconds_of(plan, seen, arm) for arm in arms), free)


def _first_trials(plan: Plan, seen: Seen, arms: Sequence[Arm]) -> Decision | None:
    """Return the first round of trials: of generators that are no candidates yet; where all are, the second begins at once."""
    generators = sorted((arm for arm in arms if not arm.preset), key=lambda arm: (arm.trials[0], arm.name))
    if not generators:
        return _second_round(plan, replace(seen, stage=0, trials_from=seen.now - seen.begun))
    room = Room(ROUND_ENDS[0] * seen.room, seen.slots, plan.judging, pace(plan, seen))
    kept, left_out = _fitting(generators, 0, room, seen.pinned)
    return Decision(0, tuple(arm.name for arm in kept), left_out=left_out) if kept else None


def _untried(plan: Plan, seen: Seen) -> Decision:
    """Return what is made without a trial: what is pinned, presets of the leaders, best first, then the others, cheapest first, while they fit."""
    todo, left_out = _todo(plan, seen)
    lead, free, load = _generators(plan, seen.leaders), _free(plan, seen), 0.0

    def order(arm: Arm) -> tuple[bool, int, float, str]:
        leads = lead.index(arm.generator) if arm.preset and arm.generator in lead else LEADERS
        return (arm.name not in seen.pinned, leads, arm.full, arm.name)

    chosen = list[Arm]()
    for arm in sorted(todo, key=order):
        needed = seconds_of(plan, seen, arm)
        if arm.name in seen.pinned or (load + needed <= free and needed <= free / seen.slots):
            chosen.append(arm)
            load += needed
        else:
            left_out[arm.name] = NO_TIME
    return Decision(FINALS, candidates=tuple((arm.name, 1) for arm in chosen), left_out=left_out)


def _generators(plan: Plan, leaders: Sequence[str]) -> list[str]:
    """Return the generators of the first arms of a leaderboard, best first."""
    found = [arm.generator for name in leaders if (arm := plan.arm(name)) is not None]
    return list(dict.fromkeys(found))[:LEADERS]


def _round_goes_on(plan: Plan, seen: Seen) -> bool:
    """Whether trials of the round are still waited for."""
    own = [trial for trial in seen.trials if trial.rung == seen.stage]
    active = [trial for trial in own if trial.active and trial.arm not in seen.dropped]
    if not active or seen.stop:
        return False
    spent, scored = seen.now - seen.begun, any(trial.score is not None for trial in seen.trials)
    return spent < _round_end(plan, seen, seen.stage) or (not scored and spent < _share_end(seen, TRIALS_END))


def _share_end(seen: Seen, share: float) -> float:
    """Return how long after the beginning a share of the time for trials and what they choose is over."""
    return seen.trials_from + share * (seen.seconds - seen.trials_from)


def _round_end(plan: Plan, seen: Seen, rung: int) -> float:
    """Return how long after the beginning a round ends: by its share, and before the time is touched that what it chooses needs."""
    first = plan.scoring * pace(plan, seen) + min((arm.full for arm in plan.arms), default=0.0)
    reserved = min(RESERVE * first / seen.slots, MOST_RESERVED * seen.seconds)
    return min(_share_end(seen, ROUND_ENDS[rung]), seen.seconds - reserved)


def ranking(plan: Plan, seen: Seen) -> list[Arm]:
    """Return the arms that could go on, best first.

    An arm judged on more rows stands before one judged on fewer, then the higher score decides; what has no score yet comes last, cheapest
    first. What was dropped, or refused the table, is left out.
    """
    latest = {trial.arm: trial for trial in sorted(seen.trials, key=lambda trial: (trial.score is not None, trial.rung))}
    gone = seen.dropped | {trial.arm for trial in seen.trials if trial.refused} | set(seen.candidates)

    def order(arm: Arm) -> tuple[float, ...]:
        trial = latest.get(arm.name)
        if (
            trial is None or trial.score is None
        ):  # it ended, but the controls of its cut had not: better than one that did not end
            return (1.0 if trial is not None and trial.seconds is not None else 2.0, 0.0, 0.0, arm.full)
        return (0.0, -float(plan.rows[trial.rung]), -trial.score, arm.full)

    tried = [arm for arm in plan.arms if arm.name not in gone and (arm.name in latest or arm.direct or arm.name in seen.pinned)]
    return sorted(tried, key=lambda arm: (*order(arm), arm.name))


def _second_round(plan: Plan, seen: Seen) -> Decision | None:
    """Return who goes on: the better third with its presets, what is pinned, and what can be done in time; None without time for it."""
    window = _round_end(plan, seen, LAST_TRIALS) - (seen.now - seen.begun)
    speed = pace(plan, seen)
    if window < (SCALE_TRIALS + 1) * plan.judging * speed:
        return None
    ranked = [arm for arm in ranking(plan, seen) if not arm.direct]
    most = max(LEAST_KEPT, math.ceil(KEPT_SHARE * len(ranked)))
    slow = {arm.name: SLOW for arm in ranked if arm.name in _slow(seen)}
    ranked = [arm for arm in ranked if arm.name not in slow]
    kept = [arm for place, arm in enumerate(ranked) if place < most or arm.name in seen.pinned]
    late = {arm.name: TOO_LONG for arm in kept if not _could(plan, seen, arm)}
    kept = [arm for arm in kept if arm.name not in late]
    generators = {arm.generator for arm in kept}
    generators |= set(_generators(plan, seen.leaders))
    presets = [arm for arm in plan.arms if arm.preset and arm.generator in generators and not seen.done_with(arm)]
    same = plan.rows[LAST_TRIALS] == plan.rows[0]
    wanted = [arm for arm in kept if not same or not _scored(seen, arm)] + [arm for arm in presets if _could(plan, seen, arm)]
    tried, left_out = _fitting(wanted, LAST_TRIALS, Room(window, seen.slots, plan.judging, speed), seen.pinned)
    out = {arm.name: "Others stood higher." for arm in ranked if arm not in kept} | left_out | late | slow
    return Decision(LAST_TRIALS, tuple(arm.name for arm in tried), stop_trials=True, left_out=out)


def _slow(seen: Seen) -> set[str]:
    """Return what did not come to the end of a trial in its round; what is pinned may try again."""
    own = [trial for trial in seen.trials if trial.rung == seen.stage]
    working = {trial.arm for trial in own if trial.active and trial.begun and trial.seconds is None}
    return (working | {trial.arm for trial in seen.trials if trial.slow}) - seen.pinned


def _scored(seen: Seen, arm: Arm) -> bool:
    return any(trial.arm == arm.name and trial.score is not None for trial in seen.trials)


def _could(plan: Plan, seen: Seen, arm: Arm) -> bool:
    """Whether an arm could be made of all training rows in the time left; what is pinned is not asked."""
    return arm.name in seen.pinned or seconds_of(plan, seen, arm) <= seen.left


@dataclass(frozen=True)
class Room:
    """The time of a round: its seconds, how many work at once, what judging takes, and how much slower than forecast all is."""

    window: float
    slots: int
    judging: float
    speed: float = 1.0


def _fitting(arms: Sequence[Arm], rung: int, room: Room, pinned: Iterable[str]) -> tuple[list[Arm], dict[str, str]]:
    """Take arms in order while the round's time is not used up; what is pinned is always taken."""
    kept, left_out, used = list[Arm](), dict[str, str](), SCALE_TRIALS * room.judging * room.speed
    for arm in arms:
        needed = (arm.trials[rung] + room.judging) * room.speed
        if arm.name in set(pinned) or (needed <= room.window and used + needed <= room.window * room.slots):
            kept.append(arm)
            used += needed
        else:
            left_out[arm.name] = NO_TIME
    return kept, left_out


def _finals(plan: Plan, seen: Seen) -> Decision:
    """Return who is made of all training rows beside what was made at once: in the order of the ranking what fits, what is pinned in any case."""
    ranked = ranking(plan, seen)
    ranked = [arm for arm in ranked if arm.direct] + [arm for arm in ranked if not arm.direct]
    slow = [arm for arm in ranked if arm.name in _slow(seen) and not _scored(seen, arm)]
    ranked = [arm for arm in ranked if arm not in slow] or ranked
    most, chosen, left_out, load = 1 if seen.stop else MOST_FINALS, list[Arm](), dict[str, str](), 0.0
    for arm in ranked:
        needed = seconds_of(plan, seen, arm)
        room = FINAL_SHARE * seen.left if any(not one.direct for one in chosen) else seen.left
        alike = sum(one.generator == arm.generator for one in chosen)
        fits = max(needed, (load + needed) / seen.slots) <= room
        if arm.name in seen.pinned or (fits and len(chosen) < most and alike < 2):
            chosen.append(arm)
            load += needed
        else:
            left_out[arm.name] = "Others stood higher." if fits else TOO_LONG
    left_out |= {arm.name: SLOW for arm in slow}
    left_out = {name: why for name, why in left_out.items() if name not in {arm.name for arm in chosen}}
    own = tuple((arm.name, 1) for arm in chosen)
    return Decision(FINALS, candidates=own, stop_trials=True, left_out=left_out, over=False)


def _seeds(plan: Plan, seen: Seen) -> Decision:
    """Return further seeds of the leader: as many as half of the time that is left allows."""
    leader = next((arm for name in seen.leaders if (arm := plan.arm(name)) is not None and name not in seen.dropped), None)
    if leader is None:
        return Decision(REST)
    needed = seconds_of(plan, seen, leader)
    rounds = 0.5 * min(seen.left, NOMINAL_SECONDS) // needed
    most = max(min(SEEDS_WITHIN - 1, int(rounds) * seen.slots), 0)
    return Decision(REST, candidates=tuple((leader.name, seed) for seed in range(2, 2 + most) if _new(seen, leader.name, seed)))


def _endless(plan: Plan, seen: Seen) -> tuple[tuple[str, int], ...]:
    """Return what is added to a race without a limit: presets of the leaders, then seeds of them in turn, so many as work at once."""
    leaders = [arm for name in seen.leaders if (arm := plan.arm(name)) is not None and name not in seen.dropped][:LEADERS]
    generators = [arm.generator for arm in leaders]
    presets = [arm for arm in plan.arms if arm.generator in generators and arm.name not in seen.dropped and not arm.direct]
    wanted = [(arm.name, 1) for arm in presets]
    wanted += [(arm.name, seed) for seed in range(2, SEEDS_ENDLESS + 1) for arm in leaders]
    return tuple((name, seed) for name, seed in wanted if _new(seen, name, seed))[: seen.slots]


def _new(seen: Seen, name: str, seed: int) -> bool:
    return named(name, seed) not in seen.candidates
