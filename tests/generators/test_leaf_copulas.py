"""What joins the columns inside the leaves of an adversarial forest."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm, rankdata

from synth_ui.core.context import Context
from synth_ui.generators.trees import _leaf_copulas
from synth_ui.generators.trees._leaf_copulas import LeafCopulas, scores_within
from synth_ui.generators.trees.arf import AdversarialForest
from tests.generators.tables import category, numeric, table

N = 4_000


def test_scores_are_those_of_scipys_ranks_in_each_leaf() -> None:
    rng = np.random.default_rng(1)
    leaf, values = rng.integers(0, 7, 500), rng.integers(0, 9, 500).astype(float)
    expected = np.empty(500)
    for at in range(7):
        inside = leaf == at
        expected[inside] = norm.ppf((rankdata(values[inside]) - 0.5) / inside.sum())
    assert scores_within(leaf, values) == pytest.approx(expected)


def in_leaves(correlations: tuple[float, ...], shrink: float, trees: int = 1) -> tuple[np.ndarray, LeafCopulas]:
    """Leaves of N rows each, with two columns of a normal correlation and a third of one value; their copulas."""
    rng = np.random.default_rng(2)
    leaf = np.repeat(np.arange(len(correlations)), N)
    first, second = rng.normal(size=len(leaf)), rng.normal(size=len(leaf))
    held = np.array(correlations)[leaf]
    shown = np.column_stack([first, held * first + np.sqrt(1 - held**2) * second, np.zeros(len(leaf))])
    return leaf, LeafCopulas.of(leaf, shown, shrink, trees)


def joined(copulas: LeafCopulas, leaf: np.ndarray, at: int) -> float:
    shares = copulas.shares(leaf, np.random.default_rng(3).random((len(leaf), 3)))[leaf == at]
    assert shares.min() >= 0
    assert shares.max() < 1
    assert abs(np.corrcoef(shares[:, 0], shares[:, 2])[0, 1]) < 0.05, "a column of one value is tied to nothing"
    assert np.histogram(shares[:, 1], 10, (0, 1))[0] == pytest.approx(N / 10, abs=0.02 * N), "each column stays uniform"
    return float(np.corrcoef(norm.ppf(shares[:, :2]).T)[0, 1])


def test_each_leaf_is_drawn_as_its_own_columns_hang_together() -> None:
    leaf, copulas = in_leaves((0.9, -0.5), shrink=40)
    assert joined(copulas, leaf, 0) == pytest.approx(0.9, abs=0.04)
    assert joined(copulas, leaf, 1) == pytest.approx(-0.5, abs=0.04)


def test_a_leaf_follows_its_tree_by_the_weight_given() -> None:
    leaf, copulas = in_leaves((0.9, -0.5), shrink=N)
    assert joined(copulas, leaf, 0) == pytest.approx((0.9 + 0.2) / 2, abs=0.04)


def test_where_matrices_would_be_many_the_leaves_of_a_tree_share_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_leaf_copulas, "_LARGEST", 2 * 9 * 10 - 1)
    leaf, copulas = in_leaves((0.9, -0.5), shrink=0, trees=10)
    assert copulas.roots.shape == (1, 3, 3)
    assert joined(copulas, leaf, 0) == pytest.approx(0.2, abs=0.04)


def test_rows_are_joined_alike_however_many_are_taken_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    leaf, copulas = in_leaves((0.9, -0.5), shrink=0)
    even = np.random.default_rng(4).random((len(leaf), 3))
    whole = copulas.shares(leaf, even)
    monkeypatch.setattr(_leaf_copulas, "_AT_ONCE", 9 * 1_000)
    assert copulas.shares(leaf, even) == pytest.approx(whole)


def test_a_forest_keeps_what_rises_together_inside_its_leaves() -> None:
    """Ten numbers and a level that follow one hidden number: leaves cannot be fine in all of them."""
    rng = np.random.default_rng(5)
    hidden = rng.normal(size=N)
    level = np.array(["d", "b", "a", "c"], dtype=object)[np.digitize(hidden, [-0.7, 0, 0.7])]
    numbers = [numeric(f"x{at}", hidden + 0.3 * rng.normal(size=N)) for at in range(10)]
    real = table(*numbers, category("level", level))
    place = {"d": 0, "b": 1, "a": 2, "c": 3}
    held = real.frame.assign(level=real.frame["level"].map(place)).corr("spearman").to_numpy()
    lost = {}
    for copula in (True, False):
        made = AdversarialForest(trees=5, leaf_copula=copula).fit(real, Context(1))(N, Context(2))
        lost[copula] = held - made.assign(level=made["level"].map(place)).corr("spearman").to_numpy()
        assert made["x0"].mean() == pytest.approx(0, abs=0.08)
    assert lost[True][:-1, :-1].mean() < 0.03, "between numbers"
    assert lost[True][-1].mean() < 0.05, "with the level"
    assert lost[False].mean() > 3 * lost[True].mean()
