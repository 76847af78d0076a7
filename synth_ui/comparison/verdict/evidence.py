"""What a verdict may rest on: per candidate and family whether it is judged, not yet, not asked, or cannot be judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from synth_ui.comparison.families import FAMILIES
from synth_ui.comparison.scale import Row, blind, has_number, has_scale
from synth_ui.comparison.words import listed
from synth_ui.core.score import CONTROLS, MeasureFacts, Status

if TYPE_CHECKING:
    from synth_ui.comparison.outcome import Outcome

ACTIVE = ("queued", "running")
"""The states of a run that will still say something."""

NOTHING_LEFT = "it holds rows held back, so there is nothing left to compare it with"
"""Why a file that has seen the rows held back is judged in nothing."""


class State(StrEnum):
    """How far a family of a candidate is known."""

    JUDGED = "judged"
    PENDING = "not judged yet"
    NOT_ASKED = "not asked"
    CANNOT = "cannot be judged"


@dataclass(frozen=True)
class Evidence:
    """How far a family of a candidate is known.

    Attributes
    ----------
    measure
        The measure that speaks for the family, or empty.
    reason
        Why it is not judged, without a full stop; empty where it is.
    """

    family: str
    state: State
    measure: str = ""
    reason: str = ""

    @property
    def words(self) -> str:
        """Say it in a few words: "judged", "not judged yet: …"."""
        return f"{self.state}: {self.reason}" if self.reason else str(self.state)


def evidence(outcome: Outcome, group: str, family: str) -> Evidence:
    """Say how far a family of a candidate (all its seeds together) is known."""
    head = outcome.headlines[family]
    if group in outcome.saw_holdout:
        return Evidence(family, State.CANNOT, head.measure, NOTHING_LEFT)
    members = outcome.groups[group]
    rows = {name: row for name, row in outcome.rows.get(head.measure, {}).items() if name in members}
    if not head.unusable and any(has_scale(row) and row["status"] == Status.OK for row in rows.values()):
        return Evidence(family, State.JUDGED, head.measure)
    waiting = _waiting(outcome, members, family, rows)
    if waiting:
        return Evidence(family, State.PENDING, head.measure, waiting)
    if head.unusable and rows:
        return Evidence(family, State.CANNOT, head.measure, head.unusable.rstrip("."))
    if any(has_number(row) for row in rows.values()) and not any(has_scale(row) for row in rows.values()):
        state, why = no_scale(outcome, head.measure)
        return Evidence(family, state, head.measure, why)
    why = _why_not(outcome, members, rows, head.unusable)
    return Evidence(family, State.CANNOT if why else State.NOT_ASKED, head.measure, why)


def _waiting(outcome: Outcome, members: Sequence[str], family: str, rows: Mapping[str, Row]) -> str:
    """Say what is still to come that would judge a family of a candidate, or nothing."""
    if rows:
        return ""
    if any(outcome.status(name) in ACTIVE for name in members):
        return "it is still being made and scored"
    coming = {key for name in members for key in outcome.pending.get(name, ())}
    if coming & set(FAMILIES[family].yardsticks):
        return "its measures are still to come"
    return ""


def no_scale(outcome: Outcome, measure: str) -> tuple[State, str]:
    """Say why a measure has no scale: the control that is missing, and what became of it."""
    facts = outcome.facts.get(measure)
    controls = [facts.floor, facts.ceiling] if facts is not None else list(CONTROLS)
    rows = outcome.rows.get(measure, {})
    missing = [name for name in dict.fromkeys(controls) if not has_number(rows.get(name))]
    for name in missing:
        called = f"the control “{CONTROLS.get(name, name).lower()}”"
        if name in rows:
            return State.CANNOT, f"no scale: {called} gave no number here ({rows[name]['reason'] or rows[name]['status']})"
        if outcome.status(name) in ACTIVE or measure in outcome.pending.get(name, ()):
            return State.PENDING, f"no scale yet: {called} is still being scored"
        ended = outcome.ended.get(name) or ("" if outcome.status(name) in ("done", "") else outcome.status(name))
        return State.CANNOT, f"no scale: {called} was {ended}" if ended else f"no scale: {called} was not scored"
    return State.CANNOT, "no scale: known bad and known good rows score alike here"


def _why_not(outcome: Outcome, members: Sequence[str], rows: Mapping[str, Row], unusable: str) -> str:
    if rows:
        if unusable:
            return unusable.rstrip(".")
        return next((str(row["reason"]).rstrip(".") for row in rows.values() if row["reason"]), "the measure gave no number")
    ended = [outcome.ended.get(name) or outcome.status(name) for name in members]
    bad = [said for said in ended if said not in ("done", "")]
    if bad and len(bad) == len(members):
        return f"it was {bad[0]}" if bad[0].split(":")[0] in ("cancelled", "stopped", "lost") else str(bad[0])
    return ""


# --- attacks on privacy --------------------------------------------------------------------------------------------


class Attack(StrEnum):
    """How one attack ended for a candidate."""

    FOUND = "found a sign of a leak"
    CLEAN = "found no sign of a leak"
    PENDING = "still to come"
    NO_SCALE = "no scale"
    NOT_ASKED = "not tried"
    WEAK = "found nothing, and is too weak here for that to say anything"
    VOID = "cannot tell, because the file holds rows held back"
    FAILED = "failed"
    NOTHING = "does not apply"


@dataclass(frozen=True)
class Attacks:
    """Which attacks were tried on a candidate, of those the product knows for this table.

    Attributes
    ----------
    ended
        How each ended, by the measure's key; those that do not apply to this table are left out.
    standard
        Those of the standard card.
    titles
        What each is called.
    """

    ended: Mapping[str, Attack]
    standard: frozenset[str]
    titles: Mapping[str, str]

    @property
    def known(self) -> int:
        """How many attacks there are for this table."""
        return len(self.ended)

    def those(self, *ends: Attack) -> tuple[str, ...]:
        """Return the keys of those that ended in one of these ways."""
        return tuple(key for key, end in self.ended.items() if end in ends)

    @property
    def tried(self) -> tuple[str, ...]:
        """Those with a result that can bear a verdict."""
        return self.those(Attack.FOUND, Attack.CLEAN)

    @property
    def ran(self) -> tuple[str, ...]:
        """Those that ran to their end, be they strong enough to clear a candidate or not."""
        return self.those(Attack.FOUND, Attack.CLEAN, Attack.WEAK)

    @property
    def untried(self) -> tuple[str, ...]:
        """Those of the standard card without a result that could still be had."""
        open_ = self.those(Attack.PENDING, Attack.NO_SCALE, Attack.NOT_ASKED, Attack.FAILED)
        return tuple(key for key in open_ if key in self.standard)

    @property
    def too_weak(self) -> tuple[str, ...]:
        """Those of the standard card that found nothing and could not be relied on to: on this table that says nothing."""
        return tuple(key for key in self.those(Attack.WEAK) if key in self.standard)

    def names(self, keys: Sequence[str]) -> str:
        """Name attacks in a list."""
        return listed([self.titles[key].lower() for key in keys])

    @property
    def sentence(self) -> str:
        """Say how many were tried and what they found, and by name what was not tried and what could not tell."""
        found = self.those(Attack.FOUND)
        counted = self.ran if found else self.tried
        tried = f"{len(counted)} of {self.known} privacy attacks {'was' if len(counted) == 1 else 'were'} tried"
        if not self.tried:
            said = self._no_result()
        elif found:
            said = f"{tried}; {len(found)} found a sign of a leak: {self.names(found)}"
        else:
            said = f"{tried} and found no sign of a leak"
        return f"{said}{self.missing}."

    def _no_result(self) -> str:
        """Say that nothing is known, of those that were made; of those that were not, `missing` says so."""
        made = len(self.ended) - len(self.those(Attack.NOT_ASKED, Attack.PENDING))
        if not made:
            return "No privacy attack has a result"
        if made == 1:
            return "The one privacy attack that was tried has no result that can bear a verdict"
        return f"None of the {made} privacy attacks that were tried has a result that can bear a verdict"

    @property
    def missing(self) -> str:
        """Name what was not tried and what could not tell, to continue a sentence; empty where nothing is missing."""
        groups = (
            ("still to come", (Attack.PENDING,)), ("not tried", (Attack.NOT_ASKED,)), ("without a scale", (Attack.NO_SCALE,)),
            ("failed", (Attack.FAILED,)), ("too weak to tell on this table", (Attack.WEAK,)),
            ("cannot tell, because the file holds rows held back", (Attack.VOID,)),
        )  # fmt: skip
        said = [f"{words}: {self.names(keys)}" for words, ends in groups if (keys := self.those(*ends))]
        return f"; {'; '.join(said)}" if said else ""


def attacks(outcome: Outcome, group: str) -> Attacks:
    """Return how each attack ended for a candidate: the worst of its seeds."""
    members = [name for name in outcome.groups[group] if outcome.status(name) in ("done", "")] or outcome.groups[group]
    known = {key: facts for key, facts in outcome.facts.items() if facts.attack}
    ended = {key: _attack(outcome, group, members, facts) for key, facts in known.items()}
    if group in outcome.saw_holdout:  # train and the rows held back are alike in it: no difference found says nothing
        ended = {key: Attack.VOID if end is Attack.CLEAN else end for key, end in ended.items()}
    asked = {key: end for key, end in ended.items() if end is not Attack.NOTHING}
    return Attacks(
        asked, frozenset(key for key in known if "standard" in known[key].cards), {k: f.title for k, f in known.items()}
    )


def _attack(outcome: Outcome, group: str, members: Sequence[str], facts: MeasureFacts) -> Attack:
    rows = outcome.rows.get(facts.key, {})
    if (group, facts.key) in outcome.found:
        return Attack.FOUND
    ends = {_member_attack(outcome, name, rows, facts) for name in members}
    order = (Attack.PENDING, Attack.NO_SCALE, Attack.FAILED, Attack.NOT_ASKED, Attack.WEAK, Attack.CLEAN, Attack.NOTHING)
    return next(end for end in order if end in ends)


def _member_attack(outcome: Outcome, name: str, rows: Mapping[str, Row], facts: MeasureFacts) -> Attack:
    row = rows.get(name)
    if row is None:
        # A run under way brings what a card asks; what is made on demand comes only where it was asked.
        coming = facts.key in outcome.pending.get(name, ()) or (bool(facts.cards) and outcome.status(name) in ACTIVE)
        if coming:
            return Attack.PENDING
        return Attack.NOTHING if _applies_to_nobody(rows) else Attack.NOT_ASKED
    if row["status"] == Status.DOES_NOT_APPLY:
        return Attack.NOTHING
    if row["status"] == Status.FAILED:
        return Attack.FAILED
    if row["status"] == Status.UNDER_POWERED or blind(rows, "privacy"):
        return Attack.WEAK
    if not has_scale(row):
        return Attack.PENDING if no_scale(outcome, facts.key)[0] is State.PENDING else Attack.NO_SCALE
    return Attack.CLEAN


def _applies_to_nobody(rows: Mapping[str, Row]) -> bool:
    return bool(rows) and all(row["status"] == Status.DOES_NOT_APPLY for row in rows.values())
