"""Columns of mostly numbers with a few words among them: how many are numbers, which words are not, and how they can be read."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synth_ui.tables.inference.numbers import Mark, read_numbers, written_as_number
from synth_ui.tables.inference.values import Values

WORDS_BLANK = "number, words as blanks"
WORDS_LEVELS = "number, words as levels"
"""Kinds that the owner may choose for such a column: its words become blanks, or levels in a column of their own."""

_UNITS = frozenset(
    [
        "kg",
        "g",
        "mg",
        "µg",
        "μg",
        "ug",
        "ng",
        "pg",
        "t",
        "lb",
        "lbs",
        "oz",
        "st",
        "km",
        "m",
        "cm",
        "mm",
        "µm",
        "μm",
        "nm",
        "ft",
        "in",
        "inch",
        "yd",
        "mi",
        "l",
        "L",
        "ml",
        "mL",
        "dl",
        "dL",
        "cl",
        "µl",
        "gal",
        "mmHg",
        "mmhg",
        "bpm",
        "°C",
        "°F",
        "°c",
        "C",
        "F",
        "K",
        "kWh",
        "Wh",
        "W",
        "kW",
        "MW",
        "GW",
        "V",
        "mV",
        "kV",
        "A",
        "mA",
        "Hz",
        "kHz",
        "MHz",
        "GHz",
        "GB",
        "MB",
        "KB",
        "kB",
        "TB",
        "px",
        "EUR",
        "USD",
        "GBP",
        "CHF",
        "JPY",
        "CAD",
        "AUD",
        "SEK",
        "NOK",
        "DKK",
        "PLN",
        "INR",
        "BRL",
        "€",
        "$",
        "£",
        "¥",
        "mg/dl",
        "mg/dL",
        "g/dl",
        "g/dL",
        "mmol/l",
        "mmol/L",
        "µmol/l",
        "ng/ml",
        "ng/mL",
        "U/l",
        "U/L",
        "IU",
        "IE",
        "IU/l",
        "IU/L",
        "mIU/l",
        "g/l",
        "g/L",
        "mg/l",
        "mg/L",
        "µg/l",
        "µg/L",
        "km/h",
        "kmh",
        "mph",
        "m/s",
        "kn",
        "m2",
        "m²",
        "m3",
        "m³",
        "km2",
        "km²",
        "ha",
        "sqft",
        "ppm",
        "ppb",
        "dB",
        "dBm",
        "Pa",
        "hPa",
        "kPa",
        "MPa",
        "bar",
        "psi",
        "J",
        "kJ",
        "MJ",
        "cal",
        "kcal",
        "N",
        "kN",
        "Nm",
        "rpm",
        "mol",
        "mmol",
        "lux",
        "lm",
        "cd",
        "Ω",
        "ohm",
        "pts",
        "pt",
        "points",
        "pcs",
        "Stk",
        "Stück",
        "years",
        "year",
        "yrs",
        "yr",
        "Jahre",
        "Jahr",
        "ans",
        "años",
        "anni",
        "jaar",
        "rooms",
        "steps",
        "items",
        "units",
    ]
)
"""Units that may stand behind every number of a column; those of time are durations."""

_BEHIND = re.compile(r"([+-]?[\d.,' ]*\d) ?([^\s\d.,][^\s\d]{0,6}[\d²³]?)")
_FEWEST = 10
_FEW_WORDS = 20
_LEAST = 0.5
_MEASURED = re.compile(r"[<>≤≥~≈=±]{0,2}\s?[+-]?[\d.,]*\d\s?[A-Za-zµ°³²%/*]{0,8}")
"""A number with a sign before it or a unit after it: <0.5, 12 kg."""


def without_unit(values: Values) -> tuple[Values, str]:
    """Return texts without the unit that stands behind most of their numbers, and that unit; the texts as they are, and "", where none does.

    A column of 50 kg and 62.5 kg holds numbers; one of 50 kg and 90 g does not.
    """
    if values.plain or not any(letter.isdigit() for text in values.sample(10) for letter in text):
        return values, ""
    found = [_BEHIND.fullmatch(text) if len(text) <= 40 else None for text in map(str, values.texts)]
    units = {match[2] for match in found if match is not None and match[2] in _UNITS}
    numbers = {match[1] for match in found if match is not None}
    if len(units) != 1 or len(numbers) < _FEWEST:
        return values, ""
    unit = units.pop()
    ours = np.array([match is not None and match[2] == unit for match in found], dtype=bool)
    if values.counts[ours].sum() < 0.5 * values.rows:
        return values, ""
    bare = [
        match[1] if match is not None and match[2] == unit else str(text) for match, text in zip(found, values.texts, strict=True)
    ]
    return Values(np.array(bare, dtype=object), values.codes, values.counts, values.blank_words, values.mended), unit


@dataclass(frozen=True, eq=False)
class MostlyNumbers:
    """Texts of which most are numbers.

    Attributes
    ----------
    numbers
        One float per text, NaN where it is a word.
    words
        The texts that are no numbers with their rows, most frequent first.
    rows, of
        How many rows hold a number, of how many that are not blank.
    """

    numbers: NDArray[np.float64]
    words: dict[str, int]
    rows: int
    of: int

    @property
    def listed(self) -> str:
        """The commonest words with their rows."""
        some = [f"{word!r} ({count:,})" for word, count in list(self.words.items())[:4]]
        return ", ".join(some) + (f" and {len(self.words) - 4:,} more" if len(self.words) > 4 else "")

    @property
    def sentence(self) -> str:
        """What is a number and what is not."""
        return f"{self.rows:,} of {self.of:,} values are numbers, {self.of - self.rows:,} are not: {self.listed}"


def mostly_numbers(values: Values, mark: Mark | None = None, hint: Mark = ".", *, few: bool = True) -> MostlyNumbers | None:
    """Read the numbers among texts; None if fewer than half of the rows hold one, or none holds a word.

    Parameters
    ----------
    few
        Whether there may only be a few different words, or numbers with a sign or a unit; many are names or codes.
    """
    values, _ = without_unit(values)
    sample = values.sample(60)
    if sum(written_as_number(text) for text in sample) < 0.3 * len(sample):
        return None
    odd = [str(text) for text in values.texts if not written_as_number(str(text))]
    if not odd or (few and len(odd) > _FEW_WORDS and not all(_MEASURED.fullmatch(text) for text in odd)):
        return None
    gone = set(odd)
    reading = read_numbers(values.without(gone), mark, hint)
    if reading is None:
        return None
    numbers = np.full(len(values.texts), np.nan)
    numbers[[str(text) not in gone for text in values.texts]] = reading.numbers
    word = np.isnan(numbers)
    rows = int(values.counts[~word].sum())
    if rows < _LEAST * values.rows or len(values.texts) - int(word.sum()) < 3:
        return None
    counted = sorted(zip(values.texts[word], values.counts[word], strict=True), key=lambda pair: -pair[1])
    return MostlyNumbers(numbers, {str(text): int(count) for text, count in counted}, rows, values.rows)
