"""Six candidates on a Dask cluster of two nodes against the same race on this machine, side by side; prints the table of docs/deployment.md.

    python benchmarks/cluster.py [--rounds 3] [--sample penguins] [--card margins,pairs]

Both take two runs at once, and both start every worker from scratch (`SYNTH_UI_WARM=0`): a node has no warm parent. The rounds alternate, so that
what else the machine does falls on both alike. Scores and rows must be the same to the last digit. Scheduler and nodes are processes of this
machine: what is measured is the way over the cluster, not a network. CPU seconds are those of everything that took part.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

from synth_ui.jobs.execution import schedule, warm
from synth_ui.jobs.execution.cluster import dask_cluster
from synth_ui.jobs.races.control import cancel
from synth_ui.jobs.races.progress import standing
from synth_ui.jobs.races.request import Request
from synth_ui.jobs.races.results import scores
from synth_ui.jobs.races.start import start_race
from synth_ui.store.files.artefacts import SYNTHETIC, of_run
from synth_ui.store.workspace import Workspace
from synth_ui.tables.samples import load_sample
from synth_ui.tables.split import make_split

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from tests.jobs.dask_nodes import Nodes, cluster

CANDIDATES = ("independent", "gaussian_copula", "cart", "bayes_net", "interpolate", "noise")
LOOK_SECONDS = 0.25
MACHINE, CLUSTER = "one machine, two slots", "two nodes, a slot each"


def cpu_seconds(nodes: Nodes) -> float:
    """Return what this process, the scheduler, the nodes, and the children of all of them that have ended took so far."""
    pids = [os.getpid(), *(worker.pid for worker in nodes.workers.values())]
    if nodes.scheduler is not None:
        pids.append(nodes.scheduler.pid)
    return sum(sum(psutil.Process(pid).cpu_times()[:4]) for pid in pids)


def raced(home: Path, sample: str, card: list[str]) -> tuple[float, dict[str, Any]]:
    """Race, and return the seconds from the start to the end of the last run, and what it came to."""
    ws = Workspace.open(home)
    table = load_sample(sample).table
    split_id = ws.add_split(ws.add_table(table), make_split(table))
    begun = time.monotonic()
    race_id = start_race(ws, split_id, [Request(key) for key in CANDIDATES], card=card)
    while standing(ws, race_id).active:
        schedule.advance(ws)
        time.sleep(LOOK_SECONDS)
    seconds = time.monotonic() - begun
    bad = [(run.candidate, run.state.value, run.reason) for run in ws.members(race_id) if run.state.value != "done"]
    assert not bad, bad
    found = scores(ws, race_id).sort_values(["candidate", "measure"], ignore_index=True)
    wanted = found[["candidate", "measure", "value", "low", "high", "position"]]
    digests = {
        run.candidate: hashlib.sha256(ws.artefacts.local(of_run(run.id, SYNTHETIC)).read_bytes()).hexdigest()
        for run in ws.members(race_id)
        if not run.control
    }
    return seconds, {"scores": wanted.to_csv(index=False, float_format="%.17g"), "rows": digests}


def cancelled(home: Path, sample: str) -> float:
    """Return the seconds from a cancel to the moment nothing works on the run any more."""
    ws = Workspace.open(home)
    table = load_sample(sample).table
    split_id = ws.add_split(ws.add_table(table), make_split(table))
    race_id = start_race(ws, split_id, [Request("autoregressive")], card=["margins"])
    run = next(run for run in ws.members(race_id) if not run.control)
    while (now := ws.run(run.id)).phase in ("", "starting") or now.worker is None:
        schedule.advance(ws)
        time.sleep(LOOK_SECONDS)
    begun = time.monotonic()
    cancel(ws, run.id)
    while ws.run(run.id).stop_asked is not None:
        schedule.advance(ws)
        time.sleep(0.01)
    seconds = time.monotonic() - begun
    for other in ws.members(race_id):
        cancel(ws, other.id)
    while standing(ws, race_id).active:
        schedule.advance(ws)
    return seconds


def main() -> None:
    """Race in turns, compare, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sample", default="penguins")
    parser.add_argument("--card", default="margins,pairs")
    options = parser.parse_args()
    os.environ["SYNTH_UI_SLOTS"] = "2"
    os.environ["SYNTH_UI_WARM"] = "0"
    times: dict[str, list[float]] = {MACHINE: [], CLUSTER: []}
    stops: dict[str, list[float]] = {name: [] for name in times}
    spent: dict[str, list[float]] = {name: [] for name in times}
    came_to: list[dict[str, Any]] = []
    keys = tempfile.mkdtemp(prefix="keys-")
    os.environ["SYNTH_UI_KEY_FILE"] = f"{keys}/signing.key"
    with tempfile.TemporaryDirectory() as folder, cluster(Path(folder) / "cluster", nodes=2) as nodes:
        for number in range(options.rounds):
            for place, name in enumerate(times):
                os.environ.pop("SYNTH_UI_DASK", None)
                if name == CLUSTER:
                    os.environ["SYNTH_UI_DASK"] = nodes.address
                home, before = Path(folder) / f"{number}-{place}", cpu_seconds(nodes)
                seconds, found = raced(home, options.sample, options.card.split(","))
                warm.reap()
                spent[name].append(cpu_seconds(nodes) - before)
                times[name].append(seconds)
                came_to.append(found)
                stops[name].append(cancelled(home, options.sample))
                said = f"{seconds:.1f} s, {spent[name][-1]:.1f} CPU s, cancel {stops[name][-1]:.2f} s"
                print(f"{name}: {said}", file=sys.stderr, flush=True)
        for known in dask_cluster.made():
            known.close()
    shutil.rmtree(keys)
    same = all(found == came_to[0] for found in came_to)
    base = statistics.median(times[MACHINE])
    print(
        "| | wall seconds, median | of one machine | each round | CPU seconds, median | a cancel, median |\n|---|---|---|---|---|---|"
    )
    for name, walls in times.items():
        each, middle = ", ".join(f"{one:.1f}" for one in walls), statistics.median(walls)
        cpu, stop = statistics.median(spent[name]), statistics.median(stops[name])
        print(f"| {name} | {middle:.1f} | {middle / base:.2f} | {each} | {cpu:.1f} | {stop:.2f} s |")
    print(f"\nScores and rows the same to the last digit: {'yes' if same else 'NO'}")
    if not same:
        sys.exit(1)


if __name__ == "__main__":
    main()
