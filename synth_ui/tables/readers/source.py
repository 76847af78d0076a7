"""What every reader gets and gives, and how much of it.

A reader is one file of this package with an object named `READER`; `readers` finds it by walking the package. It says
which endings it stands for and whether the first bytes of a file are its format, and turns a `Source` into `Raw`: a frame of
text or typed columns, whose kinds `synth_ui.tables.inference.infer` then finds out.
"""

from __future__ import annotations

import gzip
import importlib
import io
import os
import pkgutil
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol

import pandas as pd

from synth_ui.core.context import Context
from synth_ui.core.errors import PluginError, ReadError, without_password
from synth_ui.tables.inference.likeness import Likeness

if TYPE_CHECKING:
    from synth_ui.tables.databases.address import DatabaseTable

HEAD = 65_536
"""Bytes from which the format is told."""


@dataclass(frozen=True)
class Limits:
    """How much is read; what goes beyond is refused in words.

    Attributes
    ----------
    size
        Bytes, after decompression: a small .gz can hold terabytes.
    unpacked
        Bytes of the parts of a workbook, after decompression.
    line
        Bytes of one line of text.
    columns, cells
        Of the table.
    sparse
        Places of a sheet's grid, from its first cell to its last, where hardly any of them holds something.
    memory
        Bytes a process of its own may take for a reading; None for half of what is free, see `synth_ui.tables.bounded`.
    seconds
        After which a reading is given up.
    """

    size: int = 2 * 1024**3
    unpacked: int = 1024**3
    line: int = 32 * 1024**2
    columns: int = 10_000
    cells: int = 100_000_000
    sparse: int = 20_000_000
    memory: int | None = None
    seconds: float = 300.0


LIMITS = Limits()


@dataclass(frozen=True)
class Wish:
    """What the caller wants of the source.

    Attributes
    ----------
    sheet, rows, seed
        A sheet of a workbook, a seeded sample of so many rows.
    names
        What the columns are called elsewhere, in the real table say: where a file seems to have no header, these decide.
    scratch
        The folder for temporary copies; by default one in the workspace.
    here
        Cells and columns that are read in the process of the caller; None where there is no such bound.
    like
        What a known table of the same columns tells of how dates are to be read.
    stratify
        A column whose levels, or tenths, keep their shares where a large file is sampled.
    """

    sheet: str | None = None
    rows: int | None = None
    seed: int = 0
    names: tuple[str, ...] = ()
    limits: Limits = LIMITS
    scratch: Path | None = None
    here: tuple[int, int] | None = None
    like: Likeness | None = None
    stratify: str | None = None


class TooMuchHereError(Exception):
    """The table is larger than what is read in the process of the caller."""


@dataclass(frozen=True, eq=False)
class Raw:
    """What a reader gives.

    Attributes
    ----------
    as_text
        Whether categorical columns are only a compact form of text.
    comma_likely
        Whether a decimal comma is likelier than a decimal point where nothing in the columns decides.
    headed
        Whether the source itself names the columns.
    """

    frame: pd.DataFrame
    assumed: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    sheets: tuple[str, ...] = ()
    as_text: bool = False
    comma_likely: bool = False
    headed: bool = True


class Reader(Protocol):
    """One format."""

    key: str
    title: str
    endings: tuple[str, ...]

    def claims(self, head: bytes) -> bool:
        """Whether the first bytes (decompressed) are this format beyond doubt."""
        ...

    def read(self, source: Source, wish: Wish, context: Context) -> Raw:
        """Read the source; raise `ReadError` with what is wrong, where, and what to do."""
        ...


