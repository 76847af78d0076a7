"""Dates at any year."""

from __future__ import annotations

import numpy as np
import pytest

from synth_ui.core.dates import parse_dates


@pytest.mark.parametrize(
    ("text", "form", "expected"),
    [
        ("2024-02-29", "%Y-%m-%d", "2024-02-29"),
        ("29.2.2024", "%d.%m.%Y", "2024-02-29"),
        ("1453-05-29", "%Y-%m-%d", "1453-05-29"),
        ("3/1/9999", "%m/%d/%Y", "9999-03-01"),
        ("12-Oct-1492", "%d-%b-%Y", "1492-10-12"),
        ("2024-05-01T10:00:00+0200", "%Y-%m-%dT%H:%M:%S%z", "2024-05-01T08:00:00"),
        ("1650-05-01 10:30:00", None, "1650-05-01T10:30:00"),
        ("2024-05-01 10:30", None, "2024-05-01T10:30:00"),
    ],
)
def test_reads(text: str, form: str | None, expected: str) -> None:
    assert parse_dates([text], form)[0] == np.datetime64(expected, "us")


def test_what_is_no_date_and_what_is_blank_are_nat() -> None:
    assert np.isnat(parse_dates(["2023-02-29", None, "soon", float("nan")], "%Y-%m-%d")).all()


def test_nothing_gives_nothing() -> None:
    assert parse_dates([], "%Y").dtype == "datetime64[us]"
