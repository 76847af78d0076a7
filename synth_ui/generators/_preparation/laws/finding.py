"""All laws of a table, in the order they are kept in, and what is left for a model to learn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from synth_ui.generators._preparation.laws.arithmetic import find_arithmetic, half_step
from synth_ui.generators._preparation.laws.functional import FineKey, find_functional
from synth_ui.generators._preparation.laws.law import Law, RowCheck, Truths
from synth_ui.generators._preparation.laws.never import NeverMet, find_never
from synth_ui.generators._preparation.laws.ordering import Ordered, find_gaps, find_orderings

if TYPE_CHECKING:
    from synth_ui.generators._preparation.prepare import Array, ModelColumn


@dataclass(frozen=True, eq=False)
class Laws:
    """What drawn rows keep.

    Attributes
    ----------
    never, orderings
        Of the columns a model draws pairs of values that never meet, and those never above another: single cells are changed.
    made
        Laws by which columns are made from others, in the order they are applied.
    checks
        Laws for whose sake rows are drawn anew.
    bounded
        Columns reckoned from others, whose rows are drawn anew where they leave the bounds seen.
    said
        What else is kept, in words.
    """

    never: NeverMet | None = None
    orderings: tuple[Ordered, ...] = ()
    made: tuple[Law, ...] = ()
    checks: tuple[RowCheck, ...] = ()
    bounded: tuple[ModelColumn, ...] = ()
    said: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[ModelColumn, ...]:
        """All columns made, as the table has them."""
        return tuple({column.name: column for law in self.made for column in law.columns}.values())

    @property
    def text(self) -> tuple[str, ...]:
        """What is kept, a line each; an order that follows from another law is not said again."""
        tied = [{column.name for column in law.columns} | {source.name for source in law.sources} for law in self.made]
        ordered = [one for one in self.checks if isinstance(one, Ordered)]
        free = [one for one in ordered if not any({one.small.name, one.large.name} <= names for names in tied)]
        texts = [*(law.text for law in self.made), *(one.text for one in free), *self.said]
        return tuple(f"kept: {text}" for text in texts)

    def apply(self, drawn: dict[str, Array], n: int, rng: np.random.Generator) -> tuple[dict[str, Array], Truths]:
        """Return all arrays, placed on their columns' grids, and which rows are within all bounds."""
        arrays, within = (drawn, np.ones(n, dtype=bool)) if self.never is None else self.never.mended(drawn, rng)
        for order in self.orderings:
            arrays = order.mended(arrays)
        arrays = dict(arrays)
        bounded = {column.name for column in self.bounded}
        for law in self.made:
            made = law.apply(arrays, rng)
            for column in law.columns:
                array = made[column.name]
                placed = column.placed(array)
                if column.name in bounded:
                    within &= np.isnan(array) | (np.abs(placed - array) <= half_step(column))
                arrays[column.name] = placed
        return arrays, within

    def whole(self, arrays: Mapping[str, Array], n: int) -> Truths:
        """Tell which whole rows, whoever made them, keep all laws."""
        kept = self.holds(arrays, n)
        for law in self.made:
            kept &= law.holds(arrays)
        return kept

    def holds(self, arrays: Mapping[str, Array], n: int) -> Truths:
        """Tell which rows keep all checks."""
        kept = np.ones(n, dtype=bool)
        for check in self.checks:
            kept &= check.holds(arrays)
        return kept


def find_laws(
    columns: Sequence[ModelColumn],
    arrays: Sequence[Array],
    target: str | None,
    every: tuple[Sequence[ModelColumn], Sequence[Array]],
) -> tuple[Laws, list[ModelColumn], list[Array]]:
    """Find the laws of the columns no exact rule has set aside; return them, and the columns a model learns with their arrays.

    Parameters
    ----------
    every
        All columns with their arrays, those set aside too.
    """
    left = dict(zip((column.name for column in columns), zip(columns, arrays, strict=True), strict=True))
    made: list[Law] = []
    bounded: list[ModelColumn] = []

    def take(found: Sequence[Law], aside: Sequence[str]) -> None:
        made.extend(found)
        for name in aside:
            left.pop(name)

    reckoned = find_arithmetic(columns, arrays, target)
    # Where blanks do not go together, a model draws the column, too, and it is put right after all other laws but sums.
    partly = {law.column.name for law in reckoned if law.partly}
    take(reckoned, [law.column.name for law in reckoned if not law.partly])
    functional = find_functional(*_lists({name: one for name, one in left.items() if name not in partly}), target)
    take(functional, [column.name for law in functional for column in (law.looked if isinstance(law, FineKey) else law.columns)])
    orderings = find_orderings(*every)
    gaps = find_gaps(orderings, *_lists({name: one for name, one in left.items() if name not in partly}), target)
    made.extend(law for law, _ in gaps)
    for law, gap in gaps:
        left[law.column.name] = (law.gap, gap)
    bounded = [law.columns[0] for law in (*reckoned, *(law for law, _ in gaps))]
    loose = {pair for law in functional for pair in law.loose}
    never = find_never(*every, loose)
    stand_ins = {law.column.name for law, _ in gaps}
    plain = {name: one for name, one in left.items() if name not in stand_ins}
    ordered = tuple(one for one in orderings if {one.small.name, one.large.name} <= set(plain))
    changed = {one.large.name for one in ordered} | partly
    changed |= {column.name for law in functional if isinstance(law, FineKey) for column in law.columns}
    again = never.without(set(plain) - changed) if never else None
    laws = Laws(
        find_never(*_lists(plain), loose),
        ordered,
        tuple(reversed(made)),
        (*orderings, *([again] if again else [])),
        tuple(bounded),
        (never.text,) if never else (),
    )
    return laws, *_lists(left)


def _lists(left: Mapping[str, tuple[ModelColumn, Array]]) -> tuple[list[ModelColumn], list[Array]]:
    return [column for column, _ in left.values()], [array for _, array in left.values()]
