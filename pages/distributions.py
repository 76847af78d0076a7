"""Distributions: Real and synthetic values, column by column, those that differ most first."""

from synth_ui.ui.components import headline, in_place, onward
from synth_ui.ui.decide import live
from synth_ui.ui.decide.selection import picker
from synth_ui.ui.shell import require_shell
from synth_ui.ui.why import distributions

require_shell(__file__)

headline("Distributions", "Real and synthetic values, column by column, those that differ most first.")
view = live.scored_view("Distributions")
if view is not None:
    with in_place():
        distributions.show(view, picker(view))
    onward("distributions")
