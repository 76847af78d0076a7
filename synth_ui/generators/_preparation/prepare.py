"""The layer all generators stand on: a table becomes plain arrays to learn from, and drawn arrays become the table's rows again.

How to use it
-------------
A generator derives from `PreparedGenerator` and writes one method, `learn(data, context) -> Model`. `data` is a `Prepared`:
one array per column worth modelling. A `Model` draws such arrays back. Everything else happens here:

- identifiers, group keys, personal values, free text and columns left out are made anew (`replaced_columns`) and never reach the model;
- rows are put together to persons as the real ones are, and what stays the same within a person does so (`persons`);
- constant and all-blank columns are set aside and come back as they were;
- a column that another one determines (a number for each level, a level for each number) is set aside and looked up, unless the
  generator is there to keep no relationship at all;
- other laws between columns are found and kept, whatever the model makes of them (`laws`);
- numbers, integers and dates become float64 (NaN for a blank), everything with levels becomes codes (the last for a blank);
- drawn values are clipped to the bounds seen, rounded to the column's grid (whole numbers, decimals, days) and cast to its
  dtype, levels and time zone;
- `where` is met by the model as far as it can (`Model.draw_given`) and for the rest by rejection, with the acceptance rate reported
  and a limit;
- a table of no rows raises `DoesNotApply`; one without columns worth modelling gives a sampler of the columns set aside.

`Column.margin` of a numeric column redraws single values without repeating what only one row holds (`margin`), and `bins` cuts
all columns into levels for methods that need those.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply
from synth_ui.core.formats.dates import unit_of
from synth_ui.core.formats.numbers import MOST_DECIMALS, rounded
from synth_ui.core.rules.condition import Condition, all_meet, in_words, read_where
from synth_ui.core.rules.ranges import bound_text, ticks_of
from synth_ui.core.table import Column, Kind, Role, Schema, Table
from synth_ui.core.tunable import flag
from synth_ui.generators._preparation.determined_columns import Exact, PartLookup, find_exact, find_parts
from synth_ui.generators._preparation.laws.finding import Laws, find_laws
from synth_ui.generators._preparation.laws.functional import alike
from synth_ui.generators._preparation.laws.lookups import MOST_KEYS, Lookup, determines, find_lookups
from synth_ui.generators._preparation.margin import Floats, Margin
from synth_ui.generators._preparation.persons import NotLearned
from synth_ui.generators.base import Generator, Sampler
from synth_ui.generators.sampling.rejection import rejected

Array = NDArray[Any]
"""One column: float64 with NaN for numeric ones, int64 codes for those with levels."""

_EXACT = 2**53


# --- numbers and dates on a line ----------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class LineScale:
    """How a number, integer or date column lies on a line of float64, and how it is turned back.

    Attributes
    ----------
    origin
        What is subtracted (dates: microseconds since 1970; integers beyond 2**53), so that float64 is exact enough.
    step
        The grid all values lie on, counted from `low`; 0 where there is none.
    digits
        The most significant digits of a number; None where decimals alone say it.
    unit
        "M" or "Y" for dates that are months or years, which no grid holds.
    """

    kind: Kind
    dtype: Any
    decimals: int | None
    origin: int
    low: float
    high: float
    step: float
    digits: int | None = None
    unit: str = ""

    @classmethod
    def of(cls, series: pd.Series[Any], column: Column) -> LineScale:
        """Read origin, bounds and grid off a column that has at least one value."""
        ticks = _ticks(series)
        there = ticks[~np.isnan(ticks)] if ticks.dtype.kind == "f" else ticks[series.notna().to_numpy()]
        whole = there.dtype.kind == "i"
        origin = int(there.min()) if whole and (column.kind is Kind.DATETIME or _large(there)) else 0
        if whole:
            there = _minus(there, origin)
        there = there[np.isfinite(there)]
        low, high = (float(there.min()), float(there.max())) if len(there) else (0.0, 0.0)
        return cls(
            column.kind,
            series.dtype,
            column.decimals,
            origin,
            low,
            high,
            _step(there, low, column),
            column.digits,
            unit_of_line(column),
        )

    def encode(self, series: pd.Series[Any]) -> Floats:
        """Return the column as float64, NaN for blanks; infinities become the bounds."""
        ticks = _ticks(series)
        if ticks.dtype.kind == "f":
            return np.where(np.isnan(ticks), np.nan, np.clip(ticks, self.low, self.high))
        values = _minus(ticks, self.origin)
        values[series.isna().to_numpy()] = np.nan
        return values

    def place(self, values: Floats) -> Floats:
        """Clip drawn values to the bounds and round them to the grid."""
        out: Floats = np.clip(values, self.low, self.high)
        if self.step:
            out = self.low + np.rint((out - self.low) / self.step) * self.step
        if self.kind is Kind.NUMBER:
            out = rounded(out, self.decimals, self.digits)
        return self._whole_units(out) if self.unit else out

    def _whole_units(self, values: Floats) -> Floats:
        """Move dates to the nearest first day of a month, or of a year, within the bounds."""
        blank = np.isnan(values)
        ticks = (np.rint(np.where(blank, 0.0, values)).astype(np.int64) + self.origin).view("datetime64[us]")
        first = ticks.astype(f"datetime64[{self.unit}]")
        before, after = (whole.astype("datetime64[us]") for whole in (first, first + 1))
        nearest = np.where(ticks - before <= after - ticks, before, after).astype(np.int64) - self.origin
        within = np.where(nearest > self.high, before.astype(np.int64) - self.origin, nearest).astype(np.float64)
        return np.where(blank, np.nan, within)

    def decode(self, values: Floats) -> pd.Series[Any]:
        """Turn placed values back into the column's dtype."""
        blank = np.isnan(values)
        if self.kind is Kind.NUMBER:
            return pd.Series(values, dtype="float64")
        filled = np.where(blank, self.low, values)
        ticks = self._whole(filled)
        if self.kind is Kind.INTEGER:
            if not blank.any():
                return pd.Series(ticks).astype(self.dtype)
            return pd.Series(pd.array(ticks, dtype="Int64")).mask(pd.Series(blank)).astype("Int64")
        dates = pd.Series(ticks.view("datetime64[us]")).mask(pd.Series(blank))
        if isinstance(self.dtype, pd.DatetimeTZDtype):
            return dates.dt.tz_localize(self.dtype.tz, ambiguous=np.zeros(len(dates), dtype=bool), nonexistent="shift_forward")
        return dates

    @property
    def said(self) -> tuple[str, str]:
        """The bounds in words."""
        return bound_text(self.kind, self.low + self.origin), bound_text(self.kind, self.high + self.origin)

    def reaches(self, condition: Condition) -> bool:
        """Tell whether a condition allows a blank or anything between the bounds; decoded values lie between them."""
        zone = getattr(self.dtype, "tz", None)

        def beyond(value: Any) -> float:
            ticks = ticks_of(value, zone) if isinstance(value, pd.Timestamp) else value
            return float(ticks - self.origin)

        slack = 1e-9 * max(abs(self.low), abs(self.high))
        low, high = self.low - slack, self.high + slack
        if condition.values:
            return any(value is None or low <= beyond(value) <= high for value in condition.values)
        above = condition.low is None or beyond(condition.low) <= high
        return above and (condition.high is None or beyond(condition.high) >= low)

    def _whole(self, values: Floats) -> Array:
        """Round to int64, counted from the origin: a float near 2**63 may round beyond what int64 holds."""
        if not self.origin and self.low < 0:
            return np.rint(values).astype(np.int64)
        counted = np.minimum(np.rint(values), np.nextafter(2.0**64, 0)).astype(np.uint64)
        within = np.minimum(counted, np.uint64(2**63 - 1 - int(self.origin)))
        return np.asarray(within.astype(np.int64) + np.int64(self.origin))


