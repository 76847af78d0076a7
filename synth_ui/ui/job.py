"""Work of a visitor that may take long, in a thread of its own: the page is drawn meanwhile, and can stop it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from synth_ui.core.context import Context, Progress
from synth_ui.core.errors import ReadError, SynthError

logger = logging.getLogger(__name__)

PATIENCE_SECONDS = 1.0
"""So long a click waits for its work; what takes longer shows how far it is."""


class Job:
    """Work under way, as the page sees it.

    Attributes
    ----------
    label
        What is being worked on, as the visitor named it.
    key
        The widget it came from.
    phase, fraction
        What is being done, and how much of it, where that can be told.
    result, error
        What came of it, once it has `ended`.
    another
        What reads another part of the same source, where it has several: kept with the result, and with nothing else.
    """

    def __init__(self, label: str, work: Callable[[Context], Any], key: str = "", another: Any = None) -> None:
        self.label = label
        self.key = key
        self.another = another
        self.phase = "opening"
        self.fraction: float | None = None
        self.result: Any = None
        self.error: Exception | None = None
        self._began = time.monotonic()
        self._stop = threading.Event()
        self._end = threading.Event()
        threading.Thread(target=self._do, args=(work,), name="reading", daemon=True).start()

    @property
    def ended(self) -> bool:
        """Whether there is a result or an error."""
        return self._end.is_set()

    @property
    def seconds(self) -> float:
        """How long it has been going on."""
        return time.monotonic() - self._began

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for the end, a moment or so long at most; return whether it has come."""
        return self._end.wait(PATIENCE_SECONDS if seconds is None else seconds)

    def cancel(self) -> None:
        """Ask the work to stop, and wait for nothing: what a dead disk holds never answers."""
        self._stop.set()

    def _do(self, work: Callable[[Context], Any]) -> None:
        try:
            self.result = work(Context(on_progress=self._report, cancelled=self._stop.is_set))
        except (SynthError, OSError) as error:
            self.error = error
        except Exception as error:
            logger.exception("The work on %s failed.", self.label)
            self.error = ReadError(f"{self.label} could not be taken ({type(error).__name__}: {error}).")
        finally:
            self._end.set()

    def _report(self, progress: Progress) -> None:
        self.phase, self.fraction = progress.phase, progress.fraction
