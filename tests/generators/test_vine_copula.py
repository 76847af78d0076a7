"""The vine copula: shapes of dependence one correlation cannot say, seeds, and life without the extra."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply
from synth_ui.generators.statistical import vine_copula
from synth_ui.generators.statistical.gaussian_copula import GaussianCopula
from synth_ui.generators.statistical.vine_copula import VineCopula, _ranks
from tests.generators.tables import category, flag_column, numeric, table


def together_only_when_low(n: int = 3_000):  # type: ignore[no-untyped-def]
    """Make two numbers tied in their lower half and unrelated above (a Clayton copula with parameter 4)."""
    rng = np.random.default_rng(0)
    u, w = rng.random(n), rng.random(n)
    v = (u**-4.0 * (w ** (-4 / 5) - 1) + 1) ** (-1 / 4)
    return table(numeric("x", u), numeric("y", v))


def tail(frame, upper: bool) -> float:  # type: ignore[no-untyped-def]
    ranks = frame.rank(pct=True)
    far = ranks > 0.9 if upper else ranks <= 0.1
    return float((far["x"] & far["y"]).mean() / 0.1)


@pytest.mark.parametrize("shapes", ["free", "named"])
def test_a_dependence_that_differs_between_low_and_high_values_is_kept(shapes: str) -> None:
    pytest.importorskip("pyvinecopulib")
    real = together_only_when_low()
    made = VineCopula(shapes=shapes, max_rows=2_000).fit(real, Context(1))(4_000, Context(2))
    assert tail(made, upper=False) == pytest.approx(tail(real.frame, upper=False), abs=0.1)
    assert tail(made, upper=True) == pytest.approx(tail(real.frame, upper=True), abs=0.1)
    flat = GaussianCopula().fit(real, Context(1))(4_000, Context(2))
    assert tail(flat, upper=False) < tail(real.frame, upper=False) - 0.12, "what one correlation cannot say"


def test_levels_blanks_and_margins_are_kept() -> None:
    pytest.importorskip("pyvinecopulib")
    rng = np.random.default_rng(1)
    ill = rng.random(2_000) < 0.3
    dose = np.where(ill | (rng.random(2_000) < 0.1), rng.normal(10, 2, 2_000), np.nan)
    real = table(
        category("ward", rng.choice(["a", "b", "c"], 2_000, p=[0.6, 0.3, 0.1])), numeric("dose", dose), flag_column("ill", ill)
    )
    made = VineCopula(max_rows=1_000).fit(real, Context(1))(2_000, Context(2))
    assert made["dose"].isna().mean() == pytest.approx(np.isnan(dose).mean(), abs=0.04)
    assert made.loc[made["ill"], "dose"].isna().mean() < 0.25, "smoothed, not exact: without the tie it would be 0.63"
    assert (made["ward"] == "c").mean() == pytest.approx(0.1, abs=0.03)


def test_ties_are_broken_at_random_and_blanks_rank_below_all() -> None:
    ranks = _ranks(np.array([2.0, np.nan, 1.0, 1.0]), None, np.random.default_rng(0))
    assert sorted(ranks) == [0.125, 0.375, 0.625, 0.875]
    assert ranks[1] == 0.125
    assert ranks[0] == 0.875
    order = np.array([2, 0, 1])
    assert _ranks(np.array([2, 0, 1]), order, np.random.default_rng(0)).argsort().tolist() == [0, 1, 2]


def test_too_many_columns_are_refused_with_the_remedy() -> None:
    pytest.importorskip("pyvinecopulib")
    x = np.random.default_rng(2).normal(size=(50, 3))
    with pytest.raises(DoesNotApply, match="most_columns"):
        VineCopula(most_columns=2).fit(table(*(numeric(name, x[:, at]) for at, name in enumerate("abc"))), Context())


def test_without_the_extra_a_fit_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vine_copula, "find_spec", lambda name: None)
    with pytest.raises(DoesNotApply, match=r"pip install 'synth-ui\[vine\]'"):
        VineCopula().fit(together_only_when_low(50), Context())


def test_the_catalogue_is_listed_without_the_extra() -> None:
    listing = (
        "import sys; sys.modules['pyvinecopulib'] = None\n"
        "from synth_ui.generators.base import generators\n"
        "assert generators()['vine_copula'].requires == ('pyvinecopulib',)"
    )
    subprocess.run([sys.executable, "-c", listing], check=True)
