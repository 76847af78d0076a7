"""Partial laws as levels: "the same as that column", where more than a hundredth of the rows say so.

A bill paid in full is a payment equal to the bill. Cut into bins, the two are merely alike, and which bin a payment lies in says
nothing of it being the very number. So such a column has one level more, and a row of that level takes its value from the other
column. What the columns after it see is the level the value lies in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synth_ui.generators._preparation.bins import Bins, Codes
from synth_ui.generators._preparation.margin import is_among
from synth_ui.generators._preparation.prepare import Array, Levels, LineScale, ModelColumn, Prepared
from synth_ui.generators.neural._level_groups import LevelGroups

LEAST = 0.01
_MOST = 3
_FEW_LEVELS = 16


@dataclass(frozen=True, eq=False)
class Echo:
    """One level of a column: the same as an earlier column.

    Attributes
    ----------
    level
        The level's code.
    source
        The earlier column, by its place in the order of drawing.
    levels
        For each level of the source, the level of this column that such a value lies in.
    shift
        What is added to the source's number to have the column's.
    codes
        For each code of the source its code here, of columns with levels; −1 for none.
    """

    level: int
    source: int
    levels: Codes
    shift: float
    codes: Codes


@dataclass(frozen=True, eq=False)
class Echoes:
    """All such levels, by place in the order of drawing."""

    of: tuple[tuple[Echo, ...], ...]

    def seen(self, place: int, picked: Codes, before: Sequence[Codes]) -> Codes:
        """Return the levels values lie in, for drawn levels of a column and the seen ones of those before."""
        if not self.of or not self.of[place]:
            return picked
        out = picked.copy()
        for echo in self.of[place]:
            rows = picked == echo.level
            out[rows] = echo.levels[before[echo.source][rows]]
        return out

    def all_seen(self, drawn: Codes) -> Codes:
        """Return the levels values lie in for drawn rows × columns."""
        seen: list[Codes] = []
        for place in range(drawn.shape[1]):
            seen.append(self.seen(place, drawn[:, place], seen))
        return np.stack(seen, axis=1)

    def repeat(self, drawn: Codes, arrays: Sequence[Array], order: Sequence[int]) -> list[Array]:
        """Return the arrays, in the table's order, with the values that are those of other columns."""
        out = list(arrays)
        for place, echoes in enumerate(self.of):
            for echo in echoes:
                rows = np.flatnonzero(drawn[:, place] == echo.level)
                if not len(rows):
                    continue
                given, own = out[order[echo.source]][rows], out[order[place]].copy()
                values = echo.codes[given] if len(echo.codes) else given + echo.shift
                fits = values >= 0 if len(echo.codes) else ~np.isnan(values)
                own[rows[fits]] = values[fits]
                out[order[place]] = own
        return out


def find_echoes(data: Prepared, bins: Sequence[Bins], groups: Sequence[LevelGroups], order: Sequence[int]) -> Echoes:
    """Find, for each column, the earlier ones whose value it has in more than a hundredth of the rows, at most three."""
    found = []
    for place, at in enumerate(order):
        left = _own(data, bins, at)
        echoes: list[Echo] = []
        while len(echoes) < _MOST and left.mean() >= LEAST:
            same = [(_same(data, at, other) & left) for other in order[:place]]
            shares = [one.mean() if _beyond_chance(data, at, order[k], one) else 0.0 for k, one in enumerate(same)]
            best = int(np.argmax(shares)) if shares else -1
            if best < 0 or shares[best] < LEAST:
                break
            echoes.append(_echo(data, bins, groups, (at, order[best]), groups[at].count + len(echoes), best))
            left &= ~same[best]
        found.append(tuple(echoes))
    return Echoes(tuple(found))


