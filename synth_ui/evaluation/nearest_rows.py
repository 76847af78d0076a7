"""The real row nearest to each of a few synthetic rows, for somebody who wants to see with their own eyes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from synth_ui.columns.neighbours import nearest
from synth_ui.core.context import Context
from synth_ui.core.table import Kind, Role, Schema, Split
from synth_ui.measures.case import Case, Shared

MASK = "•••"
MOST_CELLS = 6_000_000
"""Larger tables, rows times columns of the real one, are not searched while somebody waits."""


@dataclass(frozen=True, eq=False)
class NearestRows:
    """What was found.

    Attributes
    ----------
    rows
        The nearest real rows, in the order of the synthetic ones; canonical, not masked.
    trained
        Whether each of them is a training row.
    differing
        In how many modelled columns each pair differs.
    """

    rows: pd.DataFrame
    trained: npt.NDArray[np.bool_]
    differing: npt.NDArray[np.int64]


def nearest_rows(rows: pd.DataFrame, shared: Shared, context: Context) -> NearestRows:
    """Find the real row, of both halves, nearest to each synthetic row, by the distance that the privacy measures use.

    Parameters
    ----------
    rows
        A few synthetic rows, canonical under the split's schema.
    shared
        What is computed once per split; hand the same one to every call.
    """
    split: Split = shared.split
    case = Case(split, rows, shared)
    real = np.vstack([case.points("train"), case.points("holdout")])
    found = nearest(case.points("synthetic"), real, 1, context, "looking for the nearest real rows").index[:, 0]
    trained = found < len(split.train.frame)
    halves = [split.train.frame.iloc[found[trained]], split.holdout.frame.iloc[found[~trained] - len(split.train.frame)]]
    order = np.argsort(np.concatenate([np.flatnonzero(trained), np.flatnonzero(~trained)]))
    together = pd.concat(halves).iloc[order].reset_index(drop=True)
    return NearestRows(together, trained, differing(rows, together, split.schema))


def differing(one: pd.DataFrame, other: pd.DataFrame, schema: Schema) -> npt.NDArray[np.int64]:
    """Count in how many modelled columns the rows of two frames differ, row by row; two blanks are alike."""
    counts = np.zeros(len(one), dtype=np.int64)
    for column in schema.modelled:
        left, right = (frame[column.name].astype(object).reset_index(drop=True) for frame in (one, other))
        alike = (left == right).fillna(False).to_numpy(bool) | (left.isna() & right.isna()).to_numpy(bool)
        counts += ~alike
    return counts


def masked(rows: pd.DataFrame, schema: Schema) -> pd.DataFrame:
    """Return real rows with what names or identifies somebody hidden: keys, personal values, identifiers and free text."""
    hidden = [
        column.name
        for column in schema
        if column.role in (Role.PERSONAL, Role.GROUP_KEY) or column.kind in (Kind.TEXT, Kind.IDENTIFIER)
    ]
    shown = rows.copy()
    for name in hidden:
        shown[name] = rows[name].astype(object).where(rows[name].isna(), MASK)
    return shown
