"""The warm parent: a process per workspace, or per server whose users sign in, that has imported the libraries once, and forks for every run.

It also keeps the schedule going while no page is open. It never computes anything itself, so that no library has started a
thread by the time it forks. What takes seconds to import (torch, sdv) is imported by a *successor*, a fork of its own that
takes over once it is ready: meanwhile runs are started as before. Whatever happens to it, its runs go on, and `schedule.advance`
starts workers from scratch where it is missing.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import logging
import os
import signal
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from synth_ui.core.errors import StoreError
from synth_ui.core.run import Handle
from synth_ui.jobs.execution import ends, machine, warm
from synth_ui.jobs.execution.executor import executor
from synth_ui.jobs.execution.local import LOG, LocalProcesses
from synth_ui.system import linux, logs, pipes
from synth_ui.system.processes import alive, handle_of, this_process

if TYPE_CHECKING:
    from synth_ui.core.run import Attempt
    from synth_ui.jobs.execution.machine import Capacity
    from synth_ui.store.workspace import Workspace

logger = logging.getLogger(__name__)

BUSY_SECONDS = 0.5
"""Between two looks at the runs while any is under way."""

CALM_SECONDS = 2.0
IDLE_SECONDS = 900.0
"""Without a run or a wake-up for so long, it goes."""

LIGHT = (
    "numpy", "pandas", "pyarrow.parquet", "scipy.stats", "scipy.spatial", "scipy.sparse", "sklearn.ensemble",
    "sklearn.linear_model", "sklearn.tree", "sklearn.neighbors", "sklearn.metrics", "sklearn.model_selection",
    "sqlalchemy", "psutil", "synth_ui.jobs.runs.candidate", "synth_ui.jobs.runs.worker", "synth_ui.jobs.execution.schedule",
)  # fmt: skip
HEAVY = ("torch", "sdmetrics", "sdv")


@dataclass
class WarmParent(LocalProcesses):
    """An executor that forks. What the process knows: its workspace, the lock that makes it the only one, its children, its successor."""

    ws: Workspace
    lock: int
    pipe: int
    starter: Handle
    ahead: bool
    heavy: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    children: dict[int, Path] = field(default_factory=dict)
    successor: tuple[int, int, tuple[str, ...]] | None = None
    woken: float = field(default_factory=time.monotonic)
    leaving: bool = False

    def serve(self) -> None:
        """Fork for every run that can start, until told to go, not needed any more, or succeeded."""
        from synth_ui.jobs.execution.schedule import settle, settle_others, start_queued
        from synth_ui.store import journal
        from synth_ui.store.database import DatabaseDamaged

        ends.begin()
        warm.note(self.ws.home, this_process(), ready=True, modules=sorted(self.heavy))
        gc.collect()
        gc.freeze()  # what is there now is never looked at by the collector again, so forks do not copy it
        while True:
            self._reap()
            if not (self.ws.home / warm.NOTE).exists():  # the workspace was deleted
                return self._dismiss_successor()
            try:
                others = settle_others(self.ws)
                if settle(self.ws) or others:
                    start_queued(self.ws, self)
                active = others or bool(journal.watched(self.ws)[0])
            except DatabaseDamaged as damaged:
                self._recover(str(damaged))
                continue
            except StoreError as error:  # a full disk, say: what can be done about it, others do
                logger.warning("The schedule cannot go on: %s", error)
                if not self.children and self._not_needed():
                    return self._dismiss_successor()
                self._wait(CALM_SECONDS)
                continue
            if self._succeeded():
                if self.leaving:  # told while the successor was on its way, which has not heard it
                    os.write(self.pipe, warm.STOP)
                return None
            if not active and self._not_needed():
                return self._dismiss_successor()
            self._prepare_successor(active)
            self._wait(BUSY_SECONDS if active or self.successor else CALM_SECONDS)

    def _recover(self, why: str) -> None:
        """Rebuild a database that is gone or damaged, so that the queue goes on; where that cannot be done, a page says why."""
        from synth_ui.store.recovery import rebuild

        try:
            rebuild.recover(self.ws, why)
        except StoreError as error:
            logger.warning("The database cannot be rebuilt: %s", error)
            self._wait(CALM_SECONDS)

    # --- waiting ---------------------------------------------------------------------------------------------

    def _wait(self, seconds: float) -> None:
        watched = [self.pipe] + ([self.successor[1]] if self.successor else [])
        if self.pipe in pipes.ready(watched, seconds=seconds):
            words = os.read(self.pipe, 4096)
            self.woken = time.monotonic()
            self.leaving = self.leaving or warm.STOP in words

    def _not_needed(self) -> bool:
        idle = time.monotonic() - self.woken
        alone = idle > 2 * CALM_SECONDS and not alive(self.starter)
        return self.leaving or alone or idle > IDLE_SECONDS

    def _reap(self) -> None:
        for pid in list(self.children):
            self._collect(pid, os.WNOHANG)

    def _collect(self, pid: int, options: int) -> None:
        """Take note of how a run's process ended, if it has."""
        with contextlib.suppress(ChildProcessError):
            ended, status = os.waitpid(pid, options)
            if ended == 0:
                return
            ends.keep(self.children[pid], pid, os.waitstatus_to_exitcode(status))
        del self.children[pid]

    def outlive_children(self) -> None:
        """Wait for the runs this process forked: without their parent they would stay as zombies where no init reaps."""
        while self.children:
            self._reap()
            time.sleep(BUSY_SECONDS)

    # --- forking ---------------------------------------------------------------------------------------------

    def launch(self, ws: Workspace, attempt: Attempt) -> Handle:
        """Fork a worker."""
        pid = os.fork()
        if pid == 0:
            self._become_worker(ws, attempt)
        self.children[pid] = ws.log_folder(attempt.run_id)
        return handle_of(pid)

    def _become_worker(self, ws: Workspace, attempt: Attempt) -> NoReturn:
        code = 1
        try:
            os.setsid()
            self._let_go()
            if ws.home != self.ws.home:  # of another user of the server
                os.environ.update(machine.child_environment(ws.home))
            folder = ws.log_folder(attempt.run_id)
            folder.mkdir(parents=True, exist_ok=True)
            _write_to(folder / LOG)
            logs.set_up("worker")
            from synth_ui.jobs.runs import worker

            code = worker.work_named(ws, attempt)
        except BaseException:
            logger.exception("The worker of %s ended early.", attempt.run_id)
        finally:
            _flush()
            os._exit(code)

    def _let_go(self) -> None:
        """Close what belongs to the parent alone: an open lock would outlive it."""
        os.close(self.lock)
        os.close(self.pipe)
        if self.successor:
            os.close(self.successor[1])

    # --- the successor ---------------------------------------------------------------------------------------

    def _prepare_successor(self, active: bool) -> None:
        """Fork a process that imports what the runs under way need, or everything while nothing runs, if so told."""
        if self.successor or self.leaving:
            return
        wanted = needed_modules(self.ws) if active else set(HEAVY) if self.ahead else set()
        missing = tuple(name for name in HEAVY if name in wanted - self.heavy - self.refused)
        if not missing:
            return
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(reading)
            self._succeed(missing, writing)
        os.close(writing)
        self.successor = (pid, reading, missing)

    def _succeed(self, modules: tuple[str, ...], announce: int) -> None:
        """In the fork: import, announce, and serve from then on."""
        self.children, self.successor = {}, None
        try:
            for name in modules:
                importlib.import_module(name)
            self.heavy |= set(modules)
            with contextlib.suppress(BrokenPipeError):  # the predecessor was killed: its place is free
                os.write(announce, b"r")
            os.close(announce)
            self.serve()
            self.outlive_children()
        except BaseException:
            logger.exception("The warm parent with %s ended early.", ", ".join(modules))
        finally:
            _flush()
            os._exit(0)

    def _succeeded(self) -> bool:
        """Whether the successor has taken over; one that died leaves its modules to the workers."""
        if self.successor is None:
            return False
        pid, reading, modules = self.successor
        if not pipes.ready([reading], seconds=0):
            return False
        announced = os.read(reading, 1)
        os.close(reading)
        self.successor = None
        if announced:
            return True
        os.waitpid(pid, 0)
        self.refused |= set(modules)
        return False

    def _dismiss_successor(self) -> None:
        """Stop a successor that is still importing: nobody needs it."""
        if self.successor is not None:
            os.kill(self.successor[0], signal.SIGKILL)
            os.waitpid(self.successor[0], 0)


