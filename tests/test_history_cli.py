"""`synth-ui history`: lists, finds, names, notes, stars, deletes and brings back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from synth_ui.cli import main
from synth_ui.store import history
from synth_ui.store.workspace import Workspace
from synth_ui.ui.arrive.example import offer


@pytest.fixture
def race(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("SYNTH_UI_HOME", str(tmp_path / "home"))
    ws = Workspace.open()
    offer(ws)
    return str(ws.races()["id"].iloc[0])


def test_the_history_says_what_races_came_to(race: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["history"]) == 0
    line = capsys.readouterr().out
    assert line.startswith(race)
    assert "Autoregressive network is best on this table" in line
    assert main(["history", "nothing like it"]) == 0
    assert capsys.readouterr().out == ""
    assert main(["history", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["race"], row["rows"], row["candidates"], row["leader"], row["example"]) == (
        race,
        2400,
        5,
        "Autoregressive network",
        True,
    )


def test_a_race_is_named_noted_starred_deleted_and_brought_back(race: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["history", "--race", race, "--name", "adults", "--note", "for the meeting", "--star"]) == 0
    assert "* adults: " in capsys.readouterr().out
    assert main(["history", "meeting", "--starred", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 1
    assert main(["history", "--race", race, "--delete"]) == 0
    assert Workspace.open().races().empty
    assert main(["history", "--race", race, "--undo"]) == 0
    assert list(Workspace.open().races()["id"]) == [race]


def test_nothing_is_done_with_a_race_in_the_bin(race: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["history", "--race", race, "--delete"]) == 0
    for asked in (
        ["resume", race], ["choose", race, "cart"], ["history", "export", race, str(tmp_path / "race.zip")],
        ["history", "compare", race, "other"], ["history", "retarget", race, "sex"], ["history", "--race", race, "--name", "new"],
    ):  # fmt: skip
        assert main(asked) == 2, asked
        said = capsys.readouterr().err
        assert "is in the bin, where nothing is done with it" in said, asked
        assert f"synth-ui history --race {race} --undo" in said, asked
    assert not (tmp_path / "race.zip").exists()
    assert main(["history", "--race", race, "--undo", "--name", "new"]) == 0
    assert "new: " in capsys.readouterr().out


def test_the_bin_is_emptied(race: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["history", "--empty-bin"]) == 0
    assert capsys.readouterr().err == "0 things deleted for good.\n"
    assert main(["history", "--race", race, "--delete"]) == 0
    capsys.readouterr()
    assert main(["history", "--empty-bin"]) == 0
    assert capsys.readouterr().err == "1 thing deleted for good.\n"
    assert main(["history", "--race", race, "--undo"]) == 2
    assert "no longer in the bin" in capsys.readouterr().err


def test_bad_input_is_one_clear_line(race: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["history", "--race", race, "--delete", "--empty-bin"]) == 2
    assert "Say them apart" in capsys.readouterr().err
    assert list(Workspace.open().races()["id"]) == [race]
    assert main(["history", "--note", "x"]) == 2
    assert "--race ID" in capsys.readouterr().err
    assert main(["history", "--race", "none", "--note", "x"]) == 2
    assert "There is no race 'none'" in capsys.readouterr().err


def test_a_race_and_the_workspace_go_through_a_file(
    race: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["history", "export", race, str(tmp_path / "race.zip")]) == 0
    assert "More rows cannot be drawn from an imported race" in capsys.readouterr().err
    assert main(["history", "export", "all", str(tmp_path / "all.zip")]) == 0
    monkeypatch.setenv("SYNTH_UI_HOME", str(tmp_path / "other"))
    assert main(["history", "import", str(tmp_path / "race.zip")]) == 0
    assert capsys.readouterr().out == f"{race}  imported\n"
    assert main(["history", "import", str(tmp_path / "all.zip")]) == 0
    assert capsys.readouterr().out == f"{race}  was there already\n"
    (tmp_path / "none.zip").write_bytes(b"x")
    assert main(["history", "import", str(tmp_path / "none.zip")]) == 2
    assert "not a race packed by synth-ui" in capsys.readouterr().err
    assert main(["history", "export", race]) == 2
    assert "export RACE_ID FILE.zip" in capsys.readouterr().err
    (tmp_path / "mine.csv").write_text("a,b\n1,2\n")
    assert main(["history", "export", race, str(tmp_path / "mine.csv")]) == 2
    assert "does not end in .zip" in capsys.readouterr().err
    assert (tmp_path / "mine.csv").read_text() == "a,b\n1,2\n", "it was written over"
    assert main(["history", "export", "all", str(tmp_path / "a b" / "x.tar")]) == 2
    assert f"history export all '{tmp_path / 'a b' / 'x.zip'}'" in capsys.readouterr().err
    monkeypatch.chdir(tmp_path)
    assert main(["history", race, "--json", race]) == 0, "a word that is searched for is no file"


def test_races_and_versions_are_compared(race: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "old.csv").write_text("age,job\n" + "".join(f"{20 + row % 50},{'ab'[row % 2]}\n" for row in range(300)))
    (tmp_path / "new.csv").write_text("age,job\n" + "".join(f"{40 + row % 50},{'ac'[row % 2]}\n" for row in range(250)))
    assert main(["history", "changes", str(tmp_path / "old.csv"), str(tmp_path / "new.csv")]) == 0
    said = capsys.readouterr().out
    assert said.startswith("300 rows before, 250 now")
    assert "job: moved, 50.0% of the rows" in said
    assert "new: c; gone: b" in said
    assert main(["history", "changes", str(tmp_path / "old.csv"), str(tmp_path / "old.csv"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["same_rows"] == 300
    assert main(["history", "compare", race, race]) == 2
    assert "two races or more" in capsys.readouterr().err
    assert main(["history", "two", "words"]) == 2
    assert "in quotes" in capsys.readouterr().err
    assert main(["history", "retarget", race, "income"]) == 2
    assert "is the target already" in capsys.readouterr().err


def test_the_name_of_a_race_forges_no_line(race: str, capsys: pytest.CaptureFixture[str]) -> None:
    """An imported one may be called anything."""
    history.describe(Workspace.open(), "race", race, name="ok\n0badc0ffee00  2026-11-30 07:00  forged\x1b]0;title\x07")
    assert main(["history"]) == 0
    said = capsys.readouterr().out
    assert len(said.splitlines()) == 1
    assert "\x1b" not in said
