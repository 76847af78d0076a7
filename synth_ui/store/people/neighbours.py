"""The workspaces of one server: where a user's is, and which of them have runs to be looked after.

Beside the workspace of the server's own folder there is one per user who signed in, under `people`. In the folder `at-work` stands a mark per
workspace with something under way, so that nobody has to open all databases to find the few that matter.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
from pathlib import Path

from synth_ui.core.errors import StoreError
from synth_ui.core.installation import PEOPLE, server_home
from synth_ui.store.files.disk import write_whole
from synth_ui.store.files.rights import OWNER_ONLY
from synth_ui.store.workspace import DATABASE, Workspace

logger = logging.getLogger(__name__)

MARKS = "at-work"
"""In the folder of the server: a mark per user's workspace that has runs queued or at work."""

WHO = "who.json"
"""In the folder of a user's workspace: whose it is, for whoever looks after the server."""


def folder_of(root: Path, issuer: str, subject: str) -> Path:
    """Return the folder of a user's workspace: named by a hash of who vouches for the user and of how the user is called there.

    Nothing a user or a provider of identities writes becomes part of a path, and two providers never lead to one folder.

    Examples
    --------
    >>> folder_of(Path("/srv/synth"), "https://id.example", "../../etc").parent
    PosixPath('/srv/synth/people')
    """
    name = hashlib.sha256(json.dumps([issuer, subject]).encode()).hexdigest()[:32]
    return root / PEOPLE / name


def make_folder(root: Path, issuer: str, subject: str, shown: str) -> Path:
    """Make the folder of a user's workspace, open to the server alone, note whose it is, and return it.

    Raises
    ------
    StoreError
        If it cannot be made.
    """
    home = folder_of(root, issuer, subject)
    said = json.dumps({"issuer": issuer, "subject": subject, "shown": shown}, ensure_ascii=False)
    try:
        for folder in (root, home.parent, home):
            folder.mkdir(exist_ok=True, parents=folder == root, mode=OWNER_ONLY)
        if not (home / WHO).exists():
            write_whole(home / WHO, lambda path: path.write_text(said, encoding="utf-8"))
    except OSError as error:
        raise StoreError(f"Your workspace cannot be made ({error.strerror or error}). Tell whoever runs this server.") from error
    return home


def shared(ws: Workspace) -> bool:
    """Whether a workspace is one of several of its server: a user's, or the server's own where users have signed in."""
    root = server_home(ws.home)
    return root != ws.home or (root / PEOPLE).is_dir()


def mark(ws: Workspace) -> None:
    """Note that a user's workspace has runs to be looked after; nothing happens for a workspace that is alone."""
    path = _mark_of(ws)
    if path is not None and not path.exists():
        with contextlib.suppress(OSError):  # a full disk: whoever looks at the workspace looks after it
            path.parent.mkdir(exist_ok=True, mode=OWNER_ONLY)
            path.touch(mode=0o600)


def unmark(ws: Workspace) -> bool:
    """Note that nothing of a user's workspace is under way; return whether it was marked."""
    path = _mark_of(ws)
    if path is None or not path.exists():
        return False
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)
    return True


def at_work(ws: Workspace) -> list[Workspace]:
    """Return the workspaces of the same server that have runs to be looked after, this one always first among them.

    One that cannot be opened is left to whoever looks at it: it holds up nobody else.
    """
    root = server_home(ws.home)
    homes = [root, *(root / PEOPLE / name for name in _marks(root))]
    found = [ws]
    for home in homes:
        if home == ws.home or not (home / DATABASE).exists():
            continue
        try:
            found.append(Workspace.open(home, hold=False))
        except StoreError as error:
            logger.warning("A workspace of this server cannot be looked after: %s", error)
    return found


def _marks(root: Path) -> list[str]:
    try:
        return sorted(os.listdir(root / MARKS))
    except OSError:
        return []


def _mark_of(ws: Workspace) -> Path | None:
    root = server_home(ws.home)
    return None if root == ws.home else root / MARKS / ws.home.name
