"""The process that reads what its parent had better not: `python -m synth_ui.tables.reading_child`, see `synth_ui.tables.bounded`.

It takes questions from its standard input, one after the other, and ends with it.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import resource
import select
import sys
import threading
import time
from dataclasses import replace
from typing import Any

from synth_ui.system import pipes

MOST_KEPT = 400 * 1024**2
"""Bytes beyond which a process is not used again: what it holds is not given back."""

PROGRESS_SECONDS = 0.1

IDLE_SECONDS = 900.0
"""Without a question for so long, the process ends."""


def main() -> int:
    """Answer questions until there are no more."""
    answers = os.dup(1)
    os.dup2(2, 1)  # what a library prints is no answer
    _go_first()
    import duckdb  # noqa: F401
    import pyarrow.parquet
    import python_calamine  # noqa: F401

    from synth_ui.tables import read  # noqa: F401

    before = _data_bytes()
    while pipes.ready([0], seconds=IDLE_SECONDS) and (question := _question()) is not None:
        source, wish = question
        _bound(before + wish.limits.memory, wish.limits.seconds)
        alone = threading.Event()
        threading.Thread(target=_end_with_parent, args=(alone,), daemon=True).start()
        answer = _answer(answers, source, wish)
        alone.set()
        del source, question
        pyarrow.default_memory_pool().release_unused()
        _write(answers, (*answer, _data_bytes() - before < MOST_KEPT))
    return 0


def _answer(answers: int, source: Any, wish: Any) -> tuple[Any, ...]:
    """Read, and return the outcome; progress is written as it comes."""
    from synth_ui.core.context import Context
    from synth_ui.core.errors import SynthError
    from synth_ui.tables.bounded import DONE, REFUSED
    from synth_ui.tables.read import read_here

    try:
        reading = read_here(source, source.name, wish, Context(on_progress=_Reporter(answers).report))
        assert reading.table.fingerprint  # computed here, kept with the table
    except SynthError as error:
        return REFUSED, str(error)
    return DONE, reading


class _Reporter:
    """Writes progress, a few times a second at most."""

    def __init__(self, answers: int) -> None:
        self.answers, self.written = answers, 0.0

    def report(self, progress: Any) -> None:
        from synth_ui.tables.bounded import PROGRESS

        now = time.monotonic()
        if now - self.written > PROGRESS_SECONDS:
            self.written = now
            _write(self.answers, (PROGRESS, progress.phase, progress.fraction))


def _question() -> Any:
    """Return the next question, or None where the parent has closed the pipe."""
    size = int.from_bytes(_read(8), "big")
    if not size:
        return None
    source, wish = pickle.loads(_read(size))  # nosec B301 # said by the process that started this one
    held = int.from_bytes(_read(8), "big")
    return (replace(source, content=bytes(_read(held))) if held else source), wish


def _read(size: int) -> bytearray:
    parts = bytearray()
    while len(parts) < size:
        part = os.read(0, min(size - len(parts), 1 << 22))
        if not part:
            return bytearray()
        parts += part
    return parts


def _write(answers: int, message: tuple[Any, ...]) -> None:
    """Write a message: how many parts, their lengths, the parts; arrays are parts of their own, so that they are not copied."""
    buffers: list[pickle.PickleBuffer] = []
    content = pickle.dumps(message, protocol=5, buffer_callback=buffers.append)
    parts = [memoryview(content), *(buffer.raw() for buffer in buffers)]
    head = b"".join(number.to_bytes(8, "big") for number in (len(parts), *(part.nbytes for part in parts)))
    for part in (memoryview(head), *parts):
        while len(part):
            part = part[os.write(answers, part[: 1 << 22]) :]


# --- bounds ------------------------------------------------------------------------------------------------------


def _go_first() -> None:
    """Be the first that the system ends where memory is short."""
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
        file.write("1000")


def _data_bytes() -> int:
    """Return what counts towards the limit: private memory that can be written."""
    with contextlib.suppress(OSError), open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[5]) * os.sysconf("SC_PAGE_SIZE")
    return 0


def _bound(memory: int, seconds: float) -> None:
    """Set how much memory and processor time may be taken; some systems know no bound of memory."""
    with contextlib.suppress(ValueError, OSError):
        _, most = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (memory if most < 0 else min(memory, most), most))
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    allowed = int(used.ru_utime + used.ru_stime + (os.cpu_count() or 1) * (seconds + 10))
    resource.setrlimit(resource.RLIMIT_CPU, (allowed if most < 0 else min(allowed, most), most))


def _end_with_parent(alone: threading.Event) -> None:
    """End when the parent is gone, whatever is being read."""
    poll = select.poll()
    poll.register(0, select.POLLIN)
    while not alone.wait(0.5):
        for _, event in poll.poll(0):
            if event & (select.POLLHUP | select.POLLERR):
                os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
