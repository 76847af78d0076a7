"""Whether rows that are said to be unseen are in truth training rows: then nothing that needs unseen rows can be judged."""

from __future__ import annotations

import math

import numpy as np

from synth_ui.columns.hashes import row_hashes
from synth_ui.core.errors import TableError
from synth_ui.core.table import Table

LEAST_MORE = 0.01
"""Share of the unseen rows by which more of them must be training rows than rows of train repeat each other, to be said."""

SURE = 3.5
"""Standard errors of that difference: of honest cuts of tables that repeat themselves in whatever way, at most 2 in 1,000 are accused."""

ALL_BUT = 0.05
"""Unseen rows are refused where no more than this share of those that could be new is new."""


def check_shared(train: Table, holdout: Table) -> str:
    """Say how many unseen rows are training rows, beyond what repeats within train explain; empty where none are, and of a handful of rows.

    A table of few columns repeats itself: a row of train has its like in train as often as an unseen row has. Only what is more is said.

    Raises
    ------
    TableError
        If nearly all of them are, and chance cannot explain it: training and unseen rows are the same rows then.
    """
    if not len(train) or not len(holdout):
        return ""
    known, counts = np.unique(row_hashes(train.frame, train.schema.modelled), return_counts=True)
    again = float(counts[counts > 1].sum()) / len(train)
    found = int(np.isin(row_hashes(holdout.frame, train.schema.modelled), known).sum())
    share = found / len(holdout)
    either = (again + share) / 2
    # Rows that repeat come two at a time at the least, so that their share varies twice as much as one of rows drawn one by one.
    error = math.sqrt(either * (1 - either) * (1 / len(holdout) + 2 / len(train)))
    if share - again < max(LEAST_MORE, SURE * error):
        return ""
    every = "every column" if len(train.schema.modelled) == len(train.schema) else "every column that is modelled"
    said = f"{found:,} of {len(holdout):,} unseen rows equal training rows in {every}; {again:.0%} of the training rows equal another one"
    if 1 - share <= ALL_BUT * (1 - again):
        raise TableError(
            f"Training and unseen rows are the same rows: {said}. Without rows that no generator saw, neither usefulness nor leakage can "
            "be judged. Give rows that were held back before the synthetic table was made."
        )
    return f"{said}. What was made from these has seen them, so that leakage is understated and usefulness overstated"
