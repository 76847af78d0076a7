"""Writes the finished race every new workspace opens with, synth_ui/ui/arrive/example.zip: five quick generators on 2,400 rows of the adult sample.

It is run by hand when what a race keeps has changed: `python docs/make_example.py`; it takes a few minutes. With the folder of a
workspace as its argument it packs the newest race there instead.
"""

from __future__ import annotations

import sys
import tempfile
import time

from synth_ui.jobs.execution.schedule import advance
from synth_ui.jobs.races.request import Request
from synth_ui.jobs.races.results import board
from synth_ui.jobs.races.start import start_race
from synth_ui.jobs.summary import summary
from synth_ui.store import history
from synth_ui.store.parcel import pack
from synth_ui.store.workspace import Workspace
from synth_ui.tables.samples import load_sample
from synth_ui.tables.split import make_split
from synth_ui.ui.arrive.example import PARCEL

GENERATORS = ("gaussian_copula", "bayes_net", "cart", "arf", "autoregressive")
ROWS = 2_400
"""Enough for a statement on privacy, few enough for a small file."""

NAME = "Example: income of adults"


def race(ws: Workspace) -> str:
    """Race on a part of the adult sample with the standard measures and wait for the end."""
    reading = load_sample("adult", ROWS)
    table_id = ws.add_table(reading.table, source=reading.source, assumed=reading.assumed, warnings=reading.warnings)
    split_id = ws.add_split(table_id, make_split(reading.table))
    race_id = start_race(ws, split_id, [Request(key) for key in GENERATORS], card="standard", name=NAME)
    while True:
        advance(ws)
        runs = board(ws, race_id)
        if not runs["state"].isin(["queued", "running"]).any() and not runs["to_come"].any():
            return race_id
        time.sleep(0.5)


def main() -> None:
    """Run the race, or take the newest of a workspace, and pack it."""
    with tempfile.TemporaryDirectory() as folder:
        ws = Workspace.open(sys.argv[1] if len(sys.argv) > 1 else folder)
        race_id = str(ws.races()["id"].iloc[0]) if len(sys.argv) > 1 else race(ws)
        history.describe(ws, "race", race_id, name=NAME, note="Came with Synth UI. Delete it whenever you like.")
        summary(ws, race_id, {})
        PARCEL.parent.mkdir(parents=True, exist_ok=True)
        pack(ws, race_id, PARCEL)
        print(f"wrote {PARCEL.name}, {PARCEL.stat().st_size / 1024:,.0f} KB")


if __name__ == "__main__":
    main()
