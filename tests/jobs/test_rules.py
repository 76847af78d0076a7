"""Rules and conditions through the jobs: a race made with rules, rows of a candidate filtered, more rows under conditions."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply, SettingError, StoreError, TableError
from synth_ui.core.rules.asked import Asked
from synth_ui.core.rules.constraint import Expression, FixedCombinations, Inequality, Range, all_hold, bind_all
from synth_ui.generators.base import generators
from synth_ui.jobs.execution import machine
from synth_ui.jobs.execution.schedule import advance
from synth_ui.jobs.races.control import filter_candidate, more_rows
from synth_ui.jobs.races.request import Request
from synth_ui.jobs.races.results import candidates, scores
from synth_ui.jobs.races.start import start_race
from synth_ui.jobs.runs.make import make
from synth_ui.store.workspace import Workspace
from tests.workshop import CARD, kept_split, small_table, until

RULES = (Expression("pay >= 2 or rich == 'no'"), FixedCombinations(("job", "size")), Range("pay", low=1))
ENDED = {"done", "cancelled", "failed", "lost"}


def ended(ws: Workspace, race_id: str) -> bool:
    advance(ws)
    return set(ws.runs(race_id)["state"]) <= ENDED


@pytest.fixture(scope="module")
def raced(warm_workspace: Workspace) -> tuple[Workspace, str]:
    """Return a race of one generator, with rules and without."""
    ws = warm_workspace
    requests = [Request("independent", constraints=RULES), Request("independent")]
    race_id = start_race(ws, kept_split(ws), requests, card=CARD)
    until(lambda: ended(ws, race_id))
    return ws, race_id


def run_id(ws: Workspace, race_id: str, candidate: str) -> str:
    runs = ws.runs(race_id).set_index("candidate")
    return str(runs.loc[candidate, "id"])


def test_a_candidate_made_with_rules_keeps_them_and_says_how(raced: tuple[Workspace, str]) -> None:
    ws, race_id = raced
    found = candidates(ws, race_id).set_index("candidate")
    assert found.loc["independent", "status"] == found.loc["independent-2", "status"] == "done"
    train = ws.split(ws.race(race_id).split_id).train
    bound = bind_all(RULES, train.schema, train.frame)
    with_rules, without = (ws.synthetic(run_id(ws, race_id, name)) for name in ("independent", "independent-2"))
    assert len(with_rules) == len(without) == len(train)
    assert all_hold(bound, with_rules).all()
    assert not all_hold(bound, without).all()
    assert "keep the rules" in found.loc["independent", "notes"]
    assert Asked.from_json(found.loc["independent", "asked"]).constraints == RULES


def test_a_rule_that_does_not_fit_is_refused_before_anything_is_queued(raced: tuple[Workspace, str]) -> None:
    ws, race_id = raced
    with pytest.raises(TableError, match="no column"):
        start_race(ws, ws.race(race_id).split_id, [Request("independent", constraints=(Inequality("pay", "nil"),))], card=CARD)


def test_rules_that_no_row_can_meet_are_refused_before_anything_is_queued(raced: tuple[Workspace, str]) -> None:
    ws, race_id = raced
    split_id = ws.race(race_id).split_id
    for rules, match in (
        ((Expression("pay > 200"),), "pay lies between 0 and 10"),
        ((Expression("age > 60"), Range("age", high=30)), "both"),
        ((FixedCombinations(("job", "size")), Expression("job == 'baker'")), "job is 'clerk'"),
    ):
        with pytest.raises(DoesNotApply, match=match):
            start_race(ws, split_id, [Request("independent", constraints=rules)], card=CARD)


def test_the_rows_of_a_candidate_are_filtered_into_another_that_is_scored(raced: tuple[Workspace, str]) -> None:
    ws, race_id = raced
    rule = Range("pay", low=5)
    new = filter_candidate(ws, race_id, "independent-2", [rule])
    until(lambda: ended(ws, race_id))
    run = ws.run(new)
    assert (run.state, run.kind, run.candidate) == ("done", "filtered", "independent-2-filtered")
    before, after = ws.synthetic(run_id(ws, race_id, "independent-2")), ws.synthetic(new)
    pd.testing.assert_frame_equal(after, before[rule.holds(before)].reset_index(drop=True))
    assert run.rows == len(after) < len(before)
    assert f"{len(after):,} of {len(before):,} rows" in run.notes
    assert "independent-2-filtered" in set(scores(ws, race_id)["candidate"])


def test_rows_that_keep_no_rule_or_rules_that_are_none_are_refused(raced: tuple[Workspace, str]) -> None:
    ws, race_id = raced
    with pytest.raises(SettingError, match="no rule"):
        filter_candidate(ws, race_id, "independent", [])
    with pytest.raises(StoreError, match="not done"):
        filter_candidate(ws, race_id, "no such", [Range("pay", low=5)])
    new = filter_candidate(ws, race_id, "independent", [Range("pay", low=99)])
    until(lambda: ended(ws, race_id))
    assert ws.run(new).state == "failed"
    assert "none of the" in ws.run(new).reason


def test_more_rows_meet_conditions_and_still_keep_the_rules(raced: tuple[Workspace, str]) -> None:
    ws, race_id = raced
    parent = run_id(ws, race_id, "independent")
    new = more_rows(ws, parent, 30, 5, Asked(where={"pay": {"min": 3, "max": 8}}, balance="rich"))
    until(lambda: (advance(ws), ws.run(new).state)[1] in ENDED)
    assert ws.run(new).state == "done", ws.run(new).reason
    rows = ws.synthetic(new)
    assert rows["rich"].value_counts().to_dict() == {"no": 15, "yes": 15}
    assert rows["pay"].between(3, 8).all()
    train = ws.split(ws.race(race_id).split_id).train
    assert all_hold(bind_all(RULES, train.schema, train.frame), rows).all()
    assert "drawn rows" in ws.run(new).notes


def test_conditions_no_row_could_meet_are_refused_at_once(raced: tuple[Workspace, str]) -> None:
    ws, race_id = raced
    parent = run_id(ws, race_id, "independent")
    for where in ({"pay": {"min": 11}}, {"job": "baker"}, {"nil": 1}, {"note": "x"}):
        with pytest.raises(DoesNotApply):
            more_rows(ws, parent, 5, 0, Asked(where=where))
    with pytest.raises(DoesNotApply, match="both"):  # the candidate was made under the rule that pay is at least 1
        more_rows(ws, parent, 5, 0, Asked(where={"pay": {"max": 0.5}}))


def test_a_fit_beyond_the_memory_is_refused_before_it_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "total_megabytes", lambda: 1.0)
    with pytest.raises(DoesNotApply, match=r"GB of memory for 200 rows .*sample of the rows"):
        make(generators()["independent"](), small_table(), 10, Context())


def test_what_is_asked_survives_json() -> None:
    asked = Asked(RULES, {"pay": {"min": 1}}, ({"job": "cook", "rows": 3},))
    assert Asked.from_json(asked.to_json()) == asked
    assert json.loads(Asked().to_json()) == {}
    assert Asked.from_json("") == Asked()
