"""Files that are there whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import uuid
from collections.abc import Callable
from pathlib import Path

from synth_ui.core.errors import StoreError

FULL = "The disk is full: nothing more could be written to {place}. Free some space and start again; what was finished is kept."

_NO_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_NO_SYNC = {errno.EINVAL, errno.ENOTSUP, errno.ENOSYS}
"""What file systems say that keep no order of their own, such as some over a network, of a folder that is to be synced."""


WHAT_TO_DO = "Start a new race, or read the table again."
"""What helps where a file of the workspace is gone or damaged."""


def gone(path: Path) -> str:
    """Say that a file is not there any more, and what to do."""
    return f"{path.name} is no longer in the workspace ({path.parent}). {WHAT_TO_DO}"


class DiskFull(StoreError):
    """The disk is full. Of a database: the reserve was given back, so one more small change may fit."""


def no_space(error: BaseException) -> bool:
    """Whether an error says that the disk, or the user's share of it, is full."""
    if isinstance(error, DiskFull):
        return True
    return isinstance(error, OSError) and (error.errno in _NO_SPACE or "No space left" in str(error))


RESERVE = "reserve"
RESERVE_BYTES = 1 << 20
"""Kept on the disk so that, once it is full, the database can still say so."""


def keep_reserve(home: Path) -> None:
    """Put the reserve aside, if it is not there and space is plenty."""
    path = home / RESERVE
    if not path.exists() and shutil.disk_usage(home).free > 4 * RESERVE_BYTES:
        write_whole(path, lambda temporary: temporary.write_bytes(os.urandom(RESERVE_BYTES)))  # nothing to compress away


def give_reserve_back(home: Path) -> None:
    """Free the reserve."""
    (home / RESERVE).unlink(missing_ok=True)


def is_full(home: Path) -> bool:
    """Whether not even a database's side file fits any more."""
    return shutil.disk_usage(home).free < 1 << 17


def remove(path: Path) -> None:
    """Delete a file; nothing where there is none, also where what should be its folder is a file."""
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        path.unlink()


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a file of a temporary name beside `path`, then rename it: no reader ever sees half a file.

    On return it is on the disk, and under its name: a database that says so afterwards is right even when the power fails.

    Raises
    ------
    StoreError
        If the disk is full or the folder cannot be written; nothing is left behind.
    """
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(temporary)
        _keep_on_disk(temporary)  # first: a rename may reach the disk before what was written does, and the file is empty then
        os.replace(temporary, path)
        if os.name == "posix":  # elsewhere a folder cannot be opened, and a rename is kept in order
            _keep_on_disk(path.parent)
    except OSError as error:
        if no_space(error):
            raise DiskFull(FULL.format(place=path.parent)) from error
        raise StoreError(
            f"{path.parent} cannot be written: {error.strerror or error}. Check the folder and its rights."
        ) from error
    finally:
        remove(temporary)


def _keep_on_disk(path: Path) -> None:
    """Return once a file, or which files are in a folder, would be there after a power cut; a file system that cannot tell is believed."""
    opened = os.open(path, os.O_RDONLY if os.name == "posix" else os.O_RDWR)
    try:
        os.fsync(opened)
    except OSError as error:
        if error.errno not in _NO_SYNC:
            raise
    finally:
        os.close(opened)
