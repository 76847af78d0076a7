"""Compare: which candidate to use, and what speaks against it."""

from functools import partial

from synth_ui.ui.components import headline, next_step, one_tab_at_a_time
from synth_ui.ui.decide import compare, live, score_cards
from synth_ui.ui.shell import require_shell
from synth_ui.ui.why import privacy_budget

require_shell(__file__)

headline("Compare")
view = live.scored_view("Compare")
if view is not None:
    compare.purpose_choice()
    compare.verdict(view)
    compare.tracks(view)
    chosen = compare.selection(view)
    parts = {
        "Scores in words": partial(score_cards.scores, view, chosen),
        "Likeness against leakage": partial(compare.trade_off, view),
        "Numbers": partial(compare.table, view),
        "Why not the others": partial(compare.why, view),
        "What it rests on": partial(compare.evidence, view),
    }
    if any(view.ledger(name) for name in chosen):
        parts["Privacy budgets"] = partial(privacy_budget.show, view, chosen)
    one_tab_at_a_time(parts, "compare_tab")
    next_step("pages/take_away.py", "Take away", "The report, the rows, more rows and the script.", primary=True)
    view.prepare()
