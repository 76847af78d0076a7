"""Races on a Dask cluster: a real scheduler and nodes; progress, cancel, a lost node, a server or a scheduler that goes and comes back."""

from __future__ import annotations

import gc
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import psutil
import pytest

from synth_ui.core.errors import StoreError
from synth_ui.core.run import Attempt, Handle, NewRun, Run, RunKind, RunState
from synth_ui.jobs.execution import schedule, warm, warm_parent
from synth_ui.jobs.execution.cluster import called, dask_cluster, losses, node
from synth_ui.jobs.execution.cluster import seen as seen_nodes
from synth_ui.jobs.execution.cluster.called import OnNode
from synth_ui.jobs.execution.cluster.dask_cluster import ClusterAway, DaskCluster
from synth_ui.jobs.execution.cluster.seen import NodeSeen
from synth_ui.jobs.execution.executor import executor
from synth_ui.jobs.execution.machine import crowding
from synth_ui.jobs.health.ready import checks, ready
from synth_ui.jobs.races.control import cancel, cancel_race
from synth_ui.jobs.races.progress import standing
from synth_ui.jobs.races.request import Request
from synth_ui.jobs.races.results import scores
from synth_ui.jobs.races.start import start_race
from synth_ui.store import journal
from synth_ui.store.files.artefacts import SYNTHETIC, of_run
from synth_ui.store.workspace import Workspace
from synth_ui.system.processes import this_process
from tests.jobs.dask_nodes import Nodes, cluster, free_port
from tests.workshop import CARD, kept_split, until

LOOK_SECONDS = 0.3
"""Between two looks at the queue: a page takes a second."""

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


