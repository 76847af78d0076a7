"""Races and tables of the workspace are taken up again, and deleted."""

from __future__ import annotations

from pathlib import Path

from synth_ui.jobs.races.request import Request
from synth_ui.store.workspace import Workspace
from tests import small_race
from tests.pages.conftest import start, words


def test_a_race_and_a_table_can_be_deleted(home: Path) -> None:
    race_id = small_race.run(home, [Request("independent")], card="margins")
    ws = Workspace.open(home)
    at = start()
    assert not at.exception
    at.button(key=f"delete_race-{race_id}").click().run()
    assert not at.exception
    assert ws.races().empty
    assert "penguins** was deleted." in words(at)
    table_id = str(ws.tables().iloc[0]["id"])
    at = start("data")
    at.session_state["chooser"] = True
    at.run()
    at.button(key=f"delete_table-{table_id}").click().run()
    assert not at.exception
    assert table_id not in set(ws.tables()["id"])


def test_what_was_deleted_comes_back(home: Path) -> None:
    race_id = small_race.run(home, [Request("independent")], card="margins")
    ws = Workspace.open(home)
    at = start("history")
    table_id = str(ws.tables().iloc[0]["id"])
    at.button(key=f"history_delete-{table_id}").click().run()
    assert not at.exception
    assert ws.tables().empty
    assert ws.races().empty
    at.button(key="undo_delete").click().run()
    assert not at.exception
    assert list(ws.races()["id"]) == [race_id]
    at.button(key=f"history_delete-{race_id}").click().run()
    at.button(key="empty_bin").click().run()
    assert not at.exception
    assert ws.races().empty
    assert list(ws.tables()["id"]) == [table_id]
    assert not ws.artefacts.exists(f"runs/{race_id}")
