"""The decision card on paper and on a screen: one page of A4, sound for every eye."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from synth_ui.comparison.choice.choose import choose
from synth_ui.comparison.choice.requirements import KINDS, Requirement
from synth_ui.reports.card import decision_card
from tests.browser.test_app import violations
from tests.reports.test_card import RACED, WHOLE


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_card_is_one_page_and_sound(browser: Browser, tmp_path: Path, scheme: str) -> None:
    asked = [Requirement(key) for key in KINDS]
    made = choose(WHOLE, "arf", id="c", race_id="r", created=0.0, weights="train", requirements=asked, note="We know. " * 20)
    for name, card in (("first", decision_card(WHOLE, RACED)), ("chosen", decision_card(WHOLE, RACED, choice=made))):
        file = tmp_path / f"{name}.html"
        file.write_text(card.html(), encoding="utf-8")
        context = browser.new_context(viewport={"width": 900, "height": 1200}, color_scheme=scheme)  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(file.as_uri())
        pdf = page.pdf(prefer_css_page_size=True, print_background=True)
        assert pdf.count(b"/Type /Page\n") == 1, f"{name}: {pdf.count(b'/Type /Page')}"
        assert not violations(page)
        page.set_viewport_size({"width": 390, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        context.close()
