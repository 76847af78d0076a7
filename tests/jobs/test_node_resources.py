"""What a generator needs of a node: on a cluster of a plain node and one that states a GPU, which for Dask is a name with a number."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from synth_ui.core.run import Attempt, NewRun, RunKind, RunState
from synth_ui.generators.catalogue import known_generators
from synth_ui.jobs.execution import schedule
from synth_ui.jobs.execution.cluster import called, dask_cluster, needs, node
from synth_ui.jobs.execution.cluster.called import OnNode
from synth_ui.jobs.execution.cluster.seen import NodeSeen
from synth_ui.jobs.execution.executor import executor
from synth_ui.jobs.forecast.waiting import waits_for
from synth_ui.jobs.races.progress import standing
from synth_ui.jobs.races.request import Request
from synth_ui.jobs.races.start import start_race
from synth_ui.store import journal
from synth_ui.store.people import neighbours
from synth_ui.store.workspace import Workspace
from synth_ui.system.processes import this_process
from tests.jobs.dask_nodes import Nodes, cluster
from tests.workshop import CARD, kept_split, until

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")
LOOK_SECONDS = 0.3


@pytest.fixture
def fake_needs_a_gpu(fake_plugins: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_generators()["fake"], "node_resources", {"GPU": 1})


@pytest.fixture
def nodes(fake_needs_a_gpu: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Nodes]:
    """A cluster of one plain node."""
    with cluster(tmp_path / "cluster", nodes=1) as made:
        monkeypatch.setenv("SYNTH_UI_DASK", made.address)
        dask_cluster._made.clear()
        yield made
        for known in dask_cluster.made():
            known.close()
        dask_cluster._made.clear()


def seen(address: str, resources: dict[str, float], *keys: str, threads: int = 2) -> NodeSeen:
    return NodeSeen.of(address, {"nthreads": threads, "resources": resources}, keys)


def test_only_making_rows_needs_it(fake_needs_a_gpu: None) -> None:
    assert needs.needed(RunKind.GENERATE, "fake") == needs.needed(RunKind.TRIAL, "fake") == {"GPU": 1}
    assert needs.needed(RunKind.FURTHER, "fake") == needs.needed(RunKind.FILTERED, "fake") == {}
    assert needs.needed(RunKind.GENERATE, "independent") == {}
    assert known_generators()["independent"].node_resources == {}


def test_what_no_node_offers_is_said_with_what_to_do(fake_needs_a_gpu: None) -> None:
    said = needs.barred("tcp://s:1", [seen("tcp://n:1", {"SLOTS": 2.0})], [])
    assert set(said) == {"fake"}
    assert said["fake"] == (
        'waits for a node of the cluster that offers GPU=1; none does. Start one with: dask worker tcp://s:1 --resources "GPU=1"'
    )
    assert needs.barred("tcp://s:1", [seen("tcp://n:1", {"GPU": 1.0})], []) == {}


def test_what_is_in_use_is_waited_for(fake_needs_a_gpu: None, cold_workspace: Workspace) -> None:
    ws = cold_workspace
    run = NewRun(
        kind=RunKind.GENERATE, candidate="fake", generator="fake", settings={}, rows=50, split_id=kept_split(ws), card="fake_mean",
        created=time.time(),
    )  # fmt: skip
    journal.add_run(ws, run, None)
    place = OnNode("tcp://n:1", called.key_of(Attempt(run.id, 1)))
    at_work = [replace(ws.run(run.id), state=RunState.RUNNING, worker=place.handle)]
    there = [seen("tcp://n:1", {"GPU": 1.0}, place.key), seen("tcp://n:2", {})]
    assert "has nothing else to do" in needs.barred("tcp://s:1", there, at_work)["fake"]
    assert needs.barred("tcp://s:1", [*there, seen("tcp://n:3", {"GPU": 2.0})], at_work) == {}
    assert needs.barred("tcp://s:1", there, [replace(at_work[0], kind=RunKind.FURTHER)]) == {}, "scoring uses none"


def test_a_node_whose_gpu_is_in_use_is_passed_over_though_it_has_more_room(
    fake_needs_a_gpu: None, cold_workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws, cluster_ = cold_workspace, dask_cluster.DaskCluster("tcp://s:1")
    busy = seen("tcp://n:1", {"GPU": 1.0}, "a", threads=4)
    free = seen("tcp://n:2", {"GPU": 1.0}, "b", "c", threads=4)
    monkeypatch.setattr(cluster_, "nodes", lambda: (busy, free))
    monkeypatch.setattr(cluster_, "_unfit", lambda ws, seen: "")
    monkeypatch.setattr(needs, "used_by", lambda runs: {"tcp://n:1": {"GPU": 1}})
    assert cluster_._chosen(ws, {"GPU": 1}) is free
    assert cluster_._chosen(ws, {}) is busy


def test_what_another_user_uses_is_in_use(fake_needs_a_gpu: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    anna, ben = (Workspace.open(neighbours.make_folder(tmp_path, "https://id.example", name, name)) for name in ("anna", "ben"))
    run = NewRun(
        kind=RunKind.GENERATE, candidate="fake", generator="fake", settings={}, rows=50, split_id=kept_split(ben), card="fake_mean",
        created=time.time(),
    )  # fmt: skip
    journal.add_run(ben, run, None)
    neighbours.mark(ben)
    attempt = journal.claim_one(ben, run.id, this_process())
    assert attempt is not None
    place = OnNode("tcp://n:1", called.key_of(attempt))
    assert journal.name_process(ben, attempt, place.handle)
    found = dask_cluster.DaskCluster("tcp://s:1")
    monkeypatch.setattr(found, "nodes", lambda: (seen("tcp://n:1", {"GPU": 1.0}, place.key),))
    assert "has nothing else to do" in found.barred(anna)["fake"]
    assert journal.finish(ben, attempt, RunState.DONE)
    assert found.barred(anna) == {}


def test_without_a_cluster_nobody_asks(fake_needs_a_gpu: None, cold_workspace: Workspace) -> None:
    assert executor().barred(cold_workspace) == {}


def test_runs_wait_for_a_node_that_offers_it_and_hold_up_nobody(cold_workspace: Workspace, nodes: Nodes) -> None:
    ws = cold_workspace
    (plain,) = nodes.workers
    race_id = start_race(ws, kept_split(ws), [Request("fake"), Request("independent")], card=CARD)
    runs = {run.candidate: run.id for run in ws.members(race_id)}

    def look_until(done: Callable[[], object], seconds: float = 120.0) -> None:
        until = time.monotonic() + seconds
        while not done():
            assert time.monotonic() < until, "waited too long"
            schedule.advance(ws)
            time.sleep(LOOK_SECONDS)

    look_until(lambda: all(ws.run(run_id).state is RunState.DONE for name, run_id in runs.items() if name != "fake"))
    assert ws.run(runs["fake"]).state is RunState.QUEUED
    assert waits_for(ws, race_id).startswith("waits for a node of the cluster that offers GPU=1; none does.")
    gpu = nodes.start(1, "--resources", "GPU=1")
    until(lambda: executor().barred(ws) == {}, 120)
    look_until(lambda: not standing(ws, race_id).active)
    assert ws.run(runs["fake"]).state is RunState.DONE
    begun = json.loads((ws.log_folder(runs["fake"]) / node.begun(Attempt(runs["fake"], 1))).read_text())
    assert (begun["node"], gpu != plain) == (gpu, True)
