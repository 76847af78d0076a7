"""`python -m synth_ui` is `synth-ui`."""

import sys

from synth_ui.cli import main

sys.exit(main())
