"""Frames as Parquet, read back with the very dtypes they were written with."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from synth_ui.core.errors import ArtefactLost, StoreError
from synth_ui.store.files.disk import WHAT_TO_DO, gone, write_whole

_DTYPES = b"synth_ui.dtypes"


def write_frame(path: Path, frame: pd.DataFrame) -> None:
    """Write `frame` to `path`, whole or not at all; its index is not kept.

    Text columns of mixed types (a number here, a word there) are written as text.

    Raises
    ------
    StoreError
        If the disk is full or the folder cannot be written; nothing is left behind.
    """
    write_whole(path, fill_frame(frame))


def fill_frame(frame: pd.DataFrame) -> Callable[[Path], None]:
    """Return what writes a frame to a file, as `write_frame` does."""
    import pyarrow.parquet as parquet

    table = _arrow(frame)
    return lambda path: parquet.write_table(table, path, compression="zstd")


def fill_batches(frames: Iterable[pd.DataFrame]) -> Callable[[Path], None]:
    """Return what writes frames of the same columns one below the other into a file, holding one of them at a time.

    The file is read back as `fill_frame`'s is. Levels are those of the first frame; what later ones have besides is an error.

    Raises
    ------
    StoreError
        When it writes: if a later frame has a column that cannot stand below the first one's.
    """

    def fill(path: Path) -> None:
        import pyarrow.parquet as parquet

        writer, described = None, dict[str, dict[str, Any]]()
        try:
            for frame in frames:
                table = _arrow(frame) if writer is None else _below(frame, writer.schema, described)
                if writer is None:
                    table = _without_nulls(table)
                    writer = parquet.ParquetWriter(path, table.schema.remove_metadata(), compression="zstd")
                described = _both(described, {str(name): _describe(frame[name]) for name in frame.columns})
                writer.write_table(table.replace_schema_metadata(None))
            if writer is not None:
                writer.add_key_value_metadata({_DTYPES.decode(): json.dumps(described)})
        finally:
            if writer is not None:
                writer.close()

    return fill


def _below(frame: pd.DataFrame, schema: Any, described: dict[str, dict[str, Any]]) -> Any:
    """Return a frame as an Arrow table of a schema: levels in the order of those before, whole numbers and texts where all was blank."""
    import pyarrow

    levels = {name: known["levels"] for name, known in described.items() if known["dtype"] == "category"}
    for name in levels.keys() & set(frame.columns):
        further = set(frame[name].cat.remove_unused_categories().cat.categories) - set(levels[name])
        if further:
            raise StoreError(f"{name} has a value that the rows written before do not know: {min(map(str, further))[:80]!r}.")
    frame = frame.assign(**{name: frame[name].cat.set_categories(known) for name, known in levels.items()})
    try:
        return _arrow(frame).replace_schema_metadata(None).cast(schema)
    except (pyarrow.ArrowInvalid, pyarrow.ArrowTypeError, pyarrow.ArrowNotImplementedError) as error:
        raise StoreError(f"These rows cannot be written below those before: {str(error).splitlines()[0][:200]}.") from error


def _without_nulls(table: Any) -> Any:
    """Return a table in which columns that are blank so far can take texts."""
    import pyarrow

    fields = [pyarrow.field(f.name, pyarrow.string()) if pyarrow.types.is_null(f.type) else f for f in table.schema]
    return table.cast(pyarrow.schema(fields))


def _both(before: dict[str, dict[str, Any]], now: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Say what Arrow does not keep of both frames: whole numbers that may be blank in one of them may be so in all."""
    wider = {"int64": "Int64", "bool": "boolean"}
    found = {}
    for name, known in now.items():
        own = before.get(name, known)
        found[name] = known if own["dtype"] in wider and wider[own["dtype"]] == known["dtype"] else own
    return found


def read_batches(path: Path, rows: int) -> Iterator[pd.DataFrame]:
    """Yield the frame written to `path` in parts of at most so many rows, each with its dtypes; raise `StoreError` as `read_frame` does."""
    import pyarrow
    import pyarrow.parquet as parquet

    try:
        with parquet.ParquetFile(path) as file:
            described = json.loads((file.metadata.metadata or {})[_DTYPES])
            for batch in file.iter_batches(rows, use_threads=False):
                yield _restored(pyarrow.Table.from_batches([batch]).to_pandas(use_threads=False), described)
    except FileNotFoundError as error:
        raise ArtefactLost(gone(path)) from error
    except (pyarrow.ArrowException, OSError, KeyError, ValueError) as error:
        raise ArtefactLost(damaged(path)) from error


