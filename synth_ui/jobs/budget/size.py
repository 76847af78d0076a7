"""Of how many rows a race with a budget is made: of all, or of a sample where a leaderboard of all would not stand in time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from synth_ui.jobs.forecast.words import about

SURE_SHARE = 0.4
"""What two candidates and the controls may be expected to take of the budget: the machine may be more than twice as slow."""

BUSY, BUSY_SHARE = 1.5, 0.2
"""On a machine where work takes longer than this many times what it would alone, what it does next is hard to tell: then so much."""

STEPS = (32_000, 24_000, 16_000, 12_000, 8_000, 6_000, 4_000, 3_000, 2_000, 1_500, 1_000)
"""The sizes of a sample of the training rows, and at most of the unseen rows."""


@dataclass(frozen=True)
class Sizes:
    """How many rows a race learns from and is scored with, and of how many.

    Attributes
    ----------
    train, holdout
        Rows used.
    of_train, of_holdout
        Rows there are.
    seconds
        What two candidates and the controls are expected to take on them.
    budget
        Seconds that may be spent on the whole race; None without a limit.
    """

    train: int
    holdout: int
    of_train: int
    of_holdout: int
    seconds: float
    budget: float | None

    @property
    def sampled(self) -> bool:
        """Whether it is not all of them."""
        return self.train < self.of_train or self.holdout < self.of_holdout

    @property
    def short(self) -> bool:
        """Whether even that is hardly expected to be done in time."""
        return self.budget is not None and self.seconds > self.budget

    @property
    def words(self) -> str:
        """What a person has to know of it, in one or two sentences; empty where all rows are used and the time will do."""
        said = []
        if self.sampled:
            said.append(
                f"The time is short for this table: the race learns from {self.train:,} of {self.of_train:,} training rows and is scored "
                f"with {self.holdout:,} of {self.of_holdout:,} unseen rows."
            )
        if self.short:
            beginning = "Even so," if said else "The time is short for this table:"
            said.append(f"{beginning} two candidates and the controls alone are expected to take about {about(self.seconds)}.")
        return " ".join(said)

    @classmethod
    def kept(cls, plan: Mapping[str, Any]) -> Sizes | None:
        """Return the sizes as they are kept with a plan; None of a race of an earlier release."""
        return cls(**plan["sizes"]) if plan.get("sizes") else None


def share_for(crowded: float) -> float:
    """Return the share of the budget that the first leaderboard may be expected to take, by how crowded the machine is."""
    return BUSY_SHARE if crowded > BUSY else SURE_SHARE


def sizes(train: int, holdout: int, budget: float | None, room: float, expected: Callable[[int, int], float]) -> Sizes:
    """Return as many rows as can be raced so that a first leaderboard stands in time; all of them without a limit.

    Parameters
    ----------
    train, holdout
        Rows there are.
    budget, room
        Seconds of the whole race, and those that the first leaderboard may be expected to take.
    expected
        Of so many training and unseen rows, seconds until two candidates and the controls are scored.
    """
    for rows in (train, *(step for step in STEPS if step < train)):
        found = Sizes(rows, holdout if rows == train else min(rows, holdout), train, holdout, 0.0, budget)
        seconds = expected(found.train, found.holdout)
        found = Sizes(found.train, found.holdout, train, holdout, seconds, budget)
        if budget is None or seconds <= room:
            break
    return found
