"""What is computed once per split, kept in the workspace so that the worker of the next candidate finds it."""

from __future__ import annotations

import hashlib
import logging
import pickle
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

from synth_ui.core.errors import StoreError
from synth_ui.core.installation import ROOT, VERSION
from synth_ui.measures.case import Shared
from synth_ui.store import journal
from synth_ui.store.files.artefacts import keep_bytes
from synth_ui.store.files.disk import file_hash
from synth_ui.store.workspace import CACHE, Workspace
from synth_ui.system import locks

T = TypeVar("T")
logger = logging.getLogger(__name__)

_SCORING = ("core", "columns", "measures", "evaluation")
_LIBRARIES = ("numpy", "pandas", "scipy", "scikit-learn")


@cache
def scoring_version() -> str:
    """Return a hash that changes with anything that could change a score: this package's code and the libraries below it."""
    digest = hashlib.blake2b(VERSION.encode(), digest_size=8)
    for folder in _SCORING:
        for path in sorted((ROOT / folder).rglob("*.py")):
            digest.update(path.read_bytes())
    for library in _LIBRARIES:
        digest.update(version(library).encode())
    return digest.hexdigest()


@dataclass(eq=False)
class StoredShared(Shared):
    """Keeps the costly values of a split in the workspace.

    Of several workers that need the same value at once, one computes it and the others wait for it. A file is only read back
    if its hash is the one noted in the database.
    """

    workspace: Workspace = field(kw_only=True)

    def found_or_kept(self, key: str, compute: Callable[[], T]) -> T:
        """Return what is kept of this split under a key, or what `compute` gives, and keep it."""
        name = hashlib.blake2b(f"{key}:{self.split.fingerprint}:{scoring_version()}".encode(), digest_size=12).hexdigest()
        folder = self.workspace.home / CACHE
        folder.mkdir(parents=True, exist_ok=True)
        lock = locks.hold(folder / f"{name}.lock")  # the system lets go of it even if this worker is killed
        try:
            if (path := self._trusted(name)) is not None:
                value: T = pickle.loads(path.read_bytes())
                return value
            value = compute()
            self._keep(name, value)
            return value
        finally:
            lock.release()

    def _trusted(self, name: str) -> Path | None:
        """Return the file of a value that is the one whose hash was noted."""
        known, key = journal.cached_file(self.workspace, name), f"{CACHE}/{name}.pickle"
        if known is None or not self.workspace.artefacts.exists(key):
            return None
        path = self.workspace.artefacts.local(key)
        return path if file_hash(path) == known["hash"] else None

    def _keep(self, name: str, value: object) -> None:
        packed, file = pickle.dumps(value, protocol=5), f"{name}.pickle"
        try:
            keep_bytes(self.workspace.artefacts, f"{CACHE}/{file}", packed)
            row = {"key": name, "split_id": self.split.fingerprint, "file": file, "hash": hashlib.sha256(packed).hexdigest()}
            journal.remember_file(self.workspace, {**row, "bytes": len(packed)})
        except StoreError as error:  # the next worker computes it again; this one has it
            logger.warning("A shared value was not kept: %s", error)
