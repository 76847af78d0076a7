"""What no row can meet is refused at once, with the real range or with what excludes what; what some row meets never is."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from synth_ui.core.errors import DoesNotApply
from synth_ui.core.rules.condition import read_where, written_where
from synth_ui.core.rules.constraint import (
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
)
from synth_ui.core.rules.possible import refuse_impossible
from synth_ui.core.table import Column, Kind, Schema, Table
from tests.awkward import AWKWARD, table_of
from tests.examples import examples


def trips(rows: int = 300) -> Table:
    """Make whole numbers, decimals, a number without a grid, days, moments with a zone, levels, yes-or-no, blanks."""
    rng = np.random.default_rng(2)
    start = pd.Timestamp("2021-01-01") + pd.to_timedelta(rng.integers(0, 500, rows), unit="D")
    sent = pd.Timestamp("2024-03-01", tz="Europe/Vienna") + pd.to_timedelta(rng.integers(0, 5_000_000, rows), unit="s")
    frame = pd.DataFrame(
        {
            "age": rng.integers(18, 90, rows),
            "price": np.round(rng.gamma(2, 30, rows), 2),
            "size": rng.normal(0, 1, rows) * 1e5,
            "qty": rng.integers(1, 9, rows),
            "start": start,
            "end": start + pd.to_timedelta(rng.integers(0, 40, rows), unit="D"),
            "sent": sent,
            "city": rng.choice(np.array(["Bern", "Graz", "Lyon"], dtype=object), rows),
            "member": rng.choice(np.array(["yes", "no"], dtype=object), rows),
            "class": rng.choice(np.array(["u", "v"], dtype=object), rows),
            "score": np.where(rng.random(rows) < 0.3, np.nan, rng.integers(0, 50, rows)),
        }
    )
    return table_of(frame, "member", "trips")


TRIPS = trips()
SCHEMA = TRIPS.schema


def ask(rules: list[str | Constraint], where: list[str], *, schema_alone: bool = False) -> None:
    constraints = [Expression(rule) if isinstance(rule, str) else rule for rule in rules]
    conditions = read_where(written_where(where), SCHEMA)
    refuse_impossible(constraints, conditions, SCHEMA, None if schema_alone else TRIPS.frame)


IMPOSSIBLE: list[tuple[list[str | Constraint], list[str], str]] = [
    (["age > 200"], [], "age is a whole number between 18 and 89"),
    (["age == 25.5"], [], "a whole number between"),
    (["age > 200 and qty > 0"], [], "between 18 and 89"),
    (["10 <= age <= 15"], [], "between 18 and 89"),
    (["not (age < 200)"], [], "between 18 and 89"),
    (["age in (200, 300)"], [], "between 18 and 89"),
    (["age * 2 > 500 or age < 0"], [], "between 18 and 89"),
    (["size > 1e7"], [], "size lies between"),
    (["size == 1e7"], [], "size lies between"),
    (["price * qty > 1e6"], [], "price lies between .*, qty is a whole number between 1 and 8"),
    (["size - age > 1e8"], [], "size lies between"),
    (["size / qty > 1e8"], [], "size lies between"),
    (["-size > 1e8 or age + qty > 5000"], [], "between"),
    (["start >= '2031-01-01'"], [], "start lies between 2021-01-0. and 2022-05-1"),
    (["sent >= '2031-01-01'"], [], "sent lies between 2024-03-0"),
    (["end - start > 4000"], [], "end lies between"),
    (["start > '2031-01-01' or size > 1e9"], [], "between"),
    (["city == 'Atlantis'"], [], "city is 'Bern' or 'Graz' or 'Lyon'"),
    (["city == 'Bern' and city == 'Graz'"], [], "city is 'Bern'"),
    ([Range("age", 200, None)], [], "between 18 and 89"),
    ([Range("start", "2031-01-01", "2031-02-01")], [], "between 2021"),
    ([FixedIncrements("age", 1000.0)], [], "between 18 and 89"),
    ([Inequality("start", "end"), "start >= '2022-05-01'"], ["end=..2021-03-01"], "all of this together"),
    (["score > 90"], [], "score is a whole number between 0 and 49"),
    ([], ["start=2031-01-01"], "between 2021-01-0"),
    ([], ["start=2031-01-01.."], "between 2021-01-0"),
    ([], ["start=..1999-01-01"], "between 2021-01-0"),
    ([], ["sent=2031-01-01.."], "between 2024-03-0"),
    ([], ["age=25.2..25.8"], "whole number"),
    (["age > 50", "age < 30"], [], 'both "age > 50" and "age < 30"'),
    (["age > 50"], ["age=20..25"], 'both "age > 50" and "age is between 20 and 25"'),
    (["age % 2 == 0", "age % 2 == 1"], [], "can meet both"),
    (["size > 1000", "size < -1000"], [], "can meet both"),
    (["size > price * qty", "size < price * qty"], [], "can meet both"),
    (["size >= price", "price > size"], [], "can meet both"),
    (["start > end", Inequality("start", "end")], [], "can meet both"),
    (["start >= '2021-06-01'", "start < '2021-05-01'"], [], "can meet both"),
    (["sent >= '2024-04-12'"], ["sent=..2024-04-10"], "can meet both"),
    (["city != 'Bern'"], ["city=Bern"], "can meet both"),
    (["member == True"], ["member=no"], "can meet both"),
    (["`class` == 'u'"], ["class=v"], "can meet both"),
    ([Range("age", 60, None), Range("age", None, 40)], [], "can meet both"),
    ([FixedIncrements("age", 10.0)], ["age=22"], "can meet both"),
    (["age > 80", "qty > 7", "age + qty < 50"], [], "can meet both"),
    (["city == 'Bern' or qty < 3", "qty > 5"], ["city=Graz"], "all of this together"),
    (["score >= 10", "score < 10"], [], "can meet both"),
]  # fmt: skip


@pytest.mark.parametrize(("rules", "where", "match"), IMPOSSIBLE)
def test_what_no_row_can_meet_is_refused_at_once(rules: list[str | Constraint], where: list[str], match: str) -> None:
    began = time.process_time()
    with pytest.raises(DoesNotApply, match=match):
        ask(rules, where)
    assert time.process_time() - began < 2


POSSIBLE: list[tuple[list[str | Constraint], list[str]]] = [
    (["age > 88"], []),
    (["age >= 89", "age <= 89"], []),
    (["age > 50"], ["age=51"]),
    (["price == 12.34"], []),
    (["size > 0 and size < 1e-6"], []),
    (["start > end"], []),
    (["start >= end", "end >= start"], []),
    (["price / (qty - qty) > 3"], []),
    (["price % 7 > 6.9", "qty ** 2 > 63"], []),
    (["city == 'Bern'", "city != 'Graz'"], []),
    (["score > 48"], []),
    (["score > 40", "age > 20"], ["score="]),
    ([NeverTogether(("city", "member"), ("Bern", "True"))], ["city=Bern"]),
    ([FixedCombinations(("city", "class"))], ["city=Bern"]),
    (["sent >= '2024-04-10'"], ["sent=..2024-04-12"]),
    ([], ["age=20..30", "age=25..40"]),
    ([], ["age=20", "age=30"]),
]  # fmt: skip


@pytest.mark.parametrize(("rules", "where"), POSSIBLE)
def test_what_some_row_could_meet_is_not_refused(rules: list[str | Constraint], where: list[str]) -> None:
    ask(rules, where)


def test_the_schema_alone_knows_numbers_and_levels_and_not_the_range_of_dates() -> None:
    for rules in (
        ["age > 200"],
        ["city == 'Atlantis'"],
        ["age > 50", "age < 30"],
        ["start > '2021-06-01'", "start < '2021-05-01'"],
    ):
        with pytest.raises(DoesNotApply):
            ask([*rules], [], schema_alone=True)
    ask(["start >= '2031-01-01'", FixedCombinations(("city", "class"))], [], schema_alone=True)


def test_combinations_leave_what_real_rows_have() -> None:
    frame = pd.DataFrame({"city": ["Bern", "Graz", "Lyon"] * 40, "land": ["CH", "AT", "FR"] * 40, "n": np.arange(120) % 7})
    table = table_of(frame)
    rule = FixedCombinations(("city", "land"))
    for where in ({"city": "Bern"}, {"land": "AT", "n": 3}):
        refuse_impossible([rule], read_where(where, table.schema), table.schema, table.frame)
    with pytest.raises(DoesNotApply, match="all of this together"):
        refuse_impossible([rule], read_where({"city": "Bern", "land": "AT"}, table.schema), table.schema, table.frame)


def test_one_of_several_is_yes() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({name: rng.integers(0, 2, 80).astype(bool) for name in ("a", "b", "c")})
    table = table_of(frame)
    conditions = read_where({"a": True, "b": True}, table.schema)
    with pytest.raises(DoesNotApply, match="all of this together"):
        refuse_impossible([OneHot(("a", "b", "c"))], conditions, table.schema, table.frame)
    refuse_impossible([OneHot(("a", "b", "c"))], read_where({"a": True}, table.schema), table.schema, table.frame)


@pytest.mark.parametrize("name", AWKWARD)
def test_every_awkward_table_is_looked_at(name: str) -> None:
    """Each real row meets what it is itself: asking for its values is never refused."""
    table = AWKWARD[name]()
    learned = table.schema.modelled[:6]
    for row in range(0, len(table), max(len(table) // 4, 1)):
        values = {column.name: table.frame[column.name].iloc[row] for column in learned}
        where = {name: None if pd.isna(value) else str(value).removesuffix(" 00:00:00") for name, value in values.items()}
        refuse_impossible([], read_where(where, table.schema), table.schema, table.frame)


COLUMNS = ["age", "price", "size", "qty", "score"]
NUMBERS = st.one_of(st.integers(-100, 300).map(str), st.floats(-1e6, 1e6, allow_nan=False).map(lambda x: f"{x:.3g}"))
TERMS = st.recursive(
    st.one_of(st.sampled_from(COLUMNS), NUMBERS),
    lambda inner: st.builds("({} {} {})".format, inner, st.sampled_from(["+", "-", "*", "/", "//", "%"]), inner),
    max_leaves=4,
)
COMPARED = st.one_of(
    st.builds("({} {} {})".format, TERMS, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), TERMS),
    st.builds("(city {} '{}')".format, st.sampled_from(["==", "!="]), st.sampled_from(["Bern", "Graz", "Lyon", "Atlantis"])),
    st.builds(
        "(start {} '{}')".format, st.sampled_from(["<", ">=", "=="]), st.sampled_from(["2021-03-01", "2022-01-01", "2030-01-01"])
    ),
)
FORMULAS = st.recursive(
    COMPARED,
    lambda inner: st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from(["and", "or"]), inner), inner.map("(not {})".format)
    ),
    max_leaves=4,
).filter(lambda text: any(name in text for name in (*COLUMNS, "city", "start")) and len(text) < 400)


def anything(rows: int) -> pd.DataFrame:
    """Draw rows of anything the real columns could hold, their ends and a blank-free share included."""
    rng, real = np.random.default_rng(9), TRIPS.frame
    columns = {}
    for column in SCHEMA.modelled:
        there = real[column.name].dropna()
        columns[column.name] = there.iloc[rng.integers(0, len(there), rows)].reset_index(drop=True)
        if column.kind.numeric:
            ordered = there.sort_values().reset_index(drop=True)
            at = rng.integers(0, 2, rows) * (len(ordered) - 1)
            columns[column.name] = columns[column.name].where(rng.random(rows) < 0.7, ordered.iloc[at].reset_index(drop=True))
    return pd.DataFrame(columns)


ANYTHING = anything(4_000)


@given(st.lists(FORMULAS, min_size=1, max_size=3))
@settings(deadline=None, max_examples=examples(80))
def test_no_formula_that_a_row_keeps_is_refused(formulas: list[str]) -> None:
    rules = bind_all([Expression(text) for text in formulas], SCHEMA, TRIPS.frame)
    kept = all_hold(rules, ANYTHING)
    if kept.any():
        note(f"kept by {ANYTHING[kept].iloc[0].to_dict()}")
        refuse_impossible(rules, (), SCHEMA, TRIPS.frame)


def test_a_table_of_many_columns_is_looked_at_no_further_than_asked() -> None:
    wide = Schema((*SCHEMA.columns, *(AWKWARD["wide"]().schema.columns[4:])))
    refuse_impossible([Expression("age > 20")], (), wide, TRIPS.frame)


def test_the_range_of_times_of_day_is_said_as_times_of_day() -> None:
    moments = pd.Series(pd.to_datetime(["1900-01-01 00:00", "1900-01-01 23:53"])).astype("datetime64[us]")
    schema = Schema((Column("clock", Kind.DATETIME, format="%H:%M", dtype="object"),))
    with pytest.raises(DoesNotApply, match="clock lies between 00:00:00 and 23:53:00;"):
        refuse_impossible((Expression("clock > '23:59'"),), (), schema, pd.DataFrame({"clock": moments}))
