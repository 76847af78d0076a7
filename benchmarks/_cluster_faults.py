"""A Dask cluster whose network can be cut: a scheduler, nodes that are started again when they end, and wires between all of them.

Every connection goes through a wire: the server's to the scheduler, and of each node one to the scheduler and one to itself. A wire is cut as
networks are: its connections are broken and new ones refused, or it falls silent, and what was sent arrives once it is mended. The wires are a
process of their own, told by a file, because the harness forks and must have no threads.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from _trial import Trial, fork

from synth_ui.core.run import Run
from synth_ui.jobs.execution.cluster import losses

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from tests.jobs.dask_nodes import Nodes, free_port

BROKEN, SILENT = "broken", "silent"
SILENT_NODE_SECONDS = 10
"""After so long the scheduler gives up a node that says nothing (five minutes by default, for which no trial waits)."""

LIVES = 4
"""So many addresses a node has, one after the other; a machine that is started again may have another than before."""

UNTOLD_SECONDS = 6.0
"""So long after a cut a page may still show nothing of it."""


# --- wires ------------------------------------------------------------------------------------------------------------


@dataclass
class Wire:
    """One port that leads to another, in the process of the wires."""

    name: str
    port: int
    target: int
    state: str = ""
    server: asyncio.Server | None = None
    flows: asyncio.Event = field(default_factory=asyncio.Event)
    ends: set[asyncio.StreamWriter] = field(default_factory=set)

    async def become(self, state: str) -> None:
        """Be cut, or whole again."""
        self.state = state
        if state == BROKEN:
            if self.server is not None:
                self.server.close()
                self.server = None
            for end in list(self.ends):
                _break(end)
        elif self.server is None:
            with contextlib.suppress(OSError):  # taken for a moment by a connection of somebody else: tried again
                self.server = await asyncio.start_server(self.connect, "127.0.0.1", self.port)
        (self.flows.clear if state else self.flows.set)()

    async def connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry a connection, both ways."""
        self.ends.add(writer)
        there: asyncio.StreamWriter | None = None
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await self.flows.wait()
            back, there = await asyncio.open_connection("127.0.0.1", self.target)
            self.ends.add(there)
            await asyncio.gather(self.carry(reader, there), self.carry(back, writer))
        for end in (writer, there):
            if end is not None:
                self.ends.discard(end)
                end.close()

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry what is sent one way, while the wire is whole."""
        while data := await reader.read(1 << 16):
            await self.flows.wait()
            writer.write(data)
            await writer.drain()
        writer.close()


def _break(end: asyncio.StreamWriter) -> None:
    """Break a connection at once, as a router that was switched off does: nothing that is under way arrives."""
    with contextlib.suppress(OSError):
        end.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    end.transport.abort()


def carry_all(ports: dict[str, tuple[int, int]], told: Path) -> None:
    """Be the process of the wires, until it is ended."""

    async def keep() -> None:
        wires = [Wire(name, port, target) for name, (port, target) in ports.items()]
        while True:
            try:
                wanted = json.loads(told.read_text(encoding="ascii"))
            except (OSError, ValueError):
                wanted = {}
            for wire in wires:
                state = wanted.get(wire.name, "")
                if state != wire.state or (state != BROKEN and wire.server is None):
                    await wire.become(state)
            await asyncio.sleep(0.02)

    asyncio.run(keep())


# --- the cluster ------------------------------------------------------------------------------------------------------


class WiredNodes(Nodes):
    """A scheduler and two nodes, each behind wires of its own; a node that ended is started again, as services are."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.told = folder / "cut"
        self.wires = {"server": (free_port(), self.port)}
        for number in range(2):
            self.wires[f"node {number} out"] = (free_port(), self.port)
            for life in range(LIVES):
                self.wires[f"node {number} in {life}"] = (free_port(), free_port())
        self.by_number: dict[int, str] = {}
        self.life = [0, 0]
        self.moves = random.Random(0)
        self.carrier = fork(lambda: carry_all(self.wires, self.told))

    @property
    def seen_as(self) -> str:
        """The address of the scheduler for a server."""
        return f"tcp://127.0.0.1:{self.wires['server'][0]}"

    def begin_node(self, number: int) -> None:
        """Start a node, under an address of its own that it may have had before."""
        own, out = self.wires[f"node {number} in {self.life[number]}"], self.wires[f"node {number} out"][0]
        address = f"tcp://127.0.0.1:{own[0]}"
        more = ["--listen-address", f"tcp://127.0.0.1:{own[1]}", "--contact-address", address]
        options = [*more, "--nthreads", "1", "--no-dashboard", "--no-nanny", "--death-timeout", "600"]
        self.workers[address] = self._started("worker", [f"tcp://127.0.0.1:{out}", *options])
        self.by_number[number] = address

    def look_after(self) -> None:
        """Start nodes again that have ended."""
        for number, address in list(self.by_number.items()):
            if self.workers[address].poll() is not None:
                del self.workers[address]
                self.life[number] = (self.life[number] + self.moves.choice([0, 1])) % LIVES
                self.begin_node(number)

    def cut(self, wires: list[str], how: str) -> None:
        """Cut wires, by the beginnings of their names; none mends all of them."""
        cut = {name: how for name in self.wires if any(name.startswith(one) for one in wires)}
        temporary = self.told.with_suffix(".new")
        temporary.write_text(json.dumps(cut), encoding="ascii")
        os.replace(temporary, self.told)

    def whole(self) -> None:
        """Wait until every node is there, for the next race."""
        self.cut([], "")
        until = time.monotonic() + 120
        while time.monotonic() < until and self._there() < 2:
            self.look_after()
            time.sleep(0.5)

    def _there(self) -> int:
        """How many nodes the scheduler knows; asked in a process of its own, as whoever asks has threads."""
        ask = (
            "import sys; from distributed import Client; client = Client(sys.argv[1], timeout=20); "
            "print(len(client.scheduler_info(n_workers=-1)['workers']))"
        )
        done = subprocess.run([sys.executable, "-c", ask, self.address], capture_output=True, text=True, timeout=60, check=False)
        return int(done.stdout) if done.returncode == 0 else 0

    def end(self) -> None:
        """End everything."""
        super().end()
        os.kill(self.carrier, signal.SIGKILL)
        os.waitpid(self.carrier, 0)


