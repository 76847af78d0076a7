"""Relationships between columns: the matrices, what is lost, what is invented, and any pair in detail."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Literal

import streamlit as st

from synth_ui.ui import access
from synth_ui.ui.components import chart, one_of
from synth_ui.ui.decide import score_cards
from synth_ui.ui.decide.race_view import View
from synth_ui.ui.state import PAIR_FIRST, PAIR_SECOND, widget
from synth_ui.ui.why import coverage

if TYPE_CHECKING:
    from synth_ui.plots.chart import Chart

Which = Literal["real", "synthetic", "difference"]

SIDES: dict[str, Which] = {
    "Difference": "difference", "Synthetic": "synthetic", "Real": "real",
}  # fmt: skip


def show(view: View, chosen: Sequence[str]) -> None:
    """Draw the matrices, the pair explorer, and what the measures say."""
    if not chosen:
        st.caption("Choose a candidate to see its relationships beside the real ones.")
        return
    _matrices(view, chosen)
    _explorer(view, chosen)
    _triples(view, chosen)
    st.subheader("What the measures say", anchor=False)
    score_cards.scores(view, chosen, measures=("pairs", "triples", "dependence"))


@st.fragment
def _matrices(view: View, chosen: Sequence[str]) -> None:
    from synth_ui.plots.pairs import associations

    st.subheader("All pairs", anchor=False)
    side = one_of(
        "Show",
        {name: name for name in SIDES},
        "matrix_side",
        help="Strength of each relationship: correlation of two numbers, corrected Cramér's V of two categories, correlation ratio of both.",
    )
    which = SIDES.get(str(side), "difference")
    shown = chosen[:1] if which == "real" else chosen
    with st.grid(min(2, len(shown)), min_column_width=380) as grid:
        for name in shown:
            frame = view.detail(name, "dependence", "associations")
            with grid.cell():
                if frame is None:
                    st.caption("Not measured yet.")
                else:
                    drawn = view.picture(("matrix", name, which), partial(associations, frame, which))
                    chart(drawn, widget("matrix", name), who=_who(view, name, which))


def _triples(view: View, chosen: Sequence[str]) -> None:
    """Draw the worst three-way tables, where they were asked for."""
    from synth_ui.plots.shares import triples

    if any(view.detail(name, "triples", "triples") is not None for name in chosen):
        st.subheader("Three at a time", anchor=False)
        coverage.wall(view, chosen, [("triples", "triples", triples)])


def _who(view: View, name: str, which: str) -> str:
    return "Real rows" if which == "real" else view.title(name)


@st.fragment
def _explorer(view: View, chosen: Sequence[str]) -> None:
    st.subheader("One pair", anchor=False)
    names = [column.name for column in view.schema.modelled]
    if len(names) < 2:
        st.caption("The table has fewer than two columns that are compared.")
        return
    first, second = _start(view, chosen[0], names)
    left, right, third = st.columns([2, 2, 3], vertical_alignment="bottom")
    across = left.selectbox("Across", names, index=names.index(first), key=PAIR_FIRST, persist_state="session")
    upward = right.selectbox("Upward", names, index=names.index(second), key=PAIR_SECOND, persist_state="session")
    with third:
        side = one_of("Show", {name: name for name in SIDES}, "pair_side")
    if across == upward:
        st.caption("Choose two different columns.")
        return
    which = SIDES.get(str(side), "difference")
    shown = chosen[:1] if which == "real" else chosen
    with st.grid(min(2, len(shown)), min_column_width=380) as grid:
        for name in shown:
            with grid.cell():
                drawn = view.picture(("pair", name, across, upward, which), partial(_pair, view, name, across, upward, which))
                chart(drawn, widget("pair", name), who=_who(view, name, which))


def _start(view: View, name: str, names: list[str]) -> tuple[str, str]:
    """Begin with the pair that differs most."""
    worst = view.detail(name, "pairs", "pairs")
    if worst is not None:
        for first, second in zip(worst["first"].astype(str), worst["second"].astype(str), strict=True):
            if first in names and second in names:
                return first, second
    return names[0], names[1]


def _pair(view: View, name: str, first: str, second: str, which: Which) -> Chart:
    from synth_ui.plots.binning import bin_pair
    from synth_ui.plots.pairs import pair_grid

    split = view.split
    synthetic = access.synthetic(view.run_ids[name])
    return pair_grid(bin_pair(split.holdout.frame, synthetic, split.schema[first], split.schema[second]), which)
