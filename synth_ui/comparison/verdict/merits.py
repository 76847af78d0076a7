"""What is said of the scores of one that stands first: as a merit only what it has before the next, and its weak side with a "but"."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from synth_ui.comparison.families import FAMILIES
from synth_ui.comparison.scale import Row
from synth_ui.comparison.thresholds import limit
from synth_ui.comparison.tracks import by_what
from synth_ui.comparison.words import at_bad_end, place
from synth_ui.core.score import Score, Status

if TYPE_CHECKING:
    from synth_ui.comparison.outcome import Outcome


@dataclass(frozen=True)
class Fact:
    """A headline score of a candidate in words.

    Attributes
    ----------
    text
        Part of a sentence: "in likeness to the real table, by column pairs, it is …".
    good
        Whether it lies in the upper half of its scale.
    ahead, behind
        Whether it is better than that of the next by more than chance explains, no other's is better than it and it is told apart from the
        bad control; whether any other's is better.
    """

    text: str
    good: bool
    ahead: bool = False
    behind: bool = False

    @property
    def weak(self) -> bool:
        """Whether it is no merit of one that stands first."""
        return self.behind or not (self.good or self.ahead)


def facts(outcome: Outcome, name: str, rivals: Sequence[str] = ()) -> tuple[Fact, ...]:
    """Say the headline scores of a candidate in words: skill as its card says it, likeness by its place on the scale.

    Parameters
    ----------
    rivals
        Those it is compared with, the next one first.
    """
    row, found = outcome.entry(name), []
    for family, said in (("utility", _skill), ("fidelity", _likeness)):
        if not _known(row, family):
            continue
        others = [outcome.entry(rival) for rival in rivals if _known(outcome.entry(rival), family)]
        behind = any(_better(other, row, family) for other in others)
        # Before another one that is no better than shuffled columns either, it has no merit.
        lost = at_bad_end(
            outcome.scale(str(row[f"{family}_measure"])), *(float(row[f"{family}_position{end}"]) for end in ("", "_low"))
        )
        ahead = not behind and not lost and bool(others) and _better(row, others[0], family)
        found.append(Fact(said(outcome, row), float(row[f"{family}_position"]) >= limit("low"), ahead, behind))
    return tuple(found)


def joined(said: Sequence[Fact]) -> str:
    """Join facts, each a clause of its own, to part of a sentence: what is weak behind what is not, with a "but"."""
    strong, weak = ("; ".join(one.text for one in said if one.weak is weak) for weak in (False, True))
    return f"{strong}, but {weak}" if strong and weak else strong or weak


def stated(head: str, said: Sequence[Fact], *, compared: bool) -> str:
    """Continue a sentence with facts, as the reason only those that are one; return it whole.

    Parameters
    ----------
    head
        What is said of the candidate, without a full stop.
    compared
        Whether there is anybody beside it.
    """
    if not said:
        return f"{head}."
    first = [one for one in said if one.ahead]
    if not compared:
        return f"{head}: {joined(said)}."
    if not first:
        return f"{head}. {_capital(joined(said))}."
    level, weak = [one for one in said if not one.ahead and not one.weak], [one for one in said if one.weak]
    rest = f" {_capital(joined(level))}." if level else ""
    return f"{head}: {joined([*first, *weak])}.{rest}"


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


def _known(row: Row, family: str) -> bool:
    return bool(row[f"{family}_status"] == Status.OK and row[f"{family}_position"] == row[f"{family}_position"])


def _better(one: Row, other: Row, family: str) -> bool:
    """Whether one lies above the other by more than both intervals explain; without an interval nothing is known of that."""
    (mine, low, high), (theirs, their_low, their_high) = (
        [float(row[f"{family}_position{end}"]) for end in ("", "_low", "_high")] for row in (one, other)
    )
    if low == high or their_low == their_high:
        return False
    return mine - theirs > math.hypot(mine - low, their_high - theirs)


def _skill(outcome: Outcome, row: Row) -> str:
    measure = outcome.facts[row["utility_measure"]]
    said = inside(measure.says(Score("", measure.key, "utility", row["utility"], row["utility_low"], row["utility_high"])))
    return said if outcome.given_away is None else outcome.given_away.beside(measure.key, said)


def _likeness(outcome: Outcome, row: Row) -> str:
    measure: Any = row["fidelity_measure"]
    where = place(outcome.scale(measure), *(row[f"fidelity_position{end}"] for end in ("", "_low", "_high")))
    return f"in {FAMILIES['fidelity'].words}{by_what('fidelity', measure)} it is {where}"


def inside(text: str) -> str:
    """Continue a sentence with another one: no capital, unless it begins with a name, and no full stop."""
    first = text.split(" ", 1)[0]
    keep = (len(first) > 1 and first[1:2].isupper()) or first in ("AUC",)
    return (text if keep else f"{text[:1].lower()}{text[1:]}").rstrip(".")
