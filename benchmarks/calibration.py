"""Are the intervals right? Every measure, asked about a perfect candidate over and over: fresh rows of the law the real rows have.

python benchmarks/calibration.py --results FILE.jsonl [--draws 100] [--rows 1000] [--measures margins,pairs]
                                 [--worse] [--write docs/calibration.md]

Each draw makes train, holdout and candidate anew, `--rows` rows each, from a law of nine columns (numbers, levels, a date, blanks,
a target), so no row of the candidate owes anything to train. An interval at 95% should hold the truth in 90 to 97 of 100 draws.
The truth is what theory says where it says something (½ of the nearer rows, no risk, all of the skill), else the mean over the
draws. A privacy measure is red where its 95% interval lies wholly beyond chance: 8 draws in 100 at most may be. Results are kept
in the file of results, so that a run that was stopped goes on where it ended, and other measures or sizes are added to it. `--worse` asks about
a candidate that differs from real rows instead; `--draws 0` only reads.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from _tables import Clock

from synth_ui.comparison.scale import BOUNDS
from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply
from synth_ui.core.score import Score, beyond_chance
from synth_ui.core.table import Column, Kind, Role, Schema, Split, Table
from synth_ui.evaluation.cards import known_measures
from synth_ui.measures.base import FAMILIES
from synth_ui.measures.case import Case, Shared

CITIES = tuple(f"city {number:02}" for number in range(12))
JOBS, DEGREES = ("clerk", "driver", "nurse", "teacher"), ("none", "school", "college", "doctorate")

SCHEMA = Schema((
    Column("age", Kind.INTEGER),
    Column("income", Kind.NUMBER, nullable=True, decimals=2),
    Column("savings", Kind.NUMBER, decimals=2),
    Column("city", Kind.CATEGORY, levels=CITIES),
    Column("job", Kind.CATEGORY, levels=JOBS),
    Column("degree", Kind.ORDINAL, levels=DEGREES),
    Column("woman", Kind.BOOLEAN, role=Role.SENSITIVE),
    Column("joined", Kind.DATETIME),
    Column("owns", Kind.BOOLEAN, role=Role.TARGET),
))  # fmt: skip

TRUTH: Mapping[str, float] = {
    "detectability": 0.5, "tstr": 1.0, "all_targets": 1.0, "copies": 0.0, "dcr_share": 0.5, "membership": 0.5, "leakage_index": 0.0, "singling_out": 0.0,
    "linkability": 0.0, "inference": 0.0, "disclosure": 0.0, "exposed": 0.0,
}  # fmt: skip
"""What theory says a perfect candidate has; for other measures the mean over the draws stands in."""

LEFT_OUT = ("answer", "shadow", "worth", "augment", "telltale", "sdmetrics_quality", "rules", "validity")
"""Not asked unless named: they have no interval, or need a question, a refit or minutes."""


ONE_SIDED = ("singling_out", "linkability", "inference", "leakage_index")
"""Risks cannot be negative: where nothing leaks the value piles up at 0, and the interval misses on one side only."""

LEAST, MOST, MUCH, NOTHING = 0.90, 0.97, 1.3, 1e-12

INTRODUCTION = """# Do the intervals hold?

Written by `benchmarks/calibration.py`. A perfect candidate is asked about over and over: train, holdout and candidate are drawn
anew each time from one law of nine columns (numbers, levels, a date, blanks, a target), so the candidate owes nothing to train
and is as good as a candidate can be. Measures have their default settings.

- *Covered*: in how many draws the 95% interval holds the truth; 90 to 97 of 100 is as it should be. The truth is what theory says
  (½, no gap, no risk, all of the skill); where theory says nothing it is the mean over the draws.
- *Width*: the standard error the interval claims over the spread the values have. 1 is exact.
- *Red*: in how many draws a privacy measure's own interval lies wholly beyond chance, though nothing leaks; 8 of 100 at most.
- *Said*: in how many draws the product calls it a leak, the interval being widened for all privacy measures together.

What the tables say:

- Likeness of tables (`margins`, `pairs`, `missingness`, `dependence`, `groups`, the tails of `coverage`), and the error of `queries`, is made
  of absolute differences. Near zero these vary less than the differences do, down to √(1 − 2/π) = .6 of their spread; the intervals
  are folded accordingly, each difference by what was seen of it. What is seen lies farther from zero than the truth, so they stay up to
  a third too wide for a perfect candidate. The last table asks about one that differs.
- `tstr` claims the error of the holdout's rows and that of another training, the latter read off halves of the real rows (of 8,000 at most)
  as if it fell with the power 1.5 of their number: between 1,000 and 4,000 rows of this law it fell faster still, on tables that are
  harder to learn it will fall more slowly.
