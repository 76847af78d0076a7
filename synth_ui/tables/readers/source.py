"""What every reader gets and gives.

A reader is one file of this package with an object named `READER`; `readers` finds it by walking the package. It says
which endings it stands for and whether the first bytes of a file are its format, and turns a `Source` into `Raw`: a frame of
text or typed columns, whose kinds `synth_ui.tables.infer` then finds out.
"""

from __future__ import annotations

import gzip
import importlib
import pkgutil
import zlib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Protocol

import pandas as pd

from synth_ui.core.errors import PluginError, ReadError

LARGEST = 2 * 1024**3
"""Bytes, after decompression, beyond which a source is refused: a small .gz or .xlsx can hold terabytes."""

MOST_CELLS = 400_000_000
"""Rows times columns beyond which a source is refused."""

MOST_COLUMNS = 10_000
"""Columns beyond which a source is refused."""

HEAD = 65_536


@dataclass(frozen=True)
class Wish:
    """What the caller wants of the source: a sheet of a workbook, a seeded sample of so many rows."""

    sheet: str | None = None
    rows: int | None = None
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Raw:
    """What a reader gives.

    Attributes
    ----------
    as_text
        Whether categorical columns are only a compact form of text.
    comma_likely
        Whether a decimal comma is likelier than a decimal point where nothing in the columns decides.
    """

    frame: pd.DataFrame
    assumed: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    sheets: tuple[str, ...] = ()
    as_text: bool = False
    comma_likely: bool = False


class Reader(Protocol):
    """One format."""

    key: str
    title: str
    endings: tuple[str, ...]

    def claims(self, head: bytes) -> bool:
        """Whether the first bytes (decompressed) are this format beyond doubt."""
        ...

    def read(self, source: Source, wish: Wish) -> Raw:
        """Read the source; raise `ReadError` with what is wrong, where, and what to do."""
        ...


@dataclass(frozen=True)
class Source:
    """Where the bytes come from: a path, or bytes with the name the user knows them by."""

    name: str
    path: Path | None = None
    content: bytes | None = field(default=None, repr=False)

    @cached_property
    def gzipped(self) -> bool:
        """Whether the bytes are compressed by gzip, whatever the name says."""
        return self._raw_head().startswith(b"\x1f\x8b")

    @cached_property
    def head(self) -> bytes:
        """The first bytes, decompressed."""
        raw = self._raw_head()
        if not self.gzipped:
            return raw
        try:
            return zlib.decompressobj(wbits=31).decompress(raw, HEAD)
        except zlib.error as error:
            raise ReadError(f"{self.name} is a damaged .gz file ({error}). Compress it again.") from error

    @property
    def ending(self) -> str:
        """The name's ending in lower case, without .gz: "csv"."""
        name = self.name.lower().removesuffix(".gz")
        return name.rsplit(".", 1)[1] if "." in name else ""

    def _raw_head(self) -> bytes:
        if self.content is not None:
            return self.content[:HEAD]
        assert self.path is not None
        with self.path.open("rb") as file:
            return file.read(HEAD)

    def read_bytes(self) -> bytes:
        """Return all bytes, decompressed; raise `ReadError` beyond `LARGEST`."""
        if not self.gzipped:
            size = len(self.content) if self.content is not None else self._size()
            if size > LARGEST:
                raise ReadError(self._too_large())
            return self.content if self.content is not None else self._path().read_bytes()
        return self._gunzip()

    def _gunzip(self) -> bytes:
        chunks, total = [], 0
        raw = self.content if self.content is not None else self._path().read_bytes()
        import io

        try:
            with gzip.GzipFile(fileobj=io.BytesIO(raw)) as file:
                while chunk := file.read(1 << 22):
                    total += len(chunk)
                    if total > LARGEST:
                        raise ReadError(self._too_large())
                    chunks.append(chunk)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise ReadError(f"{self.name} is a damaged .gz file ({error}). Compress it again.") from error
        return b"".join(chunks)

    def _too_large(self) -> str:
        return (
            f"{self.name} holds more than {LARGEST / 1024**3:.0f} GB of data; that is the limit. "
            "Cut it into parts, take a sample of its rows, or write it as Parquet."
        )

    def _size(self) -> int:
        return self._path().stat().st_size

    def _path(self) -> Path:
        assert self.path is not None
        return self.path


def check_cells(name: str, rows: int, columns: int) -> None:
    """Refuse a table too large for memory."""
    if rows * columns > MOST_CELLS:
        raise ReadError(
            f"{name} has {rows:,} rows × {columns:,} columns; the limit is {MOST_CELLS:,} cells. "
            "Take a sample of the rows or fewer columns."
        )


def check_columns(name: str, columns: int) -> None:
    """Refuse a table with more columns than can be looked at, compared and shown."""
    if columns > MOST_COLUMNS:
        raise ReadError(
            f"{name} has {columns:,} columns; the limit is {MOST_COLUMNS:,}. Keep the columns that are to be made and compared, "
            "or turn names into values first: one row per measurement instead of one column (melt in pandas, pivot_longer in R)."
        )


def readers() -> dict[str, Reader]:
    """Return every reader found, by key; raise `PluginError` on a key that is taken twice."""
    package = importlib.import_module("synth_ui.tables.readers")
    found: dict[str, Reader] = {}
    for info in pkgutil.iter_modules(package.__path__, prefix=package.__name__ + "."):
        if info.name.rsplit(".", 1)[1].startswith("_"):
            continue
        reader: Reader | None = getattr(importlib.import_module(info.name), "READER", None)
        if reader is None:
            continue
        if reader.key in found:
            raise PluginError(f"Two readers have the key {reader.key!r}; rename the one in {info.name}.")
        found[reader.key] = reader
    return dict(sorted(found.items()))
