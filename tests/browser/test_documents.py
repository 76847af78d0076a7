"""The report and the slides in a browser and on paper: one page that stands alone, folded chapters, keys, a slide a page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from synth_ui.comparison.choice.choose import choose
from synth_ui.comparison.choice.requirements import KINDS, Requirement
from synth_ui.reports import quiz
from synth_ui.reports.html import html_report
from synth_ui.reports.slides import Quiz, slides
from tests.browser.test_app import violations
from tests.comparison.test_verdict import all_attacks
from tests.race_scores import CANDIDATE_VALUES, candidate_rows, outcome
from tests.reports.test_card import RACED, WHOLE
from tests.reports.test_html import details
from tests.reports.test_slides import people, written

FRAMES = details("cart") | details("autoregressive")
DEEP = outcome(all_attacks(CANDIDATE_VALUES), candidate_rows(), lambda *key: FRAMES.get(key))
CHOSEN = choose(
    WHOLE,
    "arf",
    id="c",
    race_id="r",
    created=0.0,
    weights="train",
    requirements=[Requirement(key) for key in KINDS],
    note="We know. " * 20,
)


@pytest.fixture(params=["light", "dark"])
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """A page of a desk's size that fails the test on an error or a request to anything but the file."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme=request.param)
    opened, found = context.new_page(), list[str]()
    opened.on("pageerror", lambda error: found.append(str(error)))
    opened.on("console", lambda said: found.append(said.text) if said.type in ("error", "warning") else None)
    opened.on("request", lambda asked: found.append(asked.url) if not asked.url.startswith("file:") else None)
    yield opened
    context.close()
    assert not found


def open_file(page: Page, tmp_path: Path, text: str) -> None:
    file = tmp_path / "document.html"
    file.write_text(text, encoding="utf-8")
    page.goto(file.as_uri())


def pages_of(pdf: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b(?!s)", pdf))


@pytest.mark.parametrize("choice", [None, CHOSEN], ids=["first", "chosen"])
def test_the_report_opens_with_one_screen_and_folds_the_rest(page: Page, tmp_path: Path, choice: object) -> None:
    open_file(page, tmp_path, html_report(DEEP, RACED, choice=choice))  # type: ignore[arg-type]
    front = page.locator(".front").bounding_box()
    assert front is not None
    assert front["y"] + front["height"] <= 900
    assert page.evaluate("document.documentElement.scrollHeight") <= 6_000
    assert not violations(page)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert not violations(page)
    for width in (900, 390):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_in_print_the_first_page_stands_alone_and_every_chapter_is_open(page: Page, tmp_path: Path) -> None:
    text = html_report(DEEP, RACED)
    open_file(page, tmp_path, html_report(DEEP, RACED, chapters=[]))
    alone = pages_of(page.pdf(prefer_css_page_size=True, print_background=True))
    assert alone <= 2  # the first page, and the line on what the file holds
    open_file(page, tmp_path, text)
    folded = pages_of(page.pdf(prefer_css_page_size=True, print_background=True))
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    opened = pages_of(page.pdf(prefer_css_page_size=True, print_background=True))
    assert folded == opened > 4
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 703, "height": 1_000})  # the width of A4 within its margins
    assert page.evaluate("document.documentElement.scrollWidth") <= 703
    cut = "[...document.querySelectorAll('.wide')].filter(one => one.scrollWidth > one.clientWidth + 1).length"
    assert page.evaluate(cut) == 0


def test_the_slides_are_walked_by_keys(page: Page, tmp_path: Path) -> None:
    _, split, made = people()
    open_file(page, tmp_path, written(quiz.charts(split, made)))
    count = page.locator(".count")
    seen = []
    for key in ("ArrowRight", " ", "PageDown", "ArrowLeft", "End", "Home", "Enter", "Escape", "ArrowLeft"):
        page.keyboard.press(key)
        seen.append(count.inner_text())
    assert seen == [f"{n} / 8" for n in (2, 3, 4, 3, 8, 1, 2, 1, 1)]
    for _ in range(8):
        assert page.evaluate("document.querySelector('.slide.here').scrollHeight") <= 721
        assert not violations(page)
        page.keyboard.press("ArrowRight")
    page.keyboard.press("f")
    page.wait_for_function("document.fullscreenElement !== null")
    page.keyboard.press("f")
    page.wait_for_function("document.fullscreenElement === null")
    page.locator(".back").click()
    assert count.inner_text() == "7 / 8"


def test_the_slides_are_turned_dark_or_light_by_hand_for_this_page_alone(page: Page, tmp_path: Path) -> None:
    _, split, made = people()
    open_file(page, tmp_path, written(quiz.charts(split, made)))
    shade = "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).map(Number).reduce((a, b) => a + b) < 120"
    was_dark = page.evaluate(shade)
    assert was_dark is page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    names = ["Dark colours", "Light colours"]
    page.get_by_role("button", name=names[was_dark]).click()
    assert page.evaluate(shade) is not was_dark
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == ("light" if was_dark else "dark")
    for _ in range(8):
        assert not violations(page)
        page.keyboard.press("ArrowRight")
    page.emulate_media(media="print")
    assert page.evaluate(shade) is False, "paper is light"
    page.emulate_media(media="screen")
    page.keyboard.press("d")
    assert page.evaluate(shade) is was_dark
    page.keyboard.press("D")
    page.get_by_role("button", name=names[not was_dark]).wait_for()
    page.reload()
    assert page.evaluate(shade) is was_dark, "only the open page remembers"


def test_guesses_are_counted_once_each_and_the_score_stands_beside_the_classifiers(page: Page, tmp_path: Path) -> None:
    _, split, made = people()
    rounds = quiz.charts(split, made)
    open_file(page, tmp_path, written(rounds))
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    right = 0
    for place, one in enumerate(rounds):
        guess = "a" if place % 2 else "b"
        right += one.left_is_real == (guess == "a")
        page.keyboard.press(guess)
        page.keyboard.press("b")  # a second guess changes nothing
        assert f"{'A' if one.left_is_real else 'B'} is real" in page.locator(".told").inner_text()
        if place + 1 < len(rounds):
            page.keyboard.press(" ")
    assert (
        page.locator(".tally").inner_text().startswith(f"You found {right} of {len(rounds)}. Guessing finds {len(rounds) // 2}.")
    )
    page.keyboard.press(" ")
    assert page.locator(".count").inner_text() == "6 / 8"


def test_a_slide_is_a_page_in_print_and_a_phone_shows_it_whole(page: Page, tmp_path: Path) -> None:
    _, split, made = people()
    text = slides(WHOLE, RACED, Quiz(quiz.charts(split, made)), choice=CHOSEN)
    open_file(page, tmp_path, text)
    assert pages_of(page.pdf(prefer_css_page_size=True, print_background=True)) == 8
    page.emulate_media(media="print")
    over = "[...document.querySelectorAll('.slide')].map(one => one.scrollHeight - one.clientHeight)"
    assert max(page.evaluate(over)) <= 1, page.evaluate(over)
    page.emulate_media(media="screen")
    page.set_viewport_size({"width": 390, "height": 800})
    for _ in range(8):
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.locator(".next").click()
