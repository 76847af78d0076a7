"""Compare: which candidate to use, and what speaks against it."""

import streamlit as st

from synth_ui.ui import compare, explain, follow
from synth_ui.ui.components import headline, next_step
from synth_ui.ui.shell import require_shell

require_shell(__file__)

headline("Compare")
view = follow.scored_view("Compare")
if view is not None:
    compare.purpose_choice()
    compare.verdict(view)
    compare.tracks(view)
    chosen = compare.selection(view)
    words, trade_off, numbers, why = st.tabs(
        ["Scores in words", "Likeness against leakage", "Numbers", "Why not the others"], key="compare_tab", on_change="rerun"
    )
    for tab, draw in (
        (words, lambda: explain.scores(view, chosen)),
        (trade_off, lambda: compare.trade_off(view)),
        (numbers, lambda: compare.table(view)),
        (why, lambda: compare.why(view)),
    ):
        if tab.open:
            with tab:
                draw()
    next_step("pages/take_away.py", "Take away", "The report, the rows, more rows and the script.", primary=True)
    view.prepare()
