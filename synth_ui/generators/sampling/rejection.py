"""Drawing rows until enough of them pass: in batches, within a limit, with the share that passed said."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply

_LEAST_TRIES = 200_000
_TRIES_PER_ROW = 1_000
_SMALLEST, _LARGEST = 200, 200_000
_MISSED = 3
"""Where so many are expected, none comes in one case of twenty (the rule of three)."""


def _hopeless(found: int, tries: int, n: int, limit: int) -> bool:
    """Tell whether so few have passed that all the tries there may be would not bring enough, even with luck.

    The number that passed has a standard error of about its square root; where none passed, three may have been missed.
    """
    return tries > 0 and (found + _MISSED + 3 * math.sqrt(found)) * limit < n * tries


def rejected(
    draw: Callable[[int, Context], pd.DataFrame],
    passes: Callable[[pd.DataFrame], NDArray[np.bool_]],
    n: int,
    context: Context,
    what: str,
) -> pd.DataFrame:
    """Draw batches and keep the rows that pass.

    Parameters
    ----------
    draw
        Draws so often, at least once; may return fewer rows than that where it drops some itself.
    passes
        Tells which rows of a batch are kept.
    what
        Completes "of 1,000 drawn rows 200 …": what the rows do that are kept.

    Returns
    -------
    pandas.DataFrame
        `n` rows, numbered from 0. How many were drawn for them is noted in the context.

    Raises
    ------
    DoesNotApply
        If too few rows pass, as soon as that is plain.
    Cancelled
        If the user asked to stop.
    """
    if n == 0:
        return draw(1, context).iloc[:0]
    kept: list[pd.DataFrame] = []
    tries = found = 0
    limit = max(_LEAST_TRIES, _TRIES_PER_ROW * n)
    while found < n:
        if tries >= limit or _hopeless(found, tries, n, limit):
            few = f"only {found:,} of {tries:,} drawn rows ({found / tries:.3%}) {what}"
            raise DoesNotApply(f"{few}; ask for {'fewer rows, or for ' if found else ''}what more real rows have")
        rate = max(found, 1) / tries if tries else 1.0
        most = _LARGEST if found or not tries else max(_MISSED * limit // n - tries + 1, _SMALLEST)
        size = int(np.clip((n - found) / rate * 1.1 + 20, _SMALLEST, min(_LARGEST, most, limit)))
        batch = draw(size, context.named(f"batch {tries}"))
        passing = batch[passes(batch)]
        tries, found = tries + size, found + len(passing)
        kept.append(passing)
        context.step(f"sampling, {found / tries:.2%} of rows kept", 0.9 * min(found / n, 1.0))
    context.notes.tally(what, found, tries)
    return pd.concat([part for part in kept if len(part)], ignore_index=True).iloc[:n].reset_index(drop=True)
