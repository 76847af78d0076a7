"""What faults cost: races that are disturbed at random moments, each compared with the same race left alone; writes docs/reliability.md.

    python benchmarks/reliability.py [RACES] [SECONDS] [--faults NAME ...] [--elsewhere]

A race is on the penguins, with two candidates and four controls. Its workers are forked by a real warm parent, and looked after by
a process that does what the command line does; both are forks of this one, so that a race costs no imports. Once a number of runs drawn by
seed has ended, and a little later, one fault is made. Then the race must come to its end, after at most one *Resume race* where the board names a
run that was lost, and hold what the undisturbed race holds, to the last digit. Filling a disk needs the right to mount one in memory.
Other faults, with `--elsewhere`: the network of a cluster is cut (`_cluster_faults`), a race has a budget of time, the power fails (`_power_cut`).
What is not tried now stays on the page as it was measured before.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import hashlib
import importlib
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
from _cluster_faults import ALONE, CLUSTER_FAULTS, SILENT_NODE_SECONDS, WiredNodes, untold, wired_cluster
from _power_cut import cut_power, disk_in_a_file
from _trial import HANG_SECONDS, RUNS, Trial, fork, keep_parent, quiet, set_clock

from synth_ui.core.errors import StoreError, SynthError
from synth_ui.core.run import Handle, RunState
from synth_ui.jobs.execution.warm_parent import LIGHT
from synth_ui.jobs.forecast.waiting import waits_for
from synth_ui.jobs.races.control import resume_race
from synth_ui.store import budgets
from synth_ui.store.recovery import rebuild
from synth_ui.store.workspace import Workspace
from synth_ui.system.processes import alive, this_process
from synth_ui.tables.samples import load_sample

DOC = Path(__file__).resolve().parents[1] / "docs" / "reliability.md"
SEEDS = 8
"""Of different races; each is run once undisturbed."""

DISK_MEGABYTES = 64
BUDGET_SECONDS = 12.0
LATE_SECONDS = 60.0
"""So long after its time a race within a budget must have ended, whatever happened: a killed server is started again meanwhile."""


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
    (trial.desk / "put-back").write_text(str(path), encoding="utf-8")
    (trial.desk / "put-back.bytes").write_bytes(whole)


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
    (trial.desk / "clock").write_text(str(off), encoding="ascii")


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

POWER, BUDGET = "cut the power", "any of six, within a budget"
WITHIN_A_BUDGET = (
    "kill a worker",
    "kill the warm parent",
    "kill the server",
    "kill all of them",
    "lock the database",
    "delete the database",
)
MORE = {
    **{name: told for name, (told, _) in CLUSTER_FAULTS.items()},
    POWER: "the board says what was lost",
    BUDGET: "as above",
}
"""Faults of races that work elsewhere than on this machine with its time unlimited, and what the user is to be told."""


def within_a_budget(trial: Trial) -> None:
    """Make one of the faults in a race that chooses within a budget of time, and keep what was finished by then."""
    fault = trial.dice.choice(WITHIN_A_BUDGET)
    trial.moment += f", {fault}"
    with contextlib.suppress(SynthError):
        trial.kept = result_of(trial)
    FAULTS[fault][1](trial)


# --- one race ---------------------------------------------------------------------------------------------------------


def run_race(trial: Trial, fault: str = "", make: Callable[[Trial], None] | None = None) -> Trial:
    """Run a race, disturb it, let it come to its end, look at what is there; without a fault it is left alone."""
    trial.home.mkdir(parents=True, exist_ok=True)
    trial.desk.mkdir(parents=True, exist_ok=True)
    Workspace.open(trial.home, hold=False)
    trial.parent = fork(partial(keep_parent, trial, this_process()))
    trial.see()
    try:
        if not _started(trial):
            return trial
        if make is not None:
            _disturb(trial, make)
            if not _started(trial):  # what the power cut took was never told to be there
                return trial
        _to_the_end(trial)
        _look(trial, fault)
    finally:
        trial.stop()
    return trial


def _started(trial: Trial) -> bool:
    """Wait until the race has been started, and take its name."""
    if not trial.until((trial.desk / "race").exists, HANG_SECONDS):
        trial.wrong.append("the race did not start")
        return False
    trial.race_id = (trial.desk / "race").read_text(encoding="ascii")
    return True


def _disturb(trial: Trial, make: Callable[[Trial], None]) -> None:
    """Make the fault at a random moment."""
    wanted = trial.dice.randrange(RUNS)
    trial.until(lambda: len(trial.ended()) >= wanted or (trial.desk / "ended").exists(), HANG_SECONDS)
    time.sleep(trial.dice.uniform(0.0, 0.4))
    with contextlib.suppress(SynthError):
        trial.done_before = {run.id: f"{run.attempt}" for run in trial.ended()}
    trial.moment = f"{len(trial.done_before)} of {RUNS} runs done"
    make(trial)


def _to_the_end(trial: Trial) -> None:
    """Wait for the end; where the board names runs that ended badly, do what it says: resume the race, once."""
    if not trial.until((trial.desk / "ended").exists, trial.budget + LATE_SECONDS if trial.budget else HANG_SECONDS):
        trial.wrong.append("it hangs")
        return
    Workspace.open(trial.home, hold=False)  # a fault after the end is met by whoever looks next
    badly = [run for run in trial.runs() if run.state.ended_badly]
    trial.lost = sum(run.state is not RunState.CANCELLED for run in badly)
    trial.told += [run.reason for run in badly]
    if (trial.desk / "put-back").exists() and badly:
        path = Path((trial.desk / "put-back").read_text(encoding="utf-8"))
        path.write_bytes((trial.desk / "put-back.bytes").read_bytes())
        (trial.desk / "put-back").unlink()
    if badly and not trial.budget:
        resume = fork(partial(_resume, trial))
        os.waitpid(resume, 0)
        (trial.desk / "ended").unlink()
        trial.see()
        if not trial.until((trial.desk / "ended").exists, HANG_SECONDS):
            trial.wrong.append("it hangs after it was resumed")


def _resume(trial: Trial) -> None:
    quiet(trial.desk / "resume.log")
    set_clock(trial.desk)
    resume_race(Workspace.open(trial.home), trial.race_id)


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
    if states != {"done": RUNS} and not trial.budget:
        trial.wrong.append(f"runs are {dict(states)}")
    trial.again = sum(str(run.attempt) != trial.done_before.get(run.id, str(run.attempt)) for run in trial.runs())
    if trial.again and fault != POWER:
        trial.wrong.append(f"{trial.again} finished runs were made again")
    if trial.budget:
        trial.wrong += _unended(trial)
    left = [path.name for path in trial.home.rglob(".*.tmp")]
    if left:
        trial.wrong.append(f"left behind: {left}")
    if fault:
        trial.wrong += _untold(trial, fault)


def _unended(trial: Trial) -> list[str]:
    """Return what is not as it must be of a race within a budget that is over; what it made differs, as time decides that."""
    active = [run.candidate for run in trial.runs() if not run.state.ended]
    budget = budgets.of_race(trial.ws, trial.race_id)
    wrong = [f"still under way: {active}"] if active else []
    wrong += ["its budget is still open"] if budget is None or budget.open else []
    found = result_of(trial)
    before = trial.kept.pop("scores", None)
    if before is not None:
        now = found["scores"].merge(before)
        wrong += [] if len(now) == len(before) else ["scores that were there are not, or differ"]
    return wrong + [f"rows of {name} differ from before" for name in trial.kept if found.get(name) != trial.kept[name]]


def _untold(trial: Trial, fault: str) -> list[str]:
    """Return what the user was told wrongly, or not at all."""
    told = " ".join(trial.told)
    wrong = [f"told what is not so: {word}" for word in ("ran out of memory", "memory had run out") if word in told]
    if trial.cluster:
        wrong += untold(trial)
    killed = fault in ("kill a worker", "kill all of them", POWER, BUDGET)
    if trial.lost and killed and "from outside" not in told:
        wrong.append(f"not told that it was killed: {told}")
    if trial.lost and not killed and fault != "damage an artefact":
        wrong.append(f"a run ended badly: {told}")
    if fault.endswith("the database") and fault != "lock the database" and "was rebuilt from the records" not in told:
        wrong.append("not told that the database was rebuilt")
    if fault == "damage an artefact" and "is damaged" not in told:
        wrong.append("not told that a file is damaged")
    return wrong


def result_of(trial: Trial) -> dict[str, Any]:
    """Return what a race has come to: every score and every row that is there, by candidate."""
    ws = trial.ws
    scores = ws.raw_scores(trial.race_id)[["candidate", "measure", "settings", "value", "low", "high", "status"]]
    done = {run.candidate for run in trial.ended()}
    scores = scores[scores["candidate"].isin(done)]
    found: dict[str, Any] = {"scores": scores.sort_values(["candidate", "measure"], ignore_index=True)}
    damaged = (trial.desk / "put-back").read_text(encoding="utf-8") if (trial.desk / "put-back").exists() else ""
    for run in trial.ended():
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
    """One disturbed race, for the table: how many runs were lost, begun again by themselves, and made again though they were finished."""

    fault: str
    lost: int
    begun_again: int
    again: int
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
    for name in (*LIGHT, "distributed"):
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
        trial = run_race(Trial(folder / f"undisturbed-{seed}", seed, random.Random(seed)))
        if trial.wrong:
            raise SystemExit(f"The undisturbed race {seed} went wrong: {trial.wrong}; see {trial.home}.")
        found[seed] = result_of(trial)
    return found


def disturbed(trial: Trial, fault: str, make: Callable[[Trial], None], wanted: dict[str, Any]) -> Outcome:
    """Run a race with a fault; where all is as it must be, nothing of it is left."""
    run_race(trial, fault, make)
    if not trial.wrong and not trial.budget:
        trial.wrong += differences(result_of(trial), wanted)
    if not trial.wrong:
        shutil.rmtree(trial.home)
        shutil.rmtree(trial.desk)
    told, wrong = [told for told in trial.told if told], [f"{trial.moment}: {one}" for one in trial.wrong]
    return Outcome(fault, trial.lost, trial.begun_again, trial.again, told, wrong)


def one_of(folder: Path, number: int, fault: str, wanted: dict[int, dict[str, Any]], nodes: WiredNodes | None) -> Outcome | None:
    """Run the race of a number where its fault can be made; None where it cannot be made here."""
    dice, seed = random.Random(number), number % len(wanted)
    name = f"race-{number}"
    if fault == "fill the disk" or fault == POWER:
        make = FAULTS[fault][1] if fault in FAULTS else cut_power
        place = small_disk if fault in FAULTS else disk_in_a_file
        with place(folder / f"disk-{number}") as disk:
            return disturbed(Trial(disk / name, seed, dice), fault, make, wanted[seed]) if disk is not None else None
    if fault in CLUSTER_FAULTS and nodes is not None:
        trial = Trial(folder / name, seed, dice, cluster=nodes.seen_as, watch=nodes.look_after)
        found = disturbed(trial, fault, lambda one: CLUSTER_FAULTS[fault][1](one, nodes), wanted[seed])
        if fault != ALONE:
            nodes.whole()
        return found
    if fault == BUDGET:
        return disturbed(Trial(folder / name, seed, dice, budget=BUDGET_SECONDS), fault, within_a_budget, {})
    return disturbed(Trial(folder / name, seed, dice), fault, FAULTS[fault][1], wanted[seed])


def many(folder: Path, races: int, seconds: float, faults: list[str], seeds: int = SEEDS) -> list[Outcome]:
    """Run disturbed races one after the other, faults in turn, as many as fit into the time."""
    begun, found, offered = time.monotonic(), list[Outcome](), list(faults)
    wanted = references(folder, seeds)
    with contextlib.ExitStack() as stack:
        on_cluster = any(fault in CLUSTER_FAULTS for fault in faults)
        nodes = stack.enter_context(wired_cluster(folder / "cluster")) if on_cluster else None
        if nodes is not None:
            nodes.whole()
        for number in range(races):
            if time.monotonic() - begun > seconds:
                break
            fault = offered[number % len(offered)]
            one = one_of(folder, number, fault, wanted, nodes)
            found += [one] if one is not None else []
            said = "cannot be made here" if one is None else "; ".join(one.wrong) or "as it must be"
            print(f"{number + 1:4} {fault:30} {said}", flush=True)
    return found


# --- the page ---------------------------------------------------------------------------------------------------------

ELSEWHERE = "## On a cluster, within a budget, without power"
AFTER = "## What was not tried"
NOT_TRIED = f"""{AFTER}

