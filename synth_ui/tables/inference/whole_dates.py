"""Dates and times written as whole numbers: 20210531, 202105, 20210531101500; told by the values, with the name as a hint."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synth_ui.core.formats.date_texts import first_of_years, this_year, whole_date
from synth_ui.core.formats.dates import PIVOT, Dates, in_window, years_of
from synth_ui.tables.inference.dates import BIRTH
from synth_ui.tables.inference.values import Values
from synth_ui.tables.personal.name_words import tokens

_DATE_WORDS = frozenset(
    ["date", "day", "dt", "datum", "fecha", "time", "timestamp", "created", "updated", "modified", "dob", "birthday", "birth", "ymd", "yyyymmdd"]
)  # fmt: skip
_MONTH_WORDS = frozenset(["month", "period", "ym", "yyyymm", "yearmonth", "monat", "mes", "mois"])
_CLOCK_WORDS = frozenset(["time", "clock", "hhmm", "hhmmss", "tod", "uhrzeit", "hora", "heure"])

NOTHING = frozenset({"0", "00000000", "000000", "99999999", "999999", "99999999999999"})
"""Whole numbers that stand for no date among dates."""

_FROM, _TO, _OPEN = 1900, 2100, 9999


@dataclass(frozen=True)
class _Way:
    """A way of writing a date as a whole number: its pattern, its digits, how many different values prove it, words that do."""

    format: str
    digits: int
    enough: int
    words: frozenset[str]


_WAYS = (
    _Way("%Y%m%d", 8, 8, _DATE_WORDS),
    _Way("%Y%m%d%H%M%S", 14, 3, _DATE_WORDS),
    _Way("%Y%m%d%H%M", 12, 6, _DATE_WORDS),
    _Way("%Y%m%d%H", 10, 8, _DATE_WORDS),
    _Way("%Y%m", 6, 13, _MONTH_WORDS | _DATE_WORDS),
    _Way("%y%m%d", 6, 20, _DATE_WORDS | frozenset({"yymmdd"})),
    _Way("%m%d%Y", 8, 12, frozenset({"mmddyyyy", "mdy"})),
    _Way("%d%m%Y", 8, 12, frozenset({"ddmmyyyy", "dmy"})),
    _Way("%H%M%S", 6, 20, _CLOCK_WORDS),
    _Way("%H%M", 4, 20, _CLOCK_WORDS),
)


@dataclass(frozen=True, eq=False)
class WholeDates:
    """Whole numbers that read as dates: the dates, NaT where there is none, and the pattern."""

    dates: Dates
    format: str


def may_be_whole_dates(lowest: float, highest: float) -> bool:
    """Whether whole numbers between two ends may be dates at all: a first look that costs nothing."""
    return lowest >= 0 and 100 <= highest <= 99_991_231_235_959


def read_whole_dates(name: str, values: Values, *, sure: bool = False) -> WholeDates | None:
    """Read whole numbers as dates; None if fewer than 95% of those that do not stand for nothing are dates.

    Dates from 1900 to 2100, or 9999, in so many different values that it is no accident; few are enough where the name says that
    they are dates. Times of day as 0830 need the name and their leading zeros: without those, 830 is a number like any other.

    Parameters
    ----------
    sure
        Whether their owner says that they are dates, or times of day.
    """
    sample = [text for text in values.sample(40) if text not in NOTHING]
    if not sample or sum(text.isdigit() for text in sample) < 0.9 * len(sample):
        return None
    if not any(_lengths_fit(sample, way) for way in _WAYS):
        return None
    texts = [str(text) for text in values.texts]
    there = np.array([text not in NOTHING for text in texts], dtype=bool)
    if not there.any() or values.counts[there].sum() < 0.5 * values.rows:
        return None
    words = set(tokens(name))
    for way in _WAYS:
        clock = way.format.startswith("%H")
        named = sure or bool(way.words & words and (not clock or _padded(sample, way)))
        if (named or (not clock and there.sum() >= way.enough)) and _lengths_fit(sample, way):
            found = _read(texts, values.counts, there, way, births=bool(BIRTH & words))
            if found is not None and (named or way.format != "%y%m%d" or _months(found.dates) >= _FEW_MONTHS):
                return found
    return None


def _padded(sample: list[str], way: _Way) -> bool:
    return all(len(text) == way.digits for text in sample) and any(text[0] == "0" for text in sample)


def _lengths_fit(sample: list[str], way: _Way) -> bool:
    """Whether nearly all have the digits of a way; one less where a leading zero may be lost."""
    least = way.digits if way.format.startswith("%Y") else way.digits - 1
    if way.format == "%H%M":
        least = 3
    return sum(least <= len(text) <= way.digits for text in sample) >= 0.9 * len(sample)


_FEW_MONTHS = 4
"""Numbers of six digits that could be days of fewer months may as well be counted up."""


def _months(dates: Dates) -> int:
    return len(np.unique(dates[~np.isnat(dates)].astype("datetime64[M]")))


def _read(
    texts: list[str], counts: NDArray[np.int64], there: NDArray[np.bool_], way: _Way, *, births: bool = False
) -> WholeDates | None:
    dates = whole_date([text if known else None for text, known in zip(texts, there, strict=True)], way.format)
    format = way.format
    if "%y" in format:
        first = first_of_years(years_of(dates[~np.isnat(dates)]), this_year() if births else None)
        dates, format = in_window(dates, first), format.replace("%y", "%y" if first == PIVOT else f"%{first}y")
    if not way.format.startswith("%H"):
        years = years_of(dates)
        dates[((years < _FROM) | (years > _TO)) & (years != _OPEN)] = np.datetime64("NaT", "us")
    read = ~np.isnat(dates)
    return WholeDates(dates, format) if counts[read].sum() >= 0.95 * counts[there].sum() else None
