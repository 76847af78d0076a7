"""The sections of the privacy page, and the fairness page: what they say, and that real values stay masked until asked for."""

from __future__ import annotations

import pytest

from tests.pages.conftest import Open, words

SECTIONS = {
    "Three risks": "Can two parts of a record be linked?",
    "Told secrets": "Can a sensitive value be guessed from a few known columns?",
    "Exposed rows": "Which real rows are most exposed?",
    "Deep audit": "10 refits at about",
}


def opened(results: Open, section: str) -> object:
    at = results("privacy")
    at.session_state["privacy_section"] = section
    return at.run()


@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_is_drawn(results: Open, section: str) -> None:
    at = opened(results, section)
    assert not at.exception
    assert SECTIONS[section] in words(at)
    assert "publish" in words(at) or "help an attacker" in words(at)


def test_real_values_are_masked_until_they_are_asked_for(results: Open) -> None:
    at = opened(results, "Exposed rows")
    shown = [frame.value for frame in at.dataframe if "nearer" in frame.value.columns]
    if not shown:
        assert "No attacked training row stands out" in words(at)
        return
    assert not any(str(column).startswith("real: ") for column in shown[0].columns)
    next(toggle for toggle in at.toggle if toggle.key.startswith("unmask")).set_value(True).run()
    shown = [frame.value for frame in at.dataframe if "nearer" in frame.value.columns]
    assert any(str(column).startswith("real: ") for column in shown[0].columns)


def test_the_deep_audit_is_not_offered_where_it_would_take_too_long(results: Open) -> None:
    at = opened(results, "Deep audit")
    assert any(button.key == "ask-shadow" for button in at.button)
    at.number_input(key="audit_refits").set_value(64)
    at.number_input(key="audit_minutes").set_value(1).run()
    assert not at.exception
    if "Longer than the 1 minutes allowed" in words(at):
        assert not any(button.key == "ask-shadow" for button in at.button)


def test_without_a_sensitive_column_the_fairness_page_says_where_to_mark_one(results: Open) -> None:
    at = results("fairness")
    assert not at.exception
    said = words(at)
    if "No column is marked sensitive" in said:
        assert at.button(key="go-pages/data.py").label == "Mark sensitive columns"
    else:
        assert "Is every group represented as it is?" in said
