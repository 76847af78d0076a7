"""Parquet, through pyarrow: typed columns; nested structures are spread out or written as JSON."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from synth_ui.core.context import Context
from synth_ui.core.errors import ReadError
from synth_ui.tables.readers._arrow import mended
from synth_ui.tables.readers.source import Raw, Source, Wish, check_cells, check_columns


@dataclass(frozen=True)
class ParquetReader:
    """Reads Parquet files."""

    key: str = "parquet"
    title: str = "Parquet"
    endings: tuple[str, ...] = ("parquet", "pq")

    def claims(self, head: bytes) -> bool:
        """Whether the file begins as Parquet does."""
        return head.startswith((b"PAR1", b"PARE"))

    def read(self, source: Source, wish: Wish, context: Context) -> Raw:
        """Read all columns, of all rows or of a seeded sample."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        if source.head.startswith(b"PARE"):
            raise ReadError(f"{source.name} is an encrypted Parquet file. Write it without encryption.")
        in_memory = source.content is not None or source.gzipped
        context.step("reading the columns")
        try:
            with pq.ParquetFile(io.BytesIO(source.read_bytes(wish.limits)) if in_memory else source.path) as file:
                table = _rows(file, wish, source.name)
        except MemoryError:  # pyarrow's own is one of its other errors as well
            raise
        except (pa.ArrowException, OSError) as error:
            raise ReadError(
                f"{source.name} is a damaged or cut-off Parquet file ({_first_line(error)}). Write it again."
            ) from error
        context.step("taking the columns over")
        return to_raw(table, source.name, wish)


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0][:200]


def _rows(file: Any, wish: Wish, name: str) -> Any:
    """Return all rows, or read group by group and keep the sampled ones."""
    import pyarrow as pa

    total, columns = file.metadata.num_rows, file.metadata.num_columns
    wanted = total if wish.rows is None else min(wish.rows, total)
    check_cells(name, total if wish.here is not None else wanted, columns, wish)
    if wanted == total:
        return file.read()
    chosen = np.sort(Context(wish.seed).rng("sample of rows").choice(total, wish.rows, replace=False))
    parts, start = [], 0
    for group in range(file.num_row_groups):
        size = file.metadata.row_group(group).num_rows
        here = chosen[(chosen >= start) & (chosen < start + size)] - start
        if len(here):
            parts.append(file.read_row_group(group).take(pa.array(here)))
        start += size
    return pa.concat_tables(parts)


def to_raw(table: Any, name: str, wish: Wish) -> Raw:
    """Turn an Arrow table into a frame: structures spread out, lists and maps as text, an index of pandas dropped."""
    import pyarrow as pa

    said: list[str] = []
    spread = [field.name for field in table.schema if pa.types.is_struct(field.type)]
    for _ in range(4):
        if not any(pa.types.is_struct(field.type) for field in table.schema):
            break
        table = table.flatten()
    if spread:
        said.append(f"{', '.join(spread)}: structures are spread into one column per part")
    index = [column for column in table.column_names if column.startswith("__index_level_")]
    if index:
        table = table.drop_columns(index)
        said.append("the index that pandas wrote is left out")
    check_columns(name, table.num_columns, wish)
    nested = [field.name for field in table.schema if pa.types.is_nested(field.type)]
    if nested:
        said.append(f"{', '.join(nested)}: lists and maps are written as text")
    table, warned = mended(table)
    whole = (pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32())
    exact = dict.fromkeys(whole, pd.Int64Dtype())
    options = {"ignore_metadata": True, "coerce_temporal_nanoseconds": False, "types_mapper": exact.get}
    try:
        frame = table.to_pandas(**options)
    except (pa.ArrowException, ValueError, OverflowError) as error:
        raise ReadError(f"{name}: {_culprit(table, options)} Leave the column out, or write it as text.") from error
    return Raw(frame, tuple(said), warned)


def _culprit(table: Any, options: dict[str, Any]) -> str:
    """Say which column cannot be turned into one of a frame, and why."""
    import pyarrow as pa

    for column in table.column_names:
        try:
            table.select([column]).to_pandas(**options)
        except (pa.ArrowException, ValueError, OverflowError) as error:
            return f"column {column!r} holds what no table here can keep ({_first_line(error)})."
    return "its columns cannot be kept together."


READER = ParquetReader()
