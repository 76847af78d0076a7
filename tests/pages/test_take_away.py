"""Take away and present: what is offered, what was made is looked at and entered, refusals stand beside their button."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from synth_ui.api import stored
from synth_ui.jobs.execution.schedule import advance
from synth_ui.reports.html import CHAPTERS
from synth_ui.store.workspace import Workspace
from synth_ui.ui.people import downloads
from synth_ui.ui.state import PURPOSE
from tests.pages.conftest import Open, start, words
from tests.small_race import copied


@pytest.fixture
def own(raced: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Workspace, str]:
    """A copy of the workspace with the race, to be changed."""
    home = copied(raced[0], tmp_path / "home")
    monkeypatch.setenv("SYNTH_UI_HOME", str(home))
    return Workspace.open(home), raced[1]


def wait(ws: Workspace, run_id: str) -> None:
    deadline = time.monotonic() + 120
    while not ws.run(run_id).state.ended and time.monotonic() < deadline:
        advance(ws)
        time.sleep(0.2)
    assert ws.run(run_id).state == "done", ws.run(run_id).reason


def draws(ws: Workspace, race_id: str) -> list[str]:
    """Return all rows made of the race's candidates; the race is shared, so there may be some that another test asked for."""
    return [run for candidate in ws.runs(race_id)["id"] for run in ws.draws(candidate)]


def warnings(at: AppTest) -> list[str]:
    return [str(one.value).replace("\\", "").replace("\u2060", "") for one in at.warning]


def test_made_rows_are_looked_at_and_entered_with_one_click(own: tuple[Workspace, str]) -> None:
    ws, race_id = own
    earlier = draws(ws, race_id)
    at = start("take_away")
    at.selectbox(key="take_candidate").set_value("gaussian_copula").run()
    at.number_input(key="more_rows").set_value(40).run()
    at.selectbox(key="balance").set_value("island").run()
    at.button(key="make_rows").click().run()
    [draw] = [run for run in draws(ws, race_id) if run not in earlier]
    wait(ws, draw)
    at.run()
    assert [len(frame.value) for frame in at.dataframe] == [10]
    assert list(at.dataframe[0].value.columns) == list(ws.synthetic(draw).columns)
    before = {run.candidate for run in ws.members(race_id)}
    at.button(key=f"enter-{draw}").click().run()
    assert not at.exception
    [new] = [run for run in ws.members(race_id) if run.candidate not in before]
    assert (new.candidate, new.kind, new.rows) == ("gaussian_copula-rows", "drawn", 40)
    assert "In the race as gaussian_copula-rows" in words(at)
    assert not [button for button in at.button if button.key == f"enter-{draw}"]
    wait(ws, new.id)
    taken = start("take_away")
    taken.selectbox(key="take_candidate").set_value("gaussian_copula-rows").run()
    assert not taken.exception
    assert "drawn from another candidate: make more rows of that one" in words(taken)
    assert "drawn from another candidate: its script fits it" in words(taken)
    assert "came as a file" not in words(taken)


def test_a_refusal_stands_beside_its_button_and_goes_with_the_next_try(results: Open) -> None:
    at = results("take_away")
    columns = [name for name in at.multiselect(key="where_columns").options if "mm" in name]
    at.multiselect(key="where_columns").set_value(columns[:1]).run()
    assert f"No condition is set yet for {columns[0]}" in words(at)
    at.number_input(key=f"where_low-{columns[0]}").set_value(60.0)
    at.number_input(key=f"where_high-{columns[0]}").set_value(20.0).run()
    assert "No condition is set yet" not in words(at)
    at.button(key="make_rows").click().run()
    [said] = warnings(at)
    assert said.startswith("No rows were made")
    order = [
        element.key if element.type == "button" else element.type for element in at.main if element.type in ("button", "warning")
    ]
    assert order.index("warning") == order.index("make_rows") + 1
    at.run()
    assert not warnings(at)


def test_every_chapter_of_the_report_can_be_left_out(results: Open) -> None:
    at = results("take_away")
    assert not at.exception
    assert "Report" in words(at), words(at)
    assert [box.key for box in at.checkbox if str(box.key).startswith("chapter-")] == [f"chapter-{key}" for key in CHAPTERS]
    at.checkbox(key="chapter-measures").set_value(False).run()
    assert not at.exception
    assert {"card", "card_png", "card_json", "report", "script", "notebook"} <= {
        button.key for button in at.get("download_button")
    }


def test_what_is_taken_away_is_for_the_purpose_on_the_page(
    results: Open, raced: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file is written when it is asked for, by a thread that knows no session: whatever was chosen has to be with it by then."""
    written: dict[str, Callable[[], bytes]] = {}
    monkeypatch.setattr(downloads, "button", lambda label, data, **how: written.update({how["key"]: data}))
    at = results("take_away")
    at.session_state[PURPOSE] = "share"
    at.checkbox(key="chapter-measures").set_value(False).run()
    race = stored(Workspace.open(raced[0]), raced[1])
    with ThreadPoolExecutor(1) as elsewhere:
        card = json.loads(elsewhere.submit(written["card_json"]).result())
        report = elsewhere.submit(written["report"]).result().decode()
    assert card["purpose"] == race.decision_card("share").to_dict()["purpose"]
    assert card["purpose"] != race.decision_card("balanced").to_dict()["purpose"]
    left_out = [f'id="{key}"' for key in CHAPTERS if f'id="{key}"' in race.html("share") and f'id="{key}"' not in report]
    assert left_out == ['id="measures"']
    at = results("present")
    at.session_state[PURPOSE] = "share"
    at.run()
    [shown] = at.get("iframe")
    with ThreadPoolExecutor(1) as elsewhere:
        assert elsewhere.submit(written["slides"]).result().decode() == shown.proto.srcdoc


def test_rows_are_on_the_slides_of_the_screen_alone(results: Open, raced: tuple[Path, str]) -> None:
    at = results("present")
    assert not at.exception
    [shown] = at.get("iframe")
    assert "One of the two counts real rows" in shown.proto.srcdoc
    at.radio(key="guessed").set_value("rows").run()
    [shown] = at.get("iframe")
    assert "One of the two is a real row" in shown.proto.srcdoc
    assert "This file holds no real row" not in shown.proto.srcdoc
