"""Present: slides for a meeting of ten minutes, on this page, on the whole screen, or as a file."""

from synth_ui.ui.components import headline, in_place
from synth_ui.ui.decide import live
from synth_ui.ui.shell import require_shell
from synth_ui.ui.take_away import present

require_shell(__file__)

headline("Present", "A meeting of ten minutes: arrow keys or space, F for the whole screen, A and B to guess.")
view = live.scored_view("Present")
if view is not None:
    with in_place():
        present.show(view)
