"""Every generator on real tables: how like the table its rows are, how useful, how close to the rows it saw, and what it costs.

python benchmarks/generators.py --data FOLDER [--tables a,b] [--generators a,b] [--rows N] [--seconds-limit S]
                                [--results FILE.jsonl] [--again] [--write]

Each table is cut in two halves with seed 11; at most N rows of it are used (default 50,000). Each generator runs in a process of
its own, which is stopped after S seconds, and is scored by the product's own measures against the half it did not see. Results go
to a file as they come, so that a run that was stopped goes on where it ended; `--again` measures what it holds anew. `--write` writes
what the file holds into docs/generators-benchmark.md instead of measuring. SDV's generators are generators like any other.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
from _tables import Clock, load, results, scores, split_of

from synth_ui.core.context import Context
from synth_ui.core.errors import SynthError
from synth_ui.generators.base import generators
from synth_ui.generators.catalogue import generator_of
from synth_ui.measures.case import Shared

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "generators-benchmark.md"
KEPT = PAGE.with_suffix(".jsonl")
TABLES = ("adult", "online_shoppers", "hotel_bookings", "diabetes_130us", "california_housing", "flights")
KEYS = ("pairs", "dependence", "detectability", "tstr", "dcr_share", "leakage_index", "copies")
SPLIT_SEED = 11
NOT_LEARNED = ("file", "llm")
CEILING = "training rows"

SAYS = """What the tables say:

- `autoregressive` leads on every table in two-way tables and, but for `interpolate`, in relationships and detectability (.55 to .69). With
  5,000 training rows its share of rows closer to train is .51 to .53. Before it left out more of so few rows, detectability was .53 to .63,
  the share .53 to .56, and on flights a leakage index of .01 proved a trace of single rows; that is gone. What it cost: two-way tables
  .000 to .005, skill up to .13 on diabetes_130us, .04 on california_housing and flights ([frontier](frontier.md)).
- In two-way tables every generator of ours that learns relationships is ahead of SDV's Gaussian copula and TVAE on every table, most
  in a fraction of the time. In the strength of relationships the Gaussian copula and `gan` are behind TVAE on california_housing and
  flights: the first has one form of relationship, `gan` learns too little from 5,000 rows in its steps. `arf` lost all of them within a
  leaf and was behind TVAE on four tables; since a copula joins the columns of a leaf it is at least as good on all six (.827 → .896,
  .660 → .820, .504 → .693, .390 → .681, .543 → .857, .371 → .757 in the order of the page), and harder to tell from real rows. CTGAN and CopulaGAN were measured on california_housing only; on adult CTGAN was stopped.
- `interpolate` shows what usefulness costs when rows are mixed from real ones: about nine in ten lie closer to train.
- On hotel_bookings a column that says the same as the target makes TSTR 1 for everybody; it tells nothing there.
- The formally private ones run at ε = 1 on 5,000 rows, bounds and levels read from the table; on flights little is left.
- `autoregressive` and `arf` were measured in a later run than the others: their seconds are not of the same run."""
"""Written by hand after looking at the results; to be read again whenever they are measured again."""

COLUMNS = {
    "pairs": ("pairs", 4), "dependence": ("dependence", 3), "detectability": ("detectability", 3), "tstr": ("TSTR retained", 3),
    "dcr_share": ("DCR share", 3), "leakage_index": ("leakage index", 2), "copies.unique_values": ("unique values reused, gap", 4),
    "fit": ("fit s", 1), "sample": ("sample s", 1), "megabytes": ("peak MB", 0),
}  # fmt: skip
"""What is shown: the heading and the digits."""


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Fit one generator on one table in this process, and score it."""
    table = load(options.data, options.tables, options.rows)
    split = split_of(table, SPLIT_SEED)
    found: dict[str, Any] = {
        "table": options.tables,
        "rows": len(split.train),
        "columns": len(table.schema),
        "generator": options.one,
    }
    if options.one == CEILING:
        return {**found, **scores(split, split.train.frame, ("pairs", "dependence", "detectability", "tstr"), Shared(split))}
    before = _peak_megabytes()
    clock, context = Clock(), Context(seed=1)
    sampler = generator_of(options.one).fit(split.train, context)
    found["fit"] = clock.lap()
    frame = sampler(len(split.train), context)
    found["sample"] = clock.lap()
    found["megabytes"] = _peak_megabytes() - before
    return {**found, **scores(split, frame, KEYS, Shared(split))}


