"""Real rows looked for among other rows: word for word, with one cell changed, and by combinations of columns.

Every cell is a hash, and rows that agree in some columns have the same sum of hashes over these columns. So a row is looked for
by any combination of columns with a sort and a search.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from synth_ui.columns.hashes import Hashes, content_order, hashes_of_levels, mix, value_hashes
from synth_ui.columns.values import numbers
from synth_ui.core.table import Column
from synth_ui.measures.case import SIDES, Case, Side

BINS = 50
"""Numbers and dates are coarsened to so many bins: wide enough to outlive rounding, narrow enough to tell rows apart."""

ROUNDED = 0.02
"""Limits of bins move where that brings the shares of the candidate's bins nearer to the real ones by more than this."""

MOST_SEARCHED = 10_000
"""So many training rows at most are searched for rows that differ in one column; the rest is reckoned from them."""

MOST_LEFT_OUT = 12
"""So many columns at most are left out, one at a time, to judge how likely chance holds all but one cell."""

MOST_BLOCKS = 30
"""So many blocks of columns at most are drawn anew."""

MOST_COMBINED = 64
"""A combination has so many columns at most."""

MOST_DETERMINING = 100
"""In wider tables which column determines which is not asked."""

DETERMINED = 0.95
"""A column determines another where so many of the pairs of rows that agree in it agree in the other too,"""

LARGE = 200_000
"""Of more rows held back than this, combinations are chosen by a draw of so many as are looked for,"""

MOST_WEIGHED = 20_000
"""which is this many."""

FEWEST_SIFTED = 100_000
SIFTED = 8
"""A reference of more rows than this, and so many times the keys looked for, is rid of most others before it is sorted."""

SIEVE_BITS = 20

AT_ONCE = 16_384

FEWEST_PAIRS = 20
"""and there are as many such pairs."""

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Places = npt.NDArray[np.intp]
Columns = list[Hashes]
"""One array of shape (n,) per column."""


class _Cells(NamedTuple):
    """The cells of a column as hashes: one per row, or one per level or bin and the place among them of each row's."""

    words: Hashes
    places: npt.NDArray[np.int64] | None = None

    @property
    def hashes(self) -> Hashes:
        """Return one per row."""
        return self.words if self.places is None else self.words.take(self.places)

    def salted(self, place: int) -> Hashes:
        """Return one per row, scrambled anew for each column: a few levels are scrambled, not a million rows."""
        return _Cells(mix(self.words ^ (np.uint64(place + 1) * np.uint64(0x9E3779B9))), self.places).hashes

    def of(self, rows: Places) -> Hashes:
        """Return those of some rows."""
        return self.words[rows if self.places is None else self.places[rows]]

    @property
    def levels(self) -> Hashes:
        """Return those of the levels that some row has, without that of a blank, which comes last."""
        assert self.places is not None
        return self.words[:-1][np.bincount(self.places, minlength=len(self.words))[:-1] > 0]


@dataclass(frozen=True, eq=False)
class ComparedCells:
    """Train, holdout and candidate, cell by cell, over the columns that can be compared.

    Attributes
    ----------
    names
        The columns compared, in the order of the schema.
    lost
        Modelled columns the candidate has nothing of, which say nothing of the others: all blank, or no level in common.
    moved
        Whether limits of bins were moved, so that the real sides are not those of other candidates.
    """

    names: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    moved: bool = False
    train: Columns = field(default_factory=list)
    holdout: Columns = field(default_factory=list)
    synthetic: Columns = field(default_factory=list)


# --- cells ------------------------------------------------------------------------------------------------------


def word_for_word(case: Case) -> ComparedCells:
    """Hash every cell as it stands."""
    return _cells(case, [(column, _whole(case, column), False) for column in case.schema.modelled])


def coarse(case: Case) -> ComparedCells:
    """Hash every cell by its level, or by the bin its number or date falls into.

    Bins have equal weight among the real rows. Where the candidate's values are rounded, their limits are moved to where rounding,
    or cutting off, changes no row's bin.
    """
    found = []
    for column in case.schema.modelled:
        if column.kind.numeric:
            limits, moved = _settled(case, column)
            sides: tuple[Side, ...] = SIDES if len(limits) else ()
            found.append((column, {side: _binned(case, side, column, limits, moved) for side in sides}, moved))
        else:
            found.append((column, _whole(case, column), False))
    return _cells(case, found)


