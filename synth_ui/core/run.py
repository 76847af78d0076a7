"""A run: the job that makes or scores one candidate, makes a table from nothing, or looks for settings."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypedDict


class RunKind(StrEnum):
    """What a run does; the values are those written in the database."""

    GENERATE = "generate"
    """Fits a generator, draws rows and scores them."""
    CONTROL = "control"
    """Makes and scores a control of the split."""
    FILE = "file"
    """Scores rows that were made elsewhere."""
    FILTERED = "filtered"
    """Scores those rows of another candidate that keep rules."""
    TREATED = "treated"
    """Makes a candidate again with something done about exposed training rows."""
    DRAWN = "drawn"
    """Scores more rows that were drawn from the fitted sampler of another run."""
    MORE_ROWS = "rows"
    """Draws more rows from the fitted sampler of another run."""
    FURTHER = "measure"
    """Asks further measures of another run."""
    TUNE = "tune"
    """Looks for better settings of a generator."""
    TRIAL = "trial"
    """Fits a generator to a sample of the training rows, to choose who is made of all of them: no candidate; see `synth_ui.jobs.budget`."""
    DESIGN = "design"
    """Makes tables from nothing."""

    @property
    def learns(self) -> bool:
        """Whether a generator may be fitted to training rows for a candidate."""
        return self in (RunKind.GENERATE, RunKind.TREATED)

    @property
    def makes_rows(self) -> bool:
        """Whether a generator may be at work in it, fitting or drawing; else rows are looked at, at most."""
        return self.learns or self in (RunKind.DRAWN, RunKind.MORE_ROWS, RunKind.TUNE, RunKind.TRIAL)


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
        return self not in ACTIVE

    @property
    def ended_badly(self) -> bool:
        """Whether it ended before it was done."""
        return self in ENDED_BADLY


ACTIVE = (RunState.QUEUED, RunState.RUNNING)
ENDED_BADLY = (RunState.LOST, RunState.FAILED, RunState.CANCELLED)

TREATMENT = "exposed_rows"
"""The setting under which a run says what was done about exposed training rows; no generator has one of that name."""

REFUSED = "Does not apply, because"
"""How the reason of a run begins whose table is nothing for its generator."""


@dataclass(frozen=True)
class Handle:
    """What an executor calls the process that works on a run, or the one that is about to start it.

    Attributes
    ----------
    pid
        A number; of a local process, its id.
    token
        What tells it apart from everything else that ever has the same number; of a local process, when the kernel started it.
    """

    pid: int
    token: str


@dataclass(frozen=True)
class Attempt:
    """One try at a run: what a worker was told to do."""

    run_id: str
    number: int


def new_id() -> str:
    """Return an id nothing else has."""
    return uuid.uuid4().hex[:12]


@dataclass(frozen=True, kw_only=True)
class NewRun:
    """A run to be put into the queue.

    Attributes
    ----------
    candidate
        What the race calls the rows it is about; for a run outside races, its generator.
    rows
        How many rows it makes or scores.
    created
        When it was asked for, in seconds since 1970.
    generator, settings, seed
        With what it makes them; for further measures, `settings` holds all settings of every measure asked, by key.
    asked
        What is asked of the rows beyond that, as JSON; see `synth_ui.core.rules.asked.Asked`.
    split_id
        The split it belongs to; None for a table that is made from nothing.
    card
        What it is asked in its own run: a card, or keys of measures; empty where nothing is scored.
    reuse_key
        Runs of one key and candidate are the same work, done once.
    parent_id
        The run it was made from, or that it asks further measures of.
    notes
        What is to be said of its rows, a line each.
    tier, place
        Its order in the queue: all of tier 0 before any of tier 1, in a race by place.
    cost_seconds, megabytes
        What making the rows is expected to take; for a search for settings, its budget.
    """

    kind: RunKind
    candidate: str
    rows: int
    created: float
    id: str = field(default_factory=new_id)
    generator: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    asked: str = "{}"
    seed: int = 0
    split_id: str | None = None
    card: str = ""
    reuse_key: str | None = None
    parent_id: str | None = None
    notes: str = ""
    tier: int = 0
    place: int = 0
    cost_seconds: float = 0.0
    megabytes: float = 0.0

    @property
    def control(self) -> bool:
        """Whether its truth is known, so that scores are drawn between it and others."""
        return self.kind is RunKind.CONTROL

    @property
    def split(self) -> str:
        """The split it belongs to, where it must have one."""
        assert self.split_id is not None, f"the run {self.id} of kind {self.kind} has no split"
        return self.split_id

    @property
    def parent(self) -> str:
        """The run it was made from, where there must be one."""
        assert self.parent_id is not None, f"the run {self.id} of kind {self.kind} has no parent"
        return self.parent_id

    @property
    def scored_id(self) -> str:
        """The run its scores are written to: that of which it asks further measures, else itself."""
        return self.parent if self.kind is RunKind.FURTHER else self.id

    @property
    def generator_settings(self) -> dict[str, Any]:
        """The generator's settings: those of the run but for what was done about exposed rows."""
        return {name: value for name, value in self.settings.items() if name != TREATMENT}


