"""From a run's progress to the database, a few times a second and never more."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from typing import Any

from synth_ui.core.context import Progress
from synth_ui.core.errors import StoreError
from synth_ui.core.run import Attempt
from synth_ui.store import journal
from synth_ui.store.workspace import Workspace

logger = logging.getLogger(__name__)

WRITES_PER_SECOND = 5.0
HEARTBEAT_SECONDS = 1.0
SMALLEST_SHARE = 0.03


class Reporter:
    """Takes progress from the work and writes the latest of it from a thread of its own.

    The work never waits for the database, and a long silent step still has its beginning on the board. `stopped` turns True
    once the run is no longer this worker's: cancelled, or taken for lost and started again.
    """

    def __init__(self, ws: Workspace, attempt: Attempt) -> None:
        self._ws = ws
        self._attempt = attempt
        self._start = time.monotonic()
        self._lock = threading.Lock()
        self._latest: dict[str, Any] = {}
        self._losses: list[dict[str, Any]] = []
        self._steps: dict[str, int] = {}
        self._stages: Mapping[str, tuple[float, float]] = {}
        self._base, self._weight = 0.0, 1.0
        self._closing = threading.Event()
        self._written = 0.0
        self.stopped = False
        self._thread = threading.Thread(target=self._write_until_closed, name="progress", daemon=True)

    def __enter__(self) -> Reporter:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._closing.set()
        self._thread.join()

    def plan(self, stages: Mapping[str, tuple[float, float]]) -> None:
        """Say for each stage where in the whole it begins and how much of it it is, both in [0, 1]."""
        with self._lock:
            self._stages = stages

    def stage(self, name: str) -> None:
        """Say which stage the reports that follow are about; without a plan it is the whole."""
        with self._lock:
            self._base, self._weight = self._stages.get(name, (0.0, 1.0))

    def report(self, progress: Progress) -> None:
        """Take a report; this is the `report` of the run's context."""
        with self._lock:
            done = self._base + self._weight * min(max(progress.fraction or 0.0, 0.0), 1.0)
            self._latest = {"phase": progress.phase, "fraction": done}
            for name, value in (progress.loss or {}).items():
                step = self._steps[name] = self._steps.get(name, -1) + 1
                if value == value:  # a loss that is not a number draws nothing
                    self._losses.append({"step": step, "name": name, "value": float(value)})

    def _write_until_closed(self) -> None:
        while not self._closing.wait(1.0 / WRITES_PER_SECOND):
            self._write()
        self._write()

    def _write(self) -> None:
        with self._lock:
            values, losses = self._latest, self._losses
            self._latest, self._losses = {}, []
        now = time.monotonic()
        if self.stopped or not (values or losses or now - self._written > HEARTBEAT_SECONDS):
            return
        if values:
            values["eta_seconds"] = self._remaining(values["fraction"], now)
        try:
            self.stopped = not journal.report(self._ws, self._attempt, values, losses)
            self._written = now
        except StoreError as error:  # the work goes on; its end is written by the worker, which says what happened
            logger.warning("Progress could not be written: %s", error)

    def _remaining(self, fraction: float, now: float) -> float | None:
        """Estimate the seconds left from the share that is done; None while that share is too small to tell."""
        return None if fraction < SMALLEST_SHARE else (now - self._start) * (1.0 - fraction) / fraction
