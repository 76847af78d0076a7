"""What is computed once, and where it is kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

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
