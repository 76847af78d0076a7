"""The generators there are, by key, and one with given settings."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from synth_ui.core.errors import PluginError
from synth_ui.generators.base import Generator, generators


@cache
def known_generators() -> dict[str, type[Generator]]:
    """Return every generator by key; found once per process."""
    return generators()


def generator_of(key: str, settings: Mapping[str, Any] | None = None, preset: str | None = None) -> Generator:
    """Build a generator from what a form, a row of the database or the command line says.

    Raises
    ------
    PluginError
        If there is no generator of that key.
    SettingError
        If a setting is unknown or its value is not allowed.
    """
    if key not in known_generators():
        raise PluginError(f"There is no generator {key!r}; there are {', '.join(known_generators())}.")
    return known_generators()[key].from_settings(settings, preset)
