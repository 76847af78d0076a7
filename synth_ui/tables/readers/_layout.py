"""Where in a grid of cells the table lies: rows above it, its header, its last row.

Text files and sheets have the same troubles: a title, a date of export, a blank row, then the header; notes below the table;
columns without a name and without a value.
"""

from __future__ import annotations

import math
import re
import statistics
from collections import Counter
from dataclasses import dataclass
from typing import Any

from synth_ui.tables.dates import written_as_date
from synth_ui.tables.names import unique_names
from synth_ui.tables.numbers import written_as_number

Cells = list[Any]


@dataclass(frozen=True)
class Layout:
    """Where the table lies.

    Attributes
    ----------
    first
        The place of the first record with data.
    header
        The place of the header, or None where there is none.
    """

    first: int
    header: int | None
    names: list[str]
    said: tuple[str, ...]

    @property
    def width(self) -> int:
        """How many columns the table has."""
        return len(self.names)


def blank(cell: Any) -> bool:
    """Whether a cell holds nothing."""
    return cell is None or (isinstance(cell, str) and not cell.strip()) or (isinstance(cell, float) and math.isnan(cell))


def filled(record: Cells) -> int:
    """How many cells of a record hold something."""
    return sum(not blank(cell) for cell in record)


def find_layout(records: list[Cells]) -> Layout:
    """Find the table in its first records (a few hundred are enough)."""
    lengths = Counter(len(record) for record in records if filled(record))
    usual = max(lengths, key=lambda length: (lengths[length], length), default=0)
    start = _start(records, usual)
    said = [_above(records[:start])] if filled_rows(records[:start]) else []
    body = [record for record in records[start + 1 :] if filled(record)]
    if not _is_header(records[start], body):
        names, _ = unique_names([None] * usual)
        return Layout(start, None, names, (*said, "there is no header; columns are called column_1, column_2, …"))
    labels, shifted = _labels(records[start], body, usual)
    names, renamed = unique_names(labels)
    return Layout(start + 1, start, names, (*said, *shifted, *renamed))


def _labels(header: Cells, body: list[Cells], usual: int) -> tuple[Cells, list[str]]:
    """Return one label per column: a header may end in blank cells, or lack one for the names of the rows."""
    header = list(header)
    while len(header) > usual and blank(header[-1]):
        header.pop()
    lacks_one = len(header) == usual - 1 and all(not blank(cell) for cell in header)
    if lacks_one and any(len(record) == usual and not blank(record[-1]) for record in body):
        return ["row_name", *header], ["the header has one name too few; the first column is taken for the names of the rows"]
    return header + [None] * (usual - len(header)), []


def filled_rows(records: list[Cells]) -> int:
    """How many records hold something."""
    return sum(1 for record in records if filled(record))


def _above(records: list[Cells]) -> str:
    first = next(str(cell).strip() for record in records for cell in record if not blank(cell))
    count = filled_rows(records)
    return f"{count} {'row' if count == 1 else 'rows'} above the table left out ({first[:60]!r})"


def _start(records: list[Cells], usual: int) -> int:
    """Return the place of the header, or of the first row where there is none.

    It is the first record about as full as the table is wide. Where that one has gaps, a full record soon after it may be the
    header and the first a remark: the one wins that stands more clearly as text over columns of numbers and dates.
    """
    enough = max(1, math.ceil(0.5 * usual))
    likely = [
        place
        for place, record in enumerate(records)
        if len(record) >= min(usual, 2) and filled(record) >= enough and not _is_comment(record, usual)
    ]
    if not likely:
        return next((place for place, record in enumerate(records) if filled(record)), 0)
    first = likely[0]
    near = [place for place in likely if place <= first + 20]
    fullest = max(filled(records[place]) for place in near)
    if filled(records[first]) >= fullest or usual < 3:
        return first
    later = [place for place in near if filled(records[place]) == fullest]
    return max([first, *later], key=lambda place: (_clarity(records, place), -place))


def _clarity(records: list[Cells], place: int) -> float:
    """Sum over the columns how purely numbers or dates stand below a text."""
    body = records[place + 1 : place + 201]
    total = 0.0
    for column, cell in enumerate(records[place]):
        below = [cell_sort(record[column]) for record in body if column < len(record) and not blank(record[column])]
        if below and cell_sort(cell) == "text":
            sort, count = Counter(below).most_common(1)[0]
            total += count / len(below) if sort != "text" else 0.0
    return total


def _is_comment(record: Cells, usual: int) -> bool:
    return isinstance(record[0], str) and record[0].lstrip().startswith("#") and len(record) != usual


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
    if text.lower() in ("true", "false", "yes", "no", "y", "n", "t", "f"):
        return "truth"
    return "number" if written_as_number(text) else "date" if written_as_date(text) else "text"


def _is_header(first: Cells, body: list[Cells]) -> bool:
    """Whether a record names the columns: it is text over numbers, or stands nowhere among the values."""
    if not body:
        return all(cell_sort(cell) in ("text", "blank") for cell in first)
    if _years(first):
        return True
    sample = body[:200]
    votes = 0
    for place, cell in enumerate(first):
        below = [record[place] for record in sample if place < len(record) and not blank(record[place])]
        if below and not blank(cell):
            votes += _vote(cell, below)
    if votes:
        return votes > 0
    return not _looks_like_data(first, sample)


def _vote(cell: Any, below: Cells) -> int:
    sorts = Counter(map(cell_sort, below))
    sort, count = sorts.most_common(1)[0]
    own = cell_sort(cell)
    if sort == "text" or count < 0.8 * len(below):
        return 0
    return 1 if own == "text" else -1 if own == sort else 0


def _years(first: Cells) -> bool:
    """Whether numbers in a record count up by one as years or codes do in a header."""
    numbers = [int(text) for text in map(str, first) if re.fullmatch(r"\d{4}", text.strip())]
    return len(numbers) >= 3 and numbers == list(range(numbers[0], numbers[0] + len(numbers))) and 1800 <= numbers[0] <= 2200


def _looks_like_data(first: Cells, body: list[Cells]) -> bool:
    """Whether a record of texts over texts is a row: a cell stands again below it, or two of its cells are the same level."""
    texts = [str(cell).strip() for cell in first if not blank(cell)]
    again = sum(
        1 for place, cell in enumerate(first) if not blank(cell) and any(place < len(r) and r[place] == cell for r in body)
    )
    if again:
        return True
    below = [len(str(cell)) for record in body for cell in record if not blank(cell)]
    usual = statistics.median(below) if below else 0
    return statistics.median(map(len, texts)) > max(60, 3 * usual)


def footer(records: list[Cells], width: int) -> int:
    """Return how many of the last records are notes below the table: hardly filled, where the rows above are full."""
    full = [filled(record) for record in records]
    if width < 3 or len(full) < 5 or statistics.median(full) < 0.6 * width:
        return 0
    notes = 0
    while notes < min(20, len(full) - 1) and full[-1 - notes] <= max(1, 0.34 * width):
        notes += 1
    return notes
