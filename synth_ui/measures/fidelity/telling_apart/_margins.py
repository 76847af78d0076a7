"""The margins of one table given to another: each column keeps the order of its rows and takes the values of the other table."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from synth_ui.columns.hashes import Hashes, mix

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


def with_margins(rows: Floats, target: Floats, places: Sequence[int], categorical: Sequence[bool], hashes: Hashes) -> Floats:
    """Return the rows with some columns distributed as in another table, and which rows go together left as they are.

    A number takes, rank for rank, a value of the target. Of a level that is too frequent as many cells as are too many become
    levels that are too rare; blanks likewise. Ties and the cells that change are settled by the content of the rows, alike in
    columns whose values are as frequent, so that two columns that say the same still do.

    Parameters
    ----------
    rows, target
        Numbers and level codes, NaN where blank; shapes (n, columns) and (m, columns).
    places
        The columns that change.
    categorical
        Which columns hold level codes, one entry per column.
    hashes
        The content of each row, shape (n,).
    """
    out = rows.copy()
    for place in places:
        one = _levels if categorical[place] else _numbers
        out[:, place] = one(rows[:, place], target[:, place], hashes)
    return out


def _order(counts: Integers, hashes: Hashes) -> Hashes:
    """Return numbers that settle ties: the same in columns with the same counts, unrelated elsewhere."""
    salt = np.uint64(0)
    for count in mix(counts.astype(np.uint64) + (np.arange(len(counts), dtype=np.uint64) << np.uint64(32))):
        salt ^= count
    return mix(hashes ^ salt)


def _levels(values: Floats, target: Floats, hashes: Hashes) -> Floats:
    names, codes = np.unique(np.concatenate([values, target]), return_inverse=True, equal_nan=True)
    own, other = codes[: len(values)], codes[len(values) :]
    counts = np.bincount(own, minlength=len(names))
    wanted = _quota(np.bincount(other, minlength=len(names)), len(values))
    key = _order(counts, hashes)
    ordered = np.lexsort((key, own))
    first = np.concatenate([[0], np.cumsum(counts)[:-1]])
    place = np.empty(len(values), dtype=np.int64)
    place[ordered] = np.arange(len(values)) - first[own[ordered]]
    moved = np.flatnonzero(place >= wanted[own])
    out = own.copy()
    out[moved[np.argsort(key[moved], kind="stable")]] = np.repeat(np.arange(len(names)), np.maximum(wanted - counts, 0))
    return np.asarray(names[out])


def _quota(counts: Integers, rows: int) -> Integers:
    """Return how many of `rows` each level gets by the shares of `counts`, by largest remainders."""
    exact = counts * (rows / counts.sum())
    whole: Integers = np.floor(exact + 1e-9).astype(np.int64)
    whole[np.argsort(-(exact - whole), kind="stable")[: rows - int(whole.sum())]] += 1
    return whole


def _numbers(values: Floats, target: Floats, hashes: Hashes) -> Floats:
    there = np.sort(target[~np.isnan(target)])
    if not len(there):
        return np.full(len(values), np.nan)
    key = _order(np.unique(values, return_counts=True)[1], hashes)
    out = values.copy()
    known = ~np.isnan(values)
    wanted = round(len(values) * len(there) / len(target))
    if known.sum() > wanted:
        rows = np.flatnonzero(known)
        out[rows[np.argsort(key[rows], kind="stable")][wanted:]] = np.nan
    elif known.sum() < wanted:
        rows = np.flatnonzero(~known)
        filled = rows[np.argsort(key[rows], kind="stable")][: wanted - int(known.sum())]
        pool = np.sort(values[known]) if known.any() else there
        share = (mix(key[filled]) >> np.uint64(11)).astype(np.float64) * 2.0**-53
        out[filled] = pool[(share * len(pool)).astype(np.int64)]
    rows = np.flatnonzero(~np.isnan(out))
    ranked = rows[np.lexsort((key[rows], out[rows]))]
    out[ranked] = there[((np.arange(len(rows)) + 0.5) / len(rows) * len(there)).astype(np.int64)] if len(rows) else out[ranked]
    return out
