"""A server of its own with a fresh workspace, and a browser that is already there."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install -e '.[test]'")

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
START_SECONDS = 60
SHOWN_MS = 30_000


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder walks the running app in a real browser."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@dataclass
class Server:
    """A running dashboard."""

    process: subprocess.Popen[bytes]
    url: str
    home: Path

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End the server, and only the server: its workers live in groups of their own."""
        if self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(10)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def start(home: Path, port: int | None = None, *, plain: bool = False, **variables: str) -> Server:
    """Start a dashboard on a workspace and wait until it answers; `plain` by Streamlit's own command, with more variables of the environment."""
    port = port or free_port()
    streamlit = ["-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    command = [sys.executable, *(streamlit if plain else ["-m", "synth_ui", "serve", "--port", str(port)])]
    environment = {**os.environ, "SYNTH_UI_HOME": str(home), "OMP_NUM_THREADS": "1", **variables}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    server = Server(process, f"http://127.0.0.1:{port}", home)
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{server.url}/_stcore/health", timeout=2) as answer:
            if answer.read() == b"ok":
                return server
        if process.poll() is not None:
            break
        time.sleep(0.1)
    server.stop()
    raise RuntimeError(f"The dashboard did not answer within {START_SECONDS} s.")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        reason = f"no browser found (looked for {', '.join(NAMES)}); install Chromium or Chrome"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Start servers that end with the test; all on one fresh workspace."""
    started: list[Server] = []

    def go(port: int | None = None) -> Server:
        started.append(start(tmp_path / "workspace", port))
        return started[-1]

    yield go
    for server in started:
        server.stop()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open pages that fail the test on an error of the console (unless told otherwise) or a request to another host."""
    contexts: list[BrowserContext] = []
    found: list[str] = []

    def go(url: str, *, width: int = 1440, height: int = 1000, scheme: str = "light", errors: bool = True) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(SHOWN_MS)
        page.on("request", lambda request: _outside(request.url, found))
        page.on("console", lambda said: _console(said, found) if errors else None)
        page.on("pageerror", lambda error: found.append(f"page error: {error}"))
        page.goto(url)
        page.wait_for_selector("[data-testid=stMain]")
        return page

    expect.set_options(timeout=SHOWN_MS)
    yield go
    for context in contexts:
        context.close()
    assert not found, found


def _console(said: ConsoleMessage, found: list[str]) -> None:
    """Note an error of the console, but for a file that Streamlit dropped because the page was drawn again before the browser asked for it."""
    address = str(said.location.get("url", ""))
    if said.type == "error" and not ("404" in said.text and "/media/" in address):
        found.append(f"console: {said.text} {address}")


def _outside(url: str, found: list[str]) -> None:
    if not url.startswith(("http://127.0.0.1", "ws://127.0.0.1", "data:", "blob:", "about:")):
        found.append(f"request to {url}")
