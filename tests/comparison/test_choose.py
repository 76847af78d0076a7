"""A choice: what is recorded of the chosen one and of the others, and who can be chosen at all."""

from __future__ import annotations

import json

import pytest

from synth_ui.comparison.choice.choose import MOST_NOTE, choose
from synth_ui.comparison.choice.requirements import Requirement
from synth_ui.core.choice import Choice
from synth_ui.core.errors import SettingError, TableError
from tests.comparison.test_verdict import all_attacks
from tests.race_scores import CANDIDATE_VALUES, candidate_rows, outcome, score_rows

MADE = outcome(all_attacks(CANDIDATE_VALUES), candidate_rows())


def chosen(candidate: str, **more: object) -> Choice:
    return choose(MADE, candidate, id="c", race_id="r", created=5.0, **more)  # type: ignore[arg-type]


def test_a_choice_holds_the_verdict_of_its_moment_word_for_word():
    made, said = (
        chosen("autoregressive", weights="share", requirements=[Requirement("leak"), Requirement("seconds")]),
        MADE.verdict("share"),
    )
    assert (made.finding, made.sentence, made.said) == (said.finding, said.sentence, said.reasons["autoregressive"])
    assert made.recommended
    assert [one.answer for one in made.requirements] == ["passes", "passes"]
    assert {one.candidate for one in made.rejected} == {group for group in MADE.groups if not group.startswith("control:")} - {
        "autoregressive"
    }
    cart = next(one for one in made.rejected if one.candidate == "cart")
    assert cart.said == said.reasons["cart"]
    assert cart.against[0] == MADE.objections("cart")[0].sentence
    assert cart.failed[0].startswith("No sign of a leak: fails. ")


def test_whom_the_verdict_does_not_name_is_not_called_recommended():
    assert not chosen("cart", weights="share").recommended
    assert chosen("cart", weights="train").recommended, "it is tied for best"
    assert not chosen("gaussian_copula").recommended
    candidates = candidate_rows()
    candidates.loc[candidates["candidate"] == "sdv_ctgan", "status"] = "running"
    leading = choose(outcome(all_attacks(CANDIDATE_VALUES), candidates), "autoregressive", id="c", race_id="r", created=0.0)
    assert not leading.recommended, "it only leads so far"
    assert leading.standing == "it led so far, and the race was not over"
    assert chosen("gaussian_copula").standing == "the verdict at that time did not put it first"
    few = candidate_rows(["cart", "arf"]).assign(status=["done", "running"])
    alone = choose(outcome(score_rows({"cart": CANDIDATE_VALUES["cart"]}), few), "cart", id="c", race_id="r", created=0.0)
    assert alone.standing == "nobody else had scores yet, and the race was not over"
    assert Choice.from_dict(alone.to_dict()) == alone


def test_of_a_tie_and_of_one_probably_best_no_recommendation_is_recorded():
    """The record says no more than the verdict did; one of an earlier release holds how sure that was in its finding."""
    said = {
        "the verdict put it first among those tied for best": chosen("autoregressive", weights="train"),
        "the verdict called it tied for best, and put another first": chosen("cart", weights="train"),
        "the verdict called it probably the best": chosen("cart", weights="explore"),
        "the verdict recommended it": chosen("autoregressive", weights="share"),
        "it was the only one that could be judged": choose(
            outcome(score_rows({"cart": CANDIDATE_VALUES["cart"]})), "cart", id="c", race_id="r", created=0.0
        ),
    }
    for words, made in said.items():
        assert made.standing == words
        assert Choice.from_dict(json.loads(made.to_json())) == made
        earlier = {name: value for name, value in json.loads(made.to_json()).items() if name not in ("certainty", "foremost")}
        assert Choice.from_dict(earlier).standing == words


def test_own_weights_are_kept_and_found_again():
    made = chosen("cart#2", weights={"utility": 3, "fidelity": 1})
    assert (made.candidate, made.purpose) == ("cart", "own")
    assert made.weights == {"fidelity": 0.25, "utility": 0.75, "privacy": 0.0}
    assert MADE.verdict(made.asked).sentence == made.sentence


def test_a_choice_survives_being_written_and_what_a_later_release_adds():
    made = chosen("cart", requirements=[Requirement("skill")], note="  Good\n enough  ")
    assert made.note == "Good enough"
    assert Choice.from_dict({**json.loads(made.to_json()), "mood": "fine"}) == made
    assert len(chosen("cart", note="x" * 5_000).note) == MOST_NOTE


@pytest.mark.parametrize("name", ["control:train", "nobody", ""])
def test_only_a_candidate_is_chosen(name):
    with pytest.raises(TableError, match="to choose; there are"):
        chosen(name)


def test_one_without_rows_is_not_chosen_and_weights_must_be_weights():
    candidates = candidate_rows()
    candidates.loc[candidates["candidate"] == "arf", "status"] = "failed"
    with pytest.raises(TableError, match="has no rows"):
        choose(outcome(score_rows(), candidates), "arf", id="c", race_id="r", created=0.0)
    with pytest.raises(SettingError):
        chosen("cart", weights={"utility": -1})
