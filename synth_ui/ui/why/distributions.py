"""Real and synthetic values: all columns at a glance, the one that differs most first, each opened large by a click."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from synth_ui.core.formats.durations import is_duration
from synth_ui.ui import access, links
from synth_ui.ui.components import chart, download_frame, one_tab_at_a_time
from synth_ui.ui.decide import score_cards
from synth_ui.ui.decide.race_view import View
from synth_ui.ui.md import count, md
from synth_ui.ui.state import widget
from synth_ui.ui.why import coverage, rows

if TYPE_CHECKING:
    from synth_ui.plots.chart import Chart
    from synth_ui.plots.columns_and_pairs.small_multiples import Small

SMALL_WIDTH = 190
"""Of a small picture at the least, in pixels: two stand beside each other in a window of 900."""

AT_FIRST = 60
"""So many columns are drawn before the visitor asks for all."""


def show(view: View, chosen: Sequence[str]) -> None:
    """Draw the columns, or rows side by side, then what the measures say of single columns."""
    if not chosen:
        st.caption("Choose a candidate to see its columns beside the real ones.")
        return
    one_tab_at_a_time({"Columns": partial(_columns, view, chosen), "Rows": partial(rows.show, view, chosen)}, "distributions_tab")
    st.header("What the measures say", anchor=False)
    score_cards.scores(view, chosen, measures=("margins", "detectability"))


def _columns(view: View, chosen: Sequence[str]) -> None:
    chosen = view.with_rows(chosen)
    if not chosen:
        st.caption("Nothing to draw, because no rows can be read; which files they were in stands below.")
        return
    columns = worst_first(view, tuple(chosen))
    if columns.empty:
        st.caption(coverage.why_not(view, chosen, "margins"))
    else:
        _wall(view, chosen, columns)
        _numbers(view, chosen)


def worst_first(view: View, chosen: tuple[str, ...]) -> pd.DataFrame:
    """Return `column, kind, score` (mean over the chosen candidates), worst first."""
    found = [frame for name in chosen if (frame := view.detail(name, "margins", "columns")) is not None]
    if not found:
        return pd.DataFrame(columns=["column", "kind", "score"])
    together = pd.concat(found).groupby(["column", "kind"], observed=True, as_index=False)["score"].mean()
    return together.sort_values("score", kind="stable").reset_index(drop=True)


def _wall(view: View, chosen: Sequence[str], columns: pd.DataFrame) -> None:
    """Draw every column in small, worst first; a search narrows them, a click on a name opens the large chart."""
    from synth_ui.plots.columns_and_pairs import small_multiples

    words = st.text_input(
        "Search columns", placeholder="part of a name", live=True, persist_state="session", **links.words("column_search")
    )
    found = columns[columns["column"].astype(str).str.contains(str(words or ""), case=False, regex=False)]
    if found.empty:
        st.caption(f"No column has “{md(words)}” in its name; there are {count(len(columns), 'column')}.")
        return
    everything = len(found) <= AT_FIRST or st.toggle(f"Show all {len(found):,} columns", **links.switch("all_columns"))
    shown = found if everything else found.head(AT_FIRST)
    numbers = {view.title(name): view.number(name) for name in chosen}
    dark = st.context.theme.type == "dark"
    legend, said = small_multiples.key(numbers, dark=dark)
    st.image(legend, alt=said)
    st.caption(
        "The column that differs most comes first; its name opens it large. Beside each dot: how many rows would have to change."
    )
    with st.grid(4, min_column_width=SMALL_WIDTH, gap="small") as grid:
        for place, row in enumerate(shown.to_dict("records")):
            column, kind = str(row["column"]), str(row["kind"])
            drawn = view.once(("small", dark, column, *chosen), partial(_small, view, chosen, column, kind, dark))
            with grid.container(border=True, gap=None, key=widget("small", place)):
                if st.button(
                    md(column, 26),
                    key=widget("large", place),
                    type="tertiary",
                    icon=":material/zoom_in:",
                ):
                    links.ask("column", column)
                st.image(drawn.markup, width="stretch", alt=drawn.alt)
    kinds = dict(zip(columns["column"].astype(str), columns["kind"].astype(str), strict=True))
    opened = links.asked("column", kinds.__contains__)
    if opened is not None:
        large = st.dialog(md(opened), width="large", on_dismiss=_close)
        large(partial(_large, view, chosen, opened, kinds[opened]))()


def _close() -> None:
    links.ask("column", None)


def _small(view: View, chosen: Sequence[str], column: str, kind: str, dark: bool) -> Small:
    from synth_ui.plots.columns_and_pairs.small_multiples import small

    return small(_bins(view, chosen, column), column, kind, dark=dark)


def _large(view: View, chosen: Sequence[str], column: str, kind: str) -> None:
    """Draw one column large."""
    from synth_ui.plots.columns_and_pairs.columns import distribution

    def draw() -> Chart:
        known = access.split(view.race.split_id).schema[column]
        return distribution(_bins(view, chosen, column), column, kind, unit="seconds" if is_duration(known.format) else "")

    chart(view.picture(("column", column, *chosen), draw), "column-large")


def _bins(view: View, chosen: Sequence[str], column: str) -> pd.DataFrame:
    from synth_ui.plots.binning import bin_column

    split = view.split
    values = {view.title(name): access.synthetic(view.run_ids[name])[column] for name in chosen}
    numbers = {view.title(name): view.number(name) for name in chosen}
    bins = bin_column(split.holdout.frame[column], values, split.schema[column])
    return bins.assign(number=bins["candidate"].map(numbers))


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
