"""Numbers written as text: signs, thousands, decimal commas, currencies, percent, brackets for negatives."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from synth_ui.tables.inference.values import Values

Mark = Literal[".", ","]

EXACT = 2**53
"""Whole numbers beyond this lose digits as floats: they are names of things, not quantities."""

MOST_DIGITS = 4_000
"""Of a whole number; Python reads no more than 4,300."""

_PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_ANY_LEADING_ZERO = re.compile(r"^[+-]?0\d+$", re.MULTILINE)
_POINT = re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d+)(\.\d*)?([eE][+-]?\d+)?|[+-]?\.\d+")
_COMMA = re.compile(r"[+-]?(\d{1,3}(\.\d{3})+|\d+)(,\d*)?([eE][+-]?\d+)?|[+-]?,\d+")
_SURELY_POINT = re.compile(r"[+-]?(\d*\.(\d{1,2}|\d{4,})|0\.\d+|\d{4,}\.\d+|\d{1,3}(,\d{3})+(\.\d+)|\d{1,3}(,\d{3}){2,})")
_SURELY_COMMA = re.compile(r"[+-]?(\d*,(\d{1,2}|\d{4,})|0,\d+|\d{4,},\d+|\d{1,3}(\.\d{3})+(,\d+)|\d{1,3}(\.\d{3}){2,})")
_THOUSANDS_POINT = re.compile(r"[+-]?\d{1,3}(\.\d{3})+")
_LEADING_ZERO = re.compile(r"[+-]?0\d+")
_CURRENCY = re.compile(r"(?:US|C|A)?[$£€¥]")
_GROUP_SPACES = re.compile(r"(?<=\d)[ \u00a0\u202f'’](?=\d{3}(\D|$))")


@dataclass(frozen=True, eq=False)
class NumberReading:
    """How the texts of a column read as numbers.

    Attributes
    ----------
    numbers
        One float per text, NaN where it is none.
    exact
        One int per text where all are whole and some do not fit a float; None otherwise.
    whole
        Whether every text is a whole number written without decimals.
    said
        What was assumed, in words, or empty.
    """

    numbers: NDArray[np.float64]
    exact: tuple[int, ...] | None
    whole: bool
    said: str


def tidy(text: str) -> str:
    """Strip currency and percent signs, spaces between thousands, and turn (1) and 1- into -1."""
    text = text.replace("\u2212", "-")
    if len(text) > 2 and text[0] == "(" and text[-1] == ")":
        text = "-" + text[1:-1]
    elif len(text) > 1 and text[-1] == "-" and text[-2].isdigit():
        text = "-" + text[:-1]
    sign, bare = (text[0], text[1:].lstrip()) if text[:1] in "+-" and len(text) > 1 else ("", text)
    bare = _without_signs(_without_signs(bare)).strip()
    return sign + _GROUP_SPACES.sub("", bare) if not bare.startswith("-") or not sign else text


def _without_signs(text: str) -> str:
    """Strip a currency before the number and a currency or percent sign behind it."""
    currency = _CURRENCY.match(text)
    bare = text[currency.end() :].lstrip() if currency else text
    return bare[:-1].rstrip() if bare[-1:] in tuple("$£€¥%") else bare


def decimal_mark(columns: list[Values]) -> Mark | None:
    """Return the decimal mark the file's columns vote for, or None where none shows one for sure.

    A column votes if all its texts are numbers under a mark and one of them is one under no other: "0,5" or "1.234,5"
    for the comma, "0.5" or "1,234.5" for the point.
    """
    votes = {".": 0, ",": 0}
    for values in columns:
        sample = values.sample(200)
        if values.plain:
            votes["."] += any(map(_SURELY_POINT.fullmatch, sample))
            continue
        texts = [tidy(text) for text in sample]
        if not texts or not any(text[:2].strip("+-,.")[:1].isdigit() for text in texts):
            continue
        if all(map(_COMMA.fullmatch, texts)) and any(map(_SURELY_COMMA.fullmatch, texts)):
            votes[","] += 1
        elif all(map(_POINT.fullmatch, texts)) and any(map(_SURELY_POINT.fullmatch, texts)):
            votes["."] += 1
    if votes[","] == votes["."]:
        return None
    return "," if votes[","] > votes["."] else "."


def read_numbers(values: Values, mark: Mark | None, hint: Mark = ".") -> NumberReading | None:
    """Read the texts as numbers; None if that is not what they are.

    Parameters
    ----------
    mark
        The decimal mark of the file, where it showed one.
    hint
        The mark to assume where neither column nor file shows one.
    """
    if not _worth_trying(values):
        return None
    texts = values.texts
    if values.plain:
        numbers = np.array(list(map(float, texts)))
    else:
        numbers = pd.to_numeric(pd.Series(texts, dtype=object), errors="coerce").to_numpy(dtype=float)
    failed = np.isnan(numbers)
    dotted_thousands = mark == "," and _all_thousands(texts[~failed])
    if not failed.any() and not dotted_thousands:
        return _finish(texts, numbers, "")
    tidied = [tidy(text) for text in texts]
    style = _style(tidied, mark, hint)
    if style is None:
        return _finish(texts, numbers, "") if not failed.all() else None
    plain = [_to_plain(text, style) for text in tidied]
    numbers = pd.to_numeric(pd.Series(plain, dtype=object), errors="coerce").to_numpy(dtype=float)
    return None if np.isnan(numbers).all() else _finish(np.array(plain, dtype=object), numbers, _said(list(texts), tidied, style))


def _worth_trying(values: Values) -> bool:
    """Whether a good part of a first look has digits and few letters, and no number starts with a needless zero."""
    if values.plain:
        return not _ANY_LEADING_ZERO.search("\n".join(values.texts))
    sample = values.sample(60)
    numeric = sum(1 for text in sample if any(c.isdigit() for c in text) or text.lower().strip("+-") in ("inf", "infinity"))
    if not sample or numeric < len(sample) / 2:
        return False
    return not any(_LEADING_ZERO.fullmatch(str(text)) for text in values.texts)


def _all_thousands(texts: NDArray[Any]) -> bool:
    dotted = [text for text in texts if "." in text]
    return bool(dotted) and all(map(_THOUSANDS_POINT.fullmatch, dotted))


def _style(texts: list[str], mark: Mark | None, hint: Mark) -> Mark | None:
    """Return the decimal mark under which (nearly) all texts are numbers; the file's, then the hint, where both fit."""
    enough = 0.95 * len(texts)
    fits: dict[Mark, bool] = {
        ".": sum(1 for text in texts if _POINT.fullmatch(text)) >= enough,
        ",": sum(1 for text in texts if _COMMA.fullmatch(text)) >= enough,
    }
    if fits["."] and fits[","]:
        surely_comma = sum(1 for text in texts if _SURELY_COMMA.fullmatch(text))
        surely_point = sum(1 for text in texts if _SURELY_POINT.fullmatch(text))
        if surely_comma != surely_point:
            return "," if surely_comma > surely_point else "."
        return mark or hint
    return "." if fits["."] else "," if fits[","] else None


