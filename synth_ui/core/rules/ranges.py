"""What a column can hold in a drawn row: bounds, a grid, or every value there is."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from synth_ui.core.cast import level_text
from synth_ui.core.formats.dates import is_clock
from synth_ui.core.table import Column, Kind, Schema

MOST_LISTED = 20_000
"""So many values of a column are listed."""

_DAY = 86_400_000_000
_FAR_DATES = (-62_135_596_800_000_000.0, 253_402_300_799_000_000.0)
_FAR_NUMBERS = (-1e18, 1e18)


@dataclass(frozen=True, eq=False)
class AllowedValues:
    """What one column can hold.

    Attributes
    ----------
    low, high
        The bounds of a number, or of a date in microseconds of its own clock; infinite where they are not known.
    step
        The grid all values lie on, counted from 0; 0 where there is none.
    values
        Every value there is, dates as microseconds, None for a blank; None where they are not listed.
    """

    column: Column
    low: float = -np.inf
    high: float = np.inf
    step: float = 0.0
    values: tuple[Any, ...] | None = None

    @property
    def empty(self) -> bool:
        """Whether no value is left."""
        return not self.values if self.values is not None else self.low > self.high

    @property
    def blank(self) -> bool:
        """Whether only a blank is left."""
        return self.values == (None,)

    @property
    def size(self) -> tuple[float, float, int]:
        """What changes when the room is narrowed."""
        return self.low, self.high, -1 if self.values is None else len(self.values)

    @property
    def ends(self) -> tuple[float, float]:
        """The bounds, far ones where they are not known."""
        far = _FAR_DATES if self.column.kind is Kind.DATETIME else _FAR_NUMBERS
        return max(self.low, far[0]), min(self.high, far[1])

    @property
    def zone(self) -> str | None:
        """The time zone of a date column, or None."""
        return self.column.dtype.split(",", 1)[1].strip(" ]") if "," in self.column.dtype else None

    @property
    def range(self) -> str:
        """What the column can hold, in words; empty where that is not known."""
        name = self.column.name
        if self.column.kind.numeric:
            if not np.isfinite([self.low, self.high]).all():
                return ""
            low, high = (bound_text(self.column.kind, end, clock=is_clock(self.column.format)) for end in (self.low, self.high))
            whole = "is a whole number" if self.column.kind is Kind.INTEGER else "lies"
            return f"{name} {whole} between {low} and {high}" if low != high else f"{name} is {low}"
        levels = [repr(level_text(value)) for value in self.values or ()]
        return (
            f"{name} is {' or '.join(levels[:6])}" + (f" or {len(levels) - 6} more" if len(levels) > 6 else "") if levels else ""
        )

    def listed(self) -> AllowedValues:
        """Return the room with its values listed, where they lie on a grid and are few."""
        if self.values is not None or not self.step or not np.isfinite(self.high - self.low):
            return self
        first, last = np.ceil(self.low / self.step - 1e-6), np.floor(self.high / self.step + 1e-6)
        if last - first >= MOST_LISTED or max(abs(first), abs(last)) > 2**52:
            return self
        ticks = np.arange(first, last + 1) * self.step
        whole = self.column.kind in (Kind.INTEGER, Kind.DATETIME)
        values = np.rint(ticks).astype(np.int64) if whole else np.round(ticks, self.column.decimals or 0)
        return replace(self, values=tuple(values.tolist()))

    def kept(self, truths: NDArray[np.bool_]) -> AllowedValues:
        """Return the room with some of its listed values."""
        values = tuple(value for value, kept in zip(self.values or (), truths, strict=True) if kept)
        there = [value for value in values if value is not None]
        if not self.column.kind.numeric or not there:
            return replace(self, values=values)
        return replace(self, values=values, low=float(min(there)), high=float(max(there)))

    def within(self, low: float, high: float) -> AllowedValues:
        """Return the room with nothing below `low` or above `high`."""
        if self.values is not None:
            return self.kept(np.array([value is None or low <= value <= high for value in self.values], dtype=bool))
        return replace(self, low=max(self.low, low), high=min(self.high, high))

    def only(self, values: Sequence[Any]) -> AllowedValues:
        """Return the room with no values but these, which have the form of a condition's."""
        ticks = [ticks_of(value, self.zone) if isinstance(value, pd.Timestamp) else value for value in values]
        if self.values is None:
            there = [tick for tick in ticks if tick is None or self.low <= tick <= self.high]
        else:
            there = [tick for tick in ticks if tick is None or any(_same(tick, value) for value in self.values)]
        room = replace(self, values=tuple(there))
        return room.kept(np.ones(len(there), dtype=bool))

    def admits(self, text: str | None) -> bool:
        """Whether a value, as combinations are written, may be in the room; True where that is not known."""
        if text is None or self.column.kind is Kind.DATETIME:
            return True
        if self.values is not None:
            return text in {level_text(value) for value in self.values}
        try:
            return self.low <= float(text) <= self.high
        except ValueError:
            return True

    def series(self, values: Sequence[Any] | NDArray[Any]) -> pd.Series[Any]:
        """Return values as a canonical column."""
        kind, there = self.column.kind, [value for value in values if value is not None]
        if kind is Kind.DATETIME:
            ticks = [np.iinfo(np.int64).min if value is None else int(value) for value in values]
            dates = pd.Series(np.array(ticks, dtype=np.int64).view("datetime64[us]"))
            clock = np.zeros(len(dates), dtype=bool)
            return dates if self.zone is None else dates.dt.tz_localize(self.zone, ambiguous=clock, nonexistent="shift_forward")
        if kind is Kind.NUMBER:
            return pd.Series([np.nan if value is None else value for value in values], dtype="float64")
        if kind is Kind.INTEGER:
            whole = pd.Series(pd.array([None if value is None else int(value) for value in values], dtype="Int64"))
            return whole if len(there) < len(values) else whole.astype("int64")
        if kind is Kind.BOOLEAN:
            truths = pd.Series(pd.array(list(values), dtype="boolean"))
            return truths if len(there) < len(values) else truths.astype(bool)
        return pd.Series(pd.Categorical(list(values), categories=list(dict.fromkeys(there)), ordered=kind is Kind.ORDINAL))


