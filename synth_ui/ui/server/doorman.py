"""Who may ask the server, and what is added to its answers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from synth_ui.system import logs
from synth_ui.ui.screens import SCREENS
from synth_ui.ui.server import guard
from synth_ui.ui.server.policy import HEADERS, MEDIA, inline_scripts, page_policy

FIRST_PAGE = SCREENS[0].file

METRICS = "/_stcore/metrics"
"""Streamlit's counts of what its visitors do, which nobody here asks for."""

READY = "/ready"
"""Says to whoever watches the server whether work can be taken, under whatever name it asks."""

_UNWANTED = (b"accept-encoding", b"if-none-match", b"if-modified-since", b"range")
_FILES = ("/static/", "/_stcore/", "/media/", "/component/")


class Doorman:
    """Refuses who does not come from the dashboard's own address, adds the headers, and tells each page where its server is.

    Streamlit's page otherwise asks for the server below its own address first, which costs every deep link a failed request.
    """

    def __init__(self, app: Any) -> None:
        self.app = app
        pages = "|".join(screen.file for screen in SCREENS)
        base = f"location.origin+location.pathname.replace(/({pages})\\/?$/,'')"
        self.script = f"<head><script>window.__streamlit={{BACKEND_BASE_URL:{base}}}</script>".encode()

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        if scope["type"] == "http" and scope["path"].endswith(READY):
            await _say_whether_ready(send)
            return
        refusal = refused(scope)
        if refusal:
            logs.event("request refused", kind=scope["type"])
            await _refuse(scope, send, refusal)
        elif scope["type"] == "websocket":
            await self.app(scope, receive, send)
        elif scope["method"] == "GET" and scope["path"].rstrip("/").endswith(f"/{FIRST_PAGE}"):
            # Streamlit knows the first page by the bare address only
            await _answer(send, 307, b"", [(b"location", _bare(scope))])
        else:
            await self._pass_on(scope, receive, send)

    async def _pass_on(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        page = scope["method"] == "GET" and not any(part in scope["path"] for part in _FILES)
        if page:  # a page is changed on its way, so it must come uncompressed and whole
            scope["headers"] = [(name, value) for name, value in scope["headers"] if name not in _UNWANTED]
        host = _header(scope, b"host")

        def policy(text: str) -> bytes:
            return MEDIA if "/media/" in scope["path"] else page_policy(inline_scripts(text), host)

        await self.app(scope, receive, _Answer(send, self.script if page else b"", policy).take)


def refused(scope: MutableMapping[str, Any]) -> str:
    """Return why a request is not answered; empty where it is.

    The host has to be one the dashboard answers to (`server.allowedHosts`): a name of a stranger's that leads to this machine is none. What
    changes something, and the connection of a page, has to come from a page of the dashboard itself, its port included, or from an
    address named in `server.corsAllowedOrigins`.
    """
    from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

    host, origin = _header(scope, b"host"), _header(scope, b"origin")
    if not is_host_allowed(host):
        return "The dashboard does not answer to this name. The names it answers to are in server.allowedHosts (.streamlit/config.toml)."
    if scope["type"] == "http" and scope["path"].endswith(METRICS):
        return "There is nothing here."
    asks = scope["type"] == "http" and scope["method"] in ("GET", "HEAD", "OPTIONS")
    if origin and not asks and not _own(origin, host):
        return "Only a page of the dashboard itself may do this. Further addresses are named in server.corsAllowedOrigins."
    return guard.refused_to(scope["path"], _header(scope, b"cookie")) if scope["type"] == "http" and not is_options(scope) else ""


def is_options(scope: MutableMapping[str, Any]) -> bool:
    """Whether a browser asks only whether it may ask; it sends no cookies then."""
    return bool(scope["method"] == "OPTIONS")


def _own(origin: str, host: str) -> bool:
    from streamlit.web.server.server_util import allowlisted_origins

    return urlsplit(origin).netloc == host or origin in allowlisted_origins()


def _header(scope: MutableMapping[str, Any], name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")


async def _refuse(scope: MutableMapping[str, Any], send: Any, reason: str) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": reason[:100]})
    else:
        await _answer(send, 403, reason.encode(), [(b"content-type", b"text/plain; charset=utf-8")])


async def _answer(send: Any, status: int, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*HEADERS, *headers, length]})
    await send({"type": "http.response.body", "body": body})


async def _say_whether_ready(send: Any) -> None:
    """Answer with what was looked at, by name, and nothing of this machine; 503 where no work can be taken."""
    from synth_ui.jobs.health.ready import checks, ready

    found = await asyncio.to_thread(checks)
    said = {"ready": ready(found), "checks": {one.name: one.fine for one in found}}
    kind = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
    await _answer(send, 200 if ready(found) else 503, json.dumps(said).encode(), kind)


def _bare(scope: MutableMapping[str, Any]) -> bytes:
    """Return the address of the first page, seen from the one asked for, with its parameters."""
    up = b"../" if scope["path"].endswith("/") else b"./"
    return up + (b"?" + scope["query_string"] if scope.get("query_string") else b"")


class _Answer:
    """One answer on its way: headers added to it, and the script to a page."""

    def __init__(self, send: Any, script: bytes, policy: Callable[[str], bytes]) -> None:
        self.send = send
        self.script = script
        self.policy = policy
        self.start: MutableMapping[str, Any] = {}
        self.body = b""

    async def take(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", []), *HEADERS]
            html = any(name == b"content-type" and value.startswith(b"text/html") for name, value in message["headers"])
            if self.script and html:
                self.start = message
                return
            message["headers"].append((b"content-security-policy", self.policy("")))
        if message["type"] == "http.response.body" and self.start:
            self.body += message.get("body", b"")
            if message.get("more_body"):
                return
            message = {**message, "body": self.body.replace(b"<head>", self.script, 1)}
            await self.send({**self.start, "headers": self._of_page(message["body"])})
        await self.send(message)

    def _of_page(self, body: bytes) -> list[tuple[bytes, bytes]]:
        """Return the headers of a page that was changed, with the policy that names the scripts in it."""
        old = (b"content-length", b"etag", b"last-modified")
        kept = [(name, value) for name, value in self.start["headers"] if name not in old]
        policy = (b"content-security-policy", self.policy(body.decode("utf-8")))
        return [*kept, policy, (b"content-length", str(len(body)).encode())]
