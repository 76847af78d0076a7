"""Chances spread evenly rather than thrown: draws that follow a distribution as closely as so many rows can."""

from __future__ import annotations

import numpy as np

from synth_ui.generators._preparation.margin import Floats
from synth_ui.generators._preparation.prepare import Array

_GOLDEN = (5**0.5 - 1) / 2


def stratified(key: Array, rng: np.random.Generator) -> Floats:
    """Return one number in [0, 1) per row, spread evenly over any stretch of rows in the order of `key`.

    By itself each number is uniform, so every row has the chances it would have with independent draws; together they follow a
    leaf's or a level's shares to within about one row, so that drawn rows carry less noise of sampling. Equal keys stand in
    chance order. The golden sequence (Weyl 1916) is used since any stretch of it is even, at whatever length it is cut.
    """
    if key.dtype.kind == "i":
        order = np.argsort(key + rng.random(len(key)))
    else:
        shuffled = rng.permutation(len(key))
        order = shuffled[np.argsort(key[shuffled], kind="stable")]
    places = rng.random() + _GOLDEN * np.arange(len(key))
    out: Floats = np.empty(len(key))
    out[order] = places - np.floor(places)
    return out
