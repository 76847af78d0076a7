"""Dates written as text: which of the ways of writing them, and day or month first, decided on what the column shows."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from synth_ui.core.dates import parse_dates
from synth_ui.tables.values import Values

Order = Literal["day", "month"]

_CLOCK = r"(?P<clock>\d{1,2}:\d{2}(?P<seconds>:\d{2}(?P<fraction>[.,]\d{1,9})?)?)(?P<half> ?[AaPp]\.?[Mm]\.?)?"
_ZONE = r"(?P<zone> ?(?:Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?))?"
_DAY = (
    r"(?P<year_first>\d{4}(?P<mark>[-/.])\d{1,2}(?P=mark)\d{1,2})|(?P<numeric>(?P<one>\d{1,2})(?P<sep>[-/.])(?P<two>\d{1,2})(?P=sep)(?P<year>\d{4}|\d{2}))"
    r"|(?P<named>\d{1,2}[- /][A-Za-z]{3,9}[- /,]{1,2}(?:\d{4}|\d{2}))|(?P<american>[A-Za-z]{3,9}\.? \d{1,2}, ?\d{4})"
    r"|(?P<month_year>[A-Za-z]{3,9}[- ](?:\d{4}|\d{2}))|(?P<year_month>\d{4}-(?:0[1-9]|1[0-2]))"
)
_DATE = re.compile(rf"(?:{_DAY})(?:(?P<gap>[T ]){_CLOCK}{_ZONE})?")
_TIME = re.compile(_CLOCK)
_MONTHS = frozenset(
    [
        "jan",
        "feb",
        "mar",
        "apr",
        "may",
        "jun",
        "jul",
        "aug",
        "sep",
        "oct",
        "nov",
        "dec",
        "january",
        "february",
        "march",
        "april",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ]
)


@dataclass(frozen=True, eq=False)
class DateReading:
    """How the texts of a column read as dates.

    Attributes
    ----------
    dates
        One datetime64[us] per text (UTC where `zoned`), NaT where it is none.
    format
        The strftime pattern, where there is one only.
    said, doubt
        What was assumed, and what remains doubtful; empty if nothing.
    """

    dates: NDArray[np.datetime64]
    format: str | None
    zoned: bool
    said: str = ""
    doubt: str = ""


def looks_dated(values: Values) -> float:
    """Return the share of a sample of the texts that are written as a date or a time of day."""
    return values.share(lambda text: _shape(text, "day") is not None)


def date_order(columns: Iterable[Values]) -> Order | None:
    """Return whether the file's columns show the day or the month first; None where none shows it for sure."""
    votes = {"day": 0, "month": 0}
    for values in columns:
        order = _order(values)
        if order is not None:
            votes[order] += 1
    if votes["day"] == votes["month"]:
        return None
    return "day" if votes["day"] > votes["month"] else "month"


def _order(values: Values) -> Order | None:
    """Return the order that the column's own values prove: a part above 12 is the day."""
    if not re.match(r"\d{1,2}[-/.]\d{1,2}[-/.]\d{2}", str(values.texts[0]) if len(values.texts) else ""):
        return None
    ones, twos = 0, 0
    for text in values.texts:
        match = _DATE.fullmatch(text)
        if match and match["numeric"]:
            ones, twos = max(ones, int(match["one"])), max(twos, int(match["two"]))
    if (ones > 12) == (twos > 12):
        return None
    return "day" if ones > 12 else "month"


def read_dates(values: Values, order: Order | None, hint: Order = "month") -> DateReading | None:
    """Read the texts as dates; None if fewer than 95% of the rows hold one.

    Parameters
    ----------
    order
        What the file's other columns show; the column's own values come first.
    hint
        What to assume where nothing shows it; the reading's `doubt` then says so.
    """
    if not len(values.texts) or looks_dated(values) < 0.95:
        return None
    own = _order(values)
    chosen = own or order or hint
    shapes: dict[str, list[int]] = {}
    for place, text in enumerate(values.texts):
        shape = _shape(text, chosen)
        if shape is not None:
            shapes.setdefault(shape, []).append(place)
    _merge_may(shapes, values.texts)
    dates = np.full(len(values.texts), np.datetime64("NaT", "us"))
    for shape, places in shapes.items():
        dates[places] = parse_dates(_normal(values.texts[places]), shape)
    if values.counts[np.isnat(dates)].sum() > 0.05 * values.rows:
        return None
    zoned = any("%z" in shape for shape in shapes)
    only = next(iter(shapes)) if len(shapes) == 1 else None
    return DateReading(dates, only, zoned, _said(shapes, values, own, chosen), _doubt(shapes, values, own, order, chosen))


