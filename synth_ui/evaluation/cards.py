"""Which measures are asked: the quick card during a race, the standard card afterwards, or a list of keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from synth_ui.core.errors import SettingError
from synth_ui.core.score import MeasureFacts
from synth_ui.measures.base import FAMILIES, Measure, measures

CARD_NAMES: tuple[str, ...] = ("quick", "standard")
"""The cards, shortest first."""


@cache
def known_measures() -> dict[str, type[Measure]]:
    """Return every measure by key; found once per process."""
    return measures()


@cache
def card_settings(name: str) -> Mapping[str, Mapping[str, Any]]:
    """Return a card's measures by key, in the order asked, with their settings where they differ from the defaults.

    Each measure says itself on which cards it stands, so a new one needs no line here.
    """
    members = [measure for measure in known_measures().values() if name in measure.cards]
    members.sort(key=lambda measure: (FAMILIES.index(measure.family), measure.place, measure.key))
    return {measure.key: measure.cards[name] for measure in members}


@cache
def _named(name: str) -> tuple[Measure, ...]:
    return tuple(known_measures()[key].from_settings(settings) for key, settings in card_settings(name).items())


def card(name: str | Sequence[str]) -> tuple[Measure, ...]:
    """Return the measures of a card, or those of a list of keys with their default settings.

    Raises
    ------
    SettingError
        If there is no such card or measure.
    """
    if isinstance(name, str) and name in CARD_NAMES:
        return _named(name)
    keys = [key.strip() for key in name.split(",")] if isinstance(name, str) else list(name)
    unknown = [key for key in keys if key not in known_measures()]
    if unknown or not keys:
        raise SettingError(
            f"There is no card or measure {', '.join(map(repr, unknown)) or repr(name)}; "
            f"cards are {', '.join(CARD_NAMES)}, measures are {', '.join(known_measures())}."
        )
    return tuple(known_measures()[key]() for key in dict.fromkeys(keys))


def with_settings(name: str, settings: Mapping[str, Mapping[str, Any]]) -> tuple[Measure, ...]:
    """Return the measures of a card or of a list of keys, some of them with settings of their own, by key.

    Raises
    ------
    SettingError
        If there is no such card or measure, or a setting is unknown or not allowed.
    """
    return tuple(
        known_measures()[measure.key].from_settings(settings[measure.key]) if measure.key in settings else measure
        for measure in card(name)
    )


@cache
def measure_facts() -> Mapping[str, MeasureFacts]:
    """Return what a comparison has to know of every measure, by key, family by family in the order shown."""
    members = sorted(known_measures().values(), key=lambda measure: (FAMILIES.index(measure.family), measure.place, measure.key))
    return {
        measure.key: MeasureFacts(
            measure.key, measure.title, measure.family, measure.asks, frozenset(measure.cards), measure.floor, measure.ceiling,
            measure.floor_part, measure.worst_means, measure.chance, measure.family == "privacy" and measure.attack, measure().says,
        )
        for measure in members
    }  # fmt: skip
