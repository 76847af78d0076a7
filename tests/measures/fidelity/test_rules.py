"""Rules planted in tables are found, breaches are counted row by row, and what is no rule is left alone."""

from __future__ import annotations

import json
from functools import cache

import numpy as np
import pandas as pd
import pytest

from synth_ui.core.cast import cast
from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply
from synth_ui.core.rules.constraint import bind_all, from_json
from synth_ui.core.table import Column, Kind, Role, Schema, Split, Table
from synth_ui.measures._rules import Never, Sum, rulebook, written
from synth_ui.measures.case import Shared
from synth_ui.measures.fidelity.rules import Rules
from tests.measures.made import adult, case_of, independent, measured, split_of

KINDS = {
    "country": Kind.CATEGORY, "currency": Kind.CATEGORY, "sold": Kind.DATETIME, "paid": Kind.DATETIME, "net": Kind.NUMBER,
    "tax": Kind.NUMBER, "gross": Kind.NUMBER, "adult": Kind.CATEGORY, "discount": Kind.CATEGORY,
}  # fmt: skip


def orders(rows: int, seed: int) -> pd.DataFrame:
    """Orders that keep one rule of each kind: country decides currency, sold ≤ paid, net + tax = gross, no child with a discount."""
    rng = np.random.default_rng(seed)
    country = rng.choice(["Austria", "Italy", "Japan", "Chile"], rows)
    sold = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 60, rows), unit="D")
    net, tax = np.round(rng.gamma(2, 40, rows), 2), np.round(rng.gamma(2, 8, rows), 2)
    grown = rng.choice(["yes", "no"], rows)
    return pd.DataFrame(
        {
            "country": country,
            "currency": pd.Series(country).map({"Austria": "euro", "Italy": "euro", "Japan": "yen", "Chile": "peso"}),
            "sold": sold,
            "paid": sold + pd.to_timedelta(rng.integers(0, 30, rows), unit="D"),
            "net": net,
            "tax": tax,
            "gross": np.round(net + tax, 2),
            "adult": grown,
            "discount": np.where(grown == "no", "none", rng.choice(["none", "student"], rows)),
        }
    )


@cache
def split() -> Split:
    decimals: dict[str, object] = {"decimals": 2}
    return split_of(orders(400, 0), orders(400, 1), KINDS, net=decimals, tax=decimals, gross=decimals)


def texts(frame: pd.DataFrame, broken: bool) -> set[str]:
    return set(frame.loc[(frame["breaches"] > 0) == broken, "text"])


PLANTED = {
    "each country goes with one currency",
    "sold is not after paid",
    "net + tax = gross",
    "adult no and discount student never stand in one row",
}


def test_one_rule_of_each_kind_is_found_and_kept_by_fresh_rows() -> None:
    measurement = measured(Rules(), split(), orders(500, 2))
    assert measurement.headline.value == 0.0
    assert measurement.headline.high is not None
    assert 0 < measurement.headline.high < 0.01
    assert measurement.detail["rules"]["text"].pipe(set) >= PLANTED
    assert measurement.detail["examples"].empty


@pytest.mark.parametrize(
    ("column", "value", "text", "part"),
    [
        ("currency", "yen", "each country goes with one currency", "dependencies"),
        ("paid", pd.Timestamp("2020-01-01"), "sold is not after paid", "orderings"),
        ("tax", 7_000.5, "net + tax = gross", "sums"),
        ("discount", "student", "adult no and discount student never stand in one row", "pairs"),
    ],
)
def test_breaches_are_counted_row_by_row(column: str, value: object, text: str, part: str) -> None:
    made = orders(500, 3)
    rows = np.flatnonzero((made["country"] == "Italy") & (made["adult"] == "no"))[:7]
    made[column] = made[column].astype(object)
    made.loc[rows, column] = value
    measurement = measured(Rules(), split(), made)
    assert measurement.headline.value == pytest.approx(7 / 500)
    assert measurement.parts[part].value == pytest.approx(7 / 500)
    worst = measurement.detail["rules"].iloc[0]
    assert (worst["text"], worst["breaches"], worst["share"]) == (text, 7, pytest.approx(7 / 500))
    examples = measurement.detail["examples"]
    assert list(examples["row"].unique()) == list(rows[:3])
    own = examples[examples["of_rule"] & (examples["rule"] == worst["rule"]) & (examples["row"] == rows[0])]
    assert list(own["column"]) == json.loads(worst["columns"])


def test_the_constraints_agree_with_the_count() -> None:
    """What generators are told to keep is the same rule, written a second time by `core.constraint`."""
    made = independent(orders(500, 4), seed=1)
    listed = measured(Rules(), split(), made).detail["rules"]
    frame, _ = cast(made, split().schema)
    real = pd.concat([split().train.frame, split().holdout.frame], ignore_index=True)
    for row in listed.to_dict("records"):
        [constraint] = bind_all([from_json(json.loads(row["constraint"]))], split().schema, real)
        assert int((~constraint.holds(frame)).sum()) == row["breaches"], row["text"]
        assert row["breaches"] > 0


def test_a_rule_the_holdout_breaks_is_no_rule() -> None:
    holdout = orders(400, 1)
    first = holdout.index[holdout["adult"] == "no"][0]
    holdout.loc[first, "discount"] = "student"
    holdout.loc[5, "gross"] += 1
    measurement = measured(Rules(), split_of(orders(400, 0), holdout, KINDS), orders(50, 2))
    found = set(measurement.detail["rules"]["text"])
    assert "adult no and discount student never stand in one row" not in found
    assert "net + tax = gross" not in found
    assert "each country goes with one currency" in found


