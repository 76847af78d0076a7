"""The decision card: one page that stands alone, as HTML and as plain values, with no real row and nothing from outside in it.

What it says is what the verdict says, word for word; where a choice was recorded, it is the verdict of that moment.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from synth_ui.comparison.families import FAMILIES
from synth_ui.comparison.outcome import Outcome, Weights
from synth_ui.comparison.purposes import PURPOSES, Purpose, purpose_of
from synth_ui.comparison.tracks import called
from synth_ui.comparison.verdict.evidence import State
from synth_ui.comparison.verdict.sentences import Certainty, Verdict, judged_by
from synth_ui.comparison.words import listed, place, sentence
from synth_ui.core.choice import Choice
from synth_ui.core.installation import VERSION
from synth_ui.core.score import Status
from synth_ui.reports import svg
from synth_ui.reports.raced import Raced
from synth_ui.reports.templates import template

MOST_AGAINST = 5
"""How many objections to a chosen candidate stand on the card, whose record holds all of them."""

MOST_TRIED = 7
"""Of how many candidates the reasons stand on the card; the rest is named."""

LIMIT = (
    "One split of one table: another split gives somewhat other numbers. Only a formal guarantee is a guarantee: that these attacks found "
    "nothing does not mean that none could."
)
"""What the card cannot say."""


@dataclass(frozen=True)
class Use:
    """What the candidate is for, or not: the purpose inside a sentence, and what the verdict says for that purpose."""

    purpose: str
    phrase: str
    said: str


@dataclass(frozen=True)
class Figure:
    """A headline score on its scale: of which measure, with its interval, and in words where it lies; NaN is None.

    `spread` is the interval on the scale, `band` where other real rows fall.
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


@dataclass(frozen=True)
class CandidateTried:
    """A candidate that took part: seeds, seconds (mean over seeds, None for a file), and what the verdict said of it."""

    candidate: str
    title: str
    seeds: int
    seconds: float | None
    said: str


@dataclass(frozen=True)
class Card:
    """What the card says; `pictures` are the scales as SVG, by family, and no part of the plain values."""

    table: str
    fingerprint: str
    rows: int
    columns: int
    train: int
    holdout: int
    seed: int
    created: str
    purpose: str
    weights: Mapping[str, float]
    candidate: str | None
    title: str
    settings: str
    seeds: tuple[int, ...]
    headline: str
    finding: str
    sentence: str
    further: tuple[str, ...]
    use_for: tuple[Use, ...]
    behind_for: tuple[Use, ...]
    not_for: tuple[Use, ...]
    figures: tuple[Figure, ...]
    against: tuple[str, ...]
    attacks: str
    unjudged: tuple[str, ...]
    tried: tuple[CandidateTried, ...]
    asked: str
    versions: Mapping[str, str]
    race: str = ""
    choice: Choice | None = None
    changed: str = ""
    limit: str = LIMIT
    pictures: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def chosen_on(self) -> str:
        """When the choice was recorded, in UTC; empty where there is none."""
        return f"{datetime.fromtimestamp(self.choice.created, UTC):%Y-%m-%d %H:%M} UTC" if self.choice is not None else ""

    def to_dict(self) -> dict[str, Any]:
        """Return what the card says in plain values; numbers that are not known are None."""
        values = asdict(self)
        values.pop("pictures")
        return values

    def html(self) -> str:
        """Return the card as one HTML file for a page of A4, without script and without a reference to anything outside it."""
        text: str = template("card.html.j2").render(kicker=f"Decision card · {self.table}", **self.parts())
        return text

    def png(self) -> bytes:
        """Return the card as a picture, see `synth_ui.reports.picture`."""
        from synth_ui.reports.picture import card_png

        shown = self.parts()
        return card_png(self, shown["most"], shown["tried"])

    def parts(self) -> dict[str, Any]:
        """Return what the template of the page takes, which the report opens with."""
        most = MOST_AGAINST if self.choice else len(self.against)
        return {"card": self, "most": most, "tried": MOST_TRIED, "folded": False, "families": FAMILIES}


def decision_card(
    outcome: Outcome,
    raced: Raced,
    *,
    purpose: Weights = None,
    choice: Choice | None = None,
    race_id: str | None = None,
    created: str | None = None,
) -> Card:
    """Say on one page which candidate to use for what, and what for not; see `Card`.

    Parameters
    ----------
    purpose
        What the rows are for; where a choice was recorded, its purpose counts.
    choice
        The choice that was recorded, if any; else the card is of the candidate that the verdict puts first.
    created
        When, in words; by default now, in UTC.
    """
    asked = choice.asked if choice is not None else purpose
    now = outcome.verdict(asked)
    group = choice.candidate if choice is not None else now.leader
    known = group if group in outcome.groups else None
    uses = _uses(outcome, known) if known is not None else ((), (), ())
    figures, pictures = _figures(outcome, known, asked) if known is not None else ((), {})
    return Card(
        raced.name, raced.fingerprint, raced.rows, len(raced.columns), raced.train, raced.holdout, raced.seed,
        created or f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC", purpose_of(asked).title, dict(purpose_of(asked).weights), group,
        choice.title if choice is not None else _title(outcome, group), *_made(outcome, known),
        _headline(outcome, now, purpose_of(asked), choice), choice.finding if choice is not None else now.finding, choice.sentence if choice is not None else now.sentence,
        now.further if choice is None else (), *uses, figures,
        choice.against if choice is not None else _against(outcome, now, known),
        outcome.attacks(known).sentence if known is not None else "", now.unjudged,
        _tried(outcome, asked, now), raced.card, {"synth-ui": VERSION, **raced.versions}, race_id or "", choice,
        now.finding if choice is not None and now.finding != choice.finding else "", pictures=pictures,
    )  # fmt: skip


