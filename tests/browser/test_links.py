"""A view in the address: reload, the browser's back, a second tab and an address with nonsense in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests import small_race
from tests.browser.conftest import Server, start
from tests.browser.test_app import settled


@pytest.fixture(scope="module")
def raced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server on a workspace in which a race is over."""
    folder = tmp_path_factory.mktemp("linked")
    small_race.raced(folder)
    server = start(folder)
    yield server
    server.stop()


def held(page: Page) -> dict[str, list[str]]:
    """What the address holds beside the race."""
    found = parse_qs(urlsplit(page.url).query)
    return {name: values for name, values in found.items() if name not in ("race", "table", "candidates")}


def turn_to(page: Page, tab: str) -> None:
    page.locator("[data-testid=stTab]:visible", has_text=tab).first.click()
    settled(page)


def go(page: Page, title: str) -> None:
    page.locator("[data-testid=stSidebar]").get_by_role("link", name=title, exact=False).first.click()
    expect(page.locator("h1", has_text=title)).to_be_visible()
    settled(page)


def nothing_broke(page: Page) -> None:
    expect(page.locator("[data-testid=stException]")).to_have_count(0)


def test_a_view_is_in_the_address_and_opens_elsewhere(raced: Server, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{raced.url}/compare")
    settled(page)
    page.locator(".st-key-purpose label", has_text="Own weights").click()
    expect(page.locator(".st-key-weight-privacy")).to_be_visible()
    settled(page)
    page.locator(".st-key-weight-privacy input[type=range]").focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    settled(page)
    turn_to(page, "Numbers")
    assert held(page) == {"purpose": ["Own weights"], "weight-privacy": ["4"], "compare_tab": ["Numbers"]}
    go(page, "Usefulness")
    turn_to(page, "Counts")
    assert held(page) == {"purpose": ["Own weights"], "weight-privacy": ["4"], "usefulness_tab": ["Counts"]}
    other = open_page(page.url)
    settled(other)
    expect(other.locator("[data-testid=stTab][aria-selected=true]:visible", has_text="Counts")).to_be_visible()
    go(other, "Compare")
    expect(other.locator(".st-key-purpose label:has(input:checked)")).to_have_text("Own weights")
    expect(other.locator(".st-key-weight-privacy input[type=range]")).to_have_value("4")
    nothing_broke(other)


def test_back_and_a_reload_restore_the_view(raced: Server, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{raced.url}/relationships")
    settled(page)
    before = [page.locator(f".st-key-{name} input:visible").input_value() for name in ("first", "second")]
    for place in range(4):
        page.locator(f".st-key-worst_pair-{place} button").click()
        settled(page)
        pair = [page.locator(f".st-key-{name} input:visible").input_value() for name in ("first", "second")]
        if pair[0] != before[0] and pair[1] != before[1]:
            break
    assert [held(page)["first"], held(page)["second"]] == [[pair[0]], [pair[1]]]
    go(page, "Rules")
    turn_to(page, "Tell-tale signs")
    go(page, "Privacy")
    turn_to(page, "Three risks")
    page.go_back()
    expect(page.locator("h1", has_text="Rules")).to_be_visible()
    expect(page.locator("[data-testid=stTab][aria-selected=true]:visible", has_text="Tell-tale signs")).to_be_visible()
    settled(page)
    page.go_back()
    expect(page.locator("h1", has_text="Relationships")).to_be_visible()
    settled(page)
    assert [held(page)["first"], held(page)["second"]] == [[pair[0]], [pair[1]]]
    expect(page.locator(".st-key-first input:visible")).to_have_value(pair[0])
    page.go_forward()
    expect(page.locator("h1", has_text="Rules")).to_be_visible()
    expect(page.locator("[data-testid=stTab][aria-selected=true]:visible", has_text="Tell-tale signs")).to_be_visible()
    page.reload()
    settled(page)
    expect(page.locator("[data-testid=stTab][aria-selected=true]:visible", has_text="Tell-tale signs")).to_be_visible()
    nothing_broke(page)


def test_a_large_column_is_in_the_address_until_it_is_closed(raced: Server, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{raced.url}/distributions")
    settled(page)
    page.locator(".st-key-large-0 button").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    settled(page)
    (column,) = held(page)["column"]
    other = open_page(page.url)
    expect(other.get_by_role("dialog")).to_contain_text(column)
    settled(other)
    other.get_by_role("dialog").get_by_role("button", name="Close").click()
    expect(other.get_by_role("dialog")).to_have_count(0)
    settled(other)
    assert "column" not in held(other)
    nothing_broke(other)


HOSTILE = {
    "compare": {"purpose": "<script>alert(1)</script>", "weight-privacy": "1e999", "need-skill-number": "inf", "need-skill": "maybe",
                "compare_tab": "../../etc/passwd", "candidates": "[x](javascript:alert(1))", "order": "'; drop table runs; --"},
    "distributions": {"column": "\x00gone" * 40, "column_search": "(" * 500, "rows": "-1", "distributions_tab": "Columns\n", "all_columns": "2"},
    "relationships": {"first": "no such column", "second": "__class__"},
    "take_away": {"purpose": "own", "weight-fidelity": "-7", "weight-evil": "1", "need-seconds-number": "99999999999999999999", "take_candidate": "x"},
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_nonsense_in_an_address_is_left_out_in_words(raced: Server, open_page: Callable[..., Page], name: str) -> None:
    asked = "&".join(f"{key}={quote(value)}" for key, value in HOSTILE[name].items())
    page = open_page(f"{raced.url}/{name}?{asked}")
    settled(page)
    expect(page.get_by_text(re.compile("which is not here; it was left out")).first).to_be_visible()
    nothing_broke(page)
    assert held(page) == {}
    page.reload()
    settled(page)
    expect(page.get_by_text(re.compile("which is not here"))).to_have_count(0)
