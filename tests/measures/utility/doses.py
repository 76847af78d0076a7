"""Candidates that lose their relationships by degrees: training rows of which ever more columns are shuffled."""

from __future__ import annotations

import numpy as np
import pandas as pd

DOSES = (0.0, 0.25, 0.5, 1.0)


def shuffled(frame: pd.DataFrame, share: float, seed: int = 0) -> pd.DataFrame:
    """Shuffle a share of the columns, each by itself; a higher share shuffles further ones besides the same."""
    rng = np.random.default_rng(seed)
    names = list(rng.permutation(np.array(frame.columns, dtype=object)))
    lost = names[: round(share * len(names))]
    return frame.assign(**{name: frame[name].iloc[rng.permutation(len(frame))].array for name in lost})
