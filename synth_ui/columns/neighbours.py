"""Exact nearest neighbours: an approximate search overstates distances, and so looks private.

Pairs are compared by a float32 matrix product, which is fast but rounds; references in boxes that cannot hold a nearer one are
passed over. A few candidates more than asked for are kept, they are measured again by differences in float64, and where
rounding could still have hidden a nearer row the query is searched once more in float64. The answer is that of measuring every
pair.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from synth_ui.columns._boxes import LARGE, Cut, Points, SearchField, prepared
from synth_ui.columns.packed import Packed
from synth_ui.core.context import Context

__all__ = ["LARGE", "SAME", "Cut", "Nearest", "Points", "affordable", "bins_of", "nearest"]

SAME = 1e-7
"""Two distances that differ by less are a tie: far below any real difference, far above rounding."""

SPARE = 2

PAIRS_AT_ONCE = 2**28
"""Pairs of a block of queries and all references: about a second at a hundred coordinates, should none be passed over."""

FEWEST_AT_ONCE = 1_024
MOST_AT_ONCE = 16_384

PAIRS_PER_SEARCH = 2_000_000_000
FEWEST_QUERIES = 4_000

Matrix = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Nearest:
    """For each query its nearest references, closest first.

    Attributes
    ----------
    distance
        Euclidean, exact: 0.0 for identical points. Shape (queries, k).
    index
        Which reference, shape (queries, k). Identical references stand for one another.
    """

    distance: Floats
    index: Indices


class _Distinct(NamedTuple):
    """Points that differ: where each stands first, how often it occurs, and which of them each row is; of points in short left out."""

    first: Indices
    counts: Indices
    place: Indices


def nearest(queries: Matrix, references: Matrix | Points, k: int, context: Context, phase: str) -> Nearest:
    """Find the `k` nearest references of each query (all of them, if there are fewer than `k`).

    Parameters
    ----------
    references
        A matrix, or some rows and coordinates of one; the queries have these coordinates only.

    Raises
    ------
    ValueError
        If a coordinate is NaN or infinite, or there is no reference.
    Cancelled
        If the user asked to stop; asked every few seconds at most.
    """
    if not len(references):
        raise ValueError("there is no reference to be near to")
    points = references if isinstance(references, Points) else Points(references)
    points = points if len(points) >= LARGE else points.plain()
    if not (np.isfinite(queries).all() and _is_finite(points)):
        raise ValueError("a point has a coordinate that is NaN or infinite")
    k = min(k, len(references))
    asked, known = _distinct(Points(queries)), _distinct(points)
    differing = queries if len(asked.first) == len(queries) else queries[asked.first]
    found = _search(differing, _those(points, known), min(k, len(known.first)), context, phase)
    each = _repeated(found, known, k)
    return Nearest(each.distance[asked.place], each.index[asked.place])


def _is_finite(points: Points) -> bool:
    if isinstance(points.matrix, Packed):
        return bool(np.isfinite(points.matrix.numbers).all())
    return all(np.isfinite(block).all() for block in points.blocks())


def _distinct(points: Points) -> _Distinct:
    """Find the points that differ, by a 64-bit hash of their coordinates."""
    if isinstance(points.matrix, Packed):
        return _distinct_in_short(points, points.matrix)
    salt = _salt(points.width)
    hashes = np.zeros(len(points), dtype=np.uint64)
    for start in range(0, len(points), 16_384):
        rows = slice(start, start + 16_384)
        bits = (points[rows] + np.float32(0)).view(np.uint32)  # −0.0 becomes 0.0
        hashes[rows] = (bits * salt).sum(axis=1, dtype=np.uint64)
    _, first, place, counts = np.unique(hashes, return_index=True, return_inverse=True, return_counts=True)
    if len(first) == len(points):
        first = place = np.arange(len(points))
        counts = np.ones(len(points), dtype=np.int64)
    return _Distinct(first, counts, place)


def _distinct_in_short(references: Points, packed: Packed) -> _Distinct:
    """Do the same for references in short, most of which differ: only those that are there again are sorted; in the order of the rows."""
    hashes = packed.hashes(references.rows, _salt(packed.width))
    again = pd.Series(hashes).duplicated().to_numpy()
    first, counts = np.flatnonzero(~again), np.ones(int((~again).sum()), dtype=np.int64)
    if again.any():
        repeated, times = np.unique(hashes[again], return_counts=True)
        own = hashes[first]
        place = np.minimum(np.searchsorted(repeated, own), len(repeated) - 1)
        there = repeated[place] == own
        counts[there] += times[place[there]]
    return _Distinct(first, counts, np.empty(0, dtype=np.int64))


def _salt(width: int) -> npt.NDArray[np.uint64]:
    return np.random.default_rng(0).integers(2**63, size=width, dtype=np.uint64) * np.uint64(2) + np.uint64(1)


def _those(points: Points, distinct: _Distinct) -> Points:
    """Return the distinct points, uncopied where all are, or where there are many."""
    if len(distinct.first) == len(points):
        return points
    return points.of(distinct.first) if len(points) >= LARGE else Points(points[distinct.first])


def _repeated(found: Nearest, known: _Distinct, k: int) -> Nearest:
    """Let each reference count as often as it occurs: the second nearest of a row that is there twice is that row."""
    reached = np.cumsum(known.counts[found.index], axis=1)
    place = (reached[:, :, None] <= np.arange(k)).sum(axis=1)
    index = np.take_along_axis(found.index, place, axis=1)
    return Nearest(np.take_along_axis(found.distance, place, axis=1), known.first[index])


def _search(queries: Matrix, references: Points, k: int, context: Context, phase: str) -> Nearest:
    """Search among references that differ."""
    keep = min(k + SPARE, len(references))
    index, ahead, field = _nearly(queries, references, k, keep, context, phase)
    found = _closest(_distances(queries, references, index), index, k)
    proven = found.distance[:, -1] ** 2 <= ahead
    if keep < len(references) and not proven.all():
        doubtful = np.flatnonzero(~proven)
        within = found.distance[doubtful, -1] ** 2
        again = _in_float64(queries[doubtful], references, field, within, k, context, phase)
        found.distance[doubtful], found.index[doubtful] = again.distance, again.index
    return found


def _nearly(
    queries: Matrix, references: Points, k: int, keep: int, context: Context, phase: str
) -> tuple[Indices, Floats, SearchField]:
    """Find `keep` references of which `k` are nearest but for rounding.

    Returns
    -------
    tuple
        Their indices, shape (queries, keep), −1 where so many did not have to be looked for, for each query a squared
        distance that no other reference is below, and the references made ready for the search.
    """
    index = np.empty((len(queries), keep), dtype=np.int64)
    ahead = np.empty(len(queries))
    with _libraries().limit(limits=1):  # each block's product stays on the thread that asks for it
        field = prepared(references, queries, k, keep)

        def work(rows: slice) -> None:
            found = field.ask(queries[rows], k, keep)
            index[rows], ahead[rows] = found.index, found.ahead

        # Points in short are written out once for every block of queries.
        pairs = 1 if field.boxes is not None and isinstance(references.matrix, Packed) else len(references)
        _in_blocks(work, len(queries), pairs, context, phase)
    return index, ahead, field


def _in_blocks(work: Callable[[slice], None], queries: int, references: int, context: Context, phase: str) -> None:
    """Do the blocks on as many threads as the context allows, asking between them whether to stop."""
    rows = max(FEWEST_AT_ONCE, min(MOST_AT_ONCE, PAIRS_AT_ONCE // references, -(-queries // context.threads)))
    blocks = [slice(start, start + rows) for start in range(0, queries, rows)]
    pool = ThreadPoolExecutor(context.threads)
    try:
        context.step(phase, 0.0)
        for done, _ in enumerate(pool.map(work, blocks), 1):
            context.step(phase, done / len(blocks))
    finally:
        pool.shutdown(cancel_futures=True)


@cache
def _libraries() -> Any:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def _in_float64(
    queries: Matrix, references: Points, field: SearchField, within: Floats, k: int, context: Context, phase: str
) -> Nearest:
    """Search once more in double precision what rounding left open, in the parts that can hold a reference within a squared distance."""
    keep = min(k + SPARE, len(references))
    index = np.empty((len(queries), keep), dtype=np.int64)
    with _libraries().limit(limits=context.threads):
        for start in range(0, len(queries), FEWEST_AT_ONCE):
            context.step(phase, start / len(queries))
            rows = slice(start, start + FEWEST_AT_ONCE)
            index[rows] = field.ask_exactly(references, queries[rows], keep, within[rows])
    return _closest(_distances(queries, references, index), index, k)


def _distances(queries: Matrix, references: Points, index: Indices) -> Floats:
    """Measure pairs by differences: products cancel, and identical points would not be at distance 0. Infinite where there is no pair."""
    distance = np.empty(index.shape)
    for start in range(0, len(queries), 4_096):
        rows = slice(start, start + 4_096)
        for place in range(index.shape[1]):
            difference = queries[rows].astype(np.float64) - references[index[rows, place]]
            distance[rows, place] = np.sqrt(np.einsum("ij,ij->i", difference, difference))
    distance[index < 0] = np.inf
    return distance


def _closest(distance: Floats, index: Indices, k: int) -> Nearest:
    order = np.lexsort((index, distance), axis=1)[:, :k]  # of references equally near the first, however they were searched
    return Nearest(np.take_along_axis(distance, order, axis=1), np.take_along_axis(index, order, axis=1))


def affordable(queries: int, references: int) -> int:
    """Return how many of `queries` to ask against that many references; references themselves are never left out.

    At most two thousand million pairs (some ten CPU seconds at a hundred coordinates), but always up to 4,000 queries.
    """
    return min(queries, max(FEWEST_QUERIES, PAIRS_PER_SEARCH // max(references, 1)))


def bins_of(distances: Any, bins: int = 60) -> Floats:
    """Return edges from 0 to the 99.5th percentile of all `distances` together, shape (bins + 1,)."""
    highest = float(np.quantile(np.concatenate([np.ravel(one) for one in distances]), 0.995))
    return np.linspace(0.0, highest if highest > 0 else 1.0, bins + 1)