def _title(outcome: Outcome, group: str | None) -> str:
    return "" if group is None else str(outcome.entries[group]["title"])


def _headline(outcome: Outcome, now: Verdict, purpose: Purpose, choice: Choice | None) -> str:
    """Say in one line what to use; only where the verdict recommends it."""
    if choice is not None:
        return f"Chosen {purpose.phrase}: {choice.title}; {choice.standing}"
    if now.best is None:
        return now.finding
    return f"Use {_title(outcome, now.best)}{'' if purpose.phrase.startswith('to ') else ','} {purpose.phrase}"


def _made(outcome: Outcome, group: str | None) -> tuple[str, tuple[int, ...]]:
    """Return a candidate's settings in words, and its seeds."""
    if group is None:
        return "", ()
    entries = [outcome.entries[name] for name in outcome.groups[group]]
    settings = {key: value for key, value in entries[0]["settings"].items() if key != "path"}
    said = ", ".join(f"{key} {value}" for key, value in settings.items())
    return said, tuple(int(entry["seed"]) for entry in entries if entry["seed"] is not None)


def _against(outcome: Outcome, now: Verdict, group: str | None) -> tuple[str, ...]:
    found = outcome.objections(group) if group is not None else now.against
    return tuple(one.sentence for one in found)


def _uses(outcome: Outcome, group: str) -> tuple[tuple[Use, ...], tuple[Use, ...], tuple[Use, ...]]:
    """Say for which uses the verdict puts a candidate first, for which others are ahead, and for which it is not recommended.

    A use for which nobody was judged by what counts most is never one it is good for: without a target nothing is said of models.
    """
    first: list[Use] = []
    behind: list[Use] = []
    never: list[Use] = []
    for purpose in PURPOSES.values():
        if purpose.key == "balanced":
            continue
        said, most = outcome.verdict(purpose.key), max(purpose.weights, key=lambda family: purpose.weights[family])
        if most not in outcome.chances(purpose.key).families:
            never.append(
                Use(purpose.key, purpose.phrase, f"{FAMILIES[most].short}, which counts most for it, was not judged here")
            )
        elif group in said.barred or group not in said.reasons:
            never.append(Use(purpose.key, purpose.phrase, sentence(said.reasons.get(group, "it could not be compared"))))
        elif group in (said.leader, *said.tied_with):
            first.append(
                Use(
                    purpose.key, purpose.phrase, _certain(outcome, said, group) + judged_by(purpose, outcome.chances(purpose.key))
                )
            )
        else:
            ahead = f"{_title(outcome, said.leader)} is {said.certainty}" if said.leader is not None else said.finding
            behind.append(Use(purpose.key, purpose.phrase, ahead))
    return tuple(first), tuple(behind), tuple(never)


def _certain(outcome: Outcome, said: Verdict, group: str) -> str:
    others = [_title(outcome, name) for name in (said.leader, *said.tied_with) if name != group]
    if said.certainty is Certainty.LEADING:
        return f"leads so far{f', with {listed(others)}' if others else ''}"
    return f"{said.certainty}{f', with {listed(others)}' if others else ''}"


def _figures(outcome: Outcome, group: str, asked: Weights) -> tuple[tuple[Figure, ...], dict[str, Any]]:
    """Return the headline scores of a candidate, one per family, and their pictures; a family without evidence says why."""
    board = outcome.leaderboard(asked)
    rows = {row["panel"]: row for row in outcome.tracks(board[board["candidate"] == group], asked).to_dict("records")}
    found, pictures = [], {}
    for panel in outcome.panels.to_dict("records"):
        row = rows.get(panel["panel"])
        if row is None:
            continue
        family = str(panel["panel"])
        value, low, high, position = (_known(row[name]) for name in ("value", "value_low", "value_high", "position"))
        words, (worst, best) = _words(outcome, group, family, row), (str(panel["left"]), str(panel["right"]))
        title, measure = FAMILIES[family].title, called(str(row["measure"]))
        spread, band = _ends(row["low"], row["high"]), None if panel["reason"] else _ends(panel["band_low"], panel["band_high"])
        found.append(Figure(family, title, measure, value, low, high, position, worst, best, words, spread, band))
        pictures[family] = svg.track(row, panel)
    return tuple(found), pictures


def _words(outcome: Outcome, group: str, family: str, row: Mapping[str, Any]) -> str:
    """Say where a score lies, as the verdict says it; nothing of a family without evidence."""
    if family == "privacy" and outcome.leak_sentences(group):
        return outcome.leak_sentences(group)[0]
    known = outcome.evidence(group, family)
    if known.state is not State.JUDGED:
        return known.words
    if row["status"] != Status.OK or row["position"] != row["position"]:
        return str(row["reason"] or row["status"])
    return place(outcome.scale(str(row["measure"])), float(row["position"]), float(row["low"]))


def _ends(low: Any, high: Any) -> tuple[float, float] | None:
    ends = sorted(end for end in (_known(low), _known(high)) if end is not None)
    return (ends[0], ends[1]) if len(ends) == 2 else None


def _known(value: Any) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)


def _tried(outcome: Outcome, asked: Weights, now: Verdict) -> tuple[CandidateTried, ...]:
    """Say of every candidate what the verdict says, of the first one only that it is the first: the verdict above says why."""
    board = outcome.leaderboard(asked)
    rows: Sequence[Mapping[Any, Any]] = board[~board["control"].astype(bool)].to_dict("records")
    said = {**now.reasons, **({now.leader: sentence(str(now.certainty))} if now.leader is not None else {})}
    return tuple(
        CandidateTried(
            str(row["candidate"]), str(row["title"]), int(row["seeds"]), _known(row["seconds"]), said.get(row["candidate"], "")
        )
        for row in rows
    )
