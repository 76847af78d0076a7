"""How the program stands at this moment: versions, machine, queue, disk and last errors; and the same to be handed on, without data."""

from __future__ import annotations

import contextlib
import os
import platform
import re
import shutil
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from typing import Any

from synth_ui.core.installation import VERSION
from synth_ui.core.run import Run, RunState
from synth_ui.jobs.execution import machine, warm
from synth_ui.jobs.execution.executor import executor
from synth_ui.jobs.execution.local import LocalProcesses
from synth_ui.jobs.health.ready import ReadyCheck, checks
from synth_ui.store.schema import SCHEMA_VERSION
from synth_ui.store.workspace import Workspace

LIBRARIES = (
    "streamlit",
    "plotly",
    "pandas",
    "numpy",
    "pyarrow",
    "scipy",
    "scikit-learn",
    "duckdb",
    "SQLAlchemy",
    "torch",
    "sdv",
    "sdmetrics",
)
"""Whose versions decide how the program behaves."""

OF_ALL = ("free_megabytes", "server_megabytes", "free_bytes")
"""What of a diagnosis tells how much others use the machine, where they do."""

MOST_ERRORS = 10
"""How many of the last runs that ended badly are named."""

_RAISED = re.compile(r"(\w+): .* (\(in \w+, line \d+ of [\w.]+\))$", re.DOTALL)
"""How a run's reason ends that was no sentence of ours: the kind of error and its place."""


@dataclass(frozen=True)
class Diagnosis:
    """How the program stands.

    Attributes
    ----------
    versions
        Of this program, its database, Python and the libraries, by name.
    system
        Operating system and processor, as Python names them.
    cores, slots
        How many cores this process may use, and how many runs work at once.
    free_megabytes, total_megabytes
        Of memory, without what is left to the server.
    server_megabytes
        What this process takes.
    free_bytes, workspace_bytes
        On the disk of the workspace, and what the workspace takes of it.
    queued, running, warm
        How many runs wait and work, and whether a process stands ready that looks after them: on this machine with the libraries loaded.
    cluster
        Whether runs work on a cluster; slots and memory are the cluster's then, and `free_megabytes` that of its freest node.
    counts
        How many tables, races and runs there are, the runs by how they stand.
    checked
        What was looked at to say whether work can be taken.
    failed
        The last runs that ended badly, newest first.
    """

    versions: Mapping[str, str]
    system: str
    cores: int
    slots: int
    free_megabytes: float
    total_megabytes: float
    server_megabytes: float
    free_bytes: int
    workspace_bytes: int
    queued: int
    running: int
    warm: bool
    cluster: bool
    counts: Mapping[str, int]
    checked: Sequence[ReadyCheck]
    failed: Sequence[Run]

    def to_share(self) -> dict[str, Any]:
        """Return it in plain values without anything of a table: no name, no column, no path, no text that may quote a cell."""
        plain = {name: value for name, value in asdict(self).items() if name not in ("checked", "failed")}
        checked = {one.name: "fine" if one.fine else "not fine" for one in self.checked}
        return {**plain, "checked": checked, "failed": [without_data(run) for run in self.failed]}


def diagnosis(ws: Workspace) -> Diagnosis:
    """Look at the program and the workspace; takes as long as counting the files of the workspace."""
    import psutil

    where = executor()
    bears, active = where.capacity(), Counter(run.state for run in ws.under_way())
    return Diagnosis(
        versions=versions(), system=f"{platform.system()} {platform.release()}, {platform.machine()}", cores=machine.cores(), slots=0 if where.waits(ws) else bears.slots,
        free_megabytes=round(bears.free_megabytes), total_megabytes=round(bears.total_megabytes),
        server_megabytes=round(psutil.Process().memory_info().rss / 2**20), free_bytes=shutil.disk_usage(ws.home).free,
        workspace_bytes=bytes_of(ws), queued=active[RunState.QUEUED], running=active[RunState.RUNNING], warm=warm.ready(ws), cluster=not isinstance(where, LocalProcesses),
        counts=ws.counts(), checked=checks(ws.home), failed=ws.ended_badly(MOST_ERRORS),
    )  # fmt: skip


def versions() -> dict[str, str]:
    """Return the versions of this program, of its database, of Python, and of the libraries that are installed."""
    found = {"synth-ui": VERSION, "database": str(SCHEMA_VERSION), "python": sys.version.split()[0]}
    for library in LIBRARIES:
        try:
            found[library] = metadata.version(library)
        except metadata.PackageNotFoundError:
            found[library] = "not installed"
    return found


def bytes_of(ws: Workspace) -> int:
    """Return what the files of a workspace take; one that vanishes meanwhile counts nothing."""
    found = 0
    for folder, _, names in os.walk(ws.home):
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                found += os.lstat(os.path.join(folder, name)).st_size
    return found


def without_data(run: Run) -> dict[str, Any]:
    """Return which run ended badly and how: of an error its kind and its place, of a sentence of ours only that there is one."""
    raised = _RAISED.match(run.reason)
    why = f"{raised[1]} {raised[2]}" if raised else "said in words, which may name columns" if run.reason else ""
    kept = {"run": run.id, "kind": run.kind.value, "generator": run.generator, "state": run.state.value, "ended": run.ended}
    return {**kept, "why": why}
