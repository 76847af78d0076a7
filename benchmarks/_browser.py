"""What the browser benchmarks share: a server on a free port, a browser, waiting for an interactive page."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
IDLE = "[data-testid=stApp][data-test-script-state=notRunning]"


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def server(command: list[str], port: int, home: Path | None = None) -> Iterator[psutil.Process]:
    """Run a server with a workspace of its own; end it and everything it started afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "SYNTH_UI_HOME": str(home or folder)}
        child = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        process = psutil.Process(child.pid)
        try:
            yield process
        finally:
            family = [*process.children(recursive=True), process]
            for member in family:
                member.terminate()
            psutil.wait_procs(family, timeout=5)


def wait_healthy(port: int, seconds: float = 30) -> None:
    """Wait until the server answers its health check."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.02)
    raise TimeoutError(f"No healthy server on port {port} after {seconds} s.")


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the system's Chromium or Chrome."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
    path = next(filter(None, map(shutil.which, names)), None)
    if path is None:
        raise SystemExit("No Chromium or Chrome found on the PATH.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


def interactive(page: Page, text: str, seconds: float = 60) -> None:
    """Wait until `text` is on the page and no script runs."""
    page.get_by_text(text).first.wait_for(timeout=seconds * 1000)
    page.locator(IDLE).first.wait_for(timeout=seconds * 1000)
