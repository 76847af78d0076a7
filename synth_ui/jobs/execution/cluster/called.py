"""What the process on a node is called by whoever watches it, and when it goes: ids of processes mean nothing on another machine."""

from __future__ import annotations

import hashlib
import os
import sys
import threading
from dataclasses import dataclass

from synth_ui.core.run import Attempt, Handle
from synth_ui.system import processes

CALLED = "SYNTH_UI_CALLED"
"""In the environment of a child on a node: its handle."""

_KIND = "dask"
_BEYOND = 1 << 30
"""Numbers from here on are no process ids of a system."""


@dataclass(frozen=True)
class OnNode:
    """What an attempt is on a cluster: on which node (its address), and under which key Dask knows it."""

    node: str
    key: str

    @classmethod
    def of(cls, worker: Handle) -> OnNode | None:
        """Return what a handle says; None for a process of a machine."""
        kind, _, rest = worker.token.partition(" ")
        node, _, key = rest.partition(" ")
        return cls(node, key) if kind == _KIND and key else None

    @property
    def handle(self) -> Handle:
        """How the database calls it."""
        digest = hashlib.blake2b(f"{self.node} {self.key}".encode(), digest_size=4).digest()
        return Handle(_BEYOND | int.from_bytes(digest) >> 2, f"{_KIND} {self.node} {self.key}")


def key_of(attempt: Attempt) -> str:
    """Return the key under which Dask knows an attempt: a group of its own, so that Dask holds none of them back."""
    return f"synth_ui run {attempt.run_id} attempt {attempt.number}"


def written(worker: Handle) -> str:
    """Return a handle as the environment of its process holds it."""
    return f"{worker.pid} {worker.token}"


def this_worker() -> Handle:
    """Return what this process is called: on a node as it was told, else by its id."""
    pid, _, token = os.environ.get(CALLED, "").partition(" ")
    return Handle(int(pid), token) if pid.isdigit() and token else processes.this_process()


def go_with_the_node() -> None:
    """On a node, let this process and all it started end as soon as the node's own process is gone; elsewhere nothing happens.

    The node holds the other end of the standard input, which the system closes however the node ends.
    """
    if os.environ.get(CALLED):
        threading.Thread(target=_end_with_input, name="node", daemon=True).start()


def _end_with_input() -> None:
    while os.read(sys.stdin.fileno(), 1024):
        continue
    processes.end(processes.this_process(), at_once=True)
