"""Keys: one keeps the noise of formally private generators from being drawn again, one signs what is executed when it is read back."""

from __future__ import annotations

import os
import secrets
import stat
import uuid
from pathlib import Path

from synth_ui.core.errors import StoreError

KEY = "noise.key"
KEY_BYTES = 32

KEY_FILE = "SYNTH_UI_KEY_FILE"
"""Names the file of the key that signs; else it is in the user's folder of settings."""

SIGNING = "signing.key"


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
        return _kept(path)
    except OSError as error:
        raise StoreError(
            f"The key of the noise, {path}, cannot be made or read: {error.strerror or error}. Name another folder with SYNTH_UI_HOME."
        ) from error


def signing_file() -> Path:
    """Return where the key is that signs: the file named by `SYNTH_UI_KEY_FILE`, else one in the user's folder of settings."""
    named = os.environ.get(KEY_FILE)
    if named:
        return Path(named).expanduser().resolve()
    from platformdirs import user_config_dir

    return Path(user_config_dir("synth-ui", appauthor=False)).resolve() / SIGNING


def signing_key(home: Path) -> bytes:
    """Return the key of this user that signs what a workspace keeps, made on first use and readable by its owner only.

    It is the user's and not the workspace's: whoever can put files into the folder `home` must not find it there.

    Raises
    ------
    StoreError
        If it cannot be written or read, is too short, or lies in the workspace.
    """
    path = signing_file()
    if path.is_relative_to(home.resolve()):
        raise StoreError(f"The signing key {path} lies in the workspace it is to protect. Name another file with {KEY_FILE}.")
    try:
        key = _kept(path)
    except OSError as error:
        raise StoreError(
            f"The signing key {path} cannot be made or read: {error.strerror or error}. Name another file with {KEY_FILE}."
        ) from error
    if len(key) < KEY_BYTES:
        raise StoreError(
            f"The signing key {path} has {len(key)} bytes; at least {KEY_BYTES} are needed. Name another file with {KEY_FILE}."
        )
    return key


def _kept(path: Path) -> bytes:
    if not path.exists():
        _make(path)
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077 and os.access(path, os.W_OK):  # what an administrator put there, read-only, stays as it is
        path.chmod(mode & 0o700)
    return path.read_bytes()


def _make(path: Path) -> None:
    """Write a whole key beside the path and link it there, so that of two processes the first one's stands and none reads half."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.tmp")
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
