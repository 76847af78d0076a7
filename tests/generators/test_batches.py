"""Many rows come in batches: the same rows however they are taken, in memory that does not grow with their number."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from synth_ui.core.context import Context, Notes
from synth_ui.core.rules.asked import Asked
from synth_ui.core.rules.constraint import Inequality
from synth_ui.core.table import Role, Table
from synth_ui.generators.baselines.independent import Independent
from synth_ui.generators.sampling import batches, constrained
from synth_ui.tables.inference.infer import infer_schema

NOTHING = Asked()


def people(rows: int = 300) -> Table:
    """A key that counts, a city and two numbers of which one is never above the other."""
    rng = np.random.default_rng(0)
    low = rng.integers(0, 50, rows)
    frame = pd.DataFrame(
        {"id": np.arange(1_000, 1_000 + rows), "city": rng.choice(["Bern", "Lyon", "Ulm"], rows), "low": low, "high": low + 7}
    )
    return infer_schema(frame)[0]


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "BATCH", 100)
    return


def drawn(n: int, asked: Asked = NOTHING, seed: int = 3) -> list[pd.DataFrame]:
    sampler = Independent().fit(people(), Context(1))
    return list(batches.batches(sampler, n, Context(seed), people(), asked))


def test_few_rows_come_as_the_sampler_draws_them() -> None:
    sampler = Independent().fit(people(), Context(1))
    [rows] = drawn(100)
    pd.testing.assert_frame_equal(rows, sampler(100, Context(3)))


def test_many_rows_come_in_batches_of_which_none_repeats_another() -> None:
    parts = drawn(350)
    assert [len(part) for part in parts] == [100, 100, 100, 50]
    assert not any((parts[0]["low"].to_numpy() == part["low"].to_numpy()).all() for part in parts[1:3])
    whole = batches.draw(Independent().fit(people(), Context(1)), 350, Context(3), people(), NOTHING)
    pd.testing.assert_frame_equal(pd.concat(parts, ignore_index=True), whole)


def test_keys_differ_over_all_batches_and_are_no_real_ones() -> None:
    ids = pd.concat(drawn(1_000))["id"]
    assert ids.is_unique
    assert not set(ids) & set(people().frame["id"])


def test_every_batch_meets_the_conditions_in_their_shares() -> None:
    parts = drawn(1_000, Asked(balance="city"))
    assert pd.concat(parts)["city"].value_counts().tolist() == [334, 333, 333]
    assert all(part["city"].value_counts().between(32, 35).all() for part in parts)
    assert set(pd.concat(drawn(250, Asked(where={"city": "Ulm"})))["city"]) == {"Ulm"}


def test_shares_of_drawn_rows_are_added_up_over_batches() -> None:
    notes, rules = Notes(), (Inequality("low", "high"),)
    sampler = constrained.fit(Independent(), people(), Context(1), rules)
    rows = batches.draw(sampler, 400, Context(2, notes=notes), people(), NOTHING)
    assert (rows["low"] <= rows["high"]).all()
    assert len([line for line in notes.lines() if "drawn rows keep the rules" in line]) == 1


def test_rows_of_persons_are_drawn_at_once() -> None:
    table = people()
    visits = Table(table.frame.assign(id=table.frame["id"] // 3), table.schema.updated("id", role=Role.GROUP_KEY), "visits")
    sampler = Independent().fit(visits, Context(1))
    [rows] = batches.batches(sampler, 450, Context(2), visits, NOTHING)
    assert len(rows) == 450
    assert not batches.in_batches(450, visits)
    assert batches.in_batches(450, table)


def test_progress_is_that_of_the_whole() -> None:
    seen: list[float] = []
    sampler = Independent().fit(people(), Context(1))
    context = Context(1, on_progress=lambda progress: seen.append(progress.fraction or 0.0))
    list(batches.batches(sampler, 400, context, people(), NOTHING))
    assert seen[0] == 0.0
    assert seen[-1] == 1.0
    assert {0.25, 0.5, 0.75} <= set(seen)
