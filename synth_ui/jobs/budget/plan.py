"""How a budget is spent: a leaderboard first, then what improves it, as pure functions of what is known and of the time.

The generators that suit the table and fit are made of all training rows at once, with the controls. Then the others and the presets follow: all
of them where that fits, else those that two rounds of trials on samples of the training rows choose, where trials cost much less than candidates.
What time is left goes to further seeds of the leader and to further evidence. See decision 20.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

BASE, LAST_TRIALS, FINALS, REST = -1, 1, 2, 3
"""The stages: what is made at once, the two rounds of trials (0 and `LAST_TRIALS`), what they chose, and what else there is time for."""

BASE_SHARE = 0.65
"""The share of the budget that what is made at once may take, the controls included."""

LEAST_BASE = 2
"""So many are made at once in any case: one alone is compared with nobody."""

FIRST_SHARE = 0.15
"""Whoever starts beside the first control may take so much of the budget to make: meanwhile that one computes what all share."""

CHOOSE_END = 0.7
"""When candidates made without a trial should be done, as a share of the budget."""

WORTH = 0.5
"""Trials are worth their time where one takes at most this share of what a candidate takes, and all of them this share of the time left."""

NOMINAL_SECONDS = 300.0
"""What the rounds of a race may take that goes on until it is stopped, as if this were its budget."""

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

MARGIN = 0.03
"""The share of the budget that is left alone: ending takes time, too."""

SLOW = "Its trial took longer than its round."
TOO_LONG = "All training rows would take too long in the time left."
NO_TIME = "Not tried: there was no time for it."

STOP_SECONDS = 60.0
"""How long a race without a limit may still score what it has once it was asked to choose no further."""

SCALE_TRIALS = 2.0
"""Measuring the controls of a cut takes as long as judging so many trials."""

RESERVE = 1.2
"""What is kept back for the first candidate and the controls, over what they are expected to take."""

MOST_RESERVED = 0.7
"""The share of the budget that is kept back for them at most."""

PACES = (0.5, 10.0)
"""Between these a machine may be slower than forecast, by what its trials took."""

CERTAIN_SECONDS = 0.5
"""So many measured seconds of a trial weigh as much as the forecast they correct."""

SCALE = "scale"
"""The arm that stands for the controls of the trials' own cut of the training rows."""


@dataclass(frozen=True)
class Arm:
    """What can be tried: a generator with settings.

    Attributes
    ----------
    name
        What the race calls the candidate.
    generator
        Its key: presets and seeds of one generator stand together.
    trials
        Seconds learning and drawing are expected to take in a trial, per round.
    full
        Seconds learning and drawing are expected to take on all training rows.
    preset
        Whether it is tried only once its generator has stood the first round.
    direct
        Whether it is made of all training rows at once: trials would void its guarantee, or send rows away.
    suits
        Whether the rules of `synth_ui.jobs.forecast.recommended` name its generator for this table.
    """

    name: str
    generator: str
    trials: tuple[float, ...]
    full: float
    preset: bool = False
    direct: bool = False
    suits: bool = False


