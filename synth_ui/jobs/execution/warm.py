"""The warm parent, as others see it: start it, wake it, ask whether it is there, tell it to go.

Nothing here imports more than the standard library. The parent itself is `synth_ui.jobs.execution.warm_parent`: a process per workspace, or one for
all workspaces of a server whose users sign in, that has imported the libraries and forks per run.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synth_ui.core.installation import server_home
from synth_ui.core.run import Handle
from synth_ui.jobs.execution import ends, machine
from synth_ui.system.processes import alive, apart, on_linux, this_process

if TYPE_CHECKING:
    from synth_ui.store.workspace import Workspace

STARTING_SECONDS = 45.0
"""How long runs wait for a warm parent that is still importing before they are started without it."""

MOST_STARTS = 3
"""After so many parents that died young, this process stops trying."""

WAKE, STOP = b"w", b"s"
AHEAD = "ahead"
NOTE, PIPE, LOCK = "warm.json", "warm.pipe", "warm.lock"

_children: list[tuple[subprocess.Popen[bytes], Path | None]] = []
_parents: dict[Path, tuple[subprocess.Popen[bytes], float]] = {}
_starts: Counter[Path] = Counter()


def possible() -> bool:
    """Whether this system can fork a process with these libraries loaded; `SYNTH_UI_WARM=0` says no."""
    return on_linux() and os.environ.get("SYNTH_UI_WARM", "1") != "0"


def start(ws: Workspace, *, ahead: bool = True) -> bool:
    """Start the warm parent of the workspace unless it is there; return whether one is there or on its way.

    It goes when its starter is gone and nothing runs, and when it has not been needed for long. `ahead` lets it import
    torch and sdv while nothing runs; otherwise it does so only for runs that need them.
    """
    if ws.read_only:
        return False
    if present(ws):
        return True
    home = server_home(ws.home)
    child, begun = _parents.get(home, (None, 0.0))
    if child is not None and child.poll() is None:
        return time.monotonic() - begun < STARTING_SECONDS
    if not possible() or _starts[home] >= MOST_STARTS:
        return False
    _starts[home] += 1
    starter = this_process()
    with open(home / "warm.log", "ab") as log:
        child = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "synth_ui.jobs.execution.warm_parent",
                str(starter.pid),
                starter.token,
                AHEAD if ahead else "on demand",
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=machine.child_environment(home),
            **apart(),
        )
    _parents[home] = (child, time.monotonic())
    remember(child)
    return True


def present(ws: Workspace) -> bool:
    """Whether a warm parent is there, ready to fork or importing for no longer than can be waited for."""
    noted = _noted(ws)
    if noted is None or not alive(Handle(noted["pid"], noted["token"])):
        return False
    return bool(noted["ready"]) or time.time() - noted["since"] < STARTING_SECONDS


def ready(ws: Workspace) -> bool:
    """Whether a warm parent is there and ready to fork."""
    noted = _noted(ws)
    return noted is not None and bool(noted["ready"]) and alive(Handle(noted["pid"], noted["token"]))


def wake(ws: Workspace) -> None:
    """Tell the warm parent that there is something to do; without one nothing happens."""
    _tell(ws, WAKE)


def stop(ws: Workspace) -> None:
    """Tell the warm parent to go as soon as nothing runs; runs under way are never touched."""
    _tell(ws, STOP)


def remember(child: subprocess.Popen[bytes], folder: Path | None = None) -> None:
    """Keep a child so that `reap` can collect it: one that is not collected stays as a zombie. `folder` is that of the run it works on."""
    ends.begin()
    _children.append((child, folder))


def reap() -> None:
    """Collect the children that have ended, and note how."""
    for child, folder in _children:
        if child.poll() is not None and folder is not None:
            ends.keep(folder, child.pid, child.returncode)
    _children[:] = [(child, folder) for child, folder in _children if child.returncode is None]


def note(home: Path, process: Handle, *, ready: bool, modules: Sequence[str] = ()) -> None:
    """Write down who the warm parent is; only the parent itself calls this."""
    temporary = home / f".warm.{process.pid}.tmp"
    said = {"pid": process.pid, "token": process.token, "ready": ready, "since": time.time(), "modules": list(modules)}
    try:
        temporary.write_text(json.dumps(said), encoding="ascii")
        os.replace(temporary, home / NOTE)
    finally:
        temporary.unlink(missing_ok=True)


def _noted(ws: Workspace) -> dict[str, Any] | None:
    try:
        noted: dict[str, Any] = json.loads((server_home(ws.home) / NOTE).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
    return noted


def _tell(ws: Workspace, word: bytes) -> None:
    if on_linux():
        from synth_ui.system import linux

        linux.tell(server_home(ws.home) / PIPE, word)
