"""Cells, coordinates and hashes: fitted on real rows, the same on every side."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata
from sklearn.metrics import pairwise_distances

from synth_ui.columns import hashes as encoded
from synth_ui.columns.cells import fit_cells
from synth_ui.columns.coordinates import fit_coordinates
from synth_ui.columns.hashes import content_order, mix, row_hashes, value_hashes
from synth_ui.columns.values import midranks, numbers
from synth_ui.core.cast import cast
from synth_ui.core.table import Column, Kind, Schema
from tests.awkward import AWKWARD
from tests.examples import examples

NUMBER = Column("x", Kind.NUMBER)
CITY = Column("city", Kind.CATEGORY, levels=("Bern", "Lyon"))


def _series(values: list[object], column: Column) -> pd.Series:
    return cast(pd.DataFrame({column.name: values}), Schema((column,)))[0][column.name]


def test_deciles_hold_a_tenth_of_the_rows_each() -> None:
    series = pd.Series(np.random.default_rng(0).normal(size=5_000))
    cells = fit_cells(NUMBER, [series])
    assert np.bincount(cells.encode(series), minlength=11)[:10] == pytest.approx([500] * 10, abs=1)


def test_zero_and_other_spikes_have_cells_of_their_own() -> None:
    rng = np.random.default_rng(0)
    values = np.where(rng.random(2_000) < 0.9, 0.0, rng.lognormal(8, 1, 2_000))
    cells = fit_cells(NUMBER, [pd.Series(values)])
    assert cells.spikes.tolist() == [0.0]
    at_zero = cells.encode(pd.Series([0.0]))[0]
    assert np.bincount(cells.encode(pd.Series(values)))[at_zero] == (values == 0).sum()
    assert len(fit_cells(NUMBER, [pd.Series(values)], spikes=False).spikes) == 0


def test_few_values_are_levels() -> None:
    cells = fit_cells(NUMBER, [pd.Series([1.0, 1.0, 2.0, 4.0])])
    codes = cells.encode(pd.Series([1.0, 2.0, 4.0, 3.0, np.nan]))
    assert len(set(codes)) == 5
    assert cells.labels[codes[3]] == "other values"
    assert cells.labels[codes[4]] == "blank"


def test_an_unknown_level_is_no_known_one_and_a_blank_is_neither() -> None:
    cells = fit_cells(CITY, [_series(["Bern", "Lyon"], CITY)])
    codes = cells.encode(_series(["Bern", "Atlantis", None], CITY))
    assert [cells.labels[code] for code in codes] == ["Bern", "unknown levels", "blank"]


def test_levels_beyond_the_ten_commonest_share_a_cell() -> None:
    levels = tuple(f"l{i:02d}" for i in range(30))
    column = Column("c", Kind.CATEGORY, levels=levels)
    series = _series([level for place, level in enumerate(levels) for _ in range(40 - place)], column)
    cells = fit_cells(column, [series])
    assert cells.labels[:10] == levels[:10]
    assert {cells.labels[code] for code in cells.encode(series)} == {*levels[:10], "other levels"}


def test_dates_without_nanoseconds_are_read_and_named() -> None:
    column = Column("d", Kind.DATETIME, dtype="datetime64[us]")
    series = _series([f"{year}-03-01" for year in range(1450, 1490)], column)
    assert not np.isnan(numbers(series, Kind.DATETIME)).any()
    assert "1453" in fit_cells(column, [series]).labels[0]


def test_distances_are_what_is_promised() -> None:
    schema = Schema((NUMBER, CITY))
    real = cast(pd.DataFrame({"x": [0.0, 1.0, 2.0, 3.0], "city": ["Bern", "Bern", "Lyon", "Lyon"]}), schema)[0]
    points = fit_coordinates(schema, [real]).transform(
        cast(pd.DataFrame({"x": [0.0, 3.0, None], "city": ["Bern", "Lyon", "Bern"]}), schema)[0]
    )
    distances = pairwise_distances(points)
    assert distances[0, 1] == pytest.approx(np.sqrt(2), abs=1e-6)  # the whole range, and another level
    assert distances[0, 2] == pytest.approx(np.sqrt(1 + 0.25), abs=1e-6)  # blank: the flag, and the middle


def test_an_unknown_level_and_a_blank_are_one_away_from_everything() -> None:
    schema = Schema((CITY,))
    real = cast(pd.DataFrame({"city": ["Bern", "Lyon"]}), schema)[0]
    points = fit_coordinates(schema, [real]).transform(cast(pd.DataFrame({"city": ["Bern", "Atlantis", None]}), schema)[0])
    distances = pairwise_distances(points)
    assert distances[np.triu_indices(3, 1)] == pytest.approx([1, 1, 1], abs=1e-6)


def test_a_thousand_levels_share_coordinates() -> None:
    table = AWKWARD["thousand_levels"]()
    coordinates = fit_coordinates(table.schema, [table.frame])
    assert coordinates.width < 400
    assert np.isfinite(coordinates.transform(table.frame)).all()


@pytest.mark.parametrize("name", AWKWARD)
def test_every_awkward_table_has_cells_points_and_hashes(name: str) -> None:
    table = AWKWARD[name]()
    for column in table.schema.modelled:
        cells = fit_cells(column, [table.frame[column.name]])
        codes = cells.encode(table.frame[column.name])
        assert codes.min(initial=0) >= 0
        assert codes.max(initial=0) < cells.size
    assert np.isfinite(fit_coordinates(table.schema, [table.frame]).transform(table.frame)).all()
    hashes = row_hashes(table.frame, table.schema.modelled)
    duplicated = table.frame[[column.name for column in table.schema.modelled]].duplicated()
    if name not in ("big_integers", "infinities"):  # floats cannot tell 2**60 from its neighbour; infinities are blanks
        assert len(np.unique(hashes)) == (~duplicated).sum()


def test_equal_rows_hash_alike_whatever_their_dtypes() -> None:
    schema = Schema((Column("n", Kind.INTEGER), Column("b", Kind.BOOLEAN), CITY))
    plain = cast(pd.DataFrame({"n": [1, 2], "b": [True, False], "city": ["Bern", "Lyon"]}), schema)[0]
    blanks = cast(pd.DataFrame({"n": [1, 2, None], "b": [True, False, None], "city": ["Bern", "Lyon", "Oz"]}), schema)[0]
    assert row_hashes(plain, schema.columns).tolist() == row_hashes(blanks, schema.columns)[:2].tolist()
    assert value_hashes(pd.Series([0.0, -0.0]), NUMBER)[0] == value_hashes(pd.Series([0.0, -0.0]), NUMBER)[1]


def test_values_swapped_between_columns_make_another_row_unless_asked() -> None:
    columns = (Column("a", Kind.INTEGER), Column("b", Kind.INTEGER))
    frame = pd.DataFrame({"a": [1, 2], "b": [2, 1]})
    assert len(set(row_hashes(frame, columns))) == 2
    assert len(set(row_hashes(frame, columns, ordered=False))) == 1


@given(st.lists(st.integers(0, 5), min_size=1, max_size=40), st.integers(0, 2**31), st.randoms())
@settings(deadline=None, max_examples=examples(50))
def test_a_draw_depends_on_content_and_not_on_order(values: list[int], seed: int, random: object) -> None:
    hashes = mix(np.array(values, dtype=np.uint64))
    shuffled = np.random.default_rng(seed).permutation(len(values))
    first = hashes[content_order(hashes, seed)]
    second = hashes[shuffled][content_order(hashes[shuffled], seed)]
    assert first.tolist() == second.tolist()


def test_a_draw_is_fair() -> None:
    hashes = mix(np.repeat(np.arange(10, dtype=np.uint64), 100))
    drawn = np.bincount(np.repeat(np.arange(10), 100)[content_order(hashes, 4)[:500]], minlength=10)
    assert drawn.min() > 30
    assert drawn.max() < 70


@given(st.lists(st.integers(-3, 3), max_size=30))
@settings(deadline=None, max_examples=examples(50))
def test_midranks_are_scipys(values: list[int]) -> None:
    assert midranks(np.array(values, dtype=float)).tolist() == rankdata(values).tolist()


def _order_by_sorting(hashes: np.ndarray, seed: int) -> np.ndarray:
    """The order as it is defined: every row's occurrence counted by sorting all of them."""
    by_hash = np.argsort(hashes, kind="stable")
    ranked, place = hashes[by_hash], np.arange(len(hashes))
    first = np.append(True, ranked[1:] != ranked[:-1])
    occurrence = place - np.maximum.accumulate(np.where(first, place, 0))
    keys = mix(mix(ranked ^ mix(np.array([seed], dtype=np.uint64))) + mix(occurrence.astype(np.uint64) + np.uint64(1)))
    return by_hash[np.argsort(keys, kind="stable")]