@dataclass(frozen=True)
class Plan:
    """What was known when a race began.

    Attributes
    ----------
    arms
        All there is to be tried.
    rows
        How many training rows a trial learns from, per round.
    scoring, controls
        Seconds scoring one candidate for the leaderboard is expected to take, and all controls together.
    judging
        Seconds starting a trial and judging its rows is expected to take beyond making them.
    """

    arms: tuple[Arm, ...]
    rows: tuple[int, ...]
    scoring: float
    controls: float
    judging: float = 1.5

    def to_dict(self) -> dict[str, Any]:
        """Return it in plain values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> Plan:
        """Return a plan as it was kept."""
        arms = tuple(Arm(**{**arm, "trials": tuple(arm["trials"])}) for arm in kept["arms"])
        return cls(arms, tuple(kept["rows"]), float(kept["scoring"]), float(kept["controls"]), float(kept["judging"]))

    def arm(self, name: str) -> Arm | None:
        """Return an arm by name; None for one there is not, such as a file made elsewhere."""
        return next((arm for arm in self.arms if arm.name == name), None)


@dataclass(frozen=True)
class Trial:
    """How a trial stands.

    Attributes
    ----------
    active, begun
        Whether it is under way, waiting in the queue included; whether it has begun.
    score
        In [0, 1]; None without one.
    seconds, took
        What learning and drawing took, and all of it.
    refused, slow
        Whether the table is nothing for the generator; whether it had begun and was stopped with its round.
    """

    arm: str
    rung: int
    active: bool = False
    begun: bool = True
    score: float | None = None
    seconds: float | None = None
    took: float | None = None
    refused: bool = False
    slow: bool = False


@dataclass(frozen=True)
class Seen:
    """What has happened so far.

    Attributes
    ----------
    now, begun, deadline
        Moments in seconds; no deadline where the race goes on until it is stopped.
    stage
        Where it stands.
    trials
        In the order they were queued.
    candidates
        Per candidate in the race that is made here, whether it is under way.
    controls_active, further_active
        Whether controls, or measures asked further, are under way.
    queued
        How many candidates and controls have not begun.
    making
        Seconds of learning and drawing, per candidate that is done.
    scoring
        Seconds that scoring took, per candidate and control that is done.
    trials_from
        Seconds from the beginning to the first trial.
    leaders
        The arms on the leaderboard, best first, once it is asked for.
    slots
        How many runs work at once.
    """

    now: float
    begun: float
    deadline: float | None
    stage: int
    trials: tuple[Trial, ...] = ()
    candidates: Mapping[str, bool] = field(default_factory=dict)
    controls_active: bool = False
    further_active: bool = False
    queued: int = 0
    making: Mapping[str, float] = field(default_factory=dict)
    scoring: tuple[float, ...] = ()
    trials_from: float = 0.0
    leaders: tuple[str, ...] = ()
    slots: int = 1
    pinned: frozenset[str] = frozenset()
    dropped: frozenset[str] = frozenset()
    stop: bool = False

    @property
    def seconds(self) -> float:
        """The budget, or what stands for one."""
        return NOMINAL_SECONDS if self.deadline is None else self.deadline - self.begun

    @property
    def left(self) -> float:
        """Seconds that can still be spent."""
        return math.inf if self.deadline is None else self.deadline - self.now - max(MARGIN * self.seconds, 0.3)

    @property
    def room(self) -> float:
        """Seconds to plan with: those left, or of the time that stands for a budget."""
        return self.left if self.deadline is not None else max(NOMINAL_SECONDS - (self.now - self.begun), 0.0)

    def done_with(self, arm: Arm) -> bool:
        """Whether an arm is a candidate already, or was taken out by the user."""
        return arm.name in self.candidates or arm.name in self.dropped


@dataclass(frozen=True)
class Decision:
    """What happens next.

    Attributes
    ----------
    trials
        Arms to be tried, in order, in the round the stage says.
    candidates
        What is made of all training rows: name of the arm, and which seed of it (1 is its own).
    stop_trials
        Whether trials under way are ended.
    left_out
        Per arm that goes no further, why.
    over
        Whether nothing is left to be done.
    """

    stage: int
    trials: tuple[str, ...] = ()
    candidates: tuple[tuple[str, int], ...] = ()
    stop_trials: bool = False
    left_out: Mapping[str, str] = field(default_factory=dict)
    over: bool = False


def first_candidates(plan: Plan, seconds: float, slots: int) -> Decision:
    """Return who is made of all training rows at once: what suits the table, then the others, cheapest first, while they fit.

    Presets wait for their generator. So many come at the least as can be compared with one another, of several generators where there are.
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
    if slots > 1:
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
    if sum(_needed(plan, seen, arm) for arm in todo) > free:
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
    load = sum(_needed(plan, seen, arm) for arm in active) + (scoring(plan, seen) if seen.controls_active else 0.0)
    return max(seen.room - (1 - CHOOSE_END) * seen.seconds, 0.0) * seen.slots - load


