"""An existing Dask cluster as an executor: a run is a task that holds a slot of a node while its child process works.

Where a run works is decided here and written into its handle, so a server that is started again finds it by asking the scheduler; and what a
lost node had is not begun again by Dask behind the schedule's back.
"""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as Late
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from synth_ui.core.errors import SettingError, StoreError
from synth_ui.core.installation import VERSION
from synth_ui.core.run import Attempt, Handle, Run
from synth_ui.jobs.execution import warm
from synth_ui.jobs.execution.cluster import needs, node
from synth_ui.jobs.execution.cluster.called import OnNode, key_of
from synth_ui.jobs.execution.cluster.seen import SLOTS, NodeSeen
from synth_ui.jobs.execution.machine import Capacity
from synth_ui.store.people import neighbours
from synth_ui.store.server.address import NAMED as DATABASE
from synth_ui.store.workspace import Workspace
from synth_ui.system import processes

T = TypeVar("T")
logger = logging.getLogger(__name__)

NAMED = "SYNTH_UI_DASK"
"""The address of the cluster's scheduler: `tcp://host:8786`, or `tls://…` with Dask's own settings for certificates."""

ANSWER_SECONDS = 8.0
"""How long the scheduler, or a node that is to end a child, may take to answer."""

FIRST_SECONDS = 30.0
"""How long a node may take that is asked for the first time: it imports this package then."""

KNOCK_SECONDS = 1.0
LOOK_SECONDS = 0.2
"""What the scheduler said holds for so long."""

AGAIN_SECONDS = 3.0
"""After so long a cluster that did not answer is asked again."""

SILENT_SECONDS = 15.0
"""A run of which the scheduler knows nothing, while its node is there, is lost after so long without a sign of life."""

PROBE_SECONDS = 30.0
"""A node that was found fit is looked at again after so long; one that was not, at the next look."""


class ClusterAway(OSError):
    """The cluster does not answer, or takes nothing: what was to be started there waits."""


