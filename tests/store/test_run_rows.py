"""A run is written and read back as the type it is; what was damaged is refused."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest
from sqlalchemy import update

from synth_ui.core.errors import StoreError
from synth_ui.core.run import TREATMENT, NewRun, Run, RunKind, RunState
from synth_ui.store import journal, schema
from synth_ui.store.run_rows import RUN_COLUMNS
from synth_ui.store.workspace import Workspace, frame_of
from tests.workshop import kept_split


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return Workspace.open(tmp_path / "home")


def every_kind(ws: Workspace) -> list[NewRun]:
    split_id = kept_split(ws)
    return [
        NewRun(
            kind=kind, candidate=f"candidate {place}", rows=place, created=1.5, generator="cart", seed=7, split_id=split_id,
            settings={"deep": {"b": [1, 2], "a": None}, TREATMENT: "2 dropped"}, asked='{"balance": "job"}', card="pairs", tier=1,
            reuse_key=f"key {place}", parent_id="other", notes="a\nb", place=place, cost_seconds=0.25, megabytes=10.0,
        )
        for place, kind in enumerate(RunKind)
    ]  # fmt: skip


def test_a_run_comes_back_as_it_was_queued(ws: Workspace) -> None:
    for new in every_kind(ws):
        journal.add_run(ws, new, None)
        run = ws.run(new.id)
        assert {field.name: getattr(run, field.name) for field in fields(NewRun)} == vars(new)
        assert (run.state, run.attempt, run.worker, run.claimer, run.started) == (RunState.QUEUED, 0, None, None, None)
        assert run.control == (new.kind is RunKind.CONTROL)
        assert run.scored_id == ("other" if new.kind is RunKind.FURTHER else new.id)
        assert run.generator_settings == {"deep": {"b": [1, 2], "a": None}}


def test_a_table_of_runs_has_a_row_per_run(ws: Workspace) -> None:
    for new in every_kind(ws):
        journal.add_run(ws, new, None)
    runs = ws.under_way()
    frame = frame_of(runs, "a race")
    assert tuple(frame.columns) == RUN_COLUMNS
    assert frame["kind"].tolist() == [kind.value for kind in RunKind]
    assert set(frame["race_id"]) == {"a race"}
    assert frame["settings"].iloc[0] == '{"deep": {"a": null, "b": [1, 2]}, "exposed_rows": "2 dropped"}'
    assert str(frame["created"].dtype) == "datetime64[us, UTC]"
    assert frame_of([], "a race").empty


@pytest.mark.parametrize(
    ("column", "value"), [("kind", "dance"), ("state", "asleep"), ("settings", "{half"), ("settings", "[1]")]
)
def test_a_damaged_row_is_refused_with_its_id(ws: Workspace, column: str, value: str) -> None:
    new = every_kind(ws)[0]
    journal.add_run(ws, new, None)
    with ws.database.write() as connection:
        connection.execute(update(schema.runs).values(**{column: value}))
    with pytest.raises(StoreError, match=new.id):
        ws.run(new.id)


def test_a_run_without_what_its_kind_needs_is_a_fault_of_the_program() -> None:
    run = Run(kind=RunKind.GENERATE, candidate="a", rows=1, created=0.0, state=RunState.QUEUED)
    with pytest.raises(AssertionError, match="has no split"):
        _ = run.split
    with pytest.raises(AssertionError, match="has no parent"):
        _ = run.parent
