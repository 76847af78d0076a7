"""The app as a visitor meets it: the way from the first page to a verdict, a reload, a cancel, a link, small and dark screens."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from synth_ui.jobs.races.control import put_away
from synth_ui.store.history import empty_bin
from synth_ui.store.workspace import Workspace
from synth_ui.ui.screens import SCREENS
from tests import small_race
from tests.browser.conftest import Server, start

HEADINGS = {screen.title: screen.heading or screen.title for screen in SCREENS}
TALLEST = 3_200
"""A page is no taller than this before anything is unfolded, in pixels at a width of 1440."""

PATHS = {screen.title: "" if place == 0 else screen.file for place, screen in enumerate(SCREENS)}


@pytest.fixture(scope="module")
def raced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server on a workspace in which a race is over."""
    folder = tmp_path_factory.mktemp("raced")
    small_race.run(folder)
    server = start(folder)
    yield server
    server.stop()


def settled(page: Page) -> None:
    """Wait until the page's script has come to its end and its text stands still."""
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    before = ""
    for _ in range(60):
        now = str(page.evaluate("document.body.innerText.length + ':' + document.querySelectorAll('*').length"))
        if now == before:
            return
        before = now
        page.wait_for_timeout(250)


def said(page: Page, text: str | re.Pattern[str], seconds: float = 30) -> None:
    expect(page.get_by_text(text).first).to_be_visible(timeout=1_000 * seconds)


def race_id(page: Page) -> str:
    page.wait_for_url(re.compile(r"race="))
    return page.url.split("race=")[1].split("&")[0]


def test_from_the_first_page_to_a_verdict(serve: Callable[..., Server], open_page: Callable[..., Page]) -> None:
    page = open_page(serve().url)
    said(page, re.compile("An example:.* best on this table"))
    expect(page.locator(".synth-board tbody tr")).to_have_count(5)
    settled(page)
    page.locator(".st-key-sample-penguins button:visible").click()
    said(page, "344 rows · 8 columns")
    settled(page)
    page.get_by_role("button", name="Choose generators").click()
    expect(page.locator(".st-key-pick-arf")).to_be_visible()
    settled(page)
    for key in ("arf", "autoregressive", "cart"):
        page.locator(f".st-key-pick-{key} label").first.click()
        expect(page.locator(f".st-key-pick-{key} input")).not_to_be_checked()
    page.locator(".st-key-start_race_catalogue button").click()
    said(page, re.compile("of 3 candidates ready"))
    expect(page.locator(".st-key-to_compare button")).to_be_visible(timeout=120_000)
    said(page, "3 of 3 candidates ready", seconds=150)
    page.locator(".st-key-to_compare button").click()
    said(page, re.compile("best on this table|tied for best|can be recommended"), seconds=150)
    expect(page.locator(".board-scales tbody tr").first).to_be_visible()
    expect(page.locator("[data-testid=stException]")).to_have_count(0)


def test_a_reload_and_a_second_tab_show_the_race_and_a_cancel_stops_it(
    serve: Callable[..., Server], open_page: Callable[..., Page]
) -> None:
    page = open_page(serve().url)
    settled(page)
    page.locator(".st-key-sample-adult button:visible").click()
    page.locator(".st-key-start_race_data button").click()
    said(page, re.compile("of 6 candidates ready"))
    race = race_id(page)
    page.reload()
    said(page, re.compile("of 6 candidates ready"))
    assert race_id(page) == race
    second = open_page(page.url)
    said(second, re.compile("of 6 candidates ready"))
    slow = page.locator("[class*=st-key-run-]", has_text="Autoregressive")
    slow.get_by_role("button", name="Cancel").click()
    expect(slow.get_by_text("cancelled").first).to_be_visible(timeout=6_000)
    expect(second.locator("[class*=st-key-run-]", has_text="Autoregressive").get_by_text("cancelled").first).to_be_visible(
        timeout=5_000
    )
    slow.get_by_role("button", name="Start again").click()
    expect(slow.get_by_text(re.compile("queued|running")).first).to_be_visible(timeout=5_000)
    page.locator(".st-key-cancel_race button").click()
    said(page, re.compile(r"of 6 candidates ready, \d cancelled"))


@pytest.mark.parametrize("plain", [False, True], ids=["synth-ui serve", "streamlit run"])
def test_a_link_opens_its_page_on_a_server_that_just_started(raced: Server, open_page: Callable[..., Page], plain: bool) -> None:
    fresh = start(raced.home, plain=plain)
    page = None
    try:
        page = open_page(f"{fresh.url}/compare", errors=not plain)  # Streamlit's own server lets a link probe two addresses
        said(page, re.compile("best on this table|tied for best|can be recommended"))
        settled(page)
        links = page.locator("[data-testid=stSidebar] [data-testid=stPageLink-NavLink]:visible")
        assert [link.inner_text().split("\n")[-1] for link in links.all()] == list(PATHS)
        assert [link.inner_text().split("\n")[-1] for link in links.all() if link.get_attribute("aria-current")] == ["Compare"]
        expect(page.get_by_role("navigation", name="Pages")).to_be_visible()
        race = race_id(page)
        page.get_by_role("link", name="Privacy").click()
        said(page, "What the controls gave")
        assert race_id(page) == race
    finally:
        if page is not None:
            page.close()  # before its server goes, or it asks a server that is gone
        fresh.stop()


