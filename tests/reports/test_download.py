"""Downloads: the source's form comes back, formulas are neutralised on request, in texts only."""

import io
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth_ui.core.errors import TableError
from synth_ui.core.table import Column, Kind, Schema
from synth_ui.reports import download
from synth_ui.reports.download import neutral, to_csv, to_excel, to_parquet
from synth_ui.ui.components import download_frame
from tests.examples import examples

SCHEMA = Schema((
    Column("name", Kind.TEXT), Column("gap", Kind.NUMBER, dtype="float64"), Column("when", Kind.DATETIME, format="%d.%m.%Y"),
    Column("member", Kind.BOOLEAN, format="yes/no"), Column("code", Kind.CATEGORY, levels=("1", "2"), dtype="int64"),
))  # fmt: skip


def frame():
    return pd.DataFrame({
        "name": ["=1+1", "plain", None], "gap": [-1.5, 2.0, np.nan], "when": pd.to_datetime(["2024-01-31", None, "2024-02-01"]).as_unit("us"),
        "member": pd.array([True, False, None], dtype="boolean"), "code": pd.Categorical(["1", "2", None], categories=["1", "2"]),
    })  # fmt: skip


def test_csv_has_the_form_of_the_source():
    lines = to_csv(frame(), SCHEMA).decode().split("\n")
    assert lines[:3] == ["name,gap,when,member,code", "=1+1,-1.5,31.01.2024,yes,1", "plain,2.0,,no,2"]


def test_safe_changes_texts_only():
    lines = to_csv(frame(), SCHEMA, safe=True).decode().split("\n")
    assert lines[1].startswith("'=1+1,-1.5,")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "-1+"])
@pytest.mark.parametrize("write", [to_csv, to_parquet, to_excel])
def test_every_dangerous_start_is_neutralised_in_every_format(write, start):
    schema = Schema((Column("=name", Kind.TEXT),))
    rows = pd.DataFrame({"=name": [f"{start}cmd", "fine"]})
    written = io.BytesIO(write(rows, schema, safe=True))
    reader = {to_csv: pd.read_csv, to_parquet: pd.read_parquet, to_excel: pd.read_excel}[write]
    options = {"engine": "calamine"} if write is to_excel else {}
    back = reader(written, **options)
    assert list(back.columns) == ["'=name"]
    assert back.iloc[0, 0].startswith("'")
    assert back.iloc[1, 0] == "fine"


@pytest.mark.parametrize("cell", ["-5", "+1,234.5", "-12 %", "-", "plain", -5, None, 1.5])
def test_what_is_no_formula_stays_as_it_is(cell):
    assert neutral(cell) == cell


def test_the_data_of_a_picture_are_neutralised_with_their_column_names(monkeypatch):
    offered = {}
    monkeypatch.setattr("streamlit.download_button", lambda label, **options: offered.update(options))
    download_frame(pd.DataFrame({"=cmd()": pd.Categorical(["@a", "b"]), "n": [-1, 2]}), "data")
    assert offered["data"]().decode() == "'=cmd(),n\n'@a,-1\nb,2\n"


@settings(max_examples=examples(40), deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=12), min_size=1, max_size=8))
def test_no_text_of_a_safe_file_starts_as_a_formula(values):
    schema = Schema((Column("t", Kind.TEXT),))
    rows = pd.DataFrame({"t": pd.Series(values, dtype=object)})
    back = pd.read_parquet(io.BytesIO(to_parquet(rows, schema, safe=True)))["t"]
    formulas = [text for text in back if text.startswith(tuple("=+-@\t\r\n＝＋－＠"))]
    assert all(re.fullmatch(r"[+-][0-9., ]*%?", text) for text in formulas), "a number, or a sign alone"
    assert [text.removeprefix("'") for text in back] == [text.removeprefix("'") for text in values]


def test_parquet_is_exact():
    back = pd.read_parquet(io.BytesIO(to_parquet(frame(), SCHEMA)))
    assert back["gap"].equals(frame()["gap"])
    assert list(back["code"].dropna()) == [1, 2]


def test_excel_holds_texts_as_texts_and_zoned_dates_as_text():
    schema = Schema((Column("t", Kind.TEXT), Column("z", Kind.DATETIME, dtype="datetime64[ns, UTC]")))
    moment = pd.Timestamp("2024-05-01 12:00", tz="UTC")
    rows = pd.DataFrame({"t": ["=1+1", "http://host"], "z": pd.Series([moment, pd.NaT]).dt.as_unit("us")})
    back = pd.read_excel(io.BytesIO(to_excel(rows, schema)), engine="calamine")
    assert list(back["t"]) == ["=1+1", "http://host"]
    assert back["z"].iloc[0] == "2024-05-01T12:00:00+00:00"


def test_too_many_rows_for_excel_are_refused_with_what_to_do(monkeypatch):
    monkeypatch.setattr(download, "EXCEL_ROWS", 2)
    with pytest.raises(TableError, match="Take CSV or Parquet"):
        to_excel(frame(), SCHEMA)


def test_no_rows_give_a_header():
    assert to_csv(frame().head(0), SCHEMA).decode() == "name,gap,when,member,code\n"