def unit_of_line(column: Column) -> str:
    """Return "M" or "Y" for a column of months or of years, else nothing."""
    unit = unit_of(column.format) if column.kind is Kind.DATETIME else ""
    return unit if unit in ("M", "Y") else ""


def _ticks(series: pd.Series[Any]) -> Array:
    """Return numbers as float64, integers as int64 and dates as microseconds of their own clock (blanks there: any number)."""
    if pd.api.types.is_datetime64_any_dtype(series.dtype):
        local = series.dt.tz_localize(None) if isinstance(series.dtype, pd.DatetimeTZDtype) else series
        return np.asarray(local.dt.as_unit("us").fillna(pd.Timestamp(0)).to_numpy().astype("datetime64[us]").astype(np.int64))
    if pd.api.types.is_integer_dtype(series.dtype):
        there = series.dropna()
        filler = int(there.iloc[0]) if len(there) else 0
        return np.asarray(series.fillna(filler).to_numpy(dtype=np.int64))
    return np.asarray(series.to_numpy(dtype=np.float64, na_value=np.nan)).copy()


def _large(whole: Array) -> bool:
    return len(whole) > 0 and (int(whole.max()) > _EXACT or int(whole.min()) < -_EXACT)


def _minus(whole: Array, origin: int) -> Floats:
    """Subtract without overflow: the difference of two int64 fits uint64."""
    if not origin:
        return whole.astype(np.float64)
    below = whole < origin
    difference = whole.view(np.uint64) - np.uint64(origin % 2**64)
    out: Floats = np.where(below, 0.0, difference.astype(np.float64))
    return out


