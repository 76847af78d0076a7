"""Races within a budget on several tables: whether the time is kept, and how often the winner is that of the race of everything.

For each table one exhaustive race (every generator and preset the budget may choose from, no limit, leaderboard only) and some within the
budget, each with a split of its own seed; winner is who stands first for all purposes alike. One seed of each tells little of two that are nearly
alike, so a second figure counts the winners that are not far behind.

python benchmarks/budget.py FOLDER [--budget 60] [--tables 5] [--seeds 2] [--rows 20000] [--skip-exhaustive]
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd

from synth_ui.api import Comparison, race, read
from synth_ui.core.table import Table
from synth_ui.jobs.budget.start import pool, with_presets
from synth_ui.jobs.races.request import Request
from synth_ui.tables.target import propose_target

ENDINGS = (".csv", ".csv.gz", ".parquet", ".tsv", ".xlsx", ".json")
CLOSE = 0.02
"""Of the mean place on the scales: nearer than this, two winners are alike."""


@dataclass(frozen=True)
class Outcome:
    """What one race within a budget came to, beside the exhaustive one of the same split.

    `overrun` is the share of the budget by which it took longer, from the call to the result; `place` where its winner stands in
    the exhaustive race (1 is first), `behind` by how much it is behind there in the mean place on the scales.
    """

    table: str
    seed: int
    seconds: float
    overrun: float
    candidates: int
    winner: str
    best: str = ""
    place: float | None = None
    behind: float | None = None


def main() -> int:
    """Race, print a line per race and the two figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="with tables, one file each")
    parser.add_argument("--budget", type=float, default=60.0)
    parser.add_argument("--tables", type=int, default=5)
    parser.add_argument("--seeds", type=int, default=2, help="races per table")
    parser.add_argument("--rows", type=int, default=20_000, help="the most real rows of a table")
    parser.add_argument("--skip-exhaustive", action="store_true", help="only whether the time is kept")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    files = sorted(path for path in options.folder.rglob("*") if path.name.endswith(ENDINGS))[: options.tables]
    found = []
    for path in files:
        table = _table(path, options.rows)
        for seed in range(options.seeds):
            with tempfile.TemporaryDirectory() as home:
                found.append(_raced(table, seed, options.budget, Path(home), exhaustive=not options.skip_exhaustive))
            print(json.dumps(asdict(found[-1])), flush=True)
    _say(found)
    if options.json:
        options.json.write_text(json.dumps([asdict(one) for one in found], indent=1), encoding="utf-8")
    return 0


def _table(path: Path, rows: int) -> Table:
    table = read(path).table
    if len(table) > rows:
        table = read(path, sample=rows).table
    proposed = propose_target(table)
    return Table(table.frame, table.schema.with_target(proposed.name) if proposed else table.schema, path.stem)


def _raced(table: Table, seed: int, budget: float, home: Path, *, exhaustive: bool) -> Outcome:
    """Race within the budget in a workspace of its own, then race everything on the same split."""
    start = time.monotonic()
    result = race(table, budget=budget, seed=seed, home=home / "budget")
    winner = _first(result)
    took = time.monotonic() - start
    done = int((result.candidates["status"] == "done").sum() - 4)
    one = Outcome(table.name, seed, round(took, 2), round(took / budget - 1, 4), done, winner)
    if not exhaustive:
        return one
    everything = race(table, generators=_everything(seed), seed=seed, home=home / "all", card="quick")
    board = _ranked(everything)
    best = str(board["candidate"].iloc[0])
    row = board[board["candidate"] == _same(result, winner, everything)]
    place = float(row["rank"].iloc[0]) if len(row) else None
    behind = float(board["expected"].iloc[0] - row["expected"].iloc[0]) if len(row) else None
    return Outcome(**{**asdict(one), "best": best, "place": place, "behind": behind})


def _everything(seed: int) -> list[Request]:
    return with_presets([Request(key, seed=seed) for key in pool()])


def _ranked(result: Comparison) -> pd.DataFrame:
    board = result.leaderboard
    return board[~board["control"].astype(bool) & board["rank"].notna()]


def _first(result: Comparison) -> str:
    board = _ranked(result)
    return str(board["candidate"].iloc[0]) if len(board) else ""


def _same(result: Comparison, winner: str, everything: Comparison) -> str:
    """Return what the other race calls the candidate of the same generator and settings."""
    own = result.candidates.set_index("candidate")
    if winner not in own.index:
        return ""
    key = (own.loc[winner, "generator"], own.loc[winner, "settings"])
    return next((str(row.candidate) for row in everything.candidates.itertuples() if (row.generator, row.settings) == key), "")


def _say(found: list[Outcome]) -> None:
    longest = max(found, key=lambda one: one.overrun)
    print(f"{len(found)} races; longest overrun {longest.overrun:+.1%} ({longest.table}, {longest.seconds:.1f} s)")
    print(f"without a ranked candidate: {sum(not one.winner for one in found)}")
    judged = [one for one in found if one.place is not None]
    if judged:
        same = sum(one.place == 1 for one in judged)
        close = sum((one.behind or 0.0) <= CLOSE for one in judged)
        print(f"winner is that of the exhaustive race: {same} of {len(judged)}; within {CLOSE:g} of it: {close} of {len(judged)}")


if __name__ == "__main__":
    sys.exit(main())
