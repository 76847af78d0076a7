"""Saying how long something takes."""

from __future__ import annotations


def about(seconds: float) -> str:
    """Say seconds as coarsely as an estimate deserves: "8 s", "40 s", "1 min 45 s", "12 min", "2 h 20 min"."""
    if seconds < 57.5:
        return f"{max(1, round(seconds)) if seconds < 10 else 5 * round(seconds / 5)} s"
    if seconds < 292.5:
        minutes, rest = divmod(15 * round(seconds / 15), 60)
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    if seconds < 3570:
        return f"{round(seconds / 60)} min"
    hours, minutes = divmod(10 * round(seconds / 600), 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"
