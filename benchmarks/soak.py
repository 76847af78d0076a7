"""A long run: four sessions of one server that load, race, look, choose, download, delete, undo and come back, for an hour or two.

    python benchmarks/soak.py [--minutes 120] [--out soak.jsonl]
    python benchmarks/soak.py --read soak.jsonl --write docs/soak.md

Every minute what the server and all it started hold is written as a line of JSON: memory, open handles, threads, processes, temporary files, the
files of the workspace and the queue. Reading it fits a line to each after the first quarter, and says whether it is flat.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from _browser import FLAGS, ROOT, free_port, wait_healthy
from playwright.async_api import Browser, Page, async_playwright
from playwright.async_api import Error as PlaywrightError
from scipy.stats import theilslopes

SESSIONS = 4
GENERATORS = ("cart", "independent", "gaussian_copula")
PAGES = ("Compare", "Distributions", "Relationships", "Coverage", "Rules", "Usefulness", "Privacy", "Fairness", "Take away", "Present", "Glossary",
         "System")  # fmt: skip
IDLE = "[data-testid=stApp][data-test-script-state=notRunning]"
SHARE = 0.36
"""Of one core, on average, with the browser: what is above it waits."""

EVERY_SECONDS = 60.0
FLAT_PERCENT = 2.0
"""What grows by less than this share of itself in an hour, or by an amount that may as well be none, is flat."""

FIRST_PART = 0.25
"""Left out of the fit: imports, caches and the first of everything."""


# --- what is measured -------------------------------------------------------------------------------------------------


@dataclass
class Watch:
    """The server, whatever it started, and how much processor time all of it took."""

    home: Path
    temporary: Path
    server: psutil.Process
    began: float = field(default_factory=time.monotonic)
    took: dict[tuple[int, float], float] = field(default_factory=dict)

    def family(self) -> list[psutil.Process]:
        """Return the server and everything that works on its workspace: by the environment, for workers leave the server's group."""
        wanted, found = f"SYNTH_UI_HOME={self.home}", []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                if wanted in Path(f"/proc/{process.pid}/environ").read_text(encoding="utf-8", errors="replace").split("\0"):
                    found.append(process)
        return found

    def share(self) -> float:
        """Return which share of one core all of it took so far, this process and the browser too."""
        me = psutil.Process()
        for process in {*self.family(), me, *me.children(recursive=True)}:
            with contextlib.suppress(psutil.Error):
                times = process.cpu_times()
                self.took[process.pid, process.create_time()] = times.user + times.system
        return sum(self.took.values()) / max(1.0, time.monotonic() - self.began)

    def line(self) -> dict[str, Any]:
        """Return what is held now."""
        family = self.family()
        server = self.server.as_dict(["memory_info", "memory_full_info", "num_fds", "num_threads"])
        rss = handles = threads = 0
        for process in family:
            with contextlib.suppress(psutil.Error):
                rss, handles, threads = (
                    rss + process.memory_info().rss,
                    handles + process.num_fds(),
                    threads + process.num_threads(),
                )
        temporary, kept = _files(self.temporary), _files(self.home)
        return {
            "minute": (time.monotonic() - self.began) / 60,
            "share": self.share(),
            "server memory, MB": server["memory_info"].rss / 1e6,
            "server memory of its own, MB": server["memory_full_info"].uss / 1e6,
            "server handles": server["num_fds"],
            "server threads": server["num_threads"],
            "memory of all processes, MB": rss / 1e6,
            "handles of all processes": handles,
            "threads of all processes": threads,
            "processes": len(family),
            "dead processes not collected": sum(_dead(process) for process in family),
            "temporary files": temporary[0],
            "temporary files, MB": temporary[1] / 1e6,
            "files of the workspace": kept[0],
            "files of the workspace, MB": kept[1] / 1e6,
            "half-written files": sum(1 for path in self.home.rglob(".*") if path.is_file() and ".tmp" in path.name),
            **self.queue(),
        }

    def queue(self) -> dict[str, int]:
        """Return how many runs, races and tables the database holds, and how many runs wait or work."""
        found: dict[str, int] = {}
        if not (self.home / "synth_ui.sqlite").exists():
            return found
        with (
            contextlib.suppress(sqlite3.Error),
            contextlib.closing(
                sqlite3.connect(f"file:{self.home / 'synth_ui.sqlite'}?mode=ro", uri=True, timeout=30)
            ) as database,
        ):
            for name, query in {
                "runs that wait": "select count(*) from runs where state = 'queued'",
                "runs that work": "select count(*) from runs where state = 'running'",
                "runs kept": "select count(*) from runs",
                "races kept": "select count(*) from races",
                "tables kept": "select count(*) from tables",
            }.items():
                found[name] = int(database.execute(query).fetchone()[0])
        return found

    def under_way(self, race: str) -> bool:
        """Whether anything of a race waits or works."""
        query = (
            "select count(*) from runs where state in ('queued', 'running') and (id in (select run_id from members where race_id = ?1) "
            "or parent_id in (select run_id from members where race_id = ?1))"
        )
        with contextlib.closing(
            sqlite3.connect(f"file:{self.home / 'synth_ui.sqlite'}?mode=ro", uri=True, timeout=30)
        ) as database:
            return bool(database.execute(query, (race,)).fetchone()[0])


