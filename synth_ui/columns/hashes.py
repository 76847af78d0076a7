"""Rows and values as 64-bit hashes: equal ones have equal hashes in every frame, whatever its dtypes and the order of its levels."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from synth_ui.columns.values import level_codes, level_names, numbers
from synth_ui.core.table import Column

Hashes = npt.NDArray[np.uint64]

REMEMBERED_ROWS = 200_000
MOST_REMEMBERED = 4

AT_ONCE = 16_384
"""Words scrambled at once: they stay in the processor's cache, which a million do not."""


def row_hashes(frame: pd.DataFrame, columns: Sequence[Column], *, ordered: bool = True) -> Hashes:
    """Hash each row over `columns`; equal rows have equal hashes in every frame, whatever its dtypes and levels.

    Parameters
    ----------
    ordered
        Whether it matters which column a value stands in. False gives a hash that does not depend on the order of the
        columns, for folds and draws.
    """
    total: Hashes = np.zeros(len(frame), dtype=np.uint64)
    for place, column in enumerate(columns):
        salt = np.uint64(place + 1 if ordered else 1) * np.uint64(0x9E3779B9)
        series = frame[column.name]
        if column.kind.discrete:
            of_level, codes = hashes_of_levels(series, column)
            total += mix(of_level ^ salt)[codes]  # a few levels are scrambled, not a million rows
        else:
            total += mix(value_hashes(series, column) ^ salt)
    return mix(total)


def value_hashes(series: pd.Series[Any], column: Column) -> Hashes:
    """Hash each value of a canonical column of any kind; all blanks have the same hash. Shape (n,)."""
    if column.kind.numeric:
        values = numbers(series, column.kind) + 0.0  # −0.0 becomes 0.0
        values[np.isnan(values)] = np.nan  # every NaN the same bits
        return mix(values.view(np.uint64))
    if column.kind.discrete:
        of_level, codes = hashes_of_levels(series, column)
        picked: Hashes = of_level[codes]
        return picked
    texts = series.astype(object).where(series.notna(), "\x00blank").map(str)
    of_text: Hashes = pd.util.hash_array(texts.to_numpy(dtype=object), categorize=True)
    return of_text


def hashes_of_levels(series: pd.Series[Any], column: Column) -> tuple[Hashes, npt.NDArray[np.int64]]:
    """Return the hash of each level, that of a blank last, and the place of each row's."""
    levels = level_names(column, series)
    of_level: Hashes = pd.util.hash_array(np.array([*levels, "\x00blank"], dtype=object), categorize=False)
    return of_level, level_codes(series, levels)


def mix(values: Hashes) -> Hashes:
    """Scramble 64-bit words one to one (the finaliser of SplitMix64; Steele, Lea and Flood 2014)."""
    mixed = values.astype(np.uint64, copy=True)
    for start in range(0, len(mixed), AT_ONCE):
        part = mixed[start : start + AT_ONCE]
        part ^= part >> np.uint64(30)
        part *= np.uint64(0xBF58476D1CE4E5B9)
        part ^= part >> np.uint64(27)
        part *= np.uint64(0x94D049BB133111EB)
        part ^= part >> np.uint64(31)
    return mixed


def content_order(hashes: Hashes, seed: int, most: int | None = None) -> npt.NDArray[np.intp]:
    """Return a random order of the rows that depends on their content and `seed`, not on the order they came in.

    Its first m entries are a fair draw without replacement; equal rows are drawn independently of each other.

    Parameters
    ----------
    most
        How many of its first entries are wanted; None for all. A few of a million rows take a tenth of the time.
    """
    salt = np.array([seed], dtype=np.uint64)
    keys = mix(mix(hashes ^ mix(salt)) + mix(_occurrences(hashes) + np.uint64(1)))
    if most is None or most >= len(keys):
        return np.argsort(keys, kind="stable")
    drawn = np.argpartition(keys, most)[:most]
    return drawn[np.argsort(keys[drawn], kind="stable")]


_counted: list[tuple[weakref.ref[Hashes], Hashes]] = []
"""Of large arrays the occurrences last counted: rows are drawn many times by the same hashes, which nobody writes into."""


def _occurrences(hashes: Hashes) -> Hashes:
    """Return how many equal rows stand above each row, shape (n,)."""
    if len(hashes) < REMEMBERED_ROWS:
        return _counted_anew(hashes)
    _counted[:] = [entry for entry in _counted if entry[0]() is not None][-MOST_REMEMBERED:]
    known = next((found for of, found in _counted if of() is hashes), None)
    if known is None:
        known = _counted_anew(hashes)
        _counted.append((weakref.ref(hashes), known))
    return known


def _counted_anew(hashes: Hashes) -> Hashes:
    found: Hashes = np.zeros(len(hashes), dtype=np.uint64)
    repeated = np.flatnonzero(pd.Series(hashes).duplicated(keep=False))  # most rows of most tables differ, and need no sorting
    if len(repeated):
        order = repeated[np.argsort(hashes[repeated], kind="stable")]
        ranked, place = hashes[order], np.arange(len(order))
        first = np.append(True, ranked[1:] != ranked[:-1])
        found[order] = place - np.maximum.accumulate(np.where(first, place, 0))
    return found
