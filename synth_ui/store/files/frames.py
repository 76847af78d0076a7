"""Frames as Parquet, read back with the very dtypes they were written with."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from synth_ui.core.errors import ArtefactLost
from synth_ui.store.files.disk import write_whole

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
        table = parquet.read_table(path, use_threads=False)
        described = json.loads((table.schema.metadata or {})[_DTYPES])
        frame = table.to_pandas(use_threads=False)
    except FileNotFoundError as error:
        raise ArtefactLost(f"{path.name} is no longer in the workspace ({path.parent}).") from error
    except (pyarrow.ArrowException, OSError, KeyError, ValueError) as error:
        raise ArtefactLost(
            f"{path.name} in {path.parent} is damaged: it is not what was written there. Start the run again, or read the table again."
        ) from error
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
