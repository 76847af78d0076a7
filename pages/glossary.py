"""Glossary: every term used here, in a sentence."""

from synth_ui.ui.arrive import glossary
from synth_ui.ui.components import headline
from synth_ui.ui.shell import require_shell

require_shell(__file__)

headline("Glossary", "Every term used here, in a sentence. Each thing has one name on every page.")
glossary.show()
