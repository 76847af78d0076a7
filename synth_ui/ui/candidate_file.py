"""Adding a synthetic file made elsewhere to a race, as one more candidate."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from synth_ui.core.context import Context
from synth_ui.ui import access, source
from synth_ui.ui.job import Job
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
    if state.adding is not None:
        st.fragment(_follow, run_every=source.LOOK_SECONDS, key="adding")()
    key = widget("synthetic", state.uploads)
    st.file_uploader(
        "Add a synthetic file made elsewhere", type=source.types(), key=key, on_change=_add, args=(key,),
        help="It needs the columns of the real table. It joins the race on the board and is judged by the same measures.",
    )  # fmt: skip


def _add(key: str) -> None:
    file = st.session_state.get(key)
    if file is None or state.race_id is None:
        return
    name = Path(file.name).name
    if state.adding is not None:
        state.adding.cancel()
    job = Job(name, _adding(file.getvalue(), name, state.race_id), key)
    state.adding = None if job.wait() else job
    if state.adding is None:
        _settle(job)


def _adding(content: bytes, name: str, race_id: str) -> Callable[[Context], str]:
    home = access.workspace()

    def work(context: Context) -> str:
        from synth_ui.jobs.control import add_file

        return add_file(home, race_id, content, name, context=context)

    return work


def _settle(job: Job) -> None:
    state.file_refusal = str(job.error) if job.error is not None else None
    if job.error is None:
        st.session_state[GENERATE_TAB] = BOARD
    state.uploads += 1


def _follow() -> None:
    job = state.adding
    if job is None:
        st.rerun()
    elif job.ended:
        state.adding = None
        _settle(job)
        st.rerun()
    else:
        source.progress(job, _cancel)


def _cancel() -> None:
    if state.adding is not None:
        state.adding.cancel()
        state.adding = None
        state.uploads += 1
