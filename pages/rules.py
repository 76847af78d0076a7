"""Rules: which rules of the real table are broken, and what gives a candidate away."""

from synth_ui.ui.components import headline, in_place, onward
from synth_ui.ui.decide import live
from synth_ui.ui.decide.selection import picker
from synth_ui.ui.shell import require_shell
from synth_ui.ui.why import rules

require_shell(__file__)

headline("Rules", "Which rules every real row keeps and synthetic rows break, and what gives a candidate away, in sentences.")
view = live.scored_view("Rules")
if view is not None:
    with in_place():
        rules.show(view, picker(view))
    onward("rules")
