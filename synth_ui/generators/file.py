"""A synthetic table made elsewhere, read from a file so that it can be scored beside the others."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from synth_ui.core.condition import all_meet, in_words, read_where
from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply, ReadError, SettingError
from synth_ui.core.table import Kind, Schema, Table, TableSize, cast
from synth_ui.core.tunable import text
from synth_ui.generators.base import Cost, Generator, Sampler

_BLANKS = frozenset({"", "?", "NA", "N/A", "n/a", "NaN", "nan", "NULL", "null", "None", "<NA>", "NaT"})
_ENDINGS = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz", ".parquet")


@dataclass(frozen=True)
class File(Generator):
    """Take the rows of a file as they are, cast to the real table's columns."""

    key: ClassVar[str] = "file"
    title: ClassVar[str] = "A file made elsewhere"
    summary: ClassVar[str] = "Enters a synthetic table from a file into the race, scored like any other candidate."
    family: ClassVar[str] = "made elsewhere"
    reference: ClassVar[str] = "Whatever made the file"
    licence: ClassVar[str] = "of the file"
    needs_real_data: ClassVar[bool] = False
    good_at: ClassVar[str] = "Compares what you already have with what could be made here."
    cannot: ClassVar[str] = "It makes no new rows, and cannot tell whether the file's maker had seen the holdout."

    path: str = text("", help="Where the file is: Parquet, or CSV or TSV with a header line, gzipped or not.")

    def fit(self, table: Table, context: Context) -> Sampler:
        """Read the file; of `table` only the schema is used.

        Raises
        ------
        SettingError
            If no path is given.
        ReadError
            If the file is missing, of an unknown kind, empty or damaged.
        TableError
            If a column that is compared is missing.
        """
        if not self.path:
            raise SettingError("file: path is empty; give the path of a Parquet or CSV file.")
        context.step("reading the file", 0.0)
        frame, notes = cast(read_rows(Path(self.path).expanduser(), table.schema), table.schema)
        context.step("reading the file", 1.0)
        return FileSampler(frame, table.schema, tuple(notes))

    def cost(self, size: TableSize, rows: int) -> Cost:
        """Estimate: reading as many rows as the real table has."""
        return Cost(0.1 + 1e-6 * size.rows * size.columns, 20 + 2e-4 * size.rows * size.columns)


class FileSampler(Sampler):
    """Gives the file's rows: all of them, or a seeded choice when fewer are asked for.

    Attributes
    ----------
    notes
        One sentence per column that had to be cast.
    """

    keeps = "every row of the file"
    finite = True

    def __init__(self, frame: pd.DataFrame, schema: Schema, notes: tuple[str, ...]) -> None:
        self.frame = frame
        self.schema = schema
        self.notes = notes

    def __call__(self, n: int, context: Context, where: Mapping[str, Any] | None = None) -> pd.DataFrame:
        """Return `n` rows of the file in its order; if it has fewer, all there are.

        Raises
        ------
        DoesNotApply
            If no row of the file meets the conditions.
        """
        conditions = read_where(where or {}, self.schema)
        rows = self.frame[all_meet(conditions, self.frame)]
        if conditions and not len(rows):
            raise DoesNotApply(
                f"no row of the file meets {in_words(conditions)}, and a file makes no new rows; loosen the conditions"
            )
        if n < len(rows):
            rows = rows.iloc[np.sort(context.rng("rows").choice(len(rows), n, replace=False))]
        context.step("sampling", 1.0)
        return rows.reset_index(drop=True)


# --- reading ------------------------------------------------------------------------------------------------------


def read_rows(path: Path, schema: Schema) -> pd.DataFrame:
    """Read a Parquet or delimited file; in the latter all cells are texts, spelled blanks are blank.

    Raises
    ------
    ReadError
        If the file is missing, of an unknown kind, empty or damaged.
    """
    if not path.is_file():
        raise ReadError(f"There is no file {str(path)!r}; check the path.")
    if not path.name.lower().endswith(_ENDINGS):
        raise ReadError(f"{path.name} has an unknown ending; allowed are {', '.join(_ENDINGS)}.")
    frame = _read_parquet(path) if path.suffix.lower() == ".parquet" else _read_delimited(path, schema)
    if not len(frame):
        raise ReadError(f"{path.name} has a header but no rows; give a file with at least one row.")
    return frame


def _read_parquet(path: Path) -> pd.DataFrame:
    try:
        return pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise ReadError(f"{path.name} is no readable Parquet file ({error}); write it again, or as CSV.") from error


def _read_delimited(path: Path, schema: Schema) -> pd.DataFrame:
    try:
        delimiter = _delimiter(path, schema)
        frame = pd.read_csv(path, sep=delimiter, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (OSError, EOFError, UnicodeDecodeError, csv.Error, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        said = " ".join(str(error).split())
        raise ReadError(
            f"{path.name} could not be read as a delimited text in UTF-8 ({said}); write it again, or as Parquet."
        ) from error
    for name in frame.columns:
        known = set(schema[name].levels) if name in schema.names else set()
        keeps_text = name in schema.names and schema[name].kind is Kind.TEXT
        blank = frame[name].isin({""} if keeps_text else _BLANKS - known)
        frame[name] = frame[name].mask(blank, None)
    return frame


def _delimiter(path: Path, schema: Schema) -> str:
    """Return the delimiter under which the header names most of the schema's columns."""
    zipped = path.suffix.lower() == ".gz"
    with gzip.open(path, "rb") if zipped else path.open("rb") as lines:
        header = lines.readline().decode("utf-8-sig")
    names = set(schema.names)

    def matches(delimiter: str) -> int:
        return len(names.intersection(next(csv.reader([header], delimiter=delimiter), [])))

    return max(",;\t|", key=matches)
