"""Columns from which the target alone is known, and those that only help."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from synth_ui.comparison.verdict.given_away import GivenAway
from synth_ui.core.table import Role, Table
from synth_ui.jobs.races.results import given_away
from synth_ui.store.workspace import Workspace
from synth_ui.tables.inference.giveaways import giveaways
from synth_ui.tables.inference.infer import infer_schema
from synth_ui.tables.review import review_frame

N = 1_200


def table(target: str, **more: object) -> Table:
    rng = np.random.default_rng(7)
    left = rng.random(N) < 0.3
    pay = rng.normal(3_000, 500, N)
    frame = pd.DataFrame(
        {
            "left": np.where(left, "leaves", "stays"),
            "helps": np.where(left ^ (rng.random(N) < 0.1), "a", "b"),
            "pay": pay,
            "noise": rng.normal(size=N),
            **{name: make(rng, left, pay) for name, make in more.items()},  # type: ignore[operator]
        }
    )
    made = infer_schema(frame)[0]
    schema = made.schema.replaced(replace(made.schema[target], role=Role.TARGET))
    return Table(made.frame, schema, "t")


GIVEN = {
    "a level": lambda rng, left, pay: np.where(left, "gone", rng.choice(["here", "away"], N)),
    "a blank": lambda rng, left, pay: np.where(left, rng.integers(1, 900, N).astype(float), np.nan),
    "a number": lambda rng, left, pay: np.where(left, 50, 10) + rng.normal(size=N),
    "a date": lambda rng, left, pay: (
        pd.Timestamp("2024-01-01") + pd.to_timedelta(np.where(left, 400, 0) + rng.integers(0, 300, N), "D")
    ),
}


@pytest.mark.parametrize("how", GIVEN)
def test_a_column_that_alone_tells_the_class_is_said(how: str) -> None:
    found = giveaways(table("left", status=GIVEN[how]))
    assert [one.column for one in found] == ["status"]
    assert "gives left away" in found[0].text


@pytest.mark.parametrize(
    "harmless",
    [
        lambda rng, left, pay: [f"c{number}" for number in range(N)],  # every row its own
        lambda rng, left, pay: np.where(left & (rng.random(N) < 0.9), "gone", "here"),  # tells most, not all
        lambda rng, left, pay: ["one"] * N,
    ],
)
def test_what_helps_or_is_different_in_every_row_is_not(harmless: object) -> None:
    assert giveaways(table("left", status=harmless)) == []


def test_a_number_in_another_unit_or_on_a_bent_scale_is_said() -> None:
    found = giveaways(
        table("pay", cents=lambda rng, left, pay: pay * 100 + rng.normal(size=N), log=lambda rng, left, pay: np.exp(pay / 900))
    )
    assert sorted(str(one.column) for one in found) == ["cents", "log"]


def test_the_review_shows_it_once_there_is_a_target() -> None:
    made = table("left", status=GIVEN["a level"])
    shown = review_frame(made).set_index("name")["warning"]
    assert "gives left away" in shown["status"]
    free = Table(made.frame, made.schema.replaced(replace(made.schema["left"], role=Role.FEATURE)), "t")
    assert not (review_frame(free)["warning"] != "").any()


def test_few_of_a_class_prove_nothing() -> None:
    rare = table("left")
    frame = rare.frame.copy()
    frame.loc[frame["left"].eq("leaves").to_numpy().nonzero()[0][15:], "left"] = "stays"
    frame["status"] = frame["left"].astype(str)
    small = table("left", status=lambda rng, left, pay: frame["status"])
    assert giveaways(Table(small.frame.assign(left=frame["left"]), small.schema, "t")) == []


def test_the_outcome_of_a_race_knows_it_from_the_table(tmp_path: Path) -> None:
    ws = Workspace.open(tmp_path, hold=False)
    made = table("left", status=GIVEN["a level"])
    assert given_away(ws, ws.add_table(made)) == GivenAway("left", ("status",))
    assert given_away(ws, ws.add_table(table("left"))) is None
    free = Table(made.frame, made.schema.replaced(replace(made.schema["left"], role=Role.FEATURE)), "t")
    assert given_away(ws, ws.add_table(free)) is None
    ignored = Table(made.frame, made.schema.replaced(replace(made.schema["status"], role=Role.IGNORED)), "t")
    assert given_away(ws, ws.add_table(ignored)) is None
    assert given_away(ws, "gone") is None