def _step(there: Floats, low: float, column: Column) -> float:
    """Return the largest step of which all values are multiples, counted from the lowest."""
    if column.kind is Kind.NUMBER and (column.decimals is None or column.decimals > MOST_DECIMALS or column.digits is not None):
        return 0.0
    scale = 10.0 ** (column.decimals or 0) if column.kind is Kind.NUMBER else 1.0
    with np.errstate(over="ignore"):
        multiples = np.rint((there - low) * scale)
    if not len(multiples) or multiples.max() >= _EXACT:
        return 1.0 / scale
    step = int(np.gcd.reduce(multiples.astype(np.int64)))
    return max(step, 1) / scale


# --- columns with levels ------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Levels:
    """How a category, ordinal or boolean column becomes codes: the levels seen, in the schema's order, then the blank."""

    dtype: Any
    seen: Array
    blank: bool
    names: tuple[str, ...]

    @classmethod
    def of(cls, series: pd.Series[Any]) -> Levels:
        """Read the levels off a column."""
        raw = _raw_codes(series)
        seen = np.unique(raw[raw >= 0])
        if isinstance(series.dtype, pd.CategoricalDtype):
            names = tuple(str(series.cat.categories[code]) for code in seen)
        else:
            names = tuple(str(bool(code)) for code in seen)
        return cls(series.dtype, seen, bool((raw < 0).any()), names)

    def __len__(self) -> int:
        return len(self.seen) + self.blank

    def encode(self, series: pd.Series[Any]) -> Array:
        """Return codes from 0; the blank is the last."""
        raw = _raw_codes(series)
        return np.asarray(np.where(raw < 0, len(self.seen), np.searchsorted(self.seen, raw)), dtype=np.int64)

    def decode(self, codes: Array) -> pd.Series[Any]:
        """Turn codes back into the column's dtype."""
        raw = np.append(self.seen, -1)[codes]
        if isinstance(self.dtype, pd.CategoricalDtype):
            return pd.Series(pd.Categorical.from_codes(raw, dtype=self.dtype))
        values = pd.array(raw == 1, dtype="boolean")
        values[raw < 0] = pd.NA
        return pd.Series(values).astype(self.dtype)


def _raw_codes(series: pd.Series[Any]) -> Array:
    if isinstance(series.dtype, pd.CategoricalDtype):
        return np.asarray(series.cat.codes.to_numpy(), dtype=np.int64)
    return np.asarray(series.astype("boolean").astype("Int8").fillna(-1).to_numpy(dtype=np.int64))


# --- what a generator sees ----------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class ModelColumn:
    """One column as a generator sees it.

    Attributes
    ----------
    levels
        The number of codes, the blank's included; 0 for a numeric column.
    ordered
        Whether the codes have a meaningful order (ordinals; not so the blank's).
    blank
        Whether there are blanks: NaN in a numeric column, the last code in one with levels.
    margin
        The distribution of a numeric column; None for one with levels.
    """

    name: str
    levels: int
    ordered: bool
    blank: bool
    margin: Margin | None
    coder: LineScale | Levels

    @property
    def numeric(self) -> bool:
        """Whether the array holds float64 values rather than codes."""
        return self.margin is not None

    def encode(self, series: pd.Series[Any]) -> Array:
        """Turn a canonical series into the column's array."""
        return self.coder.encode(series)

    def placed(self, drawn: Array) -> Array:
        """Return a drawn array as the series made of it will hold it: within bounds, on the grid."""
        return self.coder.place(drawn) if isinstance(self.coder, LineScale) else drawn

    def restore(self, drawn: Array) -> pd.Series[Any]:
        """Turn a drawn array into a canonical series: within bounds, on the grid, of the dtype."""
        return self.coder.decode(self.placed(drawn))


