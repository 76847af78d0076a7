"""The way of a new user with a stop-watch: from the first page over a file of one's own to a saved decision card, in the browser.

Clicks as a person makes them who takes each offered next step: put the file in, accept the proposed target, start the race, go to Compare as soon
as it is offered, wait until the answer is no longer one "so far", choose, take the card. Seconds are the machine's; reading comes on top.

python benchmarks/stopwatch.py FILE [FILE ...]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from _browser import chromium, free_port, interactive, server, wait_healthy
from playwright.sync_api import Browser, Page
from race import stop_family

ANSWER = "[data-testid=stMain] h2"
"""What Compare has found, its first heading below the title."""

FIRST = "Which synthetic table can stand in for yours?"


class Watch:
    """Counts clicks and prints when each stage was reached."""

    def __init__(self, page: Page) -> None:
        self.page, self.clicks, self.began = page, 0, time.perf_counter()

    def click(self, css: str, seconds: float = 240) -> None:
        """Click what a key names as soon as it is there."""
        widget = self.page.locator(css).first
        widget.wait_for(timeout=1_000 * seconds)
        widget.click()
        self.clicks += 1

    def reached(self, what: str) -> float:
        """Print how long it took to here."""
        seconds = time.perf_counter() - self.began
        print(f"  {seconds:6.1f} s  {self.clicks} clicks  {what}", flush=True)
        return seconds


def answer(page: Page) -> str:
    """Return the sentence of the page Compare."""
    return str(page.locator(ANSWER).first.inner_text()).split("\n")[0]


def walk(browser: Browser, file: Path, base: str) -> tuple[int, float]:
    """Go the whole way with one file; return clicks and seconds."""
    page = browser.new_page(viewport={"width": 1440, "height": 900}, accept_downloads=True)
    watch = Watch(page)
    page.goto(base)
    interactive(page, FIRST)
    watch.reached("the first page stands")
    page.locator("input[type=file]").first.set_input_files(file)
    watch.clicks += 1
    start = page.locator(".st-key-start_race_data button")
    start.wait_for(timeout=120_000)
    watch.reached("the table is read and reviewed")
    proposed = page.locator("[class*=st-key-target_yes] button")
    if proposed.count():
        watch.click("[class*=st-key-target_yes] button")
        proposed.first.wait_for(state="detached")
    watch.click(".st-key-start_race_data button")
    watch.click(".st-key-to_compare button")
    page.locator(".board-scales tbody tr").first.wait_for(timeout=120_000)
    watch.reached("the first leaderboard: " + answer(page))
    page.wait_for_function(
        "css => { const said = document.querySelector(css); return said && /best|tied|recommended|judged/.test(said.innerText)"
        " && !/so far|yet/.test(said.innerText); }",
        arg=ANSWER,
        timeout=300_000,
    )
    watch.reached("the answer: " + answer(page))
    watch.click(".st-key-choose_this button")
    watch.click("[class*=st-key-onward-pages-take_away] button")
    with page.expect_download(timeout=60_000) as taken:
        watch.click(".st-key-card button")
    size = taken.value.path().stat().st_size
    seconds = watch.reached(f"the card is saved, {size / 1024:.0f} KB")
    if page.locator("[data-testid=stException]").count():
        raise SystemExit("An error stands on the page.")
    page.close()
    return watch.clicks, seconds


def main() -> None:
    """Walk with each file in a workspace of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", type=Path, nargs="+")
    for file in parser.parse_args().files:
        print(file.name, flush=True)
        port = free_port()
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home, chromium() as browser:
            command = [sys.executable, "-m", "synth_ui", "serve", "--port", str(port)]
            with server(command, port, Path(home)):
                wait_healthy(port)
                clicks, seconds = walk(browser, file, f"http://127.0.0.1:{port}")
            stop_family(Path(home))
        print(f"  {clicks} clicks, {seconds:.0f} s", flush=True)


if __name__ == "__main__":
    main()