def _merge_may(shapes: dict[str, list[int]], texts: NDArray[Any]) -> None:
    """Read May as a full name where the other months are: it looks like a short one."""
    for shape in [shape for shape in shapes if "%b" in shape]:
        long = shape.replace("%b", "%B")
        if long in shapes and all("may" in str(texts[place]).lower() for place in shapes[shape]):
            shapes[long] += shapes.pop(shape)


def _normal(texts: NDArray[Any]) -> list[str]:
    """Write zones as +hhmm, decimal commas of seconds as points, and halves of the day as AM and PM."""
    out = []
    for text in texts:
        match = _DATE.fullmatch(text) or _TIME.fullmatch(text)
        found = match.groupdict() if match else {}
        zone = (found.get("zone") or "").strip()
        if zone:
            digits = zone.replace(":", "")
            text = text[: -len(found["zone"])] + ("+0000" if zone in ("Z", "UTC", "GMT") else digits.ljust(5, "0"))
        if found.get("fraction"):
            text = text.replace(",", ".")
        if found.get("half"):
            text = text.replace(found["half"], " " + found["half"].strip().replace(".", "").upper())
        out.append(text)
    return out


def _shape(text: str, order: Order) -> str | None:
    """Return the strftime pattern a text is written in, or None if it is no date."""
    match = _DATE.fullmatch(text)
    if match is None:
        clock = _TIME.fullmatch(text)
        return _clock(clock) if clock else None
    found = match.groupdict()
    day = _day(text, found, order)
    if day is None or found["clock"] is None:
        return day
    return day + found["gap"] + _clock(match) + ("%z" if found["zone"] else "")


def _clock(match: re.Match[str]) -> str:
    hour = "%I" if match["half"] else "%H"
    seconds = (":%S" if match["seconds"] else "") + (".%f" if match["fraction"] else "")
    return f"{hour}:%M{seconds}" + (" %p" if match["half"] else "")


def _day(text: str, found: dict[str, str | None], order: Order) -> str | None:
    if found["year_first"]:
        return f"%Y{found['mark']}%m{found['mark']}%d"
    if found["numeric"]:
        mark = found["sep"]
        year = "%Y" if len(found["year"] or "") == 4 else "%y"
        return f"%d{mark}%m{mark}{year}" if order == "day" else f"%m{mark}%d{mark}{year}"
    if found["year_month"]:
        return "%Y-%m"
    return _named(found["named"] or found["american"] or found["month_year"] or "")


def _named(text: str) -> str | None:
    """Return the pattern of a date with the month's name: 3-Feb-2020, February 3, 2020, Feb-20."""
    word = re.search(r"[A-Za-z]+", text)
    if word is None or word.group().lower() not in _MONTHS:
        return None
    shape = text[: word.start()] + ("%b" if len(word.group()) == 3 else "%B") + text[word.end() :]
    shape = re.sub(r"\d{4}$", "%Y", shape)
    shape = re.sub(r"(?<=[- /,])\d{2}$", "%y", shape)
    return re.sub(r"\b\d{1,2}\b", "%d", shape)


def _said(shapes: dict[str, list[int]], values: Values, own: Order | None, chosen: Order) -> str:
    if any("%d/%m" in s or "%d-%m" in s or "%d.%m" in s for s in shapes) and own:
        return f"dates are written day first ({_proof(values, chosen)})"
    if any(re.match(r"%m[-/.]%d", s) for s in shapes) and own:
        return f"dates are written month first ({_proof(values, chosen)})"
    if len(shapes) > 1:
        return f"dates are written in {len(shapes)} ways ({', '.join(list(shapes)[:3])})"
    return ""


def _proof(values: Values, order: Order) -> str:
    part = "one" if order == "day" else "two"
    for text in values.texts:
        match = _DATE.fullmatch(text)
        if match and match["numeric"] and int(match[part]) > 12:
            return f"{text} can be nothing else"
    return ""


def _doubt(shapes: dict[str, list[int]], values: Values, own: Order | None, order: Order | None, chosen: Order) -> str:
    doubtful = any(re.match(r"%[dm][-/.]%[dm]", shape) for shape in shapes)
    if doubtful and own is None:
        because = "as in the other columns" if order else "nothing in the column shows which"
        return f"{values.texts[0]} is read with the {chosen} first, {because}"
    if doubtful and _contradicted(values, chosen):
        return f"most dates are written {chosen} first, some cannot be"
    zones = {"%z" in shape for shape in shapes}
    return "some times have no zone; they are taken for UTC" if zones == {True, False} else ""


def _contradicted(values: Values, chosen: Order) -> bool:
    part = "two" if chosen == "day" else "one"
    matches = (_DATE.fullmatch(text) for text in values.texts)
    return any(match and match["numeric"] and int(match[part]) > 12 for match in matches)


def written_as_date(text: str) -> bool:
    """Whether a text is written as a date or a time of day."""
    return _shape(text, "day") is not None
