"""Tables are canonical, cast from anywhere, turned back to their source, and fingerprinted by content."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from synth_ui.core.cast import cast, cast_column, level_text, to_source
from synth_ui.core.errors import TableError
from synth_ui.core.table import BLANK_TEXTS, Column, Kind, Role, Schema, Split, Table
from tests.awkward import AWKWARD


def column(kind: Kind, **facts: Any) -> Column:
    return Column("x", kind, **facts)


# --- schema ------------------------------------------------------------------------------------------------------


def test_names_must_differ() -> None:
    with pytest.raises(TableError, match="twice or more: x"):
        Schema((column(Kind.NUMBER), column(Kind.TEXT)))


def test_an_unknown_column_is_refused_with_those_there_are() -> None:
    with pytest.raises(TableError, match="no column 'y'; there are x"):
        Schema((column(Kind.NUMBER),)).updated("y", role=Role.TARGET)


def test_there_is_one_target_at_most() -> None:
    schema = Schema((Column("a", Kind.NUMBER), Column("b", Kind.NUMBER, Role.TARGET), Column("c", Kind.TEXT)))
    assert schema.with_target("a").with_role(Role.TARGET) == [Column("a", Kind.NUMBER, Role.TARGET)]
    assert schema.with_target(None).target is None
    with pytest.raises(TableError, match="'c' is text; a target is a number"):
        schema.with_target("c")


@pytest.mark.parametrize("role", [Role.PERSONAL, Role.IGNORED, Role.GROUP_KEY])
def test_what_is_not_for_learning_is_not_modelled(role: Role) -> None:
    assert not column(Kind.NUMBER, role=role).modelled
    assert not column(Kind.TEXT).modelled
    assert column(Kind.NUMBER, role=Role.SENSITIVE).modelled


@pytest.mark.parametrize("name", AWKWARD)
def test_a_schema_goes_through_json_unchanged(name: str) -> None:
    schema = AWKWARD[name]().schema
    assert Schema.from_dict(schema.to_dict()) == schema


# --- table -------------------------------------------------------------------------------------------------------


def test_frame_and_schema_must_agree() -> None:
    with pytest.raises(TableError, match=r"frame has columns \['y'\], the schema \['x'\]"):
        Table(pd.DataFrame({"y": [1.0]}), Schema((column(Kind.NUMBER),)))


def test_size_counts_what_is_modelled() -> None:
    table = AWKWARD["thousand_levels"]()
    assert (table.size.rows, table.size.columns, table.size.widest) == (2_000, 5, 1_000)
    assert table.size.levels == 1_000 + 4 + 2
    assert AWKWARD["identifier"]().size.columns == 4


def test_rows_are_numbered_anew() -> None:
    part = AWKWARD["plain"]().rows([5, 3], "part")
    assert list(part.frame.index) == [0, 1]
    assert part.name == "part"


# --- fingerprint -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", AWKWARD)
def test_the_same_table_has_the_same_fingerprint(name: str) -> None:
    assert AWKWARD[name]().fingerprint == AWKWARD[name]().fingerprint


def test_all_awkward_tables_have_different_fingerprints() -> None:
    assert len({make().fingerprint for make in AWKWARD.values()}) == len(AWKWARD)


def changed_cell(table: Table) -> Table:
    frame = table.frame.copy()
    frame.loc[7, "income"] += 0.01
    return Table(frame, table.schema)


def changed_order(table: Table) -> Table:
    return table.rows(np.arange(len(table))[::-1])


def changed_name(table: Table) -> Table:
    frame = table.frame.rename(columns={"age": "Age"})
    return Table(frame, Schema(tuple(replace(c, name="Age") if c.name == "age" else c for c in table.schema)))


def changed_role(table: Table) -> Table:
    return Table(table.frame, table.schema.updated("age", role=Role.SENSITIVE))


@pytest.mark.parametrize("change", [changed_cell, changed_order, changed_name, changed_role])
def test_any_change_changes_the_fingerprint(change: Callable[[Table], Table]) -> None:
    table = AWKWARD["plain"]()
    assert change(table).fingerprint != table.fingerprint


def test_the_reasons_and_the_name_do_not_change_the_fingerprint() -> None:
    table = AWKWARD["plain"]()
    other = Table(table.frame, table.schema.updated("age", why="because"), "other")
    assert other.fingerprint == table.fingerprint


def test_a_split_has_a_fingerprint_of_both_halves() -> None:
    table = AWKWARD["plain"]()
    one, two = table.rows(range(100)), table.rows(range(100, 240))
    assert Split(one, two).fingerprint != Split(two, one).fingerprint


# --- cast --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", AWKWARD)
def test_casting_a_canonical_frame_changes_nothing(name: str) -> None:
    table = AWKWARD[name]()
    frame, notes = cast(table.frame, table.schema)
    assert notes == []
    pd.testing.assert_frame_equal(frame, table.frame)


@pytest.mark.parametrize("name", AWKWARD)
def test_a_table_written_as_csv_by_us_and_read_by_pandas_comes_back(name: str) -> None:
    table = AWKWARD[name]()
    written = to_source(table.frame, table.schema).to_csv(index=False)
    frame, notes = cast(pd.read_csv(io.StringIO(written)), table.schema)
    assert notes == []
    pd.testing.assert_frame_equal(frame, table.frame)


@pytest.mark.parametrize(
    ("kind", "given", "expected", "dtype", "note"),
    [
        (Kind.NUMBER, ["1.5", "?", None], [1.5, None, None], "float64", ""),
        (Kind.NUMBER, ["1.5", "soon"], [1.5, None], "float64", "1 value could not be read and is blank, such as 'soon'"),
        (Kind.NUMBER, [1.0, np.inf, -np.inf], [1.0, None, None], "float64", "2 values could not be read and are blank, such as 'inf'"),
        (Kind.NUMBER, [True, False], [1.0, 0.0], "float64", ""),
        (Kind.INTEGER, [1.0, 2.0], [1, 2], "int64", ""),
        (Kind.INTEGER, ["3", "4"], [3, 4], "int64", ""),
        (Kind.INTEGER, [1.0, np.nan], [1, None], "Int64", ""),
        (Kind.INTEGER, [1.2, 2.7], [1, 3], "int64", "2 values rounded to whole numbers"),
        (Kind.INTEGER, ["9007199254740993", "1"], [9007199254740993, 1], "int64", ""),
        (Kind.INTEGER, [np.inf, 1e30], [None, None], "Int64", "2 values could not be read and are blank, such as 'inf'"),
        (Kind.BOOLEAN, ["Yes", "no"], [True, False], "bool", ""),
        (Kind.BOOLEAN, [1.0, 0.0, np.nan], [True, False, None], "boolean", ""),
        (Kind.BOOLEAN, ["yes", "perhaps"], [True, None], "boolean", "1 value could not be read and is blank, such as 'perhaps'"),
        (Kind.DATETIME, ["2024-05-01", "x"], [pd.Timestamp("2024-05-01"), None], "datetime64[us]", "1 value could not be read and is blank, such as 'x'"),
        (Kind.DATETIME, ["1453-05-29"], [pd.Timestamp("1453-05-29").as_unit("us")], "datetime64[us]", ""),
        (Kind.TEXT, ["a", np.nan], ["a", None], "object", ""),
        (Kind.IDENTIFIER, ["a1", None], ["a1", None], "object", ""),
    ],
)  # fmt: skip
def test_a_column_is_made_canonical_and_what_was_lost_is_said(
    kind: Kind, given: Any, expected: Any, dtype: str, note: str
) -> None:
    result, said = cast_column(pd.Series(given), column(kind))
    assert [None if pd.isna(value) else value for value in result] == expected
    assert str(result.dtype) == dtype
    assert said == note


def test_words_of_the_source_for_yes_and_no_are_understood() -> None:
    result, said = cast_column(pd.Series(["oui", "non"]), column(Kind.BOOLEAN, format="oui/non"))
    assert result.tolist() == [True, False]
    assert said == ""


def test_a_zone_is_kept_and_naive_times_are_taken_for_its_clock() -> None:
    zoned = column(Kind.DATETIME, dtype="datetime64[us, Europe/Vienna]")
    result, note = cast_column(pd.Series(pd.to_datetime(["2024-07-01 10:00"])), zoned)
    assert result[0] == pd.Timestamp("2024-07-01 10:00", tz="Europe/Vienna")
    assert "carry no zone" in note
    assert str(result.dtype) == "datetime64[us, Europe/Vienna]"


def test_levels_keep_their_order_and_unknown_ones_come_last() -> None:
    levels = column(Kind.ORDINAL, levels=("low", "high"))
    result, said = cast_column(pd.Series(["high", "odd", "low"]), levels)
    assert list(result.cat.categories) == ["low", "high", "odd"]
    assert result.cat.ordered
    assert said == "1 level the real table does not have, such as 'odd'"


def test_levels_meet_what_other_programs_make_of_them() -> None:
    levels = column(Kind.CATEGORY, levels=("1", "2", "a"))
    result, said = cast_column(pd.Series(["1.0", " a", "2", " ?", "NA"], dtype=object), levels)
    assert [None if pd.isna(value) else value for value in result] == ["1", "a", "2", None, None]
    assert said == ""
    assert list(result.cat.categories) == ["1", "2", "a"]


def test_a_blank_word_that_is_a_level_stays_one() -> None:
    assert "NA" in BLANK_TEXTS
    result, _ = cast_column(pd.Series(["NA", "DE"]), column(Kind.CATEGORY, levels=("DE", "NA")))
    assert result.notna().all()


def test_a_missing_modelled_column_is_refused_and_others_come_blank() -> None:
    schema = Schema((Column("a", Kind.NUMBER), Column("note", Kind.TEXT)))
    frame, notes = cast(pd.DataFrame({"extra": [1], "a": [2.0]}), schema)
    assert list(frame.columns) == ["a", "note"]
    assert frame["note"].isna().all()
    assert notes == ["left out, not in the real table: extra"]
    with pytest.raises(TableError, match="lacks 'a'; it has b"):
        cast(pd.DataFrame({"b": [1]}), schema)


def test_levels_of_numbers_are_written_without_a_point() -> None:
    assert [level_text(value) for value in (3.0, np.float32(2.0), 2.5, "3.0", 7)] == ["3", "2", "2.5", "3.0", "7"]


# --- back to the source ------------------------------------------------------------------------------------------


def test_the_source_form_has_the_source_s_dtypes_and_words() -> None:
    columns = (
        Column("when", Kind.DATETIME, format="%d.%m.%Y"),
        Column("day", Kind.DATETIME, format="%Y%m%d", dtype="int64"),
        Column("sure", Kind.BOOLEAN, format="Y/N"),
        Column("flag", Kind.BOOLEAN, dtype="int64"),
        Column("zip", Kind.CATEGORY, levels=("1010", "8010"), dtype="int64"),
        Column("count", Kind.INTEGER, dtype="float64"),
    )
    moment = pd.Series(np.array(["1650-03-01"], dtype="datetime64[us]"))
    frame = pd.DataFrame(
        {
            "when": moment,
            "day": moment,
            "sure": [True],
            "flag": [True],
            "zip": pd.Categorical(["8010"], categories=["1010", "8010"]),
            "count": [3],
        }
    )
    source = to_source(frame, Schema(columns))
    assert source.iloc[0].tolist() == ["01.03.1650", 16500301, "Y", 1, 8010, 3.0]
    assert source["count"].dtype == "float64"
