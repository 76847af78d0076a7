"""A column with next to no values is left out of models, and that is said."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from synth_ui.core.cast import cast
from synth_ui.core.context import Context
from synth_ui.core.table import Kind, Split
from synth_ui.evaluation.cards import known_measures
from synth_ui.measures._models import fit_features, left_out_note, too_empty
from tests.measures.made import case_of, split_of

ROWS = 200
KINDS = {"dose": Kind.NUMBER, "city": Kind.CATEGORY, "lab": Kind.NUMBER, "site": Kind.CATEGORY, "ill": Kind.BOOLEAN}


def rows(seed: int, lab: int = ROWS, site: int = ROWS) -> pd.DataFrame:
    """Draw rows whose target follows from two columns; the first so many have a value of `lab`, and of `site`."""
    rng = np.random.default_rng(seed)
    dose, measured, place = rng.normal(size=ROWS), rng.normal(size=ROWS), rng.choice(["north", "south"], ROWS)
    return pd.DataFrame(
        {
            "dose": dose,
            "city": rng.choice(["Bern", "Graz"], ROWS),
            "lab": np.where(np.arange(ROWS) < lab, measured, np.nan),
            "site": np.where(np.arange(ROWS) < site, place, None),
            "ill": dose + 0.5 * measured + rng.normal(0, 0.3, ROWS) > 0,
        }
    )


def split(holdout_lab: int = ROWS) -> Split:
    return split_of(rows(1), rows(2, holdout_lab), KINDS, "ill", lab={"nullable": True}, site={"nullable": True})


def note(key: str, real: Split, synthetic: pd.DataFrame) -> str:
    settings = {"columns": "city"} if key in ("groups", "fair_models") else {}
    return known_measures()[key].from_settings(settings).measure(case_of(real, synthetic), Context(0)).note


BY_MODELS = ("tstr", "augment", "importance", "worth", "all_targets", "groups", "fair_models")


@pytest.mark.parametrize("key", BY_MODELS)
def test_what_models_of_the_candidate_cannot_learn_from_is_said(key: str) -> None:
    said = note(key, split(), rows(3, lab=0, site=5))
    assert "odels of the candidate leave out lab, site" in said
    assert "odels of the real rows" not in said


@pytest.mark.parametrize("key", BY_MODELS)
def test_what_the_holdout_has_no_value_of_is_left_out_of_all_models(key: str) -> None:
    said = note(key, split(holdout_lab=0), rows(3))
    assert "odels of the target leave out lab" in said or said.count("leave out lab") == 2


@pytest.mark.parametrize("key", [*BY_MODELS, "detectability"])
def test_nothing_is_said_where_six_values_are_there(key: str) -> None:
    assert "leave out" not in note(key, split(), rows(3, lab=6, site=6))


def test_a_classifier_of_both_sides_leaves_out_what_neither_has() -> None:
    assert "leave out lab" in note("detectability", split(holdout_lab=2), rows(3, lab=3))
    sides = case_of(split(), rows(3, lab=0))
    measured = known_measures()["detectability"]().measure(sides, Context(0))
    assert "leave out" not in measured.note
    assert measured.headline.value > 0.95, "a column that one side lacks tells the two apart"


def test_a_value_in_one_fold_alone_does_not_stop_a_classifier() -> None:
    """Rows that are equal fall into one fold: here all rows with a value, so that the other folds have none of it."""
    real, same = rows(2, lab=0), rows(2, lab=0).iloc[0].to_dict() | {"lab": 1.0, "site": "north"}
    made = pd.concat([rows(3, lab=0).iloc[8:], pd.DataFrame([same] * 8)], ignore_index=True)
    assert known_measures()["detectability"]().measure(case_of(split_of(rows(1), real, KINDS, "ill"), made), Context(0)).headline


def test_columns_left_out_are_the_same_in_all_rows() -> None:
    schema = split().schema
    learned, others = (cast(frame, schema)[0] for frame in (rows(3, lab=5, site=0), rows(4)))
    features = fit_features(schema.columns[:4], learned, others)
    assert features.left_out == ("lab", "site")
    assert np.isfinite(features.linear(others)).all()
    assert (features.trees(others)[:, 2:] == 0).all()
    assert (np.ptp(features.trees(others)[:, :2], axis=0) > 0).all()


def test_too_few_values_are_five() -> None:
    columns = split().schema.columns
    assert too_empty(columns, rows(3, lab=5)) == ["lab"]
    assert too_empty(columns, rows(3, lab=6)) == []
    assert too_empty(columns, rows(3), rows(2, lab=0)) == ["lab"]
    assert left_out_note({"one": [], "the other": [f"c{k}" for k in range(7)]}).startswith(
        "models of the other leave out c0, c1, c2, c3, c4 and 2 more: fewer than 6 values"
    )
