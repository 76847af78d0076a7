"""Adding a synthetic file made elsewhere to a race, as one more candidate."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from synth_ui.core.errors import SynthError
from synth_ui.ui import access, source
from synth_ui.ui.md import md
from synth_ui.ui.state import BOARD, GENERATE_TAB, state, widget


def section() -> None:
    """Draw the uploader; without a race it says what must come first."""
    st.subheader("Made elsewhere", anchor=False)
    if state.file_refusal:
        st.error(md(state.file_refusal, 600), title="The synthetic file was not added")
    if state.race_id is None:
        st.caption(
            "Start a race first; then a synthetic file made with another tool can be added to it and is judged by the same measures."
        )
        return
    key = widget("synthetic", state.uploads)
    st.file_uploader(
        "Add a synthetic file made elsewhere", type=list(source.TYPES), key=key, on_change=_add, args=(key,),
        help="It needs the columns of the real table. It joins the race on the board and is judged by the same measures.",
    )  # fmt: skip


def _add(key: str) -> None:
    from synth_ui.jobs.control import add_file

    file = st.session_state.get(key)
    if file is None or state.race_id is None:
        return
    name = Path(file.name).name
    try:
        add_file(access.workspace(), state.race_id, file.getvalue(), name)
    except (SynthError, OSError) as error:
        state.file_refusal = str(error)
    else:
        state.file_refusal = None
        st.session_state[GENERATE_TAB] = BOARD
    state.uploads += 1
