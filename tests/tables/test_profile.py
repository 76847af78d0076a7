"""A profile counts everything once and right."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from synth_ui.core.table import Kind
from synth_ui.tables.inference.infer import infer_schema
from synth_ui.tables.profile import profile
from tests.awkward import AWKWARD, table_of


@pytest.mark.parametrize("name", AWKWARD)
def test_every_value_is_in_one_bin(name: str) -> None:
    table = AWKWARD[name]()
    counted = profile(table)
    assert len(counted.columns) == len(table.schema) == counted.width
    for column in table.schema:
        if column.kind.learnable:
            bins = counted.distributions[column.name]
            assert bins["rows"].sum() == table.frame[column.name].notna().sum()
            assert bins["share"].sum() == pytest.approx(1.0) or table.frame[column.name].isna().all()
            assert len(bins) <= 24
            assert bins["order"].tolist() == list(range(len(bins)))
        else:
            assert column.name not in counted.distributions


def test_duplicates_and_blanks() -> None:
    counted = profile(AWKWARD["duplicated_rows"]())
    assert (counted.rows, counted.duplicates, counted.blanks) == (240, 200, 0.0)
    table = table_of(pd.DataFrame({"a": [1.5, None, 2.5, None], "b": ["x", "y", None, "x"]}))
    assert profile(table).blanks == pytest.approx(3 / 8)
    assert profile(table).columns["blanks"].tolist() == [0.5, 0.25]


def test_columns_are_described() -> None:
    table = table_of(pd.DataFrame({"v": [1.25, 2.5, 10.0], "c": ["x", "x", "y"]}))
    described = profile(table).columns.set_index("column")
    assert described.loc["v", ["low", "middle", "high"]].tolist() == ["1.25", "2.50", "10.00"]
    assert described.loc["c", "common"] == "x (67%)"
    assert described["distinct"].tolist() == [3, 2]


def test_whole_numbers_have_bins_of_whole_numbers() -> None:
    few = profile(table_of(pd.DataFrame({"n": [1, 2, 2, 5]}))).distributions["n"]
    assert few["bin"].tolist() == ["1", "2", "3", "4", "5"]
    assert few["rows"].tolist() == [1, 2, 0, 0, 1]
    many = profile(table_of(pd.DataFrame({"n": np.arange(100) % 96}))).distributions["n"]
    assert many["bin"].tolist()[:2] == ["0 to 3", "4 to 7"]
    assert many["rows"].tolist()[:2] == [8, 4]


def test_many_levels_are_shown_as_twenty_and_the_others() -> None:
    table = AWKWARD["thousand_levels"]()
    bins = profile(table).distributions["product"]
    assert bins["bin"].tolist()[-1] == "980 others"
    assert bins["rows"].tolist()[-1] == 1_960


def test_ordered_levels_keep_their_order_and_others_are_by_frequency() -> None:
    table = AWKWARD["ordinals"]()
    distributions = profile(table).distributions
    assert distributions["size"]["bin"].tolist() == ["small", "medium", "large"]
    assert distributions["city"]["rows"].is_monotonic_decreasing
    assert set(distributions["buys"]["bin"]) == {"yes", "no"}


def test_dates_have_dates_for_edges() -> None:
    table = AWKWARD["old_dates"]()
    bins = profile(table).distributions["signed"]
    assert table.schema["signed"].kind is Kind.DATETIME
    assert bins["lower"][0] == table.frame["signed"].min()
    assert bins["bin"][0].startswith("1453-10-05 to ")


def test_numbers_of_any_size_times_of_day_and_durations_are_said_readably() -> None:
    n = 60
    frame = pd.DataFrame(
        {
            "farad": [float(f"{1e-12 * (i + 1):.2e}") for i in range(n)],
            "epoch": 1.6e9 + np.arange(n) * 7.125,
            "huge": [float(f"{1e300 * (i + 1) / 8:.2e}") for i in range(n)],
            "clock": [f"{i % 24:02d}:{i:02d}" for i in range(n)],
            "took": [f"{i}h {i}m" for i in range(n)],
        }
    )
    columns = profile(infer_schema(frame)[0]).columns.set_index("column")
    assert columns.loc["farad", ["low", "high"]].tolist() == ["1e-12", "6e-11"]
    assert columns.loc["epoch", ["low", "high"]].tolist() == ["1,600,000,000.000", "1,600,000,420.375"]
    assert columns.loc["huge", ["low", "high"]].tolist() == ["1.25e299", "7.5e300"]
    assert columns.loc["clock", ["low", "high"]].tolist() == ["00:00", "23:47"]
    assert columns.loc["took", ["low", "high"]].tolist() == ["0h 0m", "59h 59m"]
