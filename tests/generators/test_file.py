"""A file made elsewhere: read, cast to the schema, handed out row by row."""

from __future__ import annotations

import gzip
import pickle
from pathlib import Path

import pandas as pd
import pytest

from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply, ReadError, SettingError, TableError
from synth_ui.core.table import Column, Kind, Schema, Table, cast
from synth_ui.generators.file import File

SCHEMA = Schema(
    (
        Column("age", Kind.INTEGER, nullable=True, dtype="int64"),
        Column("pay", Kind.NUMBER, decimals=2, dtype="float64"),
        Column("job", Kind.CATEGORY, levels=("None", "clerk", "cook"), nullable=True),
        Column("married", Kind.BOOLEAN, dtype="bool"),
        Column("since", Kind.DATETIME, format="%Y-%m-%d", dtype="object"),
    )
)
ROWS = pd.DataFrame(
    {
        "age": ["31", "NA", "58", "44"],
        "pay": ["10.5", "11", "12.25", "9"],
        "job": ["cook", "None", "?", "clerk"],
        "married": ["yes", "no", "no", "yes"],
        "since": ["2020-01-31", "2021-02-28", "2019-07-01", "2020-12-24"],
    }
)


@pytest.fixture
def table() -> Table:
    frame, _ = cast(ROWS.iloc[[0, 3]].reset_index(drop=True), SCHEMA)
    return Table(frame, SCHEMA)


def sampled(path: Path, table: Table, n: int = 99, seed: int = 0) -> pd.DataFrame:
    return File(path=str(path)).fit(table, Context())(n, Context(seed=seed))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_delimited_file_is_cast_to_the_schema(tmp_path: Path, table: Table, delimiter: str) -> None:
    path = tmp_path / "made.csv"
    ROWS.to_csv(path, sep=delimiter, index=False)
    frame = sampled(path, table)
    assert frame["age"].tolist() == [31, pd.NA, 58, 44]
    assert frame["pay"].tolist() == [10.5, 11.0, 12.25, 9.0]
    assert frame["married"].tolist() == [True, False, False, True]
    assert frame["since"].dt.day.tolist() == [31, 28, 1, 24]


def test_a_blank_is_spelled_in_many_ways_but_a_known_level_is_no_blank(tmp_path: Path, table: Table) -> None:
    path = tmp_path / "made.csv"
    ROWS.to_csv(path, index=False)
    assert sampled(path, table)["job"].astype(object).where(lambda s: s.notna(), None).tolist() == ["cook", "None", None, "clerk"]


def test_parquet_and_gzip_give_the_same_rows(tmp_path: Path, table: Table) -> None:
    frame, _ = cast(ROWS.replace({"NA": None, "?": None}), SCHEMA)
    frame.to_parquet(tmp_path / "made.parquet")
    with gzip.open(tmp_path / "made.csv.gz", "wt") as zipped:
        ROWS.to_csv(zipped, index=False)
    pd.testing.assert_frame_equal(sampled(tmp_path / "made.parquet", table), sampled(tmp_path / "made.csv.gz", table))


def test_fewer_rows_are_a_seeded_choice_and_more_are_all_there_are(tmp_path: Path, table: Table) -> None:
    path = tmp_path / "made.csv"
    pd.concat([ROWS] * 50).assign(pay=range(200)).to_csv(path, index=False)
    first, again, other = (sampled(path, table, 20, seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first, again)
    assert not first.equals(other)
    assert first["pay"].is_unique
    assert len(sampled(path, table, 500)) == 200
    assert len(sampled(path, table, 0)) == 0


def test_conditions_choose_among_the_rows(tmp_path: Path, table: Table) -> None:
    path = tmp_path / "made.csv"
    ROWS.to_csv(path, index=False)
    sampler = File(path=str(path)).fit(table, Context())
    assert sampler(9, Context(), where={"married": "no"})["age"].tolist() == [pd.NA, 58]
    assert sampler(9, Context(), where={"job": None})["age"].tolist() == [58]
    with pytest.raises(DoesNotApply, match="no row of the file"):
        sampler(9, Context(), where={"age": 99})


def test_what_was_cast_is_said_and_the_sampler_pickles(tmp_path: Path, table: Table) -> None:
    path = tmp_path / "made.csv"
    ROWS.assign(job="pilot").to_csv(path, index=False)
    sampler = pickle.loads(pickle.dumps(File(path=str(path)).fit(table, Context())))
    assert any("job" in note and "pilot" in note for note in sampler.notes)
    assert len(sampler(9, Context())) == 4


def test_each_refusal_says_what_to_do(tmp_path: Path, table: Table) -> None:
    (tmp_path / "made.docx").write_text("x")
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "header.csv").write_text(",".join(SCHEMA.names) + "\n")
    (tmp_path / "bad.parquet").write_text("not parquet")
    (tmp_path / "bad.csv.gz").write_text("not gzip")
    (tmp_path / "latin.csv").write_bytes(b"age,pay,job,married,since\n1,2,caf\xe9,yes,2020-01-01\n")
    for name, said in {
        "nowhere.csv": "no file",
        "made.docx": "unknown ending",
        "empty.csv": "could not be read",
        "header.csv": "no rows",
        "bad.parquet": "Parquet",
        "bad.csv.gz": "could not be read",
        "latin.csv": "UTF-8",
    }.items():
        with pytest.raises(ReadError, match=said):
            sampled(tmp_path / name, table)
    with pytest.raises(SettingError, match="path is empty"):
        File().fit(table, Context())
    ROWS.drop(columns="age").to_csv(tmp_path / "made.csv", index=False)
    with pytest.raises(TableError, match="lacks 'age'"):
        sampled(tmp_path / "made.csv", table)
