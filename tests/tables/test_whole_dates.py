"""Dates as whole numbers: told by value, with strays among them, and nothing else taken for one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from synth_ui.core.cast import conform, to_source
from synth_ui.core.table import Kind
from synth_ui.tables.inference.infer import infer_schema
from synth_ui.tables.review import revise

RNG = np.random.default_rng(5)
DAYS = pd.Series(pd.Timestamp("2019-01-01") + pd.to_timedelta(RNG.integers(0, 900, 60), unit="D"))
MOMENTS = DAYS + pd.to_timedelta(RNG.integers(0, 86_400, 60), unit="s")


def whole(form: str, days: pd.Series = DAYS) -> pd.Series:
    return days.dt.strftime(form).astype("int64")


def strays(values: pd.Series, stray: int, count: int) -> pd.Series:
    out = values.copy()
    out.iloc[:count] = stray
    return out


def read(values: pd.Series, name: str = "v"):
    table, assumed, warnings = infer_schema(pd.DataFrame({name: values}))
    return table, " ".join(assumed), " ".join(map(str, warnings))


@pytest.mark.parametrize("as_text", [False, True])
@pytest.mark.parametrize(
    ("name", "form", "days"),
    [
        ("valid_from", "%Y%m%d", DAYS), ("birth", "%Y%m%d", DAYS - pd.DateOffset(years=60)), ("q7", "%Y%m%d", DAYS), ("period", "%Y%m", DAYS),
        ("q8", "%Y%m", DAYS), ("event_time", "%Y%m%d%H%M%S", MOMENTS), ("q9", "%Y%m%d%H%M", MOMENTS), ("q10", "%Y%m%d%H", MOMENTS),
    ],
)  # fmt: skip
def test_dates_are_told_by_value_and_written_back_as_the_same_numbers(
    name: str, form: str, days: pd.Series, as_text: bool
) -> None:
    values = whole(form, days)
    table, _, _ = read(values.astype(str) if as_text else values, name)
    column = table.schema[name]
    assert (column.kind, column.format) == (Kind.DATETIME, form)
    assert to_source(table.frame, table.schema)[name].tolist() == values.tolist()


def test_dates_with_blanks_among_floats() -> None:
    values = whole("%Y%m%d").astype(float).where(np.arange(60) > 4)
    table, _, _ = read(values)
    assert table.schema["v"].kind is Kind.DATETIME
    pd.testing.assert_series_equal(to_source(table.frame, table.schema)["v"], values, check_names=False)


@pytest.mark.parametrize("stray", [0, 99_999_999])
def test_a_number_that_stands_for_no_date_is_blank_and_said(stray: int) -> None:
    table, said, _ = read(strays(whole("%Y%m%d"), stray, 20), "ship_date")
    assert table.schema["ship_date"].kind is Kind.DATETIME
    assert table.frame["ship_date"].isna().sum() == 20
    assert f"'{stray}' (20) taken as blank" in said


def test_the_last_day_there_is_stays_and_impossible_ones_are_named() -> None:
    table, _, _ = read(strays(whole("%Y%m%d"), 99_991_231, 3))
    assert str(table.frame["v"].max())[:10] == "9999-12-31"
    table, _, warned = read(strays(whole("%Y%m%d"), 20_210_231, 2))
    assert table.frame["v"].isna().sum() == 2
    assert "2 cells are no datetime and became blank: '20210231'" in warned


@pytest.mark.parametrize(
    "values",
    [
        RNG.integers(10_000_000, 99_999_999, 60), RNG.integers(190_000, 210_000, 60), RNG.integers(19_000_000, 21_000_000, 60),
        1_000 * RNG.integers(180, 220, 60), 1_600_000_000 + 7 * np.arange(60), 202_001 + np.arange(60), RNG.integers(0, 2_400, 60),
        [20_200_131, 20_210_228, 20_210_301] * 20,
    ],
)  # fmt: skip
def test_other_whole_numbers_are_no_dates(values) -> None:
    table, _, _ = read(pd.Series(values), "amount")
    assert table.schema["amount"].kind is not Kind.DATETIME


def test_times_of_day_need_their_zeros_and_their_name() -> None:
    texts = pd.Series([f"{minute // 60:02d}{minute % 60:02d}" for minute in RNG.integers(0, 1_440, 60)])
    table, _, _ = read(texts, "start_time")
    assert table.schema["start_time"].format == "%H%M"
    assert to_source(table.frame, table.schema)["start_time"].tolist() == texts.tolist()
    assert read(texts, "pin")[0].schema["pin"].kind is not Kind.DATETIME
    assert read(texts.astype(int), "start_time")[0].schema["start_time"].kind is Kind.INTEGER


def test_the_owner_can_say_that_they_are_dates() -> None:
    table, _, _ = read(pd.Series([815, 1_230, 2_359] * 20), "at")
    revised = revise(table, [{"name": "at", "kind": "datetime"}])
    assert revised.schema["at"].format == "%H%M"
    assert to_source(revised.frame, revised.schema)["at"].tolist() == [815, 1_230, 2_359] * 20
    few, _, _ = read(pd.Series([20_200_131, 20_210_228] * 20), "amount")
    assert str(revise(few, [{"name": "amount", "kind": "datetime"}]).frame["amount"][0])[:10] == "2020-01-31"


def test_days_of_two_digit_years_are_told_by_value_and_births_are_not_in_the_future() -> None:
    days = pd.date_range("2019-03-01", periods=60, freq="17D")
    table = infer_schema(
        pd.DataFrame({"code": days.strftime("%y%m%d"), "dob": [f"{year % 100:02d}0512" for year in range(1932, 1992)]})
    )[0]
    assert [column.kind for column in table.schema] == [Kind.DATETIME] * 2
    assert list(table.frame["code"]) == list(days)
    assert table.frame["dob"].dt.year.tolist() == list(range(1932, 1992))
    assert to_source(table.frame, table.schema)["dob"].tolist()[:2] == [320512, 330512]
    counted = infer_schema(pd.DataFrame({"lot": [110_100 + i for i in range(1, 31)], "v": range(30)}))[0]
    assert counted.schema["lot"].kind is not Kind.DATETIME


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("form", ["%Y-%m-%d", "%Y%m%d", "%d/%m/%Y"])
def test_a_file_that_counts_from_1970_is_compared_with_dates(unit: str, form: str) -> None:
    days = pd.date_range("2010-03-01", periods=60, freq="37D")
    real = infer_schema(pd.DataFrame({"day": days.strftime(form), "v": range(60)}))[0]
    counted = infer_schema(pd.DataFrame({"day": days.as_unit(unit).astype("int64").astype(str), "v": range(60)}))[0]
    frame, notes = conform(counted, real.schema)
    assert list(frame["day"]) == list(days)
    assert len(notes) == 1
    assert "since 1970" in notes[0]
