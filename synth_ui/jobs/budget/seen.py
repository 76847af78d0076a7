"""What a race with a budget knows: what can be made, how trials and candidates stand, and what that tells of the time others take."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

BASE, LAST_TRIALS, FINALS, REST = -1, 1, 2, 3
"""The stages: what is made at once, the two rounds of trials (0 and `LAST_TRIALS`), what they chose, and what else there is time for."""

NOMINAL_SECONDS = 300.0
"""What the rounds of a race may take that goes on until it is stopped, as if this were its budget."""

MARGIN = 0.03
"""The share of the budget that is left alone: ending takes time, too."""

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


def scoring(plan: Plan, seen: Seen) -> float:
    """Return what scoring a candidate takes: as measured, where whoever came first paid for all, else as forecast, by the pace."""
    if len(seen.scoring) > 1:
        return sorted(seen.scoring)[(len(seen.scoring) - 1) // 2]
    return plan.scoring * pace(plan, seen)


def seconds_of(plan: Plan, seen: Seen, arm: Arm) -> float:
    """Return what an arm is expected to take until it is scored."""
    return full_seconds(plan, seen, arm) + scoring(plan, seen)


def pace(plan: Plan, seen: Seen) -> float:
    """Return how much slower this machine is at the moment than forecast, by what trials took, else candidates; 1 before one is done."""
    done = [(trial.took, plan.arm(trial.arm), trial.rung) for trial in seen.trials if trial.took is not None]
    ratios = sorted(took / (arm.trials[rung] + plan.judging) for took, arm, rung in done if arm is not None and took is not None)
    if not ratios:
        made = [(taken, arm.full) for name, taken in seen.making.items() if (arm := plan.arm(name)) is not None]
        taken, expected = sum(taken for taken, _ in made), sum(full for _, full in made)
        ratios = [(taken + CERTAIN_SECONDS) / (expected + CERTAIN_SECONDS)]
    return min(max(ratios[len(ratios) // 2], PACES[0]), PACES[1])


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


def named(arm: str, seed: int) -> str:
    """Return what the race calls a seed of an arm."""
    return arm if seed == 1 else f"{arm}#{seed}"
