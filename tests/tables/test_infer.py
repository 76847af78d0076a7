"""What a column is taken for, and what is said about it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from synth_ui.core.cast import cast
from synth_ui.core.errors import TableError
from synth_ui.core.table import Column, Kind, Role
from synth_ui.tables.inference.infer import infer_schema

N = 60


def found(values: Any, name: str = "x", **options: Any) -> tuple[Column, pd.Series[Any], str, str]:
    """Infer one column beside a harmless one; return it with what was assumed and warned of it."""
    series = (
        values
        if isinstance(values, pd.Series)
        else pd.Series(values, dtype=object if any(isinstance(v, str) for v in values) else None)
    )
    frame = pd.DataFrame({name: series, "other": np.arange(len(series)) % 7})
    table, assumed, warnings = infer_schema(frame, **options)
    said = "; ".join(text for text in assumed if text.startswith(name))
    return table.schema[name], table.frame[name], said, "; ".join(w.text for w in warnings if w.column == name)


def many(*texts: str, n: int = N) -> list[str]:
    """Repeat some texts up to `n`."""
    return [texts[i % len(texts)] for i in range(n)]


# --- numbers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("texts", "kind", "first", "dtype"),
    [
        (many("1", "2", "3"), Kind.INTEGER, 1, "int64"),
        (many("1.0", "2.0", "3.0"), Kind.INTEGER, 1, "float64"),
        (many("1.5", "2"), Kind.NUMBER, 1.5, "float64"),
        (many("-1", "+2", "3"), Kind.INTEGER, -1, "int64"),
        (many("1e3", "2e3", "5"), Kind.INTEGER, 1000, "float64"),
        (many("$1,234.50", "$7"), Kind.NUMBER, 1234.5, "float64"),
        (many("12%", "13.5%"), Kind.NUMBER, 12.0, "float64"),
        (many("(12)", "13", "14"), Kind.INTEGER, -12, "int64"),
        (many("12-", "13", "14"), Kind.INTEGER, -12, "int64"),
        (many("1,234", "2,345,678", "12"), Kind.INTEGER, 1234, "int64"),
        (many("1'234", "2'345", "12"), Kind.INTEGER, 1234, "int64"),
        (many("1 234,5", "2 345,25"), Kind.NUMBER, 1234.5, "float64"),
        (many("0,5", "1,25", "3"), Kind.NUMBER, 0.5, "float64"),
        (many("1.234,5", "2.345,25"), Kind.NUMBER, 1234.5, "float64"),
    ],
)
def test_numbers_in_all_ways_of_writing(texts: list[str], kind: Kind, first: float, dtype: str) -> None:
    column, series, _, _ = found(texts)
    assert column.kind is kind
    assert series[0] == first
    assert column.dtype == dtype


def test_a_decimal_comma_is_said() -> None:
    _, _, said, _ = found(many("0,5", "1,25"))
    assert said == "x: a comma is the decimal mark"


def test_the_file_decides_where_a_column_can_be_read_both_ways() -> None:
    ambiguous = many("1,234", "2,345", "9,876")
    frame = pd.DataFrame({"a": ambiguous, "b": many("0,5", "0,75")})
    table, _, _ = infer_schema(frame)
    assert table.frame["a"][0] == 1.234
    table, _, _ = infer_schema(frame.assign(b=many("0.5", "0.75")))
    assert table.frame["a"][0] == 1234
    table, _, _ = infer_schema(frame[["a"]].assign(c=many("u", "v")), comma_likely=True)
    assert table.frame["a"][0] == 1.234


def test_points_between_thousands_in_a_file_with_decimal_commas() -> None:
    table, assumed, _ = infer_schema(pd.DataFrame({"a": many("1.234", "2.345", "3.456"), "b": many("0,5", "0,75")}))
    assert table.frame["a"][0] == 1234
    assert "a: points stand between thousands" in assumed


def test_blank_words_in_a_column_of_numbers() -> None:
    texts = [*many("10.5", "11.5", n=58), " ", "-"]
    column, series, said, _ = found(texts)
    assert column.kind is Kind.NUMBER
    assert series.isna().sum() == 2
    assert column.nullable
    assert said == "x: '-' (1) taken as blank"


def test_a_rare_word_among_numbers_is_blanked_with_a_warning() -> None:
    column, series, _, warned = found([*many("10", "11", "12", n=98), "90+", "90+"])
    assert column.kind is Kind.INTEGER
    assert series.isna().sum() == 2
    assert warned == "2 cells are no integer and became blank: '90+', the first in row 99"


def test_codes_among_numbers_keep_the_column_a_category() -> None:
    column, _, _, _ = found([*many("250", "401", "786", n=96), "V57", "V58", "E909", "E910"], "diagnosis")
    assert column.kind is Kind.CATEGORY


def test_leading_zeros_are_kept() -> None:
    column, series, _, _ = found(many("01234", "02345", "10001"), "plz")
    assert column.kind is Kind.CATEGORY
    assert series[0] == "01234"


@pytest.mark.parametrize("values", [many("98101", "98102", "98103"), pd.Series([98101, 98102, 98103] * 20)])
def test_zip_codes_are_no_quantities(values: Any) -> None:
    column, _series, _, _ = found(values, "zipcode")
    assert column.kind is Kind.CATEGORY
    assert column.levels == ("98101", "98102", "98103")
    assert column.dtype == "int64"
    assert "by the name" in column.why


@pytest.mark.parametrize("as_text", [True, False])
def test_big_integers_keep_all_their_digits(as_text: bool) -> None:
    numbers = [2**60 + i * 12345 for i in range(N)]
    column, series, _, _ = found([str(n) for n in numbers] if as_text else pd.Series(numbers), "account")
    assert column.kind is Kind.IDENTIFIER
    assert series.tolist() == numbers
    assert str(series.dtype) == "int64"


def test_integers_beyond_64_bits_are_text_keys() -> None:
    column, series, _, _ = found([str(10**25 + i) for i in range(N)])
    assert column.kind is Kind.IDENTIFIER
    assert series[0] == str(10**25)


@pytest.mark.parametrize(
    "values", [[*many("1.5", "2.5", n=58), "inf", "-Infinity"], pd.Series([1.5, 2.5] * 29 + [np.inf, -np.inf])]
)
def test_infinities_become_blank_with_a_warning(values: Any) -> None:
    column, series, _, warned = found(values)
    assert column.kind is Kind.NUMBER
    assert series.isna().sum() == 2
    assert (column.low, column.high) == (1.5, 2.5)
    assert warned == "2 infinite values became blank"


@pytest.mark.parametrize(
    ("values", "decimals"),
    [([0.5, 1.25] * 30, 2), ([0.1, 0.2] * 30, 1), ([1 / 3, 2 / 3] * 30, None), ([47.721000000000004, 1.5] * 30, 3)],
)
def test_decimals_are_counted(values: list[float], decimals: int | None) -> None:
    assert found(pd.Series(values))[0].decimals == decimals


def test_many_zeros_are_warned_of() -> None:
    assert found(pd.Series([0.0] * 55 + [1.5, 2.5, 3.5, 4.5, 5.5]))[3] == "92% of the values are zero"
    assert found(pd.Series([0.0] * 30 + [1.5, 2.5, 3.5] * 10))[3] == ""


@pytest.mark.parametrize(
    ("values", "kind", "first"),
    [
        (pd.Series([Decimal("1.5"), None, Decimal("2")] * 20), Kind.NUMBER, 1.5),
        (pd.Series([1, 2, None, 4] * 15, dtype="Int32"), Kind.INTEGER, 1),
        (pd.Series([1.0, np.nan, 3.0, 4.0] * 15), Kind.INTEGER, 1),
        (pd.Series([1, 2.5, None] * 20, dtype=object), Kind.NUMBER, 1.0),
        (pd.Series([dt.timedelta(minutes=2), dt.timedelta(seconds=90.5)] * 30), Kind.NUMBER, 120.0),
        (pd.Series(np.array([1, 2, 3] * 20, dtype="uint8")), Kind.INTEGER, 1),
        (pd.Series(np.array([1.5, 2.5] * 30, dtype="float32")), Kind.NUMBER, 1.5),
    ],
)
def test_typed_numbers(values: pd.Series[Any], kind: Kind, first: float) -> None:
    column, series, _, _ = found(values)
    assert column.kind is kind
    assert series[0] == first
    assert bool(series.isna().any()) == column.nullable


def test_complex_numbers_are_refused_with_a_remedy() -> None:
    with pytest.raises(TableError, match="'x' holds complex numbers; write real and imaginary part"):
        found(pd.Series([1 + 2j] * 3))


# --- yes and no --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (many("Yes", "No"), "Yes/No"),
        (many("TRUE", "FALSE"), "TRUE/FALSE"),
        (many("t", "f"), "t/f"),
        (many("ja", "nein"), "ja/nein"),
        (pd.Series([True, False] * 30), None),
        (pd.Series([True, None] * 15 + [False] * 30, dtype=object), None),
        (pd.Series([1, 0] * 30), None),
    ],
)
def test_yes_and_no(values: Any, words: str | None) -> None:
    column, series, _, _ = found(values)
    assert column.kind is Kind.BOOLEAN
    assert column.format == words
    assert series[0]


def test_two_words_of_which_one_is_yes_are_a_category() -> None:
    assert found(many("yes", "none"), "telephone")[0].kind is Kind.CATEGORY
    assert found(many("M", "F"))[0].kind is Kind.CATEGORY


def test_two_whole_numbers_other_than_0_and_1_are_codes() -> None:
    column = found(pd.Series([1, 2] * 30))[0]
    assert (column.kind, column.levels, column.dtype) == (Kind.CATEGORY, ("1", "2"), "int64")


# --- dates -------------------------------------------------------------------------------------------------------


def days(form: str, n: int = N) -> list[str]:
    return [f"{day:{form}}" for day in pd.date_range("2020-01-05", periods=n, freq="9D")]


@pytest.mark.parametrize(
    "form",
    [
        "%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%y", "%m/%d/%y", "%Y/%m/%d", "%d %b %Y", "%d-%b-%y", "%B %d, %Y",
        "%d %B %Y", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%m/%d/%Y %I:%M %p", "%d.%m.%Y %H:%M:%S.%f",
    ],
)  # fmt: skip
def test_dates_in_all_ways_of_writing(form: str) -> None:
    column, series, _, _ = found(days(form))
    assert column.kind is Kind.DATETIME
    assert column.format == form
    assert series[1] == pd.Timestamp("2020-01-14")
    assert column.why == "dates from 2020-01-05 to 2021-06-19"


def test_day_or_month_first_is_decided_on_evidence_and_said() -> None:
    assert "day first (14/01/2020 can be nothing else)" in found(days("%d/%m/%Y"))[2]
    assert "month first (01/14/2020 can be nothing else)" in found(days("%m/%d/%Y"))[2]


def test_without_evidence_the_other_columns_decide_and_the_doubt_is_a_warning() -> None:
    doubtful = many("01/02/2020", "03/04/2020", "05/06/2021")
    _column, series, _, warned = found(doubtful)
    assert series[0] == pd.Timestamp("2020-01-02")
    assert warned == "01/02/2020 is read with the month first, nothing in the column shows which"
    table, _, warnings = infer_schema(pd.DataFrame({"x": doubtful, "y": days("%d/%m/%Y")}))
    assert table.frame["x"][0] == pd.Timestamp("2020-02-01")
    assert [str(w) for w in warnings] == ["x: 01/02/2020 is read with the day first, as in the other columns"]
    assert found(doubtful, comma_likely=True)[1][0] == pd.Timestamp("2020-02-01")


def test_dates_before_1700_and_after_2262() -> None:
    _, series, _, _ = found(many("1453-05-29", "1683-09-12", "2999-01-01"))
    assert series[0] == pd.Timestamp("1453-05-29")
    assert str(series.dtype) == "datetime64[us]"


def test_zones_are_turned_to_utc_and_said() -> None:
    column, series, said, warned = found(
        many("2020-01-01T10:00:00+02:00", "2020-07-01T10:00:00Z", "2020-03-01 08:00:00 -0330", "2020-01-01T00:00:00")
    )
    assert series[0] == pd.Timestamp("2020-01-01 08:00", tz="UTC")
    assert series[2] == pd.Timestamp("2020-03-01 11:30", tz="UTC")
    assert column.dtype == "datetime64[us, UTC]"
    assert "times with a zone are turned to UTC" in said
    assert warned == "some times have no zone; they are taken for UTC"


def test_typed_dates_keep_their_zone() -> None:
    moments = pd.Series(pd.date_range("2024-03-30", periods=N, freq="h", tz="Europe/Vienna"))
    column, series, _, _ = found(moments)
    assert column.dtype == "datetime64[us, Europe/Vienna]"
    assert series[0] == moments[0]
    assert found(pd.Series([dt.date(2020, 1, i % 28 + 1) for i in range(N)]))[0].kind is Kind.DATETIME


def test_compact_dates_need_a_name_that_says_so() -> None:
    assert found(days("%Y%m%d"), "order_date")[0].format == "%Y%m%d"
    assert found(pd.Series([20200131, 20210228] * 30), "date")[0].kind is Kind.DATETIME
    assert found(pd.Series([20200131, 20210228, 20210301] * 20), "price")[0].kind is Kind.INTEGER


def test_times_of_day() -> None:
    column, _, _, _ = found(many("08:30", "17:45", "23:59"))
    assert (column.kind, column.format) == (Kind.DATETIME, "%H:%M")
    assert column.why == "times of day from 08:30 to 23:59"


def test_dates_mixed_with_much_else_stay_words_with_a_warning() -> None:
    column, _, _, warned = found(days("%Y-%m-%d", 40) + many("42178", "soon", n=20))
    assert not column.kind.numeric
    assert "about 67% of the values look like dates, the rest do not: '42178' in row 41, 'soon' in row 42" in warned


def test_a_few_words_among_dates_are_blanked_with_a_warning() -> None:
    column, series, _, warned = found([*days("%Y-%m-%d", 58), "soon", "unknown"])
    assert column.kind is Kind.DATETIME
    assert series.isna().sum() == 2
    assert warned == "2 cells are no datetime and became blank: 'soon', 'unknown', the first in row 59"


def test_impossible_dates_are_no_dates() -> None:
    assert found(many("31/02/2020", "45/13/2020", "99/99/2020"))[0].kind is not Kind.DATETIME


# --- words -------------------------------------------------------------------------------------------------------


def test_categories_have_sorted_levels() -> None:
    column, series, _, _ = found(many("b", " a", "c "))
    assert (column.kind, column.levels) == (Kind.CATEGORY, ("a", "b", "c"))
    assert series[1] == "a"
    assert column.why == "3 different values"


def test_question_marks_and_the_like_are_blanks_and_said() -> None:
    column, series, said, _ = found(many("a", "b", "?", "NA", ""))
    assert column.levels == ("a", "b")
    assert series.isna().sum() == 36
    assert said == "x: '?' (12), 'NA' (12) taken as blank"


def test_namibia_is_no_blank() -> None:
    codes = ["AT", "DE", "FR", "IT", "ES", "PT", "NL", "BE", "CH", "PL", "NA"]
    column, series, _, _ = found(many(*codes))
    assert "NA" in column.levels
    assert not series.isna().any()


def test_none_is_a_level_of_words_and_a_blank_among_numbers() -> None:
    assert "none" in found(many("none", "guarantor", "applicant"))[0].levels
    assert found(many("1.5", "2.5", "none"))[1].isna().sum() == 20


@pytest.mark.parametrize(
    ("texts", "levels"),
    [
        (many("medium", "high", "low"), ("low", "medium", "high")),
        (many("Oct", "Jan", "Feb"), ("Jan", "Feb", "Oct")),
        (many("[10-20)", "[0-10)", "[100-110)"), ("[0-10)", "[10-20)", "[100-110)")),
        (many("> 7 yrs", "< 1 yrs", "1 - 4 yrs", "4 - 7 yrs"), ("< 1 yrs", "1 - 4 yrs", "4 - 7 yrs", "> 7 yrs")),
        (many("7 Average", "11 Excellent", "8 Good"), ("7 Average", "8 Good", "11 Excellent")),
    ],
)
def test_levels_with_an_order_of_their_own(texts: list[str], levels: tuple[str, ...]) -> None:
    column, series, _, _ = found(texts)
    assert (column.kind, column.levels) == (Kind.ORDINAL, levels)
    assert series.cat.ordered


def test_a_declared_category_is_kept_with_its_order() -> None:
    declared = pd.Series(pd.Categorical(many("lo", "hi"), categories=["lo", "hi", "unused"], ordered=True))
    column, _, _, _ = found(declared)
    assert (column.kind, column.levels) == (Kind.ORDINAL, ("lo", "hi"))
    assert column.why.startswith("declared as a category")


def test_text_that_hardly_repeats_is_made_anew_and_warned_of() -> None:
    column, _, _, warned = found([f"the patient said thing number {i} about it" for i in range(N)])
    assert column.kind is Kind.TEXT
    assert "would leak real text, so it is made anew" in warned


def test_a_thousand_levels_are_a_category_and_more_are_not() -> None:
    assert found(many(*(f"item {i}" for i in range(1_000)), n=2_000))[0].kind is Kind.CATEGORY
    assert found(many(*(f"item {i}" for i in range(1_001)), n=2_100))[0].kind is Kind.TEXT


def test_few_rows_are_no_evidence_of_uniqueness() -> None:
    assert found(["red", "green", "blue"])[0].kind is Kind.CATEGORY


# --- identifiers -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "name"),
    [
        (pd.Series(range(1, N + 1)), "anything"),
        (pd.Series(np.arange(N) * 17 % 101 + 5), "customer_id"),
        ([f"A-{i:03d}" for i in range(N)], "anything"),
        ([f"7590-VH{chr(65 + i % 26)}{i}" for i in range(N)], "customerID"),
        ([f"123e4567-e89b-12d3-a456-4266141740{i:02d}" for i in range(N)], "anything"),
    ],
)
def test_identifiers(values: Any, name: str) -> None:
    column, _, _, _ = found(values, name)
    assert (column.kind, column.role) == (Kind.IDENTIFIER, Role.FEATURE)
    assert column.why == "all 60 values are different"


def test_years_that_count_up_are_no_identifier() -> None:
    assert found(pd.Series(range(1960, 1960 + N)), "year")[0].kind is Kind.INTEGER
    assert found(pd.Series(range(1, N + 1)), "week")[0].kind is Kind.INTEGER


def test_a_key_that_repeats_is_the_group_key_and_said() -> None:
    column, _, said, _ = found(pd.Series(np.repeat(np.arange(100) * 7 + 3, 2)), "patient_nbr")
    assert (column.kind, column.role) == (Kind.IDENTIFIER, Role.GROUP_KEY)
    assert "rows of one key stay on one side of the split" in said


def test_there_is_one_group_key_the_one_that_repeats_most() -> None:
    frame = pd.DataFrame({"visit_id": np.repeat(np.arange(200) * 3, 2), "patient_id": np.repeat(np.arange(100) * 7, 4)})
    table, _, _ = infer_schema(frame)
    assert [c.name for c in table.schema.with_role(Role.GROUP_KEY)] == ["patient_id"]
    assert table.schema["visit_id"].kind is Kind.IDENTIFIER


def test_few_codes_called_id_are_a_category() -> None:
    column = found(pd.Series([1, 2, 3, 5] * 15), "admission_type_id")[0]
    assert (column.kind, column.levels) == (Kind.CATEGORY, ("1", "2", "3", "5"))


# --- for every column --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [3.5, 7, "one", True, pd.Timestamp("2020-01-01")])
def test_one_value_only_is_left_out(value: Any) -> None:
    column = found(pd.Series([value] * N))[0]
    assert column.role is Role.IGNORED
    assert column.why.startswith("only one value: ")


def test_one_value_and_blanks_say_something() -> None:
    assert found(pd.Series(["seen", None] * 30))[0].role is Role.FEATURE


@pytest.mark.parametrize("values", [[None] * N, [np.nan] * N, ["", " ", "?"] * 20, pd.Series([pd.NaT] * N)])
def test_a_blank_column_is_left_out(values: Any) -> None:
    column, series, _, _ = found(pd.Series(values))
    assert (column.role, column.why) == (Role.IGNORED, "every cell is blank")
    assert series.isna().all()


def test_protected_attributes_are_marked() -> None:
    column = found(many("m", "f"), "Sex")[0]
    assert column.role is Role.SENSITIVE
    assert "protected attribute" in column.why
    assert found(many("m", "f"), "sextant")[0].role is Role.FEATURE


def test_many_blanks_are_warned_of() -> None:
    assert found(pd.Series([1.5, 2.5] + [np.nan] * 58))[3] == "97% blank"


def test_what_goes_for_many_columns_is_said_once() -> None:
    _, assumed, _ = infer_schema(pd.DataFrame({f"c{i}": many("a", "b", "?") for i in range(6)}))
    assert assumed == ("c0, c1, c2 and 3 more columns: '?' (20) taken as blank",)


def test_names_are_made_texts_that_differ() -> None:
    frame = pd.DataFrame([[1, 2, 3, 4]] * 3, columns=["a", "a", 7, None])
    table, assumed, _ = infer_schema(frame)
    assert table.schema.names == ["a", "a_2", "7", "column_4"]
    assert assumed == ("columns without a name are called column_4", "names that stand twice are numbered: a_2")


def test_a_name_like_a_number_of_another_is_not_taken_twice() -> None:
    table, _, _ = infer_schema(pd.DataFrame([[1, 2, 3]] * 3, columns=["a_2", "a", "a"]))
    assert len(set(table.schema.names)) == 3


def test_no_columns_and_no_rows_are_refused() -> None:
    with pytest.raises(TableError, match="no columns"):
        infer_schema(pd.DataFrame(index=[0, 1]))
    with pytest.raises(TableError, match="1 columns and no rows"):
        infer_schema(pd.DataFrame({"a": []}))


def test_few_rows_are_warned_of() -> None:
    _, _, warnings = infer_schema(pd.DataFrame({"a": [1.5, 2.5]}))
    assert str(warnings[0]) == "only 2 rows: no score will bear a verdict"


def test_the_frame_given_is_not_changed() -> None:
    frame = pd.DataFrame({"a": many("1", "?"), "b": many("x", " y")})
    before = frame.copy()
    infer_schema(frame)
    pd.testing.assert_frame_equal(frame, before)


@pytest.mark.parametrize("seed", range(15))
def test_any_mixture_of_cells_gives_a_canonical_table(seed: int) -> None:
    rng = np.random.default_rng(seed)
    cells = np.array(["", "1", "1,5", "2.5", "x", "2020-01-02", "03/04/05", "?", "yes", "NO", "007", "1e400", "-", "a@b.co", "\u00a0", "9" * 30, "+", "%", "()", ":"], dtype=object)  # fmt: skip
    frame = pd.DataFrame({f"c{i}": rng.choice(rng.choice(cells, rng.integers(1, 6)), 40) for i in range(12)})
    table, _, _ = infer_schema(frame)
    again, notes = cast(table.frame, table.schema)
    assert notes == []
    pd.testing.assert_frame_equal(again, table.frame)


def test_a_column_s_own_proof_outweighs_the_other_columns() -> None:
    frame = pd.DataFrame({"a": days("%m/%d/%Y"), "b": days("%m/%d/%Y"), "c": days("%d/%m/%Y")})
    table, _, _ = infer_schema(frame)
    assert table.schema["c"].format == "%d/%m/%Y"
    assert table.frame["c"].equals(table.frame["a"])
