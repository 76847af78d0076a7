"""A race in the browser: from the click on "Start race" to the first score, the complete leaderboard and all evidence, and what was forecast.

Also the memory of the web process.

python benchmarks/race.py [--sample adult] [--rows 20000] [--times 3]
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

import psutil
from _browser import chromium, free_port, interactive, server, wait_healthy
from playwright.sync_api import Browser

from synth_ui.jobs.forecast.estimate import remaining
from synth_ui.jobs.races import results
from synth_ui.jobs.races.progress import standing
from synth_ui.store.workspace import Workspace
from synth_ui.tables.samples import load_sample


def once(browser: Browser, sample: str, rows: int) -> dict[str, float]:
    """Run one race in a fresh workspace; return seconds and megabytes."""
    with tempfile.TemporaryDirectory() as folder:
        home, port = Path(folder), free_port()
        workspace = Workspace.open(home)
        table_id = workspace.add_table(load_sample(sample, rows=rows).table)
        command = [sys.executable, "-m", "synth_ui", "serve", "--port", str(port)]
        context = browser.new_context()
        with server(command, port, home) as process:
            wait_healthy(port)
            page = context.new_page()
            page.goto(f"http://127.0.0.1:{port}/?table={table_id}")
            interactive(page, "Start race")
            page.wait_for_timeout(8_000)  # as a visitor who reads the page first; the warm parent imports meanwhile
            idle = process.memory_info().rss
            began = time.perf_counter()
            page.get_by_role("button", name="Start race").click()
            said = remaining(workspace, race_of(workspace))
            first = wait(workspace, began, lambda scores, runs: scored_candidates(scores) > 0)
            complete = wait(workspace, began, lambda scores, runs: len(runs) > 4 and runs["state"].isin(["done", "failed"]).all())
            page.goto(f"http://127.0.0.1:{port}/compare")
            page.locator(".js-plotly-plot").first.wait_for(timeout=30_000)
            shown = time.perf_counter() - began
            every = wait(workspace, began, lambda scores, runs: not standing(workspace, workspace.races()["id"].iloc[0]).active)
            races = workspace.races()
            failed = results.board(workspace, races["id"].iloc[0]).query("state != 'done'")
            after = process.memory_info().rss
        context.close()
        stop_family(home)
        return {"first score": first, "all scored": complete, "leaderboard on screen": shown, "all evidence": every,
                "leaderboard, forecast": said.leaderboard, "all evidence, forecast": said.everything, "not done": float(len(failed)),
                "MB idle": idle / 2**20, "MB after": after / 2**20}  # fmt: skip


def race_of(workspace: Workspace) -> str:
    """Wait for the race to be there and return its id."""
    while not len(workspace.races()):
        time.sleep(0.05)
    return str(workspace.races()["id"].iloc[0])


def scored_candidates(scores) -> int:
    """Count candidates, not controls, with a number."""
    mine = scores[~scores["candidate"].str.startswith("control:")]
    return int(mine["value"].notna().sum())


def wait(workspace: Workspace, began: float, reached, seconds: float = 600) -> float:
    """Return the seconds since `began` at which `reached` was first true."""
    while time.perf_counter() - began < seconds:
        races = workspace.races()
        if len(races):
            race_id = races["id"].iloc[0]
            if reached(workspace.raw_scores(race_id), workspace.runs(race_id)):
                return time.perf_counter() - began
        time.sleep(0.2)
    raise TimeoutError(f"Not reached within {seconds} s.")


def stop_family(home: Path) -> None:
    """End the warm parent of this workspace, which outlives the server by design."""
    for process in psutil.process_iter(["cmdline", "environ"]):
        environment = process.info["environ"] or {}
        if environment.get("SYNTH_UI_HOME") == str(home) and "synth_ui" in " ".join(process.info["cmdline"] or []):
            process.terminate()


def main() -> None:
    """Print medians of several races."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", default="adult")
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--times", type=int, default=3)
    options = parser.parse_args()
    with chromium() as browser:
        results = [once(browser, options.sample, options.rows) for _ in range(options.times)]
    for name in results[0]:
        values = [result[name] for result in results]
        print(f"{name:24s} {statistics.median(values):8.1f}   ({', '.join(f'{value:.1f}' for value in values)})")


if __name__ == "__main__":
    main()
