"""Dates recognised in text: which way of writing a text follows, day or month first, which century, which zone.

What is decided here is decided on all texts of a column together: whether 03/04/2021 is March or April follows from the
others. A single text that a user writes is read by `read_literal`, which takes the column's own way first and refuses what
could be two dates.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from synth_ui.core.errors import TableError
from synth_ui.core.formats.dates import PIVOT, Dates, Form, Order, day_order, has_zone, in_window, is_clock, parse_dates, years_of
from synth_ui.core.formats.months import ENGLISH, in_english, language_of, names

_CLOCK = r"(?P<clock>\d{1,2}:\d{2}(?P<seconds>:\d{2}(?P<fraction>[.,]\d{1,9})?)?)(?P<half> ?[AaPp]\.?[Mm]\.?)?"
_ZONE = r"(?P<zone> ?(?:Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?))?"
_DAY = (
    r"(?P<year_first>\d{4}(?P<mark>[-/.])\d{1,2}(?P=mark)\d{1,2})|(?P<numeric>(?P<one>\d{1,2})(?P<sep>[-/.])(?P<two>\d{1,2})(?P=sep)(?P<year>\d{4}|\d{2}))"
    r"|(?P<named>\d{1,2}\.?(?: de)?[- /][A-Za-z]{3,9}\.?(?: de)?[- /,]{1,2}(?:\d{4}|\d{2}))|(?P<american>[A-Za-z]{3,9}\.? \d{1,2}, ?\d{4})"
    r"|(?P<month_year>[A-Za-z]{3,9}\.?(?: de)?[- ](?:\d{4}|\d{2}))|(?P<signs>\d{4}[年년] ?\d{1,2}[月월] ?\d{1,2}[日일])|(?P<year_month>\d{4}-(?:0[1-9]|1[0-2]))"
    r"|(?P<slashed>(?:0?[1-9]|1[0-2])/(?:19|20)\d{2})"
)
_WEEKDAY = rf"(?:(?P<weekday>{'|'.join((*names(ENGLISH, 'A'), *names(ENGLISH, 'a')))})(?P<comma>\.?,? ))?"
_DATE = re.compile(rf"(?i:{_WEEKDAY})(?:{_DAY})(?:(?P<gap>[T ]){_CLOCK}{_ZONE})?")
_TIME = re.compile(_CLOCK)
_COMMA = re.compile(r"(?<=\d),(?=\d{1,9}(?:\D|$))")
_MONTHS = frozenset(name.lower() for letter in "bB" for name in names(ENGLISH, letter))

COMPACT = {8: "%Y%m%d", 6: "%Y%m", 14: "%Y%m%d%H%M%S", 12: "%Y%m%d%H%M", 10: "%Y%m%d%H"}
"""The patterns of dates written as one whole number, by its digits."""

_WIDTHS = {pattern: digits for digits, pattern in COMPACT.items()} | {
    "%y%m%d": 6,
    "%m%d%Y": 8,
    "%d%m%Y": 8,
    "%H%M": 4,
    "%H%M%S": 6,
}


def is_whole(format: str | None) -> bool:
    """Whether dates under a pattern are whole numbers."""
    return format is not None and _without_window(format) in _WIDTHS


def _without_window(format: str) -> str:
    return re.sub(r"%\d{4}y", "%y", format)


def whole_date(texts: Sequence[str | None], format: str) -> Dates:
    """Read whole numbers as dates under a pattern; zeros that a number loses in front are put back, a year has all its digits."""
    width = _WIDTHS[_without_window(format)]
    least = width if format.startswith("%Y") else 1
    filled = [
        text.zfill(width) if text is not None and text.isdigit() and least <= len(text) <= width else None for text in texts
    ]
    return parse_dates(filled, format)


_ZONES = (
    "Europe/Berlin", "Europe/London", "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles",
    "Europe/Athens", "Australia/Sydney", "America/Sao_Paulo", "Pacific/Auckland",
)  # fmt: skip
"""Zones whose winter and summer time explain most columns of two offsets."""


@dataclass(frozen=True, eq=False)
class DateTexts:
    """How texts read as dates.

    Attributes
    ----------
    dates
        One datetime64[us] per text (UTC where there is a zone), NaT where it is none.
    shapes
        Per way of writing the places of its texts.
    format
        The pattern they are written back under, where there is one only.
    zone
        The zone of the column, None where no text has one.
    own
        Whether the texts themselves prove the day or the month to come first.
    order
        The order in which figures were read.
    """

    dates: Dates
    shapes: dict[str, list[int]]
    format: str | None
    zone: str | None
    own: Order | None
    order: Order


def shape_of(text: str, order: Order) -> str | None:
    """Return the strftime pattern a text is written in, its months named in English, or None if it is no date and no time of day."""
    english = in_english(text)
    match = _DATE.fullmatch(english)
    if match is not None and english is not text and re.search(r"\D\d\d$", match["month_year"] or ""):
        return None  # "Set 10" is a set, not the Italian September
    if match is None:
        clock = _TIME.fullmatch(text)
        return _clock(clock) if clock else None
    found = match.groupdict()
    day = _day(found, order)
    if day is not None and found["weekday"]:
        day = f"%{'a' if len(found['weekday']) == 3 else 'A'}{found['comma']}{day}"
    if day is None or found["clock"] is None:
        return day
    return day + found["gap"] + _clock(match) + ("%z" if found["zone"] else "")


def _clock(match: re.Match[str]) -> str:
    hour = "%I" if match["half"] else "%H"
    seconds = (":%S" if match["seconds"] else "") + (".%f" if match["fraction"] else "")
    return f"{hour}:%M{seconds}" + (" %p" if match["half"] else "")


def _day(found: dict[str, str | None], order: Order) -> str | None:
    if found["year_first"]:
        return f"%Y{found['mark']}%m{found['mark']}%d"
    if found["numeric"]:
        mark = found["sep"]
        year = "%Y" if len(found["year"] or "") == 4 else "%y"
        return f"%d{mark}%m{mark}{year}" if order == "day" else f"%m{mark}%d{mark}{year}"
    if found["signs"]:
        return re.sub(r"\d+", lambda digits: "%Y" if len(digits[0]) == 4 else "%d", found["signs"]).replace("%d", "%m", 1)
    if found["year_month"]:
        return "%Y-%m"
    if found["slashed"]:
        return "%m/%Y"
    return _named(found["named"] or found["american"] or found["month_year"] or "")


def _named(text: str) -> str | None:
    """Return the pattern of a date with the month's name: 3-Feb-2020, February 3, 2020, Feb-20."""
    word = next((found for found in re.finditer(r"[A-Za-z]+", text) if found.group().lower() in _MONTHS), None)
    if word is None:
        return None
    shape = text[: word.start()] + ("%b" if len(word.group()) == 3 else "%B") + text[word.end() :]
    shape = re.sub(r"\d{4}$", "%Y", shape)
    shape = re.sub(r"(?<=[- /,])\d{2}$", "%y", shape)
    return re.sub(r"\b\d{1,2}\b", "%d", shape)


