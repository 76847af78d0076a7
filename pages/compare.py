"""Compare: which candidate to use, and what speaks against it."""

from functools import partial

from synth_ui.ui.components import headline, next_step, one_tab_at_a_time, say_missed
from synth_ui.ui.decide import asked, choose, compare, live, other_race, score_cards
from synth_ui.ui.shell import require_shell
from synth_ui.ui.why.privacy import privacy_budget

require_shell(__file__)

headline("Compare")
view = live.scored_view("Compare")
if view is not None:
    chosen = choose.standing(view.race_id)
    asked.choose()
    compare.verdict(view)
    say_missed(view.lost, "the verdict is given without them")
    compare.board(view, chosen)
    compare.required(view)
    choose.show(view, chosen)
    shown = compare.how_shown(view)
    parts = {
        "For and against": partial(compare.why, view),
        "Likeness against leakage": partial(compare.trade_off, view),
        "Numbers": partial(compare.table, view),
        "Scores in words": partial(score_cards.scores, view, shown),
        "What it rests on": partial(compare.evidence, view),
    }
    if any(view.ledger(name) for name in shown):
        parts["Privacy budgets"] = partial(privacy_budget.show, view, shown)
    others = other_race.others(view)
    if others:
        parts["Another race"] = partial(other_race.show, view, others)
    one_tab_at_a_time(parts, "compare_tab")
    compare.facts(view)
    next_step("pages/take_away.py", "Take away", "The report, the rows, more rows and the script.", primary=chosen is not None)
    view.prepare()
