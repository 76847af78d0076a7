"""The process that works on one run: `python -m synth_ui.jobs.runs.worker ID`, or a fork of the warm parent.

It is the leader of its own process group, so that a cancel reaches all it started, and it outlives whoever started it.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import traceback
from collections.abc import Callable, Mapping
from typing import Unpack

from synth_ui.core.context import Context
from synth_ui.core.errors import Cancelled, DoesNotApply, StoreError, SynthError
from synth_ui.core.run import REFUSED, Attempt, Results, RunKind, RunState
from synth_ui.jobs.budget import trial
from synth_ui.jobs.execution import ends, room, schedule, warm
from synth_ui.jobs.execution.cluster import called, losses
from synth_ui.jobs.execution.machine import NICENESS, THREADS
from synth_ui.jobs.runs import candidate, design, scoring, tune
from synth_ui.jobs.runs.reporter import Reporter
from synth_ui.jobs.runs.task import RunTask
from synth_ui.store import journal
from synth_ui.store.files.disk import no_space
from synth_ui.store.workspace import Workspace
from synth_ui.system import logs, processes
from synth_ui.system.processes import this_process

logger = logging.getLogger(__name__)

KINDS: Mapping[RunKind, Callable[[RunTask], Results]] = {
    RunKind.GENERATE: candidate.generated,
    RunKind.CONTROL: candidate.given,
    RunKind.FILE: candidate.given,
    RunKind.FILTERED: candidate.filtered,
    RunKind.DRAWN: candidate.drawn,
    RunKind.TREATED: candidate.treated,
    RunKind.MORE_ROWS: candidate.more_rows,
    RunKind.FURTHER: scoring.score_further,
    RunKind.TUNE: tune.tuned,
    RunKind.TRIAL: trial.tried,
    RunKind.DESIGN: design.designed,
}
"""What each kind of run does. It gives the last values of the run's row, and raises where it cannot be done or was stopped."""


def work(ws: Workspace, attempt: Attempt) -> bool:
    """Work on an attempt until it is done, failed or cancelled, and say so in the database; True if it is done."""
    with logs.about(run=attempt.run_id, attempt=attempt.number):
        return _worked(ws, attempt)


def _worked(ws: Workspace, attempt: Attempt) -> bool:
    logs.event("run started")
    try:
        with ws.database.kept_open(), Reporter(ws, attempt) as reporter:
            context = Context(on_progress=reporter.report, cancelled=lambda: reporter.stopped, threads=THREADS)
            run = ws.run(attempt.run_id)
            values = KINDS[run.kind](RunTask(ws, attempt, run, reporter, context, losses.said_of(ws.log_folder(run.id))))
    except Cancelled as stop:
        _end(ws, attempt, RunState.CANCELLED, str(stop))
    except (Exception, MemoryError) as error:
        logger.exception("The run %s failed.", attempt.run_id)
        if no_space(error):
            return _wait_for_room(ws, attempt)
        _end(ws, attempt, RunState.FAILED, in_words(error))
    else:
        return _end(ws, attempt, RunState.DONE, **values)
    return False


def _wait_for_room(ws: Workspace, attempt: Attempt) -> bool:
    """Put a run back into the queue for which the disk had no room; where not even that fits, leave word of it."""
    schedule.clean_up(ws, attempt.run_id)
    room.note_full(ws.home)
    try:
        journal.put_back(ws, attempt)
    except StoreError as error:
        logger.warning("The run %s could not be put back: %s", attempt.run_id, error)
        _leave_word(ws, attempt, schedule.FULL_DISK)
    return False


def _leave_word(ws: Workspace, attempt: Attempt, reason: str) -> None:
    """Leave why a run ended for those who find its process gone."""
    with contextlib.suppress(OSError):
        (ws.log_folder(attempt.run_id) / schedule.REASON).write_text(reason, encoding="utf-8")


def _end(ws: Workspace, attempt: Attempt, state: RunState, reason: str = "", **values: Unpack[Results]) -> bool:
    """Write how the run ended; where the database takes nothing more, leave the reason for those who find the process gone."""
    logs.event("run ended", state=state.value)
    try:
        return journal.finish(ws, attempt, state, reason, **values)
    except StoreError as error:
        logger.warning("The end of the run %s could not be written: %s", attempt.run_id, error)
        _leave_word(ws, attempt, schedule.FULL_DISK if no_space(error) else reason or str(error))
        return False


def in_words(error: BaseException) -> str:
    """Say why a run failed, for the board."""
    if isinstance(error, DoesNotApply):
        return f"{REFUSED} {str(error).rstrip('.')}."
    if isinstance(error, MemoryError):
        return "There was not enough memory. Make fewer rows, or choose a lighter generator."
    if isinstance(error, SynthError):
        return str(error)
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} (in {last.name}, line {last.lineno} of {os.path.basename(last.filename)})"


def work_named(ws: Workspace, attempt: Attempt) -> int:
    """Write down that this process works on the attempt, do it, and return the exit code; 1 if it was cancelled before."""
    processes.step_back(NICENESS)
    ws.database.be_patient()
    for word in (schedule.REASON, ends.EXIT):  # of an attempt before
        (ws.log_folder(attempt.run_id) / word).unlink(missing_ok=True)
    if not journal.name_process(ws, attempt, called.this_worker()):
        return 1
    done = work(ws, attempt)
    warm.wake(ws)  # a slot is free
    return 0 if done else 1


def main(arguments: list[str] | None = None) -> int:
    """Work on the run named on the command line; one that is still queued is claimed first."""
    named, *number = sys.argv[1:] if arguments is None else arguments
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    logs.set_up("worker")
    try:
        ws = Workspace.open()
        attempt = Attempt(named, int(number[0])) if number else journal.claim_one(ws, named, this_process())
        if attempt is None:
            raise StoreError(f"The run {named!r} is not queued; nothing is done.")
        processes.lead_group()
        called.go_with_the_node()
        return work_named(ws, attempt)
    except SynthError as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
