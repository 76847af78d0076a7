"""Places on a scale in words: the same few for page, report, command line and chart."""

from __future__ import annotations

import math
from collections.abc import Sequence

from synth_ui.comparison.scale import Scale
from synth_ui.comparison.thresholds import limit


def place(scale: Scale, position: float, low: float, high: float = math.nan) -> str:
    """Say where a position with its interval lies on a scale, to follow "it is".

    Nothing beyond an end is said in numbers: above the good end lies what real rows are to each other, and what lies wholly below the bad
    control is no better than it: by how much would ask for another draw of both. "Not told apart from" a bad end is said where the
    intervals of the candidate and of the bad control meet. That it is as close as real rows is said where the whole interval is at least almost so; of one that may as well lie far below, it is said that it is
    not told apart from them.

    Parameters
    ----------
    low
        The worse end of the position's interval; the position itself, or NaN, where it has none.
    high
        The better end, likewise.
    """
    if not math.isnan(high) and low < high < (0.0 if math.isnan(scale.floor[0]) else scale.floor[0]):
        return f"no better than {scale.bad}"
    low = position if math.isnan(low) else low
    reached = 0.0 if math.isnan(scale.floor[1]) else scale.floor[1]
    if at_bad_end(scale, position, low):
        return f"not told apart from {scale.bad}"
    if low <= reached:
        return f"somewhere between {scale.bad} and {scale.good}: more cannot be told here"
    if among_real_rows(scale, position):
        if low >= position:
            return f"not told apart from {scale.good}, and without an interval that says how surely"
        if low < limit("close"):
            return f"not told apart from {scale.good}, within a wide interval"
        return f"as close as {scale.good} are to each other" if scale.closeness else f"as good as {scale.good}"
    if position >= limit("close") and low >= limit("low"):
        return f"almost as {'close' if scale.closeness else 'good'} as {scale.good}"
    if position >= limit("low"):
        return f"most of the way from {scale.bad} to {scale.good}"
    return f"nearer to {scale.bad} than to {scale.good}"


def at_bad_end(scale: Scale, position: float, low: float) -> bool:
    """Whether a position in the lower half of its scale is not told apart from the bad control, or lies below it."""
    reached = 0.0 if math.isnan(scale.floor[1]) else scale.floor[1]
    return position < limit("low") and (position if math.isnan(low) else low) <= reached


def among_real_rows(scale: Scale, position: float) -> bool:
    """Whether a position lies where real rows themselves fall, or beyond."""
    return position >= (1.0 if math.isnan(scale.band[0]) else min(scale.band[0], 1.0))


def listed(names: Sequence[str]) -> str:
    """Join names as a sentence does."""
    names = [str(name) for name in names]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""


def sentence(text: str) -> str:
    """Begin a text with a capital and end it with one full stop."""
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."
