"""Rules and conditions for every generator, in one place: a sampler around any other.

`fit` learns a table so that drawn rows keep rules, `drawn_under` draws what is asked of any sampler. A rule is kept by the way the rows are
made where that is possible, else by drawing again:

- one column not above another, where all real rows keep it: the larger is learned as its difference from the smaller;
- combinations, exactly one yes: a drawn row that has none of the real combinations gets one, the same in as many columns (from
  the first) as there is, as often as the real rows have it;
- fixed steps: rounded to the nearest;
- all else, and whatever still breaks a rule: drawn again, with the share that was kept noted, up to a limit.

A generator that gives formal privacy keeps rules by drawing again alone: the other ways look at the real rows.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from synth_ui.core.budget import Unpaid
from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply
from synth_ui.core.formats.numbers import rounded
from synth_ui.core.rules import possible
from synth_ui.core.rules.asked import Asked
from synth_ui.core.rules.condition import Condition, all_meet, in_words, read_where
from synth_ui.core.rules.constraint import (
    Constraint,
    FixedCombinations,
    FixedIncrements,
    Inequality,
    OneHot,
    all_hold,
    bind_all,
)
from synth_ui.core.table import Column, Kind, Schema, Table
from synth_ui.generators._preparation.persons import NotLearned
from synth_ui.generators._preparation.prepare import LineScale
from synth_ui.generators.base import Generator, Sampler
from synth_ui.generators.sampling.rejection import rejected

Truths = NDArray[np.bool_]

_EXACT = 2.0**52
_MOST_SETS = 100
"""So many sets of conditions are looked at before rows are drawn; the others show when they are."""


def fit(generator: Generator, table: Table, context: Context, constraints: Sequence[Constraint] = ()) -> Sampler:
    """Learn a table so that drawn rows keep the rules; without rules, the generator's own sampler.

    Raises
    ------
    TableError
        If a rule does not fit the table.
    DoesNotApply
        If the table is nothing for the generator.
    Cancelled
        If the user asked to stop.
    """
    if not constraints:
        return generator.fit(table, context)
    bound = bind_all(constraints, table.schema, table.frame)
    differences = [] if generator.formal_privacy else _differences(bound, table)
    learned = table
    for difference in differences:
        learned = difference.learned(learned)
    sampler = generator.fit(learned, context)
    ways = [] if generator.formal_privacy else [way for rule in bound if (way := _way(rule, table)) is not None]
    remade = NotLearned.of_schema(table) if generator.formal_privacy else NotLearned.of(table, context)
    for difference in differences:
        context.notes.add(
            f"{difference.larger} was learned as its difference from {difference.smaller}, so that {difference.rule.text}"
        )
    kept = ConstrainedSampler(sampler, table.schema, bound, tuple(differences), tuple(ways), remade)
    read = any(isinstance(rule, FixedCombinations) and rule.allowed is None for rule in constraints)
    if generator.formal_privacy and read:
        context.notes.add("the privacy budget did not pay for the combinations a rule allows: they were read from the real rows")
    if kept.ledger is not None and read:
        why = "Read from the real rows for a rule on fixed combinations; list the allowed ones in the rule to be covered."
        kept.ledger = kept.ledger.with_unpaid(Unpaid("combinations a rule allows", why, breaks=True))
    return kept


def refuse_impossible(rules: Sequence[Constraint], table: Table, n: int, asked: Asked, *, formal: bool) -> None:
    """Refuse what no row can meet, before anything is learned or drawn; under formal privacy by the schema alone.

    Raises
    ------
    SettingError, TableError, DoesNotApply
        If a rule or a condition is written wrongly, does not fit the table, or cannot be met.
    """
    frame = None if formal else table.frame
    possible.refuse_impossible(rules, (), table.schema, frame)
    sets = dict.fromkeys(conditions for conditions, size in asked.shares(table, n) if size and conditions)
    for conditions in itertools.islice(sets, _MOST_SETS):
        possible.refuse_impossible(rules, conditions, table.schema, frame)


def drawn_under(sampler: Sampler, shares: Sequence[tuple[tuple[Condition, ...], int]], context: Context) -> pd.DataFrame:
    """Draw so many rows under each set of conditions, of any fitted sampler, in an order by chance; see `batches` for what is asked.

    Raises
    ------
    DoesNotApply
        If a condition cannot be met.
    """
    parts = []
    for place, (conditions, size) in enumerate(shares):
        part = context if place == 0 else context.named(f"condition {place}")
        parts.append(sampler(size, part, as_where(conditions)) if conditions else sampler(size, part))
    if len(parts) == 1:
        return parts[0]
    order = context.rng("order of conditions").permutation(sum(map(len, parts)))
    rows = pd.concat(parts, ignore_index=True).take(order).reset_index(drop=True)
    number = np.repeat(np.arange(len(parts)), [len(part) for part in parts])[order]
    return sampler.renewed(rows, context.named("keys of all"), number)


def as_where(conditions: Sequence[Condition]) -> dict[str, Any]:
    """Write conditions as a sampler takes them; two on one column become what both allow, where that can be written."""
    where: dict[str, Any] = {}
    for condition in conditions:
        if condition.column in where:
            raise DoesNotApply(f"{condition.column!r} has two conditions; give one")
        ends = {"min": condition.low, "max": condition.high}
        where[condition.column] = (
            list(condition.values) if condition.values else {end: bound for end, bound in ends.items() if bound is not None}
        )
    return where


class ConstrainedSampler(Sampler):
    """Draws from another sampler and gives only rows that keep the rules."""

    def __init__(
        self,
        inner: Sampler,
        schema: Schema,
        rules: tuple[Constraint, ...],
        differences: tuple[_Difference, ...],
        ways: tuple[_Completion | _Grid, ...],
        remade: NotLearned,
    ) -> None:
        self.inner = inner
        self.schema = schema
        self.rules = rules
        self.differences = differences
        self.ways = ways
        self.remade = remade
        self.ledger = inner.ledger
        combinations = any(isinstance(way, _Completion) for way in ways)
        self.keeps = inner.keeps + ("; the combinations of columns a rule names, with their counts" if combinations else "")

    def __call__(self, n: int, context: Context, where: Mapping[str, Any] | None = None) -> pd.DataFrame:
        """Draw `n` rows; see `Sampler`."""
        conditions = read_where(where or {}, self.schema)
        changed = {name for way in (*self.differences, *self.ways) for name in way.changes}
        early = as_where([condition for condition in conditions if condition.column not in changed])
        late = [condition for condition in conditions if condition.column in changed]

        def passes(frame: pd.DataFrame) -> Truths:
            kept = frame.pop(_WITHIN).to_numpy(dtype=bool) & all_hold(self.rules, frame) & all_meet(late, frame)
            return np.asarray(kept, dtype=bool)

        what = " and ".join([*(["keep the rules"] if self.rules else []), *([f"meet {in_words(late)}"] if late else [])])
        rows = rejected(lambda size, part: self._batch(size, part, early), passes, n, context, what)
        context.step("sampling", 1.0)
        return self.renewed(rows.drop(columns=_WITHIN, errors="ignore"), context)

    def renewed(self, frame: pd.DataFrame, context: Context, parts: NDArray[np.int64] | None = None) -> pd.DataFrame:
        """Make the columns that are not learned once more, over all batches at once."""
        learned = {column.name: frame[column.name] for column in self.schema.modelled}
        keeps = partial(all_hold, self.rules)
        return self.remade.complete(learned, len(frame), context, parts=parts, keeps=keeps)

    def _batch(self, n: int, context: Context, where: Mapping[str, Any]) -> pd.DataFrame:
        """Draw rows, turn differences back, complete combinations; rows beyond the bounds seen are marked."""
        frame = self.inner(n, context, where) if where else self.inner(n, context)
        within = np.ones(len(frame), dtype=bool)
        for difference in self.differences:
            within &= difference.restore(frame)
        for way in self.ways:
            within &= way.restore(frame, context)
        frame = frame[self.schema.names]
        return frame.assign(**{_WITHIN: within})


_WITHIN = "\x00within"
"""A column of marks beside the rows of a batch; no table has a column of this name."""


# --- one column as its difference from another -------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Difference:
    """The larger column of an inequality, learned as what it is above the smaller."""

    rule: Inequality
    small: LineScale
    large: LineScale

    @property
    def smaller(self) -> str:
        return self.rule.smaller

    @property
    def larger(self) -> str:
        return self.rule.larger

    @property
    def changes(self) -> tuple[str, ...]:
        """The columns whose drawn values are no longer the inner sampler's."""
        return (self.larger,)

    def learned(self, table: Table) -> Table:
        """Return the table with the difference in the larger column's place."""
        frame = table.frame
        above = self._ticks(self.large, frame[self.larger]) - self._ticks(self.small, frame[self.smaller])
        column = table.schema[self.larger]
        there = above[~np.isnan(above)]
        if self.large.kind is Kind.NUMBER or self.small.kind is Kind.NUMBER:
            decimals = _more(self.small.decimals, self.large.decimals)
            series: pd.Series[Any] = pd.Series(rounded(above, decimals))
            kind, dtype = Kind.NUMBER, "float64"
        else:
            whole = pd.array(above, dtype="Float64").round().astype("Int64")
            series = pd.Series(whole) if len(there) < len(above) else pd.Series(whole).astype("int64")
            decimals, kind, dtype = 0, Kind.INTEGER, "int64"
        told = replace(
            column,
            kind=kind,
            dtype=dtype,
            decimals=decimals,
            digits=None,
            low=float(there.min()),
            high=float(there.max()),
            levels=(),
            format=None,
        )
        columns = tuple(told if c.name == self.larger else c for c in table.schema)
        return Table(
            frame.assign(**{self.larger: series.to_numpy() if kind is Kind.NUMBER else series.array}), Schema(columns), table.name
        )

    def restore(self, frame: pd.DataFrame) -> Truths:
        """Put the larger column back in place; tell which rows lie within the bounds seen."""
        above = frame[self.larger].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
        values = self._ticks(self.small, frame[self.smaller]) + above - self.large.origin
        slack = 1e-9 * max(abs(self.large.low), abs(self.large.high))
        within = np.isnan(values) | ((values >= self.large.low - slack) & (values <= self.large.high + slack))
        series = self.large.decode(self.large.place(values))
        frame[self.larger] = series.array
        return np.asarray(within)

    @staticmethod
    def _ticks(line: LineScale, series: pd.Series[Any]) -> NDArray[np.float64]:
        return line.encode(series.reset_index(drop=True)) + line.origin


