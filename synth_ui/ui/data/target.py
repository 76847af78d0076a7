"""The question which column a model would predict, asked beside the start of a race: proposed with its reasons, confirmed or refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from synth_ui.ui import access
from synth_ui.ui.data import column_review
from synth_ui.ui.md import md
from synth_ui.ui.people import place
from synth_ui.ui.state import state, widget

if TYPE_CHECKING:
    from synth_ui.tables.target import Proposal


@st.cache_resource(show_spinner=False, max_entries=8)
def _proposal(home: place.Place, table_id: str) -> Proposal | None:
    from synth_ui.tables.target import propose_target

    return propose_target(access.table(table_id))


def question(table_id: str) -> None:
    """Ask for the target where none is named: propose one with its reasons, or say what is missed without one."""
    row = access.table_row(table_id)
    if row["schema"].target is not None:
        return
    proposed = _proposal(place.here(), table_id)
    if proposed is None or (row["name"], proposed.name) in state.refused_targets:
        st.caption(
            "No target is named: every column is then predicted in turn, and usefulness takes no part in the verdict. If a model is to "
            "predict one column, name it below."
        )
        return
    name = md(proposed.name, 40)
    with st.container(horizontal=True, vertical_alignment="center", key="target_question"):
        st.markdown(f":material/help: Would a model predict **{name}**? {md(proposed.sentence, 200)}")
        st.button(
            f"Yes, predict {name}",
            key=widget("target_yes", table_id),
            on_click=column_review.set_target,
            args=(table_id, proposed.name),
            disabled=access.read_only(),
        )
        st.button(
            "No",
            key=widget("target_no", table_id),
            help=f"{name} is not the target",
            on_click=_refuse,
            args=(row["name"], proposed.name),
        )
    st.caption("As long as no target is named, usefulness takes no part in the verdict.")


def _refuse(table: str, column: str) -> None:
    state.refused_targets = state.refused_targets | {(table, column)}