@pytest.fixture(scope="module")
def nodes(fake_plugins: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    with cluster(tmp_path_factory.mktemp("cluster")) as made:
        yield made


@pytest.fixture
def own_nodes(fake_plugins: None, tmp_path: Path) -> Iterator[Nodes]:
    """A cluster that a test may damage."""
    with cluster(tmp_path / "cluster") as made:
        yield made


def named(made: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNTH_UI_DASK", made.address)
    forget()


def forget() -> None:
    """Know nothing of any cluster, as a server that has just been started."""
    for known in dask_cluster.made():
        known.close()
    dask_cluster._made.clear()


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    yield
    forget()


@pytest.fixture
def ws(cold_workspace: Workspace, nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    named(nodes, monkeypatch)
    return cold_workspace


def look_until(ws: Workspace, ready: Callable[[], object], seconds: float = 60) -> None:
    """Look after the queue, as a page does, until something is true."""
    deadline = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < deadline, "waited too long"
        schedule.advance(ws)
        time.sleep(LOOK_SECONDS)


def to_the_end(ws: Workspace, race_id: str, seconds: float = 120) -> None:
    look_until(ws, lambda: not standing(ws, race_id).active, seconds)


def child_of(ws: Workspace, run: Run) -> psutil.Process:
    """Return the process that works on a run, as the node noted it."""
    path = ws.log_folder(run.id) / node.begun(run.this_attempt)
    return psutil.Process(int(json.loads(path.read_text())["pid"]))


def gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def one_run(ws: Workspace) -> str:
    """Queue a single run, outside any race, and return its id."""
    split_id = kept_split(ws)
    run = NewRun(
        kind=RunKind.GENERATE, candidate="fake", generator="fake", settings={"seconds": 0.5}, rows=50, split_id=split_id,
        card="fake_mean", created=time.time(),
    )  # fmt: skip
    journal.add_run(ws, run, None)
    return run.id


def claimed_on_a_node(ws: Workspace) -> Attempt:
    """Queue a run and claim it for a node that is gone by now."""
    attempt = journal.claim_one(ws, one_run(ws), this_process())
    assert attempt is not None
    journal.name_process(ws, attempt, OnNode("tcp://10.0.0.5:4321", called.key_of(attempt)).handle)
    return attempt


def mark_begun(ws: Workspace, attempt: Attempt) -> None:
    """Note that a node has begun to work on an attempt, as it does itself."""
    path = ws.log_folder(attempt.run_id) / node.begun(attempt)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("{}")


def learning(ws: Workspace, race_id: str, candidate: str = "fake") -> Run:
    """Wait until a candidate is being learned from, and return its run."""

    def begun() -> bool:
        return any(run.candidate == candidate and run.phase == "learning slowly" for run in ws.members(race_id))

    look_until(ws, begun)
    return next(run for run in ws.members(race_id) if run.candidate == candidate)


def answers(ws: Workspace, race_id: str) -> tuple[pd.DataFrame, dict[str, bytes]]:
    """Return what a race came to: scores, and the rows of every candidate as bytes."""
    found = scores(ws, race_id).sort_values(["candidate", "measure"], ignore_index=True)
    rows = {
        run.candidate: ws.artefacts.local(of_run(run.id, SYNTHETIC)).read_bytes()
        for run in ws.members(race_id)
        if not run.control
    }
    return found[["candidate", "measure", "value", "low", "high", "position"]], rows


# --- without a cluster -------------------------------------------------------------------------------------------


def test_a_handle_says_where_and_cannot_be_a_process() -> None:
    place = OnNode("tcp://10.0.0.5:4321", called.key_of(Attempt("abc", 2)))
    assert OnNode.of(place.handle) == place
    assert 1 << 30 <= place.handle.pid < 1 << 31
    assert OnNode.of(called.this_worker()) is None


def test_a_process_on_a_node_is_called_as_it_was_told(monkeypatch: pytest.MonkeyPatch) -> None:
    handle = OnNode("tcp://10.0.0.5:4321", "key of it").handle
    monkeypatch.setenv(called.CALLED, called.written(handle))
    assert called.this_worker() == handle


def test_a_node_takes_a_run_per_thread_unless_it_states_its_slots() -> None:
    said = {"nthreads": 4, "memory_limit": 8 << 30, "metrics": {"memory": 2 << 30}}
    assert (NodeSeen.of("a", said, ["k"]).slots, NodeSeen.of("a", said, []).free_megabytes) == (4, 6 * 1024)
    assert NodeSeen.of("a", {**said, "resources": {"SLOTS": 2.0}}, []).slots == 2


def test_a_run_begins_again_once(tmp_path: Path) -> None:
    assert losses.said_of(tmp_path / "none") == []
    assert losses.note_loss(tmp_path, "The node a is gone.")
    assert not losses.note_loss(tmp_path, "The node b is gone.")
    assert len(losses.said_of(tmp_path)) == 2


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("10.0.0.5:8786", "SYNTH_UI_DASK is no address of a Dask scheduler"),
        ("tcp://somewhere", "SYNTH_UI_DASK is no address of a Dask scheduler"),
        ("tcp://127.0.0.1:{port}", "does not answer"),
    ],
)
def test_a_wrong_address_is_said_and_costs_nothing(
    address: str, said: str, cold_workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws = cold_workspace
    monkeypatch.setenv("SYNTH_UI_DASK", address.format(port=free_port()))
    monkeypatch.setattr(dask_cluster, "AGAIN_SECONDS", 600.0)
    connect, tried = dask_cluster._client, []
    monkeypatch.setattr(dask_cluster, "_client", lambda address: tried.append(address) or connect(address))
    race_id = start_race(ws, kept_split(ws), [Request("fake")], card=CARD)
    for _ in range(20):
        schedule.advance(ws)
    assert len(tried) == 1, "nobody waits for it at every look"
    assert {(run.state, run.attempt) for run in ws.members(race_id)} == {(RunState.QUEUED, 0)}
    assert said in executor().waits(ws)
    found = checks(ws.home)
    assert not ready(found)
    assert said in next(one.said for one in found if one.name == "cluster")
    monkeypatch.delenv("SYNTH_UI_DASK")
    schedule.advance(ws)
    assert RunState.RUNNING in {run.state for run in ws.members(race_id)}, "nothing was lost: it goes on here"
    cancel_race(ws, race_id)
    look_until(ws, lambda: not journal.watched(ws)[0])


NODE = {"version": dask_cluster.VERSION, "host": "h", "sees": True, "server": False, "key": "k"}


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (ModuleNotFoundError("No module named 'synth_ui'"), "has no synth-ui installed"),
        (RuntimeError("broken"), "cannot tell what it is"),
        ({**NODE, "version": "0.0.1"}, "has release 0.0.1"),
        ({**NODE, "sees": False}, "does not see the folder"),
        ({**NODE, "server": True}, "SYNTH_UI_DATABASE set"),
        ({**NODE, "host": "another"}, "the database is a file"),
        ({**NODE, "key": "other"}, "signs with another key"),
        (NODE, ""),
    ],
)
def test_a_node_that_cannot_work_for_this_workspace_is_told_apart(
    said: Any, words: str, cold_workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(node, "given", lambda home, environment: {"server": False, "key": "k"})
    monkeypatch.setattr(dask_cluster.socket, "gethostname", lambda: "h")
    found = dask_cluster._unfit_in_words("tcp://n:1", said, cold_workspace)
    assert words in found
    assert bool(words) == bool(found)


def test_a_run_is_not_lost_by_a_scheduler_that_is_slow(cold_workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    ws = cold_workspace
    monkeypatch.setenv("SYNTH_UI_DASK", "tcp://10.0.0.1:8786")
    found = executor()
    assert isinstance(found, DaskCluster)
    run_id = one_run(ws)
    attempt = journal.claim_one(ws, run_id, this_process())
    assert attempt is not None
    place = OnNode("tcp://10.0.0.5:4321", called.key_of(attempt))
    journal.name_process(ws, attempt, place.handle)
    seen: list[tuple[NodeSeen, ...] | None] = [None]
    forgotten: list[str] = []

    def nodes(*, fresh: bool = False) -> tuple[NodeSeen, ...]:
        if seen[0] is None:
            raise ClusterAway("away")
        return seen[0]

    monkeypatch.setattr(found, "nodes", nodes)
    monkeypatch.setattr(found, "_forget", forgotten.append)
    monkeypatch.setattr(found, "waits", lambda ws: "paused")
    here = NodeSeen.of(place.node, {"nthreads": 1}, [])
    for answer in (None, (here,)):  # it does not answer; it has not heard of the run
        seen[0] = answer
        schedule.settle(ws)
        assert (ws.run(run_id).state, forgotten) == (RunState.RUNNING, [])
    mark_begun(ws, attempt)
    monkeypatch.setattr(dask_cluster, "SILENT_SECONDS", 0.0)
    schedule.settle(ws)
    assert (ws.run(run_id).state, forgotten) == (RunState.QUEUED, [place.key]), "silent for long: begun again"
    assert "no longer knows of it" in losses.said_of(ws.log_folder(run_id))[0]


def test_a_run_of_a_cluster_that_is_named_no_more_begins_again_here(cold_workspace: Workspace) -> None:
    ws = cold_workspace
    run_id = one_run(ws)
    attempt = journal.claim_one(ws, run_id, this_process())
    assert attempt is not None
    journal.name_process(ws, attempt, OnNode("tcp://10.0.0.5:4321", called.key_of(attempt)).handle)
    mark_begun(ws, attempt)
    schedule.settle(ws)
    assert ws.run(run_id).state is RunState.QUEUED
    assert "no cluster is named any more" in losses.said_of(ws.log_folder(run_id))[0]


def test_a_node_that_had_not_begun_a_run_is_no_loss_of_it(cold_workspace: Workspace) -> None:
    ws = cold_workspace
    attempt = claimed_on_a_node(ws)
    for number in range(1, 4):
        schedule.settle(ws)
        assert (ws.run(attempt.run_id).state, ws.run(attempt.run_id).attempt) == (RunState.QUEUED, number)
        assert losses.lost_nodes(ws.log_folder(attempt.run_id)) == []
        again = journal.claim_one(ws, attempt.run_id, this_process())
        assert again is not None
        journal.name_process(ws, again, OnNode("tcp://10.0.0.5:4321", called.key_of(again)).handle)


def test_who_sees_a_loss_second_removes_nothing(cold_workspace: Workspace) -> None:
    ws = cold_workspace
    attempt = claimed_on_a_node(ws)
    mark_begun(ws, attempt)
    seen = ws.run(attempt.run_id)
    schedule._give_up(ws, seen)  # one who looks after the queue starts it again
    again = journal.claim_one(ws, attempt.run_id, this_process())
    half = ws.log_folder(attempt.run_id) / ".synthetic.parquet.12345678.tmp"
    half.write_bytes(b"half of what the second attempt makes")
    schedule._give_up(ws, seen)  # another one had looked at the same moment
    assert half.exists()
    assert again is not None
    assert (ws.run(attempt.run_id).state, len(losses.lost_nodes(ws.log_folder(attempt.run_id)))) == (RunState.RUNNING, 1)


def test_silence_is_told_by_a_clock_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(dask_cluster.time, "monotonic", lambda: now[0])
    found = DaskCluster("tcp://10.0.0.1:8786")

    def heard(said: float, keys: tuple[str, ...] = ("k",)) -> NodeSeen:
        return found._listened((NodeSeen.of("a", {"nthreads": 4, "last_seen": said}, keys),))[0]

    assert not heard(5.0).silent
    now[0] += seen_nodes.UNHEARD_SECONDS + 1
    assert (heard(5.0).silent, heard(5.0).bears) == (True, 1), "what it works on counts, and it takes no more"
    assert (heard(6.0).silent, heard(6.0).bears) == (False, 4)


def test_whoever_looks_after_the_queue_goes_when_the_database_stays_away(
    cold_workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(ws: Workspace) -> bool:
        raise StoreError("away")

    monkeypatch.setattr(schedule, "settle", away)
    monkeypatch.setattr(warm_parent, "CALM_SECONDS", 0.05)
    reading, writing = os.pipe()
    try:
        gone_starter = Handle(os.getpid(), "another one of that id")
        steward = warm_parent.Steward(cold_workspace, -1, reading, gone_starter, False)
        steward.serve()
        assert time.monotonic() - steward.woken > 2 * 0.05
    finally:
        gc.unfreeze()
        os.close(reading)
        os.close(writing)


# --- with one ----------------------------------------------------------------------------------------------------


def test_a_race_comes_to_the_same_as_on_this_machine(ws: Workspace, nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ready(checks(ws.home))
    assert isinstance(executor(), DaskCluster)
    assert executor().capacity().slots == 2
    race_id = start_race(ws, kept_split(ws), [Request("fake", {"seconds": 0.5}, seeds=2)], card=CARD)
    run = learning(ws, race_id, ws.members(race_id)[-1].candidate)
    assert run.worker is not None
    assert OnNode.of(run.worker) is not None
    to_the_end(ws, race_id)
    assert {one.state for one in ws.members(race_id)} == {RunState.DONE}
    begun = [json.loads((ws.log_folder(one.id) / "attempt-1.json").read_text())["node"] for one in ws.members(race_id)]
    assert set(begun) == set(nodes.workers), "both nodes worked"
    monkeypatch.delenv("SYNTH_UI_DASK")
    here = Workspace.open(ws.home.parent / "here")
    local = start_race(here, kept_split(here), [Request("fake", {"seconds": 0.5}, seeds=2)], card=CARD)
    to_the_end(here, local)
    there, at_home = answers(ws, race_id), answers(here, local)
    pd.testing.assert_frame_equal(there[0], at_home[0], check_exact=True)
    assert there[1] == at_home[1]


def test_a_cancel_ends_the_child_within_a_second(ws: Workspace) -> None:
    race_id = start_race(ws, kept_split(ws), [Request("fake", {"seconds": 300.0})], card=CARD)
    run = learning(ws, race_id)
    child = child_of(ws, run)
    assert child.is_running()
    begun = time.monotonic()
    assert cancel(ws, run.id)
    until(lambda: gone(child), 5)
    took = time.monotonic() - begun
    assert took < 1.0 or took < crowding(), "a second on a machine that does nothing else"
    assert ws.run(run.id).state is RunState.CANCELLED
    look_until(ws, lambda: ws.run(run.id).stop_asked is None, 20)
    to_the_end(ws, race_id)


def test_a_child_that_does_not_listen_is_killed(ws: Workspace) -> None:
    race_id = start_race(ws, kept_split(ws), [Request("fake", {"seconds": 300.0, "mode": "deaf"})], card=CARD)
    run = learning(ws, race_id)
    child = child_of(ws, run)
    assert cancel(ws, run.id)
    look_until(ws, lambda: gone(child), 30)


def test_a_child_that_was_killed_is_lost_with_the_reason_and_not_begun_again(ws: Workspace) -> None:
    race_id = start_race(ws, kept_split(ws), [Request("fake", {"seconds": 300.0})], card=CARD)
    run = learning(ws, race_id)
    child_of(ws, run).kill()
    to_the_end(ws, race_id)
    lost = ws.run(run.id)
    assert (lost.state, lost.attempt) == (RunState.LOST, 1)
    assert "killed from outside (SIGKILL" in lost.reason


def test_a_race_on_the_cluster_with_its_database_on_a_server(
    nodes: Nodes, server_url: str, fake_plugins: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNTH_UI_WARM", "0")
    monkeypatch.setenv("SYNTH_UI_DATABASE", server_url)
    ws = Workspace.open(tmp_path / "home")
    named(nodes, monkeypatch)
    assert "SYNTH_UI_DATABASE not set" in executor().waits(ws), "the nodes were started without it"
    forget()
    with cluster(tmp_path / "cluster", nodes=1) as own:
        named(own, monkeypatch)
        run_id = one_run(ws)
        look_until(ws, lambda: ws.run(run_id).state is not RunState.QUEUED and ws.run(run_id).state is not RunState.RUNNING)
        assert (ws.run(run_id).state, ws.run(run_id).reason) == (RunState.DONE, "")
        assert ws.losses(run_id)["step"].size > 0


STARTS = """
import sys, time
from synth_ui.jobs.execution import schedule
from synth_ui.jobs.races.request import Request
from synth_ui.jobs.races.start import start_race
from synth_ui.store.workspace import Workspace
ws = Workspace.open()
race_id = start_race(ws, sys.argv[1], [Request("fake", {"seconds": 4.0})], card=["fake_mean", "fake_share"])
while not any(run.phase == "learning slowly" for run in ws.members(race_id)):
    schedule.advance(ws)
    time.sleep(0.1)
print(race_id, flush=True)
time.sleep(600)
"""


def test_a_server_that_was_killed_and_started_again_takes_up_what_runs(ws: Workspace) -> None:
    split_id = kept_split(ws)
    environment = {**os.environ, "SYNTH_UI_HOME": str(ws.home)}
    first = subprocess.Popen([sys.executable, "-c", STARTS, split_id], stdout=subprocess.PIPE, text=True, env=environment)
    try:
        assert first.stdout is not None
        race_id = first.stdout.readline().strip()
    finally:
        first.send_signal(signal.SIGKILL)
        first.wait(10)
        first.stdout.close()  # type: ignore[union-attr]
    (run,) = (run for run in ws.members(race_id) if run.candidate == "fake")
    child = child_of(ws, run)
    schedule.advance(ws)
    assert ws.run(run.id).state is RunState.RUNNING, "it is known, and watched from here"
    assert child.is_running()
    to_the_end(ws, race_id)
    assert {(one.state, one.attempt) for one in ws.members(race_id)} == {(RunState.DONE, 1)}


def test_the_queue_goes_on_while_nobody_looks(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNTH_UI_WARM", "1")
    try:
        race_id = start_race(ws, kept_split(ws), [Request("fake")], card=CARD)
        schedule.advance(ws)
        until(lambda: not standing(ws, race_id).active, 90)
        assert {run.state for run in ws.members(race_id)} == {RunState.DONE}
        assert all((ws.log_folder(run.id) / "attempt-1.json").exists() for run in ws.members(race_id)), "on the nodes"
    finally:
        warm.stop(ws)
        until(lambda: not warm.present(ws), 30)
        warm.reap()


def test_a_run_whose_node_is_lost_is_said_to_be_and_begins_again_on_another(
    own_nodes: Nodes, cold_workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws = cold_workspace
    named(own_nodes, monkeypatch)
    race_id = start_race(ws, kept_split(ws), [Request("fake", {"seconds": 5.0})], card=CARD)
    run = learning(ws, race_id)
    child, place = child_of(ws, run), OnNode.of(run.worker)  # type: ignore[arg-type]
    assert place is not None
    own_nodes.kill(place.node)
    until(lambda: gone(child), 5)
    to_the_end(ws, race_id)
    again = ws.run(run.id)
    assert (again.state, again.attempt) == (RunState.DONE, 2)
    assert f"The node {place.node} of the cluster, which worked on it, is gone. It was started again on another." in again.notes
    assert json.loads((ws.log_folder(run.id) / "attempt-2.json").read_text())["node"] != place.node


def test_a_node_that_falls_silent_holds_up_nobody(
    own_nodes: Nodes, cold_workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws = cold_workspace
    named(own_nodes, monkeypatch)
    monkeypatch.setattr(seen_nodes, "UNHEARD_SECONDS", 4.0)
    assert executor().capacity().slots == 2
    (silent, stopped), (other, second) = own_nodes.workers.items()
    stopped.send_signal(signal.SIGSTOP)
    try:
        until(lambda: executor().capacity().slots == 1, 30)
        assert executor().waits(ws) == "", "the other one takes runs"
        race_id = start_race(ws, kept_split(ws), [Request("fake")], card=CARD)
        to_the_end(ws, race_id, 60)
        assert {run.state for run in ws.members(race_id)} == {RunState.DONE}
        begun = [json.loads((ws.log_folder(run.id) / "attempt-1.json").read_text())["node"] for run in ws.members(race_id)]
        assert set(begun) == {other}
        second.send_signal(signal.SIGSTOP)
        until(lambda: "nothing has been heard of the node" in executor().waits(ws), 30)
        stopped.send_signal(signal.SIGCONT)
        until(lambda: executor().waits(ws) == "", 30)
        assert silent in {seen.address for seen in executor().nodes() if not seen.silent}  # type: ignore[attr-defined]
    finally:
        for process in own_nodes.workers.values():
            process.send_signal(signal.SIGCONT)


def test_a_node_that_does_not_answer_costs_one_look(
    own_nodes: Nodes, cold_workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws = cold_workspace
    named(own_nodes, monkeypatch)
    found = executor()
    assert isinstance(found, DaskCluster)
    assert found.capacity().slots == 2
    silent = next(iter(own_nodes.workers))
    own_nodes.workers[silent].send_signal(signal.SIGSTOP)
    try:
        monkeypatch.setattr(seen_nodes, "UNHEARD_SECONDS", 600.0)
        monkeypatch.setattr(dask_cluster, "ANSWER_SECONDS", 3.0)
        found.waits(ws)
        begun = time.monotonic()
        assert found.waits(ws) == "", "the other node does"
        assert time.monotonic() - begun < 2.0, "it is not waited for again"
        assert not found.stop(OnNode(silent, "key of it").handle, at_once=True)
        assert found.nodes(fresh=True), "the scheduler was not given up for it"
    finally:
        own_nodes.workers[silent].send_signal(signal.SIGCONT)


def test_a_scheduler_that_goes_and_comes_back_costs_no_finished_work(
    own_nodes: Nodes, cold_workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws = cold_workspace
    named(own_nodes, monkeypatch)
    monkeypatch.setattr(dask_cluster, "AGAIN_SECONDS", 0.2)
    race_id = start_race(ws, kept_split(ws), [Request("fake", {"seconds": 2.0}, seeds=2)], card=CARD)
    look_until(ws, lambda: any(run.state is RunState.DONE for run in ws.members(race_id)))
    kept = {run.id: run.ended for run in ws.members(race_id) if run.state is RunState.DONE}
    own_nodes.end()
    schedule.advance(ws)
    until(lambda: "does not answer" in executor().waits(ws), 30)
    assert not [run for run in ws.members(race_id) if run.state in (RunState.LOST, RunState.FAILED)]
    own_nodes.begin()
    own_nodes.add()
    to_the_end(ws, race_id)
    ended = {run.id: run.ended for run in ws.members(race_id)}
    assert {run.state for run in ws.members(race_id)} == {RunState.DONE}
    assert {key: ended[key] for key in kept} == kept, "what was done stayed as it was"