def _more(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else max(one, other)


def _differences(rules: Sequence[Constraint], table: Table) -> list[_Difference]:
    """Choose the inequalities that are kept by learning a difference, in an order in which each can be turned back."""
    found: list[_Difference] = []
    joined = {name for rule in rules if isinstance(rule, FixedCombinations | OneHot) for name in rule.columns}
    for rule in rules:
        if not isinstance(rule, Inequality) or joined & set(rule.columns) or not _may_be_difference(rule, table):
            continue
        replaced = {difference.larger for difference in found}
        used = {difference.smaller for difference in found}
        if rule.larger in replaced | used:
            continue  # kept by drawing again: it is turned back before or after another that needs it
        lines = [LineScale.of(table.frame[name].reset_index(drop=True), table.schema[name]) for name in rule.columns]
        found.append(_Difference(rule, lines[0], lines[1]))
    return found


def _may_be_difference(rule: Inequality, table: Table) -> bool:
    """Tell whether all real rows keep the rule, no smaller value is blank, and float64 holds the numbers."""
    small, large = table.frame[rule.smaller], table.frame[rule.larger]
    if not len(table) or small.isna().any() or large.isna().all() or not rule.holds(table.frame).all():
        return False
    if any(isinstance(series.dtype, pd.DatetimeTZDtype) for series in (small, large)):
        return False
    lines = [LineScale.of(series.reset_index(drop=True), table.schema[str(series.name)]) for series in (small, large)]
    return all(abs(end + line.origin) < _EXACT for line in lines for end in (line.low, line.high))


# --- combinations, steps ------------------------------------------------------------------------------------------


def _way(rule: Constraint, table: Table) -> _Completion | _Grid | None:
    """Return how drawn rows are made to keep a rule; None where they are drawn again."""
    if isinstance(rule, FixedCombinations | OneHot):
        kept = table.frame.loc[rule.holds(table.frame), list(rule.columns)]
        return _Completion.of(rule, kept) if len(kept) else None
    if isinstance(rule, FixedIncrements):
        column = table.schema[rule.column]
        return _Grid(
            rule, column, column.low if column.low is not None else -np.inf, column.high if column.high is not None else np.inf
        )
    return None


@dataclass(frozen=True, eq=False)
class _Completion:
    """The combinations real rows have, sorted by the first column, then the second, and so on.

    Attributes
    ----------
    values
        One row per combination.
    ends
        The running count of real rows over them.
    levels
        The values of each column in the order of their numbers.
    starts, stops
        For each number of leading columns, by the number of that beginning: where its combinations are.
    keys
        For each number of leading columns, the beginnings, each the number of the beginning before and of the value.
    """

    rule: FixedCombinations | OneHot
    values: pd.DataFrame
    ends: NDArray[np.int64]
    levels: tuple[pd.Index[Any], ...]
    keys: tuple[NDArray[np.int64], ...]
    starts: tuple[NDArray[np.int64], ...]

    @property
    def changes(self) -> tuple[str, ...]:
        """The columns whose drawn values are no longer the inner sampler's."""
        return self.rule.columns

    @classmethod
    def of(cls, rule: FixedCombinations | OneHot, rows: pd.DataFrame) -> _Completion:
        """Count the combinations of real rows that keep the rule."""
        levels = tuple(pd.Index(rows[name].dropna().unique()) for name in rule.columns)
        codes = np.column_stack([_codes(rows[name], level) for name, level in zip(rule.columns, levels, strict=True)])
        sorted_codes, first, counts = np.unique(codes, axis=0, return_index=True, return_counts=True)
        keys, starts = [], []
        before = np.zeros(len(sorted_codes), dtype=np.int64)
        for column in range(codes.shape[1]):
            joined = before * (len(levels[column]) + 1) + sorted_codes[:, column]
            known, before = np.unique(joined, return_inverse=True)
            keys.append(known)
            starts.append(np.append(np.searchsorted(before, np.arange(len(known))), len(sorted_codes)))
        values = rows.iloc[first].reset_index(drop=True)
        return cls(rule, values, np.cumsum(counts), levels, tuple(keys), tuple(starts))

    def restore(self, frame: pd.DataFrame, context: Context) -> Truths:
        """Give rows that have none of the real combinations one of them."""
        broken = np.flatnonzero(~self.rule.holds(frame))
        if len(broken):
            rng = context.rng(f"combinations of {', '.join(self.changes)}")
            chosen = self._chosen(frame.iloc[broken], rng)
            for name in self.changes:
                column = frame[name].copy()
                column.iloc[broken] = self.values[name].iloc[chosen].array
                frame[name] = column.astype(frame[name].dtype)
        return np.ones(len(frame), dtype=bool)

    def _chosen(self, rows: pd.DataFrame, rng: np.random.Generator) -> NDArray[np.int64]:
        """Choose a combination for each row among those that begin as it does, for as many columns as there are any."""
        low, high = np.zeros(len(rows), dtype=np.int64), np.full(len(rows), len(self.ends), dtype=np.int64)
        alike = np.ones(len(rows), dtype=bool)
        before = np.zeros(len(rows), dtype=np.int64)
        for name, level, keys, starts in zip(self.changes, self.levels, self.keys, self.starts, strict=True):
            joined = before * (len(level) + 1) + _codes(rows[name], level)
            before = np.minimum(np.searchsorted(keys, joined), len(keys) - 1)
            alike &= keys[before] == joined
            low[alike], high[alike] = starts[before[alike]], starts[before[alike] + 1]
        floors = np.concatenate([[0], self.ends])
        places = floors[low] + rng.random(len(rows)) * (floors[high] - floors[low])
        chosen: NDArray[np.int64] = np.clip(np.searchsorted(self.ends, places, side="right"), low, high - 1).astype(np.int64)
        return chosen


def _codes(series: pd.Series[Any], levels: pd.Index[Any]) -> NDArray[np.int64]:
    """Return the number of each value, the last for a blank, one that begins no combination for a value not known."""
    found = np.asarray(
        levels.get_indexer(pd.Index(series.astype(levels.dtype) if series.dtype != object else series)), dtype=np.int64
    )
    blank = series.isna().to_numpy()
    return np.where(blank, len(levels), np.where(found < 0, -(2**31), found))


@dataclass(frozen=True, eq=False)
class _Grid:
    """Rounds a number to the steps of its rule."""

    rule: FixedIncrements
    column: Column
    low: float
    high: float

    @property
    def changes(self) -> tuple[str, ...]:
        """The columns whose drawn values are no longer the inner sampler's."""
        return (self.rule.column,)

    def restore(self, frame: pd.DataFrame, context: Context) -> Truths:
        """Round; tell which rows stayed within the bounds seen."""
        series = frame[self.rule.column]
        values = series.astype("Float64").to_numpy(dtype=float, na_value=np.nan)
        placed = self.rule.start + np.rint((values - self.rule.start) / self.rule.step) * self.rule.step
        placed = rounded(placed, self.column.decimals)
        if pd.api.types.is_integer_dtype(series.dtype):
            frame[self.rule.column] = pd.Series(
                pd.array(placed, dtype="Float64").round().astype("Int64"), index=series.index
            ).astype(series.dtype)
        else:
            frame[self.rule.column] = placed
        return np.asarray(np.isnan(placed) | ((placed >= self.low) & (placed <= self.high)))
