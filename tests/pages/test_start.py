"""Start: a stranger sees an answer at once, the example goes for good, one's own table stays; the history finds and names."""

from __future__ import annotations

import time
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from synth_ui.core.context import Context
from synth_ui.store.workspace import Workspace
from synth_ui.tables.samples import load_sample
from synth_ui.ui import navigation, screens
from tests.pages.conftest import Open, start, words
from tests.pages.test_data import PEOPLE


def test_a_stranger_sees_a_finished_race_and_three_ways_in(fresh: Open) -> None:
    at = fresh()
    assert not at.exception
    assert at.title[0].value == screens.BY_FILE["start"].heading
    assert "An example: Autoregressive network is best" in words(at)
    assert {"My own table", "A sample", "Design one from nothing"} <= {heading.value for heading in at.header}
    assert at.button(key="open_example")
    assert any("2,400 rows, 5 candidates" in str(element.proto.body) for element in at.get("html"))
    assert at.button(key="onward-pages/compare.py").label == "See the decision"


@pytest.mark.parametrize(
    "page",
    [
        "compare",
        "distributions",
        "relationships",
        "coverage",
        "rules",
        "usefulness",
        "privacy",
        "fairness",
        "take_away",
        "present",
        "generate",
        "data",
        "glossary",
        "history",
    ],
)
def test_the_example_opens_on_every_page(fresh: Open, page: str) -> None:
    at = fresh(page)
    assert not at.exception
    assert not at.error


def test_the_example_goes_for_good_and_is_not_listed_as_a_race_of_ones_own(fresh: Open, home: Path) -> None:
    at = fresh()
    assert "Recent races" not in words(at)
    at.button(key="delete_example").click().run()
    assert not at.exception
    assert "An example" not in words(at)
    from synth_ui.ui import access

    access._open.clear()
    again = start()
    assert not again.exception
    assert "An example" not in words(again)
    assert Workspace.open(home).races().empty


def test_a_workspace_in_use_is_given_no_example(home: Path) -> None:
    Workspace.open(home).add_table(load_sample("penguins").table)
    assert "An example" not in words(start())


def test_a_table_of_ones_own_is_opened_at_once_and_stays(fresh: Open) -> None:
    at = fresh()
    at.file_uploader(key="upload-0").upload("people.csv", PEOPLE).run()
    assert not at.exception
    assert at.title[0].value == "Table"
    assert "120 rows · 3 columns" in words(at)
    later = start("data")
    assert "120 rows · 3 columns" in words(later)
    first = start()
    assert "people" in words(first)
    assert "target" in words(first)
    assert first.button(key="onward-pages/data.py").label == "Go on with the table"


def test_a_path_is_read_where_it_is_typed_and_a_refusal_says_why(fresh: Open, tmp_path: Path) -> None:
    at = fresh()
    (tmp_path / "empty.csv").write_bytes(b"")
    at.text_input(key="path_text").set_value(str(tmp_path / "empty.csv"))
    next(button for button in at.button if button.label == "Read the file").click().run()
    assert not at.exception
    assert "empty.csv is empty" in words(at)
    assert at.title[0].value == screens.BY_FILE["start"].heading
    (tmp_path / "people.csv").write_bytes(PEOPLE)
    at.text_input(key="path_text").set_value(str(tmp_path / "people.csv"))
    next(button for button in at.button if button.label == "Read the file").click().run()
    assert not at.exception
    assert at.title[0].value == "Table"
    assert "people" in words(at)


def test_result_pages_are_offered_with_the_first_race(app: Open, results: Open) -> None:
    shown = [screen.section for screen in screens.SCREENS]
    assert set(shown) == set(screens.SECTIONS)
    at = results()
    assert len(at.get("page_link")) == len(screens.SCREENS)


def test_before_a_race_result_pages_are_not_offered(app: Open) -> None:
    at = app()
    assert len(at.get("page_link")) == sum(screen.section not in screens.RESULTS for screen in screens.SCREENS)
    assert "open with the first race" in words(at)
    assert navigation.RESULTS == screens.RESULTS


def test_the_next_step_follows_the_order_of_the_work() -> None:
    assert [screens.after(file).file for file in ("start", "data", "design", "generate", "fairness")] == [  # type: ignore[union-attr]
        "data", "generate", "generate", "compare", "take_away",
    ]  # fmt: skip
    assert screens.after("take_away") is None


