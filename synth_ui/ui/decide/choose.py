"""Choosing a candidate: the record of the decision, made and taken back on the page of the comparison."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import streamlit as st

from synth_ui.core.errors import SynthError
from synth_ui.ui import access
from synth_ui.ui.decide import asked
from synth_ui.ui.decide.race_view import View
from synth_ui.ui.md import md
from synth_ui.ui.state import follow, state, widget

if TYPE_CHECKING:
    from synth_ui.core.choice import Choice


def standing(race_id: str) -> Choice | None:
    """Return the choice that stands for a race."""
    return access.workspace().choice(race_id)


def show(view: View, chosen: Choice | None) -> None:
    """Draw the choice that stands with the way to take it back, or the way to choose."""
    with st.container(border=True, key="choice"):
        if chosen is None:
            _offer(view)
        else:
            _record(view, chosen)


def _offer(view: View) -> None:
    said = view.verdict(asked.current())
    board = view.leaderboard(asked.current())
    field = [str(row["candidate"]) for row in board.to_dict("records") if not row["control"] and row["status"] == "done"]
    if not field:
        return
    first = field.index(said.leader) if said.leader in field else 0
    if follow(widget("choose", view.race_id), field[first]):
        first = 0  # Streamlit warns of a default beside a value that was set
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            "Your choice", field, index=first, key=widget("choose", view.race_id), format_func=view.group_title, width=280
        )
        st.text_input(
            "Why (optional)",
            key=widget("note", view.race_id),
            max_chars=500,
            width="stretch",
            placeholder="Your own words, kept with it",
        )
        st.button(
            "Choose this one", key="choose_this", type="primary", icon=":material/check:", on_click=_choose, args=(view,),
            help="Records the candidate with the purpose, the requirements and what the verdict says now. It can be taken back.",
         disabled=access.read_only(),)  # fmt: skip


def _choose(view: View) -> None:
    from synth_ui.jobs.choices import choose

    candidate, note = (st.session_state.get(widget(name, view.race_id)) for name in ("choose", "note"))
    try:
        choose(
            access.workspace(), view.race_id, str(candidate), weights=asked.current(), requirements=asked.requirements(),
            note=str(note or ""), outcome=view.outcome,
        )  # fmt: skip
    except SynthError as error:
        state.notice = str(error)


def _record(view: View, chosen: Choice) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        said = (
            ""
            if chosen.recommended and chosen.certainty in ("", "best")
            else f" {chosen.standing[:1].upper()}{chosen.standing[1:]}."
        )
        st.markdown(
            f":material/check_circle: **Chosen: {md(chosen.title)}**, for: {md(chosen.purpose_title.lower())}, {_when(chosen)}.{said}",
            width="stretch",
        )
        st.button(
            "Take the choice back",
            key="unchoose",
            icon=":material/undo:",
            on_click=_undo,
            args=(view.race_id,),
            disabled=access.read_only(),
        )
    if chosen.note:
        st.markdown(f"“{md(chosen.note, 600)}”")
    for one in chosen.requirements:
        st.markdown(f"{md(one.title)}: **{md(one.answer)}**. {md(one.reason, 400)}")
    now = view.verdict(chosen.asked)
    if now.sentence != chosen.sentence:
        st.caption(
            f"Since then the verdict has changed: {md(now.finding, 300)}. The card and the record keep what was said when you chose; the rest "
            "of this page is how the race stands now."
        )
    with st.expander("The record", key="record"):
        st.markdown(f"**{md(chosen.finding, 400)}.** {md(chosen.sentence, 2000)}")
        for other in chosen.rejected:
            words = " ".join([*other.failed, other.said])
            st.markdown(f"Not chosen: **{md(other.title)}**. {md(words, 1200)}")


def _undo(race_id: str) -> None:
    from synth_ui.jobs.choices import undo

    try:
        undo(access.workspace(), race_id)
    except SynthError as error:
        state.notice = f"Nothing was changed. {error}"


def _when(chosen: Choice) -> str:
    zone = ZoneInfo(st.context.timezone) if st.context.timezone else UTC
    return f"{datetime.fromtimestamp(chosen.created, zone):%-d %b %Y, %H:%M}"


def line() -> None:
    """Say in the sidebar which candidate of the race is chosen; nothing where none is."""
    chosen = standing(state.race_id) if state.race_id else None
    if chosen is not None:
        st.caption(f":material/check_circle: Chosen: **{md(chosen.title, 40)}**")
