"""Take away: the report, the rows, more rows, and a script that repeats the candidate."""

from synth_ui.ui.components import headline
from synth_ui.ui.decide import live
from synth_ui.ui.shell import require_shell
from synth_ui.ui.take_away import results

require_shell(__file__)

headline("Take away", "The card and the report for others, the rows for use, and the script that makes them again.")
view = live.scored_view("Take away")
if view is not None:
    results.show(view)
