"""Parquet, workbooks and JSON; files that are not what their name says."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from synth_ui.core.errors import PluginError, ReadError
from synth_ui.core.table import Kind
from synth_ui.tables.read import Limits, Reading, read
from synth_ui.tables.readers.source import readers

FRAME = pd.DataFrame(
    {
        "name": ["Ann", "Bob", "Cleo"],
        "age": pd.array([31, None, 47], dtype="Int64"),
        "born": pd.to_datetime(["1993-01-02", "1970-03-04", None]),
        "member": [True, False, True],
    }
)


def parquet(frame: pd.DataFrame | pa.Table, **options: Any) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(frame if isinstance(frame, pa.Table) else pa.Table.from_pandas(frame), buffer, **options)
    return buffer.getvalue()


def workbook(sheets: dict[str, list[list[Any]]]) -> bytes:
    import xlsxwriter

    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"default_date_format": "yyyy-mm-dd"}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for row, cells in enumerate(rows):
                for column, cell in enumerate(cells):
                    if cell is not None:
                        sheet.write(row, column, cell)
    return buffer.getvalue()


def kinds(result: Reading) -> list[str]:
    return [column.kind.value for column in result.table.schema]


# --- parquet -----------------------------------------------------------------------------------------------------


def test_parquet_keeps_types_and_blanks(tmp_path: Path) -> None:
    path = tmp_path / "people.parquet"
    path.write_bytes(parquet(FRAME))
    result = read(path)
    assert kinds(result) == ["text", "integer", "datetime", "boolean"]
    assert result.table.frame["age"].isna().tolist() == [False, True, False]
    assert result.assumed == ()


def test_parquet_of_nested_columns_is_spread_and_said() -> None:
    table = pa.table({"a": [{"x": 1, "y": {"z": "u"}}, {"x": 2, "y": {"z": "v"}}], "b": [[1, 2], [3]], "c": [1.5, 2.5]})
    result = read(parquet(table), name="t.parquet")
    assert result.table.schema.names == ["a.x", "a.y.z", "b", "c"]
    assert result.table.frame["b"].tolist() == ["[1, 2]", "[3]"]
    assert "a: structures are spread into one column per part" in result.assumed
    assert "b: lists and maps are written as text" in result.assumed


def test_parquet_with_an_index_of_pandas_leaves_it_out() -> None:
    result = read(parquet(FRAME.set_index(pd.Index([5, 6, 9]))), name="t.parquet")
    assert result.table.schema.names == list(FRAME.columns)
    assert "the index that pandas wrote is left out" in result.assumed


def test_parquet_of_many_types() -> None:
    table = pa.table(
        {
            "decimal": pa.array([1, 2, None], pa.decimal128(10, 2)),
            "old": pa.array([-20_000_000_000_000_000, 0, None], pa.timestamp("us", tz="UTC")),
            "day": pa.array([dt.date(2020, 1, 2), None, dt.date(1500, 1, 2)]),
            "big": pa.array([2**62, 2**62 + 1, None], pa.int64()),
            "unsigned": pa.array([1, 2, None], pa.uint64()),
            "level": pa.array(["a", "b", "a"]).dictionary_encode(),
            "nothing": pa.nulls(3),
            "bytes": pa.array([b"x", b"y", None]),
        }
    )
    result = read(parquet(table), name="t.parquet")
    assert result.table.frame["big"].tolist()[:2] == [2**62, 2**62 + 1]
    assert result.table.frame["day"][2] == pd.Timestamp("1500-01-02")
    assert result.table.schema["old"].dtype == "datetime64[us, UTC]"
    assert len(result.table) == 3


def test_a_sample_of_a_parquet_file_reads_group_by_group() -> None:
    content = parquet(pd.DataFrame({"i": np.arange(10_000), "v": np.arange(10_000) / 7}), row_group_size=1_000)
    one, two = (read(content, name="t.parquet", rows=500, seed=seed) for seed in (1, 1))
    assert one.table.fingerprint == two.table.fingerprint
    assert len(one.table) == 500
    assert one.table.frame["i"].is_monotonic_increasing
    assert read(content, name="t.parquet", rows=500, seed=2).table.fingerprint != one.table.fingerprint
    assert "a sample of at most 500 rows is taken with seed 1" in one.assumed


def test_a_cut_off_parquet_file_is_refused() -> None:
    with pytest.raises(ReadError, match="damaged or cut-off Parquet file"):
        read(parquet(FRAME)[:-30], name="t.parquet")


def test_a_parquet_file_called_csv_is_read_as_what_it_is_and_said() -> None:
    result = read(parquet(FRAME), name="people.csv")
    assert kinds(result) == ["text", "integer", "datetime", "boolean"]
    assert result.assumed[0] == "people.csv is Parquet by its content, and was read as that"


def test_text_called_parquet_is_refused() -> None:
    with pytest.raises(ReadError, match=r"t\.parquet is no Parquet file, whatever its name says"):
        read(b"a,b\n1,2\n", name="t.parquet")


# --- workbooks ---------------------------------------------------------------------------------------------------

ROWS = [["name", "age", "born", "member"], *([f"P{i}", 20 + i, dt.datetime(1990, 1, 1 + i), i % 2 == 0] for i in range(12))]


def test_a_sheet_keeps_types() -> None:
    result = read(workbook({"people": ROWS}), name="book.xlsx")
    assert kinds(result)[1:] == ["integer", "datetime", "boolean"]
    assert result.sheets == ("people",)
    assert len(result.table) == 12


def test_sheets_are_listed_and_chosen_and_empty_ones_passed_over() -> None:
    book = workbook({"empty": [], "first": [["a"], [1], [2]], "second": [["b"], [3], [4]]})
    result = read(book, name="book.xlsx")
    assert result.sheets == ("first", "second")
    assert result.table.schema.names == ["a"]
    assert "sheet 'first' was read; there is also 'second'" in result.assumed
    assert read(book, name="book.xlsx", sheet="second").table.schema.names == ["b"]
    with pytest.raises(ReadError, match="has no sheet 'third'; it has 'empty', 'first', 'second'"):
        read(book, name="book.xlsx", sheet="third")
    with pytest.raises(ReadError, match=r"Sheet 'empty' of book\.xlsx is empty\. Sheets with cells: 'first', 'second'"):
        read(book, name="book.xlsx", sheet="empty")


def test_the_table_is_found_among_remarks() -> None:
    remarks: list[list[Any]] = [["Lots of remarks"], [], [None, "at", "the", None, "top"], []]
    inside = [[None, *row] for row in ROWS]
    result = read(workbook({"s": [*remarks, *inside, [], [None, "This note is below"]]}), name="book.xlsx")
    assert result.table.schema.names == ["name", "age", "born", "member"]
    assert len(result.table) == 12
    assert kinds(result)[1:] == ["integer", "datetime", "boolean"]
    assert "1 row of notes below the table left out" in str(result.warnings[0])


def test_cells_of_many_types_in_one_column_become_text() -> None:
    mixed = [["v", "w"], [1, 2.5], ["x", 3], [True, 4], [dt.datetime(2020, 1, 2), 5], [None, 6]]
    result = read(workbook({"s": mixed}), name="book.xlsx")
    assert result.table.frame["v"].tolist()[:2] == ["1", "x"]
    assert result.table.frame["v"].isna().tolist() == [False] * 4 + [True]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (workbook({"a": [], "b": []}), "has 2 sheets and all are empty"),
        (
            workbook({"a": [["only", "names"], [" ", " "], ["", " "]]}),
            r"sheet 'a' of b\.xlsx has a header and only blank rows below it",
        ),
        (workbook({"a": [["only", "names"]]}), r"sheet 'a' of b\.xlsx has a header and no rows below it"),
        (workbook({"people": ROWS})[:2_000], "damaged or cut-off workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 5_000, "is no workbook that can be read"),
    ],
)
def test_workbooks_without_a_table_are_refused(content: bytes, message: str) -> None:
    with pytest.raises(ReadError, match=message):
        read(content, name="b.xlsx")


def archive(**files: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, content in files.items():
            zipped.writestr(name, content)
    return buffer.getvalue()


def test_a_zip_archive_is_refused_as_what_it_is() -> None:
    with pytest.raises(ReadError, match=r"is a ZIP archive with 1 files, no workbook\. Unpack it"):
        read(archive(table=b"a,b\n1,2\n"), name="t.csv")


def test_a_workbook_that_unpacks_to_too_much_is_refused() -> None:
    with pytest.raises(ReadError, match=r"unpacks to .* GB; the limit is"):
        read(workbook({"people": ROWS}), name="book.xlsx", limits=Limits(unpacked=1_000))


# --- json --------------------------------------------------------------------------------------------------------

RECORDS = [{"name": "Ann", "age": 31}, {"name": "Bob", "age": None}, {"name": "Cleo", "age": 47}]


@pytest.mark.parametrize(
    "content",
    [
        RECORDS,
        {"people": RECORDS, "count": 3},
        {"name": ["Ann", "Bob", "Cleo"], "age": [31, None, 47]},
        {"name": {"0": "Ann", "1": "Bob", "2": "Cleo"}, "age": {"0": 31, "1": None, "2": 47}},
        {"columns": ["name", "age"], "index": [0, 1, 2], "data": [["Ann", 31], ["Bob", None], ["Cleo", 47]]},
        [["name", "age"], ["Ann", 31], ["Bob", None], ["Cleo", 47]],
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_json_in_all_its_forms(content: Any, encoding: str) -> None:
    result = read(json.dumps(content).encode(encoding), name="people.json")
    assert result.table.schema.names == ["name", "age"]
    assert result.table.frame["age"].tolist() == [31, pd.NA, 47]
    assert result.table.frame["name"].tolist() == ["Ann", "Bob", "Cleo"]


def test_json_lines_also_compressed() -> None:
    lines = "\n".join(map(json.dumps, RECORDS)).encode() + b"\n\n"
    assert len(read(gzip.compress(lines), name="people.jsonl.gz").table) == 3
    assert "one record a line" in read(lines, name="people.ndjson").assumed


def test_nested_records_are_flattened_and_said() -> None:
    records = [{"id": i, "home": {"city": "Bern", "at": {"x": i}}, "tags": ["a", "b"][: i % 3]} for i in range(5)]
    result = read(json.dumps(records).encode(), name="t.json")
    assert result.table.schema.names == ["id", "home.city", "home.at.x", "tags"]
    assert result.table.frame["tags"].tolist()[:2] == ["[]", '["a"]']
    assert any("nested records are spread" in said for said in result.assumed)
    assert any("tags: lists are written as text" in said for said in result.assumed)


def test_big_integers_of_json_keep_their_digits() -> None:
    records = [{"id": 2**62 + i, "v": i} for i in range(30)]
    assert read(json.dumps(records).encode(), name="t.json").table.frame["id"].tolist()[1] == 2**62 + 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[1, 2, 3]", r"record 1 is a int, not a record"),
        ("5", "holds a single int; a table is a list of records"),
        ("[]", "holds no records"),
        ('[{"a": 1}, {"a": ', "is no valid JSON"),
        ('{"a": 1}\n{"a": 2}\n{"a" 3}\n', r"line 3 is no valid JSON"),
        ('{"a": [{"x": 1}], "b": [{"y": 1}]}', "holds several tables: a, b"),
        ('{"a": [1, 2], "b": [1]}', "columns of different lengths"),
        ('[["a", "b"], [1]]', "lists of different lengths"),
        (json.dumps([{"a": {"b": {"c": {"d": {"e": {"f": 1}}}}}}]), "nested more than 4 levels deep"),
        ("[" * 100_000 + "]" * 100_000, "nested too deeply"),
    ],
)
def test_json_that_is_no_table_is_refused_with_a_reason(text: str, message: str) -> None:
    with pytest.raises(ReadError, match=message):
        read(text.encode(), name="t.json")


def test_records_called_csv_are_read_as_json_and_said() -> None:
    result = read(json.dumps(RECORDS).encode(), name="people.csv")
    assert "people.csv is JSON by its content, and was read as that" in result.assumed


# --- whatever it is called ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "what"),
    [(b"%PDF-1.7", "a PDF"), (b"\x89PNG\r\n", "a picture"), (b"SQLite format 3\0", "an SQLite database"), (b"<!DOCTYPE html>", "a web page"), (b"\x80\x04\x95", "a Python pickle"), (b"ARROW1\0\0", "an Arrow/Feather file")],
)  # fmt: skip
def test_other_files_are_refused_as_what_they_are(head: bytes, what: str) -> None:
    with pytest.raises(ReadError, match=rf"t\.csv is {what}.*; read are CSV, Excel or ODS, JSON, Parquet"):
        read(head + b"x" * 100, name="t.csv")


def test_where_there_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=r"There is no file .*missing\.csv"):
        read(tmp_path / "missing.csv")
    with pytest.raises(ReadError, match="is a folder; name a file in it"):
        read(tmp_path)
    with pytest.raises(ReadError, match="is an address of a kind that is not read"):
        read("ftp://example.org/people.csv")
    with pytest.raises(ReadError, match="Bytes need a name"):
        read(b"a,b\n")
    with pytest.raises(ReadError, match="sample of 0 rows"):
        read(b"a,b\n", name="t.csv", rows=0)


def test_a_frame_is_read_too_and_sampled() -> None:
    frame = pd.DataFrame({"a": np.arange(100) / 3, "b": list("xy") * 50})
    result = read(frame, name="mine", rows=10, seed=4)
    assert len(result.table) == 10
    assert result.table.name == "mine"
    assert kinds(result) == ["number", "category"]


def test_an_empty_frame_is_refused() -> None:
    with pytest.raises(ReadError, match=r"t: The table has 1 columns and no rows"):
        read(pd.DataFrame({"a": []}), name="t")


@pytest.mark.parametrize(
    "content", [parquet(FRAME), json.dumps([dict.fromkeys("abcd", 1)] * 3).encode(), b"a,b,c,d\n" + b"1,2,3,4\n" * 3]
)
def test_too_many_cells_are_refused(content: bytes) -> None:
    with pytest.raises(ReadError, match="3 rows × 4 columns; the limit is 10 cells"):
        read(content, name="t", limits=Limits(cells=10))


@pytest.mark.parametrize(
    "content", [parquet(FRAME), json.dumps([dict.fromkeys("abcd", 1)] * 3).encode(), b"a,b,c,d\n" + b"1,2,3,4\n" * 3]
)
def test_too_many_columns_are_refused_with_what_to_do(content: bytes) -> None:
    with pytest.raises(ReadError, match=r"4 columns; the limit is 3\. Keep the columns that are to be made"):
        read(content, name="t", limits=Limits(columns=3))


def test_every_format_is_one_reader_found_by_walking(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert list(readers()) == ["csv", "excel", "json", "parquet"]
    (tmp_path / "outside.py").write_text(
        "from synth_ui.tables.readers.json import JsonReader\nREADER = JsonReader(key='more', endings=('x',))\n"
    )
    (tmp_path / "double.py").write_text("from synth_ui.tables.readers.json import READER\n")
    package = __import__("synth_ui.tables.readers", fromlist=["readers"])
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(tmp_path)])
    with pytest.raises(PluginError, match="Two readers have the key 'json'"):
        readers()
    (tmp_path / "double.py").unlink()
    assert "more" in readers()


def test_kind_of_excel_numbers_that_are_whole() -> None:
    result = read(workbook({"s": [["a", "b"], *[[i * 3, i / 4] for i in range(30)]]}), name="t.xlsx")
    assert [column.kind for column in result.table.schema] == [Kind.INTEGER, Kind.NUMBER]
