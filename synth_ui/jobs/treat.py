"""What a treated run is to do about exposed rows, as it stands in the run's folder."""

from __future__ import annotations

import json

import numpy as np
import numpy.typing as npt

from synth_ui.core.errors import StoreError
from synth_ui.store.workspace import Workspace

Indices = npt.NDArray[np.intp]


def treatment_of(ws: Workspace, run_id: str) -> tuple[str, Indices]:
    """Return the action of a treated run, and the training rows it is about.

    Raises
    ------
    StoreError
        If the file that says so is missing or damaged.
    """
    try:
        said = json.loads((ws.run_folder(run_id) / "treatment.json").read_text())
        return str(said["action"]), np.array(said["rows"], dtype=np.intp)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError(f"What was to be done about exposed rows in run {run_id!r} cannot be read; ask for it again.") from error
