"""Rows as files: the formats, what a file is called, the button that writes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from synth_ui.ui import access
from synth_ui.ui.decide.race_view import View
from synth_ui.ui.md import plain_name
from synth_ui.ui.people import downloads

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


MANY = 1_000_000
"""Rows beyond which a table is not held by the server: it is shown by its first rows and taken along as Parquet."""

READ_AT_ONCE = 100_000

MOST_MEGABYTES = 400
"""Beyond that a file is not sent by the server, which would have to hold it."""


def encode_batches(run_id: str, schema: Any, safe: bool) -> bytes:
    """Write the rows of a run as Parquet, in the form of the source, holding a part of them at a time.

    Raises
    ------
    TableError
        If the file is larger than what is sent.
    """
    from synth_ui.core.errors import TableError
    from synth_ui.reports.download import sourced
    from synth_ui.store.files.frames import fill_batches
    from synth_ui.tables.scratch import scratch

    ws = access.workspace()
    with scratch(ws.home) as folder:
        path = folder / "rows.parquet"
        fill_batches(sourced(part, schema, safe) for part in ws.synthetic_batches(run_id, READ_AT_ONCE))(path)
        if path.stat().st_size > MOST_MEGABYTES * 2**20:
            raise TableError(
                f"The file has more than {MOST_MEGABYTES} MB; that is what is sent here. Make it with synth-ui generate --rows N -o FILE.parquet."
            )
        return path.read_bytes()


def download_many(label: str, run_id: str, view: View, safe: bool, name: str, key: str) -> None:
    """Draw the button that writes the rows of a run as Parquet when it is pressed, without holding all of them."""
    ending, mime = FORMATS["Parquet"]
    downloads.button(
        label, data=lambda: encode_batches(run_id, view.split.schema, safe), file_name=f"{name}.{ending}", mime=mime, key=key,
        icon=":material/download:", on_click="ignore",
    )  # fmt: skip


def download(label: str, frame: Callable[[], pd.DataFrame], view: View, kind: str, safe: bool, name: str, key: str) -> None:
    """Draw the button that writes rows in one of `FORMATS` when it is pressed."""
    ending, mime = FORMATS[kind]
    downloads.button(
        label, data=lambda: encode(frame(), view.split.schema, kind, safe), file_name=f"{name}.{ending}", mime=mime, key=key,
        icon=":material/download:", on_click="ignore",
    )  # fmt: skip


def file_name(view: View, name: str) -> str:
    """Return a plain name for a file: letters, digits and hyphens of table and candidate."""
    return plain_name(f"{view.race.name}-{name}", "synthetic")