def _to_plain(text: str, mark: Mark) -> str:
    pattern = _POINT if mark == "." else _COMMA
    if not pattern.fullmatch(text):
        return text if _PLAIN.fullmatch(text) and mark == "." else "nan"
    return text.replace(",", "") if mark == "." else text.replace(".", "").replace(",", ".")


def _said(texts: list[str], tidied: list[str], style: Mark) -> str:
    if style == "," and any("," in text for text in tidied):
        return "a comma is the decimal mark"
    if style == "," and any("." in text for text in tidied):
        return "points stand between thousands"
    if any("," in text for text in tidied):
        return "commas stand between thousands"
    sign = next((text for text, tidy_text in zip(texts, tidied, strict=True) if text != tidy_text), "")
    return f"written such as {sign!r}" if sign else ""


def _finish(texts: NDArray[Any], numbers: NDArray[np.float64], said: str) -> NumberReading | None:
    there = texts[~np.isnan(numbers)]
    if not len(there):
        return None
    whole = not any(mark in text for text in there[:2_000] for mark in ".eEiI")
    if whole and not np.isnan(numbers).any() and np.abs(numbers).max() > EXACT:
        if max(map(len, texts)) > MOST_DIGITS:
            return None
        return NumberReading(numbers, tuple(int(text) for text in texts), True, said)
    return NumberReading(numbers, None, whole, said)


def written_as_number(text: str) -> bool:
    """Whether a text is written as a number in any of the ways read here."""
    bare = tidy(text)
    return _POINT.fullmatch(bare) is not None or _COMMA.fullmatch(bare) is not None
