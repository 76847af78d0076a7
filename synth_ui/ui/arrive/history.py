"""The history: every table and race with its outcome, to be found, named, noted, starred, deleted and brought back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from synth_ui.core.errors import SynthError
from synth_ui.jobs.summary import Summary
from synth_ui.store import history as kept
from synth_ui.store.history import BIN_DAYS, MOST_NAME, MOST_NOTE, Thing
from synth_ui.ui import access, links
from synth_ui.ui.arrive import parcels, start
from synth_ui.ui.data.delete import bring_back, delete
from synth_ui.ui.md import count, md
from synth_ui.ui.state import state, widget

MOST_SHOWN = 50
COMPUTED_AT_ONCE = 3
"""How many races are summed up anew each time the page is drawn."""


def show() -> None:
    """Draw the search, the races, the tables and the bin."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        wanted = (
            str(st.text_input("Search names, notes and results", placeholder="churn", **links.words("history_search")) or "")
            .strip()
            .lower()
        )
        starred = bool(st.toggle("Starred only", **links.switch("history_starred")))
    _races(wanted, starred)
    _tables(wanted, starred)
    parcels.whole(under_way=any(race["active"] for race in start.races()))
    _bin()


def _races(wanted: str, starred: bool) -> None:
    st.header("Races", anchor=False)
    left, shown = COMPUTED_AT_ONCE, 0
    for race in start.races():
        said = start.came_to(race, compute=left > 0)
        left -= not race["summary"] and said is not None
        if _found(race, wanted, starred, said) and shown < MOST_SHOWN:
            shown += 1
            _entry("race", race, start.outcome_words(race, said) + f" · table {md(race['table'], 60)}")
    if not shown:
        st.caption("No race holds that." if wanted or starred else "No race yet: start one from the page of a table.")


def _tables(wanted: str, starred: bool) -> None:
    st.header("Tables", anchor=False)
    tables, races = worked_with(), access.workspace().races()["table_id"].value_counts()
    shown = [row for row in tables.to_dict("records") if _found(row, wanted, starred, None)][:MOST_SHOWN]
    for row in shown:
        target = access.table_row(str(row["id"]))["schema"].target
        said = [
            access.moment(row["used"]) or access.moment(row["created"]),
            f"{count(int(row['rows']), 'row')}, {count(int(row['columns']), 'column')}",
            f"target {md(target.name, 40)}" if target else "no target",
            count(int(races.get(row["id"], 0)), "race"),
        ]
        _entry("table", row, " · ".join(said))
    if not shown:
        st.caption("No table holds that." if wanted or starred else "No table yet.")


def worked_with() -> pd.DataFrame:
    """Return the tables that are listed: neither in the bin, nor changed into another before anybody raced on them."""
    tables, races = access.workspace().tables(), access.workspace().races()
    return tables[tables["used"].notna() | tables["id"].isin(races["table_id"])]


def _found(row: Mapping[str, Any], wanted: str, starred: bool, said: Summary | None) -> bool:
    text = f"{row['name']} {row['note']} {row.get('table', '')} {row.get('source', '')} {said.finding if said else ''}".lower()
    return wanted in text and (bool(row["starred"]) or not starred)


def _entry(thing: Thing, row: Mapping[str, Any], said: str) -> None:
    """Draw one table or race: its name, what is known of it, its note, and what can be done."""
    key, name = str(row["id"]), md(str(row["name"]) or thing, 80)
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=widget("entry", thing, key)):
        star = ":material/star: " if row["starred"] else ""
        note = f"  \n{md(row['note'], 300)}" if row["note"] else ""
        st.markdown(f"{star}**{name}**  \n:small[{said}]{note}", width="stretch")
        st.button("Open", key=widget("history_open", key), help=f"Open {name}", on_click=_open, args=(thing, dict(row)))
        with st.popover("Edit", key=widget("history_edit", key)):
            _edit(thing, row)
        if thing == "race":
            parcels.export_race(row)
        st.button(
            "Delete",
            key=widget("history_delete", key),
            help=f"Delete {name}; for {BIN_DAYS} days it can be brought back",
            on_click=delete,
            args=(thing, key, str(row["name"])),
            disabled=access.read_only(),
        )


def _open(thing: Thing, row: dict[str, Any]) -> None:
    if thing == "table":
        start.use(str(row["id"]))
    else:
        start.enter(row)


def _edit(thing: Thing, row: Mapping[str, Any]) -> None:
    key = str(row["id"])
    with st.form(widget("history_form", key), border=False):
        st.text_input("Name", value=str(row["name"]), max_chars=MOST_NAME, key=widget("history_name", key))
        st.text_area("Note", value=str(row["note"]), max_chars=MOST_NOTE, key=widget("history_note", key))
        st.checkbox("Star", value=bool(row["starred"]), key=widget("history_star", key))
        st.form_submit_button("Keep", on_click=_keep, args=(thing, key), disabled=access.read_only())


def _keep(thing: Thing, key: str) -> None:
    values = {name: st.session_state[widget(f"history_{name}", key)] for name in ("name", "note", "star")}
    try:
        kept.describe(access.workspace(), thing, key, name=values["name"], note=values["note"], starred=values["star"])
    except SynthError as error:
        state.notice = f"Nothing was changed. {error}"
    access.forget_row(key)


def _bin() -> None:
    found = kept.bin_of(access.workspace())
    if found.empty:
        return
    with st.expander(f"Deleted, {count(len(found), 'thing')}", key="history_bin"):
        st.caption(f"Deleted for good {BIN_DAYS} days after it was put here.")
        for row in found.head(MOST_SHOWN).to_dict("records"):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"{row['thing']} **{md(row['name'])}** :small[{access.moment(row['deleted'])}]", width="stretch")
                st.button(
                    "Bring back",
                    key=widget("bring_back", row["id"]),
                    on_click=bring_back,
                    args=(row["thing"], str(row["id"])),
                    disabled=access.read_only(),
                )
        st.button("Delete all of it for good", key="empty_bin", on_click=_empty, disabled=access.read_only())


def _empty() -> None:
    number = kept.empty_bin(access.workspace(), days=0)
    state.undo = None
    state.notice = f"{count(number, 'thing')} deleted for good."
