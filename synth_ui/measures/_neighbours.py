"""Exact nearest neighbours, by brute force: an approximate search overstates distances, and so looks private."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from synth_ui.core.context import Context

SAME = 1e-7
"""Two distances that differ by less are a tie: far below any real difference, far above rounding."""

PAIRS_PER_BLOCK = 200_000_000
PAIRS_PER_SEARCH = 4_000_000_000
FEWEST_QUERIES = 4_000

Matrix = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Nearest:
    """For each query its nearest references, closest first.

    Attributes
    ----------
    distance
        Euclidean, exact: 0.0 for identical points. Shape (queries, k).
    index
        Which reference, shape (queries, k).
    """

    distance: npt.NDArray[np.float64]
    index: npt.NDArray[np.int64]


def nearest(queries: Matrix, references: Matrix, k: int, context: Context, phase: str) -> Nearest:
    """Find the `k` nearest references of each query (all of them, if there are fewer than `k`).

    Raises
    ------
    ValueError
        If a point has a coordinate that is not finite, or there is no reference.
    Cancelled
        If the user asked to stop; asked every few seconds at most.
    """
    from sklearn.neighbors import NearestNeighbors
    from threadpoolctl import threadpool_limits

    k = min(k, len(references))
    search = NearestNeighbors(n_neighbors=k, algorithm="brute", metric="euclidean").fit(references)
    block = int(np.clip(PAIRS_PER_BLOCK // len(references), 512, 8_192))
    index = np.empty((len(queries), k), dtype=np.int64)
    with threadpool_limits(limits=context.threads):
        for start in range(0, len(queries), block):
            context.step(phase, start / len(queries))
            index[start : start + block] = search.kneighbors(queries[start : start + block], return_distance=False)
    return _closest_first(_distances(queries, references, index), index)


def _distances(queries: Matrix, references: Matrix, index: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Measure the pairs found once more, by differences: products cancel, and identical points would be 1e-8 apart."""
    distance = np.empty(index.shape)
    for start in range(0, len(queries), 8_192):
        rows = slice(start, start + 8_192)
        for place in range(index.shape[1]):
            difference = queries[rows].astype(np.float64) - references[index[rows, place]]
            distance[rows, place] = np.sqrt(np.einsum("ij,ij->i", difference, difference))
    return distance


def _closest_first(distance: npt.NDArray[np.float64], index: npt.NDArray[np.int64]) -> Nearest:
    order = np.argsort(distance, axis=1, kind="stable")
    return Nearest(np.take_along_axis(distance, order, axis=1), np.take_along_axis(index, order, axis=1))


def affordable(queries: int, references: int) -> int:
    """Return how many of `queries` to ask against that many references; references themselves are never left out.

    At most four thousand million pairs (some ten CPU seconds at a hundred coordinates), but always up to 4,000 queries.
    """
    return min(queries, max(FEWEST_QUERIES, PAIRS_PER_SEARCH // max(references, 1)))


def bins_of(distances: Any, bins: int = 60) -> npt.NDArray[np.float64]:
    """Return edges from 0 to the 99.5th percentile of all `distances` together, shape (bins + 1,)."""
    highest = float(np.quantile(np.concatenate([np.ravel(one) for one in distances]), 0.995))
    return np.linspace(0.0, highest if highest > 0 else 1.0, bins + 1)
