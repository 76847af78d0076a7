"""Which run starts when, and what became of those that were started.

Nobody owns the schedule: every poll of a page, the warm parent and the command line call `advance`, as often as they like. A run
is started by whoever turns its row from queued to running, in one transaction, so two calls at once start it once.
"""

from __future__ import annotations

import contextlib
import logging
import time

from synth_ui.core.errors import StoreError
from synth_ui.core.run import Attempt, Run, RunState
from synth_ui.jobs.execution import ends, room, turns, warm
from synth_ui.jobs.execution.cluster import losses, node
from synth_ui.jobs.execution.cluster.called import OnNode
from synth_ui.jobs.execution.cluster.dask_cluster import ClusterAway
from synth_ui.jobs.execution.executor import Executor, executor, waits
from synth_ui.store import budgets, journal
from synth_ui.store.budgets import Budget
from synth_ui.store.database import DatabaseDamaged
from synth_ui.store.files.artefacts import of_run
from synth_ui.store.people import neighbours
from synth_ui.store.recovery import rebuild
from synth_ui.store.workspace import Workspace
from synth_ui.system import logs
from synth_ui.system.processes import alive, this_process

logger = logging.getLogger(__name__)

GRACE_SECONDS = 2.0
"""From the polite signal of a cancel to the one that cannot be ignored."""

SPAWN_SECONDS = 30.0
"""How long a claimed run may be without a process before it is lost."""

WORD_SECONDS = 4.0
"""After a run's last sign of life, how long whoever started its process is given to say how it ended."""

TIME_UP = "Stopped: the race's time was up."
"""Why a race with a limit, which chooses nothing, ended what was left of it."""

FULL_DISK = "disk full"
"""The reason a process leaves that found no room: its run waits until there is some."""

REASON = "reason.txt"
"""In the folder of a run: why it ended, where the database could not be told."""


def advance(ws: Workspace) -> None:
    """Tell the truth about every run, and start what is queued while slots are free; cheap when nothing is under way.

    A database that is gone or damaged is rebuilt; a disk without room lets the queue wait.
    """
    warm.reap()
    if ws.read_only:
        return
    try:
        if settle(ws):
            where = executor()
            if not where.takes_queue(ws):
                settle_others(ws)
                start_queued(ws, where)
    except DatabaseDamaged as damaged:
        rebuild.recover(ws, str(damaged))


def settle_others(ws: Workspace) -> bool:
    """Do the same for the other workspaces of the server that have work: a run that is gone would hold a slot; say whether one has.

    What is wrong with one of them is said to whoever looks at it, and holds up nobody else.
    """
    active = False
    for other in neighbours.at_work(ws)[1:]:
        try:
            settle(other)
            active = bool(journal.watched(other)[0]) or active
        except DatabaseDamaged as damaged:
            with contextlib.suppress(StoreError):
                rebuild.recover(other, str(damaged))
        except StoreError as error:
            logger.warning("A workspace of this server cannot be looked after: %s", error)
    return active


def settle(ws: Workspace) -> bool:
    """Mark lost runs, finish off cancelled ones, end overdue races; return whether a run is queued and a slot is free."""
    choosing = budgets.still_open(ws)
    for budget in choosing:
        _spend(ws, budget)
    watched, overdue = journal.watched(ws)
    if not watched:
        if neighbours.unmark(ws) and journal.watched(ws)[0]:  # queued at this very moment
            neighbours.mark(ws)
        return False
    neighbours.mark(ws)
    for run in watched:
        if run.stop_asked is not None:
            _escalate(ws, run)
        elif run.state is RunState.RUNNING and not _worked_on(run):
            _give_up(ws, run)
    for race_id in set(overdue) - {budget.race_id for budget in choosing}:
        end_race(ws, race_id, TIME_UP)
        journal.lift_deadline(ws, race_id)
    states = [run.state for run in watched]
    wanted = RunState.QUEUED in states and states.count(RunState.RUNNING) < executor().capacity().slots
    return wanted and not waits(ws)


def _spend(ws: Workspace, budget: Budget) -> None:
    """Take the next step of a race that chooses within a budget, where one can be taken; end the race when its time is up."""
    from synth_ui.jobs.budget.steer import due

    now = due(ws, budget, executor().capacity().slots)
    for run_id, reason in now.stopped.items():
        stop_run(ws, run_id, reason)
    if now.ended:
        end_race(ws, budget.race_id, now.ended)
        journal.lift_deadline(ws, budget.race_id)


def start_queued(ws: Workspace, where: Executor) -> None:
    """Claim and launch queued runs until the slots or the memory are used: where several users share a server, of each in turn."""
    me, capacity = this_process(), where.capacity()
    with turns.held(ws) as among:
        while claimed := turns.claim(among, me, capacity, where.barred):
            home, attempt = claimed
            try:
                worker = where.launch(home, attempt)
            except ClusterAway:
                journal.unclaim(home, attempt)
                return
            except OSError as error:
                journal.finish(home, attempt, RunState.FAILED, f"The worker could not be started: {error.strerror or error}.")
                continue
            if not journal.name_process(home, attempt, worker):  # cancelled between claim and launch
                where.stop(worker, at_once=True)
            capacity = where.capacity()