@dataclass(eq=False)
class DaskCluster:
    """The executor of a Dask cluster; see `synth_ui.jobs.execution.executor.Executor`."""

    address: str
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False)
    _client: Any = field(default=None, repr=False)
    _failed: tuple[float, str] = (float("-inf"), "")
    _seen: tuple[float, tuple[NodeSeen, ...]] = (float("-inf"), ())
    _heard: dict[str, tuple[float, float]] = field(default_factory=dict, repr=False)
    _fit: dict[tuple[str, Path], float] = field(default_factory=dict, repr=False)
    _probes: dict[tuple[str, Path], tuple[float, Future[Any]]] = field(default_factory=dict, repr=False)

    def launch(self, ws: Workspace, attempt: Attempt) -> Handle:
        """Give the attempt to the node that has most room; raise `ClusterAway` where none takes it."""
        from distributed import fire_and_forget

        run = ws.run(attempt.run_id)
        wanted = needs.needed(run.kind, run.generator)
        chosen = self._chosen(ws, wanted)
        resources = {**wanted, **({SLOTS: 1} if chosen.by_resource else {})}
        place = OnNode(chosen.address, key_of(attempt))
        future = self._asked(
            lambda client: client.submit(
                node.work, str(ws.home), attempt.run_id, attempt.number, (place.handle.pid, place.handle.token), key=place.key,
                workers=[chosen.address], resources=resources or None, retries=0, pure=False,
            )
        )  # fmt: skip
        fire_and_forget(future)  # type: ignore[no-untyped-call] # it goes on when this process is gone
        until = time.monotonic() + ANSWER_SECONDS
        while not future.done() and not any(place.key in seen.keys for seen in self.nodes(fresh=True)):
            if time.monotonic() > until:
                break
            time.sleep(0.02)
        return place.handle

    def _chosen(self, ws: Workspace, wanted: Mapping[str, float]) -> NodeSeen:
        """Return the node with most room of those that offer what is wanted beside what is in use of it."""
        used = needs.used_by(_under_way(ws)) if wanted else {}
        able = [seen for seen in self.nodes() if needs.offered(seen, wanted, used.get(seen.address))]
        nodes = [seen for seen in able if not self._unfit(ws, seen)]
        if not nodes:
            raise ClusterAway(f"no node of the cluster {self.address} takes it")
        # of those with as much room, what offers something is left to who needs it
        return min(nodes, key=lambda seen: (seen.load, 0 if wanted else len(seen.offers), seen.address))

    def alive(self, worker: Handle) -> bool:
        """Whether the node still works on it, as the scheduler says; while the scheduler does not answer, nobody is called dead."""
        place = OnNode.of(worker)
        if place is None:
            return processes.alive(worker)  # started on this machine before there was a cluster
        with contextlib.suppress(ClusterAway):
            return any(seen.address == place.node and place.key in seen.keys for seen in self.nodes())
        return True

    def stop(self, worker: Handle, *, at_once: bool) -> bool:
        """Let the node end the child with all it started, politely or at once; False if it is gone or cannot be reached."""
        place = OnNode.of(worker)
        if place is None:
            return processes.end(worker, at_once=at_once)
        try:
            if any(seen.silent for seen in self.nodes() if seen.address == place.node):
                return False
            said = self._asked(
                lambda client: client.run(
                    node.end, place.key, at_once=at_once, workers=[place.node], on_error="return", callback_timeout=ANSWER_SECONDS
                ),
                of=place.node,
            )
            if said.get(place.node) is not True:  # not begun yet: then it never is
                self._forget(place.key)
        except (ClusterAway, ValueError) as error:  # a node that is gone is no worker of the scheduler's
            logger.warning("The run under %s could not be told to end: %s", place.key, error)
            return False
        return bool(said.get(place.node) is True)

    def capacity(self) -> Capacity:
        """Return how many runs all nodes take, the memory that is free on the freest of them, and that of all.

        While it is away, or has no node, it counts as one that takes a run at a time and has no memory: `waits` says that it takes none.
        """
        try:
            nodes = self.nodes()
        except ClusterAway:
            nodes = ()
        return Capacity(
            max(sum(seen.bears for seen in nodes), 1),
            max((seen.free_megabytes for seen in nodes), default=0.0),
            sum(seen.total_megabytes for seen in nodes),
        )

    def takes_queue(self, ws: Workspace) -> bool:
        """Whether the process that looks after the queue while no page is open does; it is started and woken."""
        if not warm.start(ws, ahead=False):
            return False
        warm.wake(ws)
        return True

    def waits(self, ws: Workspace) -> str:
        """Say why nothing is started, to continue a sentence; empty where the cluster takes runs of this workspace."""
        try:
            nodes = self.nodes()
        except ClusterAway as error:
            return f"paused: {error}"
        if not nodes:
            return f"paused: the cluster {self.address} has no node. Start some with: dask worker {self.address}"
        said = [self._unfit(ws, seen) for seen in nodes]
        return "" if "" in said else f"paused: {said[0]}"

    def barred(self, ws: Workspace) -> Mapping[str, str]:
        """Return the generators of which no node can take a run of a workspace now, and why, to continue a sentence."""
        if not needs.wanting():
            return {}
        with contextlib.suppress(ClusterAway):
            return needs.barred(self.address, self.nodes(), _under_way(ws))
        return {}  # then nothing is taken at all, which `waits` says

    def gone(self, run: Run) -> str:
        """Say that the node is gone on which a run worked; empty where it worked on this machine, and where that cannot be told now."""
        place = OnNode.of(run.worker) if run.worker is not None else None
        if place is None:
            return ""
        try:
            there = any(seen.address == place.node for seen in self.nodes(fresh=True))
            if there and abs(time.time() - (run.heartbeat or run.started or 0.0)) < SILENT_SECONDS:
                return ""  # the scheduler has not heard of it yet, or its end is just being noted
            self._forget(place.key)
        except ClusterAway:
            return ""
        if there:
            return f"The node {place.node} of the cluster no longer knows of it."
        return f"The node {place.node} of the cluster, which worked on it, is gone."

    def close(self) -> None:
        """Let the connection go; what works on the cluster goes on."""
        self._let_go("")

    # --- what the cluster says -------------------------------------------------------------------------------------

    def nodes(self, *, fresh: bool = False) -> tuple[NodeSeen, ...]:
        """Return the nodes as they are now; raise `ClusterAway` where the scheduler does not answer."""
        with self._lock:
            moment, seen = self._seen
            if not fresh and time.monotonic() - moment < LOOK_SECONDS:
                return seen
            found, keys = self._asked(lambda client: (client.scheduler_info(n_workers=-1)["workers"], client.processing()))
            seen = tuple(NodeSeen.of(address, said, keys.get(address, ())) for address, said in sorted(found.items()))
            seen = self._listened(seen)
            self._seen = (time.monotonic(), seen)
            return seen

    def _listened(self, nodes: tuple[NodeSeen, ...]) -> tuple[NodeSeen, ...]:
        """Return nodes with how long nothing was heard of each: by a clock of this machine, as the scheduler's may be another."""
        now, before = time.monotonic(), self._heard
        known = {seen.address: before.get(seen.address, (seen.said, now)) for seen in nodes}
        self._heard = {
            seen.address: known[seen.address] if known[seen.address][0] == seen.said else (seen.said, now) for seen in nodes
        }
        return tuple(replace(seen, unheard=now - self._heard[seen.address][1]) for seen in nodes)

    def _unfit(self, ws: Workspace, seen: NodeSeen) -> str:
        """Say why a node takes no run of a workspace; empty where it does. One that does not answer holds up nobody a second time."""
        known = (seen.address, ws.home)
        if seen.silent:
            return f"nothing has been heard of the node {seen.address} for {seen.unheard:.0f} s"
        if time.monotonic() - self._fit.get(known, float("-inf")) < PROBE_SECONDS:
            return ""
        try:
            begun, probe = self._probes.get(known) or (0.0, None)
            if probe is None:
                begun, probe = time.monotonic(), _asking.submit(_look, self._connected(), ws.home, seen.address)
                self._probes[known] = (begun, probe)
                with contextlib.suppress(Late):
                    probe.result(ANSWER_SECONDS)
            if not probe.done() and time.monotonic() - begun < FIRST_SECONDS:
                return f"the node {seen.address} has not answered yet"
            self._probes.pop(known, None)
            said = probe.result(0)
        except (ClusterAway, OSError, RuntimeError, ValueError, KeyError, CancelledError) as error:
            self._probes.pop(known, None)
            return f"the node {seen.address} does not answer ({_why(error)})"
        words = _unfit_in_words(seen.address, said, ws)
        if not words:
            self._fit[known] = time.monotonic()
        return words

    def _forget(self, key: str) -> None:
        """Let the scheduler forget what is under a key, so that it is not begun any more."""
        from distributed import Future

        self._asked(lambda client: client.cancel([Future(key, client)], force=True))

    # --- the connection --------------------------------------------------------------------------------------------

    def _asked(self, ask: Callable[[Any], T], seconds: float = ANSWER_SECONDS, *, of: str = "") -> T:
        """Ask the scheduler, or a node `of` its, for so long and no longer; raise `ClusterAway` where it does not answer.

        A scheduler that does not is let go. One of its nodes may be away alone.
        """
        client = self._connected()
        pending = _asking.submit(ask, client)
        try:
            return pending.result(seconds)
        except (Late, OSError, RuntimeError, CancelledError) as error:
            if of and client.status == "running":
                raise ClusterAway(f"the node {of} does not answer ({_why(error)})") from error
            self._let_go(_why(error))
            raise ClusterAway(self._away(_why(error))) from error

    def _connected(self) -> Any:
        with self._lock:
            if self._client is not None and self._client.status == "running":
                return self._client
            moment, said = self._failed
            if time.monotonic() - moment < AGAIN_SECONDS:
                raise ClusterAway(said)
            self._let_go("")
            try:
                self._client = _client(self.address)
            except (OSError, ValueError, RuntimeError) as error:
                said = str(error) if isinstance(error, ClusterAway) else self._away(_why(error))
                self._failed = (time.monotonic(), said)
                raise ClusterAway(said) from error
            return self._client

    def _let_go(self, why: str) -> None:
        with self._lock:
            client, self._client, self._seen = self._client, None, (float("-inf"), ())
            if why:
                self._failed = (time.monotonic(), self._away(why))
        if client is not None:
            _asking.submit(client.close, 1)

    def _away(self, why: str) -> str:
        return (
            f"the cluster {self.address} does not answer ({why}). Nothing that was finished is lost; what works there is looked for again once it "
            f"does. Check {NAMED} and the scheduler"
        )


