"""Fairness: Whether groups are represented, and treated by models, as in the real table."""

from synth_ui.ui.components import headline, in_place, onward
from synth_ui.ui.decide import live
from synth_ui.ui.decide.selection import picker
from synth_ui.ui.shell import require_shell
from synth_ui.ui.why import fairness

require_shell(__file__)

headline(
    "Fairness",
    "Whether every group is there as it is, and whether models trained on synthetic rows treat groups as models of real rows do.",
)
view = live.scored_view("Fairness")
if view is not None:
    with in_place():
        fairness.show(view, picker(view))
    onward("fairness")
