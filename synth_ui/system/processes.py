"""Processes of this machine, known by id and the moment they were started, because ids are used again."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from typing import Any

from synth_ui.core.run import Handle

PORTABLE = "SYNTH_UI_PORTABLE"
"""Set to 1, Linux is dealt with as any other system is: for tests, and where /proc is missing."""


def on_linux() -> bool:
    """Whether what only Linux has may be used."""
    return sys.platform == "linux" and os.environ.get(PORTABLE) != "1"


def system() -> Any:
    """Return the module that deals with this system: `synth_ui.system.linux` or `synth_ui.system.portable`."""
    if on_linux():
        from synth_ui.system import linux

        return linux
    from synth_ui.system import portable

    return portable


def this_process() -> Handle:
    """Return the process this code runs in."""
    return handle_of(os.getpid())


def handle_of(pid: int) -> Handle:
    """Return the process that has an id now; one that nothing is equal to if it is gone already."""
    return Handle(pid, token_of(pid) or "")


def token_of(pid: int) -> str | None:
    """Return when a process was started, as a text to compare; None if it is gone, or dead and only not collected yet."""
    token: str | None = system().token_of(pid)
    return token


def alive(process: Handle | None) -> bool:
    """Whether exactly this process still works."""
    return process is not None and token_of(process.pid) == process.token


def end(process: Handle, *, at_once: bool) -> bool:
    """End a process and all it started, politely or at once; False if it is gone (nothing else is ever hit)."""
    return alive(process) and bool(system().end(process, at_once=at_once))


def end_child(child: subprocess.Popen[bytes]) -> None:
    """End a child of this process and all it started, at once."""
    with contextlib.suppress(PermissionError):
        system().end(Handle(child.pid, ""), at_once=True)


def lead_group() -> None:
    """Make this process one that is ended together with all it starts."""
    system().lead_group()


def step_back(niceness: int) -> None:
    """Let everything else on this machine go first."""
    system().step_back(niceness)


def killed_for_memory() -> int | None:
    """Return how many processes this system has ended for want of memory since it was started; None where it does not count them."""
    count: int | None = system().killed_for_memory()
    return count


def machine_started() -> float:
    """Return when this machine was started, in seconds since 1970."""
    import psutil

    return float(psutil.boot_time())


def apart() -> dict[str, Any]:
    """Return the options with which `subprocess.Popen` starts a process that outlives its parent."""
    options: dict[str, Any] = system().apart()
    return options
