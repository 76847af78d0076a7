"""What each measure costs on tables of many shapes, and the model of `synth_ui.jobs.forecast.costs` fitted on it.

python benchmarks/scoring_cost.py measure --data FOLDER --out costs.jsonl [--only NAME]
python benchmarks/scoring_cost.py fit --out costs.jsonl
python benchmarks/scoring_cost.py check --out costs.jsonl

`measure` makes the four controls and one candidate of each table, scores them in as many runs as a race makes of it, and writes one
line per candidate and measure with its CPU seconds. `fit` writes synth_ui/jobs/forecast/_measured_costs.py. `check` says how far a model that has
not seen a table lies off on it, for whole candidates and controls.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from _tables import TARGETS

from synth_ui.core.context import Context
from synth_ui.core.score import CONTROLS
from synth_ui.core.table import Split, Table
from synth_ui.evaluation.cards import card as measures_of
from synth_ui.evaluation.controls import make_control, redraw_cells
from synth_ui.evaluation.evaluate import evaluate
from synth_ui.jobs.forecast.costs import ROLES, Shape, shape_of
from synth_ui.jobs.races.further_measures import batches
from synth_ui.measures.case import Shared
from synth_ui.tables.read import read
from synth_ui.tables.split import make_split

MORE_TARGETS = {"magic": "class", "credit_default": "default.payment.next.month", "beijing_pm25": "pm2.5", "penguins": "species",
                "german_credit_labels": "default", "king_county_missing": "price"}  # fmt: skip

SHAPES: tuple[tuple[str, tuple[int, ...]], ...] = (
    ("adult", (20_000, 4_000, 48_000, 1_000)),
    ("hotel_bookings", (10_000,)),
    ("diabetes_130us", (8_000,)),
    ("california_housing", (20_000, 3_000)),
    ("online_shoppers", (12_000,)),
    ("penguins", (344,)),
    ("telco_churn", (7_000,)),
    ("credit_default", (20_000,)),
    ("german_credit_labels", (1_000,)),
    ("magic", (19_000,)),
    ("king_county_missing", (8_000,)),
    ("beijing_pm25", (40_000,)),
    ("hotel_bookings", (40_000,)),
    ("adult-no-target", (10_000,)),
)
"""Tables, and how many of their rows."""


def table_of(folder: Path, name: str, rows: int) -> Table:
    """Read a table with its target, and draw rows with a fixed seed."""
    plain = name.removesuffix("-no-target")
    found = next(path for path in sorted(folder.glob(f"{plain}.*")) if path.suffix in (".csv", ".parquet"))
    table = read(found).table
    target = {**TARGETS, **MORE_TARGETS}.get(plain)
    if target and plain == name:
        table = Table(table.frame, table.schema.with_target(target), name)
    if rows >= len(table):
        return table
    return table.rows(np.sort(np.random.default_rng(5).choice(len(table), rows, replace=False)))


def candidates(split: Split) -> Iterator[tuple[str, Split, pd.DataFrame]]:
    """Yield the controls in the order of a race, then a candidate that is like the real table and no copy of it."""
    for key in CONTROLS:
        control = make_control(key, split, Context(seed=split.seed))
        yield key, control.split, control.frame
    yield "candidate", split, redraw_cells(split.train.frame, 0.5, Context(seed=1))


def measure(options: argparse.Namespace) -> None:
    """Score and write a line per candidate and measure."""
    done = {(row["table"], row["rows"], row["candidate"]) for row in lines(options.out)}
    for name, sizes in SHAPES:
        for rows in sizes if not options.only or options.only in name else ():
            split = make_split(table_of(options.data, name, rows))
            shape = vars(shape_of(split.schema, len(split.train), len(split.holdout), len(split.train)))
            with tempfile.TemporaryDirectory() as folder:
                for candidate, against, frame in candidates(split):
                    if (name, rows, candidate) not in done:
                        known = {"table": name, "rows": rows, "candidate": candidate, **shape}
                        _measure(options.out, known, against, frame, Path(folder))


def _measure(out: Path, known: dict[str, Any], against: Split, frame: pd.DataFrame, cache: Path) -> None:
    """Ask a candidate everything, as many runs as a race makes of it: each encodes anew."""
    began = time.perf_counter()
    with out.open("a") as file:
        for part in (measures_of("quick"), *batches("standard")):
            shared, start = Shared(against, cache_dir=cache), time.process_time()
            answers = evaluate(against, known["candidate"], frame, part, Context(seed=0, threads=1), shared)
            for one, outcome in zip(part, answers, strict=True):
                now = time.process_time()
                said = {
                    "measure": one.key,
                    "settings": one.settings(),
                    "cpu": now - start,
                    "status": str(outcome.scores[0].status),
                }
                file.write(json.dumps({**known, **said}) + "\n")
                start = now
    print(f"{known['table']} {known['rows']:,} {known['candidate']}: {time.perf_counter() - began:.1f} s", flush=True)


def lines(path: Path) -> list[dict[str, Any]]:
    """Read what has been measured."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


