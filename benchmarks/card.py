"""Scores the published synthetic sets of a folder, controls first: the figures, the seconds, and sdmetrics' report beside them.

python benchmarks/card.py --data FOLDER [--table adult] [--card standard] [--rows N] [--large 1000000]

FOLDER holds TABLE_trn.csv.gz, TABLE_hol.csv.gz and TABLE_<name>.csv.gz, one per synthetic set. After the sets come the seconds of
each measure (median over the sets) and of sdmetrics' report on the same tables, and the most memory held. With --large the rows of
both halves and of one candidate are multiplied first: rows drawn anew, three cells in ten redrawn from their column.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
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
    """Return what sdmetrics' own quality report takes on the same tables, by its settings."""
    from sdmetrics.reports.single_table import QualityReport

    real, made = (pd.DataFrame(frame).astype({column.name: object for column in split.schema.modelled if column.kind.discrete})
                  for frame in (split.holdout.frame, cast(synthetic, split.schema)[0]))  # fmt: skip
    columns = {column.name: {"sdtype": "numerical" if column.kind.numeric else "categorical"} for column in split.schema.modelled}
    began = time.perf_counter()
    QualityReport().generate(real[list(columns)], made[list(columns)], {"columns": columns}, verbose=False)
    return time.perf_counter() - began


def enlarged(frame: pd.DataFrame, rows: int, seed: int) -> pd.DataFrame:
    """Draw rows anew and redraw three cells in ten from their own column, so that few rows are equal."""
    rng = np.random.default_rng(seed)
    base = rng.integers(0, len(frame), rows)
    return pd.DataFrame(
        {
            name: frame[name].iloc[np.where(rng.random(rows) < 0.3, rng.integers(0, len(frame), rows), base)].array
            for name in frame
        }
    )


def sets(options: argparse.Namespace, split: Split) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the candidates: the published sets, or one as large as the halves."""
    if options.large:
        yield f"{options.large:,} rows", enlarged(split.train.frame, options.large, 3)
        return
    for path in sorted(options.data.glob(f"{options.table}_*.csv.gz")):
        name = path.name.removeprefix(f"{options.table}_").removesuffix(".csv.gz")
        if name not in ("trn", "hol") and (not options.only or options.only in name):
            yield name, to_text(path)


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--table", default="adult", choices=sorted(TARGETS))
    parser.add_argument("--card", default="standard")
    parser.add_argument("--rows", type=int, help="a seeded sample of this many rows of each half")
    parser.add_argument("--large", type=int, help="multiply both halves to this many rows each and score one candidate")
    parser.add_argument("--threads", type=int, default=1, help="the product gives each run one thread")
    parser.add_argument("--no-controls", action="store_true", help="score the sets only")
    parser.add_argument("--only", help="only the sets whose name contains this")
    return parser.parse_args()


def main() -> None:
    """Score every set of the folder and print the table."""
    options = arguments()
    split = load(options.data, options.table, options.rows)
    if options.large:
        train, holdout = (
            Table(enlarged(half.frame, options.large, seed), half.schema, half.name)
            for seed, half in enumerate([split.train, split.holdout])
        )
        split = Split(train, holdout)
    measures, shared, context = card(options.card), Shared(split), Context(seed=0, threads=options.threads)
    seconds: dict[str, list[float]] = {}
    began = time.perf_counter()
    for key in () if options.no_controls else CONTROLS:
        start = time.perf_counter()
        outcomes = list(evaluate_control(split, key, measures, context, shared))
        report(key, [score for outcome in outcomes for score in outcome.scores], time.perf_counter() - start)
    print(f"controls together {time.perf_counter() - began:.1f} s")
    last = None
    for name, synthetic in sets(options, split):
        start = time.perf_counter()
        outcomes = list(evaluate(split, f"file:{name}", synthetic, measures, context, shared))
        report(name, [score for outcome in outcomes for score in outcome.scores], time.perf_counter() - start)
        for outcome in outcomes:
            seconds.setdefault(outcome.scores[0].measure, []).append(outcome.scores[0].seconds)
        last = synthetic
    print("\nSeconds by measure, median over the sets:")
    for name, spent in sorted(seconds.items(), key=lambda item: -statistics.median(item[1])):
        print(f"  {name:22s} {statistics.median(spent):6.2f}")
    if last is not None:
        print(f"  sdmetrics' QualityReport by itself {sdmetrics_seconds(split, last):.2f}")
    print(f"most memory held: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB")


if __name__ == "__main__":
    main()
