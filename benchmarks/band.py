"""Do other real rows fall where the green band says, and do worse ones fall outside it?

python benchmarks/band.py --results FILE.jsonl [--data FOLDER] [--seeds 10] [--tables penguins,adult] [--measures pairs,tstr]
                          [--write docs/calibration.md]

For each seed each table is sampled and split anew, and then are asked: the training rows and unseen real rows (the controls), as many
further rows of the table as train has (another real sample, where the table has so many), the training rows with a tenth of
them made independent columns, and independent columns. Counted is how often each lies within the band. Three samples come with
the package and a wide table is made; `--data` names a folder with further ones. Results are kept in the file of results, so that a
run that was stopped goes on where it ended; `--seeds 0` only reads.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from _tables import load, results
from calibration import BAND as HEADING

from synth_ui.core.context import Context
from synth_ui.core.score import SCORE_COLUMNS, Status
from synth_ui.core.table import Column, Kind, Role, Schema, Split, Table
from synth_ui.evaluation.calibrate import calibrate
from synth_ui.evaluation.cards import card_settings, known_measures
from synth_ui.evaluation.evaluate import Measured, evaluate, evaluate_control
from synth_ui.measures.base import FAMILIES, Measure
from synth_ui.measures.case import Shared
from synth_ui.tables.samples import load_sample
from synth_ui.tables.split import make_split

ROWS = {"penguins": 344, "adult": 4_000, "flights": 4_000, "wide": 5_000, "online_shoppers": 5_000, "diabetes_130us": 5_000}
"""The tables, with how many of their rows are split in two."""

SAMPLES, MADE = ("penguins", "adult", "flights"), "wide"
TRAIN, UNSEEN, INDEPENDENT = "control:train", "control:unseen", "control:independent"
ANOTHER, WORSE = "another sample", "a tenth independent"

ASKED = tuple(
    key for key in card_settings("standard") if known_measures()[key].family != "privacy" and key not in ("sdmetrics_quality",)
)
"""What is drawn on a scale of likeness, usefulness or fairness and has an interval."""

SETTINGS: dict[str, dict[str, Any]] = {"detectability": {**card_settings("quick")["detectability"]}}
"""As in a race's first card, where they differ from the defaults."""

INTRODUCTION = """
Written by `benchmarks/band.py`. The green band of a scale says where other real rows fall, as many as there are training rows: in 95
of 100 cases. Tables are sampled and split anew for each of {seeds} seeds: {tables}. Within the band were, of the cases counted:

- *Unseen*: the control of unseen real rows.
- *Another*: as many further rows of the same table, in neither half, scored as a candidate is. Small tables have none.
- *A tenth worse*: training rows, a tenth of them replaced by rows of independent columns: what a measure should not let pass.
- *Independent*: independent columns. A measure that finds them within the band is blind to relationships, as `margins` is by design.
- *Width*: half of the band's width, in units of the scale from its floor to its ceiling; median over tables and seeds.
"""

HEADER = """
| measure | unseen | another | a tenth worse | independent | width |
|---|---|---|---|---|---|"""


def wide(rows: int, seed: int) -> Table:
    """Make a table of 55 columns that five hidden numbers tie together: 30 numbers, 20 categories, four booleans, a target."""
    rng = np.random.default_rng((55, seed))
    law = np.random.default_rng(55)  # the same for every seed: only the rows differ
    hidden = rng.standard_normal((rows, 5))
    columns: dict[str, Any] = {}
    schema = []
    for number in range(55):
        weights = law.standard_normal(5) * (law.random(5) < 0.5)
        value = hidden @ weights + law.uniform(0.3, 1.5) * rng.standard_normal(rows)
        levels = int(law.integers(2, 13))
        name = f"c{number:02}"
        if number < 30:
            columns[name] = np.round(np.exp(value / 2) * 100 if number % 3 == 0 else 50 + 10 * value, 1)
            schema.append(Column(name, Kind.NUMBER, decimals=1))
        elif number < 50:
            names = tuple(f"l{level:02}" for level in range(levels))
            cuts = np.sort(law.standard_normal(levels - 1))
            columns[name] = pd.Categorical.from_codes(np.searchsorted(cuts, value), categories=list(names))
            schema.append(Column(name, Kind.CATEGORY, levels=names))
        else:
            columns[name] = value > law.uniform(-1, 1)
            schema.append(Column(name, Kind.BOOLEAN, role=Role.TARGET if number == 54 else Role.FEATURE))
    return Table(pd.DataFrame(columns), Schema(tuple(schema)), "wide")


