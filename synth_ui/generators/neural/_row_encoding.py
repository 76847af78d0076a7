"""Columns as networks over whole rows see them: levels for what many rows hold, a standard normal number for what lies between.

A category is its levels, the rare ones of a long list in groups. A number is, per row, one of its spikes, a blank, or "a number";
in the last case its rank among all such values becomes a normal score. So no network has to learn the shape of a column, only how
columns go together; and `Matched` puts every column's own distribution right where the network misses it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synth_ui.core.context import Context
from synth_ui.generators._preparation.margin import Floats, Margin, is_among
from synth_ui.generators._preparation.prepare import Array, ModelColumn, Prepared
from synth_ui.generators.neural._autoregression import pick, shift_to
from synth_ui.generators.neural._level_groups import Codes, LevelGroups, signal

Floats32 = NDArray[np.float32]

_FEW = 24
"""A number with no more distinct values than this is all levels."""

_MOST_SPIKES = 32
_LEAST_SHARE = 0.002
_SHADES = 1_000
_FARTHEST = 4.0
_WIDEST = 6.0
_MOST_TRIED = 10_000


@dataclass(frozen=True, eq=False)
class MixedColumn:
    """One column as levels and, for some of its rows, a number.

    Attributes
    ----------
    groups
        What a category's levels are joined to; of a numeric column, its levels as they are.
    spikes
        The values of a numeric column that are levels, ascending.
    rest
        The distribution of its other values; None where there are none.
    """

    column: ModelColumn
    groups: LevelGroups
    spikes: Floats
    rest: Margin | None

    @property
    def levels(self) -> int:
        """How many levels a network sees; 1 where a column is nothing but numbers."""
        return self.groups.count

    @classmethod
    def of(cls, column: ModelColumn, array: Array, most: int, told_by: Floats) -> MixedColumn:
        """Find the levels of a column, at most `most`."""
        if column.margin is None:
            return cls(column, LevelGroups.of(array, column.levels, most, told_by), np.empty(0), None)
        known = _spikes(column.margin, most)
        values = array[~np.isnan(array) & ~is_among(array, known)]
        rest = Margin.of(values) if len(values) else None
        count = len(known) + (rest is not None) + column.blank
        every = np.arange(count)
        return cls(column, LevelGroups.of(every, count, count, every.astype(float)), known, rest)

    def encode(self, array: Array, rng: np.random.Generator) -> tuple[Codes, Floats32]:
        """Return the level of each row, and its number (NaN where the level says all)."""
        from scipy.special import ndtri

        scores = np.full(len(array), np.nan, dtype=np.float32)
        if self.column.margin is None:
            return self.groups.encode(array), scores
        codes = np.full(len(array), self.levels - 1, dtype=np.int64)
        spiky = is_among(array, self.spikes)
        codes[spiky] = np.searchsorted(self.spikes, array[spiky])
        rest = ~spiky & ~np.isnan(array)
        codes[rest] = len(self.spikes)
        if self.rest is not None:
            at = np.minimum(np.searchsorted(self.rest.values, array[rest]), len(self.rest.values) - 1)
            reached = np.cumsum(self.rest.counts)[at] - rng.random(len(at)) * self.rest.counts[at]
            scores[rest] = np.clip(ndtri(reached / self.rest.counts.sum()), -_FARTHEST, _FARTHEST)
        return codes, scores

    def decode(self, codes: Codes, scores: Floats32, rng: np.random.Generator) -> Array:
        """Return a value for each level and number."""
        from scipy.special import ndtr

        margin = self.column.margin
        if margin is None:
            return self.groups.decode(codes, rng)
        out = np.full(len(codes), np.nan)
        spiky = codes < len(self.spikes)
        out[spiky] = self.spikes[codes[spiky]]
        if self.rest is not None:
            rest = codes == len(self.spikes)
            out[rest] = margin.soften(self.rest.quantile(ndtr(scores[rest].astype(float))), rng)
        return out


def _spikes(margin: Margin, most: int) -> Floats:
    """Return the values that are levels: all of a few, else the most frequent of those that stand out."""
    if len(margin.values) <= min(_FEW, most):
        return margin.values
    found = margin.spikes
    counts = margin.counts[np.searchsorted(margin.values, found)]
    enough = counts >= _LEAST_SHARE * margin.counts.sum()
    found, counts = found[enough], counts[enough]
    return np.sort(found[np.argsort(-counts, kind="stable")[: min(_MOST_SPIKES, most)]])


@dataclass(frozen=True, eq=False)
class Mixed:
    """All columns, in the order of `Prepared`; each has at most `most` levels."""

    columns: tuple[MixedColumn, ...]
    most: int

    @classmethod
    def of(cls, data: Prepared, most_levels: int, width: int) -> Mixed:
        """Find the levels of all columns; where there are many columns each has fewer, so that all stay within `width`."""
        most = int(np.clip(width // max(len(data.columns), 1), 8, most_levels))
        plain = [np.nan_to_num(array) if column.numeric else array for column, array in zip(data.columns, data.arrays, strict=True)]  # fmt: skip
        told_by = signal(data, plain)
        return cls(tuple(MixedColumn.of(column, array, most, told_by) for column, array in zip(data.columns, data.arrays, strict=True)), most)  # fmt: skip

    @property
    def levels(self) -> tuple[int, ...]:
        """Levels of each column."""
        return tuple(column.levels for column in self.columns)

    @property
    def numbers(self) -> tuple[int, ...]:
        """The columns that have numbers."""
        return tuple(at for at, column in enumerate(self.columns) if column.rest is not None)

    def encode(self, data: Prepared, context: Context) -> tuple[Codes, Floats32]:
        """Return levels, rows × columns, and numbers, rows × `numbers` (NaN where a row has none)."""
        codes, scores = [], []
        for at, (column, array) in enumerate(zip(self.columns, data.arrays, strict=True)):
            context.step("encoding columns", at / len(self.columns))
            code, score = column.encode(array, context.rng(f"ties {at}"))
            codes.append(code)
            scores.append(score)
        kept = [scores[at] for at in self.numbers]
        return np.column_stack(codes), np.column_stack(kept) if kept else np.empty((data.rows, 0), dtype=np.float32)

    def decode(self, codes: Codes, scores: Floats32, rng: np.random.Generator) -> list[Array]:
        """Return the columns of drawn levels and numbers."""
        nothing = np.zeros(len(codes), dtype=np.float32)
        place = {at: index for index, at in enumerate(self.numbers)}
        return [
            column.decode(codes[:, at], scores[:, place[at]] if at in place else nothing, rng)
            for at, column in enumerate(self.columns)
        ]


# --- each column's own distribution -------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Matched:
    """What brings drawn numbers back to a standard normal distribution, one monotone curve per number.

    Attributes
    ----------
    curves
        For each number, drawn values in ascending order, evenly spread over the shares of rows.
    """

    curves: tuple[Floats32, ...]

    @classmethod
    def to(cls, scores: Floats32, there: NDArray[np.bool_]) -> Matched:
        """Read the curves off drawn numbers, those rows only that have one."""
        shares = (np.arange(_SHADES) + 0.5) / _SHADES
        curves = []
        for at in range(scores.shape[1]):
            drawn = scores[there[:, at], at]
            curves.append(np.quantile(drawn if len(drawn) else scores[:, at], shares).astype(np.float32))
        return cls(tuple(curves))

    def __call__(self, scores: Floats32) -> Floats32:
        """Return the normal scores of drawn numbers."""
        from scipy.special import ndtri

        shares = (np.arange(_SHADES) + 0.5) / _SHADES
        out = np.empty_like(scores)
        for at, curve in enumerate(self.curves):
            rising = np.maximum.accumulate(curve + np.arange(_SHADES, dtype=np.float32) * 1e-7)
            out[:, at] = ndtri(np.interp(scores[:, at], rising, shares))
        return out


def spans(levels: Sequence[int]) -> list[tuple[int, int]]:
    """Return where each column's levels start among all, and how many there are."""
    return [(int(first), count) for first, count in zip(np.cumsum([0, *levels[:-1]]), levels, strict=True)]


