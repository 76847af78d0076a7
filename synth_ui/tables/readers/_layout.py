"""Where in a grid of cells the table lies: rows above it, its header, its last row.

Text files and sheets have the same troubles: a title, a date of export, a blank row, then the header; notes below the table;
columns without a name and without a value.
"""

from __future__ import annotations

import math
import re
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from synth_ui.tables.inference.column_names import unique_names
from synth_ui.tables.readers._header import Cells, blank, cell_sort, names_columns


@dataclass(frozen=True)
class TextLayout:
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


def filled(record: Cells) -> int:
    """How many cells of a record hold something."""
    return len(record) - sum(map(blank, record))


def holds_any(record: Cells) -> bool:
    """Whether any cell of a record holds something."""
    return not all(map(blank, record))


def find_layout(records: list[Cells], expected: Sequence[str] = ()) -> TextLayout:
    """Find the table in its first records (a few hundred are enough).

    `expected` are the names that the columns have elsewhere, in the real table say: a record that holds them is the header, whatever
    it looks like, and columns without a header are called by them where there are as many.
    """
    lengths = Counter(len(record) for record in records if holds_any(record))
    usual = max(lengths, key=lambda length: (lengths[length], length), default=0)
    start = _start(records, usual)
    said = [_above(records[:start])] if filled_rows(records[:start]) else []
    body = [record for record in records[start + 1 :] if holds_any(record) and not _is_drawn(record)]
    if not _holds(records[start], expected) and not names_columns(records[start], body):
        if len(expected) == usual:
            return TextLayout(
                start, None, list(expected), (*said, "there is no header; columns are called as in the other tables")
            )
        names, _ = unique_names([None] * usual)
        return TextLayout(start, None, names, (*said, "there is no header; columns are called column_1, column_2, …"))
    below = start + 1
    if below < len(records) and _is_drawn(records[below]):
        below += 1
    labels, shifted = _labels(records[start], body, usual)
    names, renamed = unique_names(labels)
    return TextLayout(below, start, names, (*said, *shifted, *renamed))


def _is_drawn(record: Cells) -> bool:
    """Whether a record is a line drawn below the header, as in tables made for reading."""
    if not any(isinstance(cell, str) and cell.strip()[-1:] in ("-", "=") for cell in record[:2]):
        return False
    cells = [cell.strip() for cell in record if isinstance(cell, str) and not blank(cell)]
    return bool(cells) and len(cells) == filled(record) and all(re.fullmatch(r"[-=+:]{3,}", cell) for cell in cells)


def _holds(record: Cells, expected: Sequence[str]) -> bool:
    """Whether a record holds most of the names that are expected."""
    found = {str(cell).strip() for cell in record if not blank(cell)}
    return bool(found) and len(found & set(expected)) > 0.5 * len(found)


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
    first, full = None, dict[int, int]()
    for place, record in enumerate(records):
        if first is not None and place > first + 20:
            break
        held = filled(record) if len(record) >= min(usual, 2) else 0
        if held >= enough and not _is_comment(record, usual):
            first = place if first is None else first
            full[place] = held
            if held == usual == len(record) and place == first:
                return place  # no other can be fuller
    if first is None:
        return next((place for place, record in enumerate(records) if holds_any(record)), 0)
    fullest = max(full.values())
    if full[first] >= fullest or usual < 3:
        return first
    later = [place for place, held in full.items() if held == fullest]
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
    """Whether a record is a remark, or the line in which a spreadsheet names its separator."""
    if not isinstance(record[0], str):
        return False
    remark = record[0].lstrip().startswith("#") and len(record) != usual
    return remark or (re.fullmatch(r"sep=.?", record[0].strip(), re.IGNORECASE) is not None and filled(record) == 1)


def footer(records: list[Cells], width: int) -> int:
    """Return how many of the last records are notes below the table: hardly filled, where the rows above are full."""
    if width < 3 or len(records) < 5:
        return 0
    notes = 0
    while notes < min(20, len(records) - 1) and filled(records[-1 - notes]) <= max(1, 0.34 * width):
        notes += 1
    return notes if notes and statistics.median(map(filled, records)) >= 0.6 * width else 0
