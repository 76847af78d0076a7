"""Dates recognised in texts: patterns as fine as the texts, orders, centuries, zones; one reading for what a user writes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from synth_ui.core.errors import TableError
from synth_ui.core.formats.date_texts import DateTexts, first_of_years, read_date_texts, read_literal, shape_of, this_year
from synth_ui.core.formats.dates import write_dates


def read(*texts: str, **options) -> DateTexts:
    return read_date_texts(np.array(texts, dtype=object), np.ones(len(texts), dtype=np.int64), **options)


@pytest.mark.parametrize(
    ("texts", "form"),
    [
        (["2024-01-05T10:00:00Z"], "%Y-%m-%dT%H:%M:%SZ"),
        (["2024-01-05T10:00:00+02:00"], "%Y-%m-%dT%H:%M:%S%:z"),
        (["2024-01-05 10:00:00 -0330"], "%Y-%m-%d %H:%M:%S %z"),
        (["2024-01-05 10:00 UTC"], "%Y-%m-%d %H:%M UTC"),
        (["5/1/2024", "13/10/2024"], "%-d/%-m/%Y"),
        (["05/01/2024", "13/10/2024"], "%d/%m/%Y"),
        (["5-JAN-2024"], "%-d-%^b-%Y"),
        (["5 january 2024"], "%-d %~B %Y"),
        (["Jan 5, 2024", "May 15, 2024"], "%b %-d, %Y"),
        (["January 5, 2024", "May 15, 2024"], "%B %-d, %Y"),
        (["8:05 am", "10:15 pm"], "%-I:%M %P"),
        (["08:05AM"], "%I:%M%p"),
        (["10:00:00.250", "10:00:01.500"], "%H:%M:%S.%3f"),
        (["10:00:00.25", "10:00:01.5"], "%H:%M:%S.%f"),
        (["10:00:00,25"], "%H:%M:%S,%2f"),
        (["5.1.24", "13.1.24"], "%-d.%-m.%y"),
        (["2024-01-05", "5/1/2024"], None),
        (["1/2024", "11/2023"], "%-m/%Y"),
        (["5. Januar 2024", "15. März 2024"], "%-d. %{de}B %Y"),
        (["05.März.24"], None),
        (["5 janvier 2024", "1 août 2023"], "%-d %{fr}~B %Y"),
        (["5 janv. 2024", "1 juil. 2023", "9 févr. 2023"], "%-d %{fr}~b. %Y"),
        (["01 mai 2024", "12 févr 2024", "13 juin 2024"], "%d %{fr}~b %Y"),
        (["5 de enero de 2024", "15 de diciembre de 2023"], "%-d de %{es}~B de %Y"),
        (["gennaio 2024", "maggio 2023"], "%{it}~B %Y"),
        (["5 января 2024", "31 мая 2023"], "%-d %{ru}~B %Y"),
        (["5-MEI-2024", "6-MRT-2024"], "%-d-%{nl}^b-%Y"),
        (["Fri, 05 Jan 2024 10:00:00 GMT"], "%a, %d %b %Y %H:%M:%S GMT"),
        (["Friday 05/01/2024", "Sunday 21/01/2024"], "%A %d/%m/%Y"),
        (["Freitag, 5. Januar 2024", "Mittwoch, 20. März 2024"], "%{de}A, %-d. %{de}B %Y"),
        (["2024年01月05日", "2023年11月15日"], "%Y年%m月%d日"),
        (["2024년 1월 5일"], "%Y년 %-m월 %-d일"),
    ],
)
def test_patterns_are_as_fine_as_the_texts(texts: list[str], form: str | None) -> None:
    found = read(*texts)
    assert found.format == form
    assert not np.isnat(found.dates).any() or texts == ["05.März.24"]
    if form is not None and found.zone is None and "%f" not in form:
        assert write_dates(pd.Series(found.dates), form).tolist() == texts


def test_the_order_is_what_the_texts_prove_else_what_is_known_else_the_hint() -> None:
    assert read("01/02/2024", "13/02/2024", order="month").order == "day"
    assert read("01/02/2024", order="day").order == "day"
    assert read("01/02/2024", hint="day").order == "day"
    assert read("01/02/2024").own is None
    assert read("13/02/2024", "02/13/2024").own is None


def test_one_offset_is_the_zone_and_two_are_a_zone_with_summer_time() -> None:
    assert read("2024-01-05T10:00:00+02:00").zone == "UTC+02:00"
    assert read("2024-01-05T10:00:00-03:30").zone == "UTC-03:30"
    assert read("2024-01-05T10:00:00Z").zone == "UTC"
    assert read("2024-01-05T10:00:00+01:00", "2024-07-05T10:00:00+02:00").zone == "Europe/Berlin"
    assert read("2024-01-05T10:00:00-05:00", "2024-07-05T10:00:00-04:00").zone == "America/New_York"
    assert read("2024-01-05T10:00:00+01:00", "2024-01-06T10:00:00+02:00").zone == "UTC"
    assert read("2024-01-05").zone is None
    assert read("2024-01-05T10:00:00+02:00").dates[0] == np.datetime64("2024-01-05T08:00:00")


@pytest.mark.parametrize(
    ("years", "latest", "first", "last"),
    [
        (range(19, 23), None, 2019, 2022),
        (range(40, 90), None, 1940, 1989),
        ([95, 99, 0, 5], None, 1995, 2005),
        (range(60, 68), None, 1960, 1967),
        (range(30, 41), None, 2030, 2040),
        (range(40, 90), "now", 1940, 1989),
        ([30, 60, 99, 0, 15], "now", 1930, 2015),
        ([40], "now", 1940, 1940),
    ],
)
def test_years_of_two_digits_stand_together_and_births_are_not_in_the_future(years, latest, first, last, monkeypatch) -> None:
    monkeypatch.setattr("synth_ui.core.formats.date_texts.this_year", lambda: 2026)
    start = first_of_years(np.array(list(years)), 2026 if latest else None)
    found = [start + (year - start) % 100 for year in years]
    assert (min(found), max(found)) == (first, last)


def test_birthdays_of_a_whole_century_are_before_this_year() -> None:
    start = first_of_years(np.arange(100), this_year())
    assert start + 99 == this_year()


@pytest.mark.parametrize(
    ("text", "form", "expected"),
    [
        ("01/06/2021", "%d/%m/%Y", "2021-06-01"),
        ("01/06/2021", "%m/%d/%Y", "2021-01-06"),
        ("1.6.2021", "%d/%m/%Y", "2021-06-01"),
        ("01/06/2021", "%d/%m/%Y %H:%M", "2021-06-01"),
        ("2021-06-01", "%d/%m/%Y", "2021-06-01"),
        ("2021-06-01 08:30", "%d/%m/%Y", "2021-06-01T08:30"),
        ("2021-06-01T08:30:00.5", None, "2021-06-01T08:30:00.5"),
        ("2021-06", None, "2021-06-01"),
        ("2021", "%Y-%m-%d", "2021-01-01"),
        ("31/12/2021", "%Y-%m-%d", "2021-12-31"),
        ("05/05/2021", "%Y-%m-%d", "2021-05-05"),
        ("1 June 2021", "%Y-%m-%d", "2021-06-01"),
        ("1/1/52", "%-m/%-d/%1940y", "1952-01-01"),
        ("20210601", "%Y%m%d", "2021-06-01"),
        ("202106", "%Y%m%d", "2021-06-01"),
        ("08:00", "%H:%M:%S", "1900-01-01T08:00"),
        ("8:00 pm", "%H:%M", "1900-01-01T20:00"),
        ("0001-01-01", None, "0001-01-01"),
        ("9999-12-31", None, "9999-12-31"),
    ],
)
def test_a_literal_has_one_reading(text: str, form: str | None, expected: str) -> None:
    assert read_literal(text, form) == np.datetime64(expected, "us")


def test_a_literal_with_a_zone_is_turned_to_the_columns_and_one_without_is_its_clock() -> None:
    assert read_literal("2021-06-01T10:00:00Z", None, "Europe/Berlin") == np.datetime64("2021-06-01T12:00")
    assert read_literal("2021-06-01 10:00", None, "Europe/Berlin") == np.datetime64("2021-06-01T10:00")
    assert read_literal("2021-06-01T10:00:00+02:00", None) == np.datetime64("2021-06-01T10:00")


@pytest.mark.parametrize(
    ("text", "form", "match"),
    [
        ("01/06/2021", "%Y-%m-%d", "1 June 2021 or 6 January 2021"),
        ("01/06/2021", None, "1 June 2021 or 6 January 2021"),
        ("01-02-03", "%Y-%m-%d", "may be"),
        ("06/25/2021", "%d/%m/%Y", "day first"),
        ("25/06/2021", "%m/%d/%Y", "month first"),
        ("soon", "%d/%m/%Y", "no date.*31/12/2024"),
        ("08:00", "%Y-%m-%d", "no date"),
        ("2021-06-01", "%H:%M", "no time of day"),
        ("2021-02-30", "%Y-%m-%d", "no date"),
        ("0000-01-01", None, "no date"),
        ("12345", "%Y%m%d", "no date"),
    ],
)
def test_what_is_no_date_or_could_be_two_is_refused_with_the_reason(text: str, form: str | None, match: str) -> None:
    with pytest.raises(TableError, match=match):
        read_literal(text, form)


def test_a_text_is_a_date_only_if_all_of_it_is() -> None:
    assert shape_of("2024-01-05 and later", "day") is None
    assert shape_of("3 Pears 2024", "day") is None
    assert pd.isna(read("31/02/2020").dates[0])