@pytest.mark.parametrize("different", [10, 1_000, 2**62])
def test_a_few_rows_are_drawn_as_the_first_of_the_whole_order(different: int) -> None:
    hashes = np.random.default_rng(2).integers(0, different, 3_000).astype(np.uint64)
    whole = content_order(hashes, 7)
    assert (whole == _order_by_sorting(hashes, 7)).all()
    for most in (0, 1, 250, 2_999, 3_000, 9_999):
        assert (content_order(hashes, 7, most) == whole[:most]).all()


def test_many_words_are_scrambled_as_few_are() -> None:
    words = np.random.default_rng(0).integers(0, 2**63, 40_000).astype(np.uint64)
    assert (mix(words) == np.concatenate([mix(part) for part in np.array_split(words, 7)])).all()
    assert (words == np.random.default_rng(0).integers(0, 2**63, 40_000).astype(np.uint64)).all()


def test_rows_of_a_large_table_are_drawn_as_those_of_a_small_one_are(monkeypatch):
    """How often equal rows stand above is kept for the next draw, for these rows only and no longer than they are there."""
    rng = np.random.default_rng(0)
    first, second = (mix(rng.integers(0, 200, 900).astype(np.uint64)) for _ in range(2))
    small = [content_order(one, seed) for one in (first, second) for seed in (1, 2)]
    monkeypatch.setattr(encoded, "REMEMBERED_ROWS", 100)
    counted = []
    monkeypatch.setattr(encoded, "_counted_anew", lambda hashes, anew=encoded._counted_anew: counted.append(1) or anew(hashes))
    large = [content_order(one, seed) for one in (first, second) for seed in (1, 2)]
    for before, now in zip(small, large, strict=True):
        np.testing.assert_array_equal(before, now)
    assert len(counted) == 2
    del first, second
    other = mix(rng.integers(0, 200, 900).astype(np.uint64))
    np.testing.assert_array_equal(content_order(other, 1), content_order(other.copy(), 1))
    assert len(counted) == 4
    assert len(encoded._counted) <= encoded.MOST_REMEMBERED + 1
