"""Rules and conditions around every generator: kept in the rows, with the share said, refused where they cannot be."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import pytest

from synth_ui.core.context import Context, Notes
from synth_ui.core.errors import DoesNotApply, SettingError
from synth_ui.core.rules.asked import Asked
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
from synth_ui.core.table import Kind, Table
from synth_ui.generators.base import generators
from synth_ui.generators.baselines.independent import Independent
from synth_ui.generators.sampling import batches, constrained
from synth_ui.generators.sampling.rejection import rejected
from synth_ui.jobs.runs.make import make
from tests.awkward import table_of
from tests.contracts.test_generators import FROM_TABLE, SMALL, UNTRAINED

T = TypeVar("T")

ROWS = 400


@cache
def travel() -> Table:
    """Trips: an end after the start or open, places in fixed combinations, exactly one class, prices in steps of 5 cents."""
    rng = np.random.default_rng(11)
    low = rng.integers(0, 50, ROWS)
    start = pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, ROWS), unit="D")
    end = pd.Series(start + pd.to_timedelta(rng.integers(0, 40, ROWS), unit="D")).mask(rng.random(ROWS) < 0.1)
    city = rng.choice(np.array(["Bern", "Lyon", "Graz", "Wien"], dtype=object), ROWS, p=[0.4, 0.3, 0.2, 0.1])
    country = np.array([{"Bern": "CH", "Lyon": "FR"}.get(name, "AT") for name in city], dtype=object)
    service = rng.integers(0, 3, ROWS)
    frame = pd.DataFrame(
        {
            "trip_id": np.arange(1, ROWS + 1),
            "low": low,
            "high": low + rng.integers(0, 30, ROWS),
            "start": start,
            "end": end,
            "city": city,
            "country": np.where(rng.random(ROWS) < 0.05, None, country),
            "first": (service == 0).astype(int),
            "second": (service == 1).astype(int),
            "third": (service == 2).astype(int),
            "price": np.round(rng.integers(1, 200, ROWS) * 0.05, 2),
            "late": np.where(rng.random(ROWS) < 0.15, "yes", "no"),
        }
    )
    return table_of(frame, "late", "travel")


RULES: tuple[Constraint, ...] = (
    Inequality("low", "high"),
    Inequality("start", "end"),
    FixedCombinations(("city", "country")),
    OneHot(("first", "second", "third")),
    FixedIncrements("price", 0.05),
    Range("high", 3, 70),
    NeverTogether(("city", "late"), ("Wien", "True")),
    Expression("low + high <= 110"),
)


def fitted(key: str, rules: tuple[Constraint, ...] = RULES, **settings: Any) -> constrained.Sampler:
    generator = generators()[key].from_settings({**SMALL.get(key, {}), **settings})
    return constrained.fit(generator, travel(), Context(1), rules)


@cache
def ruled(key: str) -> constrained.Sampler:
    """Return a generator's sampler under all the rules, fitted once for several tests."""
    return fitted(key)


def kept(rules: tuple[Constraint, ...], frame: pd.DataFrame) -> np.ndarray[Any, np.dtype[np.bool_]]:
    return all_hold(bind_all(rules, travel().schema, travel().frame), frame)


def or_skip(work: Callable[[], T], only: bool = True) -> T:
    """Do the work; where `only` says so, a refusal with its reason is an answer."""
    try:
        return work()
    except DoesNotApply as reason:
        if not only or not str(reason):
            raise
        pytest.skip(f"does not apply, because {reason}")


