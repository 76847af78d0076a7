"""The script: it runs, makes the same rows again, and no name in it becomes code."""

import json
import runpy
import subprocess
import sys
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from synth_ui.core.context import Context
from synth_ui.core.errors import TableError
from synth_ui.core.rules.asked import Asked
from synth_ui.core.rules.constraint import FixedCombinations, NeverTogether, Range
from synth_ui.core.table import Split, Table
from synth_ui.generators.catalogue import generator_of
from synth_ui.jobs.runs.make import make
from synth_ui.reports.code import RealTable, ScriptedRows, script, write, write_notebook
from synth_ui.reports.download import to_csv
from synth_ui.tables.declare import declare
from synth_ui.tables.read import read
from synth_ui.tables.review import revise
from synth_ui.tables.split import make_split, sampled

EVIL = 'a\'"""\nimport os; os._exit(3)  # {x}'


@dataclass
class Raced:
    table: Table
    split: Split
    candidates: pd.DataFrame
    made: pd.DataFrame

    def script(self, candidate, source=None):
        rows = {"rows": lambda name: len(self.made)}
        return script(self.candidates, candidate, table=self.table, split=self.split, source=source, **rows)


@pytest.fixture(scope="module")
def raced(tmp_path_factory):
    folder = tmp_path_factory.mktemp("script")
    rng = np.random.default_rng(0)
    x = rng.normal(size=120)
    rows = pd.DataFrame({EVIL: x, "n": rng.integers(0, 9, 120), "label": np.where(x > 0, "yes", "no")})
    rows.to_csv(folder / "real.csv", index=False)
    table = revise(read(folder / "real.csv").table, [{"name": "label", "role": "target"}, {"name": "n", "kind": "category"}])
    split = make_split(table, seed=3, share=0.6)
    generator = generator_of("independent")
    made = make(generator, split.train, 50, Context(seed=5)).frame
    listed = pd.DataFrame([{"candidate": "independent#2", "generator": "independent", "settings": "{}", "seed": 5}])
    return folder, Raced(table, split, listed, made)


def test_a_candidate_made_of_a_sample_is_made_again_of_the_same_sample(raced, tmp_path):
    folder, result = raced
    part = sampled(result.split, 30, 20)
    made = make(generator_of("independent"), part.train, 50, Context(seed=5)).frame
    text = Raced(result.table, part, result.candidates, made).script("independent#2", source=str(folder / "real.csv"))
    text = text.replace("OUT = 'independent-2.csv'", f"OUT = {str(tmp_path / 'out.csv')!r}")
    (tmp_path / "again.py").write_text(text, encoding="utf-8")
    runpy.run_path(str(tmp_path / "again.py"), run_name="__main__")
    assert (tmp_path / "out.csv").read_bytes() == to_csv(made, result.table.schema)


