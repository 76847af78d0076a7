"""Files of a finished race that are gone or damaged: said in their place, and the rest of every page is drawn."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
import streamlit as st

from synth_ui.api import stored
from synth_ui.cli import main
from synth_ui.store.files.artefacts import Folder
from synth_ui.store.recovery import rebuild
from synth_ui.store.workspace import DATABASE, Workspace
from tests.pages.conftest import start, words
from tests.small_race import copied


@pytest.fixture
def folder(raced: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the workspace of the finished race, to be damaged."""
    home = copied(raced[0], tmp_path / "home")
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
        {"distributions": "is damaged", "relationships": "is damaged", "compare": "", "privacy": "is damaged", "present": ""},
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
        assert not [caption.value for caption in at.caption if caption.value.endswith(" yet.")], page  # it was measured


@pytest.mark.parametrize("card", ["margins,gone_measure", "gone_measure"])
def test_a_race_that_asks_a_measure_that_is_gone_is_shown_and_takes_no_page_with_it(
    card: str, folder: Path, raced: tuple[Path, str], capsys: pytest.CaptureFixture[str]
) -> None:
    with contextlib.closing(sqlite3.connect(folder / DATABASE)) as connection, connection:
        connection.execute("UPDATE races SET card = ?, summary = ''", (card,))
        connection.execute("UPDATE runs SET card = ? WHERE parent_id IS NULL", (card,))
    for page in ("compare", "generate", "distributions", "history", "take_away", "present"):
        at = start(page, race=raced[1])
        assert not at.exception, page
        assert not at.error, (page, [error.value for error in at.error])
        if page == "compare":
            said = " ".join(warning.value for warning in at.warning).replace("\\", "")
            assert "the measure gone_measure" in said
            assert "nothing of that name is installed here" in said
    assert main(["history"]) == 0
    assert raced[1] in capsys.readouterr().out


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


PAGES = (
    "compare", "distributions", "relationships", "coverage", "rules", "usefulness", "privacy", "fairness", "take_away", "present",
)  # fmt: skip
TABS = ("Likeness against leakage", "Numbers", "Scores in words", "What it rests on")
VISITS = (*((page, {}) for page in PAGES), *(("compare", {"compare_tab": tab}) for tab in TABS))
"""Every page that shows results, and every tab of the comparison."""

JUDGING = ("compare", "take_away", "present")
"""Where the verdict is given, for which every page reads the table, and margins and predictions of every candidate."""

KINDS = {
    "margins": ("runs/*/details/margins.*.parquet", JUDGING),
    "details": ("runs/*/details/*.parquet", PAGES),
    "rows": ("runs/*/synthetic.parquet", PAGES),
    "training half": ("splits/*/train.parquet", PAGES),
    "table": ("tables/*.parquet", JUDGING),
}


def kept_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Make the workspace a new one for whatever is kept in memory, and note the keys of the files that are read from now on."""
    monkeypatch.setenv("SYNTH_UI_HOME", str(folder))
    found: set[str] = set()
    local = Folder.local

    def noted(self: Folder, key: str) -> Path:
        found.add(key)
        return local(self, key)

    monkeypatch.setattr(Folder, "local", noted)
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_every_page_that_reads_a_damaged_file_names_it(
    kind: str, folder: Path, raced: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And says what to do; nothing else of the page is lost, and no button is offered that would not work."""
    pattern, pages = KINDS[kind]
    each(folder, pattern)
    damaged = {path.relative_to(folder).as_posix() for path in folder.glob(pattern)}
    read = kept_in(folder, monkeypatch)
    for page, address in [visit for visit in VISITS if visit[0] in pages]:
        st.cache_resource.clear()  # or only the first page would read what all look at
        st.cache_data.clear()
        at = start(page, race=raced[1], **address)
        st.cache_resource.clear()
        st.cache_data.clear()
        read.clear()
        at.run()  # the page alone: on the way to it the first page was drawn
        assert not at.exception, (page, [one.value for one in at.exception])
        assert not at.error, page
        said = "\n".join(str(one.value) for one in at.warning).replace("\\", "").replace("\u2060", "")
        needed = {Path(key).name for key in read & damaged}
        if needed:
            assert any(name in said for name in needed), (page, address, needed, said)
            assert "Start a new race, or read the table again." in said, (page, said)
        assert len(words(at)) > 200, page


def test_rows_that_cannot_be_taken_away_are_not_offered(folder: Path, raced: tuple[Path, str]) -> None:
    each(folder, KINDS["rows"][0])
    at = start("take_away", race=raced[1])
    assert not [one for one in at.get("download_button") if "rows as" in one.proto.label]
    assert [one for one in at.get("download_button") if one.proto.label == "Download the report"]
    html = stored(Workspace.open(), raced[1]).slides()
    assert "Not on these slides: the guess: the rows of" in html
