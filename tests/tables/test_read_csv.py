"""Separated text as it is found in the wild: separators, encodings, headers, remarks, ragged rows."""

from __future__ import annotations

import gzip
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from synth_ui.core.errors import ReadError
from synth_ui.core.table import Kind
from synth_ui.tables.read import Limits, Reading, read
from synth_ui.tables.readers import csv as csv_reader

PEOPLE = "name,age,city\nAnn,31,Bern\nBob,54,Lyon\nCleo,47,Turin\n"


def reading(text: str | bytes, name: str = "people.csv") -> Reading:
    return read(text.encode() if isinstance(text, str) else text, name=name)


def cells(result: Reading) -> list[list[Any]]:
    return [[None if pd.isna(cell) else cell for cell in row] for row in result.table.frame.astype(object).to_numpy().tolist()]


PLAIN = [["Ann", 31, "Bern"], ["Bob", 54, "Lyon"], ["Cleo", 47, "Turin"]]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_separators_and_line_ends(separator: str, ending: str) -> None:
    result = reading(PEOPLE.replace(",", separator).replace("\n", ending))
    assert cells(result) == PLAIN
    spoken = {";": "semicolons", "\t": "tabs", "|": "bars"}
    assert result.assumed == (() if separator == "," else (f"cells are separated by {spoken[separator]}",))


def test_a_tsv_with_tabs_assumes_nothing() -> None:
    assert reading(PEOPLE.replace(",", "\t"), "people.tsv").assumed == ()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le"])
def test_unicode_in_every_form(encoding: str) -> None:
    result = reading("name,größe\nAnn,31\nŁukasz,54\n李娜,47\n".encode(encoding))
    assert result.table.schema.names == ["name", "größe"]
    assert cells(result)[1:] == [["Łukasz", 54], ["李娜", 47]]


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1252", "prénom,ville\nAndré,Besançon\nZoé,Nîmes\n"),
        ("cp1252", "Straße,Betrag\nMüllerstraße,1 €\nGroße Allee,2 €\n"),
        ("cp1251", "имя,город\nИван,Москва\nОльга,Санкт-Петербург\n"),
        ("koi8_r", "имя,город\nИван,Москва\nОльга,Санкт-Петербург\n"),
        ("iso8859_7", "id,name\n1,Λεωνίδας\n2,Μύρων\n3,Αλέξανδρος\n"),
        ("shift_jis", "名前,都市\n太郎,東京\n花子,大阪\n"),
        ("gb18030", "姓名,城市\n王伟,北京\n李娜,上海\n"),
    ],
)
def test_other_encodings_are_detected_and_said(encoding: str, text: str) -> None:
    result = reading(text.encode(encoding))
    assert result.table.schema.names == text.split("\n")[0].split(",")
    assert result.table.frame.iloc[0, 0] in (text.split("\n")[1].split(",")[0], 1)
    assert any(said.startswith("the text is ") for said in result.assumed)


def test_decimal_commas_of_a_file_with_semicolons() -> None:
    rows = "".join(f"{i},{i % 4}5;1.{i:03d},5;{i % 28 + 1:02d}.03.2024\n" for i in range(60))
    result = reading("a;b;c\n" + rows)
    assert result.table.frame.iloc[1, :2].tolist() == [1.15, 1001.5]
    assert result.table.schema["c"].format == "%d.%m.%Y"
    assert "a, b: a comma is the decimal mark" in result.assumed


def test_title_blank_rows_and_an_empty_column() -> None:
    text = "Council invoices,,,\n,,,\nname,age,city,\nAnn,31,Bern,\nBob,54,Lyon,\nCleo,47,Turin,\n"
    result = reading(text)
    assert cells(result) == PLAIN
    assert "1 row above the table left out ('Council invoices')" in result.assumed
    assert "1 column without name or value left out" in result.assumed


def test_a_title_of_one_cell() -> None:
    result = reading("Sales of 2024\n\n" + PEOPLE)
    assert cells(result) == PLAIN
    assert "1 row above the table left out ('Sales of 2024')" in result.assumed


def test_a_header_with_a_trailing_separator() -> None:
    assert cells(reading("name,age,city,\n" + PEOPLE.split("\n", 1)[1])) == PLAIN


def test_the_row_names_that_r_writes() -> None:
    rows = "".join(f'"row{i}","x{i % 3}",{i}\n' for i in range(30))
    result = reading('"kind","size"\n' + rows)
    assert result.table.schema.names == ["row_name", "kind", "size"]
    assert any("one name too few" in said for said in result.assumed)


