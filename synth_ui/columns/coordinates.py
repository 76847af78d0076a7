"""Rows as points between which distances are measured, fitted on real rows only.

An encoder fitted per table would hide what differs between two tables; so everything here is fitted once per split, on
train and holdout together, and then applied to train, holdout and every candidate alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from synth_ui.columns.packed import LEVEL, Packed, narrowest
from synth_ui.columns.values import Floats, Integers, level_codes, level_names, numbers
from synth_ui.core.table import Column, Schema

Matrix = npt.NDArray[np.float32]

QUANTILES = 1_000
OWN_COLUMNS = 256
SHARED_COLUMNS = 64

FEW_LEVELS = 64
"""The coordinates of so few levels are copied from a table of them, which is faster than to write into one of many."""

MANY = 10_000
"""Of as many numbers it is asked whether they are a few whole ones."""

EXACT = 2**53
"""From here on not every whole number is one a float can be."""

AT_ONCE = 4_096
"""Rows whose coordinates are written at once."""


@dataclass(frozen=True, eq=False)
class Coordinates:
    """Rows as points: the distance matrix of privacy measures is the Euclidean distance between these points.

    Numbers and dates are their place among 1,000 quantiles of the real values, in [0, 1] (blank: ½), beside a flag that is
    1 where blank. Categories are one-hot / √2, with a blank and an unknown level of their own, so that two different levels
    are 1 apart; beyond 256 levels the rarer ones share 64 further coordinates. Fitted on train and holdout together.

    Attributes
    ----------
    spans
        For each modelled column the first coordinate and the one after its last.
    """

    columns: tuple[Column, ...]
    spans: dict[str, tuple[int, int]]
    quantiles: dict[str, Floats]
    levels: dict[str, tuple[str, ...]]
    places: dict[str, Integers]

    @property
    def width(self) -> int:
        """How many coordinates a row has."""
        return max((end for _, end in self.spans.values()), default=0)

    def transform(self, frame: pd.DataFrame) -> Matrix:
        """Return the rows of a canonical frame as points, float32 of shape (n, width)."""
        points: Matrix = np.zeros((len(frame), self.width), dtype=np.float32)
        ready = [self.column(column, frame) for column in self.columns]
        narrow = {name: end - start for name, (start, end) in self.spans.items() if end - start <= FEW_LEVELS}
        one_hot = {name: np.eye(width, dtype=np.float32) * LEVEL for name, width in narrow.items()}
        for first in range(0, len(frame), AT_ONCE):
            rows = slice(first, first + AT_ONCE)
            part = points[rows]  # a few rows at a time stay in the processor's cache, which columns of a million do not
            numbered = np.arange(len(part))
            for column, values in zip(self.columns, ready, strict=True):
                start, end = self.spans[column.name]
                if column.kind.numeric:
                    part[:, start : start + 2] = values[rows]
                elif end - start <= FEW_LEVELS:
                    part[:, start:end] = one_hot[column.name][values[rows] - start]
                else:
                    part[numbered, values[rows]] = LEVEL
        return points

    def pack(self, frame: pd.DataFrame) -> Packed:
        """Return the same points in short, for tables of which all coordinates are too much."""
        numeric = [column for column in self.columns if column.kind.numeric]
        numbers = np.empty((len(frame), 2 * len(numeric)), dtype=np.float32)
        levels = np.empty((len(frame), len(self.columns) - len(numeric)), dtype=narrowest(self.width))
        at, whose = np.empty(2 * len(numeric), dtype=np.int64), np.full(self.width, -1)
        numbered = levelled = 0
        for column in self.columns:
            start, end = self.spans[column.name]
            values = self.column(column, frame)
            if column.kind.numeric:
                at[numbered : numbered + 2], numbers[:, numbered : numbered + 2] = (start, start + 1), values
                numbered += 2
            else:
                whose[start:end], levels[:, levelled] = levelled, values
                levelled += 1
        return Packed(numbers, at, levels, self.width, whose)

    def column(self, column: Column, frame: pd.DataFrame) -> npt.NDArray[Any]:
        """Return the two coordinates of a number, shape (n, 2), or which coordinate of all is that of the level, shape (n,)."""
        start, end = self.spans[column.name]
        if column.kind.numeric:
            values = numbers(frame[column.name], column.kind)
            return np.column_stack([_among(values, self.quantiles[column.name]), np.isnan(values)]).astype(np.float32)
        codes = level_codes(frame[column.name], self.levels[column.name])
        return start + np.append(self.places[column.name], end - start - 1)[codes]


def fit_coordinates(schema: Schema, real: Sequence[pd.DataFrame]) -> Coordinates:
    """Fit the coordinates of the modelled columns on the real frames."""
    spans, quantiles, levels, places = {}, {}, {}, {}
    start = 0
    for column in schema.modelled:
        series = [frame[column.name] for frame in real]
        if column.kind.numeric:
            values = np.concatenate([numbers(one, column.kind) for one in series])
            values = values[~np.isnan(values)]
            grid = np.linspace(0, 1, min(QUANTILES, max(len(values), 2)))
            quantiles[column.name] = np.quantile(values, grid) if len(values) else np.empty(0)
            width = 2
        else:
            levels[column.name] = tuple(level_names(column, *series))
            places[column.name], width = _level_places(series, levels[column.name])
        spans[column.name] = (start, start + width)
        start += width
    return Coordinates(tuple(schema.modelled), spans, quantiles, levels, places)


def _level_places(series: Sequence[pd.Series[Any]], levels: Sequence[str]) -> tuple[Integers, int]:
    codes = np.concatenate([level_codes(one, levels) for one in series])
    counts = np.bincount(codes[codes >= 0], minlength=len(levels))
    ranked = np.argsort(-counts, kind="stable")
    rank = np.empty(len(levels), dtype=np.int64)
    rank[ranked] = np.arange(len(levels))
    rare = rank >= OWN_COLUMNS
    rank[rare] = OWN_COLUMNS + (rank[rare] - OWN_COLUMNS) % SHARED_COLUMNS
    known = int(rank.max(initial=-1)) + 1
    return np.append(rank, known), known + 2


def _among(values: Floats, quantiles: Floats) -> Floats:
    """Return the place of `values` among `quantiles` in [0, 1]; the middle of its stretch for a value that is repeated."""
    if not len(quantiles):
        return np.full(len(values), 0.5)
    known = ~np.isnan(values)
    low, high = (int(values[known].min()), int(values[known].max())) if len(values) >= MANY and known.all() else (0, len(values))
    exact = max(abs(low), abs(high)) < EXACT
    if (
        exact and high - low < len(values) // 8 and (values == np.trunc(values)).all()
    ):  # each of a few whole numbers is looked up once
        return _among(np.arange(low, high + 1, dtype=np.float64), quantiles)[(values - low).astype(np.int64)]
    grid = np.linspace(0, 1, len(quantiles))
    filled = np.where(known, values, quantiles[0])
    from_below = np.interp(filled, quantiles, grid)
    from_above = -np.interp(-filled, -quantiles[::-1], -grid[::-1])
    return np.where(~known, 0.5, (from_below + from_above) / 2)
