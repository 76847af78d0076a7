"""Reading in a process of its own: bounded in memory and time, stopped when asked, and no danger to the process that asks.

A workbook of a kilobyte can make a grid of terabytes, and a library that runs out of memory takes its process with it. The
process here is `synth_ui.tables.reading_child`. It is kept for the next reading, and one can be started ahead, for it takes a second to import
what it needs.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synth_ui.core.errors import ReadError
from synth_ui.system import pipes
from synth_ui.system.processes import apart, end_child

if TYPE_CHECKING:
    from synth_ui.core.context import Context
    from synth_ui.tables.read import Reading
    from synth_ui.tables.readers.source import Source, Wish

HERE_BYTES = 2_000_000
"""A plain file of at most so many bytes is read in the process of the caller; what is larger, or packed, in one of its own."""

PACKED = (".gz", ".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")

MOST_AT_ONCE = 4
"""Readings of this process at the same time; others wait."""

LEAST_MEMORY, MOST_MEMORY = 1024**3, 16 * 1024**3
"""Bytes: half of what is free when a reading begins is what it may take, but no less and no more than these."""

POLL_SECONDS = 0.1

PROGRESS, DONE, REFUSED = "progress", "done", "refused"

_places = threading.BoundedSemaphore(MOST_AT_ONCE)
_pool = threading.Lock()
_spare: list[Child] = []
_gone: list[subprocess.Popen[bytes]] = []


def run(source: Source, wish: Wish, context: Context) -> Reading:
    """Read a source in a process of its own.

    Raises
    ------
    ReadError
        If the source is refused, needs more memory or time than it may have, or breaks the process that reads it.
    Cancelled
        If the context says so.
    """
    limits = replace(wish.limits, memory=wish.limits.memory or free_memory())
    wish = replace(wish, limits=limits, here=None)
    with _place(context):
        child = _take(source.name)
        try:
            reading = child.read(source, wish, context)
        except ReadError:
            _give_back(child)
            raise
        except BaseException:
            child.end()
            raise
        _give_back(child)
        return reading


def possible() -> bool:
    """Whether this system can bound a process and talk to it through pipes; Windows cannot, and reads in the process of the caller."""
    return sys.platform != "win32"


def prepare() -> None:
    """Start a process ahead, so that the next reading need not wait for it."""
    if not possible():
        return
    with _pool, contextlib.suppress(OSError):  # the reading itself will say that none can be started
        _spare[:] = [child for child in _spare if child.alive]
        if not _spare:
            _spare.append(Child())


def is_small(path: str | Path) -> bool:
    """Whether a file is so small and plain that it is read in the process of the caller."""
    try:
        size = os.stat(os.path.expanduser(path)).st_size
    except (OSError, ValueError):
        return True  # it is said when it is opened
    return size <= HERE_BYTES and not str(path).lower().endswith(PACKED)


def too_much_memory(label: str, memory: int | None) -> str:
    """Say that a reading took too much memory."""
    most = f"more than the {memory / 1024**3:.1f} GB of memory it may take" if memory else "more memory than there is"
    return (
        f"{label} needs {most}. Take a sample of its rows, keep fewer columns, or write it as Parquet; in a workbook, delete what "
        "stands far from the table."
    )


def free_memory() -> int:
    """Return the bytes a reading may take: half of what is free, a container's limit respected."""
    import psutil

    free = psutil.virtual_memory().available
    with contextlib.suppress(OSError, ValueError):  # "max" is no number
        limit = int(Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii"))
        free = min(free, limit - int(Path("/sys/fs/cgroup/memory.current").read_text(encoding="ascii")))
    return max(LEAST_MEMORY, min(MOST_MEMORY, int(free) // 2))


@contextlib.contextmanager
def _place(context: Context) -> Iterator[None]:
    """Wait until fewer than `MOST_AT_ONCE` readings are under way."""
    while not _places.acquire(timeout=POLL_SECONDS):
        context.step("waiting for other readings to end")
    try:
        yield
    finally:
        _places.release()


def _take(name: str) -> Child:
    with _pool:
        _reap()
        while _spare:
            child = _spare.pop()
            if child.alive:
                return child
            child.end()
        try:
            return Child()
        except OSError as error:
            raise ReadError(
                f"{name} is not read: no process could be started to read it in ({error.strerror}). Close other programs, or write "
                f"it as a plain file of at most {HERE_BYTES / 1e6:.0f} MB."
            ) from error


def _give_back(child: Child) -> None:
    """Keep a process for the next reading, if it is well and there is none already."""
    with _pool:
        if child.alive and child.well and not _spare:
            _spare.append(child)
            return
    child.end()


def _reap() -> None:
    """Collect what has ended; what a dead disk holds may take its time."""
    _gone[:] = [process for process in _gone if process.poll() is None]


@atexit.register
def _end_all() -> None:
    with _pool:
        for child in _spare:
            child.end()
        _spare.clear()
    for process in _gone:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(1.0)


@dataclass
class Child:
    """A process that reads, as its parent sees it; `well` is False once it may not be used again."""

    well: bool = True
    process: subprocess.Popen[bytes] = field(default_factory=lambda: _started())

    @property
    def alive(self) -> bool:
        """Whether it has not ended."""
        return self.process.poll() is None

    def end(self) -> None:
        """Kill it, with all it has started, and do not wait for it."""
        self.well = False
        end_child(self.process)
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(0.2)
            return
        _gone.append(self.process)

    def read(self, source: Source, wish: Wish, context: Context) -> Reading:
        """Have a source read; what goes wrong is a `ReadError`, after which the process may still be `well`."""
        started = time.monotonic()
        question = pickle.dumps((replace(source, content=None), wish), protocol=5)
        asked = [memoryview(part) for part in (_size(question), question, _size(source.content), source.content) if part]
        answers = _Answers()
        while True:
            context.step(answers.phase, answers.fraction)
            if time.monotonic() - started > wish.limits.seconds:
                self.well = False
                raise ReadError(
                    f"{source.name} is not read after {wish.limits.seconds:,.0f} seconds; that is the limit. Take a sample of its rows, "
                    "keep fewer columns, or write it as Parquet."
                )
            try:
                asked = self._exchange(asked, answers)
            except (EOFError, BrokenPipeError, ConnectionResetError) as error:
                self.well = False
                raise ReadError(self._why_it_died(source.name, wish)) from error
            if answers.refusal is not None:
                self.well = self.well and answers.reusable
                raise ReadError(answers.refusal)
            if answers.reading is not None:
                self.well = self.well and answers.reusable
                return answers.reading

    def _exchange(self, asked: list[memoryview], answers: _Answers) -> list[memoryview]:
        """Send what is left of the question and take what there is of the answer, for a moment at most; return what is left."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        to_it, from_it = self.process.stdin.fileno(), self.process.stdout.fileno()
        ready = pipes.ready([from_it], [to_it] if asked else [], seconds=POLL_SECONDS)
        if from_it in ready:
            answers.take(os.read(from_it, 1 << 22))
        if to_it in ready:
            left = asked[0][os.write(to_it, asked[0][: 1 << 20]) :]
            return [left, *asked[1:]] if len(left) else asked[1:]
        return asked

    def _why_it_died(self, name: str, wish: Wish) -> str:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(2.0)
        code = self.process.returncode
        if code in (-signal.SIGABRT, -signal.SIGKILL, -signal.SIGBUS):
            return too_much_memory(name, wish.limits.memory)
        return (
            f"{name} cannot be read: the process that read it ended ({'signal' if code and code < 0 else 'code'} {abs(code or 0)}). "
            "The file may be damaged; export it again, or in another format."
        )


class _Answers:
    """What has come back so far.

    A message is how many parts it has, their lengths, and the parts: a pickle, and the buffers of the arrays in it.
    """

    def __init__(self) -> None:
        self.phase = "starting to read"
        self.fraction: float | None = None
        self.reading: Reading | None = None
        self.refusal: str | None = None
        self.reusable = True
        self._start()

    def _start(self) -> None:
        self._head, self._sizes, self._parts, self._filled = bytearray(), 0, list[bytearray](), 0

    def take(self, content: bytes) -> None:
        """Take some of the answer; raise `EOFError` where there is no more."""
        if not content:
            raise EOFError
        left = memoryview(content)
        while len(left):
            left = self._into_parts(left) if self._parts else self._into_head(left)
            if self._parts and self._filled == len(self._parts[-1]) and not self._next_part():
                self._told(pickle.loads(self._parts[0], buffers=self._parts[1:]))  # nosec B301 # said by a process started here
                self._start()

    def _into_head(self, content: memoryview) -> memoryview:
        wanted = 8 * (1 + self._sizes) - len(self._head)
        self._head += content[:wanted]
        if len(self._head) == 8:
            self._sizes = int.from_bytes(self._head, "big")
        elif len(self._head) == 8 * (1 + self._sizes):
            self._next_part()
        return content[wanted:]

    def _next_part(self) -> bool:
        """Make room for the next part that is not empty; False where there is none."""
        while len(self._parts) < self._sizes:
            place = 8 * (1 + len(self._parts))
            self._parts.append(bytearray(int.from_bytes(self._head[place : place + 8], "big")))
            self._filled = 0
            if self._parts[-1]:
                return True
        return False

    def _into_parts(self, content: memoryview) -> memoryview:
        part = self._parts[-1]
        size = min(len(content), len(part) - self._filled)
        part[self._filled : self._filled + size] = content[:size]
        self._filled += size
        return content[size:]

    def _told(self, message: tuple[Any, ...]) -> None:
        kind, *values = message
        if kind == PROGRESS:
            self.phase, self.fraction = values[:2]
        elif kind == DONE:
            self.reading, self.reusable = values
        else:
            self.refusal, self.reusable = values


def _size(content: bytes | None) -> bytes:
    return len(content or b"").to_bytes(8, "big")


def _started() -> subprocess.Popen[bytes]:
    root = str(Path(__file__).resolve().parents[2])
    paths = [root, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    settings = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    settings["ARROW_DEFAULT_MEMORY_POOL"] = "system"  # Arrow's own reserves a gigabyte, which would count as taken
    process = subprocess.Popen(
        [sys.executable, "-m", "synth_ui.tables.reading_child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        bufsize=0,
        env={**os.environ, **settings, "PYTHONPATH": os.pathsep.join(dict.fromkeys(paths))},
        **apart(),
    )
    assert process.stdin is not None
    os.set_blocking(process.stdin.fileno(), False)
    return process
