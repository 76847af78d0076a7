"""Columns of mostly numbers with a few words among them: how many are numbers, which words are not, and how they can be read."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synth_ui.tables.numbers import Mark, read_numbers, written_as_number
from synth_ui.tables.values import Values

WORDS_BLANK = "number, words as blanks"
WORDS_LEVELS = "number, words as levels"
"""Kinds that the owner may choose for such a column: its words become blanks, or levels in a column of their own."""

_FEW_WORDS = 20
_LEAST = 0.5
_MEASURED = re.compile(r"[<>≤≥~≈=±]{0,2}\s?[+-]?[\d.,]*\d\s?[A-Za-zµ°³²%/*]{0,8}")
"""A number with a sign before it or a unit after it: <0.5, 12 kg."""


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
