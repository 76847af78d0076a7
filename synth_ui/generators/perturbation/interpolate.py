"""Rows mixed from a real row and one of its near neighbours, in the manner of SMOTE-NC."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply
from synth_ui.core.table import TableSize
from synth_ui.core.tunable import choice, integer, number
from synth_ui.generators._preparation.margin import Floats, Margin, is_loose
from synth_ui.generators._preparation.prepare import Array, LawfulGenerator, Model, Prepared
from synth_ui.generators.base import Cost
from synth_ui.generators.perturbation._real_rows import passes

_AT_A_TIME = 2_000
_MOST_FEATURES = 300
_NEAR = "the rows hide nobody: most lie closer to the training rows they were mixed from than to any other row"
_CLASSES = {
    "as they are": "As frequent as in the real table",
    "equal": "Each equally frequent",
    "rarest": "The rarest one only",
}


@dataclass(frozen=True)
class Interpolate(LawfulGenerator):
    """Mix each drawn row from a real row and one of its nearest neighbours.

    One share is drawn per row. Numbers lie at that share of the way from the row to the neighbour; a level, a blank or a value many
    rows hold comes from the one or the other with the same odds. Neighbours share the target's level, where the target has
    levels, and are found by numbers on ranks and levels by whether they are equal.
    """

    key = "interpolate"
    title = "Mix of near neighbours"
    summary = "Puts each new row between a real row and one of its nearest neighbours, as SMOTE does."
    family = "perturbation"
    reference = (
        "Chawla, Bowyer, Hall and Kegelmeyer, SMOTE, JAIR 2002 (SMOTE-NC for mixed columns); Zhang et al., mixup, ICLR 2018"
    )
    uses_target = True
    good_at = "More rows of a rare class for training a model, in seconds, whatever the columns are."
    cannot = "It hides nobody: most rows lie closer to the training rows they were mixed from than to any other row."
    presets = MappingProxyType(
        {
            "quick": MappingProxyType({"pool": 2_000}),
            "balanced": MappingProxyType({}),
            "thorough": MappingProxyType({"pool": 50_000, "neighbours": 10}),
        }
    )

    neighbours: int = integer(5, low=1, high=100, log=True, help="One of so many nearest rows is mixed in.")
    reach: float = number(
        1.0, low=0.05, high=1.0, help="How far towards the neighbour a row may lie at most: 1 is as far as the neighbour itself."
    )
    classes: str = choice("as they are", options=_CLASSES, help="Which levels of the target the drawn rows have.")
    pool: int = integer(
        10_000,
        low=10,
        high=1_000_000,
        log=True,
        help="Neighbours are looked for among so many rows of each class.",
        advanced=True,
    )
    max_rows: int = integer(
        200_000, low=10, high=10_000_000, log=True, help="At most so many real rows are mixed from.", advanced=True
    )

    def learn(self, data: Prepared, context: Context) -> Model:
        """Keep the rows, in classes, with what their neighbours are found by.

        Raises
        ------
        DoesNotApply
            If classes are to be balanced and the target has none.
        """
        part = data.sample(self.max_rows, context.rng("rows"))
        target = None if data.target is None or data.columns[data.target].numeric else data.target
        if target is None and self.classes != "as they are":
            raise DoesNotApply(
                f"the setting classes is {self.classes!r}, and no target with levels is among the columns learned; choose one as "
                "target (on the command line --target COLUMN), or set classes to 'as they are'"
            )
        codes = np.zeros(part.rows, dtype=np.int64) if target is None else part.arrays[target]
        present = np.unique(codes)
        counts = np.bincount(codes)[present]
        if self.classes == "rarest":
            present, counts = present[[counts.argmin()]], counts[[counts.argmin()]]
        shares = np.full(len(present), 1 / len(present)) if self.classes == "equal" else counts / counts.sum()
        context.step("measuring distances", 0.5)
        classes = tuple(np.flatnonzero(codes == code) for code in present)
        context.notes.add(_NEAR)
        return _Mixer(part, _features(part, context), classes, shares, self)

    def cost(self, size: TableSize, rows: int) -> Cost:
        """Estimate: a distance for each drawn row and each row of the pool. Measured on adult × 15."""
        width = min(size.levels, _MOST_FEATURES) + size.columns
        pool = min(self.pool, size.rows)
        seconds = 0.3 + 2e-7 * size.rows * size.columns + rows * (1.2e-10 * pool * (width + 10) + 6e-7 * size.columns)
        return Cost(seconds, 80 + 2e-5 * (size.rows + rows) * size.columns + 4e-6 * min(size.rows, self.max_rows) * width)


def _features(data: Prepared, context: Context) -> NDArray[np.float32]:
    """Return what neighbours are found by: ranks from -1 to 1, and levels, two unequal ones as far apart as half a range.

    Of the levels of all columns the most frequent are told apart, the others are alike.
    """
    each = max(1, _MOST_FEATURES // max(len(data.columns), 1))
    made: list[NDArray[Any]] = []
    for column, array in zip(data.columns, data.arrays, strict=True):
        context.step("measuring distances")
        if column.numeric:
            made.append(_ranks(array))
            continue
        frequent = np.argsort(-np.bincount(array, minlength=column.levels), kind="stable")[:each]
        made.extend((array == level) * np.sqrt(0.5) for level in frequent)
    return np.column_stack(made).astype(np.float32)


def _ranks(array: Floats) -> Floats:
    """Return mid-ranks from -1 to 1; a blank lies below all."""
    places = np.unique(np.where(np.isnan(array), -np.inf, array), return_inverse=True, return_counts=True)
    middles = np.cumsum(places[2]) - places[2] / 2
    out: Floats = 2 * middles[places[1]] / len(array) - 1
    return out


class _Mixer(Model):
    keeps = "the training rows that are mixed, but for the columns made anew"

    def __init__(
        self, data: Prepared, features: NDArray[np.float32], classes: Sequence[Array], shares: Floats, settings: Interpolate
    ) -> None:
        self.data = data
        self.features = features
        self.classes = tuple(classes)
        self.shares = shares
        self.settings = settings

    def draw(self, n: int, context: Context) -> Sequence[Array]:
        which = context.rng("classes").choice(len(self.shares), n, p=self.shares)
        first, second = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64)
        for place, members in enumerate(self.classes):
            rows = np.flatnonzero(which == place)
            if len(rows):
                named = context.named(f"class {place}")
                chosen = passes(len(members), len(rows), named.rng("rows"))
                first[rows] = members[chosen]
                second[rows] = self._partners(members, members[chosen], named)
        return self._mix(first, second, context.rng("mix"))

    def _partners(self, members: Array, rows: Array, context: Context) -> Array:
        """Return for each row one of its nearest neighbours within its class, never itself; itself where it is alone."""
        from sklearn.neighbors import NearestNeighbors

        rng = context.rng("neighbours")
        pool = members
        if len(members) > self.settings.pool:
            pool = np.sort(rng.choice(members, self.settings.pool, replace=False))
        if len(pool) == 1:
            return rows
        asked = min(self.settings.neighbours + 1, len(pool))
        search = NearestNeighbors(n_neighbors=asked, algorithm="brute", n_jobs=1).fit(self.features[pool])
        out = np.empty(len(rows), dtype=np.int64)
        for start in range(0, len(rows), _AT_A_TIME):
            context.step("finding neighbours", 0.8 * start / len(rows))
            part = rows[start : start + _AT_A_TIME]
            near = pool[search.kneighbors(self.features[part], return_distance=False)]
            out[start : start + len(part)] = _other_than(part, near, rng)
        return out

    def _mix(self, first: Array, second: Array, rng: np.random.Generator) -> list[Array]:
        share = rng.random(len(first)) * self.settings.reach
        drawn = []
        for column, array in zip(self.data.columns, self.data.arrays, strict=True):
            one, other = array[first], array[second]
            taken = np.where(rng.random(len(first)) < share, other, one)
            drawn.append(taken if column.margin is None else _between(column.margin, one, other, share, taken))
        return drawn


def _other_than(rows: Array, near: Array, rng: np.random.Generator) -> Array:
    """Choose one of each row's neighbours, the row itself left out (or the furthest, where equal rows crowd it out)."""
    itself = near == rows[:, None]
    at = np.where(itself.any(axis=1), itself.argmax(axis=1), near.shape[1] - 1)
    picked = rng.integers(0, near.shape[1] - 1, len(rows))
    picked += picked >= at
    return np.asarray(near[np.arange(len(rows)), picked], dtype=np.int64)


def _between(margin: Margin, one: Floats, other: Floats, share: Floats, taken: Floats) -> Floats:
    """Lie at the share of the way between two loose values; where one is a blank or a spike, take one as it is."""
    loose = is_loose(margin, one) & is_loose(margin, other)
    out: Floats = np.where(loose, one + share * (other - one), taken)
    return out
