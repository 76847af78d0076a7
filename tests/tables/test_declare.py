"""Declared bounds, levels and blanks."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from synth_ui.core.errors import SettingError, TableError
from synth_ui.core.table import Schema, Table
from synth_ui.tables.declare import column_edits, declaration_frame, declare, written_declaration, written_pairs
from synth_ui.tables.inference.infer import infer_schema
from synth_ui.tables.inference.mostly_numbers import WORDS_BLANK, WORDS_LEVELS


def read() -> Table:
    frame = pd.DataFrame(
        {
            "age": [31, 54, 47, 22, 60, 35] * 5,
            "city": ["Bern", "Lyon", "Bern", "Graz", "Lyon", "Bern"] * 5,
            "paid": [1.25, 2.5, np.nan, 7.75, 3.1, 2.2] * 5,
            "since": ["1450-03-01", "1999-12-31", "2001-02-03", "2010-05-06", "2011-07-08", "2020-01-01"] * 5,
        }
    )
    return infer_schema(frame, name="small")[0]


def test_what_was_read_is_shown_and_not_declared() -> None:
    shown = declaration_frame(read()).set_index("name")
    assert not shown["declared"].any()
    assert shown.loc["age", ["low", "high"]].tolist() == ["22", "60"]
    assert shown.loc["since", ["low", "high"]].tolist() == ["1450-03-01", "2020-01-01"]
    assert shown.loc["city", "levels"] == "Bern; Graz; Lyon"


def test_declaring_what_is_shown_changes_no_value() -> None:
    table = read()
    declared = declare(table, declaration_frame(table).assign(declared=True))
    pd.testing.assert_frame_equal(declared.frame, table.frame)
    assert all(column.declared for column in declared.schema)
    assert declared.fingerprint != table.fingerprint
    assert Schema.from_dict(declared.schema.to_dict()) == declared.schema


def test_bounds_and_levels_may_be_wider_than_the_rows() -> None:
    declared = declare(
        read(), [{"name": "age", "low": 0, "high": "120"}, {"name": "city", "levels": ["Turin", "Lyon", "Graz", "Bern"]}]
    )
    assert (declared.schema["age"].low, declared.schema["age"].high) == (0, 120)
    assert declared.schema["city"].levels == ("Bern", "Graz", "Lyon", "Turin")
    assert list(declared.frame["city"].cat.categories) == ["Bern", "Graz", "Lyon", "Turin"]
    assert declared.frame["city"].astype(str).tolist() == read().frame["city"].astype(str).tolist()


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        ({"name": "age", "low": 25, "high": 90}, "'age' holds 22, beyond"),
        ({"name": "age", "low": 90, "high": 25}, "is above the highest"),
        ({"name": "age", "low": "young", "high": 25}, "must be a number"),
        ({"name": "age", "low": 0.5, "high": 90}, "a whole number"),
        ({"name": "city", "levels": "Bern; Lyon"}, "'Graz', which is not among"),
        ({"name": "paid", "nullable": False}, "has blanks"),
        ({"name": "since", "low": "2000-01-01", "high": "2030-01-01"}, "beyond the bounds"),
        ({"name": "since", "low": "long ago", "high": "2030-01-01"}, "a date such as"),
        ({"name": "none"}, "no column 'none'"),
    ],
)
def test_what_contradicts_the_rows_or_itself_is_refused(edit: dict[str, object], said: str) -> None:
    with pytest.raises(TableError, match=said):
        declare(read(), [edit])


def test_what_is_written_on_the_command_line_is_declared() -> None:
    edits = written_declaration(
        ["age = 0 .. 120", "paid=-1.5..9", "since=1400-01-01..2030-12-31"], ["city=Turin; Lyon;Graz; Bern"]
    )
    schema = declare(read(), edits).schema
    assert all(column.declared for column in schema)
    assert (schema["age"].low, schema["age"].high, schema["paid"].low) == (0, 120, -1.5)
    assert schema["city"].levels == ("Bern", "Graz", "Lyon", "Turin")
    as_read = declare(read(), written_declaration(known=["age"])).schema["age"]
    assert (as_read.low, as_read.high, as_read.declared) == (22, 60, True)


@pytest.mark.parametrize(("bounds", "levels"), [(["age=17:90"], []), (["17..90"], []), ([], ["city"]), ([], ["city= ; "])])
def test_a_declaration_written_otherwise_is_refused_with_an_example(bounds: list[str], levels: list[str]) -> None:
    with pytest.raises(SettingError, match="write for example"):
        written_declaration(bounds, levels)


def test_kinds_and_roles_may_be_written_with_lines_between_words() -> None:
    edits = column_edits({"id": "Group-Key"}, {"lab": "words_as_blanks", "dose": "number, words as levels"})
    assert edits == [
        {"name": "id", "role": "group key"},
        {"name": "lab", "kind": WORDS_BLANK},
        {"name": "dose", "kind": WORDS_LEVELS},
    ]


def test_a_name_with_an_equals_sign_is_a_name() -> None:
    assert written_pairs(["a=b=ignored", " zip = personal "], "role") == {"a=b": "ignored", "zip": "personal"}
