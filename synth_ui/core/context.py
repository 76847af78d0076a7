"""Randomness, progress and cancel, passed as one argument."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from synth_ui.core.errors import Cancelled


@dataclass(frozen=True)
class Progress:
    """One report of a piece of work.

    Attributes
    ----------
    phase
        What is being done, in plain words: "learning", "sampling".
    fraction
        How much of the phase is done, in [0, 1], or None when it cannot be told.
    loss
        Named losses of this step, for the live curve: {"training": .31, "validation": .33}.
    """

    phase: str
    fraction: float | None = None
    loss: dict[str, float] | None = None


def _ignore(progress: Progress) -> None:
    """Drop a report nobody listens to."""


def _never() -> bool:
    return False


@dataclass(frozen=True)
class Context:
    """What a piece of work needs besides its data.

    Attributes
    ----------
    seed
        Same seed, same result.
    report
        Called with a `Progress` as the work goes on.
    cancelled
        Asked between steps; once it answers True the work raises `Cancelled`.
    threads
        How many threads the work may use.
    """

    seed: int = 0
    report: Callable[[Progress], None] = _ignore
    cancelled: Callable[[], bool] = _never
    threads: int = 1

    def rng(self, purpose: str) -> np.random.Generator:
        """Return a random stream of its own for `purpose`: adding a stream never shifts another."""
        return np.random.default_rng([self.seed, zlib.crc32(purpose.encode())])

    def integer_seed(self, purpose: str) -> int:
        """Return a seed below 2**31 for libraries that take an integer."""
        return int(self.rng(purpose).integers(2**31 - 1))

    def step(self, phase: str, fraction: float | None = None, **loss: float) -> None:
        """Report progress; raise `Cancelled` if the user asked to stop."""
        if self.cancelled():
            raise Cancelled(f"Stopped while {phase}.")
        self.report(Progress(phase, fraction, loss or None))

    def with_seed(self, seed: int) -> Context:
        """Return the same context with another seed."""
        return replace(self, seed=seed)

    def named(self, purpose: str) -> Context:
        """Return a context whose random streams are independent of this one's."""
        return replace(self, seed=self.integer_seed(purpose))
