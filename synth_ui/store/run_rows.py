"""How a run is written in the database, and read back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from synth_ui.core.errors import StoreError
from synth_ui.core.run import Handle, NewRun, Race, Run, RunKind, RunState

if TYPE_CHECKING:
    from sqlalchemy import RowMapping

RUN_COLUMNS = (
    "id", "race_id", "kind", "candidate", "generator", "settings", "asked", "seed", "rows", "control", "state", "phase", "fraction",
    "eta_seconds", "reason", "queue_place", "cost_seconds", "megabytes", "seconds_fit", "seconds_sample", "seconds_score",
    "created", "started", "ended", "notes", "parent_id", "split_id", "card", "tier",
)  # fmt: skip
"""The columns of a frame of runs."""

_NEW = tuple(field.name for field in fields(NewRun))
_LATER = tuple(field.name for field in fields(Run) if field.name not in (*_NEW, "worker", "claimer"))


FRESH: dict[str, Any] = {
    "state": RunState.QUEUED.value, "phase": "", "fraction": None, "eta_seconds": None, "reason": "", "pid": None, "pid_token": None,  # nosec B105 # of a process
    "claim_pid": None, "claim_token": None, "heartbeat": None, "stop_asked": None, "seconds_fit": None,
    "seconds_sample": None, "seconds_score": None, "sampler_hash": None, "started": None, "ended": None,
}  # fmt: skip
"""What is written in the row of a run that is queued again, as if it had never been started."""

NOT_MADE = "What it was to score did not come to its end."
"""Why a further measure was not asked of a run that was cancelled, failed or lost."""


def as_json(values: Mapping[str, Any]) -> str:
    """Write settings as JSON with sorted names, so that equal settings are equal texts."""
    return json.dumps(dict(values), sort_keys=True)


def written(run: NewRun) -> dict[str, Any]:
    """Return the row of a run that is put into the queue."""
    row = {name: getattr(run, name) for name in _NEW}
    texts = {"kind": run.kind.value, "settings": as_json(run.settings), "state": RunState.QUEUED.value}
    return {**row, **texts, "control": run.control}


def run_of(row: Mapping[str, Any] | RowMapping) -> Run:
    """Return the run a row holds; raise `StoreError` if it was damaged."""
    try:
        kind, state = RunKind(row["kind"]), RunState(row["state"])
        settings = dict(json.loads(row["settings"] or "{}"))
    except (ValueError, TypeError) as error:
        raise StoreError(f"The row of the run {row['id']!r} cannot be read: {error}.") from error
    new = {name: row[name] for name in _NEW if name not in ("kind", "settings")}
    later = {name: row[name] for name in _LATER if name in row and name != "state"}
    return Run(
        **new,
        **later,
        kind=kind,
        settings=settings,
        state=state,
        worker=_handle(row["pid"], row["pid_token"]),
        claimer=_handle(row["claim_pid"], row["claim_token"]),
    )


def _handle(pid: int | None, token: str | None) -> Handle | None:
    return None if pid is None else Handle(int(pid), token or "")


def rows_of(runs: Sequence[Run], race_id: str) -> list[dict[str, Any]]:
    """Return runs of a race as rows of a frame with the columns `RUN_COLUMNS`; settings as JSON."""
    kept = [name for name in RUN_COLUMNS if name != "race_id"]
    texts = [{"kind": run.kind.value, "state": run.state.value, "settings": as_json(run.settings)} for run in runs]
    return [
        {**{name: getattr(run, name) for name in kept}, **text, "race_id": race_id} for run, text in zip(runs, texts, strict=True)
    ]


def written_race(race: Race) -> dict[str, Any]:
    """Write a race as the database holds it."""
    return {**{field.name: getattr(race, field.name) for field in fields(race)}, "versions": as_json(race.versions)}


def race_of(row: Mapping[str, Any]) -> Race:
    """Read a race as the database holds it."""
    wanted = {field.name: row[field.name] for field in fields(Race) if field.name not in ("versions", "starred", "example")}
    return Race(
        **wanted, versions=json.loads(row["versions"] or "{}"), starred=bool(row["starred"]), example=bool(row["example"])
    )
