"""What a privacy budget buys: each formally private generator on one real table, at several ε, over several seeds.

python benchmarks/epsilon.py --data FOLDER [--table adult] [--epsilons 0.1,0.3,1,3,10] [--generators a,b] [--seeds 1,2]
                             [--rows N] [--results FILE.jsonl] [--write]

Each is fitted on one half of the table (seed 11) and scored against the other by the product's own measures. Bounds and levels are
read from the table, which the budget does not pay for. Results are kept in the file of results, so that a run that was stopped
goes on where it ended; `--write` prints what it holds as a table, means over the seeds.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import pandas as pd
from _tables import Clock, load, results, scores, split_of

from synth_ui.core.context import Context
from synth_ui.generators.catalogue import generator_of
from synth_ui.jobs.runs.make import make
from synth_ui.measures.case import Shared

GENERATORS = "dp_marginals,privbayes,pate_gan,dp_gan"
KEYS = ("pairs", "detectability", "tstr", "dcr_share", "membership", "leakage_index")
SPLIT_SEED = 11


def run(options: argparse.Namespace) -> None:
    """Run what the file of results does not hold yet."""
    split = split_of(load(options.data, options.table, options.rows), SPLIT_SEED)
    shared = Shared(split)
    done = {(row["table"], row["rows"], row["generator"], row["epsilon"], row["seed"]) for row in results(options.results)}
    for key in options.generators.split(","):
        for epsilon in map(float, options.epsilons.split(",")):
            for seed in map(int, options.seeds.split(",")):
                what = (options.table, len(split.train), key, epsilon, seed)
                if what in done:
                    continue
                clock = Clock()
                made = make(generator_of(key, {"epsilon": epsilon}), split.train, len(split.train), Context(seed=seed))
                row: dict[str, Any] = dict(zip(("table", "rows", "generator", "epsilon", "seed"), what, strict=True))
                row |= {"seconds": clock.lap(), **scores(split, made.frame, KEYS, shared)}
                with options.results.open("a") as file:
                    file.write(json.dumps(row) + "\n")
                print(json.dumps(row), flush=True)


def markdown(rows: list[dict[str, Any]]) -> str:
    """Write one line per generator and ε: means over the seeds, the largest leakage index, the lowest and highest skill kept."""
    frame = pd.DataFrame(rows)
    lines = [
        "| generator | ε | seeds | TSTR kept, lowest to highest | pairs | detectability | DCR share | membership | leakage index, highest | CPU s |",
        "|---" * 10 + "|",
    ]
    for (key, epsilon), part in frame.groupby(["generator", "epsilon"], sort=False):
        kept = f"{part['tstr'].mean():.3f} ({part['tstr'].min():.3f} to {part['tstr'].max():.3f})"
        means = [f"{part[name].mean():.3f}" for name in ("pairs", "detectability", "dcr_share", "membership")]
        cells = [f"`{key}`", f"{epsilon:g}", str(len(part)), kept, *means, f"{part['leakage_index'].max():.2f}"]
        lines.append("| " + " | ".join([*cells, f"{part['seconds'].mean():.0f}"]) + " |")
    return "\n".join(lines)


def main() -> None:
    """Measure, or print what was measured."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--data", type=Path)
    options.add_argument("--table", default="adult")
    options.add_argument("--epsilons", default="0.1,0.3,1,3,10")
    options.add_argument("--generators", default=GENERATORS)
    options.add_argument("--seeds", default="1,2")
    options.add_argument("--rows", type=int)
    options.add_argument("--results", type=Path, default=Path("epsilon.jsonl"))
    options.add_argument("--write", action="store_true", help="print the table of the results instead of measuring")
    chosen = options.parse_args()
    if chosen.write:
        print(markdown(results(chosen.results)))
        return
    if chosen.data is None:
        options.error("--data is needed to measure")
    run(chosen)


if __name__ == "__main__":
    main()
