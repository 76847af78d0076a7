"""Generators that start from real rows: what they keep, what they change, and by how much."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply
from synth_ui.core.table import Role, Table
from synth_ui.generators.baselines.bootstrap import Bootstrap
from synth_ui.generators.perturbation._real_rows import passes
from synth_ui.generators.perturbation.interpolate import Interpolate
from synth_ui.generators.perturbation.mask import Mask, mondrian
from synth_ui.generators.perturbation.noise import Noise
from tests.generators.tables import category, flag_column, numeric, table, whole


def mixed(n: int = 2_000) -> Table:
    """Make a number that decides the target, one with a spike and blanks, a category with a rare level."""
    rng = np.random.default_rng(3)
    age = rng.normal(50, 12, n)
    gain = np.where(rng.random(n) < 0.8, 0.0, np.round(rng.lognormal(7, 1, n), 2))
    gain[rng.random(n) < 0.1] = np.nan
    city = rng.choice(np.array(["a", "b", "c", "rare"], dtype=object), n, p=[0.5, 0.3, 0.197, 0.003])
    return table(numeric("age", age), numeric("gain", gain, 2), category("city", city), flag_column("old", age > 65, Role.TARGET))


def drawn(generator, real: Table, n: int = 2_000, seed: int = 2) -> pd.DataFrame:  # type: ignore[no-untyped-def]
    return generator.fit(real, Context(1))(n, Context(seed))


def rows_of(frame: pd.DataFrame) -> set[tuple[str, ...]]:
    return set(map(tuple, frame.astype(str).to_numpy()))


def test_passes_bring_every_row_once_before_any_comes_again() -> None:
    chosen = passes(7, 18, np.random.default_rng(0))
    assert sorted(chosen[:7]) == sorted(chosen[7:14]) == list(range(7))
    assert len(set(chosen[14:])) == 4


def test_bootstrap_repeats_training_rows_and_nothing_else() -> None:
    real = mixed(300)
    made = drawn(Bootstrap(), real, 300)
    assert rows_of(made) <= rows_of(real.frame)
    share = len(rows_of(made)) / 300
    assert share == pytest.approx(1 - np.exp(-1), abs=0.08), "with replacement, a bit less than two thirds of the rows are met"


def test_no_noise_gives_the_real_rows_back() -> None:
    real = mixed(300)
    for scale in ("ranks", "values"):
        assert rows_of(drawn(Noise(amount=0, swap=0, scale=scale), real, 300)) == rows_of(real.frame)


def test_noise_on_ranks_keeps_each_column_and_weakens_what_ties_them_as_calculated() -> None:
    z = np.random.default_rng(0).multivariate_normal([0, 0], [[1, 0.8], [0.8, 1]], 6_000)
    made = drawn(Noise(amount=0.5), table(numeric("x", np.exp(z[:, 0])), numeric("y", z[:, 1])), 6_000)
    assert np.quantile(made["x"], [0.05, 0.5, 0.95]) == pytest.approx(np.exp(np.quantile(z[:, 0], [0.05, 0.5, 0.95])), rel=0.08)
    wanted = np.corrcoef(z.T)[0, 1] / (1 + 0.5**2)
    assert np.corrcoef(np.log(made["x"]), made["y"])[0, 1] == pytest.approx(wanted, abs=0.03)


def test_noise_on_values_adds_the_variance_it_says_and_leaves_spikes() -> None:
    real = mixed(4_000)
    made = drawn(Noise(amount=0.5, swap=0, scale="values"), real, 4_000)
    assert made["age"].std() / real.frame["age"].std() == pytest.approx(np.sqrt(1 + 0.5**2), abs=0.06)
    assert (made["gain"] == 0).mean() == pytest.approx((real.frame["gain"] == 0).mean(), abs=0.02)


def test_levels_are_swapped_as_often_as_asked() -> None:
    rng = np.random.default_rng(1)
    same = rng.choice(["u", "v"], 4_000)
    kept = (same == "u") ^ (rng.random(4_000) < 0.02)
    made = drawn(
        Noise(amount=0, swap=0.4), table(category("a", same), whole("b", kept * 100 + rng.integers(0, 50, 4_000))), 4_000
    )
    assert ((made["a"] == "u") == (made["b"] >= 100)).mean() == pytest.approx(0.98 - 0.48 * 0.4, abs=0.03)


def test_a_mix_lies_between_a_row_and_a_near_neighbour() -> None:
    rng = np.random.default_rng(2)
    angle = rng.uniform(0, 2 * np.pi, 1_500)
    made = drawn(Interpolate(), table(numeric("x", np.cos(angle)), numeric("y", np.sin(angle))), 1_500)
    radius = np.hypot(made["x"], made["y"])
    assert radius.min() > 0.98, "chords between neighbours stay next to the circle; between any two rows they would cross it"
    assert made["x"].isin(np.cos(angle)).mean() < 0.05


def test_reach_limits_how_far_a_row_moves() -> None:
    x = np.sort(np.random.default_rng(3).normal(size=400))
    real = table(numeric("x", x), numeric("y", x**3))
    gaps = {
        reach: np.abs(drawn(Interpolate(neighbours=50, reach=reach), real)["x"].to_numpy()[:, None] - x).min(axis=1).mean()
        for reach in (0.05, 1.0)
    }
    assert gaps[0.05] < gaps[1.0]


def test_neighbours_share_the_targets_level_even_where_the_class_is_small() -> None:
    real = mixed(120)
    made = drawn(Interpolate(neighbours=60), real)
    assert 2 <= real.frame["old"].sum() < 30
    assert made.loc[made["old"], "age"].min() > 65
    assert made.loc[~made["old"], "age"].max() <= 65


def test_a_rare_class_alone_or_as_frequent_as_the_others() -> None:
    real = mixed()
    assert drawn(Interpolate(classes="rarest"), real, 300)["old"].all()
    assert drawn(Interpolate(classes="equal"), real)["old"].mean() == pytest.approx(0.5, abs=0.05)
    assert drawn(Interpolate(), real)["old"].mean() == pytest.approx(real.frame["old"].mean(), abs=0.04)


def test_a_run_says_that_its_rows_lie_close_to_the_training_rows() -> None:
    context = Context()
    Interpolate().fit(mixed(), context)
    assert [line for line in context.notes.lines() if "closer to the training rows they were mixed from" in line]


def test_balancing_without_a_target_is_refused_with_the_remedy() -> None:
    real = table(numeric("x", np.arange(50) * 1.5), category("c", ["a", "b"] * 25))
    with pytest.raises(DoesNotApply, match="choose one as target"):
        Interpolate(classes="equal").fit(real, Context())


def test_spikes_blanks_and_levels_are_taken_from_one_of_the_two_rows() -> None:
    real = mixed()
    made = drawn(Interpolate(), real)
    assert (made["gain"] == 0).mean() == pytest.approx((real.frame["gain"] == 0).mean(), abs=0.06)
    assert made["gain"].isna().mean() == pytest.approx(0.1, abs=0.04)


@pytest.mark.parametrize("k", [2, 7, 30])
def test_every_masked_row_is_shared_by_at_least_k(k: int) -> None:
    real = mixed()
    made = drawn(Mask(k=k), real, len(real.frame))
    sizes = made.drop(columns="old").astype(str).value_counts()
    assert sizes.min() >= k
    assert len(sizes) > len(real.frame) / k / 4


def test_mondrian_by_hand() -> None:
    places = np.array([[0.0, 0.5], [0.1, 0.4], [0.9, 0.5], [1.0, 0.6]])
    groups = mondrian(places, 2, Context())
    assert groups[0] == groups[1] != groups[2] == groups[3]
    assert len(set(mondrian(places, 3, Context()))) == 1


def test_extremes_are_cut_and_numbers_rounded() -> None:
    real = mixed()
    made = drawn(Mask(k=1, top_code=0.05, steps=10, rare=0), real)
    low, high = np.quantile(real.frame["age"], [0.05, 0.95])
    inner = made["age"][(made["age"] > made["age"].min()) & (made["age"] < made["age"].max())]
    assert made["age"].min() >= low - 1e-9
    assert made["age"].max() <= high + 1e-9
    assert (inner % 5 == 0).all(), "some forty years in ten steps: multiples of five"


def test_rare_levels_become_more_frequent_ones() -> None:
    real = mixed()
    assert 0 < (real.frame["city"] == "rare").sum() < 20
    made = drawn(Mask(k=1, rare=20), real)
    assert not (made["city"] == "rare").any()
    assert (drawn(Mask(k=1, rare=0), real)["city"] == "rare").any()


def test_shuffled_cells_lose_what_ties_them_to_their_row() -> None:
    real = mixed()
    apart, mixed_up = (drawn(Mask(k=1, top_code=0, steps=0, rare=0, shuffle=share), real) for share in (0.0, 1.0))
    assert ((apart["age"] > 65) == apart["old"]).all()
    assert ((mixed_up["age"] > 65) == mixed_up["old"]).mean() < 0.9
    assert sorted(mixed_up["age"]) == sorted(apart["age"])
