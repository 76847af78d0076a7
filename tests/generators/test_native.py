"""What each generator of our own must recover from data whose truth is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from synth_ui.core.context import Context
from synth_ui.core.table import Role, Table, TableSize
from synth_ui.generators.base import Generator
from synth_ui.generators.baselines.independent import Independent
from synth_ui.generators.statistical.bayes_net import BayesNet
from synth_ui.generators.statistical.gaussian_copula import GaussianCopula
from synth_ui.generators.trees.arf import AdversarialForest, group_rows
from synth_ui.generators.trees.cart import Cart
from tests.generators.tables import category, flag_column, numeric, table, whole

NATIVE: list[Generator] = [Independent(), GaussianCopula(), BayesNet(), Cart(trees=3), AdversarialForest(trees=5)]


def drawn(generator: Generator, real: Table, n: int = 4_000) -> pd.DataFrame:
    return generator.fit(real, Context(1))(n, Context(2))


def mixed(n: int = 3_000) -> Table:
    """A number with a spike and blanks, a category with a rare level, a whole number, a yes-or-no."""
    rng = np.random.default_rng(3)
    city = rng.choice(np.array(["a", "b", "c", "rare"], dtype=object), n, p=[0.5, 0.3, 0.19, 0.01])
    gain = np.where(rng.random(n) < 0.8, 0.0, np.round(rng.lognormal(7, 1, n), 2))
    gain[rng.random(n) < 0.1] = np.nan
    age = rng.integers(18, 80, n)
    return table(
        numeric("gain", gain, 2),
        category("city", city),
        whole("age", age),
        flag_column("old", age + rng.normal(0, 9, n) > 50, Role.TARGET),
    )


@pytest.mark.parametrize("generator", NATIVE, ids=lambda g: g.key)
def test_columns_by_themselves_are_kept(generator: Generator) -> None:
    real = mixed()
    made = drawn(generator, real)
    for name in ("city", "old"):
        shares = pd.concat(
            [made[name].value_counts(normalize=True), real.frame[name].value_counts(normalize=True)], axis=1
        ).fillna(0)
        assert (shares.iloc[:, 0] - shares.iloc[:, 1]).abs().max() < 0.04
    assert made["gain"].isna().mean() == pytest.approx(real.frame["gain"].isna().mean(), abs=0.03)
    assert (made["gain"] == 0).mean() == pytest.approx((real.frame["gain"] == 0).mean(), abs=0.04)
    wanted = np.quantile(real.frame["age"], [0.1, 0.5, 0.9])
    assert np.quantile(made["age"], [0.1, 0.5, 0.9]) == pytest.approx(wanted, abs=3)


@pytest.mark.parametrize("generator", NATIVE, ids=lambda g: g.key)
def test_unique_values_of_a_continuous_column_are_not_reused(generator: Generator) -> None:
    rng = np.random.default_rng(4)
    real = table(
        numeric("x", rng.normal(size=1_000)), numeric("y", rng.normal(size=1_000)), category("c", rng.choice(["a", "b"], 1_000))
    )
    made = drawn(generator, real)
    assert not made["x"].isin(real.frame["x"]).any()
    assert not made["y"].isin(real.frame["y"]).any()


def test_independent_columns_are_independent() -> None:
    x = np.random.default_rng(5).normal(size=2_000)
    made = drawn(Independent(), table(numeric("x", x), numeric("y", x + 0.1)))
    assert abs(made.corr().iloc[0, 1]) < 0.06


@pytest.mark.parametrize("correlation", [-0.9, -0.3, 0.6])
def test_gaussian_copula_recovers_a_known_correlation(correlation: float) -> None:
    rng = np.random.default_rng(6)
    z = rng.multivariate_normal([0, 0], [[1, correlation], [correlation, 1]], 6_000)
    made = drawn(GaussianCopula(), table(numeric("x", np.exp(z[:, 0])), numeric("y", z[:, 1])), 6_000)
    latent = np.corrcoef(np.log(made["x"]), made["y"])[0, 1]
    assert latent == pytest.approx(np.corrcoef(z.T)[0, 1], abs=0.03)


def test_gaussian_copula_is_not_weakened_by_levels_and_ties() -> None:
    rng = np.random.default_rng(7)
    z = rng.multivariate_normal([0, 0], [[1, 0.7], [0.7, 1]], 8_000)
    yes, steps = z[:, 0] > 0.5, np.clip(np.floor(z[:, 1] * 2), -3, 3)
    real = table(flag_column("yes", yes), whole("steps", steps.astype(int)))
    made = drawn(GaussianCopula(), real, 8_000)
    wanted = np.corrcoef(yes, steps)[0, 1]
    assert np.corrcoef(made["yes"], made["steps"])[0, 1] == pytest.approx(wanted, abs=0.03)


def test_gaussian_copula_keeps_blanks_that_go_with_another_column() -> None:
    rng = np.random.default_rng(8)
    ill = rng.random(4_000) < 0.5
    dose = np.where(ill | (rng.random(4_000) < 0.1), rng.normal(10, 2, 4_000), np.nan)
    made = drawn(GaussianCopula(), table(flag_column("ill", ill), numeric("dose", dose)))
    assert made.loc[~made["ill"], "dose"].isna().mean() == pytest.approx(0.9, abs=0.08)
    assert made.loc[made["ill"], "dose"].isna().mean() < 0.08


def test_gaussian_copula_shrunk_to_one_has_no_relationship_left() -> None:
    x = np.random.default_rng(9).normal(size=3_000)
    made = drawn(GaussianCopula(shrink=1.0), table(numeric("x", x), numeric("y", -x)))
    assert abs(made.corr().iloc[0, 1]) < 0.06


def test_bayes_net_recovers_a_known_conditional() -> None:
    rng = np.random.default_rng(10)
    weather = rng.choice(np.array(["dry", "rain", "snow"], dtype=object), 6_000, p=[0.6, 0.3, 0.1])
    late = rng.random(6_000) < pd.Series(weather).map({"dry": 0.05, "rain": 0.4, "snow": 0.9}).to_numpy()
    noise = rng.choice(np.array(["u", "v"], dtype=object), 6_000)
    made = drawn(BayesNet(), table(category("weather", weather), category("noise", noise), flag_column("late", late)), 6_000)
    shares = made.groupby("weather", observed=True)["late"].mean()
    assert shares["dry"] == pytest.approx(0.05, abs=0.03)
    assert shares["rain"] == pytest.approx(0.4, abs=0.04)
    assert shares["snow"] == pytest.approx(0.9, abs=0.05)


def exclusive(n: int = 4_000) -> Table:
    """c is yes where exactly one of a and b is: no pair of columns tells anything."""
    rng = np.random.default_rng(11)
    a, b = rng.random(n) < 0.5, rng.random(n) < 0.5
    return table(flag_column("a", a), flag_column("b", b), flag_column("c", (a ^ b) ^ (rng.random(n) < 0.05)))


@pytest.mark.parametrize("generator", [Cart(trees=1), AdversarialForest(trees=10)], ids=lambda g: g.key)
def test_a_dependence_no_pair_shows_is_recovered(generator: Generator) -> None:
    made = drawn(generator, exclusive())
    assert ((made["a"] ^ made["b"]) == made["c"]).mean() > 0.85


def test_what_pairs_cannot_show_escapes_a_copula() -> None:
    made = drawn(GaussianCopula(), exclusive())
    assert ((made["a"] ^ made["b"]) == made["c"]).mean() == pytest.approx(0.5, abs=0.05)


def test_cart_recovers_a_curve_and_its_width() -> None:
    rng = np.random.default_rng(12)
    x = rng.uniform(-3, 3, 4_000)
    y = x**2 + rng.normal(0, 0.3, 4_000)
    made = drawn(Cart(trees=5, min_leaf=20), table(numeric("x", x), numeric("y", y)))
    left = made["y"] - made["x"] ** 2
    assert left.std() < 0.8
    assert abs(left.mean()) < 0.1


def test_cart_tells_levels_apart_that_one_axis_would_mix() -> None:
    rng = np.random.default_rng(13)
    kind = rng.integers(0, 9, 6_000)
    hue = np.where(rng.random(6_000) < 0.9, (kind * 4) % 9, rng.integers(0, 9, 6_000))
    names = np.array(list("abcdefghi"), dtype=object)
    made = drawn(Cart(trees=3, min_leaf=20), table(category("kind", names[kind]), category("hue", names[hue])))
    codes = made["kind"].cat.codes.to_numpy(), made["hue"].cat.codes.to_numpy()
    assert ((codes[0] * 4) % 9 == codes[1]).mean() > 0.8


def test_cart_with_blending_off_repeats_values() -> None:
    real = table(numeric("x", np.random.default_rng(14).normal(size=500)), flag_column("c", np.arange(500) % 2 == 0))
    assert drawn(Cart(blend=False), real)["x"].isin(real.frame["x"]).all()


@pytest.mark.parametrize(
    "generator", [Cart(max_rows=300), AdversarialForest(max_rows=300), GaussianCopula(max_rows=300)], ids=lambda g: g.key
)
def test_a_large_table_is_learned_from_a_sample(generator: Generator) -> None:
    made = drawn(generator, mixed(2_000), 500)
    assert len(made) == 500
    assert made["city"].notna().all()


def test_rows_of_a_small_side_go_down_the_other_one() -> None:
    """A split at 0 peels two of twelve rows off; the other ten are split at 5, and the two go with the lower ones."""
    left, right = np.array([1, -1, 3, -1, -1]), np.array([2, -1, 4, -1, -1])
    feature, threshold = np.array([0, -2, 0, -2, -2]), np.array([0.0, -2, 5.0, -2, -2])
    rows = np.array([[-2.0], [-1.0], *([[3.0]] * 4), *([[8.0]] * 6)])
    grouped = {least: group_rows(left, right, feature, threshold, rows, least).tolist() for least in (2, 3, 5, 7, 13)}
    assert grouped[2] == [1] * 2 + [3] * 4 + [4] * 6
    assert grouped[3] == grouped[5] == [3] * 6 + [4] * 6
    assert grouped[7] == [2] * 12
    assert grouped[13] == [0] * 12


def test_rows_far_out_do_not_hide_what_lies_further_in() -> None:
    """Heavy tails are peeled off row by row near the root; joined with all below, they cost the relationship (.3 to .6 here)."""
    rng = np.random.default_rng(2)
    x = rng.standard_t(1.5, 1_500)
    made = drawn(AdversarialForest(trees=5), table(numeric("x", x), numeric("y", x + 0.1 * rng.standard_t(1.5, 1_500))), 1_500)
    assert made.corr("spearman").iloc[0, 1] > 0.9


def test_a_wide_table_of_many_levels_does_not_explode() -> None:
    rng = np.random.default_rng(15)
    columns = [category(f"c{i}", rng.integers(0, 1_000, 1_500).astype(str)) for i in range(3)]
    columns += [numeric(f"n{i}", rng.normal(size=1_500)) for i in range(27)]
    for generator in (GaussianCopula(), BayesNet(), Cart(trees=1)):
        assert drawn(generator, table(*columns), 100).shape == (100, 30)


@pytest.mark.parametrize("generator", [Cart(), AdversarialForest()], ids=lambda generator: generator.key)
def test_trees_cost_more_where_columns_have_many_levels_and_more_than_in_proportion_to_rows(generator: Generator) -> None:
    few, many, more = (generator.cost(TableSize(10_000, 5, n + 8, n), 100).seconds for n in (20, 1_000, 3_000))
    three, five = (generator.cost(TableSize(10_000, 5, n * 1_000, 1_000), 100).seconds for n in (3, 5))
    assert few < many < more
    assert many < three < five < 10 * few
    assert generator.cost(TableSize(40_000, 5, 28, 20), 100).seconds > 4 * few


def test_a_forest_takes_draws_that_leave_no_row_out() -> None:
    """With two rows, one draw in ten of the real and the made ones together leaves none to judge a tree by."""
    two = mixed(2)
    for seed in range(3):
        assert len(AdversarialForest().fit(two, Context(seed))(50, Context(seed))) == 50
