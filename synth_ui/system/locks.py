"""Locks on files, on any system; the system lets go of them when their process ends, however it ends."""

from __future__ import annotations

from pathlib import Path

from filelock import BaseFileLock, FileLock, Timeout


def hold(path: Path) -> BaseFileLock:
    """Hold the lock `path` until its `release`, once whoever has it lets go; raise `OSError` if it cannot be written."""
    lock = FileLock(path, thread_local=False)
    lock.acquire()
    return lock


def try_hold(path: Path) -> BaseFileLock | None:
    """Hold the lock `path` until its `release`; None if somebody else has it. Raises `OSError` if it cannot be written."""
    lock = FileLock(path, thread_local=False)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        return None
    return lock
