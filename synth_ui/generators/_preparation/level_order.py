"""Levels without an order of their own, put in the order of their leading association with the other columns."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from synth_ui.core.context import Context
from synth_ui.generators._preparation.margin import Floats
from synth_ui.generators._preparation.prepare import Array, Prepared

_FEATURES = 400
_CELLS = 4_000_000


def level_orders(data: Prepared, context: Context) -> list[Array | None]:
    """Return, for each column with levels, its codes in order (the first code is the lowest); None for numeric columns.

    Ordinal levels keep their order, the blank last. Each feature of the other columns is a rank or the presence of one of the
    most frequent levels; the order is that of the leading left singular vector of levels by mean features.
    """
    part = data.sample(max(1_000, _CELLS // _FEATURES), context.rng("order"))
    features, owners = _features(part)
    orders: list[Array | None] = []
    for at, column in enumerate(data.columns):
        context.step("ordering levels")
        if column.numeric:
            orders.append(None)
        elif column.ordered or column.levels <= 2:
            orders.append(np.arange(column.levels))
        else:
            scores = level_axes(part.arrays[at], column.levels, features[:, owners != at], 1)
            orders.append(np.argsort(scores[:, 0], kind="stable"))
    return orders


def level_axes(codes: Array, levels: int, features: Floats, axes: int) -> Floats:
    """Return the coordinates of each level on the leading axes along which the features' means differ between levels.

    Levels are weighted by their rows; a level without rows lies at 0. The sign is fixed so that the same data give the same axes.
    """
    from scipy.sparse import csr_matrix

    out = np.zeros((levels, axes))
    if not features.shape[1] or not len(codes):
        return out
    counts = np.bincount(codes, minlength=levels).astype(float)
    member = csr_matrix((np.ones(len(codes)), (codes, np.arange(len(codes)))), shape=(levels, len(codes)))
    means = (member @ features) / np.maximum(counts, 1)[:, None] - features.mean(axis=0)
    means[counts == 0] = 0.0
    left, strength, _ = np.linalg.svd(np.sqrt(counts)[:, None] * means, full_matrices=False)
    kept = min(axes, len(strength))
    coordinates = left[:, :kept] * strength[:kept] / np.sqrt(np.maximum(counts, 1))[:, None]
    signs = np.sign(coordinates[np.abs(coordinates).argmax(axis=0), np.arange(kept)])
    out[:, :kept] = coordinates * np.where(signs == 0, 1.0, signs)
    return out


def _features(data: Prepared) -> tuple[Floats, Array]:
    """Return standardised features of all columns, and the column each belongs to."""
    each = max(1, _FEATURES // max(len(data.columns), 1))
    features: list[Floats] = []
    owners: list[int] = []
    for at, (column, array) in enumerate(zip(data.columns, data.arrays, strict=True)):
        made = [_ranks(array)] if column.numeric else _presences(array, column.levels, each)
        features.extend(made)
        owners.extend([at] * len(made))
    return np.column_stack(features) if features else np.empty((data.rows, 0)), np.array(owners)


def _ranks(array: Array) -> Floats:
    codes, counts = np.unique(np.where(np.isnan(array), -np.inf, array), return_inverse=True, return_counts=True)[1:]
    middles = (np.cumsum(counts) - counts / 2) / len(array)
    return _standardised(middles[codes])


def _presences(array: Array, levels: int, most: int) -> Sequence[Floats]:
    """Return one standardised column per level, for the most frequent ones; two levels need only one."""
    frequent = np.argsort(-np.bincount(array, minlength=levels), kind="stable")[: 1 if levels == 2 else most]
    return [_standardised((array == level).astype(float)) for level in np.sort(frequent)]


def _standardised(values: Floats) -> Floats:
    spread = values.std()
    out: Floats = (values - values.mean()) / (spread if spread > 0 else 1.0)
    return out
