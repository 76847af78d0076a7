"""Fitted samplers, kept beside the rows they made, and loaded again only with the signature they were kept with."""

from __future__ import annotations

import pickle

from synth_ui.core.errors import StoreError
from synth_ui.generators.base import Sampler
from synth_ui.store.files.artefacts import SAMPLER, keep_bytes, of_run
from synth_ui.store.files.signed import NotSigned, read_signed, sign
from synth_ui.store.workspace import Workspace

PURPOSE = "sampler"


def keep_sampler(ws: Workspace, run_id: str, sampler: Sampler, notes: list[str]) -> str | None:
    """Keep the fitted sampler, so that more rows can be made; return its signature, without which no worker loads it.

    One that cannot be kept or signed adds a note and gives None.
    """
    try:
        packed = pickle.dumps(sampler, protocol=5)
        signature = sign(ws.home, PURPOSE, packed)
    except (pickle.PicklingError, TypeError, AttributeError, StoreError) as error:
        notes.append(f"no more rows can be made later: the fitted sampler cannot be kept ({error})")
        return None
    keep_bytes(ws.artefacts, of_run(run_id, SAMPLER), packed)
    return signature


def load_sampler(ws: Workspace, run_id: str) -> Sampler:
    """Load the fitted sampler of a run, if it is the one this user's key signed.

    Raises
    ------
    StoreError
        If the run has none, its signature is not this user's for this very file, or it was written by a release in which the classes
        of the sampler stood elsewhere.
    """
    run, key = ws.run(run_id), of_run(run_id, SAMPLER)
    if not run.sampler_hash or not ws.artefacts.exists(key):
        raise StoreError(f"{run.candidate} has no fitted sampler in the workspace; start it again to make more rows.")
    try:
        sampler = read_signed(ws.home, PURPOSE, ws.artefacts.local(key), run.sampler_hash)
    except NotSigned as reason:
        raise StoreError(f"The sampler of {run.candidate} is not loaded: {reason}. Start it again to make more rows.") from reason
    except (AttributeError, ImportError, TypeError) as error:
        raise StoreError(
            f"The sampler of {run.candidate} was kept by another version of this program ({error}). Start it again to make more rows."
        ) from error
    if not isinstance(sampler, Sampler):
        raise StoreError(f"The file kept for {run.candidate} is no sampler.")
    return sampler
