"""The published contract catches what it is there to catch: each check sees the fault planted for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest

from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply
from synth_ui.core.plugin import Plugin
from synth_ui.core.table import Table
from synth_ui.core.tunable import integer
from synth_ui.generators.base import Sampler
from synth_ui.generators.baselines.independent import Independent
from synth_ui.generators.contract import bad_values, checks, class_checks
from tests.awkward import AWKWARD

Fault = Callable[[pd.DataFrame], pd.DataFrame]


class Spoiled(Sampler):
    """Draws honest rows and spoils them."""

    keeps = "what the honest one keeps"

    def __init__(self, honest: Sampler, spoil: Fault) -> None:
        self.honest = honest
        self.spoil = spoil

    def __call__(self, n: int, context: Context, where: Mapping[str, Any] | None = None) -> pd.DataFrame:
        return self.spoil(self.honest(n, context, where).copy())


class Unseeded(Spoiled):
    """Whatever the seed or condition, draws as if there were none."""

    def __call__(self, n: int, context: Context, where: Mapping[str, Any] | None = None) -> pd.DataFrame:
        return self.honest(n, Context(0))


def as_it_is(frame: pd.DataFrame) -> pd.DataFrame:
    """Spoil nothing."""
    return frame


@dataclass
class Wrong:
    """A generator with one fault."""

    spoil: Fault = as_it_is
    sampler: type[Spoiled] = Spoiled
    before: Callable[[Table], object] = len
    deaf: bool = False
    formal_privacy: ClassVar[bool] = False
    models_tables: ClassVar[bool] = True
    sends: ClassVar[str] = ""

    def fit(self, table: Table, context: Context) -> Sampler:
        self.before(table)
        return self.sampler(Independent().fit(table, Context(context.seed) if self.deaf else context), self.spoil)


def failed(generator: Any, table: str) -> list[str]:
    """Return the names of the checks that fail."""
    names = []
    for check in checks(generator, AWKWARD[table]()):
        try:
            check()
        except Exception:  # noqa: BLE001 - any failure counts
            names.append(str(check))
    return names


def change(name: str, make: Callable[[pd.DataFrame], Any]) -> Fault:
    return lambda frame: frame.assign(**{name: make(frame)}) if len(frame) else frame


def refuse(table: Table) -> None:
    raise DoesNotApply("")


def refuse_politely(table: Table) -> None:
    raise DoesNotApply("this table has no wheels; give one that has")


def refuse_small(table: Table) -> None:
    if len(table) < 10:
        raise DoesNotApply("there are too few rows; give at least 10")


PERSONS = AWKWARD["personal"]().frame["email"]

FAULTS: list[tuple[str, str, Wrong]] = [
    ("columns and dtypes are the real ones", "plain", Wrong(lambda frame: frame[frame.columns[::-1]])),
    ("columns and dtypes are the real ones", "plain", Wrong(change("age", lambda f: f["age"].astype(float)))),
    ("levels are the real ones", "plain", Wrong(change("city", lambda f: f["city"].cat.rename_categories({"Bern": "Rome"})))),
    ("numbers lie within the bounds", "plain", Wrong(change("income", lambda f: f["income"] * 3))),
    ("numbers lie on the grid", "plain", Wrong(change("income", lambda f: f["income"] - 0.001))),
    ("blanks are where the real ones are", "plain", Wrong(change("income", lambda f: f["income"].where(f.index % 3 > 0)))),
    ("blanks are as frequent", "blanks_in_target", Wrong(change("income", lambda f: f["income"].fillna(20_000.0)))),
    ("constant columns stay constant", "constant_kept", Wrong(change("always", lambda f: np.where(f.index > 0, 3.5, 3.4)))),
    ("nothing personal is copied", "personal", Wrong(change("email", lambda f: np.resize(PERSONS.to_numpy(), len(f))))),
    ("identifiers are unique", "identifier", Wrong(change("row_id", lambda f: np.full(len(f), 10**6)))),
    ("personal values repeat as the real ones do", "persons", Wrong(change("email", lambda f: [f"{i}@made.org" for i in f.index]))),
    ("what is the same within a person stays so", "persons", Wrong(change("sex", lambda f: np.resize(f["sex"].to_numpy()[::-1], len(f))))),
    ("the same seed gives the same rows", "plain", Wrong(change("age", lambda f: np.random.default_rng().permutation(f["age"])))),
    ("another seed gives other rows", "plain", Wrong(sampler=Unseeded)),
    ("conditions are met", "plain", Wrong(sampler=Unseeded)),
    ("impossible conditions are refused", "plain", Wrong(sampler=Unseeded)),
    ("cancelled sampling stops", "plain", Wrong(sampler=Unseeded)),
    ("any number of rows can be asked for", "plain", Wrong(lambda frame: frame.iloc[: max(len(frame) - 1, 0)])),
    ("leaves the real table alone", "plain", Wrong(before=lambda table: table.frame.insert(0, "new", 1))),
    ("a cancelled fit stops", "plain", Wrong(deaf=True)),
    ("a refusal gives its reason", "plain", Wrong(before=refuse)),
    ("learns a plain table", "plain", Wrong(before=refuse_politely)),
    ("learns a plain table", "two_rows", Wrong(before=refuse_politely)),
    ("the sampler can be pickled", "plain", Wrong(lambda frame: frame)),
]  # fmt: skip


@pytest.mark.parametrize(("check", "table", "generator"), FAULTS)
def test_a_planted_fault_is_caught(check: str, table: str, generator: Wrong) -> None:
    assert check in failed(generator, table)


def test_an_honest_generator_passes() -> None:
    assert failed(Independent(), "plain") == []


def test_a_generator_may_refuse_some_tables() -> None:
    assert failed(Wrong(before=refuse_small), "two_rows") == []


@dataclass(frozen=True)
class Hasty(Plugin):
    """A generator that says too little about itself."""

    key = "hasty"
    title = "Hasty"
    summary = "no sentence"
    rows: int = integer(5, low=1, high=9, help="")


def test_a_careless_declaration_is_caught() -> None:
    names = []
    for check in class_checks(Hasty):  # type: ignore[arg-type]
        try:
            check()
        except (AssertionError, AttributeError):
            names.append(str(check))
    assert names == ["says what it is", "cost is a number"]


def test_bad_values_lie_outside_what_is_allowed() -> None:
    values = bad_values(Hasty.settings_spec()["rows"])
    assert {0, 10, 1.5} <= {value for value in values if isinstance(value, int | float)}
