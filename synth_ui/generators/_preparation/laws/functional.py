"""Columns that follow from another one nearly always, or from one of so many values that few rows hold each.

Two ways keep such a law, by how many rows hold a value of the column the others follow from:

- many: that column is learned, the others are looked up;
- few (a postcode, a product): it is learned beside those that follow from it and have few values themselves, since a model learns
  more from the state of an order than from its postcode. A drawn row whose values do not go together gets another postcode of its
  city, as often as real rows have it; where no real row has such a city in such a state, one of its state. All else that follows
  is looked up. A value that a single real row holds is never drawn: what goes with it is that row's alone.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from synth_ui.generators._preparation.laws.law import Exceptions, Law, Truths, follows, off_by_value
from synth_ui.generators._preparation.laws.lookups import MOST_KEYS, ROWS_PER_KEY, Lookup

if TYPE_CHECKING:
    from synth_ui.generators._preparation.prepare import Array, ModelColumn

_SAMPLE = 2_000
_SAMPLE_EXCEPTIONS = 0.08
_LEAST_HELD = 2
_MOST_NUMBERS = 24
_MOST_ALONE = 0.3
"""Share of the rows that may hold a value no other row holds: with more there is too little left to draw from."""


class Functional(Law):
    """A law by which columns follow from one."""

    @property
    @abstractmethod
    def loose(self) -> tuple[frozenset[str], ...]:
        """The pairs of columns of which some rows are off the law."""


@dataclass(frozen=True, eq=False)
class NearLookup(Functional):
    """A column that another one tells nearly always: looked up, but for as many rows as were off the law."""

    lookup: Lookup
    source: ModelColumn
    exceptions: Exceptions

    @property
    def sources(self) -> tuple[ModelColumn, ...]:
        """The one that tells it."""
        return (self.source,)

    @property
    def columns(self) -> tuple[ModelColumn, ...]:
        """The one looked up."""
        return (self.lookup.column,)

    @property
    def text(self) -> str:
        """The law, and how often it is broken."""
        broken = f" in {1 - self.exceptions.share:.1%} of rows, as in the real ones" if self.exceptions.share else ""
        return f"{self.lookup.column.name} follows from {self.lookup.source}{broken}"

    @property
    def loose(self) -> tuple[frozenset[str], ...]:
        """Source and column, where rows are off."""
        return (frozenset((self.source.name, self.lookup.column.name)),) if self.exceptions.share else ()

    def apply(self, arrays: Mapping[str, Array], rng: np.random.Generator) -> Mapping[str, Array]:
        """Look up, then scatter what is off."""
        column = self.lookup.column
        return {column.name: self.exceptions.scattered(column, self.lookup.draw(arrays[self.lookup.source]), rng)}

    def holds(self, arrays: Mapping[str, Array]) -> Truths:
        """Tell which rows have what is looked up."""
        return alike(self.lookup.draw(arrays[self.lookup.source]), arrays[self.lookup.column.name])


@dataclass(frozen=True, eq=False)
class FineKey(Functional):
    """A column of many values, each of which has its own value of other columns.

    Attributes
    ----------
    key
        The column the others follow from: drawn by the model, put right here.
    kept
        Those that follow and are drawn by the model too, fewest values first.
    looked
        Those that are set aside.
    partners
        For each code of the key, the values of `kept` and `looked` that go with it.
    alone
        Which codes of the key are never drawn.
    choice
        What another key is chosen by.
    """

    key: ModelColumn
    kept: tuple[ModelColumn, ...]
    looked: tuple[ModelColumn, ...]
    partners: Mapping[str, Array]
    exceptions: Mapping[str, Exceptions]
    alone: NDArray[np.bool_]
    choice: KeyChoice

    @property
    def sources(self) -> tuple[ModelColumn, ...]:
        """The key, and those kept."""
        return (self.key, *self.kept)

    @property
    def columns(self) -> tuple[ModelColumn, ...]:
        """Those set aside, those put right, the key."""
        return (self.key, *self.kept, *self.looked)

    @property
    def text(self) -> str:
        """The law in plain words."""
        names = [column.name for column in (*self.kept, *self.looked)]
        said = ", ".join(names[:-1]) + f" and {names[-1]} follow" if len(names) > 1 else f"{names[0]} follows"
        return f"{said} from {self.key.name}"

    @property
    def loose(self) -> tuple[frozenset[str], ...]:
        """The key with each column of which rows are off."""
        return tuple(frozenset((self.key.name, name)) for name, off in self.exceptions.items() if off.share)

    def apply(self, arrays: Mapping[str, Array], rng: np.random.Generator) -> Mapping[str, Array]:
        """Choose another key where the drawn one does not go with the rest of the row, then look up what follows."""
        keys = np.asarray(arrays[self.key.name]).copy()
        wrong = self.alone[keys]
        for column in self.kept:
            wrong |= self.partners[column.name][keys] != arrays[column.name]
        rows = np.flatnonzero(wrong)
        keys[rows] = self.choice.draw([arrays[column.name][rows] for column in self.kept], len(rows), rng)
        out: dict[str, Array] = {self.key.name: keys}
        for column in (*self.kept, *self.looked):
            out[column.name] = self.exceptions[column.name].scattered(column, self.partners[column.name][keys], rng)
        return out

    def holds(self, arrays: Mapping[str, Array]) -> Truths:
        """Tell which rows have what goes with their key."""
        keys = arrays[self.key.name]
        kept = np.ones(len(keys), dtype=bool)
        for column in (*self.kept, *self.looked):
            kept &= alike(self.partners[column.name][keys], arrays[column.name])
        return kept


def alike(one: Array, other: Array) -> Truths:
    """Tell where two arrays of a column are the same, a blank like a blank; numbers up to rounding."""
    if one.dtype.kind != "f":
        return np.asarray(one == other)
    return np.asarray(np.isclose(one, other, rtol=1e-9, atol=0, equal_nan=True))


@dataclass(frozen=True, eq=False)
class KeyChoice:
    """Keys sorted by the codes of the columns that follow from them, to choose one that goes with a row in as many as there is.

    Attributes
    ----------
    keys, ends
        The keys, and the running count of real rows over them.
    known
        For each number of leading columns, the joined codes there are, ascending.
    starts
        For each, where its keys start; one more at the end.
    sizes
        By how much each column's codes are joined.
    """

    keys: Array
    ends: NDArray[np.int64]
    known: tuple[NDArray[np.int64], ...]
    starts: tuple[NDArray[np.int64], ...]
    sizes: tuple[int, ...]

    @classmethod
    def of(cls, keys: Array, held: NDArray[np.int64], codes: Sequence[Array]) -> KeyChoice:
        """Sort keys, each held by so many rows, by codes."""
        sizes = tuple(int(code.max(initial=0)) + 2 for code in codes)
        order = np.lexsort(tuple(reversed(codes))) if codes else np.arange(len(keys))
        known, starts = [], []
        before = np.zeros(len(keys), dtype=np.int64)
        for code, size in zip(codes, sizes, strict=True):
            values, first, before = np.unique(before * size + code[order], return_index=True, return_inverse=True)
            known.append(values)
            starts.append(np.append(first, len(keys)).astype(np.int64))
        return cls(keys[order], np.cumsum(held[order]), tuple(known), tuple(starts), sizes)

    def draw(self, codes: Sequence[Array], n: int, rng: np.random.Generator) -> Array:
        """Draw a key for each row among those that begin as it does, by how many real rows hold each."""
        low, high = np.zeros(n, dtype=np.int64), np.full(n, len(self.keys), dtype=np.int64)
        alike, before = np.ones(n, dtype=bool), np.zeros(n, dtype=np.int64)
        for code, known, starts, size in zip(codes, self.known, self.starts, self.sizes, strict=True):
            joined = np.where(code < size, before * size + code, -1)
            before = np.minimum(np.searchsorted(known, joined), len(known) - 1)
            alike = alike & (known[before] == joined)
            low, high = np.where(alike, starts[before], low), np.where(alike, starts[before + 1], high)
        floors = np.concatenate([[0], self.ends])
        places = floors[low] + rng.random(n) * (floors[high] - floors[low])
        chosen: Array = self.keys[np.clip(np.searchsorted(self.ends, places, side="right"), low, high - 1)]
        return chosen


# --- finding them -------------------------------------------------------------------------------------------------


def find_functional(columns: Sequence[ModelColumn], arrays: Sequence[Array], target: str | None) -> list[Functional]:
    """Find the columns that follow nearly always from another one; the one with the most values is what the others follow from.

    The target never follows: what tells it is for the model to learn.
    """
    rows = len(arrays[0]) if arrays else 0
    sizes = [len(column.margin.values) + column.blank if column.margin else column.levels for column in columns]
    codes = [
        _codes(column, array) if size <= rows / 2 else array[:0]
        for column, array, size in zip(columns, arrays, sizes, strict=True)
    ]
    order = sorted(range(len(columns)), key=lambda j: (-sizes[j], columns[j].numeric, j))
    coarse = [size <= min(MOST_KEYS, rows / ROWS_PER_KEY) for size in sizes]
    laws: list[Functional] = []
    used: set[int] = set()
    for place, source in enumerate(order):
        fine = not coarse[source]
        if source in used or sizes[source] < 2 or sizes[source] > rows / 2 or _unfit(columns[source], sizes[source], fine):
            continue
        others = [j for j in order[place + 1 :] if j not in used and columns[j].name != target and 1 < sizes[j] <= rows / 2]
        found = [j for j in others if _near(codes[source], codes[j])]
        if not found:
            continue
        if fine:
            law, settled = _fine_key(source, found, columns, arrays, codes, coarse)
            laws += [law] if law is not None else []
            used.update(settled)
        else:
            laws += [_near_lookup(columns[source], columns[j], arrays[source], arrays[j], codes[source], codes[j]) for j in found]
            used.update(found)
    return laws


def _codes(column: ModelColumn, array: Array) -> Array:
    """Return dense codes of a column's values, a blank last."""
    if column.margin is None:
        return array
    return np.where(np.isnan(array), len(column.margin.values), np.searchsorted(column.margin.values, np.nan_to_num(array)))


