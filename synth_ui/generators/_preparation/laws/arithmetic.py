"""Numbers and dates reckoned from one to three others: in other units, sums, differences, products, ratios, to the last digit.

The column set aside is the one with the most different values. How it is reckoned is found on few rows, again and again, so that
rows off the law do not hide it, and is believed when all rows but a few agree to half a step of the column.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from synth_ui.core.table import Kind
from synth_ui.generators._preparation.laws.law import MOST_EXCEPTIONS, Exceptions, Law, Truths
from synth_ui.generators._preparation.margin import Floats

if TYPE_CHECKING:
    from synth_ui.generators._preparation.prepare import Array, ModelColumn

_FEWEST_ROWS = 50
_FEWEST_VALUES = 5
_LEAST_SPREAD = 10
"""Half steps a column spreads over at least, or rounding alone would fit any law."""

_MOST_COLUMNS = 40
_MOST_COLUMNS_FOR = {1: 40, 2: 25, 3: 12}
"""For each number of sources, among how many columns they are sought at most: the sets of three of many columns are too many."""

_LEAST_KNOWN = 0.5
"""Share of the rows in which nothing is blank at least, where blanks of a column and its sources do not go together."""

_TRIES = 6
_FIT_ON = 24
_CHECKED_ON = 2_000
_GLANCED_AT = 400
_MOSTLY = 0.75
_EXACT = 2.0**52
_MOST_DIGITS = 9


@dataclass(frozen=True)
class Reckoning:
    """How a number follows from one to three others.

    Attributes
    ----------
    sign
        "+" for a weighted sum and a constant, "*" for a product, "/" for a ratio, these times the first weight.
    """

    sign: str
    weights: tuple[float, ...]
    constant: float = 0.0

    def __call__(self, values: Sequence[Floats]) -> Floats:
        """Return the numbers."""
        if self.sign == "+":
            out = sum(weight * value for weight, value in zip(self.weights, values, strict=True)) + self.constant
        elif self.sign == "*":
            out = self.weights[0] * values[0] * values[1]
        else:
            with np.errstate(divide="ignore", invalid="ignore"):
                out = self.weights[0] * values[0] / values[1]
        return np.asarray(out, dtype=np.float64)

    def said(self, names: Sequence[str]) -> str:
        """Return the formula with names of columns."""
        if self.sign != "+":
            times = "" if self.weights[0] == 1 else f"{self.weights[0]:.6g} × "
            return f"{times}{names[0]} {'×' if self.sign == '*' else '/'} {names[1]}"
        parts = [name if weight == 1 else f"{weight:.6g} × {name}" for weight, name in zip(self.weights, names, strict=True)]
        parts += [f"{self.constant:.6g}"] if self.constant else []
        return " + ".join(parts).replace("+ -1 × ", "− ").replace("+ -", "− ")


@dataclass(frozen=True, eq=False)
class Reckoned(Law):
    """A column reckoned from others.

    Attributes
    ----------
    partly
        Whether blanks of the column and of the others do not go together: then a model draws the column, too, and where nothing is
        blank it is reckoned.
    """

    column: ModelColumn
    given: tuple[ModelColumn, ...]
    formula: Reckoning
    exceptions: Exceptions
    partly: bool = False

    @property
    def sources(self) -> tuple[ModelColumn, ...]:
        """What it is reckoned from."""
        return self.given

    @property
    def columns(self) -> tuple[ModelColumn, ...]:
        """The one set aside, or put right where nothing is blank."""
        return (self.column,)

    @property
    def text(self) -> str:
        """The law in plain words; of dates only which they follow from."""
        names = [source.name for source in self.sources]
        dates = any(kind_of(one) is Kind.DATETIME for one in (self.column, *self.sources))
        said = f"follows from {' and '.join(names)}" if dates else f"is {self.formula.said(names)}"
        broken = f" in {1 - self.exceptions.share:.1%} of rows, as in the real ones" if self.exceptions.share else ""
        return f"{self.column.name} {said}{' where none of them is blank' if self.partly else ''}{broken}"

    def apply(self, arrays: Mapping[str, Array], rng: np.random.Generator) -> Mapping[str, Array]:
        """Reckon; what has no result (a ratio to zero) becomes the lowest value."""
        out = self.formula([arrays[source.name] + _origin(source) for source in self.sources]) - _origin(self.column)
        blank = np.logical_or.reduce([np.isnan(arrays[source.name]) for source in self.sources])
        out[~blank & ~np.isfinite(out)] = self.column.coder.low  # type: ignore[union-attr]
        made = self.exceptions.scattered(self.column, out, rng)
        if self.partly:
            drawn = arrays[self.column.name]
            made = np.where(blank | np.isnan(drawn), drawn, made)
        return {self.column.name: made}

    def holds(self, arrays: Mapping[str, Array]) -> Truths:
        """Tell which rows have the number reckoned, to half a step."""
        made = self.formula([arrays[source.name] + _origin(source) for source in self.given]) - _origin(self.column)
        return np.asarray(~(np.abs(made - arrays[self.column.name]) > half_step(self.column)))


def kind_of(column: ModelColumn) -> Kind | None:
    """Return the kind of a column on a line; None for one with levels."""
    return getattr(column.coder, "kind", None)


def _origin(column: ModelColumn) -> float:
    return float(column.coder.origin)  # type: ignore[union-attr]


# --- finding them -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Found:
    """A law as it was found: positions of the column and its sources."""

    column: int
    sources: tuple[int, ...]
    formula: Reckoning
    off: Any
    partly: bool


@dataclass(frozen=True, eq=False)
class _Rows:
    """What laws are sought among.

    Attributes
    ----------
    values
        Rows × columns.
    halves
        Half of each column's step: how far rounding may take a value.
    wanted
        Which columns may be set aside.
    checked, tries
        Rows to check on first, and sets of few rows to fit on.
    """

    values: Floats
    halves: Floats
    wanted: Truths
    checked: Array
    tries: Sequence[Array]


def find_arithmetic(columns: Sequence[ModelColumn], arrays: Sequence[Array], target: str | None) -> list[Reckoned]:
    """Find numbers and dates that are reckoned from others of the table; the target never is."""
    at = [j for j, column in enumerate(columns) if column.numeric and _may_take_part(column)][:_MOST_COLUMNS]
    if len(at) < 2 or len(arrays[0]) < _FEWEST_ROWS:
        return []
    values = np.column_stack([arrays[j] + _origin(columns[j]) for j in at])
    wanted = np.array([columns[j].name != target and _varies(columns[j], values[:, k]) for k, j in enumerate(at)])
    rng = np.random.default_rng(len(values))  # which rows are looked at first; no result hangs on it but through rows off a law
    tries = [np.sort(rng.choice(len(values), _FIT_ON, replace=False)) for _ in range(_TRIES)]
    checked = rng.choice(len(values), min(len(values), _CHECKED_ON), replace=False)
    halves = np.array([half_step(columns[j]) for j in at])
    rows = _Rows(values, halves, wanted, checked, tries)
    different = [len(columns[j].margin.values) for j in at]  # type: ignore[union-attr]
    laws: list[Reckoned] = []
    aside: set[int] = set()
    for size, most in _MOST_COLUMNS_FOR.items():
        places = [place for place in range(len(at)) if place not in aside]
        if len(places) > most:
            break
        with np.errstate(over="ignore", under="ignore", divide="ignore", invalid="ignore"):  # no law then
            found = sorted(_sought(rows, places, size), key=lambda one: (-different[one.column], -one.column))
        for one in found:
            if one.column in aside or aside.intersection(one.sources):
                continue
            aside.add(one.column)
            column = columns[at[one.column]]
            sources = tuple(columns[at[place]] for place in one.sources)
            laws.append(Reckoned(column, sources, one.formula, Exceptions.of(arrays[at[one.column]], one.off), one.partly))
    return laws


def _may_take_part(column: ModelColumn) -> bool:
    """Tell whether float64 holds the column's numbers; months, years and clocks of time zones are no line."""
    coder: Any = column.coder
    if coder.unit or getattr(coder.dtype, "tz", None) is not None:
        return False
    return bool(abs(coder.low + coder.origin) < _EXACT and abs(coder.high + coder.origin) < _EXACT)


