"""The same as `synth_ui.system.linux` for any system, by psutil: a little slower, and processes are started, never forked."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import psutil

from synth_ui.core.run import Handle


def token_of(pid: int) -> str | None:
    """Return when a process was started, as a text to compare; None if it is gone, or dead and only not collected yet."""
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else f"{process.create_time():.2f}"
    except psutil.NoSuchProcess:
        return None


def end(process: Handle, *, at_once: bool) -> bool:
    """End a process and all it started; False if it is gone."""
    try:
        leader = psutil.Process(process.pid)
        family = [leader, *leader.children(recursive=True)]
    except psutil.NoSuchProcess:
        return False
    ended = [_end_one(one, at_once) for one in family]
    return ended[0]


def killed_for_memory() -> int | None:
    """Other systems do not count them where it could be read."""
    return None


def _end_one(process: psutil.Process, at_once: bool) -> bool:
    try:
        (process.kill if at_once else process.terminate)()
    except psutil.NoSuchProcess:
        return False
    return True


def lead_group() -> None:
    """Do nothing: here a process and all it started are found by who started whom."""


def step_back(niceness: int) -> None:
    """Let everything else on this machine go first; Windows knows classes of priority instead of niceness."""
    psutil.Process().nice(psutil.BELOW_NORMAL_PRIORITY_CLASS if sys.platform == "win32" else niceness)


def apart() -> dict[str, Any]:
    """Return how `subprocess.Popen` starts a process that outlives its parent's session."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}
