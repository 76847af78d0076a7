"""What a browser is told to keep to: the headers of every answer, and the policy of what a page may load and run.

Whatever a column of a table is called, nothing of it runs: a script that stands in a page runs only if the policy names it by its hash.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"SAMEORIGIN"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
)
"""No other site frames the dashboard, shows a picture of it or learns its addresses."""

MEDIA = b"default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; sandbox"
"""The policy of files that are offered for download: opened in the browser, they run nothing."""

_INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def inline_scripts(page: str) -> list[str]:
    """Return the scripts that stand in a page."""
    return _INLINE.findall(page)


def script_hash(script: str) -> str:
    """Return the hash by which a policy names a script that stands in a page: `sha256-…`."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def page_policy(scripts: Sequence[str], host: str) -> bytes:
    """Return the policy of a page, or of what a page loads.

    Styles may stand in a page: Streamlit's own writes them there. `blob:` are the small components of our own, which Streamlit hands over as
    such; making one takes a script that runs already.

    Parameters
    ----------
    scripts
        Those that stand in the page.
    host
        Under which the page was asked for, as `name:port`: the one it may hold a connection with.
    """
    named = " ".join(f"'{one}'" for one in [*map(script_hash, scripts), _of_slides()])
    rules = {
        "default-src": "'self'",
        "script-src": f"'self' blob: {named}",
        "worker-src": "'self' blob:",
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "connect-src": f"'self' ws://{host} wss://{host}",
        "frame-src": "'self'",
        "object-src": "'none'",
        "base-uri": "'self'",
        "form-action": "'self'",
        "frame-ancestors": "'self'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items()).encode()


@cache
def _of_slides() -> str:
    """Return the hash of the script of the slides: shown in a frame of a page, they are held to its policy."""
    return script_hash(files("synth_ui.reports").joinpath("templates", "slides.js").read_text(encoding="utf-8"))
