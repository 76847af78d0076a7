"""Real rows as a starting point for generators that change them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def passes(rows: int, n: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return `n` row numbers in shuffled passes: none comes again before all have come once."""
    whole = [rng.permutation(rows) for _ in range(-(-n // rows))]
    return np.concatenate(whole)[:n].astype(np.int64)
