"""Starting the dashboard's server: what the first page needs is made ready while the browser still loads its own code.

`streamlit run app.py` works as well; this adds the head start, and headers a browser is told to keep to.
"""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import AsyncIterator, MutableMapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synth_ui.core.errors import SynthError

if TYPE_CHECKING:
    from streamlit import App

APP = Path(__file__).resolve().parents[2] / "app.py"

SWITCH_SECONDS = 0.001
"""How long a busy thread keeps the others waiting: the server must answer the browser while the warm-up imports."""

FIRST_PAGE = "start"

LATER_SECONDS = 3.0
"""From the first page's needs to those of the others: long enough for the first to be drawn undisturbed."""

HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"SAMEORIGIN"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"img-src 'self' data: blob:; object-src 'none'; base-uri 'self'; frame-ancestors 'self'"),
)
"""No picture from elsewhere is loaded and nobody frames the dashboard, whatever a column of a table is called."""


def serve(port: int) -> None:
    """Serve the dashboard on `port` of this machine until it is interrupted; the workspace is `SYNTH_UI_HOME`."""
    sys.setswitchinterval(SWITCH_SECONDS)
    application().run(config={"server.port": port})


def application() -> App:
    """Return the dashboard as an ASGI application."""
    import streamlit as st
    from starlette.middleware import Middleware

    return st.App(str(APP), lifespan=_lifespan, middleware=[Middleware(Doorman)])


@contextlib.asynccontextmanager
async def _lifespan(app: Any) -> AsyncIterator[None]:
    threading.Thread(target=_warm_up, name="warm-up", daemon=True).start()
    yield


def _warm_up() -> None:
    """Import and compute what the first visitor would wait for: the first page's needs first, the other pages' after a pause."""
    # The page meets the same trouble (a workspace that cannot be written) and says it to the visitor.
    with contextlib.suppress(SynthError, OSError):
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


class Doorman:
    """Adds the headers, and tells each page where its server is.

    Streamlit's page otherwise asks for the server below its own address first, which costs every deep link a failed request.
    """

    def __init__(self, app: Any) -> None:
        self.app = app
        pages = "|".join(path.stem for path in sorted((APP.parent / "pages").glob("*.py")))
        base = f"location.origin+location.pathname.replace(/({pages})\\/?$/,'')"
        self.script = f"<head><script>window.__streamlit={{BACKEND_BASE_URL:{base}}}</script>".encode()

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        if scope["path"].rstrip("/").endswith(f"/{FIRST_PAGE}"):  # Streamlit knows the first page by the bare address only
            await send({"type": "http.response.start", "status": 307, "headers": [(b"location", _bare(scope))]})
            await send({"type": "http.response.body", "body": b""})
            return
        page = not any(part in scope["path"] for part in ("/static/", "/_stcore/", "/media/", "/component/"))
        if page:  # a page is changed on its way, so it must come uncompressed and whole
            unwanted = (b"accept-encoding", b"if-none-match", b"if-modified-since", b"range")
            scope["headers"] = [(name, value) for name, value in scope["headers"] if name not in unwanted]
        await self.app(scope, receive, _Answer(send, self.script if page else b"").take)


def _bare(scope: MutableMapping[str, Any]) -> bytes:
    """Return the address of the first page, seen from the one asked for, with its parameters."""
    up = b"../" if scope["path"].endswith("/") else b"./"
    return up + (b"?" + scope["query_string"] if scope.get("query_string") else b"")


class _Answer:
    """One answer on its way: headers added to it, and the script to a page."""

    def __init__(self, send: Any, script: bytes) -> None:
        self.send = send
        self.script = script
        self.start: MutableMapping[str, Any] = {}
        self.body = b""

    async def take(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", []), *HEADERS]
            html = any(name == b"content-type" and value.startswith(b"text/html") for name, value in message["headers"])
            if self.script and html:
                self.start = message
                return
        if message["type"] == "http.response.body" and self.start:
            self.body += message.get("body", b"")
            if message.get("more_body"):
                return
            message = {**message, "body": self.body.replace(b"<head>", self.script, 1)}
            kept = [
                (name, value)
                for name, value in self.start["headers"]
                if name not in (b"content-length", b"etag", b"last-modified")
            ]
            self.start["headers"] = [*kept, (b"content-length", str(len(message["body"])).encode())]
            await self.send(self.start)
        await self.send(message)


if __name__ == "__main__":
    serve(int(sys.argv[1]) if len(sys.argv) > 1 else 8501)
