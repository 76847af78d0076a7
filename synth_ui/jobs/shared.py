"""What is computed once per split, kept in the workspace so that the worker of the next candidate finds it."""

from __future__ import annotations

import fcntl
import hashlib
import logging
import pickle
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

import synth_ui
from synth_ui.core.errors import StoreError
from synth_ui.measures.case import Shared
from synth_ui.store import ledger
from synth_ui.store.disk import file_hash, write_whole
from synth_ui.store.workspace import Workspace

T = TypeVar("T")
logger = logging.getLogger(__name__)

_SCORING = ("core", "columns", "measures", "evaluation")
_LIBRARIES = ("numpy", "pandas", "scipy", "scikit-learn")


@cache
def scoring_version() -> str:
    """Return a hash that changes with anything that could change a score: this package's code and the libraries below it."""
    digest = hashlib.blake2b(synth_ui.__version__.encode(), digest_size=8)
    root = Path(synth_ui.__file__).parent
    for folder in _SCORING:
        for path in sorted((root / folder).rglob("*.py")):
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
        path = self.workspace.home / "cache" / f"{name}.pickle"
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path.with_suffix(".lock"), "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # released by the kernel even if this worker is killed
            if self._trusted(name, path):
                value: T = pickle.loads(path.read_bytes())
                return value
            value = compute()
            self._keep(name, path, value)
            return value

    def _trusted(self, name: str, path: Path) -> bool:
        known = ledger.cached_file(self.workspace, name)
        return known is not None and path.exists() and file_hash(path) == known["hash"]

    def _keep(self, name: str, path: Path, value: object) -> None:
        try:
            write_whole(path, lambda temporary: temporary.write_bytes(pickle.dumps(value, protocol=5)))
            row = {"key": name, "split_id": self.split.fingerprint, "file": path.name, "hash": file_hash(path)}
            ledger.remember_file(self.workspace, {**row, "bytes": path.stat().st_size})
        except StoreError as error:  # the next worker computes it again; this one has it
            logger.warning("A shared value was not kept: %s", error)
