"""`synth-ui design`: the same seed makes the same rows, every table can be written, wrong input is one clear line."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from synth_ui import design
from synth_ui.cli import main
from synth_ui.generators.from_nothing.schema import EXAMPLE


def test_the_same_seed_makes_the_same_rows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = []
    for seed in ("1", "1", "2"):
        assert main(["design", "--rows", "30", "--seed", seed]) == 0
        said.append(capsys.readouterr().out)
    assert said[0] == said[1] != said[2]
    assert len(said[0].splitlines()) == 31


def test_a_schema_file_is_streamed_to_parquet(tmp_path: Path) -> None:
    schema = tmp_path / "schema.json"
    schema.write_text(EXAMPLE, encoding="utf-8")
    out = tmp_path / "rows.parquet"
    assert main(["design", "schema", "--schema", str(schema), "--rows", "500", "--out", str(out)]) == 0
    frame = pd.read_parquet(out)
    assert len(frame) == 500
    assert frame["customer_id"].is_unique


def test_a_simulation_writes_all_its_tables(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["design", "simulate_equipment", "--set", "life=20 to 30", "--set", "worlds=2", "--rows", "800"]
    assert main([*asked, "--tables", str(tmp_path)]) == 0
    said = capsys.readouterr()
    assert said.out == ""
    assert "life 2" in said.err
    assert {path.name for path in tmp_path.iterdir()} == {
        "readings.parquet",
        "failures.parquet",
        "worlds.parquet",
        "over-time.csv",
    }
    world = design("simulate_equipment", settings={"life": (20, 30), "worlds": 2}, rows=800)
    assert len(pd.read_parquet(tmp_path / "readings.parquet")) == len(world.main) == 800


def test_designed_columns_come_from_a_file_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    columns = tmp_path / "columns.json"
    columns.write_text('[{"name": "a", "low": 0, "high": 1}]', encoding="utf-8")
    asked = ["design", "designed", "--schema", str(columns), "--set", "correlations=[]", "--set", "formula=2 * a", "--rows", "5"]
    assert main(asked) == 0
    assert capsys.readouterr().out.splitlines()[0] == "a,target"


def test_a_schema_is_shown_or_taken_from_a_table_without_its_values(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["design", "--example"]) == 0
    assert json.loads(capsys.readouterr().out)["name"] == "customers"
    people = tmp_path / "people.csv"
    people.write_text("age,job\n" + "".join(f"{23 + row % 50},{'ab'[row % 2]}\n" for row in range(200)), encoding="utf-8")
    assert main(["design", "--from", str(people)]) == 0
    columns = {column["name"]: column for column in json.loads(capsys.readouterr().out)["columns"]}
    assert (columns["age"]["low"], columns["age"]["high"]) == (23, 72)
    assert columns["job"]["levels"] == ["a", "b"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["cart"], "needs a real one"),
        (["nobody"], "no generator 'nobody'"),
        (["simulate_epidemic", "--set", "contacts=-1"], "contacts is '-1'; allowed is a number from 0 to 100, or a range"),
        (["simulate_epidemic", "--schema", "x.json"], "takes no --schema"),
        (["schema", "--schema", "missing.json"], "cannot be read"),
        (["schema", "--set", "declaration={}"], "holds no columns"),
        (["llm"], "no endpoint is configured"),
    ],
)
def test_wrong_input_is_one_clear_line(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SYNTH_UI_LLM_URL", raising=False)
    assert main(["design", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert said in captured.err.strip().splitlines()[-1]
