"""`synth-ui split`: the halves a race makes, as files, and what to do with them."""

from __future__ import annotations

import shlex
from pathlib import Path

import pandas as pd
import pytest

import synth_ui
from synth_ui.api import read
from synth_ui.cli import main
from synth_ui.core.table import Table
from synth_ui.tables.split import make_split
from tests.workshop import small_table


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("people") / "people.csv"
    small_table(240).frame[["pay", "age", "job", "rich"]].to_csv(path, index=False)
    return path


def test_the_halves_are_those_of_a_race(people: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "new" / "halves"
    asked = ["--target", "rich", "--seed", "7", "--train-share", "0.75", "--sample", "200"]
    assert main(["split", str(people), "--out", str(out), *asked]) == 0
    table = read(people, sample=200, seed=7).table
    raced = make_split(Table(table.frame, table.schema.with_target("rich"), table.name), seed=7, share=0.75)
    for half, name in ((raced.train, "train"), (raced.holdout, "holdout")):
        written = read(out / f"{name}.csv").table
        pd.testing.assert_frame_equal(written.frame.astype(str), half.frame.astype(str))
    said = capsys.readouterr().out
    assert raced.sentence in said
    assert "150 training rows" in said
    assert "50 rows held back" in said
    assert sorted(path.name for path in out.iterdir()) == ["holdout.csv", "train.csv"]


def test_it_says_what_to_do_next_in_commands_that_can_be_copied(
    people: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "two words"
    assert main(["split", str(people), "--out", str(out), "--target", "rich", "--seed", "7"]) == 0
    score, race = (shlex.split(line) for line in capsys.readouterr().out.splitlines() if line.strip().startswith("synth-ui "))
    assert score[1] == "score"
    assert score[score.index("--train") + 1] == str(out / "train.csv")
    assert score[score.index("--target") + 1] == "rich"
    assert race[1:3] == ["race", str(people)]
    assert race[race.index("--seed") + 1] == "7"
    read(out / "holdout.csv").table.frame.iloc[:50].to_csv(out / "made.csv", index=False)
    score[score.index("SYNTHETIC.csv")] = str(out / "made.csv")
    assert main([*score[1:], "--measures", "seen"]) == 0


def test_nothing_is_overwritten(people: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "holdout.csv").write_text("mine")
    assert main(["split", str(people), "--out", str(tmp_path)]) == 2
    assert "already holds holdout.csv; nothing is overwritten" in capsys.readouterr().err
    assert (tmp_path / "holdout.csv").read_text() == "mine"
    assert not (tmp_path / "train.csv").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--out", "{file}"], "cannot be made: File exists"),
        (["--out", "{new}", "--target", "nobody"], "nobody"),
        (["--out", "{new}", "--train-share", "1.5"], "not a number between 0 and 1"),
        ([], "--out"),
    ],
)
def test_what_cannot_be_cut_is_refused_in_one_line(
    people: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], said: str
) -> None:
    places = {"file": str(people), "new": str(tmp_path / "new")}
    arguments = ["split", str(people), *(option.format(**places) for option in options)]
    try:
        code = main(arguments)
    except SystemExit as stop:
        code = stop.code
    assert code == 2
    err = capsys.readouterr().err
    assert said in err
    assert len(err.strip().splitlines()) == 1


def test_python_cuts_alike(people: Path) -> None:
    cut = synth_ui.split(people, target="rich", seed=3)
    assert (len(cut.train), len(cut.holdout)) == (120, 120)
    assert cut.fingerprint == synth_ui.split(read(people).table, target="rich", seed=3).fingerprint
    assert cut.fingerprint != synth_ui.split(people, target="rich", seed=4).fingerprint
