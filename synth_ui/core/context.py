"""Randomness, progress and cancel, passed as one argument."""

from __future__ import annotations

import re
import warnings
import zlib
from collections.abc import Callable, Iterable
from dataclasses import InitVar, dataclass, field, replace

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


class Notes:
    """Sentences the user should read beside a result; shares of drawn rows are summed over all draws of one kind."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._tallies: dict[str, list[int]] = {}

    def add(self, text: str) -> None:
        """Take a sentence, once."""
        if text not in self._lines:
            self._lines.append(text)

    def used(self, setting: str, value: object, asked: object, because: str) -> None:
        """Take that a generator used another value of a setting than the one asked for, and why; nothing where it is the same."""
        if value != asked:
            self.add(f"used: {setting} {_plain(value)} instead of {_plain(asked)}: {because}")

    def tally(self, what: str, kept: int, drawn: int) -> None:
        """Take that so many of the drawn rows did `what` ("keep the rules")."""
        sums = self._tallies.setdefault(what, [0, 0])
        sums[0] += kept
        sums[1] += drawn

    def add_tallies(self, other: Notes) -> None:
        """Add up with another's the shares of drawn rows."""
        for what, (kept, drawn) in other._tallies.items():
            self.tally(what, kept, drawn)

    @property
    def sentences(self) -> tuple[str, ...]:
        """The sentences alone, without the shares of drawn rows."""
        return tuple(self._lines)

    def lines(self) -> tuple[str, ...]:
        """Return all sentences."""
        said = [
            f"all {drawn:,} drawn rows {what}"
            if kept == drawn
            else f"{kept:,} of {drawn:,} drawn rows ({kept / drawn:.1%}) {what}; the others were drawn anew"
            for what, (kept, drawn) in self._tallies.items()
        ]
        return (*self._lines, *said)


_USED = re.compile(r"used: (?P<setting>\w+) (?P<value>.+?) instead of ")


def used_settings(lines: Iterable[str]) -> dict[str, str]:
    """Return, of the sentences beside a result, which settings were used with another value than the one asked for, and which that is."""
    return {found["setting"]: found["value"] for line in lines if (found := _USED.match(line))}


def used_words(lines: Iterable[str]) -> str:
    """Say in one clause which settings were used with another value than the one asked for; empty where none was."""
    found = [f"{setting} {value}" for setting, value in used_settings(lines).items()]
    return f"used on these rows: {', '.join(found)}" if found else ""


def _plain(value: object) -> str:
    """Return a value as it is said: 2,000, 0.7, or words as they are."""
    if isinstance(value, float):
        return f"{value:.3g}"
    return f"{value:,}" if isinstance(value, int) else str(value)


@dataclass(frozen=True)
class Context:
    """What a piece of work needs besides its data.

    Attributes
    ----------
    seed
        Same seed, same result.
    on_progress
        Called with a `Progress` as the work goes on.
    cancelled
        Asked between steps; once it answers True the work raises `Cancelled`.
    threads
        How many threads the work may use.
    notes
        Takes what the user should read beside the result, such as how many drawn rows kept the rules; not part of the result.
    secret
        A key only this workspace has; the noise of formally private generators depends on it, so that a published seed does
        not give the noise away. Empty where there is none.
    """

    seed: int = 0
    on_progress: Callable[[Progress], None] = _ignore
    cancelled: Callable[[], bool] = _never
    threads: int = 1
    notes: Notes = field(default_factory=Notes, compare=False)
    secret: bytes = field(default=b"", repr=False)
    report: InitVar[Callable[[Progress], None] | None] = None
    """The former name of `on_progress`, for scripts and tests of generators made before."""

    def __post_init__(self, report: Callable[[Progress], None] | None) -> None:
        """Take the former name."""
        if report is not None:
            warnings.warn("Context(report=…) is now Context(on_progress=…).", DeprecationWarning, stacklevel=3)
            object.__setattr__(self, "on_progress", report)

    def rng(self, purpose: str) -> np.random.Generator:
        """Return a random stream of its own for `purpose`: adding a stream never shifts another."""
        return np.random.default_rng([self.seed, zlib.crc32(purpose.encode())])

    def noise(self, purpose: str) -> np.random.Generator:
        """Return the stream for the noise of a privacy mechanism: as `rng`, but nobody without the secret can draw it again."""
        words = np.frombuffer(self.secret.ljust(-(-len(self.secret) // 4) * 4, b"\0"), dtype=np.uint32)
        return np.random.default_rng([self.seed, zlib.crc32(purpose.encode()), *words.tolist()])

    def integer_seed(self, purpose: str) -> int:
        """Return a seed below 2**31 for libraries that take an integer."""
        return int(self.rng(purpose).integers(2**31 - 1))

    def step(self, phase: str, fraction: float | None = None, **loss: float) -> None:
        """Report progress; raise `Cancelled` if the user asked to stop."""
        if self.cancelled():
            raise Cancelled(f"Stopped while {phase}.")
        self.on_progress(Progress(phase, fraction, loss or None))

    def with_seed(self, seed: int) -> Context:
        """Return the same context with another seed."""
        return replace(self, seed=seed)

    def named(self, purpose: str) -> Context:
        """Return a context whose random streams are independent of this one's."""
        return replace(self, seed=self.integer_seed(purpose))
