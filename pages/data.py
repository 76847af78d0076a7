"""Table: choose a real table, check what its columns mean, start a race."""

from synth_ui.ui.access import current_table_id
from synth_ui.ui.components import headline, in_place, next_step
from synth_ui.ui.data import column_review, overview, retarget, split, versions
from synth_ui.ui.shell import require_shell
from synth_ui.ui.state import state

require_shell(__file__)

state.taken = False
headline("Table", "Choose a real table, check what its columns mean, then start a race of generators on it.")
table_id = current_table_id()
for part in (overview.card, column_review.needed, retarget.offer, versions.offer):
    with in_place():
        part(table_id)
overview.another()
for part in (column_review.roles, overview.tabs, split.section):
    with in_place():
        part(table_id)
next_step("pages/generate.py", "Choose generators", "Pick generators yourself and set them before the race.")
