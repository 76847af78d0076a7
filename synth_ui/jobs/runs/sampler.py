"""Fitted samplers, kept beside the rows they made, and loaded again only byte for byte as they were written."""

from __future__ import annotations

import hashlib
import pickle

from synth_ui.core.errors import StoreError
from synth_ui.generators.base import Sampler
from synth_ui.store.files.artefacts import SAMPLER, keep_bytes, of_run
from synth_ui.store.files.disk import file_hash
from synth_ui.store.workspace import Workspace


def keep_sampler(ws: Workspace, run_id: str, sampler: Sampler, notes: list[str]) -> str | None:
    """Keep the fitted sampler, so that more rows can be made; return its hash, without which no worker loads it.

    One that cannot be kept adds a note and gives None.
    """
    try:
        packed = pickle.dumps(sampler, protocol=5)
    except (pickle.PicklingError, TypeError, AttributeError) as error:
        notes.append(f"no more rows can be made later: the fitted sampler cannot be kept ({error})")
        return None
    keep_bytes(ws.artefacts, of_run(run_id, SAMPLER), packed)
    return hashlib.sha256(packed).hexdigest()


def load_sampler(ws: Workspace, run_id: str) -> Sampler:
    """Load the fitted sampler of a run, if it is byte for byte the one this workspace wrote.

    Raises
    ------
    StoreError
        If the run has none, the file is not the one whose hash was noted, or it was written by a release in which the classes of
        the sampler stood elsewhere.
    """
    run, key = ws.run(run_id), of_run(run_id, SAMPLER)
    if not run.sampler_hash or not ws.artefacts.exists(key):
        raise StoreError(f"{run.candidate} has no fitted sampler in the workspace; start it again to make more rows.")
    path = ws.artefacts.local(key)
    if file_hash(path) != run.sampler_hash:
        raise StoreError(f"The sampler of {run.candidate} is not the one that was written; it is not loaded. Start it again.")
    try:
        sampler = pickle.loads(path.read_bytes())
    except (AttributeError, ImportError, TypeError) as error:
        raise StoreError(
            f"The sampler of {run.candidate} was kept by another version of this program ({error}). Start it again to make more rows."
        ) from error
    if not isinstance(sampler, Sampler):
        raise StoreError(f"The file kept for {run.candidate} is no sampler.")
    return sampler