def test_comments_and_notes_are_left_out_and_said() -> None:
    text = "# made by a machine\n" + PEOPLE + "# in between\n" + "Dora,22,Graz\n" * 4 + "Source: the office\n"
    result = reading(text)
    assert len(result.table) == 7
    assert "1 row above the table left out ('# made by a machine')" in result.assumed
    assert [str(w) for w in result.warnings[:2]] == ["1 comment line left out", "1 row of notes below the table left out"]


def test_names_blank_twice_and_of_numbers() -> None:
    assert reading("id,,age\n1,x,3\n2,y,4\n").table.schema.names == ["id", "column_2", "age"]
    assert reading("a,a,a\n1,2,3\n4,5,6\n").table.schema.names == ["a", "a_2", "a_3"]
    assert reading("country,2019,2020,2021\nAT,1.5,2.5,3.5\nDE,4.5,5.5,6.5\n").table.schema.names == [
        "country",
        "2019",
        "2020",
        "2021",
    ]


@pytest.mark.parametrize(
    "text", ["123.0,TEST1,2000-12-12\n345.0,TEST2,2000-12-13\n", "red,1\nblue,2\ngreen,3\nred,4\n", "a,b\na,c\nb,c\na,b\n"]
)
def test_no_header_is_seen_and_said(text: str) -> None:
    result = reading(text)
    assert result.table.schema.names[0] == "column_1"
    assert len(result.table) == text.count("\n")
    assert "there is no header; columns are called column_1, column_2, …" in result.assumed


def test_a_header_over_texts_only() -> None:
    assert reading("colour,shape\nred,round\nblue,square\nred,square\n").table.schema.names == ["colour", "shape"]


def test_quotes_line_breaks_and_separators_inside_cells() -> None:
    text = 'name,remark,age\n"Ann, the first","said ""hi""\nand left",31\nBob,"a;b",54\nCleo,plain,47\n'
    assert cells(reading(text))[0] == ["Ann, the first", 'said "hi"\nand left', 31]
    escaped = "".join(f'{i},"said \\"hi\\", and left",{i}\n' for i in range(20))
    result = reading(escaped)
    assert result.table.frame.iloc[0, 1] == 'said "hi", and left'


def test_one_column() -> None:
    result = reading("foo\n1\n2\n\n3\n")
    assert cells(result) == [[1], [2], [3]]


def test_short_rows_are_filled_and_long_ones_left_out_with_a_warning() -> None:
    body = "".join(f"{i},{i * 2},x{i % 3}\n" for i in range(100))
    result = reading("a,b,c\n" + body + "7,8\n" + "1,2,x1,surprise\n")
    assert len(result.table) == 101
    warned = [str(w) for w in result.warnings]
    assert "1 row with more cells than the header left out, the first in row 103" in warned
    assert "1 row is shorter than the header; the missing cells are blank" in warned


def test_too_many_long_rows_are_refused_with_line_and_remedy() -> None:
    body = "".join(f"{i},{i},Main Street {i}{', rear' if i % 3 == 1 else ''}\n" for i in range(60))
    with pytest.raises(
        ReadError, match=r"20 of 60 rows have more cells than the header; row 3 has 4 instead of 3\. Quote the cells"
    ):
        reading("a,b,address\n" + body)


def test_several_tables_in_one_file_are_refused() -> None:
    text = "a,b,c,d\n" + "1,2,3,4\n" * 60 + "x,y\n" + "5,6\n" * 30
    with pytest.raises(ReadError, match=r"several tables: from row 62 on, 31 rows have 2 cells instead of 4\. Put each"):
        reading(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"people\.csv is empty: it has 0 bytes"),
        ("\n\n \n", "holds no values, only blank lines"),
        ("kitten,win\n", r"has a header \(kitten, win\) and no rows"),
        ("kitten,win\n,\n,\n , \n", r"has a header \(kitten, win\) and 3 rows below it, all of them blank\. Fill them in"),
        ("kitten;win\n;\n", r"has a header \(kitten, win\) and 1 row below it, which is blank"),
        ("kitten,win\n" + 2_000 * ",\n", r"has a header \(kitten, win\) and rows below it, all of them blank"),
    ],
)
def test_nothing_to_read_is_refused(text: str, message: str) -> None:
    with pytest.raises(ReadError, match=message):
        reading(text)


def test_text_with_zero_bytes_is_refused() -> None:
    with pytest.raises(ReadError, match="is no text"):
        reading(b"a,b\n1,\x00\x01\x02\n" + b"\x00\x07\x02\x9f" * 500)


