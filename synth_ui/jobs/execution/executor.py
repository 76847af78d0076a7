"""Where runs work: an executor starts a process per run, knows whether it still works, ends it, and says how many it can bear.

Processes of this machine today (`synth_ui.jobs.execution.local`). What another one must do, such as a cluster's, is `Executor`; the schedule
asks it and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from synth_ui.core.run import Attempt, Handle
from synth_ui.jobs.execution.local import LocalProcesses
from synth_ui.jobs.execution.machine import Capacity
from synth_ui.store.workspace import Workspace


class Executor(Protocol):
    """Works on attempts at runs, each in a process that outlives whoever started it."""

    def launch(self, ws: Workspace, attempt: Attempt) -> Handle:
        """Start a process that calls `synth_ui.jobs.runs.worker.work_named` for the attempt; raise `OSError` if it cannot be started."""

    def alive(self, worker: Handle) -> bool:
        """Whether exactly this process still works."""

    def stop(self, worker: Handle, *, at_once: bool) -> bool:
        """End the process with all it started, politely or at once; False if it is gone. Waits for nothing."""

    def capacity(self) -> Capacity:
        """Return how many runs may work at once, and the memory there is for them now."""

    def takes_queue(self, ws: Workspace) -> bool:
        """Whether something else claims and launches what is queued, told by this call that there is some; else the caller does."""


_in_use: list[Executor] = [LocalProcesses()]


def executor() -> Executor:
    """Return the executor of this process."""
    return _in_use[-1]


@contextmanager
def using(other: Executor) -> Iterator[None]:
    """Let runs work elsewhere meanwhile."""
    _in_use.append(other)
    try:
        yield
    finally:
        _in_use.remove(other)
