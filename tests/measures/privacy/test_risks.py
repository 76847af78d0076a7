"""Singling out, linkability, inference: the three risks, their arms, and the defects known of other implementations."""

import math

import numpy as np
import pandas as pd
import pytest

from synth_ui.core.errors import DoesNotApply
from synth_ui.core.score import Score
from synth_ui.core.table import Column, Kind, Role, Schema
from synth_ui.evaluation.controls import redraw_cells
from synth_ui.measures.privacy.disclosure_risks._risk import Arms, risk
from synth_ui.measures.privacy.disclosure_risks.inference import Inference, secrets
from synth_ui.measures.privacy.disclosure_risks.linkability import Linkability
from synth_ui.measures.privacy.disclosure_risks.singling_out import Predicate, SinglingOut, _singled_out
from tests.measures.privacy.worlds import CONTEXT, MIXED, case_of, three, with_copies

MEASURES = {measure.key: measure for measure in (SinglingOut(attacks=400), Linkability(attacks=400), Inference(attacks=400))}
TRAIN, HOLDOUT, HONEST = three(1_200, 1_200, 1_200, seed=4)


def measured(key, synthetic, train=TRAIN, holdout=HOLDOUT, schema=MIXED):
    return MEASURES[key].measure(case_of(train, holdout, synthetic, schema), CONTEXT)


def test_the_risk_is_the_formula_of_the_paper():
    z2 = 1.959963984540054**2
    hit, control = (60 + z2 / 2) / (100 + z2), (20 + z2 / 2) / (100 + z2)
    errors = [math.sqrt(z2) / (100 + z2) * math.sqrt(k * (100 - k) / 100 + z2 / 4) for k in (60, 20)]
    value = (hit - control) / (1 - control)
    error = math.hypot(errors[0] / (1 - control), (hit - 1) * errors[1] / (1 - control) ** 2)
    number = risk(Arms("any", (60, 100), (20, 100), (1, 100)), 0.95)
    assert (number.value, number.low, number.high) == pytest.approx((value, value - error, value + error))
    wider = risk(Arms("any", (60, 100), (20, 100), (1, 100)))
    assert wider.value == number.value
    assert wider.high - wider.low == pytest.approx(2 * error * 2.807 / 1.960, rel=0.02)  # for ten attacks together


def test_an_attack_that_does_better_on_unseen_rows_is_no_risk():
    number = risk(Arms("any", (20, 100), (60, 100), (1, 100)))
    assert (number.value, number.low) == (0.0, 0.0)


@pytest.mark.parametrize("key", MEASURES)
def test_fresh_rows_are_no_risk_and_copies_are_one(key):
    fresh, copied = measured(key, HONEST), measured(key, TRAIN)
    assert fresh.headline.low == 0.0
    assert copied.headline.low > 0.1
    assert copied.parts["attack"].value > copied.parts["control"].value
    assert copied.parts["attack"].value > copied.parts["random"].value


@pytest.mark.parametrize("key", MEASURES)
def test_more_redrawn_cells_and_fewer_copies_are_less_risk(key):
    flips = [_of_rows(measured(key, redraw_cells(TRAIN, share, CONTEXT))) for share in (0.7, 0.3, 0.1, 0.0)]
    copies = [_of_rows(measured(key, with_copies(HONEST, TRAIN, share))) for share in (0.0, 0.2, 0.6, 1.0)]
    for values in (flips, copies):
        assert np.all(np.diff(values) >= -0.02)
        assert values[-1] > values[0] + 0.1


def _of_rows(result):
    """The risk of the attack on several columns, where there are two: redrawn cells keep every value of one column."""
    attacks = result.detail["attacks"]
    return attacks["risk"][attacks["attack"] != "one column"].iloc[0]


@pytest.mark.parametrize("key", MEASURES)
def test_an_honest_candidate_is_no_risk_on_a_split_of_eighty_to_twenty(key):
    train, holdout, honest = three(2_400, 600, 1_200, seed=6)
    result = measured(key, honest, train, holdout)
    assert result.headline.low == 0.0
    assert "cut from 2,400 to 600" in result.note


@pytest.mark.parametrize("key", MEASURES)
def test_fresh_rows_are_red_no_more_often_than_the_level_allows(key):
    red = 0
    for seed in range(25):
        train, holdout, honest = three(300, 300, 300, seed=100 + seed)
        red += measured(key, honest, train, holdout).headline.low > 0
    assert red <= 3