def test_the_history_finds_names_notes_and_stars(results: Open, raced: tuple[Path, str]) -> None:
    at = results("history")
    race_id = raced[1]
    assert not at.exception
    assert "2 candidates" in words(at) or "3 candidates" in words(at)
    at.text_input(key=f"history_name-{race_id}").set_value("The birds")
    at.text_area(key=f"history_note-{race_id}").set_value("for the meeting")
    at.checkbox(key=f"history_star-{race_id}").set_value(True)
    next(one for one in at.form_submit_button if one.form_id == f"history_form-{race_id}").click().run()
    assert not at.exception
    assert "**The birds**" in words(at)
    at.text_input(key="history_search").set_value("meeting").run()
    assert "The birds" in words(at)
    at.text_input(key="history_search").set_value("nothing like it").run()
    assert "The birds" not in " ".join(str(one.value) for one in at.main.markdown)
    at.text_input(key="history_search").set_value("").run()
    at.toggle(key="history_starred").set_value(True).run()
    assert "The birds" in words(at)
    assert "No table holds that." in words(at)
    at.text_input(key=f"history_name-{race_id}").set_value("penguins")
    next(one for one in at.form_submit_button if one.form_id == f"history_form-{race_id}").click().run()


def came(at: AppTest, said: str) -> None:
    """Wait for the table: a workbook is read beside the page."""
    until = time.monotonic() + 60
    while said not in words(at) + " ".join(str(one.proto) for one in at.error):
        assert time.monotonic() < until, words(at)
        assert not at.exception
        time.sleep(0.2)
        at.run()
    assert at.title[0].value == "Table"


def workbook(path: Path) -> Path:
    """Write a workbook of two sheets that hold tables."""
    with pd.ExcelWriter(path) as writer:
        for name, rows in (("wine", 40), ("people", 60)):
            pd.DataFrame({"a": range(rows), "b": ["x", "y"] * (rows // 2)}).to_excel(writer, sheet_name=name, index=False)
    return path


@pytest.mark.parametrize("way", ["upload", "path"])
def test_another_sheet_can_be_chosen_however_the_workbook_came(fresh: Open, tmp_path: Path, way: str) -> None:
    """After an upload on the start page the uploader of the table page was empty, and the other sheet out of reach."""
    path, at = workbook(tmp_path / "two.xlsx"), fresh()
    if way == "path":
        at.text_input(key="path_text").set_value(str(path))
        next(button for button in at.button if button.label == "Read the file").click().run()
    else:
        at.file_uploader(key="upload-0").upload(path.name, path.read_bytes()).run()
    came(at, "40 rows")
    box = next(box for box in at.selectbox if box.label == "Sheet of the workbook that was read")
    assert box.options == ["wine", "people"]
    box.set_value("people").run()
    came(at, "60 rows")
    box = next(box for box in at.selectbox if box.label.startswith("Sheet"))
    assert box.value == "people"
    path.unlink()
    box.set_value("wine").run()
    came(at, "was not taken" if way == "path" else "40 rows")
    assert next(box for box in at.selectbox if box.label.startswith("Sheet")).options == ["wine", "people"], (
        "also behind a refusal"
    )


def test_the_sheets_stay_those_of_the_table_that_is_shown(fresh: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While another file was read, and after it was cancelled or refused, they were read from that file."""
    from synth_ui.tables import read as module

    path, at = workbook(tmp_path / "two.xlsx"), fresh()
    at.text_input(key="path_text").set_value(str(path))
    next(button for button in at.button if button.label == "Read the file").click().run()
    came(at, "40 rows")
    known, box = at.session_state["synth.workbook"], lambda: next(box for box in at.selectbox if box.label.startswith("Sheet"))
    read = module.read

    def slow(source: object, *, context: Context, **_: object) -> None:
        while True:
            context.step("looking at the columns", 0.5)
            time.sleep(0.02)

    monkeypatch.setattr("synth_ui.tables.read.read", slow)
    monkeypatch.setattr("synth_ui.ui.job.PATIENCE_SECONDS", 0.1)
    at.text_input(key="path_text").set_value(str(tmp_path / "other.xlsx"))
    next(button for button in at.button if button.label == "Read the file").click().run()
    assert at.session_state["synth.reading"] is not None
    assert at.session_state["synth.workbook"] is known
    at.button(key="cancel_path").click().run()
    assert at.session_state["synth.workbook"] is known
    monkeypatch.setattr("synth_ui.tables.read.read", read)
    at.text_input(key="path_text").set_value(str(tmp_path / "none.csv"))
    next(button for button in at.button if button.label == "Read the file").click().run()
    came(at, "was not taken")
    assert box().options == ["wine", "people"]
    box().set_value("people").run()
    came(at, "60 rows")
    next(button for button in at.button if button.label == "Use this sample").click().run()
    assert at.session_state["synth.workbook"] is None, "the bytes of an upload are held no longer"
