"""Which files of this machine the dashboard reads by their path: any, those of named folders, or none."""

from __future__ import annotations

import os
from pathlib import Path

from synth_ui.core.errors import ReadError

PATHS = "SYNTH_UI_PATHS"
"""Names the folders, separated as those of PATH are; empty, no file is read by its path. Without it any file the server can read."""


def folders() -> tuple[Path, ...] | None:
    """Return the folders whose files are read by path; None where all are."""
    named = os.environ.get(PATHS)
    if named is None:
        return None
    return tuple(Path(one).expanduser().resolve() for one in named.split(os.pathsep) if one.strip())


def allowed(text: str) -> str:
    """Return what is to be read for a path that was typed: itself where any may be, else the file it leads to in the end.

    Raises
    ------
    ReadError
        If it leads out of the named folders, by dots or by a link; whether there is a file is not told.
    """
    within = folders()
    if within is None:
        return text
    path = Path(text).expanduser().resolve()
    if not any(path.is_relative_to(folder) for folder in within):
        said = (
            f"Files are read by their path from {', '.join(map(str, within))} only"
            if within
            else "No file is read by its path here"
        )
        raise ReadError(f"{said} ({PATHS}). Upload the file instead.")
    return str(path)
