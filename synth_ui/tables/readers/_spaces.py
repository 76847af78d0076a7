"""Text whose cells are set apart by blanks: any number of them between two cells, or columns that stand below one another.

Words are set apart by blanks too, so a file is cut only where that gives a table: as many cells in (nearly) every line and numbers
among them, or blanks at the same places in all lines.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from synth_ui.tables.inference.dates import written_as_date
from synth_ui.tables.inference.numbers import written_as_number

LINES = 300
"""How many lines are looked at."""

_PLAIN_ENDINGS = ("dat", "data", "txt", "prn", "asc", "fwf", "")
_PADDED = re.compile(r"\S(?: {2,}|\t)\S")
COUNTED = re.compile(r"\(\d[\d,]* rows?(?: affected)?\)")
"""What databases write below a table."""

_RULE = re.compile(r"(?=.*(?:--|==))[-=+_ |\t]+")


@dataclass(frozen=True)
class Spacing:
    """How blanks set cells apart.

    Attributes
    ----------
    width
        How many cells a line has.
    starts
        Where each column begins in the line, for columns of fixed width; empty where any run of blanks ends a cell.
    """

    width: int
    starts: tuple[int, ...] = ()

    @property
    def said(self) -> str:
        """In words, how the lines are cut."""
        if not self.starts:
            return "cells are separated by spaces"
        places = ", ".join(str(start + 1) for start in self.starts[:8]) + (", …" if len(self.starts) > 8 else "")
        return f"columns have a fixed width and begin at characters {places}"

    def cut(self, lines: Iterable[str]) -> Iterator[list[str]]:
        """Cut lines into cells; lines drawn below a header are left out."""
        told = (line for line in lines if not _aside(line))
        if self.starts:
            ends = (*self.starts[1:], None)
            return (
                [line[start:end].strip() for start, end in zip(self.starts, ends, strict=True)]
                for line in map(str.expandtabs, told)
            )
        return csv.reader(self._uncommented(told), delimiter=" ", skipinitialspace=True)

    def _uncommented(self, lines: Iterable[str]) -> Iterator[str]:
        """Strip the lines; a first line such as "# a b c" holds the names, as numpy writes them."""
        for place, line in enumerate(lines):
            bare = line.replace("\t", " ").strip()
            if place == 0 and bare.startswith(("#", "%")) and len(bare[1:].split()) == self.width:
                bare = bare[1:].lstrip()
            yield bare + "\n"


def _aside(line: str) -> bool:
    """Whether a line is drawn, or counts the rows above it as databases do."""
    return _RULE.fullmatch(line.strip()) is not None or COUNTED.fullmatch(line.strip()) is not None


def _drawn(line: str) -> tuple[int, ...]:
    """Return where columns begin under a header that is underlined column by column."""
    if not re.fullmatch(r"\s*[-=]{2,}(?:\s+[-=]{1,})+\s*", line):
        return ()
    _, *later = (match.start() for match in re.finditer(r"[-=]+", line.expandtabs()))
    return (0, *later)


def find_spacing(lines: list[str], ending: str) -> Spacing | None:
    """Find how blanks cut the first lines of a file into a table; None where they do not."""
    drawn = next((_drawn(line) for line in lines[:20] if _drawn(line)), None)
    if drawn:
        return Spacing(len(drawn), drawn)
    lines = [line.rstrip().expandtabs() for line in lines if line.strip() and not _aside(line)][:LINES]
    if len(lines) < 2:
        return None
    padded = sum(_PADDED.search(line.strip()) is not None for line in lines) >= 0.3 * len(lines)
    runs = _runs(lines, plain=ending in _PLAIN_ENDINGS, padded=padded)
    columns = _columns(lines) if padded else None
    if runs is None or columns is None:
        return runs or columns
    return columns if columns.width == len(lines[0].split()) != runs.width else runs


def _runs(lines: list[str], *, plain: bool, padded: bool) -> Spacing | None:
    """Judge whether any run of blanks ends a cell."""
    records = list(Spacing(0).cut(lines))
    if len(records) < 2:  # a quotation that spans all lines
        return None
    width, _ = Counter(map(len, records[1:])).most_common(1)[0]
    body = [record for record in records[1:] if len(record) == width]
    if width < 2 or len(body) < 0.95 * (len(records) - 1):
        return None
    head = len(records[0]) - (records[0][0] in ("#", "%"))
    if head != width and not (head == width - 1 and (width > 2 or padded)) and not (plain or padded):
        return None
    named = head == width and not all(map(str.isdigit, records[0]))
    if _one_value(lines[1:], body, surely_apart=named or plain):
        return None
    columns = list(zip(*body, strict=True))
    numeric = sum(sum(map(_counts, column)) >= 0.9 * len(column) for column in columns)
    different = sum(len(set(column)) for column in columns) / (width * len(body))
    if numeric == 0:
        return Spacing(width) if head == width and (padded or (plain and width > 2 and different < 0.5)) else None
    constant = any(len(set(column)) == 1 for column in columns) and len(body) > 1
    sure = numeric == width or width > 2 or padded or plain
    return Spacing(width) if sure or (head == width and not constant) else None


def _counts(cell: str) -> bool:
    return cell in ("?", "NA", "NaN", "nan", ".", "-") or written_as_number(cell) or written_as_date(cell)


def _one_value(lines: list[str], body: list[list[str]], *, surely_apart: bool) -> bool:
    """Whether a line is one value that has blanks in it: a number with thousands set apart, a date with its time, a number to call."""
    whole = [line.strip() for line in lines]
    if sum(written_as_date(line) or written_as_number(line) for line in whole) >= 0.8 * len(whole):
        return True
    digits = all(
        cell.lstrip("+").isdigit() and not _PADDED.search(line)
        for line, cells in zip(whole, body, strict=False)
        for cell in cells
    )
    return digits and not surely_apart and len({tuple(map(len, cells)) for cells in body}) == 1


def _columns(lines: list[str]) -> Spacing | None:
    """Find the places that are blank in all lines; up to three lines above the table may fill them."""
    for above in range(min(4, len(lines) - 2)):
        for gap in (1, 2) if len(lines) - above >= 10 else (2,):
            starts = _starts(lines[above:], gap)
            if len(starts) > 1:
                return Spacing(len(starts), starts)
    return None


def _starts(lines: list[str], gap: int) -> tuple[int, ...]:
    """Return where columns begin: after a gap of so many blanks that no line fills; of two where there are few lines, or names of several words."""
    longest = max(map(len, lines))
    filled = "".join("x" if any(line[place : place + 1].strip() for line in lines) else " " for place in range(longest))
    starts = [match.end() - 1 for match in re.finditer(rf"(?:^ *| {{{gap},}})x", filled)]
    ends = [*starts[1:], longest]
    enough = 0.1 * len(lines)
    full = all(sum(bool(line[start:end].strip()) for line in lines) >= enough for start, end in zip(starts, ends, strict=True))
    return (0, *starts[1:]) if full and starts else ()
