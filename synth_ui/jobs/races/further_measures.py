"""What a race asks of everybody: first what its leaderboard needs, then the rest, in batches; and what was asked of all later.

A batch is one run per candidate and control, of kind `RunKind.FURTHER`, which waits in the queue until what it is to score is done. What comes
first is cheap and decides: privacy attacks, rules, cells no real table could hold. What is dear comes last.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from synth_ui.core.run import NewRun, RunKind
from synth_ui.evaluation.cards import CARD_NAMES, card_settings, known_measures, with_settings
from synth_ui.evaluation.cards import card as measures_of
from synth_ui.measures.base import Measure
from synth_ui.store.journal import Asking
from synth_ui.store.run_rows import as_json

FIRST_CARD, WHOLE_CARD = "quick", "standard"
"""What a leaderboard needs, and all there is: a race that asks the whole card asks the first one before anything else."""

EARLY_FAMILIES = frozenset({"privacy"})
EARLY = frozenset({"rules", "validity", "coverage", "missingness"})
"""What comes before the rest of the whole card."""

Settings = Mapping[str, Mapping[str, Any]]


def first_card(card: str) -> str:
    """Return what a race with a card asks in a candidate's own run, before anything else: a card, or keys of measures."""
    return FIRST_CARD if card == WHOLE_CARD else card


def batches(card: str) -> tuple[tuple[Measure, ...], ...]:
    """Return what a race with a card asks after the first card, batch by batch; nothing that the first has asked with the same settings."""
    if card != WHOLE_CARD:
        return ()
    first = set(measures_of(FIRST_CARD))
    rest = [measure for measure in measures_of(WHOLE_CARD) if measure not in first]
    early = tuple(measure for measure in rest if measure.family in EARLY_FAMILIES or measure.key in EARLY)
    late = tuple(measure for measure in rest if measure not in early)
    return tuple(batch for batch in (early, late) if batch)


def asked_first_with_less() -> set[tuple[str, str]]:
    """Return the measures, with their settings as noted, that the first card asks with other settings than the whole one."""
    later = {measure.key for batch in batches(WHOLE_CARD) for measure in batch}
    return {(measure.key, noted(measure)) for measure in measures_of(FIRST_CARD) if measure.key in later}


class AskedOfAll(Protocol):
    """What is asked of all runs of a race: the measures of its card, and those asked later, see `synth_ui.core.run.Race`."""

    @property
    def card(self) -> str:
        """A card's name, or keys of measures."""

    @property
    def asked(self) -> str:
        """Settings by measure, as JSON."""


class CardAlone(NamedTuple):
    """A card alone, of a race that is not started yet."""

    card: str
    asked: str = "{}"


def everybody(race: AskedOfAll) -> list[Measure]:
    """Return what a race asks of all its candidates and controls, in the order asked; a measure may be there with several settings.

    One that is not installed any more is left out, see `not_installed`.
    """
    asked = [*measured(first_card(race.card)), *(measure for batch in _later(race) for measure in batch)]
    return list(dict.fromkeys(asked))


def _later(race: AskedOfAll) -> list[tuple[Measure, ...]]:
    """Return the batches of a race and, as a last one, what all were asked later."""
    asked = measured(",".join(named), named) if (named := json.loads(race.asked or "{}")) else ()
    return [*batches(race.card), *([asked] if asked else [])]


def askings(race: AskedOfAll, parents: Sequence[NewRun], created: float) -> list[Asking]:
    """Return what runs of a race, in their order, are to be asked once they are done; controls first."""
    ordered = sorted(parents, key=lambda run: not run.control)
    return [
        asking(parent, batch, created, place, tier=tier)
        for tier, batch in enumerate(_later(race), start=1)
        for place, parent in enumerate(ordered)
    ]


def asking(
    parent: NewRun, measures: Sequence[Measure], created: float, place: int, *, tier: int = 0, again: bool = False
) -> Asking:
    """Return the run that asks measures of another run; `again` asks what has been answered, too."""
    run = NewRun(
        kind=RunKind.FURTHER,
        candidate=parent.candidate,
        generator=parent.generator,
        settings={measure.key: measure.settings() for measure in measures},
        seed=parent.seed,
        rows=parent.rows,
        created=created,
        split_id=parent.split_id,
        card=",".join(measure.key for measure in measures),
        parent_id=parent.id,
        tier=tier,
        place=place,
        megabytes=parent.megabytes,
    )
    return Asking(run, again, _alike_everywhere())


def _alike_everywhere() -> frozenset[str]:
    """Return the measures whose settings are the same on every card they stand on."""
    first, whole = card_settings(FIRST_CARD), card_settings(WHOLE_CARD)
    return frozenset(key for key in known_measures() if first.get(key, whole.get(key)) == whole.get(key))


def not_installed(race: AskedOfAll) -> tuple[str, ...]:
    """Return the measures a race asks by a name that nothing here has: of another release, or of a package that is gone."""
    named = [*([] if race.card in CARD_NAMES else _keys(race.card)), *json.loads(race.asked or "{}")]
    return tuple(key for key in dict.fromkeys(named) if key not in known_measures())


def _keys(card: str) -> list[str]:
    return [key for part in card.split(",") if (key := part.strip())]


def measured(card: str, settings: Settings | None = None) -> tuple[Measure, ...]:
    """Return the measures of a card or of keys, some with settings of their own; a measure or setting there is no more is left out."""
    known = known_measures()
    keys = list(card_settings(card)) if card in CARD_NAMES else [key for key in _keys(card) if key in known]
    given = {
        key: {name: value for name, value in values.items() if name in known[key].settings_spec()}
        for key, values in (settings or {}).items()
        if key in keys
    }
    return with_settings(card if card in CARD_NAMES else ",".join(keys), given) if keys else ()


def asked_by(run: NewRun) -> tuple[Measure, ...]:
    """Return the measures a run asks: its card, with the settings noted for it where it asks later."""
    return measured(run.card, run.settings if run.kind is RunKind.FURTHER else None)


def noted(measure: Measure) -> str:
    """Return the settings of a measure as they are noted beside its scores."""
    return as_json(measure.settings())


def merged(race: AskedOfAll, measures: Iterable[Measure]) -> str:
    """Return what all runs of a race have been asked later, these among it: settings by measure, as JSON."""
    known: dict[str, Any] = json.loads(race.asked or "{}")
    return as_json({**known, **{measure.key: measure.settings() for measure in measures}})
