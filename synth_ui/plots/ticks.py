"""Marks on an axis that a person would choose: 20, 40, 60, or the beginning of a year; and cells that begin at such numbers."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.floating[Any]]

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_DAY = 86_400.0
_SECONDS = (
    1,
    2,
    5,
    10,
    15,
    30,
    60,
    120,
    300,
    600,
    900,
    1_800,
    3_600,
    7_200,
    10_800,
    21_600,
    43_200,
    86_400,
    172_800,
    604_800,
    1_209_600,
)
_MONTHS = (1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1_200, 2_400, 6_000, 12_000)
_MONTH = 30.44 * _DAY


def round_step(least: float, *, whole: bool = False) -> float:
    """Return the smallest of 1, 2, 2.5, 5, 10, 20, 25 and so on that is not below `least`, a whole number where asked."""
    if not math.isfinite(least) or least <= 0:
        return 1.0
    if whole and least <= 1:
        return 1.0
    power = 10.0 ** math.floor(math.log10(least))
    steps = [step * power for step in _STEPS if not whole or (step * power).is_integer()]
    return next(step for step in steps if step >= least * (1 - 1e-9))


def round_numbers(low: float, high: float, most: int = 5, *, whole: bool = False) -> Floats:
    """Return at most `most` + 1 equally spaced round numbers from `low` to `high`; one of the ends where none lies between."""
    if not high > low:
        return np.array([low])
    step = round_step((high - low) / most, whole=whole)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return np.arange(first, last + 1) * step if last >= first else np.array([low])


def said(values: Floats) -> list[str]:
    """Return round numbers as people write them: as many decimals as their step takes, thousands separated from 10,000 up, a true minus."""
    from synth_ui.plots import theme

    known = [float(value) for value in values]
    top = max(map(abs, known), default=0.0)
    if not known or top >= 1e12 or 0 < top < 1e-3:
        return theme.numbers(known)
    digits = next((n for n in range(7) if all(math.isclose(round(v, n), v, rel_tol=1e-9, abs_tol=1e-9 * top) for v in known)), 6)
    comma = "," if digits or top >= 10_000 else ""  # 2007 is most likely a year
    return [f"{value:{comma}.{digits}f}".replace("-", "−") if value else "0" for value in known]


def dates(low: float, high: float, most: int = 5) -> tuple[Floats, list[str]]:
    """Return moments (seconds since 1970) at which something begins, a year, a month, a day or an hour, and what they are called."""
    span = max(high - low, 1.0)
    if span > 3 * _MONTH:
        found = _month_starts(low, high, next((n for n in _MONTHS if span / (n * _MONTH) <= most), _MONTHS[-1]))
    else:
        step = next((n for n in _SECONDS if span / n <= most), _SECONDS[-1])
        first = math.ceil(low / step - 1e-9)
        found = np.arange(first, math.floor(high / step + 1e-9) + 1) * float(step)
    found = found if len(found) else np.array([low])
    moments = pd.DatetimeIndex(np.round(found).astype("int64").astype("datetime64[s]"))
    return found, [str(moment.strftime(_pattern(moments, low, span))) for moment in moments]


def _month_starts(low: float, high: float, step: int) -> Floats:
    first, last = (np.datetime64(round(end), "s").astype("datetime64[M]").astype(int) for end in (low, high))
    months = np.arange(first // step * step, last + 1, step) if step < 12 else _years(first, last, step // 12)
    found = months.astype("datetime64[M]").astype("datetime64[s]").astype(np.float64)
    return np.asarray(found[(found >= low - 1) & (found <= high + 1)])


def _years(first: int, last: int, step: int) -> npt.NDArray[np.int64]:
    """Return Januaries, in months since 1970, of years that the step divides."""
    start, end = 1970 + first // 12, 1970 + last // 12
    return np.array([12 * (year - 1970) for year in range(start // step * step, end + 1, step)], dtype=np.int64)


def _pattern(moments: pd.DatetimeIndex, low: float, span: float) -> str:
    clock_day = float(np.datetime64("1900-01-01", "s").astype("int64"))
    if clock_day <= low and low + span <= clock_day + _DAY:  # times of day are kept as times of this day
        return "%H:%M:%S" if span < 600 else "%H:%M"
    if bool(((moments.month == 1) & (moments.day == 1) & (moments.hour == 0)).all()) and span > 400 * _DAY:
        return "%Y"
    if span > 3 * _MONTH:
        return "%b %Y"
    return "%d %b" if span > 3 * _DAY else "%H:%M" if span > 600 else "%H:%M:%S"


def cell_edges(low: float, high: float, cells: int, *, whole: bool = False) -> Floats:
    """Return round numbers, equally spaced, that enclose `low` to `high` in at most `cells` + 1 cells.

    Whole numbers get cells of a whole width, the last one past `high`. Where numbers are so close together, or so large, that round
    ones cannot be told apart, the range is cut evenly.
    """
    step = round_step((high - low + (1 if whole else 0)) / cells, whole=whole)
    first = math.floor(low / step + 1e-9)
    last = math.floor(high / step + 1e-9) + 1 if whole else max(math.ceil(high / step - 1e-9), first + 1)
    edges = np.arange(first, last + 1) * step
    told_apart = (
        len(edges) <= 2 * cells + 2 and bool(np.isfinite(edges).all()) and all(a < b for a, b in itertools.pairwise(edges))
    )
    return edges if told_apart else np.linspace(low, high, cells + 1)
