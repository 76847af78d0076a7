"""Polished candidates: closer tables, a guard that stops a leak, left out where privacy is formal."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest

from synth_ui.core.context import Context, Notes
from synth_ui.core.rules.asked import Asked
from synth_ui.core.table import Role, Table, TableSize
from synth_ui.generators.base import Cost, Generator, Sampler
from synth_ui.generators.baselines.independent import Independent
from synth_ui.generators.sampling.polish import STAGES, PolishedSampler, _cells
from synth_ui.generators.trees.cart import Cart
from synth_ui.jobs.races.request import Request, plan
from synth_ui.jobs.runs import polish
from synth_ui.jobs.runs.make import make
from tests.generators.tables import category, flag_column, numeric, table


def people(n: int = 3_000, seed: int = 1) -> Table:
    rng = np.random.default_rng(seed)
    age = rng.normal(40, 12, n)
    income = np.exp(age / 20 + rng.normal(0, 0.5, n))
    city = np.where(rng.random(n) < 0.5, "a", np.where(income > 8, "b", "c")).astype(object)
    return table(
        numeric("age", age), numeric("income", income), category("city", city), flag_column("old", age > 50, Role.TARGET)
    )


def miss(sampler: PolishedSampler, frame: pd.DataFrame) -> float:
    return sampler.tables.miss(_cells(sampler.cells, frame))


def test_polished_tables_are_closer_and_before_and_after_are_said() -> None:
    context = Context(1, notes=Notes())
    sampler = polish.fit(Cart(trees=2), people(), context)
    assert isinstance(sampler, PolishedSampler)
    made, plain = sampler(2_000, context), sampler.inner(2_000, context)
    assert len(made) == 2_000
    assert miss(sampler, made) < miss(sampler, plain) / 2
    said = " ".join(context.notes.lines())
    assert "polished: for a pair of columns to go together as in the training rows, " in said
    assert "held back" in said
    assert made.equals(sampler(2_000, Context(1)))
    assert made.equals(pickle.loads(pickle.dumps(sampler))(2_000, Context(1)))
    assert (sampler(50, context, {"city": "a"})["city"] == "a").all()
    assert sampler(0, context).empty


@dataclass(frozen=True)
class _Formal(Independent):
    key = "formal"
    formal_privacy = True


def test_formal_privacy_is_left_as_it_is_with_the_reason() -> None:
    context = Context(1, notes=Notes())
    sampler = polish.fit(_Formal(), people(), context)
    assert not isinstance(sampler, PolishedSampler)
    assert "budget did not pay" in context.notes.lines()[0]


def test_few_rows_are_left_as_they_are() -> None:
    context = Context(1, notes=Notes())
    assert not isinstance(polish.fit(Independent(), people(400), context), PolishedSampler)
    assert "the guard needs 2,500 training rows" in context.notes.lines()[0]


class _Leaky(Sampler):
    """Rows of a shifted table, and, in every fourth, copies of the rows learned from."""

    keeps = "everything"

    def __init__(self, real: pd.DataFrame) -> None:
        self.real = real

    def __call__(self, n: int, context: Context, where: Mapping[str, Any] | None = None) -> pd.DataFrame:
        rng = context.rng("leaky")
        copies = self.real.iloc[rng.integers(0, len(self.real), n)].reset_index(drop=True)
        columns = {name: copies[name].iloc[rng.permutation(n)].reset_index(drop=True) for name in copies}
        naive = pd.DataFrame(columns).assign(age=lambda frame: frame["age"] + 15)
        return copies.where(pd.Series(np.arange(n) % 4 == 0), naive).astype(self.real.dtypes)


@dataclass(frozen=True)
class _LeakyGenerator(Independent):
    def fit(self, table: Table, context: Context) -> Sampler:
        return _Leaky(table.frame)


def test_the_guard_stops_where_choosing_rows_chooses_copies() -> None:
    context = Context(1, notes=Notes())
    sampler = polish.fit(_LeakyGenerator(), people(), context)
    assert isinstance(sampler, PolishedSampler)
    assert sampler.rounds < STAGES[-1]
    assert "leaked more" in context.notes.lines()[0]


def test_what_is_asked_survives_the_database_and_reaches_the_recipe() -> None:
    asked = Asked(polish=True)
    assert Asked.from_json(asked.to_json()) == asked
    assert "polish" not in Asked().to_json()
    made = make(Cart(trees=1), people(), 500, Context(1), asked=asked)
    assert isinstance(made.sampler, PolishedSampler)
    assert any(note.startswith("polished:") for note in made.notes)


def test_a_race_names_the_polished_candidate_apart_and_counts_its_cost() -> None:
    size = TableSize(3_000, 4, 5, 3)
    planned = plan([Request("cart"), Request("cart", polish=True)], size, 3_000)
    assert [one.candidate for one in planned] == ["cart", "cart-2"]
    assert planned[1].cost.seconds > planned[0].cost.seconds


@pytest.mark.parametrize("rows", [1_000, 30_000])
def test_blocks_add_up(rows: int) -> None:
    sampler = PolishedSampler(_Leaky(people().frame), {}, None, 0)  # type: ignore[arg-type]
    assert len(sampler(rows, Context())) == rows


def test_cost_of_what_is_not_polished_is_the_generators_own() -> None:
    size = TableSize(3_000, 4, 5, 3)
    generator: Generator = _Formal()
    own: Cost = generator.cost(size, 100)
    assert polish.cost(generator, size, 100) == own