@contextlib.contextmanager
def wired_cluster(folder: Path) -> Iterator[WiredNodes]:
    """A scheduler and two nodes of a slot each, for as many races as are made."""
    folder.mkdir()
    os.environ["DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL"] = f"{SILENT_NODE_SECONDS}s"
    made = WiredNodes(folder)
    try:
        made.begin()
        for number in range(2):
            made.begin_node(number)
        yield made
    finally:
        made.end()
        del os.environ["DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL"]


# --- the faults -------------------------------------------------------------------------------------------------------


def _cut(trial: Trial, nodes: WiredNodes, wires: list[str]) -> None:
    """Cut wires for some seconds: half the cuts break connections, half only fall silent; half are longer than a node may be silent."""
    how = trial.dice.choice([BROKEN, SILENT])
    seconds = trial.dice.choice([trial.dice.uniform(1, 5), trial.dice.uniform(12, 20)])
    trial.moment += f", {how} for {seconds:.0f} s"
    begun = time.monotonic()
    nodes.cut(wires, how)
    trial.wait(seconds)
    nodes.cut([], "")
    trial.cut = (begun, time.monotonic())


def cut_cluster(trial: Trial, nodes: WiredNodes) -> None:
    """Cut the server off the scheduler; nodes work on."""
    _cut(trial, nodes, ["server"])


def cut_node(trial: Trial, nodes: WiredNodes) -> None:
    """Cut one node off, and what the scheduler would ask of it."""
    _cut(trial, nodes, [f"node {trial.dice.randrange(2)}"])


def cut_nodes(trial: Trial, nodes: WiredNodes) -> None:
    """Leave the scheduler alone."""
    _cut(trial, nodes, ["node"])


def cut_all(trial: Trial, nodes: WiredNodes) -> None:
    """Cut every wire there is."""
    _cut(trial, nodes, ["server", "node"])


ALONE = "cut the network to the cluster"
"""After which every node is still there."""

CLUSTER_FAULTS = {
    ALONE: ("the queue is paused, and says why", cut_cluster),
    "cut a node off": ("the notes of a run that was begun again on another node", cut_node),
    "cut every node off": ("the queue is paused, and says why; the notes of runs begun again", cut_nodes),
    "cut all of the network": ("the queue is paused, and says why; the notes of runs begun again", cut_all),
}
"""By name: what the user is to be told, and what is done."""


def untold(trial: Trial) -> list[str]:
    """Return what the user was not told of a cluster that was cut off, and of runs that were begun again."""
    looks, wrong = trial.looks(), list[str]()
    paused = [look["said"] for look in looks if look["said"].startswith("paused")]
    trial.told += paused[:1]
    silent_since: float | None = None
    for look in looks:
        stands = look["queued"] and not look["running"] and not look["said"]
        if not stands or not trial.cut[0] < look["at"] < trial.cut[1]:
            silent_since = None
        elif silent_since is None:
            silent_since = look["at"]
        elif look["at"] - silent_since > UNTOLD_SECONDS:
            wrong.append("the queue stood, and nothing was said")
            break
    for run in trial.runs():
        said = losses.said_of(trial.ws.log_folder(run.id))
        trial.begun_again += bool(said)
        trial.told += said
        wrong += [f"{run.candidate} was begun again, and its notes do not say so" for _ in said if not _noted(run, said)]
    return wrong


def _noted(run: Run, said: list[str]) -> bool:
    return all(one in run.notes for one in said)
