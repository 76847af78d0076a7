"""Small tables whose law is known, so that fresh rows can be drawn without end."""

from __future__ import annotations

import numpy as np
import pandas as pd

from synth_ui.core.context import Context
from synth_ui.core.table import Column, Kind, Role, Schema, Split, Table
from synth_ui.measures.case import Case, Shared

CITIES = tuple(f"city {number:02}" for number in range(12))

MIXED = Schema(
    (
        Column("age", Kind.INTEGER),
        Column("income", Kind.NUMBER, nullable=True),
        Column("city", Kind.CATEGORY, levels=CITIES),
        Column("married", Kind.BOOLEAN, role=Role.TARGET),
        Column("joined", Kind.DATETIME),
    )
)
LEVELS = Schema(tuple(Column(name, Kind.CATEGORY, levels=("a", "b", "c")) for name in ("first", "second", "third", "fourth")))

CONTEXT = Context(seed=3)


def mixed(n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Draw rows of numbers, levels, dates and blanks that depend on one another."""
    age = rng.integers(18, 90, n)
    income = np.round(rng.gamma(3, 900, n) * (1 + age / 50), 2)
    income[rng.random(n) < 0.1] = np.nan
    city = pd.Categorical.from_codes(np.minimum(rng.geometric(0.3, n) - 1, 11), categories=list(CITIES))
    joined = np.datetime64("2015-01-01", "us") + rng.integers(0, 3_000, n).astype("timedelta64[D]")
    return pd.DataFrame({"age": age, "income": income, "city": city, "married": rng.random(n) < age / 100, "joined": joined})


def levels(n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Draw rows of four columns with three levels each: 81 rows at most differ."""
    return pd.DataFrame(
        {
            column.name: pd.Categorical.from_codes(rng.choice(3, n, p=[0.6, 0.3, 0.1]), categories=list(column.levels))
            for column in LEVELS
        }
    )


def split_of(train: pd.DataFrame, holdout: pd.DataFrame, schema: Schema = MIXED) -> Split:
    """Make a split of two frames drawn alike."""
    return Split(Table(train, schema), Table(holdout, schema), seed=0, share=len(train) / (len(train) + len(holdout)))


def case_of(train: pd.DataFrame, holdout: pd.DataFrame, synthetic: pd.DataFrame, schema: Schema = MIXED) -> Case:
    """Make a case of three frames."""
    split = split_of(train, holdout, schema)
    return Case(split, synthetic, Shared(split))


def three(train: int, holdout: int, synthetic: int, seed: int = 0) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Draw train, holdout and an honest candidate: rows as fresh as the holdout's."""
    rng = np.random.default_rng(seed)
    return mixed(train, rng), mixed(holdout, rng), mixed(synthetic, rng)


def with_copies(honest: pd.DataFrame, train: pd.DataFrame, share: float) -> pd.DataFrame:
    """Replace the first rows of an honest candidate by training rows."""
    count = round(share * len(honest))
    return pd.concat([train.iloc[:count], honest.iloc[count:]], ignore_index=True)
