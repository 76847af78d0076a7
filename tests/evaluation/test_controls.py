"""The controls are what they are said to be."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from synth_ui.columns.hashes import row_hashes
from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply, PluginError
from synth_ui.core.score import CONTROLS
from synth_ui.core.table import Column, Kind, Role, Schema
from synth_ui.evaluation.controls import make_control, redraw_cells
from synth_ui.measures._task import MODELS, MOST_TRAINED, reference_models
from synth_ui.measures.case import Case, Shared
from synth_ui.measures.privacy.near_copies.dcr_share import DcrShare
from synth_ui.measures.utility._skill import judged_model, skills
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


SHARES = [(800, 800), (900, 300), (300, 900), (799, 602)]


@pytest.mark.parametrize(("train", "holdout"), SHARES)
def test_exchanged_rows_keep_the_sizes_and_are_the_real_rows(train, holdout):
    split = split_of(*three(train, holdout, 1)[:2])
    control = make_control("control:unseen", split, CONTEXT, "exchanged")
    assert (len(control.split.train), len(control.split.holdout)) == (train, holdout)
    pd.testing.assert_frame_equal(control.frame, control.split.train.frame)
    assert (control.frame.dtypes == split.train.frame.dtypes).all()
    both = [hashes(frame) for frame in (control.split.train.frame, control.split.holdout.frame)]
    real = [hashes(frame) for frame in (split.train.frame, split.holdout.frame)]
    assert sorted(np.concatenate(both)) == sorted(np.concatenate(real))
    came = np.isin(both[0], real[1]).sum()
    assert came == min(round(1.5 * train * holdout / (train + holdout)), train, holdout)
    assert f"{came:,} unseen rows" in control.note


def test_exchanged_rows_are_alike_in_the_target_and_do_not_depend_on_the_order_of_rows():
    split = split_of(TRAIN, HOLDOUT)
    control = make_control("control:unseen", split, CONTEXT, "exchanged")
    shares = [frame["married"].mean() for frame in (TRAIN, HOLDOUT, control.frame)]
    assert shares[2] == pytest.approx(shares[0] + (shares[1] - shares[0]) * 514 / 800, abs=2 / 800)
    turned = split_of(*(frame.iloc[::-1].reset_index(drop=True) for frame in (TRAIN, HOLDOUT)))
    again = make_control("control:unseen", turned, CONTEXT, "exchanged")
    assert sorted(hashes(again.frame)) == sorted(hashes(control.frame))


@pytest.mark.parametrize(("train", "holdout"), SHARES)
def test_unseen_rows_are_filled_up_to_as_many_as_train_and_tested_on_rows_they_do_not_hold(train, holdout):
    split = split_of(*three(train, holdout, 1)[:2])
    control = make_control("control:unseen", split, CONTEXT, "filled")
    assert len(control.frame) == len(control.split.train) == train
    assert control.split.train is split.train
    assert len(control.split.holdout) == (holdout + 1) // 2
    own, tested = hashes(control.frame), hashes(control.split.holdout.frame)
    assert not set(own) & set(tested)
    assert np.isin(own, hashes(split.holdout.frame)).sum() == min(holdout // 2, train)
    assert (hashes(split.holdout.frame)[control.places] == tested).all()


def test_rows_of_one_group_stay_together_however_they_are_made():
    schema = Schema((*MIXED, Column("person", Kind.IDENTIFIER, role=Role.GROUP_KEY)))
    train = TRAIN.assign(person=np.arange(len(TRAIN)) // 5)
    holdout = HOLDOUT.assign(person=1_000 + np.arange(len(HOLDOUT)) // 5)
    split = split_of(train, holdout, schema)
    for how in ("exchanged", "filled", "halves"):
        control = make_control("control:unseen", split, CONTEXT, how)
        assert not set(control.frame["person"]) & set(control.split.holdout.frame["person"])
    sizes = [len(make_control("control:unseen", split, CONTEXT, "exchanged").split.train), len(train)]
    assert sizes[0] == pytest.approx(sizes[1], abs=10)


def test_encodings_of_exchanged_rows_are_those_of_all_real_rows():
    control, shared = make_control("control:unseen", SPLIT, CONTEXT, "exchanged"), Shared(SPLIT)
    own, anew = shared.of(control.split, within=control.within), Shared(control.split)
    assert own.cells is shared.cells
    assert own.coordinates is shared.coordinates
    case, other = (Case(control.split, control.frame, one) for one in (own, anew))
    for name, codes in case.codes("holdout").items():
        assert (codes == other.codes("holdout")[name]).all()
    assert (case.points("synthetic") == other.points("synthetic")).all()
    assert not shared.of(make_control("control:unseen", SPLIT, CONTEXT).split).origin


def test_what_real_rows_teach_is_learned_once_and_says_the_same_of_some_of_the_holdout():
    split = split_of(*three(400, 500, 1)[:2])
    control, shared = make_control("control:unseen", split, CONTEXT, "filled"), Shared(split)
    own = Case(control.split, control.frame, shared.of(control.split, within=True, places=control.places))
    apart = Case(control.split, control.frame, Shared(control.split))
    known, learned = (reference_models(case, CONTEXT) for case in (own, apart))
    assert (known.tested == learned.tested).all()
    for model, said in learned.real.predictions.items():
        assert known.real.predictions[model] == pytest.approx(said)
    assert not any(key.startswith("trained on real") for key in own.shared.memory)
    assert any(key.startswith("trained on real") for key in shared.memory)


def test_the_model_judged_is_the_one_that_does_better_on_all_of_the_holdout():
    split = split_of(*three(400, 500, 1)[:2])
    shared = Shared(split)
    whole = Case(split, split.train.frame, shared)
    real = reference_models(whole, CONTEXT)
    better = judged_model(whole, CONTEXT, real, MOST_TRAINED)
    [other] = set(MODELS) - {better}
    right = {
        model: said[np.arange(len(said)), real.task.truth(real.test).astype(int)] for model, said in real.real.predictions.items()
    }
    places = np.flatnonzero(right[other] > right[better])  # where the other model does better
    apart = replace(split, holdout=split.holdout.rows(places))
    case = Case(apart, split.train.frame, shared.of(apart, within=True, places=places))
    some = reference_models(case, CONTEXT)
    shown = skills(some.task, some.task.truth(some.test), some.real)
    assert shown[other].value > shown[better].value
    assert judged_model(case, CONTEXT, some, MOST_TRAINED) == better


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
    with pytest.raises(DoesNotApply, match="there are 3 unseen rows"):
        make_control("control:unseen", split_of(TRAIN, HOLDOUT.iloc[:3].reset_index(drop=True)), CONTEXT)
    schema = Schema((*MIXED, Column("person", Kind.IDENTIFIER, role=Role.GROUP_KEY)))
    one = HOLDOUT.assign(person=1)
    with pytest.raises(DoesNotApply, match="one group"):
        make_control("control:unseen", split_of(TRAIN.assign(person=0), one, schema), CONTEXT)
