"""What faults cost: races that are disturbed at random moments, each compared with the same race left alone; writes docs/reliability.md.

    python benchmarks/reliability.py [RACES] [SECONDS] [--faults NAME ...]

A race is on the penguins, with two candidates and four controls. Its workers are forked by a real warm parent, and looked after by
a process that does what the command line does; both are forks of this one, so that a race costs no imports. Once a number of runs drawn by
seed has ended, and a little later, one fault is made. Then the race must come to its end, after at most one *Resume race* where the board names a
run that was lost, and hold what the undisturbed race holds, to the last digit. Filling a disk needs the right to mount one in memory.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import hashlib
import importlib
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from synth_ui.core.errors import StoreError, SynthError
from synth_ui.core.run import Handle, RunState
from synth_ui.jobs.execution import warm
from synth_ui.jobs.execution.warm_parent import LIGHT, WarmParent
from synth_ui.jobs.forecast.waiting import waits_for
from synth_ui.jobs.races.control import resume_race
from synth_ui.jobs.races.request import Request
from synth_ui.jobs.races.start import start_race
from synth_ui.store.recovery import rebuild
from synth_ui.store.workspace import DATABASE, Workspace
from synth_ui.system import linux
from synth_ui.system.processes import alive, this_process
from synth_ui.tables.samples import load_sample
from synth_ui.tables.split import make_split

DOC = Path(__file__).resolve().parents[1] / "docs" / "reliability.md"
REQUESTS = (Request("independent"), Request("bootstrap"))
CARD = ("margins",)
RUNS = 6
SEEDS = 8
"""Of different races; each is run once undisturbed."""

HANG_SECONDS = 300.0
"""A race that has not ended so long after its fault hangs."""

DISK_MEGABYTES = 64
_real_time = time.time


@dataclass
class Trial:
    """A race under way, and what is to be known about it.

    Attributes
    ----------
    told
        What the user was shown of the fault.
    wrong
        What is not as it must be afterwards; empty where all is.
    """

    home: Path
    seed: int
    dice: random.Random
    race_id: str = ""
    server: int = 0
    parent: int = 0
    moment: str = ""
    done_before: dict[str, str] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    lost: int = 0
    again: int = 0

    @property
    def ws(self) -> Workspace:
        """The workspace, as somebody sees it who holds nothing open."""
        return Workspace.at(self.home)

    @property
    def database(self) -> Path:
        """Its database file."""
        return self.home / DATABASE

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

    def see(self) -> None:
        """Collect what has ended of our forks, and start the server again where it is gone before the race's end."""
        for name in ("server", "parent"):
            pid = getattr(self, name)
            if pid and os.waitpid(pid, os.WNOHANG)[0]:
                setattr(self, name, 0)
        if not self.server and not (self.home / "ended").exists():
            self.server = fork(partial(serve, self.home, self.seed))

    def runs(self) -> list[Any]:
        """Return the race's runs."""
        return self.ws.members(self.race_id)

    def ended(self) -> list[Any]:
        """Return the race's runs that are done."""
        return [run for run in self.runs() if run.state is RunState.DONE]


# --- the processes of a race ------------------------------------------------------------------------------------------


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
    finally:
        os._exit(code)


def serve(home: Path, seed: int) -> None:
    """Start the race unless it was started, and look after it as the command line does, until all of it has ended."""
    from synth_ui.api import _looked_after

    _quiet(home / "server.log")
    _set_clock(home)
    ws = Workspace.open(home)
    started = home / "race"
    if not started.exists():
        table = load_sample("penguins").table
        split_id = ws.add_split(ws.add_table(table), make_split(table, seed=seed))
        requests = [Request(each.generator, seed=seed) for each in REQUESTS]
        race_id = start_race(ws, split_id, requests, card=CARD, name="penguins")
        started.write_text(race_id, encoding="ascii")
    race_id = started.read_text(encoding="ascii")
    while _looked_after(ws, race_id, None):
        time.sleep(0.1)
    (home / "ended").write_text("", encoding="ascii")


def keep_parent(home: Path, starter: Handle) -> None:
    """Be the warm parent of a workspace."""
    _quiet(home / "parent.log")
    _set_clock(home)
    lock = linux.lock_alone(home / warm.LOCK)
    if lock is None:
        return
    warm.note(home, this_process(), ready=False)
    pipe = linux.open_pipe(home / warm.PIPE)
    parent = WarmParent(Workspace.open(home, hold=False), lock, pipe, starter, ahead=False)
    parent.serve()
    parent.outlive_children()


