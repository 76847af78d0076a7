"""Cells the real table could not hold, planted one by one."""

from __future__ import annotations

import pandas as pd
import pytest

from synth_ui.core.cast import cast
from synth_ui.core.table import Column, Kind, Role, Schema, Split, Table
from synth_ui.measures.fidelity.validity import Validity
from tests.measures.made import adult, independent, measured, split_of


def real() -> pd.DataFrame:
    return pd.DataFrame(
        {"age": range(20, 60), "pay": [round(1.25 * i, 2) for i in range(40)], "city": ["Bern", "Lyon"] * 20, "when": pd.date_range("2024-01-01", periods=40)}
    )  # fmt: skip


KINDS = {"age": Kind.INTEGER, "pay": Kind.NUMBER, "city": Kind.CATEGORY, "when": Kind.DATETIME}


def one_wrong(column: str, value: object) -> pd.DataFrame:
    frame = real().astype(object)
    frame.loc[[3, 7], column] = value
    return frame


@pytest.mark.parametrize(
    ("column", "value", "problem"),
    [
        ("age", 61, "out of range"),
        ("age", None, "blank"),
        ("pay", 2.503, "too many decimals"),
        ("pay", -0.01, "out of range"),
        ("city", "Atlantis", "unknown level"),
        ("city", None, "blank"),
        ("when", pd.Timestamp("2031-05-05"), "out of range"),
    ],
)
def test_each_problem_is_found_and_counted(column: str, value: object, problem: str) -> None:
    split = split_of(real(), real(), KINDS, pay={"decimals": 2})
    measurement = measured(Validity(), split, one_wrong(column, value))
    assert measurement.headline.value == pytest.approx(1 - 2 / 160)
    assert measurement.parts["rows"].value == pytest.approx(38 / 40)
    assert measurement.parts["worst"].value == pytest.approx(38 / 40)
    row = measurement.detail["examples"].iloc[0]
    assert (row["column"], row["problem"], row["cells"]) == (column, problem, 2)
    assert measurement.detail["columns"].iloc[0][problem.replace(" ", "_")] == pytest.approx(0.05)


def test_real_rows_and_shuffled_columns_are_all_valid() -> None:
    split = adult(2_000)
    for frame in (split.train.frame, split.holdout.frame, independent(split.train.frame)):
        measurement = measured(Validity(), split, frame)
        assert measurement.headline.value == 1.0
        assert measurement.headline.low is not None
        assert measurement.headline.low > 0.99
        assert measurement.detail["examples"].empty


def keyed(keys: list[object]) -> Table:
    schema = Schema((Column("id", Kind.IDENTIFIER, Role.IGNORED, dtype="object"), Column("age", Kind.INTEGER)))
    return Table(cast(pd.DataFrame({"id": keys, "age": range(len(keys))}), schema)[0], schema)


def test_a_repeated_key_counts_where_real_keys_differ() -> None:
    split = Split(keyed(["a", "b", "c", "d"]), keyed(["e", "f", "g", "h"]))
    made = pd.DataFrame({"id": ["x", "x", "x", "y"], "age": [0, 1, 2, 3]})
    measurement = measured(Validity(), split, made)
    assert measurement.headline.value == pytest.approx(1 - 2 / 8)
    assert measurement.detail["examples"].iloc[0]["problem"] == "repeated key"
    again = Split(keyed(["a", "a", "c", "d"]), keyed(["e", "f", "g", "h"]))
    assert measured(Validity(), again, made).headline.value == 1.0
    assert measured(Validity(), split, made[["age"]]).headline.value == 1.0


def test_the_interval_widens_where_whole_rows_are_wrong() -> None:
    split = split_of(real(), real(), KINDS)
    whole = real().astype(object)
    whole.loc[:3, ["age", "city", "pay"]] = [99, "Oz", 1e9]
    spread = real().astype(object)
    spread.loc[:3, "age"], spread.loc[4:7, "city"], spread.loc[8:11, "pay"] = 99, "Oz", 1e9
    rows, cells = (measured(Validity(), split, frame).headline for frame in (whole, spread))
    assert rows.value == pytest.approx(cells.value)
    assert rows.value - rows.low > cells.value - cells.low
