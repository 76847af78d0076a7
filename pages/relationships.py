"""Relationships: Which relationships between columns are kept, which are lost, which are invented."""

from synth_ui.ui import follow, relationships
from synth_ui.ui.components import headline, next_step
from synth_ui.ui.selection import picker
from synth_ui.ui.shell import require_shell

require_shell(__file__)

headline("Relationships", "Which relationships between columns are kept, which are lost, which are invented.")
view = follow.scored_view("Relationships")
if view is not None:
    relationships.show(view, picker(view))
    next_step("pages/coverage.py", "Coverage", "Whether what is rare in the real table is there.")
