"""A candidate's rows written to a new table of a database."""

from __future__ import annotations

import streamlit as st

from synth_ui.core.context import Context
from synth_ui.ui import access
from synth_ui.ui.components import fragment
from synth_ui.ui.data import database
from synth_ui.ui.decide.race_view import View
from synth_ui.ui.job import Job
from synth_ui.ui.md import count, md
from synth_ui.ui.state import state, widget
from synth_ui.ui.take_away.files import file_name

LOOK_SECONDS = 0.5


def show(view: View, name: str) -> None:
    """Draw the way to a database, folded, and how far a writing is."""
    with st.expander("Write these rows to a new table of a database", key="to_database", icon=":material/database:"):
        if state.writing is not None:
            fragment(_follow, run_every=LOOK_SECONDS, key="writing")()
        elif database.waiting():
            pass
        elif state.database is None:
            database.connect()
        else:
            _form(view, name)
    if state.written:
        st.success(md(state.written, 400))


def _form(view: View, name: str) -> None:
    database.opened()
    run_id = view.run_ids[name]
    rows = int(view.runs.set_index("id").loc[run_id, "rows"])
    database.schema_field()
    proposal = file_name(view, name).replace("-", "_")
    st.text_input("New table", proposal, key=widget("db_new", run_id), help="A table that is there already is never written to.")
    st.button(f"Write {count(rows, 'row')}", key="db_write", on_click=_write, args=(view, run_id))
    database.refused()


def _write(view: View, run_id: str) -> None:
    from synth_ui.tables.databases.write import NewTable, write_table

    assert state.database is not None
    name = str(st.session_state.get(widget("db_new", run_id)) or "")  # as it is now, not as it was when the button was drawn
    new = NewTable(state.database, name, database.schema())
    home, columns = access.workspace(), view.split.schema

    def work(context: Context) -> str:
        return write_table(home.synthetic(run_id), columns, new, context)

    state.written = None
    job = Job(name, work, "database")
    if job.wait():
        _settle(job)
    else:
        state.writing = job


def _settle(job: Job) -> None:
    state.writing = None
    state.database_refusal = None if job.error is None else str(job.error)
    state.written = job.result if job.error is None else None


def _follow() -> None:
    job = state.writing
    if job is None or job.ended:
        if job is not None:
            _settle(job)
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center"):
        done = f" {job.fraction:.0%}" if job.fraction is not None else ""
        st.progress(job.fraction or 0.0, text=f"{md(job.label, 80)}: {job.phase}{done}, {job.seconds:.0f} s", width="stretch")
        st.button("Cancel", key="db_cancel", on_click=job.cancel)