def _dead(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.Error):
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    return False


def _files(folder: Path) -> tuple[int, int]:
    """Return how many files a folder holds, and how many bytes."""
    number = size = 0
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):
            if path.is_file():
                number, size = number + 1, size + path.stat().st_size
    return number, size


# --- a session --------------------------------------------------------------------------------------------------------


@dataclass
class Session:
    """One visitor who does the whole of the work again and again."""

    number: int
    base: str
    browser: Browser
    bin_lock: asyncio.Lock
    pictures: Path
    watch: Watch
    counts: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    loops: int = 0

    def count(self, what: str) -> None:
        """Count something that was done."""
        self.counts[what] = self.counts.get(what, 0) + 1

    async def once(self) -> None:
        """Load, race, look at every page, choose, download, close, come back, delete, undo, delete."""
        dice = random.Random(1_000 * self.number + self.loops)
        context = await self.browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
        try:
            page = await self._open(context, "")
            await (self._upload(page, dice) if self.number == SESSIONS - 1 else self._sample(page))
            await self._race(page)
            await self._walk(page)
            await self._choose(page)
            await self._download(page)
            address = page.url
            await page.close()
            self.count("tabs closed")
            page = await self._open(context, address.removeprefix(self.base))
            await _settled(page)
            self.count("races opened again")
            await self._delete(page, address)
            self.loops += 1
        except Exception:
            with contextlib.suppress(Exception):
                await context.pages[-1].screenshot(path=self.pictures / f"soak-{self.number}-{len(self.wrong)}.png")
            raise
        finally:
            await context.close()

    async def _open(self, context: Any, path: str) -> Page:
        page: Page = await context.new_page()
        page.set_default_timeout(240_000)
        await page.goto(f"{self.base}{path}")
        await _settled(page)
        return page

    async def _sample(self, page: Page) -> None:
        await page.locator(".st-key-sample-penguins button:visible").click()
        await page.get_by_text("344 rows · 8 columns").first.wait_for()
        self.count("tables loaded")

    async def _upload(self, page: Page, dice: random.Random) -> None:
        rows = 300 + dice.randrange(100)
        lines = [
            f"{20 + dice.randrange(50)},{dice.choice('abc')},{dice.gauss(0, 1):.3f},{dice.randrange(1000)}" for _ in range(rows)
        ]
        content = "\n".join(["age,job,score,pay", *lines, ""]).encode()
        file: Any = {"name": f"people-{self.loops}.csv", "mimeType": "text/csv", "buffer": content}
        await page.locator("[data-testid=stFileUploader] input").first.set_input_files(file)
        await page.get_by_text(f"{rows} rows · 4 columns").first.wait_for()
        self.count("tables uploaded")

    async def _race(self, page: Page) -> None:
        await _settled(page)
        await page.get_by_role("button", name="Choose generators").first.click()
        await page.locator("h1", has_text="Race").wait_for()
        await _settled(page)
        tab = page.locator("[data-testid=stTab]:visible").first
        if await tab.get_attribute("aria-selected") != "true":  # the table was raced before: its board comes first
            await tab.click()
        await page.locator(".st-key-pick_none button").wait_for()
        await _settled(page)
        await page.locator(".st-key-pick_none button:visible").first.click()
        await _settled(page)
        for key in GENERATORS:
            await page.locator(f".st-key-pick-{key} label").first.click()
            await _settled(page)
        await page.locator(".st-key-how summary").click()
        seed = page.locator(".st-key-race_seed input")
        await seed.fill(str(10_000 * self.number + self.loops))
        await seed.press("Enter")
        await _settled(page)
        await page.locator(".st-key-start_race_catalogue button").click()
        await page.locator(".st-key-to_compare button").wait_for(timeout=600_000)
        await page.get_by_text("3 of 3 candidates ready").first.wait_for(timeout=600_000)
        race = page.url.split("race=")[1].split("&")[0]
        while self.watch.under_way(race):  # every measure is asked; a page that is looked at meanwhile is drawn again with each
            await asyncio.sleep(3)
        self.count("races")

    async def _walk(self, page: Page) -> None:
        for title in PAGES:
            await page.locator("[data-testid=stSidebar]").get_by_role("link", name=title, exact=False).first.click()
            await _settled(page)
            if await page.locator("[data-testid=stException]").count():
                raise RuntimeError(f"an exception on the page {title}")
            self.count("pages")
            await asyncio.sleep(1)

    async def _go(self, page: Page, title: str) -> None:
        await page.locator("[data-testid=stSidebar]").get_by_role("link", name=title, exact=False).first.click()
        await _settled(page)

    async def _choose(self, page: Page) -> None:
        await self._go(page, "Compare")
        choose = page.locator(".st-key-choose_this button:visible").first
        await choose.wait_for(timeout=600_000)
        await choose.click()
        await page.locator(".st-key-unchoose button:visible").first.wait_for()
        self.count("choices")

    async def _download(self, page: Page) -> None:
        await self._go(page, "Take away")
        for key in ("report", "take_rows"):
            async with page.expect_download() as download:
                await page.locator(f".st-key-{key} button").first.click()
            await (await download.value).delete()
            self.count("downloads")

    async def _delete(self, page: Page, address: str) -> None:
        race = address.split("race=")[1].split("&")[0]
        entry = page.locator(f".st-key-entry-race-{race}")
        async with self.bin_lock:  # one empties the bin of all
            await self._go(page, "History")
            await page.locator(f".st-key-history_delete-{race} button:visible").click()
            await page.get_by_role("button", name="Undo").click()
            await entry.wait_for()
            await _settled(page)
            self.count("deleted and brought back")
            await page.locator(f".st-key-history_delete-{race} button:visible").click()
            await entry.wait_for(state="detached")
            await _settled(page)
            await page.locator(".st-key-history_bin summary").click()
            await page.wait_for_timeout(700)  # it opens slowly: a click meanwhile meets a button that moves away under it
            await page.locator(".st-key-empty_bin button").click()
            await page.get_by_text(re.compile("deleted for good")).first.wait_for()
            self.count("deleted for good")


