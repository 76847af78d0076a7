"""More rows of a candidate as a candidate of their own: scored, named for the one they come from, never taken for a file or a seed."""

from __future__ import annotations

import pandas as pd
import pytest

from synth_ui.api import stored
from synth_ui.core.errors import StoreError
from synth_ui.core.rules.asked import Asked
from synth_ui.core.rules.constraint import Range
from synth_ui.jobs.execution.schedule import advance
from synth_ui.jobs.races.control import more_rows, restart
from synth_ui.jobs.races.made_rows import enter_rows, entered
from synth_ui.jobs.races.request import Request
from synth_ui.jobs.races.results import candidates, outcome, scores
from synth_ui.jobs.races.start import start_race
from synth_ui.store.workspace import Workspace
from tests.workshop import CARD, kept_split, until

RULE = Range("pay", low=1)


def ended(ws: Workspace, *run_ids: str) -> bool:
    advance(ws)
    return all(ws.run(run_id).state.ended for run_id in run_ids)


@pytest.fixture(scope="module")
def raced(warm_workspace: Workspace) -> tuple[Workspace, str, str]:
    """Return a race of one generator with a rule, and the run that made its rows."""
    ws = warm_workspace
    race_id = start_race(ws, kept_split(ws), [Request("independent", constraints=(RULE,))], card=CARD)
    until(lambda: ended(ws, *ws.runs(race_id)["id"]))
    return ws, race_id, str(ws.runs(race_id).set_index("candidate").loc["independent", "id"])


@pytest.fixture(scope="module")
def drawn(raced: tuple[Workspace, str, str]) -> tuple[str, str]:
    """Return a draw of balanced rows, and the run of the candidate it was entered as."""
    ws, race_id, parent = raced
    draw = more_rows(ws, parent, 30, 5, Asked(balance="rich"))
    with pytest.raises(StoreError, match="only more rows that have been drawn"):
        enter_rows(ws, race_id, draw)
    until(lambda: ended(ws, draw))
    assert entered(ws, race_id, ws.run(draw)) is None
    new = enter_rows(ws, race_id, draw)
    until(lambda: ended(ws, new))
    return draw, new


def test_they_are_scored_as_they_were_drawn(raced: tuple[Workspace, str, str], drawn: tuple[str, str]) -> None:
    ws, race_id, _ = raced
    draw, new = drawn
    run = ws.run(new)
    assert (run.state, run.kind, run.candidate, run.rows) == ("done", "drawn", "independent-rows", 30), run.reason
    pd.testing.assert_frame_equal(ws.synthetic(new), ws.synthetic(draw))
    scored = scores(ws, race_id)
    assert set(CARD) <= set(scored.loc[scored["candidate"] == "independent-rows", "measure"])


def test_they_say_where_they_come_from_and_are_neither_a_file_nor_a_seed(
    raced: tuple[Workspace, str, str], drawn: tuple[str, str]
) -> None:
    ws, race_id, _ = raced
    found = outcome(ws, race_id)
    assert found.groups["independent"] == ("independent",)
    assert found.groups["independent-rows"] == ("independent-rows",)
    assert str(found.entries["independent-rows"]["title"]).endswith("more rows, balanced by rich")
    assert "(file)" not in str(found.entries["independent-rows"]["title"])
    row = candidates(ws, race_id).set_index("candidate").loc["independent-rows"]
    assert "30 rows drawn from the fitted independent with seed 5" in row["notes"]
    said = " ".join(Asked.from_json(row["asked"]).sentences())
    assert said.startswith("Further rows of independent, drawn from what it had learned.")
    assert "Every row keeps the rule" in said
    report = stored(ws, race_id).html()
    assert "30 rows drawn from the fitted independent with seed 5" in report


def test_the_same_rows_enter_once_and_other_ones_again(raced: tuple[Workspace, str, str], drawn: tuple[str, str]) -> None:
    ws, race_id, parent = raced
    assert entered(ws, race_id, ws.run(drawn[0])) == "independent-rows"
    with pytest.raises(StoreError, match="in the race already, as independent-rows"):
        enter_rows(ws, race_id, drawn[0])
    other = more_rows(ws, parent, 30, 6)
    until(lambda: ended(ws, other))
    new = enter_rows(ws, race_id, other)
    until(lambda: ended(ws, new))
    assert ws.run(new).candidate == "independent-rows-2"
    with pytest.raises(StoreError, match="only more rows"):
        enter_rows(ws, race_id, parent)


def test_rows_of_another_race_stay_out(raced: tuple[Workspace, str, str], drawn: tuple[str, str]) -> None:
    ws, race_id, _ = raced
    other = start_race(ws, ws.race(race_id).split_id, [Request("independent", seed=7)], card=CARD)
    until(lambda: ended(ws, *ws.runs(other)["id"]))
    with pytest.raises(StoreError, match="takes no part in this race"):
        enter_rows(ws, other, drawn[0])


def test_a_second_attempt_has_the_rows_still(raced: tuple[Workspace, str, str], drawn: tuple[str, str]) -> None:
    ws, _, _ = raced
    from synth_ui.jobs.races.control import cancel

    _, race_id, parent = raced
    draw = more_rows(ws, parent, 20, 9)
    until(lambda: ended(ws, draw))
    new = enter_rows(ws, race_id, draw)
    if cancel(ws, new):
        until(lambda: ended(ws, new))
        restart(ws, new)
    until(lambda: ended(ws, new))
    assert ws.run(new).state == "done"
    assert len(ws.synthetic(new)) == 20
