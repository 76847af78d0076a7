"""Design: a schema is edited and made, correlations are checked, a simulation runs, and what is made becomes the real table."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from synth_ui.core.run import Run
from synth_ui.store.workspace import Workspace
from synth_ui.ui.design import columns
from tests.pages.conftest import Open, words
from tests.workshop import until


def made(at: AppTest) -> Run:
    """Run the page until the newest design has ended."""
    ws = Workspace.open()

    def ended() -> bool:
        at.run()
        return ws.designs()[0].state not in ("queued", "running")

    until(ended, 120)
    at.run()
    assert not at.exception
    return ws.designs()[0]


def test_a_schema_is_made_and_becomes_the_real_table(app: Open) -> None:
    at = app("design")
    assert not at.exception
    assert "Say what each column holds" in words(at)
    at.number_input(key="design_rows-schema").set_value(60).run()
    at.button(key="design_make-schema").click().run()
    run = made(at)
    assert run.state == "done", run.reason
    assert "60 rows, 9 columns" in words(at)
    at.button(key=f"design_use-{run.id}-customers").click().run()
    assert not at.exception
    assert at.title[0].value == "Table"
    assert "60 rows · 9 columns" in words(at)
    assert "no real row is in it" in words(at)


def test_a_schema_is_taken_from_the_real_table_without_its_values(app: Open) -> None:
    at = app("design")
    at.button(key="schema_take").click().run()
    assert not at.exception
    draft = {row["name"]: row for row in at.session_state["synth.design_drafts"]["schema"]}
    assert (draft["age"]["low"], draft["age"]["high"]) == ("17", "90")
    assert "Bachelors" in draft["education"]["levels"]
    assert not at.error


def test_columns_that_do_not_hold_together_say_why_and_cannot_be_made(app: Open) -> None:
    at = app("design")
    rows = [{"name": "age", "kind": "integer", "low": "9", "high": "3"}]
    at.session_state["synth.design_drafts"] = {"schema": rows}
    at.session_state["synth.design_versions"] = {"schema": 1}
    at.run()
    assert "low is 9.0, above high" in words(at)
    assert at.button(key="design_make-schema").disabled


def test_correlations_that_are_impossible_are_seen_and_mended(app: Open) -> None:
    at = app("design")
    at.session_state["design_tab"] = "Designed"
    at.session_state["synth.correlations"] = (("age", "income", 0.9), ("income", "hours", 0.9), ("age", "hours", -0.9))
    at.run()
    assert not at.exception
    assert "cannot hold all at once" in words(at)
    at.button(key="matrix_nearest").click().run()
    assert "cannot hold all at once" not in words(at)
    kept = {pair[:2]: pair[2] for pair in at.session_state["synth.correlations"]}
    assert kept["age", "income"] == pytest.approx(0.483, abs=0.01)


def test_a_formula_that_cannot_be_is_said_to_be_and_noise_lowers_scores(app: Open) -> None:
    at = app("design")
    at.session_state["design_tab"] = "Designed"
    at.session_state["noise_open"] = True
    at.run()
    assert not at.exception
    spec = json.loads(at.get("plotly_chart")[0].proto.spec)
    assert {trace["name"] for trace in spec["data"]} == {"linear model", "one deep tree", "forest", "the formula itself"}
    at.text_input(key="target_formula").set_value("height + 1").run()
    assert "There is no column 'height'" in words(at)
    assert at.button(key="design_make-designed").disabled


def test_a_simulation_is_shown_over_time(app: Open) -> None:
    at = app("design")
    at.session_state["design_tab"] = "Simulate"
    at.session_state["simulation"] = "simulate_epidemic"
    at.run()
    assert not at.exception
    at.text_input(key="set-simulate_epidemic-contacts").set_value("6 to 9").run()
    at.number_input(key="design_rows-simulate_epidemic").set_value(300).run()
    at.button(key="design_make-simulate_epidemic").click().run()
    run = made(at)
    assert run.state == "done", run.reason
    assert run.settings["contacts"] == [6.0, 9.0]
    spec = json.loads(at.get("plotly_chart")[0].proto.spec)
    assert [trace["name"] for trace in spec["data"]] == ["susceptible", "infectious", "recovered"]
    assert len(spec["frames"]) > 10
    assert len(at.get("plotly_chart")[0].proto.spec) < 100_000
    assert "is highest on day" in words(at)


def test_a_range_that_is_not_allowed_is_answered_with_the_rule(app: Open) -> None:
    at = app("design")
    at.session_state["design_tab"] = "Simulate"
    at.run()
    at.text_input(key="set-simulate_payments-fraud_share").set_value("2 to 9").run()
    assert "allowed is a number from 0 to 0.5" in words(at)


def test_what_the_editor_holds_comes_back_as_a_declaration() -> None:
    from synth_ui.generators.from_nothing.blueprint import Blueprint, read_column
    from synth_ui.generators.from_nothing.schema import EXAMPLE

    blueprint = Blueprint.from_json(EXAMPLE)
    frame = pd.DataFrame(columns.records(blueprint), columns=list(columns.PARTS))
    back = tuple(read_column(columns._entry(row)) for row in columns._plain(frame))
    assert Blueprint(back, blueprint.name) == blueprint
