"""Rare levels, tails and odd rows, against tables worked by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from synth_ui.core.errors import DoesNotApply
from synth_ui.core.table import Kind, Split
from synth_ui.measures.case import Shared
from synth_ui.measures.fidelity.coverage import Coverage
from tests.measures.made import adult, flipped, independent, measured, split_of


def cities(rare: list[str], rows: int = 400) -> pd.DataFrame:
    return pd.DataFrame({"city": ["Bern"] * (rows - len(rare)) + rare})


def test_rare_levels_worked_by_hand() -> None:
    real = cities(["Ulm", "Graz", "Graz", "Lyon", "Oslo"])
    measurement = measured(Coverage(), split_of(real, real, {"city": Kind.CATEGORY}), cities(["Ulm", "Graz", "Nowhere"]))
    assert measurement.parts["levels"].value == pytest.approx(0.5)
    levels = measurement.detail["levels"]
    assert list(levels["level"]) == ["Lyon", "Oslo", "Graz", "Ulm"]
    assert list(levels["found"]) == [False, False, True, True]


def test_tails_worked_by_hand() -> None:
    """Of 1,000 values 10 lie beyond the 99th percentile and 9 below the first; the candidate has half, and twice, as many."""
    real = pd.DataFrame({"x": np.arange(1_000)})
    made = pd.DataFrame({"x": np.concatenate([np.full(995, 500), np.full(5, 999)])})
    tails = measured(Coverage(), split_of(real, real, {"x": Kind.INTEGER}), made).detail["tails"].set_index("side")
    assert tails.loc["high", "real_share"] == pytest.approx(0.010)
    assert tails.loc["high", "score"] == pytest.approx(0.5)
    assert tails.loc["low", "score"] == 0.0
    assert tails.loc["high", "beyond"] == "above 989"
    heavy = pd.DataFrame({"x": np.concatenate([np.full(980, 500), np.full(20, 999)])})
    tails = measured(Coverage(), split_of(real, real, {"x": Kind.INTEGER}), heavy).detail["tails"].set_index("side")
    assert tails.loc["high", "score"] == pytest.approx(0.5)


def two_groups(few: int, rng: np.random.Generator, rows: int = 1_000) -> pd.DataFrame:
    """In most rows all columns agree; in a few the second is the opposite of the others."""
    common = rng.normal(size=(rows, 1))
    frame = pd.DataFrame(common + 0.05 * rng.normal(size=(rows, 3)), columns=list("xyz"))
    return frame.assign(y=np.where(np.arange(rows) < few, -frame["y"], frame["y"]))


def test_odd_rows_without_a_neighbour_are_missed() -> None:
    rng = np.random.default_rng(0)
    train, holdout = two_groups(60, rng), two_groups(60, rng)
    split = split_of(train, holdout, dict.fromkeys("xyz", Kind.NUMBER))
    there, fresh, gone = (measured(Coverage(), split, two_groups(few, rng)).parts for few in (60, 60, 0))
    assert there["odd"].value > 0.9
    assert fresh["odd_recall"].value == pytest.approx(0.5, abs=0.2)
    assert gone["odd"].value < 0.5
    assert measured(Coverage(), split, train).parts["odd"].value == 1.0
    assert measured(Coverage(), split, train).parts["odd_recall"].value == 0.5
    assert measured(Coverage(), split, train).parts["odd_density"].value == pytest.approx(1.0)


def test_making_more_rows_earns_nothing() -> None:
    split = adult(4_000)
    shared = Shared(split)
    more = independent(pd.concat([split.train.frame] * 6, ignore_index=True))
    few = independent(split.train.frame)
    once, often = (measured(Coverage(), split, frame, shared) for frame in (few, more))
    assert often.parts["odd"].value == pytest.approx(once.parts["odd"].value, abs=0.15)
    assert "2,000 of 12,000 rows" in often.note


def test_more_shuffled_columns_cover_less() -> None:
    split = adult(4_000)
    shared = Shared(split)
    names = list(split.train.frame)
    values = []
    for share in (0.0, 0.3, 1.0):
        mixed = independent(split.train.frame)
        kept = names[round(share * len(names)) :]
        values.append(measured(Coverage(), split, mixed.assign(**{n: split.train.frame[n] for n in kept}), shared).headline.value)
    assert values == sorted(values, reverse=True)
    assert values[0] > values[-1] + 0.05


def test_fresh_real_rows_are_near_the_ceiling() -> None:
    """Unseen rows lie within the interval of what training rows give in most draws, and never far below."""
    whole = adult(48_842).train
    below = 0
    for repeat in range(3):
        rows = np.random.default_rng(repeat).permutation(len(whole))
        parts = [whole.rows(rows[start : start + 1_500]) for start in (0, 1_500, 3_000)]
        split = Split(parts[0], parts[1], seed=repeat)
        shared = Shared(split)
        fresh, train, mixed = (
            measured(Coverage(), split, frame, shared).headline
            for frame in (parts[2].frame, parts[0].frame, independent(parts[0].frame))
        )
        below += fresh.high < train.value
        assert fresh.value > mixed.value
    assert below <= 1


def test_nothing_rare_does_not_apply() -> None:
    frame = pd.DataFrame({"a": list("xy") * 20})
    with pytest.raises(DoesNotApply, match=r"no level is under 1%"):
        measured(Coverage(), split_of(frame, frame, {"a": Kind.CATEGORY}), frame)


def test_stretching_a_number_and_relabelling_a_level_change_nothing() -> None:
    split = adult(4_000)
    made = flipped(split.train.frame, 0.5)
    before = measured(Coverage(), split, made)
    names = {level: f"level {place}" for place, level in enumerate(split.schema["native-country"].levels)}
    moved = [
        frame.assign(**{"age": frame["age"] * 10 + 5, "native-country": frame["native-country"].astype(object).map(names)})
        for frame in (split.train.frame, split.holdout.frame, made)
    ]
    again = split_of(moved[0], moved[1], {column.name: column.kind for column in split.schema})
    after = measured(Coverage(), again, moved[2])
    for name in ("levels", "tails"):
        assert after.parts[name].value == pytest.approx(before.parts[name].value)
