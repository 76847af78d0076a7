"""What a user does to runs: cancel, start again, make more rows. Nothing here waits for a process."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from synth_ui.core.asked import COUNT, Asked
from synth_ui.core.condition import read_where
from synth_ui.core.constraint import Constraint
from synth_ui.core.errors import SettingError, StoreError
from synth_ui.core.possible import refuse_impossible
from synth_ui.core.run import RunState
from synth_ui.evaluation.cards import with_settings
from synth_ui.jobs import schedule
from synth_ui.jobs.further import asking, askings, first_card, merged
from synth_ui.jobs.race import IDLE_MEGABYTES, add_file, free_name
from synth_ui.jobs.standing import refused, standing
from synth_ui.store import ledger
from synth_ui.store.workspace import Workspace, new_id

__all__ = [
    "add_file", "cancel", "cancel_race", "delete_race", "delete_table", "filter_candidate", "more_rows", "restart", "resume_race",
    "score_more",
]  # fmt: skip


def cancel(ws: Workspace, run_id: str) -> bool:
    """Stop a queued or running run at once; False if it had ended, and then keeps what it had.

    A process that ignores the polite signal is killed by a sweep two seconds later.
    """
    return schedule.stop_run(ws, run_id, "Cancelled.")


def cancel_race(ws: Workspace, race_id: str, reason: str = "Cancelled.") -> None:
    """Stop what is left of a race, measures asked later among it, but for what another race needs of its controls; keep what there is."""
    schedule.end_race(ws, race_id, reason)


def delete_race(ws: Workspace, race_id: str) -> None:
    """Stop a race and delete it with its candidates."""
    cancel_race(ws, race_id)
    ws.delete_race(race_id)


def delete_table(ws: Workspace, table_id: str) -> None:
    """Stop and delete the races of a table, then the table with everything computed from its rows."""
    races = ws.races()
    for race_id in races.loc[races["table_id"] == table_id, "id"]:
        delete_race(ws, str(race_id))
    ws.delete_table(table_id)


def restart(ws: Workspace, run_id: str) -> str:
    """Queue a run that was lost, failed or cancelled once more, from its beginning, and return its id.

    What it was asked later it is asked again.

    Raises
    ------
    StoreError
        If there is no such run, or it is under way or done.
    """
    run = ws.run(run_id)
    if run["state"] in (RunState.QUEUED, RunState.RUNNING, RunState.DONE):
        raise StoreError(f"{run['candidate']} is {run['state']}; only a lost, failed or cancelled run is started again.")
    _queue_again(ws, run)
    schedule.sweep(ws)
    return run_id


def _queue_again(ws: Workspace, run: Mapping[str, Any]) -> bool:
    """Put a run that ended badly back into the queue, without what it left behind; False if it did not end so."""
    if run["kind"] in ("file", "treated"):  # the file's rows, or what is to be done about exposed rows, are in the folder, too
        shutil.rmtree(ws.run_folder(run["id"]) / "details", ignore_errors=True)
    else:
        shutil.rmtree(ws.run_folder(run["id"]), ignore_errors=True)
    return ledger.queue_again(ws, run["id"])


def more_rows(ws: Workspace, run_id: str, n: int, seed: int, asked: Asked | None = None) -> str:
    """Queue a draw of `n` more rows from the fitted sampler of a run; return the id of the run that draws them.

    Its rows are then `ws.synthetic(id)`; it is not scored and not shown in the race.

    Parameters
    ----------
    asked
        Conditions the rows meet, or a column to balance. Rules the candidate was made with are kept anyway.

    Raises
    ------
    SettingError
        If `n` is below one, or a condition is written wrongly.
    DoesNotApply
        If no row could meet a condition.
    StoreError
        If the run has no fitted sampler.
    """
    if n < 1:
        raise SettingError(f"rows is {n}; at least one is made.")
    run = ws.run(run_id)
    if not run["sampler_hash"]:
        raise StoreError(f"{run['candidate']} has no fitted sampler in the workspace, so no more rows can be made.")
    wanted = replace(asked or Asked(), constraints=())
    schema = ws.table_row(ws.split_row(run["split_id"])["table_id"])["schema"]
    rules = Asked.from_json(run["asked"]).constraints
    for where in (wanted.where, *wanted.table):
        conditions = read_where({name: value for name, value in where.items() if name != COUNT}, schema)
        if run["generator"] != "file":
            refuse_impossible(rules, conditions, schema)
    kept = {name: run[name] for name in ("candidate", "generator", "settings", "split_id", "card")}
    row = {
        **kept,
        "id": new_id(),
        "kind": "rows",
        "asked": wanted.to_json(),
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


def filter_candidate(ws: Workspace, race_id: str, candidate: str, constraints: Sequence[Constraint]) -> str:
    """Enter the rows of a candidate that keep rules as a new candidate of the race, scored like any other; return its run's id.

    Nothing is drawn anew: the new candidate has fewer rows. Call with rules that the race's table has.

    Raises
    ------
    TableError
        If a rule does not fit the table.
    SettingError
        If there is no rule.
    StoreError
        If there is no such candidate, or it has no rows yet.
    """
    race, runs = ws.race(race_id), ws.runs(race_id).set_index("candidate")
    if candidate not in runs.index or runs.loc[candidate, "state"] != RunState.DONE:
        raise StoreError(f"{candidate} is not done in this race; only the rows of a finished candidate are filtered.")
    if not constraints:
        raise SettingError("There is no rule to filter by; name at least one.")
    parent = ws.run(str(runs.loc[candidate, "id"]))
    schema = ws.table_row(ws.split_row(parent["split_id"])["table_id"])["schema"]
    for constraint in constraints:
        constraint.check(schema)
    kept = {name: parent[name] for name in ("generator", "settings", "split_id", "seed", "rows", "megabytes")}
    row = {
        **kept,
        "id": new_id(),
        "kind": "filtered",
        "candidate": free_name(f"{candidate}-filtered", set(runs.index)),
        "asked": Asked(tuple(constraints), filtered=candidate).to_json(),
        "card": first_card(race["card"]),
        "state": RunState.QUEUED.value,
        "parent_id": parent["id"],
        "place": len(runs),
        "control": False,
        "created": time.time(),
    }
    ledger.add_run(ws, row, race_id, askings(race, [row], row["created"]))
    schedule.sweep(ws)
    return str(row["id"])


def score_more(
    ws: Workspace,
    race_id: str,
    candidates: Sequence[str] | None = None,
    measures: str | Sequence[str] = "standard",
    settings: Mapping[str, Mapping[str, Any]] | None = None,
) -> list[str]:
    """Queue further measures of the candidates of a race, and of the controls that give them a scale; return the ids of the runs.

    Nothing is queued for a run that has the measures already (unless they are asked with settings of their own), nor where
    the same is under way. What they say is added to the candidate's scores. What is asked of all is asked of every candidate that
    enters the race later, too.

    Parameters
    ----------
    candidates
        Names of candidates of the race that are done; None asks all, and those still to come once they are done.
    measures
        A card, or keys of measures.
    settings
        Settings of measures, by key, where they differ from the defaults.

    Raises
    ------
    SettingError
        If there is no such card or measure, or a setting is not allowed.
    StoreError
        If a candidate is not done.
    """
    card = measures if isinstance(measures, str) else ",".join(measures)
    asked = with_settings(card, settings or {})
    race, runs = ws.race(race_id), {run["candidate"]: run for run in ws.runs(race_id).to_dict("records")}
    unfinished = [name for name in candidates or () if name not in runs or runs[name]["state"] != RunState.DONE]
    if unfinished:
        raise StoreError(f"{', '.join(unfinished)} is not done yet; measures are asked of finished candidates only.")
    living = [run for run in runs.values() if run["state"] not in ledger.ENDED_BADLY]
    chosen = [run for run in living if candidates is None or run["candidate"] in candidates or run["control"]]
    now, ordered = time.time(), sorted(chosen, key=lambda run: not run["control"])
    askings = [asking(run, asked, now, place, again=bool(settings)) for place, run in enumerate(ordered)]
    queued = ledger.ask(ws, race_id, askings, merged(race, asked) if candidates is None else None)
    schedule.sweep(ws)
    return queued


def resume_race(ws: Workspace, race_id: str) -> list[str]:
    """Queue whatever is missing of a race and return the ids of the runs queued.

    That are runs that were cancelled, failed or lost, controls among them; measures asked later that ended so; and what all are
    asked and nobody queued. A generator that refused the table is left alone: it would again.

    Raises
    ------
    StoreError
        If there is no such race.
    """
    now = standing(ws, race_id)
    again = [run for run in now.runs if run["state"] in ledger.ENDED_BADLY and not refused(run)]
    queued = [str(run["id"]) for run in [*again, *now.left_open] if _queue_again(ws, run)]
    living = [run for run in now.runs if run["id"] in queued or run["state"] not in ledger.ENDED_BADLY]
    queued += ledger.ask(ws, race_id, askings(now.race, living, time.time()))
    schedule.sweep(ws)
    return queued
