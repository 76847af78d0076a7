"""Adding a synthetic file made elsewhere to a race, as one more candidate."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from synth_ui.core.context import Context
from synth_ui.core.errors import QuotaReached
from synth_ui.store.people.quotas import Quotas
from synth_ui.ui import access
from synth_ui.ui.components import fragment
from synth_ui.ui.data import source
from synth_ui.ui.job import Job
from synth_ui.ui.md import md, plain_name
from synth_ui.ui.people import downloads
from synth_ui.ui.state import BOARD, GENERATE_TAB, state, widget


def section() -> None:
    """Draw the uploader; without a race it says what must come first."""
    if state.file_refusal:
        st.error(md(state.file_refusal, 600), title="The synthetic file was not added")
    if state.race_id is None:
        st.caption(
            "Start a race first; then a synthetic file made with another tool can be added to it and is judged by the same measures."
        )
        return
    if state.adding is not None:
        fragment(_follow, run_every=source.LOOK_SECONDS, key="adding")()
    _training_rows(state.race_id)
    key = widget("synthetic", state.uploads)
    st.file_uploader(
        "Add a synthetic file made elsewhere", type=source.types(), key=key, on_change=_add, args=(key,),
        max_upload_size=source.upload_limit(),
        help="It needs the columns of the real table. It joins the race on the leaderboard and is judged by the same measures.",
     disabled=access.read_only(),)  # fmt: skip


def _training_rows(race_id: str) -> None:
    """Offer the rows the other tool may see, in the form of the source: with the whole table it would see the unseen ones too."""
    race = access.workspace().race(race_id)

    def write() -> bytes:
        from synth_ui.reports.download import to_csv

        split = access.split(str(race.split_id))
        written: bytes = to_csv(split.train.frame, split.schema)
        return written

    st.markdown(
        "Give these rows, not the whole table, to the other tool: the unseen rows then stay unseen to it, and can judge what it makes."
    )
    downloads.button(
        "Download the training rows", data=write, file_name=f"{plain_name(str(race.name))}-train.csv", mime="text/csv",
        key=widget("training_rows", race_id), icon=":material/download:", on_click="ignore",
        help="A CSV in the form of your file. A tool that has seen all of the table cannot be judged, and is found out where its rows show it.",
    )  # fmt: skip


def _add(key: str) -> None:
    file = st.session_state.get(key)
    if file is None or state.race_id is None:
        return
    name = Path(file.name).name
    try:
        Quotas.of().check_upload(file.size, name)
    except QuotaReached as refusal:
        state.file_refusal = str(refusal)
        return
    if state.adding is not None:
        state.adding.cancel()
    job = Job(name, _adding(file.getvalue(), name, state.race_id), key)
    state.adding = None if job.wait() else job
    if state.adding is None:
        _settle(job)


def _adding(content: bytes, name: str, race_id: str) -> Callable[[Context], str]:
    home = access.workspace()

    def work(context: Context) -> str:
        from synth_ui.jobs.races.control import add_file

        return add_file(home, race_id, content, name, context=context)

    return work


def _settle(job: Job) -> None:
    state.file_refusal = str(job.error) if job.error is not None else None
    if job.error is None:
        st.session_state[GENERATE_TAB] = BOARD
    state.uploads += 1


def _follow() -> None:
    source.follow("adding", _settle, _cancel)


def _cancel() -> None:
    if state.adding is not None:
        state.adding.cancel()
        state.adding = None
        state.uploads += 1
