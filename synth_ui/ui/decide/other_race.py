"""The candidates of this race beside those of another race of the same table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from synth_ui.comparison.families import DECIDING, FAMILIES
from synth_ui.ui import access, links
from synth_ui.ui.decide import asked
from synth_ui.ui.decide.race_view import View
from synth_ui.ui.md import md, told_apart_by_id

if TYPE_CHECKING:
    from synth_ui.comparison.outcome import Outcome

KEY = "other_race"


def others(view: View) -> dict[str, str]:
    """Return the other races of the table with what to call them."""
    from synth_ui.jobs.races.together import comparable

    labels = access.race_labels(None)
    return told_apart_by_id(
        {race_id: labels.get(race_id, name) for race_id, name in comparable(access.workspace(), view.race_id).items()}
    )


def show(view: View, known: dict[str, str]) -> None:
    """Draw the choice of the other race, and the candidates of both: on the same scales, or, where the cuts differ, each on its own."""
    from synth_ui.jobs.races import together

    chosen = st.selectbox(
        "Race to compare with", list(known), format_func=lambda key: known[key], **links.choice(KEY, known, next(iter(known)))
    )
    ws, both = access.workspace(), [view.race_id, str(chosen)]
    reason = together.differs(ws, both)
    if reason:
        st.warning(f"{md(reason, 500)} {together.CAVEAT}", icon=":material/balance:")
        frame = view.once(("apart", *both), lambda: together.apart(ws, both))
        config = {
            "race": st.column_config.TextColumn("Race"),
            "candidate": st.column_config.TextColumn("Candidate", pinned=True),
        } | {family: st.column_config.NumberColumn(FAMILIES[family].title, format="percent") for family in DECIDING}
        st.dataframe(
            frame, hide_index=True, column_config=config, alt="Candidates of both races, each on the scales of its own race"
        )
        return
    _board(view, view.once(("together", *both), lambda: together.together(ws, both)))


def _board(view: View, outcome: Outcome) -> None:
    from synth_ui.reports.board import Board

    purpose = asked.current()
    st.markdown(
        f"Both races cut the table in the same way, so all stand on the same scales. {md(outcome.verdict(purpose).finding, 400)}."
    )
    board = outcome.leaderboard(purpose)
    rows = board[~board["control"].astype(bool)].reset_index(drop=True)
    st.html(Board(outcome, rows, purpose, {}, None).html())
