"""Asking measures about the rows of a run, in its own run or later, and keeping each answer as soon as it is there."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from synth_ui.core.context import Context
from synth_ui.core.errors import Cancelled
from synth_ui.core.rules.asked import Asked
from synth_ui.core.run import Results, Run, RunKind
from synth_ui.core.table import Split, Table
from synth_ui.evaluation.controls import make_control
from synth_ui.evaluation.evaluate import Measured, evaluate, evaluate_control
from synth_ui.evaluation.words import remark
from synth_ui.generators.base import Generator
from synth_ui.generators.catalogue import generator_of
from synth_ui.jobs.races.further_measures import asked_by, measured, noted
from synth_ui.jobs.runs.make import make, with_noise_key
from synth_ui.jobs.runs.split_values import StoredShared
from synth_ui.jobs.runs.task import RunTask
from synth_ui.measures.base import Measure
from synth_ui.measures.case import Refit
from synth_ui.store import journal
from synth_ui.store.files.artefacts import keep_frame, of_run
from synth_ui.store.workspace import Workspace

CONTROL_SECONDS = 0.2
"""What making a control takes."""


def score(task: RunTask, split: Split) -> float:
    """Ask the measures of a run's own card about its rows; return the seconds that took.

    Raises
    ------
    Cancelled
        If the run was stopped meanwhile.
    """
    run = task.run
    task.reporter.stage("scoring")
    start, place = time.perf_counter(), 0
    asked = measured(run.card)
    for measure, said in zip(asked, _answers(task, run, split, asked), strict=True):
        details = _write_details(task.ws, run.id, said)
        if not journal.add_scores(task.ws, task.attempt, place, said.scores, details, noted(measure)):
            raise Cancelled("The run was stopped.")
        place += len(said.scores)
        if said.note:
            task.notes.append(remark(said.measure, said.note))
    return time.perf_counter() - start


def score_further(task: RunTask) -> Results:
    """Ask further measures of a run that is done.

    What they say is written to that run; what it has been asked meanwhile is not asked again.

    Raises
    ------
    Cancelled
        If the run was stopped, or the one that is scored was deleted or started again.
    """
    start = time.perf_counter()
    parent = task.ws.run(task.run.parent)
    known = journal.answered(task.ws, parent.id, since=task.run.created)
    asked = [measure for measure in asked_by(task.run) if (measure.key, noted(measure)) not in known]
    answers = _answers(task, parent, task.ws.split(parent.split), asked) if asked else iter(())
    for measure, said in zip(asked, answers, strict=True):
        details = _write_details(task.ws, parent.id, said)
        if not journal.replace_scores(task.ws, task.attempt, parent.id, said.measure, said.scores, details, noted(measure)):
            raise Cancelled(f"{parent.candidate} was deleted or started again.")
    return {"seconds_score": time.perf_counter() - start}


def _answers(task: RunTask, run: Run, split: Split, asked: Sequence[Measure]) -> Iterator[Measured]:
    """Yield what each measure says of a run's rows; a control is made from the split, and kept."""
    shared = StoredShared(split, workspace=task.ws)
    refit = _refit(task.ws, run, split)
    if run.control:
        if run.id == task.run.id:
            control = make_control(run.candidate, split, task.context.with_seed(split.seed))
            task.ws.keep_synthetic(run.id, control.frame)
            task.notes.append(control.note)
        yield from evaluate_control(split, run.candidate, asked, task.context, shared, refit)
        return
    yield from evaluate(split, run.candidate, task.ws.synthetic(run.id), asked, task.context, shared, refit)


def _refit(ws: Workspace, run: Run, split: Split) -> Refit | None:
    """Return how to make a run's rows again from other training rows, or None where that cannot be done.

    It cannot for a file, for rows filtered out of others, and where something was done about single training rows.
    """
    if run.control:
        return Refit(partial(_control_rows, run.candidate, split), CONTROL_SECONDS)
    if run.kind is not RunKind.GENERATE or run.seconds_fit is None or run.seconds_sample is None:
        return None
    generator = generator_of(run.generator, run.generator_settings)
    again = partial(_refitted, generator, run.rows, Asked.from_json(run.asked), ws.home)
    return Refit(again, run.seconds_fit + run.seconds_sample)


def _refitted(generator: Generator, rows: int, asked: Asked, home: Path, table: Table, context: Context) -> pd.DataFrame:
    return make(generator, table, rows, with_noise_key(context, generator, home), asked=asked).frame


def _control_rows(key: str, split: Split, table: Table, context: Context) -> pd.DataFrame:
    """Make a control from other training rows."""
    return make_control(key, replace(split, train=table), context.with_seed(split.seed)).frame


def _write_details(ws: Workspace, run_id: str, said: Measured) -> list[dict[str, Any]]:
    rows = []
    for name, frame in said.details.items():
        file = f"details/{said.measure}.{re.sub(r'[^0-9A-Za-z_-]+', '_', name)}.parquet"
        keep_frame(ws.artefacts, of_run(run_id, file), frame)
        rows.append({"measure": said.measure, "name": name, "file": file, "rows": len(frame)})
    return rows
