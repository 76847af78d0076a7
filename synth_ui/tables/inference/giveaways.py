"""Columns that give the target away: from one of them alone it is known in nearly every row, so that a model learns nothing else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from synth_ui.core.table import Column, Role, Table
from synth_ui.tables.warning import ColumnWarning

KNOWN = 0.98
"""The share of what guessing leaves open that a column must tell to give the target away."""

ROWS, FEWEST, CLASSES, STRETCH = 5_000, 20, 50, 20
"""The most rows looked at; the fewest outside the commonest class; the most classes of a target; rows in a stretch of numbers."""


def giveaways(table: Table) -> list[ColumnWarning]:
    """Return a remark for each column that alone tells the target.

    Of a target with classes: from the column's levels or stretches the class is known in so many rows that at least 98% of what
    guessing the commonest class gets wrong is right; each row is judged by the other rows of its level, so that a column of
    different values tells nothing. Of a number: its square of correlation, plain or by ranks, with the column is at least .98.
    At most 5,000 rows, evenly spaced, are looked at.
    """
    target = table.schema.target
    if target is None or not len(table):
        return []
    frame = table.frame.iloc[np.unique(np.linspace(0, len(table) - 1, ROWS).astype(int))]
    frame = frame[frame[target.name].notna()]
    asked = [c for c in table.schema.modelled if c.name != target.name and c.role in (Role.FEATURE, Role.SENSITIVE)]
    known = _class_known if target.kind.discrete else _number_known
    found = [(column.name, known(frame[target.name], frame[column.name], column)) for column in asked]
    return [ColumnWarning(name, _text(target.name, share)) for name, share in found if share is not None]


def _text(target: str, share: float) -> str:
    return (
        f"gives {target} away: it alone tells {min(share, 0.9999):.1%} of what can be known of it. If it is not known before {target} is, "
        f"leave it out (role {Role.IGNORED.value}), or models learn nothing else"
    )


def _class_known(target: pd.Series[Any], series: pd.Series[Any], column: Column) -> float | None:
    classes, names = pd.factorize(target)
    counts = np.bincount(classes, minlength=1)
    left = len(classes) - int(counts.max())
    if not 2 <= len(names) <= CLASSES or left < FEWEST:
        return None
    cells = pd.factorize(series, use_na_sentinel=False)[0] if column.kind.discrete else _stretches(series)
    table = np.bincount(cells * len(names) + classes, minlength=(cells.max() + 1) * len(names)).reshape(-1, len(names))
    most = table.max(axis=1)
    right = int(most[most > 1].sum())  # a level of one row tells nothing of a row like it
    share = 1 - (len(classes) - right) / left
    return share if share >= KNOWN else None


def _stretches(series: pd.Series[Any]) -> NDArray[np.int64]:
    """Cut numbers or dates into stretches of about twenty rows: one that holds a bound between classes spoils few of them. A blank is its own."""
    numbers = _numbers(series)
    known = np.sort(numbers[~np.isnan(numbers)])
    if not len(known):
        return np.zeros(len(numbers), dtype=np.int64)
    cuts = np.unique(known[np.linspace(0, len(known) - 1, max(len(known) // STRETCH, 1) + 1).astype(int)])
    return np.where(np.isnan(numbers), len(cuts) + 1, np.searchsorted(cuts, numbers, side="right")).astype(np.int64)


def _number_known(target: pd.Series[Any], series: pd.Series[Any], column: Column) -> float | None:
    if column.kind.discrete:
        return None
    first, second = _numbers(target), _numbers(series)
    both = ~np.isnan(first) & ~np.isnan(second)
    if both.mean() < KNOWN or len(np.unique(first[both])) < FEWEST or len(np.unique(second[both])) < FEWEST:
        return None
    ranks = [pd.Series(values[both]).rank().to_numpy() for values in (first, second)]
    share = max(float(np.corrcoef(*pair)[0, 1]) ** 2 for pair in ((first[both], second[both]), ranks))
    return share if share >= KNOWN else None


def _numbers(series: pd.Series[Any]) -> NDArray[np.float64]:
    """Return numbers or dates as float64, blanks as NaN."""
    if pd.api.types.is_datetime64_any_dtype(series.dtype):
        counts = np.asarray(series.astype("int64"), dtype=float)
        return np.where(series.isna(), np.nan, counts)
    return np.asarray(series.to_numpy(dtype=float, na_value=np.nan))
