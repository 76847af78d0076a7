"""The release of this package, where its files are and where the workspace is: asked by every layer, and loads nothing."""

from __future__ import annotations

import os
import re
from pathlib import Path

VERSION = "0.1.0"
ROOT = Path(__file__).resolve().parents[1]
"""The folder of the package `synth_ui`."""

PEOPLE = "people"
"""In the folder of a server whose users sign in: a workspace per user, each in a folder named by a hash."""

_OF_A_PERSON = re.compile(r"[0-9a-f]{32}")


def server_home(home: Path) -> Path:
    """Return the folder of the server a workspace belongs to: its own, unless it is one of several users'.

    Examples
    --------
    >>> server_home(Path("/srv/synth"))
    PosixPath('/srv/synth')
    >>> server_home(Path("/srv/synth/people/0123456789abcdef0123456789abcdef"))
    PosixPath('/srv/synth')
    """
    of_a_person = home.parent.name == PEOPLE and _OF_A_PERSON.fullmatch(home.name)
    return home.parents[1] if of_a_person else home


def default_home() -> Path:
    """Return the folder of the workspace: `SYNTH_UI_HOME`, else the data folder the system has for the user."""
    named = os.environ.get("SYNTH_UI_HOME")
    if named:
        return Path(named)
    from platformdirs import user_data_dir

    return Path(user_data_dir("synth-ui", appauthor=False))
