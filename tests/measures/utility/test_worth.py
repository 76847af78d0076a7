"""Worth in real rows: real subsamples are worth what they are, and the ladder is read as a person would."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from synth_ui.core.score import Number, Score
from synth_ui.core.table import Split, Table
from synth_ui.jobs.runs.split_values import StoredShared
from synth_ui.measures.case import Shared
from synth_ui.measures.utility._ladder import FEWEST, Ladder, make_ladder, rungs
from synth_ui.measures.utility.tstr import Tstr
from synth_ui.measures.utility.worth import Worth, rounded, skill_and_worth
from synth_ui.store.workspace import Workspace
from tests.measures.made import adult, independent, measured


def _ladder(start: float = 0.0) -> Ladder:
    return make_ladder(np.array([100, 200, 400]), [[0.2, 0.4], [0.6], [1.0]], start)


def test_a_score_on_a_rung_is_worth_its_rows_and_between_two_it_lies_between_them() -> None:
    ladder = _ladder()
    assert ladder.scores.tolist() == pytest.approx([0.3, 0.6, 1.0])
    assert ladder.worth(Number(0.6)).value == pytest.approx(200)
    assert ladder.worth(Number(0.8)).value == pytest.approx(np.sqrt(200 * 400))
    number = ladder.worth(Number(0.8, 0.6, 1.2))
    assert (number.low, number.high) == (pytest.approx(200), 400.0)


def test_below_the_ladder_it_goes_down_to_guessing_and_above_it_is_all_rows() -> None:
    assert _ladder().worth(Number(0.15)).value == pytest.approx(50)
    assert _ladder().worth(Number(-0.2)).value == 0.0
    assert _ladder(-np.inf).worth(Number(0.15)).value == 0.0
    assert _ladder().worth(Number(1.7)).value == 400


def test_more_rows_never_count_for_less() -> None:
    ladder = make_ladder(np.array([50, 100, 200, 400]), [[0.2], [0.7], [0.6], [1.0]], 0.0)
    assert (np.diff(ladder.curve) >= 0).all()
    assert ladder.curve[1] == ladder.curve[2] == pytest.approx((100 * 0.7 + 200 * 0.6) / 300)
    assert ladder.curve[-1] == pytest.approx(1.0)
    flat = ladder.curve[1]
    number = ladder.worth(Number(flat, flat, flat))
    assert number.low == pytest.approx(100)
    assert number.high == pytest.approx(200), "on a flat stretch the worth is all that stretch"


def test_the_rungs_halve_down_to_twenty_rows() -> None:
    assert rungs(24_421).tolist() == [24, 48, 95, 191, 382, 763, 1526, 3053, 6105, 12210, 24421]
    assert rungs(24_421)[0] >= FEWEST
    assert rungs(7).tolist() == [7]


@pytest.mark.parametrize("share", [0.125, 0.5])
def test_a_real_subsample_is_worth_about_its_rows(share: float) -> None:
    split = adult()
    rows = int(share * len(split.train))
    made = split.train.frame.sample(rows, random_state=4)
    parts = measured(Worth(), split, made, _shared()).parts
    assert rows / 2.5 < parts["models"].value < rows * 2.5
    assert rows / 1.5 < parts["pairs"].value < rows * 1.5


def test_the_training_rows_are_worth_all_of_them_and_independent_columns_next_to_nothing() -> None:
    split = adult()
    everything = measured(Worth(), split, split.train.frame, _shared())
    assert (everything.headline.value, everything.headline.high) == (4_000.0, 4_000.0)
    assert everything.parts["pairs"].value == 4_000.0
    nothing = measured(Worth(), split, independent(split.train.frame), _shared())
    assert nothing.headline.value < 100
    assert set(nothing.detail["ladder"]["purpose"]) == {"models", "pairs"}
    assert nothing.detail["worth"]["of"].tolist() == [4_000, 4_000]


_kept: list[Shared] = []


def _shared() -> Shared:
    """One ladder for all of these."""
    if not _kept:
        _kept.append(Shared(adult()))
    return _kept[0]


def test_the_interval_knows_that_other_training_rows_could_have_been_drawn() -> None:
    split = adult(1_000)
    shared = Shared(split)
    worth = measured(Worth(), split, split.train.frame, shared).headline
    kept = measured(Tstr(), split, split.train.frame, shared).headline
    assert kept.low is not None
    assert worth.low is not None
    assert kept.low < 0.99
    assert worth.low < worth.value == worth.high == 500


def test_without_a_target_the_worth_is_that_for_two_way_tables() -> None:
    split = adult(1_000)
    schema = split.schema.with_target(None)
    bare = Split(Table(split.train.frame, schema), Table(split.holdout.frame, schema))
    measurement = measured(Worth(), bare, bare.train.frame)
    assert set(measurement.parts) == {"pairs"}
    assert measurement.headline == measurement.parts["pairs"]
    assert "no target" in measurement.note


def test_the_ladders_are_climbed_once_for_all_processes(tmp_path: Path) -> None:
    split = adult(1_000)
    first = measured(Worth(), split, split.train.frame, StoredShared(split, workspace=Workspace.open(tmp_path)))
    left = {file.name: file.stat().st_mtime_ns for file in (tmp_path / "cache").glob("*.pickle")}
    assert len(left) == 4, "the models on real rows, the spread of another training, the ladder for models, that for pairs"
    assert (
        measured(Worth(), split, split.train.frame, StoredShared(split, workspace=Workspace.open(tmp_path))).headline
        == first.headline
    )
    assert {file.name: file.stat().st_mtime_ns for file in (tmp_path / "cache").glob("*.pickle")} == left


def test_what_it_says_names_the_rows() -> None:
    def said(value: float, ceiling: float | None = 24_421.0) -> str:
        return Worth().says(Score("x", "worth", "utility", value, ceiling=ceiling))

    assert said(6_143.2) == "It is as useful as 6,100 real rows of 24,421."
    assert said(6_143.2, None) == "It is as useful as 6,100 real rows."
    assert said(24_421.0) == "It does at least as well as all 24,421 real training rows."
    assert "no better than guessing" in said(0.0)
    assert rounded(57.3) == "57"


LADDER = pd.DataFrame({"purpose": "models", "rows": [312, 625, 1250, 2500], "curve": [0.89, 0.942, 0.951, 1.0]})


@pytest.mark.parametrize(
    ("kept", "rows", "said"),
    [
        (0.978, 1837.6, "keeps 98% of the skill of one trained on all 2,500 real rows, as much as 1,800 real rows give: skill grows slowly with rows, 1,250 real rows keep 95% of it."),
        (1.02, 2500.0, "keeps all the skill of one trained on all 2,500 real rows: it does at least as well as they."),
        (-0.1, 0.0, "no better than guessing"),
    ],
)  # fmt: skip
def test_skill_kept_and_worth_in_rows_are_said_in_one_sentence(kept, rows, said):
    assert said in skill_and_worth(kept, rows, 2500.0, LADDER)
