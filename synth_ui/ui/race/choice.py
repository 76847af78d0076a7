"""Which generators will race, with which settings, and what that is expected to cost."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from synth_ui.core.table import TableSize
from synth_ui.generators.base import FAMILIES, Cost, Generator, generators
from synth_ui.ui import access, forms
from synth_ui.ui.state import state

PATIENCE = 120.0
"""A generator expected to take longer than this many seconds is not picked by itself."""


@lru_cache(maxsize=1)
def every() -> Mapping[str, type[Generator]]:
    """Return every generator by key."""
    return MappingProxyType(generators())


@lru_cache(maxsize=1)
def catalogue() -> Mapping[str, type[Generator]]:
    """Return the generators a race can start, by key, family by family; `file` enters on its own path."""
    found = {key: member for key, member in every().items() if member.family != "made elsewhere" and member.models_tables}
    order = {family: place for place, family in enumerate(FAMILIES)}
    return MappingProxyType(dict(sorted(found.items(), key=lambda item: (order.get(item[1].family, 99), item[1].title))))


@dataclass(frozen=True)
class Estimate:
    """What a generator is expected to take on the current table."""

    seconds: float | None
    megabytes: float | None


def estimate(key: str, table_id: str) -> Estimate:
    """Estimate fit and sampling of one seed on the current split."""
    size = access.train_size(table_id, state.split_share)
    return _estimate(key, json.dumps(forms.chosen(catalogue()[key]), sort_keys=True), size, state.make or size.rows)


@lru_cache(maxsize=1_000)
def _estimate(key: str, settings: str, size: TableSize, rows: int) -> Estimate:
    """Estimate once what the same settings take on the same table: order, filter and line of the catalogue all ask."""
    cost: Cost = catalogue()[key].from_settings(json.loads(settings)).cost(size, rows)
    return Estimate(cost.seconds, cost.megabytes)


def picked(table_id: str) -> tuple[str, ...]:
    """Return the keys of the generators that will race: the visitor's choice, else those that suit the table."""
    if state.picked is not None:
        return tuple(key for key in catalogue() if key in state.picked)
    if state.budget:
        from synth_ui.jobs.budget.start import pool

        able = pool()
        return tuple(key for key in catalogue() if key in able)
    return tuple(key for key, plugin in catalogue().items() if plugin.starter and _quick(key, table_id))


def _quick(key: str, table_id: str) -> bool:
    seconds = estimate(key, table_id).seconds
    return seconds is None or seconds <= PATIENCE


def pick(key: str, table_id: str, wanted: bool) -> None:
    """Take a generator into the race or out of it."""
    now = set(picked(table_id))
    state.picked = tuple(sorted(now | {key} if wanted else now - {key}))
