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

Unseen = Literal["exchanged", "filled", "halves"]
"""How real rows that no generator made are scored as if they were a candidate; see `Measure.unseen`."""

Band = Literal["widened", "as it is", "of unseen rows"]
"""Whose interval says where other real rows fall; see `Measure.band`."""

_UNSEEN: Mapping[str, Unseen] = {"fidelity": "exchanged", "utility": "filled", "privacy": "halves", "fairness": "exchanged"}


@dataclass(frozen=True)
class PartSpec:
    """A further number of a measure: what it is called, its unit, which direction is better, its legal range."""

    title: str
    better: Literal["higher", "lower", "neither"] = "higher"
    unit: str = ""
    low: float | None = None
    high: float | None = None
    of_train: bool = False
    """Whether it compares the candidate with the training rows; left out for unseen rows where train is made of them."""


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
    unseen
        How the control of unseen real rows is made for it, at the sizes a candidate has. "exchanged": three in four training rows
        change places with unseen ones, and the rows now in train are scored against those now held out; for what sets the
        candidate beside the holdout (default of fidelity and fairness). "filled":
        half of the holdout, filled up with training rows, against train, tested on its other half; for what learns from both
        (default of utility). "halves": half of the holdout against its other half and as many training rows; for what must owe
        nothing to train, at half of the rows (default of privacy). Empty: the family's.
    band
        Where other real rows fall, told by an interval. "widened": that of the training rows, √2 times as wide, as another sample
        errs as much as they do. "as it is": that of unseen rows, which at half of the rows is as much wider already. "of unseen
        rows": the same, and on to the training rows, which are perfect by construction. Empty: the first where the training rows
        are the good control, the second where unseen rows are.
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
    unseen: ClassVar[Unseen | Literal[""]] = ""
    band: ClassVar[Band | Literal[""]] = ""

    @classmethod
    def unseen_rows(cls) -> Unseen:
        """Return how the control of unseen real rows is made for this measure."""
        return cls.unseen or _UNSEEN[cls.family]

    @classmethod
    def band_of(cls) -> Band:
        """Return whose interval says where other real rows fall."""
        return cls.band or ("as it is" if cls.ceiling == "control:unseen" else "widened")

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
