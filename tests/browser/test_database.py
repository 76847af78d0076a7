"""A table out of a database, and rows back into it, in a real browser."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Server
from tests.databases.small import write_people

PICTURES = os.environ.get("SYNTH_UI_PICTURES")
"""A folder to look at: what the pages look like is written there."""


def picture(page: Page, name: str) -> None:
    if PICTURES:
        for scheme in ("light", "dark"):
            for width in (1440, 900):
                page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                page.set_viewport_size({"width": width, "height": 1000})
                page.wait_for_timeout(1_000)
                page.screenshot(path=f"{PICTURES}/{name}-{scheme}-{width}.png", full_page=True)
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": 1440, "height": 1000})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write_people(tmp_path / "people.db")


def unfold(page: Page, title: str) -> None:
    """Open what is folded; in the middle of the window, as the bar with the next step lies over its lower edge."""
    page.get_by_text(title).evaluate("one => one.scrollIntoView({block: 'center'})")
    page.get_by_text(title).click()


def connect(page: Page, file: Path) -> None:
    page.get_by_label("Address of a database").fill(f"sqlite:///{file}")
    page.get_by_role("button", name="Connect", exact=True).click()
    expect(page.get_by_text("Connected to")).to_be_visible()


def test_a_table_is_read_from_a_database_and_rows_are_written_back(
    serve: Callable[..., Server], open_page: Callable[..., Page], file: Path
) -> None:
    server = serve()
    page = open_page(server.url)
    unfold(page, "Read a table of a database")
    page.get_by_label("Address of a database").scroll_into_view_if_needed()
    picture(page, "database-connect")
    connect(page, file)
    page.get_by_role("button", name="Show the first rows").click()
    expect(page.get_by_text("The first rows of")).to_be_visible()
    picture(page, "database-rows")
    page.get_by_role("button", name="Read it").click()
    expect(page.get_by_role("heading", name="people")).to_be_visible()
    expect(page.get_by_text("400 rows · 3 columns")).to_be_visible()

    page = open_page(server.url)  # a tab of its own: the example, as nothing was raced yet
    page.get_by_role("button", name="Open the decision").click()
    page.get_by_role("link", name="Take away").first.click()
    unfold(page, "Write these rows to a new table of a database")
    connect(page, file)
    page.get_by_role("textbox", name="New table").fill("made")
    page.get_by_role("textbox", name="New table").press("Tab")
    picture(page, "database-write")
    page.get_by_role("button", name="Write", exact=False).last.click()
    expect(page.get_by_text("rows were written to")).to_be_visible()
    picture(page, "database-written")
    with sqlite3.connect(file) as connection:
        names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        assert names == {"people", "made"}
        assert connection.execute("SELECT count(*) FROM made").fetchone()[0] > 100
        assert connection.execute("SELECT count(*) FROM people").fetchone()[0] == 400
    connection.close()
