"""Races and tables of one name are told apart wherever one is chosen; what somebody else deletes meanwhile is let go of."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Literal

import pytest
import streamlit as st
from sqlalchemy import insert
from streamlit.testing.v1 import AppTest

from synth_ui.core.errors import NotThere
from synth_ui.store import history, schema
from synth_ui.store.workspace import Workspace
from synth_ui.ui import access, shell
from synth_ui.ui.screens import SCREENS
from synth_ui.ui.state import state, widget
from tests.fuzz.tab import tab
from tests.pages.conftest import start
from tests.small_race import copied


@pytest.fixture
def folder(raced: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the workspace of the finished race, to be changed."""
    home = copied(raced[0], tmp_path / "home")
    monkeypatch.setenv("SYNTH_UI_HOME", str(home))
    st.cache_resource.clear()
    return home


def again(ws: Workspace, race_id: str) -> None:
    """Write the race and its table once more, of the same name and the same second, as two visitors who press at once do."""
    race, runs = ws.race_row(race_id), [run.id for run in ws.members(race_id)]
    table = ws.table_row(race["table_id"])
    columns = {column.name for column in schema.tables.columns}
    with ws.database.write() as connection:
        connection.execute(insert(schema.races).values({**race, "id": "alike"}))
        connection.execute(insert(schema.members), [{"race_id": "alike", "run_id": run} for run in runs])
        known = connection.execute(schema.tables.select().where(schema.tables.c.id == table["id"])).mappings().one()
        connection.execute(insert(schema.tables).values({**{name: known[name] for name in columns}, "id": "alike_table"}))
    shutil.copy(ws.artefacts.local(f"tables/{table['id']}.parquet"), ws.home / "tables" / "alike_table.parquet")


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.file)
def test_no_two_options_of_a_choice_have_the_same_label(screen: object, folder: Path, raced: tuple[Path, str]) -> None:
    """Streamlit took the last one of that label: whoever started a second race in a minute was led back to the first one."""
    again(Workspace.open(folder), raced[1])
    at = start(screen.file, race=raced[1])  # type: ignore[attr-defined]
    assert not at.exception
    if screen.file == "design":  # type: ignore[attr-defined]
        at.session_state["schema_begin"] = True
        at.run()
    boxes = [*at.selectbox, *at.radio, *at.multiselect]
    assert {box.label: box.options for box in boxes if len(set(box.options)) < len(box.options)} == {}


def test_races_of_one_minute_are_told_apart_in_the_sidebar(folder: Path, raced: tuple[Path, str]) -> None:
    ws = Workspace.open(folder)
    again(ws, raced[1])
    with ws.database.write() as connection:
        later = ws.race_row(raced[1])["created"] + 1
        connection.execute(insert(schema.races).values({**ws.race_row(raced[1]), "id": "later", "created": later}))
    options = start(race=raced[1]).sidebar.selectbox[0].options
    assert len(options) == len(set(options)) == 3, options
    assert all(re.search(r"\d\d:\d\d:\d\d, penguins", option) for option in options), options


def test_a_label_that_is_gone_leads_nowhere(folder: Path, raced: tuple[Path, str]) -> None:
    with tab({}):
        state.race_id = raced[1]
        st.session_state[widget("race", raced[1])] = "1 Jan 00:00:00, of another time"
        shell._choose_race()
        assert (state.race_id, state.notice) == (raced[1], None)


@pytest.mark.parametrize("thing", ["race", "table"])
def test_what_somebody_else_deletes_is_let_go_of(thing: Literal["race", "table"], folder: Path, raced: tuple[Path, str]) -> None:
    """The page said that the workspace could not be used, and showed no way on."""
    ws = Workspace.open(folder)
    table_id = str(ws.race_row(raced[1])["table_id"])
    with tab({}):
        state.race_id, state.table_id = raced[1], table_id
        access.let_go()
        assert (state.race_id, state.table_id, state.notice) == (raced[1], table_id, None)
        history.put_away(ws, thing, raced[1] if thing == "race" else table_id)
        history.empty_bin(ws, days=-1)
        access.let_go()
        assert (state.race_id, state.table_id) == (None, table_id if thing == "race" else None)
        assert f"The {thing}" in str(state.notice)
        assert "is not in the workspace any more; it may have been deleted" in str(state.notice)


def test_what_is_deleted_while_a_page_is_drawn_is_not_called_an_unusable_workspace(
    folder: Path, raced: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("synth_ui.ui.navigation.draw", lambda here: Workspace.open(folder).race("gone"))
        at = start(race=raced[1])
    assert [str(error.proto.title) for error in at.error] == ["Something this page shows was deleted"]
    at.button(key="gone").click().run()
    assert not at.exception
    assert not at.error


@pytest.mark.parametrize("alone", [True, False], ids=["by itself", "with the page"])
def test_a_part_that_cannot_be_drawn_any_more_is_said_by_the_page(alone: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """The board looked at a race that somebody else had deleted, and ended in an error without a way on."""

    def shown() -> None:
        from synth_ui.core.errors import NotThere
        from synth_ui.ui.components import fragment
        from synth_ui.ui.state import state
        from tests.pages.test_alike_and_gone import gone_part

        st = __import__("streamlit")
        if st.session_state.get("again"):
            st.write(f"the whole page: {state.notice}")
            return
        st.session_state["again"] = True
        try:
            fragment(gone_part)()
        except NotThere as error:
            st.write(f"said: {error}")

    monkeypatch.setattr("synth_ui.ui.links.by_itself", lambda: alone)
    at = AppTest.from_function(shown).run()
    assert not at.exception
    assert [str(one.value) for one in at.markdown] == [
        "the whole page: There is no race 'x'." if alone else "said: There is no race 'x'."
    ]


def gone_part() -> None:
    raise NotThere("There is no race 'x'.")