def _varies(column: ModelColumn, values: Floats) -> bool:
    """Tell whether a column is so fine that no law fits it by rounding alone."""
    many = len(column.margin.values) >= _FEWEST_VALUES  # type: ignore[union-attr]
    return many and bool(np.nanstd(values) >= _LEAST_SPREAD * half_step(column) / 2)


def half_step(column: ModelColumn) -> float:
    """Return how far from a reckoned value the rounded one may lie."""
    coder: Any = column.coder
    most = max(abs(coder.low + coder.origin), abs(coder.high + coder.origin))
    grid = coder.step if coder.kind is not Kind.NUMBER or coder.decimals is None else 10.0**-coder.decimals
    return float(0.5001 * grid + 1e-12 * most) if grid else 1e-9 * most


def _sought(rows: _Rows, places: Sequence[int], size: int) -> Iterator[_Found]:
    """Find what is believed among all sets of so many sources."""
    sets = list(itertools.combinations(places, size))
    wanted = [place for place in places if rows.wanted[place]]
    if not sets or not wanted:
        return
    seen: set[tuple[int, tuple[int, ...]]] = set()
    for column, sources, start in _weighted(rows, sets, wanted):
        if (column, sources) not in seen and _likely(rows, column, sources, start):
            found = _believed(rows, column, sources, _refined(rows, column, sources, start))
            if found is not None:
                seen.add((column, sources))
                yield found
    for column, pair, start in _products(rows, sets, wanted) if size == 2 else []:
        if _likely(rows, column, pair, start):
            found = _believed(rows, column, pair, _scaled(rows, column, pair, start))
            if found is not None:
                yield found


