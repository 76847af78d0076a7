"""A database on the command line: it stands where a file stands, and its password is written nowhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from synth_ui.cli import main
from tests.databases import postgres
from tests.databases.conftest import database, postgres_folder  # noqa: F401 - fixtures
from tests.databases.small import write_people

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def table(tmp_path: Path) -> str:
    """An SQLite file with a table, by its address."""
    return f"sqlite:///{write_people(tmp_path / 'x.db', 'CREATE TABLE other (a INTEGER)')}"


def test_a_table_and_a_query_are_read(table: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["read", table, "--table", "people", "--sample", "50"]) == 0
    assert "people: 50 rows, 3 columns" in capsys.readouterr().out
    assert main(["read", table, "--query", "SELECT age, pay FROM people WHERE age > 30", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert [column["name"] for column in said["columns"]] == ["age", "pay"]


def test_without_a_table_those_there_are_are_named(table: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["read", table]) == 2
    assert "there are other, people" in capsys.readouterr().err
    assert main(["read", "people.csv", "--table", "x"]) == 2
    assert "go with the address of a database" in capsys.readouterr().err


def test_halves_are_cut_and_said_how_without_a_password(
    postgres_folder: Path,  # noqa: F811
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    arguments = [
        "split",
        postgres.url(postgres_folder),
        "--table",
        "people",
        "--out",
        str(tmp_path / "halves"),
        "--sample",
        "200",
    ]
    assert main(arguments) == 0
    said = capsys.readouterr()
    assert "100 training rows" in said.out
    assert "--table people" in said.out
    assert "s3cret" not in said.out + said.err


def test_a_race_and_its_script_know_the_database_and_not_the_password(
    postgres_folder: Path,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    home = tmp_path / "home"
    monkeypatch.setenv("SYNTH_UI_HOME", str(home))
    notebook, report = tmp_path / "again.ipynb", tmp_path / "report.html"
    query = "SELECT member, pay, town FROM people"
    arguments = [
        "race", postgres.url(postgres_folder), "--query", query, "--target", "member", "--sample", "120", "--seed", "5", "--generators",
        "independent", "--card", "quick", "--notebook", str(notebook), "--report", str(report), "--json", str(tmp_path / "result.json"),
    ]  # fmt: skip
    assert main(arguments) == 0
    said = capsys.readouterr()
    assert "s3cret" not in said.out + said.err
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    assert f"DatabaseTable(FILE, query={query!r}), rows=120, seed=5)" in code
    assert "SYNTH_UI_DB_PASSWORD" in code
    for file in tmp_path.rglob("*"):
        assert not file.is_file() or b"s3cret" not in file.read_bytes(), file
    (tmp_path / "again.py").write_text(code, encoding="utf-8")
    environment = {**os.environ, "SYNTH_UI_DB_PASSWORD": postgres.PASSWORD, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "again.py"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert "60 rows written" in done.stdout
    assert "not the table the race ran on" not in done.stdout


def test_made_rows_are_written_to_a_new_table_and_never_over_one(
    table: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = ["generate", table, "--table", "people", "--generator", "independent", "--rows", "30", "--out"]
    assert main([*made, table, "--out-table", "people"]) == 2
    assert "nothing is written over what is there" in capsys.readouterr().err
    assert main([*made, table]) == 2
    assert "--out-table" in capsys.readouterr().err
    assert main([*made, str(tmp_path / "x.csv"), "--out-table", "made"]) == 2
    assert "--out-table goes with" in capsys.readouterr().err
    assert main([*made, table, "--out-table", "made"]) == 0
    assert "30 rows were written" in capsys.readouterr().err
    assert main(["read", table, "--table", "made"]) == 0
    assert "made: 30 rows, 3 columns" in capsys.readouterr().out
    assert main([*made, "postgresql://me:s3cret@127.0.0.1:1/db", "--out-table", "made"]) == 2
    assert "s3cret" not in capsys.readouterr().err
