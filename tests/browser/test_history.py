"""The history as a visitor uses it: found, named, starred, deleted and brought back, exported and imported, taken over with another target."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from synth_ui.store.workspace import Workspace
from tests import small_race
from tests.browser.conftest import Server, start
from tests.browser.test_app import said, settled


@pytest.fixture(scope="module")
def raced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server on a workspace in which a race is over."""
    folder = tmp_path_factory.mktemp("kept")
    small_race.raced(folder)
    server = start(folder)
    yield server
    server.stop()


def test_a_race_is_named_found_deleted_and_brought_back(raced: Server, open_page: Callable[..., Page]) -> None:
    race = str(Workspace.open(raced.home).races()["id"].iloc[0])
    page = open_page(f"{raced.url}/history")
    settled(page)
    page.locator(f".st-key-history_edit-{race} button:visible").first.click()
    page.get_by_label("Name", exact=True).fill("Birds of the south")
    page.get_by_label("Note", exact=True).fill("for the meeting")
    page.get_by_role("button", name="Keep").click()
    said(page, "Birds of the south")
    page.get_by_label("Search names, notes and results").fill("MEETING")
    page.keyboard.press("Enter")
    settled(page)
    assert "history_search=MEETING" in page.url
    expect(page.locator(f".st-key-entry-race-{race}")).to_be_visible()
    other = open_page(page.url)
    settled(other)
    expect(other.get_by_label("Search names, notes and results")).to_have_value("MEETING")
    page.locator(f".st-key-history_delete-{race} button:visible").click()
    said(page, "No race holds that.")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(f".st-key-entry-race-{race}")).to_be_visible()


def test_a_race_goes_through_a_file_and_a_spoiled_file_is_refused(
    raced: Server, serve: Callable[..., Server], open_page: Callable[..., Page], tmp_path: Path
) -> None:
    race = str(Workspace.open(raced.home).races()["id"].iloc[0])
    page = open_page(f"{raced.url}/history")
    settled(page)
    with page.expect_download() as download:
        page.locator(f".st-key-history_export-{race} button:visible").click()
    packed = tmp_path / "race.zip"
    download.value.save_as(packed)
    fresh = serve()
    other = open_page(f"{fresh.url}/history")
    settled(other)
    other.locator(".st-key-history_parcels summary").click()
    (tmp_path / "spoiled.zip").write_bytes(packed.read_bytes()[:-200])
    other.locator("[data-testid=stFileUploader] input").set_input_files(tmp_path / "spoiled.zip")
    said(other, re.compile("Nothing was imported"))
    settled(other)
    other.locator("[data-testid=stFileUploader] input").set_input_files(packed)
    said(other, "1 race imported.")
    expect(other.locator(f".st-key-entry-race-{race}")).to_be_visible()
    settled(other)
    other.locator(f".st-key-history_open-{race} button:visible").click()
    expect(other.locator("h1", has_text="Compare")).to_be_visible()
    settled(other)
    other.goto(f"{fresh.url}/take_away?race={race}")
    said(other, re.compile("More rows cannot be drawn from an imported race"))
    expect(other.locator("[data-testid=stException]")).to_have_count(0)


def test_candidates_are_taken_over_when_the_target_changes(raced: Server, open_page: Callable[..., Page]) -> None:
    table = str(Workspace.open(raced.home).tables()["id"].iloc[0])
    page = open_page(f"{raced.url}/data?table={table}")
    settled(page)
    page.locator("[class*=st-key-target-] input:visible").first.fill("island")
    page.keyboard.press("Enter")
    said(page, "Their rows need not be made again")
    settled(page)
    page.get_by_role("button", name="Take them over").click()
    said(page, re.compile("3 of 3 candidates ready"), seconds=120)
    expect(page.locator("[data-testid=stException]")).to_have_count(0)
