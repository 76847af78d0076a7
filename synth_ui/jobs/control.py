"""What a user does to runs: cancel, start again, make more rows. Nothing here waits for a process."""

from __future__ import annotations

import shutil
import time

from synth_ui.core.errors import SettingError, StoreError
from synth_ui.core.run import RunState
from synth_ui.jobs import schedule
from synth_ui.jobs.race import IDLE_MEGABYTES, add_file
from synth_ui.store import ledger
from synth_ui.store.workspace import Workspace, new_id

__all__ = ["add_file", "cancel", "cancel_race", "delete_race", "more_rows", "restart"]


def cancel(ws: Workspace, run_id: str) -> bool:
    """Stop a queued or running run at once; False if it had ended, and then keeps what it had.

    A process that ignores the polite signal is killed by a sweep two seconds later.
    """
    return schedule.stop_run(ws, run_id, "Cancelled.")


def cancel_race(ws: Workspace, race_id: str, reason: str = "Cancelled.") -> None:
    """Stop what is left of a race, but for controls that another race needs."""
    schedule.end_race(ws, race_id, reason)


def delete_race(ws: Workspace, race_id: str) -> None:
    """Stop a race and delete it with its candidates."""
    cancel_race(ws, race_id)
    ws.delete_race(race_id)


def restart(ws: Workspace, run_id: str) -> str:
    """Queue a run that was lost, failed or cancelled once more, from its beginning, and return its id.

    Raises
    ------
    StoreError
        If there is no such run, or it is under way or done.
    """
    run = ws.run(run_id)
    if run["state"] in (RunState.QUEUED, RunState.RUNNING, RunState.DONE):
        raise StoreError(f"{run['candidate']} is {run['state']}; only a lost, failed or cancelled run is started again.")
    if run["kind"] == "file":
        shutil.rmtree(ws.run_folder(run_id) / "details", ignore_errors=True)  # the file's rows are in the folder, too
    else:
        shutil.rmtree(ws.run_folder(run_id), ignore_errors=True)
    ledger.queue_again(ws, run_id)
    schedule.sweep(ws)
    return run_id


def more_rows(ws: Workspace, run_id: str, n: int, seed: int) -> str:
    """Queue a draw of `n` more rows from the fitted sampler of a run; return the id of the run that draws them.

    Its rows are then `ws.synthetic(id)`; it is not scored and not shown in the race.

    Raises
    ------
    SettingError
        If `n` is below one.
    StoreError
        If the run has no fitted sampler.
    """
    if n < 1:
        raise SettingError(f"rows is {n}; at least one is made.")
    run = ws.run(run_id)
    if not run["sampler_hash"]:
        raise StoreError(f"{run['candidate']} has no fitted sampler in the workspace, so no more rows can be made.")
    kept = {name: run[name] for name in ("candidate", "generator", "settings", "split_id", "card")}
    row = {
        **kept,
        "id": new_id(),
        "kind": "rows",
        "seed": seed,
        "rows": n,
        "state": RunState.QUEUED.value,
        "parent_id": run_id,
        "created": time.time(),
        "megabytes": 2 * IDLE_MEGABYTES,
    }
    ledger.add_run(ws, row, None)
    schedule.sweep(ws)
    return str(row["id"])
