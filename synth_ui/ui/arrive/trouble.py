"""What is wrong with the workspace, said on every page: what was lost and rebuilt, that nothing can be written."""

from __future__ import annotations

import streamlit as st

from synth_ui.core.errors import StoreError
from synth_ui.ui import access
from synth_ui.ui.md import md


def said() -> None:
    """Say under the title of a page what is wrong with the workspace; nothing where nothing is."""
    _cannot_write()
    _recovered()


def _cannot_write() -> None:
    why = access.workspace().read_only
    if why:
        st.info(f"{md(why, 600)} Buttons that would write are off.", icon=":material/lock:")


def _recovered() -> None:
    from synth_ui.store.recovery import rebuild

    home = access.workspace().home
    found = rebuild.notes(home)
    if not found:
        return
    with st.container(border=True, key="recovered"):
        for note in found:
            st.warning(f"{md(note.sentence, 1_500)} {access.moment(note.moment)}", icon=":material/healing:")
        st.button("I have read this", key="recovered_read", on_click=rebuild.noted, args=(home,), disabled=access.read_only())


def rebuild_database(why: str) -> None:
    """Rebuild a database that was found gone or damaged while a page was drawn, and draw the page again; say why where that fails."""
    from synth_ui.store.recovery import rebuild

    try:
        rebuild.recover(access.workspace(), why)
    except StoreError as error:
        st.error(md(f"{why} It could not be rebuilt: {error}", 900), title="The workspace cannot be used")
        return
    st.rerun()
