"""Does the synthetic table give a description that fits exactly one real person?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from synth_ui.columns.hashes import content_order
from synth_ui.columns.values import level_codes, level_names, numbers
from synth_ui.core.context import Context
from synth_ui.core.errors import DoesNotApply
from synth_ui.core.score import Measurement, Score
from synth_ui.core.tunable import integer
from synth_ui.measures.base import Measure
from synth_ui.measures.case import Case
from synth_ui.measures.privacy._draws import check_case, cut_note, equal_references, too_few
from synth_ui.measures.privacy.disclosure_risks._risk import ATTACKS_HELP, INTERVAL, RATES, REFERENCE, Arms, measured, said

FEWEST_ATTACKS = 20
KEPT_BYTES = 2**26
TRIES = 16
"""How many rows are tried per description wanted: most descriptions fit more than one synthetic row."""

Floats = npt.NDArray[np.float64]


class Predicate(NamedTuple):
    """One part of a description: a column's value is equal, at least or at most `value`, or blank."""

    column: int
    operator: str
    value: float

    def fits(self, values: Floats) -> npt.NDArray[np.bool_]:
        """Return for which rows it holds; a blank is neither above nor below anything."""
        column = values[self.column]
        fits: npt.NDArray[np.bool_]
        if self.operator == "blank":
            fits = np.isnan(column)
        elif self.operator == "equal":
            fits = column == self.value
        else:
            fits = column >= self.value if self.operator == "at least" else column <= self.value
        return fits


Description = tuple[Predicate, ...]


@dataclass(frozen=True, eq=False)
class _Tables:
    """Every side as numbers, shape (columns, rows), levels as codes, synthetic rows in random order; what are levels; medians."""

    synthetic: Floats
    train: Floats
    holdout: Floats
    discrete: npt.NDArray[np.bool_]
    median: Floats


@dataclass(frozen=True)
class SinglingOut(Measure):
    """How often a description taken from the synthetic table fits exactly one training row, beyond exactly one unseen row.

    Two sorts of descriptions are made: of one column (a value that occurs once in the synthetic table, or its extremes), and
    of several columns of one synthetic row (at least or at most its numbers, equal to its levels) that fit no other
    synthetic row. Train and holdout have the same size, so no correction for size is needed.

    Detail frames
    -------------
    attacks
        attack ("one column", "several columns"), risk, low, high, and per arm train_rate, train_low, train_high, control_…, random_….
    """

    key = "singling_out"
    title = "Singling out"
    summary = "Whether the table describes exactly one real row."
    family = "privacy"
    reference = REFERENCE
    asks = "Can one real row be singled out?"
    better = "lower"
    unit = "risk"
    floor = "control:train"
    ceiling = "control:unseen"
    worst_means = "every description fits one training row"
    best_means = "no better than for unseen rows"
    interval = INTERVAL
    computed = (
        "Descriptions that fit exactly one synthetic row are tried on the training rows and on the unseen rows, cut to equal sizes; success is "
        "a fit to exactly one row. Risk is the gain on training rows over unseen rows, relative to what was left to gain."
    )
    cards = {"standard": {}}
    place = 50
    misleads = "Descriptions of several columns are drawn at random; an attacker who chooses the columns may do better."
    parts = RATES

    attacks: int = integer(1_000, low=100, high=100_000, log=True, help=ATTACKS_HELP)
    columns: int = integer(4, low=2, high=10, help="How many columns a description of several columns has.")

    def measure(self, case: Case, context: Context) -> Measurement:
        """Return the risk of the riskier sort, in [0, 1]: 0 where training rows are singled out no better than unseen ones."""
        check_case(case)
        tables = _tables(case, context)
        kinds = [
            arms
            for name, descriptions in (
                ("one column", _of_one_column(tables, self.attacks, context)),
                ("several columns", self._of_several(tables, context)),
            )
            if (arms := self._arms(name, descriptions, tables, context)) is not None
        ]
        if not kinds:
            raise DoesNotApply(f"fewer than {FEWEST_ATTACKS} descriptions fit exactly one synthetic row")
        return measured(kinds, "attacks", cut_note(case), too_few(case))

    def says(self, score: Score) -> str:
        """Say whether training rows are singled out better than unseen ones."""
        return said("singles out a row", score)

    def _arms(self, name: str, descriptions: list[Description], tables: _Tables, context: Context) -> Arms | None:
        if len(descriptions) < FEWEST_ATTACKS:
            return None
        rng = context.rng(f"random descriptions: {name}")
        width = len(descriptions[0])
        guesses = [_at_random(tables, width, rng) for _ in descriptions]
        train, holdout = (_singled_out(descriptions, side, context) for side in (tables.train, tables.holdout))
        return Arms(name, train, holdout, _singled_out(guesses, tables.train, context))

    def _of_several(self, tables: _Tables, context: Context) -> list[Description]:
        """Describe synthetic rows, which stand in random order, until enough descriptions fit no other synthetic row."""
        width = min(self.columns, len(tables.synthetic))
        if width < 2:
            return []
        rng, rows = context.rng("described columns"), _Rows(tables.synthetic)
        tries = min(TRIES * self.attacks, tables.synthetic.shape[1])
        chosen = np.argsort(rng.random((tries, len(tables.synthetic))), axis=1)[:, :width]
        values = tables.synthetic[chosen, np.arange(tries)[:, None]]
        known: dict[tuple[int, float], Predicate] = {}
        found: dict[Description, None] = {}
        for row, (columns, of_row) in enumerate(zip(chosen.tolist(), values.tolist(), strict=True)):
            if row % 1_024 == 0:
                context.step("describing rows", min(1.0, len(found) / self.attacks))
            description = tuple(
                known.get(part) or known.setdefault(part, _condition(tables, *part)) for part in zip(columns, of_row, strict=True)
            )
            if rows.fitting(description) == 1:
                found[description] = None
            if len(found) == self.attacks:
                break
        return list(found)


