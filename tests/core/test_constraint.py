"""Rules rows must keep: truths on hand-worked rows, blanks, JSON there and back, refusals."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from synth_ui.core.errors import SettingError, TableError
from synth_ui.core.rules.constraint import (
    KINDS,
    Constraint,
    Expression,
    FixedCombinations,
    FixedIncrements,
    Inequality,
    NeverTogether,
    OneHot,
    Range,
    all_hold,
    bind_all,
    equals,
    from_json,
    read_constraint,
    read_constraints,
)
from synth_ui.core.table import Table
from synth_ui.tables.inference.infer import infer_schema


@cache
def shop() -> Table:
    """Return 120 rows of which the first five are looked at: the third has blanks."""
    frame = pd.DataFrame(
        {
            "low": pd.array([1, 5, None, 7, 3], dtype="Int64"),
            "high": [2.0, 5.0, 4.0, 6.5, np.nan],
            "city": ["Bern", "Lyon", None, "Bern", "Graz"],
            "zip": ["3000", "69001", "3000", "69001", None],
            "a": [True, False, False, True, False],
            "b": [0, 1, 0, 1, 0],
            "price": [0.05, 0.15, np.nan, 0.16, 1.0],
            "start": pd.to_datetime(["2024-01-01", "2024-02-01", None, "2024-03-01", "2024-05-01"]),
            "end": pd.to_datetime(["2024-01-02", "2024-01-02", "2024-01-02", "2024-03-01", "2024-06-01"]),
            "moment": pd.to_datetime(["2024-03-30", "2024-04-01", "2024-03-31", "2024-04-02", "2024-04-03"]).tz_localize(
                "Europe/Vienna"
            ),
        }
    )
    whole = pd.concat([frame] * 24, ignore_index=True)
    table = infer_schema(whole)[0]
    return Table(table.frame, table.schema.updated("a", kind=table.schema["a"].kind), table.name)


CASES: list[tuple[Constraint, list[bool]]] = [
    (Inequality("low", "high"), [True, True, True, False, True]),
    (Inequality("low", "high", strict=True), [True, False, True, False, True]),
    (Inequality("start", "end"), [True, False, True, True, True]),
    (Range("low", 2, 6), [False, True, True, False, True]),
    (Range("price", high=0.15), [True, True, True, False, False]),
    (Range("start", "2024-02-01", "2024-03-01"), [False, True, True, True, False]),
    (Range("moment", "2024-03-31", "2024-04-02"), [False, True, True, True, False]),
    (FixedCombinations(("city", "zip"), (("Bern", "3000"), ("Graz", None), (None, "3000"))), [True, False, True, False, True]),
    (NeverTogether(("city", "zip"), ("Bern", "69001")), [True, True, True, False, True]),
    (NeverTogether(("city", "b"), (None, "False")), [True, True, False, True, True]),
    (FixedIncrements("price", 0.05), [True, True, True, False, True]),
    (FixedIncrements("low", 2, 1), [True, True, True, True, True]),
    (FixedIncrements("low", 4, 1), [True, True, True, False, False]),
    (OneHot(("a", "b")), [True, True, False, False, False]),
    (Expression("low + 1 <= high"), [True, False, True, False, True]),
    (Expression("city == 'Bern' and b == 1"), [False, False, True, True, False]),
]


@pytest.mark.parametrize(("rule", "expected"), CASES, ids=lambda case: case.text if isinstance(case, Constraint) else "")
def test_a_rule_holds_where_it_should(rule: Constraint, expected: list[bool]) -> None:
    table = shop()
    rule.check(table.schema)
    assert rule.holds(table.frame.iloc[:5]).tolist() == expected
    assert rule.holds(table.frame.iloc[:0]).tolist() == []


@pytest.mark.parametrize("rule", [rule for rule, _ in CASES], ids=lambda rule: rule.text)
def test_a_rule_survives_json_and_hashing(rule: Constraint) -> None:
    again = from_json(json.loads(json.dumps(rule.to_json())))
    assert again == rule
    assert hash(again) == hash(rule)
    assert again.text == rule.text


def test_every_kind_is_tested_and_has_a_title() -> None:
    assert {rule.kind for rule, _ in CASES} == set(KINDS)
    assert len({kind.title for kind in KINDS.values()}) == len(KINDS)


def test_combinations_are_read_off_the_real_rows() -> None:
    table = shop()
    (rule,) = bind_all([FixedCombinations(("city", "zip"))], table.schema, table.frame)
    assert rule.holds(table.frame).all()
    strange = pd.DataFrame({"city": ["Bern", "Bern", "Graz", "Wien", None], "zip": ["3000", "69001", "3000", "3000", "3000"]})
    assert rule.holds(strange).tolist() == [True, True, False, False, True]
    with pytest.raises(TableError, match="bind"):
        FixedCombinations(("city", "zip")).holds(table.frame)


def test_combinations_of_many_wide_columns_do_not_overflow() -> None:
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({f"c{i}": rng.integers(0, 3_000, 2_000) for i in range(12)})
    rule = FixedCombinations(tuple(frame.columns)).bind(frame)
    assert rule.holds(frame).all()
    assert not rule.holds(frame.assign(c11=frame["c11"].to_numpy()[::-1])).any()


def test_whole_numbers_beyond_what_floats_hold_compare_exactly() -> None:
    frame = pd.DataFrame({"a": [2**60, 2**60 + 1], "b": [2**60 + 1, 2**60]})
    assert Inequality("a", "b").holds(frame).tolist() == [True, False]


def test_rules_are_joined() -> None:
    table = shop()
    rules = [Inequality("low", "high"), Range("low", 2, 6)]
    assert all_hold(rules, table.frame.iloc[:5]).tolist() == [False, True, True, False, True]
    assert all_hold([], table.frame).all()


@pytest.mark.parametrize(
    ("rule", "match"),
    [
        (Inequality("low", "no such"), "no column 'no such'"),
        (Inequality("low", "city"), "two numbers or two dates"),
        (Inequality("low", "start"), "two numbers or two dates"),
        (Range("city", 1), "number or a date"),
        (Range("low", "2024-01-01"), "a number"),
        (Range("start", 3), "a date such as"),
        (NeverTogether(("city", "zip"), ("Paris", "3000")), "never 'Paris'"),
        (NeverTogether(("city", "b"), ("Bern", "0")), "True"),
        (FixedIncrements("start", 2), "needs a number"),
        (OneHot(("a", "low")), "yes and no"),
        (Expression("low + 1"), "gives a number"),
    ],
)
def test_a_rule_that_does_not_fit_the_table_is_refused(rule: Constraint, match: str) -> None:
    with pytest.raises(TableError, match=match):
        rule.check(shop().schema)


def test_a_column_made_anew_keeps_no_rule() -> None:
    frame = shop().frame[["low", "high"]].assign(row_id=np.arange(1, 121))
    table = infer_schema(frame)[0]
    assert not table.schema["row_id"].modelled
    with pytest.raises(TableError, match="made anew"):
        Inequality("low", "row_id").check(table.schema)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Inequality("a", "a"),
        lambda: Range("a"),
        lambda: Range("a", 3, 2),
        lambda: Range("a", 3, "2024-01-01"),
        lambda: Range("a", "soon"),
        lambda: FixedCombinations(("a",)),
        lambda: FixedCombinations(("a", "a")),
        lambda: FixedCombinations(("a", "b"), (("x",),)),
        lambda: NeverTogether(("a", "b"), ("x",)),
        lambda: FixedIncrements("a", 0),
        lambda: OneHot(("a",)),
        lambda: Expression("1 < 2"),
        lambda: Expression("a.b < 2"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(make: Any) -> None:
    with pytest.raises(SettingError):
        make()


@pytest.mark.parametrize(
    "value",
    [
        {"kind": "no such"},
        {},
        {"kind": "range"},
        {"kind": "range", "column": "a", "low": True},
        {"kind": "range", "column": 3, "low": 1},
        {"kind": "range", "column": "a", "low": 1, "colour": "red"},
        {"kind": "one-hot", "of": "ab"},
        {"kind": "inequality", "smaller": "a", "larger": "b", "strict": 1},
    ],
)
def test_json_that_is_no_rule_is_refused(value: dict[str, Any]) -> None:
    with pytest.raises(SettingError):
        from_json(value)


def test_rules_are_read_as_users_write_them() -> None:
    assert read_constraint(" a <= b ") == Expression("a <= b")
    assert read_constraint('{"kind": "range", "column": "a", "low": 1}') == Range("a", 1)
    assert read_constraints(["a <= b", {"kind": "one-hot", "of": ["a", "b"]}]) == (Expression("a <= b"), OneHot(("a", "b")))
    for wrong in ("{", '{"kind": 3}'):
        with pytest.raises(SettingError):
            read_constraint(wrong)
    for wrong_list in ("a", {"kind": "range"}, [3]):
        with pytest.raises(SettingError):
            read_constraints(wrong_list)


def test_a_name_that_is_no_word_is_quoted() -> None:
    assert equals("in come", "x'y") == '`in come` == "x\'y"'
    assert Expression(equals("not", "a")).columns == ("not",)