Rooms = Mapping[str, AllowedValues]


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, int | float) and isinstance(other, int | float) and not isinstance(one, bool):
        return abs(one - other) <= 1e-9 * max(abs(one), abs(other))
    return bool(one == other)


def bound_text(kind: Kind, value: float, *, clock: bool = False) -> str:
    """Write a bound of a column in words: a number, or a date, or the time of day alone, given in microseconds since 1970."""
    if kind is Kind.DATETIME:
        if clock:
            return str(np.datetime64(int(value), "us").astype("datetime64[s]")).partition("T")[2]
        return str(np.datetime64(int(value), "us").astype("datetime64[s]")).replace("T", " ").removesuffix(" 00:00:00")
    return level_text(value)


def ticks_of(moment: pd.Timestamp, zone: str | None) -> int:
    """Return a moment as microseconds since 1970 on the clock of a zone."""
    if moment.tzinfo is not None:
        moment = moment.tz_convert(zone).tz_localize(None)
    return int(moment.as_unit("us").to_datetime64().astype("datetime64[us]").astype(np.int64))


def rooms_of(schema: Schema, names: Collection[str], frame: pd.DataFrame | None = None) -> dict[str, AllowedValues]:
    """Return what columns can hold by the real rows; without these, or where the owner has declared it, by the schema."""
    return {name: _room(schema[name], None if frame is None or schema[name].declared else frame[name]) for name in names}


def _room(column: Column, series: pd.Series[Any] | None) -> AllowedValues:
    if not column.kind.numeric:
        return AllowedValues(column, values=_levels(column, series))
    step = 1.0 if column.kind is Kind.INTEGER else 0.0
    if column.kind is Kind.NUMBER and column.decimals is not None and column.decimals <= 12:
        step = 10.0**-column.decimals
    if series is None:
        low, high = -np.inf if column.low is None else column.low, np.inf if column.high is None else column.high
        return AllowedValues(column, *_widened(low, high), step)
    there = series.dropna()
    if column.kind is Kind.DATETIME:
        local = there.dt.tz_localize(None) if isinstance(there.dtype, pd.DatetimeTZDtype) else there
        values = local.dt.as_unit("us").to_numpy().astype("datetime64[us]").astype(np.int64)
        step = _DAY if not (values % _DAY).any() else 0.0
    else:
        values = there.to_numpy(dtype=float)
        values = values[np.isfinite(values)]
    if not len(values):
        return AllowedValues(column, values=(None,))
    return AllowedValues(column, *_widened(float(values.min()), float(values.max())), step)


def _widened(low: float, high: float) -> tuple[float, float]:
    """Return bounds that floats beyond 2**53 do not cut short."""
    return low - 1e-15 * abs(low) * (abs(low) > 2**53), high + 1e-15 * abs(high) * (abs(high) > 2**53)


def _levels(column: Column, series: pd.Series[Any] | None) -> tuple[Any, ...] | None:
    if series is None:
        return (False, True) if column.kind is Kind.BOOLEAN else column.levels or None
    if column.kind is Kind.BOOLEAN:
        return tuple(sorted(bool(value) for value in series.dropna().unique())) or (None,)
    seen = set(series.dropna().unique())
    return tuple(level for level in series.cat.categories if level in seen) or (None,)
