"""A decision that was made: which candidate, for what, under which requirements, and what was said at that time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any


@dataclass(frozen=True)
class Kept:
    """Whether the chosen candidate kept to a requirement: as it is written, as it is called, "passes", "fails" or "cannot be judged", why."""

    written: str
    title: str
    answer: str
    reason: str


@dataclass(frozen=True)
class Rejected:
    """A candidate that was not chosen.

    Attributes
    ----------
    said
        What the verdict said of it.
    against
        What spoke against it, the largest first.
    failed
        The requirements it failed, or that could not be judged of it, with the reason.
    """

    candidate: str
    title: str
    said: str = ""
    against: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Use:
    """What the candidate is for, or not: the purpose inside a sentence, and what the verdict says for that purpose."""

    purpose: str
    phrase: str
    said: str


@dataclass(frozen=True)
class Figure:
    """A headline score on its scale: of which measure, with its interval, and in words where it lies; NaN is None.

    `spread` is the interval on the scale, `band` where other real rows fall, `points` where its seeds lie, `status` that of the score, and
    `muted` why the family bears no verdict on this table, or empty.
    """

    family: str
    title: str
    measure: str
    value: float | None
    low: float | None
    high: float | None
    position: float | None
    worst: str
    best: str
    words: str
    spread: tuple[float, float] | None = None
    band: tuple[float, float] | None = None
    points: tuple[float, ...] = ()
    status: str = ""
    muted: str = ""


@dataclass(frozen=True)
class CandidateTried:
    """A candidate that took part: seeds, seconds (mean over seeds, None for a file), and what the verdict said of it."""

    candidate: str
    title: str
    seeds: int
    seconds: float | None
    said: str


@dataclass(frozen=True)
class Moment:
    """What is known of a candidate at one moment, beyond the verdict: what a decision card shows of it.

    Attributes
    ----------
    settings, seeds
        With which it was made.
    use_for, behind_for, not_for
        For which uses the verdict puts it first, others are ahead, and it is not recommended.
    figures
        Its headline scores, one per family.
    attacks, unjudged
        Which attacks on privacy were tried; what took no part in the verdict.
    tried
        Every candidate of the race.
    """

    settings: str = ""
    seeds: tuple[int, ...] = ()
    use_for: tuple[Use, ...] = ()
    behind_for: tuple[Use, ...] = ()
    not_for: tuple[Use, ...] = ()
    figures: tuple[Figure, ...] = ()
    attacks: str = ""
    unjudged: tuple[str, ...] = ()
    tried: tuple[CandidateTried, ...] = ()

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Moment:
        """Read what `dataclasses.asdict` returned, each value held to its type: it may come from a file of somebody else's."""
        uses = {name: tuple(Use(**_texts(one, Use)) for one in values[name]) for name in ("use_for", "behind_for", "not_for")}
        tried = tuple(CandidateTried(**_texts(one, CandidateTried) | _tried_numbers(one)) for one in values["tried"])
        return cls(
            str(values["settings"]), tuple(int(seed) for seed in values["seeds"]), **uses, figures=tuple(map(_figure, values["figures"])),
            attacks=str(values["attacks"]), unjudged=tuple(map(str, values["unjudged"])), tried=tried,
        )  # fmt: skip


def _texts(values: Mapping[str, Any], kind: Any) -> dict[str, Any]:
    return {one.name: str(values[one.name]) for one in fields(kind) if one.type == "str"}


def _tried_numbers(values: Mapping[str, Any]) -> dict[str, Any]:
    return {"seeds": int(values["seeds"]), "seconds": _number(values["seconds"])}


def _figure(values: Mapping[str, Any]) -> Figure:
    ends: dict[str, Any] = {
        name: None if values[name] is None else (float(values[name][0]), float(values[name][1])) for name in ("spread", "band")
    }
    numbers: dict[str, Any] = {name: _number(values[name]) for name in ("value", "low", "high", "position")}
    return Figure(**_texts(values, Figure), **numbers, **ends, points=tuple(map(float, values["points"])))


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