- `detectability` claims the error of the rows scored, wider for what models of different folds learn from the same rows.
- `copies` and `membership` widen their interval for being the worst of several comparisons, so it covers more than 95 in 100.
- Shares of few draws are rough: of 60 draws an exact interval holds between 53 and 60.

[The last section](#where-other-real-rows-fall) is about the green band of the scales, on real tables."""

BAND = "## Where other real rows fall"
"""The heading of the section `benchmarks/band.py` writes at the end of the same page; it is left as it is."""

HEADER = """| measure | draws | truth | mean | covered | width | red | said | |
|---|---|---|---|---|---|---|---|---|"""


def law(rows: int, rng: np.random.Generator) -> pd.DataFrame:
    """Draw rows; columns depend on one another, savings have a spike at zero, income has blanks that depend on the job."""
    age = rng.integers(18, 90, rows)
    degree = np.minimum(rng.poisson(1 + age / 90), 3)
    job = (rng.integers(0, 4, rows) + (degree > 1) * rng.integers(0, 2, rows)) % 4
    woman = rng.random(rows) < 0.35 + 0.1 * job
    income = np.round(rng.gamma(3, 600, rows) * (1 + age / 60) * (1 + 0.4 * degree), 2)
    savings = np.where(rng.random(rows) < 0.4, 0.0, np.round(rng.lognormal(6, 1, rows) * (1 + income / 4_000), 2))
    owns = rng.random(rows) < 1 / (1 + np.exp(4.5 - age / 25 - income / 4_000))
    income[rng.random(rows) < 0.04 * (1 + job)] = np.nan
    city = pd.Categorical.from_codes(np.minimum(rng.geometric(0.3, rows) - 1, 11), categories=list(CITIES))
    joined = np.datetime64("2015-01-01", "us") + rng.integers(0, 3_000, rows).astype("timedelta64[D]")
    return pd.DataFrame({
        "age": age, "income": income, "savings": savings, "city": city,
        "job": pd.Categorical.from_codes(job, categories=list(JOBS)),
        "degree": pd.Categorical.from_codes(degree, categories=list(DEGREES), ordered=True),
        "woman": woman, "joined": joined, "owns": owns,
    })  # fmt: skip


def worsened(fresh: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Stretch the numbers, shuffle two columns, blank more incomes and make more clerks."""
    rows = len(fresh)
    columns = {name: fresh[name].iloc[rng.permutation(rows)].array for name in ("city", "job")}
    frame = fresh.assign(
        age=np.minimum(fresh["age"] + 8, 89), income=fresh["income"] * 1.3, savings=fresh["savings"] * 1.3, **columns
    )
    frame.loc[rng.random(rows) < 0.15, "income"] = np.nan
    frame.loc[rng.random(rows) < 0.3, "job"] = "clerk"
    return frame


def draw(number: int, rows: int, worse: bool) -> Case:
    """Make a perfect candidate's case, or that of a worse one; the same number makes the same rows."""
    first, second, third, fourth = np.random.default_rng((11, number)).spawn(4)
    train, holdout, fresh = law(rows, first), law(rows, second), law(rows, third)
    if worse:
        fresh = worsened(fresh, fourth)
    split = Split(Table(train, SCHEMA), Table(holdout, SCHEMA), seed=number)
    return Case(split, fresh, Shared(split))


def ask(case: Case, key: str) -> dict[str, Any] | None:
    """Ask one measure with its default settings; None where it does not apply."""
    clock = Clock()
    try:
        number = known_measures()[key]().measure(case, Context(seed=case.split.seed)).headline
    except DoesNotApply as reason:
        print(f"{key} does not apply: {reason}")
        return None
    return {"measure": key, "value": number.value, "low": number.low, "high": number.high, "seconds": clock.lap()}


def run(options: argparse.Namespace, keys: list[str]) -> None:
    """Ask what the file of results does not hold yet."""
    size = {"rows": options.rows, "worse": options.worse}
    done = {(row["draw"], row["measure"]) for row in results(options) if size.items() <= row.items()}
    for number in range(options.draws):
        case = draw(number, options.rows, options.worse)
        for key in keys:
            if (number, key) in done or (row := ask(case, key)) is None:
                continue
            with options.results.open("a") as file:
                file.write(json.dumps({"draw": number, **size, **row}) + "\n")


def results(options: argparse.Namespace) -> list[dict[str, Any]]:
    """Read what has been measured so far."""
    return [json.loads(line) for line in options.results.read_text().splitlines()] if options.results.exists() else []


def summary(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Return one row per measure that has an interval: the truth, how often it was covered, how often red, and the widths."""
    records = [_record(str(key), found) for key, found in pd.DataFrame(rows).groupby("measure") if found["low"].notna().all()]
    frame = pd.DataFrame(records)
    order = [(FAMILIES.index(known_measures()[key].family), known_measures()[key].place) for key in frame["measure"]]
    return frame.assign(order=order).sort_values("order", ignore_index=True).drop(columns="order")


def _record(key: str, found: pd.DataFrame) -> dict[str, Any]:
    values, low, high = found["value"], found["low"], found["high"]
    truth = float(values.mean()) if key not in TRUTH or found["worse"].any() else TRUTH[key]
    covered = (low <= truth + NOTHING) & (truth - NOTHING <= high)
    error, spread = (high - low).mean() / (2 * 1.96), values.std()
    record = {
        "measure": key, "draws": len(found), "truth": truth, "mean": values.mean(), "covered": int(covered.sum()),
        "ratio": error / spread if spread > NOTHING and key not in ONE_SIDED else math.nan, "seconds": found["seconds"].median(),
    }  # fmt: skip
    if known_measures()[key].family == "privacy":
        return record | {"red": int((low > truth + NOTHING).sum()), "leaks": int(leaks_said(key, found).sum())}
    return record | {"red": math.nan, "leaks": math.nan}


def leaks_said(key: str, found: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Return in which draws the product says there is a leak, its interval widened for all privacy measures together."""
    chance = known_measures()[key].chance
    if key in BOUNDS:
        return np.asarray(found["low"] > chance + NOTHING)
    pairs = zip(found["value"], found["low"], strict=True)
    return np.array([beyond_chance(Score("", key, "privacy", value=value, low=low), chance) for value, low in pairs])


def suspected(rows: list[dict[str, Any]]) -> tuple[int, int]:
    """Return in how many draws any privacy measure says there is a leak, and how many draws all of them were asked about."""
    frame = pd.DataFrame([row for row in rows if known_measures()[row["measure"]].family == "privacy"])
    if frame.empty:
        return 0, 0
    said = frame.assign(said=False)
    for key, found in frame.groupby("measure"):
        said.loc[found.index, "said"] = leaks_said(str(key), found)
    asked = said.groupby("draw")["measure"].nunique()
    whole = asked[asked == asked.max()].index
    return int(said[said["draw"].isin(whole)].groupby("draw")["said"].any().sum()), len(whole)


def remark(row: Any) -> str:
    """Say in a few words what the counts mean."""
    share = row.covered / row.draws
    if share < LEAST:
        return "too narrow"
    if share <= MOST:
        return "as it should"
    if row.measure in ONE_SIDED:
        return "one-sided: it starts at chance"
    return "holds more often than it says" if row.ratio < MUCH else "wider than need be"


def page(rows: list[dict[str, Any]]) -> str:
    """Return the results as a page of Markdown, one table per size."""
    lines = [INTRODUCTION]
    for worse, size in sorted({(row["worse"], row["rows"]) for row in rows}):
        of_size = [row for row in rows if (row["worse"], row["rows"]) == (worse, size)]
        lines += ["", f"## {'A candidate that differs' if worse else 'Perfect candidates'}, {size:,} rows", "", HEADER]
        lines += [_line(row, worse) for row in summary(of_size).itertuples()]
        any_leak, draws = suspected(of_size)
        if draws and not worse:
            lines += ["", f"Any of the privacy measures says there is a leak in {any_leak} of {draws} draws."]
    return "\n".join([*lines, ""])


def _line(row: Any, worse: bool) -> str:
    ratio, red, leaks = (
        "" if math.isnan(number) else f"{number:{form}}"
        for number, form in ((row.ratio, ".2f"), (row.red, ".0f"), (row.leaks, ".0f"))
    )
    truth = f"{row.truth:.3f}{'' if row.measure in TRUTH and not worse else ' (mean)'}"
    cells = (f"`{row.measure}`", row.draws, truth, f"{row.mean:.3f}", row.covered, ratio, red, leaks, remark(row))
    return "| " + " | ".join(map(str, cells)) + " |"


def main() -> None:
    """Run, and print the tables; write them where asked."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--results", type=Path, required=True)
    options.add_argument("--draws", type=int, default=100)
    options.add_argument("--rows", type=int, default=1_000)
    options.add_argument("--measures", help="keys, by commas; all that have an interval and need no minutes where not given")
    options.add_argument("--worse", action="store_true", help="ask about a candidate that differs from real rows")
    options.add_argument("--write", type=Path)
    chosen = options.parse_args()
    run(chosen, chosen.measures.split(",") if chosen.measures else [key for key in known_measures() if key not in LEFT_OUT])
    text = page(results(chosen))
    print(text)
    if chosen.write:
        _, heading, section = (chosen.write.read_text(encoding="utf-8") if chosen.write.exists() else "").partition(BAND)
        chosen.write.write_text(f"{text}\n{heading}{section}" if heading else text, encoding="utf-8")


if __name__ == "__main__":
    main()
