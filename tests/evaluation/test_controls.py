"""The controls are what they are said to be."""

import numpy as np
import pandas as pd
import pytest

from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply, PluginError
from synth_ui.core.score import CONTROLS
from synth_ui.core.table import Column, Kind, Role, Schema
from synth_ui.evaluation.controls import make_control, redraw_cells
from synth_ui.measures._encode import row_hashes
from synth_ui.measures.case import Case, Shared
from synth_ui.measures.privacy.dcr_share import DcrShare
from tests.measures.privacy.worlds import CONTEXT, MIXED, split_of, three

TRAIN, HOLDOUT, _ = three(800, 600, 1)
SPLIT = split_of(TRAIN, HOLDOUT)


def hashes(frame):
    return row_hashes(frame, MIXED.modelled)


@pytest.mark.parametrize("key", CONTROLS)
def test_each_control_is_canonical_repeats_itself_and_says_what_it_is(key):
    control, again = make_control(key, SPLIT, CONTEXT), make_control(key, SPLIT, CONTEXT)
    pd.testing.assert_frame_equal(control.frame, again.frame)
    assert (control.frame.dtypes == TRAIN.dtypes).all()
    assert list(control.frame.index) == list(range(len(control.frame)))
    assert control.note
    assert key == "control:train" or not control.frame.equals(make_control(key, SPLIT, Context(seed=4)).frame)


def test_independent_columns_keep_each_column_and_lose_every_relationship():
    frame = make_control("control:independent", SPLIT, CONTEXT).frame
    for name in TRAIN:
        assert sorted(frame[name].astype(str)) == sorted(TRAIN[name].astype(str))
    assert abs(np.corrcoef(frame["age"], frame["married"])[0, 1]) < 0.1 < np.corrcoef(TRAIN["age"], TRAIN["married"])[0, 1]


def test_the_training_rows_are_handed_out_as_they_are():
    control = make_control("control:train", SPLIT, CONTEXT)
    pd.testing.assert_frame_equal(control.frame, TRAIN)
    assert control.split is SPLIT


def test_about_a_tenth_of_the_cells_is_redrawn_and_comes_from_the_same_column():
    train = TRAIN.assign(income=np.arange(len(TRAIN), dtype=float))
    split = split_of(train, HOLDOUT)
    changed = [
        (make_control("control:flipped", split, Context(seed)).frame["income"] != train["income"]).mean() for seed in range(9)
    ]
    assert 0.085 < np.mean(changed) < 0.115
    frame = make_control("control:flipped", split, CONTEXT).frame
    assert set(frame["income"]) <= set(train["income"])
    assert redraw_cells(train, 0.0, CONTEXT).equals(train)


def test_unseen_rows_are_in_neither_half_they_are_scored_against():
    control = make_control("control:unseen", SPLIT, CONTEXT)
    assert len(control.split.holdout) == len(control.frame) == len(control.split.train) == 300
    both = np.concatenate([hashes(control.frame), hashes(control.split.holdout.frame)])
    assert sorted(both) == sorted(hashes(HOLDOUT))
    assert set(hashes(control.split.train.frame)) <= set(hashes(TRAIN))
    assert control.split.fingerprint != SPLIT.fingerprint


def test_unseen_rows_give_the_closer_to_train_share_its_null():
    low = high = 0
    for seed in range(20):
        train, holdout, _ = three(400, 400, 1, seed)
        control = make_control("control:unseen", split_of(train, holdout), CONTEXT)
        share = DcrShare().measure(Case(control.split, control.frame, Shared(control.split)), CONTEXT).headline
        low += share.low > 0.5
        high += share.high < 0.5
    assert low + high <= 4


def test_unseen_rows_of_one_group_stay_together():
    schema = Schema((*MIXED, Column("person", Kind.IDENTIFIER, role=Role.GROUP_KEY)))
    train, holdout = (frame.assign(person=np.arange(len(frame)) // 5) for frame in (TRAIN, HOLDOUT))
    control = make_control("control:unseen", split_of(train, holdout, schema), CONTEXT)
    assert not set(control.frame["person"]) & set(control.split.holdout.frame["person"])


def test_what_cannot_be_made_is_refused_with_the_reason():
    with pytest.raises(PluginError, match="There is no control 'control:best'; there are control:independent"):
        make_control("control:best", SPLIT, CONTEXT)
    with pytest.raises(DoesNotApply, match="the holdout has 3 rows"):
        make_control("control:unseen", split_of(TRAIN, HOLDOUT.iloc[:3].reset_index(drop=True)), CONTEXT)
    schema = Schema((*MIXED, Column("person", Kind.IDENTIFIER, role=Role.GROUP_KEY)))
    one = HOLDOUT.assign(person=1)
    with pytest.raises(DoesNotApply, match="one group"):
        make_control("control:unseen", split_of(TRAIN.assign(person=0), one, schema), CONTEXT)
