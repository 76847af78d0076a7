"""The cut: exact sizes, alike halves, groups kept whole, the same for the same seed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from synth_ui.core.errors import TableError
from synth_ui.core.table import Table
from synth_ui.tables.review import revise
from synth_ui.tables.split import make_split, sampled
from tests.awkward import AWKWARD, table_of


def numbered(rows: int, target: list[object] | np.ndarray | None = None) -> Table:
    """A table whose column `row` tells the rows apart."""
    frame = pd.DataFrame({"row": np.arange(rows) * 1.5})
    return table_of(frame.assign(y=target), "y") if target is not None else table_of(frame)


def rows(table: Table) -> set[float]:
    return set(table.frame["row"])


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.7, 0.9])
@pytest.mark.parametrize("count", [2, 3, 10, 101])
def test_every_row_is_on_one_side_and_the_sizes_are_exact(share: float, count: int) -> None:
    split = make_split(numbered(count), share=share)
    assert len(split.train) == min(max(round(count * share), 1), count - 1)
    assert rows(split.train) | rows(split.holdout) == {i * 1.5 for i in range(count)}
    assert not rows(split.train) & rows(split.holdout)


def test_a_sample_of_a_split_keeps_its_sides_and_its_strata_and_says_so() -> None:
    split = make_split(numbered(400, np.repeat(["no", "yes"], [300, 100])), seed=2)
    part = sampled(split, 40, 20, "the minute did not allow more")
    assert (len(part.train), len(part.holdout)) == (40, 20)
    assert rows(part.train) < rows(split.train)
    assert rows(part.holdout) < rows(split.holdout)
    assert [int(half.frame["y"].value_counts().min()) for half in (part.train, part.holdout)] == [10, 5]
    assert part.sentence == (
        f"{split.sentence} Raced on a sample: learned from 40 of 200 training rows and scored with 20 of 200 unseen rows, "
        "because the minute did not allow more."
    )
    assert part.fingerprint == sampled(split, 40, 20).fingerprint != split.fingerprint
    assert (part.seed, part.share, part.schema) == (split.seed, split.share, split.schema)
    assert sampled(split, 200, 999) is split


@pytest.mark.parametrize("name", [name for name in AWKWARD if name not in ("one_row",)])
def test_awkward_tables_are_cut_in_half(name: str) -> None:
    table = AWKWARD[name]()
    split = make_split(table, seed=3)
    assert abs(len(split.train) - len(split.holdout)) <= 1 + {"group_key": 4, "persons": 8}.get(name, 0)
    assert split.train.schema == split.holdout.schema == table.schema


def test_the_same_seed_gives_the_same_cut_and_another_another() -> None:
    table = AWKWARD["plain"]()
    assert make_split(table, seed=5).fingerprint == make_split(table, seed=5).fingerprint
    assert make_split(table, seed=5).fingerprint != make_split(table, seed=6).fingerprint


@pytest.mark.parametrize("seed", range(5))
def test_each_class_of_the_target_is_cut_to_within_one_row(seed: int) -> None:
    target = ["a"] * 601 + ["b"] * 290 + ["c"] * 7 + [None] * 102
    split = make_split(numbered(1_000, np.array(target, dtype=object)), seed=seed, share=0.3)
    counts = split.train.frame["y"].value_counts(dropna=False)
    for level, there in (("a", 601), ("b", 290), ("c", 7)):
        assert abs(counts[level] - 0.3 * there) <= 1
    assert abs(split.train.frame["y"].isna().sum() - 0.3 * 102) <= 1
    assert split.sentence == f"300 training rows, 700 unseen, drawn with seed {seed}, stratified by y."


def test_a_number_as_target_is_stratified_in_bins() -> None:
    values = np.random.default_rng(1).lognormal(size=1_000)
    split = make_split(numbered(1_000, values), seed=2)
    deciles = np.quantile(values, np.linspace(0, 1, 11))
    counts = np.histogram(split.train.frame["y"], deciles)[0]
    assert (np.abs(counts - 50) <= 1).all()
    assert "stratified by y in 10 bins" in split.sentence


def test_a_single_row_of_a_class_goes_to_either_side() -> None:
    table = numbered(40, ["rare"] + ["often"] * 39)
    sides = {0.0 in rows(make_split(table, seed=seed).train) for seed in range(12)}
    assert sides == {True, False}


def test_rows_of_one_key_stay_together() -> None:
    split = make_split(AWKWARD["group_key"](), seed=1)
    assert not set(split.train.frame["patient_id"]) & set(split.holdout.frame["patient_id"])
    assert "all rows of one patient_id on the same side" in split.sentence


@pytest.mark.parametrize("seed", range(5))
def test_groups_of_very_different_size_are_balanced_and_stratified(seed: int) -> None:
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 30, 120)
    keys = np.repeat(rng.permutation(120) + 1_000, sizes)
    target = np.where(np.repeat(rng.random(120) < 0.3, sizes), "yes", "no")
    frame = pd.DataFrame({"person_id": keys, "y": target, "row": np.arange(len(keys)) / 7})
    split = make_split(table_of(frame, "y"), seed=seed, share=0.6)
    assert abs(len(split.train) / len(frame) - 0.6) < 0.03
    assert not set(split.train.frame["person_id"]) & set(split.holdout.frame["person_id"])
    assert abs(split.train.frame["y"].mean() - split.holdout.frame["y"].mean()) < 0.08


def test_a_blank_key_is_nobody_s() -> None:
    frame = pd.DataFrame({"person_id": [None] * 200 + ["a1", "b2"] * 100, "row": np.arange(400) / 7})
    table = revise(table_of(frame), [{"name": "person_id", "role": "group key"}])
    split = make_split(table)
    assert split.train.frame["person_id"].isna().sum() in range(80, 121)


def test_a_key_that_never_repeats_changes_nothing() -> None:
    table = revise(AWKWARD["identifier"](), [{"name": "row_id", "role": "group key"}])
    assert "same side" not in make_split(table).sentence


def test_two_groups_are_one_on_each_side() -> None:
    frame = pd.DataFrame({"k": ["a", "b"] * 30, "row": np.arange(60) / 7})
    split = make_split(revise(table_of(frame), [{"name": "k", "role": "group key"}]), seed=4)
    assert {len(split.train), len(split.holdout)} == {30}


@pytest.mark.parametrize(
    ("share", "message"), [(0.0, "share of training rows is 0.0"), (1.0, "between 0 and 1"), (-1, "between 0 and 1")]
)
def test_a_share_that_leaves_a_side_empty_is_refused(share: float, message: str) -> None:
    with pytest.raises(TableError, match=message):
        make_split(AWKWARD["plain"](), share=share)


def test_one_row_is_refused() -> None:
    with pytest.raises(TableError, match=r"has 1 row; a split needs at least 2\. Load a larger table"):
        make_split(AWKWARD["one_row"]())


def test_the_rows_keep_their_order_and_two_rows_are_one_each() -> None:
    split = make_split(AWKWARD["two_rows"]())
    assert split.sentence == "1 training row, 1 unseen, drawn with seed 0, stratified by buys."
    assert make_split(numbered(100)).train.frame["row"].is_monotonic_increasing
