"""Where the workspace is, found out without loading anything: the server says it before it starts."""

from __future__ import annotations

import os
from pathlib import Path


def default_home() -> Path:
    """Return the folder of the workspace: `SYNTH_UI_HOME`, else the data folder the system has for the user."""
    named = os.environ.get("SYNTH_UI_HOME")
    if named:
        return Path(named)
    from platformdirs import user_data_dir

    return Path(user_data_dir("synth-ui", appauthor=False))