def _quiet(log: Path) -> None:
    opened = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(opened, 1)
    os.dup2(opened, 2)


def _set_clock(home: Path) -> None:
    """Let this process, and those it forks, go by the clock of the trial: a file says by how many seconds it is off."""
    off = home / "clock"

    def now() -> float:
        try:
            return _real_time() + float(off.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return _real_time()

    time.time = now


# --- the faults -------------------------------------------------------------------------------------------------------


def kill_worker(trial: Trial) -> None:
    """Kill a process that works on a run."""
    found: list[Handle] = []

    def caught() -> bool:
        found[:] = [run.worker for run in trial.runs() if run.state is RunState.RUNNING and run.worker and alive(run.worker)]
        return bool(found) or len(trial.ended()) == RUNS

    trial.until(caught, 60)
    if found:
        os.kill(trial.dice.choice(found).pid, signal.SIGKILL)


def kill_parent(trial: Trial) -> None:
    """Kill the warm parent; workers go on."""
    if trial.parent:
        os.kill(trial.parent, signal.SIGKILL)


def kill_server(trial: Trial) -> None:
    """Kill whoever looks after the race; it is started again as a user would."""
    if trial.server:
        os.kill(trial.server, signal.SIGKILL)


def kill_all(trial: Trial) -> None:
    """Kill server, warm parent and every worker, as when a machine goes down."""
    kill_parent(trial)
    for run in trial.runs():
        if run.worker is not None and run.state is RunState.RUNNING and alive(run.worker):
            os.kill(run.worker.pid, signal.SIGKILL)
    kill_server(trial)


def fill_disk(trial: Trial) -> None:
    """Fill the disk for some seconds."""
    filler, block = trial.home / "filler", b"\0" * (1 << 20)
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(block)
    until = time.monotonic() + trial.dice.uniform(1.0, 5.0)
    while time.monotonic() < until:
        with contextlib.suppress(SynthError):
            trial.told.append(waits_for(trial.ws, trial.race_id))
        time.sleep(0.2)
    filler.unlink()


def lock_database(trial: Trial) -> None:
    """Hold the database for some seconds, in one of ten cases for longer than anybody waits who answers people."""
    seconds = trial.dice.uniform(1.0, 6.0) if trial.dice.random() < 0.9 else 20.0
    holder = sqlite3.connect(trial.database, isolation_level=None, timeout=30)
    holder.execute("BEGIN EXCLUSIVE")
    time.sleep(seconds)
    holder.execute("ROLLBACK")
    holder.close()


def remove_database(trial: Trial) -> None:
    """Delete the database while it is in use."""
    trial.database.unlink()


def empty_database(trial: Trial) -> None:
    """Cut the database to nothing while it is in use, its side files with it."""
    for side in ("", "-wal"):
        with contextlib.suppress(FileNotFoundError):
            os.truncate(f"{trial.database}{side}", 0)


def overwrite_database(trial: Trial) -> None:
    """Write random bytes over the database while it is in use, its log with it."""
    for side in ("", "-wal"):
        path = Path(f"{trial.database}{side}")
        if path.exists():
            with path.open("r+b") as file:
                file.write(trial.dice.randbytes(max(path.stat().st_size, 4_096)))


def damage_artefact(trial: Trial) -> None:
    """Cut a file in half: rows, a detail of a measure, or a half of the split, which is put back once the board says so."""
    there = sorted(path for path in trial.home.glob("*/*/**/*.parquet") if not path.name.startswith("."))
    path = trial.dice.choice(there)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    kind = path.relative_to(trial.home).parts[0]
    trial.told.append(_said_damaged(trial, path))
    trial.moment += f", {kind}"
    (trial.home / "put-back").write_text(str(path), encoding="utf-8")
    (trial.home / "put-back.bytes").write_bytes(whole)


def _said_damaged(trial: Trial, path: Path) -> str:
    """Return what a page says of a damaged file."""
    from synth_ui.store.files.frames import read_frame

    try:
        read_frame(path)
    except StoreError as error:
        return str(error)
    return ""


def jump_clock(trial: Trial) -> None:
    """Set the clock of all processes of the race by up to a day, forwards or backwards."""
    off = trial.dice.choice([-1, 1]) * trial.dice.choice([60, 3_600, 86_400])
    (trial.home / "clock").write_text(str(off), encoding="ascii")


FAULTS: dict[str, tuple[str, Callable[[Trial], None]]] = {
    "kill a worker": ("the board says that it was killed from outside", kill_worker),
    "kill the warm parent": ("nothing: runs go on", kill_parent),
    "kill the server": ("nothing: runs go on", kill_server),
    "kill all of them": ("the board says what was lost, and why", kill_all),
    "fill the disk": ("the queue is paused, and says why", fill_disk),
    "lock the database": ("nothing: who has results waits", lock_database),
    "delete the database": ("a note says what was rebuilt", remove_database),
    "empty the database": ("a note says what was rebuilt", empty_database),
    "overwrite the database": ("a note says what was rebuilt, and where the old file is", overwrite_database),
    "damage an artefact": ("its place says that it is damaged", damage_artefact),
    "jump the clock": ("nothing", jump_clock),
}
"""By name: what the user is to be told, and what is done."""


# --- one race ---------------------------------------------------------------------------------------------------------


def run_race(home: Path, seed: int, dice: random.Random, fault: str = "") -> Trial:
    """Run a race, disturb it, let it come to its end, look at what is there; without a fault it is left alone."""
    trial = Trial(home, seed, dice)
    home.mkdir(parents=True, exist_ok=True)
    Workspace.open(home, hold=False)
    trial.parent = fork(partial(keep_parent, home, this_process()))
    trial.see()
    try:
        if not trial.until((home / "race").exists, HANG_SECONDS):
            trial.wrong.append("the race did not start")
            return trial
        trial.race_id = (home / "race").read_text(encoding="ascii")
        if fault:
            _disturb(trial, fault)
        _to_the_end(trial)
        _look(trial, fault)
    finally:
        _stop(trial)
    return trial


def _disturb(trial: Trial, fault: str) -> None:
    """Make the fault at a random moment."""
    wanted = trial.dice.randrange(RUNS)
    trial.until(lambda: len(trial.ended()) >= wanted, HANG_SECONDS)
    time.sleep(trial.dice.uniform(0.0, 0.4))
    with contextlib.suppress(SynthError):
        trial.done_before = {run.id: f"{run.attempt}" for run in trial.ended()}
    trial.moment = f"{len(trial.done_before)} of {RUNS} runs done"
    FAULTS[fault][1](trial)


def _to_the_end(trial: Trial) -> None:
    """Wait for the end; where the board names runs that ended badly, do what it says: resume the race, once."""
    if not trial.until((trial.home / "ended").exists, HANG_SECONDS):
        trial.wrong.append("it hangs")
        return
    Workspace.open(trial.home, hold=False)  # a fault after the end is met by whoever looks next
    badly = [run for run in trial.runs() if run.state.ended_badly]
    trial.lost = len(badly)
    trial.told += [run.reason for run in badly]
    if (trial.home / "put-back").exists() and badly:
        path = Path((trial.home / "put-back").read_text(encoding="utf-8"))
        path.write_bytes((trial.home / "put-back.bytes").read_bytes())
        (trial.home / "put-back").unlink()
    if badly:
        resume = fork(partial(_resume, trial.home, trial.race_id))
        os.waitpid(resume, 0)
        (trial.home / "ended").unlink()
        trial.see()
        if not trial.until((trial.home / "ended").exists, HANG_SECONDS):
            trial.wrong.append("it hangs after it was resumed")


def _resume(home: Path, race_id: str) -> None:
    _quiet(home / "resume.log")
    _set_clock(home)
    resume_race(Workspace.open(home), race_id)


def _look(trial: Trial, fault: str) -> None:
    """Look whether all is there, and whether the user was told."""
    if trial.wrong:
        return
    trial.told += [note.sentence for note in rebuild.notes(trial.home)]
    with contextlib.closing(sqlite3.connect(trial.database)) as connection:
        if (
            connection.execute("PRAGMA integrity_check").fetchone() != ("ok",)
            or connection.execute("PRAGMA foreign_key_check").fetchall()
        ):
            trial.wrong.append("the database does not hold together")
    states = Counter(run.state.value for run in trial.runs())
    if states != {"done": RUNS}:
        trial.wrong.append(f"runs are {dict(states)}")
    trial.again = sum(str(run.attempt) != trial.done_before.get(run.id, str(run.attempt)) for run in trial.runs())
    if trial.again:
        trial.wrong.append(f"{trial.again} finished runs were made again")
    left = [path.name for path in trial.home.rglob(".*.tmp")]
    if left:
        trial.wrong.append(f"left behind: {left}")
    if fault:
        trial.wrong += _untold(trial, fault)


def _untold(trial: Trial, fault: str) -> list[str]:
    """Return what the user was told wrongly, or not at all."""
    told = " ".join(trial.told)
    wrong = [f"told what is not so: {word}" for word in ("ran out of memory", "memory had run out") if word in told]
    killed = fault in ("kill a worker", "kill all of them")
    if trial.lost and killed and "from outside" not in told:
        wrong.append(f"not told that it was killed: {told}")
    if trial.lost and not killed and fault != "damage an artefact":
        wrong.append(f"a run ended badly: {told}")
    if fault.endswith("the database") and fault != "lock the database" and "was rebuilt from the records" not in told:
        wrong.append("not told that the database was rebuilt")
    if fault == "damage an artefact" and "is damaged" not in told:
        wrong.append("not told that a file is damaged")
    return wrong


def _stop(trial: Trial) -> None:
    """End every process of a trial."""
    with contextlib.suppress(SynthError, OSError):
        warm.stop(trial.ws)
    noted = warm._noted(trial.ws) or {}
    for pid in (trial.server, trial.parent):
        if pid:
            with contextlib.suppress(ProcessLookupError, ChildProcessError):
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
    stray = Handle(int(noted.get("pid", 0)), str(noted.get("token", "")))
    if stray.pid and alive(stray):  # one that the server has started itself
        os.kill(stray.pid, signal.SIGKILL)


def result_of(trial: Trial) -> dict[str, Any]:
    """Return what a race has come to: every score and every row, by candidate."""
    ws = trial.ws
    scores = ws.raw_scores(trial.race_id)[["candidate", "measure", "settings", "value", "low", "high", "status"]]
    found: dict[str, Any] = {"scores": scores.sort_values(["candidate", "measure"], ignore_index=True)}
    damaged = (trial.home / "put-back").read_text(encoding="utf-8") if (trial.home / "put-back").exists() else ""
    for run in trial.runs():
        if run.id not in damaged:
            frame = ws.synthetic(run.id)
            found[run.candidate] = hashlib.sha256(pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes()).hexdigest()
    return found


def differences(found: dict[str, Any], wanted: dict[str, Any]) -> list[str]:
    """Return in what a race differs from the undisturbed one."""
    wrong = [] if found["scores"].equals(wanted["scores"]) else ["scores differ"]
    return wrong + [f"rows of {name} differ" for name in found if name != "scores" and found[name] != wanted[name]]


# --- many races -------------------------------------------------------------------------------------------------------


@dataclass
class Outcome:
    """One disturbed race, for the table."""

    fault: str
    lost: int
    told: list[str]
    wrong: list[str]


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[Path | None]:
    """Give a folder on a small disk of its own; None where none can be mounted."""
    folder.mkdir()
    mounted = shutil.which("mount") and hasattr(os, "geteuid") and os.geteuid() == 0
    made = mounted and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK_MEGABYTES}m,mode=700", "none", str(folder)], check=False, capture_output=True
    )
    try:
        yield folder if made and made.returncode == 0 else None
    finally:
        if made and made.returncode == 0:
            subprocess.run(["umount", "-l", str(folder)], check=False)


