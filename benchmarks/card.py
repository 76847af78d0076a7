"""Scores the published synthetic sets of a folder, controls first: the figures, the seconds, and sdmetrics' report beside them.

python benchmarks/card.py --data FOLDER [--table adult] [--card standard] [--rows N] [--large 1000000]
python benchmarks/card.py --sample adult --rows 20000 [--generators cart,bayes_net] [--keep FILE] [--against FILE]

FOLDER holds TABLE_trn.csv.gz, TABLE_hol.csv.gz and TABLE_<name>.csv.gz, one per synthetic set. After the sets come the seconds of
each measure (median over the sets) and of sdmetrics' report on the same tables, and the most memory held. With --large the rows of
both halves and of one candidate are multiplied first: rows drawn anew, three cells in ten redrawn from their column.

With --sample a sample table is cut in halves, and every control and candidate is scored in a process of its own, one after the other,
as the workers of a race do: what belongs to the split is found on disk. Then come the CPU seconds per measure and candidate. --keep
leaves every number in a file; --against names what has changed since, by more than one in a thousand million.
"""

from __future__ import annotations

import argparse
import multiprocessing
import pickle
import resource
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from synth_ui.core.cast import cast
from synth_ui.core.context import Context
from synth_ui.core.score import CONTROLS, Score, scores_frame
from synth_ui.core.table import Split, Table
from synth_ui.evaluation.cards import card
from synth_ui.evaluation.evaluate import Measured, evaluate, evaluate_control
from synth_ui.jobs.execution.machine import THREADS
from synth_ui.jobs.runs.split_values import StoredShared
from synth_ui.measures.base import Measure
from synth_ui.measures.case import Shared
from synth_ui.store.workspace import Workspace
from synth_ui.tables.read import read
from synth_ui.tables.samples import load_sample
from synth_ui.tables.split import make_split

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


def report(name: str, scores: list[Score], seconds: float) -> pd.DataFrame:
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


def in_processes(options: argparse.Namespace) -> None:
    """Score the controls and some generators' rows of a sample, each in its own process, and print CPU seconds by measure."""
    from synth_ui.generators.catalogue import generator_of
    from synth_ui.jobs.runs.make import make

    split = make_split(load_sample(options.sample, rows=options.rows).table)
    made = {key: make(generator_of(key), split.train, len(split.train), Context()).frame for key in options.generators.split(",")}
    first, *others = made
    found, measures = {}, card(options.card)
    with tempfile.TemporaryDirectory() as folder:
        for key in (first, *CONTROLS, *others):
            path = Path(folder) / "outcomes.pickle"
            work = multiprocessing.get_context("fork").Process(
                target=_score_one, args=(split, key, made.get(key), measures, Path(folder) / "cache", path)
            )
            work.start()
            work.join()
            found[key] = pickle.loads(path.read_bytes())
    table = pd.DataFrame({key: {measure: seconds for measure, (seconds, _) in one.items()} for key, one in found.items()})
    table = table.assign(all=table.sum(axis=1)).sort_values("all", ascending=False)
    table.loc["all"] = table.sum()
    print(f"CPU seconds, {len(split.train):,} training rows\n{table.round(2).to_string()}")
    if options.keep:
        options.keep.write_bytes(pickle.dumps(found))
    if options.against:
        print("\n".join(changes(pickle.loads(options.against.read_bytes()), found)) or "No number has changed.")


def _score_one(
    split: Split, key: str, frame: pd.DataFrame | None, measures: tuple[Measure, ...], cache: Path, path: Path
) -> None:
    context, shared = Context(split.seed), StoredShared(split, workspace=Workspace.open(cache, hold=False))
    found: dict[str, tuple[float, Measured]] = {}
    with threadpool_limits(limits=THREADS):
        spent = time.process_time()
        outcomes = (
            evaluate_control(split, key, measures, context, shared)
            if frame is None
            else evaluate(split, key, frame, measures, context, shared)
        )
        for outcome in outcomes:
            found[outcome.measure] = (time.process_time() - spent, outcome)
            spent = time.process_time()
    path.write_bytes(pickle.dumps(found))


def changes(
    before: dict[str, dict[str, tuple[float, Measured]]], now: dict[str, dict[str, tuple[float, Measured]]]
) -> Iterator[str]:
    """Yield a line per number that was there before and is not the same now."""
    for key, measure in [(candidate, asked) for candidate, outcomes in before.items() for asked in outcomes]:
        sides = [{score.measure: score for score in found[key][measure][1].scores} for found in (before, now)]
        for name, old in sides[0].items():
            new = sides[1].get(name)
            for end in ("value", "low", "high"):
                was, is_now = getattr(old, end), getattr(new, end, None)
                if was is not None and (is_now is None or abs(was - is_now) > 1e-9):
                    yield f"{key:22s} {name:28s} {end:5s} {was} {is_now}"


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--data", type=Path)
    source.add_argument("--sample", help="a sample table instead of a folder")
    parser.add_argument(
        "--generators", default="cart,gaussian_copula,bayes_net,dp_marginals", help="whose rows of a sample are scored"
    )
    parser.add_argument("--keep", type=Path, help="leave every number of a sample in this file")
    parser.add_argument("--against", type=Path, help="compare with the numbers that --keep left in this file")
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
    if options.sample:
        in_processes(options)
        return
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
