"""Disclosure: a hand-worked table, what is known and what is secret, and what must not change the score."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint

from synth_ui.core.errors import DoesNotApply
from synth_ui.core.score import Score
from synth_ui.core.table import Column, Kind, Role, Schema
from synth_ui.measures.privacy.disclosure_risks.disclosure import Disclosure
from tests.measures.privacy.worlds import CONTEXT, MIXED, case_of, three

LEVELS = ("a", "b", "c")
SCHEMA = Schema(
    (
        Column("city", Kind.CATEGORY, levels=LEVELS),
        Column("job", Kind.CATEGORY, levels=LEVELS),
        Column("ill", Kind.CATEGORY, role=Role.SENSITIVE, levels=("no", "yes")),
    )
)


def frame(rows):
    columns = dict(zip(("city", "job", "ill"), zip(*rows, strict=True), strict=True))
    return pd.DataFrame(
        {
            name: pd.Categorical(values, categories=list(LEVELS if name != "ill" else ("no", "yes")))
            for name, values in columns.items()
        }
    )


TRAIN = frame([("a", "a", "yes"), ("a", "a", "no"), ("b", "b", "yes"), ("c", "c", "no")])
HOLDOUT = frame([("a", "a", "no"), ("a", "b", "no"), ("b", "b", "no"), ("b", "b", "yes")])
SYNTHETIC = frame([("a", "a", "yes"), ("a", "a", "yes"), ("a", "a", "no"), ("b", "b", "yes")])


def measured(synthetic, train=TRAIN, holdout=HOLDOUT, schema=SCHEMA, **settings):
    return Disclosure(**settings).measure(case_of(train, holdout, synthetic, schema), CONTEXT)


def test_a_hand_worked_table():
    """Train: 2/3, 1/3, 1, not met. Holdout: 1/3, not met, 0, 1."""
    result = measured(SYNTHETIC)
    assert result.parts["train"].value == pytest.approx((2 / 3 + 1 / 3 + 1 + 0) / 4)
    assert result.parts["control"].value == pytest.approx((1 / 3 + 0 + 0 + 1) / 4)
    assert result.headline.value == pytest.approx(2 / 4 - 4 / 3 / 4)
    row = result.detail["secrets"].iloc[0]
    assert row["met"] == 0.75
    assert (row["train_single"], row["holdout_single"]) == (0.25, 0.25)
    assert list(result.detail["known"]["column"]) == ["city", "job"]


def enumerated(synthetic, asked, known, secret):
    """Return the mean chance of a right guess by looking every synthetic row up, one by one."""
    chances = []
    for row in asked.itertuples(index=False):
        alike = [other for other in synthetic.itertuples(index=False) if all(getattr(other, k) == getattr(row, k) for k in known)]
        chances.append(sum(getattr(other, secret) == getattr(row, secret) for other in alike) / max(len(alike), 1))
    return float(np.mean(chances))


def drawn(n, columns, levels, rng, follows=0.0):
    """Draw rows of columns with the same levels; each repeats the one before it with some probability."""
    codes = rng.integers(0, levels, (n, columns))
    for at in range(1, columns):
        codes[:, at] = np.where(rng.random(n) < follows, codes[:, at - 1], codes[:, at])
    names = [f"level {k}" for k in range(levels)]
    return pd.DataFrame({f"c{at}": pd.Categorical.from_codes(codes[:, at], categories=names) for at in range(columns)})


@pytest.mark.parametrize("follows", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("levels", [2, 3, 5])
@pytest.mark.parametrize("columns", [2, 3, 4])
def test_the_chance_is_what_enumeration_finds(columns, levels, follows):
    """All columns have the same cells, so that any two of them could be mistaken for one another."""
    rng = np.random.default_rng([columns, levels, int(10 * follows)])
    train, holdout, synthetic = (drawn(90, columns, levels, rng, follows) for _ in range(3))
    schema = Schema(tuple(Column(name, Kind.CATEGORY, levels=tuple(train[name].cat.categories)) for name in train))
    for secret in ("c0", f"c{columns - 1}"):
        known = [name for name in train if name != secret]
        result = measured(synthetic, train, holdout, schema, secret=secret)
        for part, side in (("train", train), ("control", holdout)):
            assert result.parts[part].value == pytest.approx(enumerated(synthetic, side, known, secret))


def test_two_independent_columns_tell_what_a_coin_does():
    rng = np.random.default_rng(4)
    train, holdout, synthetic = (drawn(2_000, 2, 2, rng) for _ in range(3))
    schema = Schema(tuple(Column(name, Kind.CATEGORY, levels=("level 0", "level 1")) for name in ("c0", "c1")))
    result = measured(synthetic, train, holdout, schema, secret="c1")
    assert result.parts["train"].value == pytest.approx(0.5, abs=0.01)
    assert result.parts["control"].value == pytest.approx(0.5, abs=0.01)
    assert result.detail["secrets"]["met"].tolist() == [1.0]


def test_the_interval_is_newcombes_of_wilsons_limits():
    result = measured(SYNTHETIC)
    (first, second), (low, high) = (2.0, 4 / 3), ([], [])
    for count in (first, second):
        limits = proportion_confint(count, 4, alpha=0.05 / 10, method="wilson")  # for ten attacks together
        low.append(limits[0])
        high.append(limits[1])
    difference = (first - second) / 4
    below = np.hypot(first / 4 - low[0], high[1] - second / 4)
    above = np.hypot(high[0] - first / 4, second / 4 - low[1])
    assert (result.headline.low, result.headline.high) == pytest.approx((difference - below, difference + above))


def test_a_blank_secret_is_not_attacked_and_a_blank_guess_is_wrong():
    blank = SYNTHETIC.assign(ill=pd.Categorical([None] * 4, categories=["no", "yes"]))
    assert measured(blank).parts["train"].value == 0.0
    holes = TRAIN.assign(ill=pd.Categorical([None, "no", "yes", "no"], categories=["no", "yes"]))
    assert measured(SYNTHETIC, holes).parts["train"].value == pytest.approx((1 / 3 + 1 + 0) / 3)


def test_the_secret_is_what_is_marked_else_the_target_else_there_is_none():
    train, holdout, honest = three(300, 300, 300)
    marked = measured(honest, train, holdout, MIXED.updated("city", role=Role.SENSITIVE))
    assert marked.detail["secrets"]["secret"].tolist() == ["city"]
    target = measured(honest, train, holdout, MIXED)
    assert target.detail["secrets"]["secret"].tolist() == ["married"]
    assert "No column is marked sensitive" in target.note
    with pytest.raises(DoesNotApply, match="mark the columns"):
        measured(honest, train, holdout, MIXED.with_target(None))


def test_settings_name_what_is_known_and_what_is_secret():
    train, holdout, honest = three(300, 300, 300)
    result = measured(honest, train, holdout, MIXED, known="city, age", secret="joined")
    assert result.detail["known"]["column"].tolist() == ["city", "age"]
    assert result.detail["secrets"]["secret"].tolist() == ["joined"]
    with pytest.raises(DoesNotApply, match="no compared column 'towns'"):
        measured(honest, train, holdout, MIXED, known="towns")


def test_the_known_columns_are_those_that_tell_most_rows_apart():
    rng = np.random.default_rng(0)
    wide = {name: pd.Categorical.from_codes(rng.integers(0, k, 900), categories=[f"{i}" for i in range(k)]) for name, k in
            (("one", 1), ("two", 2), ("nine", 9), ("six", 6), ("ill", 2))}  # fmt: skip
    schema = Schema(tuple(Column(name, Kind.CATEGORY, levels=tuple(values.categories)) for name, values in wide.items()))
    data = pd.DataFrame(wide)
    result = measured(
        data[600:].reset_index(drop=True), data[:300], data[300:600].reset_index(drop=True), schema, secret="ill", columns=2
    )
    assert result.detail["known"]["column"].tolist() == ["nine", "six"]


def test_levels_may_be_called_anything():
    names = {"a": "zz", "b": "yy", "c": "xx"}
    schema = SCHEMA.updated("city", levels=("zz", "yy", "xx"))
    frames = [one.assign(city=one["city"].cat.rename_categories(names)) for one in (SYNTHETIC, TRAIN, HOLDOUT)]
    assert measured(*frames, schema).headline == measured(SYNTHETIC).headline


def test_no_real_value_is_in_the_details():
    train, holdout, _ = three(300, 300, 300)
    result = measured(train, train, holdout, MIXED)
    assert set(result.detail["secrets"]["secret"]) | set(result.detail["known"]["column"]) <= set(MIXED.names)
    assert all(result.detail["secrets"].drop(columns="secret").dtypes == np.float64)


def test_sentences():
    assert "more often for training rows" in Disclosure().says(Score("a", "disclosure", "privacy", 0.2, 0.1, 0.3))
    assert Disclosure().says(Score("a", "disclosure", "privacy", 0.0, -0.1, 0.1)).startswith("No sign found by this attack")
