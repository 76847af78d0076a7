"""Levels as networks see them: where a column has too many, the rare ones share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synth_ui.generators._preparation.prepare import Array, Prepared

Codes = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class LevelGroups:
    """Levels as the network sees them: where there are too many, the rare ones stand in groups.

    Attributes
    ----------
    count
        The number of groups.
    group_of
        The group of each level.
    members, starts
        The levels sorted by group, and where each group starts among them.
    ends
        The running share of rows over `members`, with which a level is drawn within its group.
    """

    count: int
    group_of: Codes
    members: Codes
    starts: Codes
    ends: NDArray[np.float64]

    @classmethod
    def of(cls, codes: Codes, levels: int, most: int, signal: NDArray[np.float64]) -> LevelGroups:
        """Give each frequent level a group of its own; put rare ones together with those whose rows look alike in `signal`."""
        counts = np.bincount(codes, minlength=levels)
        group_of = np.arange(levels)
        if levels > most:
            frequent = np.argsort(-counts, kind="stable")[: most * 3 // 4]
            rare = np.setdiff1d(group_of, frequent)
            means = np.bincount(codes, weights=signal, minlength=levels) / np.maximum(counts, 1)
            by_mean = rare[np.argsort(means[rare], kind="stable")]
            group_of[frequent] = np.arange(len(frequent))
            shared = most - len(frequent)
            reached = np.cumsum(counts[by_mean]) - counts[by_mean]
            group_of[by_mean] = len(frequent) + reached * shared // max(counts[rare].sum(), 1)
            group_of = np.unique(group_of, return_inverse=True)[1]
        members = np.argsort(group_of, kind="stable")
        count = int(group_of.max(initial=0)) + 1
        return cls(count, group_of, members, np.searchsorted(group_of[members], np.arange(count + 1)), np.cumsum(counts[members]))

    def encode(self, codes: Codes) -> Codes:
        """Return the group of each level."""
        return np.asarray(self.group_of[codes], dtype=np.int64)

    def decode(self, codes: Codes, rng: np.random.Generator) -> Codes:
        """Draw a level of each group by its share of rows."""
        if self.count == len(self.group_of):
            return codes
        floors = np.concatenate([[0], self.ends])
        low, high = floors[self.starts[codes]], floors[self.starts[codes + 1]]
        found = np.searchsorted(self.ends, low + rng.random(len(codes)) * (high - low), side="right")
        return np.asarray(self.members[np.clip(found, self.starts[codes], self.starts[codes + 1] - 1)], dtype=np.int64)


def signal(data: Prepared, codes: Sequence[Array]) -> NDArray[np.float64]:
    """Return one number per row by which rare levels are told apart: the target's code, or the first column's."""
    return codes[data.target if data.target is not None else 0].astype(np.float64)
