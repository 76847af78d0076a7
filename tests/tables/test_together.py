"""Files that are read together: one that seems to have no header is read by the names of the others."""

from __future__ import annotations

import random
from pathlib import Path

import pandas as pd
import pytest

from synth_ui.api import race, read, score
from synth_ui.core.errors import TableError
from synth_ui.jobs.races.control import add_file
from synth_ui.store.workspace import Workspace
from synth_ui.tables.together import agreed_names
from tests.workshop import cold_workspace, fake_plugins, warm_workspace

__all__ = ["cold_workspace", "fake_plugins", "warm_workspace"]

pytestmark = pytest.mark.usefixtures("fake_plugins")

NAMES = ["red", "yes", "3"]
"""Names that stand among the values below them: a file of its own shows no header."""


def rows(seed: int, count: int = 40) -> pd.DataFrame:
    r = random.Random(seed)
    cells = [(r.choice(["red", "blue", "green"]), r.choice(["yes", "no"]), r.randint(0, 9)) for _ in range(count)]
    return pd.DataFrame(cells, columns=["colour", "paid", "times"])


def write(folder: Path, name: str, frame: pd.DataFrame, names: list[str] | bool) -> Path:
    path = folder / name
    frame.to_csv(path, index=False, header=names)
    return path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SYNTH_UI_HOME", str(tmp_path / "home"))
    return tmp_path


def test_only_names_on_which_all_agree_are_taken(folder: Path) -> None:
    headed = read(write(folder, "a.csv", rows(1), True))
    other = read(write(folder, "b.csv", rows(2), ["colour", "paid", "often"]))
    none = read(write(folder, "c.csv", rows(3), False))
    assert (headed.headed, none.headed) == (True, False)
    assert agreed_names({1: headed, 2: none}) == ("colour", "paid", "times")
    assert agreed_names({1: headed, 2: other, 3: none}) == ()
    assert agreed_names({1: none}) == ()


@pytest.mark.parametrize("bare", ["train", "holdout", "synthetic"])
@pytest.mark.parametrize("header", [False, NAMES])
def test_score_reads_the_one_without_a_header_by_the_others(bare: str, header: list[str] | bool, folder: Path) -> None:
    names: list[str] | bool = header or True
    paths = {
        what: write(folder, f"{what}.csv", rows(seed), header if what == bare and header is False else names)
        for seed, what in enumerate(("train", "holdout", "synthetic"))
    }
    if header:  # what is in the two others shows that theirs is a header
        for place, what in enumerate(sorted(set(paths) - {bare})):
            numbers = [f"{(n + 40 * place) / 7:.3f}" for n in range(40)]
            plain = {"red": ["pink", "grey"] * 20, "yes": ["often", "never"] * 20, "3": numbers}
            write(folder, f"{what}.csv", pd.DataFrame(plain), True)
    result = score(paths["train"], paths["holdout"], paths["synthetic"], card=["fake_mean"])
    assert list(result.frame("file:synthetic").columns) == (header or ["colour", "paid", "times"])
    assert len(result.frame("file:synthetic")) == 40
    assert (len(result.split.train), len(result.split.holdout)) == (40, 40)


def test_a_race_names_the_columns_of_a_file_by_the_table_and_those_of_the_table_by_the_files(
    folder: Path, warm_workspace: Workspace
) -> None:
    headed, bare = write(folder, "headed.csv", rows(1), True), write(folder, "bare.csv", rows(2), False)
    for real, synthetic in ((headed, bare), (bare, headed)):
        result = race(real, generators=[], files=[synthetic], card=["fake_mean"], home=warm_workspace.home)
        assert result.table.schema.names == ["colour", "paid", "times"]
        assert len(result.frame(f"file:{synthetic.stem}")) == 40
    assert result.race_id is not None
    run_id = add_file(warm_workspace, result.race_id, bare.read_bytes(), "late.csv")
    assert warm_workspace.run(run_id).notes.startswith(
        "the file has no header; its columns are taken in the order of the real table"
    )


def test_of_several_files_the_one_that_does_not_fit_is_named(folder: Path) -> None:
    real = write(folder, "real.csv", rows(1, 80), True)
    good, short = write(folder, "good.csv", rows(2), True), write(folder, "short.csv", rows(3).drop(columns="paid"), True)
    with pytest.raises(TableError, match=r"^short\.csv: The synthetic table lacks 'paid'"):
        race(real, generators=[], files=[good, short], card=["pairs"])
