"""Cards name measures; an unknown one is refused with what there is."""

from __future__ import annotations

import pytest

from synth_ui.core.errors import SettingError
from synth_ui.core.score import PRIVACY_TESTS
from synth_ui.evaluation import cards
from synth_ui.evaluation.cards import card


def test_the_quick_card_is_part_of_the_standard_card() -> None:
    quick, standard = ([measure.key for measure in card(name)] for name in ("quick", "standard"))
    assert quick == ["margins", "pairs", "dependence", "detectability", "tstr", "seen", "copies", "dcr_share"]
    assert set(quick) < set(standard)


def test_a_list_of_keys_is_a_card() -> None:
    assert [measure.key for measure in card(["tstr", "pairs", "tstr"])] == ["tstr", "pairs"]
    assert [measure.key for measure in card("tstr, pairs")] == ["tstr", "pairs"]


@pytest.mark.parametrize("unknown", ["slow", ["pairs", "paris"], []])
def test_an_unknown_card_is_refused_with_what_there_is(unknown: str | list[str]) -> None:
    with pytest.raises(SettingError, match="quick, standard"):
        card(unknown)


def test_what_a_comparison_knows_of_the_measures_is_what_they_say() -> None:
    facts = cards.measure_facts()
    assert set(facts) == set(cards.known_measures())
    attacks = [key for key, about in facts.items() if about.attack]
    assert {cards.known_measures()[key].family for key in attacks} == {"privacy"}
    assert len(attacks) == PRIVACY_TESTS, "the intervals of privacy measures hold for as many attacks as there are"
