"""What a measure is: a question about (train, holdout, synthetic), answered with a value, an interval and details."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from synth_ui.core.context import Context
from synth_ui.core.plugin import Plugin, discover
from synth_ui.core.score import Measurement, Score

if TYPE_CHECKING:
    from synth_ui.measures.case import Case

ENTRY_POINTS = "synth_ui.measures"

FAMILIES: tuple[str, ...] = ("fidelity", "utility", "privacy", "fairness")
"""The families, in the order shown."""


@dataclass(frozen=True)
class PartSpec:
    """A further number of a measure: what it is called, its unit, which direction is better, its legal range."""

    title: str
    better: Literal["higher", "lower", "neither"] = "higher"
    unit: str = ""
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Measure(Plugin):
    """A question about a synthetic table.

    Class attributes, besides those of `Plugin`
    -------------------------------------------
    asks
        The question in one line, in plain words: "Is each column right?"
    better
        Whether a higher or a lower headline is better.
    unit
        Of the headline: "share", "AUC", "ε".
    low, high
        The legal range of the headline; None where unbounded.
    floor, ceiling
        The controls that anchor the scale: the known bad and the known good candidate, by key.
    floor_part
        The part whose value at the floor control is the floor, where the known bad is no table but a number; or empty.
    chance
        For a privacy measure, what its headline is where nothing leaks.
    attack
        Whether a privacy measure tries to find out something of the training rows, as all but few do; leaks planted from them must
        then show in it.
    worst_means, best_means
        What the two ends mean, for the labels of the track.
    interval
        The method of the interval, named.
    computed
        How it is computed, in two or three sentences.
    misleads
        When not to trust it.
    parts
        Its further numbers, by name.
    cards
        The cards it stands on ("quick" during a race, "standard" for the full picture), each with the settings that differ
        from its defaults there. Empty: asked only by name.
    place
        Where it stands among its family, lowest first.
    """

    asks: ClassVar[str]
    better: ClassVar[Literal["higher", "lower"]]
    unit: ClassVar[str]
    low: ClassVar[float | None] = 0.0
    high: ClassVar[float | None] = 1.0
    floor: ClassVar[str]
    ceiling: ClassVar[str]
    floor_part: ClassVar[str] = ""
    chance: ClassVar[float] = 0.0
    attack: ClassVar[bool] = True
    worst_means: ClassVar[str]
    best_means: ClassVar[str]
    interval: ClassVar[str]
    computed: ClassVar[str]
    misleads: ClassVar[str]
    parts: ClassVar[Mapping[str, PartSpec]] = {}
    cards: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    place: ClassVar[int] = 100

    @abstractmethod
    def measure(self, case: Case, context: Context) -> Measurement:
        """Answer the question for one candidate.

        Raises
        ------
        DoesNotApply
            If the table gives the question no meaning, with the reason.
        Cancelled
            If the user asked to stop.
        """

    @abstractmethod
    def says(self, score: Score) -> str:
        """Say in one plain sentence what the score says here; never "private", "safe" or "anonymous"."""


def measures() -> dict[str, type[Measure]]:
    """Return every measure found, by key."""
    return discover(Measure, "synth_ui.measures", ENTRY_POINTS)  # type: ignore[type-abstract]
