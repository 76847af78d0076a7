"""A candidate again, with its most exposed training rows dropped or coarsened, or without the synthetic rows next to them."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from synth_ui.core.errors import SettingError, StoreError
from synth_ui.core.run import TREATMENT, NewRun, Run, RunKind, RunState
from synth_ui.jobs.execution import schedule
from synth_ui.jobs.races.files import free_name
from synth_ui.jobs.races.further_measures import asking, askings, everybody, first_card, measured, noted
from synth_ui.store import journal
from synth_ui.store.files.artefacts import keep_text, of_run, read_text
from synth_ui.store.journal import Asking
from synth_ui.store.workspace import Workspace

ACTIONS: Mapping[str, str] = {"drop": "dropped", "coarsen": "coarsened", "filter": "kept at a distance"}
"""What can be done about exposed rows, and how the new candidate says so."""

TREATMENT_FILE = "treatment.json"


def remake_candidate(
    ws: Workspace, race_id: str, candidate: str, action: str, rows: Sequence[int], card: str | None = None
) -> str:
    """Queue a candidate anew with something done about exposed rows, and return the id of the run; it is scored like any other.

    It is asked what the others were asked, and what else the candidate has answered: both are shown side by side.

    Parameters
    ----------
    action
        "drop": the generator is refitted without the rows. "coarsen": it is refitted with their numbers set to the middle of their
        tenth and their rare levels to the commonest. "filter": nothing is refitted, synthetic rows nearer to one of the rows than any
        other real row is are taken out and, where the fitted generator is kept, replaced by further ones.
    rows
        Their numbers in train.
    card
        What the new candidate is asked in its own run, where it is not what the others were: a card, or keys of measures.

    Raises
    ------
    SettingError
        If the action is unknown, or there is no such row.
    StoreError
        If the candidate is not done, or is a file and would have to be refitted.
    """
    members = {run.candidate: run for run in ws.members(race_id)}
    parent = members.get(candidate)
    if parent is None or parent.state is not RunState.DONE:
        raise StoreError(f"{candidate} is not done; only a finished candidate is checked again.")
    known = ws.split_row(parent.split)["train_rows"]
    chosen = sorted({int(row) for row in rows})
    if action not in ACTIONS:
        raise SettingError(f"There is no action {action!r}; there are {', '.join(ACTIONS)}.")
    if not chosen or chosen[0] < 0 or chosen[-1] >= known:
        raise SettingError(f"The rows are numbers of training rows, from 0 to {known - 1:,}; at least one is needed.")
    if not parent.kind.learns and action != "filter":
        raise StoreError(f"{candidate} came as a file: there is no generator to refit. Filter its rows instead.")
    race = ws.kept_race(race_id)
    name = free_name(f"{candidate.replace('#', '-')}-{action}", set(members))
    run = _again(parent, name, f"{len(chosen):,} {ACTIONS[action]}", card or first_card(race.card), len(members))
    _keep_treatment(ws, run.id, action, chosen)
    further = [*askings(race, [run], run.created), *_as_its_parent(ws, race_id, parent.id, run)]
    journal.add_run(ws, run, race_id, further)
    schedule.advance(ws)
    return run.id


def _again(parent: Run, name: str, done: str, card: str, place: int) -> NewRun:
    return NewRun(
        kind=RunKind.TREATED,
        candidate=name,
        generator=parent.generator,
        settings={**parent.settings, TREATMENT: done},
        asked=parent.asked,
        seed=parent.seed,
        rows=parent.rows,
        created=time.time(),
        split_id=parent.split_id,
        card=card,
        parent_id=parent.id,
        place=place,
        cost_seconds=parent.cost_seconds,
        megabytes=parent.megabytes,
    )


def _as_its_parent(ws: Workspace, race_id: str, parent_id: str, run: NewRun) -> list[Asking]:
    """Ask a new candidate what the one it was made from has answered beyond what all are asked."""
    asked = {(measure.key, noted(measure)) for measure in everybody(ws.race(race_id))}
    answered = [answer for answer in ws.answers(race_id) if answer["run_id"] == parent_id]
    more = {answer["measure"]: json.loads(answer["settings"] or "{}") for answer in answered}
    measures = [measure for measure in measured(",".join(more), more) if (measure.key, noted(measure)) not in asked]
    return [asking(run, measures, run.created, run.place)] if measures else []


def _keep_treatment(ws: Workspace, run_id: str, action: str, rows: Sequence[int]) -> None:
    keep_text(ws.artefacts, of_run(run_id, TREATMENT_FILE), json.dumps({"action": action, "rows": list(rows)}))


def treatment_of(ws: Workspace, run_id: str) -> tuple[str, npt.NDArray[np.intp]]:
    """Return the action of a treated run, and the training rows it is about.

    Raises
    ------
    StoreError
        If the file that says so is missing or damaged.
    """
    try:
        said = json.loads(read_text(ws.artefacts, of_run(run_id, TREATMENT_FILE)))
        return str(said["action"]), np.array(said["rows"], dtype=np.intp)
    except (StoreError, OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError(f"What was to be done about exposed rows in run {run_id!r} cannot be read; ask for it again.") from error
