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
    finding, sentence, said
        The verdict at that time, and what it said of the chosen one.
    against
        What spoke against the chosen one, the largest first.
    rejected
        The others, with what was said of each.
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
    finding: str = ""
    sentence: str = ""
    said: str = ""
    against: tuple[str, ...] = ()
    rejected: tuple[Rejected, ...] = ()
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
        return "the verdict recommended it" if self.recommended else "the verdict at that time did not put it first"

    def to_dict(self) -> dict[str, Any]:
        """Return the record in plain values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Choice:
        """Read what `to_dict` returned; what a later release added is left out."""
        known = {one.name for one in fields(cls)}
        given = {name: value for name, value in values.items() if name in known}
        given["requirements"] = tuple(Kept(**one) for one in given.get("requirements", ()))
        given["rejected"] = tuple(
            Rejected(one["candidate"], one["title"], one["said"], tuple(one["against"]), tuple(one["failed"]))
            for one in given.get("rejected", ())
        )
        given["against"] = tuple(given.get("against", ()))
        return cls(**given)

    def to_json(self) -> str:
        """Return the record as JSON."""
        return json.dumps(self.to_dict(), ensure_ascii=False)