@pytest.mark.parametrize("key", FROM_TABLE)
def test_every_generator_keeps_every_kind_of_rule(key: str) -> None:
    notes = Notes()
    sampler = or_skip(lambda: ruled(key))
    rows = or_skip(lambda: sampler(120, Context(2, notes=notes)), only=key in UNTRAINED)
    assert len(rows) == 120
    assert kept(RULES, rows).all()
    assert list(rows.columns) == travel().schema.names
    assert rows.dtypes.equals(travel().frame.dtypes)
    assert rows["trip_id"].is_unique
    assert not set(rows["trip_id"]) & set(travel().frame["trip_id"])
    assert any("keep the rules" in line for line in notes.lines())
    again = pickle.loads(pickle.dumps(sampler))(120, Context(2))
    pd.testing.assert_frame_equal(rows, again)


@pytest.mark.parametrize(
    "rules",
    [(Inequality("low", "high"),), (FixedCombinations(("city", "country")),), (OneHot(("first", "second", "third")),),
     (FixedIncrements("price", 0.05),)],
    ids=lambda rules: rules[0].kind,
)  # fmt: skip
def test_what_is_kept_by_the_way_rows_are_made_needs_few_draws(rules: tuple[Constraint, ...]) -> None:
    free = Independent().fit(travel(), Context(1))(3_000, Context(2))
    notes = Notes()
    rows = fitted("independent", rules)(3_000, Context(2, notes=notes))
    assert kept(rules, rows).all()
    drawn = int(next(line for line in notes.lines() if "keep the rules" in line).split(" drawn")[0].split()[-1].replace(",", ""))
    assert drawn <= 3_320 / (
        0.75 if isinstance(rules[0], Inequality) else 1
    )  # of the difference only what lies within the bounds
    if not isinstance(rules[0], FixedIncrements):
        assert kept(rules, free).mean() < 0.75


def test_a_rule_the_real_rows_break_is_kept_by_drawing_again() -> None:
    rules = (Inequality("high", "low"),)
    assert 0 < kept(rules, travel().frame).mean() < 0.2
    notes = Notes()
    rows = fitted("independent", rules)(200, Context(2, notes=notes))
    assert kept(rules, rows).all()
    assert not any("difference" in line for line in notes.lines())


def test_a_chain_of_inequalities_is_turned_back_in_order_and_a_circle_is_drawn_again() -> None:
    rng = np.random.default_rng(5)
    a = rng.integers(0, 9, 300)
    frame = pd.DataFrame({"a": a, "b": a + rng.integers(0, 9, 300), "late": np.where(rng.random(300) < 0.5, "yes", "no")})
    frame["c"] = frame["b"] + rng.integers(0, 9, 300)
    table = table_of(frame, "late")
    for rules in ((Inequality("a", "b"), Inequality("b", "c")), (Inequality("b", "c"), Inequality("a", "b"))):
        rows = constrained.fit(Independent(), table, Context(1), rules)(500, Context(2))
        assert ((rows["a"] <= rows["b"]) & (rows["b"] <= rows["c"])).all()
        assert rows["c"].max() <= frame["c"].max()
    rows = constrained.fit(Independent(), table, Context(1), (Inequality("a", "b"), Inequality("b", "a")))(20, Context(2))
    assert (rows["a"] == rows["b"]).all()


def test_combinations_follow_the_first_column_and_the_real_shares() -> None:
    rules = (FixedCombinations(("city", "country")),)
    rows, free = fitted("independent", rules)(6_000, Context(2)), fitted("independent", ())(6_000, Context(2))
    real = travel().frame
    for city in ("Bern", "Lyon", "Graz", "Wien"):
        assert abs((rows["city"] == city).mean() - (free["city"] == city).mean()) < 0.03
        blank, really = (frame.loc[frame["city"] == city, "country"].isna().mean() for frame in (rows, real))
        assert abs(blank - really) < 0.05


def test_a_formally_private_generator_keeps_rules_without_looking_at_the_rows() -> None:
    @dataclass(frozen=True)
    class Formal(Independent):
        key = "formal_here"
        formal_privacy = True

    notes = Notes()
    sampler = constrained.fit(Formal(), travel(), Context(1, notes=notes), RULES[:3])
    assert isinstance(sampler, constrained.ConstrainedSampler)
    assert not sampler.differences
    assert not sampler.ways
    assert any("budget did not pay" in line for line in notes.lines())
    assert kept(RULES[:3], sampler(50, Context(2))).all()


