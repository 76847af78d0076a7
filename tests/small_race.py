"""A small race on a sample, run by the real jobs: what the tests of pages and browser look at."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from filelock import FileLock

from synth_ui.evaluation.cards import card as measures_of
from synth_ui.jobs.execution.schedule import advance
from synth_ui.jobs.races.request import Request
from synth_ui.jobs.races.results import board
from synth_ui.jobs.races.start import start_race
from synth_ui.store.workspace import Workspace
from synth_ui.tables.samples import load_sample
from synth_ui.tables.split import make_split

ROOT = Path(__file__).resolve().parents[1]
REQUESTS = (Request("independent"), Request("gaussian_copula", seeds=2))


def run(folder: Path, requests: Sequence[Request] = REQUESTS, *, card: str = "standard", seconds: float = 240) -> str:
    """Race on the penguins in a workspace, wait for the end, return the race's id.

    The standard measures are asked in one run each: workers that are started from scratch take longer to start than to score.
    """
    workspace = Workspace.open(folder)
    reading = load_sample("penguins")
    table_id = workspace.add_table(reading.table, source=reading.source)
    split_id = workspace.add_split(table_id, make_split(reading.table))
    asked = [measure.key for measure in measures_of(card)]
    race_id = start_race(workspace, split_id, requests, card=asked, name="penguins")
    until_done(workspace, race_id, seconds)
    return race_id


def until_done(workspace: Workspace, race_id: str, seconds: float = 240) -> None:
    """Wait until a race has ended, every run of it done and every measure answered."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        advance(workspace)
        runs = board(workspace, race_id)
        if not runs["state"].isin(["queued", "running"]).any() and not runs["to_come"].any():
            assert set(runs["state"]) == {"done"}, runs[["candidate", "state", "reason"]]
            assert set(runs["left_open"]) == {""}, runs[["candidate", "left_open"]]
            return
        time.sleep(0.2)
    raise AssertionError("the race did not end")


def raced(folder: Path) -> str:
    """Make a folder a workspace in which the small race is over, return the race's id.

    Processes that share a run of the tests share the race: the first to ask runs it, each gets a copy of its own.
    """
    run_of_tests = os.environ.get("PYTEST_XDIST_TESTRUNUID")
    if run_of_tests is None:
        return run(folder)
    kept = ROOT / ".workspace" / "tests" / f"race-{run_of_tests}"
    kept.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{kept}.lock"):
        if not (kept / "race_id").exists():
            shutil.rmtree(kept, ignore_errors=True)  # what a race that failed has left
            race_id = run(kept / "home")
            (kept / "race_id").write_text(race_id, encoding="utf-8")
        copied(kept / "home", folder)
        return (kept / "race_id").read_text(encoding="utf-8")


def copied(workspace: Path, to: Path) -> Path:
    """Copy a workspace, but not its warm parent; return where to.

    Another process copies it: one that opens and closes the file of a database gives up all locks it holds on it, and whoever has it open
    meets an error of the disk.
    """
    copy = "import shutil, sys; shutil.copytree(*sys.argv[1:], ignore=shutil.ignore_patterns('warm.*'), dirs_exist_ok=True)"
    subprocess.run([sys.executable, "-c", copy, str(workspace), str(to)], check=True)
    return to