def test_it_runs_and_makes_the_same_rows_again(raced):
    folder, result = raced
    text = result.script("independent#2", source="real.csv")
    (folder / "again.py").write_text(text, encoding="utf-8")
    ended = subprocess.run([sys.executable, "again.py"], cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 0, ended.stderr
    assert "Note:" not in ended.stdout
    assert "50 rows written to independent-2.csv" in ended.stdout
    assert (folder / "independent-2.csv").read_bytes() == to_csv(result.made, result.table.schema)


def test_rules_and_filters_are_in_the_script_and_it_makes_the_same_rows(raced):
    folder, result = raced
    rules, filters = (
        (FixedCombinations(("n", "label")), NeverTogether(("n", "label"), ("3", "True"))),
        (Range(result.table.schema.names[0], low=0.0),),
    )
    made = make(generator_of("independent"), result.split.train, 50, Context(seed=5), asked=Asked(rules)).frame
    kept = made[filters[0].holds(made)].reset_index(drop=True)
    listed = [
        {"candidate": "independent", "asked": Asked(rules).to_json()},
        {"candidate": "chosen", "asked": Asked(filters, filtered="independent").to_json()},
    ]
    candidates = pd.DataFrame([{"generator": "independent", "settings": "{}", "seed": 5, **entry} for entry in listed])
    text = Raced(result.table, result.split, candidates, made).script("chosen", source="real.csv")
    (folder / "chosen.py").write_text(text, encoding="utf-8")
    ended = subprocess.run([sys.executable, "chosen.py"], cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 0, ended.stderr
    assert 0 < len(kept) < 50
    assert (folder / "chosen.csv").read_bytes() == to_csv(kept, result.table.schema)


def test_what_was_declared_is_declared_again(raced):
    folder = raced[0]
    rows = pd.DataFrame(
        {
            "when": pd.date_range("2020-01-01", periods=120, freq="D").astype(str),
            "n": [3, 1, 4, 1, 5] * 24,
            "label": ["a", "b"] * 60,
        }
    )
    rows.to_csv(folder / "formal.csv", index=False)
    edits = [
        {"name": "when", "low": "2019-01-01", "high": "2022-12-31 12:00:00"}, {"name": "n", "low": -5, "high": 1000},
        {"name": "label", "levels": ["a", "b", "c; d"]},
    ]  # fmt: skip
    table = declare(read(folder / "formal.csv").table, edits)
    split = make_split(table, seed=3, share=0.6)
    made = make(generator_of("independent"), split.train, 50, Context(seed=5)).frame
    listed = pd.DataFrame([{"candidate": "stated", "generator": "independent", "settings": "{}", "seed": 5}])
    path = folder / "stated.py"
    path.write_text(Raced(table, split, listed, made).script("stated", source="formal.csv"), encoding="utf-8")
    written = runpy.run_path(str(path))
    again = declare(revise(read(folder / "formal.csv").table, written["COLUMNS"]), written["DECLARED"])
    assert again.schema == table.schema
    ended = subprocess.run([sys.executable, "stated.py"], cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 0, ended.stderr
    assert "Note:" not in ended.stdout
    assert (folder / "stated.csv").read_bytes() == to_csv(made, table.schema)


def test_names_are_quoted_never_code(raced):
    compile(raced[1].script("independent#2"), "script", "exec")
    text = write(RealTable(EVIL, target=EVIL), {"seed": 0, "share": 0.5}, ScriptedRows(EVIL, {EVIL: EVIL}, 1, 10), out=EVIL)
    compile(text, "script", "exec")
    assert "\nimport os;" not in text


def test_files_controls_and_strangers_have_no_script(raced):
    for name in ("file:x", "control:train", "moon"):
        with pytest.raises(TableError, match="no script"):
            raced[1].script(name)


def test_another_table_is_noticed(raced):
    text = write(
        RealTable("people.csv", target="label", fingerprint="abc"), raced[1].split, ScriptedRows("independent", {}, 1, 10)
    )
    assert "table.fingerprint != 'abc'" in text
    assert "share=0.6" in text
    assert "'role': 'target'" in text


def test_a_sample_is_loaded_as_a_sample():
    text = write(RealTable("", ("penguins", None)), {"seed": 0, "share": 0.5}, ScriptedRows("cart", {}, 1, 10))
    assert "load_sample(SAMPLE).table" in text
    assert "FILE" not in text
    compile(text, "script", "exec")


def test_the_notebook_is_valid_and_makes_the_same_rows(raced, monkeypatch):
    folder, result = raced
    text = script(
        result.candidates,
        "independent#2",
        table=result.table,
        split=result.split,
        rows=lambda name: 50,
        source="real.csv",
        notebook=True,
    )
    book = json.loads(text)
    assert (book["nbformat"], book["nbformat_minor"]) == (4, 5)
    assert set(book) == {"cells", "metadata", "nbformat", "nbformat_minor"}
    needed = {
        "code": {"id", "cell_type", "metadata", "source", "execution_count", "outputs"},
        "markdown": {"id", "cell_type", "metadata", "source"},
    }
    assert [cell["cell_type"] for cell in book["cells"]] == ["markdown", "code"] * 5
    assert all(set(cell) == needed[cell["cell_type"]] for cell in book["cells"])
    assert len({cell["id"] for cell in book["cells"]}) == 10
    monkeypatch.chdir(folder)
    (folder / "independent-2.csv").unlink(missing_ok=True)
    names: dict = {}
    for cell in book["cells"]:
        if cell["cell_type"] == "code":
            exec(compile(cell["source"], cell["id"], "exec"), names)
    assert (folder / "independent-2.csv").read_bytes() == to_csv(result.made, result.table.schema)


def test_rules_filters_and_the_check_stand_in_the_notebook_without_the_indent_of_a_script(raced):
    table = RealTable(EVIL, target=EVIL, fingerprint="abc")
    rules, filters = (NeverTogether(("n", "label"), ("3", "True")),), (Range("n", low=0.0),)
    made = ScriptedRows(EVIL, {EVIL: EVIL}, 1, 10, rules, filters)
    for cell in json.loads(write_notebook(table, {"seed": 0, "share": 0.5}, made, out=EVIL))["cells"]:
        if cell["cell_type"] == "code":
            compile(cell["source"], "cell", "exec")
            assert "\nimport os;" not in cell["source"]


def test_a_sample_of_a_file_is_read_as_the_race_read_it(raced):
    folder = raced[0]
    table = revise(read(folder / "real.csv", rows=60, seed=9).table, [{"name": "label", "role": "target"}])
    split = make_split(table, seed=3, share=0.6)
    made = make(generator_of("independent"), split.train, 20, Context(seed=5)).frame
    listed = pd.DataFrame([{"candidate": "sampled", "generator": "independent", "settings": "{}", "seed": 5}])
    text = script(
        listed, "sampled", table=table, split=split, rows=lambda name: 20, source="real.csv", reading={"rows": 60, "seed": 9}
    )
    (folder / "sampled.py").write_text(text, encoding="utf-8")
    ended = subprocess.run([sys.executable, "sampled.py"], cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 0, ended.stderr
    assert "Note:" not in ended.stdout
    assert (folder / "sampled.csv").read_bytes() == to_csv(made, table.schema)


def test_rows_drawn_from_another_candidate_have_no_script_of_their_own(raced):
    listed = pd.DataFrame(
        [{"candidate": "x-rows", "generator": "independent", "settings": "{}", "seed": 5, "asked": Asked(drawn="x").to_json()}]
    )
    with pytest.raises(TableError, match="The script of x fits it"):
        Raced(raced[1].table, raced[1].split, listed, raced[1].made).script("x-rows")
