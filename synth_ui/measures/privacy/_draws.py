"""Who is compared with whom: equal references, drawn by content so that row order never matters."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from synth_ui.columns.halves import Rows
from synth_ui.columns.hashes import content_order
from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply
from synth_ui.measures.case import Case

FEWEST_REAL_ROWS = 1_000
"""Below as many real rows that nothing is found says nothing about privacy: a leak of a few rows would not show. One that shows is one."""


def check_case(case: Case) -> None:
    """Raise `DoesNotApply` if there is nothing to compare."""
    if not case.schema.modelled:
        raise DoesNotApply("no column of the table is compared: all are text, identifiers, personal or ignored")
    for what, frame in (("synthetic table", case.synthetic), ("training rows", case.train), ("holdout", case.holdout)):
        if not len(frame):
            raise DoesNotApply(f"there are no rows in the {what}" if what != "training rows" else "there are no training rows")


def too_few(case: Case) -> str:
    """Return why a privacy measure cannot bear a verdict here, or an empty string."""
    rows = len(case.train) + len(case.holdout)
    if rows >= FEWEST_REAL_ROWS:
        return ""
    return f"{rows:,} real rows are too few to say that nothing leaks, which needs {FEWEST_REAL_ROWS:,}"


def equal_references(case: Case, context: Context) -> tuple[Rows, Rows]:
    """Return as many rows of train as of the holdout: all of the smaller one, a seeded draw of the larger.

    Only then is a row that owes nothing to train as often nearest to the one as to the other. Beyond that no reference is
    ever left out: a candidate's copies are found among the references or not at all.
    """
    seed = context.integer_seed("equal references")
    size = min(len(case.train), len(case.holdout))

    def draw(hashes: npt.NDArray[np.uint64]) -> Rows:
        return np.arange(len(hashes)) if len(hashes) == size else np.sort(content_order(hashes, seed, size))

    key = f"privacy:equal references:{seed}"
    return case.shared.once(key, lambda: (draw(case.draw_hashes("train")), draw(case.draw_hashes("holdout"))))


def cut_note(case: Case) -> str:
    """Say what `equal_references` left out, or nothing."""
    train, holdout = len(case.train), len(case.holdout)
    if abs(train - holdout) <= 1:  # halves of an odd number
        return ""
    larger, other, size = ("Training", "unseen", holdout) if train > holdout else ("Unseen", "training", train)
    return (
        f"{larger} rows were cut from {max(train, holdout):,} to {size:,} here, as many as there are {other} rows, so that neither side is nearer "
        "for having more; real rows split in halves show more."
    )
