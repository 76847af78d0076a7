"""Whether a candidate is without a sign of a leak: what the attacks found, and what is missing before that may be said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from synth_ui.comparison.verdict.evidence import State

if TYPE_CHECKING:
    from synth_ui.comparison.outcome import Outcome


@dataclass(frozen=True)
class Doubt:
    """Why a candidate cannot be called free of a sign of a leak.

    Attributes
    ----------
    found
        Whether a sign was found; else something is missing before it could be said that there is none.
    reason
        What was found, a sentence; or what is missing, part of a sentence without a full stop.
    """

    found: bool
    reason: str


def doubt(outcome: Outcome, group: str) -> Doubt | None:
    """Return what keeps a candidate from being called free of a sign of a leak; None where every standard attack found none."""
    found = outcome.leak_sentences(group)
    if found:
        return Doubt(True, found[0])
    missing = _missing(outcome, group)
    return Doubt(False, missing) if missing else None


def _missing(outcome: Outcome, group: str) -> str:
    known = outcome.attacks(group)
    if known.untried:
        standard = len(known.standard & set(known.ended))
        verb = "has" if len(known.untried) == 1 else "have"
        return f"{len(known.untried)} of the {standard} standard privacy attacks {verb} no result on it yet: {known.names(known.untried)}"
    if group.startswith("file:") and not outcome.unseen_holdout(group):
        return "whether the tool that made it has seen the rows held back is not known"
    state = outcome.evidence(group, "privacy")
    if state.state is not State.JUDGED:
        return f"its privacy {state.words}"
    if not known.tried:
        return "no privacy attack can bear a verdict on this table"
    weak, tried = known.too_weak, set(known.tried) & known.standard
    if len(weak) > len(tried):
        standard = len(known.standard & set(known.ended))
        return f"{len(weak)} of the {standard} standard privacy attacks are too weak to tell on this table"
    return ""
