"""Bounds, levels and blanks as the owner states them: what formal privacy takes as known to all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import streamlit as st

from synth_ui.ui import access
from synth_ui.ui.data import column_review
from synth_ui.ui.md import count
from synth_ui.ui.people import place
from synth_ui.ui.state import state, widget

if TYPE_CHECKING:
    import pandas as pd


@st.cache_resource(show_spinner=False, max_entries=8)
def _frame(home: place.Place, table_id: str) -> pd.DataFrame:
    from synth_ui.tables.declare import declaration_frame

    return declaration_frame(access.table(table_id))


def show(table_id: str) -> None:
    """Draw the declaration, one row per learned column; every change makes a new table."""
    frame = _frame(place.here(), table_id)
    missing = int((~frame["declared"]).sum())
    st.caption(
        "Only generators with formal privacy read this. The values here were found in the rows, which no privacy budget pays for. Replace "
        "them by what you would have said without looking, such as ages from 0 to 120 and every level the form allows, and tick "
        f"declared. {count(missing, 'column')} not declared so far."
    )
    config = st.column_config
    st.data_editor(
        frame,
        height=38 + 35 * len(frame) if len(frame) <= 20 else 740,
        key=_editor_key(table_id),
        hide_index=True,
        alt="Bounds, levels and blanks of each column, and whether its owner declared them",
        column_config={
            "name": config.TextColumn("Column", disabled=True, pinned=True),
            "kind": config.TextColumn("Kind", disabled=True, width="small"),
            "low": config.TextColumn("Lowest", help="A number, or a date such as 2024-01-31."),
            "high": config.TextColumn("Highest"),
            "levels": config.TextColumn("Levels", width="large", help="Separated by semicolons."),
            "nullable": config.CheckboxColumn("May be blank"),
            "declared": config.CheckboxColumn("Declared", help="Stated by you, not read off the rows."),
        },
        on_change=_edited,
        args=(table_id,),
        disabled=access.read_only(),
    )


def _editor_key(table_id: str) -> str:
    return widget("declare", table_id, state.refused_edits)


def _edited(table_id: str) -> None:
    apply_edits(table_id, st.session_state[_editor_key(table_id)]["edited_rows"])


def apply_edits(table_id: str, changed: Mapping[int, Mapping[str, Any]]) -> None:
    """Take over what was declared: per row, the cells that are new; a cell that was changed is declared."""
    from synth_ui.tables.declare import declare

    frame = _frame(place.here(), table_id)
    edits = [{**frame.iloc[int(row)].to_dict(), "declared": True, **cells} for row, cells in changed.items()]
    column_review.take_over(table_id, lambda table: declare(table, edits))