def prepare() -> None:
    """Import what workers need, as a warm parent does before it forks, and start no thread."""
    for name in LIGHT:
        importlib.import_module(name)
    from synth_ui.evaluation.cards import known_measures
    from synth_ui.generators.catalogue import known_generators

    known_generators()
    known_measures()
    load_sample("penguins")
    os.environ["SYNTH_UI_SLOTS"] = "2"
    gc.collect()
    gc.freeze()


def references(folder: Path, seeds: int) -> dict[int, dict[str, Any]]:
    """Run each race undisturbed; return what each came to."""
    found = {}
    for seed in range(seeds):
        trial = run_race(folder / f"undisturbed-{seed}", seed, random.Random(seed))
        if trial.wrong:
            raise SystemExit(f"The undisturbed race {seed} went wrong: {trial.wrong}; see {trial.home}.")
        found[seed] = result_of(trial)
    return found


def disturbed(folder: Path, number: int, fault: str, wanted: dict[int, dict[str, Any]]) -> Outcome:
    """Run the race of a number with a fault; where all is as it must be, nothing of it is left."""
    dice, seed = random.Random(number), number % len(wanted)
    trial = run_race(folder / f"race-{number}", seed, dice, fault)
    if not trial.wrong:
        trial.wrong += differences(result_of(trial), wanted[seed])
    if not trial.wrong:
        shutil.rmtree(trial.home)
    return Outcome(fault, trial.lost, [told for told in trial.told if told], [f"{trial.moment}: {one}" for one in trial.wrong])


