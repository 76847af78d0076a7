"""Designed tables: correlations, noise, classes and flipped labels are recovered; what is impossible is said to be."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from synth_ui.core.context import Context
from synth_ui.core.errors import SettingError
from synth_ui.core.table import Role
from synth_ui.generators.from_nothing.correlations import latent, nearest, possible
from synth_ui.generators.from_nothing.designed import EXAMPLE, Designed, read_correlations

ROWS = 20_000
IMPOSSIBLE = np.array([[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1.0]])
NUMBERS = json.dumps([{"name": name, "distribution": "normal", "mean": 0, "spread": 1} for name in "abc"])


def test_rank_correlations_are_recovered_whatever_the_distributions() -> None:
    frame = Designed(target="none").make(ROWS, Context(1)).frame
    ranks = frame[["age", "income", "hours"]].corr("spearman")
    assert abs(ranks.loc["age", "income"] - 0.5) < 0.02
    assert abs(ranks.loc["income", "hours"] - 0.3) < 0.02
    assert abs(ranks.loc["age", "hours"]) < 0.02
    assert stats.kstest(frame["income"], stats.lognorm(0.5, scale=32_000).cdf).pvalue > 1e-3
    assert np.allclose(frame["region"].value_counts(normalize=True)[["north", "south", "east"]], [0.5, 0.3, 0.2], atol=0.012)


def test_what_is_impossible_is_seen_and_the_nearest_is_that_of_statsmodels() -> None:
    from statsmodels.stats.correlation_tools import corr_nearest

    assert not possible(IMPOSSIBLE)
    near = nearest(IMPOSSIBLE)
    assert possible(near)
    with pytest.warns(UserWarning, match="Maximum iteration"):
        theirs = corr_nearest(latent(IMPOSSIBLE), threshold=1e-10, n_fact=500)
    assert np.allclose(latent(near), theirs, atol=1e-4)
    fine = np.array([[1, 0.5], [0.5, 1]])
    assert np.allclose(nearest(fine), fine, atol=1e-8)


def test_impossible_correlations_are_refused_or_mended_as_told() -> None:
    asked = '[["a", "b", 0.9], ["b", "c", 0.9], ["a", "c", -0.9]]'
    with pytest.raises(SettingError, match=r"cannot hold all at once.*from -?0.90 to -?0.48"):
        Designed(columns=NUMBERS, correlations=asked, target="none").make(10, Context())
    world = Designed(columns=NUMBERS, correlations=asked, target="none", impossible="nearest").world(ROWS, Context())
    assert "nearest possible" in world.notes[0]
    assert np.allclose(world.main.frame.corr("spearman").loc["a", "b"], 0.483, atol=0.02)


@pytest.mark.parametrize("noise", [0.0, 0.2, 0.7])
def test_the_noise_of_the_target_is_its_share_of_variance(noise: float) -> None:
    world = Designed(target="number", noise=noise).world(ROWS, Context(2))
    unexplained = 1 - np.corrcoef(world.main.frame["target"], world.tables["truth"].frame["target"])[0, 1] ** 2
    assert abs(unexplained - noise) < 0.02


def test_measurement_noise_is_its_share_of_each_numbers_variance() -> None:
    world = Designed(columns=NUMBERS, correlations="[]", target="none", measurement_noise=0.3).world(ROWS, Context(2))
    clean = world.tables["truth"].frame
    assert abs(np.corrcoef(clean["a"], world.main.frame["a"])[0, 1] ** 2 - 0.7) < 0.02
    assert abs(world.main.frame["a"].var() - clean["a"].var() / 0.7) < 0.05


def test_classes_have_their_balance_and_labels_their_noise() -> None:
    world = Designed(balance="5, 3, 2", label_noise=0.1).world(ROWS, Context(3))
    truth = world.tables["truth"].frame
    shares = truth["class_before_exchange"].value_counts(normalize=True)
    assert np.allclose(shares[["class 1", "class 2", "class 3"]], [0.5, 0.3, 0.2], atol=1e-4)
    exchanged = (world.main.frame["target"].astype(str) != truth["class_before_exchange"].astype(str)).mean()
    assert abs(exchanged - 0.1) < 4 * np.sqrt(0.1 * 0.9 / ROWS)
    assert world.main.schema.target is not None
    assert truth["formula"].groupby(truth["class_without_noise"].astype(str)).agg(["min", "max"]).loc["class 1", "max"] <= (
        truth["formula"][truth["class_without_noise"] == "class 2"].min()
    )


def test_the_target_is_the_formula() -> None:
    table = Designed(columns=NUMBERS, correlations="[]", target="number", noise=0, formula="2 * a - max(b, 0) ** 2").make(
        50, Context(1)
    )
    frame = table.frame
    assert np.allclose(frame["target"], 2 * frame["a"] - np.maximum(frame["b"], 0) ** 2)
    assert table.schema["target"].role is Role.TARGET


def test_the_seed_decides() -> None:
    first, again, other = (Designed().make(200, Context(seed)).frame for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first, again)
    assert not first.equals(other)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"formula": "age.__class__"}, "not allowed"),
        ({"formula": "__import__('os')"}, "calls '__import__'"),
        ({"formula": "height + 1"}, "no column 'height'"),
        ({"formula": "region"}, "gives a text"),
        ({"formula": "log(age - 200)"}, "gives no number in"),
        ({"balance": "0.5"}, "2 to 10 shares"),
        ({"balance": "a, b"}, "write the share of each class"),
        ({"correlations": "[[1]]"}, "write \\[column, column, number\\]"),
        ({"correlations": '[["age", "nobody", 0.5]]'}, "name two of age"),
        ({"correlations": '[["age", "income", 2]]'}, "lies from -1 to 1"),
        ({"columns": '[{"name": "x", "kind": "text"}]'}, "allowed are numbers, dates and levels"),
        ({"columns": '[{"name": "target", "low": 0, "high": 1}]', "correlations": "[]"}, "rename it"),
    ],
)
def test_what_cannot_be_made_is_refused_in_words(settings: dict[str, str], said: str) -> None:
    with pytest.raises(SettingError, match=said):
        Designed(**settings).make(100, Context())  # type: ignore[arg-type]


def test_a_formula_over_a_column_with_blanks_is_refused() -> None:
    columns = EXAMPLE.replace('"decimals": 0', '"decimals": 0, "blank": 0.2')
    with pytest.raises(SettingError, match="'income' has blanks"):
        Designed(columns=columns).make(100, Context())


def test_correlations_are_read_into_a_matrix() -> None:
    assert read_correlations('[["a", "c", -0.5]]', ["a", "b", "c"]).tolist() == [[1, 0, -0.5], [0, 1, 0], [-0.5, 0, 1]]
