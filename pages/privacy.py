"""Privacy: Whether rows the generators learned from can be recognised."""

from synth_ui.ui.components import headline, in_place, onward
from synth_ui.ui.decide import live
from synth_ui.ui.decide.selection import picker
from synth_ui.ui.shell import require_shell
from synth_ui.ui.why.privacy import page

require_shell(__file__)

headline(
    "Privacy",
    "Whether rows the generators learned from can be recognised. Found by these attacks at this power; no proof that others fail.",
)
view = live.scored_view("Privacy")
if view is not None:
    with in_place():
        page.show(view, picker(view))
    onward("privacy")