async def _settled(page: Page) -> None:
    await page.wait_for_selector("[data-testid=stMain]")
    await page.wait_for_selector(IDLE)
    await page.wait_for_timeout(700)
    await page.wait_for_selector(IDLE)


# --- the run ----------------------------------------------------------------------------------------------------------


async def _visit(session: Session, watch: Watch, until: float) -> None:
    """Loop one session to the end of the time, waiting where all together take more than their share."""
    await asyncio.sleep(20 * session.number)
    while time.monotonic() < until:
        try:
            await asyncio.wait_for(session.once(), until - time.monotonic())
        except (
            PlaywrightError,
            TimeoutError,
            RuntimeError,
            sqlite3.Error,
        ) as error:  # part of what is found; the session goes on
            if time.monotonic() >= until:
                return  # the end of the time, wherever it found the session
            session.wrong.append(
                f"minute {(time.monotonic() - watch.began) / 60:.0f}: {type(error).__name__}: {str(error)[:300]}"
            )
            print(session.number, session.wrong[-1], flush=True)
        await asyncio.sleep(5)
        while watch.share() > SHARE and time.monotonic() < until:
            await asyncio.sleep(10)


async def _note(watch: Watch, sessions: list[Session], until: float, out: Path) -> None:
    """Write a line each minute."""
    while True:
        line = watch.line() | {
            "loops": sum(one.loops for one in sessions),
            "done": _done(sessions),
            "went wrong": _wrong(sessions),
        }
        _append(out, line)
        if time.monotonic() >= until:
            return
        await asyncio.sleep(EVERY_SECONDS)