@dataclass(frozen=True, eq=False)
class Prepared:
    """The columns worth modelling, as arrays.

    Attributes
    ----------
    columns, arrays
        In the order of the table; arrays[j] belongs to columns[j].
    target
        The position of the target among them, or None.
    """

    columns: tuple[ModelColumn, ...]
    arrays: tuple[Array, ...]
    rows: int
    target: int | None = None

    def take(self, index: Array) -> Prepared:
        """Return some of the rows; margins and levels stay those of all."""
        return Prepared(self.columns, tuple(array[index] for array in self.arrays), len(index), self.target)

    def sample(self, limit: int, rng: np.random.Generator) -> Prepared:
        """Return at most `limit` rows, chosen at random, in their order."""
        if self.rows <= limit:
            return self
        return self.take(np.sort(rng.choice(self.rows, limit, replace=False)))


class Model(ABC):
    """What a generator has learned: draws arrays in the form it was given them. Must pickle.

    `keeps` says in one sentence what of the real table it holds.
    """

    keeps: str = "fitted numbers"

    @abstractmethod
    def draw(self, n: int, context: Context) -> Sequence[Array]:
        """Draw `n` >= 1 rows as one array per column of `Prepared.columns`."""

    def draw_given(self, tries: int, given: Mapping[int, Array], context: Context) -> Sequence[Array] | None:
        """Draw as often as `tries` says under conditions, and return the rows that came of it: `tries` of them, or fewer.

        Parameters
        ----------
        given
            The codes allowed, by position of a column with levels. A method may meet some of them and leave others: every row
            is checked afterwards. Rows must have the distribution that dropping those that do not meet them would leave.

        Returns
        -------
        list of arrays
            As `draw`; None where the method only draws rows as they come.
        """
        return None


class NoModel(Model):
    """The model of a table without columns worth modelling."""

    keeps = "nothing but the constant columns"

    def draw(self, n: int, context: Context) -> Sequence[Array]:
        """Draw nothing."""
        return []


# --- columns that another one determines --------------------------------------------------------------------------

_ROWS_PER_PART = 3


def _determined(columns: Sequence[ModelColumn], arrays: Sequence[Array]) -> list[Lookup | Exact | PartLookup]:
    """Find all columns that another one determines: by an exact rule, by a part of a date, by its values.

    Those found last come first: what a column found before them follows from may be one of theirs.
    """
    found: list[Lookup | Exact | PartLookup] = [*find_exact(columns, arrays)]
    for find in (_parts_of_dates, find_lookups):
        aside = {one.column.name for one in found}
        left = [at for at, column in enumerate(columns) if column.name not in aside]
        found = [*find([columns[at] for at in left], [arrays[at] for at in left]), *found]
    return found


def _parts_of_dates(columns: Sequence[ModelColumn], arrays: Sequence[Array]) -> list[PartLookup]:
    rows = len(arrays[0]) if arrays else 0
    return find_parts(columns, arrays, determines, min(MOST_KEYS, rows / _ROWS_PER_PART))


