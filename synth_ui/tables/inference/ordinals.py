"""Levels that have an order of their own: months, sizes, agreement, ranges of numbers."""

from __future__ import annotations

import re

_SCALES: tuple[tuple[str, ...], ...] = (
    ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"),
    ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"),
    ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
    ("mon", "tue", "wed", "thu", "fri", "sat", "sun"),
    ("none", "very low", "low", "medium", "high", "very high"),
    ("none", "mild", "moderate", "severe", "critical"),
    ("xxs", "xs", "s", "m", "l", "xl", "xxl", "xxxl"),
    ("tiny", "small", "medium", "large", "huge"),
    ("very poor", "poor", "fair", "average", "good", "very good", "excellent"),
    ("terrible", "bad", "ok", "good", "great", "excellent"),
    ("never", "rarely", "sometimes", "often", "always"),
    ("strongly disagree", "disagree", "neutral", "agree", "strongly agree"),
    ("very dissatisfied", "dissatisfied", "neutral", "satisfied", "very satisfied"),
    ("first", "second", "third", "fourth", "fifth"),
    ("bronze", "silver", "gold", "platinum"),
    ("young", "middle", "old"),
)
_ALIASES = {
    "sept": "sep",
    "june": "jun",
    "july": "jul",
    "tues": "tue",
    "thur": "thu",
    "thurs": "thu",
    "med": "medium",
    "okay": "ok",
}

_RANGE = re.compile(r"(?P<sign>[<>≤≥]=?|under |over |below |above |less than |more than |up to )?[\[(]?\s*(?P<low>\d+(?:[.,]\d+)?)\s*(?:(?:-|–|to|,)\s*\d+(?:[.,]\d+)?|\+)?[\])]?(?: or more| and over| and above)?(?:[ A-Za-z%€$/]{0,20})?", re.IGNORECASE)  # fmt: skip


def ordered_levels(levels: list[str]) -> tuple[str, ...] | None:
    """Return the levels in their order, lowest first; None where they have none.

    Levels have an order if three or more stand on one known scale (months, low to high, poor to excellent), or if
    all are ranges or numbered ("[0-10)", "1 - 4 yrs", "> 7 yrs", "7 Average").
    """
    if not 3 <= len(levels) <= 60:
        return None
    return _on_a_scale(levels) or _by_number(levels)


def _on_a_scale(levels: list[str]) -> tuple[str, ...] | None:
    lowered = {level: level.lower().rstrip(".") for level in levels}
    for scale in _SCALES:
        places = {level: scale.index(_known(text, scale)) for level, text in lowered.items() if _known(text, scale) in scale}
        if len(places) == len(levels) and len(set(places.values())) == len(levels):
            return tuple(sorted(levels, key=places.__getitem__))
    return None


def _known(text: str, scale: tuple[str, ...]) -> str:
    return text if text in scale else _ALIASES.get(text, text)


def _by_number(levels: list[str]) -> tuple[str, ...] | None:
    if all(level.strip().isdigit() for level in levels):
        return None
    keys = {}
    for level in levels:
        match = _RANGE.fullmatch(level.strip())
        if match is None:
            return None
        sign = (match["sign"] or "").strip().lower()
        nudge = -1 if sign in ("<", "<=", "≤", "under", "below", "less than", "up to") else 1 if sign else 0
        keys[level] = (float(match["low"].replace(",", ".")), nudge)
    return tuple(sorted(levels, key=keys.__getitem__)) if len(set(keys.values())) == len(levels) else None
