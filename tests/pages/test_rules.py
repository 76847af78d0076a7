"""The panels of rules and conditions: added, refused, removed, kept by the race and by more rows."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from streamlit.testing.v1 import AppTest

from synth_ui.core.rules.constraint import Expression, Inequality
from synth_ui.jobs.execution.schedule import advance
from synth_ui.store.workspace import Workspace
from tests.pages.conftest import words

Open = Callable[..., AppTest]


def opened(app: Open) -> AppTest:
    at = app("generate")
    at.session_state["rules_panel"] = True
    return at.run()


def test_a_formula_is_checked_against_the_real_rows_added_and_removed(app: Open) -> None:
    at = opened(app)
    at.selectbox(key="rule_kind").set_value("expression").run()
    assert at.button(key="add_rule").disabled
    at.text_input(key="rule_formula").set_value("no_such <= 3").run()
    assert at.button(key="add_rule").disabled
    assert "There is no column 'no_such'" in words(at)
    name = _number(at)
    at.text_input(key="rule_formula").set_value(f"{name} >= 0").run()
    assert "real rows keep it" in words(at)
    at.button(key="add_rule").click().run()
    assert not at.exception
    assert [rule for rules in at.session_state["synth.rules"].values() for rule in rules] == [Expression(f"{name} >= 0")]
    assert "All rows keep 1 rule." in words(at)
    at.button(key="remove_rule-0").click().run()
    assert [rule for rules in at.session_state["synth.rules"].values() for rule in rules] == []


def _number(at: AppTest) -> str:
    at.selectbox(key="rule_kind").set_value("range").run()
    name = str(at.selectbox(key="rule_column").options[0])
    at.selectbox(key="rule_kind").set_value("expression").run()
    return name if name.isidentifier() else f"`{name}`"


def test_every_kind_of_rule_draws_its_widgets(app: Open) -> None:
    at = opened(app)
    for kind in at.selectbox(key="rule_kind").options:
        at.selectbox(key="rule_kind").set_value(_key(kind)).run()
        assert not at.exception
        assert at.button(key="add_rule").disabled
    at.selectbox(key="rule_kind").set_value("inequality").run()
    first, second = at.selectbox(key="rule_smaller").options[:2]
    at.selectbox(key="rule_smaller").set_value(first).run()
    at.selectbox(key="rule_larger").set_value(second).run()
    at.button(key="add_rule").click().run()
    assert [rule for rules in at.session_state["synth.rules"].values() for rule in rules] == [Inequality(first, second)]


def _key(title: str) -> str:
    from synth_ui.core.rules.constraint import KINDS

    return next(key for key, kind in KINDS.items() if title in (key, kind.title))


def test_more_rows_are_asked_for_under_conditions(results: Open, raced: tuple[Path, str]) -> None:
    at = results("take_away")
    at.number_input(key="more_rows").set_value(20).run()
    balance = at.selectbox(key="balance").options[0]
    at.selectbox(key="balance").set_value(balance).run()
    at.button(key="make_rows").click().run()
    assert not at.exception
    ws = Workspace.open(raced[0])
    [run_id] = [drawn for candidate in ws.runs(raced[1])["id"] for drawn in ws.draws(candidate)]
    deadline = time.monotonic() + 120
    while ws.run(run_id).state in ("queued", "running") and time.monotonic() < deadline:
        advance(ws)
        time.sleep(0.2)
    assert ws.run(run_id).state == "done", ws.run(run_id).reason
    assert ws.synthetic(run_id)[balance].value_counts().nunique() <= 2
    at.run()
    assert f"Every level of {balance} has equally many rows" in words(at)
    assert f"Every level of {balance} has equally many rows" in words(results("take_away")), "another tab lists it too"


def test_conditions_no_row_could_meet_are_answered_with_why(results: Open) -> None:
    at = results("take_away")
    numbers = [name for name in at.multiselect(key="where_columns").options if "mm" in name or "_g" in name]
    at.multiselect(key="where_columns").set_value(numbers[:1]).run()
    at.number_input(key=f"where_low-{numbers[0]}").set_value(1e9).run()
    at.button(key="make_rows").click().run()
    assert not at.exception
    assert "No rows were made" in words(at)
    assert "between" in words(at)
