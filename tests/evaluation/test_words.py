"""Sentences."""

from __future__ import annotations

import re

import pytest

from synth_ui.core.context import Context
from synth_ui.core.errors import PluginError
from synth_ui.core.score import Score, Status, score_of, scores_frame
from synth_ui.evaluation.cards import card_settings, known_measures
from synth_ui.evaluation.evaluate import evaluate
from synth_ui.evaluation.words import remark, sentence
from synth_ui.measures.case import Shared
from tests.measures.privacy.worlds import split_of, three


def test_a_score_is_said_by_its_measure() -> None:
    said = sentence("tstr", Score("cart", "tstr", "utility", 0.92))
    assert "92%" in said


def test_a_row_of_a_frame_is_as_good_as_a_score() -> None:
    score = Score("cart", "pairs", "fidelity", 0.95, 0.94, 0.96, seconds=0.1)
    row = scores_frame([score]).iloc[0]
    assert score_of(row) == score
    assert sentence("pairs", row) == sentence("pairs", score)


@pytest.mark.parametrize(
    ("status", "start"), [(Status.DOES_NOT_APPLY, "Does not apply, because"), (Status.FAILED, "Could not be computed:")]
)
def test_no_number_has_a_reason(status: Status, start: str) -> None:
    said = sentence("tstr", Score("cart", "tstr", "utility", status=status, reason="there is no target"))
    assert said.startswith(start)
    assert "there is no target" in said


def test_too_few_rows_are_said_after_the_number() -> None:
    weak = Score("cart", "dcr_share", "privacy", 0.5, 0.4, 0.6, status=Status.UNDER_POWERED, reason="fewer than 1,000 real rows")
    assert sentence("dcr_share", weak).endswith("Too weak for a verdict: fewer than 1,000 real rows.")


def test_an_unknown_measure_is_refused() -> None:
    with pytest.raises(PluginError, match="no measure 'nope'"):
        sentence("nope", Score("cart", "nope", "privacy", 0.5))


OF_PAPERS = r"\b(area below|retained|references?|triples|seed|refits?|two-way|headline|null|by so many|heldout|holdout)\b"
"""What a reader of a remark would have to look up, or would not find in the glossary."""


def test_remarks_are_said_under_the_name_that_people_read_and_without_the_words_of_papers() -> None:
    """A race prints them under "Read with care"; here of every measure of the standard card, the training rows being more than the unseen ones."""
    train, holdout, made = three(400, 130, 200, seed=1)
    split = split_of(train, holdout)
    few = {
        "singling_out": {"attacks": 100},
        "linkability": {"attacks": 100},
        "inference": {"attacks": 100},
        "detectability": {"trees": 10},
    }
    measures = [known_measures()[key].from_settings(few.get(key, {})) for key in card_settings("standard")]
    said = {one.measure: one.note for one in evaluate(split, "made", made, measures, Context(), Shared(split)) if one.note}
    assert len(said) > 8
    for key, note in said.items():
        assert not re.search(OF_PAPERS, note), (key, note)
        assert remark(key, note) == f"{known_measures()[key].title}: {note}"
        assert not re.search(r"\b[a-z]+_[a-z]+\b", remark(key, note)), note
    assert "Training rows were cut from 400 to 130 here, as many as there are unseen rows" in said["dcr_share"]


def test_halves_of_an_odd_number_of_rows_are_not_said_to_be_cut() -> None:
    train, holdout, made = three(201, 200, 200, seed=1)
    split = split_of(train, holdout)
    measure = known_measures()["dcr_share"].from_settings({})
    assert all("cut from" not in one.note for one in evaluate(split, "made", made, [measure], Context(), Shared(split)))
