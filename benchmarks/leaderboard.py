"""Generators on the public tables of the TabSyn and TabDiff protocol, beside what is published for others.

python benchmarks/leaderboard.py --data FOLDER [--tables adult,magic] [--generators autoregressive,cart] [--seeds 5]
                                 [--peers tvae ctgan … [--python PATH]] [--out leaderboard.jsonl] [--write]

FOLDER holds `tables/` (adult, credit_default, online_shoppers, magic, beijing_pm25, as CSV) and `leaderboard/` (the published
figures, one CSV per measure with method, dataset, mean, std). Each candidate is fitted on the published training rows, draws as
many, and is measured by the published definitions, all in this process, on one thread where OMP_NUM_THREADS=1 says so. Results
go to the file of `--out` as they come: a run that was killed goes on where it ended, and only what changed (the generator's code,
its settings, the protocol) is measured again. At the end, and with `--write` alone, docs/leaderboard.md and the table in the
README are written from that file; docs/leaderboard.jsonl is the one the page was last written from, so that `--out` can go on with it.
XGBoost comes with the extra `benchmarks`; peers are measured where they are
installed, mostlyai-engine by the Python that `--python` names, for it asks for other versions than ours.
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import subprocess
import sys
import time
from functools import cache
from pathlib import Path
from typing import Any

from _leaderboard import candidates, measures, models
from _leaderboard.board import TABLES, Published
from _leaderboard.page import write
from _leaderboard.tables import SPECS, load

ROOT = Path(__file__).resolve().parent.parent
PAGE, README = ROOT / "docs" / "leaderboard.md", ROOT / "README.md"

PROTOCOL = 1
"""To be raised when a measure or a split changes: all results of another number are measured again."""

DEFAULT = ("independent", "autoregressive", "cart")


def measure(yard: measures.Yardstick, key: str, seed: int, python: str) -> dict[str, Any]:
    """Make a candidate's rows and measure them by everything that applies to it."""
    table = yard.table
    made = candidates.rows_of(key, table, seed, python)
    start = time.process_time()
    found: dict[str, float] = {
        "shape": measures.shape(yard, made.frame),
        "trend": measures.trend(yard, made.frame),
        "nmi": measures.kept_information(yard, made.frame),
    }
    found["lr"], found["xgb"] = models.told_from_train(table, made.frame, seed)
    found["alpha"], found["beta"] = measures.precision_and_recall(yard, made.frame)
    found["dcr002"], found["dcr005"] = measures.near_shares(yard, made.frame)
    if key != candidates.TEST:  # they would be asked about themselves
        gap = models.gap_to_test(table, made.frame, seed)
        found.update(gap_full=gap.full, gap_marginal=gap.marginal, gap_dependency=gap.dependency)
        found["mle"] = models.usefulness(table, made.frame, seed)
    return {"scores": found, "wall": made.wall, "cpu": made.cpu, "scoring_cpu": time.process_time() - start}


def run(options: argparse.Namespace) -> None:
    """Measure what the file of results does not hold yet: seed by seed, candidate by candidate, over all tables."""
    yards = cache(lambda name: measures.Yardstick(load(options.data / "tables", name)))
    done = {_place(row) for row in results(options.out)}
    for seed in range(options.seeds):
        for key in options.chosen:
            for name in options.tables:
                asked = {
                    "table": name,
                    "candidate": key,
                    "seed": seed,
                    "protocol": PROTOCOL,
                    **candidates.identity(key, options.python),
                }
                if _place(asked) in done:
                    continue
                row = {**asked, **measure(yards(name), key, seed, options.python), **circumstances()}
                with options.out.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(row) + "\n")
                scores = {name: round(value, 4) for name, value in row["scores"].items()}
                print(name, key, seed, f"{row['cpu'] or 0:.0f} s, scored in {row['scoring_cpu']:.0f} s", scores, flush=True)


def _place(row: dict[str, Any]) -> str:
    """Return what makes a result one of its kind."""
    return json.dumps([row[key] for key in ("table", "candidate", "seed", "protocol", "settings", "code")], sort_keys=True)


def results(path: Path) -> list[dict[str, Any]]:
    """Read what has been measured so far; a last line that a killed run left unfinished does not count."""
    rows = []
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    for number, line in enumerate(lines):
        try:
            rows.append(json.loads(line))
        except json.JSONDecodeError:
            if number < len(lines) - 1:
                raise SystemExit(
                    f"Line {number + 1} of {path} is no result; remove it, and what it held is measured again."
                ) from None
            path.write_text("".join(f"{kept}\n" for kept in lines[:-1]), encoding="utf-8")
    return rows


def circumstances() -> dict[str, Any]:
    """Return where and with what code a result was had."""
    import xgboost

    return {
        "commit": commit(),
        "hardware": hardware(),
        "xgboost": xgboost.__version__,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024,
        "when": time.strftime("%Y-%m-%d"),
    }


def commit() -> str:
    """Return the last commit that touched the package, with a plus where files have been changed since."""

    def said(*asked: str) -> str:
        return subprocess.run(
            ["git", *asked, "--", "synth_ui"], cwd=ROOT, capture_output=True, text=True, check=False
        ).stdout.strip()

    return said("log", "-1", "--format=%h") + ("+" if said("status", "--porcelain") else "")


def hardware() -> str:
    """Return the processor's name."""
    described = Path("/proc/cpuinfo")
    lines = described.read_text(encoding="utf-8").splitlines() if described.exists() else []
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--tables", default=",".join(TABLES), help="of " + ", ".join(SPECS))
    parser.add_argument("--generators", default=",".join([*candidates.CONTROLS, *DEFAULT]), help="generators and known rows")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument(
        "--peers", nargs="*", default=[], choices=sorted(candidates.PEERS), help="other packages, where installed"
    )
    parser.add_argument("--python", default=sys.executable, help="the Python in which mostlyai-engine is installed")
    parser.add_argument("--out", type=Path, default=Path("leaderboard.jsonl"), help="the file of results")
    parser.add_argument("--page", type=Path, default=PAGE)
    parser.add_argument("--readme", type=Path, default=README)
    parser.add_argument("--write", action="store_true", help="write the pages from the file of results, measure nothing")
    options = parser.parse_args()
    options.tables = options.tables.split(",")
    unknown = [name for name in options.tables if name not in SPECS]
    if unknown:
        parser.error(f"There is no public table {', '.join(unknown)}; there are {', '.join(SPECS)}.")
    absent = [reason for peer in options.peers if (reason := candidates.missing(peer, options.python))]
    if absent:
        parser.error(" ".join(absent))
    options.chosen = [*filter(None, options.generators.split(",")), *(candidates.PEERS[peer] for peer in options.peers)]
    return options


def main() -> None:
    """Measure, and write what was measured."""
    options = _options()
    if not options.write:
        run(options)
    rows = [row for row in results(options.out) if row["protocol"] == PROTOCOL]
    for line in write(rows, Published(options.data / "leaderboard"), options.page, options.readme):
        print(line)


if __name__ == "__main__":
    main()
