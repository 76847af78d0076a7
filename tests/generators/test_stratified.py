"""Draws spread evenly: each row keeps its chances, together they follow the shares."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from synth_ui.core.context import Context
from synth_ui.generators.neural._autoregression import pick
from synth_ui.generators.sampling.stratified import stratified
from synth_ui.generators.trees.cart import Cart
from tests.generators.tables import category, numeric, table


def test_a_stretch_of_equal_keys_is_even_at_any_length() -> None:
    key = np.repeat([2, 0, 1], [700, 41, 13])
    drawn = stratified(key, np.random.default_rng(1))
    for value, rows in ((2, 700), (0, 41), (1, 13)):
        part = drawn[key == value]
        assert len(part) == rows
        assert np.abs(np.sort(part) - (np.arange(rows) + 0.5) / rows).max() < 2.5 / rows


def test_each_row_by_itself_is_uniform_and_independent_of_the_next_draw() -> None:
    key = np.repeat([0, 1], 50)
    draws = np.array([stratified(key, np.random.default_rng(seed)) for seed in range(2_000)])
    assert draws.mean(axis=0) == pytest.approx(0.5, abs=0.03)
    assert (draws < 0.1).mean(axis=0) == pytest.approx(0.1, abs=0.03)
    rng = np.random.default_rng(3)
    first, second = stratified(np.zeros(5_000), rng), stratified(np.zeros(5_000), rng)
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.05


def test_levels_are_picked_by_their_chances_within_every_group() -> None:
    chances = np.array([[0.7, 0.2, 0.1], [0.1, 0.3, 0.6]], dtype=np.float32)
    group = np.random.default_rng(2).integers(0, 2, 4_000)
    picked = pick(np.log(chances)[group], np.random.default_rng(4))
    for one in (0, 1):
        shares = np.bincount(picked[group == one], minlength=3) / (group == one).sum()
        assert shares == pytest.approx(chances[one], abs=0.003)


def test_drawn_margins_carry_no_noise_of_sampling() -> None:
    rng = np.random.default_rng(5)
    x = rng.normal(size=4_000)
    side = np.where(x + rng.normal(size=4_000) > 0, "up", "down").astype(object)
    real = table(numeric("x", x), category("side", side))
    made = Cart(trees=1).fit(real, Context(1))(4_000, Context(2))
    gaps = [
        abs((made["side"] == "up").mean() - (real.frame["side"] == "up").mean()),
        np.abs(pd.cut(made["x"], [-9, -1, 0, 1, 9]).value_counts(normalize=True).sort_index()
               - pd.cut(real.frame["x"], [-9, -1, 0, 1, 9]).value_counts(normalize=True).sort_index()).max(),
    ]  # fmt: skip
    assert max(gaps) < 0.004  # independent draws miss by .008 on average
