"""Rows chosen to match two-way tables."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import cdist

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


def test_a_difference_within_chance_is_not_aimed_at() -> None:
    real, pool = cells(2_000, 0.5, 1), cells(8_000, 0.5, 2)
    tables = TwoWayTables.of(real, [4, 4, 4], Context())
    drawn = TwoWayTables.of(pool, [4, 4, 4], Context()).shares
    moved = np.abs(tables.beyond_chance(pool).shares - drawn).sum() / np.abs(tables.shares - drawn).sum()
    assert moved < 0.35


def test_a_difference_beyond_chance_is_aimed_at() -> None:
    real, pool = cells(2_000, 0.7, 1), cells(8_000, 0.5, 2)
    tables = TwoWayTables.of(real, [4, 4, 4], Context())
    first = slice(0, 16)  # of the pair that is tied too loosely
    drawn = TwoWayTables.of(pool, [4, 4, 4], Context()).shares
    aimed = tables.beyond_chance(pool)
    assert np.abs(aimed.shares - tables.shares)[first].sum() < 0.1 * np.abs(drawn - tables.shares)[first].sum()
    assert aimed.shares.sum() == pytest.approx(3)


def test_unseen_rows_chosen_so_come_no_closer_to_those_counted() -> None:
    closer = []
    for seed in range(4):
        rng = np.random.default_rng(seed)
        train, other, pool = rng.normal(size=(1_000, 8)), rng.normal(size=(1_000, 8)), rng.normal(size=(4_000, 8))
        edges = np.quantile(train, np.linspace(0, 1, 11)[1:-1], axis=0)
        counted, drawn = ((rows[:, None, :] > edges).sum(axis=1).astype(np.int64) for rows in (train, pool))
        tables = TwoWayTables.of(counted, [10] * 8, Context())
        to_train, to_other = (cdist(pool, rows).min(axis=1) for rows in (train, other))
        chosen = tables.beyond_chance(drawn).choose(drawn, 1_000, Context(6))
        closer.append(float((to_train < to_other)[chosen].mean() - (to_train < to_other).mean()))
    assert abs(np.mean(closer)) < 0.012  # 0.03 where the tables are matched to the row


def test_levels_become_coarse_cells() -> None:
    assert coarse(np.array([5, 5, 1]), ordered=False).tolist() == [0, 1, 2]
    common = coarse(np.array([1, 9, 8, 7, 1]), ordered=False, most=3)
    assert len(set(common[1:4])) == 3
    assert common[0] == common[4]
    by_value = coarse(np.full(40, 25), ordered=True)
    assert np.bincount(by_value).tolist() == [4] * 10


def test_the_network_keeps_rows_that_match() -> None:
    rng = np.random.default_rng(4)
    x = rng.normal(size=6_000)
    level = np.where(x + rng.normal(size=6_000) > 0, "up", "down").astype(object)
    real = table(numeric("x", x), category("side", level), numeric("y", x + rng.normal(size=6_000)))
    several, one = (Autoregressive(epochs=2, candidates=candidates).fit(real, Context(1)).model for candidates in (6, 1))
    choice = several.choice
    as_they_come = choice._coarse(choice.cells, one._levels(8_000, Context(2)))
    aim = choice.tables.beyond_chance(as_they_come)
    misses = [aim.miss(choice._coarse(choice.cells, model._levels(1_000, Context(2)))) for model in (several, one)]
    assert misses[0] < 0.75 * misses[1]
