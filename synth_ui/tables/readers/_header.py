"""Whether the first record of a table names its columns, weighed as evidence.

Every cell of the record is looked at beside the cells below it: how likely is it if the record is one more row, how likely if it
names the columns? The logarithms of the two are compared, summed over the columns, with what is usual: most tables have a header.
A text over numbers, a text that stands nowhere among a few levels, "y" over yes and no speak for a header; a level that stands
again below, a number over numbers speak against it. Numbers may be names too: 0, 1, 2 as pandas counts columns, years, dates.
"""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from synth_ui.core.table import BLANK_TEXTS
from synth_ui.tables.inference.dates import written_as_date
from synth_ui.tables.inference.numbers import written_as_number

Cells = list[Any]

MOST_CELLS, MOST_COLUMNS, MOST_ROWS = 20_000, 200, 200
"""How much of a table is looked at: columns evenly spread, the first rows."""

_USUAL = 2.5
"""What speaks for a header before anything is seen (twelve to one)."""

_TRUTH = frozenset(["true", "false", "yes", "no", "y", "n", "t", "f", "on", "off"])
_WHOLE = re.compile(r"[+-]?\d{1,15}")


def blank(cell: Any) -> bool:
    """Whether a cell holds nothing."""
    return cell is None or (isinstance(cell, str) and not cell.strip()) or (isinstance(cell, float) and math.isnan(cell))


def cell_sort(cell: Any) -> str:
    """Return "blank", "number", "date", "truth" or "text"."""
    if blank(cell):
        return "blank"
    if isinstance(cell, bool):
        return "truth"
    if isinstance(cell, int | float):
        return "number"
    if not isinstance(cell, str):
        return "date"
    text = cell.strip()
    if text.lower() in _TRUTH:
        return "truth"
    return "number" if written_as_number(text) else "date" if written_as_date(text) else "text"


def names_columns(first: Cells, body: Sequence[Cells]) -> bool:
    """Whether a record names the columns of the records below it."""
    if not body:
        return all(cell_sort(cell) in ("text", "truth", "blank") for cell in first)
    return odds(first, body) > 0


