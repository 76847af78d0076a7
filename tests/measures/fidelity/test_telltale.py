"""What is planted in a table is said in a sentence; what is not there is not said."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from synth_ui.columns.cells import fit_cells
from synth_ui.core.errors import DoesNotApply
from synth_ui.core.table import Column, Kind, Split
from synth_ui.measures.case import Shared
from synth_ui.measures.fidelity.telling_apart.telltale import SYMPTOMS, ColumnCondition, Telltale, _of_cell, _say, _with
from tests.measures.made import adult, independent, measured, split_of

KINDS = {"age": Kind.INTEGER, "gain": Kind.NUMBER, "city": Kind.CATEGORY, "river": Kind.CATEGORY}


def people(rows: int, seed: int) -> pd.DataFrame:
    """Ages, a gain that is zero in three of four rows, and a city with its river."""
    rng = np.random.default_rng(seed)
    city = rng.choice(["Bern", "Lyon", "Graz"], rows, p=[0.5, 0.3, 0.2])
    return pd.DataFrame(
        {
            "age": rng.integers(18, 80, rows),
            "gain": np.where(rng.random(rows) < 0.75, 0.0, np.round(rng.gamma(3, 900, rows), 2)),
            "city": city,
            "river": pd.Series(city).map({"Bern": "Aare", "Lyon": "Rhone", "Graz": "Mur"}),
        }
    )


def split() -> Split:
    return split_of(people(1_000, 0), people(1_000, 1), KINDS, gain={"decimals": 2})


def plant(fault: str) -> pd.DataFrame:
    made = people(1_000, 2)
    rng = np.random.default_rng(3)
    if fault == "spike":
        made["gain"] = np.where(made["gain"] == 0, np.round(rng.uniform(1, 90, 1_000), 2), made["gain"])
    elif fault == "level":
        made.loc[:399, ["city", "river"]] = ["Graz", "Mur"]
    elif fault == "unknown level":
        made.loc[:299, "city"] = "Oz"
    elif fault == "blank":
        made = made.astype(object)
        made.loc[:299, "age"] = None
    elif fault == "tail":
        made.loc[:199, "age"] = 79
    elif fault == "relationship":
        made["river"] = rng.permutation(made["river"].to_numpy())
    return made


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("spike", "gain"),
        ("level", "city Graz"),
        ("unknown level", "a city that no real row has"),
        ("blank", "age blank"),
        ("tail", "age of at least"),
        ("relationship", "river"),
    ],
)
def test_a_planted_fault_is_said_with_both_shares_and_what_is_behind(fault: str, words: str) -> None:
    measurement = measured(Telltale(), split(), plant(fault))
    first = measurement.detail["sentences"].iloc[0]
    assert first["symptom"] == fault
    assert words in first["text"] or (fault == "level" and "river Mur" in first["text"])
    assert measurement.headline.low is not None
    assert measurement.headline.low > 0.52
    assert measurement.parts["largest"].value == pytest.approx(abs(first["difference"]))
    assert set(measurement.detail["sentences"]["symptom"]) <= set(SYMPTOMS)


def test_the_shares_are_those_of_the_rows() -> None:
    first = measured(Telltale(rows=1_000), split(), plant("blank")).detail["sentences"].iloc[0]
    assert first["real_share"] == 0.0
    assert first["synthetic_share"] == pytest.approx(0.3, abs=0.06)
    assert first["low"] < first["difference"] < first["high"]
    assert first["text"] == f"{first['synthetic_share']:.0%} of the synthetic rows have age blank; of the real rows 0%."


def test_fresh_real_rows_are_hardly_ever_said_to_differ() -> None:
    real = split()
    results = [measured(Telltale(), real, people(1_000, seed)) for seed in range(10, 18)]
    assert sum(len(result.detail["sentences"]) > 0 for result in results) <= 2
    assert np.mean([result.headline.value for result in results]) == pytest.approx(
        0.5, abs=0.03
    )  # not on the rows it learned from


def test_few_rows_do_not_apply() -> None:
    frame = people(60, 0)
    with pytest.raises(DoesNotApply, match="fewer than 80 rows"):
        measured(Telltale(), split_of(frame, frame, KINDS), frame)


def test_shuffled_columns_are_told_by_what_no_longer_goes_together() -> None:
    census = adult(6_000)
    shared, names, values = Shared(census), list(census.train.frame), []
    for share in (0.0, 0.2, 1.0):
        kept = {name: census.train.frame[name] for name in names[round(share * len(names)) :]}
        made = independent(census.train.frame).assign(**kept)
        result = measured(Telltale(), census, made, shared)
        values.append(result.headline.value)
    assert values == sorted(values)
    assert values[0] < 0.54 < 0.62 < values[-1]
    assert "relationship" in set(result.detail["sentences"]["symptom"])


def test_a_sentence_reads_as_one_says_it() -> None:
    schema = split().schema
    assert _say(schema["age"], ColumnCondition("age", low=20.5, high=30.5)) == "age from 21 to 30"
    assert _say(schema["age"], ColumnCondition("age", low=20.5, high=21.5)) == "age 21"
    assert _say(schema["age"], ColumnCondition("age", low=64.5)) == "age of at least 65"
    assert _say(schema["gain"], ColumnCondition("gain", high=98.25)) == "gain up to 98.25"
    assert _say(schema["gain"], ColumnCondition("gain", low=98.25)) == "gain above 98.25"
    assert _say(schema["city"], ColumnCondition("city", "Bern", False)) == "city other than Bern"


@pytest.mark.parametrize("kind", [Kind.NUMBER, Kind.INTEGER, Kind.DATETIME])
def test_the_last_bin_of_a_number_or_date_ends_nowhere(kind: Kind) -> None:
    values = pd.Series(np.arange(200.0) if kind is Kind.NUMBER else np.arange(200))
    column = Column("when", kind)
    cells = fit_cells(column, [values.astype("datetime64[s]") if kind is Kind.DATETIME else values])
    last = _of_cell(cells, len(cells.edges))
    assert last is not None
    assert last.high == np.inf
    assert _say(column, last).startswith("when ")
    assert " to " not in _say(column, last)


def test_conditions_on_one_column_are_put_together() -> None:
    path = _with(_with((), ColumnCondition("age", low=20)), ColumnCondition("age", high=30))
    assert path == (ColumnCondition("age", low=20, high=30),)
    assert _with((ColumnCondition("city", "Bern", False),), ColumnCondition("city", "Lyon")) == (ColumnCondition("city", "Lyon"),)


def test_relabelling_and_stretching_change_no_share() -> None:
    made = plant("level")
    before = measured(Telltale(), split(), made).headline.value
    moved = [
        frame.assign(age=frame["age"] * 10, city=frame["city"].str.upper())
        for frame in (people(1_000, 0), people(1_000, 1), made)
    ]
    after = measured(Telltale(), split_of(moved[0], moved[1], KINDS, gain={"decimals": 2}), moved[2]).headline.value
    assert after == pytest.approx(before, abs=0.03)  # other rows are drawn