_RECOMMENDED: Mapping[str, str] = {
    "probably best": "the verdict called it probably the best",
    "the only one": "it was the only one that could be judged",
}
"""How the verdict stood to one it put first without being sure of it."""


def _of_earlier(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return how sure the verdict was in a record of an earlier release, which holds it in its finding alone."""
    said = str(values.get("finding", ""))
    sure = {
        " tied for best": "tied for best",
        " probably ": "probably best",
        " the only candidate that can be judged": "the only one",
    }
    found = next((certainty for words, certainty in sure.items() if words in said), "")
    return {"certainty": found, "foremost": said.startswith(str(values.get("title", "")))}


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The choice of a candidate, as it was recorded; nothing in it changes when the race goes on.

    Attributes
    ----------
    id, race_id
        Of the record, and of the race.
    candidate, title
        Who was chosen.
    purpose, purpose_title, weights
        What the rows are for: the purpose's key ("own" for own weights), its title, and the weights by family, summing to 1.
    requirements
        What had to be kept to, and whether it was.
    recommended
        Whether the verdict named it best, or tied for best, for this purpose.
    leading
        Whether it led so far, alone or with others, in a race that was not over.
    alone
        Whether nobody else had scores then.
    certainty
        How sure the verdict was of whom it put first, as `synth_ui.comparison.verdict.sentences.Certainty` has it; empty where it is not known.
    foremost
        Whether the chosen one was the very first, of those tied with it too.
    finding, sentence, said
        The verdict at that time, and what it said of the chosen one.
    against
        What spoke against the chosen one, the largest first.
    rejected
        The others, with what was said of each.
    moment
        What else was known of the chosen one then; None in a record of an earlier release.
    note
        The user's own words, or empty.
    created, undone
        When it was made, and when it was taken back (seconds since 1970); None where it stands.
    version
        Of this package.
    """

    id: str
    race_id: str
    candidate: str
    title: str
    purpose: str
    purpose_title: str
    weights: Mapping[str, float]
    requirements: tuple[Kept, ...] = ()
    recommended: bool = False
    leading: bool = False
    alone: bool = False
    certainty: str = ""
    foremost: bool = False
    finding: str = ""
    sentence: str = ""
    said: str = ""
    against: tuple[str, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    moment: Moment | None = None
    note: str = ""
    created: float = 0.0
    undone: float | None = None
    version: str = field(default="")

    @property
    def asked(self) -> Mapping[str, float] | str:
        """What it was chosen for, as `synth_ui.comparison.purposes.purpose_of` takes it."""
        return dict(self.weights) if self.purpose == "own" else self.purpose

    @property
    def standing(self) -> str:
        """How the verdict stood to it when it was chosen, a clause."""
        if self.alone:
            return "nobody else had scores yet, and the race was not over"
        if self.leading:
            return "it led so far, and the race was not over"
        if not self.recommended:
            return "the verdict at that time did not put it first"
        if self.certainty == "tied for best":
            return (
                "the verdict put it first among those tied for best"
                if self.foremost
                else "the verdict called it tied for best, and put another first"
            )
        return _RECOMMENDED.get(self.certainty, "the verdict recommended it")

    def to_dict(self) -> dict[str, Any]:
        """Return the record in plain values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Choice:
        """Read what `to_dict` returned; what a later release added is left out."""
        known = {one.name for one in fields(cls)}
        given = _of_earlier(values) | {name: value for name, value in values.items() if name in known}
        given["requirements"] = tuple(Kept(**one) for one in given.get("requirements", ()))
        given["rejected"] = tuple(
            Rejected(one["candidate"], one["title"], one["said"], tuple(one["against"]), tuple(one["failed"]))
            for one in given.get("rejected", ())
        )
        given["against"] = tuple(given.get("against", ()))
        given["moment"] = Moment.from_dict(given["moment"]) if given.get("moment") else None
        return cls(**given)

    def to_json(self) -> str:
        """Return the record as JSON."""
        return json.dumps(self.to_dict(), ensure_ascii=False)
