"""The proposal of a target: by name, place and values; none where it would be a guess."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from synth_ui.core.table import Table
from synth_ui.tables.inference.infer import infer_schema
from synth_ui.tables.samples import load_sample
from synth_ui.tables.target import propose_target

ROWS = 240
RNG = np.random.default_rng(0)
VALUES = {
    "two": np.array(["no", "yes"] * (ROWS // 2)),
    "01": np.tile([0, 1, 1], ROWS // 3),
    "three": np.array(["setosa", "versicolor", "virginica"] * (ROWS // 3)),
    "seven": np.tile(np.arange(3, 10), ROWS // 7 + 1)[:ROWS],
    "many": np.array([f"place {i % 60}" for i in range(ROWS)]),
    "number": RNG.normal(50, 10, ROWS).round(2),
    "id": np.arange(1_000, 1_000 + ROWS),
}


def table(columns: dict[str, str]) -> Table:
    frame = pd.DataFrame(
        {name: RNG.permutation(VALUES[kind]) if kind != "id" else VALUES[kind] for name, kind in columns.items()}
    )
    return infer_schema(frame, name="made")[0]


@pytest.mark.parametrize(
    ("columns", "target"),
    [
        ({"age": "number", "job": "three", "y": "two"}, "y"),
        ({"target": "01", "age": "number", "sex": "two"}, "target"),
        ({"PassengerId": "id", "Survived": "01", "Sex": "two", "Fare": "number"}, "Survived"),
        ({"tenure": "number", "Partner": "two", "Dependents": "two", "Churn": "two"}, "Churn"),
        ({"Age": "number", "Attrition": "two", "OverTime": "two", "Years": "number"}, "Attrition"),
        ({"sepal": "number", "petal": "number", "species": "three"}, "species"),
        ({"LIMIT_BAL": "number", "SEX": "01", "default.payment.next.month": "01"}, "default.payment.next.month"),
        ({"rooms": "number", "area": "number", "SalePrice": "number"}, "SalePrice"),
        ({"acidity": "number", "alcohol": "number", "quality": "seven"}, "quality"),
        ({"class": "three", "cap": "many", "odor": "number"}, "class"),
        ({"weight": "number", "height": "number", "smoker": "two"}, "smoker"),
        ({"price": "number", "gift": "two", "returned": "two"}, "returned"),
        ({"alter": "number", "Zielvariable": "three", "ort": "many"}, "Zielvariable"),
    ],
)
def test_a_target_is_proposed_with_reasons(columns: dict[str, str], target: str) -> None:
    found = propose_target(table(columns))
    assert found is not None
    assert found.name == target
    assert found.sentence.startswith("It ")
    assert found.sentence.endswith(".")


@pytest.mark.parametrize(
    "columns",
    [
        {"Category": "three", "Sales": "number", "Quantity": "seven", "Discount": "number", "Profit": "number"},
        {"age": "number", "income": "number", "weight": "number"},
        {"height": "number", "job": "three", "sex": "two"},
        {"churned": "two", "defaulted": "two", "age": "number"},
        {"age": "number", "city": "many"},
        {"approved": "two"},
        {"date": "number", "region": "three"},
    ],
)
def test_nothing_is_proposed_where_it_would_be_a_guess(columns: dict[str, str]) -> None:
    assert propose_target(table(columns)) is None


def test_a_table_with_a_target_needs_none() -> None:
    assert propose_target(load_sample("penguins").table) is None


def test_a_column_of_one_value_is_none() -> None:
    frame = pd.DataFrame({"age": VALUES["number"], "label": ["only"] * ROWS})
    assert propose_target(infer_schema(frame, name="made")[0]) is None