# --- the whole table ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class PreparedLayout:
    """How a whole table is taken apart and put together again.

    Attributes
    ----------
    columns
        Those the model draws.
    lookups
        Those another one determines.
    constants
        The one value of each constant column, by name, as a series of one row.
    remade
        Those made anew, and the persons behind the rows.
    laws
        What drawn rows keep besides.
    """

    schema: Schema
    columns: tuple[ModelColumn, ...]
    lookups: tuple[Lookup | Exact | PartLookup, ...]
    constants: Mapping[str, pd.Series[Any]]
    remade: NotLearned
    laws: Laws = field(default_factory=Laws)

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Refuse what an earlier version kept, which knew nothing of persons, or of laws."""
        if "remade" not in state or "laws" not in state:
            raise TypeError("this layout was kept by an earlier version")
        self.__dict__.update(state)

    @property
    def learned(self) -> dict[str, ModelColumn]:
        """All columns that are neither constant nor made anew, by name, as the table has them."""
        aside = (*self.laws.columns, *(lookup.column for lookup in self.lookups))
        return {column.name: column for column in (*self.columns, *aside)}

    def arrays(self, drawn: Sequence[Array], n: int, context: Context) -> tuple[dict[str, Array], Array]:
        """Return the placed arrays of all learned columns, and which of the `n` drawn rows keep all laws."""
        placed = {column.name: column.placed(array) for column, array in zip(self.columns, drawn, strict=True)}
        arrays, kept = self.laws.apply(placed, n, context.rng("laws"))
        for lookup in self.lookups:
            arrays[lookup.column.name] = lookup.column.placed(lookup.draw(arrays[lookup.source]))
        return arrays, kept & self.laws.holds(arrays, n)

    def frame(self, arrays: Mapping[str, Array], n: int) -> dict[str, pd.Series[Any]]:
        """Return the learned columns of `n` rows as series."""
        out = {name: column.coder.decode(arrays[name]) for name, column in self.learned.items()}
        for name, value in self.constants.items():
            out[name] = value.take(np.zeros(n, dtype=int)).reset_index(drop=True)
        for words in self.schema.modelled:
            if words.words_of in out:
                numbers = out[words.words_of]
                numbers = numbers.astype("Int64") if pd.api.types.is_integer_dtype(numbers.dtype) else numbers
                out[words.words_of] = numbers.mask(out[words.name].notna())
        return out

    @property
    def kept(self) -> tuple[str, ...]:
        """What rows keep, a sentence each."""
        return (*(f"kept: {one.column.name} follows from {one.source}" for one in self.lookups), *self.laws.text)

    def complete(self, learned: dict[str, pd.Series[Any]], n: int, context: Context, parts: Array | None = None) -> pd.DataFrame:
        """Add the columns made anew, rows of a person put together where they keep all laws; return all in the schema's order."""
        return self.remade.complete(
            learned, n, context, parts=parts, keeps=self._keeps if self.laws.made or self.lookups else None
        )

    def _keeps(self, rows: pd.DataFrame) -> Array:
        """Tell which rows keep all laws."""
        arrays = {name: column.encode(rows[name]) for name, column in self.learned.items()}
        kept = self.laws.whole(arrays, len(rows))
        for lookup in self.lookups:
            kept &= alike(lookup.column.placed(lookup.draw(arrays[lookup.source])), arrays[lookup.column.name])
        return kept


def prepare(table: Table, context: Context, *, lookups: bool = True, laws: bool = False) -> tuple[PreparedLayout, Prepared]:
    """Take a table apart into what is learned and what is not.

    Without `lookups` columns that another one determines are learned like any other. With `laws`, other laws between columns are
    found and kept, too.

    Raises
    ------
    DoesNotApply
        If the table has no rows.
    """
    if not len(table):
        raise DoesNotApply("the table has no rows; give one with at least one row")
    context.step("preparing columns", 0.0)
    frame, constants, columns, arrays = table.frame, {}, [], []
    for column in table.schema.modelled:
        series = _without_gaps(frame, table.schema, column, context)
        if series.isna().all() or (series.notna().all() and series.nunique() == 1):
            constants[column.name] = series.iloc[:1]
            continue
        columns.append(_model_column(series, column))
        arrays.append(columns[-1].encode(series))
        columns[-1] = _with_margin(columns[-1], arrays[-1])
    found = _determined(columns, arrays) if lookups else []
    aside = {lookup.column.name for lookup in found}
    kept = [j for j, column in enumerate(columns) if column.name not in aside]
    left, shown = [columns[j] for j in kept], [arrays[j] for j in kept]
    target = next((column.name for column in table.schema.modelled if column.role is Role.TARGET), None)
    known = Laws()
    if laws:
        context.step("finding laws", 0.5)
        known, left, shown = find_laws(left, shown, target, (columns, arrays))
    at = next((j for j, column in enumerate(left) if column.name == target), None)
    layout = PreparedLayout(table.schema, tuple(left), tuple(found), constants, NotLearned.of(table, context), known)
    return layout, Prepared(layout.columns, tuple(shown), len(table), at)


def _without_gaps(frame: pd.DataFrame, schema: Schema, column: Column, context: Context) -> pd.Series[Any]:
    """Return a column; where a word stands in the place of a number, one of its numbers, drawn: the word alone says where there is none."""
    series = frame[column.name].reset_index(drop=True)
    words = next((other for other in schema.modelled if other.words_of == column.name), None)
    if words is None:
        return series
    word = frame[words.name].reset_index(drop=True).notna() & series.isna()
    known = series.dropna()
    if not word.any() or not len(known):
        return series
    drawn = context.rng(f"numbers beside words of {column.name}").choice(known.to_numpy(), int(word.sum()))
    return series.mask(word, pd.Series(drawn, index=series.index[word]))