@dataclass
class Steward(WarmParent):
    """Keeps the schedule going for a cluster while no page is open: it starts runs there, and forks nothing."""

    def launch(self, ws: Workspace, attempt: Attempt) -> Handle:
        """Start a run on the cluster."""
        return executor().launch(ws, attempt)

    def capacity(self) -> Capacity:
        """Return what the cluster can bear."""
        return executor().capacity()

    def stop(self, worker: Handle, *, at_once: bool) -> bool:
        """End a run on the cluster."""
        return executor().stop(worker, at_once=at_once)

    def barred(self, ws: Workspace) -> Mapping[str, str]:
        """Return what the cluster does not take."""
        return executor().barred(ws)

    def _prepare_successor(self, active: bool) -> None:
        """Nothing is forked, so nothing is imported ahead."""


def needed_modules(ws: Workspace) -> set[str]:
    """Return which heavy modules the queued and running runs will import."""
    from synth_ui.generators.catalogue import known_generators
    from synth_ui.jobs.races.further_measures import measured
    from synth_ui.store import journal
    from synth_ui.store.people import neighbours

    needed: set[str] = set()
    work = set[tuple[str, str]]()
    for one in neighbours.at_work(ws):
        with contextlib.suppress(StoreError):
            work.update(journal.queued_work(one))
    for generator, card_name in work:
        if card_name:  # a table made from nothing is not scored
            needed.update(*(measure.requires for measure in measured(card_name)))
        if generator in known_generators():
            needed.update(known_generators()[generator].requires)
    return needed & set(HEAVY)


