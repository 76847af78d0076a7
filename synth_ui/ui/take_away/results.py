"""Taking results away: the report, a candidate's rows, more rows from a fitted sampler, and the script that makes them again."""

from __future__ import annotations

from functools import partial

import streamlit as st

from synth_ui.core.run import RunKind
from synth_ui.ui import access, links
from synth_ui.ui.components import in_place, one_of
from synth_ui.ui.decide import asked, choose
from synth_ui.ui.decide.race_view import View
from synth_ui.ui.md import count, md
from synth_ui.ui.people import downloads
from synth_ui.ui.state import follow
from synth_ui.ui.take_away import documents, more_rows, to_database
from synth_ui.ui.take_away.files import FORMATS, download, file_name

EXCEL_ROWS = 1_048_575

NO_SCRIPT = {
    RunKind.FILE: "This candidate came as a file; how it was made is not known here.",
    RunKind.TREATED: "Something was done about exposed training rows before this candidate was made; no script repeats that.",
    RunKind.DRAWN: "These rows were drawn from another candidate: its script fits it, and its sampler draws more.",
}
"""Of which kinds of candidates there is no script, and why."""


def show(view: View) -> None:
    """Draw the things to take away."""
    for part in (documents.show_card, documents.show_report):
        with in_place():
            part(view)
    st.header("Rows of a candidate", anchor=False)
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    first = offered(view)
    moved = follow("take_candidate", first, keep=links.arrived())
    name = left.selectbox(
        "Candidate", view.names, index=0 if moved else view.names.index(first), format_func=view.title, persist_state="session",
        **links.choice("take_candidate", {name: view.title(name) for name in view.names}, first),
    )  # fmt: skip
    with right:
        kind = one_of("Format", {name: name for name in FORMATS}, "take_format", bind=True) or "CSV"
    safe = kind != "Parquet" and _neutralised()
    for draw in (
        partial(_rows, view, name, kind, safe), partial(to_database.show, view, name),
        partial(more_rows.show, view, name, kind, safe), partial(_script, view, name),
    ):  # fmt: skip
        with in_place():
            draw()


def _neutralised() -> bool:
    """Ask whether a file for a spreadsheet may hold formulas; it may not unless somebody says so."""
    safe = st.toggle(
        "Neutralise spreadsheet formulas", value=True, key="take_safe", persist_state="session",
        help="Texts that start with = + - or @ and are no numbers get an apostrophe in front, so that no spreadsheet runs them.",
    )  # fmt: skip
    if not safe:
        st.caption(
            "Texts are written as they are. A spreadsheet runs those that are formulas: load the file as data, do not open it."
        )
    return bool(safe)


def offered(view: View) -> str:
    """Return whose rows are offered: those of the candidate the decision card is of, else of the first that has rows."""
    chosen = choose.standing(view.race_id)
    group = chosen.candidate if chosen is not None else view.verdict(asked.current()).leader
    members = view.outcome.groups.get(group, ()) if group is not None else ()
    return next((name for name in members if name in view.names), view.names[0])


def _rows(view: View, name: str, kind: str, safe: bool) -> None:
    run_id = view.run_ids[name]
    rows = int(view.runs.set_index("id").loc[run_id, "rows"])
    if kind == "Excel" and rows > EXCEL_ROWS:
        st.caption(f"Excel holds {EXCEL_ROWS:,} rows; {md(view.title(name))} has {rows:,}. Take CSV or Parquet.")
        return
    access.workspace().look_at_synthetic(run_id)  # before a button is offered that would not work
    label = f"Download {count(rows, 'row')} as {kind}"
    download(label, lambda: access.synthetic(run_id), view, kind, safe, file_name(view, name), "take_rows")


def _written(view: View, name: str, notebook: bool) -> str:
    return documents.comparison(view).script(name, notebook=notebook)


def _script(view: View, name: str) -> None:
    st.header("Script", anchor=False)
    refused = NO_SCRIPT.get(RunKind(view.runs.set_index("id").loc[view.run_ids[name], "kind"]))
    if refused:
        st.caption(refused)
        return
    text = str(view.once(("script", name), lambda: _written(view, name, False)))
    st.caption("Makes these rows again, with the same package, settings and seeds.")
    with st.expander("Read the script", key="read_script"):
        st.code(text, language=None, wrap_lines=True)  # a box that scrolls cannot be scrolled by keys
    with st.container(horizontal=True):
        downloads.button(
            "Download the script", data=text, file_name=f"{file_name(view, name)}.py", mime="text/x-python", key="script",
            icon=":material/code:", on_click="ignore",
        )  # fmt: skip
        downloads.button(
            "The same as a notebook", data=lambda: _written(view, name, True).encode(), file_name=f"{file_name(view, name)}.ipynb",
            mime="application/x-ipynb+json", key="notebook", icon=":material/book_2:", on_click="ignore",
        )  # fmt: skip
