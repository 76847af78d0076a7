"""What every generator owes its users, on every awkward table."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from functools import partial
from typing import Any

import numpy as np
import pytest

from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply
from synth_ui.core.table import Schema, Table
from synth_ui.generators.base import Generator, generators
from synth_ui.generators.contract import Check, checks, class_checks, without_rows
from tests.awkward import AWKWARD, MIXED, two_hundred_columns

SMALL: dict[str, dict[str, Any]] = {
    "cart": {"trees": 2, "min_leaf": 10},
    "arf": {"trees": 3},
    "interpolate": {"pool": 200},
    "autoregressive": {"epochs": 1, "steps": 10, "hidden": 8, "state": 8, "embedding": 2, "bins": 8},
    "sdv_gaussian_copula": {"default_distribution": "norm"},
    "sdv_ctgan": {"epochs": 1, "width": 8, "embedding": 2},
    "sdv_tvae": {"epochs": 1, "width": 8, "embedding": 2},
    "dp_marginals": {"epsilon": 100},
    "privbayes": {"epsilon": 100, "parents": 1},
    "pate_gan": {"rounds": 2, "votes": 4, "hidden": 4, "epsilon": 100},
    "dp_gan": {"steps": 2, "batch": 10, "hidden": 4, "epsilon": 100},
    "sdv_copula_gan": {"epochs": 1, "width": 8, "embedding": 2, "default_distribution": "norm"},
    "vine_copula": {"trees": 1, "max_rows": 100},
    "vae": {"steps": 10, "width": 8, "blocks": 1, "code": 2, "parts": 2},
    "gan": {"steps": 10, "width": 8, "blocks": 1, "noise": 2, "batch": 16},
    "diffusion": {"steps": 10, "width": 8, "blocks": 1, "batch": 16, "walk": 2},
}
"""Settings under which a fit takes well under a second."""

UNTRAINED = {"pate_gan", "dp_gan", "autoregressive", "vae", "gan", "diffusion", "sdv_ctgan", "sdv_tvae", "sdv_copula_gan"}
"""Those whose small settings are too small to learn how frequent anything is."""

FROM_TABLE = [key for key in generators() if key != "file"]
"""The file made elsewhere needs a file; its own tests look at it."""


QUICK = ("plain", "blanks_in_target", "persons", "hundred_rows")
"""The tables every generator meets in a quick run; the others are marked slow."""


def made(key: str) -> Generator:
    return generators()[key].from_settings(SMALL.get(key))


NETWORKS = ("sdv_ctgan", "sdv_tvae", "sdv_copula_gan")
"""SDV's networks share their way into SDV and back with `sdv_gaussian_copula`, which meets every table."""

FOR_NETWORKS = (
    "plain", "constant_kept", "blanks_in_target", "thousand_levels", "booleans_as_text", "time_zones", "persons", "no_numbers", "no_categories",
)  # fmt: skip
"""The tables SDV's networks meet: one for each kind of value that goes through another branch of that way."""


def tables_of(key: str) -> list[str]:
    """Return the names of the tables a generator meets."""
    return [name for name in [*AWKWARD, *MIXED] if key not in NETWORKS or name in FOR_NETWORKS]


def run_all(checks: Iterable[Check]) -> None:
    """Run checks one after another; what fails says in which."""
    for check in checks:
        try:
            check()
        except Exception as error:
            error.add_note(f"while checking that {check}")
            raise


@pytest.mark.parametrize("key", generators())
def test_a_generator_says_what_it_is_and_checks_its_settings(key: str) -> None:
    run_all(class_checks(generators()[key]))


@pytest.fixture
def brief_mixtures(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """CTGAN fits a mixture per number, half of its time here: let it end after two rounds. What SDV learns is not what is tested."""
    if request.getfixturevalue("key") in ("sdv_ctgan", "sdv_copula_gan"):
        from sklearn import mixture

        monkeypatch.setattr(mixture, "BayesianGaussianMixture", partial(mixture.BayesianGaussianMixture, tol=1e9))


@pytest.mark.usefixtures("brief_mixtures")
@pytest.mark.parametrize(
    ("key", "name"),
    [pytest.param(key, name, marks=[] if name in QUICK else [pytest.mark.slow]) for key in FROM_TABLE for name in tables_of(key)],
)
def test_a_generator_keeps_the_contract(key: str, name: str) -> None:
    table = {**AWKWARD, **MIXED}[name]()
    if key.startswith("sdv_"):
        table = narrow(table)
    run_all(checks(made(key), table, trained=key not in UNTRAINED))


def narrow(table: Table) -> Table:
    """Keep the first twelve columns: SDV takes a second or two per column and fit."""
    schema = Schema(table.schema.columns[:12])
    return Table(table.frame[schema.names], schema, table.name)


@pytest.mark.parametrize("key", FROM_TABLE)
def test_a_table_without_rows_is_refused_with_a_reason(key: str) -> None:
    with pytest.raises(DoesNotApply, match="row"):
        made(key).fit(without_rows(AWKWARD["plain"]()), Context())


@pytest.mark.usefixtures("brief_mixtures")
@pytest.mark.parametrize("key", FROM_TABLE)
def test_one_two_and_three_rows_are_learned_or_refused_with_the_reason(key: str) -> None:
    for rows in (1, 2, 3):
        table = MIXED["hundred_rows"]().rows(np.arange(rows))
        for seed in range(1 if key in UNTRAINED else 4):
            try:
                drawn = made(key).fit(table, Context(seed))(20, Context(seed))
            except DoesNotApply:  # that a refusal gives its reason is in the contract
                continue
            assert list(drawn.columns) == table.schema.names
            assert len(drawn) == 20


@pytest.mark.slow
@pytest.mark.parametrize("key", [key for key in FROM_TABLE if not key.startswith("sdv_")])
def test_two_hundred_columns_are_learned_or_refused_with_the_reason(key: str) -> None:
    table = two_hundred_columns()
    try:
        rows = made(key).fit(table, Context(1))(40, Context(2))
    except DoesNotApply as reason:
        pytest.skip(f"does not apply, because {reason}")
    assert list(rows.columns) == table.schema.names
    assert len(rows) == 40


def test_listing_the_generators_loads_nothing_heavy() -> None:
    listing = (
        "import sys; from synth_ui.generators.base import generators; generators();"
        "print([name for name in ('torch', 'sdv', 'sdmetrics', 'streamlit', 'plotly', 'sklearn', 'scipy') if name in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", listing], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "[]"
