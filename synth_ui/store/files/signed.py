"""Objects kept as pickles, which execute what they hold when they are read: signed, and read only with this user's signature.

The key is outside the workspace, so a folder or a database that came from somebody else holds no pickle that is read.
"""

from __future__ import annotations

import hashlib
import hmac
import pickle
from pathlib import Path
from typing import Any

from synth_ui.core.errors import StoreError
from synth_ui.store.files.secret import signing_key

_NAME = 8
_FORM = "signed"


class NotSigned(StoreError):
    """A kept object has no signature, or not that of this user: it is not read."""


def sign(home: Path, purpose: str, packed: bytes) -> str:
    """Return the signature of bytes of the workspace in `home`, which holds for one purpose alone.

    Raises
    ------
    StoreError
        If there is no key and none can be made.
    """
    key = signing_key(home)
    return f"{_FORM}:{_name(key)}:{_mac(key, purpose, packed)}"


def read_signed(home: Path, purpose: str, path: Path, signature: str) -> Any:
    """Return the object kept in a file, if `signature` is this user's for the purpose and these very bytes.

    Raises
    ------
    NotSigned
        If it is not; nothing of the file was read as an object then.
    StoreError
        If there is no key and none can be made.
    """
    packed = path.read_bytes()  # once: what is checked is what is read
    form, _, rest = signature.partition(":")
    name, _, mac = rest.partition(":")
    key = signing_key(home)
    if form != _FORM:
        raise NotSigned("it was kept by an earlier release, which did not sign")
    if name != _name(key):
        raise NotSigned("it was signed by somebody else, or on another machine")
    if not hmac.compare_digest(mac.encode(errors="replace"), _mac(key, purpose, packed).encode()):
        raise NotSigned("it is not the one that was written")
    return pickle.loads(packed)  # nosec B301 # signed by this user, checked above


def _name(key: bytes) -> str:
    """Say which key it is, without telling it."""
    return hashlib.sha256(b"name\0" + key).hexdigest()[:_NAME]


def _mac(key: bytes, purpose: str, packed: bytes) -> str:
    return hmac.new(key, purpose.encode() + b"\0" + packed, hashlib.sha256).hexdigest()
