"""What is done about exposed rows before a candidate is made anew: dropped, coarsened, or kept at a distance."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from synth_ui.columns.neighbours import SAME, nearest
from synth_ui.columns.values import numbers
from synth_ui.core.context import Context
from synth_ui.core.table import Split, Table
from synth_ui.measures.case import Case, Shared

RARE_LEVEL = 0.01
"""A level of at most this share of the training rows is coarsened to the commonest one."""

Indices = npt.NDArray[np.intp]


def changed(split: Split, action: str, rows: Indices) -> Table:
    """Return the training rows without the exposed ones, or with those coarsened."""
    train = split.train
    if action == "drop":
        return train.rows(np.setdiff1d(np.arange(len(train)), rows))
    cells = Shared(split).cells
    columns = {}
    for column in train.schema:
        series = train.frame[column.name]
        donors = np.arange(len(train))
        if column.modelled and column.kind.numeric:
            donors[rows] = _middle_of_cell(numbers(series, column.kind), cells[column.name].encode(series), rows)
        elif column.modelled:
            donors[rows] = _commonest(series, rows)
        columns[column.name] = series.iloc[donors].reset_index(drop=True)
    return Table(pd.DataFrame(columns, columns=train.frame.columns), train.schema, train.name)


def _middle_of_cell(values: npt.NDArray[np.float64], codes: npt.NDArray[np.int32], rows: Indices) -> Indices:
    """Return, for each of `rows`, a row whose value is the middle one of its cell."""
    donors = rows.copy()
    for code in np.unique(codes[rows]):
        members = np.flatnonzero(codes == code)
        donors[codes[rows] == code] = members[np.argsort(values[members], kind="stable")[len(members) // 2]]
    return donors


def _commonest(series: pd.Series[Any], rows: Indices) -> Indices:
    """Return each of `rows`, or a row of the commonest level where its own level is rare."""
    codes = pd.factorize(series, use_na_sentinel=False)[0]
    counts = np.bincount(codes)
    rare = counts[codes[rows]] <= RARE_LEVEL * len(codes)
    return np.where(rare, int(np.flatnonzero(codes == counts.argmax())[0]), rows)


def apart(split: Split, frame: pd.DataFrame, rows: Indices, context: Context) -> npt.NDArray[np.bool_]:
    """Return which synthetic rows keep their distance: farther from every exposed row than its nearest other real row is."""
    case = Case(split, frame, Shared(split))
    exposed = case.points("train")[rows]
    others = np.concatenate([np.delete(case.points("train"), rows, axis=0), case.points("holdout")])
    reach = nearest(exposed, others, 1, context, "measuring distances to other real rows").distance[:, 0]
    made = case.points("synthetic").astype(np.float64)
    keeps = np.ones(len(made), dtype=bool)
    for place, (point, limit) in enumerate(zip(exposed.astype(np.float64), reach, strict=True)):
        if place % 16 == 0:
            context.step("looking for rows next to exposed ones", place / len(exposed))
        keeps &= np.sqrt(((made - point) ** 2).sum(axis=1)) > max(limit, SAME)
    return keeps
