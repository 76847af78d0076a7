"""System: whether the program can take work, and what whoever looks after it has to know."""

from synth_ui.ui.arrive import system
from synth_ui.ui.components import headline
from synth_ui.ui.shell import require_shell

require_shell(__file__)

headline("System", "Whether this program can take work, what it runs on, and what went wrong last.")
system.show()
