"""Relationships: Which relationships between columns are kept, which are lost, which are invented."""

from synth_ui.ui.components import headline, in_place, onward
from synth_ui.ui.decide import live
from synth_ui.ui.decide.selection import picker
from synth_ui.ui.shell import require_shell
from synth_ui.ui.why import relationships

require_shell(__file__)

headline("Relationships", "Which relationships between columns are kept, which are lost, which are invented.")
view = live.scored_view("Relationships")
if view is not None:
    with in_place():
        relationships.show(view, picker(view))
    onward("relationships")
