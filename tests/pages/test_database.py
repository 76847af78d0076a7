"""A table out of a database, and rows into one, on the pages."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from synth_ui.store.workspace import Workspace
from synth_ui.tables.databases import named
from synth_ui.ui import job
from tests.databases.small import write_people
from tests.pages.conftest import Open, words

HOSTILE = "![x](http://host/p.png)"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    grown = "CREATE VIEW grown AS SELECT * FROM people WHERE age > 30"
    return write_people(tmp_path / "x.db", f'CREATE TABLE "{HOSTILE}" (a INTEGER)', grown)


def connect(at: AppTest, address: str, password: str = "") -> AppTest:
    at.session_state["chooser"] = True
    at.run()
    at.text_input(key="db_url").set_value(address)
    at.text_input(key="db_password").set_value(password)
    return settled(next(button for button in at.button if button.label == "Connect").click().run())


def settled(at: AppTest) -> AppTest:
    """Draw the page again once what is read has been read; on a busy machine that takes more than the moment a click waits."""
    for which in ("synth.looking", "synth.looking", "synth.reading", "synth.writing"):
        work = at.session_state[which] if which in at.session_state else None  # noqa: SIM401 - it has no get
        if work is not None:
            assert getattr(work, "job", work).wait(60)
            at.run()
            at.run()
    assert not at.exception
    return at


def test_a_database_in_a_file_lies_in_the_named_folders(
    app: Open, file: Path, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNTH_UI_PATHS", str(tmp_path / "elsewhere"))
    at = connect(app("data"), f"sqlite:///{file}")
    assert any("Files are read by their path from" in str(error.value) for error in at.error)
    assert "Connected to" not in words(at)
    monkeypatch.setenv("SYNTH_UI_PATHS", str(file.parent))
    assert "Connected to" in words(connect(at, f"sqlite:///{file}"))


def test_a_table_is_chosen_looked_at_and_sampled(app: Open, file: Path, home: Path) -> None:
    at = connect(app("data"), f"sqlite:///{file}")
    assert f"Connected to sqlite:///{file}" in words(at).replace("**", "")
    assert "![x](" not in "".join(str(element.value) for element in [*at.markdown, *at.caption])
    assert [box.options for box in at.selectbox if box.key == "db_table-main"] == [[at.selectbox(key="db_table-main").options[0], "grown, a view", "people"]]  # fmt: skip
    at.selectbox(key="db_table-main").set_value("people").run()
    at.button(key="db_preview").click().run()
    assert not at.exception
    assert any(list(frame.value.columns) == ["age", "pay", "ok"] and len(frame.value) == 10 for frame in at.dataframe)
    at.number_input(key="db_rows").set_value(60)
    settled(at.button(key="db_read").click().run())
    assert "60 rows · 3 columns" in words(at)
    assert f"Source: sqlite:///{file}, table main.people" in words(at)
    row = Workspace.open(home).table_row(at.session_state["synth.table_id"])
    assert "drawn by numbers from seed 0" in row["assumed"][0]


def test_a_query_is_read_and_one_that_writes_is_refused(app: Open, file: Path) -> None:
    at = connect(app("data"), f"sqlite:///{file}")
    at.radio(key="db_what").set_value("A query").run()
    at.text_area(key="db_query").set_value("DROP TABLE people")
    at.button(key="db_read").click().run()
    assert "A query is one SELECT" in words(at)
    assert "48,842 rows" in words(at)
    at.session_state["chooser"] = True
    at.run()
    at.text_area(key="db_query").set_value("SELECT age, pay FROM people")
    settled(at.button(key="db_read").click().run())
    assert "400 rows · 2 columns" in words(at)


@pytest.mark.parametrize("page", ["start", "data"])
def test_why_a_table_was_not_taken_stands_where_databases_are(app: Open, file: Path, page: str) -> None:
    """And speaks of no file: it is asked of a database."""
    at = connect(app(page), f"sqlite:///{file}")
    at.radio(key="db_what").set_value("A query").run()
    at.text_area(key="db_query").set_value("SELECT age FROM people WHERE age > 1000")
    settled(at.button(key="db_read").click().run())
    at.session_state["chooser"] = True  # as the browser keeps it
    at.run()
    (said,) = at.error
    assert said.proto.title == "Nothing was taken from the database or written to it."
    assert "file" not in str(said.value)
    inside = (
        at.expander(key="way_database").error
        if page == "start"
        else at.tabs[[tab.label for tab in at.tabs].index("Database")].error
    )
    assert len(inside) == 1
    at.text_area(key="db_query").set_value("SELECT age, pay FROM people")
    settled(at.button(key="db_read").click().run())
    assert not at.error


def test_a_password_is_in_no_field_and_no_word_after_it_was_used(app: Open) -> None:
    at = connect(app("data"), "postgresql://me:s3cret@127.0.0.1:1/db", "other-s3cret")
    assert "cannot be reached" in words(at)
    assert "s3cret" not in words(at)
    assert at.text_input(key="db_password").value == ""
    at = connect(at, "")
    assert "No address was given" in words(at)


def test_named_connections_are_offered_and_may_be_the_only_ones(
    app: Open, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = tmp_path / "secrets.toml"
    secrets.write_text(f'[connections.sales]\nurl = "sqlite:///{file}"\n')
    monkeypatch.setattr(named, "secret_files", lambda: (secrets,))
    monkeypatch.setenv("SYNTH_UI_CONNECTIONS", "named")
    at = app("data")
    at.session_state["chooser"] = True
    at.run()
    assert not [field for field in at.text_input if field.key == "db_url"]
    at.button(key="db_named-sales").click().run()
    assert "Connected to connection:sales" in words(at).replace("**", "")
    at.button(key="db_disconnect").click().run()
    assert "Connected to" not in words(at)


def test_rows_are_written_to_a_new_table_and_never_over_one(fresh: Open, file: Path) -> None:
    at = fresh()
    at.button(key="open_example").click().run()
    at.switch_page("pages/take_away.py").run()
    at.text_input(key="db_url").set_value(f"sqlite:///{file}")
    next(button for button in at.button if button.label == "Connect").click().run()
    [field] = [field for field in at.text_input if str(field.key).startswith("db_new-")]
    field.set_value("people")
    settled(at.button(key="db_write").click().run())
    assert "nothing is written over what is there" in words(at)
    [field] = [field for field in at.text_input if str(field.key).startswith("db_new-")]
    field.set_value("made")
    settled(at.button(key="db_write").click().run())
    assert "rows were written to" in str(at.success[0].value)
    with sqlite3.connect(file) as connection:
        assert connection.execute("SELECT count(*) FROM made").fetchone()[0] > 0
    connection.close()


def test_a_question_to_a_database_is_stopped_while_it_is_not_answered(
    app: Open, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A host that drops what is sent to it answers after ten seconds, and a view may take minutes."""
    from synth_ui.tables.databases import take

    answer, known = threading.Event(), take.schemas
    monkeypatch.setattr(job, "PATIENCE_SECONDS", 0.05)
    monkeypatch.setattr(take, "schemas", lambda address: known(address) if answer.wait(30) else [])
    at = app("data")
    at.session_state["chooser"] = True
    at.run()
    at.text_input(key="db_url").set_value(f"sqlite:///{file}")
    next(button for button in at.button if button.label == "Connect").click().run()
    assert not at.exception
    assert not [field for field in at.text_input if field.key == "db_url"]  # nothing else can be asked meanwhile
    at.button(key="db_stop").click().run()
    assert "was stopped; nothing was taken" in "\n".join([words(at), *(str(one.value) for one in [*at.info, *at.success])])
    answer.set()
    at.run()
    assert "Connected to" not in words(at)
    monkeypatch.setattr(job, "PATIENCE_SECONDS", 20.0)
    assert "Connected to" in words(connect(at, f"sqlite:///{file}"))
