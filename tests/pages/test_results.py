"""The pages that show a race: in words, on scales, with every chart's text alternative; and what they say without one."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from synth_ui.store import history
from synth_ui.store.workspace import Workspace
from synth_ui.ui.screens import SCREENS
from tests.pages.conftest import ROOT, Open, board_of, words

RESULTS = ("compare", "distributions", "relationships", "coverage", "rules", "usefulness", "privacy", "take_away", "present")


HEAVY = ("torch", "sdv", "sdmetrics", "sklearn", "mesa", "ctgan", "copulas", "rdt")

VISIT = """
import json, sys
from streamlit.testing.v1 import AppTest
at = AppTest.from_file("app.py", default_timeout=120).run()
failed = []
for page in json.loads(sys.argv[1]):
    at.switch_page(page).run()
    failed += [page for _ in at.exception]
heavy = [name for name in json.loads(sys.argv[2]) if name in sys.modules]
print(json.dumps({"failed": failed, "heavy": heavy}))
"""


def test_no_page_loads_a_heavy_library(raced: tuple[Path, str]) -> None:
    environment = {**os.environ, "SYNTH_UI_HOME": str(raced[0]), "SYNTH_UI_WARM": "0", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", VISIT, json.dumps([screen.path for screen in SCREENS]), json.dumps(HEAVY)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=180, check=True)
    assert json.loads(done.stdout.splitlines()[-1]) == {"failed": [], "heavy": []}


@pytest.mark.parametrize("page", [*RESULTS, "generate"])
def test_without_a_race_a_page_says_what_to_do(app: Open, page: str) -> None:
    at = app(page)
    assert not at.exception
    if page == "generate":
        at.session_state["generate_tab"] = "Leaderboard"
        at.run()
    assert "No race yet" in words(at)
    assert at.button(key="go-pages/data.py").label == "Go to the table"


@pytest.mark.parametrize("page", RESULTS)
def test_a_page_of_results_is_drawn(results: Open, page: str) -> None:
    at = results(page)
    assert not at.exception
    assert not at.error
    assert len(words(at)) > 200


@pytest.mark.parametrize("page", RESULTS[1:-2])
def test_every_chart_says_what_it_shows(results: Open, page: str) -> None:
    at = results(page)
    charts = at.get("plotly_chart")
    assert charts
    for drawn in charts:
        assert len(drawn.proto.alt) > 30
        assert json.loads(drawn.proto.spec)["data"]


def test_compare_answers_and_weighs_by_purpose(results: Open) -> None:
    at = results("compare")
    assert "Gaussian copula" in str(at.header[0].value)
    assert "shuffled columns" in words(at)
    at.radio(key="purpose").set_value("share").run()
    assert not at.exception
    assert "to share outside" in words(at)


def test_compare_orders_worst_first_and_hides_controls(results: Open) -> None:
    def rows(at: AppTest) -> list[str]:
        return re.findall(r'<tr class="(?!control|rule)[^"]*"[^>]*><th scope="row" class="who"><b>([^<]*)', board_of(at))

    at = results("compare")
    best_first = rows(at)
    assert "The training rows" in board_of(at)
    at.radio(key="order").set_value("Worst first")
    at.toggle(key="show_controls").set_value(False).run()
    worst_first = rows(at)
    assert len(best_first) == 2
    assert worst_first == best_first[::-1]
    assert "The training rows" not in board_of(at)


@pytest.mark.parametrize("tab", ["Likeness against leakage", "Numbers", "Why not the others"])
def test_the_other_views_of_the_comparison(results: Open, tab: str) -> None:
    at = results("compare")
    at.session_state["compare_tab"] = tab
    at.run()
    assert not at.exception


def test_the_selection_of_candidates_is_carried_to_the_other_pages(results: Open) -> None:
    at = results("compare")
    at.multiselect(key="candidates").set_value(["independent"]).run()
    at.switch_page("pages/distributions.py").run()
    at.run()  # here the address reaches the script a run later than in a browser; tests/browser/test_links.py looks there
    assert at.multiselect(key="candidates").value == ["independent"]
    assert "Gaussian copula" not in words(at)


def test_columns_are_found_by_name(results: Open) -> None:
    at = results("distributions")
    assert len(at.get("image")) == 1 + 8  # the legend and every column at once
    at.text_input(key="column_search").set_value("bill").run()
    assert len(at.get("image")) == 1 + 2
    at.text_input(key="column_search").set_value("no such column").run()
    assert "No column has" in words(at)


def test_a_click_on_a_column_opens_it_large(results: Open) -> None:
    at = results("distributions")
    many = len(at.get("plotly_chart"))
    at.button(key="large-0").click().run()
    assert not at.exception
    assert len(at.get("plotly_chart")) == many + 1
    assert "would have to change" in words(at)


def test_rows_stand_side_by_side_and_nearest_ones_under_a_warning(results: Open) -> None:
    at = results("distributions")
    at.session_state["distributions_tab"] = "Rows"
    at.run()
    assert not at.exception
    real, *made = (frame.value for frame in at.dataframe)
    assert [len(frame) for frame in (real, *made)] == [8] * 3
    before = made[0].to_csv()
    at.button(key="other_rows").click().run()
    assert at.dataframe[1].value.to_csv() != before
    assert not at.warning
    at.toggle(key="nearest_rows").set_value(True).run()
    assert not at.exception
    assert "do not show or pass them on" in words(at)
    assert len(at.dataframe[0].value) == 16
    assert list(at.dataframe[0].value["which"].str.contains("synthetic")) == [True, False] * 8


def test_any_pair_can_be_looked_at(results: Open) -> None:
    at = results("relationships")
    at.selectbox(key="first").set_value("species")
    at.selectbox(key="second").set_value("island").run()
    assert not at.exception
    assert "species and island: " in words(at)
    assert len([drawn for drawn in at.get("plotly_chart") if "species" in drawn.proto.alt and "Grid of" in drawn.proto.alt]) == 5
    at.button(key="worst_pair-0").click().run()
    assert not at.exception
    assert at.button(key="worst_pair-0").label.startswith(at.selectbox(key="first").value.replace("_", "\\_"))
    at.selectbox(key="second").set_value("species").run()
    assert "two different columns" in words(at)


def test_a_link_to_a_race_opens_it(results: Open, raced: tuple[Path, str]) -> None:
    at = results(race=raced[1])
    assert at.session_state["synth.race_id"] == raced[1]
    assert "344 rows" in words(at)


def test_an_address_of_a_race_in_the_bin_says_where_it_is(results: Open, raced: tuple[Path, str]) -> None:
    ws = Workspace.open(raced[0])
    history.put_away(ws, "race", raced[1])
    try:
        at = results(race=raced[1])
        assert not at.exception
        assert "was deleted. For a week it can be brought back: on the page History, in the bin." in words(at)
        assert at.session_state["synth.race_id"] != raced[1]
    finally:
        history.bring_back(ws, "race", raced[1])


def test_a_link_to_a_race_that_is_gone_says_so(results: Open) -> None:
    at = results(race="no-such-race")
    assert not at.exception
    assert "is not in this workspace" in words(at)


def test_the_board_tells_how_each_candidate_ended(results: Open) -> None:
    at = results("generate")
    assert not at.exception
    said = words(at)
    assert "3 of 3 candidates ready" in said
    assert "Gaussian copula, seed 0" in said
    assert "Learned in" in said
