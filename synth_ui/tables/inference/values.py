"""The different values of a column that came as text, and how often each stands there.

Everything that is decided about a column of text is decided on its different values: there are few of them where a
column is a category, and each is read once.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Set
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from synth_ui.core.cast import level_text
from synth_ui.core.table import BLANK_TEXTS
from synth_ui.tables.inference.column_names import whole_text

WEAK_BLANKS = frozenset(
    {"-", "--", "---", ".", "..", "*", "none", "nil", "missing", "unknown", "n.a.", "n.d.", "not available", "x"}
)
"""Texts, in lower case, that mean blank only where all else in the column is a number or a date."""


_ALL_PLAIN = re.compile(r"(?:[+-]?+(?>\d++(?:\.\d*+)?+|\.\d++)(?:[eE][+-]?+\d++)?+\n)++", re.ASCII)
_ALL_FIGURES = re.compile(r"(?:-?+(?>\d*+\.\S*+|\d{1,6}+)\n)++", re.ASCII)


@dataclass(frozen=True, eq=False)
class Values:
    """A column of text, factored.

    Attributes
    ----------
    texts
        The different texts, stripped, in order of appearance; no blanks.
    codes
        Per row the place of its text in `texts`, or -1 for a blank.
    counts
        Per text its number of rows.
    blank_words
        The words that were taken for blanks, with their rows ("?": 2,799).
    mended
        What had to be mended for the texts to be texts, in words, or empty.
    """

    texts: NDArray[Any]
    codes: NDArray[np.int64]
    counts: NDArray[np.int64]
    blank_words: dict[str, int]
    mended: str = ""

    @cached_property
    def plain(self) -> bool:
        """Whether all texts are numbers as Python writes them: digits, a point, an exponent."""
        return self._every(_ALL_PLAIN)

    @cached_property
    def figures(self) -> bool:
        """Whether all texts are plain numbers with a decimal point, or short: no number of a person, a phone or an account."""
        return self.plain and self._every(_ALL_FIGURES)

    def _every(self, lines: re.Pattern[str]) -> bool:
        """Whether each text is a line of the pattern; one look at all is much faster than a look at each."""
        joined = "\n".join(self.texts) + "\n"
        return joined.count("\n") == len(self.texts) and lines.fullmatch(joined) is not None

    def row(self, texts: set[str]) -> int:
        """Return the first row, counted from 1, in which one of the texts stands."""
        wanted = [place for place, text in enumerate(self.texts) if text in texts]
        return int(np.argmax(np.isin(self.codes, wanted))) + 1

    @property
    def rows(self) -> int:
        """Rows that are not blank."""
        return int(self.counts.sum())

    def spread(self, values: Any, blank: Any) -> NDArray[Any]:
        """Return one value per row from one value per text; `blank` where the row is blank."""
        values = np.asarray(values)
        with_blank = np.empty(len(values) + 1, dtype=object if blank is None else values.dtype)
        with_blank[:-1] = values
        with_blank[-1] = blank
        spread: NDArray[Any] = with_blank[self.codes]
        return spread

    def without(self, texts: set[str]) -> Values:
        """Return the values with some texts turned into blanks."""
        gone = np.array([text in texts for text in self.texts], dtype=bool)
        words = {text: int(count) for text, count in zip(self.texts[gone], self.counts[gone], strict=True)}
        places = np.where(gone, -1, np.cumsum(~gone) - 1)
        codes = np.where(self.codes < 0, -1, places[np.maximum(self.codes, 0)]) if len(places) else self.codes
        return Values(self.texts[~gone], codes, self.counts[~gone], {**self.blank_words, **words}, self.mended)

    def sample(self, limit: int = 400) -> list[str]:
        """Return up to `limit` of the texts, evenly spread."""
        step = max(1, len(self.texts) // limit)
        texts: list[str] = self.texts[::step][:limit].tolist()
        return texts

    def share(self, test: Callable[[str], bool], limit: int = 400) -> float:
        """Return the share of the rows whose text passes `test`, told from a sample of the texts."""
        step = max(1, len(self.texts) // limit)
        texts, counts = self.texts[::step][:limit].tolist(), self.counts[::step][:limit].tolist()
        passed = sum([count for text, count in zip(texts, counts, strict=True) if test(text)])
        return float(passed / sum(counts)) if texts else 0.0


def factor(series: pd.Series[Any] | NDArray[Any]) -> Values:
    """Factor a column of text, of categories or of mixed objects into its different values."""
    if isinstance(series.dtype, pd.CategoricalDtype):
        codes, levels = series.cat.codes.to_numpy().astype(np.int64), series.cat.categories.tolist()  # type: ignore[union-attr]
    else:
        codes, levels = _factorize(series)
    try:
        stripped = list(map(str.strip, levels))
    except TypeError:
        stripped = [level_text(level).strip() for level in levels]
    texts, half = _whole(stripped)
    mended = (
        f"a text with half a character is written with \ufffd instead, row {int(np.argmax(codes == half)) + 1:,}"
        if half >= 0
        else ""
    )
    different = set(texts)
    if len(different) < len(texts):
        places: dict[str, int] = {}
        merged = np.array([places.setdefault(text, len(places)) for text in texts], dtype=np.int64)
        codes, texts = np.where(codes < 0, -1, merged[np.maximum(codes, 0)]), list(places)
    counts = np.bincount(codes[codes >= 0], minlength=len(texts)).astype(np.int64)
    values = Values(np.array(texts, dtype=object), codes, counts, {}, mended)
    blank = _keep_namibia(BLANK_TEXTS & different, values.texts)
    if not counts.all():
        unused = {text for text, count in zip(texts, counts, strict=True) if count == 0}
        values = replace(values.without(unused), blank_words={})
        blank -= unused
    return values.without(blank) if blank else values


def _whole(texts: list[str]) -> tuple[list[str], int]:
    """Return texts that can be written, and the place of the first that had to be mended, or -1: JSON and memory may hold half a pair of surrogates."""
    try:
        "".join(texts).encode("utf-8")
    except UnicodeEncodeError:
        whole = [whole_text(text) for text in texts]
        return whole, next(place for place, text in enumerate(texts) if text != whole[place])
    return texts, -1


def _factorize(series: pd.Series[Any] | NDArray[Any]) -> tuple[NDArray[np.int64], list[Any]]:
    cells = (series if isinstance(series, np.ndarray) else series.to_numpy(dtype=object)).tolist()
    if len(cells) <= 1_000 and set(map(type, cells)) <= {str, type(None)}:  # a handful of texts: faster than to begin with pandas
        if len(set(cells)) == len(cells) and None not in cells:
            return np.arange(len(cells)), cells
        places: dict[str, int] = {}
        codes = np.array([-1 if cell is None else places.setdefault(cell, len(places)) for cell in cells], dtype=np.int64)
        return codes, list(places)
    series = pd.Series(series)
    plain = series.astype(object).where(series.notna(), None)
    if any(isinstance(value, dict | list | set | np.ndarray) for value in plain.head(1_000)):
        plain = plain.map(_json, na_action="ignore")
    try:
        found, levels = pd.factorize(plain)
    except TypeError:
        found, levels = pd.factorize(plain.map(_json, na_action="ignore"))
    return found.astype(np.int64), list(levels)


def _json(value: Any) -> str:
    plain = value.tolist() if isinstance(value, np.ndarray) else sorted(map(str, value)) if isinstance(value, set) else value
    return value if isinstance(value, str) else json.dumps(plain, default=str, ensure_ascii=False)


_TWO_LETTERS = re.compile(r"[A-Z]{2}")


def _keep_namibia(blank: Set[str], texts: NDArray[Any]) -> set[str]:
    """Keep "NA" as a value among ten or more two-letter codes: it is Namibia there, or North America."""
    if "NA" in blank:
        others = [text for text in texts if text not in blank]
        if len(others) >= 10 and all(map(_TWO_LETTERS.fullmatch, others)):
            return set(blank - {"NA"})
    return set(blank)
