"""A run: the job that makes and scores one candidate."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class RunState(StrEnum):
    """Where a run stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"
    LOST = "lost"

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen by itself."""
        return self not in (RunState.QUEUED, RunState.RUNNING)


TREATMENT = "exposed_rows"
"""The setting under which a run says what was done about exposed training rows; no generator has one of that name."""


REFUSED = "Does not apply, because"
"""How the reason of a run begins whose table is nothing for its generator."""


@dataclass(frozen=True)
class Process:
    """A process, known by its id and the moment the kernel started it: ids are used again."""

    pid: int
    token: str