# --- the model ----------------------------------------------------------------------------------------------------

ROLE = {"control:independent": "first", "control:unseen": "unseen"}
SMALLEST, STIFFNESS = 0.003, 0.5
"""Seconds below which a measure costs nothing worth telling apart; how strongly slopes are drawn to those of `PRIOR`."""

PRIOR = (0.0, 0.4, 0.8, 0.1, 0.3, 0.0, 0.0)


def named(row: dict[str, Any], quick: dict[str, Any]) -> str:
    """Return the name of a measure in the model."""
    later = {measure.key for batch in batches("standard") for measure in batch}
    return (
        f"{row['measure']}@quick" if quick.get(row["measure"]) == row["settings"] and row["measure"] in later else row["measure"]
    )


def fitted(rows: list[dict[str, Any]]) -> dict[str, tuple[float, ...]]:
    """Fit every measure: slopes by ridge towards a prior, then how much more the first and the unseen control pay."""
    quick = {measure.key: measure.settings() for measure in measures_of("quick")}
    found: dict[str, tuple[float, ...]] = {}
    for name in dict.fromkeys(named(row, quick) for row in rows):
        own = [row for row in rows if named(row, quick) == name and row["status"] != "failed"]
        x = np.array([(*shape(row).features, *(float(role(row) == one) for one in ROLES[1:])) for row in own])
        y = np.log(np.array([row["cpu"] for row in own]) + SMALLEST)
        stiff = np.array([1e-6, *[STIFFNESS] * (len(PRIOR) - 1), 1e-6, 1e-6]) * np.sqrt(len(own))
        prior = np.array([*PRIOR, 0.0, 0.0])
        slopes = np.linalg.solve(x.T @ x + np.diag(stiff), x.T @ y + stiff * prior)
        found[name] = tuple(round(float(slope), 3) for slope in slopes)
    return found


def shape(row: dict[str, Any]) -> Shape:
    """Return the shape of a measured candidate."""
    return Shape(**{name: row[name] for name in ("train", "holdout", "made", "columns", "levels", "classes")})


def role(row: dict[str, Any]) -> str:
    """Return what a measured candidate paid for."""
    return ROLE.get(row["candidate"], "candidate")


def predicted(row: dict[str, Any], model: dict[str, tuple[float, ...]], quick: dict[str, Any]) -> float:
    """Return what a model expects of a measured row."""
    *slopes, first, unseen = model[named(row, quick)]
    extra = {"candidate": 0.0, "first": first, "unseen": unseen}[role(row)]
    return float(np.exp(np.dot(slopes, shape(row).features) + extra))


def check(rows: list[dict[str, Any]]) -> None:
    """Print, per table, what a model without it expects of all candidates and controls together, over what they took."""
    quick = {measure.key: measure.settings() for measure in measures_of("quick")}
    for name in dict.fromkeys(row["table"] for row in rows):
        model = fitted([row for row in rows if row["table"] != name])
        for size in dict.fromkeys(row["rows"] for row in rows if row["table"] == name):
            own = [row for row in rows if (row["table"], row["rows"]) == (name, size) and named(row, quick) in model]
            by_role = {one: [row for row in own if role(row) == one] for one in ROLES}
            said = {
                one: (sum(predicted(r, model, quick) for r in mine), sum(r["cpu"] for r in mine)) for one, mine in by_role.items()
            }
            whole = [sum(pair[0] for pair in said.values()), sum(pair[1] for pair in said.values())]
            parts = "  ".join(f"{one} {a:.1f} of {b:.1f} s" for one, (a, b) in said.items())
            print(f"{name:24s} {size:8,}  {whole[0] / whole[1]:5.2f}   {parts}")


def write(model: dict[str, tuple[float, ...]]) -> None:
    """Write the module of coefficients."""
    lines = "".join(f'    "{name}": {values},\n' for name, values in sorted(model.items()))
    path = Path(__file__).parent.parent / "synth_ui" / "jobs" / "forecast" / "_measured_costs.py"
    path.write_text(
        '"""Made by `benchmarks/scoring_cost.py fit`: per measure the slopes of `Shape.features`, then what the first candidate of a split and '
        'the control of unseen rows pay more (logarithms)."""\n\nfrom collections.abc import Mapping\n\n'
        f"COEFFICIENTS: Mapping[str, tuple[float, ...]] = {{\n{lines}}}  # fmt: skip\n"
    )


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("measure", "fit", "check"))
    parser.add_argument("--data", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--only")
    options = parser.parse_args()
    if options.what == "measure":
        measure(options)
    elif options.what == "fit":
        write(fitted(lines(options.out)))
    else:
        check(lines(options.out))


if __name__ == "__main__":
    main()
