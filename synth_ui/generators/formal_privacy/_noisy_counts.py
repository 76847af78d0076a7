"""Counts with noise, and how to make the best of them; only `counted` and `chosen` see real rows, all else costs no privacy."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from synth_ui.generators._preparation.margin import Floats

Codes = NDArray[np.int64]


def counted(codes: Sequence[Codes], sizes: Sequence[int]) -> Floats:
    """Count rows per combination of codes; one row changes one cell by one."""
    keys = np.zeros(len(codes[0]), dtype=np.int64)
    for code, size in zip(codes, sizes, strict=True):
        keys = keys * size + code
    return np.bincount(keys, minlength=int(np.prod(sizes))).astype(np.float64).reshape(tuple(sizes))


def noised(counts: Floats, deviation: float, rng: np.random.Generator) -> Floats:
    """Add Gaussian noise to every cell: a Gaussian mechanism of sensitivity 1."""
    out: Floats = counts + rng.normal(0.0, deviation, counts.shape)
    return out


def chosen(scores: Floats, epsilon: float, rng: np.random.Generator) -> int:
    """Choose by the exponential mechanism: scores that one row changes by at most 1, each with odds exp(ε · score / 2)."""
    return int(np.argmax(scores * epsilon / 2 + rng.gumbel(size=len(scores))))


def shares(noisy: Floats, total: float = 1.0) -> Floats:
    """Return the nearest non-negative cells with the given sum."""
    flat = noisy.ravel()
    ordered = np.sort(flat)[::-1]
    excess = (np.cumsum(ordered) - total) / np.arange(1, len(flat) + 1)
    last = np.flatnonzero(ordered - excess > 0)[-1]
    out: Floats = np.maximum(noisy - excess[last], 0.0)
    return out


def total_of(noisy: Sequence[Floats]) -> float:
    """Return the number of rows as the noisy counts of all columns tell it; a sum over few cells counts for more."""
    weights = np.array([1 / counts.size for counts in noisy])
    return float(max(np.average([counts.sum() for counts in noisy], weights=weights), 1.0))


def shrunk(noisy: Floats, expected: Floats, deviation: float) -> Floats:
    """Pull noisy counts towards what is expected without them, the more the less they differ beyond noise (James and Stein, 1961)."""
    beyond = noisy - expected
    length = float((beyond**2).sum())
    kept = max(0.0, 1 - noisy.size * deviation**2 / length) if length > 0 else 0.0
    out: Floats = expected + kept * beyond
    return out


def raked(joint: Floats, margins: Sequence[tuple[tuple[int, ...], Floats]], rounds: int = 25) -> Floats:
    """Scale a joint table until it has the given margins (iterative proportional fitting); each is (axes kept, shares)."""
    out = joint + 1e-12
    for _ in range(rounds):
        for axes, wanted in margins:
            others = tuple(axis for axis in range(out.ndim) if axis not in axes)
            now = out.sum(axis=others, keepdims=True)
            shape = [out.shape[axis] if axis in axes else 1 for axis in range(out.ndim)]
            out = out * np.divide(wanted.reshape(shape), now, out=np.zeros(shape), where=now > 0)
        out /= max(out.sum(), 1e-300)
    return out


def grouped(counts: Floats, least: float) -> Codes:
    """Return the group of each cell of an ordered column: cells are joined until a group has `least`, a heavy cell stays alone."""
    groups = np.zeros(len(counts), dtype=np.int64)
    group, held, filled = 0, 0.0, False
    for place, count in enumerate(counts):
        if filled and (held >= least or count >= least):
            group, held, filled = group + 1, 0.0, False
        groups[place] = group
        held, filled = held + count, True
    if group and held < least / 2:
        groups[groups == group] = group - 1
    return groups


def frequent(counts: Floats, least: float) -> Codes:
    """Return the group of each level of a column without order: frequent levels stay alone, the others are one group."""
    alone = counts >= least
    if (~alone).sum() <= 1:
        return np.arange(len(counts), dtype=np.int64)
    return np.where(alone, np.cumsum(alone) - 1, alone.sum()).astype(np.int64)


def given(joint: Floats) -> Floats:
    """Turn a configurations × levels table of shares into a ladder from which `draw_given` draws; empty rows become even ones."""
    rows = joint.sum(axis=1, keepdims=True)
    chances = np.where(rows > 0, joint / np.where(rows > 0, rows, 1.0), 1 / joint.shape[1])
    heights = np.cumsum(chances, axis=1)
    heights[:, -1] = 1.0
    out: Floats = (np.minimum(heights, 1.0) + np.arange(len(joint))[:, None]).ravel()
    return out


def draw_given(ladder: Floats, levels: int, configuration: Codes, rng: np.random.Generator) -> Codes:
    """Draw a level for each row's configuration."""
    found = np.searchsorted(ladder, configuration + rng.random(len(configuration)), side="right")
    out: Codes = np.clip(found - configuration * levels, 0, levels - 1).astype(np.int64)
    return out
