"""The decision card: one page that stands alone, as HTML and as plain values, with no real row and nothing from outside in it.

What it says is what the verdict says, word for word; where a choice was recorded, it is the verdict of that moment.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from synth_ui.comparison.choice.said import asked_by, moment, unjudged_most
from synth_ui.comparison.families import FAMILIES
from synth_ui.comparison.outcome import Outcome, Weights
from synth_ui.comparison.purposes import Purpose, purpose_of
from synth_ui.comparison.verdict.sentences import Certainty, Verdict, judged_by
from synth_ui.comparison.words import listed
from synth_ui.core.choice import CandidateTried, Choice, Figure, Moment, Use
from synth_ui.core.context import used_words
from synth_ui.core.installation import VERSION
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
class Card:
    """What the card says, all of one moment: that of the choice, where one was recorded.

    `changed` is what the verdict says since, where that is something else; `whole` whether uses and figures of that moment are known, which a
    record of an earlier release did not keep. `pictures` are the scales as SVG, by family, and no part of the plain values.
    """

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
    whole: bool = True
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
    changed = _changed(now, choice)
    then = (
        (choice.moment or _kept(choice)) if choice is not None and (choice.moment or changed) else moment(outcome, known, asked)
    )
    whole = choice is None or choice.moment is not None or not changed
    return Card(
        raced.name, raced.fingerprint, raced.rows, len(raced.columns), raced.train, raced.holdout, raced.seed,
        created or f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC", purpose_of(asked).title, dict(purpose_of(asked).weights), group,
        choice.title if choice is not None else _title(outcome, group), _settings(outcome, then, known), then.seeds,
        _headline(outcome, now, purpose_of(asked), choice), choice.finding if choice is not None else now.finding, choice.sentence if choice is not None else now.sentence,
        now.further if choice is None else (), then.use_for, then.behind_for, then.not_for, then.figures,
        choice.against if choice is not None else _against(outcome, now, known), then.attacks, then.unjudged,
        then.tried, raced.card, {"synth-ui": VERSION, **raced.versions}, race_id or "", choice, changed, whole,
        pictures={figure.family: svg.track(*_track(figure)) for figure in then.figures},
    )  # fmt: skip


def _settings(outcome: Outcome, then: Moment, group: str | None) -> str:
    """Return the settings asked for, and beside them those that had another value on these rows: a recipe is made anew by the former."""
    rows = [] if outcome.candidates is None else outcome.candidates.to_dict("records")
    notes = next((row.get("notes") for row in rows if row["candidate"] == group), None)
    used = used_words(notes.split("\n")) if isinstance(notes, str) else ""
    return "; ".join(filter(None, [then.settings, used]))


def _changed(now: Verdict, choice: Choice | None) -> str:
    """Say what the verdict says now where it is not what it said when the choice was made; else nothing."""
    if choice is None or now.sentence == choice.sentence:
        return ""
    return now.finding if now.finding != choice.finding else "the same comes first, its numbers are others"


def _kept(choice: Choice) -> Moment:
    """Return what a record of an earlier release tells of its moment: who was tried beside the chosen one, and what was said of each."""
    others = tuple(CandidateTried(one.candidate, one.title, 1, None, one.said) for one in choice.rejected)
    return Moment(tried=(CandidateTried(choice.candidate, choice.title, 1, None, choice.said), *others))


def _track(figure: Figure) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return a figure as `synth_ui.reports.svg.track` takes it."""
    ends, band = figure.spread or (math.nan, math.nan), figure.band or (math.nan, math.nan)
    value, position = (math.nan if number is None else number for number in (figure.value, figure.position))
    row = {
        "status": figure.status, "position": position, "value": value, "low": ends[0], "high": ends[1], "points": figure.points,
        "control": False,
    }  # fmt: skip
    panel = {
        "title": figure.title, "left": figure.worst, "right": figure.best, "reason": figure.muted, "band_low": band[0], "band_high": band[1],
    }  # fmt: skip
    return row, panel


def _title(outcome: Outcome, group: str | None) -> str:
    return "" if group is None else str(outcome.entries[group]["title"])


def _headline(outcome: Outcome, now: Verdict, purpose: Purpose, choice: Choice | None) -> str:
    """Say in one line what to use, and how sure that is; only where the verdict recommends it."""
    if choice is not None:
        return f"Chosen {purpose.phrase}: {choice.title}; {choice.standing}"
    if now.best is None:
        return now.finding
    if unjudged_most(outcome, purpose):  # below, the card says that it is not for this
        return f"{now.finding}{judged_by(purpose, outcome.chances(asked_by(purpose)))}"
    use = f"Use {_title(outcome, now.best)}{'' if purpose.phrase.startswith('to ') else ','} {purpose.phrase}"
    if now.tied_with:
        return f"{use}, tied for best with {listed([_title(outcome, name) for name in now.tied_with])}"
    return f"{use}, probably the best" if now.certainty is Certainty.PROBABLE else use


def _against(outcome: Outcome, now: Verdict, group: str | None) -> tuple[str, ...]:
    found = outcome.objections(group) if group is not None else now.against
    return tuple(one.sentence for one in found)
