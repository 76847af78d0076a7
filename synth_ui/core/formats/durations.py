"""Durations written as text: read as seconds, and written back under a template.

A template holds the units from the largest to the smallest, such as `{h}h {m}m`, `{d} days {h:02}:{m:02}:{s:02}` or
`PT[{h}H][{m}M]`: two digits after `:02`, so many decimals of a second after `.3`, a part in brackets left out where it is zero, `(s)`
an s but for one. The largest unit takes what is beyond it: 100 hours are 100h where there are no days. A column's format is
`duration:` and its template, or `duration:timedelta` where the source holds durations of its own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]

MARK = "duration:"
TYPED = f"{MARK}timedelta"

SECONDS = {"w": 604_800.0, "d": 86_400.0, "h": 3_600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_NAMES = {
    "w": "w weeks? wks? wochen? semaines? semanas? settimane",
    "d": "d days? tagen? tage jours? días? dias? giorni giorno dagen dag", "h": "h hrs? hours? std stunden? heures? horas? ore ora uur",
    "m": "m mins? minutes? minuten? minutos? minuti minuto", "s": "s secs? seconds? sek sekunden? secondes? segundos? secondi", "ms": "ms millis milliseconds?",
}  # fmt: skip
_UNIT = "|".join(f"(?P<{unit}>{'|'.join(names.split())})" for unit, names in reversed(_NAMES.items()))
_WHOLE_WORDS = frozenset({"hour", "minute", "second", "day", "week", "millisecond"})

_PIECE = re.compile(rf"(?P<number>\d+(?:\.\d+)?)(?P<gap> ?)(?:{_UNIT})(?![A-Za-z])(?P<after>,? ?)", re.IGNORECASE)
_WORDS = re.compile(
    rf"(?P<sign>-?)(?P<body>(?:\d+(?:\.\d+)? ?(?:{'|'.join(' '.join(_NAMES.values()).split())})(?![A-Za-z]),? ?)+)", re.IGNORECASE
)
_CLOCK = re.compile(r"(?P<sign>-?)(?P<h>\d{1,6}):(?P<m>[0-5]\d)(?::(?P<s>[0-5]\d)(?:\.(?P<f>\d{1,9}))?)?")
_DAYS = re.compile(
    r"(?P<sign>-?)(?P<d>\d+) (?P<word>days?)(?:(?P<gap>,? )\+?(?P<h>\d{1,2}):(?P<m>[0-5]\d):(?P<s>[0-5]\d)(?:\.(?P<f>\d{1,9}))?)?"
)
_ISO = re.compile(
    r"(?P<sign>-?)P(?=.)(?:(?P<w>\d+)W)?(?:(?P<d>\d+)D)?(?:T(?=.)(?:(?P<h>\d+)H)?(?:(?P<m>\d+)M)?(?:(?P<s>\d+(?:\.(?P<f>\d{1,9}))?)S)?)?"
)


def is_duration(format: str | None) -> bool:
    """Whether a column's format says that its numbers are durations."""
    return format is not None and format.startswith(MARK)


# --- reading -----------------------------------------------------------------------------------------------------


def parse_durations(texts: Sequence[Any]) -> Floats:
    """Return seconds; NaN where a text is no duration, or a blank."""
    return np.array([np.nan if text is None or text != text else _seconds(str(text).strip()) for text in texts], dtype=float)


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    return (_CLOCK, _DAYS, _ISO)


def _seconds(text: str) -> float:
    for pattern in _patterns():
        found = pattern.fullmatch(text)
        if found is not None:
            parts = {unit: float(part) for unit, part in found.groupdict().items() if part and unit in SECONDS}
            total = sum(SECONDS[unit] * part for unit, part in parts.items())
            total += 0.0 if pattern is _ISO else float(f"0.{found['f'] or 0}")
            if pattern is _DAYS and found["sign"]:  # -1 days +23:00:00 is an hour before nothing
                days = SECONDS["d"] * parts["d"]
                return total - 2 * days
            return _exact(-total if found["sign"] else total)
    found = _WORDS.fullmatch(text)
    if found is None:
        return np.nan
    pieces = [(_unit_of(piece), float(piece["number"])) for piece in _PIECE.finditer(found["body"])]
    units = [unit for unit, _ in pieces]
    if units != sorted(set(units), key=list(SECONDS).index):
        return np.nan
    total = sum(SECONDS[unit] * number for unit, number in pieces)
    return _exact(-total if found["sign"] else total)