def _tables(case: Case, context: Context) -> _Tables:
    train, holdout = equal_references(case, context)
    columns = case.schema.modelled
    order = content_order(case.draw_hashes("synthetic"), context.integer_seed("described rows"))
    sides: list[list[Floats]] = [[], [], []]
    for column in columns:
        series = [
            case.synthetic[column.name].iloc[order],
            case.train[column.name].iloc[train],
            case.holdout[column.name].iloc[holdout],
        ]
        if column.kind.numeric:
            values = [numbers(one, column.kind) for one in series]
        else:
            levels = level_names(column, *series)
            codes = [level_codes(one, levels).astype(float) for one in series]
            values = [np.where(code < 0, np.nan, code) for code in codes]
        for side, value in zip(sides, values, strict=True):
            side.append(value)
    synthetic, of_train, of_holdout = (np.array(side) for side in sides)
    discrete = np.array([column.kind.discrete for column in columns])
    median = np.array([np.nanmedian(values) if np.isfinite(values).any() else 0.0 for values in synthetic])
    return _Tables(synthetic, of_train, of_holdout, discrete, median)


def _condition(tables: _Tables, column: int, value: float) -> Predicate:
    if np.isnan(value):
        return Predicate(column, "blank", 0.0)
    if tables.discrete[column]:
        return Predicate(column, "equal", float(value))
    return Predicate(column, "at least" if value >= tables.median[column] else "at most", float(value))


def _of_one_column(tables: _Tables, attacks: int, context: Context) -> list[Description]:
    """List descriptions of one column that fit exactly one synthetic row, in random order, up to `attacks`."""
    every = [(condition,) for column in range(len(tables.synthetic)) for condition in _rare(tables, column)]
    order = context.rng("descriptions of one column").permutation(len(every))[:attacks]
    return [every[place] for place in order]


def _rare(tables: _Tables, column: int) -> Iterator[Predicate]:
    values = tables.synthetic[column]
    distinct, counts = np.unique(values[~np.isnan(values)], return_counts=True)
    for value in distinct[counts == 1]:
        yield Predicate(column, "equal", float(value))
    if len(distinct) and not tables.discrete[column]:
        if counts[0] == 1:
            yield Predicate(column, "at most", float(distinct[0]))
        if counts[-1] == 1:
            yield Predicate(column, "at least", float(distinct[-1]))
    if np.isnan(values).sum() == 1:
        yield Predicate(column, "blank", 0.0)


def _at_random(tables: _Tables, width: int, rng: np.random.Generator) -> Description:
    """Describe nobody in particular: each column's value from a synthetic row of its own."""
    columns = rng.choice(len(tables.synthetic), width, replace=False)
    rows = rng.integers(tables.synthetic.shape[1], size=width)
    conditions = [
        _condition(tables, int(column), tables.synthetic[column, row]) for column, row in zip(columns, rows, strict=True)
    ]
    if width == 1 and conditions[0].operator in ("at least", "at most"):
        conditions = [conditions[0]._replace(operator="equal")]
    return tuple(conditions)


class _Rows:
    """The rows of one side, asked how many meet a description; which of them meet a condition is kept, a bit per row."""

    def __init__(self, values: Floats) -> None:
        self._values = values
        self._kept: dict[Predicate, int] = {}
        self._most = KEPT_BYTES // max(values.shape[1] // 8, 1)

    def fitting(self, description: Description) -> int:
        """Return how many rows meet every condition."""
        bits = self._bits(description[0])
        for condition in description[1:]:
            bits &= self._bits(condition)
        return bits.bit_count()

    def _bits(self, condition: Predicate) -> int:
        bits = self._kept.get(condition)
        if bits is None:
            bits = int.from_bytes(np.packbits(condition.fits(self._values)).tobytes(), "little")
            if len(self._kept) < self._most:
                self._kept[condition] = bits
        return bits


def _singled_out(descriptions: list[Description], values: Floats, context: Context) -> tuple[int, int]:
    rows, hits = _Rows(values), 0
    for tried, description in enumerate(descriptions):
        if tried % 256 == 0:
            context.step("trying descriptions", tried / len(descriptions))
        hits += rows.fitting(description) == 1
    return hits, len(descriptions)
