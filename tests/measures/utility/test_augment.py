"""Adding synthetic rows: new real rows help, independent columns do not, and the numbers are scikit-learn's."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import f1_score

from synth_ui.core.errors import DoesNotApply
from synth_ui.core.score import Score
from synth_ui.core.table import Kind
from synth_ui.measures.case import Shared
from synth_ui.measures.utility.augment import Augment, _thresholds, stacked
from tests.measures.made import independent, measured, split_of

KINDS = {"x": Kind.NUMBER, "z": Kind.NUMBER, "y": Kind.CATEGORY}


def _frame(n: int, seed: int) -> pd.DataFrame:
    """A curved boundary, one class in ten."""
    rng = np.random.default_rng(seed)
    x, z = rng.normal(size=n), rng.normal(size=n)
    return pd.DataFrame({"x": x, "z": z, "y": np.where(x * z + rng.normal(0, 0.4, n) > 1.0, "rare", "common")})


def _split():  # type: ignore[no-untyped-def]
    return split_of(_frame(120, 0), _frame(1_000, 1), KINDS, "y")


def test_new_real_rows_help_and_independent_columns_do_harm() -> None:
    split = _split()
    shared = Shared(split)
    real = measured(Augment(), split, _frame(240, 2), shared)
    harm = measured(Augment(), split, independent(_frame(240, 2)), shared)
    assert real.headline.value > 0
    assert real.parts["double"].value > 0
    assert harm.headline.value < real.headline.value
    assert harm.parts["double"].value < 0
    recipes = real.detail["recipes"].set_index("recipe")
    assert recipes["synthetic_rows"].to_dict() == {
        "real": 0, "half": 60, "equal": 120, "double": 240, "balanced": recipes.loc["balanced", "synthetic_rows"], "weights": 0
    }  # fmt: skip
    assert recipes.loc["real", "gain"] == 0


def test_balancing_fills_the_rarer_class_as_far_as_there_are_rows_and_finds_more_of_it() -> None:
    split = _split()
    made = _frame(900, 2)
    recipes = measured(Augment(), split, made).detail["recipes"].set_index("recipe")
    counts = split.train.frame["y"].value_counts()
    there = int((made["y"] == "rare").sum())
    assert recipes.loc["balanced", "synthetic_rows"] == min(there, counts["common"] - counts["rare"])
    assert recipes.loc["balanced", "rarest_recall"] > recipes.loc["real", "rarest_recall"]
    assert recipes.loc["weights", "rarest_recall"] > recipes.loc["real", "rarest_recall"]


def test_recipes_that_take_more_rows_than_there_are_fall_away_and_the_note_says_so() -> None:
    measurement = measured(Augment(), _split(), _frame(130, 2))
    assert set(measurement.parts) >= {"half", "balanced"}
    assert "double" not in measurement.parts
    assert "too few for 2 times the 120" in measurement.note
    few = measured(Augment(), _split(), _frame(40, 2))
    assert "all synthetic rows added" in few.note


def test_f1_is_scikit_learns() -> None:
    rng = np.random.default_rng(0)
    truth, chances = rng.integers(0, 3, 200), rng.dirichlet([1, 1, 1], 200)
    assert _thresholds(truth, chances)[0] == pytest.approx(f1_score(truth, chances.argmax(axis=1), average="macro"))


def test_a_number_is_augmented_without_classes() -> None:
    frames = [_frame(300, seed).assign(y=lambda f: f["x"] * f["z"] + f["x"]) for seed in range(3)]
    measurement = measured(Augment(), split_of(frames[0], frames[1], {**KINDS, "y": Kind.NUMBER}, "y"), frames[2])
    assert "weights" not in measurement.parts
    assert measurement.detail["recipes"]["f1"].isna().all()
    assert measurement.headline.value > 0


def test_levels_of_both_sides_are_kept_when_rows_are_put_together() -> None:
    split = _split()
    joined = stacked(split.schema, split.train.frame, split.train.frame.assign(y=pd.Categorical(["new"] * 120)))
    assert joined["y"].value_counts()["new"] == 120
    assert len(joined) == 240


def test_rows_without_a_target_cannot_be_added() -> None:
    with pytest.raises(DoesNotApply):
        measured(Augment(), _split(), _frame(100, 2).assign(y=None))


def test_what_it_says_depends_on_the_interval() -> None:
    def said(value: float, low: float, high: float) -> str:
        return Augment().says(Score("x", "augment", "utility", value, low, high))

    assert "no difference beyond chance" in said(0.001, -0.01, 0.01)
    assert said(0.05, 0.01, 0.09) == "Adding it to the real rows helps: the skill grows by 5.0%."
    assert "does harm" in said(-0.05, -0.09, -0.01)
