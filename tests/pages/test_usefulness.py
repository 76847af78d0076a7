"""The page of usefulness: every part is drawn when it is opened, and the visitor's own question is answered side by side."""

from __future__ import annotations

import pytest

from tests.pages.conftest import Open, words


@pytest.mark.parametrize("tab", ["Worth in real rows", "Models", "Every column", "Which columns matter", "Counts"])
def test_every_part_is_drawn_with_words(results: Open, tab: str) -> None:
    at = results("usefulness")
    at.session_state["usefulness_tab"] = tab
    at.run()
    assert not at.exception
    charts = at.get("plotly_chart")
    assert charts
    assert all(len(drawn.proto.alt) > 30 for drawn in charts)


def test_what_adding_the_rows_gives_is_asked_for_first(results: Open) -> None:
    at = results("usefulness")
    at.session_state["usefulness_tab"] = "Added to the real rows"
    at.run()
    assert not at.exception
    assert at.button(key="ask-augment").label == "Measure what adding them gives, of all 3 candidates"


def test_the_own_question_is_answered_and_asked_anew(results: Open) -> None:
    at = results("usefulness")
    at.session_state["usefulness_tab"] = "Will my answer change?"
    at.run()
    assert not at.exception
    assert "estimates agree within their intervals" in words(at)
    at.radio(key="answer_kind").set_value("regression").run()
    assert not at.exception
    assert "depend on" in words(at) or "does not settle" in words(at)  # an answer, or the reason for none
    at.radio(key="answer_kind").set_value("group").run()
    at.multiselect(key="answer_by").set_value([]).run()
    assert "Choose a column to group by" in words(at)
