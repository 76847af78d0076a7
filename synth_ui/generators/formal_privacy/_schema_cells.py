"""Preparation for formal privacy: everything comes from the schema, and nothing is read off the rows.

The layer in `prepare` looks at the rows for bounds, grids, levels seen, spikes, constants, lookups, shares of blanks and the
patterns of identifiers; each of these is a query the budget would have to pay for. Here a column becomes cells from its declared
bounds, levels, decimals and date format alone, in the same way for every table with that schema, and each row's cells depend on
that row only: one row more or less changes one cell per column by one.

Bounds and levels of a column that its owner did not declare were read off the table when it was loaded. They are used all the same,
as there is nothing else to start from, and `of_schema` returns the names for the ledger.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from synth_ui.columns.values import level_codes
from synth_ui.core.budget import Unpaid
from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply
from synth_ui.core.formats.dates import unit_of
from synth_ui.core.formats.numbers import MOST_DECIMALS
from synth_ui.core.persons import person_columns
from synth_ui.core.table import Column, Kind, Role, Table
from synth_ui.generators._preparation.margin import Floats
from synth_ui.generators._preparation.persons import NotLearned
from synth_ui.generators._preparation.prepare import Array, Levels, LineScale, ModelColumn, PreparedLayout, unit_of_line

Codes = NDArray[np.int64]

_HALVINGS = 12
"""Extra cells near the lowest value and zero, each half as wide as the next: counts and amounts crowd there."""

_MICROSECONDS = {"us": 1, "s": 10**6, "m": 60 * 10**6, "h": 3_600 * 10**6}
_DAY = 86_400 * 10**6


@dataclass(frozen=True, eq=False)
class ColumnCells:
    """One modelled column as cells 0 … count - 1, in the order of its values; a blank is the last.

    Attributes
    ----------
    column
        Turns drawn values back into the table's.
    count
        The number of cells, the blank's included.
    numeric
        Whether cells are stretches of a line; otherwise they are levels.
    edges
        The first value of each numeric cell, then one value beyond the last; cell i holds edges[i] <= value < edges[i + 1].
    """

    column: ModelColumn
    count: int
    numeric: bool
    edges: Floats

    @property
    def blank(self) -> bool:
        """Whether the last cell is the blank."""
        return self.column.blank

    def encode(self, series: pd.Series[Any]) -> Codes:
        """Return each row's cell; a value outside the declared bounds counts as the bound, an undeclared level as blank or last."""
        if not self.numeric:
            return self._levels(series)
        assert isinstance(self.column.coder, LineScale)
        line = self.column.coder
        values = line.encode(series)
        gone = np.isnan(values)
        placed = line.place(np.where(gone, line.low, values))
        inner = self.count - self.blank
        first = self.edges[1:inner] - line.step / 2  # between two values of the grid, so that no last digit decides
        codes = np.clip(np.searchsorted(first, placed, side="right"), 0, max(inner - 1, 0))
        return np.where(gone & self.blank, self.count - 1, codes).astype(np.int64)

    def _levels(self, series: pd.Series[Any]) -> Codes:
        assert isinstance(self.column.coder, Levels)
        codes = level_codes(series, self.column.coder.names)
        return np.where((codes < 0) | (codes == len(self.column.coder.names)), self.count - 1, codes)

    def decode(self, codes: Codes, rng: np.random.Generator) -> Array:
        """Draw a value inside each cell, all values of a cell being equally likely."""
        if not self.numeric:
            return codes
        blank = codes >= self.count - self.blank
        inside = np.where(blank, 0, codes)
        low, high = self.edges[inside], self.edges[inside + 1]
        values = low + rng.random(len(codes)) * (high - low)
        line = self.column.coder
        assert isinstance(line, LineScale)
        if line.step:  # the first value of the next cell is not this cell's
            values = low + np.minimum(np.floor((values - low) / line.step), np.rint((high - low) / line.step) - 1) * line.step
        values = np.where(high <= np.nextafter(low, np.inf), low, values)  # a cell of one value
        return np.where(blank, np.nan, values)