def _write_to(path: Path) -> None:
    """Send what a worker prints to its log; it reads nothing."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for descriptor, target in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(descriptor, target)
    os.close(nothing)
    os.close(log)


def _flush() -> None:
    sys.stdout.flush()
    sys.stderr.flush()


def main(arguments: list[str] | None = None) -> int:
    """Become the warm parent of the workspace in `SYNTH_UI_HOME`, unless it has one."""
    pid, token, ahead = sys.argv[1:] if arguments is None else arguments
    home = Path(os.environ["SYNTH_UI_HOME"])
    lock = linux.lock_alone(home / warm.LOCK)
    if lock is None:
        return 0
    warm.note(home, this_process(), ready=False)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    logs.set_up("warm parent")
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    pipe = linux.open_pipe(home / warm.PIPE)
    kind: type[WarmParent] = Steward
    if isinstance(executor(), LocalProcesses):
        kind = WarmParent
        for name in LIGHT:
            importlib.import_module(name)
    parent = kind(_prepared(), lock, pipe, Handle(int(pid), token), ahead == warm.AHEAD)
    parent.serve()
    parent.outlive_children()
    return 0


def _prepared() -> Workspace:
    """Open the workspace and find all plugins, so that no run has to."""
    from synth_ui.evaluation.cards import known_measures
    from synth_ui.generators.catalogue import known_generators
    from synth_ui.store.workspace import Workspace

    known_generators()
    known_measures()
    return Workspace.open(hold=False)  # an open database must not be carried over a fork


if __name__ == "__main__":
    sys.exit(main())
