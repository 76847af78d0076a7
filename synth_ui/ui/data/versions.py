"""What changed since an earlier version of the table was loaded, and what the race said then and says now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from synth_ui.jobs import versions
from synth_ui.ui import access, links
from synth_ui.ui.components import download_frame
from synth_ui.ui.md import count, md, told_apart_by_id
from synth_ui.ui.people import place

if TYPE_CHECKING:
    from synth_ui.jobs.versions import Versions

ASKED = "version"


def offer(table_id: str) -> None:
    """Where an earlier version of the table is in the workspace, offer to say what changed."""
    known = {str(row["id"]): row for row in versions.earlier(access.workspace(), table_id)}
    if not known:
        return
    newest = next(iter(known.values()))
    label = f"What changed since {md(newest['name'], 40)} of {access.moment(newest['created'])}"
    panel = st.expander(label, key="versions", icon=":material/compare_arrows:", on_change="rerun")
    if not panel.open:
        return
    with panel:
        labels = told_apart_by_id({key: _label(row) for key, row in known.items()})
        chosen = st.selectbox(
            "Earlier version", list(known), format_func=labels.__getitem__, **links.choice(ASKED, labels, next(iter(known))),
        )  # fmt: skip
        _show(_versions(place.here(), chosen, table_id))


def _label(row: dict[str, Any]) -> str:
    return f"{row['name']}, {count(int(row['rows']), 'row')}, {access.moment(row['created'])}"


@st.cache_resource(show_spinner="Comparing the two versions", max_entries=8, ttl=60)
def _versions(home: place.Place, before: str, now: str) -> Versions:
    return versions.versions(access.workspace(), before, now)


def _show(found: Versions) -> None:
    st.markdown(md(found.changes.sentence, 900))
    left, right = st.columns(2)
    for side, title, verdict in ((left, "The race then", found.verdict_before), (right, "The race now", found.verdict_now)):
        with side:
            st.markdown(f"**{title}**  \n{md(verdict, 400) if verdict else 'There was no race of this version.'}")
    config: dict[str, Any] = {
        "column": st.column_config.TextColumn("Column", pinned=True),
        "change": st.column_config.TextColumn("Change", width="small"),
        "shift": st.column_config.NumberColumn("Rows that moved", format="percent", help="The share of rows that would have to change cell."),
        "chance": st.column_config.NumberColumn("Chance leaves", format="percent", help="In 19 of 20 tables of these sizes."),
        "blanks_before": st.column_config.NumberColumn("Blank before", format="percent"),
        "blanks_now": st.column_config.NumberColumn("Blank now", format="percent"),
        "said": st.column_config.TextColumn("Levels or range", width="large"),
    }  # fmt: skip
    frame = found.changes.columns.drop(columns="ks").round(3)
    st.dataframe(
        frame, hide_index=True, column_config=config, alt="What changed, one row per column, those that moved most first"
    )
    download_frame(found.changes.columns, "changes")
