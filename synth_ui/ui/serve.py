"""Starting the dashboard's server, with what the first page needs made ready while the browser still loads its own code."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from pathlib import Path

from synth_ui.core.errors import SynthError

APP = Path(__file__).resolve().parents[2] / "app.py"


def serve(port: int) -> None:
    """Serve the dashboard on `port` of this machine until it is interrupted; the workspace is `SYNTH_UI_HOME`."""
    from streamlit.web import cli

    threading.Thread(target=_warm_up, name="warm-up", daemon=True).start()
    sys.argv = ["streamlit", "run", str(APP)]
    cli.main(["run", str(APP), "--server.port", str(port)])


def _warm_up() -> None:
    """Import and compute what the first visitor would wait for: the first page's needs first, the other pages' after a pause."""
    # The page meets the same trouble (a workspace that cannot be written) and says it to the visitor.
    with contextlib.suppress(SynthError, OSError):
        first_page()
        time.sleep(LATER_SECONDS)
        later_pages()


LATER_SECONDS = 5.0
"""Long enough for the first page to be drawn undisturbed."""


def first_page() -> None:
    """Make ready what the data page shows: the newest table, or the first sample, reviewed and cut."""
    import pyarrow  # noqa: F401

    from synth_ui.jobs import race  # noqa: F401
    from synth_ui.ui import access, board, catalogue, columns, overview, picks, split  # noqa: F401

    picks.catalogue()
    table_id = access.first_table_id()
    columns.reviewed(table_id)
    access.cut(table_id, 0, 0.5)


def later_pages() -> None:
    """Import what the pages of results draw with."""
    from synth_ui.comparison import verdict  # noqa: F401
    from synth_ui.evaluation import cards, words  # noqa: F401
    from synth_ui.plots import columns, pairs, privacy, tracks, tradeoff, utility  # noqa: F401

    cards.known_measures()


if __name__ == "__main__":
    serve(int(sys.argv[1]) if len(sys.argv) > 1 else 8501)
