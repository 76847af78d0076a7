"""Hard requirements: what a candidate must keep to whatever its sum, and whether the evidence says that it does.

A requirement is kept only where its evidence is there and its whole interval keeps to it. Where evidence is missing, or chance could be
the reason for either answer, it cannot be judged, and why is said.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from synth_ui.comparison.scale import Row, has_value
from synth_ui.comparison.verdict.clean import doubt
from synth_ui.comparison.verdict.evidence import ACTIVE, State
from synth_ui.comparison.words import sentence
from synth_ui.core.errors import SettingError
from synth_ui.core.score import Status

if TYPE_CHECKING:
    from synth_ui.comparison.outcome import Outcome


class RequirementAnswer(StrEnum):
    """Whether a candidate keeps to a requirement."""

    PASSES = "passes"
    FAILS = "fails"
    OPEN = "cannot be judged"


@dataclass(frozen=True)
class Requirement:
    """Something a candidate must keep to.

    Attributes
    ----------
    key
        One of `KINDS`.
    limit
        The least share of the skill in [0, 2], or the most seconds above 0; None for those that have no number.

    Raises
    ------
    SettingError
        If there is no such requirement, or its number is not allowed.
    """

    key: str
    limit: float | None = None

    def __post_init__(self) -> None:
        if self.key not in KINDS:
            raise SettingError(f"There is no requirement {self.key!r}; there are {', '.join(KINDS)}.")
        kind = KINDS[self.key]
        if kind.default is None and self.limit is not None:
            raise SettingError(f"The requirement {self.key!r} takes no number; write {self.key!r}.")
        if kind.default is not None:
            chosen = kind.default if self.limit is None else float(self.limit)
            if not kind.low < chosen <= kind.high:
                raise SettingError(f"{self.key} is {chosen:g}; allowed is a number above {kind.low:g}, up to {kind.high:g}.")
            object.__setattr__(self, "limit", chosen)

    @property
    def title(self) -> str:
        """What is required, as a label: "Keeps at least 95% of the skill"."""
        return KINDS[self.key].title(self.limit or 0.0)

    @property
    def written(self) -> str:
        """The requirement as `requirement_of` reads it: "skill=0.95", "leak"."""
        return self.key if self.limit is None else f"{self.key}={self.limit:g}"


@dataclass(frozen=True)
class RequirementCheck:
    """Whether a candidate keeps to a requirement, and the reason, one sentence."""

    requirement: Requirement
    answer: RequirementAnswer
    reason: str


@dataclass(frozen=True)
class RequirementKind:
    """A kind of requirement: how it is called, which numbers it takes, how it is judged, and in words what passes, fails and stays open."""

    title: Callable[[float], str]
    judge: Callable[[Outcome, str, float], tuple[RequirementAnswer, str]]
    passes: str
    fails: str
    stays_open: str
    default: float | None = None
    low: float = 0.0
    high: float = math.inf


def requirement_of(text: str) -> Requirement:
    """Read a requirement as the command line and an address write it: "skill=0.95", "seconds=60", "leak", "rules".

    Raises
    ------
    SettingError
        If it is not one.
    """
    key, equals, number = text.strip().partition("=")
    try:
        limit = float(number) if equals else None
    except ValueError as error:
        raise SettingError(f"The requirement {text!r} has no number behind the sign =; write for example skill=0.95.") from error
    return Requirement(key.strip(), limit)


def checks(outcome: Outcome, group: str, requirements: Iterable[Requirement]) -> tuple[RequirementCheck, ...]:
    """Judge a candidate by requirements: its skill over all its seeds, for leaks, rules and time the worst of them.

    Raises
    ------
    KeyError
        If the outcome has no such candidate.
    """
    return tuple(_check(outcome, group, one) for one in requirements)


def kept(made: Iterable[RequirementCheck]) -> RequirementAnswer:
    """Return what several answers come to: one that fails decides, then one that cannot be judged."""
    answers = {check.answer for check in made}
    return next(
        (answer for answer in (RequirementAnswer.FAILS, RequirementAnswer.OPEN) if answer in answers), RequirementAnswer.PASSES
    )


def _check(outcome: Outcome, group: str, requirement: Requirement) -> RequirementCheck:
    answer, reason = KINDS[requirement.key].judge(outcome, group, requirement.limit or 0.0)
    unfinished = [name for name in outcome.groups[group] if outcome.status(name) in ACTIVE]
    if unfinished and answer is RequirementAnswer.PASSES:
        answer, reason = RequirementAnswer.OPEN, "it is still being made and scored"
    return RequirementCheck(requirement, answer, sentence(reason))


def _skill(outcome: Outcome, group: str, least: float) -> tuple[RequirementAnswer, str]:
    known = outcome.evidence(group, "utility")
    if known.state is not State.JUDGED:
        return RequirementAnswer.OPEN, f"usefulness is {known.words}"
    row = outcome.entry(group)
    if row["utility_measure"] != "tstr" or row["utility_status"] != Status.OK:
        return RequirementAnswer.OPEN, f"how much of the skill it keeps is {row['utility_status'] or 'not asked'}"
    value, low, high = (float(row[f"utility{end}"]) for end in ("", "_low", "_high"))
    much = f"{_percent(value)} of" if value > 0 else "none of"
    if math.isnan(low) or math.isnan(high):
        return RequirementAnswer.OPEN, f"it keeps {much} the skill, and how much of that is chance is not known"
    said = f"it keeps {much} the skill, 95% interval {_percent(low)} to {_percent(high)}"
    if low >= least:
        return RequirementAnswer.PASSES, said
    if high < least:
        return RequirementAnswer.FAILS, said
    return RequirementAnswer.OPEN, f"{said}: too wide to tell"


def _leak(outcome: Outcome, group: str, _limit: float) -> tuple[RequirementAnswer, str]:
    found = doubt(outcome, group)
    if found is None:
        return RequirementAnswer.PASSES, outcome.attacks(group).sentence
    return (RequirementAnswer.FAILS, found.reason) if found.found else (RequirementAnswer.OPEN, found.reason)


def _rules(outcome: Outcome, group: str, _limit: float) -> tuple[RequirementAnswer, str]:
    rows = outcome.rows.get("rules", {})
    own, honest = [rows.get(name) for name in outcome.groups[group]], rows.get("control:unseen")
    fault = next((one for one in outcome.objections(group) if one.measure == "rules" and one.plain), None)
    if fault is not None:
        return RequirementAnswer.FAILS, fault.sentence
    measured = [row for row in own if row is not None and has_value(row) and row["status"] == Status.OK]
    if len(measured) < len(own) or not own:
        return RequirementAnswer.OPEN, _unmeasured(outcome, group, own)
    if honest is None or not has_value(honest) or honest["status"] != Status.OK:
        return RequirementAnswer.OPEN, "how many unseen real rows break a rule is not known"
    worst = max(float(row["value"]) for row in measured)
    if worst <= 0:
        return RequirementAnswer.PASSES, "no row breaks a rule that all real rows keep"
    said = f"{_share(worst)} of its rows break a rule, {_share(float(honest['value']))} of unseen real rows do"
    if worst <= float(honest["value"]):
        return RequirementAnswer.PASSES, f"{said}: no more than they"
    return RequirementAnswer.OPEN, f"{said}: chance could be the reason"


def _unmeasured(outcome: Outcome, group: str, own: list[Row | None]) -> str:
    """Say why a candidate has no number of the rules."""
    coming = any("rules" in outcome.pending.get(name, ()) or outcome.status(name) in ACTIVE for name in outcome.groups[group])
    if coming:
        return "whether it breaks rules is still being measured"
    reason = next((str(row["reason"]) for row in own if row is not None and row["reason"]), "")
    return f"rules could not be measured: {reason}" if reason else "whether it breaks rules was not asked"


def _seconds(outcome: Outcome, group: str, most: float) -> tuple[RequirementAnswer, str]:
    if group.startswith("file:"):
        return RequirementAnswer.OPEN, "it came as a file; how long making it took is not known"
    taken = [float(outcome.entries[name]["seconds"]) for name in outcome.groups[group]]
    if not taken or any(math.isnan(seconds) for seconds in taken):
        return RequirementAnswer.OPEN, "how long making it takes is not known"
    worst = max(taken)
    said = f"it was made in {_duration(worst)}"
    return (RequirementAnswer.PASSES if worst < most else RequirementAnswer.FAILS), said


def _percent(share: float) -> str:
    """Write a share finely enough that no side of a limit is rounded away."""
    return f"{share:.1%}".replace("-", "−")


def _share(share: float) -> str:
    return f"{share:.1%}" if share >= 0.001 else "less than 0.1%" if share > 0 else "none"


def _duration(seconds: float) -> str:
    """Write seconds as people say them; what rounds to a whole minute or more is said in minutes."""
    if seconds < 99.5:
        return f"{seconds:.1f} s" if seconds < 9.95 else f"{seconds:.0f} s"
    return f"{seconds / 60:.1f} min"


def _under(seconds: float) -> str:
    if seconds == 60:
        return "a minute"
    return f"{seconds / 60:g} minutes" if seconds % 60 == 0 else f"{seconds:g} s"


KINDS: Mapping[str, RequirementKind] = {
    "skill": RequirementKind(
        lambda least: f"Keeps at least {least:.0%} of the skill", _skill,
        "the whole 95% interval of the skill kept lies at or above the limit", "the whole interval lies below it",
        "the interval holds the limit, or usefulness is not judged", 0.95, 0.0, 2.0,
    ),
    "leak": RequirementKind(
        lambda _: "No sign of a leak", _leak, "every standard attack was tried and none found a sign", "an attack found a sign",
        "an attack is missing, more are too weak on this table than could tell, or nobody knows whether a file's maker saw the unseen rows",
    ),
    "rules": RequirementKind(
        lambda _: "Breaks no rule more than real rows do", _rules, "no more rows break a rule than unseen real rows do",
        "more do than chance explains, so that the verdict names it as a plain fault", "more do, and chance could be the reason; or it is not measured",
    ),
    "seconds": RequirementKind(
        lambda most: f"Made in under {_under(most)}", _seconds, "learning and drawing took less", "they took as long or longer",
        "it came as a file, or the time is not known", 60.0,
    ),
}  # fmt: skip
"""The requirements there are, by key."""
