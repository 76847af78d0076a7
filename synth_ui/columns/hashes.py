"""Rows and values as 64-bit hashes: equal ones have equal hashes in every frame, whatever its dtypes and the order of its levels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from synth_ui.columns.values import level_codes, level_names, numbers
from synth_ui.core.table import Column

Hashes = npt.NDArray[np.uint64]


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
        total += mix(value_hashes(frame[column.name], column) ^ salt)
    return mix(total)


def value_hashes(series: pd.Series[Any], column: Column) -> Hashes:
    """Hash each value of a canonical column of any kind; all blanks have the same hash. Shape (n,)."""
    if column.kind.numeric:
        values = numbers(series, column.kind) + 0.0  # −0.0 becomes 0.0
        values[np.isnan(values)] = np.nan  # every NaN the same bits
        return mix(values.view(np.uint64))
    if column.kind.discrete:
        levels = level_names(column, series)
        of_level: Hashes = pd.util.hash_array(np.array([*levels, "\x00blank"], dtype=object), categorize=False)
        picked: Hashes = of_level[level_codes(series, levels)]
        return picked
    texts = series.astype(object).where(series.notna(), "\x00blank").map(str)
    of_text: Hashes = pd.util.hash_array(texts.to_numpy(dtype=object), categorize=True)
    return of_text


def mix(values: Hashes) -> Hashes:
    """Scramble 64-bit words one to one (the finaliser of SplitMix64; Steele, Lea and Flood 2014)."""
    mixed = values.astype(np.uint64, copy=True)
    mixed ^= mixed >> np.uint64(30)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(27)
    mixed *= np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return mixed


def content_order(hashes: Hashes, seed: int) -> npt.NDArray[np.intp]:
    """Return a random order of the rows that depends on their content and `seed`, not on the order they came in.

    Its first m entries are a fair draw without replacement; equal rows are drawn independently of each other.
    """
    by_hash = np.argsort(hashes, kind="stable")
    ranked = hashes[by_hash]
    first = np.concatenate([[True], ranked[1:] != ranked[:-1]]) if len(ranked) else np.empty(0, dtype=bool)
    place = np.arange(len(ranked))
    occurrence = place - np.maximum.accumulate(np.where(first, place, 0))
    salt = np.array([seed], dtype=np.uint64)
    keys = mix(mix(ranked ^ mix(salt)) + mix(occurrence.astype(np.uint64) + np.uint64(1)))
    return by_hash[np.argsort(keys, kind="stable")]
