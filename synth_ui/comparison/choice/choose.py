"""Choosing a candidate: the choice with all that the outcome says for and against it at that moment."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from synth_ui.comparison.choice.requirements import Requirement, RequirementAnswer, RequirementCheck, checks
from synth_ui.comparison.choice.said import moment
from synth_ui.comparison.purposes import purpose_of
from synth_ui.comparison.verdict.sentences import Certainty
from synth_ui.core.choice import Choice, Kept, Rejected
from synth_ui.core.errors import TableError
from synth_ui.core.installation import VERSION

if TYPE_CHECKING:
    from synth_ui.comparison.outcome import Outcome, Weights

MOST_NOTE = 2_000
"""How many characters of a note are kept."""


def choose(
    outcome: Outcome,
    candidate: str,
    *,
    id: str,
    race_id: str,
    created: float,
    weights: Weights = None,
    requirements: Iterable[Requirement] = (),
    note: str = "",
) -> Choice:
    """Return the choice of a candidate with what is said at this moment of it, and of those that are not chosen.

    Parameters
    ----------
    candidate
        Its name, or that of one of its seeds.
    weights
        What the rows are for.
    note
        The user's own words; cut at `MOST_NOTE` characters.

    Raises
    ------
    TableError
        If there is no such candidate, it is a control, or it has no rows.
    """
    group = _group(outcome, candidate)
    purpose, said, asked = purpose_of(weights), outcome.verdict(weights), tuple(requirements)
    others = [
        str(name)
        for name, control in outcome.leaderboard(weights)[["candidate", "control"]].itertuples(index=False)
        if not control
    ]
    first = said.certainty is not Certainty.NONE and group in (said.leader, *said.tied_with)
    leading = first and said.certainty.so_far
    return Choice(
        id=id, race_id=race_id, candidate=group, title=str(outcome.entries[group]["title"]), purpose=purpose.key,
        purpose_title=purpose.title, weights=dict(purpose.weights), requirements=tuple(map(_kept, checks(outcome, group, asked))),
        recommended=first and not leading, leading=leading, alone=leading and said.certainty is Certainty.ALONE,
        certainty=str(said.certainty), foremost=group == said.leader, finding=said.finding, sentence=said.sentence, said=said.reasons.get(group, ""),
        against=tuple(one.sentence for one in outcome.objections(group)),
        moment=moment(outcome, group, weights),
        rejected=tuple(_rejected(outcome, name, said.reasons.get(name, ""), asked) for name in others if name != group),
        note=" ".join(note.split())[:MOST_NOTE], created=created, version=VERSION,
    )  # fmt: skip


def _group(outcome: Outcome, candidate: str) -> str:
    field = [group for group in outcome.groups if not outcome.entries[group]["control"]]
    group = outcome.group_of.get(candidate, "")
    if group not in field:
        raise TableError(f"There is no candidate {candidate!r} to choose; there are {', '.join(field) or 'none'}.")
    if not any(outcome.status(name) == "done" for name in outcome.groups[group]):
        raise TableError(
            f"{outcome.entries[group]['title']} has no rows: it is {outcome.status(group)}. Choose one that is done."
        )
    return group


def _kept(check: RequirementCheck) -> Kept:
    return Kept(check.requirement.written, check.requirement.title, str(check.answer), check.reason)


def _rejected(outcome: Outcome, name: str, said: str, asked: tuple[Requirement, ...]) -> Rejected:
    failed = [check for check in checks(outcome, name, asked) if check.answer is not RequirementAnswer.PASSES]
    return Rejected(
        name, str(outcome.entries[name]["title"]), said, tuple(one.sentence for one in outcome.objections(name)),
        tuple(f"{check.requirement.title}: {check.answer}. {check.reason}" for check in failed),
    )  # fmt: skip
