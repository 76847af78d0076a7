"""Places on a scale in words: the same few for page, report, command line and chart."""

from __future__ import annotations

import math
from collections.abc import Sequence

from synth_ui.comparison.thresholds import limit


def place(position: float, low: float, high: float, ends: tuple[str, str], band: tuple[float, float]) -> str:
    """Say where a position with its interval lies on a scale, to follow "it is".

    Nothing beyond an end is said in numbers: above the good end lies what real rows are to each other. "No better than" is said only
    where the interval reaches the bad end, and "worse than" only where it lies below.

    Parameters
    ----------
    ends
        What the bad and the good end are, see `synth_ui.comparison.scale.ends`.
    band
        The positions between which the good control lies; NaN where that is not known.
    """
    low, high = (position if math.isnan(end) else end for end in (low, high))
    bad, good = ends
    if high < 0:
        return f"worse than {bad}"
    if low <= 0:
        return (
            f"no better than {bad}"
            if position < limit("low")
            else f"somewhere between {bad} and {good}: more cannot be told here"
        )
    if position >= (1.0 if math.isnan(band[0]) else min(band[0], 1.0)):
        return f"as close as {good} are to each other"
    if position >= limit("close"):
        return f"almost as close as {good}"
    if position >= limit("low"):
        return f"most of the way from {bad} to {good}"
    return f"nearer to {bad} than to {good}"


def listed(names: Sequence[str]) -> str:
    """Join names as a sentence does."""
    names = [str(name) for name in names]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""


def sentence(text: str) -> str:
    """Begin a text with a capital and end it with one full stop."""
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."
