"""Rules the real table keeps: found on train, kept only where the holdout keeps them too, and asked of any rows.

A rule is only believed where chance would have broken it: value pairs are expected eight times or more if columns were
independent and never seen; dependencies, orderings and sums would be broken eight times or more.
"""

from __future__ import annotations

import itertools
import json
import re
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from synth_ui.columns.cells import SPIKE, ZERO_SPIKE
from synth_ui.columns.values import level_codes, level_names, numbers
from synth_ui.core.context import Context
from synth_ui.core.rules.constraint import Constraint, Expression, FixedCombinations, Inequality, NeverTogether
from synth_ui.core.rules.formula import quoted
from synth_ui.core.table import Column, Kind, Schema
from synth_ui.measures._tables import pairs_of
from synth_ui.measures.case import Case

Codes = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

EXPECTED = 8.0
"""How often chance would have broken a rule at least, so that never having seen it says something."""

MOST_NEVER = 1_000

TERMS_OF_THREE = 15
MOST_IN_SUMS = 40
SAMPLE = 2_000
FEWEST_WRITTEN = 20
MOST_FORMS = 2


# --- codes of values ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Coding:
    """How the values of columns are numbered, fitted on the real rows.

    Attributes
    ----------
    levels, values
        The known levels of a discrete column; the known values of a number or date, ascending. Their place is their code.
    """

    schema: Schema
    levels: dict[str, tuple[str, ...]]
    values: dict[str, Floats]

    def unknown(self, name: str) -> int:
        """Return the code of a value no real row has; that of a blank is one higher."""
        return len(self.levels[name]) if name in self.levels else len(self.values[name])


@dataclass(eq=False)
class Rows:
    """Rows of any side with their codes, each column coded at the first look."""

    frame: pd.DataFrame
    coding: Coding
    memory: dict[tuple[str, str], Any] = field(default_factory=dict)

    def codes(self, name: str) -> Codes:
        """Return each row's code, shape (n,)."""
        if ("codes", name) not in self.memory:
            self.memory["codes", name] = self._codes(name)
        found: Codes = self.memory["codes", name]
        return found

    def numbers(self, name: str) -> Floats:
        """Return numbers, or dates in seconds, NaN where blank. Shape (n,)."""
        if ("numbers", name) not in self.memory:
            self.memory["numbers", name] = numbers(self.frame[name], self.coding.schema[name].kind)
        found: Floats = self.memory["numbers", name]
        return found

    def judged(self, name: str) -> Mask:
        """Return which rows hold a known value, shape (n,)."""
        return self.codes(name) < self.coding.unknown(name)

    def _codes(self, name: str) -> Codes:
        unknown = self.coding.unknown(name)
        if name in self.coding.levels:
            codes = level_codes(self.frame[name], self.coding.levels[name])
            return np.where(codes < 0, unknown + 1, codes).astype(np.int64)
        known, own = self.coding.values[name], self.numbers(name)
        if not unknown:
            return np.where(np.isnan(own), 1, 0).astype(np.int64)
        place = np.minimum(np.searchsorted(known, own), unknown - 1)
        return np.where(np.isnan(own), unknown + 1, np.where(known[place] == own, place, unknown)).astype(np.int64)


def _fit(case: Case) -> Coding:
    levels, values = {}, {}
    for column in case.schema.modelled:
        real = [case.train[column.name], case.holdout[column.name]]
        if column.kind.discrete:
            levels[column.name] = tuple(level_names(column, *real))
        else:
            known = np.concatenate([numbers(series, column.kind) for series in real])
            values[column.name] = np.unique(known[~np.isnan(known)])
    return Coding(case.schema, levels, values)


# --- rules ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Rule:
    """A rule the real rows keep.

    Attributes
    ----------
    columns
        The columns it speaks of.
    text
        The rule in plain words.
    expected
        How many training rows would break it if its columns had nothing to do with each other.
    constraint
        The same as something generators can be told to keep, as JSON; empty where there is no such thing.
    """

    columns: tuple[str, ...]
    text: str
    expected: float
    constraint: str

    @abstractmethod
    def broken(self, rows: Rows) -> Mask:
        """Return which rows break the rule, shape (n,)."""


@dataclass(frozen=True, eq=False)
class Never(Rule):
    """Two values that never stand in one row."""

    codes: tuple[int, int]

    def broken(self, rows: Rows) -> Mask:
        """Return which rows hold both."""
        first, second = (rows.codes(name) == code for name, code in zip(self.columns, self.codes, strict=True))
        return np.asarray(first & second)