@dataclass(frozen=True, eq=False)
class Public:
    """A table as cells, with what is needed to make whole rows again and to tell what was taken from where.

    Attributes
    ----------
    cells, codes
        Per modelled column with more than one cell; codes[j] are the rows' cells of cells[j].
    target
        The position of the target among them, or None.
    unpaid
        What the preparation rests on, for the ledger.
    """

    layout: PreparedLayout
    cells: tuple[ColumnCells, ...]
    codes: tuple[Codes, ...]
    rows: int
    target: int | None
    unpaid: tuple[Unpaid, ...]

    @property
    def sizes(self) -> list[int]:
        """The number of cells of each column."""
        return [cells.count for cells in self.cells]


def of_schema(table: Table, bins: int, context: Context) -> Public:
    """Cut a table into cells by its schema.

    Parameters
    ----------
    bins
        Into how many equal stretches a numeric column is cut at most; one with fewer values has a cell for each.

    Raises
    ------
    DoesNotApply
        If the table has no rows.
    """
    if not len(table):
        raise DoesNotApply("the table has no rows; give one with at least one row")
    context.step("preparing columns", 0.0)
    every, taken = [], []
    for column in table.schema.modelled:
        series = table.frame[column.name].reset_index(drop=True)
        cells, from_rows = _cells(series, column, bins)
        every.append(cells)
        taken += [column.name] if from_rows or not column.declared else []
    kept = [cells for cells in every if cells.count > 1]
    constants = {cells.column.name: _only_value(cells) for cells in every if cells.count == 1}
    layout = PreparedLayout(table.schema, tuple(cells.column for cells in kept), (), constants, NotLearned.of_schema(table))
    codes = tuple(cells.encode(table.frame[cells.column.name].reset_index(drop=True)) for cells in kept)
    roles = [table.schema[cells.column.name].role for cells in kept]
    target = roles.index(Role.TARGET) if Role.TARGET in roles else None
    return Public(layout, tuple(kept), codes, len(table), target, _unpaid(table, taken))


# --- cells from a column of the schema ----------------------------------------------------------------------------


def _cells(series: pd.Series[Any], column: Column, bins: int) -> tuple[ColumnCells, bool]:
    """Return a column's cells, and whether bounds had to be read off the rows (dates that were not declared)."""
    dtype = _dtype(series, column)
    if not column.kind.numeric:
        names = ("False", "True") if column.kind is Kind.BOOLEAN else column.levels
        coder = Levels(dtype, np.arange(len(names)), column.nullable, names)
        model = ModelColumn(column.name, len(coder), column.kind is Kind.ORDINAL, column.nullable, None, coder)
        return ColumnCells(model, len(coder), False, np.empty(0)), False
    low, high, read = _bounds(series, column)
    if low is None or high is None:
        line = LineScale(column.kind, dtype, column.decimals, 0, 0.0, 0.0, 0.0, column.digits)
        return ColumnCells(ModelColumn(column.name, 0, True, True, None, line), 1, True, np.zeros(2)), read
    line = _line(column, dtype, low, high)
    edges = _edges(line, bins)
    count = len(edges) - 1 + column.nullable
    return ColumnCells(ModelColumn(column.name, 0, True, column.nullable, None, line), count, True, edges), read


def _dtype(series: pd.Series[Any], column: Column) -> Any:
    """Return the canonical dtype the schema says, whatever the rows hold."""
    if column.kind is Kind.INTEGER:
        return pd.Int64Dtype() if column.nullable else np.dtype("int64")
    if column.kind is Kind.BOOLEAN:
        return pd.BooleanDtype() if column.nullable else np.dtype("bool")
    if column.kind in (Kind.CATEGORY, Kind.ORDINAL):
        return pd.CategoricalDtype(list(column.levels), ordered=column.kind is Kind.ORDINAL)
    return series.dtype


def _bounds(series: pd.Series[Any], column: Column) -> tuple[float | int | None, float | int | None, bool]:
    """Return the bounds; of dates that were not declared, the whole days around those of the rows."""
    whole = column.kind is not Kind.NUMBER
    if column.low is not None and column.high is not None:
        return (int(column.low), int(column.high), False) if whole else (column.low, column.high, False)
    if column.kind is not Kind.DATETIME or series.isna().all():
        return None, None, False
    local = series.dt.tz_localize(None) if isinstance(series.dtype, pd.DatetimeTZDtype) else series
    ticks = local.dropna().dt.as_unit("us").astype("int64")
    return int(ticks.min()), int(ticks.max()), True