def _exact(seconds: float) -> float:
    return round(seconds, 9)


def surely_duration(text: str) -> bool:
    """Whether a text can be nothing but a duration: 5 m may be metres, 9:30 a time of day, 22h 9m, 1.5s and 25:30 cannot."""
    clock = _CLOCK.fullmatch(text)
    if clock is not None:
        return int(clock["h"]) > 23
    words = _WORDS.fullmatch(text)
    if words is None:
        return _DAYS.fullmatch(text) is not None or _ISO.fullmatch(text) is not None
    pieces = list(_PIECE.finditer(words["body"]))
    if len(pieces) > 1 or any(piece["s"] and "." in piece["number"] for piece in pieces):
        return True
    return any((piece[unit] and len(piece[unit]) > 1) or piece["h"] for piece in pieces for unit in SECONDS)


def _unit_of(piece: re.Match[str]) -> str:
    return next(unit for unit in SECONDS if piece[unit])


# --- the template of a column -------------------------------------------------------------------------------------


def template_of(texts: Sequence[str]) -> str:
    """Return the format under which most of the texts, all of them durations, are written back as they are."""
    some = list(texts[:: max(1, len(texts) // 500)])
    plain = Counter(_template(text) for text in some)
    asked = [template for template, _ in plain.most_common(6)]
    asked += [joined for joined in [_joined(plain)] if joined]
    asked += [bracketed for bracketed in (_bracketed(template) for template in asked) if bracketed]
    seconds = parse_durations(some)
    kept = {template: sum(a == b for a, b in zip(_written(seconds, template), some, strict=True)) for template in asked}
    return MARK + max(asked, key=lambda template: (kept[template], -len(template)))


_WORD_SEGMENT = re.compile(r"\{(?P<unit>ms|[wdhms])[^}]*\}[^{]*")


def _joined(templates: Counter[str]) -> str:
    """Return one template with every unit that any of several has, each as it is written most fully; empty for clocks."""
    segments: dict[str, str] = {}
    for template in templates:
        if ":{m" in template:
            return ""
        for found in _WORD_SEGMENT.finditer(template):
            segment, known = found[0].removesuffix("T"), segments.get(found["unit"], "")
            segments[found["unit"]] = max(segment, known, key=lambda text: ("(s)" in text, len(text)))
    iso = all(template.startswith("P") for template in templates)
    days, clock = ("".join(segments[unit] for unit in units if unit in segments) for units in (("w", "d"), ("h", "m", "s", "ms")))
    return f"P{days}{'T' if clock else ''}{clock}" if iso else (days + clock).rstrip(" ,")


def _template(text: str) -> str:
    """Return the template of one text, with every part it has."""
    text = text.lstrip("-")
    found = _CLOCK.fullmatch(text)
    if found is not None:
        return _padded("h", found["h"]) + ":{m:02}" + _clock_seconds(found)
    found = _DAYS.fullmatch(text)
    if found is not None:
        gap = found["gap"]
        if gap is None:
            return "{d} day(s)" if found["word"] == "day" else "{d} days"
        days = "[{d} day(s), ]" if gap == ", " else "{d} days "
        return f"{days}{_padded('h', found['h'])}:{{m:02}}{_clock_seconds(found)}"
    found = _ISO.fullmatch(text)
    if found is not None:
        pieces = "".join(_iso_piece(found, unit) for unit in ("h", "m", "s") if found[unit])
        days = "".join(_iso_piece(found, unit) for unit in ("w", "d") if found[unit])
        return f"P{days}T{pieces}" if pieces else f"P{days}"
    return "".join(_word_piece(piece) for piece in _PIECE.finditer(text)).rstrip(" ,")


def _padded(unit: str, digits: str) -> str:
    return f"{{{unit}:02}}" if len(digits) == 2 and digits[0] == "0" else f"{{{unit}}}"


def _clock_seconds(found: re.Match[str]) -> str:
    if not found["s"]:
        return ""
    return f":{{s:02.{len(found['f'])}}}" if found["f"] else ":{s:02}"


def _iso_piece(found: re.Match[str], unit: str) -> str:
    fine = f".{len(found['f'])}" if unit == "s" and found["f"] else ""
    return f"{{{unit}{':' + fine if fine else ''}}}{unit.upper()}"


def _word_piece(piece: re.Match[str]) -> str:
    unit, number, gap = _unit_of(piece), piece["number"], piece["gap"]
    whole, _, fraction = number.partition(".")
    pad = "02" if len(whole) == 2 and whole[0] == "0" else ""
    spec = pad + (f".{len(fraction)}" if fraction else "")
    word = piece[unit]
    if len(word) > 1 and word.lower() != "ms" and (word.endswith("s") or (word.lower() in _WHOLE_WORDS and float(number) == 1)):
        word = word.removesuffix("s") + "(s)"
    return f"{{{unit}{':' + spec if spec else ''}}}{gap}{word}{piece['after']}"


_TOKEN = re.compile(r"\{(?P<unit>ms|[wdhms])(?::(?P<pad>02)?(?:\.(?P<fine>\d))?)?\}")


def _bracketed(template: str) -> str:
    """Return the template with every part left out where it is zero; empty for a clock, which writes its zeros."""
    if ":{m" in template or "[" in template:
        return ""
    return re.sub(r"\{[^}]*\}[^{]*?(?=\{|$|T\{)", lambda found: f"[{found[0]}]", template)


# --- writing -----------------------------------------------------------------------------------------------------


def write_durations(series: pd.Series[Any], format: str) -> pd.Series[Any]:
    """Return seconds as they stood in the source: texts under the template, or durations; None, or NaT, for blanks."""
    seconds = series.astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    if format == TYPED:
        return pd.Series(pd.to_timedelta(seconds, unit="s"), index=series.index)
    texts = np.array(_written(seconds, format.removeprefix(MARK)), dtype=object)
    return pd.Series(texts, index=series.index, dtype=object)


def _written(seconds: Floats, template: str) -> list[str | None]:
    tokens = list(_TOKEN.finditer(template))
    last = tokens[-1]
    decimals = int(last["fine"] or 0)
    grain = SECONDS[last["unit"]] * 10.0**-decimals
    return [None if np.isnan(value) else _one(value, template, tokens, grain) for value in seconds.tolist()]


def _one(seconds: float, template: str, tokens: list[re.Match[str]], grain: float) -> str:
    whole = round(abs(seconds) / grain)  # counted in the finest unit, so that nothing is lost on the way down
    sign = "-" if seconds < 0 and whole else ""
    numbers: dict[str, int] = {}
    if sign and "{d} days " in template:
        days = -(-whole // round(SECONDS["d"] / grain))
        numbers["d"], whole = days, days * round(SECONDS["d"] / grain) - whole
        tokens = tokens[1:]
        template = template.replace("{d} days ", "{d} days +", 1)
    for token in tokens[:-1]:
        numbers[token["unit"]], whole = divmod(whole, round(SECONDS[token["unit"]] / grain))
    last = tokens[-1]
    numbers[last["unit"]] = whole
    shown = _SEGMENTS.sub(lambda found: _segment(found[1], numbers, last), template)
    shown = _filled(shown, numbers, last)
    shown = shown.removesuffix("T").rstrip(" ,")
    if not any(letter.isdigit() for letter in shown):  # all parts were zero and left out
        bare = f"{_filled(last[0], numbers, last)}{template[template.rindex(last[0]) + len(last[0]) :].rstrip(']')}"
        return _filled(
            f"PT{bare}"
            if template.startswith("P") and last["unit"] not in "wd"
            else f"P{bare}"
            if template.startswith("P")
            else bare,
            numbers,
            last,
        )
    return sign + shown


_SEGMENTS = re.compile(r"\[([^\]]*)\]")


def _segment(text: str, numbers: dict[str, int], last: re.Match[str]) -> str:
    token = _TOKEN.search(text)
    return "" if token is None or not numbers[token["unit"]] else _filled(text, numbers, last)


def _filled(text: str, numbers: dict[str, int], last: re.Match[str]) -> str:
    """Put numbers in the place of tokens, and an s in the place of (s) but for one."""
    out, at = [], 0
    for token in _TOKEN.finditer(text):
        out.append(text[at : token.start()])
        number = numbers[token["unit"]]
        fine = int(token["fine"] or 0) if token["unit"] == last["unit"] else 0
        whole, rest = divmod(number, 10**fine)
        out.append(f"{whole:02d}" if token["pad"] else str(whole))
        out.append(f".{rest:0{fine}d}" if fine else "")
        at = token.end()
        word = re.match(r" ?[A-Za-z]+\(s\)", text[at:])
        if word is not None:
            out.append(word[0].replace("(s)", "" if number == 1 else "s"))
            at += word.end()
    return "".join(out) + text[at:]
