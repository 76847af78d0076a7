"""Which rows of a large table are taken: evenly, with every level of a target as often as it is, or whole persons."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from synth_ui.core.context import Context
from synth_ui.tables.large.scan import Scanned
from synth_ui.tables.split import cut_rows, quantiles

Rows = NDArray[np.int64]

MOST_LEVELS = 1_000
"""A column of more different values is cut into quantiles where it holds numbers, and does not order the draw where it does not."""


def chosen(scanned: Scanned, wanted: int, stratify: str | None, seed: int) -> tuple[Rows, str]:
    """Return which rows are taken, ascending, and in words how they were chosen.

    Parameters
    ----------
    stratify
        What the table calls a column whose levels keep their shares, if one is asked for.
    """
    column = None if stratify is None else scanned.column_of(stratify)
    if column is not None and wanted < scanned.rows:
        rows = stratified(scanned, column, wanted, seed)
        if rows is not None:
            return rows, f"drawn with seed {seed}, each level of {stratify} as often as it is"
    return evenly(scanned.rows, wanted, seed), f"drawn evenly with seed {seed}"


def evenly(rows: int, wanted: int, seed: int) -> Rows:
    """Draw row numbers without replacement, ascending."""
    chosen = Context(seed).rng("sample of rows").choice(rows, wanted, replace=False)
    return np.sort(chosen).astype(np.int64)


def stratified(scanned: Scanned, column: str, wanted: int, seed: int) -> Rows | None:
    """Draw row numbers so that every level of a column, or tenth of its numbers, keeps its share; None where it has neither.

    Parameters
    ----------
    column
        Its name in the file.
    """
    codes = _codes(scanned.column(column))
    if int(codes.max(initial=0)) >= MOST_LEVELS:
        values = pd.to_numeric(scanned.column(column).to_pandas(), errors="coerce")
        if values.notna().mean() < 0.5:
            return None
        codes = quantiles(values)
    chosen = cut_rows(codes, wanted / scanned.rows, Context(seed).rng("sample of rows"))
    return np.flatnonzero(chosen).astype(np.int64)


def whole_persons(scanned: Scanned, columns: list[str], wanted: int, seed: int) -> Rows:
    """Draw persons by chance until they have as many rows as wanted, and take all rows of each; a row without a person is one itself.

    Parameters
    ----------
    columns
        The names in the file of those that tell persons apart.
    """
    person = np.zeros(scanned.rows, dtype=np.int64)
    blank = np.zeros(scanned.rows, dtype=bool)
    for name in columns:
        codes = _codes(scanned.column(name))
        blank |= codes < 0
        person = pd.factorize(person * (int(codes.max(initial=0)) + 2) + codes + 1)[0].astype(np.int64)
    person[blank] = int(person.max(initial=-1)) + 1 + np.arange(int(blank.sum()))
    sizes = np.bincount(person)
    order = Context(seed).rng("sample of persons").permutation(len(sizes))
    taken = np.zeros(len(sizes), dtype=bool)
    taken[order[np.cumsum(sizes[order]) <= wanted]] = True
    if not taken.any():
        taken[order[0]] = True
    return np.flatnonzero(taken[person]).astype(np.int64)


def _codes(column: Any) -> NDArray[np.int64]:
    """Number the values of an Arrow column, −1 where blank."""
    import pyarrow as pa

    encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    whole = encoded.combine_chunks()
    whole = whole if not isinstance(whole, pa.ChunkedArray) else whole.unify_dictionaries().chunk(0)
    codes: NDArray[np.int64] = whole.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    return codes
