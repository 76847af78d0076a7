"""Processes and locks, in Linux' own way and in the portable one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from synth_ui.core.run import Handle
from synth_ui.system import locks, processes
from tests.workshop import until

SLEEPER = "import subprocess, sys; child = subprocess.Popen([sys.executable, '-c', 'input()'], stdin=subprocess.PIPE); print(child.pid, flush=True); input()"
HOLDER = "import sys; from pathlib import Path; from synth_ui.system import locks; held = locks.hold(Path(sys.argv[1])); print('held', flush=True); input()"


@pytest.fixture(params=["linux", "portable"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "linux" and sys.platform != "linux":
        pytest.skip("this is another system")
    monkeypatch.setenv(processes.PORTABLE, "1" if request.param == "portable" else "0")
    return str(request.param)


def started(code: str, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **processes.apart())


def test_each_way_is_taken(way: str) -> None:
    assert processes.system().__name__ == f"synth_ui.system.{way}"


def test_a_process_is_known_by_its_number_and_its_start(way: str) -> None:
    child = started("input()")
    handle = processes.handle_of(child.pid)
    assert processes.alive(handle)
    assert processes.handle_of(child.pid) == handle
    assert not processes.alive(Handle(child.pid, "another start"))
    assert not processes.end(Handle(child.pid, "another start"), at_once=True)
    assert processes.alive(handle)
    assert processes.alive(processes.this_process())
    child.kill()
    until(lambda: not processes.alive(handle))  # before anybody has collected it
    child.communicate()
    assert processes.token_of(child.pid) is None
    assert not processes.end(handle, at_once=True)


@pytest.mark.parametrize("at_once", [True, False])
def test_what_it_started_is_ended_with_it(way: str, at_once: bool) -> None:
    child = started(SLEEPER)
    assert child.stdout is not None
    grandchild = processes.handle_of(int(child.stdout.readline()))
    assert processes.end(processes.handle_of(child.pid), at_once=at_once)
    until(lambda: not processes.alive(grandchild))
    child.communicate()
    assert child.returncode < 0


def test_a_process_steps_back(way: str) -> None:
    code = "from synth_ui.system import processes; processes.lead_group(); processes.step_back(5); input()"
    child = started(code)
    before = psutil.Process().nice()
    until(lambda: psutil.Process(child.pid).nice() == min(before + 5 if way == "linux" else 5, 19))
    child.communicate("\n")
    assert child.returncode == 0


def test_a_lock_is_held_by_one_and_falls_with_its_process(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    child = started(HOLDER, str(path))
    assert child.stdout is not None
    assert child.stdout.readline() == "held\n"
    assert locks.try_hold(path) is None
    child.kill()
    child.communicate()
    lock = locks.hold(path)
    assert locks.try_hold(path) is None
    lock.release()
    again = locks.try_hold(path)
    assert again is not None
    again.release()
    with pytest.raises(OSError):
        locks.hold(tmp_path)


IMPORTS = """
import builtins, importlib, os, pkgutil, signal, sys
import numpy, pandas, psutil, pyarrow, scipy.stats, sklearn.ensemble, sqlalchemy, filelock, duckdb

found = builtins.__import__

def other_system(name, globals=None, *rest, **more):
    if name.partition(".")[0] in ("fcntl", "resource", "pwd", "grp", "termios") and str((globals or {}).get("__name__")).startswith("synth_ui"):
        raise ImportError(f"{name} is not there on this system")
    return found(name, globals, *rest, **more)

builtins.__import__ = other_system
for owner, names in ((os, ("fork", "killpg", "setsid", "getpgrp", "nice", "mkfifo", "O_NONBLOCK")), (signal, ("SIGKILL", "SIGBUS"))):
    for name in names:
        delattr(owner, name)
import synth_ui
OTHER = ("synth_ui.system.linux", "synth_ui.jobs.execution.warm_parent", "synth_ui.tables.reading_child")
for module in pkgutil.walk_packages(synth_ui.__path__, "synth_ui."):
    if module.name not in OTHER and not module.name.startswith("synth_ui.ui") and not module.name.endswith("__main__"):
        importlib.import_module(module.name)
print("all")
"""


def test_the_package_is_imported_where_there_is_nothing_of_linux() -> None:
    done = subprocess.run([sys.executable, "-c", IMPORTS], capture_output=True, text=True, env=dict(os.environ), check=False)
    assert done.stdout.endswith("all\n"), done.stderr[-2_000:]
