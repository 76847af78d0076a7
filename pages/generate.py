"""Race: pick generators, start a race and watch it."""

from synth_ui.ui.access import current_table_id
from synth_ui.ui.components import headline
from synth_ui.ui.race import board, catalogue
from synth_ui.ui.shell import require_shell

require_shell(__file__)

headline("Race", "Pick generators, set them if you like, start the race and watch it.")
table_id = current_table_id()
choose, watch = board.tabs()
if choose.open:
    with choose:
        catalogue.show(table_id)
if watch.open:
    with watch:
        board.show()
