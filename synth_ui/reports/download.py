"""Synthetic rows as files, in the form of the source: its dtypes, date formats and words for yes and no."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pandas as pd

from synth_ui.core.cast import to_source
from synth_ui.core.errors import TableError
from synth_ui.core.table import Schema

EXCEL_ROWS = 1_048_575
EXCEL_COLUMNS = 16_384

_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
"""What makes a spreadsheet take a text for a formula, in its wide forms too."""

_PLAIN = re.compile(r"[+-]?[0-9., ]*%?")
"""A text that starts with a sign and is a number, or a dash alone, runs nothing."""


def to_csv(frame: pd.DataFrame, schema: Schema, safe: bool = False) -> bytes:
    """Return a canonical frame as CSV, UTF-8, with a header and without an index.

    Parameters
    ----------
    safe
        Put an apostrophe before texts (and column names) that a spreadsheet would run as a formula. It changes those values.
    """
    plain = sourced(frame, schema, safe)
    # A lone carriage return would end the row unless quoted, which the writer does only when it quotes all texts.
    returns = any(
        plain[name].astype(str).str.contains("\r", regex=False).any() for name in plain.columns if plain[name].dtype == object
    )
    quoting = csv.QUOTE_NONNUMERIC if returns else csv.QUOTE_MINIMAL
    text: str = plain.to_csv(index=False, lineterminator="\n", quoting=quoting)
    return text.encode()


def to_parquet(frame: pd.DataFrame, schema: Schema, safe: bool = False) -> bytes:
    """Return a canonical frame as Parquet; `safe` as in `to_csv`."""
    written = io.BytesIO()
    sourced(frame, schema, safe).to_parquet(written, index=False)
    return written.getvalue()


def to_excel(frame: pd.DataFrame, schema: Schema, safe: bool = False) -> bytes:
    """Return a canonical frame as an Excel workbook of one sheet.

    Texts are written as texts, never as formulas or links; `safe` adds the apostrophe for those who save the sheet as CSV later.

    Raises
    ------
    TableError
        If it has more rows or columns than a sheet holds.
    """
    if len(frame) > EXCEL_ROWS or len(frame.columns) > EXCEL_COLUMNS:
        raise TableError(
            f"An Excel sheet holds {EXCEL_ROWS:,} rows and {EXCEL_COLUMNS:,} columns; this table has {len(frame):,} and "
            f"{len(frame.columns):,}. Take CSV or Parquet."
        )
    plain = sourced(frame, schema, safe)
    for name in plain.columns:
        if isinstance(plain[name].dtype, pd.DatetimeTZDtype):
            plain[name] = plain[name].map(lambda moment: moment.isoformat(), na_action="ignore").astype(object)
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "nan_inf_to_errors": True}
    written = io.BytesIO()
    with pd.ExcelWriter(written, engine="xlsxwriter", engine_kwargs={"options": options}) as writer:
        plain.to_excel(writer, index=False, sheet_name="synthetic")
    return written.getvalue()


def sourced(frame: pd.DataFrame, schema: Schema, safe: bool) -> pd.DataFrame:
    """Return a canonical frame in the form of the source; `safe` as in `to_csv`."""
    plain = to_source(frame, schema)
    if not safe:
        return plain
    return neutralised(plain)


def neutralised(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame of which no text and no column name is taken for a formula by a spreadsheet: an apostrophe stands before it."""
    texts = {name: frame[name].map(neutral) if frame[name].dtype == object else frame[name] for name in frame.columns}
    return pd.DataFrame(texts, columns=frame.columns, index=frame.index).rename(columns=neutral)


def neutral(value: Any) -> Any:
    """Return a cell that no spreadsheet takes for a formula: an apostrophe stands before a text that would be; all else is as it was."""
    formula = isinstance(value, str) and value.startswith(_FORMULA) and not _PLAIN.fullmatch(value)
    return f"'{value}" if formula else value
