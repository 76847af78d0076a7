"""Which target is a class, which a number, and what models see of a frame they were not trained on."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from synth_ui.core.errors import DoesNotApply
from synth_ui.core.table import Kind
from synth_ui.measures._models import fit_features
from synth_ui.measures._task import MOST_CLASSES, make_task
from tests.measures.made import split_of


def _task(values: list[object], kind: Kind):  # type: ignore[no-untyped-def]
    frame = pd.DataFrame({"x": range(len(values)), "y": values})
    split = split_of(frame, frame, {"x": Kind.NUMBER, "y": kind}, "y")
    target = split.schema.target
    assert target is not None
    return make_task(split.schema, target, [split.train.frame]), split.train.frame


def test_a_number_of_two_values_is_a_class() -> None:
    task, frame = _task([0, 1, 1, None], Kind.INTEGER)
    assert task.classes == ("0", "1")
    assert task.truth(frame).tolist()[:3] == [0, 1, 1]
    assert np.isnan(task.truth(frame)[3])


def test_a_number_of_three_values_is_a_number() -> None:
    assert _task([0, 1, 2], Kind.NUMBER)[0].regression


def test_booleans_are_classes() -> None:
    task, frame = _task([True, False, True], Kind.BOOLEAN)
    assert task.classes == ("False", "True")
    assert task.truth(frame).tolist() == [1, 0, 1]


def test_rare_levels_share_a_class() -> None:
    values = [f"l{i:02d}" for i in range(40) for _ in range(41 - i)]
    task, frame = _task(values, Kind.CATEGORY)
    assert len(task.classes) == MOST_CLASSES
    assert task.classes[-1] == "other levels"
    assert np.bincount(task.truth(frame).astype(int))[-1] == sum(41 - i for i in range(19, 40))


def test_a_constant_target_is_refused() -> None:
    for values, kind in ((["a", "a"], Kind.CATEGORY), ([1.0, 1.0], Kind.NUMBER)):
        with pytest.raises(DoesNotApply, match="only one value"):
            _task(values, kind)


def test_a_level_the_training_side_lacks_is_unknown_to_the_model() -> None:
    seen = pd.DataFrame({"x": [1.0, 3.0] * 3, "city": ["Bern", "Lyon"] * 3})  # six values, which a model needs
    unseen = pd.DataFrame({"x": [2.0, None], "city": ["Oz", None]})
    split = split_of(seen, unseen, {"x": Kind.NUMBER, "city": Kind.CATEGORY})
    features = fit_features(split.schema.modelled, split.train.frame)
    trees, linear = features.trees(split.holdout.frame), features.linear(split.holdout.frame)
    assert np.isnan(trees[:, 1]).all()
    assert linear[0].tolist() == [0.0, 0.0, 0.0, 0.0, 1.0]  # the mean, not blank, neither level, unknown
    assert linear[1].tolist() == [0.0, 1.0, 0.0, 0.0, 1.0]
