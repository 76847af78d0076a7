"""Synthetic rows as files, in the form of the source: its dtypes, date formats and words for yes and no."""

from __future__ import annotations

import csv
import io
from typing import Any

import pandas as pd

from synth_ui.core.cast import to_source
from synth_ui.core.errors import TableError
from synth_ui.core.table import Schema

EXCEL_ROWS = 1_048_575
EXCEL_COLUMNS = 16_384

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet take a text for a formula."""


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
    neutral = {name: plain[name].map(_neutral) if plain[name].dtype == object else plain[name] for name in plain.columns}
    return pd.DataFrame(neutral, columns=plain.columns, index=plain.index).rename(columns=_neutral)


def _neutral(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
