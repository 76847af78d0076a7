"""Races within a budget on several tables: whether the time is kept, what stands then, and how often the winner is that of the race of everything.

For each table some races within the budget, each with a split of its own seed, and beside each, where asked, one of every generator and preset the
budget may choose from, on the same split, leaderboard only, cheapest first. The slowest of these take many minutes on any table, so that race
has a limit; how many of its candidates were done then is said. The winner is who stands first for all purposes alike. One
seed of each tells little of two that are nearly alike, so a second figure counts the winners that are not far behind.

python benchmarks/budget.py FOLDER [--budget 60] [--names adult,titanic] [--seeds 0,1] [--rows 50000] [--exhaustive 600] [--json FILE] [--page docs/budget.md]

Results are added to those in FILE, so tables can be measured one at a time; without --names only the page is written.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import pandas as pd

from synth_ui.api import Comparison, race, read
from synth_ui.core.score import CONTROLS
from synth_ui.core.table import Table
from synth_ui.jobs.budget.start import pool, with_presets
from synth_ui.jobs.races.request import Request
from synth_ui.tables.target import propose_target

ENDINGS = (".csv", ".csv.gz", ".parquet", ".tsv", ".xlsx", ".json")
CLOSE = 0.02
"""Of the mean place on the scales: nearer than this, two winners are alike."""


@dataclass(frozen=True)
class Outcome:
    """What one race within a budget came to, and beside it the exhaustive one of the same split, where there was one.

    `overrun` is the share of the budget by which it took longer, from the call to the result; `done` are candidates with scores of all made
    or begun, `learnt` training rows of `train`; `first` after how many seconds two candidates and the controls had their scores. `place` is
    where its winner stands in the exhaustive race (1 is first), `behind` by how much it is behind there in the mean place on the scales.
    """

    table: str
    rows: int
    columns: int
    seed: int
    budget: float
    load: float
    seconds: float
    overrun: float
    done: int
    controls: int
    first: float | None
    learnt: int
    train: int
    winner: str
    best: str = ""
    compared: int = 0
    of: int = 0
    place: float | None = None
    behind: float | None = None
    how: str = ""


def main() -> int:
    """Race, print a line per race and the figures."""
    options = _options()
    found = [Outcome(**one) for one in json.loads(options.json.read_text())] if options.json and options.json.exists() else []
    for name in filter(None, options.names.split(",")):
        table = _table(_file(options.folder, name), options.rows)
        for seed in map(int, options.seeds.split(",")):
            with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
                one = replace(_raced(table, seed, options.budget, Path(home), options.exhaustive), how=options.how)
            found = [other for other in found if (other.table, other.seed, other.budget) != (one.table, one.seed, one.budget)] + [
                one
            ]
            if options.json:
                options.json.write_text(json.dumps([asdict(other) for other in found], indent=1), encoding="utf-8")
    lines = _said(found)
    print("\n".join(lines))
    if options.page:
        options.page.write_text(_page(found, lines), encoding="utf-8")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="with tables, one file each")
    parser.add_argument("--budget", type=float, default=60.0)
    parser.add_argument("--names", default="", help="of tables, with commas between")
    parser.add_argument("--seeds", default="0", help="one race per table and seed")
    parser.add_argument("--rows", type=int, default=50_000, help="the most real rows of a table")
    parser.add_argument("--exhaustive", type=float, default=0.0, help="seconds for the race of everything; 0 leaves it out")
    parser.add_argument("--how", default="", help="what the machine did beside it, for the page")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--page", type=Path)
    return parser.parse_args()


def _file(folder: Path, name: str) -> Path:
    found = [path for path in sorted(folder.rglob(f"{name}.*")) if path.name.endswith(ENDINGS)]
    if not found:
        raise SystemExit(f"There is no table {name} in {folder}.")
    return found[0]


def _table(path: Path, rows: int) -> Table:
    table = read(path).table
    if len(table) > rows:
        table = read(path, sample=rows).table
    proposed = propose_target(table)
    return Table(table.frame, table.schema.with_target(proposed.name) if proposed else table.schema, path.stem)


def _raced(table: Table, seed: int, budget: float, home: Path, limit: float) -> Outcome:
    """Race within the budget in a workspace of its own, then race everything on the same split for so long."""
    load, start = os.getloadavg()[0], time.monotonic()
    result = race(table, budget=budget, seed=seed, home=home / "budget")
    winner = _first(result)
    took = time.monotonic() - start
    ended = _ended(home / "budget", result)
    train = round(len(table) * 0.5)
    one = Outcome(
        table.name, len(table), len(table.schema.columns), seed, budget, round(load, 1), round(took, 2), round(took / budget - 1, 4),
        len(ended[0]), len(ended[1]), _stands(*ended), len(result.split.train), max(train, len(result.split.train)), winner,
    )  # fmt: skip
    print(json.dumps(asdict(one)), flush=True)
    return _compared(one, result, table, home, limit) if limit else one


def _ended(home: Path, result: Comparison) -> tuple[list[float], list[float]]:
    """Return after how many seconds candidates and controls had their scores, in order."""
    from synth_ui.core.run import RunState
    from synth_ui.store import budgets
    from synth_ui.store.workspace import Workspace

    ws = Workspace.open(home)
    budget = budgets.of_race(ws, result.race_id or "")
    done = [run for run in ws.members(result.race_id or "") if run.state is RunState.DONE]
    begun = budget.begun if budget else 0.0
    own = [sorted((run.ended or 0.0) - begun for run in done if run.control is control) for control in (False, True)]
    return own[0], own[1]


def _stands(made: list[float], controls: list[float]) -> float | None:
    return round(max(made[1], controls[-1]), 1) if len(made) > 1 and len(controls) == len(CONTROLS) else None


def _compared(one: Outcome, result: Comparison, table: Table, home: Path, limit: float) -> Outcome:
    requests = _everything(one.seed)
    everything = race(table, generators=requests, seed=one.seed, home=home / "all", card="quick", seconds=limit)
    board = _ranked(everything)
    if not len(board):
        return one
    row = board[board["candidate"] == _same(result, one.winner, everything)]
    more = {
        "best": str(board["candidate"].iloc[0]),
        "compared": len(board),
        "of": len(requests),
        "place": float(row["rank"].iloc[0]) if len(row) else None,
        "behind": round(float(board["expected"].iloc[0] - row["expected"].iloc[0]), 4) if len(row) else None,
    }
    print(json.dumps(more), flush=True)
    return Outcome(**{**asdict(one), **more})


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


def _said(found: list[Outcome]) -> list[str]:
    """Return the figures of all races in sentences."""
    if not found:
        return ["Nothing was measured yet."]
    longest = max(found, key=lambda one: one.overrun)
    standing = [one for one in found if one.first is not None]
    lines = [
        f"{len(found)} races. The longest took {longest.overrun:+.1%} of its budget more ({longest.table}, {longest.seconds:.1f} s).",
        f"Two candidates and the four controls had their scores in {len(standing)} of {len(found)}.",
    ]
    if standing:
        lines[1] = f"{lines[1][:-1]}, at the latest after {max(one.first or 0.0 for one in standing):.0f} s."
    judged = [one for one in found if one.place is not None]
    if judged:
        same, close = sum(one.place == 1 for one in judged), sum((one.behind or 0.0) <= CLOSE for one in judged)
        lines.append(
            f"The winner is that of the race of everything in {same} of {len(judged)}, within {CLOSE:g} of it in {close} of {len(judged)}."
        )
    return lines


def _page(found: list[Outcome], lines: list[str]) -> str:
    """Return the page of the documentation."""
    rows = [
        f"| {one.table} | {one.rows:,} x {one.columns} | {one.seed} | {one.budget:g} s | {one.load:g}, {one.how or '-'} | {one.overrun:+.1%} | {one.done} | "
        f"{'-' if one.first is None else f'{one.first:g} s'} | {one.learnt:,} of {one.train:,} | {one.winner or '-'} | {_beside(one)} |"
        for one in found
    ]
    return "\n".join(
        [
            "# Races within a budget, measured",
            "",
            "Made by `benchmarks/budget.py`; how such a race chooses says [decision 20](decisions/0020-a-race-within-a-budget-chooses-by-trials.md).",
            "Each race was the first of its workspace, with two cores. Load is the mean number of processes that wanted one when it began; "
            "behind it stands what the machine did beside the race. The four controls are not among the candidates.",
            "",
            *(f"- {line}" for line in lines),
            "",
            "| table | rows x columns | seed | budget | load | overrun | candidates | first leaderboard | training rows | winner | race of everything |",
            "|---|---|---|---|---|---|---|---|---|---|---|",
            *rows,
            "",
        ]
    )


def _beside(one: Outcome) -> str:
    if not one.of:
        return "not raced"
    place = (
        "the winner is not among them" if one.place is None else f"there the winner is {one.place:g}., {one.behind:.3f} behind"
    )
    return f"{one.best} of {one.compared} of {one.of} done; {place}"


if __name__ == "__main__":
    sys.exit(main())