def _unfit(column: ModelColumn, size: int, fine: bool) -> bool:
    """Tell whether a column may not be what others follow from: a number that a model sees in bins, each of many values."""
    return column.numeric and (fine or size > _MOST_NUMBERS)


def _near(source: Array, other: Array) -> bool:
    """Tell whether a column follows from another one: on some rows first, then on all."""
    _, _, off = off_by_value(source[:_SAMPLE], other[:_SAMPLE])
    return bool(off.mean() <= _SAMPLE_EXCEPTIONS) and follows(source, other)


def _near_lookup(source: ModelColumn, other: ModelColumn, keys: Array, values: Array, own: Array, codes: Array) -> NearLookup:
    partner, _, off = off_by_value(own, codes)
    known = np.unique(values)
    return NearLookup(Lookup(other, source.name, np.unique(keys), known[partner]), source, Exceptions.of(values, off))


def _fine_key(
    source: int,
    found: Sequence[int],
    columns: Sequence[ModelColumn],
    arrays: Sequence[Array],
    codes: Sequence[Array],
    coarse: Sequence[bool],
) -> tuple[FineKey | None, list[int]]:
    """Return the law of a column of many values, and the columns no other law may change."""
    held = np.bincount(codes[source])
    if held[held < _LEAST_HELD].sum() > _MOST_ALONE * len(codes[source]):
        return None, []
    key = columns[source]
    known = np.unique(arrays[source])
    partners, exceptions = {}, {}
    for j in found:
        partner, _, off = off_by_value(codes[source], codes[j])
        values = np.zeros(key.levels, dtype=arrays[j].dtype)
        values[known] = np.unique(arrays[j])[partner]
        partners[columns[j].name], exceptions[columns[j].name] = values, Exceptions.of(arrays[j], off)
    kept = [j for j in found if coarse[j] and not columns[j].numeric][::-1]
    looked = [j for j in found if j not in kept]
    alone = np.ones(key.levels, dtype=bool)
    alone[known] = held < _LEAST_HELD
    drawn = known[held >= _LEAST_HELD]
    choice = KeyChoice.of(drawn, held[held >= _LEAST_HELD], [partners[columns[j].name][drawn] for j in kept])
    law = FineKey(key, tuple(columns[j] for j in kept), tuple(columns[j] for j in looked), partners, exceptions, alone, choice)
    return law, [source, *looked]
