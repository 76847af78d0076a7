"""Design: make a table from nothing, declared, with known relationships, or simulated."""

from synth_ui.ui.components import headline, next_step
from synth_ui.ui.design import designed, known, schema, simulate
from synth_ui.ui.shell import require_shell

require_shell(__file__)

headline("Design", "Make a table without a single real row, then download it or race generators on it.")
designed.tabs({"Schema": schema.show, "Designed": known.show, "Simulate": simulate.show})
next_step("pages/generate.py", "Choose generators", "Race generators on the current table.")