def test_singling_out_means_exactly_one_row():
    values = np.array([[1.0, 2.0, 2.0, np.nan, 5.0], [0.0, 1.0, 1.0, 0.0, np.nan]])
    one, two, none = (Predicate(0, "equal", value) for value in (1.0, 2.0, 9.0))
    assert _singled_out([(one,), (two,), (none,)], values, CONTEXT) == (1, 3)
    high = Predicate(0, "at least", 2.0)
    assert _singled_out([(high,), (high, Predicate(1, "blank", 0.0)), (Predicate(0, "blank", 0.0),)], values, CONTEXT) == (2, 3)


def numbers_case(secret_of_synthetic):
    """A number that is ten times the known one; the guess is taken from a synthetic row with the same known number."""
    schema = Schema((Column("known", Kind.NUMBER), Column("secret", Kind.NUMBER, role=Role.SENSITIVE)))
    train = pd.DataFrame({"known": np.arange(1.0, 601), "secret": np.arange(1.0, 601) * 10})
    holdout = train.assign(known=train["known"] + 0.5, secret=-1.0)
    return case_of(train, holdout, train.assign(secret=secret_of_synthetic(train["secret"])), schema)


def test_a_number_is_guessed_within_the_tolerance_of_its_size():
    right = Inference(attacks=300).measure(numbers_case(lambda secret: secret * 1.04), CONTEXT)
    wrong = Inference(attacks=300).measure(numbers_case(lambda secret: secret * 1.06), CONTEXT)
    assert right.parts["attack"].value > 0.99
    assert wrong.parts["attack"].value < 0.01


def test_a_guess_of_the_wrong_sign_or_a_blank_one_is_wrong():
    """Elsewhere the error is divided by the signed guess, and every negative guess succeeds."""
    for guess in (lambda secret: -secret, lambda secret: secret * np.nan):
        assert Inference(attacks=300).measure(numbers_case(guess), CONTEXT).parts["attack"].value == 0.0


def test_random_guesses_are_as_good_as_the_commonest_levels_make_them():
    """Elsewhere guesses are aligned on row labels, and the share of lucky ones depends on the labels."""
    schema = Schema((*MIXED.columns[:2], Column("sick", Kind.BOOLEAN, role=Role.SENSITIVE)))
    rng = np.random.default_rng(0)
    frames = [frame[["age", "income"]].assign(sick=rng.random(len(frame)) < 0.8) for frame in three(1_000, 1_000, 1_000)]
    result = measured("inference", frames[2], frames[0], frames[1], schema)
    assert result.parts["random"].value == pytest.approx(0.8**2 + 0.2**2, abs=0.08)
    assert "no better than guessing" in result.note


def test_secrets_are_the_sensitive_columns_then_the_target_then_the_first_ten():
    train, holdout, honest = three(100, 100, 100)
    assert [column.name for column in secrets(case_of(train, holdout, honest))] == ["married"]
    marked = MIXED.updated("income", role=Role.SENSITIVE)
    assert [column.name for column in secrets(case_of(train, holdout, honest, marked))] == ["income"]
    unmarked = MIXED.with_target(None)
    assert len(secrets(case_of(train, holdout, honest, unmarked))) == 5


@pytest.mark.parametrize("key", ["linkability", "inference"])
def test_one_column_alone_can_neither_be_linked_nor_guessed(key):
    schema = Schema(MIXED.columns[:1])
    train, holdout, honest = (frame[["age"]] for frame in (TRAIN, HOLDOUT, HONEST))
    with pytest.raises(DoesNotApply, match="it needs two columns"):
        measured(key, honest, train, holdout, schema)


@pytest.mark.parametrize("key", MEASURES)
def test_sentences_and_details(key):
    result = measured(key, TRAIN)
    assert list(result.detail["attacks"].columns) == [
        "attack", "risk", "low", "high",
        *(f"{arm}_{what}" for arm in ("train", "control", "random") for what in ("rate", "low", "high")),
    ]  # fmt: skip
    measure = MEASURES[key]
    assert "more often for training rows" in measure.says(Score("a", key, "privacy", 0.5, 0.4, 0.6))
    assert measure.says(Score("a", key, "privacy", 0.0, 0.0, 0.1)).startswith("No sign found by this attack at this power")
