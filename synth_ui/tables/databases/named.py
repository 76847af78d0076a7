"""Connections with a name, from the files Streamlit keeps its secrets in: the dashboard and the command line know the same ones.

    [connections.sales]
    url = "postgresql://analyst:password@db.example.org/sales"
    read_only = true

or in parts, as Streamlit's own connections are written: dialect, username, password, host, port, database, query.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any

from synth_ui.core.errors import ReadError
from synth_ui.core.installation import ROOT

CONNECTIONS = "SYNTH_UI_CONNECTIONS"


def secret_files() -> tuple[Path, ...]:
    """Return where secrets are looked for, the last first: of the user, beside the package, in the folder one is in."""
    folders = (Path.home(), ROOT.parent, Path.cwd())
    return tuple(dict.fromkeys(folder / ".streamlit" / "secrets.toml" for folder in folders))


def only_named() -> bool:
    """Whether the dashboard takes connections of secrets.toml alone: `SYNTH_UI_CONNECTIONS=named`, for one that many people use."""
    return os.environ.get(CONNECTIONS, "") == "named"


def names() -> list[str]:
    """Return the connections that have a name."""
    return sorted(_sections())


def section(name: str) -> dict[str, Any]:
    """Return what is written of a connection; raise `ReadError` where there is none of that name."""
    known = _sections()
    if name not in known:
        there = f"there are {', '.join(sorted(known))}" if known else "there is none"
        raise ReadError(
            f'There is no connection {name!r}; {there}. Write [connections.{name or "NAME"}] with url = "…" into .streamlit/secrets.toml.'
        )
    return known[name]


def _sections() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for path in secret_files():
        if not path.is_file():
            continue
        try:
            written = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ReadError(
                f"{path} cannot be read ({type(error).__name__}). Check that it is TOML, and who may read it."
            ) from None
        sections = written.get("connections", {})
        found |= {str(name): section for name, section in sections.items() if isinstance(section, dict)}
    return found
