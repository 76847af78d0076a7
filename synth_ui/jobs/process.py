"""Processes, known by id and the moment the kernel started them, because ids are used again."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from pathlib import Path

from synth_ui.core.run import Handle

_DEAD = "ZX"


def this_process() -> Handle:
    """Return the process this code runs in."""
    return Handle(os.getpid(), token_of(os.getpid()) or "")


def token_of(pid: int) -> str | None:
    """Return when the kernel started a process, as a text to compare; None if it is gone, or dead and only not reaped yet."""
    if sys.platform != "linux":
        return _token_elsewhere(pid)
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = stat.rpartition(")")[2].split()  # the name in brackets may hold anything, blanks too
    return None if fields[0] in _DEAD else fields[19]


def _token_elsewhere(pid: int) -> str | None:
    import psutil

    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else f"{process.create_time():.2f}"
    except psutil.NoSuchProcess:
        return None


def alive(process: Handle | None) -> bool:
    """Whether exactly this process still works."""
    return process is not None and token_of(process.pid) == process.token


def signal_group(process: Handle, number: signal.Signals) -> bool:
    """Send a signal to a process and all it started; False if it is gone (nothing else is ever hit)."""
    if not alive(process):
        return False
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)
        return True
    with contextlib.suppress(ProcessLookupError):  # forked a moment ago, not the leader of its group yet
        os.kill(process.pid, number)
        return True
    return False
