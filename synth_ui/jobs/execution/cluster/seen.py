"""A node as the scheduler knows it: how many runs it takes, what it works on, what it offers, and whether anything is heard of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

SLOTS = "SLOTS"
"""The resource a node may state, one per run it takes (`dask worker --resources SLOTS=2`); without it, it takes one per thread."""

UNHEARD_SECONDS = 10.0
"""A node of which the scheduler has heard nothing for so long takes no run; Dask gives it up much later. It says something every few seconds."""


@dataclass(frozen=True)
class NodeSeen:
    """A node as the scheduler knows it.

    Attributes
    ----------
    slots
        How many runs it takes at once.
    keys
        What it works on.
    free_megabytes, total_megabytes
        Of its memory.
    by_resource
        Whether it states its slots.
    said
        When the scheduler last heard of it, by the clock there.
    unheard
        For how many seconds that has not changed, as far as somebody looked.
    offers
        What else it states, by name: `{"GPU": 1}`.
    """

    address: str
    slots: int
    keys: frozenset[str]
    free_megabytes: float
    total_megabytes: float
    by_resource: bool
    said: float = 0.0
    unheard: float = 0.0
    offers: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, address: str, said: Mapping[str, Any], keys: Any) -> NodeSeen:
        """Take what the scheduler says of a node."""
        offers = {str(name): float(amount) for name, amount in (said.get("resources") or {}).items()}
        stated = offers.pop(SLOTS, None)
        total = float(said.get("memory_limit") or 0) / 2**20
        used = float((said.get("metrics") or {}).get("memory") or 0) / 2**20
        slots = int(said.get("nthreads") or 1) if stated is None else int(stated)
        return cls(
            address,
            slots,
            frozenset(map(str, keys)),
            total - used if total else 1e9,
            total or 1e9,
            stated is not None,
            float(said.get("last_seen") or 0.0),
            offers=offers,
        )

    @property
    def load(self) -> float:
        """How much of it is taken."""
        return len(self.keys) / self.slots if self.slots else float("inf")

    @property
    def silent(self) -> bool:
        """Whether it is not heard of any more."""
        return self.unheard > UNHEARD_SECONDS

    @property
    def bears(self) -> int:
        """How many runs it takes now, those it works on among them: no other while it is silent."""
        return min(len(self.keys), self.slots) if self.silent else self.slots
