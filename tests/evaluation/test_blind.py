"""A privacy measure that misses a leak planted on the table says which, and clears nobody; what it finds all the same is a sign."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from synth_ui.comparison.verdict.evidence import Attack
from synth_ui.core.context import Context
from synth_ui.core.score import Score, scores_frame
from synth_ui.evaluation.calibrate import calibrate
from synth_ui.evaluation.cards import known_measures
from synth_ui.evaluation.evaluate import evaluate_control
from synth_ui.measures.case import Shared
from tests.measures.privacy.worlds import LEVELS, levels, split_of, three
from tests.race_scores import outcome

PRIVACY = [key for key, measure in known_measures().items() if measure.family == "privacy" and measure.attack]
UNSEEN, COPIED, REDRAWN = "control:unseen", "control:train", "control:flipped"
PLANTED = (COPIED, REDRAWN)
ENDS = {"value": 0.0, "low": -0.02, "high": 0.02}
NAMED = {COPIED: "a copy of the training rows", REDRAWN: "a tenth of the cells redrawn"}


def scores_of(key: str, seen: tuple[str, ...], leak: float = 0.4) -> pd.DataFrame:
    """Score both planted leaks, those `seen` far beyond chance, the others as unseen rows; and a candidate that leaks so much."""
    chance = known_measures()[key].chance
    honest = Score(UNSEEN, key, "privacy", chance, chance - 0.02, chance + 0.02)
    rows = [honest, Score("cart", key, "privacy", chance + leak, chance + leak - 0.02, chance + leak + 0.02)]
    for control in PLANTED:
        far = 0.45 if control in seen else 0.01
        rows.append(Score(control, key, "privacy", chance + far, chance + far - 0.02, chance + far + 0.02))
    return calibrate(scores_frame(rows))


@pytest.mark.parametrize("key", PRIVACY)
@pytest.mark.parametrize("missed", [(COPIED,), (REDRAWN,), (COPIED, REDRAWN)], ids=["copied", "redrawn", "both"])
def test_a_measure_that_misses_a_leak_names_it_and_clears_nobody(key: str, missed: tuple[str, ...]) -> None:
    seen = tuple(control for control in PLANTED if control not in missed)
    made = outcome(scores_of(key, seen, 0.0))
    sentence = made.blind(key)
    assert sentence.startswith("on this table it does not tell")
    assert "unseen real rows" in sentence
    for control, words in NAMED.items():
        assert (words in sentence) == (control in missed)
    assert made.leaks.empty
    assert made.doubts == {}
    assert made.attacks("cart").ended[key] is Attack.WEAK
    assert "does not tell" in made.single(key, "Any title")[1]["reason"].iloc[0]
    leaking = outcome(scores_of(key, seen))
    assert list(leaking.leaks["candidate"]) == ["cart"]
    assert leaking.attacks("cart").ended[key] is Attack.FOUND
    assert leaking.leaks["position"].isna().all() == (COPIED in missed), "nothing lies between two ends that are one"


def test_lower_is_better_in_every_privacy_measure() -> None:
    """Blindness, leaks and "beyond chance" rest on it."""
    assert {known_measures()[key].better for key in PRIVACY} == {"lower"}


@pytest.mark.parametrize("key", PRIVACY)
def test_a_measure_that_sees_both_is_believed(key: str) -> None:
    scores = scores_of(key, tuple(PLANTED))
    made = outcome(scores)
    assert made.blind(key) == ""
    assert list(made.leaks["candidate"]) == ["cart"]
    assert made.single(key, "Any title")[1]["reason"].iloc[0] == ""


@pytest.mark.parametrize("key", PRIVACY)
def test_a_leak_that_reads_as_better_than_unseen_rows_is_missed_too(key: str) -> None:
    """An interval wholly on the good side of unseen rows tells the leak from them the wrong way round."""
    chance = known_measures()[key].chance
    rows = [
        Score(UNSEEN, key, "privacy", chance + 0.2, chance + 0.18, chance + 0.22),
        Score(COPIED, key, "privacy", chance + 0.8, chance + 0.78, chance + 0.82),
        Score(REDRAWN, key, "privacy", chance + 0.1, chance + 0.08, chance + 0.12),
        Score("cart", key, "privacy", chance + 0.7, chance + 0.68, chance + 0.72),
    ]
    scores = calibrate(scores_frame(rows))
    assert NAMED[REDRAWN] in outcome(scores).blind(key)
    assert list(outcome(scores).leaks["candidate"]) == ["cart"], "worse than unseen rows by more than both intervals explain"
    near = scores.assign(
        **{end: scores[end].mask(scores["candidate"] == "cart", chance + 0.19 + more) for end, more in ENDS.items()}
    )
    assert outcome(near).leaks.empty, "no worse than unseen rows, which are suspected too"


def controls_scored(split, keys):
    few = {key: {"attacks": 200} for key in ("singling_out", "linkability", "inference")}
    measures = [known_measures()[key].from_settings(few.get(key, {})) for key in keys]
    shared, scores = Shared(split), []
    for control in (UNSEEN, COPIED, REDRAWN):
        for answer in evaluate_control(split, control, measures, Context(), shared):
            scores += answer.scores
    return calibrate(scores_frame(scores))


SCORED = [key for key in PRIVACY if key != "shadow"]
"""Those that need no refit; the planted tables have no generator to refit."""


def test_on_a_table_of_few_different_rows_the_measures_are_blind_and_say_so() -> None:
    """Of 81 possible rows every one is in train and in the holdout: nothing can be told, whatever is planted."""
    rng = np.random.default_rng(0)
    scores = controls_scored(split_of(levels(600, rng), levels(600, rng), LEVELS), SCORED)
    for key in SCORED:
        if scores[(scores["measure"] == key) & scores["value"].notna()].empty:
            continue
        assert outcome(scores).blind(key), key


def test_on_a_table_of_different_rows_what_measures_all_rows_sees_the_leaks() -> None:
    train, holdout, _ = three(800, 800, 1, seed=3)
    scores = controls_scored(split_of(train, holdout), ("copies", "dcr_share", "membership", "leakage_index", "exposed"))
    for key in ("copies", "dcr_share", "membership", "leakage_index", "exposed"):
        assert outcome(scores).blind(key) == "", key


def test_nothing_is_said_before_the_controls_are_there() -> None:
    scores = scores_of("dcr_share", ())
    assert outcome(scores[~scores["candidate"].isin(PLANTED)]).blind("dcr_share") == ""


def test_a_measure_that_does_not_ask_about_training_rows_is_not_called_blind_to_them() -> None:
    assert outcome(scores_of("seen", ())).blind("seen") == ""
