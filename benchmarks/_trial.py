"""A race that is disturbed, and the processes of it: forks of the harness, so that a race costs no imports."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from synth_ui.core.errors import SynthError
from synth_ui.core.run import Handle, RunState
from synth_ui.jobs.budget.limit import Limit
from synth_ui.jobs.budget.start import start_budget_race
from synth_ui.jobs.execution import warm
from synth_ui.jobs.execution.executor import executor
from synth_ui.jobs.execution.local import LocalProcesses
from synth_ui.jobs.execution.warm_parent import Steward, WarmParent
from synth_ui.jobs.forecast.waiting import waits_for
from synth_ui.jobs.races.request import Request
from synth_ui.jobs.races.start import start_race
from synth_ui.store.workspace import DATABASE, Workspace
from synth_ui.system import linux
from synth_ui.system.processes import alive, this_process
from synth_ui.tables.samples import load_sample
from synth_ui.tables.split import make_split

REQUESTS = (Request("independent"), Request("bootstrap"))
CHOICES = (Request("independent"), Request("gaussian_copula"), Request("interpolate"))
"""Of which a race within a budget chooses."""

CARD = ("margins",)
RUNS = 6
HANG_SECONDS = 300.0
"""A race that has not ended so long after its fault hangs."""

_real_time = time.time


@dataclass
class Trial:
    """A race under way, and what is to be known about it.

    Attributes
    ----------
    cluster
        Where its runs work: the address of a scheduler; empty on this machine.
    watch
        Called at every look: what else has to be started again when it ends, as whatever keeps services up does.
    budget
        Within how many seconds the race chooses; 0 where it makes all it was asked for.
    cut
        From when until when the network was cut.
    kept
        What was finished before the fault, where that is compared.
    told
        What the user was shown of the fault.
    wrong
        What is not as it must be afterwards; empty where all is.
    lost, begun_again
        How many runs ended badly, and how many were started again by themselves on another node.
    """

    home: Path
    seed: int
    dice: random.Random
    cluster: str = ""
    watch: Callable[[], None] = lambda: None
    budget: float = 0.0
    race_id: str = ""
    server: int = 0
    parent: int = 0
    moment: str = ""
    cut: tuple[float, float] = (0.0, 0.0)
    kept: dict[str, Any] = field(default_factory=dict)
    done_before: dict[str, str] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    lost: int = 0
    begun_again: int = 0
    again: int = 0

    @property
    def ws(self) -> Workspace:
        """The workspace, as somebody sees it who holds nothing open."""
        return Workspace.at(self.home)

    @property
    def database(self) -> Path:
        """Its database file."""
        return self.home / DATABASE

    @property
    def desk(self) -> Path:
        """The folder of what the harness itself notes of the race; outside its workspace, whose disk may be lost."""
        return desk_of(self.home)

    def until(self, ready: Callable[[], Any], seconds: float) -> bool:
        """Wait until something is so; False after so many seconds. What cannot be asked just now is asked again."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            with contextlib.suppress(SynthError):
                if ready():
                    return True
            self.see()
            time.sleep(0.03)
        return False

    def wait(self, seconds: float) -> None:
        """Let so many seconds pass, and look after what has to be looked after."""
        self.until(lambda: False, seconds)

    def see(self) -> None:
        """Collect what has ended of our forks, and start the server again where it is gone before the race's end."""
        self.watch()
        for name in ("server", "parent"):
            pid = getattr(self, name)
            if pid:
                ended, status = os.waitpid(pid, os.WNOHANG)
                if ended:
                    setattr(self, name, 0)
                    if status and os.waitstatus_to_exitcode(status) != -signal.SIGKILL:
                        self.wrong.append(f"the {name} ended by itself ({os.waitstatus_to_exitcode(status)})")
        if not self.server and not (self.desk / "ended").exists():
            self.server = fork(partial(serve, self))

    def runs(self) -> list[Any]:
        """Return the race's runs."""
        return self.ws.members(self.race_id)

    def ended(self) -> list[Any]:
        """Return the race's runs that are done."""
        return [run for run in self.runs() if run.state is RunState.DONE]

    def looks(self) -> list[dict[str, Any]]:
        """Return what was seen of the race at each look of a page while its runs work on a cluster."""
        with contextlib.suppress(FileNotFoundError):
            return [json.loads(line) for line in (self.desk / "looks").read_text(encoding="utf-8").splitlines()]
        return []

    def stop(self) -> None:
        """End every process of it."""
        with contextlib.suppress(SynthError, OSError):
            warm.stop(self.ws)
        noted = warm._noted(self.ws) or {}
        for pid in (self.server, self.parent):
            if pid:
                with contextlib.suppress(ProcessLookupError, ChildProcessError):
                    os.kill(pid, signal.SIGKILL)
                    os.waitpid(pid, 0)
        self.server = self.parent = 0
        stray = Handle(int(noted.get("pid", 0)), str(noted.get("token", "")))
        if stray.pid and alive(stray):  # one that the server has started itself
            os.kill(stray.pid, signal.SIGKILL)


