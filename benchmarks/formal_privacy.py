"""What a privacy budget buys: each formally private generator on real tables, at several ε, over several seeds, peers beside it.

python benchmarks/formal_privacy.py --data FOLDER [--tables adult,online_shoppers] [--epsilons 0.1,0.3,1,3,10] [--generators a,b]
                                    [--seeds 1,2] [--rows N] [--peers aim,mst --python PATH] [--results FILE.jsonl] [--write]

Each is fitted on one half of the table (seed 11) and scored against the other by the product's own measures. Bounds and levels are
read from the table, which the budget does not pay for. Peers are AIM and MST as dpmm has them, run by the Python of an environment
with dpmm (it asks for another numpy); they get the same ε, δ and cells made from the same bounds, and their cells are turned back
into values as ours are. Results are kept in the file of results, so that a run that was stopped goes on where it ended; `--write`
prints what it holds as a table, means over the seeds.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from _tables import Clock, load, results, scores, split_of

from synth_ui.core.context import Context
from synth_ui.core.table import Table
from synth_ui.generators._preparation.prepare import PreparedSampler
from synth_ui.generators.catalogue import generator_of
from synth_ui.generators.formal_privacy._accounting import delta_for
from synth_ui.generators.formal_privacy._generator import CellModel, _Decoded
from synth_ui.generators.formal_privacy._noisy_counts import Codes
from synth_ui.generators.formal_privacy._schema_cells import of_schema
from synth_ui.jobs.runs.make import make
from synth_ui.measures.case import Shared

GENERATORS = "dp_marginals,privbayes,pate_gan,dp_gan"
KEYS = ("margins", "pairs", "detectability", "tstr", "dcr_share", "membership", "leakage_index")
SPLIT_SEED = 11
PEERS = ("aim", "mst")
PEER = Path(__file__).with_name("_dpmm_peer.py")


@dataclass(frozen=True)
class Made:
    """Rows, the CPU seconds that fitting and drawing took, and what the maker's name should say beside its key."""

    frame: pd.DataFrame
    seconds: float
    version: str = ""


def of_ours(key: str, train: Table, epsilon: float, seed: int) -> Made:
    """Fit a generator of ours and draw as many rows as it saw."""
    clock = Clock()
    made = make(generator_of(key, {"epsilon": epsilon}), train, len(train), Context(seed=seed))
    return Made(made.frame, clock.lap())


class _Drawn(CellModel):
    keeps = "rows a peer has drawn"

    def __init__(self, codes: Codes) -> None:
        self.codes = codes

    def draw(self, n: int, context: Context) -> list[Codes]:
        """Return the rows as they were drawn."""
        return list(self.codes[:n].T)


def of_a_peer(key: str, train: Table, epsilon: float, seed: int, options: argparse.Namespace) -> Made:
    """Fit AIM or MST on the cells of the table, in the Python that has it, and draw as many rows as it saw."""
    public = of_schema(train, options.peer_bins, Context())
    problem = {
        "codes": np.column_stack(public.codes), "sizes": np.array(public.sizes), "peer": key, "seed": seed, "epsilon": epsilon,
        "delta": delta_for(0, public.rows), "steps": options.peer_steps, "model_mb": options.peer_megabytes,
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        given, drawn = Path(folder) / "problem.npz", Path(folder) / "made.npz"
        np.savez(given, **problem)
        environment = {**os.environ, "PYTHONPATH": ""}
        done = subprocess.run([options.python, PEER, given, drawn], capture_output=True, text=True, check=False, env=environment)
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["without a word"])[-1]
            raise SystemExit(f"{key} failed: {last}\nGive with --python the Python of an environment that has dpmm 0.1.9.")
        with np.load(drawn) as held:
            codes, seconds, version = held["codes"], float(held["seconds"]), str(held["version"])
    sampler = PreparedSampler(public.layout, _Decoded(public.cells, _Drawn(codes)))
    return Made(sampler(len(codes), Context(seed=seed)), seconds, f"dpmm {version}")


def run(options: argparse.Namespace) -> None:
    """Run what the file of results does not hold yet: seed by seed, all candidates at all ε, over all tables."""
    done = {place(row) for row in results(options.results)}
    keys = [key for key in (*options.generators.split(","), *options.peers.split(",")) if key]
    for table in options.tables.split(","):
        split = split_of(load(options.data, table, options.rows), SPLIT_SEED)
        shared = Shared(split)
        for seed, epsilon, key in itertools.product(
            map(int, options.seeds.split(",")), map(float, options.epsilons.split(",")), keys
        ):
            row: dict[str, Any] = {
                "table": table, "rows": len(split.train), "generator": key, "epsilon": epsilon, "seed": seed,
            }  # fmt: skip
            if place(row) in done:
                continue
            made = (
                of_a_peer(key, split.train, epsilon, seed, options) if key in PEERS else of_ours(key, split.train, epsilon, seed)
            )
            row |= {"seconds": made.seconds, "version": made.version, **scores(split, made.frame, KEYS, shared)}
            with options.results.open("a") as file:
                file.write(json.dumps(row) + "\n")
            print(json.dumps(row), flush=True)


def place(row: dict[str, Any]) -> tuple[Any, ...]:
    """Return what tells results apart."""
    return tuple(row[name] for name in ("table", "rows", "generator", "epsilon", "seed"))


def markdown(rows: list[dict[str, Any]]) -> str:
    """Write a table per real table, one line per ε and generator: means over the seeds, the largest leakage index."""
    return "\n\n".join(
        f"## {table}\n\n{part['rows'].iloc[0]:,} training rows.\n\n{_lines(part)}"
        for (table, _), part in pd.DataFrame(rows).groupby(["table", "rows"], sort=False)
    )


def _lines(rows: pd.DataFrame) -> str:
    lines = [
        "| generator | ε | seeds | usefulness kept, lowest to highest | columns | pairs | detectability | DCR share | membership "
        "| leakage index, highest | CPU s |",
        "|---" * 11 + "|",
    ]
    for (epsilon, key), part in rows.groupby(["epsilon", "generator"], sort=True):
        kept = f"{part['tstr'].mean():.3f} ({part['tstr'].min():.3f} to {part['tstr'].max():.3f})"
        means = [f"{part[name].mean():.3f}" for name in ("margins", "pairs", "detectability", "dcr_share", "membership")]
        cells = [f"`{key}`", f"{epsilon:g}", str(len(part)), kept, *means, f"{part['leakage_index'].max():.2f}"]
        lines.append("| " + " | ".join([*cells, f"{part['seconds'].mean():.0f}"]) + " |")
    return "\n".join(lines)


def main() -> None:
    """Measure, or print what was measured."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--data", type=Path)
    options.add_argument("--tables", default="adult")
    options.add_argument("--epsilons", default="0.1,0.3,1,3,10")
    options.add_argument("--generators", default=GENERATORS)
    options.add_argument("--seeds", default="1,2")
    options.add_argument("--rows", type=int)
    options.add_argument("--peers", default="", help="aim, mst or both, separated by a comma")
    options.add_argument("--python", default=sys.executable, help="the Python that has dpmm")
    options.add_argument("--peer-bins", type=int, default=32, help="equal stretches a number is cut into for the peers")
    options.add_argument("--peer-steps", type=int, default=1_000, help="steps of one estimate of the peers")
    options.add_argument("--peer-megabytes", type=float, default=80.0, help="the largest model of AIM")
    options.add_argument("--results", type=Path, default=Path("formal_privacy.jsonl"))
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
