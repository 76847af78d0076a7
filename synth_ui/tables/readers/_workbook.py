"""What a workbook's archive says before any sheet is laid out: how much it unpacks to, and where in each sheet cells stand.

A sheet is laid out as a grid from its first cell to its last, so one stray cell far from the table makes a grid of thousands of
millions of cells.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree

from synth_ui.core.context import Context
from synth_ui.core.errors import ReadError
from synth_ui.tables.readers.source import Limits

_CHUNK = 1 << 22
_CELL = re.compile(rb'<(?:\w+:)?c\s[^>]*?r="([A-Z]{1,3})(\d{1,7})"[^>/]*>')
_HELD = re.compile(rb"<(?:\w+:)?(?:v|is)\b")
_NAMES = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


@dataclass(frozen=True)
class Extent:
    """Where the cells of a sheet stand that hold something.

    Attributes
    ----------
    first, last
        The first and the last of them: "A1".
    cells, area
        How many there are; how many places the grid has that holds them.
    """

    first: str
    last: str
    cells: int
    area: int

    def check(self, sheet: str, name: str, limits: Limits) -> None:
        """Raise `ReadError` where the grid is large and hardly filled."""
        if self.area > limits.sparse and self.area > 10 * self.cells:
            raise ReadError(
                f"Sheet {sheet!r} of {name} has {self.cells:,} {'cell' if self.cells == 1 else 'cells'} that hold something, but they lie "
                f"as far apart as {self.first} and {self.last}: a grid of {self.area:,} places; the limit is {limits.sparse:,} for one that is "
                f"hardly filled. Delete what stands far from the table (such as {self.last}), or save the table alone, as CSV say."
            )


def check_archive(content: bytes, name: str, limits: Limits) -> None:
    """Refuse archives that are no workbook, or that unpack to more than the limit."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise ReadError(f"{name} is a damaged or cut-off workbook ({error}). Save it again.") from error
    names = {member.filename for member in members}
    if not names & {"[Content_Types].xml", "content.xml"}:
        raise ReadError(f"{name} is a ZIP archive with {len(names)} files, no workbook. Unpack it and read the table in it.")
    unpacked = sum(member.file_size for member in members)
    if unpacked > limits.unpacked:
        raise ReadError(
            f"{name} unpacks to {unpacked / 1024**3:.1f} GB; the limit is {limits.unpacked / 1024**3:.1g} GB. "
            "Save the sheet as Parquet or CSV."
        )


def sheet_extents(content: bytes, context: Context) -> dict[str, Extent]:
    """Return, for each sheet of an .xlsx whose parts can be made out, where its cells stand."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            found = {name: _extent(archive, part, context) for name, part in _parts(archive).items()}
            return {name: extent for name, extent in found.items() if extent is not None}
    except (zipfile.BadZipFile, ElementTree.ParseError, KeyError, ValueError, OSError, NotImplementedError, EOFError):
        return {}  # not for this function to judge: the reader says what is wrong with it


def _parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Return the part of the archive that each sheet is in."""
    if "xl/workbook.xml" not in archive.namelist():
        return {}
    targets = {
        relation.get("Id"): relation.get("Target", "")
        for relation in ElementTree.fromstring(_small(archive, "xl/_rels/workbook.xml.rels"))  # nosec B314 # small; expat bounds what entities grow to
    }
    book = ElementTree.fromstring(_small(archive, "xl/workbook.xml"))  # nosec B314 # as above
    sheets = {sheet.get("name", ""): targets.get(sheet.get(_NAMES), "") for sheet in book.iter() if sheet.tag.endswith("}sheet")}
    parts = {name: target.removeprefix("/") if target.startswith("/") else f"xl/{target}" for name, target in sheets.items()}
    return {
        name: part for name, part in parts.items() if re.search(r"worksheets/[^/]+\.xml$", part) and part in archive.namelist()
    }


def _small(archive: zipfile.ZipFile, part: str) -> bytes:
    with archive.open(part) as file:
        found = file.read(_CHUNK)
    if b"<!DOCTYPE" in found or b"<!ENTITY" in found:
        raise ValueError("a workbook declares no entities")
    return found


def _extent(archive: zipfile.ZipFile, part: str, context: Context) -> Extent | None:
    """Look through a sheet for cells that hold something; blank ones may be formatted to the last row.

    None for a sheet whose cells do not say where they stand.
    """
    first, last, count = (b"A", b"1"), (b"A", b"1"), 0
    columns: set[bytes] = set()
    for text in _texts(archive, part):
        context.step("looking where the cells stand")
        found = _CELL.findall(text)
        if not found and _HELD.search(text):
            return None
        if found:
            first = found[0] if not count else first
            last = found[-1]
            count += len(found)
            columns.update({column for column, _ in found})
    numbers = [_number(column) for column in columns] or [1]
    area = (int(last[1]) - int(first[1]) + 1) * (max(numbers) - min(numbers) + 1)
    return Extent(b"".join(first).decode(), b"".join(last).decode(), count, area if count else 0)


def _texts(archive: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    """Yield a part in pieces that end between two cells."""
    left = b""
    with archive.open(part) as file:
        while chunk := file.read(_CHUNK):
            text = left + chunk
            cut = text.rfind(b"<")
            left = text[cut:] if cut > 0 else b""
            yield text[:cut] if cut > 0 else text
    yield left


def _number(column: bytes) -> int:
    number = 0
    for letter in column:
        number = 26 * number + letter - 64
    return number
