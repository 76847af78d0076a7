"""What is computed once, and where it is kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from synth_ui.core.context import Context
from synth_ui.measures import _task
from synth_ui.measures.case import Case, Shared
from tests.measures.made import adult


def test_what_belongs_to_real_rows_is_computed_once_per_split() -> None:
    split = adult(2_000)
    shared = Shared(split)
    first, second = Case(split, split.train.frame, shared), Case(split, split.holdout.frame, shared)
    assert first.points("train") is second.points("train")
    assert first.points("synthetic") is not second.points("synthetic")
    assert first.codes("synthetic") is first.codes("synthetic")


def test_a_kept_value_serves_another_process(tmp_path: Path) -> None:
    split = adult(2_000)
    made = []

    def compute() -> np.ndarray:
        made.append(1)
        return np.arange(3)

    assert Shared(split, cache_dir=tmp_path).kept("numbers", compute).tolist() == [0, 1, 2]
    assert Shared(split, cache_dir=tmp_path).kept("numbers", compute).tolist() == [0, 1, 2]
    assert len(made) == 1
    assert len(list(tmp_path.iterdir())) == 1, "no half-written file is left"


def test_a_split_never_reads_what_another_left(tmp_path: Path) -> None:
    Shared(adult(2_000), cache_dir=tmp_path).kept("who", lambda: "first")
    assert Shared(adult(1_000), cache_dir=tmp_path).kept("who", lambda: "second") == "second"


def test_a_failed_computation_leaves_nothing(tmp_path: Path) -> None:
    def fail() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        Shared(adult(2_000), cache_dir=tmp_path).kept("x", fail)
    assert list(tmp_path.iterdir()) == []


def test_what_is_kept_of_a_candidate_serves_the_same_rows_in_the_same_order_only(tmp_path: Path) -> None:
    split = adult(2_000)
    other, first = Shared(adult(1_000), cache_dir=tmp_path), Shared(split, cache_dir=tmp_path)
    Case(split, split.train.frame, first).kept("what", lambda: "train")
    again = Shared(split, cache_dir=tmp_path)
    assert Case(split, split.train.frame.copy(), again).kept("what", lambda: "anew") == "train"
    assert Case(split, split.train.frame.iloc[::-1], again).kept("what", lambda: "turned round") == "turned round"
    assert Case(split, split.holdout.frame, again).kept("what", lambda: "holdout") == "holdout"
    assert Case(other.split, split.train.frame, other).kept("what", lambda: "elsewhere") == "elsewhere"


def test_what_is_kept_of_candidates_does_not_pile_up_in_memory() -> None:
    split = adult(2_000)
    shared = Shared(split)
    case = Case(split, split.holdout.frame, shared)
    assert [case.kept("what", lambda: object()) is case.kept("what", lambda: object()), "what" in shared.memory] == [True, False]


def test_the_training_rows_are_not_learned_from_twice(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    split, learned = adult(1_000), []
    train = _task.train
    monkeypatch.setattr(_task, "train", lambda *given, **more: learned.append(1) or train(*given, **more))
    copy = Case(split, split.train.frame.copy(), Shared(split, cache_dir=tmp_path))
    same = _task.target_models(copy, Context())
    assert same.made is same.real
    assert len(learned) == 1
    other = Case(split, split.train.frame.iloc[::-1].reset_index(drop=True), Shared(split, cache_dir=tmp_path))
    turned = _task.target_models(other, Context())
    assert len(learned) == 2
    for model, said in turned.made.predictions.items():
        assert np.array_equal(said, same.made.predictions[model])
    _task.target_models(Case(split, other.synthetic, Shared(split, cache_dir=tmp_path)), Context())
    assert len(learned) == 2
