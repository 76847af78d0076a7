"""Polish: more rows are drawn than wanted, and those kept that together match the real margins and two-way tables.

A tenth of the training rows is held back: neither the generator nor the tables see it, and it serves as the guard's control. The
guard asks, before polishing and after each stage of it, whether the rows lie closer to the rows learned from than to the rows
held back, and what the best membership attack proves. Polishing stops before the stage at which either rises. The holdout is
never looked at. Who makes the split and who measures is handed in, as `Guard`.

A generator that gives formal privacy is not polished: choosing rows by the real tables is nothing its budget paid for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from synth_ui.columns.cells import Cells, fit_cells
from synth_ui.core.cast import cast
from synth_ui.core.context import Context, Notes
from synth_ui.core.rules.constraint import Constraint
from synth_ui.core.table import Split, Table, TableSize
from synth_ui.generators.base import Cost, Generator, Sampler
from synth_ui.generators.sampling import constrained
from synth_ui.generators.sampling.selection import TwoWayTables

CANDIDATES = 4
"""Rows drawn for each one kept."""

HELD_BACK, FEWEST_HELD_BACK = 0.1, 500
"""The share of the training rows the guard keeps for itself, and the fewest rows it can work with."""

FEWEST_ROWS = 5 * FEWEST_HELD_BACK
STAGES = (4, 12, 25, 50)
"""Rounds of swapping after which the guard looks."""

_AT_ONCE = 25_000
_MOST_ROWS = 200_000
_GUARDED_ROWS = 10_000


class GuardReading(NamedTuple):
    """What the guard sees: the share of rows nearer to the rows learned from (with its lower limit), and the leakage index."""

    nearer: float
    surely: float
    leaked: float

    def rises_above(self, before: GuardReading) -> bool:
        """Whether more leaks than before polishing, and more than unseen rows leak (half are nearer, nothing proved)."""
        return self.leaked > max(before.leaked, 0.0) or self.surely > max(before.nearer, 0.5)


Read = Callable[[pd.DataFrame, Context], GuardReading]
"""Reads rows as the guard does."""


class Guard(Protocol):
    """Watches over the choosing of rows."""

    def cut(self, table: Table, *, seed: int, share: float) -> Split:
        """Hold back training rows: cut the table in two, `share` of the rows in the first part."""

    def watch(self, split: Split) -> Read:
        """Return what reads off rows made from one part how near they lie to it, the other part being the control."""


def refusal(generator: Generator | type[Generator], rows: int | None = None) -> str:
    """Say why rows of a generator are not polished; an empty text where they are."""
    if generator.formal_privacy:
        return "choosing rows by the real tables would spend privacy its budget did not pay for"
    if not generator.needs_real_data:
        return "its rows owe nothing to real ones, and choosing by real tables would change that"
    if generator.matches_tables:
        return "it already chooses rows that match the two-way tables"
    if rows is not None and rows < FEWEST_ROWS:
        return f"the guard needs {FEWEST_ROWS:,} training rows or more, and there are {rows:,}"
    return ""


def cost(generator: Generator, size: TableSize, rows: int) -> Cost:
    """Estimate what a polished candidate takes: more rows to draw, and a choice among them."""
    if refusal(generator, size.rows):
        return generator.cost(size, rows)
    inner = generator.cost(size, rows * CANDIDATES)
    pairs = min(size.columns**2 / 2, 300)
    held = min(rows, _AT_ONCE) * CANDIDATES * pairs * 8e-6
    return Cost(inner.seconds + 4.0 + (rows + 2 * _GUARDED_ROWS) * CANDIDATES * pairs * 3e-7, inner.megabytes + held)


def fit(generator: Generator, table: Table, context: Context, constraints: Sequence[Constraint], guard: Guard) -> Sampler:
    """Learn a table and how far polishing may go; where it may not be done at all, the sampler as it is and the reason noted.

    Raises
    ------
    TableError, DoesNotApply, Cancelled
        As `synth_ui.generators.sampling.constrained.fit`.
    """
    reason = refusal(generator, len(table)) or ("" if len(table.schema.modelled) > 1 else "there are no pairs of columns")
    if reason:
        context.notes.add(f"not polished: {reason}")
        return constrained.fit(generator, table, context, constraints)
    share = 1 - max(HELD_BACK, FEWEST_HELD_BACK / len(table))
    split = guard.cut(table, seed=context.integer_seed("rows held back"), share=share)
    inner = constrained.fit(generator, split.train, context, constraints)
    cells = {c.name: fit_cells(c, [split.train.frame[c.name]]) for c in table.schema.modelled}
    tables = TwoWayTables.of(_cells(cells, split.train.frame), [one.size for one in cells.values()], context)
    guarded = _guarded(inner, split, cells, tables, guard.watch(split), context.named("guard"))
    context.notes.add(guarded.sentence)
    return PolishedSampler(inner, cells, tables, guarded.rounds)


class PolishedSampler(Sampler):
    """Draws from another sampler and keeps the rows that together match the tables."""

    def __init__(self, inner: Sampler, cells: Mapping[str, Cells], tables: TwoWayTables, rounds: int) -> None:
        self.inner = inner
        self.cells = cells
        self.tables = tables
        self.rounds = rounds
        self.keeps = f"{inner.keeps}; the shares of coarse cells in two-way tables"

    def __call__(self, n: int, context: Context, where: Mapping[str, Any] | None = None) -> pd.DataFrame:
        """Draw `n` rows; see `Sampler`. Rows that must meet conditions, and many rows at once, come as the inner sampler makes them."""
        if where or not self.rounds or not 0 < n <= _MOST_ROWS:
            if self.rounds and n > 0:
                why = "rows under conditions" if where else f"more than {_MOST_ROWS:,} rows at once"
                context.notes.add(f"not polished: {why} come as the generator draws them")
            return self.inner(n, context, where) if where else self.inner(n, context)
        parts, misses = [], []
        for first in range(0, n, _AT_ONCE):
            size, part = min(_AT_ONCE, n - first), context.named(f"block {first}")
            pool = self.inner(size * CANDIDATES, part)
            cells = _cells(self.cells, pool)
            chosen = self.tables.choose(cells, size, part, self.rounds)
            misses.append([self.tables.miss(cells[:size]), self.tables.miss(cells[chosen])])
            parts.append(pool.iloc[chosen])
        before, after = np.mean(misses, axis=0)
        context.notes.add(
            f"polished: for a pair of columns to go together as in the training rows, {before:.2%} of the rows would have had to change before, now {after:.2%}"
        )
        return self.inner.renewed(pd.concat(parts, ignore_index=True), context.named("keys of all"))

    def renewed(self, frame: pd.DataFrame, context: Context, parts: npt.NDArray[np.int64] | None = None) -> pd.DataFrame:
        """Make the columns that are not learned once more."""
        return self.inner.renewed(frame, context, parts)


def _cells(cells: Mapping[str, Cells], frame: pd.DataFrame) -> npt.NDArray[np.int64]:
    return np.stack([one.encode(frame[name]) for name, one in cells.items()], axis=1).astype(np.int64)


# --- the guard ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Guarded:
    rounds: int
    sentence: str


def _guarded(
    inner: Sampler, split: Split, cells: Mapping[str, Cells], tables: TwoWayTables, read: Read, context: Context
) -> _Guarded:
    """Polish a first draw stage by stage and return how many rounds pass the guard."""
    rows = min(len(split.train), _GUARDED_ROWS)
    pool = cast(inner(rows * CANDIDATES, replace(context, notes=Notes())), split.train.schema)[0]
    readings = _readings(pool, rows, _cells(cells, pool), tables, read, context)
    before, rounds, last = next(readings)[1], 0, None
    for stage, reading in readings:
        last = reading
        if reading.rises_above(before):
            break
        rounds = stage
    assert last is not None
    held = f"Guarded with {len(split.holdout):,} training rows held back"
    seen = (
        f"{before.nearer:.1%} of the rows were nearer to the rows learned from than to those before polishing, {last.nearer:.1%} "
        f"after; leakage index {before.leaked:.2f} before, {last.leaked:.2f} after"
    )
    if rounds == STAGES[-1]:
        return _Guarded(rounds, f"{held}: {seen}")
    if rounds:
        return _Guarded(rounds, f"{held}: stopped after {rounds} of {STAGES[-1]} rounds, as the next stage leaked more: {seen}")
    return _Guarded(0, f"{held}: not polished, as the first stage leaked more: {seen}")


def _readings(
    pool: pd.DataFrame, rows: int, cells: npt.NDArray[np.int64], tables: TwoWayTables, read: Read, context: Context
) -> Iterator[tuple[int, GuardReading]]:
    """Yield what the guard sees after no round, then after each stage; the swaps of a stage go on where the last one ended."""
    for rounds in (0, *STAGES):
        context.step("guarding the polish", rounds / STAGES[-1])
        chosen = tables.choose(cells, rows, context, rounds)
        yield rounds, read(pool.iloc[chosen].reset_index(drop=True), context)
