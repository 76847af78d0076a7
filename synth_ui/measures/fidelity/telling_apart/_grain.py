"""How coarsely numbers and dates are written: what trees cannot ask, since each question is a threshold."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from synth_ui.core.table import Kind

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_UNITS = tuple(10.0**power for power in range(6, -7, -1))
BEYOND_CHANCE = 20.0
"""By how much more than chance, in multiples of its mean, the sum of squared differences of shares has to be."""

_TIMES = (86_400.0, 3_600.0, 60.0, 1.0)


def grain(values: Floats, kind: Kind) -> Integers:
    """Return the place of the coarsest unit each value is a whole multiple of: a million … a millionth; a day, an hour, a minute, a second.

    One more than the last for what is no multiple of any, two more for a blank. Shape (n,).
    """
    units = _TIMES if kind is Kind.DATETIME else _UNITS
    out = np.full(len(values), len(units), dtype=np.int64)
    for place in range(len(units) - 1, -1, -1):
        many = values / units[place]
        out[np.abs(many - np.round(many)) <= 1e-9 * np.abs(many) + 1e-9] = place
    return np.where(np.isnan(values), len(units) + 1, out)


def tells(grains: Integers, made: npt.NDArray[np.bool_]) -> bool:
    """Whether the grains of two sides differ by more than chance explains, `made` saying which rows are of the first side."""
    size = int(grains.max()) + 1
    ours, theirs = (np.bincount(grains[side], minlength=size) / max(int(side.sum()), 1) for side in (made, ~made))
    rows = 1 / (1 / max(int(made.sum()), 1) + 1 / max(int((~made).sum()), 1))
    return bool(np.sum((ours - theirs) ** 2) * rows > BEYOND_CHANCE)
