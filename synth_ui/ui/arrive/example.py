"""The finished race a new workspace opens with: put into it once, deletable, and never back after that."""

from __future__ import annotations

from pathlib import Path

from synth_ui.store import history
from synth_ui.store.workspace import Workspace

PARCEL = Path(__file__).with_name("example.zip")
"""Made by docs/make_example.py."""

MARK = "example"


def offer(ws: Workspace) -> None:
    """Put the example into a workspace that holds nothing yet; one that was offered it, or is in use, is left alone."""
    if history.marked(ws, MARK):
        return
    if ws.tables().empty and PARCEL.is_file():
        from synth_ui.store.parcel import unpack

        unpack(ws, PARCEL, example=True)
    history.mark(ws, MARK)
