"""What happens, as JSON a line, for whoever looks after a server: what, when, which run; never a cell, a column's name or a secret.

`SYNTH_UI_LOG` names the file all processes of a server append to, or `-` for standard error; without it nothing is written.

What was said in words is written as it stands in this program, before anything was put into it; of an error its kind and its place, not
its text, which may quote a cell. Of other libraries only who spoke and how urgently.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Literal

LOG = "SYNTH_UI_LOG"
OURS = "synth_ui"

Field = Literal[
    "run",
    "race",
    "attempt",
    "kind",
    "generator",
    "state",
    "seconds",
    "rows",
    "columns",
    "bytes",
    "format",
    "error",
    "place",
    "role",
    "port",
]
"""What an event may say beside its name: identifiers, keys of this program, and counts."""

_about: ContextVar[dict[str, Any]] = ContextVar("about", default={})  # noqa: B039
_logger = logging.getLogger("synth_ui.events")


def set_up(role: str) -> None:
    """Write what happens in this process from now on, if `SYNTH_UI_LOG` says so; `role` is what the process does."""
    named = os.environ.get(LOG)
    if not named:
        return
    root = logging.getLogger()
    for handler in [one for one in root.handlers if isinstance(one.formatter, _JsonLines)]:
        root.removeHandler(handler)
        handler.close()
    handler = logging.StreamHandler(sys.stderr) if named == "-" else logging.FileHandler(_made(Path(named)), encoding="utf-8")
    handler.setFormatter(_JsonLines(role))
    root.addHandler(handler)
    _logger.setLevel(logging.INFO)


def _made(path: Path) -> Path:
    """Make the file for its owner only, where it is not there: it says who raced what when."""
    path = path.expanduser()
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))
    return path


def event(name: str, **fields: Any) -> None:
    """Write that something happened; the names of `fields` are those of `Field`."""
    strange = set(fields) - set(Field.__args__)  # type: ignore[attr-defined]
    if strange:
        raise TypeError(f"an event cannot say {', '.join(sorted(strange))}; it may say {', '.join(Field.__args__)}")  # type: ignore[attr-defined]
    _logger.info(name, extra={"event": name, "said": fields})


@contextmanager
def about(**fields: Any) -> Iterator[None]:
    """Say with everything written meanwhile what it is about."""
    token = _about.set({**_about.get(), **fields})
    try:
        yield
    finally:
        _about.reset(token)


def place_of(error: BaseException) -> str:
    """Return where an error was raised, as `file.py:line in function`; empty where that is not known."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno} in {frames[-1].name}" if frames else ""


class _JsonLines(logging.Formatter):
    """A record as one line of JSON."""

    def __init__(self, role: str) -> None:
        super().__init__()
        self.role = role

    def format(self, record: logging.LogRecord) -> str:
        said = {
            "time": _moment(record.created),
            "level": record.levelname.lower(),
            "role": self.role,
            "process": record.process,
            **_about.get(),
        }
        named = getattr(record, "event", None)
        if named is not None:
            said |= {"event": named, **record.said}  # type: ignore[attr-defined]
        else:
            said |= {"event": "said", "by": record.name}
            if record.name.split(".")[0] == OURS:
                said["words"] = str(record.msg)
        if record.exc_info and record.exc_info[1] is not None:
            said |= {"error": type(record.exc_info[1]).__name__, "place": place_of(record.exc_info[1])}
        return json.dumps(said, ensure_ascii=False, default=str)


def _moment(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{int(seconds % 1 * 1000):03d}Z"
