"""Conditions met by the method itself: the rows are those that rejection would leave, with fewer drawn for them."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2_contingency, ks_2samp

from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply
from synth_ui.generators._preparation.prepare import PreparedSampler
from synth_ui.generators.base import Generator
from synth_ui.generators.baselines.bootstrap import Bootstrap
from synth_ui.generators.baselines.independent import Independent
from synth_ui.generators.neural.autoregressive import Autoregressive, AutoregressiveModel
from synth_ui.generators.statistical.gaussian_copula import GaussianCopula
from tests.generators.tables import category, flag_column, numeric, table

NATIVE: list[Generator] = [Independent(), Bootstrap(), GaussianCopula(), Autoregressive(candidates=1, steps=300)]

CONDITIONS: dict[str, dict[str, object]] = {
    "a class": {"rich": True},
    "a rare level": {"city": "rare"},
    "two levels of one, one of another": {"city": ["a", "rare"], "rich": False},
    "a blank": {"job": None},
    "a level and a number": {"rich": True, "pay": {"min": 0.0}},
}


def _real(n: int = 4_000):  # type: ignore[no-untyped-def]
    rng = np.random.default_rng(8)
    pay = rng.normal(size=n)
    rich = rng.random(n) < 1 / (1 + np.exp(2 - 2 * pay))
    city = np.where(rng.random(n) < 0.05 + 0.1 * rich, "rare", np.where(pay > 0.3, "a", "b")).astype(object)
    job = np.where(rng.random(n) < 0.1, None, np.where(rng.random(n) < 0.3 + 0.5 * rich, "clerk", "cook"))
    return table(numeric("pay", pay), category("city", city), category("job", job), flag_column("rich", rich))


@pytest.fixture(scope="module", params=NATIVE, ids=lambda generator: generator.key)
def sampler(request: pytest.FixtureRequest) -> PreparedSampler:
    assert request.param.native_conditions
    fitted = request.param.fit(_real(), Context(1))
    assert isinstance(fitted, PreparedSampler)
    return fitted


def by_rejection(sampler: PreparedSampler) -> Callable[..., pd.DataFrame]:
    plain = PreparedSampler(sampler.layout, sampler.model)

    class Plain:
        def draw(self, n: int, context: Context):  # type: ignore[no-untyped-def]
            return sampler.model.draw(n, context)

        def draw_given(self, *_: object) -> None:
            return None

    plain.model = Plain()  # type: ignore[assignment]
    return plain


def unlike(native: pd.DataFrame, plain: pd.DataFrame) -> dict[str, float]:
    """Return the p-value of each column in which two sets of rows could differ."""
    found = {"pay": float(ks_2samp(native["pay"], plain["pay"]).pvalue)}
    for name in ("city", "job", "rich"):
        codes = pd.concat([native[name], plain[name]]).astype(object).where(lambda values: values.notna(), "blank").astype(str)
        counts = pd.crosstab(codes.to_numpy(), np.repeat(["native", "plain"], [len(native), len(plain)]))
        if len(counts) > 1:
            found[name] = float(chi2_contingency(counts).pvalue)
    return found


@pytest.mark.parametrize("asked", CONDITIONS)
def test_rows_drawn_under_a_condition_are_those_that_rejection_leaves(sampler: PreparedSampler, asked: str) -> None:
    native, plain = (draw(2_000, Context(seed), CONDITIONS[asked]) for seed, draw in ((2, sampler), (3, by_rejection(sampler))))
    assert len(native) == 2_000
    assert min(unlike(native, plain).values()) > 1e-4


def test_rows_under_another_condition_would_be_noticed(sampler: PreparedSampler) -> None:
    """The test above can fail."""
    assert min(unlike(sampler(2_000, Context(2), {"rich": True}), sampler(2_000, Context(3), {"rich": False})).values()) < 1e-6


def test_fewer_rows_are_drawn(sampler: PreparedSampler) -> None:
    notes = []
    for draw in (sampler, by_rejection(sampler)):
        context = Context(4)
        draw(500, context, {"city": "rare"})
        notes.append(" ".join(context.notes.lines()))
    assert "the others were drawn anew" in notes[1]
    if not isinstance(sampler.model, AutoregressiveModel):
        assert "the others were drawn anew" not in notes[0]


def test_the_network_gives_a_row_up_at_the_first_column_that_fails() -> None:
    fitted = Autoregressive(steps=100, order="target").fit(_real(), Context(1))
    seconds = []
    for draw in (fitted, by_rejection(fitted)):  # type: ignore[arg-type]
        began = time.process_time()
        draw(2_000, Context(4), {"city": "rare"})
        seconds.append(time.process_time() - began)
    assert seconds[0] < seconds[1] / 1.5, "twice as fast, but for what else the machine does"


def test_levels_that_never_meet_are_refused_with_the_count() -> None:
    x = np.random.default_rng(0).normal(size=600)
    apart = table(numeric("x", x), category("side", np.where(x > 0, "up", "down")), category("way", np.where(x > 0, "in", "out")))
    fitted = Bootstrap().fit(apart, Context(1))
    with pytest.raises(DoesNotApply, match=r"only 0 of .* ask for what more real rows have"):
        fitted(5, Context(2), {"side": "up", "way": "out"})
