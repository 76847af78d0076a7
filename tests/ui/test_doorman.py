"""What stands between the browser and Streamlit: pages are told of their server, and the first page has one address."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from streamlit import config

from synth_ui.ui.screens import SCREENS
from synth_ui.ui.server.doorman import FIRST_PAGE, Doorman
from synth_ui.ui.server.policy import HEADERS, script_hash

PAGE = b"<html><head><title>x</title><script>one()</script></head></html>"
HERE = (b"host", b"localhost:8501")


def ask(
    path: str,
    query: bytes = b"",
    kind: bytes = b"text/html",
    *,
    method: str = "GET",
    headers: Sequence[tuple[bytes, bytes]] = (HERE,),
) -> tuple[int, dict[bytes, bytes], bytes]:
    """Ask for a path; behind the doorman stands an application that answers everything with one page."""
    said = told(path, "http", headers, query=query, kind=kind, method=method)
    return said[0]["status"], dict(said[0]["headers"]), b"".join(message["body"] for message in said[1:])


def told(
    path: str,
    scheme: str,
    headers: Sequence[tuple[bytes, bytes]],
    *,
    query: bytes = b"",
    kind: bytes = b"text/html",
    method: str = "GET",
) -> list[dict[str, Any]]:
    said: list[dict[str, Any]] = []

    async def behind(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.accept"})
            return
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", kind), (b"etag", b"1")]})
        await send({"type": "http.response.body", "body": PAGE})

    async def send(message: dict[str, Any]) -> None:
        said.append(message)

    scope = {
        "type": scheme,
        "method": method,
        "path": path,
        "query_string": query,
        "headers": [*headers, (b"accept-encoding", b"gzip")],
    }
    asyncio.run(Doorman(behind)(scope, None, send))
    return said


@pytest.fixture(autouse=True)
def allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The names of .streamlit/config.toml, whatever the tests before this one set."""
    options = {"server.allowedHosts": ["localhost", "127.0.0.1"], "server.corsAllowedOrigins": ["https://synth.example"]}
    known = config.get_option
    monkeypatch.setattr(config, "get_option", lambda name: options[name] if name in options else known(name))


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
    assert body.endswith(b"<title>x</title><script>one()</script></head></html>")
    assert int(headers[b"content-length"]) == len(body)
    assert b"etag" not in headers
    assert headers.items() >= dict(HEADERS).items()
    assert ask("/static/data.js")[2] == PAGE
    assert ask("/compare", kind=b"application/json")[2] == PAGE


def test_a_page_runs_only_the_scripts_that_came_with_it_and_speaks_with_its_own_server() -> None:
    _, headers, body = ask("/compare")
    policy = dict(rule.split(" ", 1) for rule in headers[b"content-security-policy"].decode().split("; "))
    ours = body.decode().split("<script>")[1].split("</script>")[0]
    assert {f"'{script_hash(ours)}'", f"'{script_hash('one()')}'"} <= set(policy["script-src"].split())
    assert not any("unsafe" in one or one in ("*", "http:", "https:", "data:") for one in policy["script-src"].split())
    assert policy["connect-src"] == "'self' ws://localhost:8501 wss://localhost:8501"
    assert policy["form-action"] == policy["default-src"] == "'self'"
    assert policy["object-src"] == "'none'"


def test_a_file_opened_in_the_browser_runs_nothing() -> None:
    policy = ask("/media/abc.html", kind=b"text/html")[1][b"content-security-policy"]
    assert b"default-src 'none'" in policy
    assert b"script-src" not in policy
    assert policy.endswith(b"sandbox")


@pytest.mark.parametrize(
    "host", [b"evil.example", b"localhost.evil.example:8501", b"", b"10.0.0.1:8501", b"localhost@evil.example"]
)
def test_a_name_that_is_not_the_dashboards_gets_no_answer(host: bytes) -> None:
    """A stranger's name that leads to this machine would make a stranger's page one of the same origin."""
    status, _, body = ask("/compare", headers=[(b"host", host)])
    assert status == 403
    assert b"server.allowedHosts" in body
    assert told("/_stcore/stream", "websocket", [(b"host", host)])[0]["type"] == "websocket.close"


@pytest.mark.parametrize(
    ("origin", "open_"),
    [
        (b"http://localhost:8501", True), (b"", True), (b"https://synth.example", True), (b"http://localhost:9999", False),
        (b"http://127.0.0.1:8501", False), (b"null", False), (b"http://evil.example", False), (b"http://localhost:8501.evil.example", False),
    ],
)  # fmt: skip
def test_only_a_page_of_the_dashboard_holds_a_connection_or_sends_something(origin: bytes, open_: bool) -> None:
    headers = [HERE, (b"origin", origin)] if origin else [HERE]
    said = told("/_stcore/stream", "websocket", headers)[0]["type"]
    assert said == ("websocket.accept" if open_ else "websocket.close")
    for method in ("PUT", "POST", "DELETE"):
        assert ask("/_stcore/upload_file/a/b", method=method, headers=headers)[0] == (200 if open_ else 403)


def test_streamlits_counts_are_not_told() -> None:
    assert ask("/_stcore/metrics")[0] == 403
    assert ask("/_stcore/health")[0] == 200
