"""Tables, splits and candidates of known truth, for the tests of measures."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from synth_ui.core.cast import cast
from synth_ui.core.context import Context
from synth_ui.core.score import Measurement
from synth_ui.core.table import Column, Kind, Role, Schema, Split, Table
from synth_ui.measures.base import Measure
from synth_ui.measures.case import Case, Shared
from synth_ui.tables.samples import load_sample
from synth_ui.tables.split import make_split


@cache
def adult(rows: int = 8_000) -> Split:
    """Cut a seeded sample of the census table in two halves."""
    return make_split(load_sample("adult", rows=rows, seed=3).table)


def independent(frame: pd.DataFrame, seed: int = 0) -> pd.DataFrame:
    """Shuffle each column by itself."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame({name: frame[name].iloc[rng.permutation(len(frame))].array for name in frame})


def flipped(frame: pd.DataFrame, share: float, seed: int = 0) -> pd.DataFrame:
    """Redraw a share of the cells from their own column."""
    rng = np.random.default_rng(seed)
    rows = np.arange(len(frame))
    return pd.DataFrame(
        {
            name: frame[name].iloc[np.where(rng.random(len(frame)) < share, rng.integers(0, len(frame), len(frame)), rows)].array
            for name in frame
        }
    )


def split_of(
    train: pd.DataFrame, holdout: pd.DataFrame, kinds: dict[str, Kind], target: str | None = None, **settings: dict[str, object]
) -> Split:
    """Make a split of two frames; `settings` gives further facts of single columns."""
    both = pd.concat([train, holdout])
    columns = [
        Column(
            name,
            kind,
            Role.TARGET if name == target else Role.FEATURE,
            levels=tuple(sorted(both[name].dropna().unique())) if kind in (Kind.CATEGORY, Kind.ORDINAL) else (),
            **settings.get(name, {}),  # type: ignore[arg-type]
        )
        for name, kind in kinds.items()
    ]
    schema = Schema(tuple(columns))
    return Split(Table(cast(train, schema)[0], schema), Table(cast(holdout, schema)[0], schema))


def case_of(split: Split, synthetic: pd.DataFrame, shared: Shared | None = None) -> Case:
    """Cast a candidate and put it beside its split."""
    return Case(split, cast(synthetic, split.schema)[0], shared or Shared(split))


def measured(measure: Measure, split: Split, synthetic: pd.DataFrame, shared: Shared | None = None) -> Measurement:
    """Ask a measure about a candidate."""
    return measure.measure(case_of(split, synthetic, shared), Context(split.seed))
