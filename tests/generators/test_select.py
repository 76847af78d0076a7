"""Rows chosen to match two-way tables."""

from __future__ import annotations

import numpy as np
import pytest

from synth_ui.core.context import Context
from synth_ui.generators.neural.autoregressive import Autoregressive
from synth_ui.generators.sampling.selection import TwoWayTables, coarse
from tests.generators.tables import category, numeric, table


def cells(n: int, tied: float, seed: int) -> np.ndarray:
    """Three columns of four cells; the second repeats the first in a share of the rows."""
    rng = np.random.default_rng(seed)
    a, b, c = rng.integers(0, 4, (3, n))
    return np.stack([a, np.where(rng.random(n) < tied, a, b), c], axis=1)


def test_tables_worked_by_hand() -> None:
    tables = TwoWayTables.of(np.array([[0, 0], [0, 1], [1, 1], [1, 1]]), [2, 2], Context())
    assert tables.shares.tolist() == [0.25, 0.25, 0.0, 0.5]
    assert tables.miss(np.array([[0, 0], [0, 0], [1, 1], [1, 1]])) == pytest.approx(0.25)
    assert tables.miss(np.array([[0, 0], [0, 1], [1, 1], [1, 1]])) == 0


def test_chosen_rows_match_better_than_rows_taken_as_they_come() -> None:
    real, pool = cells(4_000, 0.6, 1), cells(8_000, 0.5, 2)
    tables = TwoWayTables.of(real, [4, 4, 4], Context())
    chosen = tables.choose(pool, 2_000, Context(3))
    assert len(np.unique(chosen)) == 2_000
    assert tables.miss(pool[:2_000]) > 0.04
    assert tables.miss(pool[chosen]) < 0.004
    assert np.array_equal(chosen, tables.choose(pool, 2_000, Context(3)))


def test_fewer_rounds_are_the_beginning_of_more() -> None:
    tables = TwoWayTables.of(cells(4_000, 0.6, 1), [4, 4, 4], Context())
    pool = cells(8_000, 0.5, 2)
    misses = [tables.miss(pool[tables.choose(pool, 2_000, Context(3), rounds)]) for rounds in (0, 4, 12, 50)]
    assert misses == sorted(misses, reverse=True)


def test_all_rows_are_kept_where_no_more_are_drawn_than_wanted() -> None:
    tables = TwoWayTables.of(cells(50, 0.5, 1), [4, 4, 4], Context())
    assert tables.choose(cells(7, 0.5, 2), 7, Context()).tolist() == list(range(7))


def test_levels_become_coarse_cells() -> None:
    assert coarse(np.array([5, 5, 1]), ordered=False).tolist() == [0, 1, 2]
    common = coarse(np.array([1, 9, 8, 7, 1]), ordered=False, most=3)
    assert len(set(common[1:4])) == 3
    assert common[0] == common[4]
    by_value = coarse(np.full(40, 25), ordered=True)
    assert np.bincount(by_value).tolist() == [4] * 10


def test_the_network_keeps_rows_that_match() -> None:
    rng = np.random.default_rng(4)
    x = rng.normal(size=1_500)
    level = np.where(x + rng.normal(size=1_500) > 0, "up", "down").astype(object)
    real = table(numeric("x", x), category("side", level), numeric("y", x + rng.normal(size=1_500)))
    misses = []
    for candidates in (1, 4):
        sampler = Autoregressive(epochs=2, candidates=candidates).fit(real, Context(1))
        choice = Autoregressive(epochs=2).fit(real, Context(1)).model.choice
        drawn = sampler.model._levels(1_000, Context(2))
        misses.append(choice.tables.miss(choice._coarse(choice.cells, drawn)))
    assert misses[1] < misses[0] / 3