Disks that return wrong bytes, or say that they kept what they did not; network file systems, two machines on one folder, nodes and a server on
machines of their own (the network that was cut is the wires of one machine), a database on a server that is cut off, and faults while a table is
read or a report is written.
"""


def page(found: list[Outcome], seconds: float, seeds: int = SEEDS, old: str = "") -> str:
    """Write what came of it, as docs/reliability.md; a part of which nothing was tried now stays as it was."""
    here, more = [one for one in found if one.fault in FAULTS], [one for one in found if one.fault in MORE]
    before, _, after = old.partition(ELSEWHERE)
    parts = [
        page_here(here, seconds, seeds) if here or not old else before.partition(AFTER)[0],
        page_elsewhere(more, seconds) if more or not after else ELSEWHERE + after.partition(AFTER)[0],
        NOT_TRIED,
    ]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def page_here(found: list[Outcome], seconds: float, seeds: int) -> str:
    """Write the part about one machine."""
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
    return "\n".join([*lines, *_wrong(found), "", "## What was said", "", *_said(found, list(FAULTS))])


def page_elsewhere(found: list[Outcome], seconds: float) -> str:
    """Write the part about races that work elsewhere, choose within a budget, or lose the power."""
    lines = [
        ELSEWHERE, "",
        f"{len(found):,} more races, by the same script, in {seconds / 60:,.0f} minutes. On a cluster: a Dask scheduler and two nodes that are started again when they end, "
        "as services are; every connection goes through a wire, the server's to the scheduler, each node's to the scheduler and the scheduler's to "
        f"each node. A cut breaks its connections and refuses new ones, or falls silent, for 1 to 5 or for 12 to 20 seconds; a node that is silent "
        f"for {SILENT_NODE_SECONDS} seconds is given up. What came of it is compared with the undisturbed race on one machine, to the last digit.", "",
        f"Within a budget of {BUDGET_SECONDS:.0f} seconds a race chooses, and time decides what: it is compared with nothing. It must end at most "
        f"{LATE_SECONDS:.0f} seconds late, with its budget closed and nothing under way, and hold what was finished before the fault, unchanged.", "",
        "The power is cut by stopping all processes of the race, whose workspace is on an ext4 disk in a file, and going on with a copy of what the system had "
        "written to that file by then. Finished runs may be made again; what is there in the end must be the same.", "",
        "| Fault | The user is told | Races | As they must be | Runs that had to be started again | Runs begun again by themselves | Finished runs made again |",
        "|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    for fault, told in MORE.items():
        mine = [one for one in found if one.fault == fault]
        sums = [sum(one.lost for one in mine), sum(one.begun_again for one in mine), sum(one.again for one in mine)]
        counts = [f"{len(mine):,}" if mine else "not tried", *(f"{n:,}" for n in (sum(not one.wrong for one in mine), *sums))]
        lines.append(f"| {' | '.join([fault, told, *counts])} |")
    return "\n".join(
        [*lines, "", "What went wrong there:", "", *_wrong(found), "", "What was said there:", "", *_said(found, list(MORE))]
    )


def _wrong(found: list[Outcome]) -> list[str]:
    return [f"- {one.fault}: {'; '.join(one.wrong)}." for one in found if one.wrong] or ["Nothing."]


def _said(found: list[Outcome], faults: list[str]) -> list[str]:
    """Return one example of each fault."""
    lines = ["One example of each fault, as the page or the command line said it.", ""]
    for fault in faults:
        said = next((told for one in found if one.fault == fault for told in one.told), "")
        lines += [f"- {fault}: {_plain(said)}"] if said else []
    return lines


def _plain(said: str) -> str:
    """Return a sentence without the folders and the ports of the machine it was said on."""
    said = re.sub(r"tcp://127\.0\.0\.1:\d+", "tcp://…", said)
    return re.sub(r"(?<!/)/[\w./-]+/", "…/", said).replace("|", "\\|")


def main(arguments: list[str] | None = None) -> int:
    """Disturb races and write the page; 1 if anything was not as it must be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("races", type=int, nargs="?", default=200)
    parser.add_argument("seconds", type=float, nargs="?", default=1_500.0)
    parser.add_argument("--faults", nargs="+", choices=[*FAULTS, *MORE])
    parser.add_argument(
        "--elsewhere", action="store_true", help="the faults of races on a cluster, within a budget, and without power"
    )
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--page", type=Path, default=DOC)
    options = parser.parse_args(arguments)
    prepare()
    begun = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="reliability-"))
    faults = options.faults or list(MORE if options.elsewhere else FAULTS)
    found = many(folder, options.races, options.seconds, faults, options.seeds)
    old = options.page.read_text(encoding="utf-8") if options.page.exists() else ""
    options.page.write_text(page(found, time.monotonic() - begun, options.seeds, old), encoding="utf-8")
    good = all(not one.wrong for one in found)
    if good:
        shutil.rmtree(folder)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