def trial_rows(rows: int) -> int:
    """Return how many rows to draw to see how far a network's columns lie from those of so many real rows."""
    return int(np.clip(2 * rows, 500, _MOST_TRIED))


def log_shares(codes: Codes, levels: Sequence[int]) -> Floats32:
    """Return the log share of each level of all columns, half a row added to each."""
    counts = [np.bincount(codes[:, at], minlength=count) + 0.5 for at, count in enumerate(levels)]
    return np.concatenate([np.log(count / count.sum()) for count in counts]).astype(np.float32)


def numbers_there(mixed: Mixed, codes: Codes) -> NDArray[np.bool_]:
    """Tell where rows have numbers, rows × `mixed.numbers`."""
    there = [codes[:, at] == len(mixed.columns[at].spikes) for at in mixed.numbers]
    return np.column_stack(there) if there else np.empty((len(codes), 0), dtype=bool)


@dataclass(frozen=True, eq=False)
class Outputs:
    """How cells are drawn from what a network gives in one go: log chances, means and log spreads.

    Attributes
    ----------
    shifts
        What is added to the log chances so that drawn levels have the real shares.
    curves
        What brings drawn numbers back to their own distributions.
    """

    levels: tuple[int, ...]
    shifts: Floats32
    curves: Matched | None = None

    @classmethod
    def matched(cls, raw: Floats32, mixed: Mixed, codes: Codes, context: Context) -> Outputs:
        """Read shifts and curves off what the network gives for drawn codes or noise, with the levels of the real rows."""
        width, shifts = sum(mixed.levels), []
        wanted = np.exp(log_shares(codes, mixed.levels)).astype(float)
        for first, levels in spans(mixed.levels):
            context.step("matching margins", first / width)
            part = slice(first, first + levels)
            shifts.append(shift_to(raw[:, part], wanted[part], 0.5 / len(raw)))
        shifted = cls(mixed.levels, np.concatenate(shifts))
        made, scores = shifted.draw(raw, context.rng("matching margins"))
        return cls(mixed.levels, shifted.shifts, Matched.to(scores, numbers_there(mixed, made)))

    def draw(self, raw: Floats32, rng: np.random.Generator) -> tuple[Codes, Floats32]:
        """Draw levels and numbers."""
        width = sum(self.levels)
        numbers = (raw.shape[1] - width) // 2
        codes = [
            pick(raw[:, first : first + count] + self.shifts[first : first + count], rng) for first, count in spans(self.levels)
        ]
        spread = np.exp(np.clip(raw[:, width + numbers :], -_WIDEST, _WIDEST))
        away = spread * rng.standard_normal((len(raw), numbers), dtype=np.float32)
        scores: Floats32 = (raw[:, width : width + numbers] + away).astype(np.float32)
        return np.column_stack(codes), scores if self.curves is None else self.curves(scores)
