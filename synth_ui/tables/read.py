"""A source becomes a table: find the format, read it, find out what its columns hold, and say what was assumed."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypedDict, Unpack

import pandas as pd

from synth_ui.core.cast import cast, conform
from synth_ui.core.context import Context
from synth_ui.core.errors import ReadError, SynthError, TableError
from synth_ui.core.persons import person_columns
from synth_ui.core.table import Table
from synth_ui.tables import bounded
from synth_ui.tables.databases.address import DatabaseTable, is_database, plain_address
from synth_ui.tables.inference.infer import infer_schema
from synth_ui.tables.inference.likeness import Likeness
from synth_ui.tables.large import choose, scan
from synth_ui.tables.large.whole import WholeTable, count_all
from synth_ui.tables.readers.remote import fetched
from synth_ui.tables.readers.source import LIMITS, Limits, Raw, Reader, Source, TooMuchHereError, Wish, check_cells, readers
from synth_ui.tables.scratch import scratch
from synth_ui.tables.warning import ColumnWarning

__all__ = ["LIMITS", "ColumnWarning", "Limits", "Reading", "read", "read_like"]

logger = logging.getLogger(__name__)

HERE = (1_000_000, 1_000)
"""Cells and columns that are read in this process."""


class ReadOptions(TypedDict, total=False):
    """What is wished of a source, with the defaults of `Wish`."""

    sheet: str | None
    rows: int | None
    seed: int
    names: tuple[str, ...]
    stratify: str | None
    limits: Limits
    scratch: Path | None


NO_HEADER = "the file has no header; its columns are taken in the order of the real table"


@dataclass(frozen=True, eq=False)
class Reading:
    """A table as it was read.

    Attributes
    ----------
    assumed
        What the reader had to assume, one sentence each.
    warnings
        What the table's owner should look at.
    sheets
        The sheets of a workbook that hold something; empty for other formats.
    source
        Where it came from, as the user named it.
    headed
        Whether the source itself names the columns.
    whole
        What is in all rows of a file of which a sample was taken; None where the table is all of it.
    """

    table: Table
    assumed: tuple[str, ...] = ()
    warnings: tuple[ColumnWarning, ...] = ()
    sheets: tuple[str, ...] = ()
    source: str = ""
    headed: bool = True
    whole: WholeTable | None = None

    @property
    def changed(self) -> tuple[str, ...]:
        """Those of the warnings that say that cells were not kept, or could have been read in another way."""
        return tuple(str(warning) for warning in self.warnings if warning.changed)


def read(
    source: str | Path | bytes | pd.DataFrame | DatabaseTable,
    *,
    name: str | None = None,
    like: Table | None = None,
    context: Context | None = None,
    **wished: Unpack[ReadOptions],
) -> Reading:
    """Read a table from a file, from bytes, from a frame or from a database.

    A small plain file is read in this process, all else in one of its own: bounded in memory and time, stopped with the context.
    A file too large for memory is scanned on disk: all rows are counted, and a stated sample of them is the table (`Reading.whole`).

    Parameters
    ----------
    source
        A path, an address (https://, s3://, gs://), the bytes of a file (then `name` is needed), a frame, or a table of a database.
    name
        What the user calls it, with its ending: "people.csv".
    sheet
        The sheet of a workbook; the first that holds a table by default.
    rows
        Take a seeded sample of this many rows, in their order; of a database it is drawn there.
    like
        A table of the same columns that is known: dates that could be two are read as its are.
    names
        What the columns are called elsewhere, in the real table say: where a file seems to have no header, these decide.
    stratify
        A column whose levels keep their shares where a file too large for memory is sampled; rows of one person stay together anyway.
    limits
        How much is read.
    scratch
        The workspace in which temporary copies lie, by default the one that `SYNTH_UI_HOME` names.
    context
        Takes progress, and says when to stop.

    Raises
    ------
    ReadError
        If it cannot be read as a table; the message says what is wrong, where, what is allowed and what to do.
    Cancelled
        If the context says so.
    """
    wish = Wish(**wished, like=None if like is None else Likeness.of(like))
    if wish.rows is not None and wish.rows < 1:
        raise ReadError(f"A sample of {wish.rows} rows was asked for; allowed is 1 or more.")
    context = context or Context()
    if isinstance(source, pd.DataFrame):
        return read_here(source, name or "table", wish, context)
    if isinstance(source, str) and "://" in source and not is_database(source):
        with fetched(source, wish.limits, wish.scratch, context) as (path, named):
            return replace(_read(_source(path, name or named), wish, context), source=plain_address(source))
    return _read(_source(source, name), wish, context)


def _read(found: Source, wish: Wish, context: Context) -> Reading:
    """Read in this process, or in one of its own."""
    if found.database is None:
        wish = replace(wish, limits=scan.patient(wish.limits, found))
    if not bounded.possible():
        return read_here(found, found.name, wish, context)
    if found.database is None and found.size <= bounded.HERE_BYTES and not found.gzipped and not _is_packed(found):
        try:
            return read_here(found, found.name, replace(wish, here=HERE), context)
        except TooMuchHereError:
            context.step("reading in a process of its own")
    return bounded.run(found, wish, context)


def read_like(
    source: str | Path | bytes | pd.DataFrame | Table,
    like: Table,
    *,
    name: str | None = None,
    typed: bool = True,
    scratch: Path | None = None,
    context: Context | None = None,
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Read rows made elsewhere and bring them to the columns of a known table.

    Parameters
    ----------
    source
        As `read`; a frame is taken as it is, a table as it was read. A file that seems to have no header is read by the known names.
    like
        The real table.
    typed
        Whether the columns of a frame are taken as they are; else what they hold is found out, as of a file.
    scratch, context
        As `read`.

    Returns
    -------
    tuple
        The canonical frame, and one sentence for all that was not kept, or could have been read in another way.

    Raises
    ------
    ReadError, TableError
        If it cannot be read, or lacks a column that is compared.
    """
    if isinstance(source, pd.DataFrame) and typed:
        frame, notes = cast(source, like.schema)
        return frame, tuple(notes)
    if isinstance(source, Table):
        frame, notes = conform(source, like.schema)
        return frame, tuple(notes)
    reading = read(source, name=name, like=like, names=tuple(like.schema.names), scratch=scratch, context=context)
    try:
        frame, notes = conform(reading.table, like.schema)
    except TableError as error:
        raise TableError(f"{reading.source}: {error}") from error  # of several files, which
    sampled = () if reading.whole is None else (reading.whole.sentence,)
    return frame, (*sampled, *(() if reading.headed else (NO_HEADER,)), *reading.changed, *notes)


def _is_packed(source: Source) -> bool:
    """Whether a source may hold far more than its size says, and is taken apart by a library that no error stops."""
    return readers()["excel"].claims(source.head)


def read_here(source: Source | pd.DataFrame, label: str, wish: Wish, context: Context) -> Reading:
    """Read in this process; whatever goes wrong is a `ReadError`."""
    try:
        if isinstance(source, pd.DataFrame):
            return _finish(Raw(source), label, wish, context)
        if source.database is not None:
            return _from_database(source.database, wish, context)
        reader, said = _reader_for(source)
        if scan.is_large(source, reader.key):
            reading = _read_large(source, label, wish, context)
            return replace(reading, assumed=(*reading.assumed, *said))
        raw = reader.read(source, wish, context)
        raw = Raw(raw.frame, (*said, *raw.assumed), raw.warnings, raw.sheets, raw.as_text, raw.comma_likely, raw.headed)
        return _finish(raw, label, wish, context)
    except (SynthError, TooMuchHereError):
        raise
    except MemoryError as error:
        raise ReadError(bounded.too_much_memory(label, wish.limits.memory)) from error
    except RecursionError as error:
        raise ReadError(f"{label} is nested too deeply to be a table. Export flat rows.") from error
    except OSError as error:
        raise ReadError(
            f"{label} could not be read to its end ({error.strerror or error}). Check the disk it lies on."
        ) from error
    except Exception as error:
        logger.exception("%s could not be read.", label)
        said_by = f"{type(error).__name__}: {error}".splitlines()[0][:200]
        raise ReadError(
            f"{label} could not be read as a table, for a reason nobody thought of ({said_by}). Export it again, or in another format."
        ) from error


def _from_database(source: DatabaseTable, wish: Wish, context: Context) -> Reading:
    from synth_ui.tables.databases.take import take

    reading = _finish(take(source, wish, context), source.label, replace(wish, rows=None), context)
    return replace(reading, source=source.origin)


def _read_large(source: Source, label: str, wish: Wish, context: Context) -> Reading:
    """Scan a file that is too large for memory: its rows are counted on disk, and a sample of them is the table."""
    with scratch(wish.scratch) as folder:
        source = scan.on_disk(source, folder)
        scanned = scan.scanned(source, wish, folder, context)
        wanted = min(wish.rows or max(scan.SAMPLE_CELLS // len(scanned.columns), 1), scanned.rows)
        rows, how = choose.chosen(scanned, wanted, wish.stratify, wish.seed)
        all_of_them = replace(wish, rows=None)
        raw = scan.taken_raw(scanned, rows, source, wish, context)
        reading = _finish(raw, label, all_of_them, context)
        persons = [scanned.column_of(name) for name in person_columns(reading.table.frame, reading.table.schema)]
        keys = [name for name in persons if name is not None]
        if keys and wanted < scanned.rows:
            rows = choose.whole_persons(scanned, keys, wanted, wish.seed)
            how = f"all rows of persons drawn with seed {wish.seed}"
            raw = scan.taken_raw(scanned, rows, source, wish, context)
            reading = _finish(raw, label, all_of_them, context)
        if len(rows) == scanned.rows:
            return reading
        whole = count_all(scanned, raw.frame, reading.table, how, context)
    return replace(reading, whole=whole, assumed=(whole.sentence, *reading.assumed))


def _finish(raw: Raw, label: str, wish: Wish, context: Context) -> Reading:
    check_cells(label, len(raw.frame), len(raw.frame.columns), wish)
    frame, said = _sampled(raw.frame, wish)
    try:
        table, assumed, warnings = infer_schema(
            frame, name=_stem(label), as_text=raw.as_text, comma_likely=raw.comma_likely, like=wish.like, context=context
        )
    except TableError as error:
        raise ReadError(f"{label}: {error}") from error
    named = (ColumnWarning.read(text, table.schema.names) for text in raw.warnings)
    remarks = tuple(replace(remark, changed=remark.column is not None) for remark in named)  # of a column: cells not kept
    return Reading(table, (*raw.assumed, *said, *assumed), (*remarks, *warnings), raw.sheets, label, raw.headed)


def _stem(label: str) -> str:
    name = Path(label).name
    for ending in (".gz", *(f".{ending}" for reader in readers().values() for ending in reader.endings)):
        if name.lower().endswith(ending):
            name = name[: -len(ending)]
    return name or "table"


def _sampled(frame: pd.DataFrame, wish: Wish) -> tuple[pd.DataFrame, tuple[str, ...]]:
    if wish.rows is None:
        return frame, ()
    said = (f"a sample of at most {wish.rows:,} rows is taken with seed {wish.seed}",)
    if wish.rows >= len(frame):
        return frame, said
    chosen = Context(wish.seed).rng("sample of rows").choice(len(frame), wish.rows, replace=False)
    chosen.sort()
    return frame.iloc[chosen].reset_index(drop=True), said


def _source(source: str | Path | bytes | DatabaseTable, name: str | None) -> Source:
    """Check that there is something to read."""
    if isinstance(source, DatabaseTable):
        return Source(source.label, database=source)
    if isinstance(source, bytes | bytearray | memoryview):
        if not name:
            raise ReadError("Bytes need a name with an ending, such as name='people.csv'.")
        found = Source.of_bytes(bytes(source), name)
    else:
        found = _file(source, name)
    if not found.head:
        raise ReadError(f"{found.name} is empty: it has 0 bytes. Export it again.")
    return found


def _file(source: str | Path, name: str | None) -> Source:
    if is_database(source):
        raise ReadError(
            f"{plain_address(str(source))} is a database. Name a table or a query of it: --table NAME or --query 'SELECT …' on the command line, "
            "DatabaseTable(address, table=…) in Python."
        )
    try:
        path = Path(source).expanduser()
    except RuntimeError as error:
        raise ReadError(f"{source} names the home of a user that this machine does not know. Write the path out.") from error
    return Source.of_path(path, name or path.name)


_OTHERS = {
    b"%PDF": "a PDF", b"\x89PNG": "a picture (PNG)", b"\xff\xd8\xff": "a picture (JPEG)", b"SQLite format 3": "an SQLite database",
    b"ARROW1": "an Arrow/Feather file", b"FEA1": "a Feather file", b"\x80\x04": "a Python pickle", b"\x80\x05": "a Python pickle",
    b"\x28\xb5\x2f\xfd": "compressed with zstd", b"BZh": "compressed with bzip2", b"7z\xbc\xaf": "a 7-Zip archive", b"\xfd7zXZ": "compressed with xz",
    b"Rar!": "a RAR archive", b"\x1f\x8b": "compressed twice", b"\x7fELF": "a program", b"<!DOCTYPE": "a web page", b"<html": "a web page", b"<?xml": "XML",
    b"$FL2": "an SPSS file", b"<stata_dta>": "a Stata file", b"\x89HDF": "an HDF5 file", b"Obj\x01": "an Avro file", b"ORC": "an ORC file",
}  # fmt: skip


def _reader_for(source: Source) -> tuple[Reader, tuple[str, ...]]:
    """Choose the reader by content; by ending where the content leaves it open."""
    known = readers()
    claimed = next((reader for reader in known.values() if reader.claims(source.head)), None)
    ended = next((reader for reader in known.values() if source.ending in reader.endings), None)
    if claimed is not None:
        differs = ended is not None and ended is not claimed
        said = f"{source.name} is {claimed.title} by its content, and was read as that" if differs else ""
        return claimed, (said,) if said else ()
    allowed = ", ".join(reader.title for reader in known.values())
    for magic, what in _OTHERS.items():
        if source.head.lstrip()[:16].startswith(magic):
            raise ReadError(
                f"{source.name} is {what}; read are {allowed}, and each of the text formats as .gz. Export it as one of them."
            )
    if ended is not None and ended.key in ("parquet", "excel"):
        raise ReadError(
            f"{source.name} is no {ended.title} file, whatever its name says. Export it again, or name it as what it is."
        )
    return ended or known["csv"], ()
