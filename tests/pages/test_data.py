"""Table: what is loaded, another table, the review of columns, the split; refusals keep the previous table."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from synth_ui.core.context import Context
from synth_ui.core.errors import Cancelled
from synth_ui.store.workspace import Workspace
from synth_ui.tables.large.whole import WholeTable
from synth_ui.tables.profile import profile
from tests.pages.conftest import Open, words

PEOPLE = b"age,job,income\n" + b"".join(
    b"%d,%s,%s\n" % (20 + i % 40, b"ab"[i % 2 : i % 2 + 1], b"yn"[i % 3 == 0 : (i % 3 == 0) + 1]) for i in range(120)
)


def test_a_table_that_was_taken_up_is_ready_to_race(app: Open) -> None:
    at = app("data")
    assert not at.exception
    assert at.title[0].value == "Table"
    assert "48,842 rows · 15 columns · target income" in words(at)
    assert "Licence: CC BY 4.0" in words(at)
    start = at.button(key="start_race_data")
    assert not start.disabled
    assert "24,421 training rows, 24,421 unseen" in words(at)


def test_a_path_out_of_the_named_folders_is_refused_and_none_is_asked_for_where_none_is_read(
    app: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "share").mkdir()
    (tmp_path / "people.csv").write_bytes(PEOPLE)
    monkeypatch.setenv("SYNTH_UI_PATHS", str(tmp_path / "share"))
    at = app("data")
    at.session_state["chooser"] = True
    at.run()
    assert f"Read from: {tmp_path / 'share'}." in words(at)
    at.text_input(key="path_text").set_value(str(tmp_path / "people.csv"))
    next(button for button in at.button if button.label == "Read the file").click().run()
    assert "SYNTH_UI_PATHS" in words(at)
    assert "48,842 rows" in words(at)
    monkeypatch.setenv("SYNTH_UI_PATHS", "")
    at.run()
    assert "No file is read by its path here. Upload it." in words(at)
    assert not [one for one in at.text_input if one.key == "path_text"]


def test_a_sample_can_be_chosen(app: Open) -> None:
    at = app("data")
    at.session_state["chooser"] = True
    at.run()
    at.button(key="sample-penguins").click().run()
    assert not at.exception
    assert "344 rows" in words(at)


def test_an_uploaded_file_becomes_the_table(app: Open) -> None:
    at = app("data")
    at.session_state["chooser"] = True
    at.run()
    at.file_uploader(key="upload-0").upload("people.csv", PEOPLE).run()
    assert not at.exception
    assert "120 rows · 3 columns" in words(at)
    assert not at.error


@pytest.mark.parametrize(
    ("name", "content"),
    [("empty.csv", b""), ("broken.parquet", b"PAR1 this is none"), ("picture.csv", b"\x89PNG\r\n\x1a\n\x00\x00\x00")],
)
def test_a_refused_file_says_why_and_the_table_stays(app: Open, name: str, content: bytes) -> None:
    at = app("data")
    at.session_state["chooser"] = True
    at.run()
    at.file_uploader(key="upload-0").upload(name, content).run()
    assert not at.exception
    assert len(at.error) == 1
    assert "48,842 rows" in words(at)


def test_a_path_that_is_not_there_is_refused(app: Open) -> None:
    at = app("data")
    at.session_state["chooser"] = True
    at.run()
    at.text_input(key="path_text").set_value("no/such/file.csv")
    at.form_submit_button[0].click().run()
    assert "no/such/file.csv" in words(at)
    assert "48,842 rows" in words(at)


def test_a_path_is_read_with_a_sample_of_rows(app: Open, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(PEOPLE)
    at = app("data")
    at.session_state["chooser"] = True
    at.run()
    at.text_input(key="path_text").set_value(str(path))
    at.number_input(key="path_rows").set_value(50)
    at.form_submit_button[0].click().run()
    assert "50 rows · 3 columns" in words(at)


def test_the_target_is_changed_and_kept_in_the_workspace(app: Open, home: Path) -> None:
    at = app("data")
    table_id = at.session_state["synth.table_id"]
    at.selectbox(key=f"target-{table_id}").set_value("sex").run()
    assert not at.exception
    changed = at.session_state["synth.table_id"]
    assert changed != table_id
    schema = Workspace.open(home).table_row(changed)["schema"]
    assert schema.target.name == "sex"
    assert "stratified by sex" in words(at)


def edit(cells: dict[str, str]) -> None:
    """A page that applies one edit of the review's fourth row, as the editor would, and shows what came of it."""
    import streamlit as st

    from synth_ui.ui import access
    from synth_ui.ui.data import column_review
    from synth_ui.ui.state import state

    before = access.current_table_id()
    column_review.apply_edits(before, {3: cells})
    column = access.table(access.current_table_id()).schema["education"]
    st.text(f"{access.current_table_id() != before} {column.kind.value} {column.role.value} {state.notice}")


