"""Usefulness: Whether a model trained on synthetic rows works on real rows it has never seen."""

from synth_ui.ui import follow, usefulness
from synth_ui.ui.components import headline, next_step
from synth_ui.ui.selection import picker
from synth_ui.ui.shell import require_shell

require_shell(__file__)

headline("Usefulness", "Whether a model trained on synthetic rows works on real rows it has never seen.")
view = follow.scored_view("Usefulness")
if view is not None:
    usefulness.show(view, picker(view))
    next_step("pages/privacy.py", "Privacy", "Whether rows the generators learned from can be recognised.")
