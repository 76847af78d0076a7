"""Workbooks: xlsx, xlsm, xlsb, xls and ods, through calamine. The table is looked for in the sheet."""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import dataclass
from typing import Any

import pandas as pd

from synth_ui.core.context import Context
from synth_ui.core.errors import ReadError
from synth_ui.tables.readers._header import Cells, blank
from synth_ui.tables.readers._layout import filled, find_layout, footer
from synth_ui.tables.readers._workbook import Extent, check_archive, sheet_extents
from synth_ui.tables.readers.source import Limits, Raw, Source, Wish, check_cells

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

    def read(self, source: Source, wish: Wish, context: Context) -> Raw:
        """Read the sheet asked for, or the first that holds a table."""
        context.step("opening the workbook")
        content = source.read_bytes(wish.limits)
        zipped = content.startswith(b"PK")
        if zipped:
            check_archive(content, source.name, wish.limits)
        workbook = _open(content, source.name)
        extents = sheet_extents(content, context) if zipped else {}
        sheets = _Sheets(workbook, extents, source.name, wish.limits, context)
        full = tuple(name for name in workbook.sheet_names if sheets.full(name))
        chosen, said = _choose(full, workbook.sheet_names, wish, source.name)
        rows = sheets.rows(chosen)
        context.step("finding the table in the sheet")
        frame, told, warned, headed = _table(rows, f"sheet {chosen!r} of {source.name}", wish)
        return Raw(frame, (*said, *told), warned, full, headed=headed)


class _Sheets:
    """The sheets of a workbook, laid out only where it must be known what is in them."""

    def __init__(self, workbook: Any, extents: dict[str, Extent], name: str, limits: Limits, context: Context) -> None:
        self.workbook, self.extents, self.name, self.limits, self.context = workbook, extents, name, limits, context
        self.laid_out: dict[str, list[Cells]] = {}

    def full(self, sheet: str) -> bool:
        """Whether a sheet holds anything."""
        extent = self.extents.get(sheet)
        return extent.cells > 0 if extent is not None else any(map(filled, self.rows(sheet)))

    def rows(self, sheet: str) -> list[Cells]:
        """Lay a sheet out; raise `ReadError` where its cells lie too far apart for that."""
        extent = self.extents.get(sheet)
        if extent is not None:
            extent.check(sheet, self.name, self.limits)
        if sheet not in self.laid_out:
            self.context.step(f"reading sheet {sheet!r}")
            self.laid_out[sheet] = _cells(self.workbook, sheet, self.name)
        return self.laid_out[sheet]


def _open(content: bytes, name: str) -> Any:
    import python_calamine as calamine

    try:
        return calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    except calamine.PasswordError as error:
        raise ReadError(f"{name} is protected by a password. Save it without one.") from error
    except (calamine.CalamineError, OSError, ValueError) as error:
        raise ReadError(f"{name} is no workbook that can be read ({error}). Save it as .xlsx, or as CSV.") from error


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


def _table(rows: list[Cells], where: str, wish: Wish) -> tuple[pd.DataFrame, tuple[str, ...], tuple[str, ...], bool]:
    """Find the table in a sheet's cells."""
    last = max((place for place, record in enumerate(rows) if filled(record)), default=-1)
    blank = len(rows) - 1 - last
    rows = _without_margin([record for record in rows if filled(record)])
    layout = find_layout(rows[: max(30, min(500, 300_000 // max(map(len, rows))))], wish.names)
    body = rows[layout.first :]
    notes = footer(body, layout.width)
    body = body[: len(body) - notes]
    if not body:
        below = "only blank rows below it. Fill them in" if blank else "no rows below it. Add rows"
        raise ReadError(f"The {where} has a header and {below}, or choose another sheet.")
    check_cells(where, len(body), layout.width, wish)
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
    return frame.drop(columns=nameless), layout.said, warned, layout.header is not None


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
