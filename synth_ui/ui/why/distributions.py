"""Real and synthetic values, column by column, the column that differs most first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from synth_ui.core.durations import is_duration
from synth_ui.ui import access
from synth_ui.ui.components import chart, download_frame
from synth_ui.ui.decide import score_cards
from synth_ui.ui.decide.race_view import View
from synth_ui.ui.md import count, md
from synth_ui.ui.state import widget

if TYPE_CHECKING:
    from synth_ui.plots.chart import Chart

PER_PAGE = 4


def show(view: View, chosen: Sequence[str]) -> None:
    """Draw what the measures say of single columns, then the columns themselves."""
    if not chosen:
        st.caption("Choose a candidate to see its columns beside the real ones.")
        return
    columns = worst_first(view, tuple(chosen))
    if columns.empty:
        st.caption("The columns have not been compared yet.")
    else:
        _wall(view, chosen, columns)
        _numbers(view, chosen)
    st.subheader("What the measures say", anchor=False)
    score_cards.scores(view, chosen, measures=("margins", "detectability"))


def worst_first(view: View, chosen: tuple[str, ...]) -> pd.DataFrame:
    """Return `column, kind, score` (mean over the chosen candidates), worst first."""
    found = [frame for name in chosen if (frame := view.detail(name, "margins", "columns")) is not None]
    if not found:
        return pd.DataFrame(columns=["column", "kind", "score"])
    together = pd.concat(found).groupby(["column", "kind"], observed=True, as_index=False)["score"].mean()
    return together.sort_values("score", kind="stable").reset_index(drop=True)


@st.fragment
def _wall(view: View, chosen: Sequence[str], columns: pd.DataFrame) -> None:
    """Draw the charts page by page; a search narrows them. A fragment: turning the page redraws nothing else."""
    words = st.text_input("Search columns", key="column_search", placeholder="part of a name", live=True, persist_state="session")
    found = columns[columns["column"].astype(str).str.contains(str(words or ""), case=False, regex=False)]
    if found.empty:
        st.caption(f"No column has “{md(words)}” in its name; there are {count(len(columns), 'column')}.")
        return
    pages = -(-len(found) // PER_PAGE)
    page = min(st.pagination(pages, key=widget("column_page", words)), pages) if pages > 1 else 1
    shown = found.iloc[(page - 1) * PER_PAGE : page * PER_PAGE]
    with st.grid(2, min_column_width=340) as grid:
        for place, row in enumerate(shown.to_dict("records")):
            with grid.cell():
                _column(view, chosen, str(row["column"]), str(row["kind"]), place)


def _column(view: View, chosen: Sequence[str], column: str, kind: str, place: int) -> None:
    """Draw one column; the key is the place on the wall, so that turning the page redraws charts instead of making new ones."""
    from synth_ui.plots.columns import distribution

    def draw() -> Chart:
        runs = tuple((view.title(name), view.run_ids[name]) for name in chosen)
        known = access.split(view.race["split_id"]).schema[column]
        return distribution(
            _bins(view.race["split_id"], runs, column), column, kind, unit="seconds" if is_duration(known.format) else ""
        )

    chart(view.picture(("column", column, *chosen), draw), widget("column", place))


def _bins(split_id: str, runs: tuple[tuple[str, str], ...], column: str) -> pd.DataFrame:
    from synth_ui.plots.binning import bin_column

    split = access.split(split_id)
    values = {title: access.synthetic(run_id)[column] for title, run_id in runs}
    return bin_column(split.holdout.frame[column], values, split.schema[column])


def _numbers(view: View, chosen: Sequence[str]) -> None:
    """Draw the numbers behind the pictures on request."""
    numbers = st.expander("Numbers per column", key="column_numbers", on_change="rerun")
    if not numbers.open:
        return
    frames = [
        frame.assign(candidate=view.title(name))
        for name in chosen
        if (frame := view.detail(name, "margins", "columns")) is not None
    ]
    together = pd.concat(frames, ignore_index=True)
    together = together[["candidate", *(name for name in together.columns if name != "candidate")]]
    with numbers:
        config = {name: st.column_config.NumberColumn(format="%.3f") for name in together.select_dtypes("number").columns}
        st.dataframe(together, hide_index=True, column_config=config, alt="How much each column differs, per candidate")
        download_frame(together, "columns")
