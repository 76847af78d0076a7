"""Files of a finished race that are gone or damaged: said in their place, and the rest of every page is drawn."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from synth_ui.api import stored
from synth_ui.store.recovery import rebuild
from synth_ui.store.workspace import DATABASE, Workspace
from tests.pages.conftest import start, words


@pytest.fixture
def folder(raced: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the workspace of the finished race, to be damaged."""
    home = tmp_path / "home"
    shutil.copytree(raced[0], home, ignore=shutil.ignore_patterns("warm.*"))
    monkeypatch.setenv("SYNTH_UI_HOME", str(home))
    return home


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def each(home: Path, pattern: str) -> None:
    for path in home.glob(pattern):
        cut(path)


DAMAGE: dict[str, tuple[Callable[[Path], None], dict[str, str]]] = {
    "details": (
        lambda home: each(home, "runs/*/details/*"),
        {"distributions": "is damaged", "compare": "", "privacy": "is damaged", "present": ""},
    ),
    "missing details": (
        lambda home: [path.unlink() for path in home.glob("runs/*/details/*")] and None,
        {"usefulness": "is no longer in the workspace"},
    ),
    "rows": (
        lambda home: each(home, "runs/*/synthetic.parquet"),
        {"distributions": "the rows of", "relationships": "", "take_away": ""},
    ),
    "split": (lambda home: each(home, "splits/*/*.parquet"), {"distributions": "is damaged", "take_away": ""}),
    "table": (lambda home: each(home, "tables/*.parquet"), {"data": "is damaged"}),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_what_is_damaged_is_said_in_its_place(what: str, folder: Path, raced: tuple[Path, str]) -> None:
    damage, said = DAMAGE[what]
    damage(folder)
    for page, sentence in said.items():
        at = start(page, race=raced[1])
        assert not at.exception, page
        assert not at.error, (page, [error.value for error in at.error])
        assert len(words(at)) > 200, page
        assert sentence in " ".join(warning.value for warning in at.warning), page


def test_a_rebuilt_database_is_said_until_it_is_read(folder: Path, raced: tuple[Path, str]) -> None:
    (folder / DATABASE).write_bytes(b"\x07" * 9_000)
    for side in ("-wal", "-shm"):
        Path(f"{folder / DATABASE}{side}").unlink(missing_ok=True)
    at = start("compare", race=raced[1])
    assert not at.exception
    said = " ".join(warning.value for warning in at.warning).replace("\\", "")
    assert "It was rebuilt from the records beside the runs" in said
    assert "The old file is kept as synth_ui.damaged" in said
    at.button(key="recovered_read").click().run()
    assert "rebuilt" not in " ".join(warning.value for warning in at.warning)
    assert rebuild.notes(folder) == []


def test_a_report_says_what_is_not_in_it(folder: Path, raced: tuple[Path, str]) -> None:
    each(folder, "runs/*/details/margins*")
    html = stored(Workspace.open(), raced[1]).html()
    assert "Not in this report: " in html
    assert "of independent: a file is gone or damaged." in html
    assert str(folder) not in html
