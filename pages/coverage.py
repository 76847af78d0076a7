"""Coverage: rare levels, tails, odd rows and blanks, worst first."""

from synth_ui.ui.components import headline, in_place, onward
from synth_ui.ui.decide import live
from synth_ui.ui.decide.selection import picker
from synth_ui.ui.shell import require_shell
from synth_ui.ui.why import coverage

require_shell(__file__)

headline(
    "Coverage", "Whether what is rare in the real table is there: levels, the far ends of numbers, odd rows, blanks. Worst first."
)
view = live.scored_view("Coverage")
if view is not None:
    with in_place():
        coverage.show(view, picker(view))
    onward("coverage")
