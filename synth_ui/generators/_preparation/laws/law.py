"""What a law between columns is: how drawn columns are made to keep it, or which drawn rows do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from synth_ui.generators._preparation.margin import RARE

if TYPE_CHECKING:
    from synth_ui.generators._preparation.prepare import Array, ModelColumn

Truths = NDArray[np.bool_]

MOST_EXCEPTIONS = 0.03
"""A law holds nearly if at most this share of the rows is off it: about a fiftieth, and what chance may add to that."""

EXPECTED = 20.0
"""Rows that chance would put off a law at least, or it is no law."""

OF_CHANCE = 0.1
"""Share of the rows chance would put off a law that may be off it: what is nearly always one level follows from nothing."""


_DRAWN_FOR_OTHERS = 4


class Law(ABC):
    """How columns of drawn rows are made from others, so that they keep a law."""

    @property
    @abstractmethod
    def columns(self) -> tuple[ModelColumn, ...]:
        """Those made here: set aside, or drawn by the model through a stand-in, or put right."""

    @property
    @abstractmethod
    def sources(self) -> tuple[ModelColumn, ...]:
        """Those they are made from."""

    @property
    @abstractmethod
    def text(self) -> str:
        """The law in plain words; completes "kept: "."""

    @abstractmethod
    def apply(self, arrays: Mapping[str, Array], rng: np.random.Generator) -> Mapping[str, Array]:
        """Return the arrays made, by column, from those of drawn rows; a stand-in lies under its column's name."""

    @abstractmethod
    def holds(self, arrays: Mapping[str, Array]) -> Truths:
        """Tell which whole rows keep the law; those with a blank in it do, and those off it on purpose do not."""


class RowCheck(ABC):
    """A law that drawn rows keep by being drawn anew until they do."""

    @property
    @abstractmethod
    def text(self) -> str:
        """The law in plain words; completes "kept: "."""

    @abstractmethod
    def holds(self, arrays: Mapping[str, Array]) -> Truths:
        """Tell which rows keep it."""


@dataclass(frozen=True, eq=False)
class Exceptions:
    """The rows off a law: how many, and what their column holds. They are drawn by themselves, never as the combination they were.

    Attributes
    ----------
    share
        Of all rows.
    values, ends
        Distinct values, and the running count of rows over them.
    """

    share: float
    values: Array
    ends: NDArray[np.int64]

    @classmethod
    def of(cls, array: Array, off: Truths) -> Exceptions:
        """Count what rows off a law hold; as many as repeat no single value do not count."""
        if off.sum() < RARE:
            return cls(0.0, array[:0], np.empty(0, dtype=np.int64))
        values, counts = np.unique(array[off], return_counts=True)
        return cls(float(off.mean()), values, np.cumsum(counts))

    def scattered(self, column: ModelColumn, array: Array, rng: np.random.Generator) -> Array:
        """Return drawn values of which as many are off the law as were."""
        if not self.share:
            return array
        out = array.copy()
        which = np.flatnonzero(rng.random(len(array)) < self.share)
        for _ in range(_DRAWN_FOR_OTHERS):  # what happens to keep the law is drawn once more
            places = rng.integers(0, self.ends[-1], len(which))
            others = self.values[np.searchsorted(self.ends, places, side="right")]
            out[which] = others if column.margin is None else column.margin.soften(others, rng)
            which = which[out[which] == array[which]]
        return out


def off_by_value(source: Array, other: Array) -> tuple[Array, Array, Truths]:
    """Return, for codes of a source, each code's most frequent partner, how many rows hold it, and which rows have another one."""
    size, width = int(source.max(initial=-1)) + 1, int(other.max(initial=-1)) + 1
    cells, counts = np.unique(source * width + other, return_counts=True)
    order = np.lexsort((-counts, cells // width))
    first = np.unique((cells // width)[order], return_index=True)[1]
    partner = np.full(size, -1, dtype=np.int64)
    partner[(cells // width)[order][first]] = (cells % width)[order][first]
    return partner, np.bincount(source, minlength=size), partner[source] != other


def follows(source: Array, other: Array, most: float = MOST_EXCEPTIONS) -> bool:
    """Tell whether one column's codes nearly always tell another's, more often than chance would have it.

    Only rows that share their source's code with another say anything; of `r` of them with `k` codes, chance would put about
    (r − k) times the chance of two rows to differ off the law.
    """
    _, held, off = off_by_value(source, other)
    shared = held >= 2
    rows = int(held[shared].sum())
    shares = np.bincount(other) / max(len(other), 1)
    expected = (rows - int(shared.sum())) * float(1 - (shares**2).sum())
    wrong = int(off.sum())
    return expected >= EXPECTED and wrong <= min(OF_CHANCE * expected, most * rows)