def test_an_edit_of_the_review_changes_the_schema(home: Path) -> None:
    at = AppTest.from_function(edit, default_timeout=60, kwargs={"cells": {"role": "ignored"}}).run()
    assert at.text[0].value == "True category ignored None"


def test_an_edit_that_cannot_be_is_answered_with_why(home: Path) -> None:
    at = AppTest.from_function(edit, default_timeout=60, kwargs={"cells": {"kind": "number"}}).run()
    changed, kind, _, why = str(at.text[0].value).split(" ", 3)
    assert (changed, kind) == ("False", "category")
    assert why.startswith("The change was not made.")
    assert "education" in why


def test_the_split_is_cut_anew_with_another_share(app: Open) -> None:
    at = app("data")
    at.number_input(key="split_share").set_value(80).run()
    assert "39,074 training rows" in words(at) or "39,073 training rows" in words(at)


def test_a_hostile_column_name_stays_text(app: Open, tmp_path: Path) -> None:
    path = tmp_path / "![x](http:--host-p.png).csv"
    path.write_bytes(PEOPLE.replace(b"income", b"![x](http://host/p.png)"))
    at = app("data")
    at.session_state["chooser"] = True
    at.run()
    at.text_input(key="path_text").set_value(str(path))
    at.form_submit_button[0].click().run()
    assert not at.exception
    for element in [*at.markdown, *at.caption, *at.header, *at.subheader]:
        assert "![x](" not in str(element.value)


