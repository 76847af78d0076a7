"""Made-up inputs: each is taken, or refused in words; writes docs/fuzzing.md.

    python benchmarks/fuzz.py [--targets NAME ...] [--share 1.0] [--seconds 3600] [--first 0] [--out fuzz.jsonl]
    python benchmarks/fuzz.py --replay NAME SEED
    python benchmarks/fuzz.py --read fuzz.jsonl --write docs/fuzzing.md

The inputs are those of `tests/fuzz`: the same seed gives the same one. Each target is asked in a process of its own, bounded in memory; what kills it,
what hangs, what grows and what leaves files behind is found as well as what raises.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import multiprocessing
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("OMP_NUM_THREADS", "1")

BATCH = 500
HANG_SECONDS = 30.0
"""Processor time one input may take before its process is ended."""

MEMORY = 4 << 30
"""Bytes of address space beyond what the process began with."""

MOST_GROWN = 400e6
MOST_KEPT = 40
"""Different faults that are written down of a batch."""


@dataclass
class Batch:
    """What came of some inputs of one target."""

    target: str
    first: int
    inputs: int = 0
    seconds: float = 0.0
    states: dict[str, int] = field(default_factory=dict)
    broken: dict[str, list[Any]] = field(default_factory=dict)
    """By its first line: how often, and the first seed."""

    code: str = ""


def asked(name: str, first: int, count: int, at: Any, grown: Any) -> Batch:
    """Give a target its inputs; `at` says which seed is under way."""
    from tests.fuzz.files import TARGETS
    from tests.fuzz.targets import Broken, judged

    target, batch = TARGETS[name], Batch(name, first)
    states: Counter[str] = Counter()
    began = time.process_time()
    for seed in range(first, first + count):
        at.value = seed
        given = target.make(Random(f"{name}/{seed}"))
        try:
            states[judged(target, given)] += 1
        except Broken as fault:
            _note(batch, str(fault), seed)
        batch.inputs += 1
    batch.seconds, batch.states = time.process_time() - began, dict(states)
    now = psutil.Process().memory_info().rss
    if grown.value and now - grown.value > MOST_GROWN:
        _note(batch, f"memory grew by {(now - grown.value) / 1e6:.0f} MB", first)
    grown.value = grown.value or now
    return batch


def _note(batch: Batch, said: str, seed: int) -> None:
    kind = said.splitlines()[0][:200]
    if kind in batch.broken:
        batch.broken[kind][0] += 1
    elif len(batch.broken) < MOST_KEPT:
        batch.broken[kind] = [1, seed]


def _work(name: str, first: int, last: int, at: Any, told: Any, until: float) -> None:
    """Be the process of a target: batch after batch, each told as it ends."""
    warnings.simplefilter("ignore")
    import logging

    logging.disable(logging.CRITICAL)
    os.environ["TMPDIR"] = tempfile.tempdir = tempfile.mkdtemp(prefix=f"fuzz-{name}-")
    os.environ["SYNTH_UI_KEY_FILE"] = os.path.join(str(tempfile.tempdir), "home", "signing.key")
    from tests.fuzz.files import TARGETS

    TARGETS[name].make(Random(0))  # imports, and what is made once
    soft = psutil.Process().memory_info().vms + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (soft, soft))
    grown = multiprocessing.Value("d", 0.0)
    try:
        while first < last and time.time() < until:
            before = _left()
            batch = asked(name, first, min(BATCH, last - first), at, grown)
            left = _left() - before
            if left and first:
                _note(batch, f"left behind: {sorted(left)[:3]}", batch.first)
            first += batch.inputs
            told.put(asdict(batch))
    finally:
        shutil.rmtree(tempfile.tempdir, ignore_errors=True)


def _left() -> set[str]:
    """The files of the temporary folder; a workspace in it keeps its own."""
    found = set()
    for folder, folders, files in os.walk(str(tempfile.tempdir)):
        folders[:] = [one for one in folders if one != "home" and not one.startswith("parcels-")]
        found |= {os.path.join(folder, one) for one in files}
    return found


def run(name: str, first: int, last: int, until: float, out: Path, code: str) -> None:
    """Ask one target from one seed to another; go on behind an input that kills its process, or hangs."""
    context = multiprocessing.get_context("spawn")
    while first < last and time.time() < until:
        at, told = context.Value("q", first), context.Queue()
        child = context.Process(target=_work, args=(name, first, last, at, told, until), daemon=True)
        child.start()
        seen, since = -1, 0.0
        while True:
            with contextlib.suppress(Exception):
                batch = told.get(timeout=1.0)
                first = batch["first"] + batch["inputs"]
                _write(out, {**batch, "code": code})
                continue
            if not child.is_alive():
                break
            with contextlib.suppress(psutil.Error):
                spent = sum(psutil.Process(child.pid).cpu_times()[:2])
                if at.value != seen:
                    seen, since = at.value, spent
                elif spent - since > HANG_SECONDS + 30 * (seen == first):  # imports count to the first one
                    child.kill()
                    child.join()
                    break
        child.join()
        if child.exitcode not in (0, None):
            how = f"killed the process ({child.exitcode})" if child.exitcode != -9 else "hangs"
            batch = Batch(name, first, at.value - first + 1, 0.0, {}, {how: [1, at.value]}, code)
            _write(out, asdict(batch))
            first = at.value + 1


def _write(out: Path, line: dict[str, Any]) -> None:
    with out.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line, ensure_ascii=True) + "\n")
    for said, (times, seed) in line["broken"].items():
        print(f"{line['target']} {seed} ×{times}: {said}".encode("ascii", "backslashreplace").decode(), flush=True)


def _code() -> str:
    """Which state of the code was asked."""
    asked_git = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    return asked_git.stdout.strip()


def replay(name: str, seed: int) -> None:
    """Show one input, and what comes of it."""
    from tests.fuzz.files import TARGETS

    given = TARGETS[name].make(Random(f"{name}/{seed}"))
    print(ascii(given))
    print(TARGETS[name].act(given))


def page(lines: list[dict[str, Any]]) -> str:
    """Write what came of all inputs, as docs/fuzzing.md."""
    from tests.fuzz.files import TARGETS

    said = [
        "# Made-up inputs", "",
        "Written by `benchmarks/fuzz.py` from `tests/fuzz`: inputs made from a seed, by the grammars of the product's small languages, from values that are more trouble "
        "than most, and from valid files with bytes changed. Each must be taken, or refused by one of the product's own errors in words that can be shown. "
        "No other exception, no warning, nothing that hangs, takes memory without bound, kills its process or leaves a file behind.", "",
        "`python benchmarks/fuzz.py --replay TARGET SEED` shows an input again. A few of each are asked on every run of the tests; what was broken once has a test of "
        "its own in `tests/fuzz/test_found.py`. States are the different places of the product's code an input was refused at, and the different ways it was taken.", "",
        "| Target | What | Inputs | Seeds | States reached | Broken | Processor time each |", "|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    total = broken = 0
    for name, target in TARGETS.items():
        mine = [line for line in lines if line["target"] == name]
        inputs = sum(line["inputs"] for line in mine)
        states = {state for line in mine for state in line["states"]}
        wrong = sum(times for line in mine for times, _ in line["broken"].values())
        seconds = sum(line["seconds"] for line in mine)
        total, broken = total + inputs, broken + wrong
        if inputs:
            seeds = f"{min(line['first'] for line in mine):,} to {max(line['first'] + line['inputs'] for line in mine) - 1:,}"
            said.append(
                f"| {name} | {target.what} | {inputs:,} | {seeds} | {len(states):,} | {wrong:,} | {1_000 * seconds / inputs:.2f} ms |"
            )
    said += [f"| all | | {total:,} | | | {broken:,} | |", ""]
    return "\n".join(said)


def main() -> int:
    """Ask the targets in turn, or read what was written."""
    from tests.fuzz.files import TARGETS

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--targets", nargs="+", choices=list(TARGETS), default=list(TARGETS))
    parser.add_argument("--share", type=float, default=1.0, help="of the inputs that are the goal of each target")
    parser.add_argument("--seconds", type=float, default=3_600.0)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--out", type=Path, default=Path("fuzz.jsonl"))
    parser.add_argument("--replay", nargs=2, metavar=("NAME", "SEED"))
    parser.add_argument("--read", type=Path, nargs="+", help="what was written before")
    parser.add_argument("--write", type=Path, help="the page that says what came of it")
    options = parser.parse_args()
    if options.read:
        lines = [json.loads(line) for file in options.read for line in file.read_text(encoding="utf-8").splitlines()]
        options.write.write_text(page(lines), encoding="utf-8") if options.write else print(page(lines))
        return 0
    if options.replay:
        replay(options.replay[0], int(options.replay[1]))
        return 0
    until = time.time() + options.seconds
    for name in options.targets:
        run(name, options.first, options.first + int(TARGETS[name].goal * options.share), until, options.out, _code())
    return 0


if __name__ == "__main__":
    sys.exit(main())
