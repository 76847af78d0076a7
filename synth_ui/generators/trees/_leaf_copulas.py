"""What joins the columns inside a leaf: a Gaussian copula per leaf, shrunk towards that of its tree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synth_ui.generators._preparation.margin import Floats
from synth_ui.generators._preparation.prepare import Array

_LARGEST = 16_000_000
"""Matrices of the leaves hold so many numbers at most, all trees together; beyond, the leaves of a tree share its matrix."""
_AT_ONCE = 4_000_000
"""So many numbers of gathered matrices are held at a time when rows are drawn."""
_CERTAIN = 1e-9


@dataclass(frozen=True, eq=False)
class LeafCopulas:
    """The root of a correlation matrix per leaf, or one for all leaves of a tree; nothing of any single row.

    Attributes
    ----------
    roots
        leaves (or 1) × columns × columns; independent normal scores times a root have the leaf's correlations and variance 1.
    """

    roots: NDArray[np.float32]

    @classmethod
    def of(cls, leaf: Array, shown: Array, shrink: float, trees: int) -> LeafCopulas:
        """Estimate the correlations of the normal scores of ranks within leaves.

        A leaf of m rows follows itself by m parts and its tree by `shrink` parts, as a leaf's few rows tell little by themselves.
        """
        scores = np.column_stack([scores_within(leaf, column) for column in shown.T])
        leaves, columns = int(leaf.max()) + 1, shown.shape[1]
        whole = _correlations((scores.T @ scores)[None])
        if leaves * columns * columns * trees > _LARGEST:
            return cls(_roots(whole))
        order = np.argsort(leaf, kind="stable")
        rows = np.bincount(leaf, minlength=leaves)
        products = np.stack([part.T @ part for part in np.split(scores[order], np.cumsum(rows)[:-1])])
        own = (rows / (rows + shrink))[:, None, None]
        return cls(_roots(own * _correlations(products) + (1 - own) * whole))

    def shares(self, leaf: Array, even: Floats) -> Floats:
        """Turn independent numbers in [0, 1), one per row and column, into ones that hang together as in each row's leaf."""
        from scipy.special import ndtr, ndtri

        scores = ndtri(np.clip(even, _CERTAIN, 1 - _CERTAIN))
        if len(self.roots) == 1:
            joined = scores @ self.roots[0].T.astype(float)
        else:
            step = max(1, _AT_ONCE // self.roots[0].size)
            parts = [slice(start, start + step) for start in range(0, len(leaf), step)]
            joined = np.concatenate([np.einsum("nij,nj->ni", self.roots[leaf[part]], scores[part]) for part in parts])
        # below 1 also where rounding would say 1, so that the last donor is the last place meant
        shares: Floats = np.minimum(ndtr(joined), np.nextafter(1.0, 0.0))
        return shares


def scores_within(leaf: Array, values: Array) -> Floats:
    """Return the normal score of each value's rank within its leaf; equal values share the middle of their ranks."""
    from scipy.special import ndtri

    order = np.lexsort((values, leaf))
    first = np.ones(len(order), dtype=bool)
    first[1:] = np.diff(leaf[order]) != 0
    tied = first.copy()
    tied[1:] |= np.diff(values[order]) != 0
    starts, group = np.flatnonzero(tied), np.cumsum(tied) - 1
    middles = (starts + np.append(starts[1:], len(order)) - 1)[group] / 2
    leaf_start = np.flatnonzero(first)[np.cumsum(first) - 1]
    out: Floats = np.empty(len(order))
    out[order] = ndtri((middles - leaf_start + 0.5) / np.bincount(leaf)[leaf[order]])
    return out


def _correlations(products: Floats) -> Floats:
    """Turn sums of products into correlations; a column that is one value in a leaf is tied to none there."""
    spread: Any = np.sqrt(np.einsum("lii->li", products))
    spread = np.where(spread > _CERTAIN, spread, np.inf)
    out: Floats = products / spread[:, :, None] / spread[:, None, :]
    diagonal = np.arange(out.shape[1])
    out[:, diagonal, diagonal] = 1.0
    return out


def _roots(correlations: Floats) -> NDArray[np.float32]:
    """Return symmetric roots: of all roots they change each column's own even draws least."""
    values, vectors = np.linalg.eigh(correlations)
    roots = (vectors * np.sqrt(np.maximum(values, _CERTAIN))[:, None, :]) @ vectors.transpose(0, 2, 1)
    roots /= np.linalg.norm(roots, axis=2, keepdims=True)
    return np.asarray(roots, dtype=np.float32)
