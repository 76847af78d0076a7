"""Runs as processes of this machine: forked by the warm parent where there is one, else started from scratch."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping

from synth_ui.core.run import Attempt, Handle, Run
from synth_ui.jobs.execution import machine, warm
from synth_ui.jobs.execution.cluster.called import OnNode
from synth_ui.jobs.execution.machine import Capacity
from synth_ui.store.workspace import Workspace
from synth_ui.system import processes

LOG = "log.txt"
"""In a run's folder of this machine: what its process printed."""


class LocalProcesses:
    """The executor of one machine; see `synth_ui.jobs.execution.executor.Executor`."""

    def launch(self, ws: Workspace, attempt: Attempt) -> Handle:
        """Start a worker from scratch: slower than a fork of the warm parent, and always possible."""
        folder = ws.log_folder(attempt.run_id)
        folder.mkdir(parents=True, exist_ok=True)
        with open(folder / LOG, "ab") as log:
            child = subprocess.Popen(
                [sys.executable, "-m", "synth_ui.jobs.runs.worker", attempt.run_id, str(attempt.number)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=machine.child_environment(ws.home),
                **processes.apart(),
            )
        warm.remember(child, folder)
        return processes.handle_of(child.pid)

    def alive(self, worker: Handle) -> bool:
        """Whether exactly this process still works."""
        return processes.alive(worker)

    def stop(self, worker: Handle, *, at_once: bool) -> bool:
        """End the process with all it started; see `Executor.stop`."""
        return processes.end(worker, at_once=at_once)

    def capacity(self) -> Capacity:
        """Return what this machine can bear."""
        return machine.capacity()

    def takes_queue(self, ws: Workspace) -> bool:
        """Whether the warm parent does, which is started and woken."""
        if not warm.start(ws):
            return False
        warm.wake(ws)
        return True

    def waits(self, ws: Workspace) -> str:
        """This machine always takes what it has room for."""
        return ""

    def barred(self, ws: Workspace) -> Mapping[str, str]:
        """This machine takes runs of every generator: what it lacks, the generator says."""
        return {}

    def gone(self, run: Run) -> str:
        """Say so of a run that was begun on a cluster; if this machine were gone, nobody would ask."""
        place = OnNode.of(run.worker) if run.worker is not None else None
        return f"It worked on the node {place.node} of a cluster, and no cluster is named any more." if place is not None else ""
