"""Our Gaussian copula against SDV's on one table: seconds to fit and to sample, and how like the holdout's the two-way tables are.

python benchmarks/copula.py --data FILE [--rows 10000 50000 200000] [--repeats 3] [--threads 1]

A third of the table is held out. Train rows come from the rest, drawn with replacement where it has too few; as many are made.
Both generators have been run once before, so that imports are not counted. Seconds are medians over the repeats.
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path

import numpy as np
import pandas as pd

from synth_ui.core.context import Context
from synth_ui.core.table import Split, Table
from synth_ui.generators.base import generators
from synth_ui.measures.base import measures
from synth_ui.measures.case import Case, Shared
from synth_ui.tables.read import read

KEYS = ("gaussian_copula", "sdv_gaussian_copula")


def cut(table: Table, rows: int) -> Split:
    """Hold out a third, at most `rows`; draw `rows` train rows from the rest."""
    rng = np.random.default_rng(0)
    order = rng.permutation(len(table))
    third = len(order) // 3
    rest = order[third:]
    chosen = rest[:rows] if len(rest) >= rows else rng.choice(rest, rows)
    return Split(table.rows(chosen), table.rows(order[: min(third, rows)]))


def run(key: str, split: Split, threads: int) -> tuple[float, float, pd.DataFrame]:
    """Fit and sample once; return the seconds of each and the rows."""
    context = Context(seed=1, threads=threads)
    start = time.perf_counter()
    sampler = generators()[key].from_settings().fit(split.train, context)
    fitted = time.perf_counter()
    frame = sampler(len(split.train), context)
    return fitted - start, time.perf_counter() - fitted, frame


def pairs_score(split: Split, frame: pd.DataFrame) -> float:
    """Return the headline of the measure `pairs`."""
    case = Case(split, frame, Shared(split))
    return measures()["pairs"].from_settings().measure(case, Context()).headline.value


def main() -> None:
    """Print one line per size and generator, and the ratio."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--data", type=Path, required=True)
    options.add_argument("--rows", type=int, nargs="+", default=[10_000, 50_000, 200_000])
    options.add_argument("--repeats", type=int, default=3)
    options.add_argument("--threads", type=int, default=1)
    chosen = options.parse_args()
    table = read(chosen.data).table
    print(f"{chosen.data.name}: {len(table):,} rows × {len(table.schema.modelled)} modelled columns, {chosen.threads} threads")
    for key in KEYS:
        run(key, cut(table, 500), chosen.threads)
    for rows in chosen.rows:
        split, totals = cut(table, rows), []
        for key in KEYS:
            runs = [run(key, split, chosen.threads) for _ in range(chosen.repeats)]
            fit, sample = (statistics.median(one[place] for one in runs) for place in (0, 1))
            totals.append(fit + sample)
            score = pairs_score(split, runs[0][2])
            print(f"{rows:>8,} rows  {key:20s} fit {fit:7.2f} s  sample {sample:6.2f} s  pairs {score:.4f}", flush=True)
        print(f"{rows:>8,} rows  {totals[1] / totals[0]:.1f} times as fast", flush=True)


if __name__ == "__main__":
    main()
