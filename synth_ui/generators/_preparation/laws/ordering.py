"""Numbers and dates that are never above another one: drawn again until they are not; close pairs by what lies between them."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from synth_ui.core.table import Kind
from synth_ui.generators._preparation.laws.arithmetic import kind_of
from synth_ui.generators._preparation.laws.law import Law, RowCheck, Truths
from synth_ui.generators._preparation.margin import Floats, Margin

if TYPE_CHECKING:
    from synth_ui.generators._preparation.prepare import Array, ModelColumn

_EXPECTED = 8.0
"""Rows that chance would put in the other order at least, or the order says nothing."""

_CLOSE = 0.3
"""Spread of what lies between, as a share of the larger one's, up to which that is learned in its place."""

_SAMPLE = 2_000
_WINDOW = 200
_EXACT = 2.0**52


@dataclass(frozen=True, eq=False)
class Above(Law):
    """A column learned as what it lies above another one; the model draws `gap`."""

    column: ModelColumn
    source: ModelColumn
    gap: ModelColumn

    @property
    def sources(self) -> tuple[ModelColumn, ...]:
        """The smaller one."""
        return (self.source,)

    @property
    def columns(self) -> tuple[ModelColumn, ...]:
        """The larger one."""
        return (self.column,)

    @property
    def text(self) -> str:
        """The law, and how it is kept."""
        return f"{self.source.name} is not above {self.column.name}, which was learned as what lies between them"

    def apply(self, arrays: Mapping[str, Array], rng: np.random.Generator) -> Mapping[str, Array]:
        """Put the larger one in its place."""
        return {self.column.name: arrays[self.source.name] + arrays[self.column.name] + apart(self.source, self.column)}

    def holds(self, arrays: Mapping[str, Array]) -> Truths:
        """Tell which rows have the larger one not below the smaller; a blank keeps it."""
        return ~(arrays[self.column.name] - arrays[self.source.name] - apart(self.source, self.column) < 0)


@dataclass(frozen=True, eq=False)
class Ordered(RowCheck):
    """One column is not above another."""

    small: ModelColumn
    large: ModelColumn
    strict: bool

    @property
    def text(self) -> str:
        """The law in plain words."""
        return f"{self.small.name} is {'below' if self.strict else 'not above'} {self.large.name}"

    def holds(self, arrays: Mapping[str, Array]) -> Truths:
        """Tell which rows keep it; a blank does."""
        return self._kept(arrays[self.small.name], arrays[self.large.name])

    def _kept(self, small: Floats, large: Floats) -> Truths:
        gap = large - small - apart(self.small, self.large)
        return np.asarray(~(gap <= 0) if self.strict else ~(gap < 0))

    def mended(self, arrays: Mapping[str, Array]) -> dict[str, Array]:
        """Return the arrays with the larger value of rows that break it exchanged with another row's, where both keep it then.

        The nearest such value is taken. Both columns keep their distributions, as they would not if such rows were drawn anew.
        """
        small, large = arrays[self.small.name] + apart(self.small, self.large), arrays[self.large.name].copy()
        kept = self._kept(arrays[self.small.name], large)
        order = np.argsort(large, kind="stable")
        order = order[kept[order] & ~np.isnan(large[order]) & ~np.isnan(small[order])]
        heights, free = large[order], np.ones(len(order), dtype=bool)
        for row in np.flatnonzero(~kept):
            start = int(np.searchsorted(heights, small[row], side="right" if self.strict else "left"))
            near = np.arange(start, min(start + _WINDOW, len(order)))
            below = small[order[near]] < large[row] if self.strict else small[order[near]] <= large[row]
            fits = near[free[near] & below]
            if len(fits):
                other = order[fits[0]]
                large[row], large[other], free[fits[0]] = large[other], large[row], False
        return {**arrays, self.large.name: large}


def apart(small: ModelColumn, large: ModelColumn) -> float:
    """Return what the origin of the smaller one's array lies above that of the larger one's."""
    return float(small.coder.origin) - float(large.coder.origin)  # type: ignore[union-attr]


