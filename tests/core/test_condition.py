"""Conditions as they are written: twice on one column, off the column's grid, empty."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from synth_ui.core.errors import DoesNotApply, SettingError
from synth_ui.core.rules.condition import Condition, read_where, written_where
from synth_ui.core.table import Column, Kind, Schema

SCHEMA = Schema(
    (
        Column("age", Kind.INTEGER, low=18, high=90, nullable=True),
        Column("price", Kind.NUMBER, low=0.5, high=99.5, decimals=2),
        Column("size", Kind.NUMBER, low=-3, high=3),
        Column("start", Kind.DATETIME, format="%Y-%m-%d"),
        Column("city", Kind.CATEGORY, levels=("Bern", "a..b")),
    )
)


def read(*texts: str) -> Condition:
    [condition] = read_where(written_where(texts), SCHEMA)
    return condition


UNIONS: dict[tuple[str, ...], tuple[Any, Any]] = {
    ("age=20..30", "age=25..40"): (20, 40),
    ("age=25..40", "age=20..30", "age=38"): (20, 40),
    ("age=20..30", "age=31..40"): (20, 40),
    ("age=..30", "age=30..40"): (None, 40),
    ("age=50..", "age=20..60"): (20, None),
    ("size=-1..1", "size=1..2"): (-1, 2),
    ("price=1.5..2", "price=1.75"): (1.5, 2),
}


@pytest.mark.parametrize("texts", UNIONS)
def test_ranges_of_one_column_that_meet_are_one(texts: tuple[str, ...]) -> None:
    assert (read(*texts).low, read(*texts).high) == UNIONS[texts]


def test_dates_that_meet_are_one_range() -> None:
    found = read("start=2021-01-01..2021-03-01", "start=2021-02-01..2021-06-01")
    assert found.text == "start is between 2021-01-01 00:00:00 and 2021-06-01 00:00:00"


@pytest.mark.parametrize(
    "texts",
    [
        ("age=20..30", "age=40..50"),
        ("age=20..30", "age=35"),
        ("size=0..1", "size=1.5..2"),
        ("start=..2021-01-01", "start=2022-01-01.."),
    ],
)
def test_ranges_of_one_column_with_a_gap_are_refused_with_what_to_do(texts: tuple[str, ...]) -> None:
    with pytest.raises(
        DoesNotApply, match=r"asked for more than once .* with a gap between; ask for one range, or .* table of conditions"
    ):
        read(*texts)


def test_a_blank_or_a_range_is_refused() -> None:
    with pytest.raises(DoesNotApply, match="blank or within bounds"):
        read("age=", "age=20..30")


def test_values_of_one_column_are_allowed_together() -> None:
    assert read("age=20", "age=30").values == (20, 30)
    assert read("city=Bern", "city=a..b").values == ("Bern", "a..b")


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("age=25.5", "holds whole numbers, so it is never 25.5"),
        ("price=3.14159", "numbers of 2 decimals, so it is never 3.14159"),
        ('{"age": [20, 30.25]}', "never 30.25"),
    ],
)
def test_a_value_off_the_grid_of_its_column_is_refused(text: str, match: str) -> None:
    with pytest.raises(DoesNotApply, match=match):
        read(text)
    assert read("age=25.0").values == (25,)
    assert read("price=3.14").values == (3.14,)
    assert read("size=0.123456789").values == (0.123456789,)


@pytest.mark.parametrize("text", ["", "  ", "{}"])
def test_an_empty_condition_says_that_nothing_was_asked(text: str) -> None:
    with pytest.raises(SettingError, match="nothing was asked"):
        written_where([text])


def test_bounds_without_a_bound_are_refused() -> None:
    with pytest.raises(SettingError, match=r"'\.\.' has no bound"):
        read("age=..")


@pytest.mark.parametrize("hours", [0, 5], ids=["days alone", "moments among them"])
def test_a_date_is_compared_as_a_moment_not_as_its_text(hours: int) -> None:
    last = pd.Timestamp("2020-02-01") + pd.Timedelta(hours=hours)
    moments = [pd.Timestamp("2020-01-01"), pd.Timestamp("2020-01-10"), pd.NaT, last]
    frame = pd.DataFrame({"start": pd.Series(moments, dtype="datetime64[us]")})
    assert read("start=2020-01-10").meets(frame).tolist() == [False, True, False, False]
    assert read("start=2020-01-09..2020-01-31").meets(frame).tolist() == [False, True, False, False]
