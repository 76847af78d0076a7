"""Take pictures of every page, light and dark, at three widths, and say what is wrong with any of them.

    python docs/screenshots.py                       races on a sample in a new workspace, then looks at every page
    python docs/screenshots.py --home WORKSPACE      looks at the newest race of a workspace
    python docs/screenshots.py --pages compare,privacy --widths 1440 --schemes light

Pictures go to docs/screenshots as WebP. Printed per page: its height at 1440 × 900, what axe finds (of any impact), sideways
overflow, errors of the browser's console. It ends with 1 where there is anything but a height to print.
Needs what the tests need (`make .venv/.ready-tests`), and Chromium or Chrome.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from synth_ui.ui.screens import SCREENS

DOCS = Path(__file__).resolve().parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
HEIGHTS = {1440: 900, 900: 900, 390: 844}
QUIET_MS = 60_000
NOT_SHOWN = ("system",)
"""Names the machine the pictures are taken on."""


def main() -> int:
    asked = options()
    with tempfile.TemporaryDirectory() as folder:
        home = asked.home or race(Path(folder))
        with server(home) as url, sync_playwright() as playwright:
            found = next(filter(None, map(shutil.which, BROWSERS)), None)
            if found is None:
                sys.exit(f"No browser found (looked for {', '.join(BROWSERS)}): install Chromium or Chrome.")
            browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
            wrong = [line for page in asked.pages for line in look(browser, url, page, asked)]
            browser.close()
    return 1 if wrong else 0


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, help="a workspace with a race; default: a new one in which the penguins are raced")
    parser.add_argument("--out", type=Path, default=DOCS / "screenshots")
    parser.add_argument(
        "--pages", type=lambda text: text.split(","), default=[screen.file for screen in SCREENS if screen.file not in NOT_SHOWN]
    )
    parser.add_argument("--widths", type=lambda text: [int(part) for part in text.split(",")], default=list(HEIGHTS))
    parser.add_argument("--schemes", type=lambda text: text.split(","), default=["light", "dark"])
    return parser.parse_args()


def race(home: Path) -> Path:
    """Race on a sample, all measures, in a new workspace."""
    environment = {**os.environ, "SYNTH_UI_HOME": str(home)}
    sample = DOCS.parent / "sample_data" / "penguins.parquet"
    subprocess.run([sys.executable, "-m", "synth_ui", "race", str(sample), "--target", "species"], env=environment, check=True)
    return home


@contextmanager
def server(home: Path) -> Iterator[str]:
    """Run the dashboard on a workspace and yield its address."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = int(listener.getsockname()[1])
    environment = {**os.environ, "SYNTH_UI_HOME": str(home)}
    command = [sys.executable, "-m", "synth_ui", "serve", "--port", str(port)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(f"{url}/_stcore/health", timeout=2).close()
                break
            except OSError:
                time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait(20)


def look(browser: Browser, url: str, name: str, asked: argparse.Namespace) -> list[str]:
    """Take the pictures of one page and print what was found on it."""
    wrong: list[str] = []
    height = 0
    for scheme in asked.schemes:
        context = browser.new_context(color_scheme=scheme, viewport={"width": 1440, "height": 900})
        page = context.new_page()
        page.set_default_timeout(QUIET_MS)
        errors: list[str] = []
        page.on("console", lambda said, errors=errors: errors.append(said.text) if said.type == "error" else None)
        page.goto(f"{url}/{'' if name == SCREENS[0].file else name}")
        for width in asked.widths:
            page.set_viewport_size({"width": width, "height": HEIGHTS.get(width, 900)})
            settle(page)
            height = tall(page) if width == 1440 and scheme == asked.schemes[0] else height
            wrong += [f"{name} {scheme} {width}: {line}" for line in faults(page)]
            take(page, asked.out / f"{name}-{scheme}-{width}.webp", width)
        wrong += [f"{name} {scheme}: console: {line}" for line in errors]
        context.close()
    print(f"{name}: {height} px tall at 1440 × 900", *(f"  {line}" for line in wrong), sep="\n", flush=True)
    return wrong


def settle(page: Page) -> None:
    """Wait until the script has ended and the page stands still."""
    page.wait_for_selector("[data-testid=stMain]")
    before, still = "", 0
    for _ in range(120):
        now = str(
            page.evaluate(
                "[document.querySelector('[data-testid=stApp]')?.dataset.testScriptState,"
                " document.body.innerText.length, document.querySelectorAll('*').length].join(':')"
            )
        )
        still = still + 1 if now == before and now.startswith("notRunning") else 0
        if still == 3:
            return
        before = now
        page.wait_for_timeout(250)


def tall(page: Page) -> int:
    """Return the height of the whole page in pixels."""
    return int(page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight"))


def faults(page: Page) -> list[str]:
    """Return what axe finds, of any impact, and how far the page is wider than the window."""
    answer: dict[str, Any] = Axe().run(page).response
    found = [f"axe {one['impact']} {one['id']}: {node['target']}" for one in answer["violations"] for node in one["nodes"]]
    main = "document.querySelector('[data-testid=stMain]')"
    over = int(
        page.evaluate(f"Math.max(document.documentElement.scrollWidth - innerWidth, {main}.scrollWidth - {main}.clientWidth)")
    )
    if over > 0:
        found.append(f"{over} px too wide")
    return found


def take(page: Page, path: Path, width: int) -> None:
    """Take the whole page into a picture: the window is made as tall as the page for it."""
    page.set_viewport_size({"width": width, "height": min(max(tall(page), HEIGHTS.get(width, 900)), 6_000)})
    settle(page)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.open(io.BytesIO(page.screenshot())).convert("RGB").save(path, "WEBP", quality=70, method=4)


if __name__ == "__main__":
    sys.exit(main())
