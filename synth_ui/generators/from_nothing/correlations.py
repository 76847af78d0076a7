"""Rank correlations that a user asks for: whether they are possible together, the nearest that are, and drawing them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_TINY = 1e-9


def latent(ranks: Floats) -> Floats:
    """Return the normal correlations behind rank correlations: 2 sin(pi r / 6), exact for continuous columns (Pearson 1907)."""
    made = 2 * np.sin(np.pi * ranks / 6)
    np.fill_diagonal(made, 1.0)
    return np.asarray(made, dtype=float)


def observed(normal: Floats) -> Floats:
    """Return the rank correlations that normal correlations give; the inverse of `latent`."""
    made = 6 / np.pi * np.arcsin(np.clip(normal, -1, 1) / 2)
    np.fill_diagonal(made, 1.0)
    return np.asarray(made, dtype=float)


def possible(ranks: Floats) -> bool:
    """Whether the rank correlations can hold all at once: the matrix behind them has no negative eigenvalue."""
    return bool(np.linalg.eigvalsh(latent(ranks)).min() >= -_TINY)


def nearest(ranks: Floats) -> Floats:
    """Return the possible rank correlations nearest to those asked for.

    Alternating projections with Dykstra's correction on the normal scale (Higham, Computing the nearest correlation matrix, IMA
    Journal of Numerical Analysis 2002).
    """
    wanted = latent(ranks)
    made, correction = wanted.copy(), np.zeros_like(wanted)
    for _ in range(500):
        shifted = made - correction
        values, vectors = np.linalg.eigh(shifted)
        whole = (vectors * np.maximum(values, 0)) @ vectors.T
        correction = whole - shifted
        before, made = made, whole.copy()
        np.fill_diagonal(made, 1.0)
        if np.abs(made - before).max() < 1e-10:
            break
    return observed(_positive(made))


def _positive(matrix: Floats) -> Floats:
    """Lift what rounding left below zero, and put the diagonal back to 1."""
    values, vectors = np.linalg.eigh(matrix)
    whole = (vectors * np.maximum(values, _TINY)) @ vectors.T
    scale = np.sqrt(np.diag(whole))
    return np.asarray(whole / np.outer(scale, scale))


def normals(n: int, ranks: Floats, rng: np.random.Generator) -> Floats:
    """Draw `n` rows of normal numbers whose ranks are correlated as asked."""
    values, vectors = np.linalg.eigh(latent(ranks))
    root: Any = vectors * np.sqrt(np.maximum(values, 0))
    return np.asarray(rng.standard_normal((n, len(ranks))) @ root.T)
