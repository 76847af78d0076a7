"""Columns of dates written as text: which of the ways of writing them, and day or month first, decided on what the column shows."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synth_ui.core.formats.date_texts import DateTexts, order_of, proof_of, read_date_texts, shape_of, this_year
from synth_ui.core.formats.dates import Form, Order, years_of
from synth_ui.tables.inference.values import Values
from synth_ui.tables.personal.name_words import tokens

__all__ = ["DateReading", "Order", "date_order", "looks_dated", "read_dates", "written_as_date"]

BIRTH = frozenset(
    [
        "dob",
        "birth",
        "birthday",
        "birthdate",
        "dateofbirth",
        "born",
        "geburt",
        "geburtsdatum",
        "geboren",
        "naissance",
        "nacimiento",
    ]
)


ZERO_DATE = re.compile(r"^0000[-/.]\d|[-/.]0000($|[ T])")
"""A date of the year 0, which databases write where there is none."""


@dataclass(frozen=True, eq=False)
class DateReading:
    """How the texts of a column read as dates.

    Attributes
    ----------
    dates
        One datetime64[us] per text (UTC where there is a zone), NaT where it is none.
    format
        The pattern of `synth_ui.core.formats.dates`, where there is one only.
    zone
        The zone of the column; None where no text has one.
    said, doubt
        What was assumed, one sentence each, and what remains doubtful; empty if nothing.
    """

    dates: NDArray[np.datetime64]
    format: str | None
    zone: str | None = None
    said: tuple[str, ...] = ()
    doubt: str = ""


def looks_dated(values: Values) -> float:
    """Return the share of a sample of the texts that are written as a date or a time of day."""
    return values.share(written_as_date)


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
    return order_of(values.texts)


def read_dates(
    values: Values, order: Order | None, hint: Order = "month", *, name: str = "", first_year: int | None = None
) -> DateReading | None:
    """Read the texts as dates; None if fewer than 95% of the rows hold one.

    Parameters
    ----------
    order
        What the file's other columns show; the column's own values come first.
    hint
        What to assume where nothing shows it; the reading's `doubt` then says so.
    name
        What the column is called: years of two digits of birthdays are not in the future.
    first_year
        The first of the hundred years that two digits stand for, where it is known from another table.
    """
    if not len(values.texts) or looks_dated(values) < 0.95:
        return None
    latest = this_year() if BIRTH & set(tokens(name)) else None
    found = read_date_texts(values.texts, values.counts, order=order, hint=hint, first_year=first_year, latest=latest)
    if latest is not None and (found.dates > np.datetime64("today")).any():  # this year, but not yet
        found = read_date_texts(values.texts, values.counts, order=order, hint=hint, first_year=first_year, latest=latest - 1)
    if values.counts[np.isnat(found.dates)].sum() > 0.05 * values.rows:
        return None
    said = tuple(text for text in (_said(found, values), _century(found), _zones(found)) if text)
    return DateReading(found.dates, found.format, found.zone, said, _doubt(found, values, order))


def _said(found: DateTexts, values: Values) -> str:
    if any("%d/%m" in s or "%d-%m" in s or "%d.%m" in s for s in found.shapes) and found.own:
        return f"dates are written day first ({proof_of(values.texts, found.order)} can be nothing else)"
    if any(re.match(r"%m[-/.]%d", s) for s in found.shapes) and found.own:
        return f"dates are written month first ({proof_of(values.texts, found.order)} can be nothing else)"
    if len(found.shapes) > 1:
        return f"dates are written in {len(found.shapes)} ways ({', '.join(list(found.shapes)[:3])})"
    return ""


def _century(found: DateTexts) -> str:
    """Say which years two digits were taken for."""
    short = [place for shape, places in found.shapes.items() if "%y" in shape for place in places]
    years = years_of(found.dates[short][~np.isnat(found.dates[short])])
    return f"years of two digits are taken for {years.min()} to {years.max()}" if len(years) else ""


def _zones(found: DateTexts) -> str:
    if found.zone is None:
        return ""
    one = found.format is not None and not re.search(r"%[:_]?z", found.format)
    return f"times are in {found.zone}" if one else f"times with a zone are turned to {found.zone}"


def _doubt(found: DateTexts, values: Values, order: Order | None) -> str:
    doubtful = any(re.match(r"%[dm][-/.]%[dm]", shape) for shape in found.shapes)
    if doubtful and found.own is None:
        because = "as in the other columns" if order else "nothing in the column shows which"
        return f"{values.texts[0]} is read with the {found.order} first, {because}"
    if doubtful and proof_of(values.texts, "month" if found.order == "day" else "day"):
        return f"most dates are written {found.order} first, some cannot be"
    zones = {Form.of(shape).zoned for shape in found.shapes}
    return "some times have no zone; they are taken for UTC" if zones == {True, False} else ""


def written_as_date(text: str) -> bool:
    """Whether a text is written as a date or a time of day."""
    return shape_of(text, "day") is not None
