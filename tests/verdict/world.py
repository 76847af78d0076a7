"""A small table whose law is known, and candidates for it whose right verdict is known."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from filelock import FileLock

from synth_ui.core.context import Context
from synth_ui.core.score import CONTROLS, Score, scores_frame
from synth_ui.core.table import Column, Kind, Role, Schema, Split, Table
from synth_ui.evaluation.cards import card_settings, known_measures
from synth_ui.evaluation.controls import redraw_cells
from synth_ui.evaluation.evaluate import evaluate, evaluate_control
from synth_ui.measures.case import Shared

ROOT = Path(__file__).resolve().parents[2]
STATES = ("north", "south", "east")
CITIES = tuple(f"city {number:02}" for number in range(12))
SEGMENTS = ("home", "office", "school")
ROWS = 700

SCHEMA = Schema(
    (
        Column("city", Kind.CATEGORY, levels=CITIES),
        Column("state", Kind.CATEGORY, levels=tuple(sorted(STATES))),
        Column("amount", Kind.NUMBER, low=0.0, high=20_000.0),
        Column("paid", Kind.NUMBER, low=0.0, high=20_000.0),
        Column("age", Kind.INTEGER, low=18, high=89),
        Column("ordered", Kind.DATETIME),
        Column("segment", Kind.CATEGORY, levels=SEGMENTS),
        Column("member", Kind.BOOLEAN, role=Role.TARGET),
    )
)


def fresh(rows: int, seed: int) -> pd.DataFrame:
    """Draw rows: a city decides its state, nobody pays more than the amount, members are older and spend more."""
    rng = np.random.default_rng(seed)
    city = np.minimum(rng.geometric(0.22, rows) - 1, 11)
    age = rng.integers(18, 90, rows)
    amount = np.round(rng.gamma(2, 300, rows) * (1 + age / 60) * (1 + 0.1 * (city % 3)), 2)
    member = rng.random(rows) < 1 / (1 + np.exp(-(age - 55) / 8 - (amount - 900) / 700))
    return pd.DataFrame({
        "city": pd.Categorical.from_codes(city, categories=list(CITIES)),
        "state": pd.Categorical([STATES[code % 3] for code in city], categories=sorted(STATES)),
        "amount": amount,
        "paid": np.round(amount * rng.beta(5, 2, rows), 2),
        "age": age,
        "ordered": np.datetime64("2019-01-01", "us") + rng.integers(0, 1_500, rows).astype("timedelta64[D]"),
        "segment": pd.Categorical.from_codes(np.minimum(rng.poisson(age / 60), 2), categories=list(SEGMENTS)),
        "member": member,
    })  # fmt: skip


@dataclass(frozen=True)
class Trap:
    """A candidate whose right verdict is known.

    Attributes
    ----------
    make
        Makes its rows.
    saw_holdout
        It holds rows that were held back.
    copies
        It holds training rows by the score: never to be shared outside.
    near_copy
        So many of them that it may be best for nothing.
    broken, lost
        Its rows break rules that real rows keep; a column of it is gone.
    """

    name: str
    make: Callable[[], pd.DataFrame]
    saw_holdout: bool = False
    copies: bool = False
    near_copy: bool = False
    broken: bool = False
    lost: bool = False


TRAIN, HOLDOUT = fresh(ROWS, 1), fresh(ROWS, 2)
SPLIT = Split(Table(TRAIN, SCHEMA), Table(HOLDOUT, SCHEMA), seed=0, share=0.5)
WHOLE = pd.concat([TRAIN, HOLDOUT], ignore_index=True)


def _mixed(copied: int, of: pd.DataFrame = TRAIN) -> pd.DataFrame:
    return pd.concat([of.head(copied), fresh(ROWS - copied, 11)], ignore_index=True)


def _with(column: str, values: object, frame: pd.DataFrame | None = None) -> pd.DataFrame:
    return (fresh(ROWS, 12) if frame is None else frame).assign(**{column: values})


def _shuffled(*columns: str) -> pd.DataFrame:
    frame, rng = fresh(ROWS, 13), np.random.default_rng(5)
    return frame.assign(**{name: frame[name].iloc[rng.permutation(ROWS)].to_numpy() for name in columns})


def _other_form(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.sample(frac=1, random_state=3)[list(frame.columns[::-1])].assign(
        amount=frame["amount"].round(0), paid=frame["paid"].round(0)
    )


TRAPS: dict[str, Trap] = {
    trap.name: trap
    for trap in (
        Trap("file:whole", lambda: WHOLE, saw_holdout=True, copies=True),
        Trap("file:holdout", lambda: HOLDOUT, saw_holdout=True),
        Trap("file:whole-shuffled", lambda: _other_form(WHOLE), saw_holdout=True, copies=True),
        Trap("file:whole-redrawn", lambda: redraw_cells(WHOLE, 0.1, Context(3)), saw_holdout=True, copies=True),
        Trap("copy", lambda: TRAIN, copies=True, near_copy=True),
        Trap("redrawn-1", lambda: redraw_cells(TRAIN, 0.01, Context(1)), copies=True, near_copy=True),
        Trap("redrawn-10", lambda: redraw_cells(TRAIN, 0.1, Context(2)), copies=True, near_copy=True),
        Trap("redrawn-33", lambda: redraw_cells(TRAIN, 1 / 3, Context(2))),
        Trap("half", lambda: _mixed(ROWS // 2), copies=True),
        Trap("drawn-again", lambda: TRAIN.sample(ROWS, replace=True, random_state=1).reset_index(drop=True), copies=True, near_copy=True),
        Trap("copies-1", lambda: _mixed(ROWS // 100)),
        Trap("copies-5", lambda: _mixed(ROWS // 20)),
        Trap("copies-20", lambda: _mixed(ROWS // 5), copies=True),
        Trap("shuffled", lambda: _shuffled(*SCHEMA.names), broken=True),
        Trap("constant", lambda: pd.concat([fresh(1, 21)] * ROWS, ignore_index=True), lost=True),
        Trap("rule-breaker", lambda: _shuffled("state"), broken=True),
        Trap("blank", lambda: _with("age", pd.array([None] * ROWS, dtype="Int64")), lost=True),
        Trap("one-shuffled", lambda: _shuffled("segment")),
        Trap("three-rows", lambda: fresh(3, 22)),
        Trap("twin", lambda: fresh(ROWS, 31)),
        Trap("twin-too", lambda: fresh(ROWS, 31)),
        Trap("seeded", lambda: fresh(ROWS, 32)),
        Trap("seeded#2", lambda: fresh(ROWS, 33)),
        Trap("honest", lambda: fresh(ROWS, 34)),
        Trap("file:dates", lambda: fresh(ROWS, 35).assign(ordered=lambda frame: frame["ordered"].dt.strftime("%d.%m.%Y"))),
    )
}  # fmt: skip

QUICK = tuple(card_settings("quick"))
SLOW = (
    "triples",
    "telltale",
    "sdmetrics_quality",
    "all_targets",
    "importance",
    "queries",
    "worth",
    "groups",
    "fair_models",
    "missingness",
)
"""Measures of the standard card that decide nothing in a verdict; left out to save time."""

STANDARD = tuple(key for key in card_settings("standard") if key not in SLOW)
ATTACKS = tuple(key for key in STANDARD if known_measures()[key].family == "privacy" and known_measures()[key].attack)
SMALL: dict[str, dict[str, object]] = {
    **{key: {"attacks": 300} for key in ("singling_out", "linkability", "inference")},
    "detectability": {"trees": 20},
}
"""Settings under which a measure takes a part of its time and says the same of these traps."""


@cache
def everything() -> pd.DataFrame:
    """Score every trap and every control once by the real measures; return the rows without a scale.

    Processes that share a run of the tests share what it gives: it takes a minute.
    """
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID")
    if run is None:
        return _scored()
    kept = ROOT / ".workspace" / "tests" / f"verdict-{run}.parquet"
    kept.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{kept}.lock"):
        if not kept.exists():
            _scored().to_parquet(kept)
        return pd.read_parquet(kept)


def _scored() -> pd.DataFrame:
    measures = [known_measures()[key].from_settings(SMALL.get(key, {})) for key in STANDARD]
    shared, found = Shared(SPLIT), list[Score]()
    for name, trap in TRAPS.items():
        for answer in evaluate(SPLIT, name, trap.make(), measures, Context(), shared):
            found += answer.scores
    for key in CONTROLS:
        for answer in evaluate_control(SPLIT, key, measures, Context(), shared):
            found += answer.scores
    return scores_frame(found)