@dataclass(frozen=True, eq=False)
class Dependency(Rule):
    """Each value of a column goes with one value of another; or both ways."""

    maps: tuple[tuple[str, str, Codes], ...]

    def broken(self, rows: Rows) -> Mask:
        """Return which rows hold a known value with another partner than its own; unknown values and blanks are not judged."""
        wrong = np.zeros(len(rows.frame), dtype=bool)
        for first, second, partner in self.maps:
            own, other = rows.codes(first), rows.codes(second)
            due = np.append(partner, [-1, -1])[own]
            wrong |= (due >= 0) & (other != due) & (other <= rows.coding.unknown(second))
        return wrong


@dataclass(frozen=True, eq=False)
class Ordering(Rule):
    """One number or date is never above another."""

    strict: bool

    def broken(self, rows: Rows) -> Mask:
        """Return which rows have the first above the second (or equal to it, where that never happens)."""
        first, second = (rows.numbers(name) for name in self.columns)
        return np.asarray(first >= second if self.strict else first > second)


@dataclass(frozen=True, eq=False)
class Sum(Rule):
    """The last column is the sum of the others."""

    tolerance: float

    def broken(self, rows: Rows) -> Mask:
        """Return which rows have another sum; rows with a blank are not judged."""
        *terms, total = (rows.numbers(name) for name in self.columns)
        off = np.abs(np.sum(terms, axis=0) - total)
        return np.asarray(off > np.maximum(self.tolerance, 1e-9 * np.abs(total)))


@dataclass(frozen=True, eq=False)
class PatternRule(Rule):
    """Every value is written in the same way, such as 9999-AA."""

    forms: tuple[str, ...]

    def broken(self, rows: Rows) -> Mask:
        """Return which values are written otherwise; blanks are not judged."""
        texts = rows.frame[self.columns[0]]
        known = texts.notna().to_numpy(dtype=bool)
        allowed = np.array([written(text) in self.forms for text in texts.where(known, "")], dtype=bool)
        return np.asarray(known & ~allowed)


KINDS: dict[type[Rule], str] = {
    Never: "values that never meet", Dependency: "dependency", Ordering: "ordering", Sum: "sum", PatternRule: "pattern",
}  # fmt: skip
"""What each kind of rule is called, in the order shown."""


@dataclass(frozen=True, eq=False)
class Rulebook:
    """The rules of a split, and what it takes to ask them of rows."""

    coding: Coding
    rules: tuple[Rule, ...]

    def rows(self, frame: pd.DataFrame) -> Rows:
        """Return rows of a canonical frame, to ask rules of."""
        return Rows(frame, self.coding)


def rulebook(case: Case, context: Context) -> Rulebook:
    """Return the rules train and holdout keep; found once per split."""
    return case.shared.kept(f"rules:{context.seed}", lambda: _find(case, context))


def _find(case: Case, context: Context) -> Rulebook:
    coding = _fit(case)
    train, holdout = Rows(case.train, coding), Rows(case.holdout, coding)
    context.step("finding rules", 0.0)
    dependencies = list(_dependencies(train, context))
    tied = {frozenset(rule.columns) for rule in dependencies}
    context.step("finding rules", 0.3)
    never = _nevers(train, [pair for pair in _pairs(case, context) if frozenset(pair) not in tied])
    context.step("finding rules", 0.6)
    found = [*never, *dependencies, *_orderings(train), *_sums(train), *_patterns(case)]
    context.step("finding rules", 0.9)
    kept = [rule for rule in found if not rule.broken(holdout).any()]
    return Rulebook(coding, tuple(_least(kept)))


def _pairs(case: Case, context: Context) -> list[tuple[str, str]]:
    return pairs_of(case, context) if len(case.shared.cells) > 1 else []


def _json(constraint: Constraint) -> str:
    return json.dumps(constraint.to_json())


# --- values that never meet -----------------------------------------------------------------------------------------


def _nevers(train: Rows, pairs: Sequence[tuple[str, str]]) -> list[Never]:
    """Find pairs of values expected eight times or more and never seen, those expected most often first."""
    worth = {name: _worth(train, name) for name in dict.fromkeys(itertools.chain.from_iterable(pairs))}
    rows = len(train.frame)
    found = []
    for first, second in pairs:
        (a, kinds_a), (b, kinds_b) = worth[first], worth[second]
        if not len(kinds_a) or not len(kinds_b):
            continue
        width = len(kinds_b) + 1
        seen = np.bincount(a * width + b, minlength=(len(kinds_a) + 1) * width).reshape(-1, width)
        expected = seen.sum(axis=1)[:-1, None] * seen.sum(axis=0)[None, :-1] / rows
        for i, j in np.argwhere((seen[:-1, :-1] == 0) & (expected >= EXPECTED)):
            codes = int(kinds_a[i]), int(kinds_b[j])
            found.append(_never(train.coding, (first, second), codes, float(expected[i, j])))
    return sorted(found, key=lambda rule: -rule.expected)[:MOST_NEVER]


