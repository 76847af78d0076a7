"""What a node of the cluster does: it starts the worker command as a child process, waits for its end and notes it, and ends it when told.

Each function is called by Dask in the node's own process; nothing is computed there.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any

from synth_ui.core.errors import SynthError
from synth_ui.core.installation import VERSION
from synth_ui.core.run import Attempt, Handle
from synth_ui.jobs.execution import ends, machine
from synth_ui.jobs.execution.cluster import called
from synth_ui.jobs.execution.local import LOG
from synth_ui.store.files.artefacts import of_run
from synth_ui.store.files.secret import signing_key
from synth_ui.store.server.address import NAMED
from synth_ui.system import processes

_children: dict[str, subprocess.Popen[bytes]] = {}
"""By the key of their attempt, those that work now."""


def begun(attempt: Attempt) -> str:
    """Return the name of the file, in the folder of a run, that says where an attempt was begun: `node`, `host`, `pid`."""
    return f"attempt-{attempt.number}.json"


def was_begun(folder: Path, attempt: Attempt) -> bool:
    """Whether a node has begun to work on an attempt at the run of a folder."""
    return (folder / begun(attempt)).exists()


def work(home: str, run_id: str, number: int, worker: tuple[int, str]) -> int:
    """Start the worker command for an attempt, wait until it has ended, and note how; return its exit code.

    An attempt that was begun before is not begun again: Dask starts anew what a lost node had, and the schedule decides about that.
    """
    attempt, handle, folder = Attempt(run_id, number), Handle(*worker), Path(home) / of_run(run_id)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        marker = os.open(folder / begun(attempt), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return -1
    ends.begin()
    with os.fdopen(marker, "w", encoding="utf-8") as noted, open(folder / LOG, "ab") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", "synth_ui.jobs.runs.worker", run_id, str(number)],
            stdin=subprocess.PIPE,  # held open as long as this process lives, see `called.go_with_the_node`
            stdout=log,
            stderr=subprocess.STDOUT,
            env=_environment(Path(home), handle),
            **processes.apart(),
        )
        json.dump({"node": _own_address(), "host": socket.gethostname(), "pid": child.pid}, noted)
    key = called.key_of(attempt)
    _children[key] = child
    try:
        code = child.wait()
    finally:
        del _children[key]
        if child.stdin is not None:
            child.stdin.close()
    ends.keep(folder, handle.pid, code)
    return code


def _environment(home: Path, handle: Handle) -> dict[str, str]:
    environment = {**machine.child_environment(home), called.CALLED: called.written(handle)}
    environment.pop("SYNTH_UI_DASK", None)  # a worker starts nothing elsewhere
    return environment


def _own_address() -> str:
    from distributed import get_worker

    return str(get_worker().address)


def end(key: str, *, at_once: bool) -> bool:
    """End the child that works under a key, with all it started; False if there is none."""
    child = _children.get(key)
    return child is not None and processes.end(processes.handle_of(child.pid), at_once=at_once)


def look(home: str, marker: str) -> dict[str, Any]:
    """Say what this node is: its release, its host, whether it sees a file of the workspace, and what it was given."""
    return {
        "version": VERSION,
        "host": socket.gethostname(),
        "sees": (Path(home) / marker).is_file(),
        **given(Path(home), os.environ),
    }


def given(home: Path, environment: Mapping[str, str]) -> dict[str, Any]:
    """Return what a machine has to have alike: whether the database is on a server, and a mark of the signing key."""
    try:
        key = blake2b(signing_key(home), digest_size=8, person=b"on a node").hexdigest()
    except (SynthError, OSError):
        key = ""
    return {"server": bool(environment.get(NAMED, "").strip()), "key": key}
