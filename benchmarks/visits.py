"""What the server keeps of one race after another: memory and objects after each of many, every page of each looked at.

    python benchmarks/visits.py [--races 40]

The pages run in this process, without a browser, as the server runs them; each race is new, on the penguins, with two candidates and the measures
of the quick card. What grows with every race for ever is a leak; what stops growing is a cache that is full.
"""

from __future__ import annotations

import argparse
import gc
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from synth_ui.core.table import Table
    from synth_ui.store.workspace import Workspace

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Held:
    """What the process holds after so many races."""

    races: int
    megabytes: float
    objects: int


def visits(races: int) -> Iterator[Held]:
    """Run races in the workspace of `SYNTH_UI_HOME`, look at every page of each, and say what is held then."""
    from streamlit.testing.v1 import AppTest

    from synth_ui.store.workspace import Workspace
    from synth_ui.tables.samples import load_sample

    workspace, table = Workspace.open(), load_sample("penguins").table
    pages = [f"pages/{path.name}" for path in sorted((ROOT / "pages").glob("*.py"))]
    for number in range(races):
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=300)
        app.query_params["race"] = _raced(workspace, table, number)
        app.run()
        for page in pages:
            app.switch_page(page).run()
            if app.exception:
                raise SystemExit(f"{page}: {app.exception[0].message}")
        del app
        gc.collect()
        yield Held(number + 1, psutil.Process().memory_info().rss / 2**20, len(gc.get_objects()))


def _raced(workspace: Workspace, table: Table, number: int) -> str:
    from synth_ui.jobs.races.request import Request
    from synth_ui.jobs.races.start import start_race
    from synth_ui.tables.split import make_split
    from tests.small_race import until_done

    table_id = workspace.add_table(table, source="a sample")
    split_id = workspace.add_split(table_id, make_split(table, seed=number))
    race = start_race(workspace, split_id, (Request("independent"), Request("bootstrap")), card="quick", name=f"race {number}")
    until_done(workspace, race, 600)
    return race


def main() -> int:
    """Print a line per race."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--races", type=int, default=40)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ["SYNTH_UI_HOME"] = home
        for held in visits(options.races):
            print(f"{held.races:3}  {held.megabytes:6.0f} MB  {held.objects:9,} objects", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
