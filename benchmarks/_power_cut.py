"""Power that is cut: the workspace is on a disk in a file, and what of that file the system had written by then is all that is left.

All processes of the race are stopped, the file is copied without telling the file system in it, the processes are killed, and the copy takes the
place of the disk. What was written and not synced is lost as it is when a machine goes down; a drive that lies about what it keeps is not tried.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
from _trial import Trial

from synth_ui.core.errors import StoreError
from synth_ui.store.workspace import Workspace

DISK_MEGABYTES = 96


@contextlib.contextmanager
def disk_in_a_file(folder: Path) -> Iterator[Path | None]:
    """Give a folder on a disk of its own; None where none can be mounted."""
    folder.mkdir()
    image = folder.with_suffix(".disk")
    possible = shutil.which("mkfs.ext4") and shutil.which("mount") and hasattr(os, "geteuid") and os.geteuid() == 0
    try:
        if possible:
            with image.open("wb") as file:
                file.truncate(DISK_MEGABYTES << 20)
            possible = _did("mkfs.ext4", "-q", str(image)) and _mount(image, folder)
        yield folder if possible else None
    finally:
        if possible:
            _did("umount", "-l", str(folder))
        for left in (image, image.with_suffix(".kept")):
            left.unlink(missing_ok=True)


def _did(*command: str) -> bool:
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def _mount(image: Path, folder: Path) -> bool:
    return _did("mount", "-o", "loop", str(image), str(folder))


def _written(folder: Path) -> str:
    """Return how much the system has written to the disk of a folder so far."""
    device = os.stat(folder).st_dev
    return Path(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}/stat").read_text(encoding="ascii").split()[6]


def cut_power(trial: Trial) -> None:
    """Cut the power, and switch it on again; the server is started again as a user would."""
    folder = trial.home.parent
    image = folder.with_suffix(".disk")
    kept = image.with_suffix(".kept")
    everybody = _stopped([pid for pid in (trial.server, trial.parent) if pid])
    while True:
        before = _written(folder)
        shutil.copyfile(image, kept)
        if _written(folder) == before:  # nothing reached the disk while it was copied
            break
    for process in everybody:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    for name in ("server", "parent"):
        if getattr(trial, name):
            os.waitpid(getattr(trial, name), 0)
            setattr(trial, name, 0)
    psutil.wait_procs(everybody, 10)
    if not _did("umount", "-l", str(folder)):
        trial.wrong.append("the disk could not be let go")
    os.replace(kept, image)
    if not _mount(image, folder):
        trial.wrong.append("what was left of the disk cannot be mounted")
        return
    try:
        Workspace.open(trial.home, hold=False).race(trial.race_id)
    except StoreError as error:  # started a moment ago: nobody was told of anything finished
        trial.told.append(f"the race had not reached the disk: {error}")
        (trial.desk / "race").unlink()


def _stopped(pids: list[int]) -> list[psutil.Process]:
    """Stop processes with all they have started, whatever they start meanwhile, and return them."""
    found: dict[int, psutil.Process] = {}
    while True:
        family = [psutil.Process(pid) for pid in pids if psutil.pid_exists(pid)]
        family += [child for one in family for child in one.children(recursive=True)]
        fresh = [one for one in family if one.pid not in found]
        if not fresh:
            return list(found.values())
        for one in fresh:
            found[one.pid] = one
            with contextlib.suppress(psutil.NoSuchProcess):
                one.send_signal(signal.SIGSTOP)
