"""Durations read as seconds, and written back as they stood there."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth_ui.core.formats.durations import TYPED, parse_durations, surely_duration, template_of, write_durations
from tests.examples import examples

WAYS = [
    (["22h 9m", "1h 0m", "0h 5m", "100h 59m"], [79_740, 3_600, 300, 363_540]),
    (["22h09m", "1h00m"], [79_740, 3_600]),
    (["22h", "9m", "1h 9m"], [79_200, 540, 4_140]),
    (["1h", "2h 5m", "0m", "45m"], [3_600, 7_500, 0, 2_700]),
    (["1d 2h 3m 4s", "4s", "1d"], [93_784, 4, 86_400]),
    (["1 days 04:00:00", "0 days 00:05:30", "-1 days +23:00:00"], [100_800, 330, -3_600]),
    (["0 days 00:00:00.500000", "3 days 01:00:00.250000"], [0.5, 262_800.25]),
    (["1 day, 4:00:00", "4:00:00", "2 days, 0:00:00"], [100_800, 14_400, 172_800]),
    (["PT22H9M", "PT5M", "PT2H"], [79_740, 300, 7_200]),
    (["PT0S", "PT5S", "PT2M5S"], [0, 5, 125]),
    (["P1DT4H", "P2DT5H"], [100_800, 190_800]),
    (["-PT5M", "PT1H"], [-300, 3_600]),
    (["59:59:00", "100:00:01", "00:05:00"], [215_940, 360_001, 300]),
    (["25:30", "1:05"], [91_800, 3_900]),
    (["90 min", "5 min"], [5_400, 300]),
    (["1 hour 1 minute", "2 hours 30 minutes"], [3_660, 9_000]),
    (["1 hr 5 mins", "2 hrs 1 min"], [3_900, 7_260]),
    (["12.5 s", "3.0 s"], [12.5, 3.0]),
    (["1 day", "2 days"], [86_400, 172_800]),
]


@pytest.mark.parametrize(("texts", "seconds"), WAYS, ids=[texts[0] for texts, _ in WAYS])
def test_every_way_is_read_as_seconds_and_written_back(texts: list[str], seconds: list[float]) -> None:
    assert parse_durations(texts).tolist() == seconds
    assert write_durations(pd.Series(seconds, dtype=float), template_of(texts)).tolist() == texts


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(st.integers(0, 10_000_000), min_size=1, max_size=20), st.sampled_from(["h m", "clock", "days", "iso"]))
def test_what_is_written_is_read_as_the_same_seconds(seconds: list[int], way: str) -> None:
    texts = {
        "h m": [f"{s // 3600}h {s // 60 % 60}m {s % 60}s" for s in seconds],
        "clock": [f"{s // 3600}:{s // 60 % 60:02d}:{s % 60:02d}" for s in seconds],
        "days": [f"{s // 86400} days {s // 3600 % 24:02d}:{s // 60 % 60:02d}:{s % 60:02d}" for s in seconds],
        "iso": [f"PT{s // 3600}H{s // 60 % 60}M{s % 60}S" for s in seconds],
    }[way]
    assert parse_durations(texts).tolist() == seconds
    assert parse_durations(list(write_durations(pd.Series(seconds, dtype=float), template_of(texts)))).tolist() == seconds


def test_blanks_stay_blank_and_what_is_no_duration_is_none() -> None:
    assert np.isnan(parse_durations([None, np.nan, "soon", "12 kg", "9m 3h", "1:75", "P", ""])).all()
    assert write_durations(pd.Series([np.nan, 60.0]), "duration:{m}m").tolist() == [None, "1m"]


def test_durations_of_the_source_come_back_as_durations() -> None:
    back = write_durations(pd.Series([90.0, np.nan]), TYPED)
    assert back.dtype.kind == "m"
    assert back[0] == pd.Timedelta(seconds=90)


@pytest.mark.parametrize("text", ["5 m", "9:30", "3 s", "3d", "12 kg", "2:00:00"])
def test_what_may_be_something_else_is_no_proof(text: str) -> None:
    assert not surely_duration(text)


@pytest.mark.parametrize("text", ["22h 9m", "25:30", "5 min", "1 day", "PT5M", "1 days 04:00:00", "90 sec", "12 h"])
def test_what_can_be_nothing_else_is(text: str) -> None:
    assert surely_duration(text)
