"""Which nodes a run lost, and whether it is started again elsewhere: once, as a run that brings its node down would go from node to node."""

from __future__ import annotations

import json
from pathlib import Path

from synth_ui.store.files.disk import write_whole

LOST = "lost-nodes.json"
"""In the folder of a run: how often a node was lost that worked on it, in a sentence each, oldest first."""

MOST_AGAIN = 1
"""How often a run is started again by itself after its node was lost."""


def lost_nodes(folder: Path) -> list[str]:
    """Return what was said of each node that was lost with the run of a folder."""
    try:
        return [str(said) for said in json.loads((folder / LOST).read_text(encoding="utf-8"))]
    except (OSError, ValueError, TypeError):
        return []


def note_loss(folder: Path, sentence: str) -> bool:
    """Note that a node was lost; True where the run is to be started again by itself."""
    known = lost_nodes(folder)
    said = json.dumps([*known, sentence])
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / LOST, lambda path: path.write_text(said, encoding="utf-8"))
    return len(known) < MOST_AGAIN


def said_of(folder: Path) -> list[str]:
    """Return what is to be said of the rows of a run that lost a node."""
    return [f"{sentence} It was started again on another." for sentence in lost_nodes(folder)]