def test_a_file_goes_in_and_rows_come_out(serve: Callable[..., Server], raced: Server, open_page: Callable[..., Page]) -> None:
    page = open_page(serve().url)
    people = "age,job\n" + "".join(f"{20 + row % 50},{'ab'[row % 2]}\n" for row in range(200))
    page.locator("[data-testid=stFileUploader] input").set_input_files(
        {"name": "people.csv", "mimeType": "text/csv", "buffer": people.encode()}
    )
    said(page, "200 rows · 2 columns")
    page.reload()
    said(page, "200 rows · 2 columns")
    taken = open_page(f"{raced.url}/take_away")
    with taken.expect_download() as download:
        taken.locator(".st-key-take_rows button").click()
    rows = download.value.path().read_text(encoding="utf-8").splitlines()
    assert len(rows) == 173
    assert rows[0].startswith("species,island")
    with taken.expect_download() as download:
        taken.locator(".st-key-report button").click()
    assert "</html>" in download.value.path().read_text(encoding="utf-8")


@pytest.mark.parametrize("title", PATHS)
def test_a_page_is_sound_for_every_eye_and_on_every_screen(raced: Server, open_page: Callable[..., Page], title: str) -> None:
    page = open_page(f"{raced.url}/{PATHS[title]}")
    drawn(page, title)
    assert not violations(page)
    assert not drawn_twice(page)
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight") <= TALLEST, "fold what is secondary"
    for width in (900, 390):
        page.set_viewport_size({"width": width, "height": 1000})
        settled(page)
        assert overflow(page) <= 0, f"{overflow(page)} px too wide at {width}"
        assert not violations(page), f"at {width}"
    page.set_viewport_size({"width": 1440, "height": 1000})
    page.emulate_media(color_scheme="dark")
    expect(page.locator("[data-testid=stApp]")).to_have_css("color-scheme", "dark")
    drawn(page, title)
    colour = str(page.evaluate("getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"))
    assert sum(int(part) for part in re.findall(r"\d+", colour)[:3]) < 120, f"not dark: {colour}"
    assert not violations(page)


FAINT_TEXT = """ground => {
  const parts = colour => colour.match(/[\\d.]+/g).slice(0, 3).map(part => part / 255);
  const light = colour => { const [r, g, b] = parts(colour).map(p => p <= .04045 ? p / 12.92 : ((p + .055) / 1.055) ** 2.4); return .2126 * r + .7152 * g + .0722 * b; };
  const behind = light(getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor);
  if ((behind < .2) !== (ground === 'dark')) return ['the page is not ' + ground];
  const texts = [...document.querySelectorAll('.js-plotly-plot text')].filter(one => !one.closest('.hoverlayer'));
  const [low, high] = [Math.min, Math.max].map(end => one => end(light(getComputedStyle(one).fill), behind));
  return texts.filter(one => (high(one) + .05) / (low(one) + .05) < 4.5).map(one => one.textContent);
}"""
"""The texts of charts that hardly stand out from a light or a dark page."""


@pytest.mark.parametrize("title", ["Distributions", "Relationships", "Privacy"])
def test_the_text_of_charts_follows_a_page_that_turns_light_or_dark(
    raced: Server, open_page: Callable[..., Page], title: str
) -> None:
    """While it is open, without a click or a reload."""
    page = open_page(f"{raced.url}/{PATHS[title]}")
    drawn(page, title)
    page.locator(".js-plotly-plot text").first.wait_for(state="attached")
    for scheme in ("light", "dark", "light"):
        page.emulate_media(color_scheme=scheme)
        for _ in range(80):
            if not page.evaluate(FAINT_TEXT, scheme):
                break
            page.wait_for_timeout(100)
        assert page.evaluate(FAINT_TEXT, scheme) == []


def test_what_is_folded_opens_with_one_click_and_two_small_pictures_stand_side_by_side_at_900(
    raced: Server, open_page: Callable[..., Page]
) -> None:
    page = open_page(f"{raced.url}/usefulness")
    drawn(page, "Usefulness")
    question = page.get_by_text("Does a model trained on it work on real rows?")
    expect(question).to_have_count(0)
    page.get_by_text("What the measures say, with their scales").click()
    expect(question).to_be_visible()
    settled(page)
    assert not violations(page)
    page = open_page(f"{raced.url}/distributions", width=900)
    drawn(page, "Distributions")
    first, second = (page.locator(f".st-key-small-{place}").bounding_box() for place in (0, 1))
    assert first is not None
    assert second is not None
    assert first["y"] == second["y"]


