"""Rows as files: the formats, what a file is called, the button that writes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import streamlit as st

from synth_ui.ui.decide.race_view import View
from synth_ui.ui.md import plain_name

if TYPE_CHECKING:
    import pandas as pd

FORMATS = {
    "CSV": ("csv", "text/csv"),
    "Parquet": ("parquet", "application/vnd.apache.parquet"),
    "Excel": ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}


def encode(frame: pd.DataFrame, schema: Any, kind: str, safe: bool) -> bytes:
    """Write rows in one of `FORMATS`, in the form of the source."""
    from synth_ui.reports import download

    write = {"CSV": download.to_csv, "Parquet": download.to_parquet, "Excel": download.to_excel}[kind]
    written: bytes = write(frame, schema, safe=safe)
    return written


def download(label: str, frame: Callable[[], pd.DataFrame], view: View, kind: str, safe: bool, name: str, key: str) -> None:
    """Draw the button that writes rows in one of `FORMATS` when it is pressed."""
    ending, mime = FORMATS[kind]
    st.download_button(
        label, data=lambda: encode(frame(), view.split.schema, kind, safe), file_name=f"{name}.{ending}", mime=mime, key=key,
        icon=":material/download:", on_click="ignore",
    )  # fmt: skip


def file_name(view: View, name: str) -> str:
    """Return a plain name for a file: letters, digits and hyphens of table and candidate."""
    return plain_name(f"{view.race.name}-{name}", "synthetic")
