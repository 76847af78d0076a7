"""A small race on a sample, run by the real jobs: what the tests of pages and browser look at."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from synth_ui.evaluation.cards import card as measures_of
from synth_ui.jobs.execution.schedule import advance
from synth_ui.jobs.races.request import Request
from synth_ui.jobs.races.results import board
from synth_ui.jobs.races.start import start_race
from synth_ui.store.workspace import Workspace
from synth_ui.tables.samples import load_sample
from synth_ui.tables.split import make_split

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
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        advance(workspace)
        runs = board(workspace, race_id)
        if not runs["state"].isin(["queued", "running"]).any() and not runs["to_come"].any():
            assert set(runs["state"]) == {"done"}, runs[["candidate", "state", "reason"]]
            assert set(runs["left_open"]) == {""}, runs[["candidate", "left_open"]]
            return race_id
        time.sleep(0.2)
    raise AssertionError("the race did not end")