def real_coarse(case: Case, names: Sequence[str]) -> tuple[Columns, Columns]:
    """Return train and holdout over some columns, as `coarse` gives them to a candidate that is not rounded."""
    sides: tuple[Literal["train"], Literal["holdout"]] = ("train", "holdout")
    columns = [case.schema[name] for name in names]
    real = [
        {side: _binned(case, side, column, _limits(case, column), False) for side in sides}
        if column.kind.numeric
        else {side: _own(case, side, column) for side in sides}
        for column in columns
    ]
    train, holdout = ([cells[side].salted(place) for place, cells in enumerate(real)] for side in sides)
    return train, holdout


def whole_columns(case: Case) -> Columns:
    """Return every modelled column of evenly spread real rows, train then holdout, as it stands: as many as `determined_by` looks at."""
    train = len(case.train)
    rows = np.arange(0, train + len(case.holdout), _step(train + len(case.holdout)))
    own, others = rows[rows < train], rows[rows >= train] - train
    return [np.concatenate([_own(case, "train", c).of(own), _own(case, "holdout", c).of(others)]) for c in case.schema.modelled]


def _step(rows: int) -> int:
    """Return how far apart the rows stand that `determined_by` looks at."""
    return -(-rows // MOST_SEARCHED)


def forget(case: Case) -> None:
    """Let go of the cells of a large table, a gigabyte for a million rows, which no other measure asks for."""
    if max(len(case.train), len(case.holdout), len(case.synthetic)) > LARGE:
        for memory in (case.memory, case.shared.memory):
            for key in [key for key in memory if key.startswith("found again:")]:
                del memory[key]


def _cells(case: Case, found: Sequence[tuple[Column, dict[Side, _Cells], bool]]) -> ComparedCells:
    kept = [entry for entry in found if entry[1]]
    train, holdout, synthetic = (
        [cells[side].salted(place) for place, (_, cells, _) in enumerate(kept)] for side in ("train", "holdout", "synthetic")
    )
    lost = tuple(column.name for column, cells, _ in found if not cells)
    return ComparedCells(
        tuple(column.name for column, _, _ in kept), lost, any(moved for *_, moved in kept), train, holdout, synthetic
    )  # fmt: skip


def _whole(case: Case, column: Column) -> dict[Side, _Cells]:
    """Hash the values of a column on every side; nothing where the candidate has no value of it, or none of its levels."""
    known = case.synthetic[column.name].notna().to_numpy()
    if not known.any():
        return {}
    cells: dict[Side, _Cells] = {side: _own(case, side, column) for side in SIDES}
    if column.kind.discrete:
        levels = cells["synthetic"].levels
        if not (np.isin(levels, cells["train"].levels) | np.isin(levels, cells["holdout"].levels)).any():
            return {}
    return cells


def _own(case: Case, side: Side, column: Column) -> _Cells:
    def compute() -> _Cells:
        series = case.frame(side)[column.name]
        if not column.kind.discrete:
            return _Cells(value_hashes(series, column))
        words, places = hashes_of_levels(series, column)
        return _Cells(words, np.where(places < 0, len(words) - 1, places))

    keeper = case if side == "synthetic" else case.shared
    return keeper.once(f"found again:cells:{side}:{column.name}", compute)


# --- bins -------------------------------------------------------------------------------------------------------


def _binned(case: Case, side: Side, column: Column, limits: Floats, moved: bool) -> _Cells:
    def compute() -> _Cells:
        values = _numbers(case, side, column)
        bins = np.searchsorted(limits, values, side="right")
        bins[np.isnan(values)] = len(limits) + 1
        return _Cells(np.arange(len(limits) + 2, dtype=np.uint64), bins)

    if side == "synthetic" or moved:
        return compute()
    return case.shared.once(f"found again:bins:{side}:{column.name}", compute)


def _numbers(case: Case, side: Side, column: Column) -> Floats:
    keeper = case if side == "synthetic" else case.shared
    return keeper.once(f"found again:numbers:{side}:{column.name}", lambda: numbers(case.frame(side)[column.name], column.kind))


def _real(case: Case, column: Column) -> Floats:
    """Return the real values of a column, sorted, blanks aside."""
    both = [_numbers(case, "train", column), _numbers(case, "holdout", column)]
    return case.shared.once(f"found again:real:{column.name}", lambda: np.sort(np.concatenate([x[~np.isnan(x)] for x in both])))


def _limits(case: Case, column: Column) -> Floats:
    return case.shared.once(f"found again:limits:{column.name}", lambda: limits_of(_real(case, column)))


def limits_of(values: Floats, bins: int = BINS) -> Floats:
    """Return the inner limits of bins of equal weight for sorted values; bin k holds limits[k − 1] <= x < limits[k].

    A value counts no more than a whole bin does, so that the rest of a column that is mostly zero is told apart too.
    """
    distinct, counts = np.unique(values, return_counts=True)
    if len(distinct) <= bins:
        return distinct[1:]
    common = counts >= len(values) / bins
    weight = np.cumsum(np.minimum(counts, counts[~common].sum() / max(bins - int(common.sum()), 1)))
    places = np.searchsorted(weight / weight[-1], np.arange(1, bins) / bins) + 1
    return np.unique(distinct[np.minimum(places, len(distinct) - 1)])


def _settled(case: Case, column: Column) -> tuple[Floats, bool]:
    """Return the limits for a candidate: where its values are rounded, halfway between them, where they are cut off, on them.

    None where it has fewer than two values, and whether they were moved.
    """
    made, limits = _numbers(case, "synthetic", column), _limits(case, column)
    made = made[~np.isnan(made)]
    distinct = np.unique(made)
    if len(distinct) < 2 or not len(limits):
        return np.empty(0), False
    real = _real(case, column)
    choices = [limits, *(_nearest(limits, free) for free in ((distinct[1:] + distinct[:-1]) / 2, distinct[1:]))]
    made = np.sort(made)
    gaps = [_gap(choice, made, real) for choice in choices]
    best = int(np.argmin(gaps))
    return (choices[best], True) if gaps[best] < gaps[0] - ROUNDED else (limits, False)


def _nearest(limits: Floats, free: Floats) -> Floats:
    """Move each limit to the nearest free place; the lower of two, as a limit belongs to the bin above it."""
    right = np.minimum(np.searchsorted(free, limits), len(free) - 1)
    left = np.maximum(right - 1, 0)
    return np.unique(np.where(limits - free[left] <= free[right] - limits, free[left], free[right]))


def _gap(limits: Floats, made: Floats, real: Floats) -> float:
    """Return half the sum of absolute differences of the bins' shares, for sorted values."""
    shares = [np.diff(np.searchsorted(x, limits), prepend=0, append=len(x)) / len(x) for x in (made, real)]
    return float(np.abs(shares[0] - shares[1]).sum() / 2)


# --- rows looked for --------------------------------------------------------------------------------------------


def chosen(columns: Columns, places: Places) -> Columns:
    """Return some of the columns."""
    return [columns[place] for place in places]


def rows_of(columns: Columns, rows: Places) -> Columns:
    """Return some of the rows of every column."""
    return [column[rows] for column in columns]


def keys_of(columns: Columns) -> Hashes:
    """Return one hash per row over the columns."""
    total = columns[0].copy()
    for start in range(0, len(total) if len(columns) > 1 else 0, AT_ONCE):
        rows = slice(start, start + AT_ONCE)
        part = total[rows]  # some thousand sums at a time stay in the processor's cache
        for column in columns[1:]:
            part += column[rows]
    return total


def single(keys: Hashes) -> Hashes:
    """Return the keys that occur once, sorted."""
    distinct, counts = np.unique(keys, return_counts=True)
    once: Hashes = distinct[counts == 1]
    return once


def alone_among(keys: Hashes, rows: Places) -> Places:
    """Return those of some rows that no other row at all equals, in their order."""
    found: Places = rows[times_among(keys[rows], keys) == 1]
    return found


def among(keys: Hashes, reference: Hashes) -> Mask:
    """Tell which keys are in the reference."""
    return _first(keys, np.sort(_sifted(keys, reference)))[1]


def times_among(keys: Hashes, reference: Hashes) -> npt.NDArray[np.int64]:
    """Count how often each key is in the reference."""
    ranked = np.sort(_sifted(keys, reference))
    first, found = _first(keys, ranked)
    times = np.zeros(len(keys), dtype=np.int64)
    times[found] = np.searchsorted(ranked, keys[found], side="right") - first[found]
    return times


def _sifted(keys: Hashes, reference: Hashes) -> Hashes:
    """Leave out of a large reference what begins with other bits than every key, which is nearly all of it where keys are few."""
    if len(reference) < FEWEST_SIFTED or len(keys) * SIFTED > len(reference):
        return reference
    shift = np.uint64(64 - SIEVE_BITS)
    sieve = np.zeros(2**SIEVE_BITS, dtype=bool)
    sieve[(keys >> shift).astype(np.intp)] = True
    return reference[sieve.take((reference >> shift).view(np.int64))]


def _first(keys: Hashes, ranked: Hashes) -> tuple[Places, Mask]:
    """Return where each key would stand among sorted ones, and whether it stands there."""
    first = np.searchsorted(ranked, keys)
    if not len(ranked):
        return first, np.zeros(len(keys), dtype=bool)
    return first, ranked[np.minimum(first, len(ranked) - 1)] == keys


def all_but_one(asked: Columns, reference: Columns) -> Mask:
    """Tell which rows asked agree with a row of the reference in all columns, or in all but one."""
    keys, others = keys_of(asked), keys_of(reference)
    found = among(keys, others)
    for own, column in zip(asked, reference, strict=True):
        left = np.flatnonzero(~found)
        if not len(left):
            break
        found[left] = among(keys[left] - own[left], others - column)
    return found


class TrainRows:
    """The training rows, column by column, with how often the values of some columns together occur, counted once."""

    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        self._counted: dict[tuple[int, ...], tuple[Hashes, npt.NDArray[np.int64]]] = {}
        self._drawn: Places | None = None

    def times(self, places: Places, keys: Hashes) -> npt.NDArray[np.int64]:
        """Count how often each key over the columns at these places occurs."""
        which = tuple(sorted(places.tolist()))
        if which not in self._counted:
            self._counted[which] = np.unique(keys_of(chosen(self.columns, places)), return_counts=True)
        distinct, counts = self._counted[which]
        first, found = _first(keys, distinct)
        return np.where(found, counts[np.minimum(first, len(counts) - 1)], 0)

    def searched(self, keys: Hashes) -> Places:
        """Return which rows are searched: all, or a draw by their keys; in a large table the same one whatever the keys."""
        if len(keys) <= LARGE:
            return content_order(keys, 0, MOST_SEARCHED) if len(keys) > MOST_SEARCHED else np.arange(len(keys))
        if self._drawn is None:
            self._drawn = content_order(keys_of(self.columns), 0, MOST_SEARCHED)
        return self._drawn


def by_chance(asked: Columns, train: TrainRows, places: Places, blocks: Sequence[Places]) -> Floats:
    """Return, for every row asked, how likely rows that never saw it hold it, judged from the training rows.

    The larger, on the mean, of two shares: rows found in train as it is, and rows found if one block of columns of train were drawn
    anew from what train has in these columns, whichever block gives most. Where rows come with replacement the second is hardly
    ever larger. Where no row is there twice, as in a table without duplicates, or with one row per shop and day, train never holds
    a row of the holdout though a generator easily does, and the second says how easily.

    Parameters
    ----------
    asked
        The rows, over the columns at `places` of the training rows.
    blocks
        Places, among these, of columns that are drawn anew together, see `blocks_of`.

    Returns
    -------
    numpy.ndarray
        Shape (rows asked,), in [0, 1].
    """
    columns = chosen(train.columns, places)
    keys, others = keys_of(asked), keys_of(columns)
    best: Floats = among(keys, others).astype(float)
    searched = train.searched(others)
    few, nearby = others[searched], rows_of(columns, searched)
    for block in blocks:
        own = keys_of(chosen(asked, block))
        rate = train.times(places[block], own) / len(others)
        alike = times_among(keys - own, few - keys_of(chosen(nearby, block))) * (len(others) / len(searched))
        redrawn: Floats = 1 - (1 - rate) ** alike
        if redrawn.mean() > best.mean():
            best = redrawn
    return best


def by_chance_but_one(asked: Columns, train: TrainRows, determined: Mask) -> Floats:
    """Return the same for rows of which any one cell may differ; reckoned from twelve columns where there are more."""
    width = len(asked)
    missed = np.zeros(len(asked[0]))
    left_out = np.unique(np.linspace(0, width - 1, min(width, MOST_LEFT_OUT)).round().astype(int))
    for place in left_out:
        others = np.delete(np.arange(width), place)
        found = by_chance(chosen(asked, others), train, others, blocks_of(determined, others))
        missed += np.log1p(-np.minimum(found, 1 - 1e-12))
    return np.asarray(1 - np.exp(missed * width / len(left_out)))


def determined_by(columns: Columns) -> Mask:
    """Tell which columns each column determines: where rows that agree in the one agree in the other too, itself included.

    Returns
    -------
    numpy.ndarray
        Boolean, shape (columns, columns): row j says which columns j determines.
    """
    matrix = np.eye(len(columns), dtype=bool)
    if len(columns) > MOST_DETERMINING:
        return matrix
    columns = [column[:: _step(len(columns[0]))] for column in columns]
    alike = np.array([_pairs(column) for column in columns])
    for one in range(len(columns)):
        for other in range(one):
            both = _pairs(columns[one] + columns[other])
            matrix[one, other] = alike[one] >= FEWEST_PAIRS and both >= DETERMINED * alike[one]
            matrix[other, one] = alike[other] >= FEWEST_PAIRS and both >= DETERMINED * alike[other]
    return matrix


def _pairs(keys: Hashes) -> int:
    """Count the pairs of rows that agree."""
    ranked = np.sort(keys)
    ends = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))
    times = np.diff(ends, prepend=-1)
    return int((times * (times - 1)).sum() // 2)


def blocks_of(determined: Mask, places: Places) -> list[Places]:
    """Return per column of some columns the places, among these, of what it determines, the largest blocks first.

    Each block once, none that is all of them, thirty at most.
    """
    blocks = [row for row in np.unique(determined[places][:, places], axis=0) if not row.all()]
    return [np.flatnonzero(row) for row in sorted(blocks, key=lambda row: -int(row.sum()))[:MOST_BLOCKS]]


def combinations(train: Columns, holdout: Columns, orders: Iterable[Places], most: float) -> list[Places]:
    """Cut each order of columns to as few as leave at most a share `most` of the holdout's single rows in train.

    Few columns outlive many redrawn cells; too few are found by chance.
    """
    firsts = [order[:MOST_COMBINED] for order in orders]
    drawn = content_order(keys_of(holdout), 0, MOST_WEIGHED) if holdout and len(holdout[0]) > LARGE else None
    return [first[: _length(chosen(train, first), chosen(holdout, first), most, drawn)] for first in firsts]


def _length(train: Columns, holdout: Columns, most: float, drawn: Places | None) -> int:
    of_train, of_holdout = _Sums(train), _Sums(holdout)

    def rare(length: int) -> bool:
        keys, others = of_holdout.of(length), of_train.of(length)
        once = single(keys) if drawn is None else keys[alone_among(keys, drawn)]
        return bool(len(once)) and float(among(once, others).mean()) <= most

    low, high = min(2, len(train)), len(train)
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if rare(middle) else (middle + 1, high)
    return low


class _Sums:
    """The keys over the first columns, each made from the last one asked for by what lies between: sums of hashes can be undone."""

    def __init__(self, columns: Columns) -> None:
        self._columns, self._length, self._keys = columns, 0, np.empty(0, dtype=np.uint64)

    def of(self, length: int) -> Hashes:
        """Return one key per row over so many first columns."""
        between = self._columns[min(length, self._length) : max(length, self._length)]
        if not self._length or len(between) >= length:
            self._keys = keys_of(self._columns[:length])
        elif between:
            self._keys = keys_of([self._keys, *between]) if length > self._length else self._keys - keys_of(between)
        self._length = length
        return self._keys
