"""Places and merits in words: no more than the interval bears, and as a reason only what one has before the next."""

from __future__ import annotations

import math
from itertools import product

import pytest

from synth_ui.comparison.choice.said import moment
from synth_ui.comparison.purposes import PURPOSES
from synth_ui.comparison.scale import Scale
from synth_ui.comparison.verdict.merits import Fact, joined, stated
from synth_ui.comparison.words import place
from tests.race_scores import CANDIDATE_VALUES, CONTROL_VALUES, candidate_rows, outcome, score_rows

LIKE = Scale("shuffled columns", "real rows", (-0.05, 0.05), (0.93, 1.07))
CLOSE, GOOD = "as close as real rows are to each other", "as good as real rows"
OPEN = "not told apart from real rows, within a wide interval"


@pytest.mark.parametrize(
    ("position", "low", "said"),
    [
        (0.98, 0.95, CLOSE), (0.98, 0.9, CLOSE), (0.98, 0.89, OPEN), (0.98, 0.4, OPEN), (1.2, 0.4, OPEN), (1.2, 1.1, CLOSE),
        (0.98, 0.98, "not told apart from real rows, and without an interval that says how surely"),
        (0.98, math.nan, "not told apart from real rows, and without an interval that says how surely"),
        (0.92, 0.8, "almost as close as real rows"), (0.92, 0.4, "most of the way from shuffled columns to real rows"),
        (0.98, 0.04, "somewhere between shuffled columns and real rows: more cannot be told here"),
    ],
)  # fmt: skip
def test_as_close_as_real_rows_is_said_where_the_whole_interval_says_so(position: float, low: float, said: str) -> None:
    assert place(LIKE, position, low) == said
    other = Scale(LIKE.bad, LIKE.good, LIKE.floor, LIKE.band, closeness=False)
    assert place(other, position, low) == said.replace(CLOSE, GOOD).replace("as close", "as good")


def test_what_lies_wholly_below_the_bad_control_is_called_no_better() -> None:
    assert place(LIKE, -6.25, -6.28, -6.23) == "no better than shuffled columns"
    assert place(LIKE, -0.2, -0.3, -0.04) == "not told apart from shuffled columns"
    assert place(LIKE, -6.25, -6.25, -6.25) == "not told apart from shuffled columns", "without an interval nothing is known"


def test_nothing_promises_more_the_lower_the_interval_reaches() -> None:
    """Whatever the place: as its lower end sinks, the words only become weaker."""
    order = (
        "not told apart from shuffled",
        "somewhere between",
        "nearer to",
        "most of the way",
        "almost as",
        "not told apart from real",
        "as close",
    )

    def strength(said: str) -> int:
        return next(number for number, start in enumerate(order) if said.startswith(start))

    grid = [number / 50 for number in range(-10, 61)]
    for position, low in product(grid, grid):
        if low < position:
            said = place(LIKE, position, low)
            assert strength(said) >= strength(place(LIKE, position, low - 0.02)), (position, low)
            assert low >= 0.9 or not said.startswith("as "), (position, low, said)


def wide(half: float) -> dict[str, float]:
    return {"pairs": half, "tstr": 0.008, "dcr_share": 0.012, "leakage_index": 1.2}


def test_verdict_card_and_reasons_say_of_a_wide_interval_that_it_is_one() -> None:
    values = {
        "cart": {**CANDIDATE_VALUES["autoregressive"], "pairs": 0.9845},
        "arf": {**CANDIDATE_VALUES["autoregressive"], "pairs": 0.9843},
    }
    for half, expected in ((0.002, CLOSE), (0.008, OPEN)):
        made = outcome(score_rows(values, half=wide(half)))
        said = made.verdict()
        figures = {figure.family: figure.words for figure in moment(made, "cart", "balanced").figures}
        assert f"in likeness to the real table, by column pairs, it is {expected}" in said.sentence.replace(
            "In likeness", "in likeness"
        )
        assert figures["fidelity"] == expected
        assert (CLOSE in " ".join([said.sentence, *said.reasons.values()])) == (expected == CLOSE)


def race(**values: dict[str, float]) -> str:
    made = outcome(score_rows({name: {"dcr_share": 0.5, "leakage_index": 0.0} | given for name, given in values.items()}))
    return made.verdict("balanced").sentence


