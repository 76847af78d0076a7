"""The real table at a glance: what it is, its columns, its first rows, its profile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from synth_ui.ui import access, links
from synth_ui.ui.components import facts
from synth_ui.ui.data import column_review, declared, source
from synth_ui.ui.data import target as asked
from synth_ui.ui.md import count, md
from synth_ui.ui.race import start
from synth_ui.ui.state import CHOOSER, DATA_TAB

if TYPE_CHECKING:
    from synth_ui.tables.profile import Profile

TABS = ("Columns", "First rows", "Profile", "Bounds and levels")


def card(table_id: str) -> None:
    """Draw which table this is, the question what is to be predicted, and the race that can start now."""
    row = access.table_row(table_id)
    target = row["schema"].target
    with st.container(border=True, key="table_card"):
        st.header(md(row["name"]), anchor=False)
        whole = access.workspace().whole(table_id)
        parts = [
            count(row["rows"], "row") if whole is None else f"{row['rows']:,} of {whole['rows']:,} rows taken",
            count(row["columns"], "column"),
            f"target {md(target.name)}" if target else "no target named yet",
        ]
        st.markdown(" · ".join(parts))
        if row["source"]:
            st.caption(f"Source: {md(row['source'], 240)}")
        source.assumptions(row["assumed"])
        asked.question(table_id)
        start.start_button(table_id, where="data")
    source.under_way()


def another() -> None:
    """Draw the way to another table, folded."""
    label = "Use another table: a sample, an upload, a path or a database"
    chooser = st.expander(label, key=CHOOSER, on_change="rerun", icon=":material/table_view:")
    if chooser.open:
        with chooser:
            source.choose()


def tabs(table_id: str) -> None:
    """Draw the views of the table; only the open one is computed."""
    first, second, third, fourth = st.tabs(list(TABS), on_change="rerun", **links.choice(DATA_TAB, list(TABS), next(iter(TABS))))
    if first.open:
        with first:
            column_review.review(table_id)
    if second.open:
        with second:
            column_review.preview(table_id)
    if third.open:
        with third:
            profile(table_id)
    if fourth.open:
        with fourth:
            declared.show(table_id)


def profile(table_id: str) -> None:
    """Draw rows, blanks, duplicates, and each column's distribution."""
    known = access.profile(table_id)
    if access.workspace().whole(table_id) is not None:
        st.caption("Of all rows of the file, of which the table is a sample.")
    facts(
        {
            "Rows": f"{known.rows:,}",
            "Columns": f"{known.width:,}",
            "Blank cells": f"{known.blanks:.1%}",
            "Duplicate rows": f"{known.duplicates:,}",
        },
        {"Duplicate rows": "Rows that stand in the table at least once before."},
    )
    shares = [_shares(known, str(name)) for name in known.columns["column"]]
    frame = known.columns.assign(distribution=shares)
    config = st.column_config
    st.dataframe(
        frame,
        hide_index=True,
        height=38 + 35 * len(frame) if len(frame) <= 20 else 740,
        alt="Per column: kind, distribution, share of blanks, distinct values, range and most frequent value",
        column_order=["column", "kind", "role", "distribution", "blanks", "distinct", "low", "middle", "high", "common"],
        column_config={
            "column": config.TextColumn("Column", pinned=True),
            "kind": config.TextColumn("Kind", width="small"),
            "role": config.TextColumn("Role", width="small"),
            "distribution": config.BarChartColumn(
                "Distribution", y_min=0, help="Share of rows per bin, or per level, most frequent first."
            ),
            "blanks": config.NumberColumn("Blank", format="percent", width="small"),
            "distinct": config.NumberColumn("Distinct", format="localized", width="small"),
            "low": config.TextColumn("Lowest", alignment="right", width="small"),
            "middle": config.TextColumn("Median", alignment="right", width="small"),
            "high": config.TextColumn("Highest", alignment="right", width="small"),
            "common": config.TextColumn("Most frequent"),
        },
    )


def _shares(known: Profile, name: str) -> list[float]:
    counted = known.distributions.get(name)
    return [] if counted is None else [float(share) for share in counted["share"]]
