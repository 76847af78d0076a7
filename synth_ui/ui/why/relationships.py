"""Relationships between columns: the matrices, what is lost, what is invented, and any pair in detail."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Literal

import streamlit as st

from synth_ui.ui import access, links
from synth_ui.ui.components import download_frame, folded, fragment, in_place, picture
from synth_ui.ui.decide import score_cards
from synth_ui.ui.decide.race_view import View
from synth_ui.ui.md import md
from synth_ui.ui.state import PAIR_FIRST, PAIR_SECOND, widget
from synth_ui.ui.take_away import save_chart
from synth_ui.ui.why import coverage

if TYPE_CHECKING:
    import pandas as pd

    from synth_ui.plots.chart import Chart

Which = Literal["real", "synthetic", "difference"]

STRENGTH = (
    "Strength of each relationship: correlation of two numbers, corrected Cramér's V of two categories, correlation ratio of both. Columns that "
    "go together among real rows stand beside each other, in the same order everywhere."
)


def show(view: View, chosen: Sequence[str]) -> None:
    """Draw the matrices, the pair explorer, and what the measures say."""
    if not chosen:
        st.caption("Choose a candidate to see its relationships beside the real ones.")
        return
    _matrices(view, chosen)
    _explorer(view, chosen)
    _triples(view, chosen)
    cards = partial(score_cards.scores, view, chosen, measures=("pairs", "triples", "dependence"))
    folded(score_cards.TITLE, cards, "relationship_measures")


@fragment
def _matrices(view: View, chosen: Sequence[str]) -> None:
    """Draw real, synthetic and difference beside each other, candidates in columns, all in one order and in the same colours."""
    from synth_ui.plots.columns_and_pairs import pairs

    st.header("All pairs", anchor=False, help=STRENGTH)
    frames = {name: frame for name in chosen if (frame := view.detail(name, "dependence", "associations")) is not None}
    if not frames:
        st.caption(coverage.why_not(view, chosen, "dependence"))
        return
    shared = view.once(("look", *frames), lambda: pairs.look(list(frames.values())))

    def draw(name: str, which: Which) -> Chart:
        return view.picture(("matrix", name, which, *frames), partial(pairs.associations, frames[name], which, shared))

    _triptych(view, list(frames), "matrix", draw)


def _triptych(view: View, names: Sequence[str], key: str, draw: Callable[[str, Which], Chart]) -> None:
    """Draw the real rows and each candidate in one line, and under each candidate its difference; one candidate fills one line."""
    columns = min(len(names), 2) + 1
    for start in range(0, len(names), 2):
        line = names[start : start + 2]
        with st.grid(columns, min_column_width=270, gap="small") as grid:
            with grid.cell():
                _panel(draw(line[0], "real"), widget(key, "real", start), "Real rows")
            for name in line:
                with grid.cell():
                    _panel(draw(name, "synthetic"), widget(key, "synthetic", name), view.title(name))
            if columns == 3 and len(line) == 1 and len(names) > 1:
                with grid.cell():
                    _panel(draw(line[0], "difference"), widget(key, "difference", line[0]), f"{view.title(line[0])}: difference")
                continue
            if columns == 3:
                with grid.cell():
                    st.caption(
                        "Differences are synthetic minus real. Red is too weak or too few, cyan too strong or too many; a cross marks a relationship "
                        "that real rows do not have. Drag over a part to enlarge it."
                    )
            for name in line:
                with grid.cell():
                    _panel(
                        draw(name, "difference"), widget(key, "difference", name), f"{view.title(name)}: difference", titled=True
                    )


def _panel(drawn: Chart, key: str, who: str, *, titled: bool = False) -> None:
    """Draw one panel: what it is, its finding where it is asked for, and the picture."""
    with st.container(border=True, height="stretch", gap="xsmall", key=widget("panel", key)):
        st.markdown(f"**{md(who, 60)}**")
        picture(drawn, widget("plot", key))
        if titled:
            st.caption(md(drawn.title, 200))
            st.space("stretch")
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
            if titled:
                download_frame(drawn.data, key)
            save_chart.buttons(who)


def _largest(view: View, chosen: Sequence[str]) -> None:
    """Offer the relationships that differ most, to be looked at one by one."""
    import pandas as pd

    names = {column.name for column in view.schema.modelled}
    frames = [frame for name in chosen if (frame := view.detail(name, "dependence", "associations")) is not None]
    if not frames:
        return
    together = pd.concat([frame.assign(off=(frame["synthetic"].abs() - frame["real"].abs()).abs()) for frame in frames])
    worst = together.groupby(["first", "second"], observed=True, as_index=False)["off"].max().nlargest(4, "off")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption("Largest differences:")
        for place, row in enumerate(worst.to_dict("records")):
            first, second = str(row["first"]), str(row["second"])
            if {first, second} <= names:
                st.button(
                    md(f"{first} and {second}, {row['off']:.2f}", 60), key=widget("worst_pair", place), on_click=_look_at, args=(first, second)
                )  # fmt: skip


def _look_at(first: str, second: str) -> None:
    st.session_state[PAIR_FIRST], st.session_state[PAIR_SECOND] = first, second


def _triples(view: View, chosen: Sequence[str]) -> None:
    """Draw the worst three-way tables, where they were asked for."""
    from synth_ui.plots.columns_and_pairs.shares import triples

    if any(view.detail(name, "triples", "triples") is not None for name in chosen):
        folded(
            "Three columns at a time", partial(coverage.wall, view, chosen, [("triples", "triples", triples)]), "three_at_a_time"
        )


@fragment
def _explorer(view: View, chosen: Sequence[str]) -> None:
    st.header("One pair", anchor=False)
    names = [column.name for column in view.schema.modelled]
    if len(names) < 2:
        st.caption("The table has fewer than two columns that are compared.")
        return
    _largest(view, chosen)
    first, second = _start(view, chosen[0], names)
    left, right = st.columns(2)
    across = left.selectbox(
        "Across", names, index=names.index(first), persist_state="session", **links.choice(PAIR_FIRST, names, first)
    )
    upward = right.selectbox(
        "Upward", names, index=names.index(second), persist_state="session", **links.choice(PAIR_SECOND, names, second)
    )
    if across == upward:
        st.caption("Choose two different columns.")
        return
    with in_place():
        _drawn_pair(view, view.with_rows(chosen), across, upward)


def _drawn_pair(view: View, chosen: Sequence[str], across: str, upward: str) -> None:
    """Draw one pair: real, synthetic and difference."""
    bins = {name: view.once(("bins", name, across, upward), partial(_pair, view, name, across, upward)) for name in chosen}

    def draw(name: str, which: Which) -> Chart:
        from synth_ui.plots.columns_and_pairs import pairs

        tops = pairs.pair_tops(list(bins.values()))
        return view.picture(("pair", name, across, upward, which, *chosen), partial(pairs.pair_grid, bins[name], which, tops))

    _triptych(view, list(bins), "pair", draw)


def _start(view: View, name: str, names: list[str]) -> tuple[str, str]:
    """Begin with the pair that differs most."""
    worst = view.detail(name, "pairs", "pairs")
    if worst is not None:
        for first, second in zip(worst["first"].astype(str), worst["second"].astype(str), strict=True):
            if first in names and second in names:
                return first, second
    return names[0], names[1]


def _pair(view: View, name: str, first: str, second: str) -> pd.DataFrame:
    from synth_ui.plots.binning import bin_pair

    split = view.split
    return bin_pair(split.holdout.frame, access.synthetic(view.run_ids[name]), split.schema[first], split.schema[second])