def look_at_frame(path: Path) -> None:
    """See whether a frame lies at `path`, whole, without reading it: raise `ArtefactLost` where it is gone or cut off."""
    import pyarrow
    import pyarrow.parquet as parquet

    try:
        with parquet.ParquetFile(path) as file:
            json.loads((file.metadata.metadata or {})[_DTYPES])
    except FileNotFoundError as error:
        raise ArtefactLost(gone(path)) from error
    except (pyarrow.ArrowException, OSError, KeyError, ValueError) as error:
        raise ArtefactLost(damaged(path)) from error


def read_frame(path: Path) -> pd.DataFrame:
    """Return the frame written to `path`, with its dtypes: levels in their order, `Int64`, time zones, microseconds.

    Raises
    ------
    ArtefactLost
        If the file is missing, or is not what was written.
    """
    import pyarrow
    import pyarrow.parquet as parquet

    try:
        with parquet.ParquetFile(path) as file:
            described = json.loads((file.metadata.metadata or {})[_DTYPES])
            frame = file.read(use_threads=False).to_pandas(use_threads=False)
    except FileNotFoundError as error:
        raise ArtefactLost(gone(path)) from error
    except (pyarrow.ArrowException, OSError, KeyError, ValueError) as error:
        raise ArtefactLost(damaged(path)) from error
    return _restored(frame, described)


def damaged(path: Path) -> str:
    """Say that a file is not what was written there, and what to do."""
    return f"{path.name} in {path.parent} is damaged: it is not what was written there. {WHAT_TO_DO}"


def _restored(frame: pd.DataFrame, described: dict[str, dict[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame({name: _restore(frame[name], dtype) for name, dtype in described.items()}, columns=list(described))


def _arrow(frame: pd.DataFrame) -> Any:
    import pyarrow

    frame = _plain_levels(frame.reset_index(drop=True))
    try:
        table = pyarrow.Table.from_pandas(frame, preserve_index=False, nthreads=1)
    except (pyarrow.ArrowInvalid, pyarrow.ArrowTypeError):
        texts = {name: frame[name].map(str, na_action="ignore") for name in frame.columns if frame[name].dtype == object}
        frame = frame.assign(**texts)
        table = pyarrow.Table.from_pandas(frame, preserve_index=False, nthreads=1)
    described = {str(name): _describe(frame[name]) for name in frame.columns}
    return table.replace_schema_metadata({**(table.schema.metadata or {}), _DTYPES: json.dumps(described).encode()})


def _plain_levels(frame: pd.DataFrame) -> pd.DataFrame:
    """Write levels that are neither text nor numbers (intervals, dates) as text."""
    odd = {}
    for name in frame.columns:
        dtype = frame[name].dtype
        if isinstance(dtype, pd.CategoricalDtype) and not all(isinstance(level, str | int | float) for level in dtype.categories):
            odd[name] = frame[name].cat.rename_categories([str(level) for level in dtype.categories])
    return frame.assign(**odd) if odd else frame


def _describe(series: pd.Series[Any]) -> dict[str, Any]:
    """Say what Arrow does not keep by itself: all levels in order, even those no row has."""
    if not isinstance(series.dtype, pd.CategoricalDtype):
        return {"dtype": str(series.dtype)}
    levels = series.cat.categories
    return {"dtype": "category", "levels": levels.tolist(), "of": str(levels.dtype), "ordered": bool(series.cat.ordered)}


def _restore(series: pd.Series[Any], described: dict[str, Any]) -> pd.Series[Any]:
    if described["dtype"] == "category":
        levels = pd.Index(described["levels"], dtype=described["of"])
        if isinstance(series.dtype, pd.CategoricalDtype):
            return series.cat.set_categories(levels, ordered=described["ordered"])
        return series.astype(pd.CategoricalDtype(levels, ordered=described["ordered"]))
    if described["dtype"] == "object":
        texts = series.astype(object)
        return texts.where(texts.notna(), None)
    return series if str(series.dtype) == described["dtype"] else series.astype(described["dtype"])
