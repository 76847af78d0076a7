"""Temporary copies of a user's rows: in the workspace, readable by its owner only, and swept where a process died before it could."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import BaseFileLock

from synth_ui.core.installation import default_home
from synth_ui.system import locks
from synth_ui.system.processes import on_linux

FOLDER = "reading"
"""Below the workspace: a folder per reading, beside each the lock that its process holds."""


@contextmanager
def scratch(home: Path | None = None) -> Iterator[Path]:
    """Give a folder of one's own, and remove it with all that is in it.

    Where the workspace cannot be written, the system's folder for temporary files stands in.
    """
    remove_leftovers(home)
    lock = _locked(_place(home))
    if lock is None:
        with tempfile.TemporaryDirectory(prefix="synth-ui-") as name:
            yield Path(name)
        return
    path, held = lock
    folder = path.with_suffix("")
    try:
        folder.mkdir(mode=0o700)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        _remove(path, held)


def remove_leftovers(home: Path | None = None) -> int:
    """Remove what processes that are gone have left, and return how many folders there were."""
    gone = 0
    if not os.access(_place(home), os.W_OK):  # it is not there, or can only be read
        return gone
    for lock in _place(home).glob("*.lock"):
        held = _lock(lock)
        if held is None:
            continue
        gone += lock.with_suffix("").exists()
        shutil.rmtree(lock.with_suffix(""), ignore_errors=True)
        _remove(lock, held)
    return gone


def _place(home: Path | None) -> Path:
    return (home or default_home()).expanduser() / FOLDER


def _locked(place: Path) -> tuple[Path, BaseFileLock] | None:
    """Make a lock of a new name and hold it; None where the workspace cannot be written."""
    path = place / f"{uuid.uuid4().hex[:12]}.lock"
    while True:
        try:
            place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            place.mkdir(exist_ok=True, mode=0o700)
            path.touch(mode=0o600)
            held = _lock(path)
        except OSError:
            return None
        if held is not None:
            return path, held


def _lock(path: Path) -> BaseFileLock | None:
    """Hold a lock, unless another process does, or has just removed it."""
    held = locks.try_hold(path) if path.exists() else None
    if held is not None and not path.exists():  # removed by whoever had it until now
        held.release()
        return None
    return held


def _remove(path: Path, held: BaseFileLock) -> None:
    """Let go of a lock and remove its file, in the order the system allows."""
    if on_linux():
        path.unlink(missing_ok=True)
        held.release()
        return
    held.release()
    path.unlink(missing_ok=True)
