"""Rows from a declared schema: distributions against SciPy, patterns, unique keys, blanks, files, refusals."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from synth_ui.core.cast import cast
from synth_ui.core.context import Context
from synth_ui.core.errors import SettingError
from synth_ui.core.table import Kind, Role
from synth_ui.generators._preparation.text_pattern import TextPattern, shuffled
from synth_ui.generators.from_nothing import drawing
from synth_ui.generators.from_nothing.blueprint import Blueprint, Declared, outward, read_column
from synth_ui.generators.from_nothing.drawing import draw, make_table, write_parquet
from synth_ui.generators.from_nothing.schema import EXAMPLE, DeclaredSchema
from tests.awkward import AWKWARD

ROWS = 20_000


def drawn(rows: int = ROWS, seed: int = 3, **parts: Any) -> pd.Series:
    return draw(Blueprint((read_column({"name": "x", **parts}),)), rows, Context(seed))["x"]


@pytest.mark.parametrize(
    ("parts", "truth"),
    [
        ({"distribution": "uniform", "low": -2, "high": 6}, stats.uniform(-2, 8)),
        ({"distribution": "normal", "mean": 10, "spread": 3}, stats.norm(10, 3)),
        ({"distribution": "normal", "mean": 10, "spread": 3, "low": 8, "high": 11}, stats.truncnorm(-2 / 3, 1 / 3, 10, 3)),
        ({"distribution": "lognormal", "mean": 30, "spread": 0.8}, stats.lognorm(0.8, scale=30)),
        ({"distribution": "exponential", "mean": 4, "low": 1}, stats.expon(1, 4)),
        ({"distribution": "exponential", "mean": 4, "high": 3}, stats.truncexpon(3 / 4, 0, 4)),
        ({"distribution": "triangular", "low": 0, "mean": 2, "high": 10}, stats.triang(0.2, 0, 10)),
    ],
)
def test_numbers_follow_the_declared_distribution(parts: dict[str, Any], truth: Any) -> None:
    assert stats.kstest(drawn(**parts), truth.cdf).pvalue > 1e-3


def test_counts_and_whole_numbers_follow_theirs() -> None:
    counts = drawn(kind="integer", distribution="poisson", mean=4).value_counts().reindex(range(12), fill_value=0)
    expected = stats.poisson(4).pmf(np.arange(12)) * ROWS
    assert stats.chi2.sf(((counts - expected) ** 2 / expected).sum(), 11) > 1e-3
    dice = drawn(kind="integer", distribution="uniform", low=1, high=6).value_counts()
    assert set(dice.index) == set(range(1, 7))
    assert stats.chisquare(dice).pvalue > 1e-3


def test_levels_follow_their_weights() -> None:
    shares = drawn(kind="category", levels=["a", "b", "c"], weights=[6, 3, 1]).value_counts(normalize=True)
    assert np.allclose(shares[["a", "b", "c"]], [0.6, 0.3, 0.1], atol=0.012)
    assert abs(drawn(kind="boolean", weights=[0.2, 0.8]).mean() - 0.2) < 0.012


def test_dates_keep_their_range_and_their_days() -> None:
    dates = drawn(kind="datetime", low="2020-01-01", high="2020-12-31")
    assert dates.min() == pd.Timestamp("2020-01-01")
    assert dates.max() == pd.Timestamp("2020-12-31")
    assert (dates == dates.dt.normalize()).all()
    moments = drawn(kind="datetime", low="2020-01-01 00:00", high="2020-01-02 00:00")
    assert (moments != moments.dt.normalize()).mean() > 0.9


def test_texts_match_their_pattern() -> None:
    pattern = r"[A-Z]{2}-\d{3,5}x?"
    texts = drawn(2_000, kind="text", pattern=pattern)
    assert all(re.fullmatch(pattern, text) for text in texts)
    assert {len(text) for text in texts} == {6, 7, 8, 9}
    assert TextPattern.read("[äö]{2}").draw(5, np.random.default_rng(0)).to_pylist()[0][0] in "äö"


def test_unique_keys_are_unique_to_the_last_one_there_is() -> None:
    every = drawn(1_000, kind="identifier", pattern=r"\d{3}", unique=True)
    assert set(every) == {f"{number:03d}" for number in range(1_000)}
    assert list(every[:5]) != sorted(every[:5])
    with pytest.raises(SettingError, match=r"x: unique is on and there are 1,000 different values, fewer than the 1,001 rows"):
        drawn(1_001, kind="identifier", pattern=r"\d{3}", unique=True)
    assert drawn(9_000, kind="integer", distribution="uniform", low=1, high=9_000, unique=True).is_unique
    assert drawn(12_000, kind="text", provider="first_name", unique=True).is_unique


def test_shuffled_numbers_are_a_permutation() -> None:
    for below in (1, 2, 7, 1_000):
        assert sorted(shuffled(np.arange(below), below, 5)) == list(range(below))


def test_blanks_have_their_share_and_the_seed_decides() -> None:
    first = drawn(distribution="uniform", low=0, high=1, blank=0.25)
    assert abs(first.isna().mean() - 0.25) < 0.012
    pd.testing.assert_series_equal(first, drawn(distribution="uniform", low=0, high=1, blank=0.25))
    assert not first.equals(drawn(seed=4, distribution="uniform", low=0, high=1, blank=0.25))


def test_the_first_rows_do_not_depend_on_how_many_are_made() -> None:
    blueprint = Blueprint.from_json(EXAMPLE)
    pd.testing.assert_frame_equal(draw(blueprint, 9_000, Context(1)).head(30), draw(blueprint, 30, Context(1)))


def test_the_file_holds_the_rows_of_the_table(tmp_path: Path) -> None:
    table = make_table(Blueprint.from_json(EXAMPLE), 9_000, Context(1))
    DeclaredSchema().write(9_000, tmp_path / "rows.parquet", Context(1))
    read, notes = cast(pd.read_parquet(tmp_path / "rows.parquet"), table.schema)
    assert not notes
    pd.testing.assert_frame_equal(read, table.frame)


def test_a_file_is_written_a_few_blocks_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import pyarrow.parquet as parquet

    monkeypatch.setattr(drawing, "BLOCK", 100)
    write_parquet(Blueprint.from_json(EXAMPLE), 10_000, tmp_path / "rows.parquet", Context(1))
    groups = parquet.ParquetFile(tmp_path / "rows.parquet").metadata
    assert groups.num_rows == 10_000
    assert max(groups.row_group(place).num_rows for place in range(groups.num_row_groups)) == 3_200


def test_json_comes_back_as_it_was() -> None:
    blueprint = Blueprint.from_json(EXAMPLE)
    assert Blueprint.from_json(blueprint.to_json()) == blueprint


@pytest.mark.parametrize("name", ["plain", "thousand_levels", "all_blank", "one_row"])
def test_a_real_table_gives_its_schema_and_no_value(name: str) -> None:
    table = AWKWARD[name]()
    blueprint = Blueprint.of(table)
    assert blueprint.schema.names == table.schema.names
    made = make_table(Blueprint.from_json(blueprint.to_json()), 50, Context())
    for column in table.schema.modelled:
        if column.kind in (Kind.NUMBER, Kind.INTEGER):
            values = table.frame[column.name].dropna().astype(float)
            declared = next(entry for entry in blueprint if entry.name == column.name)
            assert declared.at("low") <= values.min() <= values.max() <= declared.at("high")
            assert len(values) < 2 or declared.at("high") == outward(values.max(), down=False)
        elif column.kind is Kind.CATEGORY and table.frame[column.name].notna().any():
            assert set(made.frame[column.name].dropna()) <= set(column.levels)


def test_personal_columns_and_keys_are_declared_anew() -> None:
    table = AWKWARD["personal"]()
    text = Blueprint.of(table).to_json()
    for column in table.schema:
        if column.role is Role.PERSONAL or column.kind in (Kind.IDENTIFIER, Kind.TEXT):
            for value in table.frame[column.name].dropna().astype(str).head(20):
                assert len(value) < 4 or value not in text


@pytest.mark.parametrize(
    ("value", "down", "rounded"), [(1234, False, 1300), (1234, True, 1200), (-1234, True, -1300), (0, True, 0), (90, False, 90), (0.0123, False, 0.013)]
)  # fmt: skip
def test_ranges_are_rounded_outwards(value: float, down: bool, rounded: float) -> None:
    assert outward(value, down=down) == rounded


@pytest.mark.parametrize(
    ("column", "said"),
    [
        ({"name": "x", "kind": "nothing"}, "kind is 'nothing'; allowed is number, integer"),
        ({"name": "x", "size": 3}, "there is no 'size'"),
        ({"name": "x", "distribution": "levels"}, "a column of kind number takes uniform"),
        ({"name": "x", "low": 3, "high": 1}, "low is 3.0, above high"),
        ({"name": "x", "low": 3}, "needs high"),
        ({"name": "x", "low": "many", "high": 1}, "low is 'many'; give a number"),
        ({"name": "x", "kind": "category"}, "levels is empty"),
        ({"name": "x", "kind": "category", "levels": ["a", "b"], "weights": [1]}, "give 2 numbers"),
        ({"name": "x", "kind": "text", "provider": "__class__"}, "name of a Faker provider"),
        ({"name": "x", "kind": "text", "pattern": "(a|b)"}, "holds '\\('"),
        ({"name": "x", "kind": "datetime", "low": "yesterday", "high": "2020-01-01"}, "write a date as"),
        ({"name": "x", "distribution": "normal", "mean": 1, "spread": 0}, "needs one above 0"),
        ({"name": "x", "low": 0, "high": 1, "blank": 2}, "share from 0 to 1"),
        ({"name": "x", "kind": "category", "levels": ["a"], "unique": True}, "repeats its values"),
    ],
)
def test_what_does_not_hold_together_is_refused_in_words(column: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingError, match=said):
        draw(Blueprint((read_column(column),)), 5, Context())


@pytest.mark.parametrize("text", ["{", "[]", '{"columns": 3}', '{"columns": [3]}'])
def test_what_is_no_schema_is_refused(text: str) -> None:
    with pytest.raises(SettingError, match="schema"):
        DeclaredSchema(declaration=text).make(5, Context())


def test_names_must_differ() -> None:
    with pytest.raises(SettingError, match="twice: x"):
        Blueprint((Declared("x", low=0, high=1), Declared("x", low=0, high=1)))
