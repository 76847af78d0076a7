"""Any widget to the redrawn page, in the browser: 50,000 rows × 15 columns, six candidates.

python benchmarks/widgets.py [--rows 50000] [--home FOLDER] [--racing]

The race is run first; --home keeps its workspace for the next time. With --racing another race, of networks, runs beside the clicks.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from _browser import IDLE, chromium, free_port, interactive, server, wait_healthy
from playwright.sync_api import Locator, Page
from race import stop_family

from synth_ui.jobs.execution.schedule import advance
from synth_ui.jobs.races.request import Request
from synth_ui.jobs.races.start import start_race
from synth_ui.store.workspace import Workspace
from synth_ui.tables.samples import load_sample
from synth_ui.tables.split import make_split

PAGES = ("compare", "distributions", "relationships", "coverage", "usefulness", "privacy", "take_away")
LONG = ("sdv_ctgan", "sdv_tvae", "diffusion", "vae")
GENERATORS = ("independent", "gaussian_copula", "bayes_net", "cart", "arf", "autoregressive")

WATCH = """() => {
  window.__last = performance.now(); window.__began = performance.now();
  window.__watch = window.__watch || new MutationObserver(changes => {
    if (changes.some(one => !one.target.closest || !one.target.closest('canvas, header'))) window.__last = performance.now();
  });
  window.__watch.disconnect();
  window.__watch.observe(document.body, {subtree: true, childList: true, characterData: true});
}"""
"""Notes the last change of the page and its dialogs; what stands inside a canvas, for readers of the screen, is filled in after what is seen."""


def prepare(home: Path, rows: int) -> None:
    """Run the race the pages are then asked about, unless the workspace has one."""
    workspace = Workspace.open(home)
    if len(workspace.races()):
        return
    table = load_sample("adult").table
    drawn = np.random.default_rng(0).integers(len(table), size=rows)
    table_id = workspace.add_table(table.rows(drawn))
    split_id = workspace.add_split(table_id, make_split(workspace.table(table_id)))
    race_id = start_race(workspace, split_id, [Request(key) for key in GENERATORS], card="standard")
    while not workspace.runs(race_id)["state"].isin(["done", "failed", "cancelled", "lost"]).all():
        advance(workspace)
        time.sleep(0.5)


def _race_on(home: Path) -> None:
    """Start a race that outlasts the clicks, on the same rows; the first one stays the page's by its address."""
    workspace = Workspace.open(home)
    split = str(workspace.races()["split_id"].iloc[0])
    start_race(workspace, split, [Request(key) for key in LONG], card="quick")


def _running(home: Path) -> bool:
    workspace = Workspace.open(home)
    return any((workspace.runs(race)["state"].isin(["queued", "running"])).any() for race in workspace.races()["id"])


def redraw(page: Page, widget: Locator) -> float:
    """Click and return the milliseconds until the last change of the page before it stood still for 400 ms."""
    page.evaluate(WATCH)
    widget.click()
    page.wait_for_function(
        "() => performance.now() - window.__last > 400 && performance.now() - window.__began > 400", timeout=30_000
    )
    page.locator(IDLE).first.wait_for(timeout=30_000)
    taken = float(page.evaluate("window.__last - window.__began"))
    if page.get_by_role("dialog").count():
        page.keyboard.press("Escape")
        page.get_by_role("dialog").first.wait_for(state="detached")
        page.wait_for_timeout(500)
    return taken


def widgets(page: Page) -> list[tuple[str, Locator]]:
    """Return what can be clicked on a page without leaving it: radios, toggles, tabs, pairs of columns, columns to be seen large."""
    main = page.locator("[data-testid=stMain]")
    pairs = main.locator("[data-testid=stBaseButton-secondary]", has_text=re.compile(r"\w and \w"))
    columns = main.locator("[data-testid=stBaseButton-tertiary]", has_text="zoom_in")
    found = [(f"pair {place + 1}", pairs.nth(place)) for place in range(min(pairs.count(), 4))]
    found += [(f"column {place + 1}", columns.nth(place)) for place in range(min(columns.count(), 4))]
    for kind in ("radio", "checkbox", "tab", "switch"):
        for place in range(min(main.get_by_role(kind).count(), 8)):  # type: ignore[arg-type]
            found.append((f"{kind} {place + 1}", main.get_by_role(kind).nth(place)))  # type: ignore[arg-type]
    return found


def walk(page: Page, base: str, name: str, race: str) -> list[tuple[str, float]]:
    """Click every widget of one page of one race once."""
    page.goto(f"{base}/{name}?race={race}")
    interactive(page, name.replace("_", " ").capitalize())
    page.wait_for_timeout(2_500)
    times = []
    for label, widget in widgets(page):
        if widget.is_visible() and widget.is_enabled():
            shown = widget.locator("xpath=ancestor::label[1]")
            times.append((f"{name}: {label}", redraw(page, shown if shown.count() else widget)))
    return times


def main() -> None:
    """Print each redraw, and the median and 95th percentile."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--racing", action="store_true", help="while a race of networks runs")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home, port = options.home or Path(folder), free_port()
        prepare(home, options.rows)
        shown = str(Workspace.open(home).races()["id"].iloc[-1])
        if options.racing:
            _race_on(home)
        with chromium() as browser, server([sys.executable, "-m", "synth_ui", "serve", "--port", str(port)], port, home):
            wait_healthy(port)
            page = browser.new_page(viewport={"width": 1440, "height": 1000})
            base = f"http://127.0.0.1:{port}"
            times = []
            for _ in range(options.rounds):
                for name in PAGES:
                    times += walk(page, base, name, shown)
            if options.racing and not _running(home):
                raise SystemExit("The race beside the clicks ended before them: nothing was measured beside it.")
        stop_family(home)
    for label, milliseconds in sorted(times, key=lambda pair: -pair[1]):
        print(f"{milliseconds:7.0f} ms  {label}")
    values = np.array([milliseconds for _, milliseconds in times])
    print(f"{len(values)} clicks: median {np.median(values):.0f} ms, 95th percentile {np.percentile(values, 95):.0f} ms")


if __name__ == "__main__":
    main()
