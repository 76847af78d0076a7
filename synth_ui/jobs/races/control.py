"""What a user does to runs: cancel, start again, make more rows. Nothing here waits for a process."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from synth_ui.core.errors import SettingError, StoreError
from synth_ui.core.rules.asked import COUNT, Asked
from synth_ui.core.rules.condition import read_where
from synth_ui.core.rules.constraint import Constraint
from synth_ui.core.rules.possible import refuse_impossible
from synth_ui.core.run import NewRun, Run, RunKind, RunState
from synth_ui.evaluation.cards import with_settings
from synth_ui.jobs.execution import schedule
from synth_ui.jobs.execution.machine import IDLE_MEGABYTES
from synth_ui.jobs.races.files import add_file, free_name
from synth_ui.jobs.races.further_measures import asking, askings, first_card, merged
from synth_ui.jobs.races.progress import refused, standing
from synth_ui.jobs.races.request import FILE
from synth_ui.store import history, journal
from synth_ui.store.files.artefacts import of_run
from synth_ui.store.workspace import Workspace

__all__ = [
    "add_file", "cancel", "cancel_race", "delete_race", "delete_table", "filter_candidate", "more_rows", "put_away", "restart", "resume_race",
    "score_more",
]  # fmt: skip


DELETED = "Cancelled: the race was deleted."


def cancel(ws: Workspace, run_id: str) -> bool:
    """Stop a queued or running run at once; False if it had ended, and then keeps what it had.

    A process that ignores the polite signal is killed two seconds later, as the schedule is looked after.
    """
    return schedule.stop_run(ws, run_id, "Cancelled.")


def cancel_race(ws: Workspace, race_id: str, reason: str = "Cancelled.") -> None:
    """Stop what is left of a race, measures asked later among it, but for what another race needs of its controls; keep what there is."""
    schedule.end_race(ws, race_id, reason)


def delete_race(ws: Workspace, race_id: str) -> None:
    """Stop a race and delete it with its candidates."""
    cancel_race(ws, race_id, DELETED)
    ws.delete_race(race_id)


def put_away(ws: Workspace, thing: history.Thing, key: str) -> None:
    """Stop a race, or the races of a table, and put it into the bin, from which it comes back as it was, see `synth_ui.store.history`."""
    races = ws.races()
    for race_id in races.loc[races["id" if thing == "race" else "table_id"] == key, "id"]:
        cancel_race(ws, str(race_id), DELETED)
    history.put_away(ws, thing, key)


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
        If there is no such run, it is under way or done, or all its races are in the bin.
    """
    run = ws.run(run_id)
    _refuse_in_bin(ws, run_id)
    if not run.state.ended_badly:
        raise StoreError(f"{run.candidate} is {run.state}; only a lost, failed or cancelled run is started again.")
    journal.check_again(ws, 1)
    _queue_again(ws, run)
    schedule.advance(ws)
    return run_id


def _refuse_in_bin(ws: Workspace, run_id: str) -> None:
    """Raise `StoreError` where every race a run belongs to is in the bin."""
    races = journal.races_of(ws, [run_id]).get(run_id, ())
    if races and all(ws.race(race_id).deleted is not None for race_id in races):
        ws.kept_race(races[0])


