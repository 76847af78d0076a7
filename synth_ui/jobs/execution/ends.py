"""Why a process that worked on a run is gone without a word: what whoever started it saw, and what the system counts."""

from __future__ import annotations

import contextlib
import json
import signal
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from synth_ui.core.run import Run
from synth_ui.system import processes

EXIT = "exit.json"
"""In the folder of a run: how the last process that worked on it ended, as whoever started it saw."""

AGAIN = "Start it again."
GONE = f"The process that worked on it is gone, and nobody saw how: it was ended from outside, or the machine was started again. {AGAIN}"
"""Why a run is lost of whose process nothing is known."""


@dataclass(frozen=True)
class Exit:
    """How a process ended.

    Attributes
    ----------
    pid
        Its id.
    code
        Its exit code; below 0 the signal that ended it.
    starved
        Whether the system ended a process for want of memory meanwhile; None where it does not count that.
    """

    pid: int
    code: int
    starved: bool | None


_starved: list[int | None] = []


def begin() -> None:
    """Note how many processes the system has ended for want of memory so far; to be called before the first is started."""
    if not _starved:
        _starved.append(processes.killed_for_memory())


def keep(folder: Path, pid: int, code: int) -> None:
    """Note how a process ended that worked on the run of a folder; one that ended in order leaves its own word."""
    count, before = processes.killed_for_memory(), _starved[-1] if _starved else None
    _starved[:] = [count]
    starved = None if count is None or before is None else count > before
    if code:
        with contextlib.suppress(OSError):  # the run or the workspace was deleted, or the disk is full
            (folder / EXIT).write_text(json.dumps(asdict(Exit(pid, code, starved))), encoding="ascii")


def seen(folder: Path, pid: int) -> Exit | None:
    """Return how the process of that id ended which worked on the run of a folder; None where nobody noted it."""
    try:
        found = Exit(**json.loads((folder / EXIT).read_text(encoding="ascii")))
    except (OSError, ValueError, TypeError):
        return None
    return found if found.pid == pid else None


def in_words(end: Exit | None, run: Run) -> str:
    """Say why a run is lost, and claim no more than is known."""
    if end is None:
        booted = processes.machine_started()
        if run.started is not None and run.started < booted <= time.time():
            return f"The machine was started again while it was worked on. {AGAIN}"
        return GONE
    if end.code > 0:
        return f"The process that worked on it ended by itself (exit code {end.code}); its log says more. {AGAIN}"
    if end.code == -signal.SIGKILL and end.starved:
        return "The system ended the process that worked on it, as the memory had run out. Make fewer rows, or choose a lighter generator."
    name = _name(-end.code)
    if end.code == -signal.SIGKILL:
        memory = "memory had not run out" if end.starved is False else "by somebody, or by the system for want of memory"
        return f"The process that worked on it was killed from outside ({name}; {memory}). {AGAIN}"
    if end.code in (-signal.SIGTERM, -signal.SIGINT, -signal.SIGHUP):
        return f"The process that worked on it was told to end from outside ({name}). {AGAIN}"
    return f"The process that worked on it crashed in a library it uses ({name}); its log says more. {AGAIN}"


def _name(number: int) -> str:
    with contextlib.suppress(ValueError):
        return signal.Signals(number).name
    return f"signal {number}"
