"""Files that are written when a button is pressed: in the workspace of who sees the button, and sent to nobody else.

Streamlit gives a file an address that follows from its name, its type and what is in it; of a file beyond a megabyte from its length and three
parts of it. Two users' files that are alike there would share an address, and the second user would get the first one's. So the type of every
file here carries a word that is drawn anew for each button and begins with that of its workspace.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

import streamlit as st

from synth_ui.ui.people import place

OCTETS = "application/octet-stream"
OF = ";of="
"""Between the type of a file and the word."""

_words: dict[place.Place, str] = {}


def button(label: str, data: Callable[[], bytes] | str, *, file_name: str, mime: str = OCTETS, **options: Any) -> None:
    """Draw a button that sends a file: a text that is there, or what `data` returns once it is pressed, in the workspace of this session."""
    word = word_of(place.here())
    if callable(data):
        data, word = place.bound(data), f"{word}.{secrets.token_hex(8)}"
    st.download_button(label, data=data, file_name=file_name, mime=f"{mime}{OF}{word}", **options)


def word_of(home: place.Place) -> str:
    """Return the word of a workspace: drawn once per server, told to nobody but who gets its files."""
    return _words.setdefault(home, secrets.token_hex(16))


def is_marked(mime: str) -> bool:
    """Whether a file is somebody's; without a word it is a picture of the program's own."""
    return OF in mime


def sent_to(mime: str, home: place.Place) -> bool:
    """Whether a file of this type may be sent to the user of a workspace."""
    return secrets.compare_digest(mime.partition(OF)[2].split(".")[0], word_of(home))
