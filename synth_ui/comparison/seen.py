"""Which files made elsewhere hold rows held back: the tool that made them has seen all of the table, so nothing can judge them."""

from __future__ import annotations

import pandas as pd

from synth_ui.core.score import SEEN, Score, Status, saw, seen_sentence

FILE = "file:"
"""What the names of files made elsewhere begin with; no generator of the race is ever given the rows held back."""


def saw_holdout(scores: pd.DataFrame) -> dict[str, str]:
    """Return the files that hold rows held back beyond chance, each with the sentence that says so.

    Parameters
    ----------
    scores
        Columns of `SCORE_COLUMNS`; the rows of the measure `seen` are read.

    Returns
    -------
    dict
        Candidate to sentence. A file that is not in it holds no sign of such rows, or was not asked, or could not be judged.
    """
    asked = scores[(scores["measure"] == SEEN) & scores["candidate"].astype(str).str.startswith(FILE) & scores["value"].notna()]
    found = {}
    for row in asked.to_dict("records"):
        low = None if row["low"] != row["low"] else row["low"]
        score = Score(row["candidate"], SEEN, row["family"], row["value"], low, status=Status(row["status"]))
        if saw(score):
            found[str(row["candidate"])] = seen_sentence(score)
    return found