def looks_dated(text: str) -> bool:
    """Whether a text is written as a date or a time of day in any way that is read here."""
    return shape_of(text, "day") is not None or (text.isdigit() and len(text) in (4, *COMPACT))


def order_of(texts: Iterable[Any]) -> Order | None:
    """Return the order that texts prove: a part above 12 is the day."""
    ones, twos = 0, 0
    for text in texts:
        match = _DATE.fullmatch(text)
        if match and match["numeric"]:
            ones, twos = max(ones, int(match["one"])), max(twos, int(match["two"]))
    if (ones > 12) == (twos > 12):
        return None
    return "day" if ones > 12 else "month"


def proof_of(texts: Iterable[Any], order: Order) -> str:
    """Return the first text whose day stands where `order` says and can be no month; empty if there is none."""
    part = "one" if order == "day" else "two"
    for text in texts:
        match = _DATE.fullmatch(text)
        if match and match["numeric"] and int(match[part]) > 12:
            return str(text)
    return ""


def read_date_texts(
    texts: NDArray[Any], counts: NDArray[np.int64], *, order: Order | None = None, hint: Order = "month", first_year: int | None = None,
    latest: int | None = None, compact: bool = False,
) -> DateTexts:  # fmt: skip
    """Read different texts of a column as dates, each under its own way of writing.

    Parameters
    ----------
    counts
        The rows of each text: the commonest offset is the column's zone.
    order
        What is known from elsewhere; what the texts prove comes first.
    hint
        What to assume where nothing shows it.
    first_year
        The first of the hundred years that two digits stand for; None finds it from the years there are.
    latest
        The last year they may stand for then, such as this one for birthdays.
    compact
        Whether 20210531, 202105 and the like are dates too.
    """
    language, short = language_of(texts[:: max(1, len(texts) // _LOOKED_AT)])
    if language != ENGLISH:
        texts = np.array([in_english(text, language, short) for text in texts], dtype=object)
    own = order_of(texts)
    chosen = own or order or hint
    shapes: dict[str, list[int]] = {}
    for place, text in enumerate(texts):
        shape = shape_of(text, chosen) or (COMPACT.get(len(text)) if compact and text.isdigit() else None)
        if shape is not None:
            shapes.setdefault(shape, []).append(place)
    _merge_may(shapes, texts)
    dates = np.full(len(texts), np.datetime64("NaT", "us"))
    two_digits: list[int] = []
    for shape, places in shapes.items():
        dates[places] = parse_dates([_COMMA.sub(".", text) if ".%f" in shape else text for text in texts[places]], shape)
        two_digits += places if "%y" in shape else []
    first = PIVOT
    if two_digits:
        years = years_of(dates[two_digits][~np.isnat(dates[two_digits])])
        first = first_year if first_year is not None else first_of_years(years, latest)
        dates[two_digits] = in_window(dates[two_digits], first)
    format = _refined(next(iter(shapes)), texts[next(iter(shapes.values()))], first) if len(shapes) == 1 else None
    if format is not None and language != ENGLISH:
        format = re.sub(r"%([\^~]?[aAbB])", rf"%{{{language}}}\1", format)
    return DateTexts(dates, shapes, format, _zone(texts, counts, dates, shapes), own, chosen)


def _merge_may(shapes: dict[str, list[int]], texts: NDArray[Any]) -> None:
    """Read May as a full name where the other months are: it looks like a short one."""
    for shape in [shape for shape in shapes if "%b" in shape]:
        long = shape.replace("%b", "%B")
        if long in shapes and all("may" in str(texts[place]).lower() for place in shapes[shape]):
            shapes[long] += shapes.pop(shape)


# --- years of two digits ------------------------------------------------------------------------------------------


def first_of_years(years: NDArray[np.int64], latest: int | None = None) -> int:
    """Return the first of the hundred years that two digits stand for: those that occur stand together, the widest gap around them.

    Parameters
    ----------
    years
        Years, of which the last two digits count.
    latest
        The last year that may be meant, such as this one for birthdays, which then is the last of the hundred; by default years stand
        together no later than 20 years from now.
    """
    if latest is not None:
        return latest - 99
    last = this_year() + 20
    there = np.unique(years % 100)
    if not len(there):
        return PIVOT
    gaps = np.diff(np.append(there, there[0] + 100))
    widest = int(np.argmax(gaps))
    if gaps[widest] <= 5:  # nearly all years occur: those before the latest
        return last - 99
    span = 100 - int(gaps[widest])
    start = last - span - (last - span - int(there[(widest + 1) % len(there)])) % 100
    return PIVOT if start + span - 99 <= PIVOT <= start else start - (99 - span) // 2


def this_year() -> int:
    """Return the year in which the table is read."""
    return datetime.date.today().year


# --- patterns as fine as the texts --------------------------------------------------------------------------------

_PARTS = {
    "%Y": r"(\d{4})", "%y": r"(\d{2})", "%m": r"(\d{1,2})", "%d": r"(\d{1,2})", "%b": r"([A-Za-z]+)", "%B": r"([A-Za-z]+)",
    "%H": r"(\d{1,2})", "%I": r"(\d{1,2})", "%M": r"(\d{2})", "%S": r"(\d{2})", ".%f": r"([.,]\d{1,9})", " %p": r"( ?[AaPp]\.?[Mm]\.?)",
    "%a": r"([A-Za-z]+)", "%A": r"([A-Za-z]+)", "%z": r"( ?(?:Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?))",
}  # fmt: skip
_SPLIT = re.compile(r"( %p|\.%f|%[A-Za-z])")
_LOOKED_AT = 5_000


def _refined(shape: str, texts: NDArray[Any], first: int) -> str:
    """Return a pattern as finely as the texts are written: leading zeros, capitals, digits of a second, the way of the zone."""
    if shape in COMPACT.values():
        return shape
    pieces = [piece for piece in _SPLIT.split(shape) if piece]
    pattern = re.compile("".join(_PARTS.get(piece, re.escape(piece)) for piece in pieces))
    looked = texts[:: max(1, len(texts) // _LOOKED_AT)]
    matches = [match.groups() for text in looked if (match := pattern.fullmatch(str(text))) is not None]
    if not matches:
        return shape
    columns = iter(zip(*matches, strict=True))
    return "".join(_finer(piece, set(next(columns)), first) if piece in _PARTS else piece for piece in pieces)


def _finer(piece: str, found: set[str], first: int) -> str:
    """Return a token as it was written in all the texts."""
    if piece == "%y":
        return "%y" if first == PIVOT else f"%{first}y"
    if piece in ("%d", "%m", "%H", "%I"):
        bare = any(len(text) == 1 for text in found) and not any(len(text) == 2 and text[0] == "0" for text in found)
        return f"%-{piece[1]}" if bare else piece
    if piece in ("%b", "%B", "%a", "%A"):
        same = "^" if all(map(str.isupper, found)) else "~" if all(map(str.islower, found)) else ""
        return f"%{same}{piece[1]}"
    if piece == ".%f":
        wide = {len(text) - 1 for text in found}
        mark = "," if all(text[0] == "," for text in found) else "."
        return f"{mark}%{wide.pop()}f" if len(wide) == 1 and wide != {6} else f"{mark}%f"
    if piece == " %p":
        some = sorted(found)[0]
        return (" " if some[0] == " " else "") + ("%." if "." in some else "%") + ("P" if some.strip()[0].islower() else "p")
    return _zone_token(found) if piece == "%z" else piece


def _zone_token(found: set[str]) -> str:
    gap = " " if all(text[0] == " " for text in found) else ""
    words = {text.strip() for text in found}
    if len(words) == 1 and words <= {"Z", "UTC", "GMT"}:
        return gap + words.pop()
    offsets = [word for word in words if word[0] in "+-"]
    if offsets and all(len(word) == 3 for word in offsets):
        return f"{gap}%_z"
    return f"{gap}%:z" if not offsets or any(":" in word for word in offsets) else f"{gap}%z"


# --- zones -------------------------------------------------------------------------------------------------------


def _zone(texts: NDArray[Any], counts: NDArray[np.int64], dates: Dates, shapes: dict[str, list[int]]) -> str | None:
    """Return the zone of a column: the offset of all texts, a zone whose summer time explains two, else the commonest offset."""
    places = [place for shape, found in shapes.items() if "%z" in shape for place in found if not np.isnat(dates[place])]
    if not places:
        return None
    offsets = np.array([_minutes(str(texts[place])) for place in places])
    different, at = np.unique(offsets, return_inverse=True)
    if len(different) == 2:
        moments = pd.Series(dates[places]).dt.tz_localize("UTC")
        for name in _ZONES:
            local = moments.dt.tz_convert(name).dt.tz_localize(None).to_numpy()
            if np.array_equal((local - dates[places]).astype("timedelta64[m]").astype("int64"), offsets):
                return name
    held = np.bincount(at, weights=counts[places])
    return offset_zone(int(different[np.argmax(held)]) if held.max() > held.sum() / 2 else 0)


def _minutes(text: str) -> int:
    match = _DATE.fullmatch(text)
    zone = (match["zone"] or "").strip().replace(":", "") if match else ""
    if zone[:1] not in ("+", "-"):
        return 0
    return (-1 if zone[0] == "-" else 1) * (60 * int(zone[1:3]) + int(zone[3:5] or 0))


def offset_zone(minutes: int) -> str:
    """Return the name of a fixed offset from UTC, as pandas takes it."""
    sign, (hours, rest) = "-" if minutes < 0 else "+", divmod(abs(minutes), 60)
    return "UTC" if not minutes else f"UTC{sign}{hours:02d}:{rest:02d}"


# --- one text a user writes ---------------------------------------------------------------------------------------


def read_literal(text: str, format: str | None, zone: Any = None) -> np.datetime64:
    """Read a date that a user writes beside a column: the column's own way first, ISO always, nothing that could be two dates.

    Parameters
    ----------
    format
        The pattern of the column; None where it has none.
    zone
        Its time zone: a text with a zone is turned to it, one without is taken for its clock.

    Returns
    -------
    numpy.datetime64[us]
        By the column's own clock.

    Raises
    ------
    TableError
        If it is no date, a time of day where dates are (or the other way round), or could be two dates; the message says which.
    """
    bare = " ".join(text.split())
    clock = is_clock(format)
    found = None if clock and not _TIME.fullmatch(bare) else _literal(bare, format)
    if found is None and clock:
        raise TableError(f"{text!r} is no time of day; write it as 08:30 or 08:30:00")
    if found is None or (not clock and _TIME.fullmatch(bare)):
        raise TableError(f"{text!r} is no date; write a date {_how(format)}")
    match = _DATE.fullmatch(in_english(bare))
    if zone is not None and match and match["zone"]:
        moment = pd.Timestamp(found).tz_localize("UTC").tz_convert(zone).tz_localize(None)
        return np.datetime64(moment.to_datetime64().astype("datetime64[us]"))
    return found + np.timedelta64(_minutes(bare), "m") if match and match["zone"] else found


def _literal(text: str, format: str | None) -> np.datetime64 | None:
    if re.fullmatch(r"\d{4}", text) and not (format or "").startswith("%H"):
        return _one(f"{text}-01-01", "%Y-%m-%d")
    if text.isdigit() and format in COMPACT.values():
        return _one(text, COMPACT[len(text)]) if len(text) in COMPACT else None
    readings: dict[Order, np.datetime64] = {}
    orders: tuple[Order, Order] = ("day", "month")
    for order in orders:
        shape = shape_of(text, order)
        moment = None if shape is None else _one(text, shape)
        if moment is not None:
            readings[order] = _in_century(moment, format) if "%y" in (shape or "") else moment
    own = day_order(format)
    numeric = (match := _DATE.fullmatch(text)) is not None and match["numeric"] is not None
    if own is not None and numeric:
        if own not in readings and readings:
            raise TableError(f"{text!r} is no date with the {own} first, as the column writes them, such as {_example(format)}")
        return readings.get(own)
    if len(set(readings.values())) > 1:
        first, second = (f"{pd.Timestamp(readings[order]):%-d %B %Y}" for order in orders)
        iso = pd.Timestamp(readings["day"]).strftime("%Y-%m-%d")
        raise TableError(f"{text!r} may be {first} or {second}; write it as 2024-12-31, here {iso} for the former")
    return next(iter(readings.values()), None)


def _one(text: str, shape: str) -> np.datetime64 | None:
    text = in_english(text)
    moment = parse_dates([_COMMA.sub(".", text) if ".%f" in shape else text], shape)[0]
    return None if np.isnat(moment) else moment


def _in_century(moment: np.datetime64, format: str | None) -> np.datetime64:
    """Put a date of a two-digit year where the column's two digits stand, else at most 20 years from now."""
    window = Form.of(format).window if format else None
    first = window if window is not None else this_year() - 79
    found: np.datetime64 = in_window(np.array([moment]), first)[0]
    return found


def _how(format: str | None) -> str:
    if format is None:
        return "as 2024-12-31"
    example = _example(format)
    return f"such as {example}" if example.startswith("2024-12-31") else f"as 2024-12-31 or as the column does, such as {example}"


def _example(format: str | None) -> str:
    from synth_ui.core.formats.dates import write_dates

    moment = pd.Series([pd.Timestamp("2024-12-31 08:30:00")])
    shown = write_dates(moment.dt.tz_localize("UTC") if has_zone(format) else moment, format or "%Y-%m-%d").iloc[0]
    return str(shown)
