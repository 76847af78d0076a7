"""More rows of a candidate, drawn from its fitted sampler, as a candidate of their own: scored beside the one they come from."""

from __future__ import annotations

import time
from dataclasses import replace

from synth_ui.core.errors import StoreError
from synth_ui.core.rules.asked import Asked
from synth_ui.core.run import NewRun, Run, RunKind, RunState
from synth_ui.jobs.execution import schedule
from synth_ui.jobs.execution.machine import IDLE_MEGABYTES
from synth_ui.jobs.races.files import free_name
from synth_ui.jobs.races.further_measures import askings, first_card
from synth_ui.store import journal
from synth_ui.store.workspace import Workspace


def entered(ws: Workspace, race_id: str, draw: Run) -> str | None:
    """Return the candidate as which rows that were drawn are in a race; None where they are not."""
    wanted = replace(Asked.from_json(draw.asked), constraints=())
    for run in ws.members(race_id):
        if run.kind is RunKind.DRAWN and (run.parent_id, run.seed, run.rows) == (draw.parent_id, draw.seed, draw.rows):
            asked = Asked.from_json(run.asked)
            if replace(asked, constraints=(), drawn=None, polish=False) == wanted:
                return run.candidate
    return None


def enter_rows(ws: Workspace, race_id: str, draw_id: str) -> str:
    """Enter rows that were drawn from a candidate's sampler into its race and return the id of the run that scores them.

    The new candidate is named for the one it comes from, and asked what all are asked.

    Parameters
    ----------
    draw_id
        What `synth_ui.jobs.races.control.more_rows` returned.

    Raises
    ------
    StoreError
        If there are no such rows, they are not drawn yet, their candidate is not in this race, or they are in it already.
    """
    draw, race = ws.run(draw_id), ws.kept_race(race_id)
    members = {run.id: run for run in ws.members(race_id)}
    if draw.kind is not RunKind.MORE_ROWS or draw.state is not RunState.DONE:
        raise StoreError(f"{draw.candidate} is {draw.state}; only more rows that have been drawn are entered into a race.")
    if draw.parent not in members:
        raise StoreError(f"{draw.candidate} takes no part in this race, and neither can its rows.")
    already = entered(ws, race_id, draw)
    if already is not None:
        raise StoreError(f"These rows are in the race already, as {already}.")
    parent = members[draw.parent]
    asked = replace(Asked.from_json(draw.asked), constraints=Asked.from_json(parent.asked).constraints, drawn=parent.candidate)
    run = NewRun(
        kind=RunKind.DRAWN,
        candidate=free_name(f"{parent.candidate.replace('#', '-')}-rows", {member.candidate for member in members.values()}),
        generator=parent.generator,
        settings=parent.settings,
        asked=asked.to_json(),
        seed=draw.seed,
        rows=draw.rows,
        created=time.time(),
        split_id=parent.split_id,
        card=first_card(race.card),
        parent_id=parent.id,
        notes="\n".join(
            [f"{draw.rows:,} rows drawn from the fitted {parent.candidate} with seed {draw.seed}", *_lines(draw.notes)]
        ),
        place=len(members),
        megabytes=2 * IDLE_MEGABYTES,
    )
    ws.keep_synthetic(run.id, ws.synthetic(draw.id))
    journal.add_run(ws, run, race_id, askings(race, [run], run.created))
    schedule.advance(ws)
    return run.id


def _lines(notes: str) -> list[str]:
    return [note for note in notes.split("\n") if note]
