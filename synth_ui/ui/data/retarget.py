"""After another target was chosen: the candidates of an earlier race can be taken over instead of being made again."""

from __future__ import annotations

import streamlit as st

from synth_ui.core.errors import SynthError
from synth_ui.jobs.races.retarget import takeable, with_target
from synth_ui.ui import access
from synth_ui.ui.md import count, md
from synth_ui.ui.state import BOARD, GENERATE_TAB, state, widget


def offer(table_id: str) -> None:
    """Where a race of the same rows with another target is over, offer to take its candidates over; say it where one was."""
    if access.latest_race(table_id) is not None:
        return
    races = takeable(access.workspace(), table_id)
    if not races:
        return
    race = races[0]
    target = access.table_row(table_id)["schema"].target
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="take_over"):
        before = f"with the target {md(race.target, 40)}" if race.target else "without a target"
        st.markdown(
            f"**{md(race.name, 60)}** has {count(race.candidates, 'candidate')} made {before}. Their rows need not be made again: only what "
            f"depends on {md(target.name, 40) if target else 'the target'} is scored.",
            width="stretch",
        )
        st.button(
            "Take them over", key=widget("take_over", race.id), icon=":material/move_item:", on_click=_take_over,
            args=(race.id, target.name if target else None),
         disabled=access.read_only(),)  # fmt: skip
    if race.other:
        names = ", ".join(md(title, 40) for title in race.other)
        st.caption(f"{names}: these generators give the target a place of its own; made again with it, their rows may be better.")


def _take_over(race_id: str, target: str | None) -> None:
    try:
        new = with_target(access.workspace(), race_id, target)
    except SynthError as error:
        state.notice = f"The candidates were not taken over. {error}"
        return
    access.enter_race(new)
    st.session_state[GENERATE_TAB] = BOARD
    state.goto = "pages/generate.py"
