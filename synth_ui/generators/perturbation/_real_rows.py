"""Real rows as a starting point for generators that change them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synth_ui.generators._preparation.margin import Floats, Margin


def passes(rows: int, n: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return `n` row numbers in shuffled passes: none comes again before all have come once."""
    whole = [rng.permutation(rows) for _ in range(-(-n // rows))]
    return np.concatenate(whole)[:n].astype(np.int64)


def is_among(values: Floats, known: Floats) -> NDArray[np.bool_]:
    """Tell which values are among the known ones, which ascend; NaN is not."""
    if not len(known):
        return np.zeros(len(values), dtype=bool)
    nearest = np.minimum(np.searchsorted(known, values), len(known) - 1)
    found: NDArray[np.bool_] = known[nearest] == values
    return found


def is_loose(margin: Margin, values: Floats) -> NDArray[np.bool_]:
    """Tell which values of a numeric column are neither blank nor a spike."""
    found: NDArray[np.bool_] = ~np.isnan(values) & ~is_among(values, margin.spikes)
    return found
