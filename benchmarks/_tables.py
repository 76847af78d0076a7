"""The real tables the benchmarks of generators run on: where they are, what is predicted, and one candidate scored on a split."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from synth_ui.core.cast import cast
from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply
from synth_ui.core.table import Split, Table
from synth_ui.measures.base import measures
from synth_ui.measures.case import Case, Shared
from synth_ui.tables.read import read
from synth_ui.tables.split import make_split

TARGETS = {
    "adult": "income",
    "online_shoppers": "Revenue",
    "hotel_bookings": "is_canceled",
    "diabetes_130us": "readmitted",
    "california_housing": "median_house_value",
    "flights": "arr_delay",
    "telco_churn": "Churn",
    "credit_default": "default.payment.next.month",
}
"""Tables by name, with the column a model predicts."""


def load(folder: Path, name: str, rows: int | None = None) -> Table:
    """Read a table of the folder, whatever its format; at most `rows` rows, drawn with a fixed seed."""
    found = sorted(path for path in folder.glob(f"{name}.*") if path.suffix in (".csv", ".parquet", ".gz"))
    if not found:
        raise SystemExit(f"There is no {name}.csv or {name}.parquet in {folder}.")
    table = read(found[0]).table
    table = Table(table.frame, table.schema.with_target(TARGETS[name]), name)
    if rows is None or rows >= len(table):
        return table
    return table.rows(np.sort(np.random.default_rng(5).choice(len(table), rows, replace=False)))


def split_of(table: Table, seed: int) -> Split:
    """Cut a table in two halves."""
    return make_split(table, seed=seed)


def scores(split: Split, frame: pd.DataFrame, keys: tuple[str, ...], shared: Shared) -> dict[str, Any]:
    """Score rows with the standard settings of each measure; what does not apply is None, with its parts left out."""
    case, out = Case(split, cast(frame, split.schema)[0], shared), {}
    for key in keys:
        try:
            measured = measures()[key].from_settings().measure(case, Context())
        except DoesNotApply:
            out[key] = None
            continue
        out[key] = measured.headline.value
        out.update({f"{key}.{part}": number.value for part, number in measured.parts.items()})
    return out


def results(path: Path) -> list[dict[str, Any]]:
    """Read what has been measured so far."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


class Clock:
    """CPU seconds of this process: on a busy machine they say more than the time on the wall."""

    def __init__(self) -> None:
        self.start = time.process_time()

    def lap(self) -> float:
        """Return the CPU seconds since the last lap."""
        now = time.process_time()
        self.start, seconds = now, now - self.start
        return seconds