def test_a_long_reading_is_followed_and_can_be_cancelled(app: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = threading.Event()

    def slow(source: object, *, context: Context, **_: object) -> None:
        asked.set()
        while True:
            context.step("looking at the columns", 0.5)
            time.sleep(0.02)

    monkeypatch.setattr("synth_ui.tables.read.read", slow)
    monkeypatch.setattr("synth_ui.ui.job.PATIENCE_SECONDS", 0.1)
    at = app("data")
    at.session_state["chooser"] = True
    at.run()
    at.text_input(key="path_text").set_value(str(tmp_path / "share.csv"))
    at.form_submit_button[0].click().run()
    assert asked.is_set()
    job = at.session_state["synth.reading"]
    assert not job.ended
    assert not at.exception
    at.button(key="cancel_path").click().run()
    assert job.wait(5)
    assert isinstance(job.error, Cancelled)
    assert at.session_state["synth.reading"] is None
    assert "48,842 rows" in words(at)
    assert any("was not read to its end" in str(warning.value) for warning in at.warning)


def test_a_long_reading_that_has_come_to_its_end_becomes_the_table(
    app: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from synth_ui.tables import read as module

    path, go, whole = tmp_path / "people.csv", threading.Event(), module.read
    path.write_bytes(PEOPLE)

    def slow(source: object, **options: object) -> object:
        assert go.wait(20)
        return whole(source, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "read", slow)
    monkeypatch.setattr("synth_ui.ui.job.PATIENCE_SECONDS", 0.1)
    at = app("data")
    at.session_state["chooser"] = True
    at.run()
    at.text_input(key="path_text").set_value(str(path))
    at.form_submit_button[0].click().run()
    job = at.session_state["synth.reading"]
    go.set()
    assert job.wait(20)
    at.run()
    at.run()
    assert "120 rows · 3 columns" in words(at)


def test_the_browser_offers_what_is_read() -> None:
    from synth_ui.tables.readers.source import readers
    from synth_ui.ui.data.source import types

    assert set(types()) == {ending for reader in readers().values() for ending in reader.endings} | {"gz"}
    assert {"pq", "xlsm", "xlsb", "dat", "tab", "psv"} <= set(types())


def test_the_review_asks_where_there_is_a_doubt_and_no_more_once_it_is_answered(app: Open) -> None:
    at = app("data")
    at.session_state["chooser"] = True
    at.run()
    visits = b"id,pay\n" + b"".join(b"%d,%d.5\n" % (1_000 + i * 7 % 40, i) for i in range(200))
    at.file_uploader(key="upload-0").upload("visits.csv", visits).run()
    assert "1 column needs you" in words(at)
    at.selectbox(key=f"group-{at.session_state['synth.table_id']}").set_value("pay").run()
    assert not at.exception
    assert "needs you" not in words(at)


def late() -> None:
    """A page on which the browser sends values of widgets that a run cut short has forgotten."""
    import streamlit as st

    from synth_ui.ui import access
    from synth_ui.ui.data import column_review

    before = access.current_table_id()
    for callback in (column_review._set_target, column_review._set_sensitive, column_review._set_group, column_review._edited):
        callback("forgotten")
    st.text(str(access.current_table_id() == before))


def test_a_value_that_comes_too_late_changes_nothing(home: Path) -> None:
    at = AppTest.from_function(late, default_timeout=60).run()
    assert not at.exception
    assert at.text[0].value == "True"


def test_a_target_is_asked_for_and_confirmed_or_refused(app: Open, home: Path) -> None:
    from tests.pages.conftest import start

    at = app("data")
    at.session_state["chooser"] = True
    at.run()
    at.file_uploader(key="upload-0").upload("people.csv", PEOPLE).run()
    table_id = at.session_state["synth.table_id"]
    assert "takes no part in the verdict" in words(at)
    assert "Would a model predict **income**? It is named as outcomes often are, has two values and is the last column" in words(
        at
    ).replace("\\", "")
    at.button(key=f"target_no-{table_id}").click().run()
    assert "Would a model predict" not in words(at)
    assert "No target is named" in words(at)
    assert "takes no part in the verdict" in words(at)
    later = start("data")
    later.button(key=f"target_yes-{table_id}").click().run()
    assert not later.exception
    assert "target income" in words(later)
    assert Workspace.open(home).table_row(later.session_state["synth.table_id"])["schema"].target.name == "income"


def test_a_warning_that_is_right_is_put_aside(app: Open) -> None:
    at = app("data")
    at.session_state["chooser"] = True
    at.run()
    visits = b"id,pay\n" + b"".join(b"%d,%d.5\n" % (1_000 + i * 7 % 40, i) for i in range(200))
    at.file_uploader(key="upload-0").upload("visits.csv", visits).run()
    at.button(key=f"reviewed-{at.session_state['synth.table_id']}").click().run()
    assert not at.exception
    assert "needs you" not in words(at)


def test_what_is_known_of_all_rows_of_a_file_is_kept_when_a_column_is_declared(app: Open, home: Path) -> None:
    at = app("data")
    ws, table_id = Workspace.open(home), at.session_state["synth.table_id"]
    table = ws.table(table_id)
    of_all_rows = replace(profile(table), rows=9_000_000)
    ws.keep_whole(table_id, WholeTable(9_000_000, len(table), "drawn evenly with seed 0", of_all_rows).to_dict())
    at.run()
    assert "48,842 of 9,000,000 rows taken" in words(at)
    at.selectbox(key=f"target-{table_id}").set_value("sex").run()
    new = at.session_state["synth.table_id"]
    assert new != table_id
    assert "48,842 of 9,000,000 rows taken" in words(at)
    known = WholeTable.from_dict(ws.whole(new) or {})
    assert (known.rows, known.of_sample) == (9_000_000, ())
    assert known.profile.columns.set_index("column").at["sex", "role"] == "target"
