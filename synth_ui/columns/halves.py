"""Real rows cut in two by chance: by content, so that row order never matters, and with the rows of one person together."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from synth_ui.columns.cells import fit_cells
from synth_ui.columns.hashes import content_order, row_hashes, value_hashes
from synth_ui.core.persons import person_columns
from synth_ui.core.table import Schema

Rows = npt.NDArray[np.intp]


def halves(frame: pd.DataFrame, schema: Schema, seed: int) -> tuple[Rows, Rows]:
    """Cut real rows in two by chance; rows of one person stay together.

    Returns
    -------
    tuple
        The rows of the first half and of the second, by content in random order; the first is the larger by one row where
        the number is odd, or by part of a group.
    """
    hashes = row_hashes(frame, schema.modelled, ordered=False)
    order = content_order(hashes, seed)
    if not person_columns(frame, schema):
        middle = (len(order) + 1) // 2
        return order[:middle], order[middle:]
    group = _group_of(frame, schema, hashes)
    in_first = _groups_of_first(group, len(group) / 2, seed)[group]
    return order[in_first[order]], order[~in_first[order]]


def cut(frame: pd.DataFrame, schema: Schema, rows: int, seed: int) -> npt.NDArray[np.bool_]:
    """Draw so many real rows by chance, in each stratum of the target alike; rows of one group stay together.

    Returns
    -------
    numpy.ndarray
        Whether a row is drawn, shape (n,), by content; `rows` of them, or about as many where groups are kept together.
    """
    hashes = row_hashes(frame, schema.modelled, ordered=False)
    if person_columns(frame, schema):
        group = _group_of(frame, schema, hashes)
        if len(np.unique(group)) < len(group):
            return _groups_of_first(group, rows, seed)[group]
    order, target = content_order(hashes, seed), schema.target
    if target is not None and target.modelled:
        order = order[np.argsort(fit_cells(target, [frame[target.name]]).encode(frame[target.name])[order], kind="stable")]
    place = np.arange(len(order))
    drawn = np.zeros(len(order), dtype=bool)
    drawn[order[(place + 1) * rows // len(order) > place * rows // len(order)]] = True
    return drawn


def _group_of(frame: pd.DataFrame, schema: Schema, hashes: npt.NDArray[np.uint64]) -> npt.NDArray[np.intp]:
    """Number the groups, by content; a row whose key is blank stands for itself."""
    keys = [schema[name] for name in person_columns(frame, schema)]
    combined = np.zeros(len(frame), dtype=np.uint64)
    for column in keys:
        combined = combined * np.uint64(31) + value_hashes(frame[column.name], column)
    blank = frame[[column.name for column in keys]].isna().all(axis=1).to_numpy()
    number: npt.NDArray[np.intp] = np.unique(np.where(blank, hashes, combined), return_inverse=True)[1]
    return number


def _groups_of_first(group: npt.NDArray[np.intp], rows: float, seed: int) -> npt.NDArray[np.bool_]:
    """Draw groups until they have `rows` rows."""
    sizes = np.bincount(group)
    order = np.random.default_rng(seed).permutation(len(sizes))
    reached = np.cumsum(sizes[order]) - sizes[order]
    chosen = np.zeros(len(sizes), dtype=bool)
    chosen[order[reached < rows]] = True
    return chosen
