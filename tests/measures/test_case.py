"""What is computed once, and where it is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

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


def test_what_is_near_is_told_in_the_order_the_rows_were_named_in() -> None:
    split = adult(2_000)
    case = Case(split, split.holdout.frame, Shared(split))
    turned = np.arange(len(split.train.frame))[::-1]
    assert np.array_equal(case.near("train", turned)[:5], case.points("train")[turned[:5]])
    assert case.near("train", turned[::-1]).rows is None


@dataclass(eq=False)
class Left(Shared):
    """Leaves what is kept for others in a mapping, as the workspace's does in files."""

    left: dict[str, Any] = field(kw_only=True)

    def found_or_kept(self, key: str, compute: Callable[[], Any]) -> Any:
        place = f"{key}:{self.split.fingerprint}"
        if place not in self.left:
            self.left[place] = compute()
        return self.left[place]


def test_what_is_kept_of_a_candidate_serves_the_same_rows_in_the_same_order_only() -> None:
    split, left = adult(2_000), dict[str, Any]()
    other, first = Left(adult(1_000), left=left), Left(split, left=left)
    Case(split, split.train.frame, first).kept("what", lambda: "train")
    again = Left(split, left=left)
    assert Case(split, split.train.frame.copy(), again).kept("what", lambda: "anew") == "train"
    assert Case(split, split.train.frame.iloc[::-1], again).kept("what", lambda: "turned round") == "turned round"
    assert Case(split, split.holdout.frame, again).kept("what", lambda: "holdout") == "holdout"
    assert Case(other.split, split.train.frame, other).kept("what", lambda: "elsewhere") == "elsewhere"


def test_what_is_kept_of_candidates_does_not_pile_up_in_memory() -> None:
    split = adult(2_000)
    shared = Shared(split)
    case = Case(split, split.holdout.frame, shared)
    assert [case.kept("what", lambda: object()) is case.kept("what", lambda: object()), "what" in shared.memory] == [True, False]


def test_the_training_rows_are_not_learned_from_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    split, learned, left = adult(1_000), [], dict[str, Any]()
    train = _task.train
    monkeypatch.setattr(_task, "train", lambda *given, **more: learned.append(1) or train(*given, **more))
    copy = Case(split, split.train.frame.copy(), Left(split, left=left))
    same = _task.target_models(copy, Context())
    assert same.made is same.real
    assert len(learned) == 1
    other = Case(split, split.train.frame.iloc[::-1].reset_index(drop=True), Left(split, left=left))
    turned = _task.target_models(other, Context())
    assert len(learned) == 2
    for model, said in turned.made.predictions.items():
        assert np.array_equal(said, same.made.predictions[model])
    _task.target_models(Case(split, other.synthetic, Left(split, left=left)), Context())
    assert len(learned) == 2
