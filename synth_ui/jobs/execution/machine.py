"""What the machine can bear: how many runs at once, how many threads each, how much memory is left."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from synth_ui.core.errors import SettingError
from synth_ui.system.processes import on_linux

IDLE_MEGABYTES = 150.0
"""What a worker takes before it has read a row."""

CELL_MEGABYTES = 1.2e-4
"""What scoring takes per cell of the split and the candidate."""

RESERVE_MEGABYTES = 300
"""Left to the web server and the system."""

SLOTS = "SYNTH_UI_SLOTS"
"""Names how many runs may work at once."""

MOST_SLOTS = 8

CROWDING_SECONDS = 0.1
"""How long the probe works that tells how crowded the cores are."""

NICENESS = 5
"""Of a worker: the web server and the visitor's browser go first; an idle machine works as fast as without."""

THREADS = 1
"""Of each run: with another number, floats are added up in another order, and a seed gives other rows on another machine."""

THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")


@cache
def load() -> float:
    """Return how many processes of the whole machine want a core, in the mean of a minute; 0 where the system does not tell."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0


def cores() -> int:
    """Return how many cores this process may use, a container's quota respected."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = _quota()
    return max(1, min(allowed, quota) if quota else allowed)


def _quota() -> int | None:
    try:
        limit, period = Path("/sys/fs/cgroup/cpu.max").read_text(encoding="ascii").split()
    except (OSError, ValueError):
        return None
    return None if limit == "max" else -(-int(limit) // int(period))


def crowding() -> float:
    """Return how many times longer a run takes at this moment than on a core of its own: 1 on a machine that does nothing else.

    Measured in a thread that steps back as workers do: beside others that do not, theirs is the smaller share.
    """
    found = list[float]()
    probe = threading.Thread(target=lambda: found.append(_crowding()), name="crowding")
    probe.start()
    probe.join()
    return found[0] if found else 1.0


def _crowding() -> float:
    if on_linux():
        from synth_ui.system import linux

        linux.step_back_thread(NICENESS)
    wall, own = time.perf_counter(), time.thread_time()
    while time.thread_time() - own < CROWDING_SECONDS and time.perf_counter() - wall < 10 * CROWDING_SECONDS:
        sum(range(1_000))
    return max(1.0, (time.perf_counter() - wall) / max(time.thread_time() - own, 1e-3))


def slots() -> int:
    """Return how many runs may work at once: one per core, up to eight; `SYNTH_UI_SLOTS` overrides."""
    try:
        return named_slots() or min(cores(), MOST_SLOTS)
    except SettingError:  # `synth-ui ready` says so; a queue that stands would help nobody
        return min(cores(), MOST_SLOTS)


def named_slots() -> int | None:
    """Return how many slots the environment names, None where it names none.

    Raises
    ------
    SettingError
        If what it names is no whole number above zero.
    """
    named = os.environ.get(SLOTS, "").strip()
    if not named:
        return None
    if not named.isascii() or not named.isdigit() or int(named) == 0:
        raise SettingError(f"{SLOTS} is {named!r}; it has to be a whole number above zero, or not be set at all.")
    return int(named)


@dataclass(frozen=True)
class Capacity:
    """How many runs may work at once, and the memory for them in megabytes: what is free now, and what there is in all."""

    slots: int
    free_megabytes: float
    total_megabytes: float

    def fits(self, needed: float, promised: float) -> bool:
        """Whether a run's memory fits beside what the running ones were promised and what is in use right now."""
        return needed <= self.free_megabytes and needed + promised <= self.total_megabytes


def capacity() -> Capacity:
    """Return what this machine can bear."""
    return Capacity(slots(), free_megabytes(), total_megabytes())


def thread_environment() -> dict[str, str]:
    """Return the environment that holds a run to its threads."""
    return dict.fromkeys(THREAD_VARIABLES, str(THREADS))


def free_megabytes() -> float:
    """Return the memory that is left, a container's limit respected, without the reserve."""
    import psutil

    free = psutil.virtual_memory().available / 2**20
    return float(min(free, _container_megabytes())) - RESERVE_MEGABYTES


def total_megabytes() -> float:
    """Return the memory of the machine without the reserve."""
    import psutil

    return float(psutil.virtual_memory().total / 2**20) - RESERVE_MEGABYTES


def _container_megabytes() -> float:
    try:
        limit = Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii").strip()
        used = int(Path("/sys/fs/cgroup/memory.current").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return float("inf")
    return float("inf") if limit == "max" else (int(limit) - used) / 2**20


def child_environment(home: Path) -> dict[str, str]:
    """Return the environment of a process that works for the workspace in `home`.

    SDV makes a folder of its own where the user's data are kept, as soon as it is imported; it is given one in the workspace, so
    that nothing is left anywhere else.
    """
    return {**os.environ, **thread_environment(), "SYNTH_UI_HOME": str(home), "XDG_DATA_HOME": str(home / "libraries")}