def _queue_again(ws: Workspace, run: Run) -> bool:
    """Put a run that ended badly back into the queue, without what it left behind; False if it did not end so."""
    if run.kind in (
        RunKind.FILE,
        RunKind.DRAWN,
        RunKind.TREATED,
    ):  # the file's rows, or what is to be done about exposed rows, are kept there, too
        ws.artefacts.delete(of_run(run.id, "details"))
    else:
        ws.forget(run.id)
    return journal.queue_again(ws, run.id)


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
        If the run has no fitted sampler, or all its races are in the bin.
    """
    if n < 1:
        raise SettingError(f"rows is {n}; at least one is made.")
    run = ws.run(run_id)
    _refuse_in_bin(ws, run_id)
    if not run.sampler_hash:
        raise StoreError(f"{run.candidate} has no fitted sampler in the workspace, so no more rows can be made.")
    wanted = replace(asked or Asked(), constraints=())
    schema = ws.table_row(ws.split_row(run.split)["table_id"])["schema"]
    rules = Asked.from_json(run.asked).constraints
    for where in (wanted.where, *wanted.table):
        conditions = read_where({name: value for name, value in where.items() if name != COUNT}, schema)
        if run.generator != FILE:
            refuse_impossible(rules, conditions, schema)
    draw = NewRun(
        kind=RunKind.MORE_ROWS,
        candidate=run.candidate,
        generator=run.generator,
        settings=run.settings,
        asked=wanted.to_json(),
        seed=seed,
        rows=n,
        created=time.time(),
        split_id=run.split_id,
        card=run.card,
        parent_id=run_id,
        megabytes=2 * IDLE_MEGABYTES,
    )
    journal.add_run(ws, draw, None)
    schedule.advance(ws)
    return draw.id


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
    race, members = ws.kept_race(race_id), {run.candidate: run for run in ws.members(race_id)}
    parent = members.get(candidate)
    if parent is None or parent.state is not RunState.DONE:
        raise StoreError(f"{candidate} is not done in this race; only the rows of a finished candidate are filtered.")
    if not constraints:
        raise SettingError("There is no rule to filter by; name at least one.")
    schema = ws.table_row(ws.split_row(parent.split)["table_id"])["schema"]
    for constraint in constraints:
        constraint.check(schema)
    run = NewRun(
        kind=RunKind.FILTERED,
        candidate=free_name(f"{candidate}-filtered", set(members)),
        generator=parent.generator,
        settings=parent.settings,
        asked=Asked(tuple(constraints), filtered=candidate).to_json(),
        seed=parent.seed,
        rows=parent.rows,
        created=time.time(),
        split_id=parent.split_id,
        card=first_card(race.card),
        parent_id=parent.id,
        place=len(members),
        megabytes=parent.megabytes,
    )
    journal.add_run(ws, run, race_id, askings(race, [run], run.created))
    schedule.advance(ws)
    return run.id


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
    race, members = ws.kept_race(race_id), {run.candidate: run for run in ws.members(race_id)}
    unfinished = [name for name in candidates or () if name not in members or members[name].state is not RunState.DONE]
    if unfinished:
        raise StoreError(f"{', '.join(unfinished)} is not done yet; measures are asked of finished candidates only.")
    living = [run for run in members.values() if not run.state.ended_badly]
    chosen = [run for run in living if candidates is None or run.candidate in candidates or run.control]
    now, ordered = time.time(), sorted(chosen, key=lambda run: not run.control)
    askings = [asking(run, asked, now, place, again=bool(settings)) for place, run in enumerate(ordered)]
    queued = journal.ask(ws, race_id, askings, merged(race, asked) if candidates is None else None)
    schedule.advance(ws)
    return queued


def resume_race(ws: Workspace, race_id: str) -> list[str]:
    """Queue whatever is missing of a race and return the ids of the runs queued.

    That are runs that were cancelled, failed or lost, controls among them; measures asked later that ended so; and what all are
    asked and nobody queued. A generator that refused the table is left alone: it would again.

    Raises
    ------
    StoreError
        If there is no such race, or it is in the bin.
    """
    ws.kept_race(race_id)
    now = standing(ws, race_id)
    again = [run for run in now.runs if run.state.ended_badly and not refused(run)]
    journal.check_again(ws, len(again) + len(now.left_open))
    queued = [run.id for run in [*again, *now.left_open] if _queue_again(ws, run)]
    living = [run for run in now.runs if run.id in queued or not run.state.ended_badly]
    queued += journal.ask(ws, race_id, askings(now.race, living, time.time()))
    schedule.advance(ws)
    return queued