def desk_of(home: Path) -> Path:
    """Return the folder of the harness beside a workspace, or beside the disk it is alone on."""
    near = home.parent if os.path.ismount(home.parent) else home
    return near.with_name(f"{near.name}.{home.name}.desk")


def fork(work: Callable[[], object]) -> int:
    """Do work in a fork of this process; return its id."""
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        os.setsid()
        work()
        code = 0
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        sys.stderr.flush()
        os._exit(code)


def serve(trial: Trial) -> None:
    """Start the race unless it was started, and look after it as the command line does, until all of it has ended."""
    from synth_ui.api import _looked_after

    quiet(trial.desk / "server.log")
    set_clock(trial.desk)
    _name_cluster(trial)
    ws = Workspace.open(trial.home)
    started = trial.desk / "race"
    if not started.exists():
        race_id = begun(ws, trial)
        started.write_text(race_id, encoding="ascii")
    race_id = started.read_text(encoding="ascii")
    while _looked_after(ws, race_id, None):
        if trial.cluster:
            _note_look(ws, race_id, trial.desk)
        time.sleep(0.1)
    (trial.desk / "ended").write_text("", encoding="ascii")


def begun(ws: Workspace, trial: Trial) -> str:
    """Start the race of a trial, and return its id."""
    table = load_sample("penguins").table
    split_id = ws.add_split(ws.add_table(table), make_split(table, seed=trial.seed))
    if trial.budget:
        choices = [Request(each.generator, seed=trial.seed) for each in CHOICES]
        return start_budget_race(ws, split_id, choices, Limit(trial.budget, True), card=CARD, name="penguins")
    requests = [Request(each.generator, seed=trial.seed) for each in REQUESTS]
    return start_race(ws, split_id, requests, card=CARD, name="penguins")


def _note_look(ws: Workspace, race_id: str, desk: Path) -> None:
    """Note what a page says of the race now."""
    said = waits_for(ws, race_id)
    states = [run.state for run in ws.members(race_id)]
    look = {
        "at": time.monotonic(), "said": said, "queued": states.count(RunState.QUEUED), "running": states.count(RunState.RUNNING)
    }  # fmt: skip
    with open(desk / "looks", "a", encoding="utf-8") as file:
        file.write(json.dumps(look) + "\n")


def keep_parent(trial: Trial, starter: Handle) -> None:
    """Be the warm parent of a workspace, or the steward of its queue where a cluster works on it."""
    home = trial.home
    quiet(trial.desk / "parent.log")
    set_clock(trial.desk)
    _name_cluster(trial)
    lock = linux.lock_alone(home / warm.LOCK)
    if lock is None:
        return
    warm.note(home, this_process(), ready=False)
    pipe = linux.open_pipe(home / warm.PIPE)
    kind = WarmParent if isinstance(executor(), LocalProcesses) else Steward
    parent = kind(Workspace.open(home, hold=False), lock, pipe, starter, ahead=False)
    parent.serve()
    parent.outlive_children()


def _name_cluster(trial: Trial) -> None:
    if trial.cluster:
        os.environ["SYNTH_UI_DASK"] = trial.cluster


def quiet(log: Path) -> None:
    """Write what this process prints to a log."""
    opened = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(opened, 1)
    os.dup2(opened, 2)


def set_clock(desk: Path) -> None:
    """Let this process, and those it forks, go by the clock of the trial: a file says by how many seconds it is off."""
    off = desk / "clock"

    def now() -> float:
        try:
            return _real_time() + float(off.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return _real_time()

    time.time = now