_Guess = tuple[int, tuple[int, ...], Reckoning]
"""A column, its sources, and a formula that fits few rows."""


def _weighted(rows: _Rows, sets: Sequence[tuple[int, ...]], wanted: Sequence[int]) -> Iterator[_Guess]:
    """Guess which columns are a weighted sum of others and a constant: all sets of sources are fitted at once, to few rows each."""
    middle = np.nanmedian(rows.values[rows.checked], axis=0)
    spread = np.nanmax(rows.values, axis=0) - np.nanmin(rows.values, axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    own = list(wanted)
    for few in rows.tries:
        part = (rows.values[few] - middle) / spread
        shown = np.stack([np.column_stack([part[:, list(sources)], np.ones(len(part))]) for sources in sets])
        blank = np.isnan(shown).any(axis=2)
        shown[blank] = 0.0
        aims = np.where(blank[:, :, None], 0.0, part[None][:, :, own])
        weights = np.linalg.pinv(shown) @ np.nan_to_num(aims)
        off = np.abs(shown @ weights - aims)
        close = (np.nan_to_num(off, nan=np.inf) <= 2 * (rows.halves / spread)[own]).all(axis=1)
        for at, place in np.argwhere(close & ((~blank).sum(axis=1) >= 3 * shown.shape[2])[:, None]):
            column, sources = own[place], sets[at]
            if column in sources:
                continue
            given = list(sources)
            exact = weights[at, :-1, place] * spread[column] / spread[given]
            constant = middle[column] + spread[column] * weights[at, -1, place] - exact @ middle[given]
            yield column, sources, Reckoning("+", tuple(exact.tolist()), float(constant))


def _likely(rows: _Rows, column: int, sources: tuple[int, ...], start: Reckoning) -> bool:
    """Tell whether a guess holds roughly for the rows without the column's most frequent value, looking at some."""
    part = rows.values[rows.checked[:_GLANCED_AT]]
    values, counts = np.unique(part[:, column], return_counts=True)
    part = part[part[:, column] != values[counts.argmax()]]
    room = 6 * rows.halves[column] + 0.01 * np.abs(part[:, column])
    off = np.abs(start([part[:, place] for place in sources]) - part[:, column]) > room
    return len(part) > 0 and bool(off.mean() <= 3 * MOST_EXCEPTIONS)


def _refined(rows: _Rows, column: int, sources: tuple[int, ...], start: Reckoning) -> Reckoning:
    """Fit the weights on all rows that are near the law; the shortest numbers that do as well as any are taken."""
    near = np.abs(start([rows.values[:, place] for place in sources]) - rows.values[:, column]) <= 20 * rows.halves[column]
    part = rows.values[near]
    if len(part) < 3 * (len(sources) + 1):
        return start
    given, own, half = part[:, list(sources)], part[:, column], rows.halves[column]
    base, scale, middle = given.mean(axis=0), np.maximum(np.ptp(given, axis=0), 1e-300), own.mean()
    weights = np.linalg.lstsq(np.column_stack([(given - base) / scale, np.ones(len(part))]), own - middle, rcond=1e-9)[0]
    exact = weights[:-1] / scale
    best = Reckoning("+", tuple(exact.tolist()), float(middle + weights[-1] - base @ exact))
    kept = _agreeing(best, given, own, half)
    for digits in range(_MOST_DIGITS):
        for rest in np.unique([np.round(best.constant), np.round(best.constant, digits)]):
            short = np.round(exact, digits)
            if len(sources) == 1:
                short = np.array([_between(given[:, 0], own - rest, half, digits, float(exact[0]))])
            formula = Reckoning("+", tuple(short.tolist()), float(rest))
            if _agreeing(formula, given, own, half) >= kept:
                return formula
    return best


def _agreeing(formula: Reckoning, given: Floats, own: Floats, half: float) -> int:
    made = formula([given[:, at] for at in range(given.shape[1])])
    return int((np.abs(made - own) <= half).sum())


def _between(given: Floats, own: Floats, half: float, digits: int, near: float) -> float:
    """Return a number of so many digits that times what is given comes to half a step of the column in most rows, if there is one."""
    known = (given != 0) & (np.abs(near * given - own) <= 2 * half)
    if not known.any():
        return near
    ends = np.sort(np.stack([(own[known] - half) / given[known], (own[known] + half) / given[known]]), axis=0)
    return float(np.round((ends[0].max() + ends[1].min()) / 2, digits))


def _products(rows: _Rows, sets: Sequence[tuple[int, ...]], wanted: Sequence[int]) -> Iterator[_Guess]:
    """Guess which columns are the product of two others, or their ratio, times a number."""
    part = rows.values[rows.checked[:_GLANCED_AT]]
    aims, halves = part[:, list(wanted)], rows.halves[list(wanted)]
    for sign, pair in [(sign, pair) for both in sets for sign, pair in (("*", both), ("/", both), ("/", both[::-1]))]:
        plain = Reckoning(sign, (1.0,))([part[:, place] for place in pair])
        usable = np.flatnonzero(np.isfinite(plain) & (plain != 0))[:_FIT_ON]
        if len(usable) < _FIT_ON / 2:
            continue
        times = np.sort(aims[usable] / plain[usable, None], axis=0)[len(usable) // 2]
        off = np.abs(times * plain[usable, None] - aims[usable])
        close = (off <= halves + 0.01 * np.abs(aims[usable])).mean(axis=0) >= _MOSTLY
        for place in np.flatnonzero(close & np.isfinite(times) & (times != 0)).tolist():
            if wanted[place] not in pair:
                yield wanted[place], pair, Reckoning(sign, (float(times[place]),))


def _scaled(rows: _Rows, column: int, pair: tuple[int, ...], start: Reckoning) -> Reckoning:
    """Fit the number a product is taken times, on the checked rows; 1 where it does as well."""
    part = rows.values[rows.checked]
    plain = Reckoning(start.sign, (1.0,))([part[:, place] for place in pair])
    one = Reckoning(start.sign, (1.0,))
    if np.mean(np.abs(plain - part[:, column]) <= rows.halves[column]) >= 1 - 2 * MOST_EXCEPTIONS:
        return one
    near = np.isfinite(plain) & (
        np.abs(start.weights[0] * plain - part[:, column]) <= rows.halves[column] + 0.01 * np.abs(part[:, column])
    )
    made, own, half = plain[near], part[near, column], rows.halves[column]
    weight = float((made * own).sum() / max((made**2).sum(), 1e-300))
    kept = int((np.abs(weight * made - own) <= half).sum())
    for digits in range(_MOST_DIGITS):
        short = _between(made, own, half, digits, weight)
        if short and int((np.abs(short * made - own) <= half).sum()) >= kept:
            return Reckoning(start.sign, (short,))
    return Reckoning(start.sign, (weight,))


def _believed(rows: _Rows, column: int, sources: tuple[int, ...], formula: Reckoning) -> _Found | None:
    """Return the law if nearly all rows keep it in which nothing is blank, those with the most frequent value left out, too."""
    if any(weight == 0 for weight in formula.weights):
        return None
    for which in (rows.checked, np.arange(len(rows.values))):
        part = rows.values[which]
        made, own = formula([part[:, place] for place in sources]), part[:, column]
        blank = np.isnan(part[:, list(sources)]).any(axis=1)
        partly = bool((blank != np.isnan(own)).any())
        known = ~blank & ~np.isnan(own)
        if partly and known.mean() < _LEAST_KNOWN:
            return None
        values, counts = np.unique(own[known], return_counts=True)
        telling = known & (own != values[counts.argmax()]) if len(values) else known
        if telling.sum() < _FEWEST_ROWS / 2 or own[telling].std() < _LEAST_SPREAD * rows.halves[column]:
            return None
        off = known & ~(np.abs(made - own) <= rows.halves[column])
        if off[telling].sum() > MOST_EXCEPTIONS * telling.sum():
            return None
    return _Found(column, sources, formula, off, partly)
