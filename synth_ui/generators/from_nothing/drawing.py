"""Draws the rows of a blueprint, block by block, so that any number of them fits in memory.

Row i is the same however many rows are asked for: each block of `BLOCK` rows has random streams of its own, and a preview shows
the first rows of the file that is written later.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from synth_ui.core.context import Context
from synth_ui.core.errors import SettingError
from synth_ui.core.formats.dates import write_dates
from synth_ui.core.formats.durations import is_duration, write_durations
from synth_ui.core.formats.numbers import rounded
from synth_ui.core.table import Column, Kind, Schema, Table
from synth_ui.generators._preparation.replaced_columns import sentences
from synth_ui.generators._preparation.text_pattern import TextPattern, shuffled
from synth_ui.generators.from_nothing.blueprint import Blueprint, Declared
from synth_ui.generators.from_nothing.source import check_rows

Array = NDArray[Any]

BLOCK = 8_192
_BLOCKS_PER_WRITE = 32
_POOL = 10_000
"""Values asked of Faker at most; further rows draw from them."""

_DAY = 86_400_000_000
_CELLS = 2**40


@dataclass(frozen=True, eq=False)
class Drawn:
    """Some rows of one column: numbers, codes of levels, or an Arrow array of texts, and which are blank."""

    declared: Declared
    values: Any
    blank: NDArray[np.bool_]

    def series(self) -> pd.Series[Any]:
        """Return the rows in canonical form."""
        kind, values, blank = self.declared.kind, self.values, self.blank
        nullable = self.declared.blank > 0
        if kind in (Kind.CATEGORY, Kind.ORDINAL):
            codes = np.where(blank, -1, values)
            dtype = pd.CategoricalDtype(list(self.declared.levels), ordered=kind is Kind.ORDINAL)
            return pd.Series(pd.Categorical.from_codes(codes, dtype=dtype))
        if kind is Kind.BOOLEAN:
            truth = values == 0
            return pd.Series(pd.arrays.BooleanArray(truth, blank.copy()) if nullable else truth)
        if kind is Kind.DATETIME:
            dates = values.view("datetime64[us]").copy()
            dates[blank] = np.datetime64("NaT")
            return pd.Series(dates)
        if not isinstance(values, np.ndarray):
            texts = values.to_numpy(zero_copy_only=False).astype(object)
            texts[blank] = None
            return pd.Series(texts, dtype=object)
        if values.dtype.kind == "i":
            return pd.Series(pd.arrays.IntegerArray(values, blank.copy()) if nullable else values)
        return pd.Series(np.where(blank, np.nan, values))

    def arrow(self) -> Any:
        """Return the rows as they are written to a file: dates and booleans in the declared format."""
        import pyarrow as pa
        import pyarrow.compute as pc

        kind, values, format = self.declared.kind, self.values, self.declared.format
        mask = self.blank if self.declared.blank > 0 else None
        if kind in (Kind.CATEGORY, Kind.ORDINAL):
            return pa.DictionaryArray.from_arrays(pa.array(values.astype(np.int32), mask=mask), list(self.declared.levels))
        if kind is Kind.BOOLEAN and format:
            return pa.DictionaryArray.from_arrays(pa.array(values.astype(np.int32), mask=mask), format.split("/", 1))
        if kind is Kind.BOOLEAN:
            return pa.array(values == 0, mask=mask)
        if kind is Kind.DATETIME:
            if format:
                return pa.array(write_dates(self.series(), format), pa.string())
            return pa.array(values.view("datetime64[us]"), mask=mask)
        if is_duration(format):
            return pa.array(write_durations(self.series(), str(format)))
        if isinstance(values, np.ndarray):
            return pa.array(values, mask=mask)
        return pc.if_else(pa.array(~self.blank), values, pa.scalar(None, pa.string())) if mask is not None else values


def draw(blueprint: Blueprint, rows: int, context: Context) -> pd.DataFrame:
    """Draw `rows` rows as a canonical frame."""
    check_rows("schema", rows)
    parts = [[drawn.series() for drawn in block] for block in blocks(blueprint, rows, context)]
    columns = {}
    for place, declared in enumerate(blueprint):
        series = [part[place] for part in parts]
        columns[declared.name] = pd.concat(series, ignore_index=True) if len(series) > 1 else series[0]
    return pd.DataFrame(columns)


def make_table(blueprint: Blueprint, rows: int, context: Context) -> Table:
    """Draw `rows` rows as a table, the bounds of its numbers in the schema."""
    return as_table(draw(blueprint, rows, context), blueprint.schema, blueprint.name)


def as_table(frame: pd.DataFrame, schema: Schema, name: str) -> Table:
    """Return a canonical frame as a table whose schema states the bounds seen and whether there are blanks."""
    return Table(frame, Schema(tuple(_seen(frame[column.name], column) for column in schema)), name)


def _seen(series: pd.Series[Any], column: Column) -> Column:
    column = replace(column, nullable=bool(series.isna().any()))
    if column.kind not in (Kind.NUMBER, Kind.INTEGER) or series.isna().all():
        return column
    return replace(column, low=float(series.min()), high=float(series.max()))


def write_parquet(blueprint: Blueprint, rows: int, path: Path, context: Context) -> None:
    """Write `rows` rows to a Parquet file, a quarter of a million at a time: memory does not grow with their number."""
    import pyarrow as pa
    import pyarrow.parquet as parquet

    check_rows("schema", rows)
    names = [declared.name for declared in blueprint]
    writer = None
    waiting: list[Any] = []
    try:
        for number, block in enumerate(blocks(blueprint, rows, context), start=1):
            waiting.append(pa.RecordBatch.from_arrays([drawn.arrow() for drawn in block], names=names))
            if number % _BLOCKS_PER_WRITE and number * BLOCK < rows:
                continue
            table = pa.Table.from_batches(waiting).unify_dictionaries().combine_chunks()
            writer = writer or parquet.ParquetWriter(path, table.schema, compression="zstd", compression_level=1)
            writer.write_table(table)
            waiting = []
    finally:
        if writer is not None:
            writer.close()


def blocks(blueprint: Blueprint, rows: int, context: Context) -> Iterator[list[Drawn]]:
    """Draw the rows in blocks, each column by itself."""
    columns = [_Column(declared, context, rows) for declared in blueprint]
    for start in range(0, rows, BLOCK):
        context.step("making rows", start / rows)
        wanted = min(BLOCK, rows - start)
        yield [column.block(start, wanted) for column in columns]
    context.step("making rows", 1.0)


@dataclass
class _Column:
    """One column on its way: what it keeps between blocks."""

    declared: Declared
    context: Context
    rows: int
    pattern: TextPattern | None = None
    pool: _Pool | None = None
    key: int = field(default=0)

    def __post_init__(self) -> None:
        declared = self.declared
        self.key = self.context.integer_seed(f"key of {declared.name}") | 1
        if declared.distribution == "pattern":
            self.pattern = TextPattern.read(declared.pattern)
        if declared.distribution == "faker":
            self.pool = _Pool(declared.provider, self.context.integer_seed(f"faker {declared.name}"))
        if declared.unique and declared.distribution != "faker":
            self._check_room(_different(declared, self.pattern))

    def _check_room(self, different: int) -> None:
        if different < self.rows:
            raise SettingError(
                f"{self.declared.name}: unique is on and there are {different:,} different values, fewer than the "
                f"{self.rows:,} rows; widen the range or lengthen the pattern."
            )

    def block(self, start: int, wanted: int) -> Drawn:
        """Draw the rows from `start` on; always a whole block, of which the first are kept."""
        number = start // BLOCK
        rng = self.context.rng(f"{self.declared.name} {number}")
        values = self._values(start, wanted, rng)[:wanted]
        blank = np.zeros(wanted, dtype=bool)
        if self.declared.blank > 0:
            blank = self.context.rng(f"blanks of {self.declared.name} {number}").random(wanted) < self.declared.blank
        return Drawn(self.declared, values, blank)

    def _values(self, start: int, wanted: int, rng: np.random.Generator) -> Any:
        declared, how = self.declared, self.declared.distribution
        if how == "levels":
            return np.searchsorted(np.cumsum(declared.shares)[:-1], rng.random(BLOCK), side="right").astype(np.int64)
        if self.pattern is not None:
            numbers = None
            if declared.unique:
                numbers = shuffled(np.arange(start, start + BLOCK) % self.pattern.different, self.pattern.different, self.key)
            return self.pattern.draw(BLOCK, rng, numbers)
        if self.pool is not None:
            return self.pool.draw(start, wanted, declared.unique, rng)
        if how == "words":
            return _words(declared, wanted, rng)
        if declared.unique and how == "uniform":
            cells = _different(declared, None)
            part = shuffled(np.arange(start, start + BLOCK) % cells, cells, self.key)
            return _spread_out(declared, part.astype(np.float64), cells)
        return numbers_of(declared, rng.random(BLOCK), start)


def _words(declared: Declared, n: int, rng: np.random.Generator) -> Any:
    import pyarrow as pa

    low, high = int(declared.low or 1), int(declared.high or declared.low or 5)
    lengths = rng.integers(max(low, 1), max(high, low, 1), n, endpoint=True)
    return pa.array(sentences(lengths, rng).to_numpy(dtype=object), type=pa.string())


# --- numbers ------------------------------------------------------------------------------------------------------


def _grain(declared: Declared) -> float:
    """Return the step of the grid the values lie on; 0 for none."""
    if declared.kind in (Kind.INTEGER, Kind.IDENTIFIER):
        return 1.0
    if declared.kind is Kind.DATETIME:
        said = f"{declared.low or ''}{declared.high or ''}{declared.mean or ''}"
        return 1e6 if ":" in said else float(_DAY)
    return 0.0 if declared.decimals is None else 10.0**-declared.decimals


def _different(declared: Declared, pattern: TextPattern | None) -> int:
    """Return how many values differ."""
    if pattern is not None:
        return pattern.different
    if declared.distribution == "sequence":
        return 2**53 if declared.spread != 0 else 1
    span, grain = declared.at("high") - declared.at("low"), _grain(declared)
    return round(span / grain) + 1 if grain else _CELLS


def _spread_out(declared: Declared, cell: Array, cells: int) -> Array:
    """Return different values: the cells of the range, by number."""
    low, high = declared.at("low"), declared.at("high")
    return _on_grid(declared, low + cell * ((high - low) / max(cells - 1, 1)))


def numbers_of(declared: Declared, uniform: Array, start: int = 0) -> Array:
    """Turn uniform numbers in [0, 1) into values of a numeric column, by the inverse of its distribution function."""
    if declared.distribution == "sequence":
        step = 1.0 if declared.spread is None else declared.spread
        step *= _DAY if declared.kind is Kind.DATETIME else 1
        first = declared.at("low", 1.0) if declared.kind is not Kind.DATETIME else declared.at("low", 0.0)
        return _on_grid(declared, first + step * np.arange(start, start + len(uniform)))
    if declared.distribution == "constant":
        return _on_grid(declared, np.full(len(uniform), declared.at("low")))
    return _on_grid(declared, INVERSES[declared.distribution](declared, uniform))


def _on_grid(declared: Declared, values: Array) -> Array:
    """Round to whole numbers, decimals, seconds or days, and keep within low and high."""
    grain = _grain(declared)
    low, high = (declared.at(part) if getattr(declared, part) is not None else None for part in ("low", "high"))
    if declared.distribution == "sequence":
        high = None
    if declared.kind is Kind.NUMBER:
        values = rounded(values, declared.decimals)
        return np.asarray(np.clip(values, low, high) if low is not None or high is not None else values)
    offset = low if declared.kind is Kind.DATETIME and low is not None else 0.0
    values = offset + np.rint((values - offset) / grain) * grain
    if low is not None or high is not None:
        values = np.clip(values, low, high)
    whole: Array = np.rint(np.clip(values, -(2.0**62), 2.0**62)).astype(np.int64)
    return whole


def _uniform(declared: Declared, u: Array) -> Array:
    low, high = declared.at("low"), declared.at("high")
    if declared.kind is Kind.NUMBER:
        return np.asarray(low + u * (high - low))
    grain = _grain(declared)  # every grid point alike: rounding would give the ends half their share
    return np.asarray(low + np.floor(u * (np.floor((high - low) / grain) + 1)) * grain)


def _bell(declared: Declared, u: Array, middle: float, spread: float, bend: Callable[[float], float]) -> Array:
    """Return normal quantiles within the declared bounds, which `bend` maps to the normal scale."""
    from scipy.special import ndtr, ndtri

    ends = [None if getattr(declared, part) is None else bend(declared.at(part)) for part in ("low", "high")]
    least = 0.0 if ends[0] is None else float(ndtr((ends[0] - middle) / spread))
    most = 1.0 if ends[1] is None else float(ndtr((ends[1] - middle) / spread))
    if most - least < 1e-12:
        raise SettingError(f"{declared.name}: low and high leave nothing of the {declared.distribution} around {declared.mean}.")
    within = np.clip(least + u * (most - least), 1e-16, 1 - 1e-16)
    return np.asarray(middle + spread * ndtri(within))


def _normal(declared: Declared, u: Array) -> Array:
    unit = _DAY if declared.kind is Kind.DATETIME else 1
    return _bell(declared, u, declared.at("mean"), (declared.spread or 0) * unit, lambda end: end)


def _lognormal(declared: Declared, u: Array) -> Array:
    def bend(end: float) -> float:
        return float(np.log(end)) if end > 0 else -np.inf

    return np.asarray(np.exp(_bell(declared, u, float(np.log(declared.at("mean"))), declared.spread or 1.0, bend)))


def _exponential(declared: Declared, u: Array) -> Array:
    low = declared.at("low", 0.0)
    most = 1.0 if declared.high is None else 1 - np.exp(-(declared.at("high") - low) / declared.at("mean"))
    return np.asarray(low - declared.at("mean") * np.log1p(-u * most))


def _triangular(declared: Declared, u: Array) -> Array:
    low, peak, high = declared.at("low"), declared.at("mean"), declared.at("high")
    if high == low:
        return np.full(len(u), low)
    turn = (peak - low) / (high - low)
    rising = low + np.sqrt(u * (high - low) * (peak - low))
    falling = high - np.sqrt((1 - u) * (high - low) * (high - peak))
    return np.where(u < turn, rising, falling)


_COUNTED_OUT = 1e6
"""Up to this mean the probability of every count is reckoned."""


def _poisson(declared: Declared, u: Array) -> Array:
    from scipy.special import ndtri, pdtr

    mean = declared.at("mean")
    if mean > _COUNTED_OUT:  # a bell, to the sixth digit; the counts one by one would take more memory than there is
        return np.asarray(np.rint(mean + np.sqrt(mean) * ndtri(np.clip(u, 1e-16, 1 - 1e-16))))
    counts = np.arange(int(mean + 12 * np.sqrt(mean) + 20))
    return np.searchsorted(pdtr(counts, mean), u, side="right").astype(np.float64)


INVERSES: dict[str, Callable[[Declared, Array], Array]] = {
    "uniform": _uniform, "normal": _normal, "lognormal": _lognormal, "exponential": _exponential,
    "triangular": _triangular, "poisson": _poisson,
}  # fmt: skip
"""The inverse distribution function of each distribution of numbers."""


# --- values of Faker ----------------------------------------------------------------------------------------------

_NUMBERED = re.compile(r"-\d+(@|$)")


class _Pool:
    """Values of a Faker provider, asked for as they are needed; from row 10,000 on they are drawn from those there are."""

    def __init__(self, provider: str, seed: int) -> None:
        from faker import Faker

        fake = Faker()
        fake.seed_instance(seed)
        self._make = getattr(fake, provider)
        self._values: list[str] = []
        self._again: list[bool] = []
        self._seen: set[str] = set()

    def _grow(self, size: int) -> None:
        for _ in range(len(self._values), min(size, _POOL)):
            value = " ".join(str(self._make()).split())
            self._again.append(value in self._seen or _NUMBERED.search(value) is not None)
            self._seen.add(value)
            self._values.append(value)

    def draw(self, start: int, wanted: int, unique: bool, rng: np.random.Generator) -> Any:
        """Return the values of the rows from `start` on; unique ones get the row's number where they would repeat."""
        import pyarrow as pa

        self._grow(start + wanted)
        index = np.arange(start, start + wanted)
        later = index >= _POOL
        place = np.where(later, rng.integers(0, _POOL, BLOCK)[:wanted], index)
        values = [self._values[at] for at in place]
        if unique:
            again = np.array(self._again)[place] | later
            values = [_numbered(text, int(row)) if more else text for text, row, more in zip(values, index, again, strict=True)]
        return pa.array(values, type=pa.string())


def _numbered(text: str, row: int) -> str:
    name, at, host = text.partition("@")
    return f"{name}-{row}{at}{host}"
