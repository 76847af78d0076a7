"""Scores the published synthetic sets of a folder, controls first: the figures, the seconds, and sdmetrics' report beside them.

python benchmarks/card.py --data FOLDER [--table adult] [--card standard] [--rows N]

FOLDER holds TABLE_trn.csv.gz, TABLE_hol.csv.gz and TABLE_<name>.csv.gz, one per synthetic set.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import pandas as pd

from synth_ui.core.context import Context
from synth_ui.core.score import CONTROLS, scores_frame
from synth_ui.core.table import Split, Table, cast
from synth_ui.evaluation.cards import card
from synth_ui.evaluation.evaluate import evaluate, evaluate_control
from synth_ui.measures.case import Shared
from synth_ui.tables.read import read

TARGETS = {"adult": "income", "online-shoppers": "Revenue"}


def load(folder: Path, table: str, rows: int | None) -> Split:
    """Read train and holdout under one schema, inferred on both."""
    parts = [read(folder / f"{table}_{half}.csv.gz").table for half in ("trn", "hol")]
    train, holdout = (to_text(folder / f"{table}_{half}.csv.gz") for half in ("trn", "hol"))
    both = read(pd.concat([train, holdout], ignore_index=True), name=table).table
    schema = both.schema.with_target(TARGETS[table])
    cut = len(parts[0])
    halves = [both.frame.iloc[:cut], both.frame.iloc[cut:]]
    if rows:
        halves = [half.sample(rows, random_state=0) for half in halves]
    frames = [half.reset_index(drop=True) for half in halves]
    return Split(Table(frames[0], schema, table), Table(frames[1], schema, table))


def to_text(path: Path) -> pd.DataFrame:
    """Read a file as text, so that both halves get one schema."""
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def report(name: str, scores: list, seconds: float) -> pd.DataFrame:
    """Print one candidate's line and return its rows."""
    frame = scores_frame(scores)
    values = frame.set_index("measure")["value"]
    wanted = ["margins", "pairs", "dependence", "detectability", "tstr", "tstr.auc", "copies", "dcr_share", "membership",
              "membership.tpr_at_0.1%", "leakage_index", "sdmetrics_quality"]  # fmt: skip
    shown = "  ".join(f"{key} {values[key]:.4f}" for key in wanted if key in values.index and pd.notna(values[key]))
    print(f"{name:34s} {seconds:6.1f} s  {shown}", flush=True)
    return frame


def sdmetrics_seconds(split: Split, synthetic: pd.DataFrame) -> float:
    """Return what sdmetrics' own quality report takes on the same tables."""
    from synth_ui.measures.case import Case
    from synth_ui.measures.fidelity.sdmetrics_quality import SdmetricsQuality

    began = time.perf_counter()
    SdmetricsQuality().measure(Case(split, cast(synthetic, split.schema)[0], Shared(split)), Context())
    return time.perf_counter() - began


def main() -> None:
    """Score every set of the folder and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--table", default="adult", choices=sorted(TARGETS))
    parser.add_argument("--card", default="standard")
    parser.add_argument("--rows", type=int, help="a seeded sample of this many rows of each half")
    parser.add_argument("--threads", type=int, default=1, help="the product gives each run one thread")
    parser.add_argument("--only", help="only the sets whose name contains this")
    options = parser.parse_args()
    split = load(options.data, options.table, options.rows)
    measures, shared, context = card(options.card), Shared(split), Context(seed=0, threads=options.threads)
    began = time.perf_counter()
    for key in CONTROLS:
        start = time.perf_counter()
        outcomes = list(evaluate_control(split, key, measures, context, shared))
        report(key, [score for outcome in outcomes for score in outcome.scores], time.perf_counter() - start)
    print(f"controls together {time.perf_counter() - began:.1f} s")
    for path in sorted(options.data.glob(f"{options.table}_*.csv.gz")):
        name = path.name.removeprefix(f"{options.table}_").removesuffix(".csv.gz")
        if name in ("trn", "hol") or (options.only and options.only not in name):
            continue
        synthetic = to_text(path)
        start = time.perf_counter()
        outcomes = list(evaluate(split, f"file:{name}", synthetic, measures, context, shared))
        report(name, [score for outcome in outcomes for score in outcome.scores], time.perf_counter() - start)


if __name__ == "__main__":
    main()
