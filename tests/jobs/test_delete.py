"""What is deleted is gone: rows, splits, cached models, later measures; what others need stays."""

from __future__ import annotations

import pytest

from synth_ui.core.errors import StoreError
from synth_ui.jobs.execution.schedule import advance
from synth_ui.jobs.races.control import delete_table
from synth_ui.jobs.races.request import Request
from synth_ui.jobs.races.start import start_race
from synth_ui.store.workspace import Workspace
from tests.workshop import kept_split, small_table, until


def test_a_deleted_table_takes_everything_computed_from_it_along(warm_workspace: Workspace) -> None:
    ws = warm_workspace
    other = kept_split(ws, rows=120, seed=3)
    split_id = kept_split(ws, rows=160, seed=4)
    race_id = start_race(ws, split_id, [Request("fake")], card=["fake_mean"])

    def over() -> bool:
        advance(ws)
        return not ws.runs(race_id)["state"].isin(["queued", "running"]).any()

    until(over)
    table_id = ws.race(race_id).table_id
    run_ids = list(ws.runs(race_id)["id"])
    with pytest.raises(StoreError, match="delete its races first"):
        ws.delete_table(table_id)
    assert list((ws.home / "cache").glob("*.pickle"))
    delete_table(ws, table_id)
    assert not list((ws.home / "cache").glob("*.pickle"))
    assert not (ws.home / "splits" / split_id).exists()
    assert not (ws.home / "tables" / f"{table_id}.parquet").exists()
    assert not any(ws.log_folder(run_id).exists() for run_id in run_ids)
    for gone in (lambda: ws.table(table_id), lambda: ws.split(split_id), lambda: ws.race(race_id)):
        with pytest.raises(StoreError):
            gone()
    assert len(ws.split(other).train) == 60
    assert ws.table(ws.add_table(small_table(160, 4))).fingerprint == table_id
