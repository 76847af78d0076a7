"""What is computed once per split, kept in the workspace so that the worker of the next candidate finds it."""

from __future__ import annotations

import hashlib
import logging
import pickle
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from typing import Any, TypeVar

from synth_ui.core.errors import StoreError
from synth_ui.core.installation import ROOT, VERSION
from synth_ui.measures.case import Shared
from synth_ui.store import journal
from synth_ui.store.files.artefacts import keep_bytes
from synth_ui.store.files.signed import NotSigned, read_signed, sign
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
    with the signature it was kept with.
    """

    workspace: Workspace = field(kw_only=True)

    def found_or_kept(self, key: str, compute: Callable[[], T]) -> T:
        """Return what is kept of this split under a key, or what `compute` gives, and keep it."""
        name = hashlib.blake2b(f"{key}:{self.split.fingerprint}:{scoring_version()}".encode(), digest_size=12).hexdigest()
        folder = self.workspace.home / CACHE
        folder.mkdir(parents=True, exist_ok=True)
        lock = locks.hold(folder / f"{name}.lock")  # the system lets go of it even if this worker is killed
        try:
            if (found := self._known(name)) is not None:
                known: T = found[0]
                return known
            value = compute()
            self._keep(name, value)
            return value
        finally:
            lock.release()

    def _known(self, name: str) -> tuple[Any] | None:
        """Return the value kept under a name, in a tuple as it may be None; None where there is none this user's key signed."""
        row, key = journal.cached_file(self.workspace, name), f"{CACHE}/{name}.pickle"
        if row is None or not self.workspace.artefacts.exists(key):
            return None
        try:
            return (read_signed(self.workspace.home, name, self.workspace.artefacts.local(key), row["hash"]),)
        except NotSigned as reason:
            logger.warning("A shared value is computed again: %s", reason)
            return None

    def _keep(self, name: str, value: object) -> None:
        packed, file = pickle.dumps(value, protocol=5), f"{name}.pickle"
        try:
            signature = sign(self.workspace.home, name, packed)
            keep_bytes(self.workspace.artefacts, f"{CACHE}/{file}", packed)
            row = {"key": name, "split_id": self.split.fingerprint, "file": file, "hash": signature}
            journal.remember_file(self.workspace, {**row, "bytes": len(packed)})
        except StoreError as error:  # the next worker computes it again; this one has it
            logger.warning("A shared value was not kept: %s", error)