def end_race(ws: Workspace, race_id: str, reason: str) -> None:
    """Cancel what is left of a race, trials and further measures among it, but for what another race needs of its controls."""
    budgets.close(ws, race_id)  # first, or what is stopped would be followed by something else
    for run_id in [
        *budgets.active_trials(ws, race_id),
        *journal.active_of(ws, race_id, only_here=True),
        *_asked_here_alone(ws, race_id),
    ]:
        stop_run(ws, run_id, reason)


def _asked_here_alone(ws: Workspace, race_id: str) -> list[str]:
    """Return what asks further measures in a race, queued first; not of controls of which another race under way asks the same."""
    from synth_ui.jobs.races.further_measures import everybody, noted
    from synth_ui.jobs.races.progress import pairs

    active = [run for run in ws.asked_later(race_id) if not run.state.ended]
    others = journal.other_races(ws, race_id) if active else {}
    wanted = {
        other: {(m.key, noted(m)) for m in everybody(ws.race(other))} for other in {o for each in others.values() for o in each}
    }
    here = [run for run in active if not any(wanted[other] & set(pairs(run)) for other in others.get(run.parent, ()))]
    return [run.id for run in sorted(here, key=lambda run: run.state.value)]


def stop_run(ws: Workspace, run_id: str, reason: str) -> bool:
    """Turn an active run into a cancelled one and ask its process to go; False if it had ended."""
    run = journal.ask_stop(ws, run_id, reason)
    if run is None:
        return False
    if run.worker is not None:
        executor().stop(run.worker, at_once=False)
    return True


def clean_up(ws: Workspace, run_id: str) -> None:
    """Remove what a killed worker left half written."""
    ws.artefacts.tidy(of_run(run_id))


def _worked_on(run: Run) -> bool:
    if run.worker is not None:
        return executor().alive(run.worker)
    return alive(run.claimer) and _watched_for(run) < SPAWN_SECONDS


_first_seen: dict[Attempt, float] = {}
_MOST_SEEN = 1_000


def _watched_for(run: Run) -> float:
    """Return for how many seconds this process has seen a claimed run without a process; by a clock that nobody sets."""
    if len(_first_seen) > _MOST_SEEN:
        _first_seen.clear()
    now, since = time.monotonic(), time.time() - (run.started or 0.0)
    seen = _first_seen.setdefault(run.this_attempt, now)
    return min(now - seen, since) if since >= 0 else now - seen


def _give_up(ws: Workspace, run: Run) -> None:
    """Call a run lost whose process is gone, and say why as far as that is known; where its machine is gone, start it again elsewhere, once.

    One that was claimed by a process that died before it started any goes back into the queue; so does one for which there was no room, and
    one that its machine had not begun: that is no sign that a run brings machines down.
    """
    if run.worker is None and not alive(run.claimer):
        journal.unclaim(ws, run.this_attempt)
        return
    left = _left_reason(ws, run.id)
    if left == FULL_DISK or (not left and room.free_bytes(ws.home) < room.LEAST_BYTES):
        clean_up(ws, run.id)
        room.note_full(ws.home)
        journal.put_back(ws, run.this_attempt)
        return
    seen = None if left or run.worker is None else ends.seen(ws.log_folder(run.id), run.worker.pid)
    elsewhere = executor().gone(run) if not left and seen is None else ""
    if not left and seen is None and not elsewhere and _may_be_told(run):
        return
    if elsewhere and _on_node(run) and not node.was_begun(ws.log_folder(run.id), run.this_attempt):
        journal.unclaim(ws, run.this_attempt)
        return
    logs.event("run lost", run=run.id, kind=run.kind.value, generator=run.generator)
    if not journal.lose(ws, run.this_attempt, left or elsewhere or ends.in_words(seen, run)):
        return  # somebody else has seen it, too, and it may be worked on again: what is half written there is not ours to remove
    clean_up(ws, run.id)
    if elsewhere and losses.note_loss(ws.log_folder(run.id), elsewhere):
        journal.queue_again(ws, run.id)


def _may_be_told(run: Run) -> bool:
    """Whether somebody may still say how a run ended: the cluster it works on, or whoever started its process a moment ago."""
    return _on_node(run) or (alive(run.claimer) and _just_alive(run))


def _on_node(run: Run) -> bool:
    return run.worker is not None and OnNode.of(run.worker) is not None


def _just_alive(run: Run) -> bool:
    """Whether a run gave a sign of life a moment ago; a clock that was set is no reason to wait for it."""
    return abs(time.time() - (run.heartbeat or run.started or 0.0)) < WORD_SECONDS


def _left_reason(ws: Workspace, run_id: str) -> str:
    """Return why a run ended, as its process left it where the database took nothing more: on a full disk, say."""
    path = ws.log_folder(run_id) / REASON
    try:
        return path.read_text(encoding="utf-8")[:2_000]
    except OSError:
        return ""


def _escalate(ws: Workspace, run: Run) -> None:
    """See whether the process of a cancelled run is gone; kill it where it takes too long."""
    waited = time.time() - (run.stop_asked or 0.0)
    if run.worker is None and waited < GRACE_SECONDS:
        return  # being launched just now; the launcher sees the cancel
    if run.worker is None or not executor().alive(run.worker):
        journal.stopped(ws, run.this_attempt)
        clean_up(ws, run.id)
    elif waited > GRACE_SECONDS:
        executor().stop(run.worker, at_once=True)