def _model_column(series: pd.Series[Any], column: Column) -> ModelColumn:
    blank = bool(series.isna().any())
    if column.kind.numeric:
        return ModelColumn(column.name, 0, True, blank, None, LineScale.of(series, column))
    levels = Levels.of(series)
    return ModelColumn(column.name, len(levels), column.kind is Kind.ORDINAL, blank, None, levels)


def _with_margin(column: ModelColumn, array: Array) -> ModelColumn:
    if column.levels:
        return column
    return ModelColumn(column.name, 0, True, column.blank, Margin.of(array), column.coder)


# --- sampling -----------------------------------------------------------------------------------------------------


class PreparedSampler(Sampler):
    """Draws from a model and puts whole rows together."""

    def __init__(self, layout: PreparedLayout, model: Model) -> None:
        self.layout = layout
        self.model = model
        self.keeps = model.keeps + ("; what goes with each value of columns that others follow from" if layout.laws.made else "")

    def __call__(self, n: int, context: Context, where: Mapping[str, Any] | None = None) -> pd.DataFrame:
        """Draw `n` rows; see `Sampler`."""
        conditions = check_conditions(self.layout, where or {})
        context.step("sampling", 0.0)
        learned = self._meeting(conditions, n, context) if conditions else self._drawn(n, context)
        context.step("sampling", 0.9)
        frame = self.layout.complete(learned, n, context)
        context.step("sampling", 1.0)
        return frame

    def renewed(self, frame: pd.DataFrame, context: Context, parts: Array | None = None) -> pd.DataFrame:
        """Make the columns that are not learned once more; see `Sampler.renewed`."""
        learned = {column.name: frame[column.name] for column in self.layout.schema.modelled}
        return self.layout.complete(learned, len(frame), context, parts)

    def _drawn(self, n: int, context: Context) -> dict[str, pd.Series[Any]]:
        """Draw `n` rows; for none, one is drawn and dropped, so that the dtypes are right."""
        arrays, kept = self.layout.arrays(self.model.draw(max(n, 1), context), max(n, 1), context)
        if not kept.all():
            arrays = self._again(arrays, kept, context)
        drawn = self.layout.frame(arrays, max(n, 1))
        return drawn if n else {name: series.iloc[:0] for name, series in drawn.items()}

    def _again(self, arrays: dict[str, Array], kept: Array, context: Context) -> dict[str, Array]:
        """Draw anew in the place of rows that break a law, until none does or it has been tried often enough."""
        tries, found, rounds = len(kept), int(kept.sum()), 0
        while not kept.all() and rounds < _MOST_ROUNDS and tries < _MOST_TRIES * len(kept) + _LEAST_TRIES:
            open_rows = np.flatnonzero(~kept)
            size = int(min(1.1 * len(open_rows) * tries / max(found, tries / _MOST_TRIES) + 20, 2 * len(kept) + _LEAST_TRIES))
            part = context.named(f"again {rounds}")
            others, good = self.layout.arrays(self.model.draw(size, part), size, part)
            rounds, tries, found = rounds + 1, tries + size, found + int(good.sum())
            chosen = np.flatnonzero(good)[: len(open_rows)]
            for name, array in arrays.items():
                array[open_rows[: len(chosen)]] = others[name][chosen]
            kept[open_rows[: len(chosen)]] = True
        context.notes.tally(_KEEP_LAWS, found, tries)
        if not kept.all():
            context.notes.add(f"{int((~kept).sum()):,} of {len(kept):,} rows still break a rule that every real row keeps")
        return arrays

    def _meeting(self, conditions: Sequence[Condition], n: int, context: Context) -> dict[str, pd.Series[Any]]:
        """Draw until enough rows meet the conditions, under them as far as the model can."""
        given = given_codes(self.layout, conditions)

        def tried(size: int, part: Context) -> pd.DataFrame:
            drawn = self.model.draw_given(size, given, part) if given else None
            rows = size if drawn is None else len(drawn[0])
            arrays, kept = self.layout.arrays(self.model.draw(size, part) if drawn is None else drawn, rows, part)
            frame = pd.DataFrame(self.layout.frame(arrays, len(kept)))
            return frame[kept] if kept.sum() * _MOST_TRIES >= rows else frame

        rows = rejected(
            tried,
            lambda frame: all_meet(conditions, frame),
            n,
            context,
            f"meet {in_words(conditions)}",
        )
        return {name: rows[name] for name in rows.columns}