def _worth(train: Rows, name: str) -> tuple[Codes, Codes]:
    """Number the values that are worth looking at: levels, blanks, values many rows share; all others together come last.

    Returns
    -------
    tuple
        Each row's number, shape (n,), and the code each number stands for.
    """
    codes, rows = train.codes(name), len(train.frame)
    counts = np.bincount(codes, minlength=train.coding.unknown(name) + 2)
    enough = counts >= EXPECTED
    if name in train.coding.values:
        share = counts / max(rows, 1)
        known = train.coding.values[name]
        zero = np.append(known == 0, [False, False])
        blank = np.arange(len(counts)) == len(counts) - 1
        enough &= (share >= SPIKE) | (zero & (share >= ZERO_SPIKE)) | blank
    enough[train.coding.unknown(name)] = False
    kinds = np.flatnonzero(enough)
    place = np.full(len(counts), len(kinds), dtype=np.int64)
    place[kinds] = np.arange(len(kinds))
    return place[codes], kinds


def _never(coding: Coding, columns: tuple[str, str], codes: tuple[int, int], expected: float) -> Never:
    values = tuple(_value(coding, name, code) for name, code in zip(columns, codes, strict=True))
    said = [f"{name} {'blank' if value is None else value}" for name, value in zip(columns, values, strict=True)]
    return Never(
        columns, f"{said[0]} and {said[1]} never stand in one row", expected, _json(NeverTogether(columns, values)), codes
    )


def _value(coding: Coding, name: str, code: int) -> str | None:
    """Return the value of a code as a constraint writes it; None for a blank."""
    if code > coding.unknown(name):
        return None
    if name in coding.levels:
        return coding.levels[name][code]
    value, kind = float(coding.values[name][code]), coding.schema[name].kind
    if kind is Kind.DATETIME:
        return str(pd.Timestamp(0) + pd.Timedelta(seconds=value))
    return str(int(value)) if value.is_integer() else repr(value)


# --- dependencies ---------------------------------------------------------------------------------------------------


def _dependencies(train: Rows, context: Context) -> Iterator[Dependency]:
    """Find columns whose value decides another's; those that decide each other are one rule."""
    names = [name for name in (*train.coding.levels, *train.coding.values) if _repeats(train, name)]
    names = [column.name for column in train.coding.schema.modelled if column.name in names]
    for done, (first, second) in enumerate(itertools.combinations(names, 2)):
        if done % 500 == 0:
            context.step("finding rules", 0.3 * done / max(len(names) ** 2 / 2, 1))
        there, back = _partners(train, first, second), _partners(train, second, first)
        if there is not None and back is not None:
            text = f"each {first} goes with one {second}, and each {second} with one {first}"
            yield _dependency(
                (first, second), text, max(there[1], back[1]), ((first, second, there[0]), (second, first, back[0]))
            )
        elif there is not None:
            yield _dependency((first, second), f"each {first} goes with one {second}", there[1], ((first, second, there[0]),))
        elif back is not None:
            yield _dependency((second, first), f"each {second} goes with one {first}", back[1], ((second, first, back[0]),))


def _dependency(columns: tuple[str, str], text: str, expected: float, maps: tuple[tuple[str, str, Codes], ...]) -> Dependency:
    return Dependency(columns, text, expected, _json(FixedCombinations(columns)), maps)


def _repeats(train: Rows, name: str) -> bool:
    """Return whether a column has several values, and rows that share one."""
    distinct = len(np.unique(train.codes(name)[train.judged(name)]))
    return 1 < distinct <= len(train.frame) / 2


def _partners(train: Rows, first: str, second: str) -> tuple[Codes, float] | None:
    """Return the one partner of each value (−1: not seen) and how often chance would have broken that; None if it is broken."""
    own, other = train.codes(first), train.codes(second)
    partner = np.full(train.coding.unknown(first), -1, dtype=np.int64)
    for rows in (slice(0, SAMPLE), slice(None)):
        known = train.judged(first)[rows] & train.judged(second)[rows]
        a, b = own[rows][known], other[rows][known]
        partner[a] = b
        if not np.array_equal(partner[a], b):
            return None
    shares = np.bincount(b) / max(len(b), 1)
    expected = (len(a) - len(np.unique(a))) * float(1 - np.sum(shares**2))
    return (partner, expected) if expected >= EXPECTED else None


# --- orderings and sums ---------------------------------------------------------------------------------------------


