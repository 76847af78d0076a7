"""Start: what this is, a finished example, the ways in, and what was worked with before."""

from synth_ui.ui.arrive import start
from synth_ui.ui.components import headline
from synth_ui.ui.screens import BY_FILE
from synth_ui.ui.shell import require_shell

require_shell(__file__)

start.leave_with_table()
headline(BY_FILE["start"].heading)
start.what_this_is()
races = start.races()
start.recent(races)
start.example(races)
start.ways_in()
start.way_on(races)
