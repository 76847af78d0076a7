"""The page System: how the program stands, and what is handed on of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from synth_ui.core.run import RunState
from synth_ui.store import history, journal
from synth_ui.store.workspace import Workspace
from tests.pages.conftest import Open, words
from tests.store.test_workspace import claim, queued


def test_the_page_says_how_the_program_stands(app: Open, home: Path) -> None:
    at = app("system")
    assert not at.exception
    assert "answers" in str(at.success[0].value).replace("\\", "")
    assert {metric.label for metric in at.metric} == {"Running", "Queued", "Memory free", "Disk free"}
    assert "No run of this workspace failed or was lost." in words(at)
    assert json.loads(at.code[0].value)["checked"]["workspace"] == "fine"


def test_it_counts_what_the_history_lists_or_says_the_difference(app: Open, home: Path) -> None:
    at = app("system")
    assert "holds 1 table and 0 races. Runs so far" in words(at)
    ws = Workspace.open(home)
    (table_id,) = ws.tables()["id"]
    history.supersede(ws, str(table_id))
    said = (
        "holds 1 table and 0 races; of these the page History does not list 1 table that is in the bin or changed into another."
    )
    assert said in words(at.run())


def test_a_cluster_that_does_not_answer_is_said_and_nothing_is_begun_here(
    app: Open, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNTH_UI_DASK", "tcp://127.0.0.1:1")
    at = app("system")
    assert not at.exception
    said = str(at.error[0].value).replace("\\", "")
    assert "does not answer (" in said
    assert "Check SYNTH_UI_DASK" in said
    shown = {metric.label: metric.value for metric in at.metric}
    assert (shown["Running"], shown["Memory free"]) == ("0 of 0", "not known")
    assert "Only 0 MB" not in said
    helps = {metric.label: str(metric.help) for metric in at.metric}
    assert helps["Queued"] == "The queue goes on while a page of it is open."
    assert helps["Memory free"].startswith("The cluster takes no runs now.")


def test_an_error_is_shown_here_and_its_text_is_not_handed_on(app: Open, home: Path) -> None:
    ws = Workspace.open(home)
    queued(ws, "a")
    attempt = claim(ws)
    assert attempt
    journal.finish(ws, attempt, RunState.FAILED, "does not apply, because <b>salary</b> has one value.")
    at = app("system")
    assert "<b>salary</b> has one value" in words(at)
    assert "salary" not in at.code[0].value