def odds(first: Cells, body: Sequence[Cells]) -> float:
    """Return the logarithm of how much likelier the record is as a header than as a row."""
    step = max(1, len(first) // MOST_COLUMNS)
    places = range(0, len(first), step)
    rows = body[: max(20, min(MOST_ROWS, MOST_CELLS // len(places)))]
    columns = [_Column(place, first[place], [row[place] for row in rows if place < len(row)]) for place in places]
    named = [column for column in columns if not column.empty]
    total = _USUAL + sum(column.odds() for column in named if column.sort in ("text", "truth", "blank"))
    total += _alike([column for column in named if column.sort == "number" and column.number is None], 0.003)
    total += _alike([column for column in named if column.sort == "date"], 0.01)
    numbers = [number for number in map(_whole, first) if number is not None]
    return total + _numbers(numbers, [column for column in named if column.number is not None], rows)


class _Column:
    """The cell of a record in one column, and the cells below it."""

    def __init__(self, place: int, cell: Any, below: Cells) -> None:
        self.place = place
        self.sort = "blank" if isinstance(cell, str) and cell.strip() in BLANK_TEXTS else cell_sort(cell)
        self.text = _text(cell)
        self.number = _whole(cell)
        self.rows = len(below)
        self.below = [_text(other) for other in below if not blank(other) and _text(other) not in BLANK_TEXTS]
        self.raw = [other for other in below if not blank(other) and _text(other) not in BLANK_TEXTS]
        self.counts = Counter(self.below)

    @property
    def empty(self) -> bool:
        """Whether nothing stands below: such a column says nothing."""
        return not self.below

    def share(self, count: float) -> float:
        """Return a share of the cells below that is never quite 0."""
        return (count + 0.5) / (len(self.below) + 0.5)

    def odds(self) -> float:
        """Weigh a text, a word for yes or no, or a blank."""
        if self.sort == "blank":
            missing = (self.rows - len(self.below) + 0.5) / (self.rows + 1)
            return min(1.0, max(-1.0, math.log(0.05 / missing)))
        same = [text for text, raw in zip(self.below, self.raw, strict=True) if cell_sort(raw) == self.sort]
        single = sum(self.counts[text] == 1 for text in same)
        known = self.text in self.counts
        as_row = self.share(len(same) - single if known else single)
        return math.log(self._as_name(known) / as_row) + (self._looks() if not known else 0.0)

    def _as_name(self, known: bool) -> float:
        """Return how likely a name is a word for yes or no, or stands among the values as well."""
        if self.sort == "text":
            return 0.03 if known else 1.0
        return 0.1 if not known else 0.06 if len(self.text) == 1 else 0.02

    def _looks(self) -> float:
        """Weigh how the text looks beside those below: as no name does, or other than they in digits, capitals, blanks, signs, length."""
        if _is_value(self.text):
            return math.log(0.02 / self.share(sum(map(_is_value, self.below))))
        form = _form(self.text)
        alike = self.share(sum(_form(text) == form for text in self.below))
        if len(form) > 3 and "9" in form and alike > 0.5:
            return math.log(0.05 / alike)
        own = _look(self.text)
        others = [_look(text) for text in self.below]
        shares = (self.share(sum(look[feature] == own[feature] for look in others)) for feature in range(len(own)))
        return max(0.0, *(math.log(0.5 / share) for share in shares))

    def exactly(self) -> float:
        """Return how likely just this whole number is as one more value of the column."""
        whole = [number for number in map(_whole, self.raw) if number is not None]
        assert self.number is not None
        steps = {after - before for before, after in itertools.pairwise(whole)}
        if len(whole) > 2 and len(steps) == 1 and whole[0] - self.number in steps:
            return 0.9  # the column counts on from it
        count = sum(number == self.number for number in whole)
        if count:
            return self.share(count)
        single = sum(times == 1 for times in Counter(whole).values())
        every = [self.number, *(value for value in map(_value, self.raw) if value is not None)]
        return self.share(single) / max(10.0, max(every) - min(every))

    def a_whole_number(self) -> float:
        """Return how likely any whole number is as one more value of the column."""
        return self.share(sum(_whole(raw) is not None for raw in self.raw))


def _alike(columns: list[_Column], first: float) -> float:
    """Weigh names that are dates, or numbers with decimals: seldom, but where there is one there are more."""
    total, likely = 0.0, first
    for column in columns:
        same = sum(cell_sort(raw) == column.sort and _whole(raw) is None for raw in column.raw)
        total += math.log(likely / column.share(same))
        likely = 0.6
    return total


def _numbers(numbers: list[int], columns: list[_Column], rows: Sequence[Cells]) -> float:
    """Weigh whole numbers: 0, 1, 2, …, years, or others that rise, as they are names only together."""
    if not columns:
        return 0.0
    likely = _counted(numbers) or _years(numbers)
    if likely:
        return math.log(0.03 * likely) - sum(math.log(column.exactly()) for column in columns)
    as_row = sum(math.log(column.a_whole_number()) for column in columns)
    if len(numbers) > 2 and _rise(numbers):
        rising = sum(_rise([_whole(row[c.place]) for c in columns if c.place < len(row)]) for row in rows)
        return math.log(0.03 * 0.15) - as_row - math.log((rising + 0.5) / (len(rows) + 1))
    return math.log(1e-4) - as_row


def _counted(numbers: list[int]) -> float:
    """Return how likely numbers that are names are just these, where they count up from 0 or 1 as pandas names columns; else 0."""
    first, count = numbers[0], len(numbers)
    if first not in (0, 1) or numbers != list(range(first, first + count)):
        return 0.0
    return 0.5 if count > 2 else (0.1 * count if first == 0 else 0.03 * (count - 1))


def _years(numbers: list[int]) -> float:
    """Return how likely numbers that are names are just these, where they are years that rise or fall; else 0."""
    if not all(1700 <= number <= 2200 for number in numbers) or sorted(numbers) not in (numbers, numbers[::-1]):
        return 0.0
    steps = {after - before for before, after in itertools.pairwise(numbers)}
    return 0.002 if not steps else 0.006 if len(steps) == 1 and 0 not in steps else 0.0005


def _rise(numbers: Sequence[int | None]) -> bool:
    known = [number for number in numbers if number is not None]
    return len(known) == len(numbers) > 1 and all(one < two for one, two in itertools.pairwise(known))


def _text(cell: Any) -> str:
    return cell.strip() if isinstance(cell, str) else "" if cell is None else str(cell)


def _whole(cell: Any) -> int | None:
    """Return a whole number that is written as one."""
    if isinstance(cell, bool):
        return None
    if isinstance(cell, int | float):
        return int(cell) if math.isfinite(cell) and cell == int(cell) else None
    return int(cell) if isinstance(cell, str) and _WHOLE.fullmatch(cell.strip()) else None


def _value(cell: Any) -> float | None:
    try:
        value = float(cell)
    except (TypeError, ValueError):
        return None
    return value if math.isfinite(value) else None


def _is_value(text: str) -> bool:
    """Whether a text looks as names of columns hardly do: no letter in it, an address, parts set apart by commas."""
    return not any(map(str.isalpha, text)) or "@" in text or "://" in text or ", " in text


def _form(text: str) -> str:
    """Return a text with every digit as 9 and every letter as a or A."""
    return "".join("9" if c.isdigit() else "A" if c.isupper() else "a" if c.isalpha() else c for c in text)


def _look(text: str) -> tuple[bool, bool, bool, bool, bool]:
    """Return what can be seen of a text: digits, a capital at the start, blanks, signs, more than 60 letters."""
    digits = any(letter.isdigit() for letter in text)
    signs = any(not letter.isalnum() and letter not in " _" for letter in text)
    return digits, text[:1].isupper(), " " in text, signs, len(text) > 60
