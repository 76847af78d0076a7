"""What a measure says about a candidate: small immutable values, and the frame they form."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import pandas as pd


class Status(StrEnum):
    """How a measure ended for a candidate."""

    OK = "ok"
    DOES_NOT_APPLY = "does not apply"
    UNDER_POWERED = "under-powered"
    FAILED = "failed"


@dataclass(frozen=True)
class Number:
    """A value with its 95% interval; `low` and `high` are None where the measure has no interval."""

    value: float
    low: float | None = None
    high: float | None = None

    def __post_init__(self) -> None:
        for name in ("value", "low", "high"):
            number = getattr(self, name)
            if number is not None and math.isnan(number):
                raise ValueError(f"{name} is NaN; a measure that cannot be computed raises DoesNotApply with the reason.")


@dataclass(frozen=True)
class Measurement:
    """What `Measure.measure` returns.

    Attributes
    ----------
    headline
        The number the leaderboard shows.
    parts
        Further numbers by name; "auc" of `tstr` becomes the row `tstr.auc`.
    detail
        Tidy frames by name, for the pictures and tables of the detail page. No real row in them.
    note
        One remark to show beside the score: what was cast, capped or subsampled.
    under_powered
        The reason why the number cannot bear a verdict (too few rows), or empty.
    """

    headline: Number
    parts: Mapping[str, Number] = field(default_factory=dict)
    detail: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    note: str = ""
    under_powered: str = ""


@dataclass(frozen=True)
class Score:
    """One row of the scores frame: one number of one measure for one candidate.

    `position` is (value - floor) / (ceiling - floor), not clipped.
    """

    candidate: str
    measure: str
    family: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    floor: float | None = None
    ceiling: float | None = None
    position: float | None = None
    status: Status = Status.OK
    reason: str = ""
    seconds: float = 0.0


PRIVACY_TESTS = 10
"""How many attacks on privacy a candidate may face; a test holds it to the number of those there are."""

PRIVACY_LEVEL = 1 - (1 - 0.95) / PRIVACY_TESTS
"""The level of a privacy measure's interval: together, the intervals of all attacks hold at 95% (Bonferroni)."""


def beyond_chance(score: Score, chance: float) -> bool:
    """Tell whether a privacy score, of which lower is better, is worse than chance explains.

    Its interval, the one that is printed, holds for all the attacks a candidate faces together (`PRIVACY_LEVEL`): one in twenty
    honest candidates may be suspected by any of them, not one in twenty by each.

    Parameters
    ----------
    chance
        What the measure gives where nothing leaks: ½ for a share of nearer rows, 0 for a risk.
    """
    return score.value is not None and score.low is not None and score.low > chance


def with_ends(score: Score, chance: float, digits: int, kind: str = "%", sign: str = "") -> tuple[str, str, str]:
    """Print a value and its interval's ends so that a low end beyond chance does not read as chance: all with more digits if need be."""
    assert score.value is not None
    assert score.low is not None
    assert score.high is not None
    for shown in range(digits, digits + 6):
        form = f"{sign}.{shown}{kind}"
        if not beyond_chance(score, chance) or format(score.low, form) != format(chance, form):
            break
    return format(score.value, form), format(score.low, form), format(score.high, form)


@dataclass(frozen=True)
class MeasureFacts:
    """What a comparison has to know of a measure: what it is called, its scale, and how it says a score.

    Attributes
    ----------
    cards
        The cards it stands on.
    floor, ceiling
        The controls at the bad and the good end of its scale; with `floor_part` the bad end is a number, not a table.
    worst_means
        What the bad end means where it is a number.
    chance
        What a privacy measure gives where nothing leaks.
    attack
        Whether it tries to find out something of the training rows.
    says
        Says a score in one sentence.
    """

    key: str
    title: str
    family: str
    asks: str
    cards: frozenset[str]
    floor: str
    ceiling: str
    floor_part: str
    worst_means: str
    chance: float
    attack: bool
    says: Callable[[Score], str]


SCORE_COLUMNS: tuple[str, ...] = (
    "candidate", "measure", "family", "value", "low", "high", "floor", "ceiling", "position", "status", "reason", "seconds",
)  # fmt: skip
"""The columns of a scores frame, which leaderboard, plots, report and command line read."""


def sentence_of(facts: MeasureFacts, score: Score) -> str:
    """Say in one plain sentence what a headline score says, or why there is no number."""
    if score.status is Status.DOES_NOT_APPLY:
        return f"Does not apply, because {score.reason}."
    if score.status is Status.FAILED:
        return f"Could not be computed: {score.reason}."
    if score.value is None:
        return "Not scored yet."
    said = facts.says(score)
    found = facts.attack and beyond_chance(score, facts.chance)  # what too few rows showed all the same is no less beyond chance
    return f"{said} Too weak for a verdict: {score.reason}." if score.status is Status.UNDER_POWERED and not found else said


def score_of(row: Mapping[str, Any]) -> Score:
    """Turn a row of a scores frame back into a score; NaN becomes None."""
    values: dict[str, Any] = {}
    for name in SCORE_COLUMNS:
        value = row.get(name, None)
        values[name] = None if value is None or (isinstance(value, float) and math.isnan(value)) else value
    values["status"] = Status(values["status"] or Status.OK)
    values["reason"] = values["reason"] or ""
    values["seconds"] = values["seconds"] or 0.0
    return Score(**values)


CONTROLS: Mapping[str, str] = {
    "control:independent": "Shuffled columns",
    "control:train": "The training rows",
    "control:flipped": "A tenth of the cells redrawn",
    "control:unseen": "Unseen real rows",
}
"""The candidates whose truth is known, by key, with what the pages call them."""


def scores_frame(scores: list[Score]) -> pd.DataFrame:
    """Return the tidy frame of `scores`, one row each, with the columns of `SCORE_COLUMNS`."""
    frame = pd.DataFrame(
        [{name: getattr(score, name) for name in SCORE_COLUMNS} for score in scores], columns=list(SCORE_COLUMNS)
    )
    for name in ("value", "low", "high", "floor", "ceiling", "position", "seconds"):
        frame[name] = frame[name].astype("float64")
    for name in ("candidate", "measure", "family", "status", "reason"):
        frame[name] = frame[name].astype("str")
    return frame


SEEN = "seen"
"""The key of the measure that asks whether a candidate holds rows held back. It is no attack on the training rows: it tells whether
there are rows left to judge by."""


def saw(score: Score) -> bool:
    """Tell whether a score of that measure says that its candidate has seen the rows held back."""
    return score.status is Status.OK and beyond_chance(score, 0.0)


def seen_sentence(score: Score) -> str:
    """Say in one sentence what a score of that measure says.

    Parameters
    ----------
    score
        With a value: the share of the rows held back that is found again, beyond what chance gives.
    """
    if score.value is None:
        return score.reason
    if not beyond_chance(score, 0.0):
        return "No sign that it has seen the rows held back: it holds no more of them than chance explains."
    return (
        f"It holds {score.value:.1%} of the rows held back, word for word or nearly so, beyond what chance explains: whatever made it has "
        f"seen them, so nothing here can judge it."
    )
