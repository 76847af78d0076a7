"""From a session to its workspace: the only way there is, so no page can take another's.

What is called outside a session, such as a download that is written when it is pressed, keeps the workspace of the session that drew it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from synth_ui.core.errors import StoreError
from synth_ui.core.installation import default_home
from synth_ui.store.people import neighbours
from synth_ui.ui.people import signed_in

ONE_DATABASE = "SYNTH_UI_DATABASE"
"""Names the database of one workspace on a server: no users may share it."""

Place = str | None
"""The folder of a workspace; None is the one of this machine's user, where the system keeps such things."""

_kept: ContextVar[tuple[Place] | None] = ContextVar("synth_ui_place", default=None)
_OWNER = "synth.owner"


def here() -> Place:
    """Return the folder of this session's workspace: what is kept in memory is kept under it.

    Raises
    ------
    NotSignedIn
        If users sign in, and this session has not.
    """
    kept = _kept.get()
    if kept is not None:
        return kept[0]
    named = os.environ.get("SYNTH_UI_HOME")
    if not signed_in.on():
        return named
    who = signed_in.person()
    if os.environ.get(ONE_DATABASE):
        raise StoreError(
            f"Users who sign in have a database each, and {ONE_DATABASE} names one for all. Whoever runs this server unsets it, or lets nobody "
            "sign in."
        )
    return str(neighbours.folder_of(server_folder(), who.issuer, who.subject))


def server_folder() -> Path:
    """Return the folder of the server, below which the users' workspaces are."""
    return default_home().expanduser().resolve()


def made() -> Place:
    """Return the folder of this session's workspace, made with a note of whose it is where it is a user's first visit."""
    if _kept.get() is None and signed_in.on():
        who = signed_in.person()
        return str(neighbours.make_folder(server_folder(), who.issuer, who.subject, who.shown))
    return here()


@contextmanager
def at(place: Place) -> Iterator[None]:
    """Work in a workspace outside a session."""
    token = _kept.set((place,))
    try:
        yield
    finally:
        _kept.reset(token)


def bound(work: Callable[..., Any]) -> Callable[..., Any]:
    """Return the same work, done later or in another thread in the workspace of this session."""
    return partial(_at, here(), work)


def _at(place: Place, work: Callable[..., Any], *args: Any) -> Any:
    with at(place):
        return work(*args)


def keep_apart() -> None:
    """Forget everything a tab has chosen where somebody else uses it now."""
    now = here()
    if st.session_state.get(_OWNER, now) != now:
        st.session_state.clear()
    st.session_state[_OWNER] = now