@pytest.mark.parametrize("key", FROM_TABLE)
def test_every_generator_meets_conditions(key: str) -> None:
    where: dict[str, Any] = {"low": {"min": 2, "max": 47}, "city": ["Bern", "Lyon", "Graz"]}
    sampler = or_skip(lambda: ruled(key))
    rows = or_skip(lambda: sampler(60, Context(2), where), only=key in UNTRAINED)
    balanced = or_skip(lambda: batches.draw(sampler, 40, Context(3), travel(), Asked(balance="late")), only=key in UNTRAINED)
    assert rows["low"].between(2, 47).all()
    assert rows["city"].isin(["Bern", "Lyon", "Graz"]).all()
    assert balanced["late"].value_counts().to_dict() == {True: 20, False: 20}
    assert balanced["trip_id"].is_unique


def test_conditions_on_columns_that_are_turned_back_hold_on_what_comes_out() -> None:
    rows = fitted("independent")(80, Context(2), {"high": {"min": 40}, "end": None, "country": "CH"})
    assert (rows["high"] >= 40).all()
    assert rows["end"].isna().all()
    assert (rows["country"] == "CH").all()
    assert kept(RULES, rows).all()


def test_a_table_of_conditions_gives_so_many_rows_of_each() -> None:
    lines = ({"city": "Bern", "late": "yes", "rows": 7}, {"city": "Graz", "rows": "5"})
    asked = Asked(table=lines)
    assert asked.rows() == 12
    rows = batches.draw(fitted("independent", ()), 12, Context(2), travel(), asked)
    assert rows["city"].value_counts()[["Bern", "Graz"]].to_dict() == {"Bern": 7, "Graz": 5}
    assert rows.loc[rows["city"] == "Bern", "late"].all()
    assert rows["trip_id"].is_unique
    more = batches.draw(fitted("independent", ()), 36, Context(2), travel(), asked)
    assert more["city"].value_counts()[["Bern", "Graz"]].to_dict() == {"Bern": 21, "Graz": 15}


@pytest.mark.parametrize(
    ("where", "match"),
    [
        ({"no such": 1}, "no column 'no such'"),
        ({"trip_id": 1}, "made anew"),
        ({"city": "Paris"}, "never 'Paris'"),
        ({"city": {"min": 1}}, "has no bounds"),
        ({"low": {"min": 60}}, "between 0 and 49"),
        ({"low": 99}, "between 0 and 49"),
        ({"low": {"min": 9, "max": 3}}, "exchange"),
        ({"low": None}, "no blanks"),
        ({"low": "many"}, "not a number"),
        ({"late": "perhaps"}, "not yes/no"),
        ({"start": "soon"}, "no date"),
        ({"start": {"min": "2031-01-01"}}, "between 2020-01-0. and 2022-06-"),
        ({"start": "2031-01-01"}, "between 2020-01-0. and 2022-06-"),
        ({"price": 2.123}, "numbers of 2 decimals"),
    ],
)
def test_conditions_that_cannot_be_are_refused_with_the_reason(where: dict[str, Any], match: str) -> None:
    with pytest.raises(DoesNotApply, match=match):
        fitted("independent", ())(5, Context(2), where)


def test_conditions_written_wrongly_are_refused() -> None:
    sampler = fitted("independent", ())
    wrong: list[dict[str, Any]] = [{"low": {"least": 3}}, {"low": {}}, {"city": []}]
    for where in wrong:
        with pytest.raises(SettingError):
            sampler(5, Context(2), where)
    with pytest.raises(DoesNotApply, match="no levels"):
        batches.draw(sampler, 5, Context(2), travel(), Asked(balance="low"))
    with pytest.raises(SettingError, match="not both"):
        Asked(table=({"city": "Bern"},), balance="late")