def _done(sessions: list[Session]) -> dict[str, int]:
    """Count what all sessions did."""
    done: dict[str, int] = {}
    for session in sessions:
        for what, number in session.counts.items():
            done[what] = done.get(what, 0) + number
    return done


def _wrong(sessions: list[Session]) -> list[str]:
    return [f"session {one.number}, {said}" for one in sessions for said in one.wrong]


def _append(out: Path, line: dict[str, Any]) -> None:
    with out.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


async def _all(watch: Watch, base: str, minutes: float, out: Path) -> list[Session]:
    until = watch.began + 60 * minutes
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
    path = next(filter(None, map(shutil.which, names)), None)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=FLAGS)
        lock = asyncio.Lock()
        sessions = [Session(number, base, browser, lock, out.parent, watch) for number in range(SESSIONS)]
        visits: list[Awaitable[None]] = [_visit(one, watch, until) for one in sessions]
        await asyncio.gather(_note(watch, sessions, until, out), *visits)
        await browser.close()
    return sessions


@contextlib.contextmanager
def _server(home: Path, temporary: Path, port: int) -> Iterator[psutil.Process]:
    environment = {**os.environ, "SYNTH_UI_HOME": str(home), "TMPDIR": str(temporary), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "synth_ui", "serve", "--port", str(port)]
    log = home.parent / "server.log"
    with log.open("wb") as said:
        child = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=said, stderr=said)
    try:
        yield psutil.Process(child.pid)
    finally:
        child.terminate()
        child.wait(15)


def run(minutes: float, out: Path) -> None:
    """Run the sessions, write a line each minute, and at last what was done, and what is left once all have gone."""
    folder, port = Path(tempfile.mkdtemp(prefix="soak-")), free_port()
    home, temporary = folder / "workspace", folder / "temporary"
    home.mkdir()
    temporary.mkdir()
    out.unlink(missing_ok=True)
    with _server(home, temporary, port) as server:
        wait_healthy(port, 120)
        watch = Watch(home, temporary, server)
        sessions = asyncio.run(_all(watch, f"http://127.0.0.1:{port}", minutes, out))
        time.sleep(130)  # Streamlit forgets a session that went two minutes ago
        _append(
            out,
            watch.line()
            | {
                "after": True,
                "loops": sum(one.loops for one in sessions),
                "done": _done(sessions),
                "went wrong": _wrong(sessions),
            },
        )
    for process in watch.family():  # the warm parent waits a while for more work
        with contextlib.suppress(psutil.Error):
            process.terminate()
    shutil.rmtree(folder, ignore_errors=True)


# --- what came of it --------------------------------------------------------------------------------------------------

HELD = (
    "server memory, MB", "server memory of its own, MB", "server handles", "server threads", "memory of all processes, MB", "handles of all processes",
    "threads of all processes", "processes", "dead processes not collected", "temporary files", "half-written files", "files of the workspace",
    "files of the workspace, MB", "runs that wait", "runs kept", "races kept", "tables kept",
)  # fmt: skip


