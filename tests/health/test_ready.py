"""Whether work can be taken: what is looked at, on the command line, at /ready and on the page System, and what is handed on of it."""

from __future__ import annotations

import json
import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from synth_ui.cli import main
from synth_ui.core.run import RunState
from synth_ui.jobs.health import ready as looked
from synth_ui.jobs.health import settings
from synth_ui.jobs.health.diagnosis import diagnosis, without_data
from synth_ui.jobs.health.ready import checks, ready
from synth_ui.store import journal
from synth_ui.store.people import allowed
from synth_ui.store.workspace import Workspace
from tests.store.test_workspace import claim, queued
from tests.ui.test_doorman import ask

Usage = namedtuple("Usage", "total used free")
HIDDEN = "salary of Ada Lovelace"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SYNTH_UI_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_a_new_workspace_is_ready(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ready"]) == 0
    said = capsys.readouterr().out
    assert f"fine: The workspace {home} answers." in said
    assert said.rstrip().endswith("Ready.")
    assert [one.name for one in checks() if not one.fine] == []
    assert list(home.glob(".ready*")) == []


def test_a_workspace_that_cannot_be_is_said_and_ends_with_one(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home.write_text("a file")
    assert main(["ready"]) == 1
    said = capsys.readouterr().out
    assert "NOT FINE: " in said
    assert "SYNTH_UI_HOME" in said
    assert main(["ready", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["ready"] is False
    assert [one["name"] for one in told["checks"]] == ["workspace"]


def test_a_full_disk_keeps_from_work_and_an_open_folder_is_a_warning(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Workspace.open(home)
    home.chmod(0o755)
    found = checks()
    assert [one.name for one in found if not one.fine] == ["rights"]
    assert ready(found)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(1, 1, looked.LEAST_DISK - 1))
    found = checks()
    assert {one.name for one in found if not one.fine} == {"rights", "disk"}
    assert not ready(found)


IMPOSSIBLE = {
    "rows that are no number": ({"SYNTH_UI_MAX_ROWS": "many"}, "", "settings", "SYNTH_UI_MAX_ROWS is 'many'"),
    "no slots": ({"SYNTH_UI_SLOTS": "0"}, "", "settings", "SYNTH_UI_SLOTS is '0'"),
    "no scheduler": ({"SYNTH_UI_DASK": "foo"}, "", "settings", "SYNTH_UI_DASK is no address of a Dask scheduler ('foo')"),
    "no provider": ({"SYNTH_UI_SIGN_IN": "required"}, "", "sign-in", "no provider of identities is set up"),
    "an empty section": (
        {},
        "[auth]\nredirect_uri = 'http://x/oauth2callback'",
        "sign-in",
        "no provider of identities is set up",
    ),
    "no TOML": ({}, "[auth", "sign-in", "cannot be read"),
    "one database for all": (
        {"SYNTH_UI_SIGN_IN": "required", "SYNTH_UI_DATABASE": "postgresql://x"},
        "[auth]\nclient_id = 'a'",
        "",
        "",
    ),
}


def test_a_workspace_over_its_quota_keeps_from_work(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ws = Workspace.open()
    ws.database.keep_reserve()
    monkeypatch.setenv("SYNTH_UI_MAX_DISK_MB", "1")
    assert next(one for one in checks() if one.name == "quota").fine, "what the program puts aside for itself is not the user's"
    allowed._counted.clear()  # or what was counted ten seconds ago would count
    (ws.home / "much").write_bytes(b"x" * (1 << 20))
    over = next(one for one in checks() if one.name == "quota")
    assert not over.fine
    assert "1 MB are given here (SYNTH_UI_MAX_DISK_MB)" in over.said
    assert "synth-ui history --empty-bin" in over.said
    assert not ready(checks())


@pytest.mark.parametrize("what", IMPOSSIBLE)
def test_settings_that_cannot_be_are_no_readiness(
    what: str, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """On the command line with the reason, at /ready by name."""
    variables, secrets, name, why = IMPOSSIBLE[what]
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit" / "secrets.toml").write_text(secrets)
    Workspace.open(home)
    for variable, value in variables.items():
        monkeypatch.setenv(variable, value)
    if not name:  # the workspace cannot be opened at all: what is asked of the sign-in is looked at by itself
        assert "names one for all" in settings.sign_in()[0]
        return
    assert main(["ready"]) == 1
    said = capsys.readouterr().out
    assert why in said
    assert said.rstrip().endswith("Not ready.")
    status, _, body = ask("/ready", headers=[(b"host", b"10.0.0.1:8501")])
    assert (status, json.loads(body)["checks"][name]) == (503, False)


def test_a_provider_that_is_set_up_is_fine(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit" / "secrets.toml").write_text("[auth]\nredirect_uri = 'x'\n[auth.work]\nclient_id = 'a'\n")
    monkeypatch.setenv("SYNTH_UI_SIGN_IN", "required")
    monkeypatch.setenv("SYNTH_UI_MAX_ROWS", "1000")
    assert ready(checks())


def test_the_dashboard_says_at_its_start_who_else_can_look_in(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("synth_ui.ui.serve.serve", lambda port: None)
    monkeypatch.chdir(home.parent)
    Workspace.open(home)
    assert main(["serve"]) == 0
    assert "open to" not in capsys.readouterr().err
    home.chmod(0o755)
    assert main(["serve"]) == 0
    assert f"chmod 700 '{home}'" in capsys.readouterr().err


def test_the_server_answers_the_same_without_a_path(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    status, headers, body = ask("/ready", headers=[(b"host", b"10.0.0.1:8501")])
    assert status == 200
    assert headers[b"content-type"] == b"application/json"
    assert json.loads(body) == {"ready": True, "checks": {one.name: True for one in checks()}}
    assert str(home).encode() not in body
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(1, 1, 0))
    assert ask("/ready")[0] == 503


def test_the_last_errors_are_told_and_handed_on_without_what_they_quote(home: Path) -> None:
    ws = Workspace.open(home)
    queued(ws, "a", "b", "c")
    reasons = [
        f"ValueError: could not convert string to float: '{HIDDEN}' (in fit, line 12 of cart.py)",
        f"does not apply, because {HIDDEN} has one value.",
        f"KeyError: '{HIDDEN}: (in x, line 1 of {HIDDEN})' (in draw, line 3 of arf.py)",
    ]
    for reason in reasons:
        attempt = claim(ws)
        assert attempt
        journal.finish(ws, attempt, RunState.FAILED, reason)
    found = diagnosis(ws)
    assert {run.reason for run in found.failed} == set(reasons)
    shared = json.dumps(found.to_share())
    for hidden in (HIDDEN, "Lovelace", str(home), "people", "pay"):
        assert hidden not in shared
    assert {without_data(run)["why"] for run in found.failed} == {
        "ValueError (in fit, line 12 of cart.py)", "said in words, which may name columns", "KeyError (in draw, line 3 of arf.py)",
    }  # fmt: skip
    assert found.counts["tables"] == found.counts["races"] == 1
    assert found.counts["runs failed"] == 3
    assert found.queued == found.running == 0
    assert found.workspace_bytes > 10_000
    assert found.versions["python"].startswith("3.")
