"""The controls: candidates whose truth is known, made from the split and scored by the same pipeline as any other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from synth_ui.columns.halves import Rows, cut, halves
from synth_ui.columns.hashes import content_order, row_hashes
from synth_ui.core.cast import cast
from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply, PluginError
from synth_ui.core.score import CONTROLS
from synth_ui.core.table import Split, Table
from synth_ui.measures.base import Measure, Unseen

UNSEEN = "control:unseen"

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
    within
        Whether the split scored against is made of rows of the split itself, the control's rows being among these as well, so
        that encodings fitted on all real rows serve both.
    places
        Where the rows it is tested on stand in the holdout, shape (n,); None where they are no part of it.
    """

    split: Split
    frame: pd.DataFrame
    note: str
    within: bool = False
    places: npt.NDArray[np.intp] | None = None


def make_control(key: str, split: Split, context: Context, how: Unseen = "halves") -> ControlCase:
    """Make a control of `core.score.CONTROLS`; the same seed makes the same rows.

    Parameters
    ----------
    how
        For unseen real rows: how they are made, see `Measure.unseen`. Those of "halves" are the ones kept and shown.

    Raises
    ------
    PluginError
        If there is no control of that key.
    DoesNotApply
        If the split has too few rows to make it.
    """
    if key not in CONTROLS:
        raise PluginError(f"There is no control {key!r}; there are {', '.join(CONTROLS)}.")
    if not len(split.train):
        raise DoesNotApply("there are no training rows")
    maker = _UNSEEN_MAKERS[how] if key == UNSEEN else _MAKERS[key]
    return maker(split, context.named(key))


def construction(key: str, measure: Measure) -> Unseen:
    """Return how a control is made for a measure: one way for all measures, but for unseen real rows."""
    return measure.unseen_rows() if key == UNSEEN else "halves"


def _independent(split: Split, context: Context) -> ControlCase:
    """Shuffle each column by itself: every column stays right, every relationship is gone."""
    train = split.train.frame
    columns = {
        name: train[name].iloc[context.rng(str(name)).permutation(len(train))].reset_index(drop=True) for name in train.columns
    }
    return ControlCase(
        split, pd.DataFrame(columns, columns=train.columns), "Each column of the training rows in an order of its own."
    )


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


def _halves(split: Split, context: Context) -> ControlCase:
    """Score one half of the holdout as if it were synthetic, against the other half as the holdout.

    Those rows owe nothing to train, so every privacy measure must find nothing. Train is cut to the size of the half that
    stays, so that both references are equal and the null of each measure is the usual one; what is lost is half of the
    rows, hence intervals about 1.4 times as wide as a candidate's. Chance finds no leak in fewer rows, but it makes tables
    of fewer rows less alike: likeness and usefulness need other constructions.
    """
    stays, unseen = _halved(split, context)
    order = content_order(row_hashes(split.train.frame, split.schema.modelled, ordered=False), context.integer_seed("train"))
    train = split.train.rows(order[: len(stays)])
    against = replace(
        split, train=train, holdout=split.holdout.rows(stays), sentence=f"{split.sentence} Unseen rows cut in two.".strip()
    )
    frame = split.holdout.rows(unseen).frame
    note = (
        f"{len(frame):,} unseen rows. For privacy and rules they are scored against the other {len(stays):,} and "
        f"{len(train):,} training rows. For likeness three in four training rows change places with as many unseen rows, and "
        f"all rows now among the training rows are scored against those now unseen. For usefulness training rows fill them up to as "
        f"many as there are to learn from; what learns from them is tested on the other {len(stays):,}."
    )
    return ControlCase(against, frame, note)


def _halved(split: Split, context: Context) -> tuple[Rows, Rows]:
    """Return the rows of the holdout that stay one, and those taken for a candidate's."""
    holdout = split.holdout
    if len(holdout) < 4:
        raise DoesNotApply(f"there are {len(holdout)} unseen rows, too few to cut in two")
    stays, unseen = halves(holdout.frame, split.schema, context.integer_seed("halves"))
    if not len(stays) or not len(unseen):
        raise DoesNotApply("all unseen rows belong to one group, which cannot be cut in two")
    return stays, unseen


def _exchanged(split: Split, context: Context) -> ControlCase:
    """Let three in four training rows change places with unseen ones, and score the rows now in train against those now held out.

    So both sides keep their sizes, and chance the size it has for a candidate. Were all exchanged, the training rows' score would
    come back, as likeness does not ask which side is which. With three in four the differences between the two sides
    correlate with those of the split by −½, as strongly as those of another real sample would by +½: where that falls, this falls.
    """
    n, m = len(split.train), len(split.holdout)
    rows = min(round(1.5 * n * m / max(n + m, 1)), n, m)
    leaves = cut(split.train.frame, split.schema, rows, context.integer_seed("leaves"))
    comes = cut(split.holdout.frame, split.schema, rows, context.integer_seed("comes"))
    mine = _together(split, split.train.frame[~leaves], split.holdout.frame[comes])
    other = _together(split, split.holdout.frame[~comes], split.train.frame[leaves])
    if not len(mine) or not len(other):
        raise DoesNotApply("there are too few real rows to exchange some between training and unseen rows")
    name, sentence = split.train.name, f"{split.sentence} Rows exchanged.".strip()
    against = replace(split, train=Table(mine, split.schema, name), holdout=Table(other, split.schema, name), sentence=sentence)
    note = f"{int(comes.sum()):,} unseen rows and {int((~leaves).sum()):,} training rows, scored against all other real rows."
    return ControlCase(against, mine, note, within=True)


def _filled(split: Split, context: Context) -> ControlCase:
    """Fill half of the holdout up with training rows to as many as train has, and test what learns from them on its other half.

    A model takes as many rows as a candidate's to be as good. The rows shared with train make the two models a little more
    alike than those of two samples; were they left out, both would learn from half of the rows.
    """
    stays, unseen = _halved(split, context)
    order = content_order(row_hashes(split.train.frame, split.schema.modelled, ordered=False), context.integer_seed("filled"))
    fill = order[: max(len(split.train) - len(unseen), 0)]
    mine, seen = split.holdout.rows(unseen[: len(split.train)]).frame, split.train.rows(fill).frame
    frame = _together(split, mine, seen) if len(seen) else mine
    against = replace(split, holdout=split.holdout.rows(stays), sentence=f"{split.sentence} Unseen rows cut in two.".strip())
    note = f"{len(mine):,} unseen rows and {len(seen):,} training rows, tested on the other {len(stays):,}."
    return ControlCase(against, frame, note, within=True, places=stays)


def _together(split: Split, first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of two canonical frames as one, canonical."""
    return cast(pd.concat([first, second], ignore_index=True), split.schema)[0]


_MAKERS: Mapping[str, Callable[[Split, Context], ControlCase]] = {
    "control:independent": _independent,
    "control:train": _train,
    "control:flipped": _flipped,
}

_UNSEEN_MAKERS: Mapping[Unseen, Callable[[Split, Context], ControlCase]] = {
    "halves": _halves,
    "exchanged": _exchanged,
    "filled": _filled,
}
