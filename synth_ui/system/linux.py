"""What only Linux has: /proc, process groups, niceness of a session, locks and pipes that are handed over a fork."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import threading
from pathlib import Path
from typing import Any

from synth_ui.core.run import Handle

_DEAD = "ZX"


def token_of(pid: int) -> str | None:
    """Return when the kernel started a process, as a text to compare; None if it is gone, or dead and only not reaped yet."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = stat.rpartition(")")[2].split()  # the name in brackets may hold anything, blanks too
    return None if fields[0] in _DEAD else fields[19]


def end(process: Handle, *, at_once: bool) -> bool:
    """Send a signal to a process and all it started; False if it is gone."""
    number = signal.SIGKILL if at_once else signal.SIGTERM
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)
        return True
    with contextlib.suppress(ProcessLookupError):  # forked a moment ago, not the leader of its group yet
        os.kill(process.pid, number)
        return True
    return False


def lead_group() -> None:
    """Make this process the leader of a group of its own, so that whoever ends it ends all it started."""
    if os.getpgrp() != os.getpid():
        os.setsid()


def step_back(niceness: int) -> None:
    """Let everything else on this machine go first.

    Linux may share the processor out between sessions first (autogroups); then niceness counts for nothing beyond this session.
    """
    os.nice(niceness)
    with contextlib.suppress(OSError):  # not built into this kernel, or not ours to set
        Path("/proc/self/autogroup").write_text(str(niceness), encoding="ascii")


def apart() -> dict[str, Any]:
    """Return how `subprocess.Popen` starts a process that outlives its parent's session."""
    return {"start_new_session": True}


def killed_for_memory() -> int | None:
    """Return how many processes were ended for want of memory since the machine was started; None where the kernel does not say."""
    try:
        counts = dict(line.split() for line in Path("/proc/vmstat").read_text(encoding="ascii").splitlines())
        return int(counts["oom_kill"])
    except (OSError, ValueError, KeyError):
        return None


# --- the warm parent ----------------------------------------------------------------------------------------------


def lock_alone(path: Path) -> int | None:
    """Hold a lock until this process and the forks that keep it are gone; None if another has it.

    The lock belongs to the open file, so a fork may take it over: that is why it is no `filelock`.
    """
    lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return None
    return lock


def open_pipe(path: Path) -> int:
    """Open a named pipe for reading; for writing, too, so that it never ends."""
    with contextlib.suppress(FileExistsError):
        os.mkfifo(path, 0o600)
    return os.open(path, os.O_RDWR | os.O_NONBLOCK)


def tell(path: Path, word: bytes) -> None:
    """Write a word into a named pipe; where there is none, or nobody at its other end, nothing happens."""
    with contextlib.suppress(OSError):
        pipe = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        try:
            os.write(pipe, word)
        finally:
            os.close(pipe)


def step_back_thread(niceness: int) -> None:
    """Let the calling thread alone work with this niceness, as Linux keeps it per thread; where it is not allowed nothing changes."""
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), niceness)