def scoring(plan: Plan, seen: Seen) -> float:
    """Return what scoring a candidate takes: as measured, where whoever came first paid for all, else as forecast, by the pace."""
    if len(seen.scoring) > 1:
        return sorted(seen.scoring)[(len(seen.scoring) - 1) // 2]
    return plan.scoring * pace(plan, seen)


def _needed(plan: Plan, seen: Seen, arm: Arm) -> float:
    """Return what an arm is expected to take until it is scored."""
    return full_seconds(plan, seen, arm) + scoring(plan, seen)


def _worth_trying(plan: Plan, seen: Seen, arms: Sequence[Arm], free: float) -> bool:
    """Whether trials tell enough for their time: each much cheaper than a candidate, and all of a round within the time left."""
    if not arms:
        return False
    speed = pace(plan, seen)
    trials = (sum(arm.trials[0] + plan.judging for arm in arms) + SCALE_TRIALS * plan.judging) * speed
    return trials <= WORTH * min(sum(_needed(plan, seen, arm) for arm in arms), free)


def _first_trials(plan: Plan, seen: Seen, arms: Sequence[Arm]) -> Decision | None:
    """Return the first round of trials: of generators that are no candidates yet; where all are, the second begins at once."""
    generators = sorted((arm for arm in arms if not arm.preset), key=lambda arm: (arm.trials[0], arm.name))
    if not generators:
        return _second_round(plan, replace(seen, stage=0, trials_from=seen.now - seen.begun))
    room = Room(ROUND_ENDS[0] * seen.room, seen.slots, plan.judging, pace(plan, seen))
    kept, left_out = _fitting(generators, 0, room, seen.pinned)
    return Decision(0, tuple(arm.name for arm in kept), left_out=left_out) if kept else None


def _untried(plan: Plan, seen: Seen) -> Decision:
    """Return what is made without a trial: what is pinned, presets of the leaders, then the others, cheapest first, while they fit."""
    todo, left_out = _todo(plan, seen)
    lead, free, load = _generators(plan, seen.leaders), _free(plan, seen), 0.0

    def order(arm: Arm) -> tuple[bool, bool, float, str]:
        return (arm.name not in seen.pinned, not (arm.preset and arm.generator in lead), arm.full, arm.name)

    chosen = list[Arm]()
    for arm in sorted(todo, key=order):
        needed = _needed(plan, seen, arm)
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
    """Return how long after the beginning a round ends: by its share, and before the time is touched that a first candidate needs."""
    controls = 0.0 if seen.candidates else plan.controls
    first = (controls + plan.scoring) * pace(plan, seen) + min((arm.full for arm in plan.arms), default=0.0)
    reserved = min(RESERVE * first / seen.slots, MOST_RESERVED * seen.seconds)
    return min(_share_end(seen, ROUND_ENDS[rung]), seen.seconds - reserved)


def pace(plan: Plan, seen: Seen) -> float:
    """Return how much slower this machine is at the moment than forecast, by what trials took, else candidates; 1 before one is done."""
    done = [(trial.took, plan.arm(trial.arm), trial.rung) for trial in seen.trials if trial.took is not None]
    ratios = sorted(took / (arm.trials[rung] + plan.judging) for took, arm, rung in done if arm is not None and took is not None)
    if not ratios:
        made = [(taken, arm.full) for name, taken in seen.making.items() if (arm := plan.arm(name)) is not None]
        taken, expected = sum(taken for taken, _ in made), sum(full for _, full in made)
        ratios = [(taken + CERTAIN_SECONDS) / (expected + CERTAIN_SECONDS)]
    return min(max(ratios[len(ratios) // 2], PACES[0]), PACES[1])


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


def full_seconds(plan: Plan, seen: Seen, arm: Arm) -> float:
    """Return what an arm is expected to take on all training rows.

    As forecast, by what its latest trial took over its own forecast; without one, by what candidates of its generator took over
    theirs; without any of them, by the pace of the machine.
    """
    measured = [trial for trial in seen.trials if trial.arm == arm.name and trial.seconds is not None]
    if measured:
        last = max(measured, key=lambda trial: trial.rung)
        return arm.full * ((last.seconds or 0.0) + CERTAIN_SECONDS) / (arm.trials[last.rung] + CERTAIN_SECONDS)
    alike = [
        (taken, one.full) for name, taken in seen.making.items() if (one := plan.arm(name)) and one.generator == arm.generator
    ]
    if alike:
        return (
            arm.full * (sum(taken for taken, _ in alike) + CERTAIN_SECONDS) / (sum(full for _, full in alike) + CERTAIN_SECONDS)
        )
    return arm.full * pace(plan, seen)


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
    return arm.name in seen.pinned or _needed(plan, seen, arm) <= seen.left


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
    """Return who is made of all training rows: in the order of the ranking what fits, what is pinned in any case; one where nothing is made yet."""
    ranked = ranking(plan, seen)
    ranked = [arm for arm in ranked if arm.direct] + [arm for arm in ranked if not arm.direct]
    slow = [arm for arm in ranked if arm.name in _slow(seen) and not _scored(seen, arm)]
    ranked = [arm for arm in ranked if arm not in slow] or ranked
    most, speed = 1 if seen.stop else MOST_FINALS, pace(plan, seen)
    chosen, left_out, load = list[Arm](), dict[str, str](), 0.0 if seen.candidates else plan.controls * speed
    for arm in ranked:
        needed = _needed(plan, seen, arm)
        room = FINAL_SHARE * seen.left if any(not one.direct for one in chosen) else seen.left
        alike = sum(one.generator == arm.generator for one in chosen)
        fits = max(needed, (load + needed) / seen.slots) <= room
        if arm.name in seen.pinned or (fits and len(chosen) < most and alike < 2):
            chosen.append(arm)
            load += needed
        else:
            left_out[arm.name] = "Others stood higher." if fits else TOO_LONG
    if not chosen and ranked and not seen.candidates:
        chosen = [min(ranked, key=lambda arm: full_seconds(plan, seen, arm))]
    left_out |= {arm.name: SLOW for arm in slow}
    left_out = {name: why for name, why in left_out.items() if name not in {arm.name for arm in chosen}}
    own = tuple((arm.name, 1) for arm in chosen)
    return Decision(FINALS, candidates=own, stop_trials=True, left_out=left_out, over=False)


def _seeds(plan: Plan, seen: Seen) -> Decision:
    """Return further seeds of the leader: as many as half of the time that is left allows."""
    leader = next((arm for name in seen.leaders if (arm := plan.arm(name)) is not None and name not in seen.dropped), None)
    if leader is None:
        return Decision(REST)
    needed = _needed(plan, seen, leader)
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


def named(arm: str, seed: int) -> str:
    """Return what the race calls a seed of an arm."""
    return arm if seed == 1 else f"{arm}#{seed}"
