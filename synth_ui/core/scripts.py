"""How a content security policy names a script that stands in a page."""

from __future__ import annotations

import base64
import hashlib


def script_hash(script: str) -> str:
    """Return the hash of a script as a policy writes it, between the quotes: `sha256-…`."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