@dataclass(frozen=True)
class Source:
    """Where the rows come from: a path, bytes with the name the user knows them by, or a database.

    Attributes
    ----------
    database
        The table of a database, instead of bytes.
    gzipped
        Whether the bytes are compressed by gzip, whatever the name says.
    head
        The first bytes, decompressed.
    size
        How many bytes there are, compressed or not.
    """

    name: str
    path: Path | None = None
    content: bytes | None = field(default=None, repr=False)
    gzipped: bool = False
    head: bytes = field(default=b"", repr=False)
    size: int = 0
    database: DatabaseTable | None = None

    @classmethod
    def of_bytes(cls, content: bytes, name: str) -> Source:
        """Take bytes under a name with an ending."""
        return cls(name, None, content, *_told(name, content[:HEAD]), len(content))

    @classmethod
    def of_path(cls, path: Path, name: str) -> Source:
        """Take a plain file; raise `ReadError` for anything else, such as a pipe, which could keep a reader waiting for ever."""
        with _opened(path) as file:
            return cls(name, path, None, *_told(name, file.read(HEAD) or b""), os.fstat(file.fileno()).st_size)

    @property
    def ending(self) -> str:
        """The name's ending in lower case, without .gz: "csv"."""
        name = self.name.lower().removesuffix(".gz")
        return name.rsplit(".", 1)[1] if "." in name else ""

    @contextmanager
    def opened(self) -> Iterator[IO[bytes]]:
        """Open the bytes, decompressed."""
        with io.BytesIO(self.content) if self.content is not None else self._path().open("rb") as raw:
            if not self.gzipped:
                yield raw
                return
            try:
                with gzip.GzipFile(fileobj=raw) as file:
                    yield file  # type: ignore[misc]
            except (EOFError, zlib.error, gzip.BadGzipFile) as error:
                raise ReadError(f"{self.name} is a damaged .gz file ({error}). Compress it again.") from error

    def chunks(self, limits: Limits) -> Iterator[bytes]:
        """Yield the bytes, decompressed, in parts; raise `ReadError` beyond the limit."""
        total = 0
        with self.opened() as file:
            while chunk := file.read(1 << 22):
                total += len(chunk)
                if total > limits.size:
                    raise ReadError(self._too_large(limits))
                yield chunk

    def read_bytes(self, limits: Limits) -> bytes:
        """Return all bytes, decompressed; raise `ReadError` beyond the limit."""
        if not self.gzipped and self.size > limits.size:
            raise ReadError(self._too_large(limits))
        if self.content is not None and not self.gzipped:
            return self.content
        return b"".join(self.chunks(limits))

    def _too_large(self, limits: Limits) -> str:
        return (
            f"{self.name} holds more than {limits.size / 1024**3:.1g} GB of data; that is the limit. "
            "Cut it into parts, take a sample of its rows, or write it as Parquet."
        )

    def _path(self) -> Path:
        assert self.path is not None
        return self.path


def _told(name: str, raw: bytes) -> tuple[bool, bytes]:
    """Return whether the first bytes are compressed, and what they are decompressed."""
    if not raw.startswith(b"\x1f\x8b"):
        return False, raw
    try:
        return True, zlib.decompressobj(wbits=31).decompress(raw, HEAD)
    except zlib.error as error:
        raise ReadError(f"{name} is a damaged .gz file ({error}). Compress it again.") from error


_SPECIAL = {
    stat.S_IFIFO: "a pipe", stat.S_IFCHR: "a device", stat.S_IFBLK: "a device", stat.S_IFSOCK: "a socket", stat.S_IFDIR: "a folder",
}  # fmt: skip


def _opened(path: Path) -> IO[bytes]:
    """Open a plain file without waiting for anybody at its other end."""
    try:
        _check_plain(path, path.stat())
        file = os.fdopen(os.open(path, os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NONBLOCK", 0)), "rb", buffering=0)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ReadError(f"There is no file {without_password(str(path))}. Check the path.") from error
    except PermissionError as error:
        raise ReadError(f"{path} may not be read by this user. Change its permissions.") from error
    except ValueError as error:
        raise ReadError(f"{str(path)[:300]!r} is no path ({error}). Check it.") from error
    except OSError as error:
        raise ReadError(
            f"{str(path)[:300]} cannot be opened ({error.strerror or error}). Check the path and the disk it lies on."
        ) from error
    _check_plain(path, os.fstat(file.fileno()))
    return file


def _check_plain(path: Path, status: os.stat_result) -> None:
    kind = stat.S_IFMT(status.st_mode)
    if kind == stat.S_IFDIR:
        raise ReadError(f"{path} is a folder; name a file in it.")
    if kind != stat.S_IFREG:
        raise ReadError(
            f"{path} is {_SPECIAL.get(kind, 'something else')}, no plain file. Write what it gives into a file, and name that."
        )


def check_cells(name: str, rows: int, columns: int, wish: Wish) -> None:
    """Refuse a table too large for memory."""
    check_columns(name, columns, wish)
    if wish.here is not None and rows * columns > wish.here[0]:
        raise TooMuchHereError
    if rows * columns > wish.limits.cells:
        raise ReadError(
            f"{name} has {rows:,} rows × {columns:,} columns; the limit is {wish.limits.cells:,} cells. "
            "Take a sample of the rows or fewer columns."
        )


def check_columns(name: str, columns: int, wish: Wish) -> None:
    """Refuse a table with more columns than can be looked at, compared and shown."""
    if columns > wish.limits.columns:
        raise ReadError(
            f"{name} has {columns:,} columns; the limit is {wish.limits.columns:,}. Keep the columns that are to be made and compared, "
            "or turn names into values first: one row per measurement instead of one column (melt in pandas, pivot_longer in R)."
        )
    if wish.here is not None and columns > wish.here[1]:
        raise TooMuchHereError


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


def endings() -> tuple[str, ...]:
    """Return the endings of all formats that are read, and that of compressed files."""
    return (*dict.fromkeys(ending for reader in readers().values() for ending in reader.endings), "gz")
