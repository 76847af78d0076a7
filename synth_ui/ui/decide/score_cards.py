"""Scores in words: what each measure asks, what it says here, between which ends it lies, and when not to trust it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from synth_ui.comparison.families import FAMILIES
from synth_ui.core.score import CONTROLS
from synth_ui.measures.base import Measure
from synth_ui.ui.components import picture
from synth_ui.ui.decide.race_view import View
from synth_ui.ui.md import md
from synth_ui.ui.state import widget

if TYPE_CHECKING:
    from synth_ui.plots.chart import Chart


TITLE = "What the measures say, with their scales"
"""What the measures of a page are called where they are folded away."""


def scores(view: View, candidates: Sequence[str], *, measures: Sequence[str] | None = None) -> None:
    """Draw one block per measure: its question, and for each candidate its answer.

    Where measures are named, as on the pages of details, each also shows its scale; otherwise all come, family by family.
    """
    if measures is not None:
        _blocks(view, candidates, measures, scale=True)
        return
    from synth_ui.evaluation.cards import known_measures

    present = _present(view)
    for family in FAMILIES.values():
        of_family = [key for key, measure in known_measures().items() if measure.family == family.key and key in present]
        if of_family:
            st.subheader(family.title, anchor=False)
            _blocks(view, candidates, of_family)


def _present(view: View) -> set[str]:
    """Return the keys of the measures that were asked in this race."""
    return set(view.scores["measure"].str.split(".", n=1).str[0])


def _blocks(view: View, candidates: Sequence[str], measures: Sequence[str], *, scale: bool = False) -> None:
    from synth_ui.evaluation.cards import card_settings, known_measures

    order = {key: place for place, key in enumerate(card_settings("standard"))}
    present = _present(view)
    shown = [key for key in sorted(measures, key=lambda key: order.get(key, 99)) if key in present]
    with st.grid(2, min_column_width=360) as grid:
        for place, key in enumerate(shown, 1):
            if place == len(shown) and place % 2 == 1:  # the last of an odd number fills its row
                card = grid.cell(column_span="all").container(border=True, key=widget("score", key))
            else:
                card = grid.container(border=True, height="stretch", key=widget("score", key))
            with card:
                _block(view, candidates, known_measures()[key], scale=scale)


def _block(view: View, candidates: Sequence[str], measure: type[Measure], *, scale: bool) -> None:
    st.markdown(f"**{md(measure.asks, 200)}**")
    reason = view.outcome.blind(measure.key)
    if reason:
        one_sided = "What it does not find says nothing here" if measure.family == "privacy" else "Not to be believed here"
        st.caption(f":material/visibility_off: {one_sided}: {md(reason, 300)}.")
    if scale:
        _track(view, candidates, measure)
    for name in candidates:
        _answer(view, name, measure)
    st.space("stretch")
    asks = st.popover(
        "What this asks", key=widget("asks", measure.key), type="tertiary", icon=":material/help:", on_change="rerun"
    )
    if asks.open:
        with asks:
            _method(measure)


def _track(view: View, candidates: Sequence[str], measure: type[Measure]) -> None:
    """Draw where the chosen candidates and the controls lie between the two ends."""
    from synth_ui.plots.scores.tracks import score_track

    def draw() -> Chart:
        return score_track(*view.outcome.single(measure.key, measure.title, tuple(candidates)))

    drawn = view.picture(("track", measure.key, *candidates), draw)
    picture(drawn, widget("track", measure.key), bar=False)


def _answer(view: View, name: str, measure: type[Measure]) -> None:
    from synth_ui.evaluation.words import sentence

    row = view.score(name, measure.key)
    said = sentence(measure.key, row) if row is not None else view.outcome.unscored(name, measure.key)
    said += f" {doubts}" if (doubts := view.outcome.doubts.get((name, measure.key))) else ""
    if row is not None and measure.family != "privacy" and view.outcome.blind(measure.key):
        said += " Not to be believed here."  # an attack that is too weak says so of what it does not find, see above the answers
    scale = (
        f"  \n:small[{_scale(row, measure)}{_nominal(view, name, measure)}]"
        if row is not None and row["value"] == row["value"]
        else ""
    )
    st.markdown(f"**{md(view.title(name))}.** {md(said, 600)}{scale}")


def _nominal(view: View, name: str, measure: type[Measure]) -> str:
    """Set the promised ε beside the one that attacks prove, where a candidate has formal privacy."""
    ledger = view.ledger(name) if measure.unit == "ε" else None
    return "" if ledger is None else f" · nominal {md(ledger.sentence, 200)}"


def _scale(row: dict[str, Any], measure: type[Measure]) -> str:
    """Say the number, its interval and the two ends of its scale."""
    shown = partial(_number, counted=measure.unit == "real rows")
    parts = [shown(row["value"]) + (f" {md(measure.unit)}" if measure.unit else "")]
    if row["low"] == row["low"] and row["high"] == row["high"]:
        which = "interval for all attacks together" if measure.family == "privacy" and measure.attack else "95% interval"
        parts.append(f"{which} {shown(row['low'])} to {shown(row['high'])}")
    if row["floor"] == row["floor"] and row["ceiling"] == row["ceiling"]:
        floor = md(measure.worst_means) if measure.floor_part else CONTROLS[measure.floor].lower()
        ceiling = CONTROLS[measure.ceiling].lower()
        parts.append(f"{floor} {shown(row['floor'])}, {ceiling} {shown(row['ceiling'])}")
    return " · ".join(parts)


def _number(value: float, *, counted: bool) -> str:
    shown = f"{value:,.0f}" if counted or abs(value) >= 100 else f"{value:.3f}"
    return "0.000" if shown == "-0.000" else shown.replace("-", "−")


def _method(measure: type[Measure]) -> None:
    st.markdown(f"**{md(measure.title)}.** {md(measure.summary, 400)}")
    st.markdown(f"**How.** {md(measure.computed, 800)}")
    st.markdown(f"**Interval.** {md(measure.interval, 300)}")
    st.markdown(f"**When not to trust it.** {md(measure.misleads, 600)}")
    st.markdown(f"**Ends of the scale.** {md(measure.worst_means, 200)} to {md(measure.best_means, 200)}.")
    st.caption(f"Source: {md(measure.reference, 400)}")
