"""One trial: a generator fitted to a sample of the training rows and judged by others of them; the holdout is never asked."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Any

import numpy as np

from synth_ui.core.context import Context
from synth_ui.core.errors import Cancelled
from synth_ui.core.rules.asked import Asked
from synth_ui.core.run import Results
from synth_ui.core.score import Score
from synth_ui.core.table import Split, Table
from synth_ui.evaluation.evaluate import evaluate, evaluate_control
from synth_ui.evaluation.trials import LEARNT_SHARE, anchors, trial_measures
from synth_ui.generators.catalogue import generator_of
from synth_ui.jobs.runs.make import make
from synth_ui.jobs.runs.task import RunTask
from synth_ui.measures.case import Shared
from synth_ui.store import budgets
from synth_ui.tables.split import make_split


def tried(task: RunTask) -> Results:
    """Make rows from a sample of train and measure them, or measure the controls of the same cut; keep what was measured with the trial.

    Raises
    ------
    DoesNotApply
        If the table is nothing for the generator.
    Cancelled
        If the run was stopped meanwhile.
    """
    run = task.run
    split = task.ws.split(run.split)
    cut = cut_of(split.train, run.rows, task.context.with_seed(split.seed))
    said = _measured(task, cut) if run.generator else _controls(task, cut)
    if not budgets.say(task.ws, task.attempt, said):
        raise Cancelled("The run was stopped.")
    return {}


def cut_of(train: Table, rows: int, context: Context) -> Split:
    """Cut training rows into those a trial learns from and those it is judged by, at most `rows` of each; the same for all trials of a round."""
    cut = make_split(train, seed=context.seed, share=LEARNT_SHARE)
    learnt, judged = _some(cut.train, rows, context, "learnt"), _some(cut.holdout, rows, context, "judged")
    return Split(learnt, judged, seed=context.seed, share=LEARNT_SHARE, sentence=cut.sentence)


def _some(table: Table, rows: int, context: Context, name: str) -> Table:
    if len(table) <= rows:
        return table
    return table.rows(np.sort(context.rng(f"trial rows {name}").permutation(len(table))[:rows]))


def _measured(task: RunTask, cut: Split) -> dict[str, Any]:
    run, context = task.run, task.context
    generator = generator_of(run.generator, run.generator_settings)
    made = make(generator, cut.train, len(cut.train), context.with_seed(run.seed), Asked.from_json(run.asked))
    start = time.perf_counter()
    answers = evaluate(cut, run.candidate, made.frame, trial_measures(), context, Shared(cut))
    scores = [_plain(score) for answer in answers for score in answer.scores]
    seconds = {"seconds_make": made.seconds_fit + made.seconds_sample, "seconds_score": time.perf_counter() - start}
    return {"scores": scores, **seconds}


def _controls(task: RunTask, cut: Split) -> dict[str, Any]:
    shared, scores = Shared(cut), list[dict[str, Any]]()
    for key in anchors():
        for answer in evaluate_control(cut, key, trial_measures(), task.context, shared):
            scores += [_plain(score) for score in answer.scores]
    return {"scores": scores}


def _plain(score: Score) -> dict[str, Any]:
    return {**asdict(score), "status": str(score.status)}