UNMET: list[tuple[tuple[Constraint, ...], Asked, str]] = [
    ((Expression("low > 200"),), Asked(), "low is a whole number between 0 and 49"),
    ((Range("start", "2031-01-01"),), Asked(), "start lies between 2020"),
    ((Expression("low > 30"),), Asked(where={"low": {"min": 10, "max": 20}}), "both"),
    ((Inequality("low", "high", strict=True), Inequality("high", "low")), Asked(), "both"),
    (
        RULES,
        Asked(where={"city": "Wien"}, balance="late"),
        "together: \"city 'Wien' and late 'True' never in one row\", \"city is 'Wien'\", \"late is True\";",
    ),
    ((), Asked(table=({"city": "Bern"}, {"start": {"min": "2031-01-01"}})), "start lies between"),
]


@dataclass(frozen=True)
class Unlearned(Independent):
    """A generator that must not be asked to learn."""

    def fit(self, table: Table, context: Context) -> constrained.Sampler:
        raise AssertionError("it was asked to learn what no row can meet")


@pytest.mark.parametrize(("rules", "asked", "match"), UNMET)
def test_what_no_row_can_meet_is_refused_before_anything_is_learned(
    rules: tuple[Constraint, ...], asked: Asked, match: str
) -> None:
    with pytest.raises(DoesNotApply, match=match):
        make(Unlearned(), travel(), 20, Context(1), asked=replace(asked, constraints=rules))
    if asked != Asked():
        with pytest.raises(DoesNotApply, match=match):
            batches.draw(fitted("independent", rules), 20, Context(1), travel(), asked)


def test_under_formal_privacy_no_real_range_is_told() -> None:
    with pytest.raises(DoesNotApply) as refusal:
        make(
            generators()["dp_marginals"].from_settings(),
            travel(),
            20,
            Context(1),
            asked=Asked((Expression("start > '2031-01-01'"),)),
        )
    assert "between" not in str(refusal.value)


@pytest.mark.parametrize(("rows", "most"), [(5, 121_000), (60, 15_000), (1_000, 5_000)])
def test_hopeless_draws_end_as_soon_as_that_is_plain(rows: int, most: int) -> None:
    drawn = []

    def draw(size: int, context: Context) -> pd.DataFrame:
        drawn.append(size)
        return pd.DataFrame({"x": np.zeros(size)})

    with pytest.raises(DoesNotApply, match="only 0 of"):
        rejected(draw, lambda frame: frame["x"].to_numpy() > 0, rows, Context(1), "pass")
    assert sum(drawn) <= most


def test_rare_rows_are_waited_for() -> None:
    """Three rows in two thousand pass: that is within what may be drawn for each."""

    def draw(size: int, context: Context) -> pd.DataFrame:
        return pd.DataFrame({"x": context.rng("x").random(size)})

    for rows in (1, 20, 200):
        assert len(rejected(draw, lambda frame: frame["x"].to_numpy() < 1.5e-3, rows, Context(rows), "pass")) == rows


def test_rules_that_no_drawn_row_keeps_end_with_the_share() -> None:
    with pytest.raises(DoesNotApply, match=r"only 0 of 120,\d\d\d drawn rows \(0\.000%\) keep the rules"):
        fitted("independent", (Expression("low > high + 1000"),))(5, Context(2))


def test_without_rules_the_generator_is_left_alone() -> None:
    table = travel()
    plain = Independent().fit(table, Context(1))(50, Context(2))
    pd.testing.assert_frame_equal(constrained.fit(Independent(), table, Context(1))(50, Context(2)), plain)
    pd.testing.assert_frame_equal(batches.draw(Independent().fit(table, Context(1)), 50, Context(2), table, Asked()), plain)
    assert table.schema["late"].kind is Kind.BOOLEAN
