"""The controls: candidates whose truth is known, made from the split and scored by the same pipeline as any other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply, PluginError
from synth_ui.core.score import CONTROLS
from synth_ui.core.table import Split, Table
from synth_ui.measures._encode import content_order, row_hashes
from synth_ui.measures.privacy._draws import halves

REDRAWN = 0.1
"""The share of cells the planted leak redraws."""


@dataclass(frozen=True, eq=False)
class ControlCase:
    """What to score for a control.

    Attributes
    ----------
    split
        What to score it against: the split itself, but for unseen real rows, which need rows that are in neither half.
    frame
        The control's rows, canonical.
    note
        In words, what the rows are.
    """

    split: Split
    frame: pd.DataFrame
    note: str


def make_control(key: str, split: Split, context: Context) -> ControlCase:
    """Make a control of `core.score.CONTROLS`; the same seed makes the same rows.

    Raises
    ------
    PluginError
        If there is no control of that key.
    DoesNotApply
        If the split has too few rows to make it.
    """
    if key not in _MAKERS:
        raise PluginError(f"There is no control {key!r}; there are {', '.join(CONTROLS)}.")
    if not len(split.train):
        raise DoesNotApply("there are no training rows")
    return _MAKERS[key](split, context.named(key))


def _independent(split: Split, context: Context) -> ControlCase:
    """Shuffle each column by itself: every column stays right, every relationship is gone."""
    train = split.train.frame
    columns = {
        name: train[name].iloc[context.rng(str(name)).permutation(len(train))].reset_index(drop=True) for name in train.columns
    }
    return ControlCase(split, pd.DataFrame(columns, columns=train.columns), "Each column of train in an order of its own.")


def _train(split: Split, context: Context) -> ControlCase:
    """Hand out the training rows themselves: as like the real table as can be, and as leaky."""
    return ControlCase(split, split.train.frame.reset_index(drop=True), "The training rows themselves.")


def _flipped(split: Split, context: Context) -> ControlCase:
    """Redraw a tenth of the cells of the training rows from their own columns: a planted leak that no hash finds."""
    frame = redraw_cells(split.train.frame, REDRAWN, context)
    return ControlCase(split, frame, "The training rows, a tenth of the cells redrawn from the same column.")


def redraw_cells(frame: pd.DataFrame, share: float, context: Context) -> pd.DataFrame:
    """Return `frame` with each cell replaced, with probability `share`, by one of the same column drawn at random."""
    rows = np.arange(len(frame))
    columns = {}
    for name in frame.columns:
        rng = context.rng(str(name))
        source = np.where(rng.random(len(frame)) < share, rng.integers(len(frame), size=len(frame)), rows)
        columns[name] = frame[name].iloc[source].reset_index(drop=True)
    return pd.DataFrame(columns, columns=frame.columns)


def _unseen(split: Split, context: Context) -> ControlCase:
    """Score one half of the holdout as if it were synthetic, against the other half as the holdout.

    Those rows owe nothing to train, so every privacy measure must find nothing. Train is cut to the size of the half that
    stays, so that both references are equal and the null of each measure is the usual one; what is lost is half of the
    rows, hence intervals about 1.4 times as wide as a candidate's, never a shift.
    """
    holdout = split.holdout
    if len(holdout) < 4:
        raise DoesNotApply(f"the holdout has {len(holdout)} rows, too few to cut in two")
    stays, unseen = halves(holdout.frame, split.schema, context.integer_seed("halves"))
    if not len(stays) or not len(unseen):
        raise DoesNotApply("all rows of the holdout belong to one group, which cannot be cut in two")
    order = content_order(row_hashes(split.train.frame, split.schema.modelled, ordered=False), context.integer_seed("train"))
    train = split.train.rows(order[: len(stays)])
    against = Split(train, holdout.rows(stays), split.seed, split.share, f"{split.sentence} Holdout cut in two.".strip())
    frame = Table(holdout.frame, split.schema).rows(unseen).frame
    note = f"{len(frame):,} rows of the holdout, scored against its other {len(stays):,} and {len(train):,} training rows."
    return ControlCase(against, frame, note)


_MAKERS: Mapping[str, Callable[[Split, Context], ControlCase]] = {
    "control:independent": _independent,
    "control:train": _train,
    "control:flipped": _flipped,
    "control:unseen": _unseen,
}
