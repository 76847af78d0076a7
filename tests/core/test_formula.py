"""Formulas of users: what they reckon, and that nothing but the list gets through."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

from synth_ui.core.errors import SettingError, TableError
from synth_ui.core.rules.formula import LONGEST, Formula, quoted
from synth_ui.core.table import Table
from synth_ui.tables.inference.infer import infer_schema


@cache
def work() -> Table:
    frame = pd.DataFrame(
        {
            "hours": [8.0, 10.0, 4.5, 12.0],
            "rate": [10.0, 20.0, 30.0, 5.5],
            "cap": [100, 150, 200, 66],
            "in come [€]": [1, 2, 3, 4],
            "city": ["Bern", "Lyon", "Bern", "Graz"],
            "paid": [True, False, True, True],
            "start": pd.to_datetime(["2024-01-01", "2024-02-01", "2024-03-01", "2024-04-01"]),
            "end": pd.to_datetime(["2024-01-31", "2024-02-02", "2024-03-01", "2024-04-03"]),
        }
    )
    return infer_schema(pd.concat([frame] * 30, ignore_index=True))[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hours * rate <= cap", [True, False, True, True]),
        ("hours * rate == cap", [False, False, False, True]),
        ("0 < hours < 10", [True, False, True, False]),
        ("not paid or hours >= 8", [True, True, False, True]),
        ("city == 'Bern'", [True, False, True, False]),
        ("'Bern' != city", [False, True, False, True]),
        ("city in ('Lyon', 'Graz') and paid", [False, False, False, True]),
        ("city not in ['Lyon']", [True, False, True, True]),
        ("`in come [€]` ** 2 + 1 >= 5", [False, True, True, True]),
        ("end - start <= 2", [False, True, True, True]),
        ("start >= '2024-02-15'", [False, False, True, True]),
        ("-hours // 1% 2 == 0", [True, True, False, True]),
        ("cap in (100, 66)", [True, False, False, True]),
        ("hours == 8 or hours == 12", [True, False, False, True]),
    ],
)
def test_a_formula_holds_where_it_should(text: str, expected: list[bool]) -> None:
    table = work()
    formula = Formula(text)
    assert formula.check(table.schema) == "truth"
    assert formula.evaluate(table.frame.iloc[:4]).tolist() == expected


def test_a_formula_without_a_comparison_gives_numbers() -> None:
    table = work()
    formula = Formula("hours * rate - cap / 2")
    assert formula.check(table.schema) == "number"
    np.testing.assert_allclose(formula.evaluate(table.frame.iloc[:2]), [30.0, 125.0])


def test_columns_are_named_in_order_and_once() -> None:
    assert Formula("rate + `in come [€]` < hours * rate").columns == ("rate", "in come [€]", "hours")


def test_a_backtick_inside_a_text_is_part_of_the_text() -> None:
    assert Formula("city == 'a `b` c'").columns == ("city",)


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')",
        "hours.__class__",
        "(lambda: 1)()",
        "[x for x in hours]",
        "hours[0]",
        "open('x')",
        "f'{hours}' == 'a'",
        "hours if paid else rate",
        "(hours := 3) > 2",
        "hours @ rate",
        "hours << 3",
        "*hours",
        "None == hours",
        "hours == 1j",
        "hours == ...",
        "b'a' == city",
        "hours <",
        "",
        "   ",
        "(" * 300 + "hours" + ")" * 300,
        "hours + " * 200 + "1",
        "-" * 400 + "hours < 1",
        "hours < 1" + "0" * 400,
        "hours is paid",
        "exp(hours) < 3",
        "hours\x00",
        "hours; rate",
    ],
)
def test_what_is_not_on_the_list_is_refused_when_read(text: str) -> None:
    with pytest.raises(SettingError, match="formula"):
        _ = Formula(text)


@pytest.mark.parametrize("word", ["class", "from", "lambda", "if", "is", "None", "global"])
@pytest.mark.parametrize("formula", ["{} == 'u'", "hours > 3 and {} == 'u'", "{} = 'u'"])
def test_a_column_called_like_a_word_of_python_gets_the_hint_at_backticks(word: str, formula: str) -> None:
    with pytest.raises(SettingError, match=f"write `{word}` in backticks"):
        _ = Formula(formula.format(word))
    assert Formula(f"{quoted(word)} == 'u'").columns == (word,)


def test_the_hint_names_no_word_that_is_part_of_another_or_of_a_text() -> None:
    for text in ("class_1 = 'u'", "hours = 'class'", "`class` = 3"):
        with pytest.raises(SettingError, match="stands in `backticks`"):
            _ = Formula(text)


def test_functions_the_caller_names_are_called_and_no_others() -> None:
    table = work()
    root = Formula("sqrt(cap) + 1", {"sqrt": np.sqrt})
    assert root.columns == ("cap",)
    assert root.evaluate(table.frame.iloc[:1]).tolist() == [11.0]
    with pytest.raises(SettingError, match="sqrt"):
        _ = Formula("exp(cap)", {"sqrt": np.sqrt})


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("no_such > 1", "no column 'no_such'"),
        ("city > 'A'", "no order"),
        ("city + 1 > 2", "reckon"),
        ("city == hours", "cannot be compared"),
        ("start > 'soon'", "no date"),
        ("hours and paid", "compare it with a value"),
        ("hours in rate", "list"),
        ("(1, 2) < hours", "list"),
    ],
)
def test_what_does_not_go_together_is_refused_with_the_reason(text: str, match: str) -> None:
    with pytest.raises(TableError, match=match):
        Formula(text).check(work().schema)


def test_a_long_formula_is_refused_before_it_is_read() -> None:
    with pytest.raises(SettingError, match=str(LONGEST)):
        _ = Formula("hours < 1 and " * 50 + "paid")