def drawn(name: str, seed: int, data: Path | None) -> tuple[Table, pd.DataFrame | None]:
    """Return the rows that are split, and as many others as train will have, where there are so many."""
    rows = ROWS[name]
    if name == MADE:
        whole = wide(rows + rows // 2, seed)
    elif name in SAMPLES:
        whole = load_sample(name).table
    else:
        assert data is not None
        whole = load(data, name)
    order = np.random.default_rng((7, seed)).permutation(len(whole))
    others = order[rows : rows + rows // 2]
    return whole.rows(np.sort(order[:rows])), whole.rows(others).frame if len(others) == rows // 2 else None


def worse(split: Split, share: float, seed: int) -> pd.DataFrame:
    """Return the training rows, a share of them replaced by rows of independent columns."""
    rng, train = np.random.default_rng((3, seed)), split.train.frame
    shuffled = {name: train[name].iloc[rng.permutation(len(train))].array for name in train}
    replaced = rng.random(len(train)) < share
    return pd.DataFrame({name: train[name].where(~replaced, pd.Series(shuffled[name])) for name in train}).astype(
        train.dtypes.to_dict()
    )


def outcomes(split: Split, others: pd.DataFrame | None, asked: list[Measure]) -> Iterator[tuple[str, Measured]]:
    """Ask every measure of the controls, of another sample and of worse rows."""
    shared = Shared(split)
    for key in (TRAIN, INDEPENDENT, UNSEEN):
        yield from ((key, outcome) for outcome in evaluate_control(split, key, asked, Context(), shared))
    for key, frame in ((ANOTHER, others), (WORSE, worse(split, 0.1, split.seed))):
        if frame is not None:
            yield from ((key, outcome) for outcome in evaluate(split, key, frame, asked, Context(), shared))


def run(options: argparse.Namespace, tables: Iterable[str], keys: list[str]) -> None:
    """Ask what the file of results does not hold yet."""
    done = {(row["table"], row["seed"]) for row in results(options.results)}
    for seed in range(options.seeds):
        for name in tables:
            if (name, seed) in done:
                continue
            table, others = drawn(name, seed, options.data)
            asked = [known_measures()[key].from_settings(SETTINGS.get(key)) for key in keys]
            rows = [
                {"table": name, "seed": seed, "candidate": key, "measure": score.measure, "value": score.value, "low": score.low,
                 "high": score.high, "status": score.status.value, "seconds": outcome.scores[0].seconds}
                for key, outcome in outcomes(make_split(table, seed=seed), others, asked)
                for score in outcome.scores if score.measure == key_of(outcome) or score.measure == "margins.uniform"
            ]  # fmt: skip
            with options.results.open("a") as file:
                file.writelines(json.dumps(row) + "\n" for row in rows)
            print(name, seed, flush=True)


def key_of(outcome: Measured) -> str:
    """Return the measure's key, which its headline carries."""
    return outcome.measure


def counted(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Return one row per table, seed, candidate and measure that has a band: whether it lies within, and the width of the band."""
    found = []
    for (table, seed), of_split in pd.DataFrame(rows).groupby(["table", "seed"]):
        scores = pd.DataFrame(index=range(len(of_split)), columns=list(SCORE_COLUMNS))
        for name in ("candidate", "measure", "value", "low", "high", "status", "seconds"):
            scores[name] = of_split[name].to_numpy()
        placed = calibrate(scores)
        placed = placed[placed["status"].eq(Status.OK) & placed["band_low"].notna() & placed["measure"].isin(ASKED)]
        slack = 1e-9 * (1 + placed["value"].abs())
        inside = placed["value"].between(placed["band_low"] - slack, placed["band_high"] + slack)
        width = (placed["band_high"] - placed["band_low"]) / 2 / (placed["ceiling"] - placed["floor"]).abs()
        found.append(placed[["candidate", "measure"]].assign(table=table, seed=seed, inside=inside, width=width))
    return pd.concat(found, ignore_index=True)


def page(rows: list[dict[str, Any]]) -> str:
    """Return the section of the page, with its heading."""
    frame = counted(rows)
    tables = ", ".join(f"`{name}` ({ROWS[name]:,} rows)" for name in ROWS if name in set(frame["table"]))
    lines = [HEADING, INTRODUCTION.format(seeds=frame["seed"].nunique(), tables=tables).rstrip(), HEADER]
    order = sorted(
        frame["measure"].unique(), key=lambda key: (FAMILIES.index(known_measures()[key].family), known_measures()[key].place)
    )
    for key in order:
        of_measure = frame[frame["measure"] == key]
        cells = [_share(of_measure, name) for name in (UNSEEN, ANOTHER, WORSE, INDEPENDENT)]
        width = of_measure.loc[of_measure["candidate"] == TRAIN, "width"].replace(np.inf, np.nan).dropna().median()
        lines.append("| " + " | ".join([f"`{key}`", *cells, "" if np.isnan(width) else f"{width:.3f}"]) + " |")
    cells = [_share(frame, name) for name in (UNSEEN, ANOTHER, WORSE, INDEPENDENT)]
    return "\n".join([*lines, "| " + " | ".join(["all", *cells, ""]) + " |", ""])


def _share(frame: pd.DataFrame, candidate: str) -> str:
    inside = frame.loc[frame["candidate"] == candidate, "inside"]
    return f"{int(inside.sum())} of {len(inside)}" if len(inside) else ""


def main() -> None:
    """Run, and print the table; write it where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=Path, required=True)
    parser.add_argument("--data", type=Path, help="a folder with further tables")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--tables", help="names, by commas; all that are there where not given")
    parser.add_argument("--measures", help="keys, by commas; all that have an interval where not given")
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    tables = options.tables.split(",") if options.tables else [name for name in ROWS if options.data or name in (*SAMPLES, MADE)]
    run(options, tables, options.measures.split(",") if options.measures else list(ASKED))
    text = page(results(options.results))
    print(text)
    if options.write:
        kept, _, _ = (options.write.read_text(encoding="utf-8") if options.write.exists() else "").partition(HEADING)
        options.write.write_text(f"{kept.rstrip()}\n\n{text}".lstrip(), encoding="utf-8")


if __name__ == "__main__":
    main()
