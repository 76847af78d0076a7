"""History: tables and races of this workspace, with what they came to."""

from synth_ui.ui.arrive import history
from synth_ui.ui.components import headline
from synth_ui.ui.shell import require_shell

require_shell(__file__)

headline("History", "Tables and races of this workspace, with what they came to. What you delete can be brought back for a week.")
history.show()
