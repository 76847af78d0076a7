"""AIM or MST of dpmm on a table of cells, run by a Python that has it (it asks for another numpy than ours).

python _dpmm_peer.py PROBLEM.npz MADE.npz

The problem holds the rows as cells (rows × columns), the number of cells of each column, the peer's name, ε, δ, a seed, the steps
of one estimate and the largest model in MB; what is made are as many rows of cells, and how long that took.
"""

from __future__ import annotations

import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from dpmm.models.aim import AIMGM
from dpmm.models.mst import MSTGM


def model_of(given: Any, domain: dict[str, int]) -> Any:
    """Return the peer with its settings."""
    same: dict[str, Any] = {
        "epsilon": float(given["epsilon"]),
        "delta": float(given["delta"]),
        "n_iters": int(given["steps"]),
        "domain": domain,
        "random_state": np.random.RandomState(int(given["seed"])),
        "n_jobs": 1,
    }
    return MSTGM(**same) if given["peer"] == "mst" else AIMGM(max_model_size=float(given["model_mb"]), **same)


def made(given: Any) -> dict[str, Any]:
    """Fit the peer and draw as many rows as it saw."""
    names = [str(at) for at in range(given["codes"].shape[1])]
    np.random.seed(int(given["seed"]))
    start = time.process_time()
    model = model_of(given, dict(zip(names, given["sizes"].tolist(), strict=True)))
    model.fit(pd.DataFrame(given["codes"], columns=names))
    drawn = model.generate(n_records=len(given["codes"]))
    codes = drawn[names].to_numpy().astype(np.int64)
    return {"codes": codes, "seconds": time.process_time() - start, "version": version("dpmm")}


if __name__ == "__main__":
    with np.load(Path(sys.argv[1])) as problem:
        np.savez(Path(sys.argv[2]), **made(problem))
