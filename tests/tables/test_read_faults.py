"""Values that no table can keep: each is said with its place, and none is an error of the library underneath."""

from __future__ import annotations

import contextlib
import io
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from synth_ui.core.errors import ReadError, SettingError
from synth_ui.core.rules.condition import written_where
from synth_ui.store.files.frames import read_frame, write_frame
from synth_ui.tables.read import Reading, read

N = 42


def parquet(column: Any, name: str = "x") -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.table({name: column, "v": [i / 4 for i in range(len(column))]}), buffer)
    return buffer.getvalue()


def csv(cells: list[str]) -> bytes:
    return ("x,v\n" + "".join(f"{cell},{place / 4}\n" for place, cell in enumerate(cells))).encode()


def records(cells: list[str]) -> bytes:
    return ("[" + ", ".join(f'{{"x": {cell}, "v": {place}}}' for place, cell in enumerate(cells)) + "]").encode()


def among(odd: str, *usual: str, every: int = 7) -> list[str]:
    """Put an odd cell among usual ones, the first in row 4."""
    return [odd if place % every == 3 else usual[place % len(usual)] for place in range(N)]


DAYS = [f"2020-01-{day:02d}" for day in range(1, 13)]


def broken(kind: Any = None) -> Any:
    """Return texts of which each third is no UTF-8."""
    raw = pa.array([b"ok", b"\xff\xfe", b"x"] * (N // 3), pa.binary())
    texts = pa.StringArray.from_buffers(len(raw), raw.buffers()[1], raw.buffers()[2])
    return texts if kind is None else pa.DictionaryArray.from_arrays(pa.array([0, 1, 2] * (N // 3), pa.int32()), texts[:3])


def moments(*values: int | None, kind: Any) -> Any:
    return pa.array([values[place % len(values)] for place in range(N)], kind)


KEPT: dict[str, tuple[str, bytes, str, str]] = {
    "no year 0 in ISO dates": ("t.csv", csv(among("0000-01-01", *DAYS)), "datetime", "'0000-01-01', the first in row 4"),
    "no year 0 with a time": ("t.csv", csv(among("0000-00-00 00:00:00", *[f"{d} 10:00:00" for d in DAYS])), "datetime", "became blank: '0000-00-00 00:00:00', the first in row 4"),
    "no year 0 in American dates": ("t.csv", csv(among("1/1/0000", *[f"1/{d}/2020" for d in range(13, 28)])), "datetime", "'1/1/0000', the first in row 4"),
    "years 0 only": ("t.csv", csv(["0000-00-00"] * N), "category", "'0000-00-00' in row 1"),
    "days that no month has": ("t.csv", csv(among("2020-02-30", *DAYS, every=5)), "category", "81% of the values look like dates, the rest do not: '2020-02-30' in row 4; kept as category"),
    "microseconds beyond 9999": ("t.parquet", parquet(moments(0, 2**58, None, kind=pa.timestamp("us"))), "datetime", "14 dates are not of the years 1 to 9999 and became blank, the first in row 2"),
    "milliseconds long before 1": ("t.parquet", parquet(moments(0, -(2**53), None, kind=pa.timestamp("ms"))), "datetime", "the first in row 2"),
    "seconds far beyond, in UTC": ("t.parquet", parquet(moments(0, 2**52, kind=pa.timestamp("s", tz="UTC"))), "datetime", "the first in row 2"),
    "nothing but far dates": ("t.parquet", parquet(moments(2**58, kind=pa.timestamp("us"))), "category", "42 dates are not of the years"),
    "days beyond 9999": ("t.parquet", parquet(moments(0, 2**28, None, kind=pa.date32())), "datetime", "the first in row 2"),
    "days before 1": ("t.parquet", parquet(moments(0, 0, -(2**28), kind=pa.date32())), "datetime", "the first in row 3"),
    "long days": ("t.parquet", parquet(moments(0, 86_400_000 * 2**25, kind=pa.date64())), "datetime", "the first in row 2"),
    "far dates inside a structure": ("t.parquet", parquet(pa.array([{"a": i * 2**55} for i in range(N)], pa.struct([("a", pa.timestamp("us"))]))), "datetime", "x.a: "),
    "the last second of 9999 east of Greenwich": ("t.parquet", parquet(moments(0, 253_402_300_799, kind=pa.timestamp("s", tz="Europe/Berlin"))), "datetime", "the first in row 2"),
    "a zone nobody knows": ("t.parquet", parquet(moments(0, 10**15, kind=pa.timestamp("us", tz="Mars/Phobos"))), "datetime", "the zone 'Mars/Phobos' is not known; its times are kept in UTC"),
    "a zone that is an offset": ("t.parquet", parquet(moments(0, 10**15, kind=pa.timestamp("us", tz="+02:00"))), "datetime", ""),
    "texts that are no UTF-8": ("t.parquet", parquet(broken()), "category", "14 texts are no UTF-8; what cannot be read is written \ufffd, first in row 2"),
    "levels that are no UTF-8": ("t.parquet", parquet(broken("dictionary")), "category", "14 texts are no UTF-8"),
    "all 64 bits and blanks": ("t.parquet", parquet(moments(2**64 - 1, 2**64 - 2, None, kind=pa.uint64())), "identifier", ""),
    "5,000 digits in JSON": ("t.json", records(["9" * 5_000, "1", "2"] * 14), "text", "5,000 digits in record 1"),
    "5,000 digits in CSV": ("t.csv", csv([f"{'9' * 4_990}{place:010d}" for place in range(N)]), "identifier", ""),
    "half a character": ("t.json", records(['"b"', '"\\ud800a"']), "category", "with \ufffd instead, row 2"),
    "half a character in a list": ("t.json", records(['["b"]', '["\\udfff"]']), "category", "row 2"),
    "infinity": ("t.json", records(["1.5", "Infinity", "-1e999", "NaN", "2"]), "number", "2 infinite values became blank"),
    "a character that is nothing": ("t.json", records(['"a\\u0000b"', '"c"']), "category", ""),
}  # fmt: skip


@pytest.mark.parametrize("what", KEPT)
def test_what_cannot_be_kept_is_said_with_its_place(what: str, tmp_path: Path) -> None:
    name, content, kind, said = KEPT[what]
    result = read(content, name=name)
    assert next(iter(result.table.schema)).kind.value == kind
    assert said in everything(result)
    path = tmp_path / "frame.parquet"
    write_frame(path, result.table.frame)
    pd.testing.assert_frame_equal(read_frame(path), result.table.frame)
    assert result.table.fingerprint


def everything(result: Reading) -> str:
    return "\n".join([*result.assumed, *map(str, result.warnings)])


def test_numbers_of_64_bits_keep_every_digit() -> None:
    content = parquet(pa.array([*range(2**64 - 30, 2**64), None], pa.uint64()))
    assert read(content, name="t.parquet").table.frame["x"].iloc[29] == str(2**64 - 1)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.jsonl", b'{"a": 1}\n{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}\n", "line 2 is nested too deeply"),
        ("t.jsonl", b'{"a": 1}\n' + b'{"a": ' * 2_000 + b"1" + b"}" * 2_000 + b"\n", "line 2 is nested too deeply"),
        (
            "t.parquet",
            parquet(pa.array([[("k", 2**28)]] * N, pa.map_(pa.string(), pa.date32()))),
            "column 'x' holds what no table here can keep",
        ),
    ],
)
def test_what_is_no_table_is_refused_in_words(name: str, content: bytes, message: str) -> None:
    with pytest.raises(ReadError, match=message):
        read(content, name=name)


def test_names_of_json_that_read_alike_are_columns_of_their_own() -> None:
    rows = [{"a.b": place, "a": {"b": -place}} for place in range(5)]
    result = read(json.dumps(rows).encode(), name="t.json")
    assert result.table.schema.names == ["a.b", "a.b_2"]
    assert result.table.frame["a.b_2"].tolist() == [0, -1, -2, -3, -4]
    assert "a.b_2: numbered, as a nested record and a name read alike" in result.assumed


def test_nested_records_and_names_that_read_alike_keep_apart_in_every_order() -> None:
    rows = [{"a": {"b": 1}}, {"a.b": 2}, {"a": {"b": 3}, "a.b": 4}, {"a": {"b.c": 5, "b": {"c": 6}}}]
    frame = read(json.dumps(rows).encode(), name="t.json").table.frame.astype(object)
    cells = sorted(int(cell) for row in frame.to_numpy().tolist() for cell in row if not pd.isna(cell))
    assert cells == [1, 2, 3, 4, 5, 6]


def test_a_name_that_stands_twice_in_a_record_is_said() -> None:
    result = read(b'[{"a": 1, "a": 2}, {"a": 3, "b": {"c": 1, "c": 2}}]', name="t.json")
    assert "a, c: stands twice in a record; the last value is read" in result.assumed


@pytest.mark.parametrize("frame", [{"x": ["\ud800", "b"] * 10}, {"x\udfff": ["a", "b"] * 10}])
def test_half_a_character_in_a_frame(frame: dict[str, list[str]]) -> None:
    result = read(pd.DataFrame({**frame, "v": np.arange(20)}))
    assert result.table.fingerprint
    assert "\ufffd" in result.table.schema.names[0] + str(result.table.frame.iloc[0, 0])


def test_long_names_are_cut_and_stay_apart() -> None:
    result = read(f"{'A' * 100_000},{'A' * 100_000},b\n1,2,3\n4,5,6\n".encode(), name="t.csv")
    assert [len(name) for name in result.table.schema.names] == [300, 302, 1]
    assert any("names of more than 300 letters are cut" in said for said in result.assumed)


LONG = 40_000
CELLS = [
    "more than " + " " * LONG + "!", " " * LONG + "$", "$" + " " * LONG + "x", "1" * LONG + "!", "1" * LONG, "A" * LONG, "a" * LONG + "@",
    "@" * LONG, "a@" + "b." * LONG + "1", "1," * LONG, "1 " * LONG + "x", "-" * LONG + "x", "(" * LONG, "1:" * LONG, "0." * LONG, "." * LONG,
    "a1-" * LONG + "!", "\t" * LONG + "x", "é" * LONG, "12/" * LONG, "1e" * LONG, "+1 " * LONG, "Dr " * LONG, "http://" + "a" * LONG + " ",
]  # fmt: skip
"""Cells on which a pattern that tries every way to cut a run takes minutes."""


@pytest.mark.parametrize("cell", CELLS, ids=range(len(CELLS)))
def test_no_cell_takes_long_to_tell_apart(cell: str) -> None:
    frame = pd.DataFrame({"x": [cell, f"{cell}1", f"2{cell}", *["1.5"] * 3], "phone": [cell, "a", "b", "c", "d", "e"]})
    start = time.process_time()
    read(frame)
    text = "x\ty\n" + "".join(f"{value}\t1\n" for value in frame["x"])
    with contextlib.suppress(ReadError):
        read(text.replace("\r", " ").encode(), name="t.tsv")
    assert time.process_time() - start < 3


def test_conditions_of_many_blanks_or_brackets_are_read_at_once_or_refused_in_words() -> None:
    start = time.process_time()
    assert written_where([" " * 50_000 + "age" + " " * 50_000 + "=" + " " * 50_000 + "5"]) == {"age": "5"}
    with pytest.raises(SettingError, match="is empty: nothing was asked") as refused:
        written_where([" " * 100_000])
    assert len(str(refused.value)) < 400
    with pytest.raises(SettingError, match="is not NAME=VALUE"):
        written_where(["=" + " " * 100_000])
    with pytest.raises(SettingError, match="is no JSON"):
        written_where(['{"a":' + "[" * 5_000])
    assert time.process_time() - start < 1


def test_what_a_reader_could_not_keep_is_among_what_scores_and_generated_rows_must_say() -> None:
    reading = read(parquet(moments(0, 2**28, None, kind=pa.date32())), name="t.parquet")
    assert reading.changed == ("x: 14 dates are not of the years 1 to 9999 and became blank, the first in row 2",)
