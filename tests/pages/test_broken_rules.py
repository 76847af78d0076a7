"""Coverage and rules: in words and pictures, and one click from what is wrong to what mends it."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from synth_ui.tables.samples import load_sample
from tests.pages.conftest import Open, words
from tests.plots.test_gap_parts import parts


@pytest.mark.parametrize("tab", ["Rare levels", "Tails of numbers", "Odd rows", "Blanks", "Invalid cells"])
def test_each_kind_of_rare_thing_has_its_picture_or_says_why_not(results: Open, tab: str) -> None:
    at = results("coverage")
    at.session_state["coverage_tab"] = tab
    at.run()
    assert not at.exception
    assert any(len(drawn.proto.alt) > 20 for drawn in at.get("plotly_chart")) or "Nothing to draw, because" in words(at)


def test_a_broken_rule_is_shown_with_synthetic_rows(results: Open) -> None:
    at = results("rules")
    at.multiselect(key="candidates").set_value(["independent"]).run()
    assert not at.exception
    said = words(at)
    assert "never stand in one row" in said or "goes with one" in said or "is at most" in said
    assert "Synthetic rows that break it" in said
    assert at.button(key="filter-independent").label == "New candidate without the broken rows"


@pytest.mark.parametrize(("button", "module", "function"), [
    ("filter-independent", "synth_ui.jobs.races.control", "filter_candidate"), ("keep-independent", "synth_ui.jobs.races.start", "start_race"),
])  # fmt: skip
def test_one_click_filters_or_runs_again_with_the_rule(
    results: Open, monkeypatch: pytest.MonkeyPatch, button: str, module: str, function: str, raced: tuple[Path, str]
) -> None:
    """What the click asks of the jobs: the same candidate, with rules that fit the table."""
    asked: list[tuple[tuple[Any, ...], dict[str, Any]]] = []
    monkeypatch.setattr(importlib.import_module(module), function, lambda *args, **more: asked.append((args, more)) or raced[1])
    at = results("rules")
    at.multiselect(key="candidates").set_value(["independent"]).run()
    at.button(key=button).click().run()
    assert not at.exception
    [(args, more)] = asked
    rules = args[3] if function == "filter_candidate" else args[2][0].constraints
    assert len(rules) >= 1
    for rule in rules:
        rule.check(load_sample("penguins").table.schema)
    assert "independent" in (args[2] if function == "filter_candidate" else args[2][0].generator)
    assert function == "filter_candidate" or "rules" in more["card"], "it asks what this race asked"


def test_one_click_takes_a_rule_into_the_next_race(results: Open) -> None:
    at = results("rules")
    at.multiselect(key="candidates").set_value(["independent"]).run()
    at.button(key="rule_next-independent").click().run()
    assert not at.exception
    [(_, kept)] = at.session_state["synth.rules"].items()
    assert len(kept) == 1
    assert at.button(key="rule_next-independent").disabled


def test_tell_tale_signs_are_said_in_sentences(results: Open) -> None:
    at = results("rules")
    at.session_state["rules_tab"] = "Tell-tale signs"
    at.multiselect(key="candidates").set_value(["independent"]).run()
    assert not at.exception
    assert "of the synthetic rows have" in words(at) or "No simple sign" in words(at)


def test_where_the_difference_lies_can_be_asked_and_is_shown(results: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    from synth_ui.ui.decide.race_view import View

    at = results("rules")
    at.session_state["rules_tab"] = "Tell-tale signs"
    at.multiselect(key="candidates").set_value(["independent"]).run()
    assert any("where the difference lies" in one.label for one in at.button)
    kept = View.detail
    frame = parts(0.1).assign(symptom=["shape", "relationship", "relationship"], text=["", "Pairs of columns carry 90%.", ""])

    def detail(view: View, name: str, measure: str, what: str) -> pd.DataFrame | None:
        return frame if (measure, what) == ("gap_parts", "parts") else kept(view, name, measure, what)

    monkeypatch.setattr(View, "detail", detail)
    at.run()
    assert not at.exception
    assert "Pairs of columns carry 90%." in words(at)
    assert any("Most of what gives it away lies in pairs of columns" in drawn.proto.alt for drawn in at.get("plotly_chart"))
