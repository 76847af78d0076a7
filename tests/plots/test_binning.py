"""Counts behind the pictures: shares add up, real and synthetic share their cells, whole numbers are named as such."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from synth_ui.core.errors import TableError
from synth_ui.core.table import Column, Kind
from synth_ui.plots.binning import BLANK, OTHER, bin_column, bin_pair
from synth_ui.plots.columns_and_pairs.columns import distribution
from tests.examples import examples

NUMBERS = arrays(np.float64, st.integers(1, 60), elements=st.floats(-1e9, 1e9) | st.just(np.nan))


@settings(max_examples=examples(40), deadline=None)
@given(NUMBERS, NUMBERS)
def test_shares_of_numbers_add_up_whatever_they_are(real, made):
    frame = bin_column(pd.Series(real), {"a": pd.Series(made), "b": pd.Series(real)}, Column("x", Kind.NUMBER))
    sums = frame.groupby("candidate")[["real_share", "synthetic_share"]].sum()
    assert sums.to_numpy() == pytest.approx(1)
    own = frame[frame["candidate"] == "b"]
    assert own["synthetic_share"].to_numpy() == pytest.approx(own["real_share"].to_numpy())
    blank = frame.loc[(frame["candidate"] == "a") & (frame["bin"] == BLANK), "synthetic_share"]
    assert (blank.iloc[0] if len(blank) else 0) == pytest.approx(np.isnan(made).mean())


@settings(max_examples=examples(20), deadline=None)
@given(st.lists(st.sampled_from(["a", "b", "c", None]), min_size=1), st.lists(st.sampled_from(["a", "d", None]), min_size=1))
def test_shares_of_levels_add_up_and_unseen_levels_are_others(real, made):
    frame = bin_column(pd.Series(real, dtype=object), {"s": pd.Series(made, dtype=object)}, Column("x", Kind.CATEGORY))
    assert frame["synthetic_share"].sum() == pytest.approx(1)
    unseen = sum(value is not None and value not in real for value in made) / len(made)
    other = frame.loc[frame["bin"] == OTHER, "synthetic_share"]
    assert (other.iloc[0] if len(other) else 0) == pytest.approx(unseen)


def test_whole_numbers_dates_and_booleans():
    ages = bin_column(pd.Series(range(17, 81)), {"s": pd.Series([17, 18, 90])}, Column("age", Kind.INTEGER))
    assert "18 to 19" in set(ages["bin"])
    few = bin_column(pd.Series([1, 2, 3]), {"s": pd.Series([2, 2, 4])}, Column("n", Kind.INTEGER))
    assert few.set_index("bin").loc["2", "synthetic_share"] == pytest.approx(2 / 3)
    days = pd.Series(pd.date_range("2001-01-01", "2004-12-31", periods=50).as_unit("us"))
    dates = bin_column(days, {"s": days}, Column("day", Kind.DATETIME))
    assert any("Jan 2001" in label for label in dates["bin"])
    flags = bin_column(
        pd.Series([True, False, True]), {"s": pd.Series([True, True, None], dtype="boolean")}, Column("f", Kind.BOOLEAN)
    )
    assert set(flags["bin"]) == {"True", "False", BLANK}


def test_ordered_levels_keep_their_order():
    sizes = pd.Series(pd.Categorical(["L", "S", "L", "M"], categories=["S", "M", "L"], ordered=True))
    assert list(bin_column(sizes, {"s": sizes}, Column("size", Kind.ORDINAL))["bin"]) == ["S", "M", "L"]


def test_a_constant_and_an_empty_column():
    same = bin_column(pd.Series([5.0] * 4), {"s": pd.Series([5.0, 6.0])}, Column("x", Kind.NUMBER))
    assert same["real_share"].sum() == pytest.approx(1)
    blank = bin_column(pd.Series([np.nan] * 4), {"s": pd.Series([1.0])}, Column("x", Kind.NUMBER))
    assert blank.set_index("bin").loc[BLANK, "real_share"] == 1


def test_pairs_add_up_and_their_difference_is_nothing_on_the_whole():
    rng = np.random.default_rng(0)
    real = pd.DataFrame({"x": rng.normal(size=300), "y": pd.Categorical(rng.choice(list("ab"), 300))})
    made = pd.DataFrame({"x": rng.normal(1, 2, size=200), "y": pd.Categorical(rng.choice(list("ab"), 200))})
    grid = bin_pair(real, made, Column("x", Kind.NUMBER), Column("y", Kind.CATEGORY))
    assert grid[["real_share", "synthetic_share"]].sum().to_numpy() == pytest.approx(1)
    assert grid["difference"].sum() == pytest.approx(0, abs=1e-12)


def test_text_has_no_distribution():
    with pytest.raises(TableError, match="only numbers, dates"):
        bin_column(pd.Series(["a"]), {}, Column("note", Kind.TEXT))


@pytest.mark.parametrize(
    "values",
    [
        1e-12 * np.arange(1, 200) ** 1.1, 1e300 * np.arange(1, 200) / 7, 5_902_345 + np.arange(200) / 1_000, 1_600_000_000.125 + np.arange(200) / 8,
        -1e-9 * np.arange(1, 200),
    ],
)  # fmt: skip
def test_cells_of_numbers_of_any_size_have_names_and_ticks_of_their_own(values):
    series = pd.Series(values)
    bins = bin_column(series, {"made": series}, Column("v", Kind.NUMBER), cells=8)
    assert bins["bin"].is_unique
    assert bins["real_share"].sum() == pytest.approx(1)
    ticks = distribution(bins, "v", "number").figure.layout.xaxis.ticktext
    assert len(set(ticks)) == len(ticks)
    assert sum(tick.strip("−0.,") == "" for tick in ticks) <= 1  # zero itself


@pytest.mark.parametrize(("unit", "first"), [("ms", "05 Jan 08:00:00.0"), ("s", "05 Jan 08:00"), ("h", "06 Jan 2024")])
def test_moments_close_together_are_said_to_the_fraction_and_times_of_day_without_a_date(unit, first):
    steps = pd.to_timedelta(np.arange(200) * 10, unit=unit)
    moments = pd.Series(pd.Timestamp("2024-01-05 08:00") + steps).astype("datetime64[us]")
    bins = bin_column(moments, {"made": moments}, Column("v", Kind.DATETIME), cells=8)
    assert bins["bin"].iloc[1].startswith(first)
    clocks = pd.Series(pd.Timestamp("1900-01-01 08:00") + pd.to_timedelta(np.arange(200), unit="m")).astype("datetime64[us]")
    bins = bin_column(clocks, {"made": clocks}, Column("v", Kind.DATETIME, format="%H:%M"), cells=8)
    assert bins["bin"].iloc[1].startswith("08:01 to 08:2")