def test_the_reason_named_for_the_first_is_what_it_has_before_the_next() -> None:
    said = race(a={"pairs": 0.97, "tstr": 0.97}, b={"pairs": 0.97, "tstr": 0.5}, c={"pairs": 0.97, "tstr": 0.4})
    assert "A is the best of 3 candidates all in all: a model trained on it" in said
    assert ". In likeness to the real table, by column pairs, it is most of the way" in said, (
        "no better than the others: said, not as a reason"
    )


def test_the_weak_side_of_the_first_is_joined_with_a_but() -> None:
    said = race(a={"pairs": 0.97, "tstr": 0.97}, b={"pairs": 0.984, "tstr": 0.5}, c={"pairs": 0.983, "tstr": 0.4})
    assert "of the skill" in said
    assert ", but in likeness to the real table, by column pairs, it is most of the way" in said
    worse = race(a={"pairs": 0.984, "tstr": 0.0}, b={"pairs": 0.93, "tstr": 0.0})
    assert "best of 2 candidates all in all: in likeness to the real table, by column pairs, it is " in worse
    assert ", but a model trained on it predicts unseen real rows no better than guessing" in worse


def test_a_place_at_the_bad_end_is_no_merit_before_another_one_there() -> None:
    """ "A stands first: in likeness it is no better than shuffled columns" is the worst there is, given as a reason."""
    said = race(a={"pairs": 0.05, "tstr": 0.97}, b={"pairs": 0.02, "tstr": 0.97})
    assert ": in likeness to the real table, by column pairs, it is no better than shuffled columns" not in said
    assert "n likeness to the real table, by column pairs, it is no better than shuffled columns" in said


def test_who_is_first_by_nothing_that_is_named_has_it_named_as_no_reason() -> None:
    """First by leakage alone: skill and likeness are those of the others, and are told beside it."""
    made = outcome(score_rows({
        "a": {"pairs": 0.97, "tstr": 0.9, "dcr_share": 0.5, "leakage_index": 0.0},
        "b": {"pairs": 0.97, "tstr": 0.9, "dcr_share": 0.7, "leakage_index": 2.5},
    }))  # fmt: skip
    assert "best of 2 candidates all in all. A model trained on it" in made.verdict("balanced").sentence


def test_of_those_tied_none_is_given_a_merit_the_others_have_too() -> None:
    said = outcome(score_rows(), candidate_rows()).verdict("train").sentence
    assert "Autoregressive net stands first" in said
    assert (
        race(a={"pairs": 0.97, "tstr": 0.9}, b={"pairs": 0.97, "tstr": 0.9}).count("A stands first. A model trained on it") == 1
    )


def test_facts_are_joined_by_what_they_are_worth() -> None:
    good, poor, ahead, behind = Fact("g", True), Fact("p", False), Fact("a", True, ahead=True), Fact("b", True, behind=True)
    assert [joined(facts) for facts in ((good, poor), (poor, good), (poor, poor), (good, good), (behind, good))] == [
        "g, but p", "g, but p", "p; p", "g; g", "g, but b",
    ]  # fmt: skip
    assert stated("H", (good, ahead), compared=True) == "H: a. G."
    assert stated("H", (behind, ahead), compared=True) == "H: a, but b."
    assert stated("H", (good, poor), compared=True) == "H. G, but p."
    assert stated("H", (poor,), compared=False) == "H: p."
    assert stated("H", (), compared=True) == "H."


@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize("measure", ["pairs", "margins"])
def test_wherever_likeness_is_spoken_of_its_yardstick_is_named(purpose: str, measure: str) -> None:
    controls = {name: {**values, "margins": values["pairs"]} for name, values in CONTROL_VALUES.items()}
    values = {name: {**given, "margins": given["pairs"]} for name, given in CANDIDATE_VALUES.items()}
    made = outcome(
        score_rows(values, controls=controls, measures=(measure, "tstr", "dcr_share", "leakage_index")), candidate_rows()
    )
    said = made.verdict(purpose)
    named = {"pairs": "by column pairs", "margins": "by single columns"}[measure]
    texts = [said.sentence, *said.reasons.values(), *(one.sentence for one in made.objections("sdv_ctgan"))]
    spoken = [text for text in texts if "likeness to the real table" in text]
    assert len(spoken) > (0 if purpose == "share" else 2)
    for text in spoken:
        assert text.count("likeness to the real table") == text.count(f"likeness to the real table, {named}, it is"), text