def _peak_megabytes() -> float:
    """Return the most memory this process has held; the generator's share is what it adds to the table and the imports."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024


def run(options: argparse.Namespace) -> None:
    """Run what the file of results does not hold yet, one process after the other."""
    done = set() if options.again else {(row["table"], row["generator"]) for row in results(options.results)}
    keys = options.generators.split(",") if options.generators else [key for key in generators() if key not in NOT_LEARNED]
    for table in options.tables.split(","):
        for key in keys if options.again else [CEILING, *keys]:
            if (table, key) in done:
                continue
            row = _in_process(options, table, key)
            with options.results.open("a") as file:
                file.write(json.dumps(row) + "\n")
            print(json.dumps(row), flush=True)


def _in_process(options: argparse.Namespace, table: str, key: str) -> dict[str, Any]:
    """Measure in a child process; what went wrong is a row too, with its reason."""
    command = [
        sys.executable,
        __file__,
        "--data",
        str(options.data),
        "--tables",
        table,
        "--rows",
        str(options.rows),
        "--one",
        key,
    ]
    failed = {"table": table, "generator": key}
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=options.seconds_limit, check=False)
    except subprocess.TimeoutExpired:
        return {**failed, "reason": f"stopped after {options.seconds_limit:,} s"}
    if done.returncode:
        return {**failed, "reason": (done.stderr.strip().splitlines() or ["ended without a word"])[-1][:200]}
    row: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return row


def page(rows: list[dict[str, Any]]) -> str:
    """Write the benchmark page: one table per real table, the generators by family."""
    lines = [
        "# Generators on real tables",
        "",
        "Made by `benchmarks/generators.py`: default settings, one seed, one split in halves; seconds are CPU seconds on one "
        "thread, scores by the product's own measures against the half no generator saw. A generator that learns nothing from the "
        "table, or does not apply to it, has its reason in place of scores. One seed: differences of .01 in detectability and DCR "
        "share are not findings.",
        "",
        SAYS,
    ]
    latest = {(row["table"], row["generator"]): row for row in rows}  # in the place where it stood first
    frame = pd.DataFrame(latest.values())
    for table, part in frame.groupby("table", sort=False):
        size = part.dropna(subset=["rows"]).head(1)
        said = f"{int(size['rows'].iloc[0]):,} training rows × {int(size['columns'].iloc[0])} columns." if len(size) else ""
        lines += ["", f"## {table}", "", said, "", "| generator | " + " | ".join(name for name, _ in COLUMNS.values()) + " |"]
        lines.append("|---" * (len(COLUMNS) + 1) + "|")
        lines += [_line(row) for row in part.to_dict("records")]
    return "\n".join(lines) + "\n"


def _line(row: dict[str, Any]) -> str:
    if isinstance(row.get("reason"), str):
        return f"| `{row['generator']}` | {row['reason'].replace('|', '/')} |" + " |" * (len(COLUMNS) - 1)
    cells = []
    for key, (_, digits) in COLUMNS.items():
        value = row.get(key)
        cells.append("" if value is None or value != value else f"{value:,.{digits}f}")
    name = f"*{row['generator']}*" if row["generator"] == CEILING else f"`{row['generator']}`"
    return f"| {name} | " + " | ".join(cells) + " |"


def main() -> None:
    """Measure, or write the page of what was measured."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--data", type=Path)
    options.add_argument("--tables", default=",".join(TABLES))
    options.add_argument("--generators", default="")
    options.add_argument("--rows", type=int, default=50_000, help="of the whole table, before it is cut in two")
    options.add_argument("--seconds-limit", type=int, default=900)
    options.add_argument("--results", type=Path, default=KEPT)
    options.add_argument("--again", action="store_true", help="measure also what the file of results holds")
    options.add_argument("--write", action="store_true", help=f"write {PAGE.name} from the results")
    options.add_argument("--one", help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.write:
        PAGE.write_text(page(results(chosen.results)))
        return
    if chosen.data is None:
        options.error("--data is needed to measure")
    if chosen.one is None:
        run(chosen)
        return
    try:
        print(json.dumps(measure(chosen)))
    except SynthError as error:
        raise SystemExit(str(error)) from error


if __name__ == "__main__":
    main()
