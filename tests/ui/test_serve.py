"""What stands between the browser and Streamlit: pages are told of their server, and the first page has one address."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from synth_ui.ui.screens import SCREENS
from synth_ui.ui.serve import FIRST_PAGE, HEADERS, Doorman

PAGE = b"<html><head><title>x</title></head></html>"


def ask(path: str, query: bytes = b"", kind: bytes = b"text/html") -> tuple[int, dict[bytes, bytes], bytes]:
    """Ask for a path; behind the doorman stands an application that answers everything with one page."""
    said: list[dict[str, Any]] = []

    async def behind(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", kind), (b"etag", b"1")]})
        await send({"type": "http.response.body", "body": PAGE})

    async def send(message: dict[str, Any]) -> None:
        said.append(message)

    scope = {"type": "http", "method": "GET", "path": path, "query_string": query, "headers": [(b"accept-encoding", b"gzip")]}
    asyncio.run(Doorman(behind)(scope, None, send))
    return said[0]["status"], dict(said[0]["headers"]), b"".join(message["body"] for message in said[1:])


@pytest.mark.parametrize(("path", "to"), [("/start", b"./"), ("/start/", b"../"), ("/behind/a/proxy/start", b"./")])
def test_the_first_page_is_sent_to_its_one_address(path: str, to: bytes) -> None:
    """Streamlit answers any other address of the first page with a dialog that says there is no such page."""
    assert SCREENS[0].file == FIRST_PAGE
    status, headers, _ = ask(path, b"race=abc")
    assert (status, headers[b"location"]) == (307, to + b"?race=abc")
    assert ask(path)[1][b"location"] == to


def test_a_page_is_told_where_its_server_is_and_nothing_else_is_changed() -> None:
    status, headers, body = ask("/compare")
    assert status == 200
    assert all(screen.file.encode() in body for screen in SCREENS)
    assert body.endswith(b"<title>x</title></head></html>")
    assert int(headers[b"content-length"]) == len(body)
    assert b"etag" not in headers
    assert headers.items() >= dict(HEADERS).items()
    assert ask("/static/data.js")[2] == PAGE
    assert ask("/compare", kind=b"application/json")[2] == PAGE
