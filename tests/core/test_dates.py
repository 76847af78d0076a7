"""Dates at any year; written back as they were read."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth_ui.core.formats.dates import day_order, has_zone, in_window, is_clock, parse_dates, write_dates
from tests.examples import examples


@pytest.mark.parametrize(
    ("text", "form", "expected"),
    [
        ("2024-02-29", "%Y-%m-%d", "2024-02-29"),
        ("29.2.2024", "%d.%m.%Y", "2024-02-29"),
        ("1453-05-29", "%Y-%m-%d", "1453-05-29"),
        ("3/1/9999", "%m/%d/%Y", "9999-03-01"),
        ("12-Oct-1492", "%d-%b-%Y", "1492-10-12"),
        ("2024-05-01T10:00:00+0200", "%Y-%m-%dT%H:%M:%S%z", "2024-05-01T08:00:00"),
        ("2024-05-01T10:00:00+02:00", "%Y-%m-%dT%H:%M:%S%:z", "2024-05-01T08:00:00"),
        ("2024-05-01T10:00:00+02", "%Y-%m-%dT%H:%M:%S%_z", "2024-05-01T08:00:00"),
        ("2024-05-01T10:00:00Z", "%Y-%m-%dT%H:%M:%SZ", "2024-05-01T10:00:00"),
        ("2024-05-01 10:00:00 UTC", "%Y-%m-%d %H:%M:%S UTC", "2024-05-01T10:00:00"),
        ("5/1/52", "%m/%d/%1940y", "1952-05-01"),
        ("5/1/39", "%m/%d/%1940y", "2039-05-01"),
        ("1-MAY-2024", "%-d-%^b-%Y", "2024-05-01"),
        ("8:05pm", "%-I:%M%P", "1900-01-01T20:05"),
        ("8:05 a.m.", "%-I:%M %.P", "1900-01-01T08:05"),
        ("10:00:00,250", "%H:%M:%S,%3f", "1900-01-01T10:00:00.250"),
        ("1650-05-01 10:30:00", None, "1650-05-01T10:30:00"),
        ("2024-05-01 10:30", None, "2024-05-01T10:30:00"),
    ],
)
def test_reads(text: str, form: str | None, expected: str) -> None:
    assert parse_dates([text], form)[0] == np.datetime64(expected, "us")


def test_what_is_no_date_and_what_is_blank_are_nat() -> None:
    assert np.isnat(parse_dates(["2023-02-29", None, "soon", float("nan")], "%Y-%m-%d")).all()


@pytest.mark.parametrize("text", ["0000-01-01", "0000-00-00", "10000-01-01", "-001-01-01"])
def test_years_before_the_first_and_after_9999_are_no_dates(text: str) -> None:
    assert np.isnat(parse_dates([text], "%Y-%m-%d")[0])
    assert np.isnat(parse_dates([text])[0])


def test_nothing_gives_nothing() -> None:
    assert parse_dates([], "%Y").dtype == "datetime64[us]"
    assert write_dates(pd.Series([], dtype="datetime64[us]"), "%Y").tolist() == []


FORMS = [
    "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S.%3f", "%d/%m/%Y %H:%M:%S.%f", "%-m/%-d/%Y %-I:%M:%S %p", "%d.%m.%Y %H:%M:%S,%6f",
    "%d-%^b-%Y %I:%M:%S%P", "%~b %-d, %Y %H:%M:%S", "%d %B %Y %H:%M:%S", "%Y%m%d%H%M%S", "%d/%m/%1950y %H:%M:%S",
    "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M:%S %:z", "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S%_z", "%Y-%m-%d %H:%M:%S GMT",
]  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=examples(25), deadline=None)
@given(moments=st.lists(st.datetimes(dt.datetime(1950, 1, 1), dt.datetime(2049, 12, 31)), min_size=1, max_size=5))
def test_what_is_written_is_read_as_the_same_moment(form: str, moments: list[dt.datetime]) -> None:
    whole = pd.Series([moment.replace(microsecond=0) for moment in moments]).astype("datetime64[us]")
    dates = (
        whole.dt.tz_localize("UTC+02:00")
        if "%" in form and "z" in form
        else whole.dt.tz_localize("UTC")
        if has_zone(form)
        else whole
    )
    back = parse_dates(list(write_dates(dates, form)), form)
    utc = dates.dt.tz_convert("UTC").dt.tz_localize(None) if has_zone(form) else dates
    np.testing.assert_array_equal(back, utc.to_numpy())


@settings(max_examples=examples(25), deadline=None)
@given(st.datetimes(dt.datetime(1, 1, 1), dt.datetime(9999, 12, 31)))
def test_every_year_is_written_with_four_digits_and_read_again(moment: dt.datetime) -> None:
    dates = pd.Series(np.array([moment.replace(microsecond=0)], dtype="datetime64[us]"))
    text = write_dates(dates, "%Y-%m-%d %H:%M:%S")[0]
    assert text == f"{moment.year:04d}-{moment.month:02d}-{moment.day:02d} {moment:%H:%M:%S}"
    assert parse_dates([text], "%Y-%m-%d %H:%M:%S")[0] == dates.to_numpy()[0]


def test_summer_and_winter_time_are_written_with_their_own_offsets() -> None:
    dates = pd.Series(pd.to_datetime(["2024-01-05 10:00", "2024-07-05 10:00"])).dt.tz_localize("Europe/Berlin")
    assert write_dates(dates, "%Y-%m-%dT%H:%M%:z").tolist() == ["2024-01-05T10:00+01:00", "2024-07-05T10:00+02:00"]


def test_blanks_and_tokens_of_all_sorts() -> None:
    dates = pd.Series(pd.to_datetime(["2024-07-05 09:03:01", None]))
    assert write_dates(dates, "%A %j %% %y").tolist() == ["Friday 187 % 24", None]
    assert write_dates(dates, "%-d.%-m. %.p %.P %9f").tolist() == ["5.7. A.M. a.m. 000000000", None]


def test_what_a_pattern_says() -> None:
    assert [is_clock(form) for form in ("%H:%M", "%-I:%M %p", "%Y-%m-%d %H:%M", None)] == [True, True, False, False]
    assert [day_order(form) for form in ("%d/%m/%Y", "%-m-%-d-%1940y", "%Y-%m-%d", "%d %b %Y", None)] == [
        "day",
        "month",
        None,
        None,
        None,
    ]
    assert [has_zone(form) for form in ("%H:%MZ", "%Y-%m-%d", "%H:%M %:z")] == [True, False, True]


def test_dates_are_moved_into_a_hundred_years() -> None:
    moved = in_window(np.array(["2052-02-03", "1969-01-01", "2000-02-29"], dtype="datetime64[us]"), 1940)
    assert moved.astype("datetime64[D]").astype(str).tolist() == ["1952-02-03", "1969-01-01", "2000-02-29"]
