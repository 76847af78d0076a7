"""What is kept in the workspace, and how to be rid of it: races from the sidebar, tables from the chooser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from synth_ui.core.errors import SynthError
from synth_ui.ui import access
from synth_ui.ui.md import count, md
from synth_ui.ui.state import state, widget

if TYPE_CHECKING:
    from synth_ui.store.history import Thing


def race_menu(race_id: str, label: str) -> None:
    """Draw what can be done with the race looked at: delete it."""
    with st.popover("Delete this race", key="race_menu", type="tertiary", icon=":material/delete:"):
        st.markdown(
            f"**{md(label, 60)}** with all its candidates and scores will be deleted; for a week it can be brought back. The table stays."
        )
        st.button(
            "Delete the race",
            key=widget("delete_race", race_id),
            on_click=delete,
            args=("race", race_id, label),
            disabled=access.read_only(),
        )


def delete(thing: Thing, key: str, name: str) -> None:
    """Put a table or a race into the bin, stop what of it is under way, and say how it comes back."""
    from synth_ui.jobs.races.control import put_away

    try:
        put_away(access.workspace(), thing, key)
    except SynthError as error:
        state.notice = str(error)
        return
    if key in (state.table_id, state.race_id):
        state.race_id = None
        state.table_id = None if thing == "table" else state.table_id
    state.undo = (thing, key, name)


def undo() -> None:
    """Offer to bring back what was deleted last."""
    if state.undo is None:
        return
    thing, key, name = state.undo
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="undo"):
        st.markdown(f"The {thing} **{md(name)}** was deleted.", width="stretch")
        st.button(
            "Undo", key="undo_delete", icon=":material/undo:", on_click=bring_back, args=(thing, key), disabled=access.read_only()
        )
        st.button("Dismiss", key="undo_dismiss", type="tertiary", on_click=_dismiss)


def _dismiss() -> None:
    state.undo = None


def bring_back(thing: Thing, key: str) -> None:
    """Take a table or a race out of the bin."""
    from synth_ui.store import history

    try:
        history.bring_back(access.workspace(), thing, key)
    except SynthError as error:
        state.notice = str(error)
    state.undo = None


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
        st.markdown(
            f"**{name}**, its {count(races, 'race')} and everything computed from its rows will be deleted; for a week they can be brought back."
        )
        st.button(
            "Delete the table",
            key=widget("delete_table", table_id),
            on_click=delete,
            args=("table", table_id, str(row["name"])),
            disabled=access.read_only(),
        )
