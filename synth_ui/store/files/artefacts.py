"""Where the large things are kept: frames, samplers, texts, each under a key such as `runs/ID/synthetic.parquet`.

A folder today. What another store must do is `Artefacts`, and nothing else in the package knows that it is a folder.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pandas as pd

from synth_ui.core.errors import ArtefactLost, StoreError
from synth_ui.store.files.disk import gone, remove, write_whole

SYNTHETIC, LEDGER, SAMPLER = "synthetic.parquet", "ledger.json", "sampler.pickle"
"""What a run makes, beside the details of its measures: its rows, what its privacy budget paid for, and what draws more rows."""


RUNS = "runs"
"""The folder of what runs make, and of their logs."""


RECORD = "record.json"
"""What is known of a run or a split beside the database; see `synth_ui.store.recovery`."""


class Artefacts(Protocol):
    """A store of files by key; a key is a relative path with slashes."""

    def write(self, key: str, fill: Callable[[Path], object]) -> None:
        """Let `fill` write a file of this machine and keep it under `key`, whole or not at all, in place of what was there.

        Raises `StoreError` if it cannot be kept; nothing is left behind then.
        """

    def local(self, key: str) -> Path:
        """Return a file of this machine with what is kept under `key`, not to be changed; raise `StoreError` if there is nothing."""

    def exists(self, key: str) -> bool:
        """Whether something is kept under `key`."""

    def delete(self, key: str) -> None:
        """Delete what is kept under `key`, and everything below it."""

    def tidy(self, key: str) -> None:
        """Remove what writers that were killed left half written below `key`."""

    def keys(self, pattern: str) -> list[str]:
        """Return the keys that match a pattern in which `*` stands for one part of a path, sorted."""


@dataclass(frozen=True)
class Folder:
    """Artefacts in a folder of this machine, each a file whose path is its key."""

    root: Path

    def _at(self, key: str) -> Path:
        """Return the path of a key; one that leads out of the folder, by dots or by a link, was not written by this program."""
        return inside(self.root, key)

    def write(self, key: str, fill: Callable[[Path], object]) -> None:
        """See `Artefacts.write`: under another name first, then renamed, so no reader ever sees half a file."""
        write_whole(self._at(key), fill)

    def local(self, key: str) -> Path:
        """See `Artefacts.local`."""
        path = self._at(key)
        if not path.is_file():
            raise ArtefactLost(gone(path))
        return path

    def exists(self, key: str) -> bool:
        """See `Artefacts.exists`."""
        return self._at(key).is_file()

    def delete(self, key: str) -> None:
        """See `Artefacts.delete`."""
        path = self._at(key)
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            remove(path)

    def tidy(self, key: str) -> None:
        """See `Artefacts.tidy`."""
        for half in self._at(key).rglob(".*.tmp"):
            remove(half)

    def keys(self, pattern: str) -> list[str]:
        """See `Artefacts.keys`."""
        return sorted(path.relative_to(self.root).as_posix() for path in self.root.glob(pattern) if path.is_file())


def inside(root: Path, key: str) -> Path:
    """Return the path of a key below a folder.

    Raises
    ------
    StoreError
        If it leads out of the folder, by dots or by a link: a database that came from elsewhere may say so.
    """
    path = root / key
    parts = key.split("/")
    if {"", ".", ".."} & set(parts) or not path.resolve().is_relative_to(root.resolve()):
        raise StoreError(f"{key[:80]!r} leads out of the workspace {root}; nothing is read, written or deleted there.")
    return path


def of_run(run_id: str, name: str = "") -> str:
    """Return the key of something kept for a run; without a name of all of it."""
    return f"{RUNS}/{run_id}/{name}" if name else f"{RUNS}/{run_id}"


def keep_bytes(artefacts: Artefacts, key: str, content: bytes) -> None:
    """Keep bytes under a key; see `Artefacts.write`."""
    artefacts.write(key, lambda path: path.write_bytes(content))


def keep_text(artefacts: Artefacts, key: str, text: str) -> None:
    """Keep a text under a key; see `Artefacts.write`."""
    keep_bytes(artefacts, key, text.encode())


def read_text(artefacts: Artefacts, key: str) -> str:
    """Return a text; raise `StoreError` if there is none."""
    return artefacts.local(key).read_text(encoding="utf-8")


def keep_frame(artefacts: Artefacts, key: str, frame: pd.DataFrame) -> None:
    """Keep a frame under a key, as `synth_ui.store.files.frames.write_frame` writes it."""
    from synth_ui.store.files.frames import fill_frame

    artefacts.write(key, fill_frame(frame))


def look_at_frame(artefacts: Artefacts, key: str) -> None:
    """See whether a frame is kept under a key, whole, without reading it; raise `ArtefactLost` where it is gone or cut off."""
    from synth_ui.store.files import frames

    frames.look_at_frame(artefacts.local(key))


def read_frame(artefacts: Artefacts, key: str) -> pd.DataFrame:
    """Return a frame; raise `StoreError` if there is none, or it is damaged."""
    from synth_ui.store.files import frames

    return frames.read_frame(artefacts.local(key))