def _why(error: BaseException) -> str:
    return str(getattr(error, "strerror", None) or error) or "no answer in time"


_asking = ThreadPoolExecutor(32, thread_name_prefix="cluster")
"""As many may wait for nodes that do not answer."""


def _under_way(ws: Workspace) -> list[Run]:
    """Return every queued and running run of the server: what another user's runs use of a node is in use, too."""
    found = ws.under_way()
    for other in neighbours.at_work(ws)[1:]:
        with contextlib.suppress(StoreError):  # whoever looks at that one is told
            found += other.under_way()
    return found


def _look(client: Any, home: Path, address: str) -> Any:
    """Ask a node what it is, and whether it sees a file of the workspace."""
    marker = home / f".node.{uuid.uuid4().hex[:8]}.tmp"
    try:
        marker.write_bytes(b"seen")
        # with a time of its own, or the thread would wait for as long as the connection holds, and this process for its thread
        return client.run(
            node.look, str(home), marker.name, workers=[address], on_error="return", callback_timeout=FIRST_SECONDS
        )[address]
    finally:
        marker.unlink(missing_ok=True)


def check_named() -> None:
    """Raise `SettingError` where `SYNTH_UI_DASK` names no address of a scheduler; whether one answers there is not asked."""
    if address := os.environ.get(NAMED, "").strip():
        host_and_port(address)