@pytest.mark.parametrize("name", ["people.csv.gz", "people.csv"])
def test_gzip_is_read_whatever_the_name(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(gzip.compress(PEOPLE.encode()))
    result = read(path)
    assert cells(result) == PLAIN
    assert result.table.name == "people"


def test_a_damaged_gzip_is_refused() -> None:
    with pytest.raises(ReadError, match=r"damaged \.gz file"):
        reading(gzip.compress(PEOPLE.encode() * 2_000)[:-20], "people.csv.gz")


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    with pytest.raises(ReadError, match="holds more than"):
        read(gzip.compress(b"a,b\n" + b"1,2\n" * 10_000_000), name="bomb.csv.gz", limits=Limits(size=10_000_000))


def long_table(rows: int = 30_000) -> str:
    return "a,b,c\n" + "".join(f'{i},{i / 7:.4f},"k{i % 50}"\n' for i in range(rows))


def test_long_files_go_through_duckdb_and_agree_with_the_slow_way(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_text(long_table())
    calls: list[str] = []
    slow = csv_reader._read_slowly
    monkeypatch.setattr(csv_reader, "_read_slowly", lambda *a: calls.append("slow") or slow(*a))
    fast = read(path).table
    assert calls == []
    monkeypatch.setattr(csv_reader, "_read_fast", lambda *a: None)
    assert read(path).table.fingerprint == fast.fingerprint
    assert calls == ["slow"]
    assert len(fast) == 30_000


def test_a_fault_far_down_falls_back_to_the_slow_way(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_text(long_table() + "1,2,x,too many\n" + "5,6.5,k1\n")
    result = read(path)
    assert len(result.table) == 30_001
    assert "left out, the first in row 30,002" in str(result.warnings[0])


def test_rows_that_duckdb_would_lose_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    fast = csv_reader._read_fast
    monkeypatch.setattr(csv_reader, "_read_fast", lambda *a: fast(*a).iloc[1:])
    assert cells(reading(PEOPLE)) == PLAIN


def test_wide_tables() -> None:
    header = ",".join(f"c{i}" for i in range(250))
    result = reading(header + "\n" + ",".join(["1.5"] * 250) + "\n" + ",".join(["2"] * 250) + "\n")
    assert result.table.frame.shape == (2, 250)


def test_a_cell_of_a_megabyte() -> None:
    result = reading("id,note\n1," + "x" * 1_000_000 + "\n2,short\n")
    assert len(result.table.frame.iloc[0, 1]) == 1_000_000


def test_kinds_found_in_a_file_need_evidence_from_all_rows() -> None:
    text = "v\n" + "1\n" * 30_000 + "".join(f"x{i}\n" for i in range(20))
    assert reading(text).table.schema["v"].kind is Kind.CATEGORY


@pytest.mark.parametrize(
    ("cell", "kind"),
    [(lambda r: f"{r.gauss(0, 1):.3f}", Kind.NUMBER), (lambda r: str(r.randint(0, 1_000)), Kind.INTEGER), (lambda r: r.choice("abcd"), Kind.CATEGORY), (lambda r: r.choice("01"), Kind.BOOLEAN)],
    ids=["decimals", "whole", "levels", "bits"],
)  # fmt: skip
def test_a_column_of_a_wide_table_costs_little(cell: Callable[[random.Random], str], kind: Kind) -> None:
    columns, r = 1_000, random.Random(1)
    lines = [",".join(f"c{i}" for i in range(columns)), *(",".join(cell(r) for _ in range(columns)) for _ in range(30))]
    content = "\n".join(lines).encode()
    reading(content)  # imports
    costs = []
    for _ in range(3):  # the least of three: what else the process has to clear away now and then costs more than the reading
        start = time.process_time()
        table = reading(content).table
        costs.append(time.process_time() - start)
    assert min(costs) < 0.001 * columns
    assert {column.kind for column in table.schema} <= {kind, Kind.INTEGER}


def test_names_of_a_very_wide_table_are_read_though_they_alone_are_longer_than_the_sample() -> None:
    names = [f"a_rather_long_name_of_a_column_{i:05d}" for i in range(8_000)]
    text = ",".join(names) + "\n" + "\n".join(",".join(str(row + i % 7) for i in range(8_000)) for row in range(3)) + "\n"
    assert reading(text).table.schema.names == names


@pytest.mark.parametrize("mark", [";", "\t"])
@pytest.mark.parametrize("columns", [2, 3, 6])
@pytest.mark.parametrize("header", [True, False])
def test_decimal_commas_in_every_column_are_no_separators(mark: str, columns: int, header: bool) -> None:
    names = [f"{mark.join(f'x{j}' for j in range(columns))}\n"] if header else []
    rows = [mark.join(f"{i * 13 % 89},{(i * 7 + j) % 100:02d}" for j in range(columns)) + "\n" for i in range(120)]
    found = read("".join([*names, *rows]).encode(), name="t.csv").table
    assert len(found.schema) == columns
    assert {column.kind for column in found.schema} == {Kind.NUMBER}
    assert len(found) == 120