def slope(minutes: Any, values: Any) -> tuple[float, float, float]:
    """Return growth per hour, by the median of the slopes between all pairs, with its 95% interval."""
    if np.ptp(values) == 0:
        return 0.0, 0.0, 0.0
    fitted = theilslopes(values, np.asarray(minutes) / 60, 0.95)
    return float(fitted.slope), float(fitted.low_slope), float(fitted.high_slope)


def verdict(level: float, growth: float, low: float, high: float) -> str:
    """Say whether what is held is flat: its growth is none as far as can be told, or a small part of it."""
    if low <= 0 <= high or abs(growth) <= FLAT_PERCENT / 100 * abs(level):
        return "flat"
    return "**grows**" if growth > 0 else "falls"


def page(lines: list[dict[str, Any]]) -> str:
    """Write what a run held, as docs/soak.md."""
    during = [line for line in lines if "minute" in line and not line.get("after")]
    after = next((line for line in lines if line.get("after")), None)
    last = after or during[-1]
    whole = during[-1]["minute"]
    fitted = [line for line in during if line["minute"] >= FIRST_PART * whole]
    done = ", ".join(f"{number:,} {what}" for what, number in last.get("done", {}).items())
    said = [
        "# A long run", "",
        f"Written by `benchmarks/soak.py`: {SESSIONS} sessions of one server in a real browser for {whole:,.0f} minutes, each again and again: load a "
        f"sample or upload a table, race {len(GENERATORS)} generators with all measures, look at {len(PAGES)} pages, choose, download report and rows, close the "
        f"tab, open the race again, delete it, undo, delete it for good. Together with the browser they took {last.get('share', 0):.0%} of one core of a busy machine.", "",
        f"Done: {done}.", "",
        f"A line a minute; the first {FIRST_PART:.0%} of the time (imports, caches, the first of everything) is left out of the fit. Growth per hour is the median of "
        f"the slopes between all pairs of minutes, with its 95% interval. Flat is what grows by no more than {FLAT_PERCENT:g}% of itself in an hour, or by an amount "
        "that may as well be none.", "",
        "| Held | First quarter, last minute | Least, most after it | Growth per hour | 95% interval | |" + (" Two minutes after the last visitor left |" if after else ""),
        "|---|---|---|---|---|---|" + ("---|" if after else ""),
    ]  # fmt: skip
    for name in HELD:
        values = np.array([line.get(name, 0) for line in fitted], dtype=float)
        growth, low, high = slope([line["minute"] for line in fitted], values)
        begun = next(line for line in reversed(during) if line["minute"] < FIRST_PART * whole).get(name, 0)
        cells = [name, f"{begun:,.0f}", f"{values.min():,.0f}, {values.max():,.0f}", f"{growth:+,.1f}", f"{low:+,.1f} to {high:+,.1f}",
                 verdict(float(np.median(values)), growth, low, high)]  # fmt: skip
        said.append(f"| {' | '.join(cells)} |" + (f" {after.get(name, 0):,.0f} |" if after else ""))
    wrong = last.get("went wrong", [])
    said += ["", "## What went wrong", "", *([f"- {' '.join(one.split())}" for one in wrong] or ["Nothing."]), ""]
    return "\n".join(said)


def main(arguments: list[str] | None = None, act: Callable[[float, Path], None] = run) -> int:
    """Run the sessions or read what a run wrote."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=120.0)
    parser.add_argument("--out", type=Path, default=Path("soak.jsonl"))
    parser.add_argument("--read", type=Path, help="a run that was written before")
    parser.add_argument("--write", type=Path, help="the page that says what it held")
    options = parser.parse_args(arguments)
    if options.read:
        said = page([json.loads(line) for line in options.read.read_text(encoding="utf-8").splitlines()])
        options.write.write_text(said, encoding="utf-8") if options.write else print(said)
        return 0
    act(options.minutes, options.out.resolve())
    return 0


if __name__ == "__main__":
    sys.exit(main())
