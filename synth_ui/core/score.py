"""What a measure says about a candidate: small immutable values, and the frame they form."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from statistics import NormalDist

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
"""How many privacy measures a candidate faces on the standard card, about."""

WIDENING = NormalDist().inv_cdf(1 - 0.025 / PRIVACY_TESTS) / NormalDist().inv_cdf(0.975)
"""How much wider than 95% an interval is that holds for all privacy measures together (Bonferroni)."""


def beyond_chance(score: Score, chance: float) -> bool:
    """Tell whether a privacy score, of which lower is better, is worse than chance explains.

    Its interval is widened for all the privacy measures a candidate faces: one in twenty honest candidates may be suspected by
    any of them, not one in twenty by each.

    Parameters
    ----------
    chance
        What the measure gives where nothing leaks: ½ for a share of nearer rows, 0 for a risk.
    """
    if score.value is None or score.low is None:
        return False
    return score.value - (score.value - score.low) * WIDENING > chance


SCORE_COLUMNS: tuple[str, ...] = (
    "candidate", "measure", "family", "value", "low", "high", "floor", "ceiling", "position", "status", "reason", "seconds",
)  # fmt: skip
"""The columns of a scores frame, which leaderboard, plots, report and command line read."""

CONTROLS: Mapping[str, str] = {
    "control:independent": "Independent columns",
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
