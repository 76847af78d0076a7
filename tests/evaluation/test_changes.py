"""What changed between two versions of a table: found where it was planted, silent where nothing but chance is at work."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from synth_ui.api import changed
from synth_ui.evaluation.changes import Changes


def people(rows: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "age": rng.normal(40.0, 10.0, rows).round(1),
            "job": rng.choice(["baker", "clerk", "driver"], rows, p=[0.5, 0.3, 0.2]),
            "city": rng.choice(["Bonn", "Kiel"], rows),
            "member": rng.random(rows) < 0.3,
        }
    )


def row(found: Changes, column: str) -> dict[str, object]:
    return next(row for row in found.columns.to_dict("records") if row["column"] == column)


def test_two_draws_from_one_source_differ_by_chance_alone() -> None:
    quiet = [changed(people(1_500, seed), people(1_200, seed + 100)).moved for seed in range(12)]
    assert sum(map(len, quiet)) <= 6, "5% of 48 columns is 2.4"


def test_the_same_table_has_not_changed() -> None:
    found = changed(people(400, 0), people(400, 0))
    assert (found.moved, found.same_rows) == ([], 400)
    assert (found.columns["shift"] == 0).all()
    assert "No column has moved" in found.sentence


def test_a_column_that_moved_is_found_with_its_range() -> None:
    now = people(1_000, 1)
    now["age"] += 8
    found = changed(people(1_000, 0), now)
    assert found.moved == ["age"]
    age = row(found, "age")
    assert age["shift"] == pytest.approx(0.3, abs=0.06), "of normal distributions 0.8 deviations apart"
    assert float(str(age["shift"])) > 3 * float(str(age["chance"]))
    assert "before" in str(age["said"])


def test_new_and_gone_columns_levels_kinds_and_blanks_are_said() -> None:
    now = people(800, 1).drop(columns="city").assign(height=np.random.default_rng(2).normal(size=800))
    now["job"] = now["job"].replace({"driver": "pilot"})
    now.loc[:200, "age"] = np.nan
    now["member"] = now["member"].map({True: "gold", False: "none"}).where(np.arange(800) % 3 > 0, "silver")
    found = changed(people(800, 0), now)
    assert [row(found, name)["change"] for name in ("city", "height", "member")] == ["gone", "added", "kind"]
    assert row(found, "job")["said"] == "new: pilot; gone: driver"
    assert row(found, "age")["blanks_now"] == pytest.approx(201 / 800)
    assert {"age", "job"} == set(found.moved)
    for words in ("New columns: height.", "Columns that are gone: city.", "Columns of another kind: member."):
        assert words in found.sentence
    json.dumps(found.to_dict(), allow_nan=False)


def test_rows_that_stay_are_counted_as_often_as_they_stood_there() -> None:
    before = people(300, 0)
    now = pd.concat([before.head(100), people(50, 5)], ignore_index=True)
    assert changed(before, now).same_rows == pytest.approx(100, abs=2)
    once = pd.DataFrame({"x": ["a", "b", "a", "b"], "y": ["c", "c", "d", "d"]})
    assert changed(once, pd.concat([once, once], ignore_index=True)).same_rows == 4