def many(folder: Path, races: int, seconds: float, faults: list[str], seeds: int = SEEDS) -> list[Outcome]:
    """Run disturbed races one after the other, faults in turn, as many as fit into the time."""
    begun, found = time.monotonic(), list[Outcome]()
    with small_disk(folder / "disk") as disk:
        offered = [fault for fault in faults if disk is not None or fault != "fill the disk"]
        wanted = references(folder, seeds)
        for number in range(races):
            if time.monotonic() - begun > seconds:
                break
            fault = offered[number % len(offered)]
            found.append(disturbed(disk if disk is not None and fault == "fill the disk" else folder, number, fault, wanted))
            print(f"{number + 1:4} {fault:24} {'; '.join(found[-1].wrong) or 'as it must be'}", flush=True)
    return found


def page(found: list[Outcome], seconds: float, seeds: int = SEEDS) -> str:
    """Write what came of it, as docs/reliability.md."""
    lines = [
        "# Faults, and what they cost", "",
        f"Written by `benchmarks/reliability.py`: {len(found):,} races on the penguins (344 rows), each disturbed once at a random moment, drawn by seed; "
        f"{seeds} more were left alone, and every disturbed one is compared with the undisturbed race of its seed. {seconds / 60:,.0f} minutes, one race after the "
        "other. Each race has two candidates and four controls, one measure, real worker processes and a real warm parent.", "",
        "A race is as it must be when it ends (after one *Resume race* where the board names lost runs), its database holds together, all "
        "candidates and controls are there with every score and every row of the undisturbed race, to the last digit, nothing that was finished was "
        "made again, no temporary file is left, and the user was told what the second column says.", "",
        "| Fault | The user is told | Races | As they must be | Runs that had to be started again |", "|---|---|---|---|---|",
    ]  # fmt: skip
    for fault, (told, _) in FAULTS.items():
        mine = [one for one in found if one.fault == fault]
        good = sum(not one.wrong for one in mine)
        cells = [fault, told, f"{len(mine):,}" if mine else "not tried", f"{good:,}", f"{sum(one.lost for one in mine):,}"]
        lines.append(f"| {' | '.join(cells)} |")
    good = sum(not one.wrong for one in found)
    lines += [f"| all | | {len(found):,} | {good:,} | {sum(one.lost for one in found):,} |", "", "## What went wrong", ""]
    wrong = [f"- {one.fault}: {'; '.join(one.wrong)}." for one in found if one.wrong]
    lines += wrong or ["Nothing."]
    lines += ["", "## What was said", "", "One example of each fault, as the page or the command line said it.", ""]
    for fault in FAULTS:
        said = next((told for one in found if one.fault == fault for told in one.told), "")
        lines += [f"- {fault}: {_plain(said)}"] if said else []
    return "\n".join([*lines, "", NOT_TRIED])


NOT_TRIED = """## What was not tried

Power cuts (what the system had not written to the disk yet), disks that return wrong bytes, network file systems, two machines on one folder,
races within a budget of time, a network between machines, and faults while a table is read or a report is written.
"""


def _plain(said: str) -> str:
    """Return a sentence without the folders of the machine it was said on."""
    import re

    return re.sub(r"/[\w./-]+/", "…/", said).replace("|", "\\|")


def main(arguments: list[str] | None = None) -> int:
    """Disturb races and write the page; 1 if anything was not as it must be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("races", type=int, nargs="?", default=200)
    parser.add_argument("seconds", type=float, nargs="?", default=1_500.0)
    parser.add_argument("--faults", nargs="+", choices=list(FAULTS), default=list(FAULTS))
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--page", type=Path, default=DOC)
    options = parser.parse_args(arguments)
    prepare()
    begun = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="reliability-"))
    found = many(folder, options.races, options.seconds, options.faults, options.seeds)
    options.page.write_text(page(found, time.monotonic() - begun, options.seeds), encoding="utf-8")
    good = all(not one.wrong for one in found)
    if good:
        shutil.rmtree(folder)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
