"""Room on the disk, and a folder to write to: without them nothing is started, and the queue goes on by itself once they are there."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import time
from pathlib import Path

from synth_ui.store.files.artefacts import RUNS
from synth_ui.store.files.disk import write_whole

LEAST_BYTES = 16 << 20
"""With less left on the disk of a workspace nothing is started."""

AGAIN_SECONDS = 300.0
"""After so long what found the disk full is tried once more, though no more room is seen: a quota is not told like a disk."""

NOTE = "full.json"
"""In the folder of a workspace: when a run found the disk full, and how much was free then."""


def free_bytes(home: Path) -> int:
    """Return how much can still be written to the disk of a workspace."""
    return shutil.disk_usage(home).free


def note_full(home: Path) -> None:
    """Note that a run found the disk full; where not even that can be written, the disk itself says so."""
    said = json.dumps({"since": time.time(), "free": free_bytes(home)})
    with contextlib.suppress(Exception):
        write_whole(home / NOTE, lambda path: path.write_text(said, encoding="ascii"))


def waits_for_room(home: Path) -> str:
    """Say why nothing is started for want of room, to continue a sentence; empty where there is room."""
    free = free_bytes(home)
    if free >= LEAST_BYTES and not _found_full(home, free):
        return ""
    return f"paused: the disk is full ({free / 2**20:,.0f} MB left at {home}). What was finished is kept; free some space, and it goes on by itself"


def waits_for_folder(home: Path) -> str:
    """Say that what runs make cannot be written, to continue a sentence; empty where it can, or its folder is still to be made."""
    refusal = cannot_be_written(home / RUNS)
    return f"paused: {refusal}. What was finished is kept; once it can be written, the queue goes on by itself" if refusal else ""


def cannot_be_written(folder: Path) -> str:
    """Say why nothing can be written into a folder, to continue a sentence; empty where it can, or there is none yet."""
    if not os.path.lexists(folder):
        return ""
    if not folder.is_dir():
        return f"{folder} is no folder, and what runs make is kept in one of that name"
    return (
        ""
        if os.access(folder, os.W_OK | os.X_OK)
        else f"the folder {folder} cannot be written: its disk or its rights allow no more"
    )


def _found_full(home: Path, free: int) -> bool:
    """Whether a run found the disk full, and there is hardly more room since; forgets it otherwise."""
    try:
        noted = json.loads((home / NOTE).read_text(encoding="ascii"))
        since, then = float(noted["since"]), int(noted["free"])
    except (OSError, ValueError, KeyError, TypeError):
        return False
    if abs(time.time() - since) < AGAIN_SECONDS and free < then + LEAST_BYTES:  # a clock that was set back waits no longer
        return True
    (home / NOTE).unlink(missing_ok=True)
    return False
