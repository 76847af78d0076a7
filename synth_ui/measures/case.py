"""What a measure looks at: train, holdout and a candidate, with what all measures share computed once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Self, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from synth_ui.columns.cells import Cells, fit_cells
from synth_ui.columns.coordinates import Coordinates, Matrix, fit_coordinates
from synth_ui.columns.hashes import Hashes, row_hashes
from synth_ui.columns.neighbours import LARGE, Cut, Points
from synth_ui.columns.packed import Packed
from synth_ui.core.context import Context
from synth_ui.core.table import Schema, Split, Table

T = TypeVar("T")

Side = Literal["train", "holdout", "synthetic"]
SIDES: tuple[Side, ...] = ("train", "holdout", "synthetic")


@dataclass(eq=False)
class Shared:
    """What is computed once per split and serves every candidate: encodings, reference models, neighbours among real rows.

    Attributes
    ----------
    split
        The split it belongs to; every encoding is fitted on its real rows only.
    origin
        Of the split this one was cut from, whose real rows hold all of this one's: encodings, and whatever depends on the
        training rows alone where they are the same, are taken from there.
    places
        Where the holdout's rows stand in the origin's holdout, shape (n,), where they are some of it.
    """

    split: Split
    memory: dict[str, Any] = field(default_factory=dict)
    origin: Shared | None = None
    places: npt.NDArray[np.intp] | None = None

    def of(self, split: Split, *, within: bool = False, places: npt.NDArray[np.intp] | None = None) -> Self:
        """Return the like for another split, which leaves its files in the same place.

        Parameters
        ----------
        within
            Whether the other split's real rows are among this one's, so that encodings can be those of this one.
        places
            Where its holdout's rows stand in this one's, if they are some of them.
        """
        return replace(self, split=split, memory={}, origin=self if within else None, places=places)

    def once(self, key: str, compute: Callable[[], T]) -> T:
        """Return what `compute` gives, computed at the first call for `key`."""
        if key not in self.memory:
            self.memory[key] = compute()
        value: T = self.memory[key]
        return value

    def kept(self, key: str, compute: Callable[[], T]) -> T:
        """Return what `compute` gives, computed once per split over all processes that keep their values in the same place.

        For what costs seconds, such as reference models. Here nothing is left for other processes; see `found_or_kept`.
        """
        return self.once(key, lambda: self.found_or_kept(key, compute))

    def found_or_kept(self, key: str, compute: Callable[[], T]) -> T:
        """Do as `kept`, without holding on to the value in memory: what a class that leaves values for other processes writes anew."""
        return compute()

    @property
    def cells(self) -> dict[str, Cells]:
        """How each modelled column falls into the cells of a table, spikes apart; fitted on the real rows."""
        return self.once("cells", lambda: self.origin.cells if self.origin else self._fit_cells(spikes=True))

    @property
    def deciles(self) -> dict[str, Cells]:
        """The same with plain deciles, as publications cut them: a spike shares its cell with its neighbours."""
        return self.once("deciles", lambda: self.origin.deciles if self.origin else self._fit_cells(spikes=False))

    def _fit_cells(self, *, spikes: bool) -> dict[str, Cells]:
        real = [self.split.train.frame, self.split.holdout.frame]
        columns = self.split.schema.modelled
        return {column.name: fit_cells(column, [frame[column.name] for frame in real], spikes=spikes) for column in columns}

    @property
    def coordinates(self) -> Coordinates:
        """The encoding under which rows have distances, fitted on the real rows."""
        real = [self.split.train.frame, self.split.holdout.frame]
        return self.once(
            "coordinates", lambda: self.origin.coordinates if self.origin else fit_coordinates(self.split.schema, real)
        )


@dataclass(frozen=True)
class Refit:
    """How a candidate's rows are made again from other training rows: what a deep audit needs.

    Attributes
    ----------
    make
        Takes the training rows and a context; returns as many rows as the candidate has, canonical.
    seconds
        How long that is expected to take, from how long it took.
    """

    make: Callable[[Table, Context], pd.DataFrame]
    seconds: float


@dataclass(eq=False)
class Case:
    """One candidate against one split.

    Attributes
    ----------
    split
        Train and holdout, canonical.
    synthetic
        The candidate's rows, canonical under the split's schema (levels the real table lacks come last).
    shared
        Per split; hand the same one to every case of a split.
    refit
        How to make such rows again; None for a file made elsewhere.
    """

    split: Split
    synthetic: pd.DataFrame
    shared: Shared
    memory: dict[str, Any] = field(default_factory=dict)
    refit: Refit | None = None

    @property
    def train(self) -> pd.DataFrame:
        """The rows generators saw."""
        return self.split.train.frame

    @property
    def holdout(self) -> pd.DataFrame:
        """The rows they did not."""
        return self.split.holdout.frame

    @property
    def schema(self) -> Schema:
        """The real table's schema."""
        return self.split.schema

    @property
    def whole(self) -> Case:
        """The same candidate on the split this one was cut from; itself where it was cut from none."""
        origin = self.shared.origin
        return self if origin is None else Case(origin.split, self.synthetic, origin)

    @property
    def learns_as_whole(self) -> bool:
        """Whether train is that of the split this one was cut from, so that what real rows teach need not be learned again."""
        return self.train is self.whole.train

    def once(self, key: str, compute: Callable[[], T]) -> T:
        """Return what `compute` gives for this candidate, computed at the first call for `key`."""
        if key not in self.memory:
            self.memory[key] = compute()
        value: T = self.memory[key]
        return value

    def kept(self, key: str, compute: Callable[[], T]) -> T:
        """Do as `once`, and leave the value for other processes that score the same rows, in the same order, against the split."""
        return self.once(key, lambda: self.shared.found_or_kept(f"{key}:{self.fingerprint('synthetic')}", compute))

    def fingerprint(self, side: Side) -> str:
        """Return what tells the rows of a side, in their order, from any others over the modelled columns."""
        return self._of(side, "fingerprint", lambda: hashlib.blake2b(self.hashes(side).tobytes(), digest_size=12).hexdigest())

    def frame(self, side: Side) -> pd.DataFrame:
        """Return the canonical frame of a side."""
        return self.synthetic if side == "synthetic" else self.train if side == "train" else self.holdout

    def codes(self, side: Side, *, spikes: bool = True) -> dict[str, npt.NDArray[np.int32]]:
        """Return the cell of every row in `shared.cells` (or `shared.deciles`), per modelled column; arrays of shape (n,)."""
        frame, cells = self.frame(side), self.shared.cells if spikes else self.shared.deciles
        what = "codes" if spikes else "decile codes"
        return self._of(side, what, lambda: {name: cell.encode(frame[name]) for name, cell in cells.items()})

    def points(self, side: Side) -> Matrix:
        """Return the rows as points under `shared.coordinates`: float32 of shape (n, width), Euclidean."""
        return self._of(side, "points", lambda: self.shared.coordinates.transform(self.frame(side)))

    def near(self, side: Side, rows: npt.NDArray[np.intp] | None = None, columns: npt.NDArray[np.intp] | None = None) -> Points:
        """Return what is searched for neighbours: the rows of a side as points, or some rows or coordinates of them.

        Many rows are written in short, and cut into boxes once, for all searches.
        """
        every = np.arange(len(self.frame(side)))
        some = None if rows is None or np.array_equal(rows, every) else rows
        if len(every) < LARGE:
            return Points(self.points(side), some, columns)
        packed = self.packed(side)
        known = self._of(side, "cut", lambda: Cut.of(packed))
        return (
            Points(packed, some, None, known)
            if columns is None
            else Points(packed.select(columns), some, None, known.select(columns))
        )

    def packed(self, side: Side) -> Packed:
        """Return the rows of a side as points written in short."""
        return self._of(side, "packed", lambda: self.shared.coordinates.pack(self.frame(side)))

    def points_of(self, side: Side, rows: npt.NDArray[np.intp]) -> Matrix:
        """Return some rows of a side as points, without making points of all the others where few are asked for."""
        keeper: Case | Shared = self if side == "synthetic" else self.shared
        known: Matrix | Packed | None = keeper.memory.get(f"points:{side}", keeper.memory.get(f"packed:{side}"))
        if known is not None:
            return known[rows]
        frame = self.frame(side)
        return self.points(side)[rows] if 2 * len(rows) > len(frame) else self.shared.coordinates.transform(frame.iloc[rows])

    def hashes(self, side: Side) -> Hashes:
        """Return a hash per row over the modelled columns; equal rows have equal hashes on every side."""
        return self._of(side, "hashes", lambda: row_hashes(self.frame(side), self.schema.modelled))

    def draw_hashes(self, side: Side) -> Hashes:
        """Return a hash per row that does not depend on the order of the columns, for folds and draws."""
        return self._of(side, "draw_hashes", lambda: row_hashes(self.frame(side), self.schema.modelled, ordered=False))

    def _of(self, side: Side, what: str, compute: Callable[[], T]) -> T:
        """Keep what belongs to real rows per split, and what belongs to the candidate per candidate."""
        keeper: Case | Shared = self if side == "synthetic" else self.shared
        return keeper.once(f"{what}:{side}", compute)
