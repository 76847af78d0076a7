"""Starting the dashboard's server: what the first page needs is made ready while the browser still loads its own code.

`streamlit run app.py` works as well; this adds the head start, and the doorman: who may ask, and what a page may load.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synth_ui.core.errors import SynthError

if TYPE_CHECKING:
    from streamlit import App

APP = Path(__file__).resolve().parents[2] / "app.py"

LISTEN = "SYNTH_UI_LISTEN"
"""The address the server listens at, such as 0.0.0.0 in a container whose port only a proxy reaches; by default 127.0.0.1."""

HOSTS = "SYNTH_UI_HOSTS"
"""The names, separated by commas, under which a proxy asks for the dashboard; any other is refused."""

SWITCH_SECONDS = 0.001
"""How long a busy thread keeps the others waiting: the server must answer the browser while the warm-up imports."""

LATER_SECONDS = 3.0
"""From the first page's needs to those of the others: long enough for the first to be drawn undisturbed."""


def serve(port: int) -> None:
    """Serve the dashboard on `port` of this machine until it is interrupted; the workspace is `SYNTH_UI_HOME`."""
    from synth_ui.jobs.health import settings
    from synth_ui.system import logs
    from synth_ui.ui.data.source import upload_limit

    settings.check()  # a limit that was meant and is none is said before anybody comes
    sys.setswitchinterval(SWITCH_SECONDS)
    logs.set_up("server")
    logs.event("server started", port=port)
    application().run(config={"server.port": port, "server.maxUploadSize": upload_limit(), **beyond_this_machine()})


def beyond_this_machine() -> dict[str, Any]:
    """Return what the server is told beside its port: where it listens, and the names it answers to beside those of this machine.

    By default it listens on this machine alone, and .streamlit/config.toml holds the names.
    """
    told: dict[str, Any] = {}
    if listen := os.environ.get(LISTEN, "").strip():
        told["server.address"] = listen
    if names := os.environ.get(HOSTS, "").replace(",", " ").split():
        told["server.allowedHosts"] = ["localhost", "127.0.0.1", *names]
    return told


def application() -> App:
    """Return the dashboard as an ASGI application."""
    import streamlit as st
    from starlette.middleware import Middleware

    from synth_ui.ui.server.doorman import Doorman

    return st.App(str(APP), lifespan=_lifespan, middleware=[Middleware(Doorman)])


@contextlib.asynccontextmanager
async def _lifespan(app: Any) -> AsyncIterator[None]:
    threading.Thread(target=_warm_up, name="warm-up", daemon=True).start()
    yield


def _warm_up() -> None:
    """Import and compute what the first visitor would wait for: the first page's needs first, the other pages' after a pause."""
    from synth_ui.ui.people import signed_in

    # The page meets the same trouble (a workspace that cannot be written) and says it to the visitor.
    with contextlib.suppress(SynthError, OSError):
        if signed_in.on():  # whose first page it will be is not known yet
            return
        first_page()
        time.sleep(LATER_SECONDS)
        later_pages()


def first_page() -> None:
    """Make ready what the first page shows: the workspace, with the example in a new one, and what it came to."""
    from synth_ui.ui import access
    from synth_ui.ui.arrive import start

    for race in start.races():
        start.came_to(race, compute=False)
    access.workspace().tables()


def later_pages() -> None:
    """Import what the other pages draw with, that of the table first, and make ready the table it will show."""
    import pyarrow  # noqa: F401

    from synth_ui.jobs.races import start  # noqa: F401
    from synth_ui.ui import access
    from synth_ui.ui.data import column_review, split  # noqa: F401
    from synth_ui.ui.race import choice

    choice.catalogue()
    table_id = access.first_table_id()
    column_review.reviewed(table_id)
    access.cut(table_id, 0, 0.5)

    from synth_ui.comparison.verdict import sentences  # noqa: F401
    from synth_ui.evaluation import cards, words  # noqa: F401
    from synth_ui.plots.scores import (
        utility,  # noqa: F401
    )

    cards.known_measures()


if __name__ == "__main__":
    serve(int(sys.argv[1]) if len(sys.argv) > 1 else 8501)
