"""The probability of being best: it sums to one, does not depend on order, and pairs what was predicted on the same rows."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth_ui.comparison.choice.probability_of_best import contributions
from synth_ui.core.errors import SettingError
from synth_ui.core.score import Status
from tests.examples import examples
from tests.race_scores import CANDIDATE_VALUES, candidate_rows, outcome, score_rows, without

VALUE = st.fixed_dictionaries({"pairs": st.floats(0.9, 0.985), "tstr": st.floats(0.2, 1.0), "leakage_index": st.floats(0.0, 5.0)})


@settings(max_examples=examples(25), deadline=None)
@given(st.lists(VALUE, min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_probabilities_sum_to_one_whatever_the_order(values, random):
    scores = score_rows({f"file:c{number}": value for number, value in enumerate(values)})
    chance = outcome(scores).chances().frame()
    assert chance["probability_best"].sum() == pytest.approx(1)
    assert chance["probability_best"].between(0, 1).all()
    shuffled = scores.iloc[random.sample(range(len(scores)), len(scores))]
    pd.testing.assert_frame_equal(chance, outcome(shuffled).chances().frame())


def test_the_same_seed_gives_the_same_and_another_nearly_the_same():
    one, same, other = (outcome(score_rows(), seed=seed).chances("train").frame() for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(one, same)
    assert one["probability_best"].to_numpy() == pytest.approx(other["probability_best"].to_numpy(), abs=0.04)
    assert not one["probability_best"].equals(other["probability_best"])


def test_a_clear_winner_is_certain_and_equals_share():
    clear = (
        outcome(score_rows({"a": CANDIDATE_VALUES["cart"], "b": CANDIDATE_VALUES["gaussian_copula"]})).chances("train").frame()
    )
    assert clear.iloc[0]["candidate"] == "a"
    assert clear.iloc[0]["probability_best"] == 1
    assert not clear.iloc[1]["tied"]
    same = outcome(score_rows(dict.fromkeys(("a", "b", "c"), CANDIDATE_VALUES["bayes_net"]))).chances().frame()
    assert same["probability_best"].to_numpy() == pytest.approx([1 / 3] * 3, abs=0.04)
    assert same["tied"].all()


def test_exact_equals_share_each_draw():
    values = {name: {"leakage_index": leak} for name, leak in (("a", 0.0), ("b", 0.0), ("c", 2.0))}
    chance = outcome(score_rows(values)).chances({"privacy": 1}).frame().set_index("candidate")
    assert list(chance.loc[["a", "b", "c"], "probability_best"]) == [0.5, 0.5, 0]
    assert list(chance.loc[["a", "b", "c"], "tied"]) == [True, True, False]


def test_controls_take_no_part_and_a_candidate_without_a_score_says_why():
    chance = outcome(without(score_rows(), "tstr", Status.FAILED, "out of memory", "arf"), candidate_rows()).chances().frame()
    assert not chance["candidate"].str.startswith("control:").any()
    arf = chance.set_index("candidate").loc["arf"]
    assert arf["probability_best"] == 0
    assert "out of memory" in arf["reason"]
    assert chance["probability_best"].sum() == pytest.approx(1)


def test_weights_decide():
    scores = score_rows()
    assert outcome(scores).chances({"utility": 1}).frame().iloc[0]["candidate"] == "cart"
    assert outcome(scores).chances({"privacy": 1}).frame().iloc[-1]["candidate"] == "cart"


@pytest.mark.parametrize("weights", [{"speed": 1}, {"fidelity": -1, "utility": 2}, {"fidelity": 0}, {}, "moon"])
def test_weights_that_mean_nothing_are_refused(weights):
    with pytest.raises(SettingError, match=r"allowed|there are"):
        outcome(score_rows()).chances(weights).frame()


def test_one_seed_is_given_the_scatter_the_others_show():
    values = {"a": {"tstr": 0.90}, "b": {"tstr": 0.93}}
    alone = outcome(score_rows(values)).chances("train").frame().set_index("candidate").loc["a", "probability_best"]
    scattered = {**values, "c": {"tstr": 0.3}, "c#2": {"tstr": 0.45}}
    beside = outcome(score_rows(scattered)).chances("train").frame().set_index("candidate").loc["a", "probability_best"]
    assert alone < 0.01 < 0.2 < beside


def test_a_proven_bound_does_not_move():
    values = {"a": {"leakage_index": 0.0}, "b": {"leakage_index": 0.3}}
    assert outcome(score_rows(values)).chances({"privacy": 1}).frame().iloc[0]["probability_best"] == 1


def _predictions(truth, scores):
    return pd.DataFrame({"row": np.arange(len(truth)), "true": truth, "score": scores})


def _found(predictions):
    return lambda candidate, measure, name: predictions.get(candidate) if (measure, name) == ("tstr", "predictions") else None


def test_predictions_on_the_same_rows_make_a_steady_difference_count():
    rng = np.random.default_rng(0)
    truth = np.where(rng.random(3000) < 0.3, "yes", "no")
    base = (truth == "yes") + rng.standard_normal(3000)
    scores = score_rows({"a": {"tstr": 0.950}, "b": {"tstr": 0.944}})
    near = {"a": _predictions(truth, base), "b": _predictions(truth, base + 0.02 * rng.standard_normal(3000))}
    far = {"a": _predictions(truth, base), "b": _predictions(truth, (truth == "yes") + rng.standard_normal(3000))}
    paired, unpaired, without_any = (
        outcome(scores, detail=_found(given)).chances("train").frame().iloc[0]["probability_best"] for given in (near, far, {})
    )
    assert paired > 0.99
    assert unpaired == pytest.approx(without_any, abs=0.03)
    assert without_any < 0.95


def test_contributions_vary_as_the_auc_does():
    from sklearn.metrics import roc_auc_score

    rng = np.random.default_rng(1)
    truth = rng.random(400) < 0.4
    score = truth + 1.5 * rng.standard_normal(400)
    parts = contributions(_predictions(truth, score)).to_numpy()
    boot = []
    for _ in range(400):
        rows = rng.integers(400, size=400)
        boot.append(roc_auc_score(truth[rows], score[rows]))
    assert np.sqrt((parts**2).sum()) == pytest.approx(np.std(boot), rel=0.15)


def test_contributions_of_numbers_and_of_many_classes():
    numbers = contributions(_predictions(np.array([1.0, 2.0, 4.0]), np.array([1.0, 3.0, 4.0])))
    assert list(numbers) == [0, -1, 0]
    classes = contributions(_predictions(np.array(["a", "b", "c"]), np.array([0.2, 0.5, 0.9])))
    assert list(classes) == [0.2, 0.5, 0.9]


def test_nothing_to_compare_gives_an_empty_frame():
    assert outcome(score_rows({})).chances().frame().empty


def test_without_an_interval_no_order_follows_from_places_however_far_apart():
    """Twelve rows: one candidate was "best" at 98%, beside the words that nothing is known of chance there."""
    values = {"bayes_net": {"pairs": 1.4}, "cart": {"pairs": 0.93}, "arf": {"pairs": 0.90}}
    scores = score_rows(values, measures=("pairs",))
    scores.loc[~scores["candidate"].astype(str).str.startswith("control"), ["low", "high"]] = float("nan")
    made = outcome(scores)
    said = made.verdict()
    assert len(said.tied_with) == 2, said.sentence
    assert max(made.chances("balanced").frame()["probability_best"].dropna()) < 0.6