def _orderings(train: Rows) -> Iterator[Ordering]:
    """Find numbers or dates that are never above another, though their ranges overlap."""
    for dates in (True, False):
        columns = [c for c in train.coding.schema.modelled if c.kind.numeric and (c.kind is Kind.DATETIME) is dates]
        for small, large in itertools.permutations([column.name for column in columns], 2):
            a, b = train.numbers(small), train.numbers(large)
            if (a[:SAMPLE] > b[:SAMPLE]).any() or (a > b).any():
                continue
            known = ~(np.isnan(a) | np.isnan(b))
            below = np.searchsorted(np.sort(b[known]), a[known], side="left")
            expected = float(below.mean()) if known.any() else 0.0
            if expected >= EXPECTED and (a[known] < b[known]).any():
                strict = not (a[known] == b[known]).any()
                word = ("before" if dates else "below") if strict else ("not after" if dates else "at most")
                constraint = _json(Inequality(small, large, strict))
                yield Ordering((small, large), f"{small} is {word} {large}", expected, constraint, strict)


def _sums(train: Rows) -> Iterator[Sum]:
    """Find numbers that are the sum of two or three others in every row."""
    columns = [c for c in train.coding.schema.modelled if c.kind in (Kind.NUMBER, Kind.INTEGER) and _varies(train, c.name)]
    columns = columns[:MOST_IN_SUMS]
    sample = {c.name: train.numbers(c.name)[:SAMPLE] for c in columns}
    for size in (2, 3) if len(columns) <= TERMS_OF_THREE else (2,):
        for terms in itertools.combinations(columns, size):
            added = np.sum([sample[term.name] for term in terms], axis=0)
            for total in columns:
                tolerance = _tolerance([*terms, total])
                if total not in terms and not (np.abs(added - sample[total.name]) > tolerance).any():
                    yield from _sum(train, terms, total, tolerance)


def _varies(train: Rows, name: str) -> bool:
    """Return whether at least eight rows differ from zero, and not all are alike."""
    values = train.numbers(name)
    values = values[~np.isnan(values)]
    return int((values != 0).sum()) >= EXPECTED and bool(len(values)) and float(np.ptp(values)) > 0


def _tolerance(columns: Sequence[Column]) -> float:
    """Return how far rounding to the columns' decimals may take a sum."""
    if all(column.kind is Kind.INTEGER for column in columns):
        return 0.25
    known = [0 if column.kind is Kind.INTEGER else column.decimals for column in columns]
    return 1e-6 if None in known else max(0.51 * len(columns) * 10.0 ** -max(digits or 0 for digits in known), 1e-9)


def _sum(train: Rows, terms: Sequence[Column], total: Column, tolerance: float) -> Iterator[Sum]:
    names = [*(term.name for term in terms), total.name]
    values = [train.numbers(name) for name in names]
    known = ~np.logical_or.reduce([np.isnan(value) for value in values])
    alike = float(pd.Series(values[-1][known]).value_counts(normalize=True).iloc[0]) if known.any() else 1.0
    expected = (1 - alike) * int(known.sum())
    formula = f"{' + '.join(quoted(name) for name in names[:-1])} == {quoted(names[-1])}"
    rule = Sum(tuple(names), f"{' + '.join(names[:-1])} = {names[-1]}", expected, _json(Expression(formula)), tolerance)
    if expected >= EXPECTED and not rule.broken(train).any():
        yield rule


# --- patterns -------------------------------------------------------------------------------------------------------


def written(text: object) -> str:
    """Return how a text is written: 9 for a digit, A and a for letters, everything else as it stands."""
    return re.sub(r"[^\W\d_]", lambda letter: "A" if letter[0].isupper() else "a", re.sub(r"\d", "9", str(text)))


def _patterns(case: Case) -> Iterator[PatternRule]:
    """Find codes and texts that are all written in one way, or in two."""
    for column in case.schema:
        if column.modelled or column.kind not in (Kind.IDENTIFIER, Kind.TEXT) or "int" in column.dtype.lower():
            continue
        texts = case.train[column.name].dropna()
        forms = sorted({written(text) for text in texts.head(SAMPLE)}) if len(texts) >= FEWEST_WRITTEN else []
        if not 0 < len(forms) <= MOST_FORMS or not all(any(sign in form for sign in "9Aa") for form in forms):
            continue
        if {written(text) for text in texts} <= set(forms):
            yield PatternRule(
                (column.name,), f"{column.name} is written {' or '.join(forms)}", float(len(texts)), "", tuple(forms)
            )


def _least(rules: Sequence[Rule]) -> list[Rule]:
    """Leave out orderings that follow from two others: a ≤ b and b ≤ c say a ≤ c."""
    below: dict[str, set[str]] = {}
    for rule in rules:
        if isinstance(rule, Ordering):
            below.setdefault(rule.columns[0], set()).add(rule.columns[1])
    return [
        rule
        for rule in rules
        if not isinstance(rule, Ordering)
        or not any(rule.columns[1] in below.get(between, ()) for between in below[rule.columns[0]] - {rule.columns[1]})
    ]
