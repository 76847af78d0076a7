"""A workspace that can only be read shows what is there, writes nothing, and says why its buttons are off."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from synth_ui.cli import main
from synth_ui.jobs.execution.schedule import advance
from synth_ui.store import history
from synth_ui.store.database import ReadOnly
from synth_ui.store.recovery import rebuild
from synth_ui.store.workspace import DATABASE, Workspace
from tests.pages.conftest import start, words
from tests.small_race import copied


@pytest.fixture
def folder(raced: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the workspace of the finished race, to which this user has no right to write."""
    home = copied(raced[0], tmp_path / "home")
    monkeypatch.setenv("SYNTH_UI_HOME", str(home))
    access = os.access

    def may(path: str | Path, mode: int) -> bool:
        return access(path, mode) and not (mode & os.W_OK and Path(path).is_relative_to(home))

    monkeypatch.setattr(os, "access", may)
    return home


def listed(home: Path) -> dict[str, tuple[int, int]]:
    """Every file of a folder, with what differs once it was written."""
    found = [home, *home.rglob("*")]
    return {str(path): (path.stat().st_mtime_ns, path.stat().st_size if path.is_file() else 0) for path in found}


def test_what_is_there_is_read_and_nothing_is_written(
    folder: Path, raced: tuple[Path, str], capsys: pytest.CaptureFixture[str]
) -> None:
    before = listed(folder)
    ws = Workspace.open()
    assert "can only be read" in ws.read_only
    assert len(ws.races()) == len(ws.tables()) == 1
    assert len(ws.synthetic(ws.members(raced[1])[0].id))
    advance(ws)
    with pytest.raises(ReadOnly, match="nothing can be started, changed, deleted or kept until the folder can be written"):
        history.describe(ws, "race", raced[1], name="other")
    assert main(["history"]) == 0
    assert "penguins" in capsys.readouterr().out
    assert main(["resume", raced[1]]) == 2
    assert "can only be read" in capsys.readouterr().err
    assert listed(folder) == before


def test_what_others_write_meanwhile_is_seen(folder: Path, raced: tuple[Path, str]) -> None:
    ws = Workspace.open()
    history.describe(Workspace.at(folder), "race", raced[1], name="changed by its owner")
    assert ws.races()["name"].tolist() == ["changed by its owner"]


def test_a_damaged_database_is_shown_from_the_records_and_left_as_it_is(folder: Path, raced: tuple[Path, str]) -> None:
    (folder / DATABASE).write_bytes(b"\x07" * 9_000)
    before = listed(folder)
    ws = Workspace.open()
    assert [run.state.value for run in ws.members(raced[1])] == ["done"] * 7
    (note,) = rebuild.notes(ws.home)
    assert str(folder) in note.sentence
    assert listed(folder) == before


@pytest.mark.parametrize(
    ("page", "button"), [("compare", "choose_this"), ("data", None), ("take_away", "make_rows"), ("history", None)]
)
def test_a_page_shows_all_and_says_why_its_buttons_are_off(
    page: str, button: str | None, folder: Path, raced: tuple[Path, str]
) -> None:
    before = listed(folder)
    at = start(page, race=raced[1])
    assert not at.exception
    assert not at.error
    assert len(words(at)) > 200
    assert "can only be read" in " ".join(info.value for info in at.info)
    if button is not None:
        assert at.button(key=button).disabled
    assert listed(folder) == before
