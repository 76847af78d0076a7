"""The key that keeps the noise of formally private generators from following from a seed everybody can read."""

from __future__ import annotations

import os
import secrets
import uuid
from pathlib import Path

from synth_ui.core.errors import StoreError

KEY = "noise.key"
KEY_BYTES = 32


def noise_key(home: Path) -> bytes:
    """Return the key of the workspace in `home`, made on first use and readable by its owner only.

    With it the same seed gives the same rows in this workspace, and nobody without the file can draw the noise again.

    Raises
    ------
    StoreError
        If it cannot be written or read.
    """
    path = home / KEY
    try:
        if not path.exists():
            _make(path)
        return path.read_bytes()
    except OSError as error:
        raise StoreError(
            f"The key of the noise, {path}, cannot be made or read: {error.strerror or error}. Name another folder with SYNTH_UI_HOME."
        ) from error


def _make(path: Path) -> None:
    """Write a whole key beside the path and link it there, so that of two processes the first one's stands and none reads half."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_name(f".{KEY}.{uuid.uuid4().hex[:8]}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
        if not path.exists():
            os.link(temporary, path)
    except FileExistsError:
        return  # another process was first
    finally:
        temporary.unlink(missing_ok=True)
