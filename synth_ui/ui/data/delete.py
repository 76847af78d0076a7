"""What is kept in the workspace, and how to be rid of it: races from the sidebar, tables from the chooser."""

from __future__ import annotations

import streamlit as st

from synth_ui.core.errors import SynthError
from synth_ui.ui import access
from synth_ui.ui.md import count, md
from synth_ui.ui.state import state, widget


def race_menu(race_id: str, label: str) -> None:
    """Draw what can be done with the race looked at: delete it."""
    with st.popover("Delete this race", key="race_menu", type="tertiary", icon=":material/delete:"):
        st.markdown(f"**{md(label, 60)}** with all its candidates and scores will be gone. The table stays.")
        st.button("Delete the race", key=widget("delete_race", race_id), on_click=_delete_race, args=(race_id,))


def _delete_race(race_id: str) -> None:
    from synth_ui.jobs.races.control import delete_race

    try:
        delete_race(access.workspace(), race_id)
    except SynthError as error:
        state.notice = str(error)
        return
    state.race_id = access.latest_race(access.current_table_id())
    state.notice = "The race was deleted."


def tables() -> None:
    """Draw the tables of the workspace, newest first, each to be taken up again or deleted."""
    kept = access.workspace().tables()
    if kept.empty:
        st.caption("The workspace holds no table yet.")
        return
    raced = access.workspace().races()["table_id"].value_counts()
    for row in kept.head(50).to_dict("records"):
        _table(row, int(raced.get(row["id"], 0)))
    if len(kept) > 50:
        st.caption(f"{len(kept) - 50:,} older tables are not shown.")


def _table(row: dict[str, object], races: int) -> None:
    table_id, name = str(row["id"]), md(str(row["name"]), 60)
    what, use, remove = st.columns([6, 2, 2], vertical_alignment="center")
    size = f"{count(int(str(row['rows'])), 'row')}, {count(int(str(row['columns'])), 'column')}, {count(races, 'race')}"
    what.markdown(f"**{name}**  \n:small[{size}]")
    current = table_id == state.table_id
    use.button(
        "In use" if current else "Use", key=widget("use_table", table_id), disabled=current, width="stretch",
        help=f"Take up {name} again.", on_click=access.select_table, args=(table_id,),
    )  # fmt: skip
    with remove.popover("Delete", key=widget("table_menu", table_id), width="stretch"):
        st.markdown(f"**{name}**, its {count(races, 'race')} and everything computed from its rows will be gone.")
        st.button("Delete the table", key=widget("delete_table", table_id), on_click=_delete_table, args=(table_id,))


def _delete_table(table_id: str) -> None:
    from synth_ui.jobs.races.control import delete_table

    try:
        delete_table(access.workspace(), table_id)
    except SynthError as error:
        state.notice = str(error)
        return
    if state.table_id == table_id:
        state.table_id = state.race_id = None
    state.notice = "The table was deleted."
