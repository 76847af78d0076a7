"""A large file made ready to be looked at piece by piece: Parquet as it lies there, text written as Parquet once, by DuckDB.

What comes of it is a Parquet file with as many columns as the table and every row; nobody here holds more than a part of it.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from synth_ui.core.context import Context
from synth_ui.core.errors import ReadError
from synth_ui.tables.readers.csv import Beginning, begin, without_empty
from synth_ui.tables.readers.parquet import raw_of_arrow
from synth_ui.tables.readers.source import Limits, Raw, Source, Wish, check_columns

TEXT_BYTES = 1024**3
"""A text file beyond so many bytes is scanned on disk, not read into memory."""

LONGEST_ROW = 1 << 24
"""Bytes of a row of a text that is scanned. DuckDB holds several parts of twice as many; left to itself it takes sixteen times as many for one."""

MOST_CELLS = 50_000_000
"""A table beyond so many cells is not taken whole."""

SAMPLE_CELLS = 15_000_000
"""So many cells of such a table are taken, unless a number of rows is asked for."""

BYTES_PER_SECOND = 4_000_000
"""What a slow disk and a busy processor still get through; a large file may take so much longer."""

CELLS_PER_SECOND = 200_000
"""The same, of cells that are counted: a machine where ten others work takes so long."""

ROWS_AT_ONCE = 50_000

LEAST_MEMORY_MB = 512


@dataclass(frozen=True)
class Scanned:
    """All rows of a table in a Parquet file.

    Attributes
    ----------
    columns
        The names of the columns in the file.
    names
        What the table calls them.
    beginning
        How the text was cut; None where the source is Parquet itself.
    memory, scratch
        Bytes that may be taken for counting, and the folder for what goes beyond.
    """

    path: Path
    rows: int
    columns: tuple[str, ...]
    names: tuple[str, ...]
    beginning: Beginning | None = None
    memory: int = 1024**3
    scratch: Path | None = None

    def column_of(self, name: str) -> str | None:
        """Return what the file calls a column of the table; None where it has none of that name, or several."""
        return self.columns[self.names.index(name)] if self.names.count(name) == 1 else None

    @contextmanager
    def connection(self) -> Iterator[Any]:
        """Open DuckDB with a bound on its memory; what goes beyond lies in the scratch folder."""
        with _duckdb(self.memory, self.scratch) as connection:
            yield connection

    def column(self, name: str) -> Any:
        """Return one column of all rows as Arrow holds it."""
        import pyarrow.parquet as parquet

        return parquet.read_table(self.path, columns=[name], use_threads=False).column(0)

    def take(self, rows: NDArray[np.int64], context: Context) -> Any:
        """Return some rows, ascending, as an Arrow table; the others pass by in parts."""
        import pyarrow as pa
        import pyarrow.parquet as parquet

        parts, start = [], 0
        with parquet.ParquetFile(self.path) as file:
            for batch in file.iter_batches(ROWS_AT_ONCE, use_threads=False):
                context.step("taking the sample", start / max(self.rows, 1))
                first, last = np.searchsorted(rows, (start, start + len(batch)))
                if last > first:
                    parts.append(pa.Table.from_batches([batch]).take(pa.array(rows[first:last] - start)))
                start += len(batch)
        return pa.concat_tables(parts)


def is_large(source: Source, kind: str) -> bool:
    """Whether a source is too large to be read into memory: text by its bytes, Parquet by the cells its end tells of.

    Parameters
    ----------
    kind
        The key of its reader; other formats are read whole, within their limits.
    """
    if source.database is not None or source.gzipped:
        return False
    if kind == "parquet" and source.head.startswith(b"PAR1"):
        shape = _parquet_shape(source)
        return shape is not None and shape[0] * shape[1] > MOST_CELLS
    return kind == "csv" and source.size > TEXT_BYTES


def on_disk(source: Source, folder: Path) -> Source:
    """Return a source that lies on the disk: what was handed over as bytes, an upload say, is laid into the folder.

    Raises
    ------
    ReadError
        If the disk has no room for it.
    """
    if source.content is None:
        return source
    free = shutil.disk_usage(folder).free
    if free < source.size:
        raise ReadError(
            f"{source.name} has {source.size / 1e9:.1f} GB and is laid onto the disk to be scanned; {folder.parent} has {free / 1e9:.1f} GB "
            "free. Free some space."
        )
    path = folder / "handed-over"
    path.write_bytes(source.content)
    return replace(source, path=path, content=None)


def patient(limits: Limits, source: Source) -> Limits:
    """Return the limits with the time a file of this size may take; of Parquet, which is packed, by its cells."""
    packed = source.database is None and not source.gzipped and source.head.startswith(b"PAR1")
    rows, columns = (_parquet_shape(source) if packed else None) or (0, 0)
    cells = rows * columns if rows * columns > MOST_CELLS else 0
    by_bytes = source.size / BYTES_PER_SECOND if source.size > TEXT_BYTES // 4 else 0
    return replace(limits, seconds=limits.seconds + max(by_bytes, cells / CELLS_PER_SECOND))


def scanned(source: Source, wish: Wish, folder: Path, context: Context) -> Scanned:
    """Make a large source ready.

    Parameters
    ----------
    folder
        Where a text is written as Parquet.

    Raises
    ------
    ReadError
        If the text is not as clean as one of this size must be, or the disk has no room for it.
    """
    assert source.path is not None
    memory = max((wish.limits.memory or 4 * 1024**3) // 4, LEAST_MEMORY_MB * 1024**2)
    if source.head.startswith(b"PAR1"):
        import pyarrow.parquet as parquet

        with parquet.ParquetFile(source.path) as file:
            names, rows = tuple(file.schema_arrow.names), file.metadata.num_rows
        check_columns(source.name, len(names), wish)
        return Scanned(source.path, rows, names, names, memory=memory, scratch=folder)
    beginning = begin(source, wish, context)
    check_columns(source.name, beginning.layout.width, wish)
    path = folder / "rows.parquet"
    free = shutil.disk_usage(folder).free
    if free < source.size:
        raise ReadError(
            f"{source.name} has {source.size / 1e9:.1f} GB and is written once more to be scanned; {folder.parent} has {free / 1e9:.1f} GB "
            "free. Free some space, or write the table as Parquet, which is scanned where it lies."
        )
    context.step("scanning all rows")
    columns = tuple(f"c{place}" for place in range(beginning.layout.width))
    _write_parquet(source, beginning, path, memory)
    found = Scanned(path, _rows_of(path), columns, tuple(beginning.layout.names), beginning, memory, folder)
    if not found.rows:
        raise ReadError(f"{source.name} has a header and no rows. Export it again.")
    _check_beginning(source, found, context)
    return found


def _write_parquet(source: Source, beginning: Beginning, path: Path, memory: int) -> None:
    """Have DuckDB write every cell as text; parts of the file are held, never all of it."""
    import duckdb

    width = beginning.layout.width
    columns = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(width))
    dialect = beginning.dialect
    query = (
        f"COPY (SELECT * FROM read_csv({_text(source.path)}, auto_detect = false, header = false, delim = {_text(dialect.separator)}, "  # nosec B608 # names and texts are quoted, numbers are numbers
        f"quote = {_text(dialect.quote)}, escape = {_text(dialect.escape)}, skip = {beginning.lines}, columns = {{{columns}}}, "
        f"max_line_size = {LONGEST_ROW}, buffer_size = {2 * LONGEST_ROW}, nullstr = '', strict_mode = true)) TO {_text(path)} (FORMAT parquet, COMPRESSION snappy)"
    )
    with _duckdb(memory, path.parent) as connection:
        try:
            connection.execute(query)
        except duckdb.Error as error:
            said = " ".join(str(error).split())[:300]
            raise ReadError(
                f"{source.name} cannot be scanned ({said}). In a file of more than {TEXT_BYTES / 1024**3:.1g} GB every row must have "
                f"{width} cells, as its header has; cut off notes and comments, or write it as Parquet."
            ) from error


def _check_beginning(source: Source, found: Scanned, context: Context) -> None:
    """Refuse a text whose first rows both readers do not cut alike."""
    assert found.beginning is not None
    records = [record for record in found.beginning.body if record][: min(found.rows, 100)]
    first = found.take(np.arange(len(records)), context).to_pandas()
    for place, name in enumerate(found.columns):
        ours = [record[place].strip() if place < len(record) else "" for record in records]
        if ["" if cell is None else str(cell).strip() for cell in first[name]] != ours:
            raise ReadError(
                f"{source.name} cannot be scanned: its first rows can be cut into cells in two ways, which differ in column "
                f"{found.names[place]!r}. Check its quotes, or write it as Parquet."
            )


def taken_raw(scanned: Scanned, rows: NDArray[np.int64], source: Source, wish: Wish, context: Context) -> Raw:
    """Return some rows as the reader of small files would give them."""
    table = scanned.take(rows, context)
    if scanned.beginning is None:
        return raw_of_arrow(table, source.name, wish)
    layout, separator = scanned.beginning.layout, scanned.beginning.dialect.separator
    columns = {place: table.column(place).combine_chunks().dictionary_encode().to_pandas() for place in range(table.num_columns)}
    frame, dropped = without_empty(pd.DataFrame(columns).set_axis(list(scanned.names), axis=1), layout)
    said = (*scanned.beginning.said, *layout.said, *dropped)
    return Raw(frame, said, as_text=True, comma_likely=separator == ";", headed=layout.header is not None)


@contextmanager
def _duckdb(memory: int, folder: Path | None) -> Iterator[Any]:
    import duckdb

    config: Any = {"memory_limit": f"{memory // 1024**2}MB", "temp_directory": str(folder) if folder else "", "threads": "2"}
    with duckdb.connect(config=config) as connection:
        yield connection


def _parquet_shape(source: Source) -> tuple[int, int] | None:
    """Return rows and columns as the end of the file tells; None where it cannot be read, which its reader will say."""
    import pyarrow as pa
    import pyarrow.parquet as parquet

    try:
        with parquet.ParquetFile(source.path if source.content is None else pa.BufferReader(source.content)) as file:
            return file.metadata.num_rows, file.metadata.num_columns
    except (pa.ArrowException, OSError):
        return None


def _rows_of(path: Path) -> int:
    import pyarrow.parquet as parquet

    with parquet.ParquetFile(path) as file:
        return int(file.metadata.num_rows)


def _text(value: object) -> str:
    """Write a text of SQL."""
    return "'" + str(value).replace("'", "''") + "'"
