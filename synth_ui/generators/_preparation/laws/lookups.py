"""Columns that another one determines in every row, where enough rows hold each of its values: looked up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from synth_ui.generators._preparation.margin import dense_codes

if TYPE_CHECKING:
    from synth_ui.generators._preparation.prepare import Array, ModelColumn

MOST_KEYS = 1_000
ROWS_PER_KEY = 10


@dataclass(frozen=True, eq=False)
class Lookup:
    """A column that another one determines: for each value of `source`, the value of `column`."""

    column: ModelColumn
    source: str
    keys: Array
    values: Array

    def draw(self, source: Array) -> Array:
        """Return the values that belong to drawn values of the source; NaN and values between keys go to the nearest key."""
        if source.dtype.kind == "i":
            return self.values[np.searchsorted(self.keys, source)]
        blank = np.isnan(self.keys)
        keys = self.keys[~blank]
        middles = (keys[1:] + keys[:-1]) / 2
        found = self.values[np.searchsorted(middles, source)]
        return np.where(np.isnan(source), self.values[-1], found) if blank.any() else found


def find_lookups(columns: Sequence[ModelColumn], arrays: Sequence[Array]) -> list[Lookup]:
    """Find columns determined by another one, each value of which enough rows hold for that to be no accident."""
    rows = len(arrays[0]) if arrays else 0
    codes = [dense_codes(array) for array in arrays]
    sizes = [int(code.max(initial=-1)) + 1 for code in codes]
    order = sorted(range(len(columns)), key=lambda j: (-sizes[j], columns[j].numeric, j))
    may_be_source = [size <= min(MOST_KEYS, rows / ROWS_PER_KEY) for size in sizes]
    found: dict[int, Lookup] = {}
    for place, source in enumerate(order):
        if source in found or not may_be_source[source]:
            continue
        for other in order[place + 1 :]:
            if other not in found and determines(codes[source], codes[other], sizes[source]):
                first = np.unique(codes[source], return_index=True)[1]
                found[other] = Lookup(columns[other], columns[source].name, arrays[source][first], arrays[other][first])
    return list(found.values())


def determines(source: Array, other: Array, size: int) -> bool:
    """Tell whether equal source values always meet equal other values: on a few rows first, then on all."""
    for rows in (1_000, len(source)):
        last = np.zeros(size, dtype=np.int64)
        last[source[:rows]] = other[:rows]
        if not np.array_equal(last[source[:rows]], other[:rows]):
            return False
    held = np.bincount(source, minlength=size)
    return bool(held[held >= 2].sum() >= 50)
