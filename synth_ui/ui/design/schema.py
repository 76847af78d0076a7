"""Designing a table by its schema: edit the columns, see the first rows at once, make as many as wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from synth_ui.core.errors import SynthError
from synth_ui.ui import access
from synth_ui.ui.design import columns, designed
from synth_ui.ui.md import md, told_apart_by_id
from synth_ui.ui.people import downloads
from synth_ui.ui.state import state, widget

if TYPE_CHECKING:
    from synth_ui.generators.from_nothing.blueprint import Blueprint

EDITOR = "schema"
PREVIEW = 12


def show() -> None:
    """Draw where a schema comes from, its editor, its first rows, and what was made."""
    from synth_ui.generators.from_nothing.blueprint import Blueprint
    from synth_ui.generators.from_nothing.schema import EXAMPLE

    st.markdown(
        "Say what each column holds. Rows are drawn column by column, from nothing: there is no relationship between them."
    )
    _begin()
    blueprint = columns.editor(EDITOR, Blueprint.from_json(EXAMPLE), columns.PARTS)
    if blueprint is not None:
        _preview(blueprint)
        downloads.button(
            "Download the schema as JSON", data=blueprint.to_json(), file_name="schema.json", key="schema_json", on_click="ignore",
            type="tertiary", icon=":material/download:", help="For the command line: synth-ui design schema --schema schema.json",
        )  # fmt: skip
    designed.make("schema", None if blueprint is None else {"declaration": blueprint.to_json()}, "Rows", 1_000, 100_000_000)
    designed.outcomes("schema")


def _begin() -> None:
    """Draw the ways to begin: a table of the workspace without its values, or a file with a schema."""
    with st.expander("Begin with the schema of a real table, or with a file", key="schema_begin", icon=":material/content_copy:"):
        tables = access.workspace().tables()
        names = told_apart_by_id(dict(zip(tables["id"].astype(str), tables["name"].astype(str), strict=True)))
        left, right = st.columns([3, 2], vertical_alignment="bottom")
        chosen = left.selectbox(
            "Table", list(names), format_func=lambda table_id: names.get(table_id, table_id), key="schema_table",
            help="Names, kinds, ranges, levels and shares of blanks are taken, ranges rounded outwards; no row and no frequency.",
        )  # fmt: skip
        right.button(
            "Take its schema", key="schema_take", on_click=_take, args=(chosen,), disabled=chosen is None, width="stretch"
        )
        key = widget("schema_file", state.uploads)
        st.file_uploader("A schema as JSON", type=["json"], key=key, on_change=_read, args=(key,))


def _take(table_id: str) -> None:
    from synth_ui.generators.from_nothing.blueprint import Blueprint

    try:
        columns.replace(EDITOR, Blueprint.of(access.table(table_id)))
    except SynthError as error:
        state.notice = str(error)


def _read(key: str) -> None:
    from synth_ui.generators.from_nothing.blueprint import Blueprint

    file = st.session_state.get(key)
    if file is None:
        return
    try:
        columns.replace(EDITOR, Blueprint.from_json(file.getvalue().decode("utf-8", errors="replace")))
    except SynthError as error:
        state.notice = str(error)
    state.uploads += 1


def _preview(blueprint: Blueprint) -> None:
    from synth_ui.core.context import Context
    from synth_ui.generators.from_nothing.drawing import draw

    try:
        frame = draw(blueprint, PREVIEW, Context(int(st.session_state.get(widget("design_seed", "schema"), 0))))
    except SynthError as error:
        st.error(md(error, 500), title="No rows can be drawn yet")
        return
    designed.rows_of(frame, "The first rows of the declared table")
    st.caption(f"The first {PREVIEW} rows, as they will be in the file whatever its length.")