def test_a_pair_expected_fewer_than_eight_times_is_no_rule() -> None:
    def frame(rare: int) -> pd.DataFrame:
        return pd.DataFrame(
            {"a": ["x"] * (200 - rare) + ["y"] * rare, "b": ["u", "u", "u", "v"] * ((200 - rare) // 4) + ["u"] * rare}
        )

    often, seldom = frame(40), frame(20)  # expected together: 40 × 40 / 200 = 8, and 20 × 45 / 200 = 4.5
    [rule] = rulebook(case_of(split_of(often, often, {"a": Kind.CATEGORY, "b": Kind.CATEGORY}), often), Context()).rules
    assert isinstance(rule, Never)
    assert rule.expected == pytest.approx(8.0)
    with pytest.raises(DoesNotApply, match="no rule was found"):
        measured(Rules(), split_of(seldom, seldom, {"a": Kind.CATEGORY, "b": Kind.CATEGORY}), seldom)


def test_independent_columns_keep_no_rules() -> None:
    real = independent(orders(800, 0))
    train, holdout = real.iloc[:400], real.iloc[400:]
    with pytest.raises(DoesNotApply, match="no rule was found"):
        measured(Rules(), split_of(train, holdout, KINDS), train)


def test_unknown_values_and_blanks_are_not_judged_by_a_dependency() -> None:
    made = orders(100, 5).astype({"country": object, "currency": object})
    made.loc[:9, "country"] = "Peru"
    made.loc[10:19, "currency"] = None
    listed = measured(Rules(), split(), made).detail["rules"].set_index("text")
    assert listed.loc["each country goes with one currency", "breaches"] == 0


def test_three_terms_and_rounding() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({name: np.round(rng.gamma(2, 10, 600), 2) for name in "abc"})
    frame["total"] = np.round(frame["a"] + frame["b"] + frame["c"] + rng.choice([-0.004, 0.004], 600), 2)
    kinds = dict.fromkeys([*"abc", "total"], Kind.NUMBER)
    halves = split_of(frame[:300], frame[300:], kinds, **{name: {"decimals": 2} for name in kinds})
    [rule] = [rule for rule in rulebook(case_of(halves, frame), Context()).rules if isinstance(rule, Sum)]
    assert rule.columns == ("a", "b", "c", "total")
    assert measured(Rules(), halves, frame.assign(a=frame["a"] + 1)).headline.value == 1.0


def test_orderings_that_follow_from_two_others_are_left_out() -> None:
    rng = np.random.default_rng(0)
    first = rng.integers(0, 50, 600)
    second = first + rng.integers(0, 20, 600)
    frame = pd.DataFrame({"first": first, "second": second, "third": second + rng.integers(0, 20, 600)})
    halves = split_of(frame[:300], frame[300:], dict.fromkeys(frame, Kind.INTEGER))
    found = set(measured(Rules(), halves, frame).detail["rules"]["text"])
    assert {"first is at most second", "second is at most third"} <= found
    assert "first is at most third" not in found


def coded(codes: list[str | None]) -> Table:
    schema = Schema((Column("code", Kind.IDENTIFIER, Role.IGNORED), Column("age", Kind.INTEGER)))
    return Table(cast(pd.DataFrame({"code": codes, "age": range(len(codes))}), schema)[0], schema)


def test_a_way_of_writing() -> None:
    real = Split(coded([f"{i:04d}-Ab" for i in range(40)]), coded([f"{i:04d}-Xz" for i in range(40, 80)]))
    made = pd.DataFrame({"code": ["1234-Ab", "12-Ab", None, "1234-AB"], "age": range(4)})
    measurement = measured(Rules(), real, made)
    assert measurement.headline.value == pytest.approx(0.5)
    assert measurement.detail["rules"].iloc[0]["text"] == "code is written 9999-Aa"
    assert written("Ötz 7/ß") == "Aaa 9/a"


def test_census_rules_and_their_scale() -> None:
    census, shared = adult(8_000), Shared(adult(8_000))
    found = measured(Rules(), census, census.train.frame, shared)
    assert found.headline.value == 0.0
    assert "each education goes with one education-num, and each education-num with one education" in set(
        found.detail["rules"]["text"]
    )
    assert "marital-status Never-married and relationship Husband never stand in one row" in set(found.detail["rules"]["text"])
    names = list(census.train.frame)
    values = []
    for share in (0.2, 0.5, 1.0):
        mixed = independent(census.train.frame)
        kept = {name: census.train.frame[name] for name in names[round(share * len(names)) :]}
        values.append(measured(Rules(), census, mixed.assign(**kept), shared).headline.value)
    assert values == sorted(values)
    assert values[-1] > 0.8


def test_fresh_real_rows_break_next_to_nothing() -> None:
    whole = adult(48_842).train
    for repeat in range(3):
        rows = np.random.default_rng(repeat).permutation(len(whole))
        parts = [whole.rows(rows[start : start + 4_000]) for start in (0, 4_000, 8_000)]
        assert measured(Rules(), Split(parts[0], parts[1]), parts[2].frame).headline.value < 0.01


def test_relabelling_levels_and_stretching_both_sides_of_an_ordering_change_nothing() -> None:
    made = independent(orders(500, 4))
    before = measured(Rules(), split(), made).headline.value
    moved = []
    for frame in (orders(400, 0), orders(400, 1), made):
        longer = {name: frame[name] * 100 for name in ("net", "tax", "gross")}
        moved.append(frame.assign(country=frame["country"].str.upper(), **longer))
    assert measured(Rules(), split_of(moved[0], moved[1], KINDS), moved[2]).headline.value == pytest.approx(before)