def with_echoes(data: Prepared, echoes: Echoes, order: Sequence[int], shown: Codes, bins: Sequence[Bins]) -> Codes:
    """Return the levels to learn, rows × columns in the order of drawing: those of `echoes` where they hold."""
    wanted = shown.copy()
    for place, of in enumerate(echoes.of):
        left = _own(data, bins, order[place]) if of else np.empty(0, dtype=bool)
        for echo in of:
            same = _same(data, order[place], order[echo.source]) & left
            wanted[same, place] = echo.level
            left &= ~same
    return wanted


def _own(data: Prepared, bins: Sequence[Bins], at: int) -> NDArray[np.bool_]:
    """Tell which rows have a value that is no frequent one: of those that are, equality says little."""
    column, array = data.columns[at], data.arrays[at]
    if column.numeric:
        return np.asarray(~np.isnan(array) & ~is_among(array, bins[at].spikes))
    return np.full(len(array), column.levels > _FEW_LEVELS)


def _same(data: Prepared, at: int, other: int) -> NDArray[np.bool_]:
    """Tell which rows have one value in both columns; none where the columns are not of one kind."""
    column, source = data.columns[at], data.columns[other]
    none = np.zeros(data.rows, dtype=bool)
    if isinstance(column.coder, LineScale) and isinstance(source.coder, LineScale):
        dates = [one.coder.kind.value == "datetime" for one in (column, source)]  # type: ignore[union-attr]
        return none if dates[0] != dates[1] else data.arrays[at] == data.arrays[other] + _shift(column, source)
    if isinstance(column.coder, Levels) and isinstance(source.coder, Levels) and source.levels > _FEW_LEVELS:
        codes = _codes(column, source)
        return np.asarray(codes[data.arrays[other]] == data.arrays[at])
    return none


def _beyond_chance(data: Prepared, at: int, other: int, same: NDArray[np.bool_]) -> bool:
    """Tell whether levels are the same in so many rows more than chance would have it; of rare numbers they hardly ever are."""
    if data.columns[at].numeric or not same.any():
        return True
    own = np.bincount(data.arrays[at], minlength=data.columns[at].levels) / data.rows
    codes = _codes(data.columns[at], data.columns[other])
    theirs = np.bincount(data.arrays[other], minlength=len(codes)) / data.rows
    chance = float((theirs[codes >= 0] * own[codes[codes >= 0]]).sum())
    return bool(same.mean() - chance >= LEAST)


def _shift(column: ModelColumn, source: ModelColumn) -> float:
    return float(source.coder.origin - column.coder.origin)  # type: ignore[union-attr]


def _codes(column: ModelColumn, source: ModelColumn) -> Codes:
    """Return for each code of a source the code of the same level here, −1 for none and for blanks."""
    own = {name: code for code, name in enumerate(column.coder.names)}  # type: ignore[union-attr]
    names = source.coder.names  # type: ignore[union-attr]
    return np.array([own.get(name, -1) for name in names] + [-1] * (source.levels - len(names)), dtype=np.int64)


def _echo(
    data: Prepared, bins: Sequence[Bins], groups: Sequence[LevelGroups], pair: tuple[int, int], level: int, source: int
) -> Echo:
    """Return the level, with where values of each of the source's levels lie: by the middle value of the rows that hold it."""
    at, other = pair
    held = groups[other].encode(bins[other].encode(data.arrays[other]))
    if not data.columns[at].numeric:
        codes = _codes(data.columns[at], data.columns[other])
        first = np.zeros(groups[other].count, dtype=np.int64)
        first[held] = np.maximum(codes, 0)[data.arrays[other]]
        return Echo(level, source, groups[at].encode(first), 0.0, codes)
    order = np.lexsort((data.arrays[other], held))
    starts = np.searchsorted(held[order], np.arange(groups[other].count))
    counts = np.bincount(held, minlength=groups[other].count)
    middles = data.arrays[other][order[np.minimum(starts + counts // 2, len(order) - 1)]]
    shift = _shift(data.columns[at], data.columns[other])
    levels = groups[at].encode(bins[at].encode(middles + shift))
    return Echo(level, source, levels, shift, np.empty(0, dtype=np.int64))