def find_orderings(columns: Sequence[ModelColumn], arrays: Sequence[Array]) -> list[Ordered]:
    """Find columns never above another one though their ranges overlap, those that follow from others left out."""
    found = []
    for dates in (True, False):
        at = [
            j
            for j, column in enumerate(columns)
            if column.numeric and (kind_of(column) is Kind.DATETIME) is dates and _fits(column)
        ]
        for small, large in itertools.permutations(at, 2):
            order = _ordered(columns[small], columns[large], arrays[small], arrays[large])
            if order is not None:
                found.append(order)
    return _least(found)


def _fits(column: ModelColumn) -> bool:
    coder: Any = column.coder
    zoned = getattr(coder.dtype, "tz", None) is not None
    return not zoned and bool(abs(coder.low + coder.origin) < _EXACT and abs(coder.high + coder.origin) < _EXACT)


def _ordered(small: ModelColumn, large: ModelColumn, one: Floats, other: Floats) -> Ordered | None:
    gap = other[:_SAMPLE] - one[:_SAMPLE] - apart(small, large)
    if (gap < 0).any():
        return None
    gap = other - one - apart(small, large)
    known = gap[~np.isnan(gap)]
    if not len(known) or known.min() < 0 or known.max() == 0:
        return None
    lows = np.sort(one[~np.isnan(gap)] + apart(small, large))
    above = len(lows) - np.searchsorted(lows, other[~np.isnan(gap)], side="right")
    return Ordered(small, large, bool(known.min() > 0)) if float(above.mean()) >= _EXPECTED else None


def _least(found: Sequence[Ordered]) -> list[Ordered]:
    """Leave out what follows: of a ≤ b, b ≤ c and a ≤ c the last."""
    pairs = {(one.small.name, one.large.name) for one in found}
    middle = {large for _, large in pairs}
    return [
        one
        for one in found
        if one.strict or not any((one.small.name, between) in pairs and (between, one.large.name) in pairs for between in middle)
    ]


def find_gaps(
    orderings: Sequence[Ordered], columns: Sequence[ModelColumn], arrays: Sequence[Array], target: str | None
) -> list[tuple[Above, Array]]:
    """Return, for columns that lie close above another one, the law and what is learned in their place, the largest first."""
    values = {column.name: array for column, array in zip(columns, arrays, strict=True)}
    found: dict[str, tuple[float, Above, Array]] = {}
    for one in orderings:
        low, high = values.get(one.small.name), values.get(one.large.name)
        if (
            low is None
            or high is None
            or one.large.name == target
            or _in_units(one.large)
            or (np.isnan(low) & ~np.isnan(high)).any()
        ):
            continue
        gap = high - low - apart(one.small, one.large)
        share = _spread(gap) / max(_spread(high), 1e-300)
        if share <= min(_CLOSE, found[one.large.name][0] if one.large.name in found else np.inf):
            found[one.large.name] = (share, Above(one.large, one.small, _gap_column(one.large, gap)), gap)
    means = {name: float(np.nanmean(values[name])) + float(law.column.coder.origin) for name, (_, law, _) in found.items()}  # type: ignore[union-attr]
    return [found[name][1:] for name in sorted(found, key=lambda name: -means[name])]


def _in_units(column: ModelColumn) -> bool:
    """Tell whether a column is of months or of years, which no step of a line holds."""
    return bool(getattr(column.coder, "unit", ""))


def _spread(values: Floats) -> float:
    low, high = np.nanquantile(values, [0.05, 0.95])
    return float(high - low)


def _gap_column(column: ModelColumn, gap: Floats) -> ModelColumn:
    """Return the stand-in: a number on a line of its own, under the column's name."""
    there = gap[~np.isnan(gap)]
    coder: Any = column.coder
    line = replace(
        coder,
        kind=Kind.NUMBER,
        dtype=np.dtype("float64"),
        decimals=None,
        digits=None,
        origin=0,
        step=0.0,
        low=float(there.min()),
        high=float(there.max()),
    )
    return replace(column, margin=Margin.of(gap), coder=line)