_KEEP_LAWS = "keep what every real row keeps"
_MOST_ROUNDS = 6
_MOST_TRIES = 10
"""Rows are drawn anew so often, and so many for each one asked for, at most."""

_LEAST_TRIES = 200


def given_codes(layout: PreparedLayout, conditions: Sequence[Condition]) -> dict[int, Array]:
    """Return the codes that conditions on columns with levels allow, by position among the columns learned."""
    given: dict[int, Array] = {}
    for condition in conditions:
        for at, column in enumerate(layout.columns):
            if column.name == condition.column and isinstance(column.coder, Levels) and condition.values:
                named = {name: code for code, name in enumerate(column.coder.names)}
                codes = [len(named) if value is None else named.get(str(value), -1) for value in condition.values]
                given[at] = np.array([code for code in codes if 0 <= code < column.levels], dtype=np.int64)
    return given


def check_conditions(layout: PreparedLayout, where: Mapping[str, Any]) -> tuple[Condition, ...]:
    """Return the conditions with their values in the columns' form.

    Raises
    ------
    DoesNotApply
        If a column is unknown or made anew, or none of the rows learned from ever held such a value.
    """
    conditions = read_where(where, layout.schema)
    columns = layout.learned
    for condition in conditions:
        if condition.column in layout.constants:
            if not condition.meets(pd.DataFrame({condition.column: layout.constants[condition.column]})).any():
                raise DoesNotApply(
                    f"{condition.column!r} is the same in all rows learned from, so it is not what is asked: {condition.text}"
                )
            continue
        column = columns[condition.column]
        if isinstance(column.coder, Levels) and condition.values:
            _check_levels(condition, column)
        elif condition.values == (None,) and not column.blank:
            raise DoesNotApply(f"{condition.column!r} has no blanks in the rows learned from, so none can be drawn")
        elif isinstance(column.coder, LineScale) and not column.coder.reaches(condition):
            low, high = column.coder.said
            raise DoesNotApply(
                f"{condition.text}, but the rows learned from have it between {low} and {high}; ask for values in there"
            )
    return conditions


def _check_levels(condition: Condition, column: ModelColumn) -> None:
    """Refuse values none of which was ever learned."""
    assert isinstance(column.coder, Levels)
    if any(column.blank if value is None else str(value) in column.coder.names for value in condition.values):
        return
    some = ", ".join(map(repr, column.coder.names[:8])) + (", …" if len(column.coder.names) > 8 else "")
    raise DoesNotApply(f"no row learned from has {condition.text}; there {column.name!r} is {some}")


@dataclass(frozen=True)
class PreparedGenerator(Generator):
    """A generator that only learns prepared columns; the rest is this module's."""

    @property
    def keeps_relationships(self) -> bool:
        """Whether anything of one column is learned from another; if not, nothing is restored from another one either."""
        return True

    @property
    def keeps_laws(self) -> bool:
        """Whether laws between columns are kept beyond columns that another one determines; see `LawfulGenerator`."""
        return False

    def fit(self, table: Table, context: Context) -> Sampler:
        """Learn a table; see `Generator.fit`."""
        layout, data = prepare(table, context, lookups=self.keeps_relationships, laws=self.keeps_laws)
        for line in layout.kept:
            context.notes.add(line)
        context.step("learning", 0.0)
        model = self.learn(data, context) if data.columns else NoModel()
        context.step("learning", 1.0)
        return PreparedSampler(layout, model)

    @abstractmethod
    def learn(self, data: Prepared, context: Context) -> Model:
        """Learn the prepared columns, of which there is at least one."""


@dataclass(frozen=True)
class LawfulGenerator(PreparedGenerator):
    """A generator of rows that keep the laws between columns that nearly all rows learned from keep."""

    keep_laws: bool = flag(
        True,
        help="Rows keep what nearly all real rows keep: what follows from another column, sums, products, units, orders, pairs "
        "that never meet",
        advanced=True,
        searched=False,
    )

    @property
    def keeps_relationships(self) -> bool:
        """As the setting says."""
        return self.keep_laws

    @property
    def keeps_laws(self) -> bool:
        """As `keeps_relationships`: where no relationship is learned, no law is kept."""
        return self.keeps_relationships
