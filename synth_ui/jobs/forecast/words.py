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


BUSY = 1.5
"""So many times longer than expected a race must take before it is said that the machine is busy."""


def busy_words(load: float, cores: int, slots: int) -> str:
    """Say that a forecast is for a machine that does nothing else, where this one does much else; empty where it does not.

    Parameters
    ----------
    load
        How many processes want a core now, runs of one's own not among them.
    cores
        How many cores the machine has.
    slots
        How many runs of a race would want one more each.
    """
    times = (load + slots) / max(cores, 1)
    if times < BUSY or load < 1:
        return ""
    said = f"{count_of(cores, 'core')}, load {load:.1f}"
    return f"That is on a machine that does nothing else; this one is busy now ({said}): expect up to {times:.0f} times as long"


def count_of(number: int, one: str) -> str:
    """Return "1 core", "2 cores"."""
    return f"{number:,} {one if number == 1 else one + 's'}"
