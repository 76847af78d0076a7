"""The shared layer: what goes in comes out in its own form."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2_contingency

from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply
from synth_ui.core.table import Column, Kind, Role, Schema, Table
from synth_ui.generators._preparation.bins import Bins
from synth_ui.generators._preparation.margin import RARE, Margin
from synth_ui.generators._preparation.prepare import LineScale, ModelColumn, prepare
from synth_ui.generators._preparation.replaced_columns import ReplacedColumn
from synth_ui.generators.base import Generator
from synth_ui.generators.baselines.independent import Independent
from synth_ui.generators.statistical.bayes_net import BayesNet
from synth_ui.generators.trees._leaves import Leaves
from tests.awkward import AWKWARD
from tests.examples import examples
from tests.generators.tables import category, flag_column, numeric, table, texts, whole

CONTEXT = Context(4)


@pytest.mark.parametrize("name", AWKWARD)
def test_encoding_and_restoring_gives_the_real_columns_back(name: str) -> None:
    real = AWKWARD[name]()
    layout, data = prepare(real, CONTEXT)
    again = layout.frame(layout.arrays(data.arrays, len(real), CONTEXT)[0], len(real))
    for column, series in again.items():
        pd.testing.assert_series_equal(
            series, real.frame[column], check_names=False, check_exact=real.schema[column].decimals is None
        )


@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=2, max_size=20))
@settings(max_examples=examples(60), deadline=None)
def test_integers_of_any_size_stay_within_their_bounds(values: list[int]) -> None:
    series = pd.Series(values, dtype="int64")
    line = LineScale.of(series, Column("n", Kind.INTEGER, dtype="int64"))
    again = line.decode(line.place(line.encode(series)))
    assert again.dtype == "int64"
    off = [abs(int(a) - int(b)) for a, b in zip(series, again, strict=True)]
    assert max(off) <= (series.astype(float).abs().max() * 2 + 1) * 2**-52


def test_values_between_the_grid_lines_are_rounded_to_them() -> None:
    series, column = numeric("price", [1.25, 2.75, 9.25, 4.75], 2)
    line = LineScale.of(series, column)
    assert line.step == 0.5
    np.testing.assert_allclose(line.place(np.array([1.3, 8.9, 100.0, -3.0])), [1.25, 8.75, 9.25, 1.25])


def test_days_stay_days_over_a_change_to_summer_time() -> None:
    days = pd.Series(pd.date_range("2024-03-01", "2024-04-30", freq="D", tz="Europe/Vienna").as_unit("us"))
    line = LineScale.of(days, Column("day", Kind.DATETIME, dtype="datetime64[us, Europe/Vienna]"))
    drawn = line.decode(line.place(np.linspace(0, line.high, 500)))
    assert (drawn == drawn.dt.normalize()).all()


def test_a_column_another_one_determines_is_looked_up() -> None:
    rng = np.random.default_rng(0)
    school = rng.integers(0, 5, 400)
    real = table(
        category("school", np.array(["a", "b", "c", "d", "e"], dtype=object)[school]),
        whole("years", np.array([4, 9, 10, 12, 12])[school]),
        numeric("pay", rng.normal(size=400)),
    )
    layout, data = prepare(real, CONTEXT)
    assert [lookup.column.name for lookup in layout.lookups] == ["years"]
    assert [column.name for column in data.columns] == ["school", "pay"]
    drawn = BayesNet().fit(real, CONTEXT)(300, CONTEXT)
    pairs = set(zip(drawn["school"], drawn["years"], strict=True))
    assert pairs <= set(zip(real.frame["school"], real.frame["years"], strict=True))


@pytest.mark.parametrize("generator", [Independent(), BayesNet(parents=0)], ids=lambda generator: generator.key)
def test_where_no_relationship_is_kept_none_is_looked_up(generator: Generator) -> None:
    """Three columns that follow from each other come out as independent as three that never did."""
    school = np.random.default_rng(0).integers(0, 4, 2_000)
    real = table(
        category("school", np.array(["a", "b", "c", "d"], dtype=object)[school]),
        whole("years", np.array([4, 9, 10, 12])[school]),
        flag_column("long", school > 1, Role.TARGET),
    )
    drawn = generator.fit(real, CONTEXT)(4_000, CONTEXT)
    for first, second in itertools.combinations(drawn.columns, 2):
        assert chi2_contingency(pd.crosstab(drawn[first], drawn[second])).pvalue > 1e-4
        assert set(drawn[first]) == set(real.frame[first])


def test_an_accident_of_few_rows_is_no_rule() -> None:
    rng = np.random.default_rng(0)
    real = table(category("town", [f"t{i}" for i in range(60)]), flag_column("sick", rng.random(60) < 0.5))
    assert not prepare(real, CONTEXT)[0].lookups


def test_identifiers_are_new_unique_and_of_the_real_pattern() -> None:
    real = [f"AB-{i:05d}" for i in range(0, 5_000, 7)]
    series, column = texts("code", real, Kind.IDENTIFIER)
    made = ReplacedColumn.of(series, column, CONTEXT).make(2_000, CONTEXT)
    assert made.is_unique
    assert not set(made) & set(real)
    assert made.str.match(r"AB-\d{5}$").mean() > 0.95


def test_identifiers_are_still_unique_when_the_pattern_is_used_up() -> None:
    series, column = texts("code", [f"{i:02d}" for i in range(100)], Kind.IDENTIFIER)
    made = ReplacedColumn.of(series, column, CONTEXT).make(300, CONTEXT)
    assert made.is_unique
    assert not set(made) & set(series)


def test_running_numbers_go_on_where_the_real_ones_end() -> None:
    series, column = whole("id", np.arange(1, 101), kind=Kind.IDENTIFIER)
    made = ReplacedColumn.of(series, column, CONTEXT).make(50, CONTEXT)
    assert made.dtype == "int64"
    assert made.tolist() == list(range(101, 151))


def test_group_keys_repeat_as_the_real_ones_do() -> None:
    series, column = whole("person", np.repeat(np.arange(30), 4), Role.GROUP_KEY)
    made = ReplacedColumn.of(series, column, CONTEXT).make(200, CONTEXT)
    assert made.value_counts().max() == 4
    assert not set(made) & set(series)


def test_personal_values_come_from_the_provider_and_are_never_real_ones() -> None:
    series, column = texts("mail", [f"a{i}@example.org" for i in range(50)], Kind.TEXT, Role.PERSONAL, "email")
    anew = ReplacedColumn.of(series, column, CONTEXT)
    made = anew.make(200, CONTEXT)
    assert made.str.contains("@").all()
    assert made.is_unique
    assert not set(made) & set(series)
    taken = replace(anew, forbidden=ReplacedColumn.of(made, column, CONTEXT).forbidden)
    assert not set(taken.make(200, CONTEXT)) & set(made)


def test_free_text_keeps_its_length_and_no_word() -> None:
    series, column = texts("note", [f"patient {i} came back with pain" for i in range(60)], Kind.TEXT)
    made = ReplacedColumn.of(series, column, CONTEXT).make(40, CONTEXT)
    assert (made.str.split().str.len() == 6).all()
    assert not made.str.contains("patient|pain").any()


def test_left_out_columns_come_back_blank_but_for_constants() -> None:
    real = table(
        whole("kept", [1, 2, 3]), whole("left", [7, 8, 9], Role.IGNORED), category("same", ["x", "x", "x"], Role.IGNORED)
    )
    drawn = Independent().fit(real, CONTEXT)(5, CONTEXT)
    assert drawn["left"].isna().all()
    assert (drawn["same"] == "x").all()


def test_a_condition_too_rare_to_meet_is_refused_with_the_rate() -> None:
    real = table(numeric("x", np.random.default_rng(0).normal(size=200)), category("c", ["a", "b"] * 100))
    sampler = Independent().fit(real, CONTEXT)
    with pytest.raises(DoesNotApply, match=r"only 0 of 2\d\d,\d\d\d drawn rows \(0\.000%\) meet x is 0\.123"):
        sampler(3, CONTEXT, {"x": 0.123})
    assert (sampler(40, CONTEXT, {"c": "a"})["c"] == "a").all()


@pytest.mark.parametrize("where", [{"nothing": 1}, {"c": "z"}, {"c": None}, {"id": "x"}])
def test_a_condition_that_cannot_be_is_refused(where: dict[str, object]) -> None:
    real = table(category("c", ["a", "b"] * 10), texts("id", [f"i{n}" for n in range(20)], Kind.IDENTIFIER))
    with pytest.raises(DoesNotApply):
        Independent().fit(real, CONTEXT)(3, CONTEXT, where)


def test_a_blank_can_be_asked_for() -> None:
    real = table(numeric("x", [np.nan, 1.0, 2.0, 3.0] * 20))
    assert Independent().fit(real, CONTEXT)(9, CONTEXT, {"x": None})["x"].isna().all()


def test_rare_values_are_not_repeated_and_frequent_ones_are() -> None:
    rng = np.random.default_rng(1)
    column = np.concatenate([np.zeros(500), rng.lognormal(8, 1, 500)])
    drawn = Margin.of(column).draw(4_000, rng)
    assert (drawn == 0).mean() == pytest.approx(0.5, abs=0.03)
    assert not np.isin(drawn[drawn > 0], column).any()
    assert np.quantile(drawn, [0.6, 0.75, 0.9]) == pytest.approx(np.quantile(column, [0.6, 0.75, 0.9]), rel=0.12)


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=60), st.integers(0, 5))
@settings(max_examples=examples(60), deadline=None)
def test_softened_values_stay_within_the_bounds(values: list[float], seed: int) -> None:
    column = np.array(values)
    drawn = Margin.of(column).draw(50, np.random.default_rng(seed))
    assert drawn.min() >= column.min()
    assert drawn.max() <= column.max()


def test_values_held_by_enough_rows_stay_as_they_are() -> None:
    column = np.repeat([1.0, 2.0, 7.0], RARE)
    assert set(Margin.of(column).draw(200, np.random.default_rng(0))) == {1.0, 2.0, 7.0}


@given(
    st.lists(st.one_of(st.just(0.0), st.just(np.nan), st.floats(-1e6, 1e6)), min_size=1, max_size=200),
    st.integers(2, 60),
)
@settings(max_examples=examples(80), deadline=None)
def test_a_value_drawn_inside_a_level_has_that_level(values: list[float], most: int) -> None:
    column = np.array(values)
    blank = bool(np.isnan(column).any())
    if np.isnan(column).all():
        return
    line = LineScale.of(pd.Series(column), Column("x", Kind.NUMBER, nullable=blank))
    bins = Bins.of(ModelColumn("x", 0, True, blank, Margin.of(column), line), most)
    codes = bins.encode(column)
    assert codes.min() >= 0
    assert codes.max() < bins.count
    np.testing.assert_array_equal(bins.encode(bins.decode(codes, np.random.default_rng(0))), codes)


@pytest.mark.parametrize("rows", [60, 300])
def test_what_few_rows_hold_is_no_level_of_its_own_however_small_the_table(rows: int) -> None:
    """With more levels than rows every value was one once, and came back as it was."""
    rng = np.random.default_rng(rows)
    values = np.concatenate([rng.choice(10**6, rows - 20, replace=False), np.repeat([5, 7], 10)]).astype(float)
    bins = Bins.of(ModelColumn("x", 0, True, False, Margin.of(values), None), 500)
    assert list(bins.spikes) == [5.0, 7.0]
    drawn = bins.decode(bins.encode(values), rng)
    assert np.isin(drawn[:-20], values).mean() < 0.05
    assert list(drawn[-20:]) == [5.0] * 10 + [7.0] * 10


def test_spikes_and_blanks_are_levels_of_their_own() -> None:
    rng = np.random.default_rng(2)
    column = np.concatenate([np.zeros(900), rng.normal(50, 9, 1_000), np.full(100, np.nan)])
    line = LineScale.of(pd.Series(column), Column("x", Kind.NUMBER, nullable=True))
    bins = Bins.of(ModelColumn("x", 0, True, True, Margin.of(column), line), 20)
    codes = bins.encode(column)
    assert len(np.unique(codes[:900])) == 1
    assert not np.isin(codes[900:1_900], codes[:900]).any()
    assert (codes[1_900:] == bins.count - 1).all()
    assert 10 <= bins.count <= 25


@pytest.mark.parametrize("end", [-1, 1], ids=["lowest", "highest"])
def test_a_spike_at_the_end_of_a_column_is_no_loose_value_and_trees_keep_its_share(end: int) -> None:
    rng = np.random.default_rng(3)
    column = np.concatenate([np.full(920, end * 400.0), rng.uniform(-300, 300, 80)])
    margin = Margin.of(column)
    assert list(margin.spikes) == [end * 400.0]
    assert margin.loose.sum() == len(margin.values) - 1
    model = ModelColumn("x", 0, True, False, margin, LineScale.of(pd.Series(column), Column("x", Kind.NUMBER)))
    leaf = Leaves.of(np.zeros(1_000, dtype=np.int64), 1, model, column)
    drawn = leaf.draw(np.zeros(5_000, dtype=np.int64), model, rng, blend=True)
    assert (drawn == end * 400.0).mean() == pytest.approx(0.92, abs=0.002)
    assert np.abs(drawn[drawn != end * 400.0]).max() <= 300


def test_a_value_alone_in_its_column_is_a_spike_and_an_even_column_has_none() -> None:
    assert list(Margin.of(np.full(3, 7.0)).spikes) == [7.0]
    assert not len(Margin.of(np.repeat(np.arange(20.0), 50)).spikes)
    assert not len(Margin.of(np.full(3, np.nan)).spikes)


def test_no_rows_are_refused_and_no_modelled_column_is_fine() -> None:
    only_keys = table(texts("id", ["a1", "a2", "a3"], Kind.IDENTIFIER))
    assert len(Independent().fit(only_keys, CONTEXT)(4, CONTEXT)) == 4
    with pytest.raises(DoesNotApply, match="no rows"):
        Independent().fit(Table(only_keys.frame.iloc[:0], Schema(only_keys.schema.columns)), CONTEXT)
