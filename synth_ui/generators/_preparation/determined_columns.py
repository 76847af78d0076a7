"""Columns that another one determines by an exact rule, however few rows share a value: copies, and parts of a date.

A date that stands in several columns, each written in its own way, is one date; so is its month, its year, its weekday. Such columns
are set aside and reckoned from the one that says most.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from synth_ui.core.table import Kind
from synth_ui.generators._preparation.margin import Floats, dense_codes

if TYPE_CHECKING:
    from synth_ui.generators._preparation.prepare import Array, ModelColumn

_FEWEST_ROWS = 10
_FEWEST_VALUES = 5
_DAY = 86_400_000_000
_CLOCK_DAY = int(np.datetime64("1900-01-01", "us").astype("int64"))

_UNITS = ("s", "m", "h", "D", "M", "Y")
"""What a date may be cut to: seconds, minutes, hours, days, months, years."""

_CLOCKS = ("clock", "clock s", "clock m", "clock h")


@dataclass(frozen=True, eq=False)
class Exact:
    """A column reckoned from another: a copy, a date a fixed time apart, cut to a unit, or its time of day alone.

    Attributes
    ----------
    unit
        What dates are cut to; "clock" for their time of day, "clock m" to the minute; empty for copies.
    plus
        What is added to the array of the source, for copies.
    origins
        What the arrays of the source and of the column are counted from.
    """

    column: ModelColumn
    source: str
    unit: str = ""
    plus: float = 0.0
    origins: tuple[int, int] = (0, 0)

    def draw(self, source: Array) -> Array:
        """Return the values that belong to drawn values of the source."""
        if not self.unit:
            return np.asarray(source + self.plus)
        blank = np.isnan(source)
        ticks = np.rint(np.where(blank, 0.0, source)).astype(np.int64) + self.origins[0]
        out = (_cut(ticks, self.unit) - self.origins[1]).astype(np.float64)
        return np.where(blank, np.nan, out)


def _cut(ticks: NDArray[np.int64], unit: str) -> NDArray[np.int64]:
    day, _, fine = unit.partition(" ")
    if day == "clock":
        return _cut(ticks, fine or "us") % _DAY + _CLOCK_DAY
    return ticks.view("datetime64[us]").astype(f"datetime64[{unit}]").astype("datetime64[us]").astype(np.int64)


@dataclass(frozen=True, eq=False)
class PartLookup:
    """A column that a part of a date determines: for each month, or weekday, its value."""

    column: ModelColumn
    source: str
    part: str
    origin: int
    keys: NDArray[np.int64]
    values: Array

    def draw(self, source: Array) -> Array:
        """Return the values that belong to drawn dates; those of parts that no real row has, to the nearest one."""
        keys = part_of(source, self.origin, self.part)
        place = np.clip(np.searchsorted(self.keys, keys), 1, max(len(self.keys) - 1, 1))
        nearer = np.abs(self.keys[np.minimum(place, len(self.keys) - 1)] - keys) < np.abs(keys - self.keys[place - 1])
        return np.asarray(self.values[np.where(nearer, np.minimum(place, len(self.keys) - 1), place - 1)])


PARTS = ("year", "quarter", "month", "day", "weekday", "hour")
_NO_DATE = -1


def part_of(array: Floats, origin: int, part: str) -> NDArray[np.int64]:
    """Return a part of dates as a whole number; −1 where there is none."""
    blank = np.isnan(array)
    ticks = np.rint(np.where(blank, 0.0, array)).astype(np.int64) + origin
    dates = ticks.view("datetime64[us]")
    months = dates.astype("datetime64[M]")
    days = dates.astype("datetime64[D]")
    found: dict[str, Any] = {
        "year": lambda: dates.astype("datetime64[Y]").astype(np.int64) + 1970,
        "quarter": lambda: months.astype(np.int64) % 12 // 3,
        "month": lambda: months.astype(np.int64) % 12,
        "day": lambda: (days - months.astype("datetime64[D]")).astype(np.int64),
        "weekday": lambda: (days.astype(np.int64) + 3) % 7,
        "hour": lambda: ticks // 3_600_000_000 % 24,
    }
    return np.where(blank, _NO_DATE, found[part]())


# --- finding them -------------------------------------------------------------------------------------------------


def find_exact(columns: Sequence[ModelColumn], arrays: Sequence[Array]) -> list[Exact]:
    """Find numbers and dates that follow from another column by a rule; the one with the most different values is the source."""
    numeric = [at for at, column in enumerate(columns) if column.numeric]
    if len(numeric) < 2 or len(arrays[0]) < _FEWEST_ROWS:
        return []
    different = {at: len(columns[at].margin.values) for at in numeric}  # type: ignore[union-attr]
    order = sorted(numeric, key=lambda at: (-different[at], at))
    dates = [at for at in order if _kind(columns[at]) is Kind.DATETIME]
    others = [at for at in order if at not in dates and different[at] >= _FEWEST_VALUES]
    return [*_dates_of_dates(dates, columns, arrays), *_copies(others, columns, arrays)]


def _kind(column: ModelColumn) -> Kind | None:
    return getattr(column.coder, "kind", None)


def _dates_of_dates(order: Sequence[int], columns: Sequence[ModelColumn], arrays: Sequence[Array]) -> list[Exact]:
    found: dict[int, Exact] = {}
    for place, source in enumerate(order):
        for other in order[place + 1 :]:
            if source not in found and other not in found:
                exact = _dated(columns[source], arrays[source], columns[other], arrays[other])
                if exact is not None:
                    found[other] = exact
    return list(found.values())


def _dated(source: ModelColumn, array: Array, other: ModelColumn, wanted: Array) -> Exact | None:
    """Return how a date follows from another one: as it is, a fixed time apart, cut to a unit, or as its time of day."""
    blank = np.isnan(array)
    if not np.array_equal(blank, np.isnan(wanted)):
        return None
    origins = (int(source.coder.origin), int(other.coder.origin))  # type: ignore[union-attr]
    ticks, ends = (np.rint(one[~blank]).astype(np.int64) + origin for one, origin in zip((array, wanted), origins, strict=True))
    apart = np.unique(ends - ticks)
    if len(apart) == 1 and len(np.unique(ticks)) >= _FEWEST_VALUES:
        return Exact(other, source.name, "", float(origins[0] + int(apart[0]) - origins[1]))
    if len(np.unique(ends)) < 2:
        return None
    for unit in (*_UNITS, *_CLOCKS):
        if np.array_equal(_cut(ticks, unit), ends):
            return Exact(other, source.name, unit, origins=origins)
    return None


def _copies(order: Sequence[int], columns: Sequence[ModelColumn], arrays: Sequence[Array]) -> list[Exact]:
    """Find numbers that are those of another column."""
    first: dict[bytes, int] = {}
    found = []
    for at in order:
        key = arrays[at].tobytes()
        if key in first:
            found.append(Exact(columns[at], columns[first[key]].name))
        else:
            first[key] = at
    return found


def find_parts(columns: Sequence[ModelColumn], arrays: Sequence[Array], determines: Any, most: float) -> list[PartLookup]:
    """Find columns that a part of a date determines: a year, the name of a month or of a weekday.

    Parameters
    ----------
    determines
        Tells whether equal codes of one column always meet equal codes of another; see `lookups.determines`.
    most
        The most different parts that may be looked up.
    """
    dates = [at for at, column in enumerate(columns) if _kind(column) is Kind.DATETIME]
    found: dict[int, PartLookup] = {}
    codes = {at: dense_codes(array) for at, array in enumerate(arrays) if at not in dates} if dates else {}
    for at in dates:
        origin = int(columns[at].coder.origin)  # type: ignore[union-attr]
        for part in PARTS:
            keys, places = np.unique(part_of(arrays[at], origin, part), return_inverse=True)
            if not 1 < len(keys) <= most:
                continue
            for other, own in codes.items():
                if other not in found and determines(places, own, len(keys)):
                    first = np.unique(places, return_index=True)[1]
                    found[other] = PartLookup(columns[other], columns[at].name, part, origin, keys, arrays[other][first])
    return list(found.values())
