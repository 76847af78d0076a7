"""The share of rows nearer to train, and the traps it is known for."""

import numpy as np
import pandas as pd
import pytest

from synth_ui.measures.privacy.near_copies.dcr_share import DcrShare
from tests.measures.privacy.worlds import CONTEXT, LEVELS, case_of, levels, mixed, three, with_copies


def measured(train, holdout, synthetic, **settings):
    schema = settings.pop("schema", None)
    case = case_of(train, holdout, synthetic, schema) if schema else case_of(train, holdout, synthetic)
    return DcrShare(**settings).measure(case, CONTEXT)


def value_of(measurement, name):
    return measurement.detail["summary"].set_index("name")["value"][name]


def test_a_hand_worked_table():
    """Ages 20, 40 in train, 30, 50 in the holdout; 20 and 40 are train's, 50 the holdout's, 35 a tie, 45 a tie."""
    base = mixed(1, np.random.default_rng(0))

    def ages(*values):
        return pd.concat([base] * len(values), ignore_index=True).assign(age=np.array(values))

    result = measured(ages(20, 40), ages(30, 50), ages(20, 40, 50, 35, 45))
    assert result.headline.value == pytest.approx((2 + 0.5 + 0.5) / 5)
    assert result.parts["ties"].value == pytest.approx(2 / 5)
    assert "4 real rows are too few" in result.under_powered


def test_a_copy_of_train_is_near_one_and_fresh_rows_near_a_half():
    train, holdout, honest = three(1_200, 1_200, 1_200)
    copied, fresh = measured(train, holdout, train).headline, measured(train, holdout, honest).headline
    assert copied.value > 0.99
    assert copied.low > 0.98
    assert fresh.low < 0.5 < fresh.high


def test_an_honest_candidate_stays_at_a_half_on_a_split_of_eighty_to_twenty():
    """The trap of unequal references: uncorrected, this share is .8."""
    train, holdout, honest = three(3_200, 800, 2_000)
    result = measured(train, holdout, honest)
    assert abs(result.headline.value - 0.5) < 0.05
    assert result.headline.low < 0.5 < result.headline.high
    assert value_of(result, "reference rows") == 800
    assert "Training rows were cut from 3,200 to 800" in result.note
    turned = measured(holdout, train, honest)
    assert abs(turned.headline.value - 0.5) < 0.05
    assert "Unseen rows were cut" in turned.note


def test_references_are_never_subsampled_however_few_rows_are_asked():
    """The trap of subsampled references: at 150 of 2,000 reference rows a fifth of copies reads about .51."""
    train, holdout, honest = three(2_000, 2_000, 2_000)
    leaky = with_copies(honest, train, 0.4).sample(frac=1, random_state=0, ignore_index=True)
    result = measured(train, holdout, leaky, queries=150)
    assert value_of(result, "reference rows") == 2_000
    assert value_of(result, "rows asked") == 150
    assert "150 of 2,000 synthetic rows" in result.note
    assert result.headline.value > 0.6


def test_ties_count_half_and_are_reported():
    """The trap of ties: a strict share on columns of levels is near 0, and reads as protection."""
    rng = np.random.default_rng(1)
    train, holdout, honest = (levels(1_000, rng) for _ in range(3))
    result = measured(train, holdout, honest, schema=LEVELS)
    ties = result.parts["ties"].value
    assert ties > 0.8
    assert abs(result.headline.value - 0.5) < 0.05
    assert "read the copies first" in result.note


def test_when_every_row_ties_the_share_is_a_half_without_a_verdict():
    rng = np.random.default_rng(1)
    train = levels(700, rng)
    result = measured(train, train, train, schema=LEVELS)
    assert (result.headline.value, result.headline.low, result.headline.high) == (0.5, 0.5, 0.5)


def test_many_rows_near_one_real_row_are_one_event():
    """The trap of hubs: by the binomial error these rows are a leak beyond doubt."""
    train, holdout, _ = three(600, 600, 1)
    hub = pd.concat([train.iloc[[5]]] * 900, ignore_index=True)
    result = measured(train, holdout, hub)
    assert result.headline.value == 1.0
    assert result.headline.low < 0.5
    assert value_of(result, "effective rows") == pytest.approx(1.0)


def test_hub_correction_keeps_fresh_rows_written_many_times_within_their_interval():
    outside = {1: 0, 12: 0}
    for repeat in range(30):
        train, holdout, honest = three(250, 250, 40, seed=repeat)
        many = pd.concat([honest] * 12, ignore_index=True)
        for times, frame in ((1, honest), (12, many)):
            number = measured(train, holdout, frame).headline
            outside[times] += not number.low <= 0.5 <= number.high
    assert outside[12] <= 4
    assert outside[1] <= 4


def test_the_order_of_rows_does_not_matter():
    train, holdout, honest = three(600, 500, 700)
    shuffled = [frame.sample(frac=1, random_state=1, ignore_index=True) for frame in (train, holdout, honest)]
    assert measured(*shuffled, queries=300).headline.value == measured(train, holdout, honest, queries=300).headline.value


def test_pictures_are_histograms_without_rows():
    train, holdout, honest = three(600, 600, 600)
    result = measured(train, holdout, honest)
    for name in ("distances", "ratios"):
        frame = result.detail[name]
        assert list(frame.columns) == ["bin_low", "bin_high", "to_train_share", "to_holdout_share"]
        assert frame[["to_train_share", "to_holdout_share"]].sum().to_numpy() == pytest.approx([1.0, 1.0])
        assert (frame["bin_high"] > frame["bin_low"]).all()
    assert result.detail["ratios"]["bin_high"].iloc[-1] == 1.0
