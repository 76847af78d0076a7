"""What runs do that make a candidate: learn and draw, filter, do something about exposed rows, then score."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from synth_ui.core.budget import Unpaid
from synth_ui.core.cast import cast
from synth_ui.core.context import Notes
from synth_ui.core.errors import DoesNotApply
from synth_ui.core.rules.asked import Asked
from synth_ui.core.rules.constraint import all_hold, bind_all
from synth_ui.core.run import Results
from synth_ui.core.table import Split, Table
from synth_ui.evaluation.exposed_rows import apart, changed
from synth_ui.generators.catalogue import generator_of
from synth_ui.generators.sampling import batches
from synth_ui.jobs.races.exposed_rows import treatment_of
from synth_ui.jobs.runs.make import canonical_batches, make, refuse_at_once, with_noise_key
from synth_ui.jobs.runs.sampler import keep_sampler, load_sampler
from synth_ui.jobs.runs.scoring import score
from synth_ui.jobs.runs.task import RunTask
from synth_ui.store import journal

SCORING_GUESS = 4.0
"""Seconds a card takes until one has been measured on the split."""

_SAMPLING_SHARE = 0.15

EXPOSED = Unpaid(
    "which rows are exposed",
    "Told by comparing the candidate with its training rows, which no budget paid for; what was done about them depends on it, so the "
    "guarantee no longer holds for this candidate.",
    breaks=True,
)
RULED_OUT = Unpaid(
    "the rules",
    "Rows that break them were taken out. Rules found among the training rows tell something of them that no budget paid for; rules known "
    "before anybody saw the rows cost nothing.",
    breaks=True,
)


def generated(task: RunTask) -> Results:
    """Fit a generator to train, draw rows and score them.

    Raises
    ------
    DoesNotApply
        If the table is nothing for the generator, or what is asked of the rows cannot be met.
    """
    split = task.ws.split(task.run.split)
    return _scored(task, split, _generate(task, split.train))


def given(task: RunTask) -> Results:
    """Score rows that are there, or that follow from the split alone: a file made elsewhere, a control."""
    task.notes.extend(filter(None, task.run.notes.splitlines()))  # what was said of a file on reading it
    return _scored(task, task.ws.split(task.run.split), {})


def drawn(task: RunTask) -> Results:
    """Score rows that were drawn from another candidate's sampler; drawing costs no privacy budget, so that candidate's holds for them."""
    known = task.ws.ledger(task.run.parent)
    if known is not None:
        task.ws.keep_ledger(task.run.id, known)
    return given(task)


def filtered(task: RunTask) -> Results:
    """Keep the rows of another candidate that keep the rules, and score them; raise `DoesNotApply` if none does."""
    ws, run = task.ws, task.run
    split = ws.split(run.split)
    asked = Asked.from_json(run.asked)
    frame = ws.synthetic(run.parent)
    kept = all_hold(bind_all(asked.constraints, split.schema, split.train.frame), frame)
    if not kept.any():
        raise DoesNotApply(f"none of the {len(frame):,} rows of {asked.filtered} keeps the rules")
    ws.keep_synthetic(run.id, frame[kept].reset_index(drop=True))
    task.pass_on_ledger(run.parent, RULED_OUT)
    task.notes.append(f"{int(kept.sum()):,} of {len(frame):,} rows ({kept.mean():.1%}) of {asked.filtered} keep the rules")
    values: Results = {"rows": int(kept.sum())}
    task.tell(values)
    return _scored(task, split, values)


def treated(task: RunTask) -> Results:
    """Make a candidate again from changed training rows, or take out the rows next to exposed ones; then score it."""
    split = task.ws.split(task.run.split)
    action, rows = treatment_of(task.ws, task.run.id)
    if action == "filter":
        return _scored(task, split, _keep_apart(task, split, rows))
    made = _generate(task, changed(split, action, rows))
    task.pass_on_ledger(task.run.id, EXPOSED)
    return _scored(task, split, made)


def more_rows(task: RunTask) -> Results:
    """Draw more rows from the fitted sampler of another run, batch by batch onto the disk; they are not scored.

    Raises
    ------
    DoesNotApply
        If they must be drawn at once and would not fit in memory.
    """
    run = task.run
    sampler = load_sampler(task.ws, run.parent)
    start = time.perf_counter()
    split = task.ws.split(run.split)
    context = replace(task.context.with_seed(run.seed), notes=Notes())
    refuse_at_once(split.train, run.rows)
    said: dict[str, None] = {}
    frames = canonical_batches(sampler, run.rows, context, split.train, Asked.from_json(run.asked), said)
    task.ws.keep_synthetic_batches(run.id, frames)
    return {"seconds_sample": time.perf_counter() - start, "notes": "\n".join([*context.notes.lines(), *said])}


def _scored(task: RunTask, split: Split, made: Results) -> Results:
    seconds = score(task, split)
    return {**made, "seconds_score": seconds, "notes": "\n".join(dict.fromkeys(task.notes))}  # a second attempt says the same


def _generate(task: RunTask, table: Table) -> Results:
    ws, run = task.ws, task.run
    generator = generator_of(run.generator, run.generator_settings)
    _plan_stages(task)
    task.reporter.stage("learning")
    context = with_noise_key(task.context.with_seed(run.seed), generator, ws.home)
    asked = Asked.from_json(run.asked)
    made = make(generator, table, run.rows, context, asked, drawing=lambda: task.reporter.stage("sampling"))
    if made.sampler.ledger is not None:
        ws.keep_ledger(run.id, made.sampler.ledger)
    ws.keep_synthetic(run.id, made.frame)
    task.notes.extend(made.notes)
    values: Results = {
        "seconds_fit": made.seconds_fit,
        "seconds_sample": made.seconds_sample,
        "sampler_hash": keep_sampler(ws, run.id, made.sampler, task.notes),
    }
    task.tell(values)
    return values


def _plan_stages(task: RunTask) -> None:
    """Share the progress bar out among learning, drawing and scoring, by what they are expected to take."""
    run = task.run
    scoring = journal.typical_score_seconds(task.ws, run.split, run.card) or SCORING_GUESS
    making = run.cost_seconds / (run.cost_seconds + scoring)
    learning = making * (1 - _SAMPLING_SHARE)
    stages = {"learning": (0.0, learning), "sampling": (learning, making - learning), "scoring": (making, 1 - making)}
    task.reporter.plan(stages)


def _keep_apart(task: RunTask, split: Split, rows: npt.NDArray[np.intp]) -> Results:
    """Take out the rows of another candidate that lie next to exposed training rows, and put further ones in."""
    ws, run = task.ws, task.run
    task.pass_on_ledger(run.parent, EXPOSED)
    start = time.perf_counter()
    frame = ws.synthetic(run.parent)
    kept = frame[apart(split, frame, rows, task.context)]
    more = _replacements(task, split, len(frame) - len(kept), rows)
    task.notes.append(f"{len(frame) - len(kept):,} rows next to exposed ones were taken out, {len(more):,} new ones put in")
    ws.keep_synthetic(run.id, pd.concat([kept, more], ignore_index=True))
    return {"seconds_sample": time.perf_counter() - start}


def _replacements(task: RunTask, split: Split, wanted: int, rows: npt.NDArray[np.intp]) -> pd.DataFrame:
    """Draw further rows that keep their distance, as far as one more draw of the candidate's size gives them."""
    parent = task.ws.run(task.run.parent)
    if not parent.sampler_hash or not wanted:
        return task.ws.synthetic(parent.id).head(0)
    context = replace(task.context.with_seed(parent.seed + 1), notes=Notes())
    asked = replace(Asked.from_json(parent.asked), filtered=None)
    drawn = batches.draw(load_sampler(task.ws, parent.id), parent.rows, context, split.train, asked)
    frame, _ = cast(drawn, split.schema)
    return frame[apart(split, frame, rows, task.context)].head(wanted)
