"""The one measure per family by which candidates are compared: what all of them have, and whether it can bear a verdict here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from synth_ui.comparison.families import DECIDING, FAMILIES
from synth_ui.comparison.scale import Placed, Row, blind, has_number, has_scale
from synth_ui.core.score import Status


@dataclass(frozen=True)
class Headline:
    """Who speaks for a family.

    Attributes
    ----------
    measure
        The measure's key, empty where none of the family was asked.
    unusable
        Why the family cannot bear a verdict here, or empty.
    """

    family: str
    measure: str
    unusable: str = ""


def headlines(rows: Placed, groups: Sequence[Sequence[str]]) -> dict[str, Headline]:
    """Choose the measure that speaks for each family, and say where none can.

    It is the first of the family's yardsticks that every group can be compared by; a deeper measure that only some have been
    asked is no yardstick. Where none is common to all, it is the one that most have.

    Parameters
    ----------
    rows
        Every score on its scale, controls included.
    groups
        The members of each candidate that has come to an end, one inner sequence per candidate.
    """
    return {family: _headline(rows, groups, family) for family in DECIDING}


def _headline(rows: Placed, groups: Sequence[Sequence[str]], family: str) -> Headline:
    asked = [key for key in FAMILIES[family].yardsticks if key in rows]
    if not asked:
        return Headline(family, "", "it was not measured")
    reasons = {key: _unusable(rows[key], groups, family) for key in asked}
    chosen = max(asked, key=lambda key: (*_shared(rows[key], groups, usable=not reasons[key]), -asked.index(key)))
    return Headline(family, chosen, reasons[chosen])


def _shared(rows: Mapping[str, Row], groups: Sequence[Sequence[str]], *, usable: bool) -> tuple[bool, bool, int, int, int]:
    """Rank a measure: comparable for all before an answer from all, then by how many it can compare, or has asked."""
    numbers = sum(any(has_number(rows.get(name)) for name in group) for group in groups)
    scaled = sum(any(has_scale(rows.get(name)) for name in group) for group in groups) if usable else 0
    answers = sum(any(name in rows for name in group) for group in groups)
    everyone = len(groups)
    return scaled == everyone, answers == everyone, answers, scaled, numbers


def _unusable(rows: Mapping[str, Row], groups: Sequence[Sequence[str]], family: str) -> str:
    own = [rows[name] for group in groups for name in group if name in rows]
    field = own or list(rows.values())
    if any(row["status"] == Status.OK for row in field):
        return blind(rows, family)
    for kind in (Status.UNDER_POWERED, Status.DOES_NOT_APPLY, Status.FAILED):
        said = [row["reason"] for row in field if row["status"] == kind]
        if said:
            return str(said[0]) or f"it {kind}"
    return "no candidate has a score"
