"""What says that users sign in, and where: a variable of the server's environment, and a section of secrets.toml."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SIGN_IN = "SYNTH_UI_SIGN_IN"
"""`required` lets nobody in without signing in, even where the settings of the sign-in are missing or cannot be read; any other word but none
is taken for it, so that a slip of the pen lets nobody in."""

SECTION = "auth"
"""In secrets.toml: Streamlit's own settings of the sign-in. With it users sign in; without it there is one user, of this machine."""


def providers_of(section: Mapping[str, Any]) -> list[str]:
    """Return the providers of a section users choose from, by name; one without a name is an empty text, and none are none."""
    if "client_id" in section:
        return [""]
    return [str(name) for name, value in section.items() if hasattr(value, "keys") and "client_id" in value]
