"""Which measures are asked: the quick card during a race, the standard card afterwards, or a list of keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from synth_ui.core.errors import SettingError
from synth_ui.measures.base import Measure, measures

CARD_SETTINGS: Mapping[str, Mapping[str, Mapping[str, Any]]] = {
    "quick": {
        "margins": {},
        "pairs": {},
        "dependence": {},
        "detectability": {"rows": 6_000, "folds": 3, "trees": 50, "against_train": False},
        "tstr": {},
        "copies": {},
        "dcr_share": {"queries": 3_000},
    },
    "standard": {
        "margins": {},
        "pairs": {},
        "dependence": {},
        "detectability": {},
        "tstr": {},
        "copies": {},
        "dcr_share": {},
        "membership": {},
        "leakage_index": {},
        "sdmetrics_quality": {},
    },
}
"""Per card the measures, by key and in the order asked, with their settings where they differ from the defaults."""


@cache
def known_measures() -> dict[str, type[Measure]]:
    """Return every measure by key; found once per process."""
    return measures()


@cache
def _named(name: str) -> tuple[Measure, ...]:
    return tuple(known_measures()[key].from_settings(settings) for key, settings in CARD_SETTINGS[name].items())


def card(name: str | Sequence[str]) -> tuple[Measure, ...]:
    """Return the measures of a card, or those of a list of keys with their default settings.

    Raises
    ------
    SettingError
        If there is no such card or measure.
    """
    if isinstance(name, str) and name in CARD_SETTINGS:
        return _named(name)
    keys = [key.strip() for key in name.split(",")] if isinstance(name, str) else list(name)
    unknown = [key for key in keys if key not in known_measures()]
    if unknown or not keys:
        raise SettingError(
            f"There is no card or measure {', '.join(map(repr, unknown)) or repr(name)}; "
            f"cards are {', '.join(CARD_SETTINGS)}, measures are {', '.join(known_measures())}."
        )
    return tuple(known_measures()[key]() for key in dict.fromkeys(keys))


def __getattr__(name: str) -> Any:
    if name == "CARDS":
        return {key: card(key) for key in CARD_SETTINGS}
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
