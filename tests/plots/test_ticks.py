"""Marks a person would choose: round numbers, beginnings of years and months; cells that begin there."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth_ui.core.table import Column, Kind
from synth_ui.plots import ticks
from synth_ui.plots.binning import bin_column
from synth_ui.plots.columns_and_pairs.columns import axis_ticks, distribution


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (17, 83, ["20", "40", "60", "80"]), (26_975, 510_072, ["100,000", "200,000", "300,000", "400,000", "500,000"]),
        (-0.4, 0.41, ["−0.4", "−0.2", "0", "0.2", "0.4"]), (1, 5, ["1", "2", "3", "4", "5"]), (2_006.5, 2_010, ["2007", "2008", "2009", "2010"]), (0.1, 0.35, ["0.10", "0.15", "0.20", "0.25", "0.30", "0.35"]),
    ],
)  # fmt: skip
def test_marks_are_round_numbers(low, high, said):
    assert ticks.said(ticks.round_numbers(low, high)) == said


@settings(max_examples=40, deadline=None)
@given(st.floats(-1e9, 1e9), st.floats(1e-6, 1e9), st.integers(2, 8))
def test_marks_lie_within_and_are_as_many_as_asked(low, span, most):
    marks = ticks.round_numbers(low, low + span, most)
    assert 1 <= len(marks) <= most + 1
    assert (marks >= low - 1e-6 * max(span, abs(low) * 1e-6)).all()
    assert (marks <= low + span + 1e-6 * max(span, abs(low) * 1e-6)).all()


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        ("2001-03-04", "2021-10-01", ["2005", "2010", "2015", "2020"]), ("2014-01-03", "2017-12-30", ["2015", "2016", "2017"]),
        ("2024-01-05", "2024-08-09", ["Mar 2024", "May 2024", "Jul 2024"]), ("2024-01-05 08:00", "2024-01-05 20:10", ["09:00", "12:00", "15:00", "18:00"]),
    ],
)  # fmt: skip
def test_dates_are_marked_where_something_begins(start, end, said):
    low, high = (pd.Timestamp(moment).timestamp() for moment in (start, end))
    found, labels = ticks.dates(low, high)
    assert len(found) == len(labels)
    assert labels == said
    assert all(low - 1 <= one <= high + 1 for one in found)


def test_cells_begin_at_round_numbers_and_enclose_all():
    edges = ticks.cell_edges(26_975.0, 510_072.0, 32)
    assert np.allclose(edges % 20_000, 0)
    assert edges[0] <= 26_975 < 510_072 <= edges[-1]
    whole = ticks.cell_edges(17, 80, 32, whole=True)
    assert list(whole[:3]) == [16, 18, 20]
    assert whole[-1] > 80


@settings(max_examples=40, deadline=None)
@given(st.floats(-1e12, 1e12), st.floats(1e-9, 1e12))
def test_cells_of_any_range_enclose_it(low, span):
    high = low + span
    edges = ticks.cell_edges(low, high, 16)
    assert all(a < b for a, b in itertools.pairwise(edges)) or high == low or span < 1e-6 * abs(low)
    assert edges[0] <= low + 1e-6 * span + 1e-9 * abs(low)
    assert edges[-1] >= high - 1e-6 * span - 1e-9 * abs(high)


def test_the_axis_of_a_column_is_marked_at_its_values():
    values = pd.Series(np.arange(20, 80))
    chart = distribution(bin_column(values, {"made": values}, Column("age", Kind.INTEGER)), "age", "integer")
    axis = chart.figure.layout.xaxis
    assert list(axis.ticktext) == ["20", "40", "60"]
    steps = np.diff(np.array(axis.tickvals, dtype=float))
    assert np.allclose(steps, steps[0])
    bar = chart.figure.data[0]
    names = list(bar.text)
    width = 2  # each cell holds two ages
    assert axis.tickvals[0] == pytest.approx(float(bar.x[names.index("20 to 21")]) - 1 / width)


def test_an_axis_whose_last_cell_ends_nowhere_has_marks():
    cells = pd.DataFrame({"lower": [0.0, 10.0, 20.0, 30.0], "upper": [10.0, 20.0, 30.0, np.nan], "bin": ["a", "b", "c", "d"]})
    for kind, scale in ((Kind.NUMBER, 1.0), (Kind.INTEGER, 1.0), (Kind.DATETIME, 86_400.0)):
        scaled = cells.assign(lower=cells["lower"] * scale, upper=cells["upper"] * scale)
        values, labels = axis_ticks(scaled, np.arange(4.0), kind)
        assert len(values) == len(labels) >= 2
        assert np.isfinite(values).all()
