"""Cold start to an interactive first page, beside a one-line Streamlit app in the same run.

The first start makes the workspace and puts the sample into it; the later ones find it there, as every start but the first does.

python benchmarks/startup.py [--times 5]
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

from _browser import chromium, free_port, interactive, server, wait_healthy
from playwright.sync_api import Browser

OPTIONS = ["--server.headless=true", "--browser.gatherUsageStats=false", "--server.address=127.0.0.1"]


def one_line(folder: Path, port: int) -> list[str]:
    """Return the command that serves a one-line app."""
    app = folder / "one_line.py"
    app.write_text('import streamlit as st; st.title("Ready")\n', encoding="utf-8")
    return [sys.executable, "-m", "streamlit", "run", str(app), f"--server.port={port}", *OPTIONS]


def ours(port: int) -> list[str]:
    """Return the command that serves the dashboard."""
    return [sys.executable, "-m", "synth_ui", "serve", "--port", str(port)]


def once(command: list[str], port: int, browser: Browser, text: str, home: Path | None = None) -> float:
    """Return the seconds from the start of the server to an interactive first page."""
    context = browser.new_context()
    began = time.perf_counter()
    with server(command, port, home) as _:
        wait_healthy(port)
        page = context.new_page()
        page.goto(f"http://127.0.0.1:{port}")
        interactive(page, text)
        seconds = time.perf_counter() - began
        context.close()
    return seconds


def main() -> None:
    """Alternate the two apps and print medians and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument(
        "--text",
        default="Which synthetic table can stand in for yours?",
        help="what the dashboard's first page shows once it can be used",
    )
    options = parser.parse_args()
    bare, dashboard, fresh = [], [], []
    with chromium() as browser, tempfile.TemporaryDirectory() as folder:
        for _ in range(options.times):
            port = free_port()
            bare.append(once(one_line(Path(folder), port), port, browser, "Ready"))
            port = free_port()
            fresh.append(once(ours(port), port, browser, options.text))
            port = free_port()
            seconds = once(ours(port), port, browser, options.text, Path(folder) / "home")
            dashboard.append(seconds)
    dashboard = dashboard[1:] or dashboard  # the first of these made the workspace
    low, high, first = statistics.median(bare), statistics.median(dashboard), statistics.median(fresh)
    print(f"one-line app   {low:.2f} s  ({', '.join(f'{s:.2f}' for s in bare)})")
    print(f"dashboard      {high:.2f} s  ({', '.join(f'{s:.2f}' for s in dashboard)})")
    print(f"fresh workspace {first:.2f} s ({', '.join(f'{s:.2f}' for s in fresh)})")
    print(f"ratio          {high / low:.2f}; in a fresh workspace {first / low:.2f}")


if __name__ == "__main__":
    main()