@dataclass(frozen=True, kw_only=True)
class Run(NewRun):
    """A run of the workspace as it stood when it was read.

    Attributes
    ----------
    phase, fraction, eta_seconds
        What it does, how much of it is done, and how many seconds are left, where that can be told.
    reason
        Why it ended, where it did not end well.
    attempt
        How often it was started.
    worker, claimer
        The process that works on it, and the one that claimed it to start one.
    heartbeat, stop_asked, started, ended
        Moments in seconds since 1970, None where it has not come to that: `stop_asked` until its process is seen to be gone.
    seconds_fit, seconds_sample, seconds_score
        What learning, drawing and scoring took; None where there was none.
    sampler_hash
        The signature of the file its fitted sampler is kept in; None where none is.
    queue_place
        1 is next, over all races; None once started, and where it was not asked for.
    """

    state: RunState
    phase: str = ""
    fraction: float | None = None
    eta_seconds: float | None = None
    reason: str = ""
    attempt: int = 0
    worker: Handle | None = None
    claimer: Handle | None = None
    heartbeat: float | None = None
    stop_asked: float | None = None
    seconds_fit: float | None = None
    seconds_sample: float | None = None
    seconds_score: float | None = None
    sampler_hash: str | None = None
    started: float | None = None
    ended: float | None = None
    queue_place: int | None = None

    @property
    def this_attempt(self) -> Attempt:
        """The attempt that is, or was last, under way."""
        return Attempt(self.id, self.attempt)


class Results(TypedDict, total=False):
    """What work on a run adds to its row; what is left out stays as it was."""

    rows: int
    seconds_fit: float
    seconds_sample: float
    seconds_score: float
    sampler_hash: str | None
    notes: str


@dataclass(frozen=True)
class Race:
    """A race as it is kept: what was asked of whom, on which split.

    Attributes
    ----------
    id, name
        Its id, and what people call it.
    table_id, split_id
        The table, and the cut of it.
    card
        The measures asked from the beginning, by the name of a card or by keys.
    asked
        What was asked of all later: settings by measure, as JSON.
    make
        How many rows each candidate makes.
    deadline
        When it ends with what is there, in seconds since 1970; None where it has all the time.
    versions
        The releases of the packages it was started with.
    created
        When it was started, in seconds since 1970.
    note, starred
        What people keep with it.
    example
        Whether it came with the package.
    deleted
        When it was put into the bin, in seconds since 1970; None where it was not.
    """

    id: str
    name: str
    table_id: str
    split_id: str
    card: str
    asked: str
    make: int
    deadline: float | None
    versions: Mapping[str, str]
    created: float
    note: str = ""
    starred: bool = False
    example: bool = False
    deleted: float | None = None
