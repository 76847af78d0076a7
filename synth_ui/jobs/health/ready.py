"""Whether the program can take work now: what is looked at, each in a sentence."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from synth_ui.core.errors import SettingError, StoreError
from synth_ui.jobs.execution import room
from synth_ui.jobs.execution.cluster import dask_cluster
from synth_ui.jobs.execution.executor import executor
from synth_ui.jobs.health import settings
from synth_ui.store.files import rights
from synth_ui.store.files.artefacts import RUNS
from synth_ui.store.files.secret import signing_key
from synth_ui.store.people import allowed
from synth_ui.store.server.postgresql import PostgreSQL
from synth_ui.store.workspace import Workspace

LEAST_DISK = 1 << 28
"""Free bytes below which a race would soon fill the disk."""

LEAST_MEGABYTES = 200.0
"""Free memory below which no run can be started."""


@dataclass(frozen=True)
class ReadyCheck:
    """One thing that was looked at.

    Attributes
    ----------
    name
        In a word, the same in every release.
    fine
        Whether it is as it must be.
    said
        What was found, in a sentence; may name folders of this machine.
    needed
        Whether no work can be taken while it is not fine; else it is a warning.
    """

    name: str
    fine: bool
    said: str
    needed: bool = True


def checks(home: Path | str | None = None) -> list[ReadyCheck]:
    """Look at everything, also where the first things are not fine."""
    try:
        ws = Workspace.open(home, hold=False)
        ws.tables()
    except StoreError as error:
        return [ReadyCheck("workspace", False, str(error))]
    found = [ReadyCheck("workspace", True, f"The workspace {ws.home} answers{_kept_at(ws)}.")]
    for name, look in _LOOKS.items():
        said = look(ws)
        found.append(ReadyCheck(name, not said[0], said[0] or said[1], needed=name not in ("rights", "signing")))
    return found


def _kept_at(ws: Workspace) -> str:
    return f", its database is {ws.database.address}" if isinstance(ws.database, PostgreSQL) else ""


def ready(found: list[ReadyCheck]) -> bool:
    """Whether work can be taken."""
    return all(one.fine or not one.needed for one in found)


def _writable(ws: Workspace) -> tuple[str, str]:
    refusal = room.cannot_be_written(ws.home / RUNS)
    if refusal:
        return f"{refusal[:1].upper()}{refusal[1:]}. No run can be started until it can be written.", ""
    path = ws.home / f".ready.{uuid.uuid4().hex[:8]}.tmp"
    try:
        path.write_bytes(b"ready")
    except OSError as error:
        return f"The workspace {ws.home} cannot be written ({error.strerror or error}). Check the folder and its rights.", ""
    finally:
        if os.path.lexists(path):
            path.unlink()
    return "", "The workspace can be written."


def _disk(ws: Workspace) -> tuple[str, str]:
    free = shutil.disk_usage(ws.home).free
    words = f"{free / 2**30:,.1f} GB are free on the disk of the workspace"
    return (
        (f"Only {words}; {LEAST_DISK / 2**30:.2f} GB are needed. Free some space.", "")
        if free < LEAST_DISK
        else ("", f"{words}.")
    )


def _quota(ws: Workspace) -> tuple[str, str]:
    try:
        over = allowed.over_disk(ws.home)
    except SettingError:  # what is no number is said among the settings
        over = ""
    return over, "The workspace takes no more than it is given."


def _memory(ws: Workspace) -> tuple[str, str]:
    if executor().waits(ws):  # the cluster, of which the next look tells more
        return "", "How much memory there is for runs is not known while the cluster takes none."
    free = executor().capacity().free_megabytes
    words = f"{max(free, 0.0):,.0f} MB of memory are free for runs"
    return (f"Only {words}; {LEAST_MEGABYTES:.0f} MB are needed.", "") if free < LEAST_MEGABYTES else ("", f"{words}.")


def _rights(ws: Workspace) -> tuple[str, str]:
    return rights.open_to_others(ws.home), "Only its owner can look into the workspace."


def _signing(ws: Workspace) -> tuple[str, str]:
    try:
        signing_key(ws.home)
    except StoreError as error:
        return f"{error} Until then no candidate can make more rows later.", ""
    return "", "Fitted samplers are signed with a key outside the workspace."


def _cluster(ws: Workspace) -> tuple[str, str]:
    return dask_cluster.refusal(ws)


_LOOKS: dict[str, Callable[[Workspace], tuple[str, str]]] = {
    "writable": _writable, "disk": _disk, "quota": _quota, "memory": _memory, "rights": _rights, "signing": _signing,
    "cluster": _cluster, "settings": lambda ws: settings.limits(), "sign-in": lambda ws: settings.sign_in(),
}  # fmt: skip
"""By name, what is wrong (empty where nothing is) and what is said where it is fine."""
