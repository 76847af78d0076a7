"""The release of this package, where its files are and where the workspace is: asked by every layer, and loads nothing."""

from __future__ import annotations

import os
from pathlib import Path

VERSION = "0.1.0"
ROOT = Path(__file__).resolve().parents[1]
"""The folder of the package `synth_ui`."""


def default_home() -> Path:
    """Return the folder of the workspace: `SYNTH_UI_HOME`, else the data folder the system has for the user."""
    named = os.environ.get("SYNTH_UI_HOME")
    if named:
        return Path(named)
    from platformdirs import user_data_dir

    return Path(user_data_dir("synth-ui", appauthor=False))
