"""A Dask scheduler and nodes as processes of the tests' own, ended by their ids."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tests.workshop import until

PRELOAD = "synth_ui.jobs.execution.cluster.node"
"""What a node imports before it says that it is there."""


def free_port() -> int:
    """Return a port nobody listens at."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Nodes:
    """A scheduler, and nodes that can be added and killed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.address = f"tcp://127.0.0.1:{self.port}"
        self.scheduler: subprocess.Popen[bytes] | None = None
        self.workers: dict[str, subprocess.Popen[bytes]] = {}

    def begin(self) -> None:
        """Start the scheduler."""
        self.scheduler = self._started("scheduler", ["--host", "127.0.0.1", "--port", str(self.port), "--no-dashboard"])
        until(self._listens, 30)

    def add(self, slots: int = 1, *options: str) -> str:
        """Start a node, wait until it is there, and return its address."""
        address = self.start(slots, *options)
        self.wait(address)
        return address

    def start(self, slots: int = 1, *options: str) -> str:
        """Start a node, and return the address it will have."""
        port = free_port()
        address = f"tcp://127.0.0.1:{port}"
        more = ["--host", "127.0.0.1", "--worker-port", str(port), "--nthreads", str(slots), "--no-dashboard", "--no-nanny"]
        self.workers[address] = self._started("worker", [self.address, *more, *options])
        return address

    def wait(self, address: str) -> None:
        """Wait until a node is there; under load it imports for a minute."""
        log = self.folder / f"{self.workers[address].args[-3]}.log"  # type: ignore[index]
        until(lambda: "Registered to" in log.read_text(), 150)

    def kill(self, address: str) -> None:
        """Kill the process of a node, as a machine that fails does; what it started has to notice."""
        worker = self.workers.pop(address)
        worker.kill()
        worker.wait(10)

    def end(self) -> None:
        """End everything."""
        for address in list(self.workers):
            self.kill(address)
        if self.scheduler is not None:
            self.scheduler.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.scheduler.wait(10)
            if self.scheduler.poll() is None:
                self.scheduler.kill()
                self.scheduler.wait(10)
            self.scheduler = None

    def _listens(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 0.5):
            return True
        return False

    def _started(self, what: str, arguments: list[str]) -> subprocess.Popen[bytes]:
        name = f"{what}-{time.monotonic_ns()}"
        environment = {name: value for name, value in os.environ.items() if name != "SYNTH_UI_DASK"}
        environment["DASK_DISTRIBUTED__WORKER__MEMORY__TERMINATE"] = "False"
        command = [
            sys.executable,
            "-m",
            "distributed.cli.dask_scheduler" if what == "scheduler" else "distributed.cli.dask_worker",
        ]
        if what == "worker":
            arguments = [*arguments, "--local-directory", str(self.folder), "--name", name, "--preload", PRELOAD]
        with open(self.folder / f"{name}.log", "wb") as log:
            return subprocess.Popen([*command, *arguments], stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment)


@contextlib.contextmanager
def cluster(folder: Path, nodes: int = 2) -> Iterator[Nodes]:
    """A scheduler with nodes of one slot each."""
    folder.mkdir(parents=True, exist_ok=True)
    made = Nodes(folder)
    try:
        made.begin()
        for address in [made.start() for _ in range(nodes)]:
            made.wait(address)
        yield made
    finally:
        made.end()
