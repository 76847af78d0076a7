"""Workbooks: xlsx, xlsm, xlsb, xls and ods, through calamine. The table is looked for in the sheet."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from dataclasses import dataclass
from typing import Any

import pandas as pd

from synth_ui.core.errors import ReadError
from synth_ui.tables.readers._header import Cells, blank
from synth_ui.tables.readers._layout import filled, find_layout, footer
from synth_ui.tables.readers.source import LARGEST, Raw, Source, Wish, check_cells

_OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@dataclass(frozen=True)
class ExcelReader:
    """Reads workbooks."""

    key: str = "excel"
    title: str = "Excel or ODS"
    endings: tuple[str, ...] = ("xlsx", "xls", "xlsm", "xlsb", "ods")

    def claims(self, head: bytes) -> bool:
        """Whether the file begins as a workbook does; any other zip archive is refused when it is opened."""
        return head.startswith((_OLD, b"PK\x03\x04"))

    def read(self, source: Source, wish: Wish) -> Raw:
        """Read the sheet asked for, or the first that holds a table."""
        workbook = _open(source)
        sheets = {name: _cells(workbook, name, source.name) for name in workbook.sheet_names}
        full = tuple(name for name, rows in sheets.items() if any(map(filled, rows)))
        chosen, said = _choose(full, list(sheets), wish, source.name)
        frame, told, warned = _table(sheets[chosen], f"sheet {chosen!r} of {source.name}")
        return Raw(frame, (*said, *told), warned, full)


def _open(source: Source) -> Any:
    import python_calamine as calamine

    content = source.read_bytes()
    if content.startswith(b"PK"):
        _check_archive(content, source.name)
    try:
        return calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    except calamine.PasswordError as error:
        raise ReadError(f"{source.name} is protected by a password. Save it without one.") from error
    except (calamine.CalamineError, OSError, ValueError) as error:
        raise ReadError(f"{source.name} is no workbook that can be read ({error}). Save it as .xlsx, or as CSV.") from error


def _check_archive(content: bytes, name: str) -> None:
    """Refuse archives that are no workbook, or that unpack to more than the limit."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
    except zipfile.BadZipFile as error:
        raise ReadError(f"{name} is a damaged or cut-off workbook ({error}). Save it again.") from error
    names = {member.filename for member in members}
    if not names & {"[Content_Types].xml", "content.xml"}:
        raise ReadError(f"{name} is a ZIP archive with {len(names)} files, no workbook. Unpack it and read the table in it.")
    if sum(member.file_size for member in members) > LARGEST:
        raise ReadError(
            f"{name} unpacks to more than {LARGEST / 1024**3:.0f} GB; that is the limit. Save the sheet as Parquet or CSV."
        )


def _cells(workbook: Any, sheet: str, name: str) -> list[Cells]:
    import python_calamine as calamine

    try:
        rows: list[Cells] = workbook.get_sheet_by_name(sheet).to_python(skip_empty_area=True)
    except calamine.WorksheetNotFound:
        return []
    except calamine.CalamineError as error:
        raise ReadError(f"Sheet {sheet!r} of {name} cannot be read ({error}). Save it again, or as CSV.") from error
    return rows


def _choose(full: tuple[str, ...], every: list[str], wish: Wish, name: str) -> tuple[str, tuple[str, ...]]:
    if wish.sheet is not None:
        if wish.sheet not in every:
            raise ReadError(f"{name} has no sheet {wish.sheet!r}; it has {', '.join(map(repr, every))}.")
        if wish.sheet not in full:
            raise ReadError(
                f"Sheet {wish.sheet!r} of {name} is empty. Sheets with cells: {', '.join(map(repr, full)) or 'none'}."
            )
        return wish.sheet, ()
    if not full:
        raise ReadError(f"{name} has {len(every)} sheets and all are empty. Save the table into it.")
    others = ", ".join(map(repr, full[1:]))
    return full[0], (f"sheet {full[0]!r} was read; there is also {others}",) if others else ()


def _table(rows: list[Cells], where: str) -> tuple[pd.DataFrame, tuple[str, ...], tuple[str, ...]]:
    """Find the table in a sheet's cells."""
    rows = _without_margin([record for record in rows if filled(record)])
    layout = find_layout(rows[:500])
    body = rows[layout.first :]
    notes = footer(body, layout.width)
    body = body[: len(body) - notes]
    if not body:
        raise ReadError(f"The {where} has a header and no rows below it. Add rows, or choose another sheet.")
    check_cells(where, len(body), layout.width)
    columns = {}
    for place in range(layout.width):
        columns[place] = _column([record[place] if place < len(record) else None for record in body])
    frame = pd.DataFrame(columns).set_axis(layout.names, axis=1)
    nameless = [
        n
        for place, n in enumerate(layout.names, 1)
        if n == f"column_{place}" and layout.header is not None and frame[n].isna().all()
    ]
    warned = (f"{notes} {'row' if notes == 1 else 'rows'} of notes below the table left out",) if notes else ()
    return frame.drop(columns=nameless), layout.said, warned


def _without_margin(rows: list[Cells]) -> list[Cells]:
    """Drop the blank columns left of the table."""
    margin = min((next(place for place, cell in enumerate(record) if not blank(cell)) for record in rows), default=0)
    return [record[margin:] for record in rows]


def _column(cells: Cells) -> pd.Series[Any]:
    """Return a column with the type of its cells where they agree, else as text."""
    there = [None if blank(cell) else cell for cell in cells]
    sorts = {type(cell) for cell in there if cell is not None}
    if sorts <= {int, float}:
        return pd.Series([float("nan") if cell is None else float(cell) for cell in there], dtype=float)
    if sorts == {bool}:
        return pd.Series(there, dtype="boolean")
    if sorts and sorts <= {dt.datetime, dt.date}:
        return pd.Series(pd.array([None if cell is None else pd.Timestamp(cell) for cell in there], dtype="datetime64[us]"))
    if sorts == {dt.timedelta}:
        return pd.to_timedelta(pd.Series(there))
    return pd.Series([_written(cell) for cell in there], dtype=object)


def _written(cell: Any) -> Any:
    """Write a cell of a mixed column as text."""
    if isinstance(cell, dt.datetime):
        return cell.isoformat(sep=" ") if cell.time() != dt.time() else cell.date().isoformat()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return str(int(cell))
    return None if cell is None else str(cell)


READER = ExcelReader()
