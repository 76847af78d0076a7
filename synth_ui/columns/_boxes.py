"""References made ready for a search in single precision, cut into boxes so that most of them need not be compared.

A box is the smallest one, sides along the coordinates, that holds its references: none of them is nearer to a query than the
box is. Rows of a table cluster, most share their levels with many others, so a few boxes in a hundred are left to look into. Where
more are, all references are compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from synth_ui.columns.packed import LEVEL, Levels, Packed

Matrix = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

FEWEST_QUERIES = 1_500
"""Below as many queries cutting takes longer than it saves."""

LARGE = 200_000
FEWEST_OF_LARGE = 500
"""The same of as many references, of which rounding leaves more open."""

AT_ONCE = 8_192

BOX = 512
MOST_BOXES = 512
LOOKED_AT = 512
"""References of a box by which the coordinate to cut at is chosen."""

PROBED = 128
WORTH_IT = 0.6
"""Where a probe of queries looks at a larger share of all pairs, all are compared instead."""

BLOCK = 1_024
TILE = 1_024
PICKED = 12
ROUNDING = 2.0**-24


@dataclass(frozen=True, eq=False)
class Points:
    """Some rows, and some coordinates, of a large matrix: read part by part, never copied whole.

    Attributes
    ----------
    matrix
        All of it, as it is or in short; of one in short all coordinates are meant.
    rows, columns
        Which are meant; None for all.
    cut
        The whole matrix cut into boxes, where that is known: of some of its rows or coordinates they are boxes too.
    """

    matrix: Matrix | Packed
    rows: Indices | None = None
    columns: Indices | None = None
    cut: Cut | None = None

    def __len__(self) -> int:
        return len(self.matrix) if self.rows is None else len(self.rows)

    @property
    def width(self) -> int:
        """How many coordinates are meant."""
        return int(self.matrix.shape[1]) if self.columns is None else len(self.columns)

    def __getitem__(self, rows: Any) -> Matrix:
        found: Matrix = self.matrix[rows if self.rows is None else self.rows[rows]]
        return found if self.columns is None else np.take(found, self.columns, axis=-1)

    def of(self, rows: Indices) -> Points:
        """Return some of the rows."""
        return replace(self, rows=rows if self.rows is None else self.rows[rows])

    def plain(self) -> Points:
        """Return the same as a matrix of their own."""
        found = self[:] if isinstance(self.matrix, Packed) else self.matrix if self.rows is None else self.matrix[self.rows]
        return Points(found if self.columns is None else found[:, self.columns])

    def coordinate(self, rows: Indices, place: int) -> Matrix:
        """Return one coordinate of some rows."""
        if isinstance(self.matrix, Packed):
            return self.matrix.coordinate(rows if self.rows is None else self.rows[rows], place)
        column = place if self.columns is None else self.columns[place]
        found: Matrix = self.matrix[rows if self.rows is None else self.rows[rows], column]
        return found

    def spread(self, rows: Indices) -> Floats | Matrix:
        """Return the variance of each coordinate over some rows, shape (width,)."""
        if isinstance(self.matrix, Packed):
            return self.matrix.spread(rows if self.rows is None else self.rows[rows])
        found: Matrix = self[rows].var(axis=0)
        return found

    def blocks(self) -> Iterator[Matrix]:
        """Yield all rows, some thousand at a time; a matrix that is meant whole at once."""
        if self.rows is None and self.columns is None and len(self.matrix) < LARGE and not isinstance(self.matrix, Packed):
            yield self.matrix
            return
        for start in range(0, len(self), AT_ONCE):
            yield self[slice(start, start + AT_ONCE)]


# --- boxes ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Boxes:
    """The ends of boxes.

    Attributes
    ----------
    low, high
        Of each box, shape (boxes, width).
    lowest, highest
        Of all references, shape (width,).
    two_valued
        Which coordinates take these two values only, as one-hot levels do, shape (width,).
    """

    low: Matrix
    high: Matrix
    lowest: Matrix
    highest: Matrix
    two_valued: npt.NDArray[np.bool_]

    def select(self, c: Indices) -> Boxes:
        """Return the ends in some coordinates."""
        return Boxes(self.low[:, c], self.high[:, c], self.lowest[c], self.highest[c], self.two_valued[c])

    def bounds(self, queries: Matrix) -> Matrix:
        """Return for each query and box a squared distance that no reference in it is below, shape (queries, boxes)."""
        flat = self.two_valued
        asked = queries[:, flat]
        none = (self.high == self.lowest)[:, flat]  # no reference of the box has the higher value
        every = ((self.low == self.highest) & (self.highest > self.lowest))[:, flat]
        found: Matrix = (asked - self.lowest[flat]) ** 2 @ none.T.astype(np.float32)
        found += (asked - self.highest[flat]) ** 2 @ every.T.astype(np.float32)
        beyond, above = np.empty_like(found), np.empty_like(found)
        for place in np.flatnonzero(~flat):
            own = queries[:, place, None]
            np.subtract(self.low[None, :, place], own, out=beyond)
            np.subtract(own, self.high[None, :, place], out=above)
            np.maximum(beyond, above, out=beyond)
            np.maximum(beyond, 0, out=beyond)
            np.multiply(beyond, beyond, out=beyond)
            found += beyond
        found *= np.float32(1 - 4 * (queries.shape[1] + 8) * ROUNDING)  # a sum of squares is off by a share of itself
        return found


def cut(references: Points, size: int) -> list[Indices]:
    """Cut references in two, again and again, where they vary most, until no part holds more than `size` that differ."""
    parts, waiting = [], [np.arange(len(references))]
    while waiting:
        part = waiting.pop()
        below = _lower(references, part) if len(part) > size else None
        if below is None:
            parts.append(part)
        else:
            waiting += [part[~below], part[below]]
    return parts


def _lower(references: Points, part: Indices) -> npt.NDArray[np.bool_] | None:
    """Return which references lie below the middle of the coordinate that varies most; None where all looked at are equal."""
    spread = references.spread(part[:: -(-len(part) // LOOKED_AT)])
    place = int(spread.argmax())
    if spread[place] <= 0:
        return None
    values = references.coordinate(part, place)
    if isinstance(references.matrix, Packed) and references.matrix.of_levels[place]:
        return values <= 0
    middle = np.median(values)
    below: npt.NDArray[np.bool_] = values < middle
    return below if below.any() else values <= middle


def boxes_of(references: Points, parts: list[Indices]) -> Boxes:
    """Return the boxes that hold the parts."""
    if isinstance(references.matrix, Packed):
        return _boxes_in_short(references, references.matrix, parts)
    ends = [(own.min(axis=0), own.max(axis=0)) for own in (references[part] for part in parts)]
    low, high = (np.array(one) for one in zip(*ends, strict=True))
    lowest, highest = low.min(axis=0), high.max(axis=0)
    two_valued = np.ones(references.width, dtype=bool)
    for block in references.blocks():
        flat = np.flatnonzero(two_valued)
        own = block[:, flat]
        two_valued[flat] = ((own == lowest[flat]) | (own == highest[flat])).all(axis=0)
    return Boxes(low, high, lowest, highest, two_valued)


def _boxes_in_short(references: Points, packed: Packed, parts: list[Indices]) -> Boxes:
    """Do the same for points in short, without writing down their coordinates."""
    low, high = np.zeros((2, len(parts), packed.width), dtype=np.float32)
    for number, part in enumerate(parts):
        rows = part if references.rows is None else references.rows[part]
        numbers = packed.numbers[rows]
        times = np.bincount(packed.levels[rows].ravel(), minlength=packed.width + 1)[:-1]
        low[number], high[number] = (times == len(rows)) * LEVEL, (times > 0) * LEVEL
        low[number, packed.at], high[number, packed.at] = numbers.min(axis=0), numbers.max(axis=0)
    lowest, highest = low.min(axis=0), high.max(axis=0)
    two_valued = packed.of_levels.copy()
    numbers = packed.numbers if references.rows is None else packed.numbers[references.rows]
    for number, place in enumerate(packed.at):
        own = numbers[:, number]
        two_valued[place] = bool(((own == lowest[place]) | (own == highest[place])).all())
    return Boxes(low, high, lowest, highest, two_valued)


@dataclass(frozen=True, eq=False)
class Cut:
    """A matrix cut into boxes once, for several searches among its rows: which rows each holds, and its ends."""

    parts: list[Indices]
    boxes: Boxes

    @classmethod
    def of(cls, matrix: Matrix | Packed) -> Cut:
        """Cut all rows of a matrix."""
        points = Points(matrix)
        parts = cut(points, max(BOX, len(points) // MOST_BOXES))
        return cls(parts, boxes_of(points, parts))

    def among(self, points: Points) -> tuple[list[Indices], Boxes]:
        """Return the parts and boxes of some rows and coordinates of the matrix; boxes without any of the rows are left out."""
        parts, boxes = self.parts, self.boxes
        if points.rows is not None:
            place = np.full(len(points.matrix), -1)
            place[points.rows] = np.arange(len(points))
            found = [own[own >= 0] for own in (place[part] for part in parts)]
            there = np.array([len(part) > 0 for part in found])
            parts = [part for part in found if len(part)]
            boxes = replace(boxes, low=boxes.low[there], high=boxes.high[there])
        return parts, boxes if points.columns is None else boxes.select(points.columns)

    def select(self, columns: Indices) -> Cut:
        """Return the same cut over some coordinates."""
        return Cut(self.parts, self.boxes.select(columns))


# --- the search -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Found:
    """What a search in single precision says.

    Attributes
    ----------
    index
        References, nearest first but for rounding, −1 where so many did not have to be looked for; shape (queries, keep).
    ahead
        A squared distance that no other reference is below, shape (queries,).
    compared
        How many pairs were compared.
    """

    index: Indices
    ahead: Floats
    compared: int


@dataclass(frozen=True, eq=False)
class SearchField:
    """References ready to be searched.

    Attributes
    ----------
    parts
        Which references are compared at once.
    columns
        For each part −2r, |r|² as columns, so that one product with (q, 1) gives |q − r|² − |q|²; of points in short made anew
        whenever they are asked for, which takes less than to keep them.
    boxes
        Which parts can be passed over, or None where all are compared.
    varying
        The coordinates in which references differ.
    origin
        Their mean, from which they are measured so that products round little.
    far
        The largest distance of a reference from it.
    terms
        How many products of coordinates are not zero at most: only these round.
    """

    parts: list[Indices]
    columns: Sequence[Matrix] | _Columns
    boxes: Boxes | None
    varying: Indices
    origin: Matrix
    far: float
    terms: int

    def ask(self, queries: Matrix, k: int, keep: int) -> Found:
        """Find `keep` references of each query, of which `k` are nearest but for rounding."""
        centred = queries - self.origin
        own = np.einsum("ij,ij->i", centred, centred, dtype=np.float64)
        rounding = 2 * (self.terms + 8) * ROUNDING * (np.sqrt(own) + self.far) ** 2
        asked = np.append(centred[:, self.varying], np.ones((len(queries), 1), np.float32), axis=1)
        reached = _Reached(asked, keep)
        if self.boxes is None:
            left = np.full(len(queries), np.inf)
            for number, part in enumerate(self.parts):
                reached.compare(np.arange(len(queries)), part, self.columns[number])
        else:
            left = self._pass_through(self.boxes.bounds(queries), reached, k, own + rounding)
        ahead = np.minimum(reached.value[:, -1].astype(np.float64) + own - rounding, left)
        return Found(reached.index, ahead, reached.compared)

    def ask_exactly(self, references: Points, queries: Matrix, keep: int, within: Floats) -> Indices:
        """Find `keep` nearest references of each query in double precision, for the few that single precision leaves open.

        Parameters
        ----------
        within
            The squared distance of the farthest reference that is wanted, or more; parts that lie beyond are passed over. Shape (queries,).

        Returns
        -------
        numpy.ndarray
            References, −1 where so many did not have to be looked for; shape (queries, keep).
        """
        origin = self.origin[self.varying].astype(np.float64)
        asked = np.append(queries[:, self.varying] - origin, np.ones((len(queries), 1)), axis=1)
        bounds = None if self.boxes is None else self.boxes.bounds(queries)
        reached = _Reached(asked, keep)
        for number, part in enumerate(self.parts):
            rows = np.arange(len(queries)) if bounds is None else np.flatnonzero(bounds[:, number] <= within)
            if len(rows):
                own = references[part][:, self.varying] - origin
                reached.compare(rows, part, np.append(-2 * own.T, np.einsum("ij,ij->i", own, own)[None], axis=0))
        return reached.index

    def _pass_through(self, bounds: Matrix, reached: _Reached, k: int, offset: Floats) -> Floats:
        """Look into the nearest box, then into all that can hold a nearer reference; return the least bound of the others."""
        first = bounds.argmin(axis=1)
        order = np.argsort(first, kind="stable")
        starts = np.searchsorted(first[order], np.arange(len(self.parts) + 1))
        for box in np.flatnonzero(np.diff(starts)).tolist():
            reached.compare(order[starts[box] : starts[box + 1]], self.parts[box], self.columns[box])
        bounds[np.arange(len(bounds)), first] = np.inf
        limit = reached.value[:, k - 1] + offset
        for box in range(len(self.parts)):
            rows = np.flatnonzero(bounds[:, box] < limit)
            if len(rows):
                reached.compare(rows, self.parts[box], self.columns[box])
                bounds[rows, box] = np.inf
                limit[rows] = reached.value[rows, k - 1] + offset[rows]
        left: Floats = bounds.min(axis=1).astype(np.float64)
        return left


class _Reached:
    """The lowest products of some queries so far, lowest first, and of which references; shape (queries, keep) each."""

    def __init__(self, asked: Matrix | Floats, keep: int) -> None:
        self._asked = asked
        self.value = np.full((len(asked), keep), np.inf, dtype=asked.dtype)
        self.index = np.full((len(asked), keep), -1, dtype=np.int64)
        self.compared = 0

    def compare(self, rows: Indices, part: Indices, columns: Matrix | Floats) -> None:
        """Compare some queries with some references."""
        self.compared += len(rows) * len(part)
        for start in range(0, len(rows), BLOCK):
            these = rows[start : start + BLOCK]
            products = self._asked[these] @ columns
            nearer = products.min(axis=1) < self.value[these, -1]
            if nearer.all():
                self._take(these, part, products)
            elif nearer.any():
                self._take(these[nearer], part, products[nearer])

    def _take(self, rows: Indices, part: Indices, products: Matrix | Floats) -> None:
        keep = self.value.shape[1]
        value, column = _lowest(products, min(keep, len(part)))
        values = np.concatenate([self.value[rows], value], axis=1)
        indices = np.concatenate([self.index[rows], part[column]], axis=1)
        order = np.argsort(values, axis=1, kind="stable")[:, :keep]
        self.value[rows] = np.take_along_axis(values, order, axis=1)
        self.index[rows] = np.take_along_axis(indices, order, axis=1)


def _lowest(products: npt.NDArray[Any], keep: int) -> tuple[npt.NDArray[Any], Indices]:
    """Return the `keep` lowest products of each row and their columns; few are picked one by one, and taken out of `products`."""
    if keep > PICKED:
        best = np.argpartition(products, keep - 1, axis=1)[:, :keep]
        return np.take_along_axis(products, best, axis=1), best
    rows = np.arange(len(products))
    value, column = np.empty((len(products), keep), dtype=products.dtype), np.empty((len(products), keep), dtype=np.int64)
    for place in range(keep):
        column[:, place] = products.argmin(axis=1)
        value[:, place] = products[rows, column[:, place]]
        products[rows, column[:, place]] = np.inf
    return value, column


def prepared(references: Points, queries: Matrix, k: int, keep: int) -> SearchField:
    """Make references ready for these queries: cut into boxes where a probe of the queries shows that it is worth it."""
    fewest = FEWEST_OF_LARGE if len(references) >= LARGE else FEWEST_QUERIES
    if len(queries) >= fewest and len(references) >= 4 * BOX:
        if references.cut is None:
            parts = cut(references, max(BOX, len(references) // MOST_BOXES))
            boxes = boxes_of(references, parts)
        else:
            parts, boxes = references.cut.among(references)
        field = _field(references, parts, boxes)
        if isinstance(references.matrix, Packed):
            return field  # a probe of so many parts takes as long as it could save
        probe = queries[:: max(len(queries) // PROBED, 1)]
        if field.ask(probe, k, keep).compared <= WORTH_IT * len(probe) * len(references):
            return field
    starts = range(0, len(references), TILE)
    return _field(references, [np.arange(start, min(start + TILE, len(references))) for start in starts], None)


def _field(references: Points, parts: list[Indices], boxes: Boxes | None) -> SearchField:
    if isinstance(references.matrix, Packed):
        return _field_in_short(references, references.matrix, parts, boxes)
    ends = [(block.min(axis=0), block.max(axis=0), block.sum(axis=0, dtype=np.float64)) for block in references.blocks()]
    low, high, total = (np.array(one) for one in zip(*ends, strict=True))
    varying = np.flatnonzero(high.max(axis=0) - low.min(axis=0) > 0)
    origin = (total.sum(axis=0) / len(references)).astype(np.float32)
    columns, far = [], 0.0
    for part in parts:
        centred = (references[part] - origin)[:, varying]
        norm = np.einsum("ij,ij->i", centred, centred, dtype=np.float64)
        columns.append(np.append(-2 * centred.T, norm[None].astype(np.float32), axis=0))
        far = max(far, float(norm.max()))
    return SearchField(parts, columns, boxes, varying, origin, float(np.sqrt(far)), len(varying))


@dataclass(frozen=True, eq=False)
class _Columns:
    """The columns of each part of points in short, see `SearchField`; levels are measured from 0, so that what is not written down stays 0.

    Attributes
    ----------
    numbers
        −2r of each point in the coordinates `at`, the numbers that vary, shape (n, numbers).
    norms
        |r|² of each point, shape (n,).
    """

    parts: list[Indices]
    numbers: Matrix
    at: Indices
    levels: Levels
    norms: Matrix
    width: int

    def __getitem__(self, number: int) -> Matrix:
        rows = self.parts[number]
        found = np.zeros((self.width + 1, len(rows)), dtype=np.float32)
        found[self.at] = self.numbers[rows].T
        found[self.levels[rows].T, np.arange(len(rows))] = -2 * LEVEL
        found[-1] = self.norms[rows]  # and so overwrites what stands for no level
        return found


def _field_in_short(references: Points, packed: Packed, parts: list[Indices], boxes: Boxes | None) -> SearchField:
    numbers, levels = packed.numbers, packed.levels
    if references.rows is not None:
        numbers, levels = numbers[references.rows], levels[references.rows]
    origin = np.zeros(packed.width, dtype=np.float32)
    origin[packed.at] = numbers.mean(axis=0, dtype=np.float64)
    centred = numbers - origin[packed.at]
    varying = np.flatnonzero(centred.any(axis=0))
    centred = centred[:, varying]
    norms = np.einsum("ij,ij->i", centred, centred, dtype=np.float64) + float(LEVEL) ** 2 * (levels < packed.width).sum(axis=1)
    terms = len(varying) + levels.shape[1] + 1
    columns = _Columns(parts, -2 * centred, packed.at[varying], levels, norms.astype(np.float32), packed.width)
    return SearchField(parts, columns, boxes, np.arange(packed.width), origin, float(np.sqrt(norms.max())), terms)
