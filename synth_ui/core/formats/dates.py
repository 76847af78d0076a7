"""Dates under a pattern: read from text at any year from 1 to 9999, and written back as they stood there.

A pattern is strftime's, with what that cannot say added, so that a date is written back as it was read:

============== ==========================================================================
%-d %-m %-H %-I without a leading zero
%1940y         two digits of a year from 1940 to 2039; plain %y is from 1969 on
%^b %~b        the month's name in capitals, in small letters (also with B)
%P %.p %.P     am, A.M., a.m.
%3f            so many digits of a second, from 1 to 9; plain %f has six
%:z %_z        +02:00 and +02; plain %z is +0200
%{de}B         the month's name in German (also with b, and of weekdays with A and a)
Z, UTC, GMT    at the end, after a time: a zone written as a word
============== ==========================================================================

Without a language in braces the names of months and weekdays are English, whatever the machine's language.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from synth_ui.core.formats.months import ENGLISH, in_english, names

Dates = NDArray[np.datetime64]
Order = Literal["day", "month"]

PIVOT = 1969
"""The first year that two digits stand for where nothing else is known."""

_TOKEN = re.compile(
    r"%(?:(?P<window>\d{4})y|(?P<digits>[1-9])f|(?:\{(?P<language>[a-z]{2})\})?(?P<flag>[-^~.:_]?)(?P<letter>[A-Za-z])|%)"
)
_WORD_ZONE = re.compile(r"(?<=[MSf]) ?(?:Z|UTC|GMT)$")
_ZONE = re.compile(r" ?(?P<zone>Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)$")
_HALF = re.compile(r" ?(?P<half>[AaPp])\.?[Mm]\.?(?= |$)")


@dataclass(frozen=True)
class Form:
    """What a pattern says, and `plain`: the pattern under which pandas reads what `tidied` made of a text."""

    plain: str
    zoned: bool
    half: bool
    comma: bool
    window: int | None
    language: str = ENGLISH
    short: bool = False

    @classmethod
    @cache
    def of(cls, format: str) -> Form:
        """Take a pattern apart."""
        window = next((int(found["window"]) for found in _TOKEN.finditer(format) if found["window"]), None)
        plain = _WORD_ZONE.sub("%z", format)
        plain = _TOKEN.sub(_plain_token, plain)
        half = "%p" in plain
        plain = re.sub(r" ?%p", " %p", plain)
        plain = re.sub(r" ?%z", "%z", plain)
        return cls(
            plain.replace(",%f", ".%f"),
            "%z" in plain,
            half,
            ",%f" in plain,
            PIVOT if window is None and "%y" in plain else window,
            next((found["language"] for found in _TOKEN.finditer(format) if found["language"]), ENGLISH),
            "%b" in plain,
        )

    def tidied(self, text: str) -> str:
        """Write zones as +hhmm, halves of the day as AM and PM, and a decimal comma of seconds as a point."""
        if self.language != ENGLISH:
            text = in_english(text, self.language, self.short)
        if self.zoned:
            text = _ZONE.sub(lambda found: _offset(found["zone"]), text)
        if self.half:
            text = _HALF.sub(lambda found: f" {found['half'].upper()}M", text)
        return re.sub(r"(?<=\d),(?=\d{1,9}(?:\D|$))", ".", text) if self.comma else text


def _plain_token(found: re.Match[str]) -> str:
    if found["window"]:
        return "%y"
    if found["digits"]:
        return "%f"
    if not found["letter"]:
        return "%%"
    return "%p" if found["letter"] == "P" else f"%{found['letter']}"


def _offset(zone: str) -> str:
    return "+0000" if zone in ("Z", "UTC", "GMT") else zone.replace(":", "").ljust(5, "0")


def has_zone(format: str | None) -> bool:
    """Whether a pattern writes a zone."""
    return format is not None and Form.of(format).zoned


def is_clock(format: str | None) -> bool:
    """Whether a pattern writes a time of day and no date."""
    return format is not None and not re.search(r"%[YymdbBj]", Form.of(format).plain) and "%M" in format


def day_order(format: str | None) -> Order | None:
    """Return whether a pattern of figures has the day or the month first; None for all others."""
    plain = Form.of(format).plain if format else ""
    if re.match(r"%d\W?%m\W?%[Yy]", plain):
        return "day"
    return "month" if re.match(r"%m\W?%d\W?%[Yy]", plain) else None


def unit_of(format: str | None) -> str:
    """Return the finest unit that a pattern writes, as numpy names it: Y, M, D, h, m, s, us; us where there is no pattern."""
    if format is None:
        return "us"
    plain = Form.of(format).plain
    finest = (
        ("us", "%f"),
        ("s", "%[SsTXc]"),
        ("m", "%[MR]"),
        ("h", "%[HI]"),
        ("D", "%[djxFDaAwuUWVG]"),
        ("M", "%[mbBh]"),
        ("Y", "%[YyG]"),
    )
    return next((unit for unit, codes in finest if re.search(codes, plain)), "us")


# --- reading -----------------------------------------------------------------------------------------------------


def parse_dates(texts: Sequence[Any], format: str | None = None) -> Dates:
    """Read texts as dates.

    Parameters
    ----------
    texts
        The texts; None and NaN are blanks.
    format
        A pattern; None reads any ISO-like way of writing.

    Returns
    -------
    numpy.ndarray of datetime64[us]
        In UTC where a zone is written; NaT where a text is no date of the years 1 to 9999, or a blank.
    """
    series = pd.Series(texts, dtype=object)
    form = Form.of(format) if format else None
    if form is not None and (form.zoned or form.half or form.comma or form.language != ENGLISH):
        series = series.map(lambda text: form.tidied(str(text)), na_action="ignore").astype(object)
    plain = form.plain if form is not None else None
    parsed = pd.to_datetime(series, errors="coerce", format=plain or "mixed", utc=True)
    dates: Dates = parsed.dt.tz_localize(None).dt.as_unit("us").to_numpy().copy()
    lost = np.flatnonzero(np.isnat(dates) & series.notna().to_numpy())
    if len(lost):
        dates[lost] = _any_year(series.iloc[lost], plain)
    if form is not None and form.window not in (None, PIVOT):
        dates = in_window(dates, form.window or PIVOT)
    return dates


_ISO = ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M")


def _any_year(series: pd.Series[Any], format: str | None) -> Dates:
    """Read what pandas could not, and keep only the years beyond its reach: within it, what it refuses is no date."""
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = pa.array([str(value) for value in series], type=pa.string())
    dates = np.full(len(series), np.datetime64("NaT", "us"))
    for pattern in (format,) if format else _ISO:
        plain = pattern.replace(".%f", "").replace("%z", "")
        found = pc.strptime(texts, format=plain, unit="us", error_is_null=True).to_numpy(zero_copy_only=False)
        dates = np.where(np.isnat(dates), found.astype("datetime64[us]"), dates)
    years = years_of(dates)
    dates[((years >= 1678) & (years <= 2261)) | (years < 1) | (years > 9999)] = np.datetime64("NaT", "us")
    return dates


def years_of(dates: Dates) -> NDArray[np.int64]:
    """Return the years; of NaT any number."""
    return dates.astype("datetime64[Y]").astype("int64") + 1970


def in_window(dates: Dates, first: int) -> Dates:
    """Move dates by hundreds of years into the hundred that begin with `first`."""
    years = years_of(dates)
    moved = first + (years - first) % 100 - years
    months = dates.astype("datetime64[M]")
    out: Dates = np.where(
        moved == 0, dates, (months + 12 * moved).astype("datetime64[us]") + (dates - months.astype("datetime64[us]"))
    )
    return out


# --- writing -----------------------------------------------------------------------------------------------------


def write_dates(series: pd.Series[Any], format: str) -> pd.Series[Any]:
    """Return dates as texts under a pattern, those with a zone by its own clock; None for blanks."""
    zoned = isinstance(series.dtype, pd.DatetimeTZDtype)
    utc = series.dt.tz_convert("UTC").dt.tz_localize(None) if zoned else series
    codes, moments = pd.factorize(utc.dt.as_unit("us").to_numpy().astype("datetime64[us]"))
    local = moments
    if zoned:
        local = pd.Series(moments).dt.tz_localize("UTC").dt.tz_convert(series.dtype.tz).dt.tz_localize(None).to_numpy()
    texts = _written(np.asarray(local, "datetime64[us]"), np.asarray(moments, "datetime64[us]"), format) if len(moments) else []
    return pd.Series(np.array([*texts, None], dtype=object)[codes], index=series.index, dtype=object)


def _written(local: Dates, utc: Dates, format: str) -> list[str]:
    parts: list[list[str]] = []
    at = 0
    for found in _TOKEN.finditer(format):
        parts += [[format[at : found.start()]] * len(local), _part(found, local, utc)]
        at = found.end()
    parts.append([format[at:]] * len(local))
    return ["".join(pieces) for pieces in zip(*parts, strict=True)]


def _part(found: re.Match[str], local: Dates, utc: Dates) -> list[str]:
    """Write one token of a pattern, for each date."""
    letter, flag = found["letter"], found["flag"]
    months = local.astype("datetime64[M]")
    if found["window"] or letter == "y":
        return [f"{year % 100:02d}" for year in years_of(local).tolist()]
    if letter == "Y":
        return [f"{year:04d}" for year in years_of(local).tolist()]
    if letter in ("b", "B"):
        return _named(found, (months.astype("int64") % 12).tolist())
    if letter in ("a", "A"):
        return _named(found, ((local.astype("datetime64[D]").astype("int64") + 3) % 7).tolist())  # 1970 began on a Thursday
    if found["digits"] or letter == "f":
        wide = int(found["digits"] or 6)
        fractions = ((local - local.astype("datetime64[s]")).astype("int64")).tolist()
        return [f"{fraction:06d}".ljust(9, "0")[:wide] for fraction in fractions]
    if letter in ("p", "P"):
        dotted = [("A.M." if hour < 12 else "P.M.") if flag == "." else ("AM" if hour < 12 else "PM") for hour in _hours(local)]
        return [half.lower() if letter == "P" else half for half in dotted]
    if letter == "z":
        return [_zone_text(minutes, flag) for minutes in ((local - utc).astype("int64") // 60_000_000).tolist()]
    numbers = _numbers(letter, local)
    if numbers is None:
        pattern = found[0]
        return [pd.Timestamp(moment).strftime(pattern) for moment in local]
    return [str(number) if flag == "-" else f"{number:02d}" for number in numbers]


def _named(found: re.Match[str], places: list[int]) -> list[str]:
    """Write months or weekdays, each given by its place, in the language and the letters of a token."""
    known = names(found["language"] or ENGLISH, found["letter"])
    flag = found["flag"]
    known = tuple(name.upper() if flag == "^" else name.lower() if flag == "~" else name for name in known)
    return [known[place] for place in places]


def _numbers(letter: str | None, local: Dates) -> list[int] | None:
    """Return the numbers of a token of two digits, None for all others."""
    if letter == "m":
        return [int(number) for number in (local.astype("datetime64[M]").astype("int64") % 12 + 1)]
    if letter == "d":
        first = local.astype("datetime64[M]").astype("datetime64[D]")
        return [int(number) for number in (local.astype("datetime64[D]") - first).astype("int64") + 1]
    if letter == "H":
        return _hours(local)
    if letter == "I":
        return [(hour - 1) % 12 + 1 for hour in _hours(local)]
    if letter in ("M", "S"):
        unit, whole = ("m", "h") if letter == "M" else ("s", "m")
        larger = local.astype(f"datetime64[{whole}]").astype(f"datetime64[{unit}]")
        return [int(number) for number in (local.astype(f"datetime64[{unit}]") - larger).astype("int64")]
    return None


def _hours(local: Dates) -> list[int]:
    days = local.astype("datetime64[D]").astype("datetime64[h]")
    return [int(hour) for hour in (local.astype("datetime64[h]") - days).astype("int64")]


def _zone_text(minutes: int, flag: str) -> str:
    sign, (hours, rest) = "-" if minutes < 0 else "+", divmod(abs(minutes), 60)
    if flag == "_" and not rest:
        return f"{sign}{hours:02d}"
    return f"{sign}{hours:02d}{':' if flag in (':', '_') else ''}{rest:02d}"
