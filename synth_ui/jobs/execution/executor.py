"""Where runs work: an executor starts a process per run, knows whether it still works, ends it, and says how many it can bear.

Processes of this machine (`synth_ui.jobs.execution.local`), or of the cluster that `SYNTH_UI_DASK` names (`synth_ui.jobs.execution.cluster`). What
one must do is `Executor`; the schedule asks it and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Protocol

from synth_ui.core.run import Attempt, Handle, Run
from synth_ui.jobs.execution import room
from synth_ui.jobs.execution.cluster import dask_cluster
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

    def waits(self, ws: Workspace) -> str:
        """Say why it takes nothing at this moment, to continue a sentence; empty where it does."""

    def barred(self, ws: Workspace) -> Mapping[str, str]:
        """Return the generators, by key, of which it takes no run of a workspace now though it takes others, and why, to continue a sentence."""

    def gone(self, run: Run) -> str:
        """Say that the machine is gone that worked on a run, which may work on another; empty where only its process can be gone."""


_in_use: list[Executor] = []
_here = LocalProcesses()


def executor() -> Executor:
    """Return the executor of this process: the cluster that is named, else this machine."""
    return _in_use[-1] if _in_use else dask_cluster.named() or _here


def waits(ws: Workspace) -> str:
    """Say why nothing is started, to continue a sentence: for want of room, of a folder to write to, or of somebody who takes it."""
    return room.waits_for_room(ws.home) or room.waits_for_folder(ws.home) or executor().waits(ws)


@contextmanager
def using(other: Executor) -> Iterator[None]:
    """Let runs work elsewhere meanwhile."""
    _in_use.append(other)
    try:
        yield
    finally:
        _in_use.remove(other)
