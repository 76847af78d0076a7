"""Numbers of any size keep their decimals and digits through a generator and in what is written."""

from __future__ import annotations

import io
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth_ui.core.context import Context
from synth_ui.core.table import Kind, Table
from synth_ui.generators.base import Generator
from synth_ui.generators.baselines.bootstrap import Bootstrap
from synth_ui.generators.baselines.independent import Independent
from synth_ui.generators.statistical.bayes_net import BayesNet
from synth_ui.generators.statistical.gaussian_copula import GaussianCopula
from synth_ui.generators.trees.arf import AdversarialForest
from synth_ui.generators.trees.cart import Cart
from synth_ui.reports.download import to_csv, to_excel, to_parquet
from synth_ui.tables.inference.infer import infer_schema
from tests.examples import examples

ROWS = 80
RNG = np.random.default_rng(21)


def written(values: np.ndarray, digits: int) -> list[float]:
    return [float(f"{value:.{digits - 1}e}") for value in values]


COLUMNS = {
    "farad": written(1e-12 * RNG.uniform(1, 70, ROWS), 3),
    "p": written(10 ** RNG.uniform(-12, 0, ROWS), 2),
    "epoch": 1.6e9 + np.round(np.cumsum(RNG.uniform(0, 20, ROWS)), 3),
    "billions": np.round(RNG.lognormal(22, 1, ROWS), 2),
    "northing": np.round(RNG.normal(5_902_345, 300, ROWS), 3),
    "huge": written(1e300 * RNG.uniform(1, 9, ROWS), 4),
    "tiny": written(1e-300 * RNG.uniform(1, 9, ROWS), 4),
    "wide": written(10 ** RNG.uniform(-300, 300, ROWS), 3),
    "full": 1e-9 * RNG.normal(size=ROWS),
    "kind": RNG.choice(["a", "b"], ROWS),
}
FAST = [Independent(), Bootstrap(), Cart(trees=2), GaussianCopula(), BayesNet(), AdversarialForest(trees=2)]


def fineness(values: pd.Series) -> tuple[int, int]:
    """Return the most significant digits and the most decimals that numbers are written with."""
    parts = [Decimal(repr(float(value))).normalize().as_tuple() for value in values.dropna()]
    return max(len(part.digits) for part in parts), max(max(0, -int(part.exponent)) for part in parts)


@pytest.fixture(scope="module")
def table() -> Table:
    return infer_schema(pd.DataFrame(COLUMNS))[0]


@pytest.mark.parametrize("generator", FAST, ids=lambda generator: generator.key)
def test_columns_of_any_size_come_back_as_fine_as_they_are(table: Table, generator: Generator) -> None:
    made = generator.fit(table, Context(1))(ROWS, Context(1))
    rows = pd.read_csv(io.BytesIO(to_csv(made, table.schema)), float_precision="round_trip")
    for name in COLUMNS:
        if name in ("kind", "full"):
            continue
        assert rows[name].nunique() > 20, name
        assert rows[name].between(min(COLUMNS[name]), max(COLUMNS[name])).all(), name
        most = fineness(table.frame[name])
        found = fineness(rows[name])
        assert found[0] <= most[0], name
        assert found[1] <= most[1], name
    pd.testing.assert_frame_equal(pd.read_parquet(io.BytesIO(to_parquet(made, table.schema)))[["tiny"]], rows[["tiny"]])
    assert to_excel(made, table.schema)


@pytest.mark.parametrize("generator", FAST[:4], ids=lambda generator: generator.key)
@settings(max_examples=examples(8), deadline=None)
@given(power=st.integers(-290, 290), digits=st.integers(2, 6), seed=st.integers(0, 9))
def test_any_magnitude_keeps_its_digits(generator: Generator, power: int, digits: int, seed: int) -> None:
    real = pd.Series(written(np.random.default_rng(seed).uniform(1, 99, 30) * 10.0**power, digits))
    table = infer_schema(pd.DataFrame({"v": real, "kind": ["a", "b"] * 15}))[0]
    if table.schema["v"].kind.discrete or table.schema["v"].kind is Kind.INTEGER or not table.schema["v"].modelled:
        return  # whole numbers: codes, keys, or counts, which come in steps of one however many digits the real ones have
    made = generator.fit(table, Context(seed))(30, Context(seed))["v"].astype(float)
    assert made.between(real.min(), real.max()).all()
    assert fineness(made)[1] <= fineness(real)[1]
    assert fineness(made)[0] <= fineness(real)[0]
    assert made.nunique() > 3
