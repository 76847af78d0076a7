"""Attacks on membership: the curve, its rates, and who is attacked."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score
from sklearn.metrics import roc_curve as known_curve

from synth_ui.columns.halves import halves
from synth_ui.core.errors import DoesNotApply
from synth_ui.core.score import Score
from synth_ui.core.table import Column, Kind, Role, Schema
from synth_ui.measures.privacy.membership_inference._attacks import attack
from synth_ui.measures.privacy.membership_inference.membership import Membership, roc_curve, told_at
from tests.measures.privacy.worlds import CONTEXT, MIXED, case_of, mixed, three, with_copies


def measured(*frames, **settings):
    return Membership(**settings).measure(case_of(*frames), CONTEXT)


def test_the_curve_is_scikit_learns():
    rng = np.random.default_rng(0)
    member, score = rng.random(300) < 0.4, np.round(rng.normal(size=300), 1)
    alarms, told = roc_curve(member, score)
    known = known_curve(member, score, drop_intermediate=False)
    assert np.allclose(alarms, known[0])
    assert np.allclose(told, known[1])


def test_rates_by_hand():
    """Four members and four others: two members lead, then one other, then a tie of one each, then the rest."""
    member = np.array([1, 1, 0, 1, 0, 1, 0, 0], dtype=bool)
    score = np.array([9, 8, 7, 6, 6, 5, 4, 3], dtype=float)
    assert told_at(member, score, 0.0).value == pytest.approx(2 / 4)
    assert told_at(member, score, 0.25).value == pytest.approx(2 / 4)
    assert told_at(member, score, 0.5).value == pytest.approx(4 / 4)
    assert told_at(member, score, 0.375).value == pytest.approx(3 / 4)


def test_guessing_tells_as_many_as_it_alarms():
    """Where all scores are equal the curve is the diagonal: a rate of .1% must read .1%, not 0 and not 1."""
    member = np.arange(2_000) < 1_000
    assert told_at(member, np.zeros(2_000), 0.001).value == pytest.approx(0.001)


def test_training_rows_are_told_and_fresh_rows_are_not():
    train, holdout, honest = three(1_200, 1_200, 1_200)
    copied, fresh = measured(train, holdout, train), measured(train, holdout, honest)
    assert copied.headline.low > 0.97
    assert copied.parts["tpr_at_1%"].value > 0.9
    assert fresh.headline.low < 0.5 < fresh.headline.high
    assert fresh.parts["tpr_at_1%"].value < 0.05


def test_a_few_copies_show_at_the_left_end_of_the_curve():
    train, holdout, honest = three(2_000, 2_000, 2_000)
    result = measured(train, holdout, with_copies(honest, train, 0.05))
    assert result.headline.value < 0.56
    assert result.parts["tpr_at_1%"].value > 0.04


def test_members_and_others_are_distinct_rows_and_the_reference_is_neither():
    train, holdout, honest = three(900, 600, 900)
    case = case_of(train, holdout, honest)
    attacked = attack(case, 10_000, CONTEXT)
    assert int(attacked.member.sum()) == int((~attacked.member).sum()) == attacked.reference == 300
    reference, unseen = halves(case.holdout, case.schema, 5)
    assert sorted([*reference, *unseen]) == list(range(600))


def test_isolated_rows_are_chosen_by_the_same_rule_for_members_and_others():
    train, holdout, honest = three(4_000, 4_000, 500)
    attacked = attack(case_of(train, holdout, honest), 10_000, CONTEXT)
    assert attacked.isolated.sum() == round(0.05 * 4_000)
    share = attacked.member[attacked.isolated].mean()
    assert abs(share - 0.5) < 0.12


def test_rows_of_a_group_stay_in_one_half():
    """The trap of groups: unseen rows with relatives in the reference look less like members than they are."""
    schema = Schema((*MIXED, Column("person", Kind.IDENTIFIER, role=Role.GROUP_KEY)))
    frame = mixed(600, np.random.default_rng(0)).assign(person=np.arange(600) // 7)
    first, second = halves(frame, schema, 1)
    assert not set(frame["person"].iloc[first]) & set(frame["person"].iloc[second])
    assert abs(len(first) - 300) <= 7
    blank = frame.assign(person=pd.Series([None] * 600, dtype=object))
    assert abs(len(halves(blank, schema, 1)[0]) - 300) <= 40


def test_a_holdout_too_small_to_cut_has_no_answer():
    with pytest.raises(DoesNotApply, match="it needs 20 training rows"):
        measured(*three(500, 12, 500))


def test_few_rows_are_attacked_but_carry_no_verdict():
    result = measured(*three(300, 300, 300))
    assert "600 real rows are too few" in result.under_powered
    assert "isolated" not in result.parts


def test_details_have_the_columns_the_pictures_read():
    result = measured(*three(1_200, 1_200, 600))
    attacks, roc = result.detail["attacks"], result.detail["roc"]
    assert list(attacks.columns) == ["attack", "rows", "auc", "low", "high", "tpr_1", "tpr_01"]
    assert set(attacks["rows"]) == {"all", "isolated"}
    assert result.headline.value == attacks.loc[attacks["rows"] == "all", "auc"].max()
    for _, curve in roc.groupby("attack"):
        assert curve["false_positive_rate"].is_monotonic_increasing
        assert curve["true_positive_rate"].is_monotonic_increasing
        assert curve["true_positive_rate"].iloc[-1] == 1.0


def test_the_area_is_scikit_learns():
    train, holdout, honest = three(800, 800, 800)
    attacked = attack(case_of(train, holdout, with_copies(honest, train, 0.5)), 10_000, CONTEXT)
    areas = [roc_auc_score(attacked.member, score) for score in attacked.scores.values()]
    result = measured(train, holdout, with_copies(honest, train, 0.5))
    assert result.headline.value == pytest.approx(max(areas))


def test_the_interval_is_wider_for_having_chosen_the_better_attack():
    from synth_ui.measures._intervals import delong

    train, holdout, honest = three(800, 800, 800)
    attacked = attack(case_of(train, holdout, honest), 10_000, CONTEXT)
    single = max((delong(attacked.member, score) for score in attacked.scores.values()), key=lambda number: number.value)
    chosen = measured(train, holdout, honest).headline
    assert chosen.value == single.value
    assert chosen.high - chosen.low > 1.1 * (single.high - single.low)


def test_sentences():
    told = Membership().says(Score("a", "membership", "privacy", 0.6, 0.58, 0.62))
    none = Membership().says(Score("a", "membership", "privacy", 0.5, 0.49, 0.51))
    assert "better than by guessing" in told
    assert none.startswith("No sign found by these 2 attacks at this power")
