"""Which files of this machine, and which databases, the dashboard reads: any, those that are named, or none.

Where users sign in nothing is read but what is uploaded and what whoever runs the server has named.
"""

from __future__ import annotations

import os
from pathlib import Path

from synth_ui.core.errors import ReadError
from synth_ui.tables.databases import named
from synth_ui.ui.people import signed_in

PATHS = "SYNTH_UI_PATHS"
"""Names the folders, separated as those of PATH are; empty, no file is read by its path. Without it any file the server can read, or, where
users sign in, none."""

ANY = "any"
"""Of `SYNTH_UI_CONNECTIONS`: users who signed in may enter addresses of databases."""


def folders() -> tuple[Path, ...] | None:
    """Return the folders whose files are read by path; None where all are."""
    listed = os.environ.get(PATHS)
    if listed is None:
        return () if signed_in.on() else None
    return tuple(Path(one).expanduser().resolve() for one in listed.split(os.pathsep) if one.strip())


def only_named_databases() -> bool:
    """Whether no database is taken but those of secrets.toml: where it is so set, and where users sign in unless it is set to `any`."""
    return named.only_named() or (signed_in.on() and os.environ.get(named.CONNECTIONS, "") != ANY)


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
