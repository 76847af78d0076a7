"""Something done about exposed rows: dropped, coarsened or kept at a distance, and the candidate made and scored anew."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from synth_ui.comparison.names import roster
from synth_ui.core.context import Context
from synth_ui.core.errors import SettingError, StoreError, TableError
from synth_ui.core.rules.constraint import Range
from synth_ui.core.run import TREATMENT
from synth_ui.core.table import Schema, Split, Table
from synth_ui.evaluation.exposed_rows import apart, changed
from synth_ui.jobs.execution.schedule import advance
from synth_ui.jobs.races.control import filter_candidate
from synth_ui.jobs.races.exposed_rows import remake_candidate, treatment_of
from synth_ui.jobs.races.request import Request
from synth_ui.jobs.races.results import candidates
from synth_ui.jobs.races.start import start_race
from synth_ui.measures.case import Case, Shared
from synth_ui.reports.code import script
from synth_ui.store.workspace import Workspace
from tests.measures.privacy.worlds import CITIES, split_of, three
from tests.workshop import kept_split, until

ENDED = {"done", "cancelled", "failed", "lost"}
TRAIN, HOLDOUT, HONEST = three(400, 400, 400, seed=5)
SPLIT = split_of(TRAIN, HOLDOUT)
ROWS = np.array([3, 17, 250])


def test_dropped_rows_are_gone_and_no_others() -> None:
    table = changed(SPLIT, "drop", ROWS)
    kept = TRAIN.drop(index=ROWS).reset_index(drop=True)
    pd.testing.assert_frame_equal(table.frame, kept)


def test_coarsened_rows_have_common_values_and_no_others_change() -> None:
    train = TRAIN.assign(
        city=pd.Categorical([CITIES[11] if row in ROWS else CITIES[row % 2] for row in range(400)], categories=CITIES)
    )
    table = changed(split_of(train, HOLDOUT), "coarsen", ROWS)
    others = np.setdiff1d(np.arange(400), ROWS)
    pd.testing.assert_frame_equal(table.frame.iloc[others], train.iloc[others])
    assert set(table.frame["city"].iloc[ROWS]) <= {CITIES[0], CITIES[1]}
    assert (table.frame["income"].iloc[ROWS].dropna() != train["income"].iloc[ROWS].dropna()).any()
    assert table.frame["income"].iloc[ROWS].isna().tolist() == train["income"].iloc[ROWS].isna().tolist()
    cells = Shared(split_of(train, HOLDOUT)).cells
    for name in ("age", "income", "joined"):
        before, after = (cells[name].encode(frame[name].iloc[ROWS]) for frame in (train, table.frame))
        assert (before == after).all()
    assert list(table.frame.dtypes) == list(train.dtypes)


def test_rows_next_to_an_exposed_one_are_found_and_no_others() -> None:
    made = pd.concat([TRAIN.iloc[ROWS], HONEST], ignore_index=True)
    keeps = apart(SPLIT, made, ROWS, Context())
    assert not keeps[:3].any()
    case = Case(SPLIT, made, Shared(SPLIT))
    real = np.concatenate([np.delete(case.points("train"), ROWS, axis=0), case.points("holdout")]).astype(float)
    for place in (0, 1, 2):
        point = case.points("train")[ROWS[place]].astype(float)
        reach = np.linalg.norm(real - point, axis=1).min()
        near = np.linalg.norm(case.points("synthetic").astype(float) - point, axis=1) <= reach
        assert not keeps[near].any()
    assert keeps.mean() > 0.9


@pytest.fixture(scope="module")
def race_id(warm_workspace: Workspace) -> str:
    found = start_race(warm_workspace, kept_split(warm_workspace), [Request("independent")], card=["copies"])
    until(lambda: _ended(warm_workspace, found), seconds=200)
    return found


def _ended(ws: Workspace, race_id: str) -> bool:
    advance(ws)
    runs = [*ws.runs(race_id)["state"], *(run.state for run in ws.asked_later(race_id))]
    return set(runs) <= ENDED


def test_a_candidate_is_made_anew_scored_and_told_apart(
    warm_workspace: Workspace, race_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws = warm_workspace
    run_ids = [
        remake_candidate(ws, race_id, "independent", action, [1, 2], card="copies,exposed") for action in ("drop", "filter")
    ]
    until(lambda: _ended(ws, race_id), seconds=200)
    runs = ws.runs(race_id).set_index("candidate")
    assert runs.loc[["independent-drop", "independent-filter"], "state"].tolist() == ["done", "done"]
    assert {"copies", "exposed"} <= set(ws.raw_scores(race_id).query("candidate == 'independent-drop'")["measure"])
    assert len(ws.synthetic(run_ids[0])) == len(ws.synthetic(runs.loc["independent", "id"]))
    assert treatment_of(ws, run_ids[0])[1].tolist() == [1, 2]
    listed = roster([], candidates(ws, race_id)).set_index("candidate")
    assert listed.loc["independent", "title"] == "Independent columns"
    assert listed.loc["independent-drop", "title"] == "Independent columns, exposed rows 2 dropped"
    assert listed.loc["independent-drop", "group"] != listed.loc["independent", "group"]


def test_a_privacy_budget_is_handed_on_with_what_it_no_longer_covers(warm_workspace: Workspace) -> None:
    """Rows picked by comparing with the training rows, or rules found there, are nothing the budget paid for."""
    ws = warm_workspace
    found = start_race(ws, kept_split(ws), [Request("dp_marginals", {"epsilon": 3.0})], card=["copies"])
    until(lambda: _ended(ws, found), seconds=200)
    run_ids = [
        remake_candidate(ws, found, "dp_marginals", action, [1, 2], card="copies") for action in ("drop", "coarsen", "filter")
    ]
    run_ids.append(filter_candidate(ws, found, "dp_marginals", [Range("pay", low=0.0)]))
    until(lambda: _ended(ws, found), seconds=200)
    parent = ws.ledger(ws.runs(found).set_index("candidate").loc["dp_marginals", "id"])
    assert parent is not None
    for run_id, what in zip(run_ids, [*["which rows are exposed"] * 3, "the rules"], strict=True):
        known = ws.ledger(run_id)
        assert known is not None
        assert known.epsilon == 3.0
        assert what in known.sentence
        assert not known.holds
        assert what not in parent.sentence


def test_what_cannot_be_done_is_refused(warm_workspace: Workspace, race_id: str) -> None:
    ws = warm_workspace
    with pytest.raises(SettingError, match="no action 'burn'"):
        remake_candidate(ws, race_id, "independent", "burn", [1])
    with pytest.raises(SettingError, match="numbers of training rows"):
        remake_candidate(ws, race_id, "independent", "drop", [10**6])
    with pytest.raises(StoreError, match="is not done"):
        remake_candidate(ws, race_id, "nobody", "drop", [1])


def test_no_script_repeats_it() -> None:
    listed = pd.DataFrame({"candidate": ["a"], "settings": [json.dumps({TREATMENT: "2 dropped"})]})
    table = Table(pd.DataFrame(), Schema(()), "none")
    with pytest.raises(TableError, match="2 dropped"):
        script(listed, "a", table=table, split=Split(table, table, 0, 0.5, ""), rows=lambda name: 0)