def host_and_port(address: str) -> tuple[str, int]:
    """Return where a scheduler is; raise `SettingError` if that is no address of one."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if host is None or port is None or parts.scheme not in ("tcp", "tls"):
        raise SettingError(
            f"{NAMED} is no address of a Dask scheduler ({address[:80]!r}). Write tcp://host:8786 or tls://host:8786."
        )
    return host, port


def _client(address: str) -> Any:
    """Connect to a scheduler; raise `OSError` where that cannot be done."""
    try:
        host, port = host_and_port(address)
    except SettingError as error:
        raise ClusterAway(str(error).removesuffix(".")) from error
    try:
        from distributed import Client
    except ModuleNotFoundError as error:
        raise ClusterAway(
            f"{NAMED} names a cluster, and Dask is not installed here. Install it with: pip install 'synth-ui[dask]'"
        ) from error
    with socket.create_connection((host, port), KNOCK_SECONDS):  # Dask itself tries again and again
        pass
    connect: Callable[..., Any] = Client
    return connect(address, timeout=ANSWER_SECONDS, set_as_default=False, name="synth-ui", direct_to_workers=False)


def _unfit_in_words(address: str, said: Any, ws: Workspace) -> str:
    where = f"the node {address}"
    if isinstance(said, ModuleNotFoundError):
        return f"{where} has no synth-ui installed ({said}). Install release {VERSION} there, then start it again"
    if isinstance(said, BaseException) or not isinstance(said, Mapping):
        return f"{where} cannot tell what it is ({type(said).__name__}: {said}). Install release {VERSION} of synth-ui there"
    if said["version"] != VERSION:
        return f"{where} has release {said['version']} of synth-ui, this is {VERSION}. Install the same one"
    if not said["sees"]:
        return f"{where} does not see the folder of the workspace {ws.home}. Share it, at the same path on every machine"
    here = node.given(ws.home, os.environ)
    if said["server"] != here["server"]:
        return (
            f"{where} has {DATABASE} {'set' if said['server'] else 'not set'}, unlike this machine. Give both the same database"
        )
    if not here["server"] and said["host"] != socket.gethostname():
        return f"{where} is another machine, and the database is a file, which only one machine can write. Put it on a server: {DATABASE}"
    if said["key"] != here["key"]:
        return f"{where} signs with another key. Name the same key file on every machine with SYNTH_UI_KEY_FILE"
    return ""


def named() -> DaskCluster | None:
    """Return the cluster that `SYNTH_UI_DASK` names; None where none is named."""
    address = os.environ.get(NAMED, "").strip()
    if not address:
        return None
    with _making:
        return _made.setdefault(address, DaskCluster(address))


def made() -> list[DaskCluster]:
    """Return the clusters this process has connected to."""
    with _making:
        return list(_made.values())


_making = threading.Lock()
_made: dict[str, DaskCluster] = {}


def refusal(ws: Workspace) -> tuple[str, str]:
    """Say what is wrong with the cluster (empty where nothing is), and what is said where it is fine or none is named."""
    found = named()
    if found is None:
        return "", "Runs work on this machine."
    try:
        waiting = found.waits(ws).removeprefix("paused: ")
        nodes = found.nodes() if not waiting else ()
    except (ClusterAway, StoreError) as error:
        waiting, nodes = str(error), ()
    if waiting:
        return f"{waiting[0].upper()}{waiting[1:].rstrip('.')}.", ""
    many = f"{len(nodes)} {'node' if len(nodes) == 1 else 'nodes'}, {sum(seen.slots for seen in nodes)} at once"
    return "", f"Runs work on the cluster {found.address}: {many}."
