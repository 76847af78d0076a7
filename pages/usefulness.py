"""Usefulness: Whether a model trained on synthetic rows works on real rows it has never seen."""

from synth_ui.ui.components import headline, in_place, onward
from synth_ui.ui.decide import live
from synth_ui.ui.decide.selection import picker
from synth_ui.ui.shell import require_shell
from synth_ui.ui.why import usefulness

require_shell(__file__)

headline("Usefulness", "Whether a model trained on synthetic rows works on real rows it has never seen.")
view = live.scored_view("Usefulness")
if view is not None:
    with in_place():
        usefulness.show(view, picker(view))
    onward("usefulness")