def test_a_phone_sees_the_page_a_link_leads_to(raced: Server, open_page: Callable[..., Page]) -> None:
    page = open_page(raced.url, width=390)
    settled(page)
    page.locator("[data-testid=stExpandSidebarButton]").click()
    page.get_by_role("link", name="Glossary").click()
    expect(page.get_by_role("heading", name="Glossary", exact=True, level=1)).to_be_visible()
    expect(page.get_by_role("link", name="Glossary")).not_to_be_in_viewport()


def drawn(page: Page, title: str) -> None:
    """Wait for the whole page; nothing in it may have failed, and every picture and chart has a text."""
    expect(page.get_by_role("heading", name=HEADINGS[title], exact=True, level=1)).to_be_visible()
    settled(page)
    expect(page.locator("[data-testid=stException]")).to_have_count(0)
    for chart in page.locator("[data-testid=stPlotlyChart]").all():
        assert chart.evaluate("node => !!(node.getAttribute('aria-label') || node.querySelector('[aria-label]'))")


def overflow(page: Page) -> int:
    """How many pixels the page or its main part is wider than the screen."""
    main = "document.querySelector('[data-testid=stMain]')"
    wide = f"Math.max(document.documentElement.scrollWidth - window.innerWidth, {main}.scrollWidth - {main}.clientWidth)"
    return int(page.evaluate(wide))


def drawn_twice(page: Page) -> list[str]:
    """The charts, by their keys, whose labels needed more room than they were given, which costs a second drawing of the whole chart."""
    script = """() => [...document.querySelectorAll('.js-plotly-plot')].filter(one => {
      const asked = one._fullLayout.margin, taken = one._fullLayout._size;
      return ['l', 'r', 't', 'b'].some(side => taken[side] > asked[side] + 0.5);
    }).map(one => [one.closest('[class*=st-key]')?.className.match(/st-key-\\S+/)?.[0], one._fullLayout.margin, one._fullLayout._size])"""
    return [json.dumps(one) for one in page.evaluate(script)]


def violations(page: Page) -> list[str]:
    """What axe finds, of any impact, with the element and the remedy."""
    return [
        f"{entry['impact']} {entry['id']}: {node['target']} {node.get('failureSummary', '')[:300]}"
        for entry in Axe().run(page).response["violations"]
        for node in entry["nodes"]
    ]


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_a_chart_is_saved_as_a_picture_by_a_button_that_says_so(raced: Server, open_page: Callable[..., Page], kind: str) -> None:
    page = open_page(f"{raced.url}/usefulness")
    drawn(page, "Usefulness")
    expect(page.locator(".modebar-btn[data-title^='Download plot']:visible")).to_have_count(0)
    with page.expect_download() as download:
        page.get_by_role("button", name=f"Save as {kind.upper()}").first.click()
    assert download.value.suggested_filename.endswith(f".{kind}")
    content = download.value.path().read_bytes()
    assert content.startswith(b"\x89PNG" if kind == "png" else b"<svg")


def test_the_slides_are_walked_on_the_page_and_taken_along(raced: Server, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{raced.url}/present")
    drawn(page, "Present")
    deck = page.frame_locator("iframe")
    expect(deck.locator(".count")).to_have_text("1 / 8")
    deck.locator("body").press("ArrowRight")
    expect(deck.locator(".count")).to_have_text("2 / 8")
    with page.expect_download() as download:
        page.locator(".st-key-slides button").click()
    assert "This file holds no real row" in download.value.path().read_text(encoding="utf-8")


def test_a_second_race_of_one_minute_is_the_one_that_is_shown_until_somebody_deletes_it(
    serve: Callable[..., Server], open_page: Callable[..., Page]
) -> None:
    """Both had the same label in the sidebar, and the next click led back to the first one; a deleted one left no way on."""
    server = serve()
    page = open_page(server.url)
    settled(page)
    page.locator(".st-key-sample-penguins button:visible").click()
    said(page, "344 rows · 8 columns")
    settled(page)
    races = []
    for seed in ("1", "2"):
        page.locator("[data-testid=stSidebar]").get_by_role("link", name="Race").click()
        page.get_by_role("tab", name="Catalogue").click()
        page.locator(".st-key-pick_none button:visible").click()
        settled(page)
        page.locator(".st-key-pick-independent label").first.click()
        settled(page)
        page.locator(".st-key-how summary").click()
        page.locator(".st-key-race_seed input").fill(seed)
        page.locator(".st-key-race_seed input").press("Enter")
        settled(page)
        page.locator(".st-key-start_race_catalogue button").click()
        said(page, "1 of 1 candidate ready", seconds=90)
        settled(page)
        races.append(race_id(page))
        page.locator("[data-testid=stSidebar]").get_by_role("link", name="Compare").click()
        said(page, re.compile("What are the rows for"))
        settled(page)
        assert race_id(page) == races[-1]
    assert len(set(races)) == 2
    ws = Workspace.open(server.home)
    put_away(ws, "race", races[1])
    empty_bin(ws, days=-1)
    page.locator("[data-testid=stSidebar]").get_by_role("link", name="Distributions").click()
    said(page, "is not in the workspace any more; it may have been deleted")
    settled(page)
    assert race_id(page) == races[0]
    expect(page.get_by_text("cannot be used")).to_have_count(0)
