"""Who else on this machine may read a workspace: it holds real rows."""

from __future__ import annotations

import os
import stat
from pathlib import Path

OWNER_ONLY = 0o700


def close_new(home: Path) -> None:
    """Give a folder that is about to become a workspace, and holds nothing yet, to its owner only; one of somebody else stays as it is."""
    if os.name == "posix" and home.stat().st_uid == os.getuid() and not any(home.iterdir()):
        home.chmod(OWNER_ONLY)


def open_to_others(home: Path) -> str:
    """Return a sentence that says who else may look into the folder of a workspace, and what to do; empty where nobody may.

    A folder that was there before is not changed: others may be meant to use what else is in it.
    """
    if os.name != "posix":
        return ""
    mode = stat.S_IMODE(home.stat().st_mode)
    who = [name for name, bits in (("its group", 0o070), ("every user of this machine", 0o007)) if mode & bits]
    if not who:
        return ""
    return f"The workspace {home} holds real rows and is open to {' and '.join(who)} (mode {mode:04o}). Close it: chmod 700 '{home}'."