def _line(column: Column, dtype: Any, low: float | int, high: float | int) -> LineScale:
    """Return how the column lies on a line: its grid follows from decimals or date format."""
    if column.kind is Kind.NUMBER:
        fine = column.decimals is None or column.decimals > MOST_DECIMALS or column.digits is not None
        step = 0.0 if fine else 10.0 ** -(column.decimals or 0)
        return LineScale(column.kind, dtype, column.decimals, 0, float(low), float(high), step, column.digits)
    large = max(abs(int(low)), abs(int(high))) > 2**53
    origin = int(low) if column.kind is Kind.DATETIME or large else 0
    step = float(_date_step(column)) if column.kind is Kind.DATETIME else 1.0
    ends = float(int(low) - origin), float(int(high) - origin)
    return LineScale(column.kind, dtype, column.decimals, origin, *ends, step, None, unit_of_line(column))


def _date_step(column: Column) -> int:
    """Return the microseconds between neighbouring values of a date format; a second where there is no format."""
    if column.format is None:
        return 10**6
    return _MICROSECONDS.get(unit_of(column.format), _DAY)


def _edges(line: LineScale, bins: int) -> Floats:
    """Return the first value of each cell and one beyond the last: equal stretches, narrower ones near the lowest value and zero.

    The lowest value, zero and the highest are cells of their own, as very many rows may hold exactly that.
    """
    low, high, step = line.low, line.high, line.step
    values = np.rint((high - low) / step) + 1 if step else np.inf
    if values <= bins:
        return np.asarray(low + step * np.arange(int(values) + 1), dtype=np.float64)
    if high <= low:
        return np.array([low, np.nextafter(low, np.inf)])
    crowded = np.array([low, 0.0] if low < 0 < high and not line.origin else [low])
    ladder = (high - low) * 0.5 ** np.arange(1, _HALVINGS + 1) / bins
    inner = np.concatenate([np.linspace(low, high, bins + 1), *(spot + side * ladder for spot in crowded for side in (1, -1))])
    inner, alone = inner[(inner > low) & (inner < high)], np.append(crowded, high)
    if not step:
        return np.unique(np.concatenate([inner, alone, np.nextafter(alone, np.inf)]))
    places = [np.rint((spots - low) / step) for spots in (inner, alone)]
    return np.asarray(low + step * np.unique(np.concatenate([*places, places[1] + 1])), dtype=np.float64)


def _only_value(cells: ColumnCells) -> pd.Series[Any]:
    """Return the one value of a column whose schema leaves no other, as a series of one row."""
    if cells.numeric:
        return cells.column.restore(np.array([np.nan]) if cells.blank else cells.edges[:1])
    return cells.column.restore(np.zeros(1, dtype=np.int64))


# --- what the ledger says of it -----------------------------------------------------------------------------------


def _unpaid(table: Table, taken: Sequence[str]) -> tuple[Unpaid, ...]:
    entries = []
    if taken:
        names = ", ".join(taken[:6]) + (f" and {len(taken) - 6} more" if len(taken) > 6 else "")
        why = f"Read from the table when it was loaded: {names}. Declare them in the review of columns to be covered."
        entries.append(Unpaid("bounds and level lists", why, breaks=True))
    if len(taken) < len(table.schema.modelled):
        entries.append(
            Unpaid("declared bounds and level lists", "Stated by the owner; the guarantee takes them as known to all.")
        )
    keys = person_columns(table.frame, table.schema)
    if keys:
        why = f"The guarantee covers one row; whoever stands behind k rows of {keys[0]} has k times the ε, and more than k times the δ."
        entries.append(Unpaid("several rows of one person", why, breaks=True))
    entries.append(Unpaid("the number of rows", f"Taken as known to all, to choose δ and the sizes of steps: {len(table):,}."))
    return tuple(entries)
